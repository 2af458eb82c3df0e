"""The two layers that Keras lacks: a token table used at both ends of a network, and logits without `<pad>`.

Input: token ids or hidden vectors. Output: embeddings, or logits over the vocabulary.
"""

from collections.abc import Callable, Mapping
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

    Args:
        vocabulary_size: V.
        width: D.
        initializer: Of the matrix, as Keras names or serializes it.
        kwargs: Options of every Keras layer.

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
        """Make the table.

        Args:
            input_shape: Of the ids; the table does not depend on it.
        """
        self.table = self.add_weight(
            name="table", shape=(self.vocabulary_size, self.width), initializer=self.initializer
        )
        self.built = True

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Embed ids, or score hidden vectors.

        Args:
            inputs: Ids (B, T), or with `reverse` hidden vectors (..., D).
            reverse: Whether to score.
        """
        if reverse:
            return ops.matmul(inputs, ops.transpose(self.table))
        return take_rows(self.table, inputs)

    def compute_output_spec(self, inputs: Any, reverse: bool = False) -> Any:
        """Give the output's shape without computing it.

        Args:
            inputs: As of `call`.
            reverse: As of `call`.
        """
        shape = (*inputs.shape[:-1], self.vocabulary_size) if reverse else (*inputs.shape, self.width)
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        sizes = {"vocabulary_size": self.vocabulary_size, "width": self.width}
        return {**super().get_config(), **sizes, "initializer": keras.initializers.serialize(self.initializer)}


@keras.saving.register_keras_serializable(package="nextword")
class VocabularyBias(keras.layers.Layer):
    """Adds one bias a token to logits (..., V) and takes all probability from `<pad>`.

    It is the last layer of every network, and carries the config of its network through whatever Keras does with a
    model: saving, loading and cloning call `get_config` of each layer.

    Args:
        network: The `kind` of the network, and the `options` of its config, as plain values.
        kwargs: Options of every Keras layer.
    """

    def __init__(self, network: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """Keep the config; the weight is made by `build`."""
        super().__init__(**kwargs)
        self.network = dict(network or {})

    def build(self, input_shape: Any) -> None:
        """Make the bias.

        Args:
            input_shape: (..., V).
        """
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros")
        self.built = True

    def call(self, logits: Any) -> Any:
        """Add the bias and mask `<pad>`.

        Args:
            logits: (..., V).
        """
        is_pad = ops.arange(logits.shape[-1]) == PAD_ID
        return ops.where(is_pad, IMPOSSIBLE, logits + self.bias)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        network = {name: dict(part) if isinstance(part, Mapping) else part for name, part in self.network.items()}
        return {**super().get_config(), "network": network}


def take_rows(table: Any, ids: Any) -> Any:
    """Return rows of a matrix; their gradients are added up in a matrix, not kept row by row.

    Gradients kept row by row, as TensorFlow does, have a wrong norm where a row is taken twice.

    Args:
        table: (V, D).
        ids: Numbers of rows, of any shape.

    Returns:
        Rows of shape (*ids.shape, D).
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

    Args:
        function: Takes tensors; returns its value and the function of the gradient.
    """
    if keras.backend.backend() == "torch":
        return lambda *given: function(*given)[0]
    decorated: Callable[..., Any] = ops.custom_gradient(function)
    return decorated


def value_of(weight: Any) -> Any:
    """Return a weight as a tensor: on TensorFlow, functions with a gradient of their own refuse variables.

    Args:
        weight: A Keras variable or a tensor.
    """
    return ops.reshape(weight, weight.shape)
