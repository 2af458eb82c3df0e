"""Recipes: the largest network that the time pays for, dropout that grows with the passes, and their limits."""

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given, strategies as st
from refusals import refuses

import nextword as nw
from nextword.fitting.estimates import other_seconds
from nextword.fitting.recipes import (
    DROPOUT,
    DROPOUT_OF_FEW,
    FEW_WORDS,
    MOST_DROPOUT,
    ROWS,
    VERY_FEW_WORDS,
    FitConfig,
    default_network,
    recipe,
)


@pytest.mark.parametrize(
    ("words", "minutes", "layers", "units", "width", "dropout"),
    [
        (900_000, 0.5, 1, 200, 200, 0.0),
        (900_000, 1.0, 1, 200, 200, 0.1),
        (900_000, 2.0, 1, 300, 200, 0.2),
        (900_000, 10.0, 2, 400, 400, 0.35),
        (900_000, 30.0, 2, 400, 400, 0.5),
        (10**9, 30.0, 1, 200, 200, 0.0),
    ],
)
def test_a_recipe_takes_the_largest_network_that_the_time_pays_for(
    words: int, minutes: float, layers: int, units: int, width: int, dropout: float
) -> None:
    config = recipe(words, minutes)
    assert config.network is not None
    assert (config.network.num_layers, config.network.hidden_dim) == (layers, units)
    assert config.network.dropout == dropout
    assert config.cooccurrence is not None
    assert config.cooccurrence.dimension == width
    assert config.training.time_limit == config.time_limit == minutes * 60
    assert config.words == words
    assert config == recipe(words=words, minutes=minutes)


def test_more_time_than_the_text_can_use_is_not_taken() -> None:
    limits = [recipe(100_000, minutes).training.time_limit for minutes in (1.0, 30.0, 600.0)]
    assert limits == sorted(limits)
    assert limits[0] == 60.0
    assert limits[1] == limits[2] < 600.0
    assert recipe(1_000_000, 50.0).training.time_limit == 3000.0


@given(st.integers(100_000, 10**9), st.floats(0.01, 600.0), st.floats(1.0, 10.0))
def test_more_time_never_gives_a_smaller_network(words: int, minutes: float, factor: float) -> None:
    networks = [network for m in (minutes, minutes * factor) if (network := recipe(words, m).network)]
    assert len(networks) == 2
    assert networks[0].hidden_dim <= networks[1].hidden_dim
    assert networks[0].num_layers <= networks[1].num_layers


def test_the_tables_ascend() -> None:
    assert ROWS.keys() == DROPOUT.keys()
    for kind, rows in ROWS.items():
        assert rows[0].passes == 0.0
        assert list(rows) == sorted(rows, key=lambda row: row.passes)
        table = [*DROPOUT[kind], (float("inf"), MOST_DROPOUT)]
        assert table == sorted(table)


def test_a_recipe_for_a_transformer() -> None:
    for words in (1_000, 1_000_000):
        config = recipe(words, 5.0, "transformer")
        assert isinstance(config.network, nw.TransformerConfig)
        assert config.training.time_limit == 300.0
    with refuses(nw.ConfigError, "option-out-of-range", option="network", value="gru"):
        recipe(1_000, 5.0, "gru")  # type: ignore[arg-type]


@pytest.mark.parametrize("words", [0, -1, 1.5, "1000", True, None])
def test_a_recipe_needs_a_number_of_words(words: Any) -> None:
    with refuses(nw.ConfigError, "option-out-of-range", option="words"):
        recipe(words, 1)


@pytest.mark.parametrize("minutes", [0, -1.0, float("nan"), float("inf"), "5", True, None])
def test_a_recipe_needs_a_time(minutes: Any) -> None:
    with refuses(nw.ConfigError, "option-out-of-range", option="minutes"):
        recipe(1000, minutes)


def test_a_small_text_gets_the_default_network_whatever_the_time() -> None:
    asked = FitConfig(training=nw.TrainingConfig(time_limit=3600.0), time_limit=3600.0, words=99_999)
    assert recipe(words=99_999, minutes=60) == asked
    assert default_network(99_999) == nw.LSTMConfig(num_layers=1, dropout=DROPOUT_OF_FEW)
    assert default_network(VERY_FEW_WORDS - 1) == nw.LSTMConfig(num_layers=1, dropout=MOST_DROPOUT)


def test_the_default_network_drops_more_where_a_text_is_read_more_often() -> None:
    networks = [default_network(number) for number in (100_000, 500_000, 10_000_000)]
    assert {network.num_layers for network in networks} == {1}
    assert networks == sorted(networks, key=lambda network: -network.dropout)
    assert networks[0].dropout == DROPOUT_OF_FEW > MOST_DROPOUT
    assert default_network(FEW_WORDS - 1).dropout == DROPOUT_OF_FEW
    assert default_network(FEW_WORDS).dropout == MOST_DROPOUT


@pytest.mark.parametrize("held_out", [-0.1, 0.5, float("nan"), "0.1"])
def test_the_held_out_share_has_limits(held_out: Any) -> None:
    with refuses(nw.ConfigError, "option-out-of-range", option="held_out"):
        FitConfig(held_out=held_out)
    assert dataclasses.replace(FitConfig(), held_out=0.49).held_out == 0.49


def test_a_network_is_a_config() -> None:
    for network in ("lstm", 3, nw.TrainingConfig()):
        with refuses(nw.ConfigError, "option-out-of-range", option="network"):
            FitConfig(network=network)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("option", "values"), [("time_limit", [0, -1.0, math.inf, "9", True]), ("words", [0, 1.5, True])]
)
def test_a_time_and_a_number_of_words_have_limits(option: str, values: list[Any]) -> None:
    for value in values:
        with refuses(nw.ConfigError, "option-out-of-range", option=option):
            FitConfig(**{option: value})
    assert FitConfig().time_limit is FitConfig().words is None


def test_the_passes_are_those_of_the_time_that_training_gets() -> None:
    words = 3_000_000
    others = other_seconds(words, 600.0)
    assert 10.0 < others < 200.0
    slow = ROWS["lstm"][-1]
    # Just enough for the larger network if all of the time were for training.
    minutes = slow.passes * words / slow.words_per_second / 60.0
    small, large = recipe(words, minutes * 1.001).network, recipe(words, minutes * 1.001 + others / 60.0).network
    assert small is not None
    assert large is not None
    assert (small.num_layers, large.num_layers) == (1, 2)
