"""Rows put into buckets on disk and read bucket by bucket."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.ngrams.disk_arrays import DiskArrays
from nextword.ngrams.distributing import FAN_OUT, Buckets, count_rows, splitters_of


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([1, 5, FAN_OUT, FAN_OUT + 1, 3 * FAN_OUT, FAN_OUT**2 + 200]),
    st.lists(st.integers(0, 40), min_size=1, max_size=6),
    st.integers(0, 99),
)
def test_every_row_comes_back_in_its_bucket_and_in_order(number, blocks, seed):
    generator = np.random.default_rng(seed)
    buckets_of = [generator.integers(0, number, size) for size in blocks]
    rows_of = [generator.integers(0, 2**31 - 1, (size, 3)).astype(np.int32) for size in blocks]
    with DiskArrays(seed % 2 * 10**6) as disk:
        buckets = Buckets(disk, 3, number)
        for rows, of_rows in zip(rows_of, buckets_of, strict=True):
            buckets.add(rows, of_rows)
        rows, of_rows = np.concatenate(rows_of), np.concatenate(buckets_of)
        for bucket in {*of_rows[:20].tolist(), number - 1}:
            np.testing.assert_array_equal(buckets.whole(bucket), rows[of_rows == bucket])
            parts = list(buckets.parts(bucket, 7))
            assert all(len(part) <= 40 for part in parts)
            assert sum(len(part) for part in parts) == np.count_nonzero(of_rows == bucket)


def test_calls_of_the_system_grow_with_the_rows_and_not_with_their_square(monkeypatch):
    def spans_read(blocks):
        spans = []
        read = DiskArrays.read_spans
        monkeypatch.setattr(DiskArrays, "read_spans", lambda disk, asked: spans.extend(asked) or read(disk, asked))
        with DiskArrays(0) as disk:  # as many buckets as blocks, so that a bucket fits into memory
            buckets = Buckets(disk, 1, blocks)
            for block in range(blocks):
                rows = np.arange(2 * FAN_OUT, dtype=np.int32)[:, None]
                buckets.add(rows, (rows[:, 0] * blocks // (2 * FAN_OUT) + block) % blocks)
            assert sum(len(buckets.whole(bucket)) for bucket in range(blocks)) == 2 * FAN_OUT * blocks
        monkeypatch.setattr(DiskArrays, "read_spans", read)
        return len(spans)

    assert spans_read(16 * FAN_OUT) < 2.5 * spans_read(8 * FAN_OUT)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 50), max_size=60), st.integers(1, 60))
def test_rows_are_counted(rows, block_length):
    with DiskArrays(0) as disk:
        column = disk.allocate(len(rows))
        column.write(0, np.array(rows, np.int64))
        counts = count_rows(column, 51, disk, block_length)
        assert counts.read(0, 51).tolist() == np.bincount(np.array(rows, np.int64), minlength=51).tolist()


@pytest.mark.parametrize("keys", [[5] * 9, [1, 2, 3], list(range(100)), [0, 7, 7, 7, 7, 7, 9]])
def test_buckets_begin_at_ascending_keys_and_a_frequent_one_is_alone(keys):
    splitters = splitters_of(np.array(keys), 4)
    assert (np.diff(splitters) > 0).all()
    for key in set(keys):
        if keys.count(key) > len(keys) / 2:
            assert {key, key + 1} <= set(splitters.tolist())
