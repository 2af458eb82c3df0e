"""The time that was asked of `fit`: what is told, what is left out where it is too short, what mixing reserves."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nextword as nw
from nextword.corpus.stream import read_corpus
from nextword.fitting.mixing_plan import JUDGED_TOKENS, LEAST_JUDGED, MixingPlan
from nextword.fitting.mixture import mix_parts
from nextword.fitting.recipes import FitConfig
from nextword.fitting.reserve import SCORING_SHARE, plan_mixing, planned_tokens
from nextword.fitting.start import Start, fresh_start
from nextword.networks.kinds import to_runtime

TEXTS = nw.sample_texts("english")[:200]
TINY = FitConfig(
    network=nw.LSTMConfig(hidden_dim=8, num_layers=1),
    embedding=nw.EmbeddingConfig(embedding_dim=8),
    training=nw.TrainingConfig(epochs=1),
    ngram=nw.NgramConfig(order=3),
)


def notes_of(lm: nw.LanguageModel) -> dict[str, dict[str, Any]]:
    assert lm.training is not None
    return {note.code: note.figures for note in lm.training.notes}  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def start() -> Start:
    corpus = read_corpus(TEXTS, TINY.tokenizer)
    is_held_out = np.repeat(np.arange(len(TEXTS)) < 40, corpus.texts.lengths)
    return fresh_start(corpus, is_held_out, config=TINY)


class Passing:
    """A clock that goes on by a second each time somebody looks at it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


# What is left out, and what is told.


def test_a_time_that_is_too_short_gives_a_model_and_says_so() -> None:
    config = replace(TINY, time_limit=0.001, words=10_000_000, training=nw.TrainingConfig(epochs=50))
    lm = nw.fit(TEXTS, config, progress=False)
    assert nw.predict_next_word(lm, "I like")
    assert lm.training is not None
    assert len(lm.training.perplexities) == 1  # one step
    notes = notes_of(lm)
    assert "counted-again" not in notes
    assert notes["words-differ"] == {
        "words": 10_000_000,
        "tokens": lm.training.tokens + notes["held-out-texts"]["held_out"],
    }
    short, time = notes["time-too-short"], notes["time"]
    assert (short["asked"], time["asked"]) == (0.001, 0.001)
    assert short["enough"] > short["taken"] * 0.5 > 0.0
    assert list(notes)[-1] == "time"
    assert time["seconds"].keys() == {"reading", "words", "vectors", "building", "training", "mixing"}
    assert time["total"] == pytest.approx(sum(time["seconds"].values()))


def test_a_time_that_is_long_enough_leaves_nothing_out(tmp_path: Path) -> None:
    lm = nw.fit(TEXTS, replace(TINY, time_limit=3000.0), progress=False)
    assert lm.training is not None
    assert lm.training.stopped_by == "epochs"
    notes = notes_of(lm)
    assert {"mixed", "counted-again", "time"} <= notes.keys()
    assert not {"time-too-short", "words-differ", "long-fit"} & notes.keys()
    nw.save(lm, tmp_path / "lm.nextword")
    assert nw.load(tmp_path / "lm.nextword").training == lm.training


def test_equal_fits_without_a_limit_stay_equal_and_print_their_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contents = []
    for name in ("a", "b"):
        lm = nw.fit(TEXTS[:40], TINY, progress=name == "b")
        assert "time" not in notes_of(lm)
        nw.save(lm, tmp_path / name)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    assert capsys.readouterr().err.splitlines()[-1].startswith("Took ")


def test_a_limit_of_training_alone_is_one_of_training_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("nextword.fitting.pipeline.plan_mixing", lambda *arguments: seen.append(arguments))
    lm = nw.fit(TEXTS[:40], replace(TINY, training=nw.TrainingConfig(epochs=1, time_limit=500.0)), progress=False)
    assert seen == []
    assert lm.training is not None
    assert lm.training.config.time_limit == 500.0
    assert notes_of(lm)["time"]["asked"] is None


