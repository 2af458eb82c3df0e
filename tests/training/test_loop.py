"""Training: a loss at every position, a state that is really carried, and a given model that stays as it is."""

import dataclasses
import math
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from refusals import refuses
from small_networks import VOCABULARY_SIZE, all_values, build, equal_weights, numpy_of, with_large_weights

from nextword.errors import ConfigError, InputError, InputTypeError, TrainingDivergedError
from nextword.networks.kinds import network_config
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.network import network_weights
from nextword.networks.transformer.config import TransformerConfig
from nextword.training.batches import build_batches, build_negative_sampler, build_validation_batches
from nextword.training.config import TrainingConfig, learning_rate_at
from nextword.training.loop import train
from nextword.training.order import TextStream
from nextword.training.progress import ProgressLine, Watch as Watched
from nextword.training.stateful import StatefulNetwork

CYCLE = np.array([3, 4, 5, 6, 7, 8, 9, 10, 11, 2])
IDS = np.tile(CYCLE, 24)  # 6 steps of 4 rows and 10 tokens
SMALL = TrainingConfig(epochs=1, batch_size=4, sequence_length=10, learning_rate=5.0)
# So slow that no float32 loss sees it.
STANDSTILL = dataclasses.replace(SMALL, learning_rate=1e-12, unknown_rate=0.0)

# By kind, without dropout; the window of the Transformer has two blocks of 5.
NETWORKS = {
    "lstm": LSTMConfig(hidden_dim=6, num_layers=1, dropout=0.0),
    "transformer": TransformerConfig(hidden_dim=8, num_layers=2, num_heads=2, context_length=10, dropout=0.0),
}


@pytest.fixture(scope="module")
def small_model():
    """Return a network that no test changes, by the very promise of `train`."""
    return build(NETWORKS["lstm"])


@pytest.fixture(scope="module", params=NETWORKS)
def lively_network(request):
    """Return a network of each kind with weights so large that every token matters."""
    config = NETWORKS[request.param]
    return with_large_weights(build(config), config)


class Watch(keras.callbacks.Callback):
    """Notes what it sees, and does something before every step."""

    def __init__(self, before_step=lambda step: None):
        super().__init__()
        self.before_step = before_step
        self.means, self.rates, self.weights, self.calls = [], [], [], []

    def on_train_begin(self, logs=None):
        self.calls.append("train")
        self.samplers = self.model.samplers

    def on_train_batch_begin(self, batch, logs=None):
        self.before_step(len(self.means) + 1)

    def on_train_batch_end(self, batch, logs=None):
        if hasattr(self.model, "jax_state_sync"):  # while `fit` runs on JAX, variables hold their values only after it
            self.model.jax_state_sync()
        self.means.append(float(logs["cross_entropy"]))
        self.rates.append(float(numpy_of(self.model.optimizer.learning_rate)))

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(epoch)
        self.weights.append(network_weights(self.model.network))


def timeless(history):
    records = tuple(dataclasses.replace(r, seconds=0.0, words_per_second=0.0) for r in history.epochs)
    return dataclasses.replace(history, epochs=records)


def nats_by_hand(model, ids, config, loss_mask=None, *, carried=True):
    """Return sums of nats and numbers of targets, both of shape (S,), from a zero state in each row, or window."""
    batches = build_batches(TextStream(np.asarray(ids, np.int32), loss_mask), config.batch_size, config.sequence_length)
    steps, rows, window = batches.inputs.shape
    shape = (rows, -1) if carried else (rows * steps, window)
    inputs = batches.inputs.swapaxes(0, 1).reshape(shape)
    logits = model.predict_on_batch(inputs).astype(np.float64)
    logs = logits - logits.max(axis=-1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=-1, keepdims=True))
    logs = logs.reshape(rows, steps, window, -1).swapaxes(0, 1)  # (S, B, T, V)
    chosen = np.take_along_axis(logs, batches.targets[..., None], axis=-1)[..., 0]
    is_target = batches.targets != 0
    return -np.where(is_target, chosen, 0.0).sum(axis=(1, 2)), is_target.sum(axis=(1, 2))


