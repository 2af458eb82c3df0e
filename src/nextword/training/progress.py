"""One line on standard error that says how training goes: redrawn on a terminal, one line an epoch elsewhere.

Input: the state of a training, or any text. Output: text on standard error, if the process has one.
"""

import sys
import time
from collections.abc import Callable
from contextlib import suppress

from nextword.training.history import EpochRecord

BAR_WIDTH = 20
REDRAW_SECONDS = 0.2
FULL, EMPTY = "█", "░"
_WITHOUT_BLOCKS = str.maketrans({FULL: "#", EMPTY: "."})


def write_error(text: str) -> None:
    """Write a text to standard error; nowhere in a process that has none or has closed it, as services do.

    On a stream of an encoding without block characters they become `#` and `.`.

    Args:
        text: What to write; the line end is not added.
    """
    stream = sys.stderr
    if stream is None or stream.closed:  # `print` would take standard output, or fail
        return
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):  # a terminal without block characters
        text = text.translate(_WITHOUT_BLOCKS)
    with suppress(OSError):  # whoever read it has gone, or the disk is full: no reason to lose a training
        try:
            print(text, end="", file=stream, flush=True)
        except UnicodeEncodeError:
            print(text.encode("ascii", "replace").decode(), end="", file=stream, flush=True)


def _is_terminal() -> bool:
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


class ProgressLine:
    """Draws the progress of training.

    Args:
        total_epochs: Epochs planned; None where the clock decides.
        write: Where the text goes; standard error by default.
        redraw: Whether the line may be overwritten; by default on a terminal only.
    """

    def __init__(
        self, total_epochs: int | None, write: Callable[[str], object] = write_error, redraw: bool | None = None
    ) -> None:
        """Take note of where to write."""
        self._total = total_epochs
        self._write = write
        self._redraw = redraw if redraw is not None else _is_terminal()
        self._drawn = 0.0
        self._width = 0

    def step(self, epoch: int, share: float, perplexity: float, words_per_second: float) -> None:
        """Redraw the line within an epoch.

        Args:
            epoch: Number of the epoch, from 1.
            share: Share of the epoch that is done, 0 to 1.
            perplexity: Of the epoch so far.
            words_per_second: Training tokens a second.
        """
        now = time.monotonic()
        if not self._redraw or now - self._drawn < REDRAW_SECONDS:
            return
        self._drawn = now
        done = round(BAR_WIDTH * share)
        bar = FULL * done + EMPTY * (BAR_WIDTH - done)
        self._draw(
            f"{self._epoch(epoch)} {bar} {share:4.0%}  perplexity {perplexity:,.1f}  {words_per_second:,.0f} words/s"
        )

    def epoch(self, record: EpochRecord, best: bool) -> None:
        """Draw the line of a finished epoch for good.

        Args:
            record: What the epoch gave.
            best: Whether its validation perplexity is the lowest so far.
        """
        perplexity = record.validation_perplexity
        validation = "" if perplexity is None else f"  validation {perplexity:,.1f}{' (best)' if best else ''}"
        self.note(
            f"{self._epoch(record.epoch)}  perplexity {record.perplexity:,.1f}{validation}"
            f"  {record.words_per_second:,.0f} words/s  {record.seconds:,.0f} s"
        )

    def note(self, text: str) -> None:
        """Draw a line of its own.

        Args:
            text: The line, without its end.
        """
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
