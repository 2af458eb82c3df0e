"""Copies: by hand, as a naive comparison of all places finds them, in linear time."""

import time

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.evaluation.copies import find_copies
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer

WHITESPACE = build_tokenizer(["a"], TokenizerConfig(level="whitespace"))


def test_by_hand():
    training = ["One two three four.", "We drank green tea in the old garden.", "我喜欢在花园里喝茶。"]
    generated = ["They drank green tea in the new one.", "他喜欢在花园里喝茶，他说。"]
    report = find_copies(build_tokenizer(training), generated, iter(training), min_words=4)
    english, chinese = report.passages
    assert (english.passage, english.words) == ("drank green tea in the", 5)
    assert (english.generated_text, english.generated_position) == (0, 1)
    assert (english.training_text, english.training_position) == (1, 1)
    assert (chinese.passage, chinese.words) == ("喜欢在花园里喝茶", 4)  # 喜欢 在 花园里 喝茶
    assert (chinese.generated_text, chinese.generated_position) == (1, 1)
    assert (chinese.training_text, chinese.training_position) == (2, 1)
    assert report.generated_words == 9 + 9  # 他 before, ， 他 说 。 behind
    assert report.share == pytest.approx((5 + 4) / 18)
    printed = str(report).splitlines()
    assert printed[0].endswith("generated words lie in copies of 4 words or more, 2 passages")
    assert printed[2] == "    4 words, 1 times, from training text 2, token 1: '喜欢在花园里喝茶'"


def test_chinese_is_compared_by_characters_if_asked():
    training, generated = ["我们研究生物"], ["他们研究生物学"]
    for options in ({"segmenter": "characters"}, {"level": "char"}):
        tokenizer = build_tokenizer(training, TokenizerConfig(**options))
        (copied,) = find_copies(tokenizer, generated, training, min_words=4).passages
        assert (copied.passage, copied.words, copied.generated_position) == ("们研究生物", 5, 1)


def test_a_passage_goes_on_over_line_breaks_and_texts():
    training = ["x a b", "c d", "e f y"]
    (copied,) = find_copies(WHITESPACE, ["z a b\nc d\ne f z"], training, min_words=3).passages
    assert (copied.passage, copied.words) == ("a b\nc d\ne f", 6)
    assert (copied.training_text, copied.training_position) == (0, 1)
    # But not from one generated text into the next, nor where there is no line break.
    assert find_copies(WHITESPACE, ["a b", "c d"], training, min_words=3).passages == ()
    assert find_copies(WHITESPACE, ["a b c d"], training, min_words=3).passages == ()


def test_what_comes_several_times_is_printed_once():
    report = find_copies(WHITESPACE, ["a b c", "z a b c", "d e"], ["x", "a b c d e"], min_words=2)
    assert str(report).splitlines() == [
        "88.9% of 9 generated words lie in copies of 2 words or more, 3 passages",
        "    3 words, 2 times, from training text 1, token 0: 'a b c'",
        "    2 words, 1 times, from training text 1, token 3: 'd e'",
    ]


def test_words_that_overlap_count_once():
    report = find_copies(WHITESPACE, ["a b c d e"], ["a b c", "b c d", "x"], min_words=3)
    assert [copied.passage for copied in report.passages] == ["a b c", "b c d"]
    assert report.share == pytest.approx(4 / 5)


def test_without_copies_or_words():
    empty = find_copies(WHITESPACE, [], ["a b"])
    assert (empty.passages, empty.share, empty.generated_words, empty.min_words) == ((), 0.0, 0, 8)
    assert find_copies(WHITESPACE, ["", "\n"], ["a b", ""], min_words=1).passages == ()
    assert find_copies(WHITESPACE, ["a b"], [], min_words=1).passages == ()


def naive(generated, training, min_words):
    """All longest runs, by comparing each place with each; (generated text, position, words)."""
    stream = [token for text in training for token in [*WHITESPACE.split(text), "\n"]]
    passages = set()
    for index, text in enumerate(generated):
        tokens = WHITESPACE.split(text)
        runs = set()
        for first in range(len(tokens)):
            longest = 0
            for position in range(len(stream)):
                length = 0
                while [*tokens[first : first + length + 1], None][length] == [*stream[position:], ""][length]:
                    length += 1
                longest = max(longest, length)
            run = list(range(first, first + longest))
            while run and tokens[run[0]] == "\n":
                run.pop(0)
            while run and tokens[run[-1]] == "\n":
                run.pop()
            if run:
                runs.add((run[0], run[-1] + 1))
        for first, last in runs:
            words = sum(token != "\n" for token in tokens[first:last])
            inside = any(a <= first and last <= b and (a, b) != (first, last) for a, b in runs)
            if words >= min_words and not inside:
                passages.add((index, first, words))
    return passages


LINES = st.lists(st.lists(st.sampled_from(["a", "b", "c", "\n"]), max_size=12).map(" ".join), max_size=4)


@settings(deadline=None, max_examples=80)
@given(generated=LINES, training=LINES, min_words=st.integers(1, 3))
def test_as_a_naive_comparison(generated, training, min_words):
    report = find_copies(WHITESPACE, generated, training, min_words=min_words)
    spans = [(copy.generated_text, copy.generated_position, copy.words) for copy in report.passages]
    assert len(set(spans)) == len(spans)
    assert set(spans) == naive(generated, training, min_words)
    assert [copy.words for copy in report.passages] == sorted((copy.words for copy in report.passages), reverse=True)
    starts, stream = [], []
    for text in training:
        starts.append(len(stream))
        stream += [*WHITESPACE.split(text), "\n"]
    covered = set()
    for copy in report.passages:
        tokens = WHITESPACE.split(copy.passage)
        start = starts[copy.training_text] + copy.training_position
        assert stream[start : start + len(tokens)] == tokens
        text = WHITESPACE.split(generated[copy.generated_text])
        assert text[copy.generated_position : copy.generated_position + len(tokens)] == tokens
        positions = range(copy.generated_position, copy.generated_position + len(tokens))
        covered |= {(copy.generated_text, position) for position in positions if text[position] != "\n"}
    assert report.share == pytest.approx(len(covered) / max(report.generated_words, 1))


@pytest.mark.parametrize("words", ["a", "ab", "abcdefghijklmnop"])
def test_time_grows_with_the_words_even_where_all_repeats(words):
    def seconds(number):
        texts = [" ".join(words[(i * i) % len(words)] for i in range(number))] * 2
        best = 1e9
        for _ in range(4):
            start = time.process_time()
            find_copies(WHITESPACE, texts[:1], texts, min_words=5)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(8_000) / seconds(2_000) < 9  # 4 where linear, 16 where quadratic


@pytest.mark.usefixtures("random_states_unchanged")
def test_pure():
    generated, training = ["a b c", "c a"], ["x a b", "c a"]
    first = find_copies(WHITESPACE, generated, training, min_words=2)
    assert find_copies(WHITESPACE, iter(generated), iter(training), min_words=2) == first
    assert (generated, training) == (["a b c", "c a"], ["x a b", "c a"])


def test_mistakes_are_named():
    with pytest.raises(nw.InputTypeError):
        find_copies(WHITESPACE, "a b", ["a b"])
    with pytest.raises(nw.InputTypeError):
        find_copies(WHITESPACE, ["a b"], [b"a b"])
    for few in (0, 1.0, True):
        with refuses(nw.ConfigError, "option-out-of-range", option="min_words", value=few):
            find_copies(WHITESPACE, ["a b"], ["a b"], min_words=few)
