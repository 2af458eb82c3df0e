"""Texts, conversations and lists that `hands.py` measures with: read from folders, or made up from a seed."""

import random
import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

SENTENCE_ENDS = tuple(".!?。！？…")
LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
# A Chinese sentence: up to its end, with the quotes and brackets that close behind it.
_HAN_SENTENCE = re.compile("[^。！？…]*[。！？…]+[”’」』）]*|[^。！？…]+$")
HAN = tuple(chr(0x4E00 + number) for number in range(2_500))
HAN_WEIGHTS = tuple(accumulate(1 / (rank + 20) for rank in range(len(HAN))))

TEAS = (
    "sencha oolong jasmine rooibos darjeeling assam matcha genmaicha keemun lapsang hojicha gunpowder earl ceylon "
    "chamomile mint"
).split()
INSTRUCTION = (
    "You are the friendly host of a small tea house. "
    "Answer the questions of the guests and name the tea they ask about."
)
QUESTIONS = ("What can you tell me about {}?", "Do you have {} today?")
REPLIES = ("Our {} is fresh and costs three coins.", "Yes, {} is a good choice at this hour.")

# Sentences of the toy: `{}` is one of the things.
SAYINGS = (
    "I don't like {}.",
    "I'm sure it's {}.",
    "We can't have {} today, and that's fine.",
    "She doesn't know what {} is.",
    "They've said it isn't {}.",
    "You'll see that he's fond of {}.",
)
THINGS = "tea coffee soup rain snow music bread cheese cake fish rice honey milk paper winter summer".split()


def read_lines(path: Path) -> list[str]:
    """Return the lines of a file that are not blank, without blanks around them."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [line.strip() for line in lines if line.strip()]


def sentences_of(lines: list[str]) -> list[str]:
    """Return the sentences of Chinese paragraphs, as chats and subtitles have them: one a line."""
    return [sentence for line in lines for sentence in map(str.strip, _HAN_SENTENCE.findall(line)) if sentence]


def first_bytes(lines: list[str], size: int) -> list[str]:
    """Return the first lines, up to this many bytes of UTF-8."""
    taken, total = [], 0
    for line in lines:
        if total >= size:
            break
        taken.append(line)
        total += len(line.encode()) + 1
    return taken


def folded(text: str) -> str:
    """Return a text without differences of case, width and apostrophes, to tell whether two words are the same."""
    form = unicodedata.normalize("NFKC", text).casefold()
    return form.translate(dict.fromkeys(map(ord, "’ʼ＇"), "'")).strip()


def straight(text: str) -> str:
    """Return a text with straight apostrophes for curly ones."""
    return text.replace("’", "'")


def apostrophes(lines: list[str], sign: str) -> list[str]:
    """Return the lines that have an apostrophe, each of them written with this sign."""
    return [straight(line).replace("'", sign) for line in lines if "'" in straight(line)]


def toy_texts(seed: int, number: int) -> list[str]:
    """Return short sentences with straight apostrophes, from a few patterns."""
    generator = random.Random(seed)
    return [generator.choice(SAYINGS).format(generator.choice(THINGS)) for _ in range(number)]


def build_conversations(seed: int, number: int = 320) -> list[Any]:
    """Return conversations of an instruction, a question about a tea, and a reply that names it."""
    import nextword as nw

    generator = random.Random(seed)
    conversations = []
    for position in range(number):
        tea = TEAS[position % len(TEAS)]
        asked = nw.Conversation().say("system", INSTRUCTION).say("user", generator.choice(QUESTIONS).format(tea))
        conversations.append(asked.say("assistant", generator.choice(REPLIES).format(tea)))
    generator.shuffle(conversations)
    return conversations


def questions() -> Iterator[tuple[str, Any]]:
    """Yield every tea with a conversation that ends in a question about it."""
    import nextword as nw

    for position, tea in enumerate(TEAS):
        question = QUESTIONS[position % len(QUESTIONS)].format(tea)
        yield tea, nw.Conversation().say("system", INSTRUCTION).say("user", question)


def large_vocabulary(size: int, seed: int) -> list[str]:
    """Return made-up words: three in five of 1 to 4 Han characters, few of which are common, the others of letters."""
    generator = random.Random(seed)
    words = dict.fromkeys(HAN)
    while len(words) < size * 3 // 5:
        words[draw_han(generator)] = None
    while len(words) < size:
        words["".join(generator.choices(LETTERS, range(26, 0, -1), k=generator.randint(3, 9)))] = None
    return [*words]


def words_to_block(words: list[str], number: int, seed: int) -> list[str]:
    """Return words to block: half of them of letters, a quarter known Han words, a quarter unknown ones."""
    generator = random.Random(seed)
    latin = [word for word in words if word.isascii()]
    known = [word for word in words if not word.isascii() and len(word) > 1]
    chosen = dict.fromkeys(generator.sample(latin, number // 2) + generator.sample(known, number // 4))
    every = {*words}
    while len(chosen) < number:
        word = draw_han(generator)
        if word not in every:
            chosen[word] = None
    return [*chosen]


def draw_han(generator: random.Random) -> str:
    """Return a made-up word of 2 to 4 Han characters, drawn as in a text, by their ranks."""
    return "".join(generator.choices(HAN, cum_weights=HAN_WEIGHTS, k=generator.choice((2, 2, 2, 3, 3, 4))))
