"""Every network in Keras: layers and weights, what it computes, and that equal arguments give equal models."""

import dataclasses
import itertools

import keras
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.errors import InputError, InputTypeError
from nextword.networks.kinds import kind_of
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.lstm.model import build_lstm
from nextword.networks.network import assign_weights, copy_network, network_config, network_weights
from nextword.networks.transformer.config import TransformerConfig
from nextword.networks.transformer.model import build_transformer
from nextword.training.config import TrainingConfig
from nextword.training.loop import train

VOCABULARY_SIZE, WIDTH = 12, 4
MATRIX = np.random.default_rng(7).normal(0.0, 0.5, (VOCABULARY_SIZE, WIDTH)).astype(np.float32)
IDS = np.random.default_rng(8).integers(0, VOCABULARY_SIZE, (3, 5)).astype(np.int32)

CONFIGS = {
    "tied": LSTMConfig(hidden_dim=WIDTH, num_layers=2),
    "projection": LSTMConfig(hidden_dim=6, num_layers=1),
    "untied": LSTMConfig(hidden_dim=6, num_layers=2, tie_embeddings=False),
    "frozen": LSTMConfig(hidden_dim=WIDTH, num_layers=1, train_embeddings=False),
    "transformer": TransformerConfig(hidden_dim=WIDTH, num_layers=2, num_heads=2, context_length=8),
    "wide transformer": TransformerConfig(
        hidden_dim=6, num_layers=1, num_heads=1, context_length=4, train_embeddings=False
    ),
}


def transformer_layers(number):
    parts = ("attention_norm", "attention", "attention_dropout", "attention_sum")
    parts += ("feed_forward_norm", "feed_forward", "feed_forward_dropout", "feed_forward_sum")
    return [f"{part}_{layer}" for layer in range(number) for part in parts]


LAYERS = {
    "tied": ["token_ids", "embedding", "dropout", "lstm_0", "dropout_0", "lstm_1", "hidden", "logits"],
    "projection": ["token_ids", "embedding", "dropout", "lstm_0", "projection", "hidden", "logits"],
    "untied": ["token_ids", "embedding", "dropout", "lstm_0", "dropout_0", "lstm_1", "hidden", "output", "logits"],
    "frozen": ["token_ids", "embedding", "dropout", "lstm_0", "hidden", "logits"],
    "transformer": [
        *("token_ids", "embedding", "dropout"),
        *transformer_layers(2),
        *("output_norm", "hidden", "logits"),
    ],
    "wide transformer": [
        *("token_ids", "embedding", "entrance", "dropout"),
        *transformer_layers(1),
        *("output_norm", "projection", "hidden", "logits"),
    ],
}


def build(kind, matrix=MATRIX):
    """Return the network of a variant."""
    return kind_of(CONFIGS[kind]).build(matrix, CONFIGS[kind])


@pytest.fixture(scope="module", params=list(CONFIGS))
def kind(request):
    """Return the name of one variant after the other."""
    return request.param


@pytest.fixture(scope="module")
def model(kind):
    """Return the network of a variant."""
    return build(kind)


@pytest.fixture(scope="module", params=["tied", "transformer", "wide transformer"])
def lively(request):
    """Return a network whose weights are large enough that every token matters."""
    return with_large_weights(build(request.param))


def with_large_weights(network):
    generator = np.random.default_rng(3)
    weights = network_weights(network)
    assign_weights(network, {name: generator.normal(0, 0.7, a.shape).astype("f") for name, a in weights.items()})
    return network


def numpy_of(tensor):
    return np.array(keras.ops.convert_to_numpy(tensor))


def logits_of(network, ids, **options):
    # Compiled, where no option is asked for: JAX compiles anew for each plain call.
    return numpy_of(network(ids, **options)) if options else network.predict_on_batch(ids)


def all_values(network):
    """Return every variable of a network, the states of its dropout layers included."""
    # By place: Keras numbers the names of seed generators by a process-wide counter.
    pairs = [(layer.name, variable) for layer in network.layers for variable in layer.variables]
    return {f"{place} {name}": numpy_of(variable) for place, (name, variable) in enumerate(pairs)}


def same(left, right):
    return left.keys() == right.keys() and all(left[name].tobytes() == right[name].tobytes() for name in left)


def test_logits_have_a_row_for_every_position(model):
    logits = logits_of(model, IDS)
    assert logits.shape == (3, 5, VOCABULARY_SIZE)
    assert logits.dtype == np.float32
    assert model.output_shape == (None, None, VOCABULARY_SIZE)
    assert model.input_shape == (None, None)
    assert model.input.dtype == "int32"
    assert np.isfinite(logits).all()


