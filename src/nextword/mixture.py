"""Runtimes and held-out token ids -> the mixture that predicts them best.

Enters: language models over one vocabulary and a text that none of them was trained on. Leaves: a `MixtureRuntime` of
those that help, or the one that is best alone.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import InputError, InputTypeError
from nextword.runtime.mixture import MixtureRuntime
from nextword.runtime.protocol import Runtime, log_probabilities_along
from nextword.tokenizer import check_ids
from nextword.vocabulary import EOS_ID

# A part below this weight costs time and gives nothing that can be seen.
LEAST_WEIGHT = 0.01


def mix(parts: Sequence[Runtime], held_out_ids: ArrayLike) -> Runtime:
    """Mix language models, with the weights that make held-out text most probable.

    Args:
        parts: Runtimes of one vocabulary, such as `build_ngram` and `to_runtime` return.
        held_out_ids: Stream of `encode_texts` of other texts, integers of shape (N,).

    Returns:
        A `MixtureRuntime` of the parts with a weight of at least 0.01; one part alone comes back as it is.

    Raises:
        InputTypeError: If a part is no runtime, or the ids are no integers.
        InputError: If there is no part or no id, or the vocabularies differ.

    References:
        Dempster, Laird and Rubin, 1977, Maximum likelihood from incomplete data via the EM algorithm.
    """
    parts = tuple(parts)
    if not parts:
        raise InputError("a mixture needs at least one part; received none.")
    for part in parts:
        if not isinstance(part, Runtime):
            raise InputTypeError(f"the parts of a mixture are runtimes; received a {type(part).__name__}.")
    MixtureRuntime(parts, (1.0 / len(parts),) * len(parts))  # its checks
    stream = check_ids(held_out_ids, parts[0].vocabulary_size)
    if not len(stream):
        raise InputError("the weights of a mixture are fitted on held-out text; received no token of it.")
    probabilities = np.exp(np.stack([_log_probabilities(part, stream) for part in parts]))  # (parts, N)
    weights = fit_weights(probabilities)
    kept = np.flatnonzero(weights >= LEAST_WEIGHT)
    weights = fit_weights(probabilities[kept])
    if len(kept) == 1:
        return parts[int(kept[0])]
    return MixtureRuntime(tuple(parts[i] for i in kept.tolist()), tuple(weights.tolist()))


def fit_weights(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights, summing to 1, under which what happened is most probable.

    Args:
        probabilities: What each part gave to each token, float64 of shape (parts, N).

    Examples:
        >>> fit_weights(np.array([[0.9, 0.9, 0.1], [0.1, 0.1, 0.9]])).round(2).tolist()
        [0.71, 0.29]
    """
    weights = np.full(len(probabilities), 1.0 / len(probabilities))
    for _ in range(200):
        joint = weights[:, None] * probabilities
        joint /= np.maximum(joint.sum(axis=0), 1e-300)
        improved = joint.mean(axis=1)
        if np.abs(improved - weights).max() < 1e-6:
            break
        weights = improved
    return np.asarray(weights / weights.sum())


def _log_probabilities(part: Runtime, ids: NDArray[np.int32]) -> NDArray[np.float64]:
    state = part.advance(part.initial_state(), [EOS_ID])
    found = [
        logs[np.arange(len(targets)), targets].astype(np.float64)
        for targets, logs in log_probabilities_along(part, state, ids)
    ]
    return np.concatenate(found)
