"""The clock of a fit by hand: seconds by stage, what is left, what training gets, and the line that shows it."""

import threading

import pytest

from nextword.errors import Note
from nextword.fitting.stages import MEASURED_SECONDS, SILENT_SECONDS, Stages
from nextword.training.history import EpochRecord


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """Return a clock of stages and line."""
    clock = Clock()
    monkeypatch.setattr("nextword.training.progress.time.monotonic", clock)
    return clock


@pytest.fixture
def written():
    """Return the list that lines write to."""
    return []


def stages_of(clock, limit=None, written=None, *, redraw=False):
    writes = (lambda text: None) if written is None else written.append
    return Stages(limit, progress=written is not None, now=clock, write=writes, redraw=redraw)


def ran(stages, clock, **seconds):
    for stage, spent in seconds.items():
        stages.begin(stage)
        clock.now += spent
    stages.end()


def test_every_stage_has_its_seconds_and_they_are_added(clock):
    stages = stages_of(clock)
    ran(stages, clock, reading=3.0, mixing=2.0, training=5.0)
    ran(stages, clock, mixing=4.0)
    assert stages.seconds == {"reading": 3.0, "mixing": 6.0, "training": 5.0}
    assert stages.elapsed == 14.0
    assert stages.left is None


def test_training_gets_what_is_left_but_what_is_reserved(clock):
    stages = stages_of(clock, 100.0)
    ran(stages, clock, reading=30.0)
    watch = stages.watch(20.0)
    stages.begin("training")
    clock.now += 5.0  # Keras compiles
    assert watch.limit() == 45.0
    clock.now += 90.0
    assert watch.limit() == 0.0  # never below
    assert stages_of(clock).watch(20.0).limit() is None


def test_a_resumed_training_counts_what_was_trained_before(clock):
    stages = stages_of(clock, 100.0)
    ran(stages, clock, reading=30.0)
    watch = stages.watch(20.0)
    stages.begin("training")
    assert watch.limit() == 50.0  # the clock of training goes on from its own 35 seconds
    watch.resumed(35.0)
    clock.now += 15.0
    ran(stages, clock, mixing=20.0)
    assert stages.seconds == {"reading": 30.0, "training": 50.0, "mixing": 20.0}
    assert stages.elapsed == 100.0


def test_the_time_left_is_that_of_the_clock_or_of_the_stages(clock):
    stages = stages_of(clock, 100.0)
    stages.begin("reading")
    stages.reached(0.5)
    clock.now += 10.0
    assert stages.left == 90.0
    free = stages_of(clock)
    free.begin("reading")
    assert free.left is None
    free.expected = {"reading": 8.0, "training": 60.0, "mixing": 20.0}
    clock.now += 2.0
    assert free.left == 86.0
    free.reached(0.1)  # slower than expected
    assert free.left == pytest.approx(18.0 + 80.0)
    free.begin("training")
    clock.now += 10.0
    assert free.left == 70.0
    free.training_left = 300.0  # measured
    assert free.left == 320.0


def test_a_training_that_ends_before_the_clock_is_known(clock):
    stages = stages_of(clock, 1000.0)
    stages.expected = {"training": 60.0, "mixing": 20.0}
    stages.begin("training")
    clock.now += 10.0
    stages.training_left = 30.0
    assert stages.left == 50.0
    stages.begin("mixing")
    clock.now += 5.0
    assert stages.left == 15.0


# The line.


def test_elsewhere_a_stage_is_one_line_and_a_short_one_none(clock, written):
    with stages_of(clock, None, written) as stages:
        stages.tell([Note("Read 1 file.", code="read-texts")])
        ran(stages, clock, reading=21.2, words=0.1, vectors=9.0)
        stages.reached(0.5)
    assert "".join(written) == "Read 1 file.\nreading  21 s\nvectors  9 s\n"


