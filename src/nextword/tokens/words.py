r"""Text to tokens and back: words, punctuation and line breaks of any string, and readable text from them.

Enters: any `str`, first cleaned by `characters.clean_text`. Leaves: tokens, `"\n"` standing for a line break. Joining
tokens gives text that splits into the same tokens: `normalize_text` changes nothing the second time, so a sentence and
its ids say the same.

The rules at level `"word"`:

1. A word is a run of letters, digits, underscores and their marks, never Han. One of `' ’ - .` joins two of them
   (don't, well-known, U.S, example.com, 3.5), `,` and `:` join two digits (1,000, 12:30). A period at the end is a
   token of its own.
2. A run of Han characters (with 々 and 〇) loses its spaces and is cut by the segmenter.
3. Everything else, also `<unk>` written in a text, is punctuation and symbols, one character each. Kept whole are
   runs of one mark among `. - — …`, emoji with joiners, flags.
4. Marks, joiners, skin tones and tags stay with the character before. At the start of a text or after a space they
   are a token.
5. Tokens longer than 64 characters are cut, never before a mark.
6. Line breaks inside the text count once, however many there are.

Joining writes spaces between tokens, except around Han, CJK punctuation and full-width forms, before closing and after
opening punctuation, around `/` and `—` and inside quotes; `"` and `'` open and close in turn within a line. A `'` that
would open after a word in s and never close is a possessive: my parents' bed. Where leaving the space out would change
the tokens, it stays.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Literal, TypeAlias, get_args

from nextword.errors import ConfigError, InputTypeError
from nextword.tokens.characters import HAN, character_classes, clean_text, may_have_marks
from nextword.tokens.segmentation import Segmenter, segment_runs, segment_words

Level: TypeAlias = Literal["word", "whitespace", "char"]
"""What a token is: a word or punctuation, what stands between spaces, or one character."""

_LEVELS = get_args(Level)

MAX_TOKEN_LENGTH = 64
"""Longest token, in characters."""

SENTENCE_ENDS = frozenset({*".!?。！？…", "...", "……"})
"""Tokens that end a sentence."""

_CONNECTORS = frozenset("'’-.,:")
_CLOSING = frozenset(",.;:!?%)]}’”…")
_OPENING = frozenset("([{$£€¥#@“‘")
_TIGHT = frozenset("/—")
_RUNS = frozenset(".-—…")
_QUOTES = frozenset("\"'")
_POSSESSIVE = frozenset("sS")

_ASCII_TOKEN = re.compile(r"\w+(?:['.,:-](?:(?<![,:])|(?<=\d.)(?=\d))\w++)*+|[^\w .-]|\.{2,64}|-{2,64}|[.-]", re.ASCII)
_BREAKS = re.compile(r"\n[\n ]+")
_WORD_CHARACTER = re.compile(f"[^\\W{HAN}]")
_CJK = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")
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
        InputTypeError: If `text` is no `str`.
        ConfigError: If there is no such level.
        InputError: If the words of the segmenter do not make up the text.

    Examples:
        >>> split_words("He said: don't go to the U.S. at 12:30...")
        ['He', 'said', ':', "don't", 'go', 'to', 'the', 'U.S', '.', 'at', '12:30', '...']
        >>> split_words("我喜欢吃苹果，不是吗？\n我用Python 3.11。")
        ['我', '喜欢', '吃', '苹果', '，', '不是', '吗', '？', '\n', '我用', 'Python', '3.11', '。']
        >>> split_words("<unk> tokens , as is", level="whitespace")
        ['<unk>', 'tokens', ',', 'as', 'is']
    """
    _check_level(level)
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


def join_words(words: Iterable[str], *, level: Level = "word") -> str:
    r"""Return readable text from tokens.

    Args:
        words: Tokens such as `split_words` returns; special tokens such as `"<unk>"` are joined like words.
        level: The level they were split at.

    Raises:
        InputTypeError: If `words` is a `str` or has something else than strings in it.
        ConfigError: If there is no such level.

    Examples:
        >>> join_words(["He", "said", '"', "hello", '"', ",", "and", "(", "maybe", ")", "left", ".", "\n", "Oh"])
        'He said "hello", and (maybe) left.\nOh'
        >>> join_words(["我", "喜欢", "苹果", "，", "不是", "吗", "？"])
        '我喜欢苹果，不是吗？'
    """
    _check_level(level)
    if isinstance(words, str):
        raise InputTypeError(
            f"`words` is an iterable of tokens; received the text {words[:40]!r}. Pass a list of words."
        )
    words = list(words)
    for position, word in enumerate(words):
        if not isinstance(word, str):
            raise InputTypeError(f"tokens are `str`; received {type(word).__name__} at position {position}.")
    if level == "char":
        return "".join(words)
    if level == "whitespace":
        return " ".join(words).replace(" \n", "\n").replace("\n ", "\n")
    return _join_readable(words)


def normalize_text(text: str, *, level: Level = "word", segmenter: Segmenter | None = None) -> str:
    """Return the readable text of a text's own tokens: what `decode(encode(text))` gives when every word is known.

    Normalizing twice changes nothing more, and the normalized text has the tokens of the text.

    Args:
        text: Any text.
        level: As in `split_words`.
        segmenter: As in `split_words`.

    Raises:
        InputTypeError: If `text` is no `str`.
        ConfigError: If there is no such level.
        InputError: If the words of the segmenter do not make up the text.

    Examples:
        >>> normalize_text("Well , I do n't   know 。。我 喜欢 苹果")
        "Well, I do n't know。。我喜欢苹果"
    """
    return join_words(split_words(text, level=level, segmenter=segmenter), level=level)


