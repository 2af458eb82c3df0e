"""Blocked words -> the tokens that must not come next.

Input: blocked words and a tokenizer. Output: `Forbidden`, which tells the tokens that never come, and after each text
those that would complete a blocked word or phrase: `up` after `shut`, 果 after 苹, 恤 after T.

A word is blocked where it stands as a word: `tea` leaves `team` and `teapot`, 苹果 leaves the token 苹果汁. Chinese has
no spaces, so of Chinese words any two tokens may be parts, as in 苹 and 果汁. No phrase reaches over a line end. What
completes a word is found by the end of the text read, in a dictionary, so the number of blocked words costs no time.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nextword.prediction.forbidden_characters import forbidden_characters
from nextword.prediction.spaced import is_han, key_of_end, spaced, spaced_words
from nextword.tokens.characters import HAN
from nextword.tokens.prefixes import PrefixIndex, build_prefix_index
from nextword.tokens.tokenizer import Tokenizer

_PIECE = re.compile(f"[{HAN}]|[^{HAN} ]+")
_PLACE = re.compile(f" |(?<=[{HAN}])(?=[{HAN}])")
# Both sides of a sign that joins two words to one.
_LINK_SIDES = re.compile(r"(?<=\w)(?=['-]\w)|(?<=\w['-])(?=\w)")
_BARRIER = "\n"  # special and role tokens: no blocked word reaches over one


class Forbidden(Protocol):
    """What must not come next, by the tokens read last."""

    @property
    def always(self) -> NDArray[np.int64]:
        """Ids that never come, ascending."""

    @property
    def memory(self) -> int:
        """How many of the last tokens `after` needs."""

    def after(self, recent: Sequence[int]) -> Iterable[NDArray[np.int64]]:
        """Return the ids that must not come next, besides `always`.

        Args:
            recent: The last tokens read, `memory` of them.
        """


@dataclass(frozen=True, slots=True, eq=False)
class ForbiddenTokens:
    """The same for tokens that are words; made by `find_forbidden`.

    Attributes:
        always: Ids that never come.
        memory: How many tokens the longest beginning of a blocked word can have.
    """

    always: NDArray[np.int64]
    memory: int
    _keys: tuple[str, ...]  # the spaced form of every token
    _rests: dict[str, list[str]]  # how the spaced form of a text ends, and what would complete a blocked word there
    _lengths: tuple[int, ...]  # of such ends
    # Made when first asked for: the sorted keys, and the ids by how a text ends.
    _index: list[PrefixIndex] = field(default_factory=list)
    _found: dict[str, NDArray[np.int64]] = field(default_factory=dict)

    def after(self, recent: Sequence[int]) -> Iterator[NDArray[np.int64]]:
        """Yield the ids that would complete a blocked word.

        Args:
            recent: The last tokens read.
        """
        text = ""
        for token_id in recent:
            key = self._keys[token_id]
            if key:
                text += key if text and is_han(key, 0) and is_han(text, -1) else f" {key}"
        for length in self._lengths:
            end = text[-length:]
            if end in self._rests:
                ids = self._found.get(end)
                if ids is None:
                    lists = [self._ids_that_begin_with(rest) for rest in self._rests[end]]
                    ids = self._found[end] = np.array(sorted({*chain.from_iterable(lists)}), np.int64)
                yield ids

    def _ids_that_begin_with(self, rest: str) -> list[int]:
        """Return the tokens that are a rest, or begin with it: with words of several, or with Han characters."""
        if not self._index:
            self._index.append(build_prefix_index(zip(self._keys, count(), strict=False)))
        ids: list[int] = self._index[0].find(rest).tolist()
        if is_han(rest, -1):
            return ids
        return [token_id for token_id in ids if f"{self._keys[token_id]} ".startswith(f"{rest} ")]


def find_forbidden(blocked: Sequence[str], tokenizer: Tokenizer) -> Forbidden:
    """Return what blocked words forbid.

    Args:
        blocked: Words and phrases in comparison form, as a `Shape` keeps them.
        tokenizer: The tokenizer of the tokens that come.

    Examples:
        >>> from nextword.tokens.tokenizer import build_tokenizer
        >>> tokenizer = build_tokenizer(["shut up tea"])
        >>> forbidden = find_forbidden(["shut up", "tea"], tokenizer)
        >>> forbidden.always.tolist(), [ids.tolist() for ids in forbidden.after(tokenizer.encode("shut"))]
        ([4], [[5]])
    """
    entries = frozenset(filter(None, spaced(blocked)))
    if tokenizer.config.level == "char":
        return forbidden_characters(entries, tokenizer)
    vocabulary = tokenizer.vocabulary
    marks = (_BARRIER,) * vocabulary.first_word
    keys = marks + tuple(spaced(vocabulary.forms))
    always = [
        token_id
        for token_id, key in enumerate(keys)
        if key in entries or (" " in key and _has_one_of(entries, key, vocabulary.words[token_id]))
    ]
    rests = _rests_by_end(entries)
    lengths = tuple(sorted({len(end) for end in rests}))
    memory = 0
    for end in rests:
        if len(end) > memory:
            memory = max(memory, len(_PIECE.findall(end)))
    return ForbiddenTokens(np.array(always, np.int64), memory, keys, rests, lengths)


def _has_one_of(entries: frozenset[str], key: str, token: str) -> bool:
    """Return whether words of a token of several are blocked, such as `tea` in `tea,` at level "whitespace"."""

    def any_run(words: Sequence[str]) -> bool:
        ends = range(1, len(words) + 1)
        return any(" ".join(words[start:end]) in entries for end in ends for start in range(end))

    # The words of the token itself decide: of ❤️‍🔥 as one word the key has two, ❤ and 🔥.
    return any_run(key.split(" ")) and any_run(spaced_words(token))


def _rests_by_end(entries: frozenset[str]) -> dict[str, list[str]]:
    """Return the ways in which blocked words can come in two parts.

    They come so between words, between two Han characters, and at a hyphen or apostrophe, as in `half-` and `breed`.

    Args:
        entries: Blocked words in spaced form.

    Returns:
        By how the spaced form of a text ends that ends in the first part, the second parts.
    """
    rests: dict[str, list[str]] = {}
    for words in {*entries, *(_LINK_SIDES.sub(" ", entry) for entry in entries)}:
        for place in _PLACE.finditer(words):
            rests.setdefault(key_of_end(words[: place.start()]), []).append(words[place.end() :])
    return rests
