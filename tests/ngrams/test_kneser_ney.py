"""Kneser-Ney from counts, against a slow version that follows the paper word for word."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import nextword as nw
from nextword.ngrams.disk_arrays import Spool
from nextword.ngrams.kneser_ney import NgramConfig, _discounts, _estimate, build_ngram
from nextword.ngrams.runtime import NgramOrder, NgramRuntime
from nextword.runtime import Runtime

EOS = 2
STREAMS = st.lists(st.sampled_from([1, 2, 2, 3, 4, 5, 6, 7]), min_size=1, max_size=80)


class ByHand:
    """Interpolated modified Kneser-Ney with dictionaries."""

    def __init__(self, ids, size, order):
        self.size, self.order = size, order
        sentences, sentence = [], []
        for token in ids:
            sentence.append(token)
            if token == EOS:
                sentences.append(sentence)
                sentence = []
        if sentence:
            sentences.append(sentence)
        raw = Counter()
        for sentence in sentences:
            padded = [EOS, *sentence]  # what ends one begins the next
            for length in range(1, order + 1):
                for start in range(len(padded) - length + 1):
                    gram = tuple(padded[start : start + length])
                    if not (length == 1 and start == 0):
                        raw[gram] += 1
        before = defaultdict(set)
        for gram in raw:
            if len(gram) > 1:
                before[gram[1:]].add(gram[0])
        self.counts = {}
        for gram, count in raw.items():
            kept = len(gram) == order or (len(gram) > 1 and gram[0] == EOS)
            self.counts[gram] = count if kept else len(before[gram])
        self.discounts = {length: self.discount(length) for length in range(1, order + 1)}

    def discount(self, length):
        values = [count for gram, count in self.counts.items() if len(gram) == length]
        n = [values.count(k) for k in range(5)]
        y = n[1] / (n[1] + 2 * n[2]) if n[1] and n[2] else 0.9
        found = [y, 2 - 3 * y * n[3] / max(n[2], 1), 3 - 4 * y * n[4] / max(n[3], 1)]
        enough = min(n[1:]) > 0 and n[4] >= 5
        return [d if enough and 0 < d < k else y for k, d in enumerate(found, start=1)]

    def taken(self, gram):
        return self.discounts[len(gram)][min(self.counts[gram], 3) - 1]

    def probability(self, context, word):
        if not context:
            total = sum(count for gram, count in self.counts.items() if len(gram) == 1)
            seen = {gram[0] for gram in self.counts if len(gram) == 1}
            left = sum(self.taken((w,)) for w in seen) / total
            unseen = [w for w in range(1, self.size) if w not in seen] or range(1, self.size)
            own = (self.counts[(word,)] - self.taken((word,))) / total if word in seen else 0.0
            return own + (left / len(unseen) if word in unseen else 0.0)
        after = [gram for gram in self.counts if len(gram) == len(context) + 1 and gram[:-1] == context]
        shorter = self.probability(context[1:], word)
        if not after:
            return shorter
        total = sum(self.counts[gram] for gram in after)
        left = sum(self.taken(gram) for gram in after) / total
        gram = (*context, word)
        own = (self.counts[gram] - self.taken(gram)) / total if gram in self.counts else 0.0
        return own + left * shorter


def distribution(runtime, ids):
    state = runtime.advance(runtime.initial_state(), ids)
    return np.exp(runtime.log_probabilities(state)[0].astype(np.float64))


def context_of(read, order):
    """The last words that count: back to the last end, and no more than the order allows."""
    ends = [i for i, token in enumerate(read) if token == EOS]
    return tuple(read[ends[-1] if ends else 0 :][-(order - 1) :]) if order > 1 else ()


@settings(deadline=None, max_examples=150)
@given(STREAMS, st.integers(1, 5), st.lists(st.sampled_from([1, 2, 3, 4, 5, 9]), max_size=8))
def test_probabilities_are_those_of_the_paper(ids, order, read):
    runtime = build_ngram(np.array(ids), NgramConfig(order=order), vocabulary_size=10)
    slow = ByHand(ids, 10, order)
    read = [EOS, *read]
    expected = [slow.probability(context_of(read, order), word) for word in range(1, 10)]
    found = distribution(runtime, read)
    np.testing.assert_allclose(found[1:], expected, atol=1e-6)
    assert found[0] == 0.0


@settings(deadline=None, max_examples=100)
@given(STREAMS, st.integers(1, 5), st.sampled_from([(1,), (1, 2), (1, 1, 3), (1, 9)]))
def test_every_distribution_sums_to_1(ids, order, min_counts):
    runtime = build_ngram(ids, NgramConfig(order=order, min_counts=min_counts), vocabulary_size=9)
    state = runtime.initial_state()
    for token in [EOS, *ids]:
        state = runtime.advance(state, [token])
        assert np.exp(runtime.log_probabilities(state)).sum() == pytest.approx(1.0, abs=1e-5)


@settings(deadline=None, max_examples=100)
@given(STREAMS, st.sampled_from([(1, 2), (1, 1, 2), (1, 1, 2, 3)]))
def test_pruning_leaves_out_what_is_rare_in_the_text(ids, min_counts):
    whole = build_ngram(ids, NgramConfig(order=4), vocabulary_size=8)
    pruned = build_ngram(ids, NgramConfig(order=4, min_counts=min_counts), vocabulary_size=8)
    words = [EOS, *ids]
    for length, grams, all_grams in zip((2, 3, 4), grams_of(pruned), grams_of(whole), strict=True):
        least = min_counts[min(length, len(min_counts)) - 1]
        times = Counter(tuple(words[i : i + length]) for i in range(len(words) - length + 1))
        assert grams == [gram for gram in all_grams if times[gram] >= least]
    for one, other in zip(pruned.orders, whole.orders, strict=True):
        np.testing.assert_array_equal(one.discounts, other.discounts)
        assert set(one.totals.tolist()) <= {0, *other.totals.tolist()}  # what was left out still counts


def grams_of(runtime):
    """Return the n-grams of each order as tuples of words."""
    grams, found = [(word,) for word in range(runtime.vocabulary_size)], []
    for order in runtime.orders:
        contexts = np.repeat(np.arange(len(order.sizes)), order.sizes).tolist()
        grams = [(*grams[context], word) for context, word in zip(contexts, order.words.tolist(), strict=True)]
        found.append(grams)
    return found


LINES = st.lists(st.lists(st.sampled_from([1, 3, 4, 5]), max_size=6), min_size=1, max_size=4)
TINY = st.one_of(
    st.sampled_from([1, 2, 3, 4]).map(lambda token: [token]),
    st.tuples(st.sampled_from([1, 2, 3]), st.integers(1, 300)).map(lambda made: [made[0]] * made[1]),
    st.tuples(LINES, st.sampled_from([1, 2, 4, 100])).map(
        lambda made: [token for line in made[0] for token in [*line, EOS]] * made[1]
    ),
    st.lists(st.sampled_from([1, 3, 4, 5]), min_size=1, max_size=30),  # without any end
)


@settings(deadline=None, max_examples=150)
@given(TINY, st.integers(1, 8), st.sampled_from([(1,), (1, 2), (1, 1, 3)]), st.integers(6, 9))
def test_texts_of_any_kind_work(ids, order, min_counts, size):
    runtime = build_ngram(ids, NgramConfig(order=order, min_counts=min_counts), vocabulary_size=size)
    state = runtime.advance(runtime.initial_state(), [EOS])
    for token in [*ids[:20], 5, 1]:
        logs = runtime.log_probabilities(state)[0].astype(np.float64)
        assert np.exp(logs).sum() == pytest.approx(1.0, abs=1e-5)
        assert np.isfinite(logs[1:]).all()
        assert logs[0] == -math.inf
        state = runtime.advance(state, [token])


def test_a_line_many_times_over_is_learnt_by_heart():
    found = distribution(build_ngram([3, 4, 3, 5, EOS] * 10_000, vocabulary_size=6), [EOS, 3, 4, 3])
    assert found[5] > 0.999
    assert found.sum() == pytest.approx(1.0, abs=1e-6)


@settings(deadline=None, max_examples=100)
@given(STREAMS, st.integers(1, 8), st.integers(1, 9), st.integers(1, 9), st.sampled_from([(1,), (1, 1, 2)]))
def test_runs_on_disk_give_the_same_tables(ids, order, run, block, min_counts):
    config = NgramConfig(order=order, min_counts=min_counts)
    whole = build_ngram(ids, config, vocabulary_size=8)
    with Spool(0) as spool:
        merged = _estimate([np.array(ids, np.int32)], config, 8, spool, run, block)
    np.testing.assert_array_equal(merged.unigram, whole.unigram)
    for one, other in zip(merged.orders, whole.orders, strict=True):
        for name in ("words", "counts", "sizes", "totals", "discounts", "starts", "shares", "left"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)


def test_pieces_and_files_are_read_too(tmp_path):
    ids = np.array([3, 4, 2, 3, 5, 2] * 30, np.int32)
    expected = distribution(build_ngram(ids, vocabulary_size=6), [2, 3])
    pieces = (piece for piece in (ids[:7], ids[7:7], ids[7:].tolist()))
    np.testing.assert_array_equal(distribution(build_ngram(pieces, vocabulary_size=6), [2, 3]), expected)
    ids.tofile(tmp_path / "ids")
    mapped = np.memmap(tmp_path / "ids", np.int32, mode="r")
    np.testing.assert_array_equal(distribution(build_ngram(mapped, vocabulary_size=6), [2, 3]), expected)
    with pytest.raises(nw.InputError, match="token id 6 at position 181"):
        build_ngram(iter([ids, [3, 6]]), vocabulary_size=6)
    with pytest.raises(nw.InputError, match="id 0 at position 180"):
        build_ngram(iter([ids, [0]]), vocabulary_size=6)


def test_most_ngrams_are_left_out_from_the_longest_down():
    generator = np.random.default_rng(0)
    ids = 2 + np.minimum(generator.geometric(0.1, 6_000), 60).astype(np.int32)
    numbers = []
    for most in (None, 100_000, 8_000, 4_000, 2_000, 1_000):
        ngram = build_ngram(ids, NgramConfig(order=4, max_ngrams=most), vocabulary_size=64)
        numbers.append([len(order.words) for order in ngram.orders])
        assert most is None or sum(numbers[-1]) <= most
        assert distribution(ngram, ids[:3]).sum() == pytest.approx(1.0, abs=1e-5)
    assert numbers[0] == numbers[1]  # there are fewer
    assert numbers[2][0] == numbers[0][0]  # pairs last
    for fewer, more in zip(numbers[1:], numbers, strict=False):
        assert all(one <= other for one, other in zip(fewer, more, strict=True))
    both = NgramConfig(order=4, min_counts=(1, 3, 3), max_ngrams=100_000)
    pruned = NgramConfig(order=4, min_counts=(1, 3, 3))
    first, second = (build_ngram(ids, config, vocabulary_size=64) for config in (both, pruned))
    np.testing.assert_array_equal(first.orders[0].words, second.orders[0].words)


def test_discounts_by_hand():
    # 60, 20, 10 and 10 n-grams with the counts 1 to 4: Y = 60 / (60 + 2 * 20) = 0.6.
    np.testing.assert_allclose(_discounts(np.array([0, 60, 20, 10, 10, 0])), [0.0, 0.6, 2 - 0.9, 3 - 2.4])
    np.testing.assert_allclose(_discounts(np.array([9, 60, 20, 40, 40, 0])), [0.0, 0.6, 0.6, 0.6])  # 2 - 3.6 is none
    for few in ([0, 60, 20, 10, 4, 0], [9, 60, 20, 0, 10, 0]):
        np.testing.assert_allclose(_discounts(np.array(few)), [0.0, 0.6, 0.6, 0.6])
    for none in ([0, 9, 0, 5, 5, 5], [0, 0, 9, 5, 5, 5], [0, 0, 0, 0, 0, 7]):
        np.testing.assert_array_equal(_discounts(np.array(none)), [0.0, 0.9, 0.9, 0.9])


def test_unknown_words_have_a_probability():
    found = distribution(build_ngram([3, 4, 2, 5, 2], NgramConfig(order=2), vocabulary_size=7), [2])
    assert found[1] == found[6] > 0.0  # `<unk>` and a word that the text lacks


def test_what_was_counted_is_kept_and_inputs_too():
    ids = np.array([3, 4, 2, 3, 5, 2])
    before = ids.copy()
    first, second = (build_ngram(ids, vocabulary_size=6) for _ in range(2))
    np.testing.assert_array_equal(ids, before)
    np.testing.assert_array_equal(distribution(first, [2, 3]), distribution(second, [2, 3]))
    assert isinstance(first, Runtime)
    with pytest.raises(ValueError, match="read-only"):
        first.orders[0].words[0] = 4


def test_states_of_a_batch_are_those_of_each_text():
    runtime = build_ngram([3, 4, 5, 2, 3, 4, 3, 2] * 3, NgramConfig(order=4), vocabulary_size=6)
    rows = np.array([[2, 3, 4], [3, 4, 5], [5, 2, 3]])
    together = runtime.log_probabilities(runtime.advance(runtime.initial_state(3), rows))
    for row, logs in zip(rows, together, strict=True):
        np.testing.assert_array_equal(np.exp(logs.astype(np.float64)), distribution(runtime, row))


def test_it_predicts_better_than_single_words():
    texts = nw.sample_texts()
    tokenizer = nw.build_tokenizer(texts[100:])
    ids, held_out = nw.encode_texts(tokenizer, texts[100:]), texts[:100]
    perplexities = []
    for order in (1, 2, 3):
        ngram = build_ngram(ids, NgramConfig(order=order), vocabulary_size=len(tokenizer.vocabulary))
        perplexities.append(nw.evaluate(nw.build_language_model(tokenizer, ngram), held_out).perplexity)
    assert perplexities[1] < 0.5 * perplexities[0]
    assert perplexities[2] < 1.05 * perplexities[1]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"order": 0}, "`order` must be an integer, from 1 to 8; received 0"),
        ({"order": 9}, "received 9"),
        ({"min_counts": ()}, "`min_counts` is a tuple"),
        ({"min_counts": 2}, "`min_counts` is a tuple"),
        ({"min_counts": (2,)}, "begins with 1"),
        ({"min_counts": (1, 0)}, "at least 1; received 0"),
        ({"max_ngrams": 999}, "`max_ngrams` must be an integer, at least 1000; received 999"),
        ({"max_memory": 1000}, "`max_memory` must be an integer, at least 1000000; received 1000"),
    ],
)
def test_wrong_options_are_refused(options, match):
    with pytest.raises(nw.ConfigError, match=match):
        NgramConfig(**options)


@pytest.mark.parametrize(
    ("ids", "error", "match"),
    [
        ([], nw.InputError, "at least one token"),
        ([3, 0], nw.InputError, "no `<pad>`; received id 0 at position 1"),
        ([3, 6], nw.InputError, "token id 6 at position 1"),
        ([1.5], nw.InputTypeError, "integers"),
    ],
)
def test_wrong_ids_are_refused(ids, error, match):
    with pytest.raises(error, match=match):
        build_ngram(ids, vocabulary_size=6)


def order_of(**changes):
    parts = {"words": [3, 4, 3], "counts": [1, 2, 1], "sizes": [0, 0, 2, 1, 0], "totals": [0, 0, 3, 1, 0]}
    parts = {name: np.array(value, np.int64) for name, value in {**parts, **changes}.items() if name != "discounts"}
    parts["words"] = parts["words"].astype(np.int32)
    return NgramOrder(**parts, discounts=np.array(changes.get("discounts", [0.0, 0.5, 1.0, 1.5])))


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"counts": [1, 2]}, "one count each"),
        ({"counts": [1, 0, 1]}, "at least once"),
        ({"sizes": [0, 0, 2, 2, 0]}, "add up"),
        ({"sizes": [0, 0, -1, 4, 0]}, "add up"),
        ({"words": [4, 3, 3]}, "sorted by word"),
        ({"words": [3, 3, 3]}, "sorted by word"),
        ({"totals": [0, 0, 1, 1, 0]}, "more than its probability"),
        ({"totals": [0, 0, 0, 1, 0]}, "at least once"),
        ({"discounts": [0.0, 2.0, 1.0, 1.5]}, "more than its probability"),
        ({"discounts": [0.0, math.nan, 1.0, 1.5]}, "4 finite discounts"),
    ],
)
def test_tables_that_contradict_themselves_are_refused(changes, match):
    order_of()
    with pytest.raises(nw.InputError, match=match):
        order_of(**changes)


def test_orders_that_do_not_fit_are_refused():
    unigram = np.array([0.0, 0.25, 0.25, 0.25, 0.25])
    assert NgramRuntime(unigram, (order_of(),)).vocabulary_size == 5
    with pytest.raises(nw.InputError, match="order 2 has 5 contexts; there are 4"):
        NgramRuntime(np.array([0.0, 0.5, 0.25, 0.25]), (order_of(),))
    with pytest.raises(nw.InputError, match="sum to 1"):
        NgramRuntime(unigram * 2, (order_of(),))
    with pytest.raises(nw.InputError, match="words outside"):
        NgramRuntime(unigram, (order_of(words=[3, 5, 3]),))
