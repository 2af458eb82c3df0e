"""Training: a loss at every position, a state that is really carried, and a given model that stays as it is."""

import dataclasses
import math
import signal
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from nextword.errors import ConfigError, InputError, InputTypeError, TrainingDivergedError
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.lstm.model import build_lstm
from nextword.networks.network import assign_weights, network_config, network_weights
from nextword.networks.transformer.config import TransformerConfig
from nextword.networks.transformer.model import build_transformer
from nextword.training import loop
from nextword.training.batches import build_batches
from nextword.training.config import TrainingConfig, learning_rate_at
from nextword.training.loop import train

VOCABULARY_SIZE = 12
MATRIX = np.random.default_rng(7).normal(0.0, 0.5, (VOCABULARY_SIZE, 4)).astype(np.float32)
CYCLE = np.array([3, 4, 5, 6, 7, 8, 9, 10, 11, 2])
IDS = np.tile(CYCLE, 24)  # 6 steps of 4 rows and 10 tokens
SMALL = TrainingConfig(epochs=1, batch_size=4, sequence_length=10, learning_rate=5.0)
# So slow that no float32 loss sees it.
STANDSTILL = dataclasses.replace(SMALL, learning_rate=1e-12, unknown_rate=0.0)


def build(**options):
    return build_lstm(MATRIX, LSTMConfig(**{"hidden_dim": 6, "num_layers": 1, "dropout": 0.0, **options}))


def with_large_weights(model, scale=0.7):
    generator = np.random.default_rng(3)
    weights = network_weights(model)
    assign_weights(model, {name: generator.normal(0, scale, a.shape).astype("f") for name, a in weights.items()})
    return model


@pytest.fixture(scope="module")
def small_model():
    """Return a network that no test changes, by the very promise of `train`."""
    return build()


@pytest.fixture(scope="module")
def lively_model():
    """Return a network with weights so large that every token matters."""
    return with_large_weights(build())


# A window of two blocks of 5: those of `CARRIED`, and half of those of `SMALL`.
TRANSFORMER = TransformerConfig(hidden_dim=8, num_layers=2, num_heads=2, context_length=10, dropout=0.0)


@pytest.fixture(scope="module", params=["lstm", "transformer"])
def lively_network(request, lively_model):
    """Return a lively network of every kind."""
    if request.param == "lstm":
        return lively_model
    return with_large_weights(build_transformer(MATRIX, TRANSFORMER))


class Watch(keras.callbacks.Callback):
    """Notes what it sees, and does something before every step."""

    def __init__(self, before_step=lambda watch, step: None):
        super().__init__()
        self.before_step = before_step
        self.means, self.rates, self.weights, self.calls = [], [], [], []

    def sync(self):
        # While `fit` runs on JAX, variables hold their values only after this.
        if hasattr(self.model, "jax_state_sync"):
            self.model.jax_state_sync()

    def on_train_begin(self, logs=None):
        self.calls.append("train")

    def on_train_batch_begin(self, batch, logs=None):
        self.before_step(self, len(self.means) + 1)

    def on_train_batch_end(self, batch, logs=None):
        self.sync()
        self.means.append(float(logs["nats"]))
        self.rates.append(float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)))

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append(epoch)
        self.weights.append(network_weights(self.model.network))


def same(left, right):
    return left.keys() == right.keys() and all(left[name].tobytes() == right[name].tobytes() for name in left)


def all_values(model):
    """Return every variable, the states of the dropout layers included, by place."""
    variables = [variable for layer in model.layers for variable in layer.variables]
    return {str(place): np.array(keras.ops.convert_to_numpy(v)) for place, v in enumerate(variables)}


def timeless(history):
    records = tuple(dataclasses.replace(r, seconds=0.0, words_per_second=0.0) for r in history.epochs)
    return dataclasses.replace(history, epochs=records)


def nats_by_hand(model, ids, config, loss_mask=None):
    """Return sums of nats and numbers of targets, both of shape (S,), each row read at once from a zero state."""
    batches = build_batches(np.asarray(ids, np.int32), config.batch_size, config.sequence_length, loss_mask)
    rows = batches.inputs.swapaxes(0, 1).reshape(config.batch_size, -1)  # (B, S * T)
    logits = model.predict_on_batch(rows).astype(np.float64)
    logs = logits - logits.max(axis=-1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=-1, keepdims=True))
    logs = logs.reshape(config.batch_size, len(batches), config.sequence_length, -1).swapaxes(0, 1)  # (S, B, T, V)
    chosen = np.take_along_axis(logs, batches.targets[..., None], axis=-1)[..., 0]
    is_target = batches.targets != 0
    return -np.where(is_target, chosen, 0.0).sum(axis=(1, 2)), is_target.sum(axis=(1, 2))


