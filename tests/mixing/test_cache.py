"""The recency cache: a distribution by hand, bit-equal states, and a text that repeats itself."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.mixing.cache import CacheConfig, CacheRuntime, build_cache
from nextword.tokens.vocabulary import SPECIAL_TOKENS, Vocabulary

WORDS = "abcdef"
VOCABULARY = Vocabulary((*SPECIAL_TOKENS, *WORDS), (0, 0, 4, 6, 5, 4, 3, 2, 1))
SIZE = len(VOCABULARY)
IDS = st.lists(st.integers(1, SIZE - 1), max_size=40)


def after(runtime, ids):
    state = runtime.advance(runtime.initial_state(), ids)
    return np.exp(runtime.log_probabilities(state)[0].astype(np.float64))


def test_a_distribution_by_hand():
    config = CacheConfig(window=4, half_life=1.0, smoothing=(1.0, 2.0))
    base = np.array([0, 0.1, 0.1, 0.4, 0.4])
    cache = CacheRuntime(base.astype(np.float32), config)
    # What was read last counts 1, before that 1/2, 1/4, 1/8; the 4 at the start is out of the window.
    words = (base + np.array([0, 0, 0, 1 / 8 + 1 / 2, 1 / 4 + 1])) / (1 + 15 / 8)
    # After the 4 came a 3, which counts 1/2.
    expected = (2 * words + np.array([0, 0, 0, 1 / 2, 0])) / (2 + 1 / 2)
    np.testing.assert_allclose(after(cache, [4, 3, 4, 3, 4]), expected, atol=1e-6)


def test_longer_contexts_count_before_shorter_ones():
    ids = [VOCABULARY.id_of(word) for word in "abceebd" + "ab"]
    trigrams, bigrams = (CacheConfig(half_life=5.0, smoothing=numbers) for numbers in ((10.0, 2.0, 0.1), (10.0, 2.0)))
    c, d = VOCABULARY.id_of("c"), VOCABULARY.id_of("d")
    of_trigrams, of_bigrams = (after(build_cache(VOCABULARY, config), ids) for config in (trigrams, bigrams))
    assert of_bigrams[d] > of_bigrams[c]  # what followed b last
    assert of_trigrams[c] > of_trigrams[d]  # what followed a b


def test_before_any_word_it_is_the_unigram_baseline():
    cache = build_cache(VOCABULARY)
    np.testing.assert_allclose(after(cache, [])[3:6], np.array([6, 5, 4]) / 25.0, rtol=1e-5)


@settings(deadline=None, max_examples=30)
@given(IDS)
def test_what_is_out_of_the_window_is_forgotten(ids):
    cache = build_cache(VOCABULARY, CacheConfig(window=11))
    last = ([5] * 20 + ids)[-11:]
    np.testing.assert_array_equal(after(cache, [5] * 20 + ids), after(cache, last))


def test_a_text_that_repeats_itself_is_predicted_better():
    texts = nw.sample_texts("english")
    tokenizer = nw.build_tokenizer(texts)
    cache = nw.build_language_model(tokenizer, build_cache(tokenizer.vocabulary))
    evaluation = nw.evaluate(cache, list(texts[:10]) * 3, as_stream=True)
    assert evaluation.perplexity < 0.07 * evaluation.unigram.perplexity


def test_the_more_was_read_the_more_it_has_to_say():
    cache = build_cache(VOCABULARY, CacheConfig(window=20))
    said = [cache.confidence(cache.advance(cache.initial_state(), [3] * read))[0] for read in (0, 1, 5, 20, 30)]
    assert said[0] == 0.0
    assert said[:4] == sorted(said[:4])
    assert said[3] == said[4] == pytest.approx(1.0)


def test_the_state_is_small():
    tokens = CacheConfig().window
    cache = CacheRuntime(np.array([0.0, *[1 / 9_999] * 9_999], np.float32), CacheConfig())
    assert cache.initial_state(3)[0].nbytes == 3 * 2 * tokens


@pytest.mark.parametrize("config", [CacheConfig(), CacheConfig(window=9, half_life=3.5, smoothing=(4.0, 0.5, 0.25, 2))])
def test_every_option_survives_a_bundle(config, tmp_path):
    tokenizer = nw.build_tokenizer(nw.sample_texts()[:20])
    lm = nw.build_language_model(tokenizer, build_cache(tokenizer.vocabulary, config))
    nw.save(lm, tmp_path / "lm")
    loaded = nw.load(tmp_path / "lm")
    assert isinstance(loaded.runtime, CacheRuntime)
    assert loaded.runtime.config == config
    np.testing.assert_array_equal(
        nw.next_word_probabilities(loaded, "I like tea. I"), nw.next_word_probabilities(lm, "I like tea. I")
    )
    nw.save(nw.block(loaded, ["I"]), tmp_path / "blocked")
    assert nw.word_probability(nw.load(tmp_path / "blocked"), "I like tea.", "I") == 0.0


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"window": 0}, 0),
        ({"window": 9.0}, 9.0),
        ({"half_life": 0.0}, 0.0),
        ({"smoothing": ()}, ()),
        ({"smoothing": 10.0}, 10.0),
        ({"smoothing": (1.0,) * 9}, (1.0,) * 9),
        ({"smoothing": (1.0, -1.0)}, -1.0),
        ({"smoothing": (1e39,)}, 1e39),
    ],
)
def test_options_outside_their_range_are_refused(options, value):
    with refuses(nw.ConfigError, "option-out-of-range", option=next(iter(options)), value=value):
        replace(CacheConfig(), **options)


def test_what_is_no_base_is_refused():
    with refuses(nw.InputTypeError, "not-a-vocabulary", received="list"):
        build_cache(["tea"])
    for base in ([0.0, 0.5], [0.5, 0.5], [0.0, 2.0, -1.0], [[0.0, 1.0]], [0.0, np.nan]):
        with refuses(nw.InputError, "cache-base", shape=np.shape(base)):
            CacheRuntime(np.array(base, np.float32), CacheConfig())


def by_definition(cache, ids):
    """Return the distribution of the cache, occurrence by occurrence."""
    words = [token_id for token_id in ids[-cache.config.window :] if token_id]
    result = cache.base.astype(np.float64)
    for length, smoothing in enumerate(cache.config.smoothing):
        counts = np.zeros(SIZE)
        for position in range(length, len(words)):
            before = [words[position - back] == words[len(words) - back] for back in range(1, length + 1)]
            if all(before) and cache.base[words[position]]:
                counts[words[position]] += 2.0 ** (-(len(words) - 1 - position) / cache.config.half_life)
        result = (smoothing * result + counts) / (smoothing + counts.sum())
    return result


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.integers(0, SIZE - 1), max_size=15), min_size=1, max_size=6))
def test_texts_side_by_side_are_as_defined_even_with_pads_in_them(texts):
    cache = build_cache(VOCABULARY, CacheConfig(window=9, half_life=3.5, smoothing=(4.0, 0.5, 0.25, 2.0)))
    states = [cache.advance(cache.initial_state(), ids) for ids in texts]
    rows = cache.probabilities((np.concatenate([state[0] for state in states]),))
    for ids, row in zip(texts, rows, strict=True):
        np.testing.assert_allclose(row, by_definition(cache, ids), rtol=2e-5, atol=1e-7)
