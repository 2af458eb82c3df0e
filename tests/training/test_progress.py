"""The progress line: redrawn in place on a terminal, one line an epoch elsewhere."""

import dataclasses
import io
import sys

import pytest

from nextword.training.history import EpochRecord
from nextword.training.live_line import LiveLine
from nextword.training.progress import REDRAW_SECONDS, ProgressLine, clock_of, columns_of_terminal, fitting, write_error

RECORD = EpochRecord(
    epoch=2,
    steps=40,
    learning_rate=20.0,
    perplexity=1234.56,
    validation_perplexity=1500.04,
    seconds=61.4,
    words_per_second=8765.4,
)


@pytest.fixture
def written():
    """Return the list that lines write to."""
    return []


@pytest.fixture
def clock(monkeypatch):
    """Return a clock to be set by hand."""
    now = [1000.0]
    monkeypatch.setattr("nextword.training.progress.time.monotonic", lambda: now[0])
    return now


def test_an_epoch_is_one_line(written):
    ProgressLine(3, written.append, redraw=False).epoch(RECORD, best=True)
    text = "".join(written)
    assert text == "epoch 2/3  perplexity 1,234.6  validation 1,500.0 (best)  8,765 words/s  61 s\n"


def test_a_worse_epoch_and_one_without_validation(written):
    line = ProgressLine(3, written.append, redraw=False)
    line.epoch(RECORD, best=False)
    assert "validation 1,500.0  8,765" in "".join(written)
    written.clear()
    line.epoch(dataclasses.replace(RECORD, validation_perplexity=None), best=True)
    assert "validation" not in "".join(written)
    assert "best" not in "".join(written)


def test_unlimited_epochs_have_no_total(written):
    ProgressLine(None, written.append, redraw=False).epoch(RECORD, best=False)
    assert "".join(written).startswith("epoch 2  perplexity")


def test_a_terminal_shows_the_bar_and_is_redrawn(written, clock):
    line = ProgressLine(3, written.append, redraw=True)
    line.step(2, 0.5, 99.96, 1234.0)
    assert written == ["\repoch 2/3 " + "█" * 10 + "░" * 10 + "  50%  perplexity 100.0  1,234 words/s"]
    line.step(2, 0.6, 99.0, 1234.0)
    assert len(written) == 1  # too soon
    clock[0] += REDRAW_SECONDS
    line.step(2, 1.0, 9.0, 1234.0)
    assert written[1].startswith("\repoch 2/3 " + "█" * 20 + " 100%  perplexity 9.0")


def test_a_shorter_text_covers_a_longer_one(written, clock):
    line = ProgressLine(3, written.append, redraw=True)
    line.step(2, 0.5, 99.0, 1234.0)
    line.epoch(dataclasses.replace(RECORD, validation_perplexity=None), best=True)
    assert len(written[1]) >= len(written[0])
    assert written[1].startswith("\repoch 2/3  perplexity")
    assert written[2] == "\n"
    clock[0] += 1
    line.step(3, 0.0, 99.0, 1.0)
    assert written[3] == written[3].rstrip()  # nothing to cover on a new line


def test_elsewhere_steps_are_silent(written):
    ProgressLine(3, written.append, redraw=False).step(1, 0.5, 99.0, 1234.0)
    assert not written


def test_standard_error_is_the_default(capsys):
    line = ProgressLine(3)
    line.step(1, 0.5, 99.0, 1234.0)
    line.epoch(RECORD, best=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("epoch 2/3  perplexity 1,234.6")
    assert captured.err.endswith("61 s\n")
    assert "\r" not in captured.err


@pytest.mark.parametrize("errors", ["strict", "backslashreplace"])  # the second one is what Python sets
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "latin-1"])
def test_a_terminal_without_blocks_gets_other_signs(encoding, errors, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, encoding=encoding, errors=errors))
    ProgressLine(3, redraw=True).step(1, 0.5, 99.0, 1234.0)
    assert raw.getvalue() == b"\repoch 1/3 " + b"#" * 10 + b"." * 10 + b"  50%  perplexity 99.0  1,234 words/s"


def test_without_standard_error_nothing_is_written_anywhere(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    write_error("a note")
    line = ProgressLine(3)
    line.step(1, 0.5, 99.0, 1234.0)
    line.epoch(RECORD, best=True)
    line.note("a note")
    monkeypatch.undo()
    assert capsys.readouterr() == ("", "")


def test_a_note_without_its_signs_is_still_written(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(raw, encoding="ascii"))
    write_error("a 我\n")
    assert raw.getvalue().split() == [b"a", b"?"]


def test_a_training_goes_on_where_nobody_reads_its_progress(monkeypatch):
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stderr", Gone())
    write_error("a note\n")


def test_a_text_goes_to_standard_error_as_it_is(capsys):
    write_error("Held out 5 of 100 texts.\n我\n")
    assert capsys.readouterr() == ("", "Held out 5 of 100 texts.\n我\n")


def test_the_time_that_is_left_stands_behind_the_rest(written, clock):
    ProgressLine(3, written.append, redraw=True).step(2, 0.5, 99.96, 1234.0, 125.4)
    assert written[0].endswith("  1,234 words/s  2:05 left")


def test_clocks_and_what_fits():
    assert [clock_of(seconds) for seconds in (-3.0, 0.4, 59.6, 3599.6, 36_000.0)] == [
        "0:00", "0:00", "1:00", "1:00:00", "10:00:00"
    ]  # fmt: skip
    parts = ("training", "", "2:04 left", "more")
    whole = "training  2:04 left  more"
    assert [fitting(parts, columns) for columns in (0, 4, 8, 18)] == ["", "trai", "training", "training"]
    assert [fitting(parts, columns) for columns in (19, 24, 25, 99)] == [whole[:19], whole[:19], whole, whole]


def test_the_width_of_no_terminal_is_the_usual_one(monkeypatch):
    for stderr in (None, io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stderr)
        assert columns_of_terminal() == 79


def test_a_live_line_is_drawn_again_behind_a_note_and_not_where_there_is_none(written):
    said = ["reading"]
    line = LiveLine(lambda: said, lambda *step: None, written.append, redraw=True)
    line.draw()
    line.note("A note.")
    said.clear()
    line.draw()
    assert written == ["\rreading", "\rA note.", "\n", "\rreading"]
    line.stop()
    assert written[4:] == ["\r       ", "\r"]
    said.append("too late")
    line.draw()
    assert len(written) == 6
    elsewhere = LiveLine(lambda: ["reading"], lambda *step: None, written.append, redraw=False)
    elsewhere.start()
    elsewhere.draw_if_due()
    elsewhere.note("A note.")
    elsewhere.stop()
    assert written[6:] == ["A note.", "\n"]
