import re
import time
import unicodedata
from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from nextword.errors import ConfigError, InputError, InputTypeError
from nextword.tokens import characters
from nextword.tokens.joining import join_words, normalize_text
from nextword.tokens.segmentation import Segmenter, build_segmenter
from nextword.tokens.words import Level, split_words

LEVELS = st.sampled_from(get_args(Level))
NASTY = [
    *"ab19_Z.,:;'\"’‘“”-—…/$#@%()[]<> \n\t",
    *"中国人我喜欢，。「」Ａ１ｱﾞ　々〇か한é²½٣€¥©™☎\x00\x1c\x85\x0b\u2028\ufeff\u00ad\u200b",
    *("\u0301", "\u0344", "\u0327", "\u302a", "\u3099", "\u200d", "\u200c", "\ufe0f", "\u20e3", "\u0bbe", "\u09c7"),
    *("👩", "💻", "🇨", "🇳", "🏻", "😀", "🏴", "\U000e0067", "\U000e007f", "\ud83d", "\udc00", "ᄀ", "ᅡ", "क", "\u094d"),
    *(
        "\u212a",
        "\u1fef",
        "\u2000",
        "\u037e",
        "豈",
        "\ufb2a",
        "\U00020000",
        "\ue000",
        "\uffff",
        "\U00016d67",
        "\U000110bd",
    ),
    *("..", "--", "——", "……", "\r\n", "e" * 70, ".a" * 40, "中" * 70, "\u0301" * 40, "👩\u200d" * 40, "1," * 40),
]
TEXTS = st.lists(st.sampled_from(NASTY) | st.characters(), max_size=14).map("".join) | st.text()
SEGMENTERS = st.sampled_from([build_segmenter("rjieba"), build_segmenter("characters"), lambda run: [run]])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (
            "don't well-known 3.5 1,000 12:30 U.S. O’Brien",
            ["don't", "well-known", "3.5", "1,000", "12:30", "U.S", ".", "O’Brien"],
        ),
        ("a,b 1:a -5 'tis dogs' e.g.", ["a", ",", "b", "1", ":", "a", "-", "5", "'", "tis", "dogs", "'", "e.g", "."]),
        ("Wait... no -- yes — and …… ——", ["Wait", "...", "no", "--", "yes", "—", "and", "……", "——"]),
        ("http://example.com", ["http", ":", "/", "/", "example.com"]),
        ("<unk> <eos>", ["<", "unk", ">", "<", "eos", ">"]),
        ("snake_case ßß naïve", ["snake_case", "ßß", "naïve"]),
        ("हिन्दी भाषा ภาษาไทย", ["हिन्दी", "भाषा", "ภาษาไทย"]),
        ("我 喜欢\t吃　苹果", ["我", "喜欢", "吃", "苹果"]),
        ("我用Python写3个程序", ["我用", "Python", "写", "3", "个", "程序"]),
        ("人々と食べる", ["人", "々", "と", "食", "べる"]),
        ("ＡＢＣ，１２３。", ["ＡＢＣ", "，", "１２３", "。"]),
        ("👩🏽\u200d💻👍🏻🇨🇳🇺🇸🇨 1️⃣", ["👩🏽\u200d💻", "👍🏻", "🇨🇳", "🇺🇸", "🇨", "1️⃣"]),
        ("🏴\U000e0067\U000e0062\U000e007f!", ["🏴\U000e0067\U000e0062\U000e007f", "!"]),
        ("cafe\u0301 \u0301x", ["café", "\u0301", "x"]),
        ("\n\n a \r\n \x0b\u2028 b\x1c\n", ["a", "\n", "b"]),
        ("a\x00b\ufeffc\u00ad\ud800", ["a", "bc", "\ufffd"]),
        ("", []),
        (" \n\t\u3000\ufeff", []),
    ],
)
def test_words(text: str, tokens: list[str]) -> None:
    assert split_words(text) == tokens