def perplexity_by_hand(model, ids, config, loss_mask=None):
    nats, numbers = nats_by_hand(model, ids, config, loss_mask)
    return math.exp(nats.sum() / numbers.sum())


# --- one longer training, looked at from several sides


WHOLE = dataclasses.replace(SMALL, epochs=25, patience=25)


@pytest.fixture(scope="module")
def whole():
    """Train for 25 epochs; return everything that went in, copies of it from before, and what came out."""
    model = build(dropout=0.1)
    ids, held_out = IDS.copy(), IDS[:90].copy()
    config = WHOLE
    before = all_values(model)
    watch = Watch()
    result = train(model, ids, config, validation_ids=held_out, callbacks=[watch], progress=False)
    return SimpleNamespace(
        model=model, ids=ids, held_out=held_out, config=config, before=before, watch=watch, result=result
    )


def test_the_loss_falls_below_the_unigram_entropy(whole):
    counts = np.bincount(whole.ids)[2:]
    unigram_perplexity = math.exp(-np.sum(counts / counts.sum() * np.log(counts / counts.sum())))
    assert unigram_perplexity == pytest.approx(10)
    history = whole.result.history
    assert history.epochs[-1].perplexity < 0.5 * unigram_perplexity
    assert history.validation_perplexity < 0.5 * unigram_perplexity
    assert perplexity_by_hand(whole.result.model, whole.ids, whole.config) < 0.5 * unigram_perplexity


def test_what_was_given_stays_as_it_was(whole):
    assert same(all_values(whole.model), whole.before)
    np.testing.assert_array_equal(whole.ids, IDS)
    np.testing.assert_array_equal(whole.held_out, IDS[:90])
    assert whole.config == dataclasses.replace(SMALL, epochs=25, patience=25)
    assert whole.result.model is not whole.model


def test_every_weight_has_learnt(whole):
    start = network_weights(whole.model)
    for name, array in network_weights(whole.result.model).items():
        assert not np.array_equal(array, start[name]), name


def test_the_result_is_a_network_like_the_given_one(whole):
    assert network_config(whole.result.model) == network_config(whole.model)
    assert [layer.name for layer in whole.result.model.layers] == [layer.name for layer in whole.model.layers]
    assert whole.result.model.output_shape == (None, None, VOCABULARY_SIZE)


def test_the_learning_rate_follows_the_plan(whole):
    planned = [learning_rate_at(step / 150, whole.config) for step in range(150)]
    np.testing.assert_allclose(whole.watch.rates, planned, rtol=1e-6)
    assert whole.watch.rates[0] == 5.0
    assert whole.watch.rates[-1] < 0.35
    ends = [record.learning_rate for record in whole.result.history.epochs]
    np.testing.assert_allclose(ends, planned[5::6], rtol=1e-6)


def test_the_history(whole):
    history = whole.result.history
    assert [record.epoch for record in history.epochs] == list(range(1, 26))
    assert [record.steps for record in history.epochs] == list(range(6, 151, 6))
    assert (history.stopped_by, history.tokens, history.validation_tokens) == ("epochs", 240, 90)
    assert history.config == whole.config.resolve(240, VOCABULARY_SIZE, 90)
    held_out = [record.validation_perplexity for record in history.epochs]
    assert history.best_epoch == 1 + int(np.argmin(held_out))
    assert history.validation_perplexity == min(held_out)
    seconds = [record.seconds for record in history.epochs]
    assert seconds == sorted(seconds)
    assert history.seconds == seconds[-1] > 0
    assert all(record.words_per_second > 0 for record in history.epochs)
    means = np.array(whole.watch.means).reshape(25, 6)
    np.testing.assert_allclose([record.perplexity for record in history.epochs], np.exp(means[:, -1]), rtol=1e-6)


def test_callbacks_of_the_user_are_called(whole):
    assert whole.watch.calls == ["train", *range(25)]
    assert len(whole.watch.means) == 150


def test_the_best_weights_are_returned(whole):
    best = whole.watch.weights[whole.result.history.best_epoch - 1]
    assert same(network_weights(whole.result.model), best)


