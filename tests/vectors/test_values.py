"""Vectors and their report, as values."""

import numpy as np
import pytest
from refusals import refuses

from nextword.errors import InputError, InputTypeError
from nextword.vectors.values import Vectors, VectorsReport


def report_of(**changes):
    given = {"format": "by hand", "rows_read": 1, "dimension": 2, "duplicates": 0, "wanted": 1, "found": 1}
    return VectorsReport(**{**given, **changes})


def test_a_report_says_what_was_found():
    report = report_of(rows_read=1234, duplicates=1, wanted=4, found=2, missing=("zebra", "yak"))
    assert str(report) == (
        "by hand: 1,234 rows of 2 numbers, 1 repeated\nfound 2 of 4 words (50.0%)\nmissing: 'zebra', 'yak'"
    )
    assert report_of(wanted=4, found=1).coverage == 0.25
    assert "missing" not in str(report_of())


def test_a_long_list_of_missing_words_is_shortened():
    report = report_of(wanted=16, missing=tuple(map(str, range(15))))
    assert str(report).endswith("'9' and 5 more")


def test_where_nothing_was_wanted_nothing_is_missing():
    assert report_of(wanted=0, found=0).coverage == 1.0


def test_the_matrix_cannot_be_written_and_the_given_one_stays_as_it_was():
    matrix = np.ones((1, 2), np.float32)
    vectors = Vectors(("a",), matrix, report_of())
    with pytest.raises(ValueError, match="read-only"):
        vectors.matrix[0, 0] = 5
    assert matrix.flags.writeable
    assert repr(vectors) == "Vectors(1 words, 2 dimensions)"
    assert len(vectors) == 1


def test_words_and_matrix_have_to_fit():
    matrix = np.ones((2, 2), np.float32)
    with refuses(InputError, "matrix-shape", words=2, shape=(1, 2)):
        Vectors(("a", "b"), matrix[:1], report_of())
    with refuses(InputError, "matrix-shape", shape=(2,)):
        Vectors(("a", "b"), matrix[0], report_of())
    with refuses(InputError, "words-repeated"):
        Vectors(("a", "a"), matrix, report_of())
    for wrong, kind in ((np.ones((1, 2)), "float64"), ([[1.0, 2.0]], "list")):
        with refuses(InputTypeError, "matrix-kind", kind=kind):
            Vectors(("a",), wrong, report_of())
