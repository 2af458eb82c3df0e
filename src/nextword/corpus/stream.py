"""What `fit` is given -> one stream of numbered words, before there is a vocabulary.

Enters: a path, texts or conversations. Leaves: a `Corpus`, which is read once and split first, so that the vocabulary
can come from the training part alone. Role tokens have numbers of their own, below those of the words: a word that is
written like one is another word.
"""

import os
from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain, count, islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nextword.corpus.jsonl import read_conversations
from nextword.corpus.reading import is_hard_wrapped, read_texts
from nextword.errors import InputError, InputTypeError
from nextword.tokens.conversation import ROLES, Conversation
from nextword.tokens.segmentation import build_segmenter
from nextword.tokens.template import ROLE_TOKENS, one_line
from nextword.tokens.texts import check_texts
from nextword.tokens.tokenizer import (
    LINE_BREAK,
    IndexedTexts,
    Tokenizer,
    TokenizerConfig,
    extend_tokenizer,
    index_texts,
    tokenizer_from_counts,
)
from nextword.tokens.vocabulary import SPECIAL_TOKENS
from nextword.tokens.words import SENTENCE_ENDS, split_words

Source: TypeAlias = str | os.PathLike[str] | Iterable[str] | Iterable[Conversation]
"""A path, or an iterable of texts or of conversations."""


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Texts or conversations as one stream of numbers.

    Attributes:
        texts: The words and their numbers; in conversations the first words are the role tokens.
        is_end: Where the stream may be cut in two: after the ends of sentences and texts, but only after whole
            conversations; booleans of shape (N,).
        loss_mask: Which tokens a model learns, booleans of shape (N,): all of texts, what is said of conversations.
        roles: The role tokens; none in texts.
        notes: What was decided in reading, in sentences.
    """

    texts: IndexedTexts
    is_end: NDArray[np.bool_]
    loss_mask: NDArray[np.bool_]
    roles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def tokenizer_of(self, chosen: NDArray[np.bool_], config: TokenizerConfig) -> Tokenizer:
        """Return the tokenizer of a part of the stream, chosen by booleans of shape (N,).

        Raises:
            InputError: If there is no word in it, or no reply to learn.
        """
        seen, roles = self._counts(chosen)
        return tokenizer_from_counts(seen, config, roles)

    def extend(self, tokenizer: Tokenizer, chosen: NDArray[np.bool_]) -> Tokenizer:
        """Return a tokenizer that knows the words of a part of the stream too, chosen by booleans of shape (N,).

        Raises:
            InputError: If there is no word in it, or these are conversations and the tokenizer is of a model of texts.
        """
        if self.roles != tokenizer.vocabulary.roles[: len(self.roles)]:
            raise InputError(
                "a model of texts has no role tokens, so it cannot go on with conversations. Fit a new one on them."
            )
        seen, roles = self._counts(chosen)
        return extend_tokenizer(tokenizer, seen, roles)

    def _counts(self, chosen: NDArray[np.bool_]) -> tuple[dict[str, int], dict[str, int]]:
        """Return how often each word, and each role token, is in the part of the stream that is learnt from."""
        if chosen.any() and not self.loss_mask[chosen].any():
            raise InputError(
                "all replies are in the conversations that are held out, and none is left to learn from. Give more "
                "conversations with replies, a smaller `held_out`, or leave `replies_only` out."
            )
        words = self.texts.words
        counts = np.bincount(self.texts.numbers[chosen], minlength=len(words)).tolist()
        first = len(self.roles)
        seen = {word: times for word, times in zip(words[first:], counts[first:], strict=True) if times}
        return seen, dict(zip(self.roles, counts[:first], strict=True))

    def encode(self, tokenizer: Tokenizer) -> NDArray[np.int32]:
        """Return the token ids of the whole stream, int32 of shape (N,)."""
        first = len(self.roles)
        roles = np.arange(len(SPECIAL_TOKENS), len(SPECIAL_TOKENS) + first, dtype=np.int32)
        table = np.concatenate((roles, tokenizer.ids_of(self.texts.words[first:])))
        return np.asarray(table[self.texts.numbers])


def read_corpus(source: Source, config: TokenizerConfig, *, replies_only: bool = False, seed: int = 0) -> Corpus:
    """Read what `fit` is given.

    Texts stay in order. Conversations come in a random one: each begins with nothing said before, and a file often has
    those on one matter in a row, from which a model would learn to answer the conversation before.

    Args:
        source: Path of a text file or folder, or of a `.jsonl` file of conversations; or an iterable of texts or of
            conversations, read once.
        config: How text becomes words.
        replies_only: Whether of conversations only the turns of "assistant" are learnt.
        seed: Seed of the order of conversations.

    Raises:
        MissingFileError: If the path does not exist.
        TextFileError: If a file is no UTF-8 text, or a line of it no conversation.
        InputTypeError: If `source` is neither, or its items are not all texts or all conversations.
        InputError: If a list of files is given, a conversation has no turn, or there is no reply to learn.
    """
    if isinstance(source, str | os.PathLike):
        if os.fspath(source).lower().endswith(".jsonl"):
            return _of_conversations(
                read_conversations(source), config, replies_only, seed, "Read one conversation a line."
            )
        paragraphs = is_hard_wrapped(source)
        unit = "paragraph (the lines are hard-wrapped)" if paragraphs else "line"
        # Not the path: notes are saved with the model, and equal texts give equal models wherever they lie.
        return _of_texts(read_texts(source, paragraphs=paragraphs), config, f"Read one text a {unit}.")
    if isinstance(source, list | tuple) and source and all(_is_file(item) for item in source):
        reader = "read_conversations" if all(str(item).endswith(".jsonl") for item in source) else "read_texts"
        raise InputError(
            f"`fit` takes one path or an iterable of texts; received a list of {len(source)} files, {source[0]!r} "
            f"first. Read them: fit({reader}(*paths))."
        )
    if isinstance(source, Conversation):
        raise InputTypeError("`fit` takes an iterable of conversations; received a single one. Pass [conversation].")
    given: Iterable[Any] = source
    check_texts(given)  # that it is an iterable of the right kind
    items = iter(given)
    first = list(islice(items, 1))
    if first and isinstance(first[0], Conversation):
        return _of_conversations(chain(first, items), config, replies_only, seed)
    return _of_texts(chain(first, items), config)


def _of_texts(texts: Iterable[str], config: TokenizerConfig, *notes: str) -> Corpus:
    indexed = index_texts(texts, config)
    ends = [number for number, word in enumerate(indexed.words) if word == LINE_BREAK or word in SENTENCE_ENDS]
    every = np.ones(len(indexed.numbers), np.bool_)
    return Corpus(indexed, np.isin(indexed.numbers, ends), every, notes=notes)


def _of_conversations(
    conversations: Iterable[object], config: TokenizerConfig, replies_only: bool, seed: int, *notes: str
) -> Corpus:
    segmenter = build_segmenter(config.segmenter)
    number_of: defaultdict[str, int] = defaultdict(count(len(ROLES)).__next__)
    numbers, lengths, loss_mask = array("i"), array("q"), bytearray()
    for position, conversation in enumerate(conversations):
        if not isinstance(conversation, Conversation):
            raise InputTypeError(
                f"every item must be a `Conversation`, as the first one is; received {type(conversation).__name__} at "
                f"position {position}: {conversation!r:.60}."
            )
        if not conversation.turns:
            raise InputError(f"a conversation to learn from has turns; that at position {position} has none.")
        before = len(numbers)
        for role, text in conversation.turns:
            words = split_words(one_line(text), level=config.level, segmenter=segmenter)
            words.append(LINE_BREAK)
            numbers.append(ROLES.index(role))
            numbers.extend(map(number_of.__getitem__, words))
            is_learnt = role == "assistant" or not replies_only
            # Role tokens are never learnt: who speaks next is given, not guessed.
            loss_mask += bytes([False, *[is_learnt] * len(words)])
        numbers.append(number_of[LINE_BREAK])
        loss_mask.append(False)  # nor whether the conversation goes on
        lengths.append(len(numbers) - before)
    ends = np.cumsum(lengths)
    order = np.random.default_rng(seed).permutation(len(lengths))
    places = np.concatenate([np.arange(ends[n] - lengths[n], ends[n]) for n in order]) if len(order) else order
    counted = np.frombuffer(bytes(loss_mask), np.bool_)[places]
    if replies_only and not counted.any():
        raise InputError(
            '`replies_only` learns the turns of "assistant", and there is none. Leave it out, or name them.'
        )
    stream, sizes = np.array(numbers, np.int32)[places], np.array(lengths, np.int64)[order]
    indexed = IndexedTexts((*ROLE_TOKENS, *number_of), stream, sizes)
    is_end = np.zeros(len(numbers), np.bool_)
    is_end[np.cumsum(indexed.lengths) - 1] = True
    notes = (*notes, "Learns the replies only.") if replies_only else notes
    return Corpus(indexed, is_end, counted, ROLE_TOKENS, notes)


def _is_file(item: object) -> bool:
    try:
        return isinstance(item, str | os.PathLike) and Path(item).is_file()
    except (OSError, ValueError):  # a long text is no path
        return False
