"""Texts come in an iterable of `str`, and nothing else does."""

from pathlib import Path

import numpy as np
import pytest
from refusals import refuses

from nextword.errors import InputTypeError
from nextword.tokens.texts import check_texts


def test_texts_come_in_any_iterable() -> None:
    assert list(check_texts(iter(["a", "", "b"]))) == ["a", "", "b"]
    assert list(check_texts(np.array(["a"]))) == ["a"]


def test_a_single_text_is_told_how_to_be_given() -> None:
    with refuses(InputTypeError, "single-text") as caught:
        check_texts("I like tea")
    assert "[text]" in str(caught.value)


@pytest.mark.parametrize("texts", [b"tea", bytearray(b"tea"), 3, None, {"a": "b"}, Path("a.txt")])
def test_what_is_no_iterable_of_texts_is_refused_at_once(texts: object) -> None:
    with refuses(InputTypeError, "texts-not-iterable", received=type(texts).__name__):
        check_texts(texts)  # type: ignore[arg-type]


def test_an_item_that_is_no_text_is_named() -> None:
    texts = check_texts(["a", None])  # type: ignore[list-item]
    assert next(texts) == "a"
    with refuses(InputTypeError, "text-not-str", received="NoneType", position=1):
        next(texts)
