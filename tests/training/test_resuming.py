"""Going on from a checkpoint gives what never stopping would have given, to the last bit."""

import dataclasses
import itertools
import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from refusals import refuses
from small_networks import MATRIX

import nextword as nw
from nextword.networks.kinds import kind_of
from nextword.networks.network import network_weights
from nextword.training.batches import Batches
from nextword.training.checkpoint import (
    digest_of,
    read_checkpoint,
    write_checkpoint,
)
from nextword.training.config import TrainingConfig
from nextword.training.resuming import variables_by_name
from nextword.training.stateful import BatchDataset, StatefulNetwork

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def files_of(*steps):
    return [f"ckpt-{step:010}.nextword" for step in steps]


# --- training: 3 epochs of 4 steps


IDS = np.tile(np.array([3, 4, 5, 6, 7, 8, 9, 10, 11, 2]), 16)
IDS[17] = 1
NETWORK = nw.LSTMConfig(hidden_dim=6, num_layers=1, dropout=0.3)
TRANSFORMER = nw.TransformerConfig(hidden_dim=8, num_layers=1, num_heads=2, context_length=20, dropout=0.3)
CONFIG = TrainingConfig(epochs=3, batch_size=4, sequence_length=10, learning_rate=5.0, negatives=6)
STEPS = 4


@pytest.fixture(scope="module")
def model():
    return nw.build_lstm(MATRIX, NETWORK)


def train(
    model,
    folder,
    callbacks=(),
    config=CONFIG,
    ids=IDS,
    validation_ids=IDS[:90],
    seconds=0.0,
    progress=False,
    **masks,
):
    return nw.train(
        model,
        ids,
        config,
        validation_ids=validation_ids,
        checkpoint_dir=folder,
        checkpoint_seconds=seconds,
        callbacks=callbacks,
        progress=progress,
        **masks,
    )


def outcome(result):
    """Return all of a result that must be the same after a resumption: the weights' digest, and the history."""
    records = [dataclasses.replace(record, seconds=0.0, words_per_second=0.0) for record in result.history.epochs]
    return digest_of(network_weights(result.model)), dataclasses.replace(result.history, epochs=tuple(records))


@pytest.fixture(scope="module")
def uninterrupted(model):
    return outcome(train(model, None, seconds=None))