def perplexity_by_hand(model, ids, config, loss_mask=None):
    nats, numbers = nats_by_hand(model, ids, config, loss_mask)
    return math.exp(nats.sum() / numbers.sum())


# --- one longer training of each kind, looked at from several sides


EPOCHS = 10
WHOLE = {
    "lstm": dataclasses.replace(SMALL, epochs=EPOCHS, patience=EPOCHS, negatives=8),
    "transformer": dataclasses.replace(
        SMALL, epochs=EPOCHS, patience=EPOCHS, negatives=8, learning_rate=0.03, weight_decay=0.01
    ),
}
ONCE_SEEN = np.where(IDS == 4, 3, IDS)
ONCE_SEEN[17] = 4  # replaced by `<unk>` in some epochs
ONCE_SEEN[100] = 0  # `<pad>` may stand in the stream


@pytest.fixture(scope="module", params=NETWORKS)
def whole(request):
    """Train for some epochs; return everything that went in, copies of it from before, and what came out."""
    model = build(dataclasses.replace(NETWORKS[request.param], dropout=0.1))
    ids, validation_ids = ONCE_SEEN.copy(), ONCE_SEEN[:90].copy()
    config = WHOLE[request.param]
    before = all_values(model)
    watch = Watch()
    result = train(model, ids, config, validation_ids=validation_ids, callbacks=[watch], progress=False)
    return SimpleNamespace(
        kind=request.param,
        model=model,
        ids=ids,
        validation_ids=validation_ids,
        config=config,
        before=before,
        watch=watch,
        result=result,
    )


@pytest.mark.backend
def test_the_loss_falls_far_below_the_unigram_entropy(whole):
    shares = np.bincount(whole.ids)[2:] / np.count_nonzero(whole.ids)
    unigram_perplexity = math.exp(-sum(share * math.log(share) for share in shares if share))
    assert unigram_perplexity > 8
    history = whole.result.history
    assert history.validation_perplexity < 2.2
    assert perplexity_by_hand(whole.result.model, whole.ids, whole.config) < 2.2


@pytest.mark.backend
def test_what_was_given_stays_as_it_was(whole):
    assert equal_weights(all_values(whole.model), whole.before)
    np.testing.assert_array_equal(whole.ids, ONCE_SEEN)
    np.testing.assert_array_equal(whole.validation_ids, ONCE_SEEN[:90])
    assert whole.config == WHOLE[whole.kind]
    assert whole.result.model is not whole.model


@pytest.mark.backend
def test_equal_arguments_give_equal_results(whole):
    again = train(whole.model, whole.ids, whole.config, validation_ids=whole.validation_ids, progress=False)
    assert equal_weights(again.model, whole.result.model)
    assert timeless(again.history) == timeless(whole.result.history)


def test_every_weight_has_learnt(whole):
    start = network_weights(whole.model)
    for name, array in network_weights(whole.result.model).items():
        assert not np.array_equal(array, start[name]), name


def test_the_result_is_a_network_like_the_given_one(whole):
    assert network_config(whole.result.model) == network_config(whole.model)
    assert [layer.name for layer in whole.result.model.layers] == [layer.name for layer in whole.model.layers]
    assert whole.result.model.output_shape == (None, None, VOCABULARY_SIZE)


@pytest.mark.backend
def test_the_learning_rate_follows_the_plan(whole):
    steps = 6 * EPOCHS
    planned = [learning_rate_at(step / steps, whole.result.history.config) for step in range(steps)]
    np.testing.assert_allclose(whole.watch.rates, planned, rtol=1e-6)
    assert max(whole.watch.rates) == pytest.approx(whole.config.learning_rate)
    assert whole.watch.rates[-1] < 0.1 * whole.config.learning_rate
    assert (whole.watch.rates[0] < whole.watch.rates[5]) == (whole.kind == "transformer")  # Adam warms up
    ends = [record.learning_rate for record in whole.result.history.epochs]
    np.testing.assert_allclose(ends, planned[5::6], rtol=1e-6)


