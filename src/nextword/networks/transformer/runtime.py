"""The NumPy twin of the Keras Transformer: one token at a time against the keys and values of those before it.

Enters: a config and the weights by name. Leaves: a `Runtime`. Its state is a key-value cache: a token costs the same
however long the text is, and takes the same path whether it comes alone or in a text, so a carried state equals a fresh
start to the last bit.

What a token sees is decided by its position only. Positions are counted in blocks of C/2 tokens, and a token sees its
own block and the one before. So the cache has room for C tokens; when both blocks are full, the newer one becomes the
older one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import check_ids
from nextword.networks.transformer.config import NORM_EPSILON, TransformerConfig
from nextword.networks.weights import checked_weights, output_log_probabilities
from nextword.runtime import State, check_batch

Floats = NDArray[np.float32]


class _Cache:
    """Room for the keys and values of C tokens, filled from the left; what is filled is never changed.

    Who goes on from a state writes the next token behind it, in place, unless somebody has done so before: then in a
    copy. So all states along a text share one cache, and none of them ever changes.
    """

    __slots__ = ("keys", "owners", "values")

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.keys: Floats = np.empty(shape, np.float32)  # (num_layers, num_heads, C, head width)
        self.values: Floats = np.empty(shape, np.float32)
        self.owners: dict[int, object] = {}  # who wrote where


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """What a Transformer remembers of one text; two are equal where the same was read with the same result.

    Attributes:
        cache: Keys and values.
        position: Number of tokens read.
    """

    cache: _Cache
    position: int

    @property
    def length(self) -> int:
        """Tokens in the cache: up to C at first, then from C/2 + 1 to C."""
        block = self.cache.keys.shape[2] // 2
        return self.position if self.position <= block else block + 1 + (self.position - 1) % block

    def grown(self) -> "Memory":
        """Return a memory of one token more, whose keys and values are still to be written at its last place."""
        cache, owner = self.cache, object()
        used, capacity = self.length, cache.keys.shape[2]
        if used == capacity:
            kept = slice(capacity // 2, capacity)  # both blocks are full: the older one is forgotten
        elif cache.owners.setdefault(used, owner) is owner:  # in one step, so that one of two threads is the owner
            return Memory(cache, self.position + 1)
        else:
            kept = slice(0, used)
        copy = _Cache(cache.keys.shape)
        number = kept.stop - kept.start
        copy.keys[:, :, :number] = cache.keys[:, :, kept]
        copy.values[:, :, :number] = cache.values[:, :, kept]
        copy.owners[number] = owner
        return Memory(copy, self.position + 1)

    def __eq__(self, other: object) -> bool:
        """Compare what was read, bit by bit."""
        if not isinstance(other, Memory):
            return NotImplemented
        used = self.length
        return self.position == other.position and all(
            np.array_equal(mine[:, :, :used], others[:, :, :used])
            for mine, others in ((self.cache.keys, other.cache.keys), (self.cache.values, other.cache.values))
        )

    __hash__ = None  # type: ignore[assignment]


class _Layer(NamedTuple):
    attention: Floats  # (H, 3H): queries, keys, values; the scale of the norm before is in it
    attention_output: Floats  # (H, H)
    feed_forward: Floats  # (H, 4H), with the scale of the norm before
    feed_forward_output: Floats  # (4H, H)


@dataclass(frozen=True, slots=True, eq=False)
class TransformerRuntime:
    """A Transformer language model in NumPy.

    Its state is two arrays: the vectors (B, H) that the network ended with, and B `Memory` objects.

    Args:
        config: Sizes of the network.
        weights: Every weight by name, as `TransformerConfig.weight_shapes` lists them, float32; kept as read-only
            copies.

    Raises:
        InputError: If a weight is missing, unknown, of another shape or not finite.

    References:
        Vaswani et al., 2017, Attention Is All You Need; Xiong et al., 2020, On Layer Normalization in the Transformer
        Architecture; Su et al., 2021, RoFormer; Dai et al., 2019, Transformer-XL (the memory of the block before).
    """

    config: TransformerConfig
    weights: Mapping[str, Floats]
    _layers: tuple[_Layer, ...] = field(init=False, repr=False)
    _frequencies: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the weights and lay them out for one token."""
        weights = checked_weights(self.config, self.weights)
        layers = tuple(_layer(self.config, weights, number) for number in range(self.config.num_layers))
        object.__setattr__(self, "weights", MappingProxyType(weights))
        object.__setattr__(self, "_layers", layers)
        frequencies = self.config.rotation_frequencies
        frequencies.flags.writeable = False
        object.__setattr__(self, "_frequencies", frequencies)

    @property
    def vocabulary_size(self) -> int:
        """V, the number of token ids."""
        return len(self.weights["logits/bias"])

    def initial_state(self, batch: int = 1) -> State:
        """Return zeros (B, H), and B memories of nothing."""
        check_batch(batch)
        memories = [Memory(self._empty_cache(), 0) for _ in range(batch)]
        return np.zeros((batch, self.config.hidden_dim), np.float32), _as_array(memories)

    def advance(self, state: State, ids: ArrayLike) -> State:
        """Return the state after more tokens; see `Runtime.advance`."""
        for column in check_ids(ids, self.vocabulary_size, rows=len(state[0])).T:
            state = self._step(state[1], column)
        return state

    def log_probabilities(self, state: State) -> Floats:
        """Return log-probabilities (B, V); see `Runtime.log_probabilities`."""
        return output_log_probabilities(state[0], self.weights)

    def _empty_cache(self) -> _Cache:
        config = self.config
        head_dim = config.hidden_dim // config.num_heads
        return _Cache((config.num_layers, config.num_heads, config.context_length, head_dim))

    def _step(self, memories: NDArray[Any], ids: NDArray[np.int64]) -> State:
        config = self.config
        memories = _as_array([memory.grown() for memory in memories])
        angles = np.array([memory.position - 1 for memory in memories])[:, None, None, None] * self._frequencies
        cosines, sines = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)  # (B, 1, 1, pairs)
        stream = self.weights["embedding/table"][ids]  # (B, D)
        if "entrance/kernel" in self.weights:
            stream = stream @ self.weights["entrance/kernel"]  # (B, H)
        attended = np.empty_like(stream)
        for number, layer in enumerate(self._layers):
            parts = (_normalized(stream) @ layer.attention).reshape(len(stream), 3, config.num_heads, -1)
            _rotate(parts[:, :2], cosines, sines)
            for row, memory in enumerate(memories):
                attended[row] = _attend(memory, number, *parts[row])
            stream += attended @ layer.attention_output
            expanded = _normalized(stream) @ layer.feed_forward  # (B, 4H)
            np.maximum(expanded, 0.0, out=expanded)
            expanded *= expanded
            stream += expanded @ layer.feed_forward_output
        return _normalized(stream) * self.weights["output_norm/scale"], memories


