"""Blocked words -> the characters that must not come next, in models whose tokens are characters.

Input: blocked words in spaced form and a tokenizer of level "char". Output: `ForbiddenCharacters`.

`class` must not come and `classic` may, so its letters stay. What is forbidden is to end the word there: after `class`
only a letter can follow, or an apostrophe or hyphen and then a letter. A word that ends in a Han character or a mark is
complete with that character, so the character is forbidden: 果 after 苹, `)` after `:`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from nextword.prediction.spaced import key_of_end, spaced, spaced_forms
from nextword.tokens.characters import HAN, is_mark
from nextword.tokens.forms import APOSTROPHES, HYPHENS
from nextword.tokens.tokenizer import Tokenizer
from nextword.tokens.vocabulary import EOS_ID

# What stands before a blocked word decides whether it begins one, as in `first-class`.
_CHARACTERS_BEFORE = 16
_LETTER = re.compile(f"[^\\W{HAN}]")
_LINKS = frozenset(APOSTROPHES + HYPHENS)
# A combining mark or a letter ends a word that may go on.
_MAY_GO_ON = re.compile(f"[^\\W{HAN}]$")


@dataclass(frozen=True, slots=True, eq=False)
class ForbiddenCharacters:
    """What must not come next at level "char"; made by `forbidden_characters`.

    Attributes:
        always: Ids that never come.
        memory: How many of the last characters count.
    """

    always: NDArray[np.int64]
    memory: int
    _characters: tuple[str, ...]  # by id, a line break for special and role tokens
    _words: frozenset[str]  # how a text ends that ends in a blocked word which may go on
    _completing: dict[str, NDArray[np.int64]]  # how a text ends, and the ids that would complete a blocked word there
    _lengths: tuple[int, ...]  # of both kinds of ends
    _ending: NDArray[np.int64]  # ids that end a word
    _no_letters: NDArray[np.int64]  # these, links and marks

    def after(self, recent: Sequence[int]) -> Iterator[NDArray[np.int64]]:
        """Yield the ids that would complete a blocked word, or end one.

        Args:
            recent: The last characters read.
        """
        line = _unlinked("".join([self._characters[token_id] for token_id in recent]).rpartition("\n")[2])
        if not line:
            return
        last = line[-1]
        ends = self._ends(line)
        for end in ends:
            if end in self._completing:
                yield self._completing[end]
        if last in _LINKS:
            if any(end in self._words for end in self._ends(line[:-1])) and line[-2:-1] != " ":
                yield self._no_letters
        elif last != " " and any(end in self._words for end in ends):
            yield self._ending

    def _ends(self, line: str) -> list[str]:
        """Return the ends of the spaced form of a line that may count."""
        text = f" {spaced_forms([line])[0]}"
        return [text[-length:] for length in self._lengths]


def forbidden_characters(entries: frozenset[str], tokenizer: Tokenizer) -> ForbiddenCharacters:
    """Return what blocked words forbid at level "char".

    Args:
        entries: Blocked words in spaced form.
        tokenizer: A tokenizer of level "char".

    Examples:
        >>> from nextword.tokens.tokenizer import TokenizerConfig, build_tokenizer
        >>> tokenizer = build_tokenizer(["tea, milk"], TokenizerConfig(level="char"))
        >>> forbidden = forbidden_characters(frozenset({"tea"}), tokenizer)
        >>> [[tokenizer.vocabulary[i] for i in ids] for ids in forbidden.after(tokenizer.encode("a tea"))]
        [['<eos>', ' ', ',']]
    """
    vocabulary = tokenizer.vocabulary
    first = vocabulary.first_word
    characters = ("\n",) * first + vocabulary.words[first:]
    ids_by_key: dict[str, list[int]] = defaultdict(list)
    for token_id, key in enumerate(spaced(vocabulary.forms), start=first):
        if key.strip():
            ids_by_key[key].append(token_id)
    always = [token_id for entry in entries if not _MAY_GO_ON.search(entry) for token_id in ids_by_key.get(entry, ())]
    completing: dict[str, set[int]] = defaultdict(set)
    words = set()
    longest_key = max(map(len, ids_by_key), default=0)
    for entry in entries:
        if _MAY_GO_ON.search(entry):
            words.add(key_of_end(entry))
            continue
        for length in range(1, min(longest_key, len(entry) - 1) + 1):
            beginning = entry[:-length].rstrip(" ")
            if beginning:
                completing[key_of_end(beginning)].update(ids_by_key.get(entry[-length:], ()))
        if entry.endswith("..."):  # two periods are a run of them already
            completing[key_of_end(entry[:-2])].update(ids_by_key.get(".", ()))
    letters = [_LETTER.match(character) is not None and character not in _LINKS for character in characters]
    going_on = [
        letter or character in _LINKS or is_mark(character)
        for letter, character in zip(letters, characters, strict=True)
    ]
    ends = {end: _ids(ids) for end, ids in completing.items() if ids}
    return ForbiddenCharacters(
        always=_ids(always),
        memory=max(map(len, entries), default=0) + _CHARACTERS_BEFORE,
        _characters=characters,
        _words=frozenset(words),
        _completing=ends,
        _lengths=tuple(sorted({len(end) for end in (*words, *ends)})),
        _ending=_ids([EOS_ID, *(token_id for token_id in range(first, len(characters)) if not going_on[token_id])]),
        _no_letters=_ids([EOS_ID, *(token_id for token_id in range(first, len(characters)) if not letters[token_id])]),
    )


def _unlinked(line: str) -> str:
    """Return a line with a space in place of a mark behind a hyphen or apostrophe, which then joins no word."""
    if line.isascii():
        return line
    return "".join(
        [" " if before in _LINKS and is_mark(character) else character for before, character in pairwise(f" {line}")]
    )


def _ids(ids: Sequence[int] | set[int]) -> NDArray[np.int64]:
    return np.array(sorted(ids), np.int64)
