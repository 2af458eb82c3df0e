"""Discounts by hand, and those of texts too small for three of them."""

import numpy as np
import pytest

from nextword.ngrams.discounts import counts_of_counts, modified_discounts


def test_counts_from_5_up_are_not_told_apart():
    assert counts_of_counts(np.array([0, 1, 1, 4, 5, 6, 900])).tolist() == [1, 2, 0, 0, 1, 3]
    assert counts_of_counts(np.zeros(0, np.int64)).tolist() == [0] * 6


@pytest.mark.parametrize(
    ("frequencies", "expected"),
    [
        # 60, 20, 10 and 10 n-grams with the counts 1 to 4: Y = 60 / (60 + 2 * 20) = 0.6.
        ([0, 60, 20, 10, 10, 0], [0.0, 0.6, 2 - 0.9, 3 - 2.4]),
        ([9, 60, 20, 40, 40, 0], [0.0, 0.6, 0.6, 0.6]),  # 2 - 3.6 is no discount
        ([0, 60, 20, 10, 5, 0], [0.0, 0.6, 2 - 0.9, 3 - 1.2]),
        ([0, 60, 20, 10, 4, 0], [0.0, 0.6, 0.6, 0.6]),  # too few with the count 4
        ([9, 60, 20, 0, 10, 0], [0.0, 0.6, 0.6, 0.6]),
        ([0, 9, 0, 5, 5, 5], [0.0, 0.9, 0.9, 0.9]),
        ([0, 0, 9, 5, 5, 5], [0.0, 0.9, 0.9, 0.9]),
        ([0, 0, 0, 0, 0, 7], [0.0, 0.9, 0.9, 0.9]),
    ],
)
def test_discounts_by_hand(frequencies, expected):
    np.testing.assert_allclose(modified_discounts(np.array(frequencies)), expected)
