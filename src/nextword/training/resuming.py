"""A training in Keras <-> a checkpoint, bit for bit, also in the middle of an epoch.

Input: the model as it is trained, its record and a folder. Output: checkpoints, and from one of them the same training
as if it had never stopped. Every variable of model and optimizer is saved, whatever they are.
"""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from nextword.errors import CheckpointError
from nextword.networks.network import array_of
from nextword.training.checkpoint import Checkpoint, Fingerprint, write_checkpoint
from nextword.training.monitor import TrainingMonitor
from nextword.training.stateful import BatchDataset, StatefulNetwork

# Without a choice of the user, a checkpoint within an epoch comes after this time, in seconds, and writing it takes at
# most this share of it.
SECONDS, MAX_SHARE = 60.0, 0.02


class Checkpointer(keras.callbacks.Callback):
    """Writes checkpoints; the last of the callbacks, so that one that raises or stops training comes before it.

    Args:
        monitor: The record of the training.
        folder: Where to.
        fingerprint: What the training depends on.
        seconds: Time between two checkpoints within an epoch; None for 60 s, or more where a checkpoint takes longer
            than 2% of that.
    """

    def __init__(self, monitor: TrainingMonitor, folder: Path, fingerprint: Fingerprint, seconds: float | None) -> None:
        """Start the clock."""
        super().__init__()
        self.monitor, self.folder, self.fingerprint, self.seconds = monitor, folder, fingerprint, seconds
        self._last, self._cost = time.monotonic(), 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Write a checkpoint within the epoch when it is time, or Ctrl-C has ended training.

        Args:
            batch: Number of the step in the epoch, from 0.
            logs: Not used.

        Raises:
            CheckpointFolderError: If it cannot be written; code "checkpoint-not-written".
            TrainingDivergedError: If a variable is not finite.
        """
        if self.monitor.epoch_is_whole:
            return  # the end of the epoch is near, and its record belongs to the same step
        waited = time.monotonic() - self._last
        due = waited >= (max(SECONDS, self._cost / MAX_SHARE) if self.seconds is None else self.seconds)
        if self.monitor.stopped_by == "interrupt" or (due and not self.model.stop_training):
            self._write(finished=False)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write a checkpoint after the epoch, unless Ctrl-C has cut it short: that one has been written.

        Args:
            epoch: Number of the epoch, from 0.
            logs: Not used.

        Raises:
            CheckpointFolderError: If it cannot be written; code "checkpoint-not-written".
            TrainingDivergedError: If a variable is not finite.
        """
        monitor = self.monitor
        if monitor.stopped_by != "interrupt":
            self._write(finished=self.model.stop_training or monitor.all_epochs_done)
        elif monitor.epoch_is_whole:
            self._write(finished=monitor.all_epochs_done or monitor.patience_is_over)

    def _write(self, finished: bool) -> None:
        start = time.monotonic()
        if hasattr(self.model, "jax_state_sync"):
            self.model.jax_state_sync()
        progress, arrays = self.monitor.snapshot()
        variables = variables_by_name(self.model, with_metrics=progress["epoch_step"] > 0)
        arrays |= {name: array_of(variable) for name, variable in variables.items()}
        for name, array in arrays.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                self.monitor.check_finite(name, repr(name), float(array[~np.isfinite(array)][0]))
        checkpoint = Checkpoint(
            step=progress["step"],
            finished=finished,
            progress=progress,
            arrays=arrays,
            fingerprint=self.fingerprint,
        )
        write_checkpoint(self.folder, checkpoint, self.monitor.best_step)
        self._last = time.monotonic()
        self._cost = self._last - start


