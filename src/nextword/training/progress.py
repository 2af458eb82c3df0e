"""One line on standard error that says how training goes: redrawn on a terminal, one line an epoch elsewhere."""

import sys
import time
from collections.abc import Callable

from nextword.training.config import EpochRecord

BAR_WIDTH = 20
REDRAW_SECONDS = 0.2


class ProgressLine:
    """Draws the progress of training.

    Args:
        total_epochs: Epochs planned; None where the clock decides.
        write: Where the text goes; standard error by default.
        redraw: Whether the line may be overwritten; by default on a terminal only.
    """

    def __init__(
        self, total_epochs: int | None, write: Callable[[str], object] | None = None, redraw: bool | None = None
    ) -> None:
        """Take note of where to write."""
        self._total = total_epochs
        self._write = write or _write_error
        self._redraw = sys.stderr.isatty() if redraw is None else redraw
        self._drawn = 0.0
        self._width = 0

    def step(self, epoch: int, share: float, perplexity: float, words_per_second: float) -> None:
        """Redraw within an epoch: its number, the share done (0 to 1), perplexity so far, words a second."""
        now = time.monotonic()
        if not self._redraw or now - self._drawn < REDRAW_SECONDS:
            return
        self._drawn = now
        done = round(BAR_WIDTH * share)
        bar = "█" * done + "░" * (BAR_WIDTH - done)
        self._draw(
            f"{self._epoch(epoch)} {bar} {share:4.0%}  perplexity {perplexity:,.1f}  {words_per_second:,.0f} words/s"
        )

    def epoch(self, record: EpochRecord, best: bool) -> None:
        """Draw the line of a finished epoch for good."""
        held_out = record.validation_perplexity
        validation = "" if held_out is None else f"  validation {held_out:,.1f}{' (best)' if best else ''}"
        self._draw(
            f"{self._epoch(record.epoch)}  perplexity {record.perplexity:,.1f}{validation}"
            f"  {record.words_per_second:,.0f} words/s  {record.seconds:,.0f} s"
        )
        self._write("\n")
        self._width = 0

    def note(self, text: str) -> None:
        """Draw a line of its own."""
        self._draw(text)
        self._write("\n")
        self._width = 0

    def _epoch(self, epoch: int) -> str:
        # Under a time limit nobody knows how many epochs there will be.
        return f"epoch {epoch}" + ("" if self._total is None else f"/{self._total}")

    def _draw(self, text: str) -> None:
        start = "\r" if self._redraw else ""
        self._write(start + text.ljust(self._width))
        self._width = len(text)


def _write_error(text: str) -> None:
    try:
        print(text, end="", file=sys.stderr, flush=True)
    except UnicodeEncodeError:  # a terminal without block characters
        print(text.encode("ascii", "replace").decode(), end="", file=sys.stderr, flush=True)
