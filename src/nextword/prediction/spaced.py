"""The spaced form of a text: what blocked words are looked for in.

Input: words or short texts. Output: their words in comparison form with one space between them, and none between two
Han characters, since Chinese words may be cut in several ways: `Shut  UP!` is `shut up !`, `T恤` is `t 恤`, `苹 果` is
`苹果`. So whether a word stands in a text is whether its spaced form stands in that of the text between spaces or Han
characters. Traditional characters are simplified.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from nextword.tokens.characters import HAN
from nextword.tokens.forms import comparison_forms
from nextword.tokens.simplified import simplified
from nextword.tokens.words import split_words

_HAN_CHARACTER = re.compile(f"[{HAN}]")
# What is certainly one word: only Han, or only letters and digits; or one character.
_ONE_WORD = re.compile(f"[{HAN}]+|[^\\W{HAN}]+|.")


def spaced_forms(words: Iterable[str]) -> list[str]:
    """Return the spaced forms of words or short texts.

    Args:
        words: Words or texts without line breaks.

    Examples:
        >>> spaced_forms(["Shut  UP!", "Ｔ恤", "蘋 果", "don’t"])
        ['shut up !', 't 恤', '苹果', "don't"]
    """
    return spaced(comparison_forms(words))


def spaced(forms: Sequence[str]) -> list[str]:
    """Return the spaced forms of words whose comparison forms are known.

    Args:
        forms: What `comparison_forms` returned.
    """
    forms = simplified("\n".join(forms)).split("\n") if forms else []
    places = [
        place
        for place, form in enumerate(forms)
        if not (form.isascii() and form.isalnum()) and not _ONE_WORD.fullmatch(form) and form.strip()
    ]
    split = _split_all([forms[place] for place in places])
    for place, parts in zip(places, split, strict=True):
        forms[place] = _joined(parts)
    return forms


def spaced_words(text: str) -> list[str]:
    """Return the spaced form of each word of a text, runs of Han characters whole.

    Args:
        text: A text without line breaks.

    Examples:
        >>> spaced_words("Tea, 苹果!")
        ['tea', ',', '苹果', '!']
    """
    return spaced_forms(split_words(text, segmenter=_whole))


def is_han(text: str, position: int) -> bool:
    """Return whether the character of a text at a position is a Han character.

    Args:
        text: A text that has such a position.
        position: Index of the character.
    """
    return not text.isascii() and _HAN_CHARACTER.match(text[position]) is not None


def key_of_end(beginning: str) -> str:
    """Return with what the spaced form of a text, a space before it, ends where it ends in these words.

    Args:
        beginning: Words in spaced form.

    Examples:
        >>> key_of_end("shut"), key_of_end("苹")
        (' shut', '苹')
    """
    return beginning if is_han(beginning, 0) else f" {beginning}"


def _split_all(forms: Sequence[str]) -> list[list[str]]:
    """Return the words of each form, runs of Han whole; all forms are split at once."""
    groups: list[list[str]] = [[]]
    for word in split_words("\n".join(forms), segmenter=_whole):
        if word == "\n":
            groups.append([])
        else:
            groups[-1].append(word)
    if len(groups) == len(forms):
        return groups
    # One of them has nothing to read, such as a lone control character.
    return [split_words(form, segmenter=_whole) for form in forms]


def _joined(words: Sequence[str]) -> str:
    """Return words with a space between them, none between two Han characters."""
    spaces = ["" if is_han(first, -1) and is_han(second, 0) else " " for first, second in pairwise(words)]
    return "".join([word + space for word, space in zip(words, [*spaces, ""], strict=False)])


def _whole(run: str) -> list[str]:
    return [run]
