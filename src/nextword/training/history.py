"""How a training went, as plain frozen values without Keras.

Input: what training measured epoch by epoch. Output: values that a bundle stores and a user reads.
"""

from dataclasses import dataclass
from typing import Any, Literal

from nextword.training.config import TrainingConfig

StoppedBy = Literal["epochs", "patience", "time_limit", "interrupt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """What one epoch gave.

    Attributes:
        epoch: Number of the epoch, from 1.
        steps: Updates so far.
        learning_rate: Rate of the optimizer at its end.
        perplexity: Of the training text, dropout on, while learning; an estimate where the softmax is sampled.
        validation_perplexity: Of the validation text by the exact softmax; None without one.
        seconds: Wall-clock time since training began, validation included.
        words_per_second: Training tokens a second in this epoch, validation left out.
    """

    epoch: int
    steps: int
    learning_rate: float
    perplexity: float
    validation_perplexity: float | None
    seconds: float
    words_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """How training went.

    Attributes:
        epochs: One record an epoch.
        best_epoch: Epoch whose weights were kept, from 1; 0 for the weights that training began with.
        stopped_by: "epochs", "patience", "time_limit" or "interrupt".
        config: The options used, nothing left to derive.
        tokens: Number of training tokens.
        validation_tokens: Number of validation tokens; 0 for none.
    """

    epochs: tuple[EpochRecord, ...]
    best_epoch: int
    stopped_by: StoppedBy
    config: TrainingConfig
    tokens: int
    validation_tokens: int

    @property
    def seconds(self) -> float:
        """Wall-clock time of training."""
        return self.epochs[-1].seconds if self.epochs else 0.0

    @property
    def validation_perplexity(self) -> float | None:
        """Validation perplexity of the weights that were kept."""
        best = [record for record in self.epochs if record.epoch == self.best_epoch]
        return best[0].validation_perplexity if best else None


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """A new trained model and how it came about.

    Attributes:
        model: A `keras.Model` from ids (B, T) to logits (B, T, V).
        history: One record an epoch.
    """

    model: Any
    history: History
