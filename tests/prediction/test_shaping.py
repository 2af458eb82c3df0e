"""The shape of a distribution: by hand, and the same in whatever order it was asked for."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.prediction.shaping import Shape, ShapedRuntime, shaped, unshaped
from nextword.runtime import parts_of

TEXTS = ["I like green tea.", "You like Black tea, too!", "我喜欢吃苹果汁。", "我不吃苹果。", "苹。", "果。"]
TOKENIZER = nw.build_tokenizer(TEXTS)
V = len(TOKENIZER.vocabulary)


@pytest.fixture(scope="module")
def base(build_tiny_runtime):
    return build_tiny_runtime(V)


def distribution(runtime, text=""):
    """Probabilities after a text, float64 (V,)."""
    state = runtime.advance(runtime.initial_state(), [2, *TOKENIZER.encode(text).tolist()])
    return np.exp(runtime.log_probabilities(state)[0].astype(np.float64))


@pytest.mark.parametrize("temperature", [0.25, 1.0, 3])
def test_a_temperature_raises_probabilities_to_a_power(base, temperature):
    runtime = ShapedRuntime(base, Shape(temperature=temperature), TOKENIZER)
    powers = distribution(base, "I like") ** (1.0 / temperature)
    np.testing.assert_allclose(distribution(runtime, "I like"), powers / powers.sum(), rtol=1e-4, atol=1e-7)


def test_what_never_comes_leaves_its_share_to_the_others(base):
    expected = distribution(base, "I")
    expected[[3, 7]] = 0.0
    runtime = ShapedRuntime(base, Shape(never=(7, 3)), TOKENIZER)
    np.testing.assert_allclose(distribution(runtime, "I"), expected / expected.sum(), rtol=1e-4, atol=1e-7)
    assert distribution(runtime, "I")[[3, 7]].tolist() == [0.0, 0.0]


def test_blocked_words_have_variants_and_parts(base):
    runtime = ShapedRuntime(base, Shape(blocked=("BLACK", "ｔｅａ", "苹果")), TOKENIZER)

    def impossible(text):
        found = distribution(runtime, text)
        return {word for word, token_id in TOKENIZER.vocabulary.ids.items() if found[token_id] == 0.0}

    whole = {"tea", "Black", "苹果"} & set(TOKENIZER.vocabulary)
    assert impossible("") == whole
    assert impossible("我不吃苹") == whole | {"果"}


SHAPES = st.fixed_dictionaries(
    {
        "temperature": st.sampled_from([0.5, 1.0, 2.0]),
        "never": st.sampled_from([(), (3,), (4, 9)]),
        "blocked": st.sampled_from([(), ("tea",), ("苹果", "green")]),
    }
)


@given(SHAPES, st.permutations(["temperature", "never", "blocked"]), st.sampled_from(["", "I like", "我喜欢吃苹"]))
@settings(max_examples=40, deadline=None)
def test_the_order_of_changes_does_not_matter(base, changes, order, text):
    runtime = base
    for name in order:
        runtime = shaped(runtime, TOKENIZER, **{name: changes[name]})
    assert unshaped(runtime) == (base, Shape(**changes))
    expected = distribution(base, text) ** (1.0 / changes["temperature"])
    expected[list(changes["never"])] = 0.0
    if changes["blocked"]:
        expected[distribution(ShapedRuntime(base, Shape(blocked=changes["blocked"]), TOKENIZER), text) == 0.0] = 0.0
    np.testing.assert_allclose(distribution(runtime, text), expected / expected.sum(), rtol=1e-4, atol=1e-7)
    assert [part.runtime for part in parts_of(runtime)] == [base]
    bare = shaped(runtime, TOKENIZER, temperature=1.0, never=(), blocked=())
    assert bare is base


def test_a_batch_reads_each_text_by_itself(base):
    runtime = ShapedRuntime(base, Shape(blocked=("苹果",), temperature=2.0), TOKENIZER)
    texts = ["我喜欢吃", "我不吃苹"]
    rows = np.stack([TOKENIZER.encode(text)[-3:] for text in texts])
    together = runtime.log_probabilities(runtime.advance(runtime.initial_state(2), rows))
    for row, logs in zip(rows, together, strict=True):
        alone = runtime.log_probabilities(runtime.advance(runtime.initial_state(), row))[0]
        np.testing.assert_array_equal(np.isneginf(logs), np.isneginf(alone))
    fruit = TOKENIZER.vocabulary.ids["果"]
    assert np.isneginf(together[:, fruit]).tolist() == [False, True]


def test_a_shape_is_that_of_the_model_s_own_tokenizer(base):
    fewer = nw.build_tokenizer(TEXTS, nw.TokenizerConfig(level="char", max_vocabulary=V))
    assert len(fewer.vocabulary) == V
    blocking = nw.block(nw.build_language_model(TOKENIZER, base), ["tea"]).runtime
    assert nw.build_language_model(TOKENIZER, blocking).runtime is blocking
    lm = nw.build_language_model(fewer, blocking)
    assert lm.runtime.tokenizer == fewer
    assert unshaped(lm.runtime) == (base, Shape(blocked=("tea",)))
    assert nw.build_language_model(TOKENIZER, ShapedRuntime(base, Shape(), TOKENIZER)).runtime is base


def test_what_does_not_fit_is_refused(base, build_tiny_runtime):
    assert Shape(blocked=(word for word in ["Tea", "tea"])).blocked == ("tea",)
    for blocked in ("tea", ("",), ("tea", ""), ("\u200b",), (1,)):
        with refuses(nw.ConfigError, "option-out-of-range", option="blocked"):
            Shape(blocked=blocked)
    for temperature in (0, -1.0, float("nan"), float("inf"), 1e-9, True, "1"):
        with refuses(nw.ConfigError, "option-out-of-range", option="temperature"):
            Shape(temperature=temperature)
    with refuses(nw.InputError, "shape-does-not-fit", never=(-1,)):
        ShapedRuntime(base, Shape(never=(-1,)), TOKENIZER)
    with refuses(nw.InputError, "shape-does-not-fit", vocabulary_sizes=(V, 9)):
        ShapedRuntime(build_tiny_runtime(9), Shape(temperature=2.0), TOKENIZER)
