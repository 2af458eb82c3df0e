r"""The text so far: read once, and after a change read again only from there on.

Input: a language model and a text. Output: a `Context`, the states of the runtime along the text. Given the context of
an earlier text too, only what differs is read: the result is the same to the last bit, since a text is always read in
the same pieces.

A text is cut into pieces of some 32 characters at places where the words on both sides do not depend on each other:
before a letter or digit that follows a space, or a Chinese character or letter that follows full-width punctuation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.prediction.language_model import LanguageModel
from nextword.runtime import State
from nextword.tokens.characters import LINE_BREAKS, clean_text, is_han_run
from nextword.tokens.texts import check_text
from nextword.tokens.tokenizer import Tokenizer
from nextword.tokens.vocabulary import EOS_ID
from nextword.tokens.words import CONNECTORS

# A long text counts by its tail, cut at a place that depends on its length only: then a text that grows key by key
# is read from the same place for 4,096 characters at a time.
ANCHOR_CHARACTERS = 4096
PIECE_CHARACTERS = 32

_AFTER_SPACE = r"(?<=[A-Za-z0-9,.;:!?\"')，。！？；：、”’」』）\u4e00-\u9fff] )(?=[A-Za-z0-9])"
_AFTER_PUNCTUATION = r"(?<=[，。！？；：、])(?=[A-Za-z0-9\u4e00-\u9fff])"
_CUTS = {
    "word": f"{_AFTER_SPACE}|{_AFTER_PUNCTUATION}",
    "whitespace": _AFTER_SPACE,
    "char": r"(?<=[A-Za-z0-9\u4e00-\u9fff])(?=[A-Za-z0-9\u4e00-\u9fff])",
}
_WORD_CHARACTER = re.compile(r"\w")
_CONNECTORS = frozenset(CONNECTORS)


class Piece(NamedTuple):
    """A part of a text that is read.

    Attributes:
        end: Where it ends, in characters from where reading starts.
        state: State of the runtime after it.
    """

    end: int
    state: State


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    r"""A text and the states of the runtime along it; immutable.

    Attributes:
        text: The whole text.
        opening: State before the text: after one `<eos>`, or after the conversation that it goes on with.
        in_turn: Whether the text is a turn of a conversation: then its line breaks count as spaces.
        start: Where reading starts, in characters; see `context_start`.
        pieces: The pieces before the last one.
        words: Words of the last piece, the only one that typing at the end can change.
        states: States before the first of these words and after each of them.
        state: State after all of it; a line break at the very end is read as `<eos>`.
    """

    text: str
    opening: State
    in_turn: bool
    start: int
    pieces: tuple[Piece, ...]
    words: tuple[str, ...]
    states: tuple[State, ...]
    state: State


def read_context(
    lm: LanguageModel, text: str, earlier: Context | None = None, *, opening: State | None = None
) -> Context:
    """Read the text, or the tail of it that counts.

    Args:
        lm: A language model.
        text: The text so far.
        earlier: The context of another text under the same model. Its opening is kept, and the common part of the two
            texts is not read again.
        opening: State before a text that is a turn of a conversation, where there is no earlier context; by default
            the text is no turn and is read after one `<eos>`.

    Returns:
        The context, the same to the last bit with an earlier context and without.

    Raises:
        InputTypeError: If `text` is no `str`; code "text-not-str".
    """
    check_text("text", text)
    in_turn = opening is not None
    if earlier is not None:
        opening, in_turn = earlier.opening, earlier.in_turn
    elif opening is None:
        opening = lm.runtime.advance(lm.runtime.initial_state(), [EOS_ID])
    start = context_start(len(text))
    tail = LINE_BREAKS.sub(" ", text[start:]) if in_turn else text[start:]
    kept_pieces: tuple[Piece, ...] = ()
    if earlier is not None and earlier.start == start:
        common = _common_length(earlier.text[start:], text[start:])
        # The character after a cut decides about it too.
        kept_pieces = tuple(piece for piece in earlier.pieces if piece.end < common)
    pieces = [*kept_pieces]
    begin, state = kept_pieces[-1] if kept_pieces else (0, opening)
    for cut in _cuts(tail, begin, lm.tokenizer.config.level):
        state = lm.runtime.advance(state, lm.tokenizer.encode(tail[begin:cut]))
        pieces.append(Piece(cut, state))
        begin = cut
    words = tuple(lm.tokenizer.split(tail[begin:]))
    states = [state]
    if earlier is not None and len(kept_pieces) == len(pieces) == len(earlier.pieces) and earlier.start == start:
        states = list(earlier.states[: _common_length(earlier.words, words) + 1])
    for token_id in lm.tokenizer.ids_of(words[len(states) - 1 :]):
        states.append(lm.runtime.advance(states[-1], token_id.reshape(1)))
    state = states[-1]
    if (words or pieces) and _ends_line(tail[begin:]):
        state = lm.runtime.advance(state, [EOS_ID])
    return Context(text, opening, in_turn, start, tuple(pieces), words, tuple(states), state)


def context_ids(lm: LanguageModel, text: str) -> NDArray[np.int32]:
    """Return the token ids that `read_context` reads, `<eos>` first.

    Args:
        lm: A language model.
        text: The text so far.

    Returns:
        int32 of shape (T,).

    Raises:
        InputTypeError: If `text` is no `str`.
    """
    tail = text[context_start(len(text)) :]
    ids = lm.tokenizer.encode(tail)
    ends = [EOS_ID] if len(ids) and _ends_line(tail) else []
    return np.concatenate(([EOS_ID], ids, ends)).astype(np.int32)


def context_start(length: int) -> int:
    """Return where the part of a text that counts begins: the last multiple of 4,096 that leaves 4,096 characters.

    Args:
        length: Length of the text in characters.

    Examples:
        >>> context_start(8191), context_start(8192), context_start(20_000)
        (0, 4096, 12288)
    """
    return max(0, (length // ANCHOR_CHARACTERS - 1) * ANCHOR_CHARACTERS)


def unfinished_word(lm: LanguageModel, context: Context) -> tuple[str, State]:
    """Return the unfinished word at the end of a text, by the rule of `complete_word`, and the state before it.

    Args:
        lm: A language model.
        context: The text and the states along it under this model.

    Returns:
        The word as far as it is written, empty where the text ends in none, and the state before it.
    """
    words, level = context.words, lm.tokenizer.config.level
    ending = clean_text(context.text[-64:])
    if level == "char" or not words or not ending or ending[-1] in " \n":
        return "", context.state
    last = words[-1]
    if level == "whitespace" or (last not in _CONNECTORS and _WORD_CHARACTER.search(last)):
        if not is_han_run(last) or len(lm.vocabulary.ids_with_prefix(last)):
            return last, context.states[-2]
        # The segmenter may have glued the first characters of a word to the word before, 我喜 for 我 喜.
        for cut in range(1, len(last)):
            if len(lm.vocabulary.ids_with_prefix(last[cut:])):
                return last[cut:], lm.runtime.advance(context.states[-2], lm.tokenizer.encode(last[:cut]))
        return last, context.states[-2]
    if last in _CONNECTORS and len(words) > 1 and _WORD_CHARACTER.search(words[-2]):
        joined = words[-2] + last
        if ending.endswith(joined) and len(lm.vocabulary.ids_with_prefix(joined)):
            return joined, context.states[-3]
    return "", context.state


def append_words(tokenizer: Tokenizer, text: str, words: Sequence[str]) -> str:
    r"""Return the text as it was, continued by words with the spaces that English and Chinese have.

    Args:
        tokenizer: The tokenizer of the model, for its level.
        text: Any text; it is kept as it is.
        words: Tokens to append, "\n" for a line break.

    Returns:
        A text that begins with `text`.
    """
    if not words:
        return text
    line = text[-ANCHOR_CHARACTERS:].rpartition("\n")[2]
    before = tokenizer.split(line)
    joined = tokenizer.join([*before, *words])
    start = tokenizer.join(before)
    added = joined[len(start) :] if joined.startswith(start) else " " + tokenizer.join(words)
    return text + (added if line[-1:].strip() else added.lstrip(" "))


def _ends_line(text: str) -> bool:
    # Cleaning knows every kind of break and space: a Chinese paragraph may already have its indent, "\n　　".
    return clean_text(text).rstrip(" ").endswith("\n")


@cache
def _cut_pattern(level: str) -> re.Pattern[str]:
    """Compile the pattern of a level when it is first needed, since that would double the time of the import."""
    return re.compile(_CUTS[level])


def _cuts(tail: str, begin: int, level: str) -> list[int]:
    cuts: list[int] = []
    pattern = _cut_pattern(level)
    last = begin
    while match := pattern.search(tail, last + PIECE_CHARACTERS):
        last = match.start()
        cuts.append(last)
    return cuts


def _common_length(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many leading items two sequences share, by bisection, since slices compare quickly."""
    low, high = 0, min(len(first), len(second))
    if first[:high] == second[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle
    return low
