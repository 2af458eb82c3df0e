"""How much of a validation text is read under a time limit."""

import numpy as np
from hypothesis import given, strategies as st

from nextword.training.batches import Batches
from nextword.training.stateful import BatchDataset
from nextword.training.validating import VALIDATION_SHARE, first_batches, planned_batches


@given(st.integers(1, 10_000), st.floats(0.0, 100.0), st.floats(0.0, 1e6))
def test_a_validation_takes_its_share_or_one_batch(batches, seconds, limit):
    planned = planned_batches(batches, seconds, limit)
    assert 1 <= planned <= batches
    assert planned == 1 or planned * seconds <= VALIDATION_SHARE * limit * (1 + 1e-9)
    assert planned == batches or (planned + 1) * seconds > VALIDATION_SHARE * limit


def dataset_of(targets):
    """Return batches of 2 rows with some targets, 0 for none."""
    inputs = np.arange(targets.size, dtype=np.int32).reshape(targets.shape)
    batches = Batches(inputs, targets.astype(np.int32), np.ones(targets.shape, np.float32))
    return BatchDataset(lambda epoch: batches, None, 5)


def test_the_first_batches_have_a_target():
    targets = np.zeros((6, 2, 3))
    targets[2:, 1, 1] = 7
    dataset = dataset_of(targets)
    for asked, kept in ((1, 3), (3, 3), (4, 4), (99, 6)):
        cut = first_batches(dataset, asked)
        assert len(cut) == kept
        assert np.array_equal(cut.batches.inputs, dataset.batches.inputs[:kept])
        cut.on_epoch_end()
        assert len(cut) == kept  # in each epoch
    assert len(dataset) == 6
    assert len(first_batches(dataset_of(np.zeros((4, 2, 3))), 2)) == 2
