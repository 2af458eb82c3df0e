"""Batches of a long stream, cut when their step comes: the same as those of a whole epoch."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from small_networks import build, equal_weights

from nextword.networks.lstm.config import LSTMConfig
from nextword.tokens.vocabulary import UNK_ID
from nextword.training import loop
from nextword.training.batches import build_batches, find_once_seen, replace_once_seen
from nextword.training.config import TrainingConfig
from nextword.training.epochs import EpochBatches, draw_epoch
from nextword.training.loop import train
from nextword.training.order import TextStream, shuffle_texts


def stream_of(lengths, *, mask=None, starts=True, seed=0):
    ids = np.random.default_rng(seed).integers(2, 30, sum(lengths)).astype(np.int32)
    ids[ids == UNK_ID] = 3
    begins = np.append(0, np.cumsum(lengths)[:-1]) if starts else None
    return TextStream(ids, mask, begins, find_once_seen(ids))


def assert_equal_batches(lazy, whole):
    assert len(lazy) == len(whole)
    for step in range(len(whole)):
        for name in ("inputs", "targets", "keeps"):
            np.testing.assert_array_equal(getattr(lazy, name)[step], getattr(whole, name)[step], strict=True)


@settings(deadline=None, max_examples=120)
@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=40),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(0, 99),
)
def test_the_same_batches_whether_cut_at_once_or_one_by_one(lengths, masked, shuffle, starts, batch_size, window, seed):
    mask = np.random.default_rng(seed).random(sum(lengths)) < 0.6 if masked else None
    stream = stream_of(lengths, mask=mask, starts=starts, seed=seed)
    generator, same = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 1])
    read = replace_once_seen(stream, 0.5, generator)
    read = shuffle_texts(read, generator) if shuffle else read._replace(starts=None)
    epoch = draw_epoch(stream, 0.5, shuffle, same)
    assert_equal_batches(EpochBatches(epoch, batch_size, window), build_batches(read, batch_size, window))
    assert epoch.counts(30).tolist() == np.bincount(read.ids, minlength=30).tolist()
    assert generator.random() == same.random()


def test_a_stream_longer_than_a_piece_in_a_file(tmp_path, monkeypatch):
    monkeypatch.setattr("nextword.files.temporary.PIECE", 1000)  # what is drawn is drawn piece by piece
    stream = stream_of([7, 1, 400] * 25)
    np.save(tmp_path / "ids.npy", stream.ids)
    mapped = stream._replace(ids=np.load(tmp_path / "ids.npy", mmap_mode="r"))
    generator = np.random.default_rng(3)
    read = replace_once_seen(stream, 0.5, generator)
    read = shuffle_texts(read, generator)
    assert_equal_batches(
        EpochBatches(draw_epoch(mapped, 0.5, True, np.random.default_rng(3)), 6, 35), build_batches(read, 6, 35)
    )


@pytest.mark.usefixtures("random_states_unchanged")
def test_a_training_is_the_same_above_the_limit(monkeypatch):
    model = build(LSTMConfig(hidden_dim=6, num_layers=1, dropout=0.0))
    ids = np.tile(np.array([3, 4, 5, 6, 7, 2], np.int32), 40)
    ids[7] = 9  # seen once
    config = TrainingConfig(
        epochs=2, batch_size=4, sequence_length=10, learning_rate=1.0, unknown_rate=0.9, negatives=4
    )
    results = []
    for limit in (len(ids), len(ids) - 1):
        monkeypatch.setattr(loop, "LONG_STREAM", limit)
        results.append(train(model, ids, config, starts=np.arange(0, len(ids), 6), progress=False))
    short, long = results
    assert [epoch.perplexity for epoch in short.history.epochs] == [epoch.perplexity for epoch in long.history.epochs]
    assert equal_weights(short.model, long.model)
