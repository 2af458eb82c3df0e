"""A language model trained further: what stays, what is new, and that held-out text never finds it worse."""

import dataclasses

import numpy as np
import pytest
from refusals import refuses

import nextword as nw
from nextword.bundle.runtimes import describe_runtime
from nextword.fitting.further_training import FEW_PASSES, MOST_NGRAMS, RATE, fine_tuning_options
from nextword.networks.lstm.runtime import LSTMRuntime
from nextword.networks.transformer.runtime import TransformerRuntime
from nextword.ngrams.runtime import NgramRuntime
from nextword.prediction.shaping import unshaped
from nextword.runtime import parts_of
from nextword.tokens.vocabulary import UNK_ID

ENGLISH, CHINESE = nw.sample_texts("english"), nw.sample_texts("chinese")
SMALL = nw.FitConfig(network=nw.LSTMConfig(hidden_dim=24, num_layers=1), training=nw.TrainingConfig(epochs=3))
FURTHER = nw.FitConfig(training=nw.TrainingConfig(epochs=2))


@pytest.fixture(scope="module")
def base_lm():
    """Return a model of English."""
    return nw.fit(ENGLISH[:200], SMALL, progress=False)


@pytest.fixture(scope="module")
def further_lm(base_lm):
    """Return it, trained further on Chinese and some more English."""
    return nw.fit([*CHINESE[:150], *ENGLISH[200:260]], FURTHER, start_from=base_lm, progress=False)


def note_of(lm, code):
    """The figures of the one note with a code."""
    (note,) = [note for note in lm.training.notes if note.code == code]
    return note.figures


def has_note(lm, code):
    return code in [note.code for note in lm.training.notes]


def runtimes(lm):
    return [part.runtime for part in parts_of(lm.runtime)]


def test_old_words_keep_their_ids_and_new_ones_come_behind(base_lm, further_lm):
    size = len(base_lm.vocabulary)
    assert further_lm.vocabulary[:size] == base_lm.vocabulary.words
    assert "喜欢" in further_lm.vocabulary[size:]
    assert note_of(further_lm, "went-on") == {"new_words": len(further_lm.vocabulary) - size, "words": size}
    tokens = base_lm.training.tokens + further_lm.training.tokens
    assert sum(further_lm.vocabulary.counts) == tokens


def test_both_texts_are_known_afterwards(base_lm, further_lm):
    assert any(word.isascii() for word, _ in nw.predict_next_word(further_lm, "I like"))
    assert any(not word.isascii() for word, _ in nw.predict_next_word(further_lm, "我喜欢"))
    figures = note_of(further_lm, "held-out-perplexity")
    assert figures["after"] < 0.9 * figures["before"]
    assert figures["after"] == note_of(further_lm, "mixed")["perplexity"]
    unseen = CHINESE[150:200]
    assert nw.evaluate(further_lm, unseen).oov_rate < nw.evaluate(base_lm, unseen).oov_rate


def test_the_given_model_is_unchanged_and_equal_arguments_give_equal_models(base_lm, tmp_path):
    nw.save(base_lm, tmp_path / "before")
    for name in ("first", "second"):
        nw.save(nw.fit(CHINESE[:60], FURTHER, start_from=base_lm, progress=False), tmp_path / name)
    nw.save(base_lm, tmp_path / "after")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()
    assert (tmp_path / "before").read_bytes() == (tmp_path / "after").read_bytes()


def test_a_loaded_model_goes_on_and_on_and_stays_small(further_lm, tmp_path):
    path = tmp_path / "lm.nextword"
    lm = further_lm
    for start in (260, 340):
        nw.save(lm, path)
        loaded = nw.load(path)
        expected = nw.next_word_probabilities(lm, "I like")
        np.testing.assert_array_equal(nw.next_word_probabilities(loaded, "I like"), expected)
        lm = nw.fit(ENGLISH[start : start + 80], FURTHER, start_from=loaded, progress=False)
        assert sum(type(part) is NgramRuntime for part in runtimes(lm)) <= MOST_NGRAMS + 1