def test_a_generator_and_files_are_told_how_far_they_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    folder.mkdir()
    lines = [f"This is line {number} of a text about tea.\n" for number in range(6_000)]
    (folder / "a.txt").write_text("".join(lines), encoding="utf-8")
    (folder / "b.txt").write_text("我喜欢喝茶。\n" * 12_000, encoding="utf-8")
    shares: list[float] = []
    corpus = read_corpus(folder, nw.TokenizerConfig(), reached=shares.append)
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert len(shares) > 4
    assert np.array_equal(corpus.texts.word_numbers, read_corpus(folder, nw.TokenizerConfig()).texts.word_numbers)

    def generate() -> Iterator[str]:
        yield from lines

    shares.clear()
    read_corpus(generate(), nw.TokenizerConfig(), reached=shares.append)
    assert shares == []  # nobody knows how many will come


# What mixing reserves.


def test_mixing_reserves_what_its_parts_took_to_try(start: Start) -> None:
    plan = plan_mixing(start, TINY, lambda: 1e6, 1e6, Passing())
    assert plan.counted is not None
    assert (plan.judged_tokens, plan.counts_again, plan.is_least) == (JUDGED_TOKENS, True, False)
    # A second for each thing that was tried, and scoring all tokens takes as many times longer as there are more.
    assert 10.0 < plan.seconds < 1000.0
    slower = plan_mixing(start, TINY, lambda: 1e6, plan.seconds / 2, Passing())
    assert LEAST_JUDGED <= slower.judged_tokens < JUDGED_TOKENS
    assert slower.seconds < plan.seconds


def test_no_time_is_spent_on_planning_where_none_is_left(start: Start) -> None:
    plan = plan_mixing(start, TINY, lambda: 0.0, 10.0, Passing())
    assert plan == MixingPlan(plan.counted, LEAST_JUDGED, counts_again=False, is_least=True)
    plan = plan_mixing(start, TINY, lambda: 4.0, 10.0, Passing())  # enough to try, not to do it all
    assert plan.is_least
    assert plan.seconds > 0.0


def test_the_plan_of_mixing_leaves_the_mixture_as_it_was(start: Start) -> None:
    network = to_runtime(start.model)
    plan = plan_mixing(start, TINY, lambda: 1e6, 1e6)
    planned, unplanned = mix_parts(network, start, TINY, plan), mix_parts(network, start, TINY)
    assert planned.notes == unplanned.notes
    least = mix_parts(network, start, TINY, plan._replace(judged_tokens=LEAST_JUDGED, counts_again=False))
    assert [note.code for note in least.notes] == ["mixed"]


def test_a_plan_shrinks_with_the_time_that_is_left() -> None:
    plan = MixingPlan(seconds=10.0)
    assert plan.within(None) == plan.within(9.5) == plan
    tokens = [plan.within(left).judged_tokens for left in (9.5, 8.0, 4.0, 0.1, 0.0)]
    assert tokens == [JUDGED_TOKENS, 8_000, 4_000, LEAST_JUDGED, LEAST_JUDGED]
    assert [plan.within(left).counts_again for left in (8.0, 4.0)] == [True, False]
    assert MixingPlan().within(0.0) == MixingPlan()


def test_scoring_has_a_share_of_the_time() -> None:
    for seconds, limit in ((30.0, 100.0), (1000.0, 100.0), (1.0, 9.0)):
        tokens = planned_tokens(seconds, limit)
        assert LEAST_JUDGED <= tokens <= JUDGED_TOKENS
        assert seconds * tokens / JUDGED_TOKENS <= SCORING_SHARE * limit + 1e-9 or tokens == LEAST_JUDGED


def test_a_training_that_goes_on_counts_what_it_had_taken(tmp_path: Path) -> None:
    config = replace(TINY, time_limit=3000.0, training=nw.TrainingConfig(epochs=2))
    lms = [nw.fit(TEXTS[:60], config, checkpoint_dir=tmp_path / "kept", progress=False) for _ in range(2)]
    first, again = (notes_of(lm)["time"]["seconds"]["training"] for lm in lms)
    assert again > 0.3 * first  # though all of it had been done
    assert lms[0].training is not None
    assert lms[1].training is not None
    assert lms[0].training.perplexities == lms[1].training.perplexities
