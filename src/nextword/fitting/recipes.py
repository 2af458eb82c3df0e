"""Options of every stage together, and the size of a text and a time -> the options that make the best of them.

Input: a number of words and minutes. Output: a `FitConfig`. The tables come from measured trainings: see
docs/results.md.
"""

import os
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, get_args

from nextword.errors import (
    ConfigError,
    check_bool,
    check_choice,
    check_config,
    check_integer,
    check_number,
    described,
    take_plain_numbers,
)
from nextword.files.temporary import LongArrays, check_temporary_path
from nextword.fitting.estimates import other_seconds
from nextword.mixing.cache import CacheConfig
from nextword.networks.kinds import NetworkConfig
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.transformer.config import TransformerConfig
from nextword.ngrams.kneser_ney import NgramConfig
from nextword.tokens.template import DialogueConfig
from nextword.tokens.tokenizer import TokenizerConfig
from nextword.training.config import SMALL_TEXT, TrainingConfig, default_passes
from nextword.vectors.cooccurrence import CooccurrenceConfig
from nextword.vectors.embedding import EmbeddingConfig

DEFAULT_WIDTH = 200  # of the embedding, which is most of a bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class FitConfig:
    """The options of every stage.

    Args:
        tokenizer: How text becomes words.
        embedding: Width and seed of the embedding matrix; a width of None is that of the vectors that it begins with,
            or of the network.
        cooccurrence: How the vectors that the embedding begins with are counted from the text, where no pretrained ones
            are given; a dimension of None is the width of the embedding. None begins at random.
        network: Sizes of the network, an `LSTMConfig` or a `TransformerConfig`; None takes the LSTM of
            `default_network`, with an embedding of at most 200.
        ngram: Order and pruning of the n-gram model that is mixed with the network; None leaves it out.
        cache: Window and smoothing of the recency cache that is mixed with them; None leaves it out.
        training: How it is trained.
        dialogue: What is learnt of conversations, and how much of one a reply looks back on; of no effect on texts.
        held_out: Share of the texts kept for validation, 0 (none) to below 0.5.
        time_limit: Seconds that all of `fit` has, from the call on: training gets what reading, counting and mixing
            leave, measured while it runs. None for no limit but that of `training`, which is for training alone.
        words: Number of words that the options were chosen for, as `recipe` was told; `fit` says where the text has
            less than half or more than twice as many. None for any.
        max_memory: Bytes that the numbered text and the counting of its n-grams take, beside the words, the network
            and the n-grams that are kept: what is longer goes to temporary files, with the same result. Of this one
            and `ngram.max_memory` the smaller holds. At least 1 MB (10^6 bytes).
        temporary_folder: Folder of these files; None for that of the system. They have no names, and are gone with
            the process, however it ends.

    Raises:
        ConfigError: If a number is outside its range, or another field not of its kind; code "option-out-of-range".
        InputTypeError, InputError: If `temporary_folder` is no path; codes as of `check_temporary_path`.

    Examples:
        >>> config = FitConfig(tokenizer=TokenizerConfig(min_count=2), held_out=0.1)
        >>> config.tokenizer.min_count, config.network, config.cache
        (2, None, CacheConfig(window=500, half_life=150.0, smoothing=(10.0, 2.0, 1.0)))
    """

    tokenizer: TokenizerConfig = field(default_factory=TokenizerConfig)
    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    cooccurrence: CooccurrenceConfig | None = field(default_factory=CooccurrenceConfig)
    network: NetworkConfig | None = None
    ngram: NgramConfig | None = field(
        default_factory=lambda: NgramConfig(min_counts=(1, 1, 1, 2), max_ngrams=8_000_000)
    )
    cache: CacheConfig | None = field(default_factory=CacheConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    dialogue: DialogueConfig = field(default_factory=DialogueConfig)
    held_out: float = 0.05
    time_limit: float | None = None
    words: int | None = None
    max_memory: int = 256_000_000
    temporary_folder: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        """Check the kinds and the share."""
        take_plain_numbers(self)
        check_number("held_out", self.held_out, 0.0, 0.5)
        if self.time_limit is not None:
            check_number("time_limit", self.time_limit, 0.0, above=True)
        if self.words is not None:
            check_integer("words", self.words, 1)
        check_integer("max_memory", self.max_memory, 1_000_000)
        check_temporary_path(self.temporary_folder)
        kinds = {
            "tokenizer": (TokenizerConfig,),
            "embedding": (EmbeddingConfig,),
            "cooccurrence": (CooccurrenceConfig, type(None)),
            "network": (*get_args(NetworkConfig), type(None)),
            "ngram": (NgramConfig, type(None)),
            "cache": (CacheConfig, type(None)),
            "training": (TrainingConfig,),
            "dialogue": (DialogueConfig,),
        }
        for name, allowed in kinds.items():
            value = getattr(self, name)
            if not isinstance(value, allowed):
                expected = " or ".join("None" if kind is type(None) else f"`{kind.__name__}(...)`" for kind in allowed)
                raise ConfigError(
                    f"`{name}` must be {expected}; received {described(value)}.",
                    code="option-out-of-range",
                    option=name,
                    value=value,
                )

    @property
    def arrays(self) -> LongArrays:
        """Where arrays as long as the text are kept; about a dozen of them are there at a time."""
        return LongArrays(self.max_memory // 16, self.temporary_folder)

    def start_of(
        self, network: NetworkConfig, *, has_vectors: bool
    ) -> tuple[EmbeddingConfig, CooccurrenceConfig | None]:
        """Return what the embedding of a network begins with, its width decided.

        Args:
            network: The sizes that were chosen, by the user or by `default_network`.
            has_vectors: Whether pretrained vectors are given: then their width is that of the embedding.

        Returns:
            Options of `build_embedding_matrix`, and those of `build_cooccurrence_vectors`, None where nothing is
            counted.

        Raises:
            InputTypeError: If `network` is no config of a network; code "wrong-kind".
            ConfigError: If `has_vectors` is no bool; code "option-out-of-range".

        Examples:
            >>> FitConfig().start_of(default_network(1_000_000), has_vectors=False)[1].dimension
            200
        """
        check_config(network, get_args(NetworkConfig), "network")
        check_bool("has_vectors", has_vectors)
        if has_vectors:
            return self.embedding, None
        width = self.embedding.embedding_dim
        if width is None and self.cooccurrence is not None:
            width = self.cooccurrence.dimension
        if width is None:
            width = min(DEFAULT_WIDTH, network.hidden_dim) if self.network is None else network.hidden_dim
        embedding = replace(self.embedding, embedding_dim=width)
        return embedding, None if self.cooccurrence is None else replace(self.cooccurrence, dimension=width)


class _Row(NamedTuple):
    passes: float  # over the text, from which the network repays itself
    words_per_second: float  # learnt on 2 cores
    width: int  # of the embedding
    constant_share: float  # of the training before the rate begins to fall
    network: NetworkConfig


# Larger networks need more passes; the last row that the time allows is taken.
ROWS = {
    "lstm": (
        _Row(0.0, 35_000.0, DEFAULT_WIDTH, 0.6, LSTMConfig(hidden_dim=200, num_layers=1)),
        _Row(1.5, 25_000.0, DEFAULT_WIDTH, 0.6, LSTMConfig(hidden_dim=300, num_layers=1)),
        _Row(4.0, 11_000.0, 400, 0.4, LSTMConfig(hidden_dim=400, num_layers=2)),
    ),
    "transformer": (_Row(0.0, 9_000.0, 256, 0.4, TransformerConfig.from_depth(4)),),
}
# Dropout that served best, by the passes below which it does; more of them need more.
DROPOUT = {
    "lstm": ((0.5, 0.0), (1.5, 0.1), (4.0, 0.2), (8.0, 0.35)),
    "transformer": ((1.5, 0.1), (4.5, 0.3), (9.0, 0.35)),
}
MOST_DROPOUT = 0.5
# An LSTM that reads fewer words than this eight times or more learns them by heart unless it drops more; of very few
# words it would then learn too little.
FEW_WORDS, VERY_FEW_WORDS, DROPOUT_OF_FEW = 300_000, 20_000, 0.65
# Passes at most over a text of 100,000 words; more words allow more, by the root of their number.
MOST_PASSES = 12.0


def recipe(words: int, minutes: float, network: Literal["lstm", "transformer"] = "lstm") -> FitConfig:
    """Return the options that make the best of a time on 2 cores.

    The time is that of all of `fit`: reading, counting, vectors, training and mixing. The sizes of the network follow
    from how many passes over the text the time allows that the other stages leave, and so does dropout. Where the
    time is more than a text of this size can use, less is taken. A text below 100,000 words gets the small network of
    `default_network` whatever the time, or a small Transformer.

    Args:
        words: Number of words in the text, marks and ends of texts among them; an estimate will do.
        minutes: Time for all of `fit`.
        network: The kind of network; in the same time both predict about equally well.

    Returns:
        A `FitConfig`, to be changed with `dataclasses.replace` or given to `fit`.

    Raises:
        ConfigError: If a value is of the wrong kind or not above 0, or there is no such kind of network.

    Examples:
        >>> recipe(words=1_000_000, minutes=1).network.num_layers
        1
        >>> recipe(words=1_000_000, minutes=30).network.hidden_dim, recipe(words=1_000_000, minutes=30).network.dropout
        (400, 0.5)
    """
    check_integer("words", words, 1)
    check_number("minutes", minutes, 0.0, above=True)
    check_choice("network", network, tuple(ROWS))
    asked = FitConfig(time_limit=minutes * 60.0, words=words)
    if words < SMALL_TEXT:
        small = None if network == "lstm" else TransformerConfig.from_depth(2, dropout=0.5)
        return replace(asked, network=small, training=TrainingConfig(time_limit=minutes * 60.0))
    rows = ROWS[network]
    row = [row for row in rows if _passes(row, words, minutes) >= row.passes or row is rows[0]][-1]
    sizes = replace(row.network, dropout=_dropout(network, _passes(row, words, minutes), words))
    # More passes than that learn the text by heart, and the rate should have fallen before.
    most = MOST_PASSES * (words / SMALL_TEXT) ** 0.5
    seconds = min(minutes * 60.0, most * words / row.words_per_second)
    training = TrainingConfig(time_limit=seconds, constant_share=row.constant_share)
    return replace(asked, network=sizes, cooccurrence=CooccurrenceConfig(dimension=row.width), training=training)


def default_network(num_tokens: int) -> LSTMConfig:
    """Return the network that suits a text where no time is given: one layer, with dropout against learning by heart.

    Args:
        num_tokens: Tokens in the training text.

    Examples:
        >>> default_network(10_000).hidden_dim, default_network(10_000).dropout
        (200, 0.5)
    """
    dropout = _dropout("lstm", default_passes(num_tokens), num_tokens)
    if num_tokens < SMALL_TEXT:
        return LSTMConfig(num_layers=1, dropout=dropout)
    return LSTMConfig(hidden_dim=300, num_layers=1, dropout=dropout)


def _passes(row: _Row, words: int, minutes: float) -> float:
    seconds = minutes * 60.0
    return (seconds - other_seconds(words, seconds)) * row.words_per_second / words


def _dropout(network: str, passes: float, words: int) -> float:
    if network == "lstm" and VERY_FEW_WORDS <= words < FEW_WORDS and passes >= DROPOUT["lstm"][-1][0]:
        return DROPOUT_OF_FEW
    return next((dropout for below, dropout in DROPOUT[network] if passes < below), MOST_DROPOUT)
