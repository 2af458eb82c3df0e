"""The arithmetic of planning: what stages are expected to take, and what is said of it."""

import dataclasses

import pytest
from hypothesis import given, strategies as st

import nextword as nw
from nextword.errors import Note
from nextword.fitting.estimates import (
    STAGES,
    TRAINING,
    other_seconds,
    seconds_left,
    stage_seconds,
    training_seconds,
    usual_vocabulary,
)
from nextword.fitting.stages import SILENT_SECONDS
from nextword.fitting.time_notes import describe_long_fit, describe_time, describe_words, expected_seconds

SMALL, LARGE = nw.LSTMConfig(hidden_dim=300, num_layers=1), nw.LSTMConfig(hidden_dim=400, num_layers=2)


@given(st.integers(1, 10**9), st.integers(4, 10**6), st.integers(1, 10))
def test_more_text_and_more_words_take_longer(tokens: int, vocabulary_size: int, times: int) -> None:
    few, many = stage_seconds(tokens, vocabulary_size), stage_seconds(tokens * times, vocabulary_size * times)
    assert few.keys() == many.keys() == set(STAGES) - {TRAINING}
    assert all(few[stage] <= many[stage] for stage in few)
    one_pass = training_seconds(tokens, vocabulary_size, SMALL, 1.0)
    assert one_pass * times == pytest.approx(training_seconds(tokens, vocabulary_size, SMALL, times))
    assert one_pass < training_seconds(tokens, vocabulary_size, LARGE, 1.0)


@given(st.integers(1, 10**9), st.floats(0.1, 1e6))
def test_training_keeps_a_third_of_every_time(words: int, seconds: float) -> None:
    assert 0.0 < other_seconds(words, seconds) <= seconds * 2 / 3 + 1e-9
    assert 0 < usual_vocabulary(words) <= words


def test_what_is_left_is_the_rest_of_a_stage_and_those_behind_it() -> None:
    expected = dict(zip(STAGES, (8.0, 1.0, 4.0, 6.0, 60.0, 20.0), strict=True))
    assert seconds_left(expected, "reading", 3.0) == 96.0
    assert seconds_left(expected, "training", 50.0) == 30.0
    assert seconds_left(expected, "training", 500.0) == 20.0  # it cannot be negative
    assert seconds_left({}, "mixing", 5.0) == 0.0


# What is said of it.


def long_fit(tokens: int, vocabulary_size: int, config: nw.FitConfig) -> list[Note]:
    training = config.training.resolve(tokens, vocabulary_size)
    expected = expected_seconds(tokens, vocabulary_size, SMALL, training)
    return list(describe_long_fit(expected, config, tokens, training.epochs or 1))


def test_a_default_fit_says_at_its_start_that_it_will_be_long() -> None:
    assert long_fit(1_000_000, 10_000, nw.FitConfig()) == []
    (note,) = long_fit(5_600_000, 185_000, nw.FitConfig())
    assert (note.code, note.figures["tokens"], note.figures["passes"]) == ("long-fit", 5_600_000, 4)
    assert note.figures["minutes"] > SILENT_SECONDS / 60
    assert "recipe(words=5_600_000, minutes=10)" in note
    transformer = nw.FitConfig(network=nw.TransformerConfig())
    (note,) = long_fit(5_600_000, 185_000, transformer)
    assert 'network="transformer"' in note


def test_who_asks_for_a_time_is_not_told_that_it_is_long() -> None:
    assert long_fit(5_600_000, 185_000, nw.FitConfig(time_limit=9_000.0)) == []
    # A limit of training alone keeps the whole below ten minutes, or not.
    short, long = (nw.FitConfig(training=nw.TrainingConfig(time_limit=seconds)) for seconds in (60.0, 3000.0))
    assert long_fit(5_600_000, 185_000, short) == []
    assert [note.code for note in long_fit(5_600_000, 185_000, long)] == ["long-fit"]


@pytest.mark.parametrize(("words", "tokens"), [(1_000, 2_001), (2_001, 1_000), (9_000_000, 10)])
def test_a_text_of_another_size_than_the_recipe_was_told_is_told(words: int, tokens: int) -> None:
    (note,) = describe_words(nw.recipe(words, 3.0), tokens)
    assert (note.code, note.figures) == ("words-differ", {"words": words, "tokens": tokens})
    assert "minutes=3)" in note


@pytest.mark.parametrize(("words", "tokens"), [(1_000, 2_000), (2_000, 1_000), (500, 500)])
def test_an_estimate_will_do(words: int, tokens: int) -> None:
    assert describe_words(nw.recipe(words, 3.0), tokens) == ()
    assert describe_words(nw.FitConfig(), tokens) == ()


def test_the_note_says_where_the_time_went() -> None:
    seconds = {"training": 120.0, "reading": 21.4, "mixing": 31.0}
    (note,) = describe_time(seconds, nw.FitConfig(time_limit=180.0), 1_000, is_too_short=False)
    assert note.code == "time"
    assert note.figures == {"seconds": seconds, "total": pytest.approx(172.4), "asked": 180.0}
    assert note == "Took 172 s of 180 asked: reading 21, training 120, mixing 31."  # in the order of the stages
    (note,) = describe_time(seconds, nw.FitConfig(), 1_000, is_too_short=False)
    assert note.figures["asked"] is None


def test_a_time_that_was_too_short_is_told_with_one_that_is_not() -> None:
    seconds = {"reading": 21.0, "training": 2.0, "mixing": 40.0}
    config = nw.FitConfig(time_limit=12.0)
    short, time = describe_time(seconds, config, 5_600_000, is_too_short=True)
    assert (short.code, time.code) == ("time-too-short", "time")
    assert short.figures["asked"] == 12.0
    assert short.figures["taken"] == 63.0
    assert short.figures["enough"] >= 2 * 61.0
    assert f"minutes={short.figures['enough'] / 60:.3g})" in short
    # Who trains by hand-set options is never told of a limit that was not set.
    again = describe_time(seconds, dataclasses.replace(config, time_limit=None), 5_600_000, is_too_short=True)
    assert [note.code for note in again] == ["time"]
