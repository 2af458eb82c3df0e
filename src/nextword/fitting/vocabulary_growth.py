"""A model over a vocabulary -> the same over a longer one: new words share the probability that unknown words had.

Input: a network, n-gram model or cache in NumPy, and the counts of the new words. Output: a new one over more words;
all other probabilities stay as they were.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.mixing.cache import CacheRuntime
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.clusters import cluster_widths
from nextword.networks.kinds import NetworkConfig, is_network
from nextword.networks.weights import NetworkRuntime, Weights
from nextword.ngrams.runtime import NgramOrder, NgramRuntime
from nextword.runtime import Runtime
from nextword.tokens.vocabulary import UNK_ID, Vocabulary, counts_with_unknown


def shares_of_unknown(known: Vocabulary, longer: Vocabulary) -> NDArray[np.float64]:
    """Return what `<unk>`, first, and each new word get of the probability that unknown words had.

    They are as frequent in the new text. Where nothing is unknown in it, half of the count of the new words seen once
    goes to `<unk>`, as in training: equal shares would leave next to nothing to the words that are still unknown.

    Args:
        known: The vocabulary that the longer one begins with.
        longer: Its counts are those of both texts together.

    Returns:
        Float64 of shape (1 + number of new words,), each above 0, summing to 1.

    Examples:
        >>> special = ("<pad>", "<unk>", "<eos>")
        >>> known = Vocabulary((*special, "tea"), (0, 9, 1, 5))
        >>> shares_of_unknown(known, Vocabulary((*special, "tea", "milk", "rum"), (0, 10, 2, 7, 3, 1))).tolist()
        [0.2, 0.6, 0.2]
    """
    size = len(known)
    of_new_text = longer.counts_array()
    of_new_text[:size] = 0
    of_new_text[UNK_ID] = longer.counts[UNK_ID] - known.counts[UNK_ID]
    counts = counts_with_unknown(of_new_text, size)
    shares = np.maximum(np.append(counts[UNK_ID], counts[size:]), 0.5)
    return np.asarray(shares / shares.sum())


def extend_part(part: Runtime, shares: NDArray[np.float64]) -> Runtime:
    """Return a model of `fit` without its shape, or a part of it, over more words.

    Args:
        part: A network, an n-gram model, a cache or a mixture of them.
        shares: Those of `<unk>` and of each new word, at the end of the vocabulary; see `shares_of_unknown`.

    Raises:
        InputError: If it is of another kind; code "cannot-grow".
    """
    if is_network(part):
        return cast("Runtime", extend_network(cast("NetworkRuntime", part), shares))
    extend = _EXTENDED_BY.get(type(part))
    if extend is None:
        raise InputError(
            f"training goes on from a network, n-grams and a cache; received a {type(part).__name__}. Fit a new one.",
            code="cannot-grow",
            received=type(part).__name__,
        )
    return extend(part, shares)


def extend_network(network: NetworkRuntime, shares: NDArray[np.float64]) -> NetworkRuntime:
    """Return a network over more words, which share the probability of `<unk>` with it.

    Their rows are that of `<unk>`, so all other probabilities stay as they were. They learn apart without any noise, as
    they stand in different places of the text; unlike units of a layer, they have no gradient in common. Where the
    vocabulary is in clusters, the new words are one more cluster.

    Args:
        network: An LSTM or a Transformer in NumPy.
        shares: Those of `<unk>` and of each new word, at the end of the vocabulary; see `shares_of_unknown`.

    Examples:
        >>> from nextword.networks.lstm.config import LSTMConfig
        >>> from nextword.networks.lstm.runtime import LSTMRuntime
        >>> shapes = LSTMConfig(hidden_dim=2, num_layers=1).weight_shapes(5, 2)
        >>> runtime = LSTMRuntime(
        ...     LSTMConfig(hidden_dim=2, num_layers=1),
        ...     {name: np.ones(shape, np.float32) for name, shape in shapes.items()},
        ... )
        >>> extended = extend_network(runtime, np.array([0.5, 0.5]))
        >>> np.exp(extended.log_probabilities(extended.initial_state())).round(3).tolist()
        [[0.0, 0.125, 0.25, 0.25, 0.25, 0.125]]
    """
    num_new_words = len(shares) - 1
    if not num_new_words:
        return network
    weights: Weights = network.weights
    size = len(weights["logits/bias"])
    config = network.config
    if config.cutoffs:
        return type(network)(replace(config, cutoffs=(*config.cutoffs, size)), _with_cluster(weights, config, shares))
    shared = (weights["logits/bias"][UNK_ID] + np.log(shares)).astype(np.float32)
    bias = np.append(weights["logits/bias"], shared[1:])
    bias[UNK_ID] = shared[0]
    extended = {**weights, "logits/bias": bias}
    for name in ("embedding/table", "output/table"):
        if name in weights:
            extended[name] = np.concatenate([weights[name], np.tile(weights[name][UNK_ID], (num_new_words, 1))])
    return type(network)(config, extended)


def _with_cluster(weights: Weights, config: NetworkConfig, shares: NDArray[np.float64]) -> Weights:
    """Return weights with one more cluster, that of new words, whose share comes from `<unk>`.

    The vectors of its words are the same, so that within the cluster their biases alone decide.
    """
    cutoffs, of_unknown = config.cutoffs or (), weights["logits/bias"][UNK_ID]
    words, bias = len(shares) - 1, weights["logits/bias"].copy()
    new_share = shares[1:].sum()
    bias[UNK_ID] += np.log(shares[0])
    extended = {
        **weights,
        "logits/bias": np.append(bias, np.log(shares[1:] / new_share)).astype(np.float32),
        "clusters/bias": np.append(weights["clusters/bias"], of_unknown + np.log(new_share)),
    }
    number = len(cutoffs) + 1
    for layer in ("embedding", "output"):
        if f"{layer}/table" not in weights:
            continue
        unknown = weights[f"{layer}/table"][UNK_ID]
        narrow = cluster_widths((*cutoffs, len(bias)), len(unknown))[-1]
        extended[f"{layer}/table_{number}"] = np.tile(np.eye(1, narrow, dtype=np.float32), (words, 1))
        # The first direction is that of `<unk>`, the others those of rare words, in which new ones have no part yet.
        others = weights[f"{layer}/projection_{number - 1}"][: narrow - 1]
        extended[f"{layer}/projection_{number}"] = np.concatenate([unknown[None], others])
    of_output = weights.get("output/table", weights["embedding/table"])[UNK_ID]
    extended["clusters/kernel"] = np.concatenate([weights["clusters/kernel"], of_output[:, None]], axis=1)
    return {name: array.astype(np.float32) for name, array in extended.items()}


def extend_ngram(ngram: NgramRuntime, shares: NDArray[np.float64]) -> NgramRuntime:
    """Return an n-gram model over more words, which share the unigram probability of `<unk>`.

    Args:
        ngram: An n-gram model.
        shares: Those of `<unk>` and of each new word; see `shares_of_unknown`.
    """
    num_new_words = len(shares) - 1
    if not num_new_words:
        return ngram
    unigram = _shared_out(ngram.unigram, shares)
    orders = list(ngram.orders)
    if orders:  # contexts of order 2 are the words
        first, none = orders[0], np.zeros(num_new_words, np.int32)
        sizes, totals = np.append(first.sizes, none), np.append(first.totals, none)
        orders[0] = NgramOrder(first.words, first.counts, sizes, totals, first.discounts)
    return NgramRuntime(unigram, tuple(orders))


def _shared_out(probabilities: NDArray[Any], shares: NDArray[np.float64]) -> NDArray[Any]:
    """Return probabilities (V,) over more words, which get their shares of that of `<unk>`."""
    extended = np.append(probabilities, probabilities[UNK_ID] * shares[1:]).astype(probabilities.dtype)
    extended[UNK_ID] *= shares[0]
    return extended


def _extend_mixture(mixture: Any, shares: NDArray[np.float64]) -> Runtime:
    models = tuple(extend_part(part, shares) for part in mixture.models)
    return MixtureRuntime(models, mixture.weights, mixture.early_weights)


def _extend_cache(cache: Any, shares: NDArray[np.float64]) -> Runtime:
    return CacheRuntime(_shared_out(cache.base, shares), cache.config)


_EXTENDED_BY: Mapping[type, Callable[[Any, NDArray[np.float64]], Runtime]] = {
    MixtureRuntime: _extend_mixture,
    NgramRuntime: extend_ngram,
    CacheRuntime: _extend_cache,
}
