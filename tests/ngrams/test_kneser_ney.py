"""Kneser-Ney from counts, against a slow version that follows the paper word for word."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.ngrams.disk_arrays import DiskArrays
from nextword.ngrams.kneser_ney import NgramConfig, build_ngram, estimate_kneser_ney
from nextword.runtime import log_probabilities_along

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
        estimates = [y, 2 - 3 * y * n[3] / max(n[2], 1), 3 - 4 * y * n[4] / max(n[3], 1)]
        enough = min(n[1:]) > 0 and n[4] >= 5
        return [d if enough and 0 < d < k else y for k, d in enumerate(estimates, start=1)]

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


@settings(deadline=None, max_examples=60)
@given(STREAMS, st.integers(1, 5), st.lists(st.sampled_from([1, 2, 3, 4, 5, 9]), max_size=8))
def test_probabilities_are_those_of_the_paper(ids, order, read):
    runtime = build_ngram(np.array(ids), NgramConfig(order=order), vocabulary_size=10)
    slow = ByHand(ids, 10, order)
    read = [EOS, *read]
    expected = [slow.probability(context_of(read, order), word) for word in range(1, 10)]
    probabilities = distribution(runtime, read)
    np.testing.assert_allclose(probabilities[1:], expected, atol=1e-6)
    assert probabilities[0] == 0.0


def test_tokens_never_seen_share_what_the_discounts_leave():
    # Single words count by how many stand before them: <eos> 2, the words 3, 4 and 5 once; 5 in all. Each loses
    # 3 / (3 + 2 * 1) = 0.6, so <unk> and the word 6 share 4 * 0.6 / 5. After <eos>, 3 and 5 were seen once each, and
    # lose 0.9, as no pair was seen twice.
    probabilities = distribution(build_ngram([3, 4, 2, 5, 2], NgramConfig(order=2), vocabulary_size=7), [2])
    seen, unseen = 0.4 / 5, 2.4 / 5 / 2
    np.testing.assert_allclose(probabilities[[1, 6]], 0.9 * unseen, rtol=1e-6)
    np.testing.assert_allclose(probabilities[[3, 5]], 0.1 / 2 + 0.9 * seen, rtol=1e-6)


LINES = st.lists(st.lists(st.sampled_from([1, 3, 4, 5]), max_size=6), min_size=1, max_size=4)
TINY = st.one_of(
    STREAMS.map(lambda ids: [min(token_id, 5) for token_id in ids]),
    st.sampled_from([1, 2, 3, 4]).map(lambda token: [token]),
    st.tuples(st.sampled_from([1, 2, 3]), st.integers(1, 300)).map(lambda made: [made[0]] * made[1]),
    st.tuples(LINES, st.sampled_from([1, 2, 4, 100])).map(
        lambda made: [token for line in made[0] for token in [*line, EOS]] * made[1]
    ),
    st.lists(st.sampled_from([1, 3, 4, 5]), min_size=1, max_size=30),  # without any end
)


@settings(deadline=None, max_examples=60)
@given(TINY, st.integers(1, 8), st.sampled_from([(1,), (1, 2), (1, 1, 3), (1, 9)]), st.integers(6, 9))
def test_texts_of_any_kind_give_distributions_over_all_words(ids, order, min_counts, size):
    runtime = build_ngram(ids, NgramConfig(order=order, min_counts=min_counts), vocabulary_size=size)
    state = runtime.advance(runtime.initial_state(), [EOS])
    states = [state]
    for token in [*ids[:20], 5, 1]:
        states.append(runtime.advance(states[-1], [token]))
    logs = runtime.log_probabilities(tuple(np.concatenate(parts) for parts in zip(*states, strict=True)))
    np.testing.assert_allclose(np.exp(logs.astype(np.float64)).sum(axis=1), 1.0, atol=1e-5)
    assert np.isfinite(logs[:, 1:]).all()
    assert (logs[:, 0] == -math.inf).all()


def test_a_line_many_times_over_is_learnt_by_heart():
    probabilities = distribution(build_ngram([3, 4, 3, 5, EOS] * 10_000, vocabulary_size=6), [EOS, 3, 4, 3])
    assert probabilities[5] > 1 - 1e-4
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(STREAMS, st.integers(1, 8), st.integers(1, 9), st.integers(1, 9), st.sampled_from([(1,), (1, 1, 2)]))
def test_runs_on_disk_give_the_same_tables(ids, order, run_length, block_length, min_counts):
    config = NgramConfig(order=order, min_counts=min_counts)
    whole = build_ngram(ids, config, vocabulary_size=8)
    with DiskArrays(0) as disk:
        merged = estimate_kneser_ney([np.array(ids, np.int32)], config, 8, disk, run_length, block_length)
    assert_equal_models(merged, whole)


def assert_equal_models(first, second):
    np.testing.assert_array_equal(first.unigram, second.unigram)
    names = ("words", "counts", "sizes", "totals", "discounts", "starts", "discounted_probabilities", "backoff_weights")
    for one, other in zip(first.orders, second.orders, strict=True):
        for name in names:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), strict=True)


def test_a_text_larger_than_the_memory_gives_the_same_tables():
    ids = 2 + np.minimum(np.random.default_rng(1).geometric(0.3, 12_000), 20).astype(np.int32)  # three runs
    little, much = (
        build_ngram(ids, NgramConfig(order=3, max_memory=memory), vocabulary_size=23) for memory in (10**6, 10**9)
    )
    assert_equal_models(little, much)


def test_pieces_and_files_are_read_too(tmp_path):
    ids = np.array([3, 4, 2, 3, 5, 2] * 30, np.int32)
    whole = build_ngram(ids, vocabulary_size=6)
    pieces = (piece for piece in (ids[:7], ids[7:7], ids[7:].tolist()))
    assert_equal_models(build_ngram(pieces, vocabulary_size=6), whole)
    ids.tofile(tmp_path / "ids")
    assert_equal_models(build_ngram(np.memmap(tmp_path / "ids", np.int32, mode="r"), vocabulary_size=6), whole)
    with refuses(nw.InputError, "id-outside-vocabulary", token_id=6, position=181):
        build_ngram(iter([ids, [3, 6]]), vocabulary_size=6)
    with refuses(nw.InputError, "pad-in-text", position=180):
        build_ngram(iter([ids, [0]]), vocabulary_size=6)


def test_a_vocabulary_that_no_file_holds_is_refused():
    for size in (10**12, 10**5000, 2, -1):
        with refuses(nw.ConfigError, "option-out-of-range", option="vocabulary_size"):
            build_ngram([3, 2], vocabulary_size=size)


def test_longer_contexts_predict_better():
    texts = nw.sample_texts()
    tokenizer = nw.build_tokenizer(texts[40:])
    ids, held_out = (nw.encode_texts(tokenizer, some) for some in (texts[40:], texts[:40]))
    perplexities = []
    for order in (1, 2, 3):
        ngram = build_ngram(ids, NgramConfig(order=order), vocabulary_size=len(tokenizer.vocabulary))
        start = ngram.advance(ngram.initial_state(), [EOS])
        logs = [
            rows[np.arange(len(targets)), targets] for targets, rows in log_probabilities_along(ngram, start, held_out)
        ]
        perplexities.append(math.exp(-np.concatenate(logs).mean(dtype=np.float64)))
    assert perplexities[1] < 0.25 * perplexities[0]
    assert perplexities[2] < 0.97 * perplexities[1]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("order", 0),
        ("order", 9),
        ("order", 2.0),
        ("min_counts", ()),
        ("min_counts", 2),
        ("min_counts", (2,)),
        ("max_ngrams", 999),
        ("max_memory", 1000),
    ],
)
def test_wrong_options_are_refused(option, value):
    with refuses(nw.ConfigError, "option-out-of-range", option=option, value=value):
        NgramConfig(**{option: value})


def test_each_of_the_least_counts_is_checked():
    with refuses(nw.ConfigError, "option-out-of-range", option="min_counts", value=0):
        NgramConfig(min_counts=(1, 0))
    assert NgramConfig(min_counts=[1, 2]).min_counts == (1, 2)


@pytest.mark.parametrize(
    ("ids", "kind", "code", "figures"),
    [
        ([], nw.InputError, "no-tokens", {}),
        ([3, 0], nw.InputError, "pad-in-text", {"position": 1}),
        ([3, 6], nw.InputError, "id-outside-vocabulary", {"token_id": 6, "position": 1}),
        ([1.5], nw.InputTypeError, "ids-not-integers", {"dtype": "float64"}),
        ([[3, 4]], nw.InputError, "ids-shape", {"shape": (1, 2)}),
    ],
)
def test_wrong_ids_are_refused(ids, kind, code, figures):
    with refuses(kind, code, **figures):
        build_ngram(ids, vocabulary_size=6)


def test_a_vocabulary_has_the_special_tokens_at_least():
    with refuses(nw.ConfigError, "option-out-of-range", option="vocabulary_size", value=2):
        build_ngram([1], vocabulary_size=2)


@pytest.mark.parametrize("max_memory", [10**6, 4 * 10**6, 10**9])
def test_what_is_read_and_written_grows_with_the_text_whatever_the_memory(max_memory, monkeypatch):
    moved = []
    read, write, read_spans = DiskArrays.read, DiskArrays.write, DiskArrays.read_spans
    monkeypatch.setattr(DiskArrays, "read", lambda disk, at, length: moved.append(length) or read(disk, at, length))
    monkeypatch.setattr(
        DiskArrays, "write", lambda disk, at, values: moved.append(len(values)) or write(disk, at, values)
    )
    monkeypatch.setattr(
        DiskArrays,
        "read_spans",
        lambda disk, spans: moved.extend(length for _, length in spans) or read_spans(disk, spans),
    )

    def integers_and_calls(tokens):
        moved.clear()
        ids = 2 + np.minimum(np.random.default_rng(0).zipf(1.3, tokens), 900).astype(np.int32)
        build_ngram(ids, NgramConfig(order=4, max_memory=max_memory), vocabulary_size=903)
        return sum(moved), len(moved)

    half, whole = integers_and_calls(60_000), integers_and_calls(120_000)
    assert whole[0] < 2.2 * half[0]
    assert max_memory > 10**8 or whole[1] < 4 * half[1]


def test_a_text_that_needs_a_file_is_told_where_there_is_no_room(tmp_path):
    ids = np.arange(3, 403, dtype=np.int32).repeat(200)
    with refuses(nw.FileAccessError, "temporary-file-not-writable", path=str(tmp_path / "missing")):
        build_ngram(ids, NgramConfig(max_memory=10**6), vocabulary_size=403, temporary_folder=tmp_path / "missing")
    named = build_ngram(ids, NgramConfig(max_memory=10**6), vocabulary_size=403, temporary_folder=tmp_path)
    assert_equal_models(named, build_ngram(ids, vocabulary_size=403))
    assert list(tmp_path.iterdir()) == []
