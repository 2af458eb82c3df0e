"""Options of training: their ranges, what is derived from the size of the text, and the learning rate."""

import dataclasses
import math

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.errors import ConfigError
from nextword.networks.lstm.config import LSTMConfig
from nextword.networks.transformer.config import TransformerConfig
from nextword.training.config import SAMPLED_FROM_VOCABULARY, TrainingConfig, learning_rate_at
from nextword.training.history import EpochRecord, History

DERIVED = ("epochs", "batch_size", "sequence_length", "learning_rate", "negatives", "patience", "precision")
DERIVED += ("optimizer", "warmup_share")


def test_derived_for_a_million_words():
    options = TrainingConfig().resolve(1_000_000, 10_000, 70_000)
    assert (options.epochs, options.batch_size, options.sequence_length) == (4, 20, 35)
    assert (options.learning_rate, options.negatives, options.time_limit) == (20.0, 2048, None)
    assert options.patience == 4


def test_derived_for_a_short_text():
    options = TrainingConfig().resolve(280, 40)
    assert (options.batch_size, options.sequence_length, options.negatives) == (2, 14, 0)
    assert options.learning_rate == pytest.approx(20.0 * math.sqrt(0.1))  # 28 tokens a step instead of 280
    assert (options.epochs, options.patience) == (30, 10)  # of 10 steps: 300 in all, patience for 100


def test_derived_at_the_edges():
    assert TrainingConfig().resolve(3_999_999, 100).batch_size == 20
    assert TrainingConfig().resolve(4_000_000, 100).batch_size == 40
    assert TrainingConfig().resolve(10_000, SAMPLED_FROM_VOCABULARY - 1).negatives == 0
    assert TrainingConfig().resolve(10_000, SAMPLED_FROM_VOCABULARY).negatives == 2048
    assert TrainingConfig(time_limit=1.0).resolve(10_000, 100).epochs == 12
    assert TrainingConfig(time_limit=1.0).resolve(100_000, 100).epochs == 1000
    assert TrainingConfig(time_limit=1.0, epochs=3).resolve(10_000, 100).epochs == 3


def test_what_suits_the_network_is_taken_unless_another_is_asked_for():
    for network, optimizer in ((LSTMConfig(), "sgd"), (TransformerConfig(), "adam")):
        options = TrainingConfig().resolve(1_000_000, 10_000, network=network)
        assert (options.optimizer, options.sequence_length) == (optimizer, network.window)
    # Adam's steps are as large as the rate, whatever the gradient: it needs a far smaller one, and to warm up.
    sgd, adam = (TrainingConfig(optimizer=name).resolve(1_000_000, 10_000) for name in ("sgd", "adam"))
    assert sgd.warmup_share == 0.0 < adam.warmup_share < adam.constant_share
    assert adam.learning_rate < 0.01 * sgd.learning_rate
    assert dataclasses.replace(sgd, optimizer="adam", warmup_share=0.5).resolve(1_000_000, 10_000).warmup_share == 0.5


@settings(deadline=None, max_examples=50)
@given(
    st.integers(2, 10_000_000),
    st.integers(4, 100_000),
    st.integers(0, 500_000),
    st.sampled_from([LSTMConfig(), TransformerConfig(), TransformerConfig(context_length=20)]),
)
def test_every_size_of_text_gets_usable_options(num_tokens, vocabulary_size, num_validation_tokens, network):
    config = TrainingConfig()
    options = config.resolve(num_tokens, vocabulary_size, num_validation_tokens, network)
    assert all(getattr(options, name) is not None for name in DERIVED)
    assert options.resolve(num_tokens, vocabulary_size, num_validation_tokens, network) == options
    assert config == TrainingConfig()
    steps = math.ceil(num_tokens / (options.batch_size * options.sequence_length))
    assert options.epochs * steps >= 300
    assert 1 <= options.sequence_length <= min(network.window, num_validation_tokens or network.window)
    assert options.batch_size * options.sequence_length <= num_tokens
    assert 0 <= options.negatives < vocabulary_size


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_given_options_are_kept(data):
    chosen = {
        name: data.draw(strategy)
        for name, strategy in {
            "epochs": st.integers(1, 99),
            "batch_size": st.integers(1, 99),
            "sequence_length": st.integers(1, 99),
            "optimizer": st.sampled_from(["sgd", "adam"]),
            "learning_rate": st.floats(0.1, 50.0),
            "weight_decay": st.floats(0.0, 0.9),
            "warmup_share": st.floats(0.0, 0.9),
            "negatives": st.integers(0, 99),
            "clip_norm": st.floats(0.1, 9.0),
            "constant_share": st.floats(0.0, 1.0),
            "unknown_rate": st.floats(0.0, 1.0),
            "shuffle": st.booleans(),
            "patience": st.integers(1, 9),
            "precision": st.sampled_from(["float32", "bfloat16"]),
            "time_limit": st.none() | st.floats(0.1, 9.0),
            "seed": st.integers(0, 9),
        }.items()
    }
    assert set(chosen) == {field.name for field in dataclasses.fields(TrainingConfig)}
    if chosen["optimizer"] == "sgd" and chosen["weight_decay"]:  # which SGD has not
        with refuses(ConfigError, "weight-decay-without-adam", optimizer="sgd"):
            TrainingConfig(**chosen)
        chosen["weight_decay"] = 0.0
    assert dataclasses.asdict(TrainingConfig(**chosen).resolve(1000, 100, 100)) == chosen


@pytest.mark.parametrize(
    ("progress", "rate"), [(0.0, 20.0), (0.5, 20.0), (0.6, 20.0), (0.8, 10.5), (1.0, 1.0), (1.5, 1.0)]
)
def test_the_learning_rate_by_hand(progress, rate):
    assert learning_rate_at(progress, TrainingConfig(learning_rate=20.0)) == pytest.approx(rate)


