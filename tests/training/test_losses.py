"""The losses: nats by hand, and a sample of the vocabulary that estimates the whole."""

import keras
import numpy as np
import pytest

from nextword.training.losses import exact_nats, sampled_nats

N, D, V = 6, 4, 9
GENERATOR = np.random.default_rng(2)
HIDDEN, TABLE = (GENERATOR.normal(0, 1, shape).astype(np.float32) for shape in ((N, D), (V, D)))
BIAS = GENERATOR.normal(0, 0.5, V).astype(np.float32)
TARGETS = np.array([3, 8, 1, 2, 3, 7])


def numpy_of(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor))


def nats_by_hand():
    logits = (HIDDEN @ TABLE.T + BIAS).astype(np.float64)[:, 1:]  # without `<pad>`
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(N), TARGETS - 1]


def test_exact_nats_by_hand():
    np.testing.assert_allclose(numpy_of(exact_nats(HIDDEN, TARGETS, TABLE, BIAS, "float32")), nats_by_hand(), rtol=1e-5)
    np.testing.assert_allclose(
        numpy_of(exact_nats(HIDDEN, TARGETS, TABLE, BIAS, "bfloat16")), nats_by_hand(), atol=0.05
    )


def test_a_sample_of_every_token_once_is_the_whole():
    negatives = np.arange(1, V)
    found = sampled_nats(HIDDEN, TARGETS, negatives, np.zeros(V - 1, np.float32), TABLE, BIAS, "float32")
    np.testing.assert_allclose(numpy_of(found), nats_by_hand(), rtol=1e-5)


@pytest.mark.parametrize("number", [4, 400])
def test_a_sample_estimates_the_whole(number):
    probabilities = np.array([0.0, 0.3, 0.2, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05])
    log_expected = np.log(np.maximum(number * probabilities, 1e-30)).astype(np.float32)
    logits = HIDDEN.astype(np.float64) @ TABLE.T + BIAS
    sums = []
    for _ in range(400):
        negatives = GENERATOR.choice(V, number, p=probabilities)
        nats = sampled_nats(HIDDEN, TARGETS, negatives, log_expected[negatives], TABLE, BIAS, "float32")
        sums.append(np.exp(numpy_of(nats) + logits[np.arange(N), TARGETS]))
    # It is the sum of the exponentials that is estimated without bias; more negatives make it surer.
    expected = np.exp(nats_by_hand() + logits[np.arange(N), TARGETS])
    error = np.std(sums, axis=0) / np.sqrt(len(sums))
    assert (np.abs(np.mean(sums, axis=0) - expected) < 5 * error + 1e-4 * expected).all()
    assert (np.std(sums, axis=0) < (0.25 if number == 400 else 5.0) * expected).all()


def test_a_negative_that_is_the_target_does_not_count():
    negatives = np.array([3, 3, 3])
    found = numpy_of(sampled_nats(HIDDEN, TARGETS, negatives, np.zeros(3, np.float32), TABLE, BIAS, "float32"))
    assert (found[TARGETS == 3] < 1e-6).all()
    assert (found[TARGETS != 3] > 1e-3).all()
