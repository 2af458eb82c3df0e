"""The comparison form: the steps by hand, over all of Unicode, and back in the spelling of the person."""

import random
import unicodedata

import pytest
from hypothesis import given, settings, strategies as st
from nasty_texts import NASTY_TEXTS

from nextword.tokens.characters import clean_text
from nextword.tokens.forms import (
    APOSTROPHES,
    comparison_form,
    comparison_forms,
    in_spelling_of,
    spelling_form,
    spelling_forms,
)

SAME = [
    ("tea", "Tea", "TEA", "ｔｅａ", "ＴＥ\u200dA", "t\u00adea", "te\u200ba\ufeff"),
    ("don't", "don’t", "don‘t", "don\u02bct", "don＇t", "DON`T", "don´t", "don′t"),
    ("e-mail", "e\u2010mail", "e\u2011mail", "E－Mail", "e\u2212mail", "e﹣mail"),
    ("--", "–", "—", "――", "——", "---", "﹘", "︱"),
    ("...", "…", "……", "..", "....", "⋯", "‥", "．．．"),
    ('"', "“", "”", "„", "＂", "″"),
    ("2024", "２０２４", "𝟚𝟘𝟚𝟜"),
    ("find", "ﬁnd", "Ｆｉｎｄ"),
    ("❤", "❤\ufe0f", "❤\ufe0e"),
    ("👍", "👍🏽", "👍🏿"),
    ("1\u20e3", "1\ufe0f\u20e3"),
    ("Straße", "STRASSE", "strasse"),
    ("Işık", "ışık", "IŞIK", "işik"),
    ("İstanbul", "istanbul", "ISTANBUL", "İ\u0307stanbul"),
    ("café", "cafe\u0301", "CAFÉ"),
    ("葛\U000e0100城", "葛城"),
    ("ό", "ό"),
]


@pytest.mark.parametrize("words", SAME, ids=lambda words: words[0])
def test_spellings_of_one_word(words):
    assert len({comparison_form(word) for word in words}) == 1
    assert len({comparison_form(clean_text(word)) for word in words}) == 1


def test_words_are_kept_apart():
    words = [spellings[0] for spellings in SAME]
    words += [
        "cafe",
        "tee",
        "茶",
        "酒",
        "蘋果",
        "苹果",
        "-",
        ".",
        "。",
        ",",
        "，。",
        "'",
        "dont",
        "👎",
        "👍👍",
        "e mail",
    ]
    assert len({comparison_form(word) for word in words}) == len(words)


def test_case_is_kept_by_the_spelling_form():
    assert spelling_form("Ｄon’t") == "Don't" != spelling_form("DON’T")
    assert spelling_form("ﬁnd") == "find"


def test_what_is_only_looks_has_a_form_and_what_is_nothing_has_none():
    for alone in ("\ufe0f", "🏽", "\u200d"):
        assert comparison_form(alone) == alone
        assert comparison_forms(["a", alone, "b"]) == ["a", alone, "b"]
    assert comparison_form("\u200b\ufeff") == spelling_form("\u00ad") == ""


def test_no_form_has_a_space_that_the_word_has_not():
    # ¨ is a space and a mark to NFKC.
    spaced = [c for c in map(chr, range(0x20000)) if " " in unicodedata.normalize("NFKC", c) and not c.isspace()]
    assert len(spaced) > 20
    assert not any(" " in comparison_form(character) for character in spaced)


def test_the_form_of_a_form_is_itself_for_every_character():
    codes = (*range(0x3400), *range(0xA000, 0x20000), *range(0x2F800, 0x2FA20), *range(0xE0000, 0xE0200))
    words = [f"a{chr(code)}\u0301" for code in codes if code != ord("\n")]
    forms = comparison_forms(words)
    assert comparison_forms(forms) == forms
    assert comparison_forms(map(spelling_form, words)) == forms


ODD = st.text("aIiİı.-—…'’ʼﬁß\u0301\u0307\u0323\u200d\ufe0f🏽👍Ａ茶 \n`", max_size=8)


@settings(deadline=None, max_examples=300)
@given(NASTY_TEXTS | ODD)
def test_the_form_of_a_form_is_itself(text):
    form = comparison_form(text)
    assert comparison_form(form) == form
    assert spelling_form(spelling_form(text)) == spelling_form(text)
    assert comparison_form(spelling_form(text)) == form


@settings(deadline=None, max_examples=200)
@given(st.lists((NASTY_TEXTS | ODD).map(lambda text: text.replace("\n", "")), max_size=6))
def test_many_forms_at_once_are_those_one_by_one(words):
    assert comparison_forms(iter(words)) == [comparison_form(word) for word in words]


@pytest.mark.parametrize(
    ("word", "typed", "written"),
    [
        ("I'll", "I’", "I’ll"),
        ("I'll", "I", "I'll"),
        ("I’ll", "I'", "I'll"),
        ("don't", "Don’", "don’t"),
        ("don't", "don\u02bc", "don\u02bct"),
        ("rock'n'roll", "rock’", "rock’n’roll"),
        ("mother-in-law", "mother\u2011", "mother\u2011in\u2011law"),
        ("well-known", "well", "well-known"),
        ("API", "ＡＰ", "ＡＰＩ"),
        ("API", "AＰ", "AＰI"),
        ("2024", "２０", "２０２４"),
        ("iPhone", "iph", "iPhone"),
        ("iPhone", "iPh", "iPhone"),
        ("McDonald's", "mcdonald’", "McDonald’s"),
        ("café", "cafe\u0301", "cafe\u0301"),
        ("cafés", "cafe\u0301", "cafe\u0301s"),
        ("--", "–", "–"),
        ("...", "…", "…"),
        ("❤", "❤\ufe0f", "❤\ufe0f"),
        ("苹果", "苹", "苹果"),
        ("tea", "", "tea"),
        ("tea", "x’", "tea"),
        ("tea", "teapot", "tea"),
    ],
)
def test_a_word_takes_over_the_spelling_of_what_was_typed(word, typed, written):
    assert in_spelling_of(word, typed) == written


@settings(deadline=None, max_examples=200)
@given(st.text("aB'-é", min_size=1, max_size=6), st.integers(0, 6), st.sampled_from([*APOSTROPHES]))
def test_it_stays_the_same_word(word, end, sign):
    typed = word[:end].replace("'", sign)
    written = in_spelling_of(word, typed)
    assert spelling_form(written) == spelling_form(word)
    if "'" in word[:end]:
        assert "'" not in written.replace(sign, "")
    if spelling_form(word).startswith(spelling_form(typed)) and "--" not in word:
        assert written.startswith(typed)


@pytest.mark.parametrize("others", [1, 40, 60])
def test_forms_of_a_list_of_two_scripts_are_those_one_by_one(others):
    words = [
        *("Tea", "e-mail", "``x", "..", "wait....", "A--B") * 20,
        *("ＡＰＩ", "茶", "Don’t", "\u200d", "Işık") * others,
    ]
    random.Random(others).shuffle(words)
    assert comparison_forms(words) == [comparison_form(word) for word in words]
    assert spelling_forms(words) == [spelling_form(word) for word in words]
