"""Licences around a book go, the book stays."""

from collections import Counter

import pytest

from nextword.corpus.licences import LICENCE, without_licence

BOOK = ["THE TEA", "", "I like tea.", "You like Project Gutenberg.", ""]
SMALL_PRINT = "***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN ETEXTS**START***"
TALK = [
    "Welcome to the world of free plain vanilla electronic texts.",
    "Please take a look, this is for Project Gutenberg.",
]


def read(lines: list[str]) -> tuple[list[str], int]:
    left_out: Counter[str] = Counter()
    found = [line for line in without_licence(lines, left_out) if line.strip()]
    assert set(left_out) <= {LICENCE}
    assert len(found) + left_out[LICENCE] == sum(line.strip() != "" for line in lines)
    return found, left_out[LICENCE]


@pytest.mark.parametrize(
    "start",
    [
        ["*** START OF THE PROJECT GUTENBERG EBOOK THE TEA ***"],
        ["***START OF THE PROJECT GUTENBERG EBOOK THE TEA***"],
        ["*** START OF THIS PROJECT GUTENBERG EBOOK THE TEA ***"],
        ["*** START OF THE PROJECT GUTENBERG EBOOK THE TEA, A BOOK OF MANY", "CUPS ***"],
        [
            SMALL_PRINT,
            *TALK,
            "*END*THE SMALL PRINT! FOR ETEXTS*Ver.04*END*",
        ],
        ["*** START OF THIS PROJECT GUTENBERG EBOOK ***", *TALK, "*END THE SMALL PRINT! FOR PUBLIC DOMAIN EBOOKS*"],
    ],
)
@pytest.mark.parametrize(
    "end",
    [
        ["*** END OF THE PROJECT GUTENBERG EBOOK THE TEA ***", *TALK],
        ["End of Project Gutenberg's The Tea, by A. Nobody", "", "*** END OF THIS PROJECT GUTENBERG EBOOK ***", *TALK],
        ["End of the Project Gutenberg EBook of The Tea", *TALK],
        ["***END OF THE PROJECT GUTENBERG EBOOK THE TEA***"],
        [],
    ],
)
def test_what_stands_around_a_book_goes(start: list[str], end: list[str]) -> None:
    head = ["\ufeffThe Project Gutenberg EBook of The Tea", "", *TALK, ""]
    assert read([*head, *start, "", *BOOK, *end])[0] == [line for line in BOOK if line]


def test_a_long_licence_goes() -> None:
    head = ["Project Gutenberg Etext of The Tea", *TALK * 400, "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*END*"]
    assert read(head + BOOK) == ([line for line in BOOK if line], len(head))


def test_credits_and_notes_go() -> None:
    notes = [
        "Produced by Some One, and the Online Distributed", "Proofreading Team at example.org", "",
        "[Illustration]", "", "[Illustration: A cup of tea, in the", "garden [drawn by Anna]]", "",
        "Transcriber's Note:", "", "The spelling was kept.", "",
    ]  # fmt: skip
    start = "*** START OF THE PROJECT GUTENBERG EBOOK THE TEA ***"
    assert read([start, "", *notes, *BOOK, "[Illustration: the end]"])[0] == [line for line in BOOK if line]
    # A book without the licence may have such notes, too.
    assert read(["I like tea.", "", "[Illustration: A cup]", "", "You too."]) == (["I like tea.", "You too."], 1)


def test_books_in_a_row_are_all_read() -> None:
    marks = [f"*** {word} OF THE PROJECT GUTENBERG EBOOK ***" for word in ("START", "END")]
    found, count = read([*TALK, marks[0], *BOOK, marks[1], *TALK, marks[0], *BOOK, marks[1], *TALK])
    assert found == [line for line in BOOK if line] * 2
    assert count == 4 + 3 * len(TALK)


@pytest.mark.parametrize(
    "lines",
    [
        [
            "He looked for the book at Project Gutenberg.",
            "It was there.",
            "End of Project Gutenberg, he thought, if it goes on so.",
        ],
        ["A novel that names Project Gutenberg.", *["It goes on, line after line."] * 3000],
        ["Produced by whom? asked Anna.", "", "Produced by Martha, he said."],
        ["[Illustration of what we mean", *["a line"] * 40],
        ["*** A START ***", "of Project Gutenberg"],
    ],
)
def test_texts_that_only_speak_of_it_stay_whole(lines: list[str]) -> None:
    assert read(lines) == ([line for line in lines if line], 0)
