"""Where the last word of a raw text begins, and which space is written before the next one."""

import pytest
from hypothesis import given, settings, strategies as st

from nextword.prediction.writing import append_words, ends_in_space, last_word_start, space_before
from nextword.tokens.characters import clean_text
from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer

TOKENIZER = build_tokenizer(["tea"])
SIGNS = st.sampled_from(
    [*"abté喜欢 \t\n'-.", "e\u0301", "\u0301", "\u200b", "\u00ad", "\ufeff", "\u3000", "\u00a0", "ｅ", "😀"]
)
TEXT = st.lists(SIGNS | st.characters(), max_size=120).map("".join)


@settings(deadline=None, max_examples=200)
@given(TEXT)
def test_a_text_is_its_beginning_and_its_last_word(text):
    words = TOKENIZER.split(text)
    start = last_word_start(text, words[-1]) if words else None
    if start is not None:
        assert clean_text(text[start:]).replace(" ", "").replace("\n", "").endswith(words[-1])
        assert last_word_start(text[start:], words[-1]) == 0
    elif words:
        assert clean_text(text).rstrip(" \n") != clean_text(text) or not any(map(str.isalnum, words[-1]))


@pytest.mark.parametrize(
    ("text", "typed", "start"),
    [
        ("I like te", "te", 7),
        ("un cafe\u0301", "café", 3),
        ("un c\u00ada\u200bfe\u0301\ufeff", "café", 3),
        ("un \u00adcafe", "cafe", 4),
        ("我 喜\u3000欢", "喜欢", 2),
        ("각" + "\u1112\u1161\u11ab", "각한", 0),
        ("x" + "\u0301" * 200, "x" + "\u0301" * 30, 0),
        ("te" + "\u200b" * 5_000, "te", 0),
        ("tea", "café", None),
        ("\u200b" * 5_000, "te", None),
        ("tea " * 5_000, "x", None),
    ],
)
def test_the_last_word_is_found_in_the_raw_text(text, typed, start):
    assert last_word_start(text, typed) == start


@pytest.mark.parametrize(
    ("text", "word", "space"),
    [
        ("tea", "green", " "),
        ("tea\u200b", "green", " "),
        ("cafe\u0301", "green", " "),
        ("", "green", ""),
        ("\ufeff", "green", ""),
        ("tea\u3000", "green", ""),
        ("tea\r\n", "green", ""),
        ("tea", "\u00a0green", ""),
        ("tea", "\u200b green", ""),
        ("tea", "。", ""),
        ("喝", "茶", ""),
        ("tea" * 100, ".", ""),
        ('"tea' + " tea" * 500, '"', ""),
        ('"tea\n' + " tea" * 500, '"', " "),
        ('"tea' + " tea" * 5_000, '"', ""),
        ('"tea\n' + " tea" * 5_000, '"', " "),
        ('"tea" "tea"' + " tea" * 2_000, '"', " "),
        ('"tea\u2029' + "tea " * 500 + "tea", '"', " "),
        ("parents", "'", ""),
        ("Tom", "’s", ""),
        ("Tom", "\u02bcs", ""),
        ("5", "'t", " "),
        ("happy", ":)", " "),
        ("(happy", ":)", " "),
        ("He said", '"', " "),
        ("„Hallo" + " du" * 100, "“", ""),
        ("« Bonjour", "»", ""),
        ("see http://x.org/a?b", "=", ""),
        ("a.b", "@example.org", ""),
        ("😀", "😀", ""),
        ("no", "'no", " "),
        ("post-", "war", ""),
        ("post -", "war", " "),
    ],
)
def test_the_space_before_what_follows(text, word, space):
    assert space_before(TOKENIZER, text, word) == space
    assert space_before(build_tokenizer(["tea"], TokenizerConfig(level="char")), text, word) == ""


@pytest.mark.parametrize(
    ("text", "words", "continued"),
    [
        ("tea\u200b", ["green"], "tea\u200b green"),
        ("tea\u3000", ["green"], "tea\u3000green"),
        ("tea\r\n", ["green", "tea"], "tea\r\ngreen tea"),
        ("tea\r", ["'", "tea"], "tea\r'tea"),
        ('He said "', ["tea", '"', "."], 'He said "tea".'),
        ('"tea" ' * 1_000 + '"', ["tea", '"'], '"tea" ' * 1_000 + '"tea"'),
        ("the parents '", ["bed", "'", "tea"], "the parents 'bed' tea"),
        ("cafe\u0301", [",", "tea"], "cafe\u0301, tea"),
        ("tea", ["\n", "green"], "tea\ngreen"),
    ],
)
def test_words_are_appended_to_what_is_kept(text, words, continued):
    assert append_words(TOKENIZER, text, words) == continued


def test_white_space_of_any_kind_is_an_end():
    assert all(map(ends_in_space, ["", " ", "tea\t", "tea\u2028", "tea \u200b", "\u200b", "\x00", "tea\u00a0\ufeff"]))
    assert not any(map(ends_in_space, ["tea", "tea\u200b", "e\u0301", "tea" + "\u00ad" * 1_000]))