def test_the_history(whole):
    history = whole.result.history
    assert [record.epoch for record in history.epochs] == list(range(1, EPOCHS + 1))
    assert [record.steps for record in history.epochs] == list(range(6, 6 * EPOCHS + 1, 6))
    assert (history.stopped_by, history.tokens, history.validation_tokens) == ("epochs", 240, 90)
    assert history.config == whole.config.resolve(240, VOCABULARY_SIZE, 90, network_config(whole.model))
    assert history.config.optimizer == {"lstm": "sgd", "transformer": "adam"}[whole.kind]
    perplexities = [record.validation_perplexity for record in history.epochs]
    assert history.best_epoch == 1 + int(np.argmin(perplexities))
    assert history.validation_perplexity == min(perplexities)
    seconds = [record.seconds for record in history.epochs]
    assert seconds == sorted(seconds)
    assert history.seconds == seconds[-1]
    means = np.array(whole.watch.means).reshape(EPOCHS, 6)
    np.testing.assert_allclose([record.perplexity for record in history.epochs], np.exp(means[:, -1]), rtol=1e-6)


def test_callbacks_of_the_user_are_called(whole):
    assert whole.watch.calls == ["train", *range(EPOCHS)]
    assert len(whole.watch.means) == 6 * EPOCHS


def test_the_best_weights_are_returned(whole):
    best = whole.watch.weights[whole.result.history.best_epoch - 1]
    assert equal_weights(whole.result.model, best)


@pytest.mark.backend
def test_validation_perplexity_is_exact(whole):
    # Where training is sampled; and in one row, so that a short text is not cut where nothing ends.
    one_row = dataclasses.replace(whole.config, batch_size=1)
    exact = perplexity_by_hand(whole.result.model, whole.validation_ids, one_row)
    assert whole.result.history.validation_perplexity == pytest.approx(exact, rel=1e-4)


# --- a loss at every position, and the state


@pytest.mark.backend
def test_the_loss_is_taken_at_every_position_from_the_state_carried_on(lively_network):
    ids = np.random.default_rng(1).integers(2, VOCABULARY_SIZE, 37)  # 2 windows of 4 rows and 5 tokens, 3 are padding
    config = dataclasses.replace(STANDSTILL, sequence_length=5)
    watch = Watch()
    train(lively_network, ids, config, callbacks=[watch], progress=False)
    nats, numbers = nats_by_hand(lively_network, ids, config)
    assert numbers.tolist() == [20, 17]
    first, mean = watch.means  # the second one is the mean of both steps
    np.testing.assert_allclose([20 * first, 37 * mean - 20 * first], nats, rtol=1e-5)
    # From a zero state in each window, the second step would cost something else.
    forgetful, _ = nats_by_hand(lively_network, ids, config, carried=False)
    assert abs(forgetful[1] - nats[1]) > 0.1


@pytest.fixture(scope="module")
def plain(small_model):
    """Train for two epochs on everything, without validation."""
    return train(small_model, IDS, dataclasses.replace(SMALL, epochs=2), progress=False)


@pytest.mark.backend
def test_validation_does_not_disturb_training(small_model, plain):
    config = dataclasses.replace(SMALL, epochs=2, patience=1)
    validated = train(small_model, IDS, config, validation_ids=IDS[:70], progress=False)
    assert validated.history.best_epoch == 2
    assert equal_weights(plain.model, validated.model)
    assert [r.perplexity for r in plain.history.epochs] == [r.perplexity for r in validated.history.epochs]
    # Without validation nothing is compared: all epochs are trained, the last weights kept.
    assert plain.history.best_epoch == 2
    assert plain.history.validation_perplexity is None
    assert (plain.history.stopped_by, plain.history.validation_tokens) == ("epochs", 0)


# --- where texts begin


STARTS = np.arange(0, len(IDS), 10)


@pytest.mark.backend
def test_validation_reads_each_text_from_a_fresh_start(lively_network):
    # Texts of 4 tokens, so that windows begin and end within them, and all of a text is seen by a Transformer too.
    ids = np.random.default_rng(2).integers(3, VOCABULARY_SIZE, 72)
    ids[3::4] = 2
    starts = np.arange(0, 72, 4)
    config = dataclasses.replace(STANDSTILL, batch_size=1)
    result = train(lively_network, IDS, config, validation_ids=ids, validation_starts=starts, progress=False)
    nats = sum(math.log(perplexity_by_hand(lively_network, ids[start : start + 4], config)) for start in starts)
    assert result.history.validation_perplexity == pytest.approx(math.exp(nats / len(starts)), rel=1e-4)
    assert perplexity_by_hand(lively_network, ids, config) != pytest.approx(math.exp(nats / len(starts)), rel=1e-3)


