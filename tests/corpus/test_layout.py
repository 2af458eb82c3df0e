"""Wrapped prose is told from one text a line, and by what its paragraphs are told apart."""

import itertools

import pytest
from book_pages import chinese, english, justify, pages, wrap

from nextword.corpus.layout import Wrapping, wrapping_of

ENGLISH, CHINESE = english(80), chinese(80)
SENTENCES = [sentence for text in ENGLISH for sentence in text.replace("? ", "?\n").replace(". ", ".\n").split("\n")]
CLAUSES = [
    clause for text in CHINESE for clause in text.replace("，", "，\n").replace("。", "。\n").split("\n") if clause
]

MARKS = {("", 0): "short lines", ("", 1): "blank lines", ("   ", 0): "indents", ("\t", 0): "indents"}


@pytest.mark.parametrize("width", [40, 60, 65, 72, 78, 100])
@pytest.mark.parametrize(("indent", "blank"), MARKS)
def test_english_books_are_wrapped(width: int, indent: str, blank: int) -> None:
    layout = wrapping_of(pages(ENGLISH, width, indent, blank))
    assert (layout.unit, layout.mark) == ("paragraph", MARKS[indent, blank])
    assert width - 4 <= layout.width <= width + 3  # a tab is wider than one character
    assert str(layout.width) in layout.reason
    assert layout.mark in layout.reason


@pytest.mark.parametrize("width", [20, 35, 40, 55])
@pytest.mark.parametrize(
    ("indent", "blank", "mark"), [("", 0, "short lines"), ("", 1, "blank lines"), ("　　", 0, "indents")]
)
def test_chinese_books_are_wrapped(width: int, indent: str, blank: int, mark: str) -> None:
    layout = wrapping_of(pages(CHINESE, width, indent, blank))
    assert (layout.unit, layout.mark, layout.width) == ("paragraph", mark, width)


def test_a_part_of_a_book_is_enough() -> None:
    for (indent, blank), size in itertools.product(MARKS, (40, 100, 300)):
        lines = pages(ENGLISH, 70, indent, blank)
        assert all(wrapping_of(lines[start : start + size]).unit == "paragraph" for start in range(0, 300, 37))


def test_lines_of_equal_width_and_double_spaced_ones() -> None:
    assert wrapping_of([line for text in ENGLISH for line in justify(wrap(text, 66, "  "), 66)]).width == 66
    for indent, blanks in (("", 3), ("   ", 1)):
        spaced: list[str] = []
        for text in ENGLISH:
            spaced += [row for line in wrap(text, 70, indent) for row in (line, "")] + [""] * (blanks - 1)
        layout = wrapping_of(spaced)
        assert layout.unit == "paragraph"
        assert layout.double_spaced


def test_short_lines_of_a_title_page_do_not_hide_the_prose() -> None:
    front = ["TEA", "by", "A. Nobody", "", *[f"Chapter {n}. The {n}th cup" for n in range(1, 30)], ""]
    assert wrapping_of(front + pages(ENGLISH[:20], 70, "", 1)).unit == "paragraph"
    assert wrapping_of(front + pages(ENGLISH[:20], 70, "  ")).unit == "paragraph"


def test_wrapped_german_and_widths_by_columns() -> None:
    german = "Als der Abend kam, ging die alte Frau durch den Garten zum Fluss und sah die Kinder am Ufer spielen. " * 4
    assert wrapping_of(pages([german[: 150 + 7 * n].rstrip() + "." for n in range(30)], 60, "  ")).unit == "paragraph"
    mixed = "他在London的Baker街住了3年，每天早上都喝茶，晚上写信给他的姐姐Martha。"
    lines = []
    for count in range(2, 30):
        line, width = "　　", 4
        for character in mixed * (count % 5 + 1):
            columns = 1 if character.isascii() else 2
            if width + columns > 50:
                lines.append(line)
                line, width = "", 0
            line, width = line + character, width + columns
        lines.append(line)
    layout = wrapping_of(lines)
    assert (layout.unit, layout.columns, layout.mark) == ("paragraph", True, "indents")


NOT_WRAPPED = {
    "sentences": SENTENCES,
    "sentences in documents": [line for n in range(0, 120, 6) for line in (*SENTENCES[n : n + 6], "")],
    "sentences with blank lines": [line for text in SENTENCES for line in (text, "")],
    "small letters, no marks": [text.lower().rstrip(".?!").replace(",", "").replace(";", "") for text in SENTENCES],
    "paragraphs": ENGLISH,
    "headlines": [text[:60].title() for text in SENTENCES if len(text) > 40],
    "chat": [
        f"12/03/24, 09:{n % 60:02} - {'Ann' if n % 2 else 'Bob'}: {text[:70]}" for n, text in enumerate(SENTENCES)
    ],
    "play": [line for n, text in enumerate(SENTENCES) for line in (("HAMLET.", "HORATIO.")[n % 2], text[:60], "")],
    "subtitles": [line for text in SENTENCES if len(text) < 80 for line in (*wrap(text, len(text) // 2 + 8), "")],
    "subtitles without blank lines": [
        line for text in SENTENCES if len(text) < 80 for line in wrap(text, len(text) // 2 + 8)
    ],
    "contents": [f"Chapter {n} ".ljust(56, ".") + f" {n * 7}" for n in range(60)],
    "verse": [
        "The sea is wide,",
        "The sea is deep,",
        "",
        "And all the little fishes sleep,",
        "Their secrets they will keep.",
        "",
    ]
    * 40,
    "verse without blank lines": [text[: 30 + 7 * n % 19].capitalize() + "," for n, text in enumerate(SENTENCES)],
    "words": sorted({word for text in ENGLISH for word in text.split()}),
    "items": ["- " + text[:70] for text in SENTENCES],
    "code": ["def brew(tea, cup):", "    if tea.is_hot:", "        cup.fill(tea)", "    return cup", "", ""] * 30,
    "rows": [f"{n},{text[:30]},{n * 3.5}" for n, text in enumerate(SENTENCES)],
    "figures": [" ".join(str(n * k % 90000 + 10000) for k in range(1, 11)) for n in range(1, 200)],
    "Chinese paragraphs": CHINESE,
    "Chinese paragraphs, indented": ["　　" + text for text in CHINESE],
    "Chinese clauses": CLAUSES,
    "Chinese headlines": [clause.rstrip("，。！？") * 2 for clause in CLAUSES],
    "Chinese verse": ["朝辞白帝彩云间，千里江陵一日还。", "两岸猿声啼不住，轻舟已过万重山。"] * 40,
    "Chinese verse without marks": ["朝辞白帝彩云间", "千里江陵一日还", "两岸猿声啼不住", "轻舟已过万重山", ""] * 40,
    "Chinese play": [("甲：" if n % 2 else "乙：") + text for n, text in enumerate(CLAUSES)],
    "nothing": ["", "  ", "\f"],
}


@pytest.mark.parametrize("name", NOT_WRAPPED)
@pytest.mark.parametrize("size", [12, 40, 10_000])
def test_one_text_a_line_is_left_alone(name: str, size: int) -> None:
    assert wrapping_of(NOT_WRAPPED[name][:size]) == Wrapping()
