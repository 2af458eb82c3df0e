"""Two lines are joined with a space, without one, or as one word."""

import pytest

from nextword.corpus.line_ends import LineEnds

KNOWN = [
    "A wonderful and remarkable day, a well-known one, and a good-natured old man.",
    "It was wonderful--quite so--and well.",
    "Some blood was red, as red as blood is, and nothing was remark-",
    "able. Everything else was wonder-",
    "ful there, ISO 1998 and Ireland, don't you know.",
]


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("so won-", "derful, he said", "so wonderful, he said"),
        ("SO WON-", "DERFUL", "SO WONDERFUL"),
        ("so Won-", "derful", "so Wonderful"),
        ("a well-", "known man", "a well-known man"),
        ("a good-", "natured man", "a good-natured man"),
        ("in Ire-", "land and", "in Ireland and"),
        ("an unknown trans-", "mogrification", "an unknown transmogrification"),
        ("a blood-", "red sky", "a blood-red sky"),
        ("an Anglo-", "Saxon word", "an Anglo-Saxon word"),
        ("in 1914-", "1918 they", "in 1914-1918 they"),
        ("both pre-", "and postwar", "both pre- and postwar"),
        ("the coun\u00ad", "try", "the country"),
        ("the coun¬", "try", "the country"),
        ("well--", "said he", "well--said he"),
        ("well", "--said he", "well--said he"),
        ("well —", "said he", "well — said he"),
        ("well—", "said he", "well—said he"),
        ("he said -", "and left", "he said - and left"),
        ("I like", "tea.", "I like tea."),
        ("我喜欢", "喝茶。", "我喜欢喝茶。"),
        ("我喜欢", "tea。", "我喜欢tea。"),
        ("我喜欢 tea", "和水。", "我喜欢 tea和水。"),
        ("他生于19", "98年", "他生于1998年"),
        ("他看了ISO 19", "98的书", "他看了ISO 1998的书"),
        ("他去了Ire", "land。", "他去了Ireland。"),
        ("他说good", "day。", "他说good day。"),
        ("お茶が", "すきです。", "お茶がすきです。"),
        ("나는 차를", "좋아한다.", "나는 차를 좋아한다."),
    ],
)
def test_lines_are_joined_as_a_reader_would(before: str, after: str, joined: str) -> None:
    start, between = LineEnds(KNOWN).join(before, after)
    assert start + between + after == joined


def test_a_book_that_divides_no_words_keeps_its_hyphens() -> None:
    ends = LineEnds(
        ["It was dark. It was a night-", "blooming plant, a sweet-", "smelling one, so sweet-smelling a plant."]
    )
    assert ends.join("a grass-", "eating cow") == ("a grass-", "")


def test_dashes_follow_the_book() -> None:
    spaced = LineEnds(["He came -- late -- and left -- early.", "No-- he said-- never."])
    assert spaced.join("He came", "-- late") == ("He came", " ")
    assert spaced.join("No--", "never") == ("No--", " ")


def test_words_are_counted_as_they_come() -> None:
    ends = LineEnds(["Tea.", "It was very self-", "ish."])
    ends.learn("The zebrafinch sings.")
    assert ends.join("A zebra-", "finch sang.") == ("A zebra", "")


def test_words_of_a_megabyte_take_no_time() -> None:
    ends = LineEnds(["a" * 1_000_000 + "-", "b" * 1_000_000])
    assert ends.join("a" * 1_000_000 + "-", "b" * 1_000_000)[1] == ""
