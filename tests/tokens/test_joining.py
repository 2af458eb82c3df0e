"""Tokens become readable text, which has the same tokens again."""

import re
import time
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import example, given, settings, strategies as st
from nasty_texts import NASTY_TEXTS
from refusals import refuses

from nextword.errors import ConfigError, InputTypeError
from nextword.tokens.joining import join_words, needs_space, normalize_text
from nextword.tokens.segmentation import Segmenter, build_segmenter
from nextword.tokens.words import Level, split_words

LEVELS = st.sampled_from(get_args(Level))
SEGMENTERS = st.sampled_from([build_segmenter("rjieba"), build_segmenter("characters"), lambda run: [run]])


@pytest.mark.parametrize(
    "text",
    [
        'He said "hello" to me, and (maybe) left at 12:30.',
        "我喜欢吃苹果，不是吗？",
        "我用Python写3个程序。",
        "“Well,” she said, “it’s $3.50 — or 50% of €7!”\nOh no... really?",
        "他说：“你好”，然后走了——真的……\n《红楼梦》（１９９８年）",
        "and/or see http://example.com [1], {x}; #tag @name 'quoted' word.",
        "他说“hello”吧，😀好",
        "It's—as they say—well-known: 1,000 U.S. dollars",
        "",
    ],
)
def test_readable_text_is_a_fixed_point(text: str) -> None:
    expected = text.replace(" — ", "—")
    assert normalize_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "my parents' bed",
        "THE DOGS' BEDS.\nhis boss'",
        "he says 'hello' to his parents' friend.",
        "he says 'hello'",
        "the 'dogs' bed",
        "he said 'the parents' bed '",  # where another follows in the line, the first closes the quote
        "dogs'中",
    ],
)
def test_possessives_of_words_in_s(text: str) -> None:
    assert normalize_text(text, segmenter=list) == text


def test_special_tokens_join_like_words() -> None:
    assert join_words(["the", "<unk>", ",", "<eos>"]) == "the <unk>, <eos>"
    assert join_words(["我", "<unk>", "。"]) == "我<unk>。"
    assert join_words(["a", "\n", "", "b"]) == "a\nb"
    assert join_words(["<unk>", "\n", "b"], level="whitespace") == "<unk>\nb"
    assert join_words(iter(["a", " ", "b"]), level="char") == "a b"


@settings(deadline=None, max_examples=250)
@given(text=NASTY_TEXTS, level=LEVELS, segmenter=SEGMENTERS)
@example(text="Ａ'Ｂ", level="word", segmenter=list)
@example(text="1. Ａ", level="word", segmenter=list)
@example(text="a" + "\u0344" * 31 + "b", level="word", segmenter=list)
@example(text=". .. ...", level="word", segmenter=list)
@example(text="s'Ａ s ' s\ns' '\u0301 'a", level="word", segmenter=list)
@example(text="🇨 🇳 👩\u200d 👩", level="word", segmenter=list)
def test_normalizing_keeps_the_tokens(text: str, level: Level, segmenter: Segmenter) -> None:
    tokens = split_words(text, level=level, segmenter=segmenter)
    readable = join_words(tokens, level=level)
    assert split_words(readable, level=level, segmenter=segmenter) == tokens
    assert normalize_text(readable, level=level, segmenter=segmenter) == readable
    assert all(1 <= len(token) <= 64 for token in tokens)
    assert level == "char" or not any(token != "\n" and re.search(r"\s", token) for token in tokens)


# Planes 2 and 3 hold Han only, the others of the upper planes hold nothing or private characters: a sample does.
CODES = [*range(0x20000), *range(0x20000, 0xE0000, 97), *range(0xE0000, 0xE1000), *range(0xE1000, 0x110000, 97)]


@pytest.mark.parametrize("level", get_args(Level))
def test_code_points_a_line_each(level: Level) -> None:
    # One code point a line is the same as one at a time (`test_lines_are_split_on_their_own`), and quicker.
    for start in range(0, len(CODES), 0x8000):
        text = "\n".join(map(chr, CODES[start : start + 0x8000]))
        tokens = split_words(text, level=level)
        assert split_words(join_words(tokens, level=level), level=level) == tokens


def test_code_points_alone_and_between_letters() -> None:
    codes = (*range(0x900), *range(0x900, 0x3100, 7), *range(0xFB00, 0x10100, 5), *range(0x1F100, 0x1F700, 5))
    for code in (*codes, *range(0xE0000, 0xE0200, 5)):
        for text in (chr(code), f"a{chr(code)}中"):
            tokens = split_words(text, segmenter=list)
            assert split_words(join_words(tokens), segmenter=list) == tokens


@pytest.mark.parametrize(
    ("word", "needs"), [("tea", True), ("茶", False), ("，", False), ("Ａ", False), ("茶\u0301", False), ("é", True)]
)
def test_a_space_follows_what_is_not_chinese(word: str, needs: bool) -> None:
    assert needs_space(word) is needs


HOSTILE: dict[str, Callable[[int], str]] = {
    "one mark": lambda n: "\u0301" * n,
    "two marks": lambda n: "a" + "\u0301\u0323" * (n // 2),
    "dots": lambda n: "." * n,
    "quotes": lambda n: "\"'" * (n // 2),
    "a.a.": lambda n: "a." * (n // 2),
    "é.é.": lambda n: "é." * (n // 2),
    "1,1,": lambda n: "1," * (n // 2),
    "one word": lambda n: "a" * n,
    "emoji": lambda n: "👩\u200d" * (n // 2),
    "Han with spaces": lambda n: "中 " * (n // 2),
    "Han run": lambda n: "中国人民" * (n // 4),
    "spaces": lambda n: "中" + " " * n + "a",
    "line breaks": lambda n: "a" + "\n \r" * (n // 3) + "é",
}


@pytest.mark.parametrize("family", HOSTILE)
def test_time_is_linear(family: str) -> None:
    def seconds(length: int, times: int) -> float:
        text = HOSTILE[family](length)
        runs = []
        for _ in range(3):
            start = time.process_time()
            for _ in range(times):
                join_words(split_words(text))
            runs.append(time.process_time() - start)
        return min(runs)

    # The same number of characters in one text or in 16: equal in linear time, 16 times as long in quadratic time.
    assert seconds(16_000, 1) < 4 * seconds(1_000, 16)


def test_joining_is_pure() -> None:
    words = ["a", ",", "b"]
    assert join_words(words) == join_words(words) == "a, b"
    assert words == ["a", ",", "b"]


def test_what_cannot_be_joined_is_refused() -> None:
    with refuses(ConfigError, "option-out-of-range", option="level", value="words"):
        join_words(["tea"], level="words")  # type: ignore[arg-type]
    with refuses(InputTypeError, "single-text"):
        join_words("tea")
    with refuses(InputTypeError, "text-not-str", argument="words", received="NoneType", position=1):
        join_words(["tea", None])  # type: ignore[list-item]
