"""Invented prose and the pages of books it is printed on, for the tests of wrapping and of books."""

import random
import re
import textwrap

WORDS = (
    "the a of and to in was he she they it that which with for on at by from old little river house garden morning "
    "evening remembered wonderful children people window letter through without nothing everything afternoon walked "
    "looked carried answered beautiful slowly quietly never always between another ourselves grandmother well-known"
).split()
NAMES = ("Anna", "Mr. Brown", "London", "Martha", "I")
CLAUSES = (
    "老人坐在树下说话", "河水涨了起来", "孩子们在河边玩水", "那一天早上天气非常好", "谁也没有想到", "她把信放在桌上",
    "街上的人都走出来了", "第二天", "桥也被大水冲走了", "他慢慢地走回家去", "阳光照在小城的屋顶上", "大家都不说话",
)  # fmt: skip


def english(paragraphs: int, seed: int = 0) -> list[str]:
    """Return paragraphs of one to six invented sentences."""
    draw = random.Random(seed)

    def sentence() -> str:
        words = [draw.choice(NAMES) if draw.random() < 0.04 else draw.choice(WORDS) for _ in range(draw.randint(4, 22))]
        words[len(words) // 2] += draw.choice((",", ";", ""))
        text = " ".join(words)
        return text[0].upper() + text[1:] + draw.choice(".........!?")

    return [" ".join(sentence() for _ in range(draw.randint(1, 6))) for _ in range(paragraphs)]


def chinese(paragraphs: int, seed: int = 0) -> list[str]:
    """Return paragraphs of one to five invented sentences."""
    draw = random.Random(seed)

    def sentence() -> str:
        return "，".join(draw.choice(CLAUSES) for _ in range(draw.randint(1, 4))) + draw.choice("。。。！？")

    return ["".join(sentence() for _ in range(draw.randint(1, 5))) for _ in range(paragraphs)]


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Return a paragraph wrapped at words, or at characters where it has no spaces."""
    if " " in text:
        return textwrap.wrap(text, width, initial_indent=indent)
    text = indent + text
    return [text[start : start + width] for start in range(0, len(text), width)]


def justify(lines: list[str], width: int) -> list[str]:
    """Return the lines of a paragraph with wide spaces, so that all but the last have one width."""
    result = []
    for line in lines[:-1]:
        missing = width - len(line)
        for _ in range(missing):
            line = re.sub(r"(?<=\S) (?=\S)", "  ", line, count=1) if re.search(r"\S \S", line) else line
        result.append(line)
    return result + lines[-1:]


def pages(paragraphs: list[str], width: int, indent: str = "", blank: int = 0) -> list[str]:
    """Return the lines of a book."""
    return [line for text in paragraphs for line in (*wrap(text, width, indent), *[""] * blank)]
