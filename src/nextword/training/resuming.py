"""A training in Keras <-> a checkpoint, bit for bit, also in the middle of an epoch.

Enters: the model as it is trained, its record and a folder. Leaves: checkpoints, and from one of them the same training
as if it had never stopped. What is saved is found by itself: every variable of model and optimizer, whatever they are.
"""

import json
import os
import platform
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from nextword.errors import CheckpointError
from nextword.networks.network import network_config, network_weights
from nextword.training.callbacks import Conductor
from nextword.training.carried import BatchDataset, CarriedNetwork
from nextword.training.checkpoint import Checkpoint, Fingerprint, digest_of, write_checkpoint
from nextword.training.config import TrainingConfig

# Without a choice of the user, a checkpoint within an epoch comes after this time and takes at most this share of it.
SECONDS, MOST = 60.0, 0.02
# What changes the last bits of products, and so a whole training.
SWITCHES = (
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_NUM_INTRAOP_THREADS",
    "XLA_FLAGS",
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
)


def fingerprint_of(
    model: keras.Model,
    config: TrainingConfig,
    stream: NDArray[np.int32],
    loss_mask: NDArray[np.bool_] | None = None,
    held_out: NDArray[np.int32] | None = None,
    held_out_loss_mask: NDArray[np.bool_] | None = None,
) -> Fingerprint:
    """Return everything that the result of a training depends on, by group and name.

    Args:
        model: The network as it was given.
        config: Resolved options.
        stream: Training ids of shape (N,).
        loss_mask: Which of them count; None for all.
        held_out: Validation ids; None for none.
        held_out_loss_mask: Which of them count; None for all.
    """
    weights = network_weights(model)
    embedding = {name: array for name, array in weights.items() if name.startswith("embedding/")}
    found = {
        "texts": {
            "tokens": len(stream),
            "ids": digest_of({"ids": stream}),
            "loss_mask": None if loss_mask is None else digest_of({"loss_mask": loss_mask}),
            "validation_tokens": 0 if held_out is None else len(held_out),
            "validation_ids": None if held_out is None else digest_of({"ids": held_out}),
            "validation_loss_mask": None
            if held_out_loss_mask is None
            else digest_of({"loss_mask": held_out_loss_mask}),
            "vocabulary_size": int(model.output_shape[-1]),
        },
        "training": asdict(config),
        "network": {
            "kind": type(network_config(model)).__name__,
            **asdict(network_config(model)),
            "embedding_matrix": digest_of(embedding),
            "initial_weights": digest_of(weights),
        },
        "versions": {
            "nextword": _nextword_version(),
            "keras": keras.__version__,
            "numpy": np.__version__,
            "backend": keras.backend.backend(),
            "backend_version": getattr(sys.modules.get(keras.backend.backend()), "__version__", None),
            "floats": f"{keras.config.floatx()}, {keras.config.dtype_policy().name}",
            "processor": platform.machine(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
            **{name: os.environ.get(name) for name in SWITCHES},
        },
    }
    fingerprint: Fingerprint = json.loads(json.dumps(found))  # as it will be read back
    return fingerprint


class Checkpointer(keras.callbacks.Callback):
    """Writes checkpoints; the last of the callbacks, so that one that raises or stops training comes before it.

    Args:
        conductor: The record of the training.
        folder: Where to.
        fingerprint: What the training depends on.
        seconds: Time between two checkpoints within an epoch; None for 60 s, or more where a checkpoint takes longer
            than 2% of that.
    """

    def __init__(self, conductor: Conductor, folder: Path, fingerprint: Fingerprint, seconds: float | None) -> None:
        """Start the clock."""
        super().__init__()
        self.conductor, self.folder, self.fingerprint, self.seconds = conductor, folder, fingerprint, seconds
        self._last, self._cost = time.monotonic(), 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Write a checkpoint within the epoch when it is time, or Ctrl-C has ended training."""
        if self.conductor.epoch_is_whole:
            return  # the end of the epoch is near, and its record belongs to the same step
        waited = time.monotonic() - self._last
        due = waited >= (max(SECONDS, self._cost / MOST) if self.seconds is None else self.seconds)
        if self.conductor.stopped_by == "interrupt" or (due and not self.model.stop_training):
            self._write(finished=False)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write a checkpoint after the epoch, unless Ctrl-C has cut it short: that one has been written."""
        conductor = self.conductor
        if conductor.stopped_by != "interrupt":
            self._write(finished=self.model.stop_training or conductor.all_epochs_done)
        elif conductor.epoch_is_whole:
            self._write(finished=conductor.all_epochs_done or conductor.patience_is_over)

    def _write(self, finished: bool) -> None:
        start = time.monotonic()
        if hasattr(self.model, "jax_state_sync"):
            self.model.jax_state_sync()
        progress, arrays = self.conductor.snapshot()
        within = progress["epoch_step"] > 0
        variables = variables_by_name(self.model, with_metrics=within)
        arrays |= {name: np.array(keras.ops.convert_to_numpy(variable)) for name, variable in variables.items()}
        for name, array in arrays.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                self.conductor.check_finite(f"{name!r}", float(array[~np.isfinite(array)][0]))
        checkpoint = Checkpoint(
            step=progress["step"],
            finished=finished,
            progress=progress,
            arrays=arrays,
            fingerprint=self.fingerprint,
        )
        write_checkpoint(self.folder, checkpoint, self.conductor.best_step)
        self._last = time.monotonic()
        self._cost = self._last - start


class Restorer(keras.callbacks.Callback):
    """Puts a checkpoint back once more at the start of the first epoch, when `fit` has just cleared the metrics.

    Args:
        conductor: The record of the training.
        checkpoint: What to go on from.
    """

    def __init__(self, conductor: Conductor, checkpoint: Checkpoint) -> None:
        """Keep the checkpoint until it is put back."""
        super().__init__()
        self.conductor = conductor
        self.checkpoint: Checkpoint | None = checkpoint

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Put it back for the step that comes next."""
        if self.checkpoint is not None:
            restore(self.model, self.conductor, self.checkpoint)
            self.checkpoint = None


def restore(model: CarriedNetwork, conductor: Conductor, checkpoint: Checkpoint) -> None:
    """Set every variable of model and optimizer, and the record, to what they were.

    Raises:
        CheckpointError: If the checkpoint has other variables than the model.
    """
    conductor.restore(checkpoint.progress, checkpoint.arrays)
    variables = variables_by_name(model, with_metrics=checkpoint.progress["epoch_step"] > 0)
    expected = {name: (tuple(variable.shape), str(variable.dtype)) for name, variable in variables.items()}
    found = {name: (array.shape, str(array.dtype)) for name, array in checkpoint.arrays.items() if name in expected}
    if found != expected:
        name = min(name for name in expected if found.get(name) != expected[name])
        raise CheckpointError(
            f"the checkpoint of step {checkpoint.step} has {found.get(name, 'nothing')} for {name!r}, and the model "
            f"{expected[name]}: it was written by other code. Give another folder, or delete its checkpoints."
        )
    for name, variable in variables.items():
        variable.assign(np.array(checkpoint.arrays[name]))  # a copy: JAX would keep this memory, and train in it


def variables_by_name(model: CarriedNetwork, *, with_metrics: bool) -> dict[str, Any]:
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
    times: dict[str, int] = {}
    for name, variable in named:
        times[name] = times.get(name, 0) + 1
        variables[name if times[name] == 1 else f"{name}#{times[name]}"] = variable
    return variables


def fit_from(
    resumed: Checkpoint | None,
    model: CarriedNetwork,
    dataset: BatchDataset,
    conductor: Conductor,
    callbacks: Sequence[keras.callbacks.Callback],
) -> None:
    """Train to the end from a checkpoint; the callbacks see one training, with the numbers it would have.

    Args:
        resumed: What to go on from; None to begin.
        model: The compiled model.
        dataset: Batches by epoch and step.
        conductor: The record of the training; called before the other callbacks.
        callbacks: Called in this order.
    """
    model.optimizer.build(model.trainable_variables)
    first: list[keras.callbacks.Callback] = [conductor]
    epoch, step, epochs = 0, 0, conductor.config.epochs or 1
    if resumed is not None:
        restore(model, conductor, resumed)
        epoch, step = len(conductor.records), resumed.progress["epoch_step"]
        if conductor.line is not None:
            done = f"Had finished at step {resumed.step}" if resumed.finished else f"Resumed from step {resumed.step}"
            conductor.line.note(f"{done} (epoch {epoch if resumed.finished else epoch + 1}).")
        if resumed.finished:
            return
        first.append(Restorer(conductor, resumed))
    model.stop_training = False
    seen = _OneTraining(
        [*first, *callbacks], add_history=True, model=model, epochs=epochs, steps=len(dataset), verbose=0
    )
    seen.begin()
    if step:  # the rest of an epoch by itself: the length of an epoch is fixed in a call of `fit`
        dataset.epoch = epoch
        dataset.on_epoch_end()  # as `fit` does before its first epoch
        seen.first_step = step
        rest = _RestOfEpoch(dataset, step)
        model.fit(rest, initial_epoch=epoch, epochs=epoch + 1, shuffle=False, verbose=0, callbacks=seen)
        seen.first_step = 0
        epoch += 1
    if epoch < epochs and not model.stop_training:
        dataset.epoch = epoch
        model.fit(dataset, initial_epoch=epoch, epochs=epochs, shuffle=False, verbose=0, callbacks=seen)
    seen.end()


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


def _nextword_version() -> str | None:
    try:
        return version("nextword")
    except PackageNotFoundError:  # used from its source
        return None