@pytest.mark.parametrize(
    "text",
    [
        'He said "hello" to me, and (maybe) left at 12:30.',
        "我喜欢吃苹果，不是吗？",
        "我用Python写3个程序。",
        "“Well,” she said, “it’s $3.50 — or 50% of €7!”\nOh no... really?",
        "他说：“你好”，然后走了——真的……\n《红楼梦》（１９９８年）",
        "and/or see http://example.com [1], {x}; #tag @name 'quoted' word.",
        "他说“hello”吧，😀好",
        "It's—as they say—well-known: 1,000 U.S. dollars",
        "",
    ],
)
def test_readable_text_is_a_fixed_point(text: str) -> None:
    expected = text.replace(" — ", "—")
    assert normalize_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "my parents' bed",
        "THE DOGS' BEDS.\nhis boss'",
        "he says 'hello' to his parents' friend.",
        "he says 'hello'",
        "the 'dogs' bed",
        "he said 'the parents' bed '",  # where another follows in the line, the first closes the quote
        "dogs'中",
    ],
)
def test_possessives_of_words_in_s(text: str) -> None:
    assert normalize_text(text, segmenter=list) == text


def test_special_tokens_join_like_words() -> None:
    assert join_words(["the", "<unk>", ",", "<eos>"]) == "the <unk>, <eos>"
    assert join_words(["我", "<unk>", "。"]) == "我<unk>。"
    assert join_words(["a", "\n", "", "b"]) == "a\nb"
    assert join_words(["<unk>", "\n", "b"], level="whitespace") == "<unk>\nb"
    assert join_words(iter(["a", " ", "b"]), level="char") == "a b"


def test_other_levels() -> None:
    assert split_words("Do n't <unk> 中 国.\n\n Yes", level="whitespace") == [
        "Do",
        "n't",
        "<unk>",
        "中",
        "国.",
        "\n",
        "Yes",
    ]
    assert split_words("  a\t b \n\n c。\n", level="char") == ["a", " ", "b", "\n", "c", "。"]


@settings(deadline=None, max_examples=600)
@given(text=TEXTS, level=LEVELS, segmenter=SEGMENTERS)
@example(text="Ａ'Ｂ", level="word", segmenter=list)
@example(text="1. Ａ", level="word", segmenter=list)
@example(text="a" + "\u0344" * 31 + "b", level="word", segmenter=list)
@example(text=". .. ...", level="word", segmenter=list)
@example(text="s'Ａ s ' s\ns' '\u0301 'a", level="word", segmenter=list)
@example(text="🇨 🇳 👩\u200d 👩", level="word", segmenter=list)
def test_normalizing_keeps_the_tokens(text: str, level: Level, segmenter: Segmenter) -> None:
    tokens = split_words(text, level=level, segmenter=segmenter)
    readable = join_words(tokens, level=level)
    assert split_words(readable, level=level, segmenter=segmenter) == tokens
    assert normalize_text(readable, level=level, segmenter=segmenter) == readable
    assert all(1 <= len(token) <= 64 for token in tokens)
    assert level == "char" or not any(token != "\n" and re.search(r"\s", token) for token in tokens)


@settings(deadline=None, max_examples=300)
@given(first=TEXTS, second=TEXTS, level=LEVELS, end=st.sampled_from(["\n", "\r\n", "\r", "\u2028", " \n \n"]))
def test_lines_are_split_on_their_own(first: str, second: str, level: Level, end: str) -> None:
    tokens, later = split_words(first, level=level), split_words(second, level=level)
    between = ["\n"] if tokens and later else []
    assert split_words(first + end + second, level=level) == tokens + between + later


@settings(deadline=None, max_examples=300)
@given(TEXTS)
def test_cleaning_is_stable(text: str) -> None:
    cleaned = characters.clean_text(text)
    assert characters.clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(character) in ("Cs", "Cc") for character in cleaned if character != "\n")


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("ab 1,:.'-_\"(\n\t\x1f!")))
def test_ascii_has_the_same_rules_as_the_rest(text: str) -> None:
    # The mark at the end takes the text off the ASCII path.
    assert split_words(text + "\n\u0301") == [*split_words(text), *["\n"] * bool(split_words(text)), "\u0301"]
    assert split_words(text + "\né") == [*split_words(text), *["\n"] * bool(split_words(text)), "é"]


@pytest.mark.parametrize("level", get_args(Level))
def test_every_code_point(level: Level) -> None:
    # One code point a line is the same as one at a time (`test_lines_are_split_on_their_own`), and quicker.
    for start in range(0, 0x110000, 0x8000):
        text = "\n".join(map(chr, range(start, start + 0x8000)))
        tokens = split_words(text, level=level)
        readable = join_words(tokens, level=level)
        assert split_words(readable, level=level) == tokens


