"""A language model trained further: what stays, what is new, and what is refused."""

import dataclasses

import numpy as np
import pytest

import nextword as nw
from nextword.bundle.runtimes import describe_runtime
from nextword.fitting.further_training import FEW_PASSES, RATE, gentler, widen
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.networks.transformer.runtime import TransformerRuntime
from nextword.ngrams.runtime import NgramRuntime
from nextword.prediction.shaping import unshaped
from nextword.runtime import parts_of
from nextword.tokens.vocabulary import UNK_ID

ENGLISH, CHINESE = nw.sample_texts("english"), nw.sample_texts("chinese")
SMALL = nw.FitConfig(network=nw.LSTMConfig(hidden_dim=24, num_layers=1), training=nw.TrainingConfig(epochs=3))
GO_ON = nw.FitConfig(training=nw.TrainingConfig(epochs=2))


@pytest.fixture(scope="module")
def given_lm():
    """Return a model of English."""
    return nw.fit(ENGLISH[:200], SMALL, progress=False)


@pytest.fixture(scope="module")
def continued(given_lm):
    """Return it, trained further on Chinese and some more English."""
    return nw.fit([*CHINESE[:150], *ENGLISH[200:260]], GO_ON, start_from=given_lm, progress=False)


def note_of(lm, beginning):
    (note,) = [note for note in lm.training.notes if note.startswith(beginning)]
    return note


def test_old_words_keep_their_ids_and_new_ones_come_behind(given_lm, continued):
    number = len(given_lm.vocabulary)
    assert continued.vocabulary[:number] == given_lm.vocabulary.words
    assert "喜欢" in continued.vocabulary[number:]
    assert sum(continued.vocabulary.counts) > sum(given_lm.vocabulary.counts)
    assert note_of(continued, "Went on") == (
        f"Went on with a given model: {len(continued.vocabulary) - number:,} new words beside its {number:,}."
    )


def test_both_texts_are_known_afterwards(continued):
    assert any(word.isascii() for word, _ in nw.predict_next_word(continued, "I like"))
    assert any(not word.isascii() for word, _ in nw.predict_next_word(continued, "我喜欢"))


def parts(lm):
    return tuple(part.runtime for part in parts_of(lm.runtime))


def network_tensor(lm, name):
    return describe_runtime(unshaped(lm.runtime)[0])[1][name]


def perplexities(lm):
    """Return what is said of the held-out text with the given model, and now."""
    said = note_of(lm, "Held-out perplexity").split(": ")[1].split(", ")
    return [float(part.split()[0].replace(",", "")) for part in said]


def test_held_out_perplexity_before_and_after_is_said(continued):
    before, after = perplexities(continued)
    assert after < before
    assert f"held-out perplexity {after:,.1f}" in note_of(continued, "Mixed")


def test_the_given_model_is_unchanged(given_lm, tmp_path):
    nw.save(given_lm, tmp_path / "before")
    nw.fit(CHINESE[:60], GO_ON, start_from=given_lm, progress=False)
    nw.save(given_lm, tmp_path / "after")
    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes()