def test_a_worse_network_is_not_taken(base_lm):
    wild = nw.FitConfig(training=nw.TrainingConfig(epochs=1, learning_rate=30.0, clip_norm=100.0))
    lm = nw.fit(ENGLISH[200:300], wild, start_from=base_lm, progress=False)
    figures = note_of(lm, "kept-base-network")
    assert figures["before"] < figures["after"]
    assert lm.training.best_epoch == 0
    network, base_network = (
        next(part for part in runtimes(model) if type(part) is LSTMRuntime) for model in (lm, base_lm)
    )
    tensors = describe_runtime(unshaped(lm.runtime)[0])[1]
    assert tensors["weight.embedding/table"].dtype == np.float16  # as `fit` leaves networks
    rows = len(base_lm.vocabulary)
    np.testing.assert_array_equal(network.weights["embedding/table"][:rows], base_network.weights["embedding/table"])


def test_its_ngrams_stay_where_no_new_ones_are_counted(base_lm):
    config = dataclasses.replace(FURTHER, ngram=None, held_out=0.0)
    lm = nw.fit(ENGLISH[200:220], config, start_from=base_lm, progress=False)
    (kept,), (ngram,) = ([part for part in runtimes(m) if type(part) is NgramRuntime] for m in (lm, base_lm))
    np.testing.assert_array_equal(kept.orders[0].words, ngram.orders[0].words)
    assert "n-gram model of an earlier text" in note_of(lm, "usual-weights")["names"]


def test_a_full_vocabulary_is_told(base_lm):
    size = len(base_lm.vocabulary)
    config = dataclasses.replace(base_lm.tokenizer.config, max_vocabulary=size)
    full = dataclasses.replace(base_lm, tokenizer=nw.Tokenizer(base_lm.vocabulary, config))
    lm = nw.fit(["Zzgq qqfx wwpv.", "我喜欢喝茶。"], FURTHER, start_from=full, progress=False)
    assert lm.vocabulary.words == base_lm.vocabulary.words
    assert lm.vocabulary.counts[UNK_ID] > base_lm.vocabulary.counts[UNK_ID]
    assert note_of(lm, "vocabulary-full") == {"max_vocabulary": size}


def test_few_words_none_of_them_new(base_lm):
    text = next(text for text in ENGLISH[:200] if not nw.report_oov(base_lm.tokenizer, [text]).unknown)
    lm = nw.fit([text], FURTHER, start_from=base_lm, progress=False)
    assert note_of(lm, "went-on")["new_words"] == 0
    assert lm.vocabulary.words == base_lm.vocabulary.words
    assert not has_note(lm, "held-out-perplexity")


def test_blocked_words_stay_blocked_and_a_temperature_is_left_out(base_lm):
    blocked = nw.with_temperature(nw.block(base_lm, ["like"]), 1.5)
    lm = nw.fit(ENGLISH[200:260], FURTHER, start_from=blocked, progress=False)
    assert nw.word_probability(lm, "I", "like") == 0.0
    assert unshaped(lm.runtime)[1].temperature == 1.0
    assert note_of(lm, "temperature-left-out") == {"temperature": 1.5}


def test_a_transformer_goes_on():
    network = nw.TransformerConfig(hidden_dim=16, num_layers=1, num_heads=2, context_length=16)
    lm = nw.fit(ENGLISH[:60], dataclasses.replace(SMALL, network=network), progress=False)
    # A twentieth would be 67 tokens, of which chance decides.
    config = dataclasses.replace(FURTHER, held_out=0.2)
    further = nw.fit(ENGLISH[60:160], config, start_from=lm, progress=False)
    assert type(runtimes(further)[0]) is TransformerRuntime
    figures = note_of(further, "held-out-perplexity")
    assert figures["after"] <= figures["before"]


