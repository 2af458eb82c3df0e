"""Markdown becomes texts, as a page would show them."""

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

from nextword.corpus.readers.markup.markdown import looks_like, markdown_texts, parse, read_markdown
from nextword.corpus.reading import Decoding
from nextword.errors import InputError, TextFileError


def texts(markdown: str) -> list[str]:
    return list(markdown_texts(markdown.split("\n"), Counter()))


README = """---
title: Kettle
tags: [tea]
---

# Kettle ![build](https://x.org/b.svg) #

[![PyPI](https://x.org/p.svg)](https://x.org)

Kettle is a **small** program that
boils [water](https://en.wikipedia.org/wiki/Water_(data) "Water") for `tea_time`.

Install
-------

```sh
pip install kettle   # not *this*
```

1. Fill the kettle.
2. Wait,
   and drink.

   ~~~
   code in an item
   ~~~

   Then rest.
   - [ ] wash
   - [x] dry

| Kind  | Price |
|:------|------:|
| green | `3` \\| 4 |

> It is *good*.
> Very.

    indented code

<details>
<summary>More</summary>
</details>

See [the docs][docs], [docs] and [this].[^1]

[docs]: https://x.org/docs
[^1]: A note.
"""


def test_a_readme(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(README, encoding="utf-8")
    left_out = Counter[str]()
    assert list(parse(path, Decoding(), left_out)) == [
        "Kettle build",
        "PyPI",
        "Kettle is a small program that boils water for tea_time.",
        "Install",
        "Fill the kettle.",
        "Wait, and drink.",
        "Then rest.",
        "wash",
        "dry",
        *("Kind", "Price", "green", "3 | 4"),
        "It is good. Very.",
        "More",
        "See the docs, docs and [this].",
        "A note.",
    ]
    assert left_out == {"front matters": 1, "blocks of code": 3, "definitions of links": 1}


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("snake_case_word, 2*3*4, a*b*c, 5 * 3 * 2", "snake_case_word, 2*3*4, a*b*c, 5 * 3 * 2"),
        ("*em* _em_ **strong** __strong__ ***both*** ~~gone~~", "em em strong strong both gone"),
        ("**a *b* c** and *a **b** c*", "a b c and a b c"),
        ("**a*b*c**", "a*b*c"),
        (r"\*not\* 1\. \[x\](y) \_z\_ C:\dir", r"*not* 1. [x](y) _z_ C:\dir"),
        ("`a*b*` and ``a ` b`` and `_x_`", "a*b* and a ` b and _x_"),
        ("a star* and another* star", "a star* and another* star"),
        ("un**believ**able 很**好**吃 **“重点”**内容", "unbelievable 很好吃 “重点”内容"),
        ("~5 km, 好的~ 明天见~", "~5 km, 好的~ 明天见~"),
        ("if a == b and c == d", "if a == b and c == d"),
        ("[text](url) [a [b] c](<u v> 'title') [](x)", "text a [b] c"),
        ("![alt *text*](x.png) [![in](a)](b)", "alt text in"),
        ("x[0][1] and [sic] and f(x)[y](", "x[0][1] and [sic] and f(x)[y]("),
        (
            "<https://a_b_.org/*x*> <ann@x.org> https://a.org/_x_/*y*",
            "https://a_b_.org/*x* ann@x.org https://a.org/_x_/*y*",
        ),
        ("tea &amp; milk &copy; <3 a <b>bold</b> x<br>y <!-- no -->z", "tea & milk © <3 a bold x y z"),
        ("one  \ntwo\\\nthree", "one two three"),
        (
            "[[page|shown]] [[page#part]] ![[picture.png]] ==marked== #tag text ^a1b2",
            "shown page part marked #tag text",
        ),
        ("%%hidden%% shown", "shown"),
        ("The **Set** {#set .big}", "The Set"),
        ("我喜欢**绿**\n茶，\nPython 也好", "我喜欢绿茶， Python 也好"),
    ],
)
def test_marks_inside_a_paragraph(markdown: str, expected: str) -> None:
    assert texts(markdown) == [expected]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("   # Indented   # \n- text\n  # Inside\n# " + " " * 9 + "x#\n#", ["Indented", "text", "Inside", "x#"]),
        ("# One\ntext\n## Two ##\n#tag", ["One", "text", "Two"]),
        ("Title\n===\ntext\n***\n* * *\n- - -\nmore", ["Title", "text", "more"]),
        ("In\n1986. What a\n2. year", ["In 1986. What a 2. year"]),
        ("* star *em* item\n+ plus\n- dash\n\n10) ten", ["star em item", "plus", "dash", "ten"]),
        ("- a\n\n      deeper text\n- b\n    - c\n        - d", ["a", "b", "c", "d"]),
        ("- # head\n- > quote\n- - twice", ["head", "quote", "twice"]),
        ("> one\nlazy\n\n> > two\n\n> [!note] Call\n> out", ["one lazy", "two", "Call out"]),
        ("text\n    wrapped with an indent", ["text wrapped with an indent"]),
        ("text\n\n\tcode\n\n\tcode\n\ntext", ["text", "text"]),
        ("```\nnever closed\n\nat all", []),
        ("````\n```\n````\ntext", ["text"]),
        ("```one line``` of code", ["one line of code"]),
        ("a | b\n--- | ---\n1 | 2\n\nx | y", ["a", "b", "1", "2", "x | y"]),
        ("$$\nx^2\n$$\ntext\n\n$$ y $$\nmore", ["text", "more"]),
        ("<div align=center>\n  <p>Hi <b>you</b></p>\n</div>\n\n*text*", ["Hi you", "text"]),
        ("<!-- a\n\nb -->\ntext", ["text"]),
        ("<b>bold</b> text", ["bold text"]),
        (":::note\ntext\n:::\n[TOC]\n#a #b/c", ["text"]),
        ("![[cup.png]]\n#daily #tea\n\ntext\n#tea", ["text"]),
        ("{% highlight ruby %}\ndef x\n\nend\n{% endhighlight %}\ntext {{ page.title }}", ["text {{ page.title }}"]),
        ("Tea\n: A drink\n:   of leaves\n\nMilk\n\n: White", ["Tea", "A drink", "of leaves", "Milk", ": White"]),
        ('{{< figure src="a.png" >}}\ntext {{< ref x >}}', ["text {{< ref x >}}"]),
        ("$$ is money\n\nmore", ["$$ is money", "more"]),
        ("$$\nx^2\n\n+ 1 $$\ntext", ["text"]),
        ("<!-- a\n\nb\n\n<!-- c\n\nd", ["b", "d"]),
        ("---\nno front matter\n---\ntext", ["no front matter", "text"]),
        ("+++\ntitle = 'x'\n+++\ntext", ["text"]),
        ("", []),
    ],
)
def test_blocks(markdown: str, expected: list[str]) -> None:
    assert texts(markdown) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (README, True),
        ("# Tea\n\nSee [this](https://example.org) for more.\n", True),
        ("# 茶\n\n## 绿茶\n\n- 好\n- 很好\n\n**重点**。", True),
        ("---\ntitle: x\n---\n\n[[Tea]] and [[Milk]]\n", True),
        ("Roses are *red*,\n* * *\nViolets are **blue**.\n", False),
        ("- Where are you?\n- Here.\n\n- Come.\n- No.\n", False),
        ("# make tea\n\nimport tea\n\ndef boil():\n    return tea[0](1)\n\n# and\n\n- x\n- y\n", False),
        ("#!/bin/sh\n# Tea\n\n- a\n- b\n\nSee [this](https://x.org) **now**\n", False),
        ('"""Tea.\n\n# Use\n\n**bold** [a](https://x.org)\n"""\nimport a\nimport b\n\ndef f():\n    pass\n', False),
        ("#1 fan here\n#2 is not\nI said [quote](see below)\n", False),
        ("Plain text. With *stars* and `ticks`.\n\nMore.\n", False),
        ("", False),
    ],
)
def test_what_looks_like_markdown(start: str, expected: bool) -> None:
    assert looks_like(start) is expected


