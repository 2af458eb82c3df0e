"""Lines of a paragraph, joined: with a space between words, without one between Chinese characters.

Input: lines. Output: one text. Chinese and Japanese are wrapped anywhere, so the end of a line is no space there.
"""

import re
from collections.abc import Iterable

WIDE = "\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U0001f200-\U0001f2ff\U00020000-\U0003ffff"

# Quotes, dashes and dots are shared with other scripts: beside a wide character they are wide too.
_SHARED = "“”‘’…—"
_NO_SPACE = re.compile(f"(?<=[{WIDE}])\n(?=[{WIDE}{_SHARED}])|(?<=[{_SHARED}])\n(?=[{WIDE}])|(?<=[a-z]-)\n(?=[a-z])")


def join_lines(lines: Iterable[str]) -> str:
    r"""Return lines as one text, without spaces at their ends.

    Args:
        lines: Lines of one paragraph.

    Examples:
        >>> join_lines(["I like ", "  tea."]), join_lines(["我喜欢", "喝茶。"]), join_lines(["well-", "known"])
        ('I like tea.', '我喜欢喝茶。', 'well-known')
    """
    text = "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
    return _NO_SPACE.sub("", text).replace("\n", " ") if "\n" in text else text
