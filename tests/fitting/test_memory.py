"""A fit in little memory is the same fit."""

import dataclasses
import os

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.corpus.held_out import describe_repeated, hold_out
from nextword.corpus.stream import read_corpus
from nextword.files.temporary import IN_MEMORY, LongArrays, is_in_file
from nextword.fitting.mixture import judged_on
from nextword.fitting.start import SplitStream, fresh_start
from nextword.vectors.cooccurrence import CooccurrenceConfig, build_cooccurrence_vectors

TINY = nw.LSTMConfig(hidden_dim=4, num_layers=1)


def texts_of(number, seed=0):
    """Return texts of made-up words, some of them several sentences long, some twice."""
    generator = np.random.default_rng(seed)
    texts = []
    for _ in range(number):
        words = [f"w{word}" for word in np.minimum(generator.zipf(1.3, generator.integers(1, 30)), 3000)]
        texts.append(" ".join(word if place % 7 else word + "." for place, word in enumerate(words)) + ".")
    return texts + texts[:3]


def talks_of(number):
    """Return conversations of different lengths; what counts differs from token to token."""
    texts = texts_of(4 * number)
    return [
        nw.Conversation()
        .say("user", texts[4 * talk])
        .say("assistant", texts[4 * talk + 1])
        .say("user", texts[4 * talk + 2])
        for talk in range(number)
    ]


@pytest.fixture
def small_pieces(monkeypatch):
    """Work on so few tokens at once that everything crosses many pieces."""
    monkeypatch.setattr("nextword.files.temporary.PIECE", 97)
    monkeypatch.setattr("nextword.corpus.indexing.PIECE", 97)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("source", [texts_of(700), talks_of(60), ["".join(texts_of(300))]])
def test_every_array_is_the_same_on_disk(source, tmp_path):
    def all_arrays(arrays):
        corpus = read_corpus(iter(source), nw.TokenizerConfig(), arrays=arrays, seed=3)
        is_held_out, note = hold_out(corpus.texts.lengths, corpus.is_end, 0.1, 3, arrays)
        tokenizer = corpus.tokenizer_of(~is_held_out, nw.TokenizerConfig())
        ids = corpus.encode(tokenizer)
        stream = SplitStream(ids, is_held_out, corpus.loss_mask, corpus.judged_mask, corpus.is_start, arrays)
        vectors = build_cooccurrence_vectors(
            stream.training.ids, tokenizer.vocabulary, CooccurrenceConfig(dimension=8, neighbours=20)
        )
        streams = [part for part in (*stream.training, *stream.validation) if part is not None]
        fresh, running = judged_on(stream)
        readings = [array for reading in (*fresh, *running) for array in reading]
        masks = [corpus.is_end, corpus.loss_mask, corpus.judged_mask, corpus.is_start, is_held_out]
        notes = (note, *describe_repeated(corpus.texts, is_held_out), *corpus.notes)
        assert is_in_file(ids) == is_in_file(stream.training.ids) == (arrays is not IN_MEMORY)
        return [ids, corpus.texts.word_numbers, *masks, *streams, *readings, vectors.matrix], notes

    in_memory, notes = all_arrays(IN_MEMORY)
    on_disk, same_notes = all_arrays(LongArrays(100, tmp_path))
    assert notes == same_notes
    for one, other in zip(in_memory, on_disk, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)
    assert os.name != "posix" or os.listdir(tmp_path) == []


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 99), st.sampled_from([0.02, 0.1, 0.3]))
def test_a_part_of_the_stream_is_what_its_masks_say(seed, share):
    corpus = read_corpus(texts_of(150, seed), nw.TokenizerConfig())
    is_held_out, _ = hold_out(corpus.texts.lengths, corpus.is_end, share, seed)
    numbers, is_start = corpus.texts.word_numbers, corpus.is_start
    stream = SplitStream(numbers, is_held_out, corpus.loss_mask, corpus.judged_mask, is_start)
    assert stream.training.ids.tolist() == numbers[~is_held_out].tolist()
    begins = is_start | np.append(False, is_held_out[:-1])
    assert stream.training.starts.tolist() == np.flatnonzero(begins[~is_held_out]).tolist()
    validation = stream.validation
    assert validation.ids.tolist() == numbers[is_held_out].tolist()
    begins = is_start | np.append(False, ~is_held_out[:-1])
    assert validation.starts.tolist() == np.flatnonzero(begins[is_held_out]).tolist()
    assert validation.loss_mask is stream.training.loss_mask is None


@pytest.mark.slow
def test_a_fit_in_a_megabyte_is_the_same_and_says_so(tmp_path):
    config = nw.FitConfig(network=TINY, training=nw.TrainingConfig(epochs=1))
    small = dataclasses.replace(config, max_memory=1_000_000, temporary_folder=tmp_path)
    texts = texts_of(2_000)  # 16,000 tokens are the limit of an array then
    usual, little = (nw.fit(texts, given, progress=False) for given in (config, small))
    (note,) = [note for note in little.training.notes if note.code == "max-memory"]
    assert note.figures["max_memory"] == 1_000_000
    assert note.figures["tokens"] > 20_000
    assert tuple(other for other in little.training.notes if other is not note) == usual.training.notes
    state = usual.runtime.advance(usual.runtime.initial_state(), [2, 3, 4])
    np.testing.assert_array_equal(
        little.runtime.log_probabilities(little.runtime.advance(little.runtime.initial_state(), [2, 3, 4])),
        usual.runtime.log_probabilities(state),
    )
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_used_is_refused_before_a_text_is_read(tmp_path):
    def texts():
        raise AssertionError("read")
        yield ""

    config = nw.FitConfig(network=TINY, temporary_folder=tmp_path / "missing")
    with refuses(nw.FileAccessError, "temporary-file-not-writable", path=str(tmp_path / "missing")):
        nw.fit(texts(), config, progress=False)


def test_options_of_memory_are_checked():
    with refuses(nw.ConfigError, "option-out-of-range", option="max_memory", value=10):
        nw.FitConfig(max_memory=10)
    with refuses(nw.InputError, "path-empty"):
        nw.FitConfig(temporary_folder="")
    with refuses(nw.InputTypeError, "path-kind"):
        nw.FitConfig(temporary_folder=3)


def test_a_start_from_a_mapped_stream_has_the_same_matrix(tmp_path):
    config = nw.FitConfig(network=TINY)
    weights = []
    for arrays in (IN_MEMORY, LongArrays(0, tmp_path)):
        corpus = read_corpus(texts_of(60), nw.TokenizerConfig(), arrays=arrays)
        start = fresh_start(corpus, np.zeros(len(corpus.is_end), np.bool_), config=config)
        weights.append(start.model.get_layer("embedding").get_weights()[0])
        assert start.stream.training.ids is start.stream.ids  # nothing is copied where nothing is held out
    np.testing.assert_array_equal(*weights)
