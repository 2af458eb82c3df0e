"""How much of a validation text is read after an epoch, where a time limit is set.

Input: batches, and what one of them takes on this machine. Output: as many of them as a share of the time allows, since
over a large vocabulary the exact softmax of all of them can take longer than the training between two validations.
"""

from dataclasses import replace
from typing import cast

import numpy as np

from nextword.tokens.vocabulary import PAD_ID
from nextword.training.batches import Batches
from nextword.training.stateful import BatchDataset

# Share of a time limit that one validation may take.
VALIDATION_SHARE = 0.1


def planned_batches(batches: int, seconds: float, limit: float) -> int:
    """Return how many batches are validated on under a time limit, at least one.

    Args:
        batches: How many there are.
        seconds: Time of one.
        limit: Seconds that training has, validation included.

    Examples:
        >>> planned_batches(100, 0.1, 500.0), planned_batches(100, 0.1, 50.0), planned_batches(100, 9.0, 5.0)
        (100, 50, 1)
    """
    most = VALIDATION_SHARE * max(limit, 0.0)
    return batches if batches * seconds <= most else max(1, int(most / seconds))


def first_batches(dataset: BatchDataset, batches: int) -> BatchDataset:
    """Return the first batches of a validation text, but all up to the first that has a target.

    Its rows are read side by side, so that the first batches have something of all parts of the text.

    Args:
        dataset: Batches, the same in each epoch.
        batches: How many to keep.
    """
    whole = cast("Batches", dataset.batches)  # a validation text is short enough to be cut at once
    with_target = np.flatnonzero((whole.targets != PAD_ID).any(axis=(1, 2)))
    kept = max(batches, 1 + int(with_target[0]) if len(with_target) else 1)
    cut = replace(whole, inputs=whole.inputs[:kept], targets=whole.targets[:kept], keeps=whole.keeps[:kept])
    return BatchDataset(lambda epoch: cut, (), dataset.seed, dataset.spans)
