"""A network and token ids -> a new, trained network and the history of its training.

Input: a Keras model, streams of ids and options. Output: a new Keras model, and what every epoch gave. The model is
copied first: `train` changes nothing that it is given, and leaves the global random states alone.
"""

import os
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import (
    ConfigError,
    InputError,
    check_bool,
    check_config,
    check_ids,
    check_items,
    check_kind,
    check_mask,
    check_number,
    check_starts,
)
from nextword.files.paths import check_path
from nextword.networks.clusters import cluster_spans, cutoffs_of
from nextword.networks.kinds import network_config
from nextword.training.batches import (
    Batches,
    NegativeSampler,
    build_batches,
    build_validation_batches,
    find_once_seen,
    negative_samplers_of,
    replace_once_seen,
)
from nextword.training.checkpoint import newest_checkpoint
from nextword.training.checkpoint_folder import reserved_folder
from nextword.training.config import TrainingConfig
from nextword.training.epochs import EpochBatches, EpochStream, draw_epoch
from nextword.training.history import History, TrainingResult
from nextword.training.interrupt import first_interrupt_calls
from nextword.training.order import TextStream, shuffle_texts
from nextword.training.progress import ProgressLine, Watch

if TYPE_CHECKING:
    import keras

# Tokens above which batches are cut step by step: those of a whole epoch take 20 bytes a token.
LONG_STREAM = 1 << 20