class At(keras.callbacks.Callback):
    """Does something after a step of this process, and notes the numbers that `fit` gives."""

    def __init__(self, step=0, action=lambda: None):
        super().__init__()
        self.step, self.action = step, action
        self.steps, self.calls = 0, []

    def on_train_begin(self, logs=None):
        self.calls.append("begin")

    def on_train_end(self, logs=None):
        self.calls.append("end")

    def on_epoch_begin(self, epoch, logs=None):
        self.calls.append(("epoch begin", epoch))

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(("epoch end", epoch))

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(("step", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        assert self.calls[-1] == ("step", batch)
        if self.steps == self.step:
            self.action()


def fail():
    raise RuntimeError("of the user")


@pytest.mark.backend
def test_an_exception_of_the_user_is_resumed_from_in_mid_epoch(model, uninterrupted, tmp_path, capsys):
    with pytest.raises(RuntimeError, match="of the user"):
        train(model, tmp_path, [At(7, fail)])
    # Step 6 was the last whole one; 4, the end of an epoch, is the best so far and among the last three.
    assert names(tmp_path) == files_of(4, 5, 6)
    nw.build_lstm(MATRIX, NETWORK)  # Keras now numbers its seed generators differently
    callback = At()
    result = train(model, tmp_path, [callback], progress=True)
    assert outcome(result) == uninterrupted
    assert "step 6" in capsys.readouterr().err.splitlines()[0]
    epochs = [[("epoch begin", e), *[("step", s) for s in range(STEPS)], ("epoch end", e)] for e in (1, 2)]
    del epochs[0][1:3]
    assert callback.calls == ["begin", *itertools.chain(*epochs), "end"]
    best = [record.steps for record in result.history.epochs if record.epoch == result.history.best_epoch]
    assert names(tmp_path) == files_of(*sorted({10, 11, 12, *best}))

    # It has ended: called again, it returns its result, times included, and trains no more.
    again = At()
    finished = train(model, tmp_path, [again])
    assert outcome(finished) == uninterrupted
    assert finished.history == result.history
    assert again.calls == []


@pytest.mark.parametrize("step", [1, STEPS, pytest.param(3 * STEPS, marks=pytest.mark.slow)])
def test_it_may_fail_after_any_step(model, uninterrupted, tmp_path, step):
    with pytest.raises(RuntimeError, match="of the user"):
        train(model, tmp_path, [At(step, fail)])
    assert outcome(train(model, tmp_path)) == uninterrupted


@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_clusters_have_as_much_room_as_without_a_stop(backend, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)

    def batches_of(epoch):  # in a cluster there are 0, 40, 70, 33 and 0 targets of a batch
        targets = np.full((1, 4, 20), 3, np.int32)
        targets.reshape(-1)[: (0, 40, 70, 33, 0, 0)[epoch]] = 7
        return Batches(targets, targets, targets)

    whole, resumed = (BatchDataset(batches_of, (), 0, ((5, 9),)) for _ in range(2))
    for _ in range(4):
        whole.on_epoch_end()
    resumed.go_to(3)
    resumed.on_epoch_end()
    assert resumed.epoch == whole.epoch == 4
    assert resumed.most_in_clusters == whole.most_in_clusters == ((96,) if backend == "jax" else ())


def test_texts_in_random_order_are_resumed_from_in_mid_epoch(model, uninterrupted, tmp_path):
    starts = {"starts": np.arange(0, len(IDS), 10), "validation_starts": np.arange(0, 90, 10)}
    expected = outcome(train(model, None, seconds=None, **starts))
    assert expected != uninterrupted
    with pytest.raises(RuntimeError, match="of the user"):
        train(model, tmp_path, [At(7, fail)], **starts)
    assert outcome(train(model, tmp_path, **starts)) == expected


def test_a_transformer_under_adam_is_resumed_from_in_mid_epoch(tmp_path):
    model = nw.build_transformer(MATRIX, TRANSFORMER)
    config = dataclasses.replace(CONFIG, learning_rate=0.01, weight_decay=0.1, warmup_share=0.5)
    expected = outcome(train(model, None, config=config, seconds=None))
    assert expected[1].config.optimizer == "adam"
    with pytest.raises(RuntimeError, match="of the user"):
        train(model, tmp_path, [At(7, fail)], config=config)
    # Keys and values of the block before, and both moments of Adam, are in it.
    arrays = read_checkpoint(tmp_path / files_of(6)[0]).arrays
    states = [array for array in arrays.values() if array.shape == (4, 10, 8)]
    assert len(states) == 2
    assert all(array.any() for array in states)
    moments = [array for name, array in arrays.items() if name.startswith("optimizer/") and array.ndim]
    assert len(moments) == 2 * len(network_weights(model))
    assert outcome(train(model, tmp_path, config=config)) == expected


def test_without_steps_between_an_epoch_is_repeated(model, uninterrupted, tmp_path):
    with pytest.raises(RuntimeError, match="of the user"):
        train(model, tmp_path, [At(7, fail)], seconds=None)
    assert names(tmp_path) == files_of(4)
    callback = At()
    assert outcome(train(model, tmp_path, [callback], seconds=None)) == uninterrupted
    assert callback.calls[1:3] == [("epoch begin", 1), ("step", 0)]


@POSIX
@pytest.mark.parametrize("step", [6, 8])
def test_an_interrupt_writes_a_last_checkpoint(model, uninterrupted, tmp_path, step):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = train(model, tmp_path, [At(step - 1, lambda: signal.raise_signal(signal.SIGINT))], seconds=None)
    finally:
        signal.signal(signal.SIGINT, before)
    assert result.history.stopped_by == "interrupt"
    assert [record.steps for record in result.history.epochs] == [4, step]
    assert names(tmp_path)[-1] == files_of(step)[0]
    assert outcome(train(model, tmp_path)) == uninterrupted


def test_training_that_ended_early_has_ended(model, tmp_path):
    config = dataclasses.replace(CONFIG, patience=1, epochs=9)
    result = train(model, tmp_path, config=config, validation_ids=IDS[::-1])
    assert result.history.stopped_by == "patience"
    again = train(model, tmp_path, config=config, validation_ids=IDS[::-1])
    assert again.history == result.history
    assert outcome(again) == outcome(result)


def test_the_clock_goes_on_from_where_it_was(model, tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nextword.training.monitor.time", SimpleNamespace(monotonic=lambda: now[0]))

    class OneSecond(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            now[0] += 1.0

    config = dataclasses.replace(CONFIG, epochs=None, time_limit=10.0)
    with pytest.raises(RuntimeError, match="of the user"):
        train(model, tmp_path, [OneSecond(), At(4, fail)], config=config, validation_ids=None)
    now[0] += 1000.0  # nothing ran meanwhile
    history = train(model, tmp_path, [OneSecond()], config=config, validation_ids=None).history
    assert history.stopped_by == "time_limit"
    assert history.epochs[-1].steps in (10, 11)
    assert 9.0 <= history.seconds <= 12.0


@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # of the rate, by JAX
@pytest.mark.parametrize("rate", [1e30, 1e39])
def test_what_is_not_finite_never_reaches_the_disk(model, tmp_path, rate):
    config = dataclasses.replace(CONFIG, learning_rate=rate)
    with refuses(nw.TrainingDivergedError, "diverged", learning_rate=rate):
        train(model, tmp_path, config=config)
    for path in tmp_path.iterdir():
        for array in read_checkpoint(path).arrays.values():
            assert np.isfinite(array).all()


@pytest.fixture(scope="module")
def begun(model, tmp_path_factory):
    """Return a folder with the checkpoints of a training that was cut short."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.raises(RuntimeError, match="of the user"):
        train(model, folder, [At(2, fail)])
    return folder


def test_a_checkpoint_names_all_that_training_depends_on(begun):
    fingerprint = read_checkpoint(next(begun.iterdir())).fingerprint
    options = {field.name for field in dataclasses.fields(TrainingConfig)}
    assert options == fingerprint["training"].keys()
    assert {field.name for field in dataclasses.fields(nw.LSTMConfig)} <= fingerprint["network"].keys()
    assert fingerprint["texts"]["tokens"] == len(IDS)
    assert fingerprint["versions"]["backend"] == keras.backend.backend()
    assert fingerprint["versions"]["backend_version"][0].isdigit()


def with_network(**options):
    return nw.build_lstm(MATRIX, dataclasses.replace(NETWORK, **options))


def digest(array):
    return digest_of({"ids": array.astype(np.int32)})


OTHER_MATRIX = 2 * MATRIX
TALLER_MATRIX = np.vstack([MATRIX, MATRIX[:1]])


@pytest.mark.parametrize(
    ("change", "name", "pair"),
    [
        ({"config": dataclasses.replace(CONFIG, epochs=6)}, "training.epochs", (3, 6)),
        ({"config": dataclasses.replace(CONFIG, seed=1)}, "training.seed", (0, 1)),
        ({"ids": IDS[:-1]}, "texts.tokens", (160, 159)),
        ({"ids": IDS[::-1]}, "texts.ids", (digest(IDS), digest(IDS[::-1]))),
        ({"validation_ids": IDS[1:91]}, "texts.validation_ids", (digest(IDS[:90]), digest(IDS[1:91]))),
        ({"loss_mask": IDS > 2}, "texts.loss_mask", (None, digest_of({"loss_mask": IDS > 2}))),
        (
            {"validation_loss_mask": IDS[:90] > 2},
            "texts.validation_loss_mask",
            (None, digest_of({"loss_mask": IDS[:90] > 2})),
        ),
        ({"validation_ids": None}, "texts.validation_tokens", (90, 0)),
        ({"starts": [0, 10]}, "texts.starts", (None, digest_of({"starts": np.array([0, 10])}))),
        ({"model": (MATRIX, {"dropout": 0.2})}, "network.dropout", (0.3, 0.2)),
        ({"model": (MATRIX, {"seed": 1})}, "network.seed", (0, 1)),
        ({"model": (TALLER_MATRIX, {})}, "texts.vocabulary_size", (12, 13)),
        (
            {"model": (OTHER_MATRIX, {})},
            "network.embedding_matrix",
            tuple(digest_of({"embedding/table": matrix}) for matrix in (MATRIX, OTHER_MATRIX)),
        ),
    ],
)
def test_another_training_is_refused(model, begun, change, name, pair):
    if "model" in change:
        matrix, options = change["model"]
        change = {"model": nw.build_lstm(matrix, dataclasses.replace(NETWORK, **options))}
    before = names(begun)
    with refuses(nw.CheckpointError, "checkpoint-of-another-training") as caught:
        train(**{"model": model, "folder": begun, **change})
    assert caught.value.figures["differences"][name] == pair
    assert names(begun) == before


def test_another_version_is_refused(model, begun, monkeypatch):
    difference = {"versions.keras": (keras.__version__, "9.9.9")}
    monkeypatch.setattr(keras, "__version__", "9.9.9")
    with refuses(nw.CheckpointError, "checkpoint-of-another-training", differences=difference):
        train(model, begun)


def test_a_checkpoint_with_other_variables_is_refused(model, begun, tmp_path):
    path = sorted(begun.iterdir())[-1]
    checkpoint = read_checkpoint(path)
    arrays = {name: array for name, array in checkpoint.arrays.items() if name != "model/logits/bias"}
    write_checkpoint(tmp_path, dataclasses.replace(checkpoint, arrays=arrays), 0)
    with refuses(nw.CheckpointError, "checkpoint-variables", variable="model/logits/bias", saved=None):
        train(model, tmp_path)


def test_checkpoints_within_epochs_need_a_sensible_time(model, tmp_path):
    with refuses(nw.ConfigError, "option-out-of-range", option="checkpoint_seconds", value=-1.0):
        train(model, tmp_path / "never", seconds=-1.0)
    assert names(tmp_path) == []


# --- every variable is saved


@pytest.mark.parametrize("network", [NETWORK, TRANSFORMER])
@pytest.mark.parametrize("make", [keras.optimizers.AdamW, lambda: keras.optimizers.SGD(momentum=0.9)])
def test_every_variable_has_a_name_that_holds_in_every_process(make, network):
    all_names = []
    for _ in range(2):
        stateful = StatefulNetwork(kind_of(network).build(MATRIX, network), 4)
        stateful.compile(optimizer=make())
        stateful.optimizer.build(stateful.trainable_variables)
        variables = variables_by_name(stateful, with_metrics=True)
        expected = {id(v) for v in (*stateful.variables, *stateful.metrics_variables, *stateful.optimizer.variables)}
        assert {id(variable) for variable in variables.values()} == expected
        assert len(variables) == len(expected)
        all_names.append(list(variables))
    assert all_names[0] == all_names[1]
    assert {"model/embedding/table", "optimizer/learning_rate", "metric/cross_entropy/total"} <= set(all_names[0])


# --- real kills


WORKER = """
import json, os, signal, sys
import keras
import numpy as np
import nextword as nw
from nextword.networks.network import network_weights
from nextword.training.checkpoint import digest_of

class Kill(keras.callbacks.Callback):
    steps = 0
    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        if self.steps == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)

options = json.loads(sys.argv[3])
ids = np.array(options["ids"])
model = nw.build_lstm(np.array(options["matrix"], np.float32), nw.LSTMConfig(**options["network"]))
result = nw.train(
    model, ids, nw.TrainingConfig(**options["config"]), validation_ids=ids[:90], checkpoint_dir=sys.argv[1],
    checkpoint_seconds=0, callbacks=[Kill()], progress=False,
)
print(digest_of(network_weights(result.model)))
"""


@pytest.mark.slow
@POSIX
def test_a_killed_process_ends_with_the_same_weights(uninterrupted, tmp_path):
    options = {
        "ids": IDS.tolist(),
        "matrix": MATRIX.tolist(),
        "network": dataclasses.asdict(NETWORK),
        "config": dataclasses.asdict(CONFIG),
    }
    kills = (3, 6, 0)  # in the first epoch, in the second, and not at all
    for kill in kills:
        command = [sys.executable, "-c", WORKER, str(tmp_path), str(kill), json.dumps(options)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == (-signal.SIGKILL if kill else 0), done.stderr[-3000:]
    assert done.stdout.split()[-1] == uninterrupted[0]
