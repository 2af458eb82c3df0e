"""Tokens become readable text, which has the same tokens again."""

import re
import time
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import example, given, settings, strategies as st
from nasty_texts import NASTY_TEXTS
from refusals import refuses

from nextword.errors import ConfigError, InputTypeError
from nextword.tokens.joining import join_words, needs_space, normalize_text
from nextword.tokens.segmentation import Segmenter, build_segmenter
from nextword.tokens.words import Level, split_words

LEVELS = st.sampled_from(get_args(Level))
SEGMENTERS = st.sampled_from([build_segmenter("rjieba"), build_segmenter("characters"), lambda run: [run]])


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
        "he said 'the parents' bed'",
        "he said 'yes' or 'no', twice",
        "dogs'中",
    ],
)
def test_possessives_of_words_in_s(text: str) -> None:
    assert normalize_text(text, segmenter=list) == text


@pytest.mark.parametrize(
    "text",
    [
        "omg that's so funny 😂😂😂",
        "brb :) see you l8r ;)",
        "I didn't like it :( but ok :D",
        "haha :P you wish!",
        "so tired -_- need coffee ^_^",
        "eggs @ 2.50, see you @ 5, but a@127.0.0.1 and @8bit",
        "die Schüler/-innen",
        "lol :D :D",
        "nice :D :) :P ;) ;P",
        ":p :p :p",
        ":D :D :D hi",
        "omg :O :O :O",
        "haha =D =D",
        "love <3 <3 <3",
        "(so good :D)",
        "time :D (haha)",
        ":smile: :heart: ok",
        "C# and C++, F# minor",
        "I #love A #1 hit",
        "§ 12a Abs. 3, §§ 4 und 5",
        "±5, and 5 ± 2",
        "Foo® and Bar™.",
        "١٢٣٫٤٥ و ١٬٢٣٤",
        "love you <3",
        "happy birthday!!! :D",
        "no way :'( poor dog",
        ">:( not again",
        "(so funny :))",
        "(I think so.) :)",
        "write to a.b@example.org, please",
        "thanks @anna and @ben_k!",
        "see https://x.org/a?b=c for more",
        "see https://example.com/path/to/page.html#part2.",
        "go to http://localhost:8080/x?y=1&z=2 now",
        "open readme.txt in C:\\x\\y please",
        "this is **bold** and *very* nice",
        "***",
        "=====",
        "-----",
        "AT&T and R&B, Q&A",
        "Barnes & Noble sells books",
        "50% off, only $5 or US$20!",
        "#1 song, +1 from me",
        "at 5:30 we ran 1,000 m (b) and [1]",
        "3-4 days (see [2], etc.), then more",
        "w/o sugar, s/he said and/or",
        "etc... and so on",
        "'bed and' quoted",
        "'Tis the season, isn't it?",
        "rock 'n' roll",
        "he is 5'10\" tall",
        "the boys' bikes",
        "the boys' and girls' bikes",
        "in the '90s we danced",
        "“Hello,” she said, “it’s me.”",
        "‘Well,’ he said",
        "“He said ‘no’ to me.”",
        "the ’90s and ’tis",
        "20+ years",
        "---->",
        "a ===> b",
        "for (i = 0; i < n; i++)",
        "#include <stdio.h>",
        "<unk> is a token",
        "@user lol #fun #nofilter 😎🔥",
        "RT @news: big day https://t.co/abc123",
        "I ❤️ NY 👍🏽",
        "Tom &amp; Jerry",
        "„Hallo“, sagte er.",
        "»Hallo«, rief sie.",
        "Das kostet 5 € (inkl. MwSt.).",
        "Ein- und Ausgang",
        "Er sagte: ‚Ja‘.",
        "Freund*innen und Kolleg:innen",
        "«Bonjour», dit-il.",
        "L'été, c'est l'amour à 50%.",
        "Qu'est-ce que c'est?",
        "¿Qué? ¡Hola!",
        "«¿Cómo estás?», preguntó ella.",
        "El 50% de los niños (y niñas).",
        "مرحبا، كيف حالك؟",
        "نعم؛ هذا صحيح.",
        "क्या हाल है? मैं ठीक हूँ।",
        "यह अच्छा है। धन्यवाद!",
        "我用iPhone 15 Pro拍照。",
        "他说“你好”，“再见”。",
        "「好」他說，『真的』。",
        "《红楼梦》……真的——好看！",
        "她说：‘不’。",
        "今天气温20°C，不错😀！",
        "价格是$5，打8折。",
        "A/B测试，C++语言",
        "Is it true?! Yes...",
        "Wait... what?",
        "word(s) and file(s)",
        "between 1990–2000",
        "cookin' and lovin' it",
        "O'Brien's \"new\" house",
        'He said "hello" to "them".',
        '"Well," he said, "go."',
        'the end of it."',
        "U.S.-led effort",
        "¯\\_(ツ)_/¯ whatever",
        "\\o/ yes",
        "1. First, 2. second",
        "a) one b) two",
        "10:30 a.m. - 5 p.m.",
        "e.g. this, i.e. that",
        "~5 people",
        "Really?!?!",
        ":smile: ok",
        "if (a == b && c != d) {return x;} // done",
        "a price of 20 * 3 or sh*t",
        "`code` and ``more``",
        "x = -5, y = (-3)",
        "U.S.-British",
        "Sun, 5 Mar 2004 02:39:27 -0800",
        "Bob's 'n' Ann's 6' desk",
        'a 5\'10" man said "hi"',
        "http://x.org/?a=b&c=d%20e&f=g:h and so on",
        "see www.x.org/a/~anna/?q=tea+cup#top, please",
        "x^2 + y^2",
        "a := b",
        "## Title",
        "the $$ and £5, 5 € or ₹100",
        "»Hej», sa hon. ”Hej”, sa han.",
        "他说：“走吧。”“好！”××市二○○二年……“来”",
        "中…tea",
        "好“tea”",
        "他问：‘谁？’‘我。’",
        "[x] (y) {z}",
        "Joe's, the boys', etc.",
        "Q: why? A: so.",
        "/* why */ and // how",
        "‘’Where are they?’’ she asks. ‘’Here.’’",
        "(''We have three: one, two, three.'') Though ''decided'' is not ''it.''",
        "He wrote: `they used it against him,' and `it is hard.'",
        "``Yes,'' she said, ``and no.''",
        '"More," she said, "is the',
        "I <3 Anna",
        "<This man has never been here.",
        "«Привет», — сказал он.",
        "— Привет! — сказал он.",
        "see http://t.co/x #fun, http://x.org/?a=b#c",
        '"...and then" (...or not)',
        "He left.... Then he came....and so on",
        "http://www.example.org/" + "a_long_name_" * 10 + "0413.html",
    ],
)
def test_what_people_write_comes_back(text: str) -> None:
    assert normalize_text(text) == text


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("« Bonjour » , dit-il !", "«Bonjour», dit-il!"),
        ("Well...yes", "Well... yes"),
        ("so bad -- really", "so bad -- really"),
        ("easter ,barn brack", "easter, barn brack"),
        ("* * bold * *", "**bold**"),
        ("happy:)", "happy :)"),
        ("a.b @example.org", "a.b@example.org"),
        ("„ Hallo “ ¿ Qué ? ! ! !", "„Hallo“ ¿Qué?!!!"),
        ("我用 iPhone 15 Pro 拍照 。", "我用iPhone 15 Pro拍照。"),
        ("see (this: a; b;) now", "see (this: a; b;) now"),
        ("(like this :)", "(like this:)"),
        ("Note: (see below)", "Note: (see below)"),
        ("x < 3 and y > 4", "x < 3 and y > 4"),
        ("the answer: D-day", "the answer: D-day"),
        ("(option A: D)", "(option A: D)"),
        ("a ratio of 3: D (see below)", "a ratio of 3: D (see below)"),
    ],
)
def test_unusual_spacing_becomes_usual(text: str, readable: str) -> None:
    assert normalize_text(text) == readable
    assert normalize_text(readable) == readable