def _layer(config: TransformerConfig, weights: Mapping[str, Floats], number: int) -> _Layer:
    attention = weights[f"attention_norm_{number}/scale"][:, None] * weights[f"attention_{number}/kernel"]
    head_dim = config.hidden_dim // config.num_heads
    attention[:, : config.hidden_dim] *= np.float32(head_dim**-0.5)  # the scale of the scores, in the queries
    feed_forward = weights[f"feed_forward_norm_{number}/scale"][:, None] * weights[f"feed_forward_{number}/kernel"]
    attention.flags.writeable = feed_forward.flags.writeable = False
    return _Layer(
        attention,
        weights[f"attention_{number}/output_kernel"],
        feed_forward,
        weights[f"feed_forward_{number}/output_kernel"],
    )


def _attend(memory: Memory, layer: int, query: Floats, key: Floats, value: Floats) -> Floats:
    """Write key and value of the last token (heads, head width) in place, and return what its query finds, (H,)."""
    keys, values, used = memory.cache.keys[layer], memory.cache.values[layer], memory.length
    keys[:, used - 1] = key
    values[:, used - 1] = value
    shares = np.matmul(keys[:, :used], query[:, :, None])[:, :, 0]  # (heads, tokens)
    shares -= shares.max(axis=1, keepdims=True)
    np.exp(shares, out=shares)
    shares /= shares.sum(axis=1, keepdims=True)
    return np.asarray(np.matmul(shares[:, None], values[:, :used]).reshape(-1))


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


def _as_array(memories: list[Memory]) -> NDArray[Any]:
    array = np.empty(len(memories), dtype=object)
    array[:] = memories
    return array
