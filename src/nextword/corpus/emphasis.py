"""Marks of emphasis in typed books, `_italics_`, `*bold*` and `=bold=`, which are no letters of the words.

Input: a text. Output: the text without them.
"""

import re

# A pair: opened before a word and closed behind one, not inside words, with no such mark between them.
_PAIRS = {
    mark: re.compile(
        rf"(?<![\w{re.escape(mark)}]){re.escape(mark)}(?=[^\s{re.escape(mark)}])([^{re.escape(mark)}]{{0,2000}}?[^\s{re.escape(mark)}])"
        rf"{re.escape(mark)}(?![\w{re.escape(mark)}])"
    )
    for mark in "_*="
}
_LETTER = re.compile(r"[^\W\d_]")


def without_emphasis(text: str) -> str:
    """Return a text without marks of emphasis: those in pairs at the edges of words, with a letter between them.

    Args:
        text: One text, its lines joined.

    Examples:
        >>> without_emphasis("It was _not at all_ in *bold*, `snake_case` or __init__, 2 * 3 * 4 and _.")
        'It was not at all in bold, `snake_case` or __init__, 2 * 3 * 4 and _.'
    """
    for mark, pair in _PAIRS.items():
        if text.count(mark) >= 2:
            text = pair.sub(_inside, text)
    return text


def _inside(match: re.Match[str]) -> str:
    return match.group(1) if _LETTER.search(match.group(1)) else match.group()
