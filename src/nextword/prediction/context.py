r"""The text so far: read once, and after a change read again only from there on.

Input: a language model and a text. Output: a `Context`, the states of the runtime along the text. Given the context of
an earlier text too, only what differs is read: the result is the same to the last bit, since a text is always read in
the same pieces.

A text is cut into pieces of some 32 characters at places where the words on both sides do not depend on each other:
before a letter or digit, of any script without Chinese characters, that follows a space, or a Chinese character or
Latin letter that follows full-width punctuation.

A long text counts from an anchor on, every 4,096 characters. While a text changes key by key, each key also reads a few
tokens from the anchor to come, so that no key has to read 4,096 characters when the anchor moves.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.prediction.language_model import LanguageModel
from nextword.runtime import State
from nextword.tokens.characters import HAN, LINE_BREAKS, clean_text, is_han_run
from nextword.tokens.texts import check_text
from nextword.tokens.tokenizer import Tokenizer
from nextword.tokens.vocabulary import EOS_ID
from nextword.tokens.words import CONNECTORS

# A long text counts by its tail, cut at a place that depends on its length only: then a text that grows key by key
# is read from the same place for 4,096 characters at a time.
ANCHOR_CHARACTERS = 4096
PIECE_CHARACTERS = 32
# So many tokens a key reads from the next anchor, or more if it is near. A text has fewer tokens than characters, so
# with two a key one that was pasted is made up for too.
TOKENS_AHEAD = 2

_AFTER_SPACE = rf"(?<=[\w,.;:!?\"')，。！？；：、”’」』）] )(?=[^\W{HAN}])"
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


class Reading(NamedTuple):
    """What was read of a text from one anchor on.

    Attributes:
        start: The anchor, in characters.
        pieces: The pieces before the last one.
        words: Words of the last piece, the only one that typing at the end can change.
        states: States before the first of these words and after each of them.
    """

    start: int
    pieces: tuple[Piece, ...]
    words: tuple[str, ...]
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    r"""A text and the states of the runtime along it; immutable.

    Attributes:
        text: The whole text.
        opening: State before the text: after one `<eos>`, or after the conversation that it goes on with.
        in_turn: Whether the text is a turn of a conversation: then its line breaks count as spaces.
        reading: The text as read from `context_start` on.
        others: What was read from the anchors before and behind, as far as the text has changed key by key.
        state: State after all of it; a line break at the very end is read as `<eos>`, a space as `" "` where that is a
            token.
    """

    text: str
    opening: State
    in_turn: bool
    reading: Reading
    others: tuple[Reading, ...]
    state: State

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The pieces before the last one."""
        return self.reading.pieces

    @property
    def words(self) -> tuple[str, ...]:
        """Words of the last piece."""
        return self.reading.words

    @property
    def states(self) -> tuple[State, ...]:
        """States before the first of these words and after each of them."""
        return self.reading.states


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
    readings = {} if earlier is None else _still_valid(earlier, text, max(0, start - ANCHOR_CHARACTERS))
    blank = Reading(start, (), (), (opening,))
    reading = _read_on(lm, text, in_turn, readings.pop(start, blank))
    if earlier is not None:
        _read_ahead(lm, text, in_turn, readings, blank, grows=len(text) >= len(earlier.text))
    state = reading.states[-1]
    if reading.words or reading.pieces:
        ends = _end_ids(lm.tokenizer, _flat(text[start + _end_of_pieces(reading) :], in_turn))
        state = lm.runtime.advance(state, ends) if ends else state
    return Context(text, opening, in_turn, reading, tuple(readings.values()), state)


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
    return np.concatenate(([EOS_ID], text_ids(lm.tokenizer, text[context_start(len(text)) :]))).astype(np.int32)


def text_ids(tokenizer: Tokenizer, text: str) -> NDArray[np.int32]:
    """Return the token ids of a text as a context reads them, those of white space at its end too.

    Args:
        tokenizer: The tokenizer of the model.
        text: Any text.

    Returns:
        int32 of shape (T,).
    """
    ids = tokenizer.encode(text)
    return np.concatenate((ids, _end_ids(tokenizer, text))).astype(np.int32) if len(ids) else ids


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
    ending = ending_of(context.text)
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


def ending_of(text: str) -> str:
    r"""Return the cleaned end of a text: its last 64 characters, or more if all of these are invisible.

    Args:
        text: Any text.

    Examples:
        >>> ending_of("green tea\u200b\r\n")
        'green tea\n\n'
    """
    size = 2 * PIECE_CHARACTERS
    while not (ending := clean_text(text[-size:])) and size < len(text):
        size *= 8
    return ending