def test_validation_perplexity_is_exact(whole):
    exact = perplexity_by_hand(whole.result.model, whole.held_out, dataclasses.replace(whole.config, batch_size=1))
    assert whole.result.history.validation_perplexity == pytest.approx(exact, rel=1e-5)


# --- twice equal


def test_equal_arguments_give_equal_results():
    ids = IDS.copy()
    ids[[20, 50, 100]] = (1, 1, 0)  # `<unk>` and `<pad>` may stand in the stream
    once_seen = np.where(IDS == 4, 3, IDS)
    once_seen[17] = 4  # replaced by `<unk>` in some epochs
    config = dataclasses.replace(SMALL, epochs=3, negatives=8)
    model = build(num_layers=2, dropout=0.3, hidden_dim=4)
    for stream in (ids, once_seen):
        results = [train(model, stream, config, validation_ids=IDS[:60], progress=False) for _ in range(2)]
        first, second = (network_weights(result.model) for result in results)
        assert same(first, second)
        assert timeless(results[0].history) == timeless(results[1].history)
        # Sampled in training, exact in validation.
        exact = perplexity_by_hand(results[0].model, IDS[:60], dataclasses.replace(config, batch_size=1))
        assert results[0].history.validation_perplexity == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("negatives", [0, 8])
def test_a_transformer_learns_and_repeats_to_the_last_bit(negatives):
    model = build_transformer(MATRIX, dataclasses.replace(TRANSFORMER, context_length=20, dropout=0.1))
    start = network_weights(model)
    config = TrainingConfig(
        epochs=20, batch_size=4, sequence_length=10, learning_rate=0.01, weight_decay=0.01, negatives=negatives
    )
    watch = Watch()
    first, second = (
        train(model, IDS, config, validation_ids=IDS[:90], callbacks=[*watched], progress=False)
        for watched in ([watch], [])
    )
    assert same(network_weights(first.model), network_weights(second.model))
    assert timeless(first.history) == timeless(second.history)
    assert same(network_weights(model), start)
    assert first.history.config.optimizer == "adam"
    # The perplexity of a unigram is 10, and validation is exact whatever training is.
    assert first.history.validation_perplexity < 5
    exact = perplexity_by_hand(first.model, IDS[:90], dataclasses.replace(config, batch_size=1))
    assert first.history.validation_perplexity == pytest.approx(exact, rel=1e-4)
    # The rate warms up over some of the 120 steps, stays, and falls.
    planned = [learning_rate_at(step / 120, first.history.config) for step in range(120)]
    np.testing.assert_allclose(watch.rates, planned, rtol=1e-6)
    assert watch.rates[0] < max(watch.rates) == pytest.approx(0.01)
    assert watch.rates[-1] < 0.1 * max(watch.rates)


# --- a loss at every position, and the state


def test_the_loss_is_taken_at_every_position(lively_network):
    ids = IDS[:37]  # 2 windows of 4 rows and 5 tokens, 3 of them padding
    config = dataclasses.replace(STANDSTILL, sequence_length=5)
    history = train(lively_network, ids, config, validation_ids=ids, progress=False).history
    nats, numbers = nats_by_hand(lively_network, ids, config)
    assert numbers.tolist() == [20, 17]
    exact = math.exp(nats.sum() / 37)
    assert history.epochs[0].perplexity == pytest.approx(exact, rel=1e-5)
    # A short validation text is read in one row, so that it is not cut where nothing ends.
    exact = perplexity_by_hand(lively_network, ids, dataclasses.replace(config, batch_size=1))
    assert history.epochs[0].validation_perplexity == pytest.approx(exact, rel=1e-5)


CARRIED = dataclasses.replace(STANDSTILL, batch_size=2, sequence_length=5)
STREAM = np.array([3, 8, 5, 11, 4, 6, 2, 7, 9, 10, 5, 3, 3, 8, 6, 4, 11, 2, 9, 7])  # 2 windows of 2 rows
# Other tokens in the first window only; what the second one reads and predicts stays.
PERMUTED = np.concatenate([STREAM[3::-1], STREAM[4:10], STREAM[13:9:-1], STREAM[14:]])


def loss_of_each_step(model, ids, before_step=lambda watch, step: None):
    watch = Watch(before_step)
    train(model, ids, CARRIED, callbacks=[watch], progress=False)
    first, both = watch.means
    return first, 2 * both - first  # `nats` is the mean so far


def forget(watch, step):
    watch.sync()
    for state in watch.model.states:
        state.assign(np.zeros(state.shape, np.float32))


