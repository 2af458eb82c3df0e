"""Columns of integers in memory and on disk."""

import os
import tempfile

import numpy as np
import pytest
from hypothesis import given, strategies as st

from nextword.ngrams.disk_arrays import Spool

ROWS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=20), max_size=5)


@given(ROWS, st.sampled_from([0, 50, 10**6]))
def test_what_was_written_is_read(rows, memory):
    with Spool(memory) as spool:
        columns = [spool.column(len(row)) for row in rows]
        for column, row in reversed(list(zip(columns, rows, strict=True))):  # in any order
            column.write(0, np.array(row, np.int64))
        for column, row in zip(columns, rows, strict=True):
            assert column.read(0, len(row)).tolist() == row
            assert column.read(1, 3).tolist() == row[1:3]
            assert column.read(2, 1000).tolist() == row[2:]


def test_a_part_is_written_over():
    with Spool(0) as spool:
        column = spool.column(4)
        column.write(0, np.array([1, 2, 3, 4]))
        column.write(1, np.array([-1, 7]))
        assert column.read(0, 4).tolist() == [1, -1, 7, 4]


def test_nothing_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(IndexError), Spool(0) as spool:
        spool.column(1000).write(0, np.arange(1000)[[1000]])
    assert os.listdir(tmp_path) == []
