"""Sizes of the networks: every option is checked, and the weights follow by arithmetic."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import ConfigError, InputError, InputTypeError
from nextword.networks.config import MAX_LAYERS, MAX_WIDTH, check_embedding_matrix
from nextword.networks.kinds import NETWORKS
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.transformer.config import MAX_CONTEXT, TransformerConfig

WRONG = {
    "hidden_dim": [0, -1, MAX_WIDTH + 1, 8.0, True, "8", None],
    "num_layers": [0, MAX_LAYERS + 1, 1.0, False, None],
    "dropout": [-0.1, 1.0, float("nan"), float("inf"), True, "0.2", None],
    "train_embeddings": [0, 1, "yes", None],
    "cutoffs": [4, "45", [3, 9], (9, 9), (9, 5), (4.0,), (True,), ("9",), tuple(range(4, 2000)), {9}],
    "seed": [-1, 0.5, True, None],
}
WRONG_BY_KIND = {
    LSTMConfig: {**WRONG, "tie_embeddings": [0, 1, "yes", None]},
    TransformerConfig: {
        **WRONG,
        "num_heads": [0, -1, 2.0, True, None],
        "context_length": [0, 1, 10**9, 4.0, True, None],
    },
}


def test_every_field_has_wrong_values_here():
    assert [*WRONG_BY_KIND] == [kind.config for kind in NETWORKS]
    for kind, wrong in WRONG_BY_KIND.items():
        assert {field.name for field in dataclasses.fields(kind)} == wrong.keys()


@pytest.mark.parametrize(
    ("kind", "option"), [(kind, option) for kind, wrong in WRONG_BY_KIND.items() for option in wrong]
)
def test_wrong_values_are_refused(kind, option):
    for value in WRONG_BY_KIND[kind][option]:
        with refuses(ConfigError, "option-out-of-range", option=option) as caught:
            kind(**{option: value})
        assert caught.value.figures["value"] is value


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


def test_width_and_heads_must_divide():
    for hidden_dim, num_heads, possible in (
        (100, 3, [1, 2, 5, 10, 25, 50]),
        (12, 4, [1, 2, 3, 6]),  # heads of 3 numbers, which are no pairs
        (7, 1, []),
    ):
        with refuses(ConfigError, "heads-do-not-divide", hidden_dim=hidden_dim, possible_heads=possible):
            TransformerConfig(hidden_dim=hidden_dim, num_heads=num_heads)
    with refuses(ConfigError, "context-length-odd", context_length=33):
        TransformerConfig(context_length=33)


@settings(deadline=None, max_examples=50)
@given(st.integers(2, 200), st.integers(1, 40))
def test_the_heads_that_an_error_names_fit(width, heads):
    try:
        TransformerConfig(hidden_dim=width, num_heads=heads)
    except ConfigError as error:
        text, possible_heads = str(error), error.figures["possible_heads"]
        assert width % (2 * heads)
        assert bool(possible_heads) != bool(width % 2)
        for possible in possible_heads:
            assert TransformerConfig(hidden_dim=width, num_heads=possible).num_heads == possible
            assert str(possible) in text
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
        with refuses(ConfigError, "option-out-of-range", option="depth", value=depth):
            TransformerConfig.from_depth(depth)


def test_weight_shapes_of_a_transformer_by_hand():
    config = TransformerConfig(hidden_dim=4, num_layers=1, num_heads=1)
    assert config.weight_shapes(7, 2) == {
        "embedding/table": (7, 2),
        "input_projection/kernel": (2, 4),
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
    assert not {"input_projection/kernel", "projection/kernel"} & config.weight_shapes(7, 4).keys()


GOOD = np.ones((5, 2), dtype=np.float32)


def with_value(value, dtype=np.float32):
    """Return a (5, 2) matrix with one odd number in row 3."""
    matrix = np.ones((5, 2), dtype=dtype)
    matrix[3, 1] = value
    return matrix


@pytest.mark.parametrize(
    ("matrix", "error", "code", "figures"),
    [
        (np.ones(6), InputError, "matrix-shape", {"shape": (6,)}),
        (np.ones((2, 5, 2)), InputError, "matrix-shape", {"shape": (2, 5, 2)}),
        (np.ones((3, 2)), InputError, "matrix-shape", {"shape": (3, 2)}),
        (np.ones((5, 0)), InputError, "matrix-shape", {"shape": (5, 0)}),
        (np.ones((4, MAX_WIDTH + 1), np.float32), InputError, "matrix-shape", {}),
        (with_value(np.nan), InputError, "matrix-not-finite", {"row": 3}),
        (with_value(-np.inf), InputError, "matrix-not-finite", {"row": 3}),
        (with_value(1e300, np.float64), InputError, "matrix-not-finite", {"row": 3}),
        ([["a", "b"]] * 5, InputTypeError, "matrix-not-numbers", {"dtype": "<U1"}),
        ("matrix", InputTypeError, "matrix-not-numbers", {"dtype": "<U6"}),
        (None, InputTypeError, "matrix-not-numbers", {"dtype": "object"}),
        (np.ones((5, 2), bool), InputTypeError, "matrix-not-numbers", {"dtype": "bool"}),
        (np.ones((5, 2), complex), InputTypeError, "matrix-not-numbers", {"dtype": "complex128"}),
    ],
)
def test_wrong_matrices_are_refused(matrix, error, code, figures):
    with refuses(error, code, **figures):
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
            print(error.code)
        else:
            raise SystemExit("not refused")
loaded = [name for name in ("keras", "tensorflow", "jax") if name in sys.modules]
raise SystemExit(f"imported {loaded}" if loaded else 0)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    codes = ["matrix-shape", "matrix-not-finite", "matrix-not-numbers", "matrix-shape"]
    assert done.stdout.split() == [code for code in codes for _ in range(2)]