def test_the_state_is_carried_from_batch_to_batch(lively_network):
    losses = {}
    for name, ids in (("stream", STREAM), ("permuted", PERMUTED)):
        losses[name] = loss_of_each_step(lively_network, ids)
        nats, numbers = nats_by_hand(lively_network, ids, CARRIED)
        np.testing.assert_allclose(losses[name], nats / numbers, rtol=1e-5)
    assert abs(losses["stream"][1] - losses["permuted"][1]) > 0.01


def test_without_a_state_the_previous_batch_would_not_matter(lively_network):
    stream = loss_of_each_step(lively_network, STREAM, forget)
    permuted = loss_of_each_step(lively_network, PERMUTED, forget)
    assert abs(stream[0] - permuted[0]) > 0.01
    assert stream[1] == pytest.approx(permuted[1], abs=1e-5)


def test_validation_does_not_disturb_training(small_model):
    config = dataclasses.replace(SMALL, epochs=2, patience=1)
    alone = train(small_model, IDS, config, progress=False)
    validated = train(small_model, IDS, config, validation_ids=IDS[:70], progress=False)
    assert validated.history.best_epoch == 2
    assert same(network_weights(alone.model), network_weights(validated.model))
    assert [r.perplexity for r in alone.history.epochs] == [r.perplexity for r in validated.history.epochs]
    # Without validation nothing is compared: all epochs are trained, the last weights kept.
    assert alone.history.best_epoch == 2
    assert alone.history.validation_perplexity is None
    assert (alone.history.stopped_by, alone.history.validation_tokens) == ("epochs", 0)


# --- sampled softmax and clipping


def test_many_negatives_come_close_to_the_exact_softmax(lively_network):
    exact_config = dataclasses.replace(SMALL, sequence_length=60, learning_rate=1.0, clip_norm=1e6, optimizer="sgd")
    start = network_weights(lively_network)

    def one_step(negatives):
        config = dataclasses.replace(exact_config, negatives=negatives)
        result = train(lively_network, IDS, config, progress=False)
        assert result.history.epochs[0].steps == 1
        weights = network_weights(result.model)
        gradient = np.concatenate([(start[name] - weights[name]).ravel() for name in start])
        return math.log(result.history.epochs[0].perplexity), gradient

    exact, gradient = one_step(0)
    sampled, sampled_gradient = one_step(4000 * VOCABULARY_SIZE)
    assert exact == pytest.approx(math.log(perplexity_by_hand(lively_network, IDS, exact_config)), rel=1e-5)
    assert sampled == pytest.approx(exact, abs=0.01)
    assert np.linalg.norm(sampled_gradient - gradient) < 0.02 * np.linalg.norm(gradient)


def test_the_gradient_is_clipped_by_its_whole_norm(lively_network):
    start = network_weights(lively_network)

    def change(clip_norm):
        config = dataclasses.replace(SMALL, sequence_length=60, learning_rate=1.0, clip_norm=clip_norm, optimizer="sgd")
        weights = network_weights(train(lively_network, IDS, config, progress=False).model)
        return np.concatenate([(weights[name] - start[name]).astype(np.float64).ravel() for name in start])

    free, clipped = change(1e6), change(0.05)
    assert np.linalg.norm(free) > 0.2
    assert np.linalg.norm(clipped) == pytest.approx(0.05, rel=1e-3)
    np.testing.assert_allclose(clipped, free * 0.05 / np.linalg.norm(free), atol=1e-5)


# --- what ends training


def test_training_ends_when_validation_gets_no_better(small_model):
    watch = Watch()
    config = dataclasses.replace(SMALL, epochs=9, patience=2)
    result = train(small_model, IDS, config, validation_ids=IDS[::-1], callbacks=[watch], progress=False)
    held_out = [record.validation_perplexity for record in result.history.epochs]
    assert held_out == sorted(held_out)
    assert len(held_out) == 3
    assert (result.history.stopped_by, result.history.best_epoch) == ("patience", 1)
    assert result.history.validation_perplexity == held_out[0]
    assert same(network_weights(result.model), watch.weights[0])
    assert not same(watch.weights[0], watch.weights[2])