def needs_space(word: str) -> bool:
    """Return whether a space is typed behind a word: not behind Chinese, its punctuation and full-width forms.

    Args:
        word: A token of at least one character.

    Examples:
        >>> needs_space("tea"), needs_space("苹果"), needs_space("，")
        (True, False, False)
    """
    return _CJK.match(_last_character(word)) is None


def _check_level(level: str) -> None:
    """Refuse an unknown level."""
    if level not in _LEVELS:
        raise ConfigError(f"`level` must be one of {', '.join(map(repr, _LEVELS))}; received {level!r}.")


def _split_unicode(text: str, segmenter: Segmenter) -> list[str]:
    """Return the tokens of a cleaned text that is not ASCII only."""
    pattern_of_runs, pattern = _token_patterns(may_have_marks(text))
    tokens: list[str] = pattern.findall(text)
    runs = pattern_of_runs.findall(text)
    if not runs:
        return _cut_long(tokens, pattern) if _any_long(text, tokens) else tokens
    words_of_runs = segment_runs([run.replace(" ", "") for run in runs], segmenter)
    words: list[str] = []
    # Han is part of no other token, so the runs come among the tokens in the same order.
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
    """Compile Han runs and all tokens of level `"word"`; without marks for speed where a text has none."""
    marks = character_classes().marks if with_marks else _NO_MARKS
    word = f"[^\\W{HAN}]++(?:[{marks}]++[^\\W{HAN}]*+)*+"
    # Emoji and other pictures: what a joiner U+200D can join.
    picture = f"[^\\w\x00-\u218f\u3000-\U0001efff{_FLAG_LETTERS}\U0001fb00-\U0010ffff{marks}]"
    run = f"[{HAN}]++[{HAN}{marks}]*+(?: ++[{HAN}][{HAN}{marks}]*+)*+"
    alternatives = (
        run,
        f"{word}(?:['’.,:-](?:(?<![,:])|(?<=\\d.)(?=\\d)){word})*+",
        *(f"{re.escape(mark)}{{2,64}}[{marks}]*+" for mark in ".-—…"),
        "\n",
        f"{picture}[{marks}]*+(?:(?<=\u200d){picture}[{marks}]*+)*+",
        f"[{_FLAG_LETTERS}]{{1,2}}[{marks}]*+",
        f"[^\\w\\s{marks}][{marks}]*+",
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
            while _is_mark(token[end]):
                end -= 1
            cut += pattern.findall(token[start:end]) if pattern else [token[start:end]]
            start = end
        cut += pattern.findall(token[start:]) if pattern and start else [token[start:]]
    return cut


def _is_mark(character: str) -> bool:
    """Return whether a character belongs to the one before."""
    return may_have_marks(character) and _mark_pattern().match(character) is not None


@cache
def _mark_pattern() -> re.Pattern[str]:
    """Compile the pattern of marks at the end of a token."""
    return re.compile(f"[{character_classes().marks}]")


def _join_readable(words: list[str]) -> str:
    """Return the text of words and punctuation, with spaces where English and Chinese have them."""
    parts: list[str] = []
    open_quotes: set[str] = set()
    lone = _last_apostrophes(words)
    previous = "\n"  # the character that the token before ends with, its marks left out
    opened = False  # the token before is a quote that opens
    glued_connector = False  # the token before is a connector without a space between it and the word before it
    for position, word in enumerate(words):
        if word == "\n":
            parts.append(word)
            open_quotes.clear()
            previous, opened, glued_connector = "\n", False, False
            continue
        if not word:
            continue
        first = word[0]
        closes = word in open_quotes or (position in lone and previous in _POSSESSIVE)
        space = previous != "\n" and (
            _must_stay_apart(previous, first, glued_connector) or not (opened or closes or _is_tight(previous, first))
        )
        if space:
            parts.append(" ")
        parts.append(word)
        opened = False
        if closes:
            open_quotes.discard(word)
        elif word in _QUOTES:
            open_quotes.add(word)
            opened = True
        glued_connector = word in _CONNECTORS and not space and _is_word_character(previous)
        previous = _last_character(word)
    return "".join(parts)


def _last_apostrophes(words: list[str]) -> set[int]:
    """Return the positions of the last `'` of every line: if such a one opened a quote, nothing would close it."""
    positions: dict[int, int] = {}
    line = 0
    for position, word in enumerate(words):
        if word == "\n":
            line += 1
        elif word == "'":
            positions[line] = position
    return set(positions.values())


def _must_stay_apart(previous: str, first: str, glued_connector: bool) -> bool:
    """Return whether two tokens without a space between them would be split in another way."""
    if _is_mark(first):
        return True
    if _is_word_character(first):
        return glued_connector or _is_word_character(previous)
    return first == previous and first in _RUNS


def _is_tight(previous: str, first: str) -> bool:
    """Return whether readable text has no space between two characters."""
    return (
        first in _CLOSING
        or previous in _OPENING
        or first in _TIGHT
        or previous in _TIGHT
        or (not first.isascii() and _CJK.match(first) is not None)
        or (not previous.isascii() and _CJK.match(previous) is not None)
    )


def _is_word_character(character: str) -> bool:
    """Return whether a character can be in a word."""
    return _WORD_CHARACTER.match(character) is not None


def _last_character(word: str) -> str:
    """Return the last character of a token that is no mark, or its first if all are."""
    if word.isascii():
        return word[-1]
    return next((character for character in reversed(word) if not _is_mark(character)), word[0])
