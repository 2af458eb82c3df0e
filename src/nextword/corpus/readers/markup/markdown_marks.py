"""Marks inside a paragraph of Markdown: links, images, code and emphasis become the text that a page would show.

Input: a paragraph. Output: its text. Time grows with its length, whatever is in it.
"""

import re
from collections.abc import Set
from html import unescape

_MARKED = re.compile(r"[\\`*_~\[\]<&=^%{]")
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
# Characters that are meant as they stand are put aside, in a place of Unicode that is nobody's.
_AWAY = {ord(mark): chr(0x10FF00 + ord(mark)) for mark in _PUNCTUATION}
_BACK = {0x10FF00 + ord(mark): mark for mark in _PUNCTUATION}

_AS_IT_STANDS = re.compile(
    r"\\(?P<mark>[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`{1,8})(?!`)(?P<code>.{1,1000}?)(?<!`)(?P=ticks)(?!`)"
    r"|<(?P<address>(?:https?|ftp|mailto):[^<>\s]{1,1000}|[\w.+-]{1,64}@[\w.-]{1,250})>"
    r"|(?P<comment><!--.{0,2000}?-->|%%.{1,1000}?%%)"
    r"|(?P<break><br\s*/?>)"
    r"|(?P<tag></?[a-zA-Z][\w-]{0,30}(?:\s[^<>]{0,2000})?/?>)"
    r"|(?P<url>\bhttps?://[^\s<>()\[\]\"'，。）]{1,1000})",
    re.DOTALL,
)
_INSIDE = r"(?:[^\[\]]|\[[^\[\]]*+\])*+"
_TARGET = (
    r"\(\s*+(?:<[^<>\n]*+>|[^\s()<]*+(?:\([^\s()]*+\)[^\s()]*+)*+)"
    r"(?:\s++(?:\"[^\"]{0,500}+\"|'[^']{0,500}+'|“[^”]{0,500}+”))?\s*+\)"
)
_EMBED = re.compile(r"!\[\[[^\[\]\n]*+\]\]")
_WIKI_LINK = re.compile(r"\[\[([^\[\]|\n]*+)(?:\|([^\[\]\n]*+))?\]\]")
_IMAGE = re.compile(rf"!\[({_INSIDE})\](?:{_TARGET}|\[([^\[\]]*+)\])")
_LINK = re.compile(rf"\[({_INSIDE})\]{_TARGET}")
_NOTE = re.compile(r"\[\^[^\[\]\s]{1,100}\]")
_REFERENCE = re.compile(r"!?\[([^\[\]]++)\](?: ?\[([^\[\]]*+)\])?")
_ATTRIBUTES = re.compile(r"(?<=\S)[ ]?\{(?:[:.#]|[\w-]{1,40}=)[^{}\n]{0,200}\}")
_BLOCK_NAME = re.compile(r"\s\^[A-Za-z0-9-]{1,40}$")
_RUN = re.compile(r"(\*+|_+|~~+|==+)")


def plain_text(text: str, labels: Set[str]) -> str:
    """Return a paragraph of Markdown as a page would show it.

    Args:
        text: The paragraph, its lines ending with LF.
        labels: Labels that links may refer to, in small letters.

    Examples:
        >>> plain_text("Read **my** [book](a.html), not snake_case or 2*3*4.", frozenset())
        'Read my book, not snake_case or 2*3*4.'
    """
    if _MARKED.search(text) is None and "://" not in text:
        return text
    text = _AS_IT_STANDS.sub(_put_away, text)
    if "[" in text:
        text = _EMBED.sub("", text)
        text = _WIKI_LINK.sub(lambda found: found[2] or found[1].removeprefix("#").replace("#", " "), text)
        text = _IMAGE.sub(r"\1", text)
        for _ in range(2):  # a link in the text of a link
            text = _LINK.sub(r"\1", text)
        text = _NOTE.sub("", text)
        text = _REFERENCE.sub(lambda found: _referred(found, labels), text)
    if "{" in text:
        text = _ATTRIBUTES.sub("", text)
    if "^" in text:
        text = _BLOCK_NAME.sub("", text)
    if _RUN.search(text):
        text = _without_emphasis(text)
    return unescape(text).translate(_BACK).strip()


def _put_away(found: re.Match[str]) -> str:
    """Return what stays as it stands, in characters that mean nothing in Markdown."""
    match found.lastgroup:
        case "mark":
            return _AWAY[ord(found["mark"])]
        case "code":
            return found["code"].strip().translate(_AWAY)
        case "address" | "url":
            return found[found.lastgroup].removeprefix("mailto:").translate(_AWAY)
        case "break":
            return " "
    return ""


def _referred(found: re.Match[str], labels: Set[str]) -> str:
    """Return the text of a link whose address stands elsewhere, or what is no link as it is."""
    label = found[2] or found[1]
    return found[1] if " ".join(label.split()).lower() in labels else found[0]


def _without_emphasis(text: str) -> str:
    """Return a text without the marks of emphasis that belong together in pairs."""
    parts = _RUN.split(text)
    open_runs: dict[str, list[int]] = {"*": [], "_": [], "~": [], "=": []}
    left = {number: len(parts[number]) for number in range(1, len(parts), 2)}
    for number in range(1, len(parts), 2):
        sign, length = parts[number][0], len(parts[number])
        if (sign in "~=") != (length == 2) and sign in "~=":
            continue
        before = parts[number - 1][-1:] or (parts[number - 2][-1:] if number > 1 else "")
        after = parts[number + 1][:1] or (parts[number + 2][:1] if number + 2 < len(parts) else "")
        opens, closes = _sides(sign, length, before, after)
        stack = open_runs[sign]
        while closes and stack and left[number]:
            opener = stack[-1]
            if left[opener] != left[number] and max(left[opener], left[number]) < 3:  # "*" does not end "**"
                if len(stack) < 2 or left[stack[-2]] != left[number]:
                    break
                stack.pop()
                continue
            pairs = min(left[opener], left[number])
            left[opener] -= pairs
            left[number] -= pairs
            if not left[opener]:
                stack.pop()
        if opens and left[number]:
            stack.append(number)
    return "".join([part if number % 2 == 0 else part[: left[number]] for number, part in enumerate(parts)])


def _sides(sign: str, length: int, before: str, after: str) -> tuple[bool, bool]:
    """Return whether marks can begin and end emphasis between two characters."""
    opens, closes = bool(after) and not after.isspace(), bool(before) and not before.isspace()
    if sign == "_":
        opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
    elif before.isascii() and before.isalnum():
        # 2*3*4 and a*b, but also un**believ**able and 很**好**吃
        sum_like = before.isdigit() and after.isdigit()
        opens = opens and length > 1 and sign != "=" and not sum_like
        closes = closes and not sum_like
    return opens, closes
