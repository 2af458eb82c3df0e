"""A network and token ids -> a new, trained network and the history of its training.

The given network is copied first: `train` changes nothing that it is given, and leaves the global random states alone.
"""

import os
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import ConfigError, InputError, InputTypeError, check_ids, check_mask, check_number
from nextword.networks.kinds import FACTORIES
from nextword.training.batches import (
    Batches,
    build_batches,
    build_negative_sampler,
    build_validation_batches,
    replace_once_seen,
)
from nextword.training.checkpoint import newest_checkpoint, reserved_folder
from nextword.training.config import History, TrainingConfig, TrainingResult

if TYPE_CHECKING:
    import keras


def train(
    model: "keras.Model",
    ids: ArrayLike,
    config: TrainingConfig = TrainingConfig(),
    *,
    loss_mask: ArrayLike | None = None,
    validation_ids: ArrayLike | None = None,
    validation_loss_mask: ArrayLike | None = None,
    checkpoint_dir: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float | None = None,
    callbacks: Sequence[Any] = (),
    progress: bool = True,
) -> TrainingResult:
    """Train a copy of a network on a stream of token ids, with a loss at every position.

    The stream is read in `batch_size` parallel rows, and the state is carried from window to window. After every epoch
    the validation perplexity is taken with the exact softmax, and the best weights are the ones returned. The first
    Ctrl-C ends training at the next step and returns the best so far; a second one raises.

    With a `checkpoint_dir`, a training that was interrupted or killed at any moment goes on from its last checkpoint
    when it is called again with the same arguments, in the middle of an epoch too, and ends with bit-identical weights
    and an identical history (times aside) on the same machine, cores and versions; under a `time_limit` the clock
    decides, and goes on from where it was. A training that had ended returns its result at once. A checkpoint is one
    file, `ckpt-0000000123.nextword` after step 123, whole at every moment, written after every epoch and in between;
    the last three and that of the best epoch are kept. With other arguments than it was begun with it is refused.

    Args:
        model: A network built by `build_lstm` or `build_transformer`; it is not changed.
        ids: Training stream of `encode_texts`, integers of shape (N,), N at least 2.
        config: Options; what is None is derived from N.
        loss_mask: Which tokens count in the loss and in the perplexity, booleans of shape (N,); the others are only
            read, as what comes before. None counts all.
        validation_ids: A stream of other texts, at least one window long; None trains all epochs without validation.
        validation_loss_mask: Which of those count, booleans of the same shape; None counts all.
        checkpoint_dir: Folder of the checkpoints of this training alone, made if missing; None for no checkpoints.
        checkpoint_seconds: Time between two checkpoints within an epoch, 0 for one after every step; None for 60 s, or
            more where writing them would take more than 2% of the time.
        callbacks: Keras callbacks that `fit` calls too, with the numbers of epochs and steps that they would have
            without an interruption. What they keep in themselves is in no checkpoint.
        progress: Draw a line with perplexity and words per second on standard error.

    Returns:
        A new network and its `History` (perplexities, seconds, words per second).

    Raises:
        InputError: If the ids are too few, outside the vocabulary, or the validation text is shorter than a window; if
            `loss_mask` or `validation_loss_mask` does not fit its ids, or no token counts.
        InputTypeError: If `model` was not built by nextword, or the ids are no integers.
        TrainingDivergedError: If the loss becomes infinite or not a number.
        CheckpointError: If the checkpoints are of another training, with the differences one by one, or all damaged.
        CheckpointFolderError: If they cannot be written, or another training writes there.
        ConfigError: If `checkpoint_seconds` is no number of at least 0, or comes without a `checkpoint_dir`.

    References:
        Mikolov et al., 2010, Recurrent neural network based language model; Jean et al., 2015, On Using Very Large
        Target Vocabulary for Neural Machine Translation (the sampled softmax).
    """
    if not hasattr(model, "network_config"):
        raise InputTypeError(f"expected a model built by {FACTORIES}; received a {type(model).__name__}.")
    vocabulary_size = int(model.output_shape[-1])
    stream = check_ids(ids, vocabulary_size)
    if len(stream) < 2:
        raise InputError(f"training needs at least 2 tokens; received {len(stream)}. Give more text.")
    learnt = check_mask("loss_mask", loss_mask, stream)
    held_out = None if validation_ids is None else check_ids(validation_ids, vocabulary_size)
    judged = check_mask("validation_loss_mask", validation_loss_mask, held_out)
    held_out_tokens = 0 if held_out is None else len(held_out)
    options = config.resolve(len(stream), vocabulary_size, held_out_tokens, model.network_config)
    if held_out is not None and len(held_out) < (options.sequence_length or 1):
        raise InputError(
            f"the validation text has {len(held_out)} tokens, fewer than one window of {options.sequence_length}. "
            "Give more text, lower `sequence_length`, or train without validation: `validation_ids=None` in `train`, "
            "`held_out=0` in `fit`."
        )
    if checkpoint_seconds is not None:
        check_number("checkpoint_seconds", checkpoint_seconds, 0.0)
        if checkpoint_dir is None:
            raise ConfigError("`checkpoint_seconds` needs a `checkpoint_dir`: give the folder of the checkpoints too.")
    with nullcontext() if checkpoint_dir is None else reserved_folder(checkpoint_dir) as folder:
        streams = _Streams(stream, learnt, held_out, judged)
        return _train(model, streams, options, folder, checkpoint_seconds, callbacks, progress)