MARKS = [
    *"ab19_s.,:;'\"’‘“”-—…/$#@%()[]<>*`~^&+=|\\{}!?¿«»„‚–°€ \n",
    *"中Ａ１😀🇨\u0301\u200dﾞ×○é٣か。",
    *(
        "http://",
        "www.a.b/",
        "5'10",
        "in",
        "n",
        "tis",
        "amp",
        "--",
        "...",
        "====",
        "**",
        "-" * 66,
        "." * 66,
        "👩\u200d",
    ),
]


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(MARKS), max_size=20).map("".join))
@example("»\u0301")
@example("**\u0301*in")
@example("👩\u200d😀")
def test_marks_keep_the_tokens(text: str) -> None:
    tokens = split_words(text, segmenter=list)
    assert split_words(join_words(tokens), segmenter=list) == tokens


@pytest.mark.parametrize(
    "tokens", [["<unk>", "'s", ",b", "\u0301"], ["", "\n", ""], ["*"], ["http", ":", "/", "/"], [":"]]
)
def test_any_tokens_are_joined(tokens: list[str]) -> None:
    assert "".join(join_words(tokens).split()) == "".join("".join(tokens).split())


def test_special_tokens_join_like_words() -> None:
    assert join_words(["the", "<unk>", ",", "<eos>"]) == "the <unk>, <eos>"
    assert join_words(["我", "<unk>", "。"]) == "我<unk>。"
    assert join_words(["a", "\n", "", "b"]) == "a\nb"
    assert join_words(["<unk>", "\n", "b"], level="whitespace") == "<unk>\nb"
    assert join_words(iter(["a", " ", "b"]), level="char") == "a b"


