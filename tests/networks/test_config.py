"""Sizes of the networks: every option is checked, and the weights follow by arithmetic."""

import dataclasses
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from nextword.errors import ConfigError, InputError, InputTypeError
from nextword.networks.config import MAX_LAYERS, MAX_WIDTH, check_embedding_matrix
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.transformer.config import MAX_CONTEXT, TransformerConfig

WRONG = {
    "hidden_dim": [0, -1, MAX_WIDTH + 1, 8.0, True, "8", None],
    "num_layers": [0, MAX_LAYERS + 1, 1.0, False, None],
    "dropout": [-0.1, 1.0, float("nan"), float("inf"), True, "0.2", None],
    "tie_embeddings": [0, 1, "yes", None],
    "train_embeddings": [0, 1, np.True_, None],
    "seed": [-1, 0.5, True, None],
}


def test_every_field_has_wrong_values_here():
    assert [field.name for field in dataclasses.fields(LSTMConfig)] == list(WRONG)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_wrong_values_are_refused(name, value):
    with pytest.raises(ConfigError, match=rf"`{name}` must be .*; received .* \({type(value).__name__}\)"):
        LSTMConfig(**{name: value})


def test_the_edges_are_allowed():
    config = LSTMConfig(hidden_dim=MAX_WIDTH, num_layers=MAX_LAYERS, dropout=0, seed=2**80)
    assert LSTMConfig(**dataclasses.asdict(config)) == config
    assert LSTMConfig(hidden_dim=1, num_layers=1, dropout=0.999).hidden_dim == 1


def test_configs_are_frozen_and_keyword_only():
    with pytest.raises(dataclasses.FrozenInstanceError):
        LSTMConfig().hidden_dim = 3
    with pytest.raises(TypeError, match="positional"):
        LSTMConfig(3)


def test_weight_shapes_by_hand():
    assert LSTMConfig(hidden_dim=3, num_layers=2).weight_shapes(7, 2) == {
        "embedding/table": (7, 2),
        "lstm_0/kernel": (2, 12),
        "lstm_0/recurrent_kernel": (3, 12),
        "lstm_0/bias": (12,),
        "lstm_1/kernel": (3, 12),
        "lstm_1/recurrent_kernel": (3, 12),
        "lstm_1/bias": (12,),
        "projection/kernel": (3, 2),
        "logits/bias": (7,),
    }
    untied = LSTMConfig(hidden_dim=3, num_layers=1, tie_embeddings=False).weight_shapes(7, 2)
    assert untied["output/table"] == (7, 3)
    assert "projection/kernel" not in untied
    assert list(LSTMConfig(hidden_dim=2, num_layers=1).weight_shapes(7, 2))[-2:] == ["lstm_0/bias", "logits/bias"]


WRONG_FOR_TRANSFORMERS = {
    "hidden_dim": [0, -1, MAX_WIDTH + 1, 8.0, True, "8", None],
    "num_layers": [0, MAX_LAYERS + 1, 1.0, False, None],
    "num_heads": [0, -1, 2.0, True, None],
    "context_length": [0, 1, 10**9, 4.0, True, None],
    "dropout": [-0.1, 1.0, float("nan"), True, "0.2", None],
    "train_embeddings": [0, 1, "yes", None],
    "seed": [-1, 0.5, True, None],
}


def test_every_field_of_a_transformer_has_wrong_values_here():
    assert [field.name for field in dataclasses.fields(TransformerConfig)] == list(WRONG_FOR_TRANSFORMERS)


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG_FOR_TRANSFORMERS.items() for value in values]
)
def test_wrong_values_of_transformers_are_refused(name, value):
    with pytest.raises(ConfigError, match=rf"`{name}` must be .*; received .* \({type(value).__name__}\)"):
        TransformerConfig(**{name: value})


def test_width_and_heads_must_divide():
    with pytest.raises(ConfigError, match=r"received 100 and 3\. .*100 divides into 1, 2, 5, 10, 25, 50 heads"):
        TransformerConfig(hidden_dim=100, num_heads=3)
    with pytest.raises(ConfigError, match=r"received 12 and 4\. .*12 divides into 1, 2, 3, 6 heads"):
        TransformerConfig(hidden_dim=12, num_heads=4)  # heads of 3 numbers, which are no pairs
    with pytest.raises(ConfigError, match=r"received 7 and 1.*make it even"):
        TransformerConfig(hidden_dim=7, num_heads=1)
    with pytest.raises(ConfigError, match=r"`context_length` must be even, .*; received 33\. Take 34"):
        TransformerConfig(context_length=33)


@settings(deadline=None)
@given(st.integers(2, 200), st.integers(1, 40))
def test_the_heads_that_an_error_names_fit(width, heads):
    try:
        TransformerConfig(hidden_dim=width, num_heads=heads)
    except ConfigError as error:
        assert width % (2 * heads)
        named = re.search(r"divides into ([0-9, ]+) heads", str(error))
        assert (named is None) == bool(width % 2)
        for number in map(int, named[1].split(", ") if named else ()):
            assert TransformerConfig(hidden_dim=width, num_heads=number).num_heads == number
    else:
        assert width % (2 * heads) == 0