def test_texts_come_in_another_order_every_epoch(small_model, plain):
    config = dataclasses.replace(SMALL, epochs=2)
    first, second = (train(small_model, IDS, config, starts=STARTS, progress=False) for _ in range(2))
    assert equal_weights(first.model, second.model)
    assert not equal_weights(first.model, plain.model)
    # One text has no order, and who does not want another one gets that of the texts.
    one = train(small_model, IDS, config, starts=[0], progress=False)
    unchanged = train(small_model, IDS, dataclasses.replace(config, shuffle=False), starts=STARTS, progress=False)
    assert equal_weights(one.model, plain.model)
    assert equal_weights(unchanged.model, plain.model)


def test_words_of_earlier_texts_are_no_unknown_words(small_model):
    once = np.concatenate([np.arange(3, 11), np.full(40, 11)])
    config = dataclasses.replace(SMALL, unknown_rate=1.0)
    as_read = np.where(once == 11, 11, 1)
    counts = np.full(VOCABULARY_SIZE, 9)
    before = train(small_model, as_read, config, progress=False)
    assert equal_weights(train(small_model, once, config, progress=False).model, before.model)
    kept = train(small_model, once, config, counts=counts, progress=False)
    whole = train(small_model, once, dataclasses.replace(config, unknown_rate=0.0), progress=False)
    assert equal_weights(kept.model, whole.model)


# --- sampled softmax and clipping


@pytest.mark.backend
def test_one_step_by_the_exact_softmax_by_many_negatives_and_with_a_clipped_gradient(lively_network):
    free = dataclasses.replace(SMALL, sequence_length=60, learning_rate=1.0, clip_norm=1e6, optimizer="sgd")
    start = network_weights(lively_network)

    def one_step(**options):
        config = dataclasses.replace(free, **options)
        result = train(lively_network, IDS, config, progress=False)
        assert result.history.epochs[0].steps == 1
        weights = network_weights(result.model)
        change = np.concatenate([(weights[name] - start[name]).astype(np.float64).ravel() for name in start])
        return math.log(result.history.epochs[0].perplexity), change

    exact, change = one_step()
    assert exact == pytest.approx(math.log(perplexity_by_hand(lively_network, IDS, free)), rel=1e-5)
    sampled, sampled_change = one_step(negatives=4000 * VOCABULARY_SIZE)
    assert sampled == pytest.approx(exact, abs=0.01)
    assert np.linalg.norm(sampled_change - change) < 0.02 * np.linalg.norm(change)
    # The whole gradient is clipped, all weights together.
    _, clipped = one_step(clip_norm=0.05)
    assert np.linalg.norm(change) > 0.2
    assert np.linalg.norm(clipped) == pytest.approx(0.05, rel=1e-3)
    np.testing.assert_allclose(clipped, change * 0.05 / np.linalg.norm(change), atol=1e-5)


def test_negatives_are_counted_as_an_epoch_is_read(small_model):
    stream = np.concatenate([np.arange(3, 11), np.full(40, 11)])
    as_read = np.where(stream == 11, 11, 1).astype(np.int32)  # all words seen once are read as `<unk>`
    watch = Watch()
    config = dataclasses.replace(SMALL, negatives=6, unknown_rate=1.0)
    train(small_model, stream, config, callbacks=[watch], progress=False)
    expected = build_negative_sampler(as_read, VOCABULARY_SIZE, 6)
    (sampler,) = watch.samplers
    np.testing.assert_array_equal(sampler.log_expected, expected.log_expected)
    assert sampler.num_negatives == 6


# --- what ends training


