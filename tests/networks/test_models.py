"""The contract of every network in Keras: layers and weights, what it computes, and that it is a pure value."""

import dataclasses
import itertools
import subprocess
import sys

import keras
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses
from small_networks import (
    CONFIGS,
    MATRIX,
    ONE_OF_EACH,
    VARIANTS,
    VOCABULARY_SIZE,
    WIDTH,
    all_values,
    build,
    equal_weights,
    numpy_of,
    with_large_weights,
)

import nextword as nw
from nextword.errors import InputError, InputTypeError
from nextword.networks.clusters import CLUSTERED_FROM
from nextword.networks.kinds import NETWORKS, kind_of, network_config, to_runtime
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.network import assign_weights, copy_network, network_weights
from nextword.networks.transformer.config import TransformerConfig

IDS = np.random.default_rng(8).integers(0, VOCABULARY_SIZE, (3, 5)).astype(np.int32)


def transformer_layers(number):
    parts = ("attention_norm", "attention", "attention_dropout", "attention_sum")
    parts += ("feed_forward_norm", "feed_forward", "feed_forward_dropout", "feed_forward_sum")
    return [f"{part}_{layer}" for layer in range(number) for part in parts]


LAYERS = {
    "lstm tied": ["token_ids", "embedding", "dropout", "lstm_0", "dropout_0", "lstm_1", "hidden", "logits"],
    "lstm projected": ["token_ids", "embedding", "dropout", "lstm_0", "projection", "hidden", "logits"],
    "lstm in clusters": ["token_ids", "embedding", "dropout", "lstm_0", "projection", "hidden", "clusters", "logits"],
    "lstm untied in clusters": [
        *("token_ids", "embedding", "dropout", "lstm_0", "hidden", "output", "clusters", "logits")
    ],
    "transformer in clusters": [
        *("token_ids", "embedding", "input_projection", "dropout"),
        *transformer_layers(1),
        *("output_norm", "projection", "hidden", "clusters", "logits"),
    ],
    "lstm untied": ["token_ids", "embedding", "dropout", "lstm_0", "hidden", "output", "logits"],
    "transformer as wide as the embedding": [
        *("token_ids", "embedding", "dropout"),
        *transformer_layers(2),
        *("output_norm", "hidden", "logits"),
    ],
    "transformer projected": [
        *("token_ids", "embedding", "input_projection", "dropout"),
        *transformer_layers(2),
        *("output_norm", "projection", "hidden", "logits"),
    ],
}


@pytest.fixture(scope="module", params=CONFIGS)
def name(request):
    """Return the name of one variant after the other."""
    return request.param


@pytest.fixture(scope="module")
def config(name):
    return CONFIGS[name]


@pytest.fixture(scope="module")
def model(config):
    """Return a new network, which no test changes."""
    return build(config)


@pytest.fixture(scope="module", params=ONE_OF_EACH)
def lively(request):
    """Return a network of each kind whose weights are so large that every token matters; no test changes it."""
    config = ONE_OF_EACH[request.param]
    return with_large_weights(build(config), config)


def logits_of(network, ids):
    return network.predict_on_batch(ids)


def test_every_kind_is_tested_here():
    assert [*VARIANTS] == [kind.name for kind in NETWORKS]
    assert [type(config) for config in ONE_OF_EACH.values()] == [kind.config for kind in NETWORKS]
    for config in ONE_OF_EACH.values():
        defaults = dataclasses.asdict(type(config)())
        assert all(value != defaults[option] for option, value in dataclasses.asdict(config).items())


def test_logits_have_a_row_for_every_position(model):
    logits = logits_of(model, IDS)
    assert logits.shape == (3, 5, VOCABULARY_SIZE)
    assert logits.dtype == np.float32
    assert model.output_shape == (None, None, VOCABULARY_SIZE)
    assert model.input_shape == (None, None)
    assert model.input.dtype == "int32"
    assert np.isfinite(logits).all()


def test_layer_names_are_fixed(name, config, model):
    assert [layer.name for layer in model.layers] == LAYERS[name]
    assert model.name == f"{kind_of(config).name}_language_model"