def train(
    model: "keras.Model",
    ids: ArrayLike,
    config: TrainingConfig = TrainingConfig(),
    *,
    loss_mask: ArrayLike | None = None,
    starts: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    validation_ids: ArrayLike | None = None,
    validation_loss_mask: ArrayLike | None = None,
    validation_starts: ArrayLike | None = None,
    checkpoint_dir: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float | None = None,
    callbacks: Sequence[Any] = (),
    progress: bool | Watch = True,
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
        model: A network built by `build_lstm`, `build_transformer` or `train`, also one that Keras saved and loaded, or
            cloned; it is not changed.
        ids: Training stream of `encode_texts`, integers of shape (N,), N at least 2.
        config: Options; what is None is derived from N.
        loss_mask: Which tokens count in the loss and in the perplexity, booleans of shape (N,); the others are only
            read, as what comes before. None counts all.
        starts: Positions at which texts begin, integers of shape (K,), ascending from 0: they are learnt in a new order
            every epoch, in runs that begin from a fresh start. None means one text.
        counts: How often each token was seen in all texts, also earlier ones, integers of shape (V,): those of 1 are
            what `unknown_rate` is about. None counts `ids`.
        validation_ids: A stream of other texts, at least one window long; None trains all epochs without validation.
        validation_loss_mask: Which of those count, booleans of the same shape; None counts all.
        validation_starts: Positions at which those texts begin: each is read from a fresh start. None reads the stream
            as one text.
        checkpoint_dir: Folder of the checkpoints of this training alone, made if missing; None for no checkpoints.
        checkpoint_seconds: Time between two checkpoints within an epoch, 0 for one after every step; None for 60 s, or
            more where writing them would take more than 2% of the time.
        callbacks: Keras callbacks that `fit` calls too, with the numbers of epochs and steps that they would have
            without an interruption. What they keep in themselves is in no checkpoint.
        progress: Draw a line with perplexity, words per second and the time left on standard error. `fit` gives its own
            line, and its clock.

    Returns:
        A new network and its `History` (perplexities, seconds, words per second).

    Raises:
        InputError: If the ids are too few, outside the vocabulary, or the validation text is shorter than a window; if
            `loss_mask` or `validation_loss_mask` does not fit its ids, or no token counts; if starts are no ascending
            positions from 0, or counts are not V integers; codes "training-text-too-short",
            "validation-text-too-short", "starts-do-not-fit", "counts-do-not-fit", and those of `check_ids` and
            `check_mask`.
        InputTypeError: If `model` was not built by nextword, or the ids are no integers; codes "not-a-network" and
            those of `check_ids`; if another argument is of another kind, code "wrong-kind".
        TrainingDivergedError: If the loss, a weight or the validation loss becomes infinite or not a number; its figure
            `quantity` says which.
        CheckpointError: If the checkpoints are of another training, with the `differences` one by one, or all damaged;
            codes "checkpoint-of-another-training", "checkpoints-damaged" and "checkpoint-variables".
        CheckpointFolderError: If they cannot be written, or another training writes there; codes
            "checkpoint-folder-is-file", "checkpoint-folder-not-writable", "checkpoint-folder-in-use" and
            "checkpoint-not-written".
        ConfigError: If `checkpoint_seconds` is no number of at least 0, or comes without a `checkpoint_dir`; codes
            "option-out-of-range" and "checkpoint-folder-missing".

    References:
        Mikolov et al., 2010, Recurrent neural network based language model; Jean et al., 2015, On Using Very Large
        Target Vocabulary for Neural Machine Translation (the sampled softmax).
    """
    network = network_config(model)
    check_config(config, TrainingConfig)
    if not isinstance(progress, Watch):
        check_bool("progress", progress)
    if checkpoint_dir is not None:
        check_checkpoint_dir(checkpoint_dir)
    _check_callbacks(callbacks)
    vocabulary_size = int(model.output_shape[-1])
    stream = check_ids(ids, vocabulary_size)
    if len(stream) < 2:
        raise InputError(
            f"`ids`: training needs at least 2 tokens; received {len(stream)}. Give more text.",
            code="training-text-too-short",
            tokens=len(stream),
            minimum=2,
        )
    stream_mask = check_mask("loss_mask", loss_mask, stream)
    validation = None if validation_ids is None else check_ids(validation_ids, vocabulary_size, name="validation_ids")
    validation_mask = check_mask("validation_loss_mask", validation_loss_mask, validation)
    stream_starts = check_starts("starts", starts, stream)
    starts_of_validation = check_starts("validation_starts", validation_starts, validation)
    validation_tokens = 0 if validation is None else len(validation)
    options = config.resolve(len(stream), vocabulary_size, validation_tokens, network)
    if validation is not None and validation_tokens < (options.sequence_length or 1):
        raise InputError(
            f"`validation_ids` has {validation_tokens} tokens, fewer than one window of {options.sequence_length}. "
            "Give more text, lower `sequence_length`, or train without validation: `validation_ids=None` in `train`, "
            "`held_out=0` in `fit`.",
            code="validation-text-too-short",
            tokens=validation_tokens,
            minimum=options.sequence_length,
        )
    if checkpoint_seconds is not None:
        check_number("checkpoint_seconds", checkpoint_seconds, 0.0)
        if checkpoint_dir is None:
            raise ConfigError(
                "`checkpoint_seconds` needs a `checkpoint_dir`: give the folder of the checkpoints too.",
                code="checkpoint-folder-missing",
                checkpoint_seconds=checkpoint_seconds,
            )
    with nullcontext() if checkpoint_dir is None else reserved_folder(checkpoint_dir) as folder:
        once_seen = find_once_seen(stream, _checked_counts(counts, vocabulary_size))
        texts = TextStream(stream, stream_mask, stream_starts, once_seen)
        held_out = None if validation is None else TextStream(validation, validation_mask, starts_of_validation)
        return _train(model, texts, held_out, options, folder, checkpoint_seconds, callbacks, progress)


def check_checkpoint_dir(checkpoint_dir: object) -> None:
    """Refuse what cannot be the path of a folder of checkpoints, without a look at the disk.

    Args:
        checkpoint_dir: What was given.

    Raises:
        InputTypeError: If it is no path; code "path-kind".
        InputError: If it is empty or has a NUL character; codes "path-empty" and "path-nul".
    """
    check_kind("checkpoint_dir", checkpoint_dir, (str, os.PathLike), "Give the path of a folder.", code="path-kind")
    if checkpoint_dir == "":
        raise InputError("`checkpoint_dir` is the path of a folder; received ''. Give a name.", code="path-empty")
    check_path(checkpoint_dir)


def _check_callbacks(callbacks: Sequence[Any]) -> None:
    import keras  # which the model has loaded

    check_items("callbacks", callbacks, keras.callbacks.Callback)


def _checked_counts(counts: ArrayLike | None, vocabulary_size: int) -> NDArray[np.int64] | None:
    """Return counts after checking them; None for None."""
    if counts is None:
        return None
    try:
        array = np.asarray(counts)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.shape != (vocabulary_size,) or array.dtype.kind not in "iu":
        raise InputError(
            f"`counts` are one integer for each of {vocabulary_size} tokens; received {array.dtype} of shape "
            f"{array.shape}.",
            code="counts-do-not-fit",
            shape=array.shape,
            vocabulary_size=vocabulary_size,
        )
    return array.astype(np.int64)


def _train(
    model: "keras.Model",
    stream: TextStream,
    validation_stream: TextStream | None,
    config: TrainingConfig,
    folder: Path | None,
    checkpoint_seconds: float | None,
    callbacks: Sequence[Any],
    progress: bool | Watch,
) -> TrainingResult:
    import keras  # after the checks: seconds long, and a refusal should not wait for it

    from nextword.networks.network import assign_weights, copy_network
    from nextword.training.fingerprint import fingerprint_of
    from nextword.training.monitor import TrainingMonitor
    from nextword.training.resuming import Checkpointer, fit_from
    from nextword.training.stateful import BatchDataset, StatefulNetwork, build_optimizer

    resumed = None
    if folder is not None:
        fingerprint = fingerprint_of(model, config, stream, validation_stream)
        resumed = newest_checkpoint(folder, fingerprint)
    batch_size, window, epochs = config.batch_size or 1, config.sequence_length or 1, config.epochs or 1
    network = copy_network(model)
    vocabulary_size = int(model.output_shape[-1])

    def stream_of(epoch: int) -> TextStream:
        generator = np.random.default_rng([config.seed, epoch])
        read = replace_once_seen(stream, config.unknown_rate, generator)
        return shuffle_texts(read, generator) if config.shuffle else read._replace(starts=None)

    spans = cluster_spans(cutoffs_of(network_config(network), vocabulary_size), vocabulary_size)

    def long_stream_of(epoch: int) -> EpochStream:
        generator = np.random.default_rng([config.seed, epoch])
        return draw_epoch(stream, config.unknown_rate, bool(config.shuffle), generator)

    is_long = len(stream.ids) > LONG_STREAM
    # Counted as an epoch is read: `<unk>` is frequent there, also where the text has none.
    samplers: tuple[NegativeSampler, ...] = ()
    if config.negatives:
        if is_long:
            counts = long_stream_of(0).counts(vocabulary_size)
        else:
            counts = np.bincount(stream_of(0).ids, minlength=vocabulary_size)
        samplers = negative_samplers_of(counts, config.negatives, spans)

    def batches_of(epoch: int) -> Batches | EpochBatches:
        if is_long:
            return EpochBatches(long_stream_of(epoch), batch_size, window)
        return build_batches(stream_of(epoch), batch_size, window)

    dataset = BatchDataset(batches_of, samplers, config.seed, spans)
    validation = None
    if validation_stream is not None:
        validation_batches = build_validation_batches(validation_stream, batch_size, window)
        validation = BatchDataset(lambda epoch: validation_batches, (), config.seed, spans)
    stateful = StatefulNetwork(network, batch_size, samplers, config.precision or "float32")
    stateful.compile(optimizer=build_optimizer(config), jit_compile=keras.backend.backend() == "jax")
    watch = progress if isinstance(progress, Watch) else Watch(ProgressLine(None) if progress else None)
    if watch.line is not None:
        watch.line.plan(None if config.time_limit else epochs)
    limits = [limit for limit in (config.time_limit, watch.limit()) if limit is not None]
    monitor = TrainingMonitor(config, len(dataset), len(stream.ids), validation, watch.line, min(limits, default=None))
    all_callbacks = list(callbacks)
    if folder is not None:
        all_callbacks.append(Checkpointer(monitor, folder, fingerprint, checkpoint_seconds))
    with first_interrupt_calls(monitor.interrupt):
        if resumed is not None:
            watch.resumed(resumed.progress["seconds"])
        fit_from(resumed, stateful, dataset, monitor, all_callbacks)
    if monitor.best_weights is not None:
        assign_weights(network, monitor.best_weights)
    history = History(
        epochs=tuple(monitor.records),
        best_epoch=monitor.best_epoch,
        stopped_by=monitor.stopped_by,
        config=config,
        tokens=len(stream.ids),
        validation_tokens=0 if validation_stream is None else len(validation_stream.ids),
    )
    return TrainingResult(network, history)
