"""Text becomes words: the rules by hand, and what holds for any text."""

import unicodedata
from typing import get_args

import pytest
from hypothesis import given, settings, strategies as st
from nasty_texts import NASTY_TEXTS
from refusals import refuses

from nextword.errors import ConfigError, InputError, InputTypeError
from nextword.tokens.words import Level, split_words


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (
            "don't well-known 3.5 1,000 12:30 U.S. O’Brien",
            ["don't", "well-known", "3.5", "1,000", "12:30", "U.S", ".", "O’Brien"],
        ),
        ("a,b 1:a -5 'tis dogs' e.g.", ["a", ",", "b", "1", ":", "a", "-", "5", "'", "tis", "dogs", "'", "e.g", "."]),
        ("Wait... no -- yes — and …… ——", ["Wait", "...", "no", "--", "yes", "—", "and", "……", "——"]),
        ("don’t don\u02bct don＇t don‘t don´t isn`t", ["don’t", "don\u02bct", "don＇t", "don‘t", "don´t", "isn`t"]),
        ("e\u2011mail e\u2010mail Ｅ－ｍａｉｌ ３．５", ["e\u2011mail", "e\u2010mail", "Ｅ－ｍａｉｌ", "３．５"]),
        ("\u02bctis dogs\u02bc `code`", ["\u02bc", "tis", "dogs", "\u02bc", "`", "code", "`"]),
        ("1、2，3 12：30 a–b", ["1", "、", "2", "，", "3", "12", "：", "30", "a", "–", "b"]),
        ("http://example.com", ["http", ":", "/", "/", "example.com"]),
        ("<unk> <eos>", ["<", "unk", ">", "<", "eos", ">"]),
        ("snake_case ßß naïve", ["snake_case", "ßß", "naïve"]),
        ("हिन्दी भाषा ภาษาไทย", ["हिन्दी", "भाषा", "ภาษาไทย"]),
        ("我 喜欢\t吃　苹果", ["我", "喜欢", "吃", "苹果"]),
        ("我用Python写3个程序", ["我用", "Python", "写", "3", "个", "程序"]),
        ("人々と食べる", ["人", "々", "と", "食", "べる"]),
        ("ＡＢＣ，１２３。", ["ＡＢＣ", "，", "１２３", "。"]),
        ("👩🏽\u200d💻👍🏻🇨🇳🇺🇸🇨 1️⃣", ["👩🏽\u200d💻", "👍🏻", "🇨🇳", "🇺🇸", "🇨", "1️⃣"]),
        ("🏴\U000e0067\U000e0062\U000e007f!", ["🏴\U000e0067\U000e0062\U000e007f", "!"]),
        ("cafe\u0301 \u0301x", ["café", "\u0301", "x"]),
        ("\n\n a \r\n \x0b\u2028 b\x1c\n", ["a", "\n", "b"]),
        ("a\x00b\ufeffc\u00ad\ud800", ["a", "bc", "\ufffd"]),
        ("", []),
        (" \n\t\u3000\ufeff", []),
    ],
)
def test_words(text: str, tokens: list[str]) -> None:
    assert split_words(text) == tokens


def test_other_levels() -> None:
    assert split_words("Do n't <unk> 中 国.\n\n Yes", level="whitespace") == [
        "Do",
        "n't",
        "<unk>",
        "中",
        "国.",
        "\n",
        "Yes",
    ]
    assert split_words("  a\t b \n\n c。\n", level="char") == ["a", " ", "b", "\n", "c", "。"]


@settings(deadline=None, max_examples=100)
@given(
    first=NASTY_TEXTS,
    second=NASTY_TEXTS,
    level=st.sampled_from(get_args(Level)),
    end=st.sampled_from(["\n", "\r\n", "\r", "\u2028", " \n \n"]),
)
def test_lines_are_split_on_their_own(first: str, second: str, level: Level, end: str) -> None:
    tokens, later = split_words(first, level=level), split_words(second, level=level)
    between = ["\n"] if tokens and later else []
    assert split_words(first + end + second, level=level) == tokens + between + later


@settings(deadline=None, max_examples=100)
@given(st.text(st.sampled_from("ab 1,:.'`-_\"(\n\t\x1f!")))
def test_ascii_has_the_same_rules_as_the_rest(text: str) -> None:
    # The mark at the end takes the text off the ASCII path.
    assert split_words(text + "\n\u0301") == [*split_words(text), *["\n"] * bool(split_words(text)), "\u0301"]
    assert split_words(text + "\né") == [*split_words(text), *["\n"] * bool(split_words(text)), "é"]


def test_long_tokens_are_cut_but_never_before_a_mark() -> None:
    assert split_words("a" * 130) == ["a" * 64, "a" * 64, "aa"]
    assert split_words("." * 65) == ["." * 64, "."]
    assert split_words("a" * 130, level="whitespace") == ["a" * 64, "a" * 64, "aa"]
    assert split_words("中" * 65, segmenter=lambda run: [run]) == ["中" * 64, "中"]
    accented = "e\u0323\u0302\u0327" * 50
    assert all(unicodedata.combining(token[0]) == 0 for token in split_words(accented))
    assert split_words("a" + "\u0301" * 100)[0] == "á" + "\u0301" * 29


def test_what_cannot_be_split_is_refused() -> None:
    for wrong in (None, b"tea", 3, ["tea"]):
        with refuses(InputTypeError, "text-not-str", received=type(wrong).__name__):
            split_words(wrong)  # type: ignore[arg-type]
    for level in ("words", ["word"], None):
        with refuses(ConfigError, "option-out-of-range", option="level", value=level):
            split_words("tea", level=level)  # type: ignore[arg-type]
    with refuses(InputError, "segmenter-changes-text", run="我喜欢", pieces=["我"]):
        split_words("a 我喜欢", segmenter=lambda run: run[:1])