def test_the_rate_is_a_quarter_and_passes_are_few_without_held_out_text():
    config, network = nw.TrainingConfig(), nw.LSTMConfig()
    full = config.resolve(50_000, 5_000, 2_000)
    careful = fine_tuning_options(config, 50_000, 5_000, network, num_validation_tokens=2_000)
    assert (careful.learning_rate, careful.epochs) == (RATE * full.learning_rate, None)
    assert fine_tuning_options(config, 100, 5_000, network).epochs == FEW_PASSES
    assert fine_tuning_options(nw.TrainingConfig(time_limit=9.0), 100, 5_000, network).epochs is None
    chosen = nw.TrainingConfig(learning_rate=3.0, epochs=9)
    assert fine_tuning_options(chosen, 100, 5_000, network) == chosen


def test_a_model_of_conversations_goes_on_with_its_window_or_another(base_lm):
    talk = nw.Conversation().say("user", "Do you like tea?").say("assistant", "I do.")
    lm = nw.fit([talk] * 30, SMALL, progress=False)
    for window in (None, 64):
        config = dataclasses.replace(FURTHER, dialogue=nw.DialogueConfig(window=window))
        further = nw.fit([talk.say("user", "Green tea?")] * 30, config, start_from=lm, progress=False)
        assert further.template.window == (window or lm.template.window)
        assert all(not part.unigram[3:6].any() for part in runtimes(further) if type(part) is NgramRuntime)
    with pytest.raises(nw.InputError):  # a model of texts has no role tokens
        nw.fit([talk] * 9, start_from=base_lm, progress=False)


@pytest.mark.parametrize("texts", [[], [""], ["   "], ["\n", "\u3000"]])
def test_empty_texts_are_refused_as_they_are_from_scratch(base_lm, texts):
    for base in (None, base_lm):
        with pytest.raises(nw.InputError):
            nw.fit(texts, start_from=base, progress=False)


def network_of(lm):
    (network,) = [part for part in runtimes(lm) if isinstance(part, LSTMRuntime | TransformerRuntime)]
    return network


def test_a_model_in_clusters_goes_on_with_texts_of_few_words():
    config = nw.FitConfig(
        network=nw.LSTMConfig(hidden_dim=8, num_layers=1, cutoffs=(20, 200)), training=nw.TrainingConfig(epochs=1)
    )
    first = nw.fit(ENGLISH[:60], config, progress=False)
    further = dataclasses.replace(config, held_out=0.0)  # the options that it was made with
    lm, sizes = first, [len(first.vocabulary)]
    for text in ("Zzgq qqfx wwpv.", "Green vvqx tea.", "Green tea."):
        lm = nw.fit([text] * 9, further, start_from=lm, progress=False)
        sizes.append(len(lm.vocabulary))
    assert network_of(lm).config.cutoffs == (20, 200, sizes[0], sizes[1])
    assert sizes[2] == sizes[3] == network_of(lm).vocabulary_size
    learnt = network_of(lm).weights["embedding/table_3"]
    assert len(np.unique(learnt, axis=0)) == len(learnt)  # one row a new word: each has learnt something of its own


def test_the_network_that_a_model_has_may_be_named(base_lm):
    lm = nw.fit(ENGLISH[:5], dataclasses.replace(SMALL, training=FURTHER.training), start_from=base_lm, progress=False)
    assert network_of(lm).config == dataclasses.replace(SMALL.network, cutoffs=())
    clustered = dataclasses.replace(SMALL, network=dataclasses.replace(SMALL.network, cutoffs=(9,)))
    with refuses(nw.ConfigError, "base-has-another", option="network"):
        nw.fit(ENGLISH[:5], clustered, start_from=base_lm, progress=False)


def test_what_does_not_fit_is_refused(base_lm):
    with refuses(nw.ConfigError, "base-has-another", option="network"):
        nw.fit(ENGLISH[:5], nw.FitConfig(network=nw.LSTMConfig(hidden_dim=25)), start_from=base_lm, progress=False)
