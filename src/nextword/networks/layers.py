"""The two layers that Keras lacks: a token table used at both ends of a network, and logits without `<pad>`.

Enters: token ids or hidden vectors. Leaves: embeddings, or logits over the vocabulary.
"""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from nextword.tokens.vocabulary import PAD_ID

# Far below any logit, yet finite: -inf times a zero gradient would be NaN.
IMPOSSIBLE = -1e9


@keras.saving.register_keras_serializable(package="nextword")
class TokenTable(keras.layers.Layer):
    """A (V, D) matrix: its rows embed token ids, and reversed it scores hidden vectors against every token.

    Called on ids (B, T) it gives (B, T, D); called with `reverse=True` on hidden vectors (..., D) it gives (..., V).

    References:
        Press and Wolf, 2017, Using the Output Embedding to Improve Language Models.
    """

    def __init__(self, vocabulary_size: int, width: int, initializer: Any, **kwargs: Any) -> None:
        """Keep the sizes; the weight is made by `build`."""
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.width = width
        self.initializer = keras.initializers.get(initializer)

    def build(self, input_shape: Any) -> None:
        """Make the table."""
        self.table = self.add_weight(
            name="table", shape=(self.vocabulary_size, self.width), initializer=self.initializer
        )
        self.built = True

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Embed ids, or score hidden vectors."""
        if reverse:
            return ops.matmul(inputs, ops.transpose(self.table))
        return take_rows(self.table, inputs)

    def compute_output_spec(self, inputs: Any, reverse: bool = False) -> Any:
        """Give the output's shape without computing it."""
        shape = (*inputs.shape[:-1], self.vocabulary_size) if reverse else (*inputs.shape, self.width)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        sizes = {"vocabulary_size": self.vocabulary_size, "width": self.width}
        return {**super().get_config(), **sizes, "initializer": keras.initializers.serialize(self.initializer)}


@keras.saving.register_keras_serializable(package="nextword")
class VocabularyBias(keras.layers.Layer):
    """Adds one bias a token to logits (..., V) and takes all probability from `<pad>`."""

    def build(self, input_shape: Any) -> None:
        """Make the bias."""
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros")
        self.built = True

    def call(self, logits: Any) -> Any:
        """Add the bias and mask `<pad>`."""
        is_pad = ops.arange(logits.shape[-1]) == PAD_ID
        return ops.where(is_pad, IMPOSSIBLE, logits + self.bias)


def take_rows(table: Any, ids: Any) -> Any:
    """Return rows of a matrix (V, D) by their number; their gradients are added up in a matrix, not kept row by row.

    Gradients kept row by row, as TensorFlow does, have a wrong norm where a row is taken twice.
    """

    @with_own_gradient
    def take(table: Any) -> Any:
        def gradient(*upstream: Any) -> Any:
            flat = ops.reshape(upstream[0], (-1, table.shape[1]))
            return ops.segment_sum(flat, ops.reshape(ids, (-1,)), num_segments=table.shape[0])

        return ops.take(table, ids, axis=0), gradient

    return take(value_of(table))


def with_own_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose gradient is the one that it returns beside its value; made to decorate.

    Keras lets functions with several outputs bring a gradient on TensorFlow and JAX; PyTorch finds it by itself.
    """
    if keras.backend.backend() == "torch":
        return lambda *given: function(*given)[0]
    decorated: Callable[..., Any] = ops.custom_gradient(function)
    return decorated


def value_of(weight: Any) -> Any:
    """Return a weight as a tensor: on TensorFlow, functions with a gradient of their own refuse variables."""
    return ops.reshape(weight, weight.shape)
