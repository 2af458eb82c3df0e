"""The words that a file may hold: none of them empty, none with a control character, not too many.

Input: the words of a vocabulary, or blocked words. Output: nothing, or an error that names the word.
"""

import re
from collections.abc import Sequence

from nextword.errors import InputError
from nextword.files.limits import check_limit

# What `clean_text` always takes out of a text, and what could act on a terminal: controls, line ends, text directions.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def check_words(words: Sequence[str]) -> None:
    """Refuse the words of a vocabulary that are empty or have control characters, and too many.

    Args:
        words: Words of a vocabulary, without special and role tokens.

    Raises:
        InputError: If there is none or one is empty (code "word-empty"), one has control characters (code
            "control-characters"), or there are more than a file holds ("over-limit").
    """
    check_limit("words", len(words))
    if not words or not all(words):
        raise InputError("a vocabulary has words, and none of them is empty.", code="word-empty", words=len(words))
    _refuse_controls(words)


def check_blocked(words: Sequence[str]) -> None:
    """Refuse blocked words that have control characters, are too long or too many.

    Args:
        words: Blocked words in comparison form.

    Raises:
        InputError: If one has control characters (code "control-characters"), or one is longer, or there are more, than
            a file holds ("over-limit").

    Examples:
        >>> check_blocked(["tea", "苹果"])
    """
    check_limit("blocked", len(words))
    check_limit("blocked_characters", max(map(len, words), default=0))
    text = "".join(words)
    if len(text) > 1 << 20:  # below, no text of so few characters is too long
        check_limit("blocked_bytes", len(text.encode("utf-8", "surrogatepass")))
    _refuse_controls(words)


def _refuse_controls(words: Sequence[str]) -> None:
    text = "".join(words)
    if not text.isprintable() and _CONTROLS.search(text):  # no control is printable, and that is known sooner
        bad = next(word for word in words if _CONTROLS.search(word))
        raise InputError(
            f"words have no control characters; received {bad!a:.80}. `build_tokenizer` cleans its texts.",
            code="control-characters",
            word=bad,
        )
