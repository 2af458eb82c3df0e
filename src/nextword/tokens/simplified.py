"""Traditional Chinese characters -> simplified ones.

Input: a text. Output: the same text in which each traditional character is replaced by the simplified one.

Only blocked words are compared so: who forbids 苹果 forbids 蘋果 too, but reading keeps them apart, as other words and
styles go with each. `simplified.txt` has pairs of characters, which stand for facts of the standard of simplified
characters; it was made by asking OpenCC 1.4.2 (`t2s`) for every Han character by itself, and has those that change.
"""

import re
from functools import cache
from pathlib import Path

from nextword.tokens.characters import HAN
from nextword.tokens.forms import replaced

_HAN_CHARACTER = re.compile(f"[{HAN}]")


def simplified(text: str) -> str:
    """Return a text with simplified characters in place of traditional ones.

    Args:
        text: Any text.

    Examples:
        >>> simplified("蘋果與apple"), simplified("苹果")
        ('苹果与apple', '苹果')
    """
    return replaced(text, _table()) if _HAN_CHARACTER.search(text) else text


class _Pairs(dict[int, str]):
    """Simplified characters by code; what has none stands for itself."""

    def __missing__(self, code: int) -> str:
        return chr(code)


@cache
def _table() -> _Pairs:
    """Read the pairs at the first text that has a Han character."""
    pairs = Path(__file__).with_name("simplified.txt").read_text(encoding="utf-8").replace("\n", "")
    return _Pairs(zip(map(ord, pairs[::2]), pairs[1::2], strict=True))