def test_weights_are_those_the_config_lists(config, model):
    shapes = config.weight_shapes(VOCABULARY_SIZE, WIDTH)
    weights = network_weights(model)
    assert [(name, array.shape) for name, array in weights.items()] == list(shapes.items())
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    assert model.count_params() == sum(int(np.prod(shape)) for shape in shapes.values())
    trainable = {f"{layer.name}/{v.name}" for layer in model.layers for v in layer.trainable_variables}
    assert trainable == shapes.keys() - (set() if config.train_embeddings else {"embedding/table"})


def test_the_embedding_is_the_given_matrix(model):
    embedding, weights = model.get_layer("embedding"), network_weights(model)
    np.testing.assert_allclose(numpy_of(embedding(np.arange(VOCABULARY_SIZE))), MATRIX, atol=1e-6)
    head = len(weights["embedding/table"])
    assert head == (network_config(model).cutoffs or (VOCABULARY_SIZE,))[0]
    np.testing.assert_array_equal(weights["embedding/table"], MATRIX[:head])


# --- what it computes


def test_pad_has_no_probability(lively):
    probabilities = numpy_of(keras.ops.softmax(lively(IDS)))
    assert (probabilities[..., 0] == 0.0).all()
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, rtol=1e-5)


def test_rows_and_lengths_do_not_touch_each_other(lively):
    every = logits_of(lively, IDS)
    np.testing.assert_allclose(logits_of(lively, IDS[1:2, :3]), every[1:2, :3], rtol=1e-5, atol=1e-5)
    changed = IDS.copy()
    changed[0] = changed[0, ::-1]
    np.testing.assert_allclose(logits_of(lively, changed)[1:], every[1:], rtol=1e-5, atol=1e-5)


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_later_tokens_leave_earlier_logits_alone(lively, data):
    ids = st.lists(st.integers(0, VOCABULARY_SIZE - 1), min_size=12, max_size=12)
    before, after = np.array([data.draw(ids)]), np.array([data.draw(ids)])
    cut = data.draw(st.integers(1, 11))
    after[:, :cut] = before[:, :cut]
    np.testing.assert_array_equal(logits_of(lively, before)[:, :cut], logits_of(lively, after)[:, :cut])


