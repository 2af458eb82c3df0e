"""Books become their paragraphs, word for word, whatever marks them on the page."""

import itertools
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from book_pages import chinese, english, justify, pages, wrap

from nextword.corpus.books import paragraphs_of
from nextword.corpus.layout import Wrapping

ENGLISH, CHINESE = english(120), chinese(120)


def read(lines: list[str], wrapping: Wrapping | None = None) -> tuple[list[str], Counter[str]]:
    left_out: Counter[str] = Counter()
    return list(paragraphs_of(lines, left_out, wrapping)), left_out


def share(found: list[str], expected: list[str]) -> float:
    return sum((Counter(found) & Counter(expected)).values()) / len(expected)


@pytest.mark.parametrize("width", [60, 65, 72, 78])
@pytest.mark.parametrize(("indent", "blank"), [("", 1), ("   ", 0), ("  ", 1), ("\t", 0)])
def test_english_paragraphs_come_back(width: int, indent: str, blank: int) -> None:
    found, left_out = read(pages(ENGLISH, width, indent, blank))
    assert share(found, ENGLISH) >= 0.98
    assert not left_out


@pytest.mark.parametrize("width", [20, 35, 40])
@pytest.mark.parametrize(("indent", "blank"), [("", 1), ("　　", 0), ("　　", 1)])
def test_chinese_paragraphs_come_back(width: int, indent: str, blank: int) -> None:
    assert share(read(pages(CHINESE, width, indent, blank))[0], CHINESE) >= 0.98


def test_paragraphs_without_any_mark_come_back_unless_their_last_line_is_full() -> None:
    for texts, width in ((ENGLISH, 70), (CHINESE, 35)):
        lines = [wrap(text, width) for text in texts]
        first = [len(rows[0].split(" ")[0]) + 1 if width == 70 else 1 for rows in lines[1:]]
        full = [len(rows[-1]) + word > width for rows, word in zip(lines, [*first, 99], strict=False)]
        told = [
            text
            for text, before, itself in zip(texts, [False, *full], [*full, False], strict=False)
            if not (before or itself)
        ]
        assert len(told) > 0.7 * len(texts)
        assert share(read([row for rows in lines for row in rows])[0], told) >= 0.98


def test_lines_of_one_width_and_wide_spaces_after_full_stops() -> None:
    found, _ = read([line for text in ENGLISH for line in justify(wrap(text, 66, "  "), 66)])
    assert share(found, ENGLISH) >= 0.98
    found, _ = read(pages([text.replace(". ", ".  ") for text in ENGLISH], 70, "   "))
    assert share(found, ENGLISH) >= 0.98


def test_lines_wrapped_by_hand() -> None:
    draw = random.Random(4)
    lines = []
    for text in ENGLISH:
        while len(text) > 70:
            cut = text.rindex(" ", 0, 71 - draw.randrange(7))
            lines.append(text[:cut])
            text = text[cut + 1 :]
        lines += [text, ""]
    assert share(read(lines)[0], ENGLISH) >= 0.98


def test_double_spaced_lines_and_line_ends_of_windows() -> None:
    spaced = [row for text in ENGLISH for row in (*(row for line in wrap(text, 70) for row in (line, "")), "", "")]
    assert share(read(spaced)[0], ENGLISH) >= 0.98
    assert share(read([line + "\r\n" for line in pages(ENGLISH, 70, "\t")])[0], ENGLISH) >= 0.98


def test_words_divided_at_line_ends() -> None:
    text = "It was a wonderful day, well-known to all. "
    lines = pages(ENGLISH, 60, "  ")
    tail = [
        "  He said that this was the most won-",
        "derful of all the well-",
        "known days of the old co\u00ad",
        "untry.",
        "",
    ]
    found, _ = read([text, *lines, *tail])
    assert found[-1] == "He said that this was the most wonderful of all the well-known days of the old country."


def test_a_word_learnt_behind_the_first_million_characters_is_known() -> None:
    lines = pages(english(4000), 60, "  ")
    assert sum(map(len, lines)) > 1_000_000
    divided = ["  They all walked on through the old garden and then ever-", "ything was quiet in the house."]
    new = ["  The zebrafinch sang, and another zebrafinch answered it.", "  So sang the zebra-", "finch."]
    found, _ = read([*divided, *lines, *new])
    assert found[0].endswith("then everything was quiet in the house.")
    assert found[-1] == "So sang the zebrafinch."


def test_a_page_may_end_within_a_paragraph() -> None:
    for indent, blank in (("   ", 0), ("", 1)):
        lines = []
        for number, line in enumerate(pages(ENGLISH, 70, indent, blank), start=1):
            lines.append(line)
            if number % 40 == 0:
                page = number // 40
                header = ["", str(page), "", "\fTHE WIDE WORLD", ""]
                lines += (["", f"- {page} -", "\f"], header, [f"[Pg {page}]"])[page % 3]
        found, left_out = read(lines)
        assert share(found, ENGLISH) >= 0.95
        count = sum(line.strip("-[]Pg ").isdigit() for line in lines)
        assert left_out == {"page numbers": count, "running headers": sum("WIDE" in line for line in lines)}