@pytest.mark.parametrize(
    "edge",
    [
        TransformerConfig(hidden_dim=MAX_WIDTH, num_layers=MAX_LAYERS, context_length=MAX_CONTEXT, seed=2**80),
        TransformerConfig(hidden_dim=2, num_layers=1, num_heads=1, context_length=2, dropout=0.999),
        TransformerConfig(hidden_dim=MAX_WIDTH, num_heads=MAX_WIDTH // 2, dropout=0),
    ],
)
def test_the_edges_of_a_transformer_are_allowed(edge):
    assert TransformerConfig(**dataclasses.asdict(edge)) == edge


def test_what_follows_from_the_window_and_the_heads():
    config = TransformerConfig(hidden_dim=24, num_heads=3, context_length=10)
    assert (config.block_length, config.window) == (5, 5)
    # A head of 8 numbers has 4 pairs: the first turns by a radian a token, each further one more slowly.
    np.testing.assert_allclose(config.rotation_frequencies, [1.0, 0.1, 0.01, 0.001])


def test_a_depth_gives_the_sizes():
    assert TransformerConfig.from_depth(4) == TransformerConfig()
    config = TransformerConfig.from_depth(2, context_length=32, dropout=0.5, seed=3)
    assert config == TransformerConfig(
        hidden_dim=128, num_layers=2, num_heads=2, context_length=32, dropout=0.5, seed=3
    )
    for depth in (0, MAX_LAYERS + 1, 2.0, None):
        with pytest.raises(ConfigError, match="`depth` must be an integer"):
            TransformerConfig.from_depth(depth)


def test_weight_shapes_of_a_transformer_by_hand():
    config = TransformerConfig(hidden_dim=4, num_layers=1, num_heads=1)
    assert config.weight_shapes(7, 2) == {
        "embedding/table": (7, 2),
        "entrance/kernel": (2, 4),
        "attention_norm_0/scale": (4,),
        "attention_0/kernel": (4, 12),
        "attention_0/output_kernel": (4, 4),
        "feed_forward_norm_0/scale": (4,),
        "feed_forward_0/kernel": (4, 16),
        "feed_forward_0/output_kernel": (16, 4),
        "output_norm/scale": (4,),
        "projection/kernel": (4, 2),
        "logits/bias": (7,),
    }
    assert not {"entrance/kernel", "projection/kernel"} & config.weight_shapes(7, 4).keys()


GOOD = np.ones((5, 2), dtype=np.float32)


def with_value(value, dtype=np.float32):
    """Return a (5, 2) matrix with one odd number in row 3."""
    matrix = np.ones((5, 2), dtype=dtype)
    matrix[3, 1] = value
    return matrix


@pytest.mark.parametrize(
    ("matrix", "error", "match"),
    [
        (np.ones(6), InputError, r"shape \(V, D\).*received shape \(6,\)"),
        (np.ones((2, 5, 2)), InputError, r"received shape \(2, 5, 2\)"),
        (np.ones((3, 2)), InputError, r"V at least 4.*received shape \(3, 2\)"),
        (np.ones((5, 0)), InputError, r"received shape \(5, 0\)"),
        (np.ones((4, MAX_WIDTH + 1), np.float32), InputError, r"D from 1 to 4096"),
        (with_value(np.nan), InputError, "row 3 has a NaN or an infinity"),
        (with_value(-np.inf), InputError, "row 3 has a NaN or an infinity"),
        (with_value(1e300, np.float64), InputError, "row 3 has a NaN or an infinity"),
        ([["a", "b"]] * 5, InputTypeError, "holds numbers; received an array of <U1"),
        ("matrix", InputTypeError, "holds numbers; received an array of <U6"),
        (None, InputTypeError, "holds numbers; received an array of object"),
        (np.ones((5, 2), bool), InputTypeError, "holds numbers; received an array of bool"),
        (np.ones((5, 2), complex), InputTypeError, "holds numbers; received an array of complex"),
    ],
)
def test_wrong_matrices_are_refused(matrix, error, match):
    with pytest.raises(error, match=match):
        check_embedding_matrix(matrix)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int8, np.uint64])
def test_numbers_of_any_kind_become_float32(dtype):
    checked = check_embedding_matrix(GOOD.astype(dtype))
    assert checked.dtype == np.float32
    np.testing.assert_array_equal(checked, GOOD)
    np.testing.assert_array_equal(check_embedding_matrix(GOOD.tolist()), GOOD)


def test_a_refused_matrix_does_not_wait_for_keras():
    script = """
import sys
import numpy as np
import nextword as nw

nan = np.zeros((5, 2), np.float32)
nan[4, 0] = np.nan
for matrix in (np.zeros(5), nan, [["a", "b"]] * 5, np.zeros((3, 2))):
    for build in (nw.build_lstm, nw.build_transformer):
        try:
            build(matrix)
        except nw.NextwordError as error:
            print(type(error).__name__, error)
        else:
            raise SystemExit("not refused")
loaded = [name for name in ("keras", "tensorflow", "jax") if name in sys.modules]
raise SystemExit(f"imported {loaded}" if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "row 4 has a NaN" in done.stdout
    assert len(done.stdout.splitlines()) == 8