class _Streams(NamedTuple):
    """What is learnt from, and what is validated on; each with the tokens that count, None for all."""

    ids: NDArray[np.int32]
    loss_mask: NDArray[np.bool_] | None
    validation_ids: NDArray[np.int32] | None
    validation_loss_mask: NDArray[np.bool_] | None


def _train(
    model: "keras.Model",
    streams: _Streams,
    config: TrainingConfig,
    folder: Path | None,
    checkpoint_seconds: float | None,
    callbacks: Sequence[Any],
    progress: bool,
) -> TrainingResult:
    import keras  # after the checks: seconds long, and a refusal should not wait for it

    from nextword.networks.network import assign_weights, copy_network
    from nextword.training.callbacks import Conductor, first_interrupt_stops
    from nextword.training.carried import BatchDataset, CarriedNetwork, build_optimizer
    from nextword.training.progress import ProgressLine
    from nextword.training.resuming import Checkpointer, fingerprint_of, fit_from

    resumed = None
    if folder is not None:
        fingerprint = fingerprint_of(model, config, *streams)
        resumed = newest_checkpoint(folder, fingerprint)
    batch_size, window, epochs = config.batch_size or 1, config.sequence_length or 1, config.epochs or 1
    network = copy_network(model)
    stream, held_out = streams.ids, streams.validation_ids
    vocabulary_size = int(model.output_shape[-1])

    def as_read_in(epoch: int) -> NDArray[np.int32]:
        return replace_once_seen(stream, config.unknown_rate, np.random.default_rng([config.seed, epoch]))

    # Counted as an epoch is read: `<unk>` is frequent there, also where the text has none.
    sampler = build_negative_sampler(as_read_in(0), vocabulary_size, config.negatives) if config.negatives else None

    def batches_of(epoch: int) -> Batches:
        return build_batches(as_read_in(epoch), batch_size, window, streams.loss_mask)

    dataset = BatchDataset(batches_of, sampler, config.seed)
    validation = None
    if held_out is not None:
        held_out_batches = build_validation_batches(held_out, batch_size, window, streams.validation_loss_mask)
        validation = BatchDataset(lambda epoch: held_out_batches, None, config.seed)
    carried = CarriedNetwork(network, batch_size, sampler, config.precision or "float32")
    carried.compile(optimizer=build_optimizer(config), jit_compile=keras.backend.backend() == "jax")
    line = ProgressLine(None if config.time_limit else epochs) if progress else None
    conductor = Conductor(config, len(dataset), len(stream), validation, line)
    seen = list(callbacks)
    if folder is not None:
        seen.append(Checkpointer(conductor, folder, fingerprint, checkpoint_seconds))
    with first_interrupt_stops(conductor):
        fit_from(resumed, carried, dataset, conductor, seen)
    if conductor.best_weights is not None:
        assign_weights(network, conductor.best_weights)
    history = History(
        epochs=tuple(conductor.records),
        best_epoch=conductor.best_epoch,
        stopped_by=conductor.stopped_by,
        config=config,
        tokens=len(stream),
        validation_tokens=0 if held_out is None else len(held_out),
    )
    return TrainingResult(network, history)
