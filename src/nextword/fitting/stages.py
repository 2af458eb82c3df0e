"""The clock of a fit: how long each stage took, what is left, and the line that shows it.

Input: the time that was asked, and the stages as they begin. Output: seconds by stage, and on standard error one line
that says how all of `fit` goes: redrawn on a terminal, one line a stage elsewhere.
"""

import time
from collections.abc import Callable, Iterable
from types import TracebackType

from nextword.fitting.estimates import MIXING, TRAINING, seconds_left
from nextword.training.live_line import LiveLine
from nextword.training.progress import Watch, bar_of, clock_of, write_error

# A stage that took fewer seconds has no line of its own where lines stay.
TOLD_FROM = 0.5
# Seconds that a fit takes at most without saying so at its start, and those of training after which that is known.
SILENT_SECONDS, MEASURED_SECONDS = 600.0, 5.0


class Stages:
    """Knows which stage runs, since when, and how much time is left; draws that where it is asked to.

    A context, which ends the line. Seconds of a stage that runs twice are added.

    Args:
        limit: Seconds for all stages; None for any number.
        progress: Whether anything is drawn.
        now: A clock in seconds.
        write: Where the line goes; standard error by default.
        redraw: Whether the line may be overwritten; by default on a terminal only.
    """

    def __init__(
        self,
        limit: float | None,
        *,
        progress: bool,
        now: Callable[[], float] = time.monotonic,
        write: Callable[[str], object] = write_error,
        redraw: bool | None = None,
    ) -> None:
        """Start the clock."""
        self.limit = limit
        self.seconds: dict[str, float] = {}
        self.expected: dict[str, float] = {}
        self.said_to_be_long = False
        self.share: float | None = None  # of the stage that runs
        self.training_left: float | None = None
        self.stage = ""
        self._now = now
        self._start = self._stage_start = now()
        self._earlier = 0.0  # of the same training, before it was interrupted
        self._details: tuple[str, ...] = ()
        self._line = LiveLine(self._parts, self._stepped, write, redraw) if progress else None

    def __enter__(self) -> "Stages":
        """Let the line be redrawn while a stage is busy."""
        if self._line is not None:
            self._line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the stage and the line."""
        self.end()
        if self._line is not None:
            self._line.stop()

    def begin(self, stage: str) -> None:
        """End the stage that runs, and begin another.

        Args:
            stage: Its name, one of `STAGES`.
        """
        self.end()
        self.stage, self.share = stage, None
        self._stage_start = self._now()
        if self._line is not None:
            self._line.draw()

    def end(self) -> None:
        """End the stage that runs, if there is one."""
        if not self.stage:
            return
        stage, spent = self.stage, self.spent
        self.seconds[stage] = self.seconds.get(stage, 0.0) + spent
        self.stage, self._details = "", ()
        if self._line is not None and not self._line.redraws and spent >= TOLD_FROM:
            self._line.note(f"{stage}  {spent:,.0f} s")

    def reached(self, share: float) -> None:
        """Take note of how far the stage that runs has come.

        Args:
            share: Share of it that is done, 0 to 1.
        """
        self.share = share
        if self._line is not None:
            self._line.draw_if_due()

    def watch(self, reserve: float) -> Watch:
        """Return what a training within this fit is given.

        Args:
            reserve: Seconds to keep for what comes after it.
        """

        def limit() -> float | None:
            return None if self.limit is None else max(0.0, self.limit - self.elapsed - reserve)

        return Watch(self._line, limit, self._add_earlier)

    def tell(self, notes: Iterable[str]) -> tuple[str, ...]:
        """Return notes, printed where progress is drawn, a line each.

        Args:
            notes: What was decided.
        """
        notes = tuple(notes)
        if self._line is not None:
            for note in notes:
                self._line.note(note)
        return notes

    @property
    def elapsed(self) -> float:
        """Seconds since the start, and those of the same training before it was interrupted."""
        return self._earlier + self._now() - self._start

    @property
    def spent(self) -> float:
        """Seconds of the stage that runs."""
        return self._now() - self._stage_start + (self._earlier if self.stage == TRAINING else 0.0)

    @property
    def clock_left(self) -> float | None:
        """Seconds that are left of the time limit; None without one."""
        return None if self.limit is None else max(0.0, self.limit - self.elapsed)

    @property
    def left(self) -> float | None:
        """Seconds that are left of all stages; None where that is not known yet."""
        by_clock = self.clock_left
        if not self.expected and self.training_left is None:
            return by_clock
        expected = dict(self.expected)
        if self.stage == TRAINING and self.training_left is not None:
            expected[TRAINING] = self.spent + self.training_left
        elif self.stage and self.share:
            expected[self.stage] = self.spent / self.share
        by_stages = seconds_left(expected, self.stage or MIXING, self.spent if self.stage else 0.0)
        if by_clock is None:
            return by_stages
        is_known = self.stage == TRAINING or TRAINING in self.seconds  # that training may end before the clock says so
        return min(by_clock, by_stages) if is_known else by_clock

    @property
    def is_long(self) -> bool:
        """Whether training, once it is measured, is found to make this a long fit that nobody was told of."""
        known = self.training_left is not None and self.spent >= MEASURED_SECONDS
        return known and self.limit is None and not self.said_to_be_long and self._whole > SILENT_SECONDS

    @property
    def _whole(self) -> float:
        return self.elapsed + (self.left or 0.0)

    def _add_earlier(self, seconds: float) -> None:
        self._earlier += seconds

    def _stepped(self, epoch: int, perplexity: float, words_per_second: float, left: float | None) -> None:
        """Take note of how training goes, and say once if it will be long."""
        self.training_left = left
        self._details = (f"epoch {epoch}", f"perplexity {perplexity:,.1f}", f"{words_per_second:,.0f} words/s")
        if self._line is not None and self.is_long:
            self.said_to_be_long = True
            self._line.note(
                f"All of this will take about {clock_of(self._whole)}, by the first steps. "
                "`recipe(words=..., minutes=...)` makes the best of less."
            )

    def _parts(self) -> tuple[str, ...]:
        """Return what the line has to say: the stage, how much of the whole is done, and the time that is left."""
        stage, elapsed, left, share = self.stage, self.elapsed, self.left, self.share
        if not stage:
            return ()
        name = f"{stage if share is None else f'{stage} {share:.0%}':<11}"
        if left is None:
            return (f"{name}{clock_of(elapsed):>6}",)
        done = elapsed / max(elapsed + left, 1e-9)
        # The time left before the bar, so that a narrow terminal has it.
        return (f"{name}{clock_of(left):>6} left", f"{bar_of(done)} {done:4.0%}", *self._details)