def test_any_length_and_number_of_rows(model):
    assert logits_of(model, IDS[:1, :1]).shape == (1, 1, VOCABULARY_SIZE)
    np.testing.assert_allclose(logits_of(model, IDS[1:2, :3]), logits_of(model, IDS)[1:2, :3], rtol=1e-5, atol=1e-6)


def test_layer_names_are_fixed(kind, model):
    assert [layer.name for layer in model.layers] == LAYERS[kind]
    assert model.name == f"{kind_of(CONFIGS[kind]).name}_language_model"


def test_weights_are_those_the_config_lists(kind, model):
    shapes = CONFIGS[kind].weight_shapes(VOCABULARY_SIZE, WIDTH)
    weights = network_weights(model)
    assert [(name, array.shape) for name, array in weights.items()] == list(shapes.items())
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    assert model.count_params() == sum(int(np.prod(shape)) for shape in shapes.values())
    trainable = {f"{layer.name}/{v.name}" for layer in model.layers for v in layer.trainable_variables}
    assert trainable == shapes.keys() - (set() if CONFIGS[kind].train_embeddings else {"embedding/table"})


def test_the_embedding_is_the_given_matrix(model):
    np.testing.assert_array_equal(network_weights(model)["embedding/table"], MATRIX)


def aligned(array):
    """Return a copy at an address that backends may take over without copying."""
    memory = np.zeros(array.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    copy = memory[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[:] = array
    return copy


@pytest.mark.parametrize("frozen", ["frozen", "wide transformer"])
def test_the_given_matrix_is_neither_changed_nor_kept(frozen):
    matrix = aligned(MATRIX)
    network = build(frozen, matrix)
    np.testing.assert_array_equal(matrix, MATRIX)
    matrix[:] = 9.0
    np.testing.assert_array_equal(network_weights(network)["embedding/table"], MATRIX)


@pytest.mark.parametrize("frozen", ["frozen", "wide transformer"])
def test_assigned_and_returned_weights_are_copies(frozen):
    network = build(frozen)
    given_weights = {name: aligned(array) for name, array in network_weights(network).items()}
    assign_weights(network, given_weights)
    for array in given_weights.values():
        array[:] = 9.0
    returned = network_weights(network)
    np.testing.assert_array_equal(returned["embedding/table"], MATRIX)
    returned["embedding/table"][:] = 9.0
    np.testing.assert_array_equal(network_weights(network)["embedding/table"], MATRIX)


def test_pad_has_no_probability(model):
    probabilities = numpy_of(keras.ops.softmax(model(IDS)))
    assert (probabilities[..., 0] == 0.0).all()
    assert (probabilities[..., 1:] > 0.0).all()
    np.testing.assert_allclose(probabilities.sum(axis=-1), 1.0, rtol=1e-5)


@pytest.mark.parametrize("tied", ["tied", "transformer"])
def test_tied_logits_by_hand(tied):
    network = build(tied)
    bias = np.linspace(-1, 1, VOCABULARY_SIZE, dtype=np.float32)
    network.get_layer("logits").bias.assign(bias)
    below = keras.Model(network.input, network.get_layer("hidden").output)
    hidden = numpy_of(below(IDS))  # (B, T, D)
    np.testing.assert_allclose(logits_of(network, IDS)[..., 1:], (hidden @ MATRIX.T + bias)[..., 1:], atol=1e-6)


def test_the_first_step_by_hand():
    config = LSTMConfig(hidden_dim=3, num_layers=1, tie_embeddings=False)
    network = with_large_weights(build_lstm(MATRIX, config))
    weights = {name: array.astype(np.float64) for name, array in network_weights(network).items()}
    gates = weights["embedding/table"][5] @ weights["lstm_0/kernel"] + weights["lstm_0/bias"]
    gate_in, _, candidate, gate_out = np.split(gates, 4)

    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    hidden = sigmoid(gate_out) * np.tanh(sigmoid(gate_in) * np.tanh(candidate))
    expected = weights["output/table"] @ hidden + weights["logits/bias"]
    np.testing.assert_allclose(logits_of(network, np.array([[5]]))[0, 0, 1:], expected[1:], atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_later_tokens_leave_earlier_logits_alone(lively, data):
    ids = st.lists(st.integers(0, VOCABULARY_SIZE - 1), min_size=12, max_size=12)
    before, after = np.array([data.draw(ids)]), np.array([data.draw(ids)])
    cut = data.draw(st.integers(1, 11))
    after[:, :cut] = before[:, :cut]
    np.testing.assert_array_equal(logits_of(lively, before)[:, :cut], logits_of(lively, after)[:, :cut])


def test_every_earlier_token_matters(lively):
    last = IDS.shape[1] - 1
    block = getattr(lively.network_config, "block_length", 2 * last)
    base = logits_of(lively, IDS[:1])[0, -1]
    for position in range(max(0, (last // block - 1) * block), last + 1):
        changed = IDS[:1].copy()
        changed[0, position] = (changed[0, position] + 1) % VOCABULARY_SIZE
        assert np.abs(logits_of(lively, changed)[0, -1] - base)[1:].max() > 1e-5, position


def test_equal_arguments_give_equal_models(kind, model):
    fresh = build(kind, MATRIX.copy())
    assert same(all_values(fresh), all_values(build(kind)))
    assert same(network_weights(fresh), network_weights(model))


SEEDED = {
    "lstm": LSTMConfig(hidden_dim=6, num_layers=3, tie_embeddings=False, dropout=0.5),
    "transformer": TransformerConfig(hidden_dim=6, num_layers=3, num_heads=1, context_length=8, dropout=0.5),
}


def build_seeded(name, **options):
    config = dataclasses.replace(SEEDED[name], **options)
    return kind_of(config).build(MATRIX, config)


def drawn(network):
    """Return the weights that begin at random: some begin at zero or one."""
    weights = network_weights(network)
    return {n: array for n, array in weights.items() if n != "embedding/table" and np.unique(array).size > 3}


@pytest.mark.parametrize("name", SEEDED)
def test_another_seed_draws_every_weight_anew(name):
    zero, one = (drawn(build_seeded(name, seed=seed)) for seed in (0, 1))
    shapes = SEEDED[name].weight_shapes(VOCABULARY_SIZE, WIDTH)
    assert zero.keys() == one.keys() >= {weight for weight in shapes if weight.endswith(("/kernel", "output/table"))}
    assert not any(np.array_equal(zero[weight], one[weight]) for weight in zero)


@pytest.mark.parametrize("name", SEEDED)
def test_no_two_weights_and_no_two_dropouts_are_equal(name):
    network = build_seeded(name)
    starts = [array.ravel()[:24] for array in drawn(network).values()]  # where shapes differ, numbers may not
    # In proportion, as wider ones are drawn from a narrower range.
    starts = [start / np.abs(start).max() for start in starts]
    assert not any(np.allclose(left, right) for left, right in itertools.combinations(starts, 2))
    ones = np.ones((4, 16), np.float32)
    dropouts = [layer for layer in network.layers if isinstance(layer, keras.layers.Dropout)]
    assert len(dropouts) == {"lstm": 4, "transformer": 8}[name]
    masks = [numpy_of(layer(ones, training=True)) for layer in dropouts]
    assert not any(np.array_equal(left, right) for left, right in itertools.combinations(masks, 2))


@pytest.mark.parametrize("name", SEEDED)
def test_dropout_acts_in_training_only(name):
    network = with_large_weights(build_seeded(name))
    plain = logits_of(network, IDS)
    np.testing.assert_array_equal(logits_of(network, IDS), plain)
    np.testing.assert_allclose(logits_of(network, IDS, training=False), plain, rtol=1e-4, atol=1e-4)
    first, second = logits_of(network, IDS, training=True), logits_of(network, IDS, training=True)
    assert np.abs(first - plain).max() > 1e-3
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", SEEDED)
def test_without_dropout_training_computes_the_same(name):
    network = with_large_weights(build_seeded(name, dropout=0.0))
    plain = logits_of(network, IDS)
    np.testing.assert_allclose(logits_of(network, IDS, training=True), plain, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("tie_embeddings", [True, False])
@pytest.mark.parametrize("train_embeddings", [True, False])
def test_a_frozen_embedding_stays_as_it_is(train_embeddings, tie_embeddings):
    config = LSTMConfig(
        hidden_dim=WIDTH, num_layers=1, train_embeddings=train_embeddings, tie_embeddings=tie_embeddings
    )
    network = build_lstm(MATRIX, config)
    options = TrainingConfig(epochs=1, batch_size=2, sequence_length=5)
    trained = network_weights(train(network, np.arange(40) % 9 + 2, options, progress=False).model)
    assert np.array_equal(trained["embedding/table"], MATRIX) is not train_embeddings
    start = network_weights(network)
    assert not any(np.array_equal(trained[name], start[name]) for name in trained if name != "embedding/table")


def test_a_copy_is_equal_and_shares_nothing(kind):
    network = with_large_weights(build(kind))
    copy = copy_network(network)
    assert network_config(copy) == CONFIGS[kind]
    assert same(network_weights(copy), network_weights(network))
    copy.get_layer("embedding").table.assign(np.zeros_like(MATRIX))
    assert network_weights(network)["embedding/table"].any()


def test_a_keras_file_gives_the_same_logits(kind, model, tmp_path):
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path)
    np.testing.assert_array_equal(logits_of(loaded, IDS), logits_of(model, IDS))
    assert loaded.get_layer("embedding").trainable is CONFIGS[kind].train_embeddings
    with pytest.raises(InputTypeError, match=r"without its config.*save with `nextword.save`"):
        network_config(loaded)


@pytest.mark.parametrize("factory", [build_lstm, build_transformer])
def test_wrong_matrices_are_refused(factory):
    with pytest.raises(InputError, match=r"received shape \(12,\)"):
        factory(np.zeros(12))
    with pytest.raises(InputTypeError, match="holds numbers"):
        factory([["tea"] * 4] * 12)
    with pytest.raises(InputError, match="row 2 has a NaN"):
        factory(np.where(np.arange(12)[:, None] == 2, np.nan, MATRIX))


@pytest.mark.parametrize("kind", ["transformer", "wide transformer"])
def test_an_adam_trained_transformer_changes_every_weight_but_a_frozen_embedding(kind):
    options = TrainingConfig(epochs=2, batch_size=2, sequence_length=4, weight_decay=0.1)
    start = build(kind)
    trained = network_weights(train(start, np.arange(80) % 9 + 2, options, progress=False).model)
    unchanged = {name for name, array in network_weights(start).items() if np.array_equal(trained[name], array)}
    assert unchanged == (set() if CONFIGS[kind].train_embeddings else {"embedding/table"})


def test_a_transformer_sees_its_block_and_the_one_before():
    config = CONFIGS["wide transformer"]  # one layer, blocks of 2
    network = with_large_weights(build("wide transformer"))
    ids = np.random.default_rng(1).integers(3, VOCABULARY_SIZE, (1, 11))
    base = logits_of(network, ids)
    for position in range(11):
        changed = ids.copy()
        changed[0, position] = 2
        seen = np.abs(logits_of(network, changed) - base)[0, :, 1:].max(axis=1) > 1e-6
        blocks = np.arange(11) // config.block_length
        own = position // config.block_length
        np.testing.assert_array_equal(seen, (np.arange(11) >= position) & (blocks <= own + 1))


def test_where_a_transformer_stands_in_a_text_does_not_matter():
    network = with_large_weights(build("wide transformer"))  # one layer: what it sees is its window
    ids = np.random.default_rng(2).integers(3, VOCABULARY_SIZE, (1, 12))
    later = np.concatenate([np.full((1, 400), 2), ids], axis=1)
    expected, found = logits_of(network, ids)[:, 4:, 1:], logits_of(network, later)[:, -8:, 1:]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_a_transformer_of_one_layer_by_hand():
    config = TransformerConfig(hidden_dim=WIDTH, num_layers=1, num_heads=2, context_length=16)
    network = with_large_weights(build_transformer(MATRIX, config))
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
    found = []
    for head in range(2):
        query, key, value = (parts[:, start + 2 * head : start + 2 * head + 2] for start in (0, 4, 8))
        scores = np.array([rotated(query[2], 2) @ rotated(key[j], j) for j in range(3)]) / np.sqrt(2)
        shares = np.exp(scores) / np.exp(scores).sum()
        found.append(shares @ value)
    last = stream[2] + np.concatenate(found) @ weights["attention_0/output_kernel"]
    expanded = np.maximum(norm(last, "feed_forward_norm_0") @ weights["feed_forward_0/kernel"], 0.0) ** 2
    last = last + expanded @ weights["feed_forward_0/output_kernel"]
    expected = weights["embedding/table"] @ norm(last, "output_norm") + weights["logits/bias"]
    np.testing.assert_allclose(logits_of(network, np.array([ids]))[0, 2, 1:], expected[1:], rtol=1e-4, atol=1e-4)