def test_equal_arguments_give_equal_models(given_lm, tmp_path):
    for name in ("first", "second"):
        nw.save(nw.fit(CHINESE[:60], GO_ON, start_from=given_lm, progress=False), tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_a_loaded_model_goes_on_and_on(continued, tmp_path):
    path = tmp_path / "lm.nextword"
    lm = continued
    for start in (260, 340, 420):
        nw.save(lm, path)
        loaded = nw.load(path)
        expected = nw.next_word_probabilities(lm, "I like")
        np.testing.assert_array_equal(nw.next_word_probabilities(loaded, "I like"), expected)
        lm = nw.fit(ENGLISH[start : start + 80], GO_ON, start_from=loaded, progress=False)
        if isinstance(lm.runtime, MixtureRuntime):
            assert sum(isinstance(part, NgramRuntime) for part in parts(lm)) <= 3


def test_a_worse_network_is_not_taken(given_lm):
    wild = nw.FitConfig(training=nw.TrainingConfig(epochs=1, learning_rate=300.0, clip_norm=1000.0))
    lm = nw.fit(ENGLISH[200:300], wild, start_from=given_lm, progress=False)
    assert note_of(lm, "Kept the given network")
    assert lm.training.best_epoch == 0
    network = next(part for part in parts(lm) if isinstance(part, LSTMRuntime))
    assert network_tensor(lm, "weight.embedding/table").dtype == np.float16  # as `fit` leaves networks
    number = len(given_lm.vocabulary)
    given_network = parts(given_lm)[0]
    np.testing.assert_array_equal(network.weights["embedding/table"][:number], given_network.weights["embedding/table"])


def test_its_ngrams_stay_where_no_new_ones_are_counted(given_lm):
    config = dataclasses.replace(GO_ON, ngram=None)
    lm = nw.fit(ENGLISH[200:220], dataclasses.replace(config, held_out=0.0), start_from=given_lm, progress=False)
    (kept,) = [part for part in parts(lm) if isinstance(part, NgramRuntime)]
    (ngram,) = [part for part in parts(given_lm) if isinstance(part, NgramRuntime)]
    np.testing.assert_array_equal(kept.orders[0].words, ngram.orders[0].words)
    assert "n-gram model of an earlier text" in note_of(lm, "Mixed")


def test_a_full_vocabulary_is_said(given_lm):
    size = len(given_lm.vocabulary)
    config = dataclasses.replace(given_lm.tokenizer.config, max_vocabulary=size)
    full = dataclasses.replace(given_lm, tokenizer=nw.Tokenizer(given_lm.vocabulary, config))
    lm = nw.fit(["Zzgq qqfx wwpv.", "我喜欢喝茶。"], GO_ON, start_from=full, progress=False)
    assert lm.vocabulary.words == given_lm.vocabulary.words
    assert lm.vocabulary.counts[UNK_ID] > given_lm.vocabulary.counts[UNK_ID]
    assert note_of(lm, "There is room for no more words")


def test_a_transformer_goes_on():
    config = dataclasses.replace(
        SMALL, network=nw.TransformerConfig(hidden_dim=16, num_layers=1, num_heads=2, context_length=16)
    )
    lm = nw.fit(nw.fit(ENGLISH[:60], config, progress=False).vocabulary[3:30], config, progress=False)
    further = nw.fit(ENGLISH[60:160], GO_ON, start_from=lm, progress=False)
    found = parts(further)
    assert isinstance(found[0], TransformerRuntime)


def test_the_rate_is_a_quarter_and_passes_are_few_without_held_out_text():
    config, network = nw.TrainingConfig(), nw.LSTMConfig()
    full = config.resolve(50_000, 5_000, 2_000)
    careful = gentler(config, 50_000, 5_000, network, num_validation_tokens=2_000)
    assert (careful.learning_rate, careful.epochs) == (RATE * full.learning_rate, None)
    assert gentler(config, 100, 5_000, network).epochs == FEW_PASSES
    assert gentler(nw.TrainingConfig(time_limit=9.0), 100, 5_000, network).epochs is None
    chosen = nw.TrainingConfig(learning_rate=3.0, epochs=9)
    assert gentler(chosen, 100, 5_000, network) == chosen


def test_few_words_and_no_new_words(given_lm):
    lm = nw.fit(["I like green tea."], GO_ON, start_from=given_lm, progress=False)
    assert "0 new words" in note_of(lm, "Went on") or "1 new words" in note_of(lm, "Went on")
    assert not [note for note in lm.training.notes if note.startswith("Held-out perplexity")]


def test_blocked_words_stay_blocked_and_a_temperature_is_left_out(given_lm):
    blocked = nw.with_temperature(nw.block(given_lm, ["like"]), 1.5)
    lm = nw.fit(ENGLISH[200:260], GO_ON, start_from=blocked, progress=False)
    assert nw.word_probability(lm, "I", "like") == 0.0
    assert note_of(lm, "Left out its temperature")


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"start_from": "lm"}, nw.InputTypeError, "`start_from` is a language model.*received 'lm'"),
        (
            {"config": nw.FitConfig(network=nw.LSTMConfig(hidden_dim=25, num_layers=1))},
            nw.ConfigError,
            "goes on with the network that it has",
        ),
        (
            {"config": nw.FitConfig(tokenizer=nw.TokenizerConfig(level="char"))},
            nw.ConfigError,
            "goes on with the tokenizer that it has",
        ),
        (
            {"config": nw.FitConfig(embedding=nw.EmbeddingConfig(embedding_dim=25))},
            nw.ConfigError,
            r"goes on with the embedding that it has, EmbeddingConfig\(embedding_dim=24",
        ),
        (
            {"config": nw.FitConfig(cooccurrence=None)},
            nw.ConfigError,
            "goes on with the cooccurrence that it has",
        ),
        (
            {"config": nw.recipe(words=200_000, minutes=1)},
            nw.ConfigError,
            r"take the training alone: `FitConfig\(training=recipe\(\.\.\.\)\.training\)`",
        ),
        (
            {"vectors": nw.Vectors(("tea",), np.ones((1, 4), np.float32), None)},  # type: ignore[arg-type]
            nw.ConfigError,
            "give one of the two",
        ),
    ],
)
def test_what_does_not_fit_is_refused(given_lm, options, error, match):
    with pytest.raises(error, match=match):
        nw.fit(ENGLISH[:5], **{"start_from": given_lm, "progress": False, **options})


