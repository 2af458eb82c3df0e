"""Language models that travel: copied, pickled and in a spawned process, always as the bytes of a bundle."""

import copy
import multiprocessing
import pickle
import pickletools
import threading

import numpy as np
import pytest
from bundle_files import KINDS, build
from refusals import refuses

import nextword as nw
from nextword.bundle.writing import bundle_bytes
from nextword.mixing.runtime import MixtureRuntime
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.shaping import unshaped
from nextword.tokens.segmentation import segment_characters


def probabilities(lm):
    return [nw.next_word_probabilities(lm, text).tolist() for text in ("", "I like", "我喜欢")]


@pytest.fixture(scope="module")
def lm(tiny_language_model):
    ids = nw.encode_texts(tiny_language_model.tokenizer, ["I like green tea."])
    ngram = nw.build_ngram(ids, vocabulary_size=len(tiny_language_model.vocabulary))
    mixture = MixtureRuntime((tiny_language_model.runtime, ngram), (0.5, 0.5))
    mixed = nw.build_language_model(tiny_language_model.tokenizer, mixture)
    return nw.with_temperature(nw.block(mixed, ["tea"]), 1.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pickle_is_a_bundle(kind):
    lm = KINDS[kind]()
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        content = pickle.dumps(lm, protocol)
        again = pickle.loads(content)
        assert probabilities(again) == probabilities(lm)
        assert bundle_bytes(again) == bundle_bytes(lm)
        names = {argument for _, argument, _ in pickletools.genops(content) if isinstance(argument, str)}
        assert not [name for name in names if name.startswith("nextword.") and "pickling" not in name]


def test_deep_copies_are_equal_models_of_their_own(lm):
    for copied in (copy.deepcopy(lm), copy.deepcopy({"lm": [lm]})["lm"][0]):
        assert probabilities(copied) == probabilities(lm)
        weights, own = (unshaped(model.runtime)[0].models[0].weights["embedding/table"] for model in (lm, copied))
        assert not np.shares_memory(weights, own)
    assert copy.copy(lm) is lm


def test_a_segmenter_with_a_lock_is_not_copied():
    class Locked:
        def __init__(self):
            self.lock = threading.Lock()

        def __call__(self, run):
            with self.lock:
                return segment_characters(run)

    segmenter = Locked()
    lm = build(nw.TokenizerConfig(segmenter=segmenter))
    copied = copy.deepcopy(lm)
    assert copied.tokenizer.config.segmenter is segmenter
    assert probabilities(copied) == probabilities(lm)


def test_a_segmenter_of_one_s_own_travels_by_its_name(build_tiny_runtime):
    tokenizer = nw.build_tokenizer(["我喜欢茶。"], nw.TokenizerConfig(segmenter=segment_characters))
    lm = nw.build_language_model(tokenizer, build_tiny_runtime(len(tokenizer.vocabulary)))
    again = pickle.loads(pickle.dumps(lm))
    assert again.tokenizer.config.segmenter is segment_characters
    assert probabilities(again) == probabilities(lm)


def test_what_cannot_be_saved_cannot_travel(tiny_language_model):
    unigram = UnigramRuntime(tiny_language_model.vocabulary)
    lm = nw.build_language_model(tiny_language_model.tokenizer, unigram)
    with refuses(nw.InputTypeError, "runtime-not-savable", received="UnigramRuntime"):
        pickle.dumps(lm)


def test_a_spawned_process_predicts_the_same(lm):
    texts = ["I like", "我喜欢", ""]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        there = pool.starmap(nw.next_word_probabilities, [(lm, text) for text in texts])
    for text, probabilities_there in zip(texts, there, strict=True):
        np.testing.assert_array_equal(probabilities_there, nw.next_word_probabilities(lm, text))
