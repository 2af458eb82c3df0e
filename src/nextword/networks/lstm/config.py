"""Sizes of an LSTM language model as a frozen value: no Keras here, so that prediction can read them.

Input: what the user chose. Output: checked options and, by arithmetic, the name and shape of every weight, which is
what a bundle is checked against before anything is built.
"""

from dataclasses import dataclass
from typing import ClassVar

from nextword.errors import check_bool, check_integer, check_number, take_plain_numbers
from nextword.networks.clusters import check_cutoffs, cutoffs_of, output_shapes, table_shapes
from nextword.networks.config import MAX_LAYERS, MAX_WIDTH, Optimizer


@dataclass(frozen=True, slots=True, kw_only=True)
class LSTMConfig:
    """Sizes of an LSTM language model.

    Args:
        hidden_dim: Units H of every LSTM layer.
        num_layers: Number of LSTM layers.
        dropout: Share of activations zeroed in training, before each LSTM layer and before the output.
        tie_embeddings: Use the embedding matrix as output matrix too (Press and Wolf, 2017); where H and D differ, a
            projection comes between. False gives the output a matrix of its own.
        train_embeddings: False keeps the embedding matrix as given, which suits pretrained vectors.
        cutoffs: Ids at which clusters of rarer words begin, with vectors of a quarter of the width each time; () for
            one matrix of all words. None takes clusters where there are 30,000 words or more.
        seed: Seed of the initial weights and of dropout.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range; code "option-out-of-range".

    Examples:
        >>> LSTMConfig(hidden_dim=64).num_layers
        2

    References:
        Grave et al., 2017, Efficient softmax approximation for GPUs, and Baevski and Auli, 2019, Adaptive Input
        Representations for Neural Language Modeling (the clusters); Zaremba et al., 2014, Recurrent Neural Network
        Regularization (where dropout acts).
    """

    hidden_dim: int = 200
    num_layers: int = 2
    dropout: float = 0.2
    tie_embeddings: bool = True
    train_embeddings: bool = True
    cutoffs: tuple[int, ...] | None = None
    seed: int = 0

    optimizer: ClassVar[Optimizer] = "sgd"  # what trains it best
    window: ClassVar[int] = 35  # tokens between two updates that serve large texts

    def __post_init__(self) -> None:
        """Check the ranges."""
        take_plain_numbers(self)
        check_integer("hidden_dim", self.hidden_dim, 1, MAX_WIDTH)
        check_integer("num_layers", self.num_layers, 1, MAX_LAYERS)
        check_number("dropout", self.dropout, 0.0, 1.0)
        object.__setattr__(self, "cutoffs", check_cutoffs(self.cutoffs))
        check_integer("seed", self.seed, 0)
        for name in ("tie_embeddings", "train_embeddings"):
            check_bool(name, getattr(self, name))

    def weight_shapes(self, vocabulary_size: int, embedding_dim: int) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by its name, in the order of the network.

        The names are the paths of the Keras weights: layer, then weight.

        Args:
            vocabulary_size: V.
            embedding_dim: D, the width of the embedding matrix.

        Raises:
            ConfigError: If one of them is no integer of at least 1 (code "option-out-of-range"), or a cluster would
                have no words ("cutoffs-beyond-vocabulary").

        Examples:
            >>> LSTMConfig(hidden_dim=4, num_layers=1).weight_shapes(10, 4)["lstm_0/kernel"]
            (4, 16)
        """
        check_integer("vocabulary_size", vocabulary_size, 1)
        check_integer("embedding_dim", embedding_dim, 1)
        hidden = self.hidden_dim
        cutoffs = cutoffs_of(self, vocabulary_size)
        shapes = table_shapes("embedding", cutoffs, vocabulary_size, embedding_dim)
        for layer in range(self.num_layers):
            shapes[f"lstm_{layer}/kernel"] = (hidden if layer else embedding_dim, 4 * hidden)
            shapes[f"lstm_{layer}/recurrent_kernel"] = (hidden, 4 * hidden)
            shapes[f"lstm_{layer}/bias"] = (4 * hidden,)
        if not self.tie_embeddings:
            shapes |= table_shapes("output", cutoffs, vocabulary_size, hidden)
        elif hidden != embedding_dim:
            shapes["projection/kernel"] = (hidden, embedding_dim)
        return shapes | output_shapes(cutoffs, vocabulary_size, embedding_dim if self.tie_embeddings else hidden)
