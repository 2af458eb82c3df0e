"""Options of training as a frozen value without Keras, and the learning rate that follows from them.

Input: what the user chose, and the number of tokens. Output: options with nothing left to derive.
"""

import math
from dataclasses import dataclass, replace
from typing import get_args

from nextword.errors import (
    ConfigError,
    check_bool,
    check_choice,
    check_config,
    check_integer,
    check_number,
    take_plain_numbers,
)
from nextword.networks.config import Optimizer, Precision
from nextword.networks.kinds import NetworkConfig
from nextword.networks.lstm.config import LSTMConfig
from nextword.training.processor import multiplies_bfloat16

# Below this vocabulary the exact softmax costs no more than a sampled one.
SAMPLED_FROM_VOCABULARY = 4096

# Tokens below which a text is small: its best network and batches differ.
SMALL_TEXT = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """How a network is trained: on clipped gradients, the rate constant first, then falling to 5%.

    What is None is derived from the number of tokens by `resolve`.

    Args:
        epochs: Passes over the text at most.
        batch_size: Rows B read in parallel.
        sequence_length: Tokens T between two updates; the state is carried on, gradients end here.
        optimizer: "sgd", plain stochastic gradient descent, or "adam", AdamW; None takes the one that suits the
            network, SGD for an LSTM and Adam for a Transformer.
        learning_rate: Rate of the optimizer at the start, after any warming up.
        weight_decay: Share of each weight that Adam takes away a step, times the rate.
        warmup_share: Share of the steps in which the rate rises from 0; None for none with SGD, 0.02 with Adam.
        clip_norm: Largest norm of the gradient of the mean loss, all weights together.
        constant_share: Share of the steps before the rate begins to fall.
        negatives: Tokens that a target is compared with (sampled softmax), of a vocabulary in clusters half as many of
            the head and a quarter of each cluster; 0 compares with the whole vocabulary.
        precision: Of the numbers in large products, "float32" or "bfloat16"; sums, gates and weights are float32. None
            takes bfloat16 for texts of 100,000 tokens or more where the processor multiplies it in hardware.
        unknown_rate: Chance that a word seen once is read as `<unk>`, drawn anew each epoch; only where the text has no
            `<unk>` of its own.
        shuffle: Whether texts come in a new random order every epoch, in runs that begin from a fresh start; only where
            it is known where they begin.
        patience: Epochs without a better validation perplexity after which training ends.
        time_limit: Seconds after which training ends, the rate falling in time, validation included; of a long
            validation text only what takes a tenth of them is read then. Of training alone, `FitConfig.time_limit` is
            for all of `fit`. None for no limit.
        seed: Seed of everything drawn in training.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range, or `weight_decay` is given to SGD; codes
            "option-out-of-range" and "weight-decay-without-adam".

    Examples:
        >>> TrainingConfig(epochs=3, seed=7).clip_norm
        0.25

    References:
        Jean et al., 2015, On Using Very Large Target Vocabulary for Neural Machine Translation (`negatives`); Kingma
        and Ba, 2015, Adam.
    """

    epochs: int | None = None
    batch_size: int | None = None
    sequence_length: int | None = None
    optimizer: Optimizer | None = None
    learning_rate: float | None = None
    weight_decay: float = 0.0
    warmup_share: float | None = None
    clip_norm: float = 0.25
    constant_share: float = 0.6
    negatives: int | None = None
    precision: Precision | None = None
    unknown_rate: float = 0.5
    shuffle: bool = True
    patience: int | None = None
    time_limit: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        take_plain_numbers(self)
        check_choice("precision", self.precision, (None, "float32", "bfloat16"))
        check_choice("optimizer", self.optimizer, (None, "sgd", "adam"))
        check_number("weight_decay", self.weight_decay, 0.0, 1.0)
        if self.weight_decay and self.optimizer == "sgd":
            raise ConfigError(
                f'`weight_decay` is an option of "adam"; received {self.weight_decay} with the `optimizer` "sgd". '
                "Leave one of the two out.",
                code="weight-decay-without-adam",
                weight_decay=self.weight_decay,
                optimizer=self.optimizer,
            )
        if self.warmup_share is not None:
            check_number("warmup_share", self.warmup_share, 0.0, 1.0)
        for name in ("epochs", "batch_size", "sequence_length", "patience"):
            if getattr(self, name) is not None:
                check_integer(name, getattr(self, name), 1, 1_000_000)
        if self.learning_rate is not None:
            check_number("learning_rate", self.learning_rate, 0.0, above=True)
        check_number("clip_norm", self.clip_norm, 0.0, above=True)
        check_number("constant_share", self.constant_share, 0.0, highest=1.0)
        if self.negatives is not None:
            check_integer("negatives", self.negatives, 0, 1_000_000)
        check_number("unknown_rate", self.unknown_rate, 0.0, highest=1.0)
        check_bool("shuffle", self.shuffle)
        if self.time_limit is not None:
            check_number("time_limit", self.time_limit, 0.0, above=True)
        check_integer("seed", self.seed, 0)

    def resolve(
        self,
        num_tokens: int,
        vocabulary_size: int,
        num_validation_tokens: int = 0,
        network: NetworkConfig = LSTMConfig(),
    ) -> "TrainingConfig":
        """Return a config in which nothing but `time_limit` is None.

        Short texts get short windows, few rows and a lower rate, and as many epochs as make 300 steps; with 100,000
        tokens or more the figures are those of the large data sets. `patience` grows where epochs have few steps, and
        where a time limit keeps the rate high for long.

        Args:
            num_tokens: Tokens in the training stream.
            vocabulary_size: V.
            num_validation_tokens: Tokens in the validation stream; 0 for none.
            network: Config of the network that is trained.

        Raises:
            InputTypeError: If `network` is no config of a network; code "wrong-kind".
            ConfigError: If a number is of the wrong kind or too small (code "option-out-of-range"), or `weight_decay`
                is given and the network takes SGD (code "weight-decay-without-adam").

        Examples:
            >>> TrainingConfig().resolve(1_000_000, 10_000).batch_size
            20
        """
        check_integer("num_tokens", num_tokens, 1)
        check_integer("vocabulary_size", vocabulary_size, 1)
        check_integer("num_validation_tokens", num_validation_tokens, 0)
        check_config(network, get_args(NetworkConfig), "network")
        rows = 40 if num_tokens >= 4_000_000 else 20 if num_tokens >= SMALL_TEXT else min(8, num_tokens // 100)
        batch_size = self.batch_size or max(1, rows)
        window = max(1, min(network.window, num_tokens // (10 * batch_size), num_validation_tokens or network.window))
        sequence_length = self.sequence_length or window
        steps = math.ceil(num_tokens / (batch_size * sequence_length))
        sampled = 2048 if vocabulary_size >= SAMPLED_FROM_VOCABULARY else 0
        repays_bfloat16 = num_tokens >= SMALL_TEXT and multiplies_bfloat16()
        optimizer = self.optimizer or network.optimizer
        # The gradient of few tokens is noisy, by the root of their number.
        rate = (20.0 if optimizer == "sgd" else 1e-3) * min(1.0, math.sqrt(batch_size * sequence_length / 280))
        return replace(
            self,
            epochs=self.epochs or _epochs(num_tokens, steps, self.time_limit),
            batch_size=batch_size,
            sequence_length=sequence_length,
            optimizer=optimizer,
            learning_rate=self.learning_rate or rate,
            warmup_share=(0.02 if optimizer == "adam" else 0.0) if self.warmup_share is None else self.warmup_share,
            negatives=sampled if self.negatives is None else self.negatives,
            precision=self.precision or ("bfloat16" if repays_bfloat16 else "float32"),
            patience=self.patience or max(10 if self.time_limit else 4, math.ceil(100 / steps)),
        )


def default_passes(num_tokens: int) -> int:
    """Return the passes over a text where no time is given: more than 12 only learn a small text by heart.

    A larger text gets 3 million tokens, 2 minutes on two cores, but at least 4 passes.

    Args:
        num_tokens: Tokens in the text.

    Examples:
        >>> default_passes(1_000), default_passes(500_000), default_passes(10_000_000)
        (12, 6, 4)
    """
    return min(12, max(4, 3_000_000 // num_tokens))


def _epochs(num_tokens: int, steps: int, time_limit: float | None) -> int:
    if time_limit is not None and num_tokens >= SMALL_TEXT:
        return 1000  # the clock decides
    return max(math.ceil(300 / steps), default_passes(num_tokens))


def learning_rate_at(progress: float, config: TrainingConfig) -> float:
    """Return the learning rate at a point of training.

    It rises from 0 for `warmup_share`, is constant up to `constant_share`, and then falls in a line to 5%.

    Args:
        progress: Share of training that is done, 0 to 1.
        config: Resolved options.

    Examples:
        >>> config = TrainingConfig(learning_rate=20.0, constant_share=0.6)
        >>> [round(learning_rate_at(progress, config), 1) for progress in (0.0, 0.6, 0.8, 1.0)]
        [20.0, 20.0, 10.5, 1.0]
    """
    start = config.learning_rate or 0.0
    progress = min(progress, 1.0)  # the clock may pass the time limit while validating
    warmup = config.warmup_share or 0.0
    if progress < warmup:
        start *= max(progress / warmup, 0.01)
    if progress <= config.constant_share:
        return start
    return start * (1.0 - 0.95 * (progress - config.constant_share) / (1.0 - config.constant_share))