def _still_valid(earlier: Context, text: str, lowest: int) -> dict[int, Reading]:
    """Return, by anchor, what was read of an earlier text that begins as this one, from the lowest anchor on."""
    common = lowest + _common_length(earlier.text[lowest:], text[lowest:])
    readings = {}
    for reading in (earlier.reading, *earlier.others):
        if lowest <= reading.start <= min(common, lowest + 2 * ANCHOR_CHARACTERS):
            # The character after a cut decides about it too.
            kept = bisect_left(reading.pieces, common - reading.start, key=attrgetter("end"))
            if kept < len(reading.pieces):
                state = reading.pieces[kept - 1].state if kept else earlier.opening
                reading = Reading(reading.start, reading.pieces[:kept], (), (state,))
            readings[reading.start] = reading
    return readings


def _read_ahead(
    lm: LanguageModel, text: str, in_turn: bool, readings: dict[int, Reading], blank: Reading, *, grows: bool
) -> None:
    """Read some tokens from the next anchor, or from the one before if the text shrinks, into the readings."""
    anchor = blank.start + (ANCHOR_CHARACTERS if grows else -ANCHOR_CHARACTERS)
    # An anchor is left when the text is 4,096 characters too short for it, or 8,192 behind it.
    low, high = blank.start + ANCHOR_CHARACTERS, blank.start + 2 * ANCHOR_CHARACTERS
    if not 0 <= anchor < len(text):
        return
    known = readings.get(anchor, blank._replace(start=anchor))
    end = len(text) if grows else min(len(text), low)
    unread = end - anchor - _end_of_pieces(known)
    keys = high - len(text) if grows else len(text) - low + 1
    readings[anchor] = _read_on(lm, text, in_turn, known, end, max(TOKENS_AHEAD, -(-unread // keys)))


def _read_on(
    lm: LanguageModel, text: str, in_turn: bool, known: Reading, end: int | None = None, most: int | None = None
) -> Reading:
    """Return a reading of the text up to its end or an end before, or of most so many tokens more.

    A limited reading leaves out the last word, which the next key may change.
    """
    tokenizer, (start, pieces, words, states) = lm.tokenizer, known
    done = _end_of_pieces(known)
    begin = min(done, 2)  # so many characters before the end of a piece decide where the next one ends
    tail = _flat(text[start + done - begin : end], in_turn)
    shift = done - begin
    for cut in _cuts(tail, begin, tokenizer.config.level):
        found = tuple(tokenizer.split(tail[begin:cut]))
        states = states[: _common_length(words, found) + 1]
        ids = tokenizer.ids_of(found[len(states) - 1 :])
        if most is not None:
            if len(ids) > most:
                break
            most -= len(ids)
        state = lm.runtime.advance(states[-1], ids) if len(ids) else states[-1]
        pieces, words, states, begin = (*pieces, Piece(shift + cut, state)), (), (state,), cut
    else:
        found = tuple(tokenizer.split(tail[begin:]))
        states = states[: _common_length(words, found) + 1]
        ids = tokenizer.ids_of(found[len(states) - 1 : None if most is None else -1])
    read = list(states)
    for token_id in ids[:most]:
        read.append(lm.runtime.advance(read[-1], token_id.reshape(1)))
    return Reading(start, pieces, found[: len(read) - 1], tuple(read))


def _end_of_pieces(reading: Reading) -> int:
    return reading.pieces[-1].end if reading.pieces else 0


def _flat(text: str, in_turn: bool) -> str:
    """Return a text as it is read: line breaks in a turn as spaces."""
    return LINE_BREAKS.sub(" ", text) if in_turn else text


def _end_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """Return the ids of the white space at the end of a text, which splitting leaves out."""
    # Cleaning knows every kind of break and space: a Chinese paragraph may already have its indent, "\n　　".
    cleaned = clean_text(text)
    if cleaned.rstrip(" ").endswith("\n"):
        return [EOS_ID]
    return tokenizer.ids_of([" "]).tolist() if tokenizer.config.level == "char" and cleaned.endswith(" ") else []


@cache
def _cut_pattern(level: str) -> re.Pattern[str]:
    """Compile the pattern of a level when it is first needed, since that would double the time of the import."""
    return re.compile(_CUTS[level])


def _cuts(tail: str, begin: int, level: str) -> Iterator[int]:
    pattern = _cut_pattern(level)
    while match := pattern.search(tail, begin + PIECE_CHARACTERS):
        begin = match.start()
        yield begin


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