def test_folders_and_encodings(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "B.MD").write_bytes("\ufeff# two\r\n\r\n".encode())
    (tmp_path / ".obsidian").mkdir()
    (tmp_path / ".obsidian" / "x.md").write_text("settings", encoding="utf-8")
    (tmp_path / "a.markdown").write_text("one", encoding="utf-8")
    assert list(read_markdown(tmp_path)) == ["one", "two"]
    (tmp_path / "gb.md").write_bytes("# 喝茶".encode("gb18030"))
    assert list(read_markdown(tmp_path / "gb.md", encoding="gb18030")) == ["喝茶"]
    with refuses(TextFileError, "not-utf-8"):
        list(read_markdown(tmp_path / "gb.md"))
    (tmp_path / "none").mkdir()
    with refuses(InputError, "folder-empty"):
        read_markdown(tmp_path / "none")


def test_odd_marks_take_no_longer_than_others() -> None:
    def seconds(markdown: str) -> float:
        begun = time.process_time()
        texts(markdown)
        return time.process_time() - begun

    for piece in (
        "*a ",
        "_a ",
        "[",
        "![",
        "[a](",
        "``a`",
        "<a ",
        "> ",
        "- ",
        "1. ",
        "a\n",
        "**a_b*",
        "<!--",
        "<!-- x\n\n",
        "<script>\n\n",
        "$$ x\n\n",
        "    x\n",
        "[[",
    ):
        once = seconds(piece * 4_000)
        assert seconds(piece * 32_000) < 40 * (once + 0.01)


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("*_~=`[]()!<>#-+|\\$%^{}: \n1a茶\t&"), max_size=30))
def test_any_markdown_is_read(markdown: str) -> None:
    for text in texts(markdown):
        assert text
        assert text == " ".join(text.split())
