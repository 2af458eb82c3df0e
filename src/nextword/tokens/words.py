r"""Text -> tokens: the words, punctuation and line breaks of any string.

Input: any `str`, first cleaned by `characters.clean_text`. Output: tokens, `"\n"` standing for a line break; joining
them (`joining.py`) gives text that splits into the same tokens.

The rules at level `"word"`:

1. A word is a run of letters, digits, underscores and their marks, never Han. An apostrophe, a hyphen or `.` joins two
   of them (don't, well-known, U.S, example.com, 3.5), in any of the signs of `forms.py` (don’t, e‑mail); `,` and `:`
   join two digits (1,000, 12:30). A period at the end is a token of its own.
2. A run of Han characters (with 々 and 〇) loses its spaces and is cut by the segmenter.
3. Everything else, also `<unk>` written in a text, is punctuation and symbols, one character each. Kept whole are
   runs of one mark among `. - — …`, emoji with joiners, flags.
4. Marks, joiners, skin tones and tags stay with the character before. At the start of a text or after a space they
   are a token.
5. Tokens longer than 64 characters are cut, never before a mark.
6. Line breaks inside the text count once, however many there are.
"""

import re
from functools import cache
from typing import Literal, TypeAlias, get_args

from nextword.errors import check_choice
from nextword.tokens.characters import HAN, character_classes, clean_text, is_mark, may_have_marks
from nextword.tokens.forms import APOSTROPHES, HYPHENS
from nextword.tokens.segmentation import Segmenter, segment_runs, segment_words

Level: TypeAlias = Literal["word", "whitespace", "char"]
"""What a token is: a word or punctuation, what stands between spaces, or one character."""

LEVELS: tuple[Level, ...] = get_args(Level)

MAX_TOKEN_LENGTH = 64
"""Longest token, in characters."""

SENTENCE_ENDS = frozenset({*".!?。！？…", "...", "……"})
"""Tokens that end a sentence."""

CONNECTORS = f"{APOSTROPHES}{HYPHENS}.．,:"
"""What can join two words to one, between digits only in the case of `,` and `:`."""

LETTER_APOSTROPHE = "ʼ"
"""The apostrophe that Unicode has among its letters; here it is an apostrophe like the others."""

_ASCII_TOKEN = re.compile(r"\w+(?:['`.,:-](?:(?<![,:])|(?<=\d.)(?=\d))\w++)*+|[^\w .-]|\.{2,64}|-{2,64}|[.-]", re.ASCII)
_BREAKS = re.compile(r"\n[\n ]+")
_FLAG_LETTERS = "\U0001f1e6-\U0001f1ff"
_NO_MARKS = "\0"  # cleaned text has no such character


def split_words(text: str, *, level: Level = "word", segmenter: Segmenter | None = None) -> list[str]:
    r"""Return the tokens of a text, `"\n"` for its line breaks except at its start and end.

    Args:
        text: Any text.
        level: `"word"` by the rules above; `"whitespace"` splits at spaces only, for texts that are tokenized already;
            `"char"` gives characters, a space among them.
        segmenter: Cuts Chinese at level `"word"`, as `build_segmenter` returns it; rjieba if left out.

    Returns:
        Tokens of 1 to 64 characters, in order.

    Raises:
        InputTypeError: If `text` is no `str`; code "text-not-str".
        ConfigError: If there is no such level; code "option-out-of-range".
        InputError: If the words of the segmenter do not make up the text; code "segmenter-changes-text".

    Examples:
        >>> split_words("He said: don't go to the U.S. at 12:30...")
        ['He', 'said', ':', "don't", 'go', 'to', 'the', 'U.S', '.', 'at', '12:30', '...']
        >>> split_words("我喜欢吃苹果，不是吗？\n我用Python 3.11。")
        ['我', '喜欢', '吃', '苹果', '，', '不是', '吗', '？', '\n', '我用', 'Python', '3.11', '。']
        >>> split_words("<unk> tokens , as is", level="whitespace")
        ['<unk>', 'tokens', ',', 'as', 'is']
    """
    if level not in LEVELS:  # the full check is slower, and this runs once a text
        check_choice("level", level, LEVELS)
    text = clean_text(text).strip(" \n")
    if "\n" in text:
        text = _BREAKS.sub("\n", text)
    if level == "char":
        return list("\n".join(" ".join(line.split()) for line in text.split("\n")))
    if level == "whitespace":
        tokens = [token for token in text.replace("\n", " \n ").split(" ") if token]
        return _cut_long(tokens, None) if _any_long(text, tokens) else tokens
    if text.isascii():
        tokens = _ASCII_TOKEN.findall(text)
        return _cut_long(tokens, _ASCII_TOKEN) if _any_long(text, tokens) else tokens
    return _split_unicode(text, segmenter or segment_words)