def test_code_points_alone() -> None:
    for code in (*range(0x3100), *range(0xFB00, 0x10100), *range(0x1F100, 0x1F700), *range(0xE0000, 0xE0200)):
        for text in (chr(code), f"a{chr(code)}中"):
            tokens = split_words(text, segmenter=list)
            assert split_words(join_words(tokens), segmenter=list) == tokens


def test_quick_test_for_marks_is_right() -> None:
    mark = re.compile(f"[{characters.character_classes().marks}]")
    marks = [character for character in map(chr, range(0x110000)) if mark.match(character)]
    assert all(map(characters.may_have_marks, marks))
    assert len(marks) > 2000
    missed = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me")]
    assert set(missed) <= set(marks)


def test_long_tokens_are_cut_but_never_before_a_mark() -> None:
    assert split_words("a" * 130) == ["a" * 64, "a" * 64, "aa"]
    assert split_words("." * 65) == ["." * 64, "."]
    assert split_words("a" * 130, level="whitespace") == ["a" * 64, "a" * 64, "aa"]
    assert split_words("中" * 65, segmenter=lambda run: [run]) == ["中" * 64, "中"]
    accented = "e\u0323\u0302\u0327" * 50
    assert all(unicodedata.combining(token[0]) == 0 for token in split_words(accented))
    assert split_words("a" + "\u0301" * 100)[0] == "á" + "\u0301" * 29


HOSTILE: dict[str, Callable[[int], str]] = {
    "one mark": lambda n: "\u0301" * n,
    "two marks": lambda n: "a" + "\u0301\u0323" * (n // 2),
    "dots": lambda n: "." * n,
    "quotes": lambda n: "\"'" * (n // 2),
    "a.a.": lambda n: "a." * (n // 2),
    "é.é.": lambda n: "é." * (n // 2),
    "1,1,": lambda n: "1," * (n // 2),
    "one word": lambda n: "a" * n,
    "emoji": lambda n: "👩\u200d" * (n // 2),
    "Han with spaces": lambda n: "中 " * (n // 2),
    "Han run": lambda n: "中国人民" * (n // 4),
    "spaces": lambda n: "中" + " " * n + "a",
    "line breaks": lambda n: "a" + "\n \r" * (n // 3) + "é",
}


@pytest.mark.parametrize("family", HOSTILE)
def test_time_is_linear(family: str) -> None:
    def seconds(n: int) -> float:
        text = HOSTILE[family](n)
        times = []
        for _ in range(3):
            start = time.process_time()
            join_words(split_words(text))
            times.append(time.process_time() - start)
        return min(times)

    # Quadratic time would be 64 times as long; the floor keeps very short times from deciding.
    assert seconds(80_000) < 24 * max(seconds(10_000), 2e-3)


def test_purity() -> None:
    words = ["a", ",", "b"]
    assert join_words(words) == join_words(words) == "a, b"
    assert words == ["a", ",", "b"]

    class Name(str):
        def isascii(self) -> bool:
            raise RuntimeError

    for text in (Name("我 a"), np.str_("我 a")):
        assert [type(token) for token in split_words(text)] == [str, str]


def test_errors() -> None:
    for wrong in (None, b"tea", 3, ["tea"], np.array(["tea"]), float("nan")):
        with pytest.raises(InputTypeError, match=f"received {type(wrong).__name__}"):
            split_words(wrong)  # type: ignore[arg-type]
    with pytest.raises(InputTypeError, match=r"decode\('utf-8'\)"):
        split_words(b"tea")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="'word', 'whitespace', 'char'; received 'words'"):
        split_words("tea", level="words")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="received 'words'"):
        join_words(["tea"], level="words")  # type: ignore[arg-type]
    with pytest.raises(InputTypeError, match="received the text 'tea'"):
        join_words("tea")
    with pytest.raises(InputTypeError, match="received NoneType at position 1"):
        join_words(["tea", None])  # type: ignore[list-item]
    with pytest.raises(InputError, match="for '我喜欢' it returned"):
        split_words("a 我喜欢", segmenter=lambda run: run[:1])
