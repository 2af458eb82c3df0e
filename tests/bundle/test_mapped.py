"""Large bundles are mapped: models share the file, outlive it, and answer as those that were read."""

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from bundle_files import build, random_network

import nextword as nw
from nextword.bundle.writing import bundle_bytes
from nextword.files.mapped import MAPPED_BYTES
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.weights import half_precision_weights

TEXT = "w7 w8"
NETWORK = nw.LSTMConfig(hidden_dim=16, num_layers=1, cutoffs=())


def build_large() -> nw.LanguageModel:
    """A network of float16 weights, an n-gram model and a cache, of 40,000 words and above 1 MiB."""
    generator = np.random.default_rng(3)
    words = [f"w{number}" for number in range(40_000)]
    text = " ".join(f"w{number}" for number in generator.zipf(1.3, 60_000) % 40_000)
    tokenizer = nw.build_tokenizer([*words, text], nw.TokenizerConfig(level="whitespace"))
    size = len(tokenizer.vocabulary)
    bare = random_network(NETWORK, size, 16)
    network = type(bare)(NETWORK, half_precision_weights(NETWORK, bare.weights))
    ngram = nw.build_ngram(tokenizer.encode(text), nw.NgramConfig(order=3), vocabulary_size=size)
    parts = (network, ngram, nw.build_cache(tokenizer.vocabulary))
    return nw.build_language_model(tokenizer, MixtureRuntime(parts, (0.4, 0.4, 0.2)))


@pytest.fixture(scope="module")
def large() -> nw.LanguageModel:
    return build_large()


@pytest.fixture
def path(large: nw.LanguageModel, tmp_path: Path) -> Path:
    nw.save(large, tmp_path / "large.nextword")
    assert (tmp_path / "large.nextword").stat().st_size > MAPPED_BYTES
    return tmp_path / "large.nextword"


def answers(lm: nw.LanguageModel) -> bytes:
    return b"".join(nw.next_word_probabilities(lm, text).tobytes() for text in ("", TEXT, "w1 W2 unheard"))


def append_answers(lm: nw.LanguageModel, found: list[bytes]) -> None:
    found.append(answers(lm))


def test_a_loaded_model_answers_to_the_bit_and_saves_to_the_byte(large: nw.LanguageModel, path: Path) -> None:
    lm = nw.load(path)
    assert bundle_bytes(lm) == path.read_bytes() == bundle_bytes(large)
    assert answers(lm) == answers(large)
    assert bundle_bytes(lm) == path.read_bytes()  # also after probabilities were computed


@pytest.mark.skipif(os.name != "posix", reason="files are read there")
def test_a_model_outlives_its_file(large: nw.LanguageModel, path: Path) -> None:
    replaced, deleted, untouched = nw.load(path), nw.load(path), nw.load(path)
    nw.save(build(), path)
    assert answers(replaced) == answers(large)
    path.unlink()
    assert answers(deleted) == answers(large)
    assert bundle_bytes(untouched) == bundle_bytes(large)
    for copied in (copy.deepcopy(untouched), pickle.loads(pickle.dumps(untouched))):
        assert answers(copied) == answers(large)


def test_a_model_is_saved_over_its_own_file(large: nw.LanguageModel, path: Path) -> None:
    lm = nw.load(path)
    nw.save(nw.with_temperature(lm, 2.0), path)
    assert answers(lm) == answers(large)
    nw.save(lm, path)
    assert path.read_bytes() == bundle_bytes(large)


def test_threads_that_ask_first_get_the_same(large: nw.LanguageModel, path: Path) -> None:
    for _ in range(3):
        lm = nw.load(path)
        found: list[bytes] = []
        threads = [threading.Thread(target=append_answers, args=(lm, found)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(found) == {answers(large)}
        assert len(found) == 6


def test_a_model_that_is_mapped_goes_to_a_new_process(large: nw.LanguageModel, path: Path) -> None:
    lm = nw.load(path)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(answers, (lm,)) == answers(large)


def test_what_a_prediction_does_not_need_is_not_made(path: Path) -> None:
    lm = nw.load(path)
    _, ngram, _ = lm.runtime.models  # type: ignore[attr-defined]
    vocabulary = lm.vocabulary
    assert not any(any(order._is_ready) for order in ngram.orders)
    assert not any((vocabulary._forms, vocabulary._spellings, vocabulary._prefixes))
    nw.predict_next_word(lm, "w7 w8")
    assert all(sum(order._is_ready) <= 2 for order in ngram.orders)
    assert not any((vocabulary._forms, vocabulary._spellings, vocabulary._prefixes))


def test_an_english_answer_of_a_new_process_needs_neither_segmenter_nor_keras(path: Path) -> None:
    program = (
        "import nextword as nw, sys; lm = nw.load(sys.argv[1]); nw.predict_next_word(lm, 'w7 w8');"
        "print([name for name in ('rjieba', 'keras', 'safetensors') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
