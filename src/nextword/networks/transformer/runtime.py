"""The NumPy twin of the Keras Transformer: one token at a time against the keys and values of those before it.

Input: a config and the weights by name. Output: a `Runtime`. Its state is a key-value cache: a token costs the same
however long the text is, and takes the same path whether it comes alone or in a text, so a carried state equals a fresh
start to the last bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import check_ids
from nextword.networks.clusters import cutoffs_of
from nextword.networks.transformer.config import NORM_EPSILON, TransformerConfig
from nextword.networks.transformer.key_value_cache import Floats, KeyValueCache, KeyValueState
from nextword.networks.vocabulary_ends import Output, TokenVectors, output_layer, token_vectors
from nextword.networks.weights import checked_weights
from nextword.runtime import Distribution, State, check_batch, log_softmax


class _Layer(NamedTuple):
    attention: Floats  # (H, 3H): queries, keys, values; the scale of the norm before is in it
    attention_output: Floats  # (H, H)
    feed_forward: Floats  # (H, 4H), with the scale of the norm before
    feed_forward_output: Floats  # (4H, H)


@dataclass(frozen=True, slots=True, eq=False)
class TransformerRuntime:
    """A Transformer language model in NumPy.

    Its state is two arrays: the vectors (B, H) that the network ended with, and B `KeyValueState` objects.

    Args:
        config: Sizes of the network; kept with the ids at which clusters begin, where they were left to choose.
        weights: Every weight by name, as `TransformerConfig.weight_shapes` lists them, float32; kept as read-only
            copies.

    Raises:
        InputError: If a weight is missing, unknown, of another shape or not finite; codes "weights-do-not-fit" and
            "weight-not-finite".

    References:
        Vaswani et al., 2017, Attention Is All You Need; Xiong et al., 2020, On Layer Normalization in the Transformer
        Architecture; Su et al., 2021, RoFormer; Dai et al., 2019, Transformer-XL (the memory of the block before).
    """

    config: TransformerConfig
    weights: Mapping[str, Floats]
    _layers: tuple[_Layer, ...] = field(init=False, repr=False)
    _frequencies: NDArray[np.float64] = field(init=False, repr=False)
    _embedding: TokenVectors = field(init=False, repr=False)
    _output: Output = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the weights and lay them out for one token."""
        weights = checked_weights(self.config, self.weights)
        layers = tuple(_prepared_layer(self.config, weights, layer) for layer in range(self.config.num_layers))
        object.__setattr__(self, "weights", MappingProxyType(weights))
        object.__setattr__(self, "_layers", layers)
        cutoffs = cutoffs_of(self.config, len(weights["logits/bias"]))
        object.__setattr__(self, "config", replace(self.config, cutoffs=cutoffs))
        object.__setattr__(self, "_embedding", token_vectors(weights, cutoffs))
        object.__setattr__(self, "_output", output_layer(weights, cutoffs))
        frequencies = self.config.rotation_frequencies
        frequencies.flags.writeable = False
        object.__setattr__(self, "_frequencies", frequencies)

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return len(self.weights["logits/bias"])

    def initial_state(self, batch: int = 1) -> State:
        """Return zeros (B, H), and B empty `KeyValueState` objects.

        Args:
            batch: B, the number of texts.

        Raises:
            InputError: If `batch` is no integer of at least 1.
        """
        check_batch(batch)
        texts = [KeyValueState(self._empty_cache(), 0) for _ in range(batch)]
        return np.zeros((batch, self.config.hidden_dim), np.float32), _as_array(texts)

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens.

        Args:
            state: The state before, of B texts.
            ids: Integers of shape (B, T), or as `Runtime.advance` says.

        Raises:
            InputTypeError: If the ids are no integers; codes of `check_ids`.
            InputError: If they do not fit the state or the vocabulary; codes of `check_ids`.
        """
        for column in check_ids(ids, self.vocabulary_size, rows=len(state[0])).T:
            state = self._step(state[1], column)
        return state

    def log_probabilities(self, state: State) -> Floats:
        """Return the natural log of the next token's probabilities, float32 of shape (B, V); `<pad>` has -inf.

        Args:
            state: Of B texts.
        """
        return log_softmax(self.logits(state))

    def probabilities(self, state: State) -> Floats:
        """Return the next token's probabilities, float32 of shape (B, V).

        Args:
            state: Of B texts.
        """
        return self._output.probabilities(state[0])

    def distributions(self, state: State) -> list[Distribution]:
        """Return the distribution of each of B texts, of which only what is asked for is computed.

        Args:
            state: Of B texts.
        """
        return self._output.distributions(state[0])

    def logits(self, state: State) -> Floats:
        """Return log-probabilities before they are normalised, float32 of shape (B, V).

        Args:
            state: Of B texts.
        """
        return self._output.logits(state[0])

    def _empty_cache(self) -> KeyValueCache:
        config = self.config
        head_dim = config.hidden_dim // config.num_heads
        return KeyValueCache((config.num_layers, config.num_heads, config.context_length, head_dim))

    def _step(self, texts: NDArray[Any], ids: NDArray[np.int32]) -> State:
        config = self.config
        texts = _as_array([text.grown() for text in texts])
        angles = np.array([text.position - 1 for text in texts])[:, None, None, None] * self._frequencies
        cosines, sines = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)  # (B, 1, 1, pairs)
        stream = self._embedding.of(ids)  # (B, D)
        if "input_projection/kernel" in self.weights:
            stream = stream @ self.weights["input_projection/kernel"]  # (B, H)
        attended = np.empty_like(stream)
        for index, layer in enumerate(self._layers):
            parts = (_normalized(stream) @ layer.attention).reshape(len(stream), 3, config.num_heads, -1)
            _rotate(parts[:, :2], cosines, sines)
            for row, text in enumerate(texts):
                attended[row] = _attend(text, index, *parts[row])
            stream += attended @ layer.attention_output
            expanded = _normalized(stream) @ layer.feed_forward  # (B, 4H)
            np.maximum(expanded, 0.0, out=expanded)
            expanded *= expanded
            stream += expanded @ layer.feed_forward_output
        return _normalized(stream) * self.weights["output_norm/scale"], texts


def _prepared_layer(config: TransformerConfig, weights: Mapping[str, Floats], layer: int) -> _Layer:
    attention = weights[f"attention_norm_{layer}/scale"][:, None] * weights[f"attention_{layer}/kernel"]
    head_dim = config.hidden_dim // config.num_heads
    attention[:, : config.hidden_dim] *= np.float32(head_dim**-0.5)  # the scale of the scores, in the queries
    feed_forward = weights[f"feed_forward_norm_{layer}/scale"][:, None] * weights[f"feed_forward_{layer}/kernel"]
    attention.flags.writeable = feed_forward.flags.writeable = False
    return _Layer(
        attention,
        weights[f"attention_{layer}/output_kernel"],
        feed_forward,
        weights[f"feed_forward_{layer}/output_kernel"],
    )


def _attend(text: KeyValueState, layer: int, query: Floats, key: Floats, value: Floats) -> Floats:
    """Write key and value (heads, head width) of the last token in place; return what its query attends to, (H,)."""
    keys, values, length = text.cache.keys[layer], text.cache.values[layer], text.length
    keys[:, length - 1] = key
    values[:, length - 1] = value
    shares = np.matmul(keys[:, :length], query[:, :, None])[:, :, 0]  # (heads, tokens)
    shares -= shares.max(axis=1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return np.asarray(np.matmul(shares[:, None], values[:, :length]).reshape(-1))


def _normalized(vectors: Floats) -> Floats:
    """Return vectors (B, H) of root mean square 1."""
    squares = np.einsum("bh,bh->b", vectors, vectors)[:, None]
    squares /= vectors.shape[1]
    squares += NORM_EPSILON
    return np.asarray(vectors / np.sqrt(squares, out=squares))


def _rotate(vectors: Floats, cosines: Floats, sines: Floats) -> None:
    """Rotate pairs of vectors (..., head width) in place: the first half of the numbers with the second half."""
    first, second = np.split(vectors, 2, axis=-1)
    rotated = first * cosines - second * sines
    second *= cosines
    second += first * sines
    first[:] = rotated


def _as_array(texts: list[KeyValueState]) -> NDArray[Any]:
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array