@settings(deadline=None, max_examples=50)
@given(st.floats(0.0, 1.0), st.floats(0.01, 100.0), st.lists(st.floats(0.0, 3.0), min_size=2, max_size=9))
def test_the_learning_rate_never_rises(constant_share, start, progress):
    config = TrainingConfig(learning_rate=start, constant_share=constant_share)
    rates = [learning_rate_at(share, config) for share in sorted(progress)]
    assert rates == sorted(rates, reverse=True)
    assert all(0.05 * start * (1 - 1e-9) <= rate <= start for rate in rates)
    assert learning_rate_at(0.0, config) == start


def test_the_learning_rate_warms_up_by_hand():
    config = TrainingConfig(learning_rate=4.0, warmup_share=0.2, constant_share=0.6)
    for progress, rate in ((0.05, 1.0), (0.1, 2.0), (0.2, 4.0), (0.6, 4.0), (0.8, 2.1), (1.0, 0.2)):
        assert learning_rate_at(progress, config) == pytest.approx(rate)
    assert learning_rate_at(0.0, config) > 0.0  # the first step learns too


@settings(deadline=None, max_examples=50)
@given(st.floats(0.001, 0.999), st.floats(1e-5, 100.0), st.lists(st.floats(0.0, 1.0), min_size=2, max_size=9))
def test_a_warming_rate_rises_and_never_above_its_start(share, start, progress):
    config = TrainingConfig(learning_rate=start, warmup_share=share, constant_share=1.0)
    rates = [learning_rate_at(done, config) for done in sorted(progress)]
    assert rates == sorted(rates)
    assert all(0.0 < rate <= start * (1 + 1e-9) for rate in rates)


def test_weight_decay_is_refused_where_the_network_takes_sgd():
    config = TrainingConfig(weight_decay=0.1)
    assert config.resolve(1000, 100, network=TransformerConfig()).weight_decay == 0.1
    with refuses(ConfigError, "weight-decay-without-adam", weight_decay=0.1, optimizer="sgd"):
        config.resolve(1000, 100)


@settings(deadline=None, max_examples=50)
@given(st.floats(0.01, 0.9), st.floats(0.0, 1.0), st.floats(0.0, 0.99))
def test_a_rate_never_jumps(warmup, constant, progress):
    config = TrainingConfig(learning_rate=1.0, warmup_share=warmup, constant_share=constant)
    step = 1e-6
    change = abs(learning_rate_at(progress + step, config) - learning_rate_at(progress, config))
    if constant < 0.99:  # falling at once at the very end is asked for
        assert change <= step * (1.0 / warmup + 1.0 / (1.0 - constant)) + 1e-9


def test_a_rate_that_stays_constant_past_the_end():
    # The clock may pass the time limit while validating.
    config = TrainingConfig(learning_rate=20.0, constant_share=1.0, time_limit=1.0)
    assert [learning_rate_at(progress, config) for progress in (0.0, 1.0, 1.5)] == [20.0, 20.0, 20.0]


SIZES = [0, -1, 1_000_001, True, 2.0, "3"]
WRONG = {
    **dict.fromkeys(("epochs", "batch_size", "sequence_length", "patience"), SIZES),
    "optimizer": ["Adam", "adamw", 1, True],
    "precision": ["float16", 32, True],
    "learning_rate": [0.0, math.nan, math.inf, "20"],
    "weight_decay": [-0.1, 1.0, None],
    "warmup_share": [-0.1, 1.0, True],
    "clip_norm": [0, -1.0, None],
    "constant_share": [-0.1, 1.1, None],
    "negatives": [-1, 1_000_001, 2.0],
    "unknown_rate": [-0.1, 1.5, True],
    "shuffle": [0, 1, None, "no"],
    "time_limit": [0, -3.0, math.inf],
    "seed": [-1, 0.5, None],
}


@pytest.mark.parametrize("option", [field.name for field in dataclasses.fields(TrainingConfig)])
def test_wrong_options_are_refused(option):
    for value in WRONG[option]:
        with refuses(ConfigError, "option-out-of-range", option=option) as caught:
            TrainingConfig(**{option: value})
        assert caught.value.figures["value"] is value


def test_options_are_frozen_and_named():
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainingConfig().epochs = 3
    with pytest.raises(TypeError, match="positional"):
        TrainingConfig(3)


def record(epoch, perplexity):
    return EpochRecord(
        epoch=epoch,
        steps=10 * epoch,
        learning_rate=1.0,
        perplexity=9.0,
        validation_perplexity=perplexity,
        seconds=2.0 * epoch,
        words_per_second=5.0,
    )


def history(*records, best_epoch):
    return History(
        epochs=records,
        best_epoch=best_epoch,
        stopped_by="epochs",
        config=TrainingConfig(),
        tokens=50,
        validation_tokens=5,
    )


def test_a_history_tells_of_the_weights_that_were_kept():
    whole = history(record(1, 8.0), record(2, 6.0), record(3, 7.0), best_epoch=2)
    assert (whole.seconds, whole.validation_perplexity) == (6.0, 6.0)
    assert history(record(1, None), best_epoch=1).validation_perplexity is None
    empty = history(best_epoch=0)
    assert (empty.seconds, empty.validation_perplexity) == (0.0, None)


def test_bfloat16_is_taken_for_large_texts_where_the_processor_has_it(monkeypatch):
    for has_it, precision in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr("nextword.training.config.multiplies_bfloat16", lambda has_it=has_it: has_it)
        assert TrainingConfig().resolve(100_000, 100).precision == precision
        assert TrainingConfig().resolve(99_999, 100).precision == "float32"
