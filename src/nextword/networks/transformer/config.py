"""Sizes of a Transformer language model as a frozen value: no Keras here, so that prediction can read them.

Input: what the user chose, or a depth. Output: checked options and, by arithmetic, the name and shape of every weight.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from nextword.errors import ConfigError, check_bool, check_integer, check_number, take_plain_numbers
from nextword.networks.clusters import check_cutoffs, cutoffs_of, output_shapes, table_shapes
from nextword.networks.config import MAX_LAYERS, MAX_WIDTH, Optimizer

MAX_CONTEXT = 65_536
HEAD_WIDTH = 64
NORM_EPSILON = 1e-6  # added to the mean square before its root is taken
ROTATION_BASE = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerConfig:
    """Sizes of a Transformer language model.

    Args:
        hidden_dim: Width H of the residual stream.
        num_layers: Number of layers, each with attention and a feed-forward network of width 4H.
        num_heads: Heads of the attention; `hidden_dim` is an even multiple of it.
        context_length: Window C in tokens, even. A token sees at least the C/2 and at most the C - 1 tokens before it:
            those of its own block of C/2 tokens and of the block before, counted from where reading begins.
        dropout: Share of activations zeroed in training, of the embedding, after attention and feed-forward network,
            and before the output.
        train_embeddings: False keeps the embedding matrix as given, which suits pretrained vectors.
        cutoffs: Ids at which clusters of rarer words begin, as of `LSTMConfig`; None takes clusters where there are
            30,000 words or more.
        seed: Seed of the initial weights and of dropout.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range, the width does not divide among the heads, or
            the window has no halves; codes "option-out-of-range", "heads-do-not-divide" and "context-length-odd".

    Examples:
        >>> TransformerConfig(context_length=256).block_length
        128

    References:
        Vaswani et al., 2017, Attention Is All You Need; Dai et al., 2019, Transformer-XL (the window of two blocks).
    """

    hidden_dim: int = 256
    num_layers: int = 4
    num_heads: int = 4
    context_length: int = 128
    dropout: float = 0.2
    train_embeddings: bool = True
    cutoffs: tuple[int, ...] | None = None
    seed: int = 0

    optimizer: ClassVar[Optimizer] = "adam"

    def __post_init__(self) -> None:
        """Check the ranges."""
        take_plain_numbers(self)
        check_integer("hidden_dim", self.hidden_dim, 2, MAX_WIDTH)
        check_integer("num_layers", self.num_layers, 1, MAX_LAYERS)
        check_integer("num_heads", self.num_heads, 1, MAX_WIDTH)
        if self.hidden_dim % (2 * self.num_heads):
            heads = [n for n in range(1, 65) if self.hidden_dim % (2 * n) == 0]
            advice = f"{self.hidden_dim} divides into {', '.join(map(str, heads))} heads" if heads else "make it even"
            raise ConfigError(
                "`hidden_dim` must be `num_heads` times an even number, as each head takes its share and rotates it in "
                f"pairs; received {self.hidden_dim} and {self.num_heads}. Change one of them: {advice}.",
                code="heads-do-not-divide",
                hidden_dim=self.hidden_dim,
                num_heads=self.num_heads,
                possible_heads=heads,
            )
        check_integer("context_length", self.context_length, 2, MAX_CONTEXT)
        if self.context_length % 2:
            raise ConfigError(
                f"`context_length` must be even, as it has two halves; received {self.context_length}. Take "
                f"{self.context_length + 1}.",
                code="context-length-odd",
                context_length=self.context_length,
            )
        check_number("dropout", self.dropout, 0.0, 1.0)
        check_bool("train_embeddings", self.train_embeddings)
        object.__setattr__(self, "cutoffs", check_cutoffs(self.cutoffs))
        check_integer("seed", self.seed, 0)

    @classmethod
    def from_depth(
        cls, depth: int, *, context_length: int = 128, dropout: float = 0.2, seed: int = 0
    ) -> "TransformerConfig":
        """Return the sizes that suit a depth: 64 units of width and one head a layer.

        Args:
            depth: Number of layers, 1 to 48.
            context_length: Window C in tokens, even.
            dropout: Share of activations zeroed in training.
            seed: Seed of the initial weights and of dropout.

        Raises:
            ConfigError: If one is outside its range; the codes of `TransformerConfig`.

        Examples:
            >>> config = TransformerConfig.from_depth(6)
            >>> config.num_layers, config.hidden_dim, config.num_heads
            (6, 384, 6)
        """
        check_integer("depth", depth, 1, MAX_LAYERS)
        return cls(
            hidden_dim=HEAD_WIDTH * depth,
            num_layers=depth,
            num_heads=depth,
            context_length=context_length,
            dropout=dropout,
            seed=seed,
        )

    @property
    def block_length(self) -> int:
        """Half of the window, C/2: the tokens that are read before the oldest ones are forgotten."""
        return self.context_length // 2

    @property
    def window(self) -> int:
        """Tokens between two updates that serve large texts: a block, so that training sees what prediction does."""
        return self.block_length

    @property
    def rotation_frequencies(self) -> NDArray[np.float64]:
        """Radians a token by which each pair of a head's numbers is rotated, float64 of shape (head width / 2,)."""
        pairs = self.hidden_dim // self.num_heads // 2
        return np.asarray(ROTATION_BASE ** (-np.arange(pairs) / pairs))

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
            >>> TransformerConfig(hidden_dim=8, num_heads=2).weight_shapes(10, 8)["attention_0/kernel"]
            (8, 24)
        """
        check_integer("vocabulary_size", vocabulary_size, 1)
        check_integer("embedding_dim", embedding_dim, 1)
        hidden = self.hidden_dim
        cutoffs = cutoffs_of(self, vocabulary_size)
        shapes = table_shapes("embedding", cutoffs, vocabulary_size, embedding_dim)
        if hidden != embedding_dim:
            shapes["input_projection/kernel"] = (embedding_dim, hidden)
        for layer in range(self.num_layers):
            shapes[f"attention_norm_{layer}/scale"] = (hidden,)
            shapes[f"attention_{layer}/kernel"] = (hidden, 3 * hidden)
            shapes[f"attention_{layer}/output_kernel"] = (hidden, hidden)
            shapes[f"feed_forward_norm_{layer}/scale"] = (hidden,)
            shapes[f"feed_forward_{layer}/kernel"] = (hidden, 4 * hidden)
            shapes[f"feed_forward_{layer}/output_kernel"] = (4 * hidden, hidden)
        shapes["output_norm/scale"] = (hidden,)
        if hidden != embedding_dim:
            shapes["projection/kernel"] = (hidden, embedding_dim)
        return shapes | output_shapes(cutoffs, vocabulary_size, embedding_dim)
