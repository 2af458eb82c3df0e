"""Markup cut into texts and tags, for HTML as it is found: unclosed, wrongly nested, cut off.

Input: HTML or XHTML. Output: each tag with the text before it. `html.parser` of the standard library takes hours for
some damaged files and reads them otherwise in every version of Python; this takes time in proportion to their length.
Nothing is expanded but character references, so no document can grow.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple


class Tag(NamedTuple):
    """A tag and the text before it.

    Attributes:
        text: The text between the tag before and this one, with its character references read.
        name: Name in small letters; "" at the end of the markup, "!--" of comments, "![" where text goes on.
        is_end: Whether it ends its element, as `</p>` does.
        attributes: What stands behind the name.
        start: Place of the tag in the markup.
    """

    text: str
    name: str
    is_end: bool = False
    attributes: str = ""
    start: int = 0


_OPENING = re.compile(r"<(?:(/?)([a-zA-Z][^\s/>]*+)|!--|!\[CDATA\[|[!?]|/)")
_REST = re.compile(r"(?:[^>\"'=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+|[\"'])*+>")
_COMMENT_END = re.compile("--!?>")

# What stands in these elements is no markup.
_RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style", "textarea", "title")}


def tags_of(markup: str) -> Iterator[Tag]:
    """Yield the tags of markup, each with the text before it, at the end one without a name.

    The content of scripts and style sheets is left out; so is what browsers drop: a comment that never ends.

    Args:
        markup: HTML or XHTML.

    Examples:
        >>> [(tag.text, tag.name, tag.is_end) for tag in tags_of("<p class='a>b'>Tea &amp; milk<br/>")]
        [('', 'p', False), ('Tea & milk', 'br', False), ('', '', False)]
    """
    place, size = 0, len(markup)
    unclosed: set[str] = set()  # so that the end of each is looked for once
    while (opening := _OPENING.search(markup, place)) is not None:
        start = opening.start()
        text = markup[place:start]
        if "&" in text:
            text = unescape(text)
        name = opening[2]
        if not name:
            place, before = _behind_mark(markup, start)
            yield Tag(text + before, "!--" if opening[0] == "<!--" else "![", False, "", start)
            continue
        rest = _REST.match(markup, opening.end())
        if rest is None:  # a tag that never ends is text
            yield Tag(text + unescape(markup[start:]), "", False, "", size)
            return
        place, name = rest.end(), name.lower()
        attributes = markup[opening.end() : place - 1]
        yield Tag(text, name, bool(opening[1]), attributes, start)
        if name in _RAW and name not in unclosed and not opening[1] and not attributes.endswith("/"):
            end = _RAW[name].search(markup, place)
            if end is not None:
                inner, place = markup[place : end.start()], end.start()
                if name in ("textarea", "title"):
                    yield Tag(unescape(inner), "![", False, "", place)
            elif name in ("script", "style"):
                place = size
            else:
                unclosed.add(name)
    yield Tag(unescape(markup[place:]), "", False, "", size)


def _behind_mark(markup: str, start: int) -> tuple[int, str]:
    """Return where a comment, declaration or instruction ends, and the text that it holds."""
    size = len(markup)
    if markup.startswith("<!--", start):
        if markup.startswith((">", "->"), start + 4):
            return markup.index(">", start) + 1, ""
        end = _COMMENT_END.search(markup, start + 4)
        return (size if end is None else end.end()), ""
    if markup.startswith("<![CDATA[", start):
        place = markup.find("]]>", start)
        return (size, markup[start + 9 :]) if place < 0 else (place + 3, markup[start + 9 : place])
    close = "?>" if markup.startswith(("<?xml", "<?php"), start) else ">"
    place = markup.find(close, start)
    return (size if place < 0 else place + len(close)), ""
