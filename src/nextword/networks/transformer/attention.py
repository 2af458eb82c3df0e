"""The Keras layers of a Transformer: normalisation, attention and feed-forward network.

Input: vectors (B, T, H). Output: the same, changed by what each position sees: itself, the positions before it in its
block, and the block before. Both the network of `build_transformer` and training call these layers.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from nextword.networks.config import Precision
from nextword.networks.layers import IMPOSSIBLE
from nextword.networks.products import product
from nextword.networks.transformer.config import NORM_EPSILON


@keras.saving.register_keras_serializable(package="nextword")
class RootMeanSquareNorm(keras.layers.Layer):
    """Brings vectors (..., H) to a root mean square of 1, then multiplies by a learnt scale.

    Args:
        initial_scale: Where the scale begins.
        kwargs: Options of every Keras layer.

    References:
        Zhang and Sennrich, 2019, Root Mean Square Layer Normalization.
    """

    def __init__(self, initial_scale: float = 1.0, **kwargs: Any) -> None:
        """Keep the scale; the weight is made by `build`."""
        super().__init__(**kwargs)
        self.initial_scale = initial_scale

    def build(self, input_shape: Any) -> None:
        """Make the scale.

        Args:
            input_shape: (..., H).
        """
        initializer = keras.initializers.Constant(self.initial_scale)
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer=initializer)
        self.built = True

    def call(self, vectors: Any) -> Any:
        """Normalise.

        Args:
            vectors: (..., H).
        """
        square = ops.mean(ops.square(vectors), axis=-1, keepdims=True)
        return vectors * ops.rsqrt(square + NORM_EPSILON) * self.scale

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        return {**super().get_config(), "initial_scale": self.initial_scale}


class _TwoKernels(keras.layers.Layer):
    """A layer of two products, from H to `width` and back; the second begins at zero, so the layer changes nothing."""

    def __init__(self, seed: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = seed

    def _make_kernels(self, hidden_dim: int, width: int, inner: int) -> None:
        normal = keras.initializers.RandomNormal(stddev=hidden_dim**-0.5, seed=self.seed)
        self.kernel = self.add_weight(name="kernel", shape=(hidden_dim, width), initializer=normal)
        self.output_kernel = self.add_weight(name="output_kernel", shape=(inner, hidden_dim), initializer="zeros")
        self.built = True

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "seed": self.seed}


@keras.saving.register_keras_serializable(package="nextword")
class CausalAttention(_TwoKernels):
    """Attention with rotary positions over a window of two blocks of C/2 tokens.

    Args:
        num_heads: Heads, each of width H / num_heads.
        block_length: C/2.
        frequencies: Radians a token, one for each pair of a head's numbers.
        seed: Of the initial kernel.
        kwargs: Options of every Keras layer.

    References:
        Vaswani et al., 2017, Attention Is All You Need; Su et al., 2021, RoFormer (rotary positions); Dai et al., 2019,
        Transformer-XL (keys and values of the block before).
    """

    def __init__(self, num_heads: int, block_length: int, frequencies: Sequence[float], seed: int, **kwargs: Any):
        """Keep the sizes; the weights are made by `build`."""
        super().__init__(seed, **kwargs)
        self.num_heads, self.block_length, self.frequencies = num_heads, block_length, list(frequencies)

    def build(self, input_shape: Any) -> None:
        """Make the kernels.

        Args:
            input_shape: (B, T, H).
        """
        hidden = input_shape[-1]
        self._make_kernels(hidden, 3 * hidden, hidden)

    def call(self, vectors: Any, before: Any = None, keeps: Any = None, precision: Precision = "float32") -> Any:
        """Return what attention adds at each position, (B, T, H); with `before` also the block of the next window.

        Args:
            vectors: (B, T, H), of positions that begin with a block.
            before: Keys and values (B, C/2, H) each of the block before, unrotated, and which of its positions were
                read, (B, C/2) of 0 and 1. None where nothing was read before.
            keeps: With `before`, 0 where what was read is forgotten before a position, else 1, (B, T).
            precision: Of the large products.
        """
        hidden = vectors.shape[-1]
        batch, time = ops.shape(vectors)[0], ops.shape(vectors)[1]
        parts = _products(vectors, self.kernel, precision)
        query, key, value = parts[..., :hidden], parts[..., hidden : 2 * hidden], parts[..., 2 * hidden :]
        was_read: Any = None
        if before is not None:
            keys_before, values_before, read_before = before
            key = ops.concatenate([keys_before, key], axis=1)
            value = ops.concatenate([values_before, value], axis=1)
            # How often what was read has been forgotten before a position: only equal ones see each other, (B, S).
            forgettings = ops.concatenate([ops.zeros_like(read_before), ops.cumsum(1.0 - keeps, axis=1)], axis=1)
            was_read = ops.concatenate([read_before, ops.ones_like(keeps)], axis=1)  # (B, S)
        first = 0 if before is None else self.block_length
        positions = ops.arange(first + time)
        query = _rotated(self._by_head(query), positions[first:], self.frequencies)  # (B, heads, T, head width)
        scores = ops.matmul(
            query, ops.transpose(_rotated(self._by_head(key), positions, self.frequencies), (0, 1, 3, 2))
        )
        scores = scores * (hidden // self.num_heads) ** -0.5 + self._hidden_from(positions[first:], positions)
        if was_read is not None:
            parted = ops.cast(forgettings[:, self.block_length :, None] != forgettings[:, None, :], "float32")
            scores = scores + ((1.0 - was_read)[:, None, :] + parted)[:, None] * IMPOSSIBLE
            was_read = was_read * ops.cast(forgettings == forgettings[:, -1:], "float32")
        attended = ops.matmul(_attention_weights(scores), self._by_head(value))
        attended = ops.reshape(ops.transpose(attended, (0, 2, 1, 3)), (batch, time, hidden))
        change = _products(attended, self.output_kernel, precision)
        if before is None:
            return change
        return change, tuple(part[:, -self.block_length :] for part in (key, value, was_read))

    def compute_output_spec(self, vectors: Any, **kwargs: Any) -> Any:
        """Give the output's shape without computing it.

        Args:
            vectors: (B, T, H).
            kwargs: As of `call`.
        """
        return keras.KerasTensor(vectors.shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        sizes = {"num_heads": self.num_heads, "block_length": self.block_length, "frequencies": self.frequencies}
        return {**super().get_config(), **sizes}

    def _by_head(self, vectors: Any) -> Any:
        """Return vectors (B, S, H) as (B, heads, S, head width)."""
        batch, time, hidden = ops.shape(vectors)[0], ops.shape(vectors)[1], vectors.shape[-1]
        split = ops.reshape(vectors, (batch, time, self.num_heads, hidden // self.num_heads))
        return ops.transpose(split, (0, 2, 1, 3))

    def _hidden_from(self, queries: Any, keys: Any) -> Any:
        """Return 0 where the position of a query sees that of a key and a huge negative number elsewhere, (T, S)."""
        start = (queries // self.block_length - 1) * self.block_length  # of the block before
        is_seen = ops.logical_and(keys[None, :] <= queries[:, None], keys[None, :] >= start[:, None])
        return ops.where(is_seen, 0.0, IMPOSSIBLE)


@keras.saving.register_keras_serializable(package="nextword")
class FeedForward(_TwoKernels):
    """Two products with the square of the positive part between them, of width 4H.

    Args:
        seed: Of the initial kernel.
        kwargs: Options of every Keras layer.

    References:
        So et al., 2021, Primer: Searching for Efficient Transformers for Language Modeling (the squared ReLU).
    """

    def build(self, input_shape: Any) -> None:
        """Make the kernels.

        Args:
            input_shape: (B, T, H).
        """
        hidden = input_shape[-1]
        self._make_kernels(hidden, 4 * hidden, 4 * hidden)

    def call(self, vectors: Any, precision: Precision = "float32") -> Any:
        """Return what the feed-forward network adds at each position, (B, T, H).

        Args:
            vectors: (B, T, H).
            precision: Of the products.
        """
        expanded = ops.square(ops.relu(_products(vectors, self.kernel, precision)))
        return _products(expanded, self.output_kernel, precision)


def _products(vectors: Any, kernel: Any, precision: Precision) -> Any:
    """Return vectors (B, T, K) times a kernel (K, M), (B, T, M)."""
    if precision == "float32":
        return ops.matmul(vectors, kernel)
    batch, time, width = vectors.shape
    rows = product(ops.reshape(vectors, (-1, width)), kernel, precision)
    return ops.reshape(rows, (batch, time, rows.shape[-1]))


def _attention_weights(scores: Any) -> Any:
    """Return the softmax of scores (..., S); that of Keras warns where a first token sees only itself."""
    powers = ops.exp(scores - ops.max(scores, axis=-1, keepdims=True))
    return powers / ops.sum(powers, axis=-1, keepdims=True)


def _rotated(vectors: Any, positions: Any, frequencies: Sequence[float]) -> Any:
    """Rotate pairs of vectors (B, heads, S, head width), the first half of the numbers with the second half."""
    angles = ops.cast(positions, "float32")[:, None] * ops.convert_to_tensor(np.array(frequencies, np.float32))
    cosines, sines = ops.cos(angles), ops.sin(angles)  # (S, pairs)
    first, second = ops.split(vectors, 2, axis=-1)
    return ops.concatenate([first * cosines - second * sines, second * cosines + first * sines], axis=-1)
