"""The losses: cross-entropy by hand, and a sample of the vocabulary that estimates the whole."""

import itertools

import numpy as np
import pytest
from small_networks import numpy_of

from nextword.networks.clusters import Tail
from nextword.training.batches import places_in_clusters
from nextword.training.losses import (
    OutputWeights,
    Sample,
    clustered_cross_entropy,
    exact_cross_entropy,
    sampled_cross_entropy,
)

N, D, V = 6, 4, 9
GENERATOR = np.random.default_rng(2)
HIDDEN, TABLE = (GENERATOR.normal(0, 1, shape).astype(np.float32) for shape in ((N, D), (V, D)))
BIAS = GENERATOR.normal(0, 0.5, V).astype(np.float32)
TARGETS = np.array([3, 8, 1, 2, 3, 7])


def cross_entropy_by_hand():
    logits = (HIDDEN @ TABLE.T + BIAS).astype(np.float64)[:, 1:]  # without `<pad>`
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(N), TARGETS - 1]


@pytest.mark.backend
def test_exact_cross_entropy_by_hand():
    np.testing.assert_allclose(
        numpy_of(exact_cross_entropy(HIDDEN, TARGETS, TABLE, BIAS, "float32")), cross_entropy_by_hand(), rtol=1e-5
    )
    np.testing.assert_allclose(
        numpy_of(exact_cross_entropy(HIDDEN, TARGETS, TABLE, BIAS, "bfloat16")), cross_entropy_by_hand(), atol=0.05
    )


def test_a_sample_of_every_token_once_is_the_whole():
    negatives = np.arange(1, V)
    nats = sampled_cross_entropy(HIDDEN, TARGETS, negatives, np.zeros(V - 1, np.float32), TABLE, BIAS, "float32")
    np.testing.assert_allclose(numpy_of(nats), cross_entropy_by_hand(), rtol=1e-5)


@pytest.mark.parametrize("num_negatives", [1, 2])
def test_the_expected_sum_over_all_samples_is_that_of_the_vocabulary(num_negatives):
    probabilities = np.array([0.0, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05])
    log_expected = np.log(np.maximum(num_negatives * probabilities, 1e-30)).astype(np.float32)
    of_targets = (HIDDEN.astype(np.float64) @ TABLE.T + BIAS)[np.arange(N), TARGETS]
    mean = np.zeros(N)
    for sample in itertools.product(range(1, V), repeat=num_negatives):
        negatives = np.array(sample)
        nats = sampled_cross_entropy(HIDDEN, TARGETS, negatives, log_expected[negatives], TABLE, BIAS, "float32")
        # It is the sum of the exponentials that is estimated without bias.
        mean += probabilities[negatives].prod() * np.exp(numpy_of(nats) + of_targets)
    np.testing.assert_allclose(mean, np.exp(cross_entropy_by_hand() + of_targets), rtol=1e-4)


def test_a_negative_that_is_the_target_does_not_count():
    negatives = np.array([3, 3, 3])
    nats = numpy_of(sampled_cross_entropy(HIDDEN, TARGETS, negatives, np.zeros(3, np.float32), TABLE, BIAS, "float32"))
    assert (nats[TARGETS == 3] < 1e-6).all()
    assert (nats[TARGETS != 3] > 1e-3).all()


def clustered_by_hand(output):
    """Return the cross-entropy of each target with clusters 4:6 and 6:9, in float64."""
    head = (np.concatenate([HIDDEN @ output.table.T, HIDDEN @ output.cluster_kernel], axis=1)).astype(np.float64)
    head += np.concatenate([BIAS[:4], output.cluster_bias])
    total = np.log(np.exp(head[:, 1:]).sum(axis=1))
    for row, target in enumerate(TARGETS):
        if target < 4:
            total[row] -= head[row, target]
            continue
        number = int(target >= 6)
        tail = output.tails[number]
        within = tail.table.astype(np.float64) @ (tail.projection @ HIDDEN[row]) + BIAS[tail.first : tail.last]
        total[row] += np.log(np.exp(within).sum()) - within[target - tail.first] - head[row, 4 + number]
    return total


def drawn_output():
    def drawn(*shape):
        return GENERATOR.normal(0, 1, shape).astype(np.float32)

    tails = (Tail(4, 6, drawn(2, 2), drawn(2, D)), Tail(6, 9, drawn(3, 1), drawn(1, D)))
    return OutputWeights(TABLE[:4], BIAS, tails, drawn(D, 2), drawn(2))


@pytest.mark.backend
@pytest.mark.parametrize("sizes", [(), (3, 5)], ids=["as many places as targets", "filled up"])
def test_cross_entropy_in_clusters_by_hand(sizes):
    output = drawn_output()
    places = places_in_clusters(TARGETS, ((4, 6), (6, 9)), sizes)
    nats = clustered_cross_entropy(HIDDEN, TARGETS, places, output, "float32")
    np.testing.assert_allclose(numpy_of(nats), clustered_by_hand(output), rtol=1e-5)


def test_a_sample_of_every_token_of_head_and_clusters_once_is_the_whole():
    output = drawn_output()
    places = places_in_clusters(TARGETS, ((4, 6), (6, 9)))
    samples = [
        Sample(np.array(negatives, np.int32), np.zeros(len(negatives), np.float32))
        for negatives in ((1, 2, 3), (0, 1), (0, 1, 2))
    ]
    nats = clustered_cross_entropy(HIDDEN, TARGETS.astype(np.int32), places, output, "float32", samples)
    np.testing.assert_allclose(numpy_of(nats), clustered_by_hand(output), rtol=1e-5)
