"""One line on standard error that says how training goes: redrawn on a terminal, one line an epoch elsewhere.

Input: the state of a training, or any text. Output: text on standard error, if the process has one.
"""

import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from nextword.training.history import EpochRecord

BAR_WIDTH = 20
REDRAW_SECONDS = 0.2
USUAL_COLUMNS = 80  # of a terminal that does not tell
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


def bar_of(share: float) -> str:
    """Return a bar of 20 characters.

    Args:
        share: Share that is done, 0 to 1.

    Examples:
        >>> bar_of(0.5)
        '██████████░░░░░░░░░░'
    """
    done = round(BAR_WIDTH * min(1.0, max(0.0, share)))
    return FULL * done + EMPTY * (BAR_WIDTH - done)


def clock_of(seconds: float) -> str:
    """Return a time as clocks show it, minutes and seconds, hours where there are some.

    Args:
        seconds: A time; below 0 is 0.

    Examples:
        >>> clock_of(7.6), clock_of(159.0), clock_of(7384.0)
        ('0:08', '2:39', '2:03:04')
    """
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def fitting(parts: Sequence[str], columns: int) -> str:
    """Return as many parts of a line, the first ones, as stand side by side.

    Args:
        parts: What the line says, the most important first; empty ones are left out.
        columns: Characters that there is room for; the first part is cut to them.

    Examples:
        >>> fitting(["training  31%", "2:04 left", "12,000 words/s"], 26)
        'training  31%  2:04 left'
    """
    line = ""
    for part in filter(None, parts):
        longer = f"{line}  {part}" if line else part[:columns]
        if len(longer) > columns:
            break
        line = longer
    return line


def columns_of_terminal() -> int:
    """Return how many characters a line of the terminal behind standard error has room for, that of the cursor left."""
    try:
        return (os.get_terminal_size(sys.stderr.fileno()).columns or USUAL_COLUMNS) - 1
    except (AttributeError, OSError, ValueError):  # no terminal: none at all, or closed
        return USUAL_COLUMNS - 1


@dataclass(frozen=True, slots=True, eq=False)
class Watch:
    """What a caller of a training adds to it, as `fit` does for whom training is one stage of several.

    Attributes:
        line: Where progress is drawn; None for silence.
        limit: Asked for the seconds that training may take when its clock starts, beside `TrainingConfig.time_limit`;
            None for any number.
        resumed: Told the seconds that had been trained when training goes on from a checkpoint.
    """

    line: "ProgressLine | None" = None
    limit: Callable[[], float | None] = lambda: None
    resumed: Callable[[float], object] = lambda seconds: None


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

    def plan(self, total_epochs: int | None) -> None:
        """Take note of how many epochs are planned.

        Args:
            total_epochs: Their number; None where the clock decides.
        """
        self._total = total_epochs

    def step(
        self, epoch: int, share: float, perplexity: float, words_per_second: float, left: float | None = None
    ) -> None:
        """Redraw the line within an epoch.

        Args:
            epoch: Number of the epoch, from 1.
            share: Share of the epoch that is done, 0 to 1.
            perplexity: Of the epoch so far.
            words_per_second: Training tokens a second.
            left: Seconds of training that are left; None where that is not known yet.
        """
        if self._may_redraw():
            self._redraw_parts(
                f"{self._epoch(epoch)} {bar_of(share)} {share:4.0%}",
                f"perplexity {perplexity:,.1f}",
                f"{words_per_second:,.0f} words/s",
                "" if left is None else f"{clock_of(left)} left",
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

    def _may_redraw(self) -> bool:
        """Return whether the line is one that is overwritten, and was not just now; then the clock starts anew."""
        now = time.monotonic()
        if not self._redraw or now - self._drawn < REDRAW_SECONDS:
            return False
        self._drawn = now
        return True

    def _redraw_parts(self, *parts: str) -> None:
        """Overwrite the line with as many parts as there is room for."""
        self._draw(fitting(parts, columns_of_terminal()))

    def _epoch(self, epoch: int) -> str:
        # Under a time limit nobody knows how many epochs there will be.
        return f"epoch {epoch}" + ("" if self._total is None else f"/{self._total}")

    def _draw(self, text: str) -> None:
        start = "\r" if self._redraw else ""
        self._write(start + text.ljust(self._width))
        self._width = len(text)