def test_every_earlier_token_matters(lively):
    last = IDS.shape[1] - 1
    block = getattr(network_config(lively), "block_length", 2 * last)
    base = logits_of(lively, IDS[:1])[0, -1]
    for position in range(max(0, (last // block - 1) * block), last + 1):
        changed = IDS[:1].copy()
        changed[0, position] = (changed[0, position] + 1) % VOCABULARY_SIZE
        assert np.abs(logits_of(lively, changed)[0, -1] - base)[1:].max() > 1e-5, position


@pytest.mark.parametrize("tied", ["lstm tied", "transformer as wide as the embedding"])
def test_tied_logits_by_hand(tied):
    network = build(CONFIGS[tied])
    bias = np.linspace(-1, 1, VOCABULARY_SIZE, dtype=np.float32)
    network.get_layer("logits").bias.assign(bias)
    below = keras.Model(network.input, network.get_layer("hidden").output)
    hidden = numpy_of(below(IDS))  # (B, T, D)
    np.testing.assert_allclose(logits_of(network, IDS)[..., 1:], (hidden @ MATRIX.T + bias)[..., 1:], atol=1e-6)


def test_the_first_step_of_an_lstm_by_hand():
    config = LSTMConfig(hidden_dim=3, num_layers=1, tie_embeddings=False)
    network = with_large_weights(build(config), config)
    weights = {name: array.astype(np.float64) for name, array in network_weights(network).items()}
    gates = weights["embedding/table"][5] @ weights["lstm_0/kernel"] + weights["lstm_0/bias"]
    gate_in, _, candidate, gate_out = np.split(gates, 4)

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    hidden = sigmoid(gate_out) * np.tanh(sigmoid(gate_in) * np.tanh(candidate))
    expected = weights["output/table"] @ hidden + weights["logits/bias"]
    np.testing.assert_allclose(logits_of(network, np.array([[5]]))[0, 0, 1:], expected[1:], atol=1e-5)


@pytest.fixture(scope="module")
def one_layer():
    """Return a Transformer of one layer with blocks of 2: what it sees is its window."""
    config = TransformerConfig(hidden_dim=6, num_layers=1, num_heads=1, context_length=4)
    return with_large_weights(build(config), config)


def test_a_transformer_sees_its_block_and_the_one_before(one_layer):
    ids = np.random.default_rng(1).integers(3, VOCABULARY_SIZE, (1, 11))
    base = logits_of(one_layer, ids)
    for position in range(11):
        changed = ids.copy()
        changed[0, position] = 2
        is_seen = np.abs(logits_of(one_layer, changed) - base)[0, :, 1:].max(axis=1) > 1e-6
        blocks = np.arange(11) // 2
        np.testing.assert_array_equal(is_seen, (np.arange(11) >= position) & (blocks <= position // 2 + 1))


def test_where_a_transformer_stands_in_a_text_does_not_matter(one_layer):
    ids = np.random.default_rng(2).integers(3, VOCABULARY_SIZE, (1, 12))
    later = np.concatenate([np.full((1, 400), 2), ids], axis=1)
    expected, actual = logits_of(one_layer, ids)[:, 4:, 1:], logits_of(one_layer, later)[:, -8:, 1:]
    np.testing.assert_allclose(actual, expected, atol=1e-4)


def test_a_transformer_of_one_layer_by_hand():
    config = TransformerConfig(hidden_dim=WIDTH, num_layers=1, num_heads=2, context_length=16)
    network = with_large_weights(build(config), config)
    weights = {name: array.astype(np.float64) for name, array in network_weights(network).items()}
    ids = [5, 3, 7]

    def norm(x, name):
        return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + 1e-6) * weights[f"{name}/scale"]

    def rotated(x, position):  # heads of width 2: one pair each, turned by a radian a token
        return np.array(
            [x[0] * np.cos(position) - x[1] * np.sin(position), x[1] * np.cos(position) + x[0] * np.sin(position)]
        )

    stream = weights["embedding/table"][ids]
    parts = norm(stream, "attention_norm_0") @ weights["attention_0/kernel"]
    attended = []
    for head in range(2):
        query, key, value = (parts[:, start + 2 * head : start + 2 * head + 2] for start in (0, 4, 8))
        scores = np.array([rotated(query[2], 2) @ rotated(key[j], j) for j in range(3)]) / np.sqrt(2)
        shares = np.exp(scores) / np.exp(scores).sum()
        attended.append(shares @ value)
    last = stream[2] + np.concatenate(attended) @ weights["attention_0/output_kernel"]
    expanded = np.maximum(norm(last, "feed_forward_norm_0") @ weights["feed_forward_0/kernel"], 0.0) ** 2
    last = last + expanded @ weights["feed_forward_0/output_kernel"]
    expected = weights["embedding/table"] @ norm(last, "output_norm") + weights["logits/bias"]
    np.testing.assert_allclose(logits_of(network, np.array([ids]))[0, 2, 1:], expected[1:], rtol=1e-4, atol=1e-4)


# --- a pure value


def aligned(array):
    """Return a copy at an address that backends may take over without copying."""
    memory = np.zeros(array.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[:] = array
    return copy


@pytest.mark.backend
@pytest.mark.parametrize("config", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
def test_given_and_returned_arrays_are_copies(config):
    matrix = aligned(MATRIX)
    network = build(config, matrix)
    np.testing.assert_array_equal(matrix, MATRIX)
    matrix[:] = 9.0
    np.testing.assert_array_equal(network_weights(network)["embedding/table"], MATRIX)

    given_weights = {name: aligned(array) for name, array in network_weights(network).items()}
    assign_weights(network, given_weights)
    for array in given_weights.values():
        array[:] = 9.0
    returned = network_weights(network)
    np.testing.assert_array_equal(returned["embedding/table"], MATRIX)
    returned["embedding/table"][:] = 9.0
    np.testing.assert_array_equal(network_weights(network)["embedding/table"], MATRIX)


@pytest.mark.backend
def test_equal_arguments_give_equal_models(config, model):
    fresh = build(config, MATRIX.copy())
    assert equal_weights(fresh, model)
    assert equal_weights(all_values(fresh), all_values(build(config)))


def drawn(network):
    """Return the weights that begin at random: some begin at zero or one."""
    weights = network_weights(network)
    return {n: array for n, array in weights.items() if n != "embedding/table" and np.unique(array).size > 3}


@pytest.mark.parametrize("config", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
def test_another_seed_draws_every_weight_anew(config):
    config = dataclasses.replace(config, num_layers=2)
    zero, one = (drawn(build(dataclasses.replace(config, seed=seed))) for seed in (0, 1))
    shapes = config.weight_shapes(VOCABULARY_SIZE, WIDTH)
    assert zero.keys() == one.keys() >= {weight for weight in shapes if weight.endswith(("/kernel", "output/table"))}
    assert not any(np.array_equal(zero[weight], one[weight]) for weight in zero)


@pytest.mark.parametrize("config", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
def test_no_two_weights_and_no_two_dropouts_are_equal(config):
    network = build(dataclasses.replace(config, num_layers=3))
    starts = [array.ravel()[:24] for array in drawn(network).values()]  # where shapes differ, numbers may not
    # In proportion, as wider ones are drawn from a narrower range.
    starts = [start / np.abs(start).max() for start in starts]
    assert not any(np.allclose(left, right) for left, right in itertools.combinations(starts, 2))
    ones = np.ones((4, 16), np.float32)
    dropouts = [layer for layer in network.layers if isinstance(layer, keras.layers.Dropout)]
    assert len(dropouts) == {"lstm": 4, "transformer": 8}[kind_of(config).name]
    masks = [numpy_of(layer(ones, training=True)) for layer in dropouts]
    assert not any(np.array_equal(left, right) for left, right in itertools.combinations(masks, 2))


def test_dropout_acts_in_training_only(lively):
    network = copy_network(lively)
    plain = logits_of(network, IDS)
    np.testing.assert_array_equal(logits_of(network, IDS), plain)
    first, second = (numpy_of(network(IDS, training=True)) for _ in range(2))
    assert np.abs(first - plain).max() > 1e-3
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("config", ONE_OF_EACH.values(), ids=ONE_OF_EACH)
def test_without_dropout_training_computes_the_same(config):
    config = dataclasses.replace(config, dropout=0.0)
    network = with_large_weights(build(config), config)
    np.testing.assert_allclose(numpy_of(network(IDS, training=True)), logits_of(network, IDS), rtol=1e-4, atol=1e-4)


def test_a_copy_is_equal_and_shares_nothing(lively):
    before = network_weights(lively)
    copy = copy_network(lively)
    assert network_config(copy) == network_config(lively)
    assert equal_weights(copy, lively)
    copy.get_layer("embedding").table.assign(np.zeros_like(MATRIX))
    assert equal_weights(lively, before)


# --- a network that Keras has saved and loaded, or cloned


def saved_and_loaded(model, folder):
    model.save(folder / "model.keras")
    return keras.models.load_model(folder / "model.keras")


def cloned(model, folder):
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    return clone


@pytest.mark.backend
@pytest.mark.parametrize("again", [saved_and_loaded, cloned])
def test_what_keras_makes_of_a_network_is_still_one(lively, tmp_path, again):
    other = again(lively, tmp_path)
    assert not hasattr(other, "network_config")
    assert network_config(other) == network_config(lively)
    assert equal_weights(other, lively)
    assert other.get_layer("embedding").trainable is network_config(lively).train_embeddings
    np.testing.assert_array_equal(logits_of(other, IDS), logits_of(lively, IDS))
    runtimes = [to_runtime(network) for network in (lively, other)]
    logs = [runtime.log_probabilities(runtime.advance(runtime.initial_state(3), IDS)) for runtime in runtimes]
    np.testing.assert_array_equal(*logs)
    tokenizer = nw.build_tokenizer(["a b c d e f g h i"])
    assert len(tokenizer.vocabulary) == VOCABULARY_SIZE
    predictions = [
        nw.predict_next_word(nw.build_language_model(tokenizer, network), "a b") for network in (lively, other)
    ]
    assert predictions[0] == predictions[1]


def test_a_network_of_many_words_that_was_saved_before_there_were_clusters():
    many = np.zeros((CLUSTERED_FROM, 2), np.float32)
    model = nw.build_lstm(many, nw.LSTMConfig(hidden_dim=2, num_layers=1, cutoffs=()))
    expected = network_config(model)
    del model.layers[-1].network["options"]["cutoffs"]
    assert network_config(model) == expected


def test_a_loaded_network_trains_as_the_saved_one(lively, tmp_path):
    config = nw.TrainingConfig(epochs=1, batch_size=2, sequence_length=5)
    other = cloned(saved_and_loaded(lively, tmp_path), tmp_path)
    first, second = (
        nw.train(network, np.arange(40) % 9 + 2, config, progress=False).model for network in (lively, other)
    )
    assert equal_weights(first, second)
    assert network_config(second) == network_config(lively)


LOAD = """
import sys
import keras
import nextword as nw
import nextword.networks.layers, nextword.networks.transformer.attention

for path in sys.argv[1:]:
    print(nw.to_runtime(keras.models.load_model(path)).config)
"""


@pytest.mark.slow
def test_another_process_loads_networks(tmp_path):
    paths = [str(tmp_path / f"{kind}.keras") for kind in ONE_OF_EACH]
    for path, config in zip(paths, ONE_OF_EACH.values(), strict=True):
        build(config).save(path)
    done = subprocess.run([sys.executable, "-c", LOAD, *paths], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [repr(config) for config in ONE_OF_EACH.values()]


def foreign_model():
    """Return a model of somebody else, whose layers have the names of ours."""
    layers = [keras.layers.Embedding(12, 4, name="embedding"), keras.layers.Dense(12, name="logits")]
    return keras.Sequential([keras.Input((None,)), *layers])


@pytest.mark.parametrize("make", [foreign_model, lambda: "model", lambda: None, lambda: object])
def test_other_models_are_refused(make):
    model = make()
    for use in (to_runtime, network_config, lambda model: nw.train(model, [3, 4, 5])):
        with refuses(InputTypeError, "not-a-network", received=type(model).__name__):
            use(model)


def test_what_is_no_keras_model_is_refused_without_keras():
    code = """
import sys
import nextword as nw
for use in (nw.to_runtime, lambda model: nw.train(model, [3, 4, 5])):
    try:
        use("model")
    except nw.InputTypeError as error:
        print(error.code)
assert "keras" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["not-a-network"] * 2


# --- what is refused, and what training changes


@pytest.mark.parametrize("kind", NETWORKS, ids=[kind.name for kind in NETWORKS])
def test_wrong_matrices_are_refused(kind):
    with refuses(InputError, "matrix-shape", shape=(12,)):
        kind.build(np.zeros(12))
    with refuses(InputTypeError, "matrix-not-numbers", dtype="<U3"):
        kind.build([["tea"] * 4] * 12)
    with refuses(InputError, "matrix-not-finite", row=2):
        kind.build(np.where(np.arange(12)[:, None] == 2, np.nan, MATRIX))


@pytest.fixture(scope="module", params=itertools.product(ONE_OF_EACH, (True, False)), ids=str)
def training(request):
    """Return a network with a trained or a frozen embedding, and the same after training."""
    kind, train_embeddings = request.param
    start = build(dataclasses.replace(ONE_OF_EACH[kind], num_layers=1, train_embeddings=train_embeddings))
    options = nw.TrainingConfig(epochs=2, batch_size=2, sequence_length=5)
    return start, nw.train(start, np.arange(40) % 9 + 2, options, progress=False).model


def test_training_changes_every_weight_but_a_frozen_embedding(training):
    before, after = map(network_weights, training)
    unchanged = {name for name, array in before.items() if np.array_equal(after[name], array)}
    assert unchanged == (set() if network_config(training[0]).train_embeddings else {"embedding/table"})


def test_a_trained_network_predicts_in_numpy_what_it_predicts_in_keras(training):
    runtime = to_runtime(training[1])
    logs = runtime.log_probabilities(runtime.advance(runtime.initial_state(3), IDS))
    logits = training[1].predict_on_batch(IDS)[:, -1]
    np.testing.assert_allclose(np.exp(logs), numpy_of(keras.ops.softmax(logits)), atol=1e-5)