def test_the_time_limit_ends_training_and_lowers_the_rate(small_model, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("nextword.training.callbacks.time", SimpleNamespace(monotonic=lambda: now[0]))

    def one_second(watch, step):
        now[0] += 1.0

    config = dataclasses.replace(SMALL, epochs=None, time_limit=10.0)
    watch = Watch(one_second)
    history = train(small_model, IDS, config, callbacks=[watch], progress=False).history
    assert history.stopped_by == "time_limit"
    assert [record.steps for record in history.epochs] == [6, 10]
    planned = [learning_rate_at(second / 10, config) for second in range(10)]
    np.testing.assert_allclose(watch.rates, planned, rtol=1e-6)
    assert (history.seconds, history.epochs[0].words_per_second) == (10.0, 40.0)


@pytest.fixture
def in_the_foreground():
    """Handle Ctrl-C as a program in a terminal does, also where the tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_program_in_the_background_goes_on_ignoring_interrupts(small_model):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        watch = Watch(lambda watch, step: signal.raise_signal(signal.SIGINT))
        assert train(small_model, IDS, SMALL, callbacks=[watch], progress=False).history.stopped_by == "epochs"
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def interrupt_before(*steps):
    def before_step(watch, step):
        if step in steps:
            signal.raise_signal(signal.SIGINT)

    return Watch(before_step)


@pytest.mark.usefixtures("in_the_foreground")
def test_the_first_interrupt_returns_the_best_so_far(small_model):
    before = signal.getsignal(signal.SIGINT)
    config = dataclasses.replace(SMALL, epochs=5)
    watch = interrupt_before(9)
    result = train(small_model, IDS, config, validation_ids=IDS[:50], callbacks=[watch], progress=False)
    assert result.history.stopped_by == "interrupt"
    assert [record.steps for record in result.history.epochs] == [6, 9]
    assert same(network_weights(result.model), watch.weights[result.history.best_epoch - 1])
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.usefixtures("in_the_foreground")
def test_a_second_interrupt_raises(small_model):
    before = signal.getsignal(signal.SIGINT)

    def twice(watch, step):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train(small_model, IDS, SMALL, callbacks=[Watch(twice)], progress=False)
    assert signal.getsignal(signal.SIGINT) is before


def test_other_threads_train_too(small_model):
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(train, small_model, IDS, SMALL, progress=False).result()
    assert result.history.epochs[0].steps == 6


@pytest.mark.parametrize(
    ("options", "validation_ids", "what", "step"),
    [
        ({"learning_rate": 1e30}, None, "the loss became nan", 2),
        ({"learning_rate": 1e30, "sequence_length": 60}, IDS, "the validation loss became", 1),
        ({"learning_rate": 1e39, "sequence_length": 60}, None, "the weight '.*' became", 1),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # of the rate, by JAX
def test_diverged_training_says_where(lively_model, options, validation_ids, what, step):
    config = dataclasses.replace(SMALL, **options)
    with pytest.raises(TrainingDivergedError, match=rf"{what}.* at step {step}, learning rate .*lower") as caught:
        train(lively_model, IDS, config, validation_ids=validation_ids, progress=False)
    assert caught.value.step == step
    assert caught.value.learning_rate == options["learning_rate"]
    assert isinstance(caught.value, ArithmeticError)


def test_a_huge_embedding_matrix_diverges_at_once():
    model = build_lstm(np.full((VOCABULARY_SIZE, 4), 3e38), LSTMConfig(hidden_dim=4, num_layers=1))
    with pytest.raises(TrainingDivergedError, match="embedding matrix is finite and not huge") as caught:
        train(model, IDS, SMALL, progress=False)
    assert (caught.value.step, caught.value.learning_rate) == (1, 5.0)


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


@pytest.mark.parametrize(
    ("ids", "options", "error", "match"),
    [
        ([], {}, InputError, "training needs at least 2 tokens; received 0"),
        ([3], {}, InputError, "training needs at least 2 tokens; received 1"),
        ([3, 12], {}, InputError, r"token id 12 at position 1 is outside the vocabulary of 12 \(ids 0 to 11\)"),
        ([-1, 3], {}, InputError, "token id -1 at position 0 is outside"),
        ([3.0, 4.0], {}, InputTypeError, "token ids are integers; received an array of float64"),
        (["tea", "milk"], {}, InputTypeError, "token ids are integers"),
        ([[3, 4], [5, 6]], {}, InputError, r"one stream of shape \(N,\); received shape \(2, 2\)"),
        (IDS, {"validation_ids": IDS[:9]}, InputError, "has 9 tokens, fewer than one window of 10"),
        (IDS, {"validation_ids": []}, InputError, "has 0 tokens, fewer than one window of 10"),
        (IDS, {"validation_ids": [12] * 20}, InputError, "token id 12 at position 0"),
        (IDS, {"validation_ids": [0.5] * 20}, InputTypeError, "token ids are integers"),
        (
            IDS,
            {"loss_mask": [True]},
            InputError,
            r"`loss_mask` holds booleans and has the shape \(240,\), .*; received bool of",
        ),
        (IDS, {"loss_mask": IDS}, InputError, r"`loss_mask` holds booleans .*; received int64 of shape \(240,\)"),
        (IDS, {"loss_mask": IDS < 0}, InputError, "`loss_mask` counts no token"),
        (IDS, {"validation_loss_mask": IDS > 2}, InputError, "goes with `validation_ids`, which are None"),
        (IDS, {"validation_ids": IDS[:90], "validation_loss_mask": IDS[:80] > 2}, InputError, r"has the shape \(90,\)"),
    ],
)
def test_wrong_ids_are_refused(small_model, ids, options, error, match):
    with pytest.raises(error, match=match):
        train(small_model, ids, SMALL, progress=False, **options)


def test_other_models_are_refused():
    for model in ("model", None, keras.Sequential([keras.layers.Embedding(12, 12)])):
        with pytest.raises(
            InputTypeError, match=r"built by `nextword.build_lstm` or .*; received a (str|NoneType|Sequential)"
        ):
            train(model, IDS, SMALL)


def test_negatives_are_counted_as_an_epoch_is_read(monkeypatch):
    counted = []
    build_sampler = loop.build_negative_sampler
    monkeypatch.setattr(
        loop,
        "build_negative_sampler",
        lambda ids, *rest: counted.append(np.bincount(ids, minlength=12)) or build_sampler(ids, *rest),
    )
    once_seen = np.array([3, 4, 5, 6, 7, 8, 9, 10])
    stream = np.concatenate([once_seen, np.full(40, 11)])
    train(build(), stream, dataclasses.replace(SMALL, negatives=6, unknown_rate=1.0), progress=False)
    assert counted[0][1] == len(once_seen)  # all of them are read as `<unk>`
    assert not counted[0][3:11].any()


def test_checkpoint_seconds_need_a_folder(small_model):
    with pytest.raises(ConfigError, match="needs a `checkpoint_dir`"):
        train(small_model, IDS, SMALL, checkpoint_seconds=5.0, progress=False)


# --- tokens that are read and not learnt


LEARN = np.isin(IDS, (5, 6, 7))


def test_perplexity_counts_what_is_learnt(lively_network):
    held_out = IDS[:90]
    result = train(
        lively_network,
        IDS,
        STANDSTILL,
        loss_mask=LEARN,
        validation_ids=held_out,
        validation_loss_mask=LEARN[:90],
        progress=False,
    )
    (record,) = result.history.epochs
    assert record.perplexity == pytest.approx(perplexity_by_hand(lively_network, IDS, STANDSTILL, LEARN), rel=1e-4)
    one_row = dataclasses.replace(STANDSTILL, batch_size=1)
    expected = perplexity_by_hand(lively_network, held_out, one_row, LEARN[:90])
    assert record.validation_perplexity == pytest.approx(expected, rel=1e-4)
    every = train(lively_network, IDS, STANDSTILL, validation_ids=held_out, progress=False).history.epochs[0]
    assert every.perplexity != pytest.approx(record.perplexity, rel=1e-3)


def test_what_does_not_count_is_not_learnt(small_model):
    config = dataclasses.replace(SMALL, epochs=30)
    model = train(small_model, IDS, config, loss_mask=LEARN, progress=False).model
    logits = model.predict_on_batch(np.array([[2, *CYCLE]]))[0]
    probabilities = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    best = probabilities[1:-1].argmax(axis=-1)  # after each token of the cycle
    assert best[1:4].tolist() == [5, 6, 7]
    assert probabilities[:, [3, 4, 8, 9, 10, 11, 2]].max() < 0.1  # never a target


def test_a_mask_of_everything_changes_nothing(small_model):
    results = [train(small_model, IDS, SMALL, loss_mask=loss_mask, progress=False) for loss_mask in (None, IDS >= 0)]
    assert same(*(network_weights(result.model) for result in results))
    assert timeless(results[0].history) == timeless(results[1].history)


def test_batches_without_a_target_are_read(small_model):
    loss_mask = np.arange(len(IDS)) < 10  # one row, one window: the other 23 are only read
    config = dataclasses.replace(SMALL, batch_size=1)
    result = train(small_model, IDS, config, loss_mask=loss_mask, progress=False)
    assert math.isfinite(result.history.epochs[0].perplexity)
