"""Characters: what cleaning keeps, and which characters are marks."""

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from nasty_texts import NASTY_TEXTS
from refusals import refuses

from nextword.errors import InputTypeError
from nextword.tokens.characters import character_classes, clean_text, is_mark, may_have_marks

EVERY_CHARACTER = "".join(map(chr, range(0x110000)))


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nb\vc\u2028d", "a\n\nb\nc\nd"),
        ("a\tb\u00a0c\u3000d\x00e\x7f", "a b c d e "),
        ("\ufeffa\u200bb\u00adc", "abc"),
        ("👩🏽\u200d💻Ａ", "👩🏽\u200d💻Ａ"),
        ("cafe\u0301", "café"),
        ("a\ud800", "a\ufffd"),
        ("a" + "\u0301" * 40, "á" + "\u0301" * 29),
    ],
)
def test_cleaning_by_hand(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@settings(deadline=None, max_examples=100)
@given(NASTY_TEXTS)
def test_cleaning_is_stable(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(character) in ("Cs", "Cc") for character in cleaned if character != "\n")


def test_a_subclass_of_str_becomes_a_plain_copy() -> None:
    class Name(str):
        def isascii(self) -> bool:
            raise RuntimeError

    for text in (Name("我 a"), np.str_("我 a")):
        assert clean_text(text) == "我 a"
        assert type(clean_text(text)) is str


def test_the_quick_test_for_marks_is_right() -> None:
    marks = re.findall(f"[{character_classes().marks}]", EVERY_CHARACTER)
    assert len(marks) > 2000
    assert all(map(may_have_marks, marks))
    assert all(map(is_mark, marks))
    categories = map(unicodedata.category, EVERY_CHARACTER)
    assert {
        mark for mark, category in zip(EVERY_CHARACTER, categories, strict=True) if category in ("Mn", "Mc", "Me")
    } <= set(marks)


@pytest.mark.parametrize("text", [None, b"tea", 3, ["tea"], np.array(["tea"]), float("nan")])
def test_what_is_no_text_is_refused(text: str) -> None:
    with refuses(InputTypeError, "text-not-str", received=type(text).__name__):
        clean_text(text)


def test_bytes_are_told_how_to_become_text() -> None:
    with pytest.raises(InputTypeError, match=r"decode\('utf-8'\)"):
        clean_text(b"tea")  # type: ignore[arg-type]