def test_a_model_without_a_network_is_refused(given_lm):
    ids = nw.encode_texts(given_lm.tokenizer, ENGLISH[:9])
    ngram = nw.build_ngram(ids, vocabulary_size=len(given_lm.vocabulary))
    lm = nw.build_language_model(given_lm.tokenizer, ngram)
    with pytest.raises(nw.InputError, match=r"needs a model with one network.*has 0"):
        nw.fit(ENGLISH[:9], start_from=lm, progress=False)


def test_the_tokens_of_all_texts_are_counted(given_lm, continued):
    """The usual weights follow from them: those of a short last text would leave the network next to nothing."""
    for lm in (given_lm, continued):
        given = widen(lm, lm.tokenizer)
        assert given.earlier.tokens == sum(lm.vocabulary.counts)
    assert sum(continued.vocabulary.counts) == given_lm.training.tokens + continued.training.tokens


def test_a_model_of_conversations_goes_on_with_its_window_or_another():
    talk = nw.Conversation().say("user", "Do you like tea?").say("assistant", "I do.")
    lm = nw.fit([talk] * 30, SMALL, progress=False)
    for window in (None, 64):
        config = dataclasses.replace(GO_ON, dialogue=nw.DialogueConfig(window=window))
        further = nw.fit([talk.say("user", "Green tea?")] * 30, config, start_from=lm, progress=False)
        assert further.template.window == (window or lm.template.window)
        found = parts(further)
        assert all(not part.unigram[3:6].any() for part in found if isinstance(part, NgramRuntime))


def test_conversations_need_a_model_of_conversations(given_lm):
    talk = nw.Conversation().say("user", "Do you like tea?").say("assistant", "I do.")
    with pytest.raises(nw.InputError, match="a model of texts has no role tokens"):
        nw.fit([talk] * 9, start_from=given_lm, progress=False)


@pytest.mark.parametrize("texts", [[], [""], ["   "], ["\n", "\u3000"]])
def test_empty_texts_are_refused_as_they_are_from_scratch(given_lm, texts):
    for given in (None, given_lm):
        with pytest.raises(nw.InputError, match=f"no word to learn from: {len(texts)} texts came in"):
            nw.fit(texts, start_from=given, progress=False)