def _split_unicode(text: str, segmenter: Segmenter) -> list[str]:
    """Return the tokens of a cleaned text that is not ASCII only."""
    pattern_of_runs, pattern = _token_patterns(may_have_marks(text))
    tokens: list[str] = pattern.findall(text)
    runs = pattern_of_runs.findall(text)
    if not runs:
        return _cut_long(tokens, pattern) if _any_long(text, tokens) else tokens
    words_of_runs = segment_runs([run.replace(" ", "") for run in runs], segmenter)
    words: list[str] = []
    # No other token contains Han, so the runs stand among the tokens in the same order.
    later_runs = iter(runs)
    run = next(later_runs)
    start = 0
    for token in tokens:
        if token == run:
            end = words_of_runs.index("\n", start)
            words += words_of_runs[start:end]
            start = end + 1
            run = next(later_runs, "")
        elif len(token) > MAX_TOKEN_LENGTH:
            words += _cut_long([token], pattern)
        else:
            words.append(token)
    return _cut_long(words, None) if _any_long(text, words) else words


@cache
def _token_patterns(with_marks: bool) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Compile the patterns of Han runs and of all tokens of level `"word"`; without marks, for texts that have none."""
    marks = character_classes().marks if with_marks else _NO_MARKS
    letter = f"[^\\W{HAN}{LETTER_APOSTROPHE}]"
    word = f"{letter}++(?:[{marks}]++{letter}*+)*+"
    # Emoji and other pictures: what a joiner U+200D can join.
    picture = f"[^\\w\x00-\u218f\u3000-\U0001efff{_FLAG_LETTERS}\U0001fb00-\U0010ffff{marks}]"
    run = f"[{HAN}]++[{HAN}{marks}]*+(?: ++[{HAN}][{HAN}{marks}]*+)*+"
    alternatives = (
        run,
        f"{word}(?:[{re.escape(CONNECTORS)}](?:(?<![,:])|(?<=\\d.)(?=\\d)){word})*+",
        *(f"{re.escape(mark)}{{2,64}}[{marks}]*+" for mark in ".-—…"),
        "\n",
        f"{picture}[{marks}]*+(?:(?<=\u200d){picture}[{marks}]*+)*+",
        f"[{_FLAG_LETTERS}]{{1,2}}[{marks}]*+",
        f"(?:[^\\w\\s{marks}]|{LETTER_APOSTROPHE})[{marks}]*+",
        f"[{marks}]++",
    )
    return re.compile(run), re.compile("|".join(alternatives))


def _any_long(text: str, tokens: list[str]) -> bool:
    """Return whether a token of a text has more than 64 characters."""
    return len(text) > MAX_TOKEN_LENGTH and max(map(len, tokens)) > MAX_TOKEN_LENGTH


def _cut_long(tokens: list[str], pattern: re.Pattern[str] | None) -> list[str]:
    """Return tokens of at most 64 characters; pieces are split again, as a piece may begin or end with a connector."""
    cut: list[str] = []
    for token in tokens:
        start = 0
        while len(token) - start > MAX_TOKEN_LENGTH:
            end = start + MAX_TOKEN_LENGTH
            # Cleaning left no more than 30 marks in a row, so this ends.
            while is_mark(token[end]):
                end -= 1
            cut += pattern.findall(token[start:end]) if pattern else [token[start:end]]
            start = end
        cut += pattern.findall(token[start:]) if pattern and start else [token[start:]]
    return cut