class Restorer(keras.callbacks.Callback):
    """Puts a checkpoint back once more at the start of the first epoch, when `fit` has just cleared the metrics.

    Args:
        monitor: The record of the training.
        checkpoint: What to go on from.
    """

    def __init__(self, monitor: TrainingMonitor, checkpoint: Checkpoint) -> None:
        """Keep the checkpoint until it is put back."""
        super().__init__()
        self.monitor = monitor
        self.checkpoint: Checkpoint | None = checkpoint

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Put it back for the step that comes next.

        Args:
            epoch: Number of the epoch, from 0.
            logs: Not used.
        """
        if self.checkpoint is not None:
            restore(self.model, self.monitor, self.checkpoint)
            self.checkpoint = None


def restore(model: StatefulNetwork, monitor: TrainingMonitor, checkpoint: Checkpoint) -> None:
    """Set every variable of model and optimizer, and the record, to what they were.

    Args:
        model: The compiled model, its optimizer built.
        monitor: The record of the training.
        checkpoint: What they were.

    Raises:
        CheckpointError: If the checkpoint has other variables than the model; code "checkpoint-variables".
    """
    monitor.restore(checkpoint.progress, checkpoint.arrays)
    variables = variables_by_name(model, with_metrics=checkpoint.progress["epoch_step"] > 0)
    expected = {name: (tuple(variable.shape), str(variable.dtype)) for name, variable in variables.items()}
    saved = {name: (array.shape, str(array.dtype)) for name, array in checkpoint.arrays.items() if name in expected}
    if saved != expected:
        name = min(name for name in expected if saved.get(name) != expected[name])
        raise CheckpointError(
            f"the checkpoint of step {checkpoint.step} has {saved.get(name, 'nothing')} for {name!r}, and the model "
            f"{expected[name]}: it was written by other code. Give another folder, or delete its checkpoints.",
            code="checkpoint-variables",
            step=checkpoint.step,
            variable=name,
            saved=saved.get(name),
            expected=expected[name],
        )
    for name, variable in variables.items():
        variable.assign(np.array(checkpoint.arrays[name]))  # a copy: JAX would keep this memory, and train in it


def variables_by_name(model: StatefulNetwork, *, with_metrics: bool) -> dict[str, Any]:
    """Return every variable of model and optimizer by a name that is the same in every process.

    Keras numbers seed generators and optimizers by counters of the whole process; here equal names are numbered by
    their order in the model.

    Args:
        model: The compiled model, its optimizer built.
        with_metrics: Whether the metrics are among them, which matter within an epoch only.
    """
    metrics = {id(variable) for variable in model.metrics_variables}
    named = [
        (f"model/{re.sub(r'seed_generator_[0-9]+', 'seed_generator', variable.path)}", variable)
        for variable in model.variables
        if id(variable) not in metrics
    ]
    named += [(f"optimizer/{variable.name}", variable) for variable in model.optimizer.variables]
    named += [(f"metric/{variable.path}", variable) for variable in model.metrics_variables if with_metrics]
    variables: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for name, variable in named:
        counts[name] = counts.get(name, 0) + 1
        variables[name if counts[name] == 1 else f"{name}#{counts[name]}"] = variable
    return variables


def fit_from(
    resumed: Checkpoint | None,
    model: StatefulNetwork,
    dataset: BatchDataset,
    monitor: TrainingMonitor,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Train to the end from a checkpoint; the callbacks see one training, with the numbers it would have.

    Args:
        resumed: What to go on from; None to begin.
        model: The compiled model.
        dataset: Batches by epoch and step.
        monitor: The record of the training; called before the other callbacks.
        callbacks: Called in this order.

    Raises:
        CheckpointError: If the checkpoint has other variables than the model; code "checkpoint-variables".
    """
    model.optimizer.build(model.trainable_variables)
    first: list[keras.callbacks.Callback] = [monitor]
    epoch, step, epochs = 0, 0, monitor.config.epochs or 1
    if resumed is not None:
        restore(model, monitor, resumed)
        epoch, step = len(monitor.records), resumed.progress["epoch_step"]
        if monitor.line is not None:
            done = f"Had finished at step {resumed.step}" if resumed.finished else f"Resumed from step {resumed.step}"
            monitor.line.note(f"{done} (epoch {epoch if resumed.finished else epoch + 1}).")
        if resumed.finished:
            return
        first.append(Restorer(monitor, resumed))
    model.stop_training = False
    all_callbacks = _OneTraining(
        [*first, *callbacks], add_history=True, model=model, epochs=epochs, steps=len(dataset), verbose=0
    )
    all_callbacks.begin()
    if step:  # the rest of an epoch by itself: the length of an epoch is fixed in a call of `fit`
        dataset.go_to(epoch)
        dataset.on_epoch_end()  # as `fit` does before its first epoch
        all_callbacks.first_step = step
        rest = _RestOfEpoch(dataset, step)
        model.fit(rest, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=0, callbacks=all_callbacks)
        all_callbacks.first_step = 0
        epoch += 1
    if epoch < epochs and not model.stop_training:
        dataset.go_to(epoch)
        model.fit(dataset, initial_epoch=epoch, epochs=epochs, shuffle=False, verbose=0, callbacks=all_callbacks)
    all_callbacks.end()


class _OneTraining(keras.callbacks.CallbackList):
    """Callbacks that see one training, in however many calls of `fit`."""

    first_step = 0
    logs: Any = None

    def begin(self) -> None:
        super().on_train_begin()

    def end(self) -> None:
        super().on_train_end(self.logs)

    def on_train_begin(self, logs: Any = None) -> None:
        pass  # called by every `fit`

    def on_train_end(self, logs: Any = None) -> None:
        self.logs = logs

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        super().on_train_batch_begin(self.first_step + batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        super().on_train_batch_end(self.first_step + batch, logs)


class _RestOfEpoch(keras.utils.PyDataset):
    """The batches of an epoch after the first ones."""

    def __init__(self, dataset: BatchDataset, first_step: int) -> None:
        super().__init__()
        self.dataset, self.first_step = dataset, first_step

    def __len__(self) -> int:
        return len(self.dataset) - self.first_step

    def __getitem__(self, step: int) -> tuple[dict[str, Any], Any]:
        return self.dataset[self.first_step + step]
