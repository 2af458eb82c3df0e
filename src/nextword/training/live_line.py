"""A line about more than a training, which is redrawn while nothing reports: for `fit`, of which training is a stage.

Input: a function that says what the line has to say now. Output: text on standard error.
"""

import threading
from collections.abc import Callable, Sequence

from nextword.training.progress import ProgressLine, write_error

# Seconds between two looks at what the line has to say.
TICK = 0.5


class LiveLine(ProgressLine):
    """Draws what it is asked to, and again every half second.

    Args:
        parts: Says what the line has, the most important first; nothing where there is no line.
        stepped: Told of each step of a training: epoch, perplexity, words per second, and the seconds of training that
            are left.
        write: Where the text goes; standard error by default.
        redraw: Whether the line may be overwritten; by default on a terminal only.
    """

    def __init__(
        self,
        parts: Callable[[], Sequence[str]],
        stepped: Callable[[int, float, float, float | None], object],
        write: Callable[[str], object] = write_error,
        redraw: bool | None = None,
    ) -> None:
        """Take note of where to write."""
        super().__init__(None, write, redraw)
        self._parts, self._stepped = parts, stepped
        self._lock = threading.RLock()
        self._ended = threading.Event()

    @property
    def redraws(self) -> bool:
        """Whether the line is overwritten."""
        return self._redraw

    def start(self) -> None:
        """Begin to look at what the line has to say, where it may be overwritten."""
        if self._redraw:
            threading.Thread(target=self._tick, name="nextword-progress", daemon=True).start()

    def stop(self) -> None:
        """Take the line off the terminal."""
        self._ended.set()
        with self._lock:
            if self._redraw and self._width:
                self._draw("")
                self._write("\r")
                self._width = 0

    def step(
        self, epoch: int, share: float, perplexity: float, words_per_second: float, left: float | None = None
    ) -> None:
        """Tell of a step of training.

        Args:
            epoch: Number of the epoch, from 1.
            share: Share of the epoch that is done, 0 to 1.
            perplexity: Of the epoch so far.
            words_per_second: Training tokens a second.
            left: Seconds of training that are left; None where that is not known yet.
        """
        self._stepped(epoch, perplexity, words_per_second, left)
        self.draw_if_due()

    def note(self, text: str) -> None:
        """Draw a line of its own.

        Args:
            text: The line, without its end.
        """
        with self._lock:
            super().note(text)
            self.draw()

    def draw_if_due(self) -> None:
        """Draw the line where it was not drawn just now."""
        with self._lock:
            if self._may_redraw():
                self.draw()

    def draw(self) -> None:
        """Draw the line."""
        if self._redraw and not self._ended.is_set():
            with self._lock:
                parts = self._parts()
                if parts:
                    self._redraw_parts(*parts)

    def _tick(self) -> None:
        while not self._ended.wait(TICK):
            self.draw_if_due()
