"""The two layers that Keras lacks: a token table used at both ends of a network, and logits without `<pad>`.

Input: token ids or hidden vectors. Output: embeddings, or logits over the vocabulary.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from nextword.networks.clusters import Tail, cluster_spans, clustered_tables, table_shapes, tails_of
from nextword.tokens.vocabulary import PAD_ID

# Far below any logit, yet finite: -inf times a zero gradient would be NaN.
IMPOSSIBLE = -1e9


@keras.saving.register_keras_serializable(package="nextword")
class TokenTable(keras.layers.Layer):
    """A (V, D) matrix: its rows embed token ids, and reversed it scores hidden vectors against every token.

    Called on ids (B, T) it gives (B, T, D); called with `reverse=True` on hidden vectors (..., D) it gives (..., V).
    The rows of a cluster of words are the product of a narrow table and a projection.

    Args:
        vocabulary_size: V.
        width: D.
        initializer: Of the tables, as Keras names or serializes it.
        cutoffs: Ids at which clusters of words begin; none for one table.
        kwargs: Options of every Keras layer.

    References:
        Press and Wolf, 2017, Using the Output Embedding to Improve Language Models; Baevski and Auli, 2019, Adaptive
        Input Representations for Neural Language Modeling.
    """

    def __init__(
        self,
        vocabulary_size: int,
        width: int,
        initializer: Any,
        *,
        cutoffs: Sequence[int] = (),
        **kwargs: Any,
    ) -> None:
        """Keep the sizes; the weights are made by `build`."""
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.width = width
        self.initializer = keras.initializers.get(initializer)
        self.cutoffs = tuple(cutoffs)

    def build(self, input_shape: Any) -> None:
        """Make the tables.

        Args:
            input_shape: Of the ids; the tables do not depend on it.
        """
        for path, shape in table_shapes("", self.cutoffs, self.vocabulary_size, self.width).items():
            name = path.removeprefix("/")  # "table", "table_1", "projection_1", ...
            setattr(self, name, self.add_weight(name=name, shape=shape, initializer=self.initializer))
        self.built = True

    @property
    def tails(self) -> tuple[Tail, ...]:
        """The clusters behind the head."""
        return tails_of(self.cutoffs, self.vocabulary_size, lambda name: getattr(self, name))

    def assign_matrix(self, matrix: NDArray[np.float32]) -> None:
        """Set the rows of all words to those of a matrix, or to the nearest that narrow tables allow.

        Args:
            matrix: (V, D).
        """
        tables = clustered_tables(matrix, self.cutoffs, self.name)  # copies: JAX would train in the caller's memory
        for variable in self.weights:
            table = tables.get(f"{self.name}/{variable.name}")
            if table is not None:
                variable.assign(table)

    def call(self, inputs: Any, reverse: bool = False) -> Any:
        """Embed ids, or score hidden vectors.

        Args:
            inputs: Ids (B, T), or with `reverse` hidden vectors (..., D).
            reverse: Whether to score.
        """
        if not reverse:
            return self._embedded(inputs)
        scores = [ops.matmul(inputs, ops.transpose(self.table))]
        for tail in self.tails:
            narrowed = ops.matmul(inputs, ops.transpose(tail.projection))
            scores.append(ops.matmul(narrowed, ops.transpose(tail.table)))
        return ops.concatenate(scores, axis=-1) if self.tails else scores[0]

    def _embedded(self, ids: Any) -> Any:
        if not self.tails:
            return take_rows(self.table, ids)
        head = self.cutoffs[0]
        vectors = _rows_within(self.table, ids, 0, head)
        for tail in self.tails:
            rows = _rows_within(tail.table, ids, tail.first, tail.last)
            vectors = vectors + ops.matmul(rows, ops.convert_to_tensor(tail.projection))
        return vectors

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
        sizes = {
            "vocabulary_size": self.vocabulary_size,
            "width": self.width,
            "cutoffs": self.cutoffs,
        }
        return {**super().get_config(), **sizes, "initializer": keras.initializers.serialize(self.initializer)}


@keras.saving.register_keras_serializable(package="nextword")
class VocabularyBias(keras.layers.Layer):
    """Adds one bias a token to scores (..., V) and takes all probability from `<pad>`: the logits.

    Of a vocabulary in C clusters the logits are log-probabilities: what the head says of a cluster is shared out among
    its words. It is the last layer of every network, and carries the config of its network through whatever Keras does
    with a model: saving, loading and cloning call `get_config` of each layer.

    Args:
        network: The `kind` of the network, and the `options` of its config, as plain values.
        cutoffs: Ids at which clusters of words begin; none for one softmax.
        kwargs: Options of every Keras layer.

    References:
        Grave et al., 2017, Efficient softmax approximation for GPUs.
    """

    def __init__(self, network: Mapping[str, Any] | None = None, *, cutoffs: Sequence[int] = (), **kwargs: Any) -> None:
        """Keep the config; the weights are made by `build`."""
        super().__init__(**kwargs)
        self.network = dict(network or {})
        self.cutoffs = tuple(cutoffs)

    def build(self, input_shape: Any) -> None:
        """Make the bias.

        Args:
            input_shape: (..., V).
        """
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros")
        self.built = True

    def call(self, scores: Any, clusters: Any = None) -> Any:
        """Add the bias and mask `<pad>`.

        Args:
            scores: (..., V).
            clusters: Logits of the clusters, (..., C); None without clusters.
        """
        size = scores.shape[-1]
        words = ops.where(ops.arange(size) == PAD_ID, IMPOSSIBLE, scores + self.bias)
        if not self.cutoffs:
            return words
        first_place = self.cutoffs[0]
        head = ops.log_softmax(ops.concatenate([words[..., :first_place], clusters], axis=-1))
        logits = [head[..., :first_place]]
        for place, (first, last) in enumerate(cluster_spans(self.cutoffs, size), start=first_place):
            logits.append(ops.log_softmax(words[..., first:last]) + head[..., place : place + 1])
        return ops.concatenate(logits, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return what `__init__` needs."""
        network = {name: dict(part) if isinstance(part, Mapping) else part for name, part in self.network.items()}
        return {**super().get_config(), "network": network, "cutoffs": self.cutoffs}


def of_clusters(hidden: Any, cutoffs: Sequence[int]) -> Any:
    """Return the logits of the clusters of a network, by its layer `clusters`; None without clusters.

    Args:
        hidden: Vectors (..., D).
        cutoffs: Ids at which clusters begin.
    """
    if not cutoffs:
        return None
    return keras.layers.Dense(len(cutoffs), kernel_initializer="zeros", name="clusters")(hidden)


def _rows_within(table: Any, ids: Any, first: int, last: int) -> Any:
    """Return the rows of ids from `first` to below `last`, and zeros for others."""
    inside = ops.logical_and(ids >= first, ids < last)
    rows = take_rows(table, ops.where(inside, ids - first, 0))
    return rows * ops.expand_dims(ops.cast(inside, rows.dtype), -1)


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