def test_headings_verse_lists_and_contents_stay_line_by_line() -> None:
    front = [
        "THE MILLER",
        "",
        "Contents",
        "",
        "Chapter I. The Rain ........... 1",
        "Chapter II. The Sun ......... 117",
        "",
    ]
    verse = [
        "    The sea is wide, the sea is deep,",
        "      and all the fishes are asleep,",
        "    Their secrets they will keep.",
    ]
    items = ["1. Boil the water.", "2. Pour it over the leaves.", "3. Wait."]
    wide = ["- a kettle that is large enough for all the people of the house", "- leaves of tea from last summer"]
    for indent, blank in (("", 1), ("   ", 0)):
        body = pages(ENGLISH[:40], 70, indent, blank)
        lines = [
            *front,
            "CHAPTER I",
            "The Rain",
            *body,
            "",
            *verse,
            "",
            *body,
            "",
            *items,
            "",
            *wide,
            "",
            "CHAPTER II",
            "",
            *body,
        ]
        found, left_out = read(lines)
        assert not left_out
        for line in (*front, "CHAPTER I", "The Rain", *verse, *items, *wide, "CHAPTER II"):
            assert not line or line.strip().replace("  ", " ") in found
    chapters = [row for n in "一二三" for row in (f"第{n}章 风雨", *pages(CHINESE[:30], 35))]
    assert [text for text in read(chapters)[0] if text.startswith("第") and "章" in text] == [
        "第一章 风雨", "第二章 风雨", "第三章 风雨"
    ]  # fmt: skip


def test_verse_as_wide_as_prose_stays_line_by_line() -> None:
    verse = [
        "And then the river rose above the fields of barley",
        "While all the people stood upon the broken bridges;",
        "Nobody spoke a word until the morning came to us,",
        "Then every bell began to ring across the water.",
    ]
    found, _ = read([*pages(ENGLISH, 60, "", 1), *verse, "", *pages(ENGLISH[:9], 60, "", 1)])
    assert [line for line in verse if line in found] == verse


def test_breaks_between_scenes_are_left_out() -> None:
    breaks = ["* * *", "       *       *       *", "***", "--------", "＊＊＊", "◇", "_____"]
    for line in breaks:
        found, left_out = read([*pages(ENGLISH[:20], 70, "  "), line, *pages(ENGLISH[20:40], 70, "  ")])
        assert left_out == {"scene breaks": 1}
        assert share(found, ENGLISH[:40]) == 1
    kept = ["“……”", "...", "?!", "—", "I", "7 * 3"]
    found, left_out = read(list(itertools.chain.from_iterable((line, "") for line in kept)))
    assert found == kept
    assert not left_out


def test_marks_of_emphasis_over_lines_are_taken_off() -> None:
    lines = pages(ENGLISH, 70, "  ")
    found, _ = read(
        [
            *lines,
            "  Through all of the long evening he was _not",
            "at all_ glad, said *Anna*; =never= touch snake_case or __init__.",
        ]
    )
    assert (
        found[-1]
        == "Through all of the long evening he was not at all glad, said Anna; never touch snake_case or __init__."
    )


def test_figures_stay_where_lines_are_not_wrapped() -> None:
    found, left_out = read(["12", "", "13", "", "I like", "tea."])
    assert found == ["12", "13", "I like tea."]
    assert not left_out


def test_a_short_file_takes_the_layout_of_the_others() -> None:
    lines = [
        "It was late in the evening, and the rain had not stopped for many",
        "a day.",
        "Nobody knew why it did so.",
    ]
    layout = Wrapping(unit="paragraph", mark="short lines", width=66, full=66)
    assert read(lines, layout)[0] == [" ".join(lines[:2]), lines[2]]
    longer = ["word " * 40, "more " * 40]
    assert read(longer, layout) == read(longer)
    assert read(pages(ENGLISH, 60), Wrapping(unit="paragraph", width=30, full=30))[0] == read(pages(ENGLISH, 60))[0]


def test_a_book_is_read_as_it_comes_and_long_paragraphs_are_cut() -> None:
    pulled = 0

    def lines() -> Iterator[str]:
        nonlocal pulled
        for _ in range(60_000):
            pulled += 1
            yield "the old river was so wide that nobody in the town could swim to it\n"

    texts = paragraphs_of(lines(), Counter(), Wrapping(unit="paragraph", width=66, full=60))
    assert len(next(texts)) < 300_000
    assert pulled * 67 < 1_500_000
    rest = list(texts)
    assert pulled == 60_000
    assert max(map(len, rest)) < 300_000


def test_mixed_chinese_and_english_lines_are_joined_by_their_characters() -> None:
    lines = ["他每天喝一杯", "tea，然后去", "London 的公园", "走 5 公里。", "", "I like", "茶。"]
    assert read(lines)[0] == ["他每天喝一杯tea，然后去London 的公园走 5 公里。", "I like茶。"]


def test_nothing_is_no_paragraph() -> None:
    assert read([]) == ([], Counter())
    assert read(["", " \n", "\f"]) == ([], Counter())