@settings(deadline=None, max_examples=250)
@given(text=NASTY_TEXTS, level=LEVELS, segmenter=SEGMENTERS)
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


# Planes 2 and 3 hold Han only, the others of the upper planes hold nothing or private characters: a sample does.
CODES = [*range(0x20000), *range(0x20000, 0xE0000, 97), *range(0xE0000, 0xE1000), *range(0xE1000, 0x110000, 97)]


@pytest.mark.parametrize("level", get_args(Level))
def test_code_points_a_line_each(level: Level) -> None:
    # One code point a line is the same as one at a time (`test_lines_are_split_on_their_own`), and quicker.
    for start in range(0, len(CODES), 0x8000):
        text = "\n".join(map(chr, CODES[start : start + 0x8000]))
        tokens = split_words(text, level=level)
        assert split_words(join_words(tokens, level=level), level=level) == tokens


def test_code_points_alone_and_between_letters() -> None:
    codes = (*range(0x900), *range(0x900, 0x3100, 7), *range(0xFB00, 0x10100, 5), *range(0x1F100, 0x1F700, 5))
    for code in (*codes, *range(0xE0000, 0xE0200, 5)):
        for text in (chr(code), f"a{chr(code)}中"):
            tokens = split_words(text, segmenter=list)
            assert split_words(join_words(tokens), segmenter=list) == tokens


@pytest.mark.parametrize(
    ("word", "needs"), [("tea", True), ("茶", False), ("，", False), ("Ａ", False), ("茶\u0301", False), ("é", True)]
)
def test_a_space_follows_what_is_not_chinese(word: str, needs: bool) -> None:
    assert needs_space(word) is needs


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
    "smileys in brackets": lambda n: "( :)" * (n // 4),
    "tags": lambda n: "<a " * (n // 3),
    "stars": lambda n: "a * " * (n // 4),
    "addresses": lambda n: "x://a/?b=c " * (n // 11),
    "one address": lambda n: "x://a?b=c" + "#c" * (n // 2),
    "symbols": lambda n: "=" * n,
    "quotes with marks": lambda n: "".join(f"'{chr(0x300 + i % 70)}{chr(0x300 + i // 70 % 70)}" for i in range(n // 3)),
    "Han run": lambda n: "中国人民" * (n // 4),
    "spaces": lambda n: "中" + " " * n + "a",
    "line breaks": lambda n: "a" + "\n \r" * (n // 3) + "é",
}


@pytest.mark.parametrize("family", HOSTILE)
def test_time_is_linear(family: str) -> None:
    def seconds(length: int, times: int) -> float:
        text = HOSTILE[family](length)
        runs = []
        for _ in range(3):
            start = time.process_time()
            for _ in range(times):
                join_words(split_words(text))
            runs.append(time.process_time() - start)
        return min(runs)

    # The same number of characters in one text or in 16: equal in linear time, 16 times as long in quadratic time.
    assert seconds(16_000, 1) < 4 * seconds(1_000, 16)


def test_joining_is_pure() -> None:
    words = ["a", ",", "b"]
    assert join_words(words) == join_words(words) == "a, b"
    assert words == ["a", ",", "b"]


def test_what_cannot_be_joined_is_refused() -> None:
    with refuses(ConfigError, "option-out-of-range", option="level", value="words"):
        join_words(["tea"], level="words")  # type: ignore[arg-type]
    with refuses(InputTypeError, "single-text"):
        join_words("tea")
    with refuses(InputTypeError, "text-not-str", argument="words", received="NoneType", position=1):
        join_words(["tea", None])  # type: ignore[list-item]