def test_training_ends_when_validation_gets_no_better(small_model):
    watch = Watch()
    config = dataclasses.replace(SMALL, epochs=9, patience=2)
    result = train(small_model, IDS, config, validation_ids=IDS[::-1], callbacks=[watch], progress=False)
    perplexities = [record.validation_perplexity for record in result.history.epochs]
    assert perplexities == sorted(perplexities)
    assert len(perplexities) == 3
    assert (result.history.stopped_by, result.history.best_epoch) == ("patience", 1)
    assert result.history.validation_perplexity == perplexities[0]
    assert equal_weights(result.model, watch.weights[0])
    assert not equal_weights(watch.weights[0], watch.weights[2])


def test_the_time_limit_ends_training_and_lowers_the_rate(small_model, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nextword.training.monitor.time", SimpleNamespace(monotonic=lambda: now[0]))

    def one_second(step):
        now[0] += 1.0

    config = dataclasses.replace(SMALL, epochs=None, time_limit=10.0)
    watch = Watch(one_second)
    history = train(small_model, IDS, config, callbacks=[watch], progress=False).history
    assert history.stopped_by == "time_limit"
    assert [record.steps for record in history.epochs] == [6, 10]
    planned = [learning_rate_at(second / 10, config) for second in range(10)]
    np.testing.assert_allclose(watch.rates, planned, rtol=1e-6)
    assert (history.seconds, history.epochs[0].words_per_second) == (10.0, 40.0)


def test_a_time_limit_validates_on_what_it_allows(small_model, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nextword.training.monitor.time", SimpleNamespace(monotonic=lambda: now[0]))
    read = []

    evaluate = StatefulNetwork.evaluate

    def slowly(self, batches, **options):
        read.append(len(batches))
        now[0] += 1.0 * len(batches)
        return evaluate(self, batches, **options)

    def one_second(step):
        now[0] += 1.0

    monkeypatch.setattr(StatefulNetwork, "evaluate", slowly)
    whole = len(build_validation_batches(TextStream(IDS), SMALL.batch_size, SMALL.sequence_length))
    assert whole > 3
    config = dataclasses.replace(SMALL, epochs=None, time_limit=30.0)
    history = train(small_model, IDS, config, validation_ids=IDS, callbacks=[Watch(one_second)], progress=False).history
    assert read[:2] == [1, 1]  # one is compiled, one is timed
    assert set(read[2:]) == {3}  # a tenth of the limit
    assert history.stopped_by == "time_limit"
    assert 27.0 <= history.seconds <= 30.0
    read.clear()
    train(small_model, IDS, dataclasses.replace(SMALL, epochs=1), validation_ids=IDS, progress=False)
    assert read == [whole]  # without a limit all of it


def test_a_watch_may_have_less_time_than_the_options(small_model, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nextword.training.monitor.time", SimpleNamespace(monotonic=lambda: now[0]))
    config = dataclasses.replace(SMALL, epochs=None, time_limit=50.0)
    drawn = []

    class Line(ProgressLine):
        def step(self, epoch, share, perplexity, words_per_second, left=None):
            drawn.append(left)

    def one_second(step):
        now[0] += 1.0

    watch = Watched(Line(None, lambda text: None, redraw=True), lambda: 4.0)
    history = train(small_model, IDS, config, callbacks=[Watch(one_second)], progress=watch).history
    assert (history.stopped_by, history.epochs[-1].steps) == ("time_limit", 4)
    assert history.config.time_limit == 50.0  # what checkpoints are told apart by
    assert drawn == pytest.approx([3.0, 2.0, 1.0, 0.0])
    watch = Watched(limit=lambda: 0.0)
    history = train(small_model, IDS, config, validation_ids=IDS, callbacks=[Watch(one_second)], progress=watch).history
    assert history.epochs[-1].steps == 1  # the least that can be


@pytest.mark.usefixtures("in_the_foreground")
def test_the_first_interrupt_returns_the_best_so_far(small_model):
    before = signal.getsignal(signal.SIGINT)
    config = dataclasses.replace(SMALL, epochs=5)
    watch = Watch(lambda step: signal.raise_signal(signal.SIGINT) if step == 9 else None)
    result = train(small_model, IDS, config, validation_ids=IDS[:50], callbacks=[watch], progress=False)
    assert result.history.stopped_by == "interrupt"
    assert [record.steps for record in result.history.epochs] == [6, 9]
    assert equal_weights(result.model, watch.weights[result.history.best_epoch - 1])
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_train_too(small_model, plain):
    with ThreadPoolExecutor(1) as pool:
        config = dataclasses.replace(SMALL, epochs=2)
        result = pool.submit(train, small_model, IDS, config, progress=False).result()
    assert equal_weights(result.model, plain.model)


@pytest.mark.parametrize(
    ("options", "validation_ids", "quantity", "step"),
    [
        ({"learning_rate": 1e30}, None, "loss", 2),
        ({"learning_rate": 1e30, "sequence_length": 60}, IDS, "validation loss", 1),
        ({"learning_rate": 1e39, "sequence_length": 60}, None, "embedding/table", 1),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # of the rate, by JAX
def test_diverged_training_says_where(options, validation_ids, quantity, step):
    model = with_large_weights(build(NETWORKS["lstm"]), NETWORKS["lstm"])
    config = dataclasses.replace(SMALL, **options)
    rate = options["learning_rate"]
    with refuses(TrainingDivergedError, "diverged", quantity=quantity, step=step, learning_rate=rate) as caught:
        train(model, IDS, config, validation_ids=validation_ids, progress=False)
    assert (caught.value.step, caught.value.learning_rate) == (step, rate)
    assert isinstance(caught.value, ArithmeticError)


def test_a_huge_embedding_matrix_diverges_at_once():
    model = build(LSTMConfig(hidden_dim=4, num_layers=1), np.full((VOCABULARY_SIZE, 4), 3e38))
    with refuses(TrainingDivergedError, "diverged", quantity="loss", step=1, learning_rate=5.0):
        train(model, IDS, SMALL, progress=False)


def test_a_perplexity_beyond_all_numbers_is_divergence(small_model):
    # The loss is still a number: a bundle could not keep the perplexity.
    config = dataclasses.replace(SMALL, learning_rate=1e6, clip_norm=1.0)
    with refuses(TrainingDivergedError, "diverged", quantity="loss"):
        train(small_model, IDS, config, progress=False)


# --- small texts, progress, errors


def test_two_tokens_are_enough(small_model):
    result = train(small_model, [3, 2], TrainingConfig(epochs=2), progress=False)
    assert result.history.epochs[-1].steps == 4
    assert result.history.epochs[1].perplexity < result.history.epochs[0].perplexity


def test_progress_is_drawn_on_standard_error(small_model, capsys):
    config = dataclasses.replace(SMALL, epochs=2)
    history = train(small_model, IDS, config, validation_ids=IDS[:50]).history
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert [line[:9] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert f"perplexity {history.epochs[1].perplexity:.1f}" in lines[1]
    assert f"validation {history.epochs[1].validation_perplexity:.1f} (best)" in lines[1]
    assert lines[1].split("  ")[-2].endswith(" words/s")


def test_progress_may_be_silent(small_model, capsys):
    train(small_model, IDS[:40], SMALL, progress=False)
    assert capsys.readouterr() == ("", "")


def test_a_process_without_standard_error_trains(small_model, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert train(small_model, IDS[:40], SMALL).history.stopped_by == "epochs"
    monkeypatch.undo()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("ids", "options", "error", "code", "figures"),
    [
        ([], {}, InputError, "training-text-too-short", {"tokens": 0, "minimum": 2}),
        ([3], {}, InputError, "training-text-too-short", {"tokens": 1, "minimum": 2}),
        ([3, 12], {}, InputError, "id-outside-vocabulary", {"token_id": 12, "position": 1}),
        ([-1, 3], {}, InputError, "id-outside-vocabulary", {"token_id": -1, "position": 0}),
        ([3.0, 4.0], {}, InputTypeError, "ids-not-integers", {}),
        (["tea", "milk"], {}, InputTypeError, "ids-not-integers", {}),
        ([[3, 4], [5, 6]], {}, InputError, "ids-shape", {"shape": (2, 2)}),
        (IDS, {"validation_ids": IDS[:9]}, InputError, "validation-text-too-short", {"tokens": 9, "minimum": 10}),
        (IDS, {"validation_ids": []}, InputError, "validation-text-too-short", {"tokens": 0, "minimum": 10}),
        (IDS, {"validation_ids": [12] * 20}, InputError, "id-outside-vocabulary", {"token_id": 12}),
        (IDS, {"validation_ids": [0.5] * 20}, InputTypeError, "ids-not-integers", {}),
        (IDS, {"loss_mask": [True]}, InputError, "mask-shape", {"argument": "loss_mask", "shape": (1,)}),
        (IDS, {"loss_mask": IDS}, InputError, "mask-shape", {"argument": "loss_mask"}),
        (IDS, {"loss_mask": IDS < 0}, InputError, "mask-empty", {"argument": "loss_mask"}),
        (IDS, {"starts": [1, 5]}, InputError, "starts-do-not-fit", {"argument": "starts", "tokens": 240}),
        (IDS, {"starts": [0, 240]}, InputError, "starts-do-not-fit", {"argument": "starts"}),
        (IDS, {"validation_starts": [0]}, InputError, "starts-do-not-fit", {"argument": "validation_starts"}),
        (IDS, {"counts": [1, 2]}, InputError, "counts-do-not-fit", {"shape": (2,)}),
        (IDS, {"counts": np.ones(VOCABULARY_SIZE)}, InputError, "counts-do-not-fit", {}),
        (IDS, {"validation_loss_mask": IDS > 2}, InputError, "mask-shape", {"argument": "validation_loss_mask"}),
        (
            IDS,
            {"validation_ids": IDS[:90], "validation_loss_mask": IDS[:80] > 2},
            InputError,
            "mask-shape",
            {"argument": "validation_loss_mask", "shape": (80,)},
        ),
    ],
)
def test_wrong_ids_are_refused(small_model, ids, options, error, code, figures):
    with refuses(error, code, **figures):
        train(small_model, ids, SMALL, progress=False, **options)


def test_checkpoint_seconds_need_a_folder(small_model):
    with refuses(ConfigError, "checkpoint-folder-missing", checkpoint_seconds=5.0):
        train(small_model, IDS, SMALL, checkpoint_seconds=5.0, progress=False)


# --- tokens that are read and do not count in the loss


MASK = np.isin(IDS, (5, 6, 7))


def test_perplexity_is_of_the_tokens_that_count():
    model = with_large_weights(build(NETWORKS["lstm"]), NETWORKS["lstm"])
    masks = {"loss_mask": MASK, "validation_loss_mask": MASK[:90]}
    result = train(model, IDS, STANDSTILL, validation_ids=IDS[:90], **masks, progress=False)
    (record,) = result.history.epochs
    expected = perplexity_by_hand(model, IDS, STANDSTILL, MASK)
    assert record.perplexity == pytest.approx(expected, rel=1e-4)
    assert perplexity_by_hand(model, IDS, STANDSTILL) != pytest.approx(expected, rel=1e-3)
    one_row = dataclasses.replace(STANDSTILL, batch_size=1)
    expected = perplexity_by_hand(model, IDS[:90], one_row, MASK[:90])
    assert record.validation_perplexity == pytest.approx(expected, rel=1e-4)


def test_what_does_not_count_is_not_learnt(small_model):
    config = dataclasses.replace(SMALL, epochs=15)
    model = train(small_model, IDS, config, loss_mask=MASK, progress=False).model
    logits = model.predict_on_batch(np.array([[2, *CYCLE]]))[0]
    probabilities = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    best = probabilities[1:-1].argmax(axis=-1)  # after each token of the cycle
    assert best[1:4].tolist() == [5, 6, 7]
    assert probabilities[:, [3, 4, 8, 9, 10, 11, 2]].max() < 0.1  # never a target


def test_a_mask_of_everything_changes_nothing(small_model, plain):
    result = train(small_model, IDS, dataclasses.replace(SMALL, epochs=2), loss_mask=IDS >= 0, progress=False)
    assert equal_weights(result.model, plain.model)
    assert timeless(result.history) == timeless(plain.history)


def test_batches_without_a_target_are_read(small_model):
    loss_mask = np.arange(len(IDS)) < 10  # one row, one window: the other 23 are only read
    config = dataclasses.replace(SMALL, batch_size=1)
    result = train(small_model, IDS, config, loss_mask=loss_mask, progress=False)
    assert math.isfinite(result.history.epochs[0].perplexity)
