"""What watches over `fit`: the learning rate, the loss, the clock, validation and the best weights.

Input: what Keras reports of every step and epoch. Output: the record of the training, its best weights, and the word to
stop.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from nextword.errors import TrainingDivergedError
from nextword.networks.network import array_of, network_weights
from nextword.runtime import perplexity_of
from nextword.training.config import TrainingConfig, learning_rate_at
from nextword.training.history import EpochRecord, StoppedBy
from nextword.training.progress import ProgressLine
from nextword.training.stateful import BatchDataset, StatefulNetwork
from nextword.training.validating import first_batches, planned_batches


class TrainingMonitor(keras.callbacks.Callback):
    """Sets the learning rate of every step, keeps the record, and says when to stop.

    Args:
        config: Resolved options.
        steps_per_epoch: Updates in an epoch.
        tokens_per_epoch: Tokens in an epoch.
        validation: Batches to validate on after every epoch; None for no validation.
        line: Where progress is drawn; None for silence.
        time_limit: Seconds after which training ends, that of the config or less; None for none.
    """

    def __init__(
        self,
        config: TrainingConfig,
        steps_per_epoch: int,
        tokens_per_epoch: int,
        validation: BatchDataset | None,
        line: ProgressLine | None,
        time_limit: float | None = None,
    ) -> None:
        """Start with an empty record."""
        super().__init__()
        self.config = config
        self.steps_per_epoch = steps_per_epoch
        self.tokens_per_epoch = tokens_per_epoch
        self.validation = validation
        self.line = line
        self.time_limit = time_limit
        self.records: list[EpochRecord] = []
        self.best_epoch = 0
        self.best_weights: dict[str, NDArray[np.float32]] | None = None
        self.stopped_by: StoppedBy = "epochs"
        self.interrupted = False
        self._step = self._epoch_step = 0
        self._rate = math.nan
        self._start = self._epoch_start = time.monotonic()
        self._validation_seconds = 0.0
        self._validation_is_planned = validation is None or time_limit is None
        self._first_step, self._first_step_end = 0, math.inf  # of this process: it is compiled in that step

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock of the epoch; before the first one, plan how much is validated in the time.

        Args:
            epoch: Number of the epoch, from 0.
            logs: Not used.
        """
        if not self._validation_is_planned:
            self._plan_validation()
        self._epoch_start = time.monotonic()
        self._epoch_step = 0

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Set the learning rate of the step.

        Args:
            batch: Number of the step in the epoch, from 0.
            logs: Not used.
        """
        planned = self._step / ((self.config.epochs or 1) * self.steps_per_epoch)
        limit = self.time_limit
        timed = 0.0 if limit is None else self._elapsed() / max(limit - self._for_validation(), 1e-9)
        rate = learning_rate_at(max(planned, timed), self.config)
        if rate != self._rate:
            assign_learning_rate(self.model, rate)
            self._rate = rate

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Check the loss, the clock and Ctrl-C.

        Args:
            batch: Number of the step in the epoch, from 0.
            logs: The mean `cross_entropy` of the epoch so far, in nats.

        Raises:
            TrainingDivergedError: If it is not finite; quantity "loss".
        """
        self._step += 1
        self._epoch_step += 1
        if self._first_step_end == math.inf:
            self._first_step, self._first_step_end = self._step, time.monotonic()
        cross_entropy = float(logs["cross_entropy"])
        self.check_finite("loss", "the loss", cross_entropy)
        if self.line is not None:
            share = self._epoch_step / self.steps_per_epoch
            perplexity, speed = perplexity_of(cross_entropy), self._words_per_second()
            self.line.step(len(self.records) + 1, share, perplexity, speed, self._left())
        if self.interrupted:
            self._stop("interrupt")
        elif self._time_is_over():
            self._stop("time_limit")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Validate, keep the weights if they are the best, and write the record.

        Args:
            epoch: Number of the epoch, from 0.
            logs: The mean `cross_entropy` of the epoch, in nats.

        Raises:
            TrainingDivergedError: If a weight or the validation loss is not finite; its name, or "validation loss", is
                the quantity.
        """
        speed = self._words_per_second()
        perplexity = perplexity_of(float(logs["cross_entropy"]))
        self.check_finite("loss", "the perplexity", perplexity)  # which a bundle keeps
        weights = network_weights(self.model.network)
        for name, array in weights.items():  # the loss of the last step was taken before its update
            self.check_finite(name, f"the weight {name!r}", float(np.abs(array).max()))
        validation_perplexity = None if self.validation is None else self._validate(self.validation)
        record = EpochRecord(
            epoch=len(self.records) + 1,
            steps=self._step,
            learning_rate=self._rate,
            perplexity=perplexity,
            validation_perplexity=validation_perplexity,
            seconds=self._elapsed(),
            words_per_second=speed,
        )
        earlier = [r.validation_perplexity for r in self.records if r.validation_perplexity is not None]
        is_best = validation_perplexity is None or validation_perplexity < min(earlier, default=math.inf)
        self.records.append(record)
        if is_best:
            self.best_epoch = record.epoch
            self.best_weights = None if validation_perplexity is None else weights
        if self.line is not None:
            self.line.epoch(record, is_best)
        if self.stopped_by == "epochs" and self.patience_is_over:
            self._stop("patience")
        elif self.stopped_by == "epochs" and not self.all_epochs_done and self._time_is_over():
            self._stop("time_limit")  # another epoch would be a step, and its validation

    def interrupt(self) -> None:
        """Let training end after the step that is under way."""
        self.interrupted = True

    @property
    def epoch_is_whole(self) -> bool:
        """Whether the last step was the last of its epoch."""
        return self._epoch_step == self.steps_per_epoch

    @property
    def all_epochs_done(self) -> bool:
        """Whether no epoch is left."""
        return len(self.records) >= (self.config.epochs or 1)

    @property
    def patience_is_over(self) -> bool:
        """Whether the last epochs were no better, so that training ends."""
        return len(self.records) - self.best_epoch >= (self.config.patience or 1)

    @property
    def best_step(self) -> int:
        """Updates after which the best weights were there; 0 for none yet."""
        return self.records[self.best_epoch - 1].steps if self.best_epoch else 0

    def snapshot(self) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]]]:
        """Return what this record goes on from: values of JSON, and arrays by name."""
        ended = bool(self.records) and self.records[-1].steps == self._step
        stopped_by = self.stopped_by
        if stopped_by == "interrupt":  # by this process alone: who goes on does not know of it
            stopped_by = "patience" if ended and self.patience_is_over else "epochs"
        progress = {
            "step": self._step,
            "epoch_step": 0 if ended else self._epoch_step,
            "seconds": self._elapsed(),
            "epoch_seconds": time.monotonic() - self._epoch_start,
            "validation_seconds": self._validation_seconds,
            "validation_batches": 0 if self.validation is None else len(self.validation),
            "records": [asdict(record) for record in self.records],
            "best_epoch": self.best_epoch,
            "stopped_by": stopped_by,
        }
        return progress, {f"best/{name}": array for name, array in (self.best_weights or {}).items()}

    def restore(self, progress: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from a snapshot, the clocks as if no time had passed since.

        Args:
            progress: Values of JSON that `snapshot` returned.
            arrays: Arrays by name that it returned; others are ignored.
        """
        now = time.monotonic()
        self._step, self._epoch_step = progress["step"], progress["epoch_step"]
        self._start = now - progress["seconds"]
        self._epoch_start = now - (progress["epoch_seconds"] if self._epoch_step else 0.0)
        self._validation_seconds = progress["validation_seconds"]
        batches = progress.get("validation_batches", 0)  # of older checkpoints: all
        if batches and self.validation is not None and not self._validation_is_planned:
            self.validation = first_batches(self.validation, batches)  # what the epochs so far were compared by
            self._validation_is_planned = True
        self.records = [EpochRecord(**values) for values in progress["records"]]
        self.best_epoch, self.stopped_by = progress["best_epoch"], progress["stopped_by"]
        best_weights = {name.removeprefix("best/"): a for name, a in arrays.items() if name.startswith("best/")}
        self.best_weights = best_weights or None

    def check_finite(self, quantity: str, title: str, value: float) -> None:
        """Check that a value is finite.

        Args:
            quantity: What it is a value of, for programs.
            title: The same in a sentence.
            value: The value.

        Raises:
            TrainingDivergedError: If it is infinite or not a number; with `quantity`, `step` and `learning_rate`.
        """
        if not math.isfinite(value):
            raise TrainingDivergedError(
                f"{title} became {value} at step {self._step}, learning rate {self._rate:g}. Train again with a lower "
                "`learning_rate` or `clip_norm`, and check that the embedding matrix is finite and not huge.",
                step=self._step,
                learning_rate=self._rate,
                quantity=quantity,
            )

    def _validate(self, batches: BatchDataset) -> float:
        start = time.monotonic()
        perplexity = perplexity_of(self._cross_entropy(batches))
        self._validation_seconds = time.monotonic() - start
        self.check_finite("validation loss", "the validation perplexity", perplexity)
        return perplexity

    def _cross_entropy(self, batches: BatchDataset) -> float:
        # The validation text is read from a zero state; afterwards training goes on from the state it was in.
        model: StatefulNetwork = self.model
        training_states = [array_of(state) for state in model.states]
        for state, value in zip(model.states, training_states, strict=True):
            state.assign(np.zeros_like(value))
        cross_entropy = model.evaluate(batches, verbose=0, return_dict=True)["cross_entropy"]
        for state, value in zip(model.states, training_states, strict=True):
            state.assign(value)
        return float(cross_entropy)

    def _plan_validation(self) -> None:
        """Take the time of one batch, after the one that is compiled, and keep as many as the time limit allows."""
        self._validation_is_planned = True
        whole, limit = self.validation, self.time_limit
        if whole is None or limit is None:
            return
        seconds = math.inf
        if limit > self._elapsed():
            first = first_batches(whole, 1)
            self._cross_entropy(first)
            start = time.monotonic()
            self._cross_entropy(first)
            seconds = time.monotonic() - start
            self.model.reset_metrics()  # as they are where an epoch begins
        batches = planned_batches(len(whole), seconds, limit)
        self.validation = first_batches(whole, batches)
        if seconds < math.inf:
            self._validation_seconds = seconds * len(self.validation)

    def _stop(self, reason: StoppedBy) -> None:
        self.stopped_by = reason
        self.model.stop_training = True

    def _for_validation(self) -> float:
        """Return the seconds to keep for the next validation: what the last one took, or as many steps of training."""
        steps = self._step - self._first_step
        if self.validation is None or self._validation_seconds or steps < 1:
            return self._validation_seconds
        seconds = len(self.validation) * (time.monotonic() - self._first_step_end) / steps
        return min(seconds, 0.5 * (math.inf if self.time_limit is None else self.time_limit))

    def _time_is_over(self) -> bool:
        """Return whether no time is left but for a validation."""
        return self.time_limit is not None and self._elapsed() + self._for_validation() >= self.time_limit

    def _left(self) -> float | None:
        """Return the seconds that are left, by the clock or by the steps that are planned; None where none tells."""
        by_clock = math.inf if self.time_limit is None else self.time_limit - self._elapsed()
        steps, by_steps = self._step - self._first_step, math.inf
        if steps >= 1:
            planned = (self.config.epochs or 1) * self.steps_per_epoch - self._step
            by_steps = planned * (time.monotonic() - self._first_step_end) / steps
        left = min(by_clock, by_steps)
        return None if left == math.inf else left

    def _elapsed(self) -> float:
        return time.monotonic() - self._start

    def _words_per_second(self) -> float:
        tokens = self.tokens_per_epoch * self._epoch_step / self.steps_per_epoch
        return tokens / max(time.monotonic() - self._epoch_start, 1e-9)


def assign_learning_rate(model: keras.Model, rate: float) -> None:
    """Set the learning rate between two steps; on JAX the step's state lives outside the variables until synced.

    Args:
        model: A compiled model.
        rate: The new learning rate.
    """
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()
    model.optimizer.learning_rate.assign(rate)