def test_a_terminal_shows_the_stage_the_whole_and_the_time_left(clock, written):
    stages = stages_of(clock, 120.0, written, redraw=True)
    stages.begin("reading")
    clock.now += 30.0
    stages.reached(0.43)
    assert written[-1].rstrip() == "\rreading 43%  1:30 left  " + "█" * 5 + "░" * 15 + "  25%"
    stages.tell(["A note."])
    assert "".join(written).count("A note.") == 1
    stages.begin("training")
    line = stages.watch(0.0).line
    clock.now += 30.0
    line.step(3, 0.5, 123.42, 12_000.0, 40.0)
    assert written[-1].split()[0] == "training"
    assert "0:40 left" in written[-1]
    assert written[-1].rstrip().endswith("epoch 3  perplexity 123.4")  # of more there is no room
    record = EpochRecord(
        epoch=3,
        steps=9,
        learning_rate=1.0,
        perplexity=100.0,
        validation_perplexity=90.0,
        seconds=30.0,
        words_per_second=1.0,
    )
    line.epoch(record, best=True)
    assert "epoch 3  perplexity 100.0  validation 90.0 (best)" in "".join(written[-3:])
    stages.__exit__(None, None, None)
    assert written[-1] == "\r"
    assert "".join(written).split("\n")[-1].split("\r")[-2].strip() == ""  # nothing stays on the terminal


def test_a_narrow_terminal_loses_details_and_no_line_is_broken(clock, written, monkeypatch):
    for columns in (10, 24, 40, 60):
        monkeypatch.setattr("nextword.training.progress.columns_of_terminal", lambda columns=columns: columns)
        written.clear()
        stages = stages_of(clock, 120.0, written, redraw=True)
        stages.begin("training")
        clock.now += 10.0
        stages.watch(0.0).line.step(1, 0.5, 99.0, 12_000.0, 110.0)
        assert max(len(text.rstrip().lstrip("\r")) for text in written) <= columns
        assert written[-1].startswith("\rtraining"[: columns + 1])
        assert ("1:50 left" in written[-1]) == (columns >= 24)  # the bar goes first


def test_a_line_is_redrawn_while_a_stage_is_busy(written, monkeypatch):
    monkeypatch.setattr("nextword.training.live_line.TICK", 0.01)
    monkeypatch.setattr("nextword.training.progress.REDRAW_SECONDS", 0.0)
    drawn = threading.Event()

    def write(text):
        written.append(text)
        if len(written) > 5:
            drawn.set()

    with Stages(100.0, progress=True, write=write, redraw=True) as stages:
        stages.begin("vectors")
        assert drawn.wait(10.0)
    for thread in threading.enumerate():
        if thread.name == "nextword-progress":
            thread.join(10.0)
    assert written[-1] == "\r"  # nothing is drawn behind the end


def test_a_training_that_is_found_to_be_slow_says_so_once(clock, written):
    stages = stages_of(clock, None, written)
    stages.expected = {"training": 100.0, "mixing": 20.0}
    stages.begin("training")
    line = stages.watch(0.0).line
    clock.now += MEASURED_SECONDS / 2
    line.step(1, 0.0, 99.0, 10.0, 9_000.0)
    assert written == []  # the first steps are not enough
    clock.now += MEASURED_SECONDS
    line.step(1, 0.0, 99.0, 10.0, SILENT_SECONDS - 40.0)
    assert written == []  # not longer than ten minutes
    line.step(1, 0.0, 99.0, 10.0, 9_000.0)
    line.step(1, 0.1, 99.0, 10.0, 9_000.0)
    assert "".join(written).count("2:30:") == 1
    told = stages_of(clock, None, written)
    told.said_to_be_long = True
    told.begin("training")
    clock.now += 60.0
    written.clear()
    told.watch(0.0).line.step(1, 0.0, 99.0, 10.0, 9_000.0)
    assert written == []


def test_without_progress_nothing_is_drawn(clock):
    with stages_of(clock, 10.0) as stages:
        ran(stages, clock, reading=5.0)
        assert stages.tell(["a"]) == ("a",)
        assert stages.watch(0.0).line is None
