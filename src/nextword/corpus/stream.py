"""What `fit` is given -> one stream of numbered words, before there is a vocabulary.

Input: a path, texts or conversations. Output: a `Corpus`, which is read once and split before the vocabulary is built,
so that the vocabulary comes from the training part alone. Role tokens have numbers below those of the words, so a word
that is written like a role token is never taken for one.
"""

import os
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from io import TextIOBase
from itertools import chain, count, islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nextword.corpus.indexing import IndexedTexts, index_texts
from nextword.corpus.tokenised import describe_tokenised
from nextword.errors import InputError, InputTypeError, Note, check_choice
from nextword.files.temporary import IN_MEMORY, LongArrays, every_token, pieces_of
from nextword.tokens.conversation import ROLES, Conversation, check_conversations
from nextword.tokens.segmentation import build_segmenter
from nextword.tokens.template import ROLE_TOKENS, one_line
from nextword.tokens.texts import check_texts
from nextword.tokens.tokenizer import (
    LINE_BREAK,
    Tokenizer,
    TokenizerConfig,
    extend_tokenizer,
    tokenizer_from_counts,
)
from nextword.tokens.words import SENTENCE_ENDS, split_words

Source: TypeAlias = str | os.PathLike[str] | Iterable[str] | Iterable[Conversation]
"""A path, or an iterable of texts or of conversations."""

# Stands for the role of a token that is no target.
_NO_TARGET = 255
# A word of a conversation, and who says it.
_TOKEN = np.dtype([("number", np.int32), ("role", np.uint8)])


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Texts or conversations as one stream of numbers.

    Attributes:
        texts: The words and their numbers; in conversations the first words are the role tokens, and each text is a
            whole conversation.
        is_end: Where the stream may be cut in two: after the ends of sentences and texts, but only after whole
            conversations; booleans of shape (N,).
        loss_mask: Which tokens are learnt, booleans of shape (N,): all of texts; of conversations the words of the
            turns of "user" and "assistant" that have a weight, and their ends, not the role tokens.
        judged_mask: Which tokens models are judged on, booleans of shape (N,): all of texts; of conversations those of
            the learnt turns of "assistant", which a model is asked for, or all learnt ones where there are none.
        roles: The role tokens; empty for texts.
        notes: What was decided in reading: `Note`s with the codes "read-texts", "left-out", "not-decoded" and
            "looks-odd", as `Tally.notes` has them, "looks-tokenised", "read-conversations" and "replies-only".
        arrays: Where arrays as long as the stream are kept.
    """

    texts: IndexedTexts
    is_end: NDArray[np.bool_]
    loss_mask: NDArray[np.bool_]
    judged_mask: NDArray[np.bool_]
    roles: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    arrays: LongArrays = IN_MEMORY

    @property
    def is_start(self) -> NDArray[np.bool_]:
        """Which tokens begin a text, or a conversation; booleans of shape (N,)."""
        firsts = np.cumsum(self.texts.lengths) - self.texts.lengths

        def pieces() -> Iterator[NDArray[np.bool_]]:
            for part in pieces_of(len(self.texts.word_numbers)):
                begins = np.zeros(part.stop - part.start, np.bool_)
                first, last = np.searchsorted(firsts, (part.start, part.stop))
                begins[firsts[first:last] - part.start] = True
                yield begins

        return self.arrays.joined(pieces(), np.bool_)

    def tokenizer_of(self, chosen: NDArray[np.bool_], config: TokenizerConfig) -> Tokenizer:
        """Return a tokenizer whose vocabulary comes from a part of the stream.

        Args:
            chosen: Which tokens are in that part, booleans of shape (N,).
            config: Level, segmenter and limits of the vocabulary.

        Raises:
            InputError: If it has no word, or none is left; codes "no-words" and "vocabulary-empty". If it has no token
                to learn, as all replies are outside it; code "replies-all-held-out".
        """
        seen, roles = self._counts(chosen)
        return tokenizer_from_counts(seen, config, roles)

    def extend(self, tokenizer: Tokenizer, chosen: NDArray[np.bool_]) -> Tokenizer:
        """Return a tokenizer that also knows the words of a part of the stream.

        Args:
            tokenizer: Its words keep their ids.
            chosen: Which tokens are in that part, booleans of shape (N,).

        Raises:
            InputError: If these are conversations and the tokenizer is of a model of texts; code "roles-missing". If
                the part has no word, or no token to learn; codes "no-words" and "replies-all-held-out".
        """
        if self.roles != tokenizer.vocabulary.roles[: len(self.roles)]:
            raise InputError(
                "a model of texts has no role tokens, so it cannot go on with conversations. Fit a new one on them.",
                code="roles-missing",
                roles=self.roles,
            )
        seen, roles = self._counts(chosen)
        return extend_tokenizer(tokenizer, seen, roles)

    def _counts(self, chosen: NDArray[np.bool_]) -> tuple[dict[str, int], dict[str, int]]:
        """Return how often each word, and each role token, is in the chosen part of the stream."""
        parts = list(pieces_of(len(chosen)))
        if chosen.any() and not any((chosen[part] & self.loss_mask[part]).any() for part in parts):
            raise InputError(
                "all turns to learn are in the conversations that are held out, and none is left. Give more of them, a "
                "smaller `held_out`, or leave `replies_only` out.",
                code="replies-all-held-out",
            )
        words = self.texts.words
        total = np.zeros(len(words), np.int64)
        for part in parts:
            total += np.bincount(self.texts.word_numbers[part][chosen[part]], minlength=len(words))
        first, counts = len(self.roles), total.tolist()
        seen = {word: count for word, count in zip(words[first:], counts[first:], strict=True) if count}
        return seen, dict(zip(self.roles, counts[:first], strict=True))

    def encode(self, tokenizer: Tokenizer) -> NDArray[np.int32]:
        """Return the token ids of the whole stream.

        Args:
            tokenizer: Of this corpus, as `tokenizer_of` or `extend` returned it.

        Returns:
            Token ids, int32 of shape (N,).
        """
        roles = np.array(tokenizer.vocabulary.role_ids[: len(self.roles)], np.int32)
        table = np.concatenate((roles, tokenizer.ids_of(self.texts.words[len(roles) :])))
        numbers = self.texts.word_numbers
        return self.arrays.joined((table[numbers[part]] for part in pieces_of(len(numbers))), np.int32)


def read_corpus(
    source: Source,
    config: TokenizerConfig,
    *,
    replies_only: bool = False,
    seed: int = 0,
    unit: str | None = None,
    encoding: str | None = None,
    errors: str = "strict",
    reached: Callable[[float], object] | None = None,
    arrays: LongArrays = IN_MEMORY,
) -> Corpus:
    """Read what `fit` is given.

    Texts stay in order. Conversations are put in a random order: they do not depend on each other, but a file often has
    those on one subject in a row, from which a model would learn to answer the conversation before.

    Args:
        source: Path of a text file, of a folder or a pipe, or of a `.jsonl` file of conversations; or an iterable of
            texts or of conversations, read once, which an open text file is too.
        config: How text becomes words.
        replies_only: Whether only the turns of "assistant" are targets; without effect on texts.
        seed: Seed of the order of conversations.
        unit: What a text of a file is: "line" or "paragraph"; None to choose by `find_wrapping`.
        encoding: Encoding of the files; None for UTF-8.
        errors: What is done about bytes that it has not: "strict", "ignore" or "replace".
        reached: Told now and then which share of the files of texts was read; None for nobody.
        arrays: Where arrays as long as the stream are kept.

    Raises:
        MissingFileError: If the path does not exist; code "path-missing".
        TextFileError: If a file is no text in its encoding, a table, JSON or a device, or a line of it no conversation;
            codes as in `read_texts`, `recognise` and `read_conversations`.
        InputTypeError: If `source` is neither, or its items are not all texts or all conversations; codes
            "single-conversation" and "item-not-conversation", and those of `check_texts`.
        InputError: If names of files are given, a folder has both kinds, a conversation has no turn, or there is
            nothing, or no reply, to learn; codes "list-of-files", "folder-mixed", "conversation-empty",
            "no-turn-to-learn", "no-replies" and "no-words".
        ConfigError: If `unit`, `encoding` or `errors` are none, or are given for something else than files of text;
            codes "option-out-of-range", "encoding-unknown" and "option-without-effect".
        FileAccessError: If the stream is too long for the memory and there is no room for a temporary file; code
            "temporary-file-not-writable".

    Examples:
        >>> corpus = read_corpus(["I like tea.", "Me too."], TokenizerConfig())
        >>> corpus.texts.lengths.tolist(), corpus.loss_mask.all().item()
        ([5, 4], True)
    """
    # Here, not above: readers of ten formats take 0.1 s to import, and who only predicts reads no files.
    from nextword.corpus.encodings.decoding import check_decoding
    from nextword.corpus.encodings.file_errors import check_start
    from nextword.corpus.following import followed
    from nextword.corpus.readers.conversations.reading import conversations_of
    from nextword.corpus.sources import find_source, read_source, refuse_options, texts_given
    from nextword.corpus.tally import Tally

    check_choice("unit", unit, (None, "line", "paragraph"))
    decoding = check_decoding(encoding, errors)
    tally = Tally()
    if isinstance(source, str | os.PathLike):
        files, are_conversations = find_source(source, tally, decoding)
        if not are_conversations:
            texts = read_source(files, unit, decoding, tally)
            indexed = index_texts(
                texts if reached is None else followed(texts, files, tally, reached), config, "lines", arrays=arrays
            )
            return _of_texts(indexed, config, tally.notes(decoding), arrays)
        refuse_options("these are conversations", unit=unit)
        for file in files:
            check_start(file, decoding)
        talks = conversations_of(files, decoding, tally.left_out)
        corpus = _of_conversations(talks, config, replies_only, seed, arrays)
        read = len(corpus.texts.lengths)
        note = Note(
            f"Read {read:,} conversations of {'1 file' if len(files) == 1 else f'{len(files):,} files'}.",
            code="read-conversations",
            files=len(files),
            conversations=read,
        )
        return replace(corpus, notes=(note, *tally.notes(), *corpus.notes))
    refuse_options("texts were given", unit=unit, encoding=encoding, errors=errors)
    if isinstance(source, Conversation):
        raise InputTypeError(
            "`source` is an iterable of conversations; received a single one. Pass [conversation].",
            code="single-conversation",
        )
    given: Iterable[Any] = source
    check_texts(given, "source")  # that it is an iterable of the right kind
    if not isinstance(given, TextIOBase):
        items = iter(given)
        first = list(islice(items, 1))
        given = chain(first, items)
        if first and isinstance(first[0], Conversation):
            return _of_conversations(given, config, replies_only, seed, arrays)
    indexed = index_texts(texts_given(given, tally), config, "lines", arrays=arrays)
    return _of_texts(indexed, config, tally.notes(), arrays)


def _of_texts(indexed: IndexedTexts, config: TokenizerConfig, notes: tuple[Note, ...], arrays: LongArrays) -> Corpus:
    if not len(indexed.lengths):
        raise InputError(
            "`source` has no texts: none came in. Give at least one with a word in it.", code="no-words", texts=0
        )
    if config.level == "word":
        notes = (*notes, *describe_tokenised(indexed))
    ends = [number for number, word in enumerate(indexed.words) if word == LINE_BREAK or word in SENTENCE_ENDS]
    numbers = indexed.word_numbers
    is_end = arrays.joined((np.isin(numbers[part], ends) for part in pieces_of(len(numbers))), np.bool_)
    every = every_token(len(numbers))
    return Corpus(indexed, is_end, every, every, notes=notes, arrays=arrays)


def _of_conversations(
    conversations: Iterable[object], config: TokenizerConfig, replies_only: bool, seed: int, arrays: LongArrays
) -> Corpus:
    segmenter = build_segmenter(config.segmenter)
    number_of: defaultdict[str, int] = defaultdict(count(len(ROLES)).__next__)
    sizes = array("q")

    def tokens_of_talks() -> Iterator[NDArray[Any]]:
        for position, conversation in enumerate(check_conversations(conversations)):
            if not conversation.turns:
                raise InputError(
                    f"a conversation to learn from has turns; that at position {position} has none.",
                    code="conversation-empty",
                    position=position,
                )
            numbers, roles = array("i"), bytearray()
            for (role, text), weight in zip(conversation.turns, conversation.turn_weights, strict=True):
                words = split_words(one_line(text), level=config.level, segmenter=segmenter)
                words.append(LINE_BREAK)
                numbers.append(ROLES.index(role))
                numbers.extend(map(number_of.__getitem__, words))
                # Role tokens are no targets: who speaks next is given, not predicted.
                roles += bytes([_NO_TARGET, *[ROLES.index(role) if weight else _NO_TARGET] * len(words)])
            numbers.append(number_of[LINE_BREAK])
            roles.append(_NO_TARGET)  # nor is the end of the conversation
            sizes.append(len(numbers))
            tokens = np.empty(len(numbers), _TOKEN)
            tokens["number"], tokens["role"] = numbers, np.frombuffer(roles, np.uint8)
            yield tokens

    as_given = arrays.joined(tokens_of_talks(), _TOKEN)
    lengths = np.array(sizes, np.int64)
    ends = np.cumsum(lengths)
    order = np.random.default_rng(seed).permutation(len(lengths))
    talks = zip((ends - lengths)[order].tolist(), ends[order].tolist(), strict=True)
    tokens = arrays.joined((as_given[first:last] for first, last in talks), _TOKEN)
    roles, stream = tokens["role"], arrays.joined((tokens["number"][part] for part in pieces_of(len(tokens))), np.int32)
    is_reply = roles == ROLES.index("assistant")
    # An instruction is given, never said: a model that learns to say it has less room for what it is asked for.
    mask = is_reply if replies_only else is_reply | (roles == ROLES.index("user"))
    if len(mask) and not mask.any():
        raise InputError(
            '`replies_only` learns the turns of "assistant" with a weight above 0, and there is none. Leave it out, or '
            "name them."
            if replies_only
            else 'there is nothing to learn: no turn of "user" or "assistant" has a weight above 0.',
            code="no-replies" if replies_only else "no-turn-to-learn",
        )
    indexed = IndexedTexts((*ROLE_TOKENS, *number_of), stream, lengths[order])
    is_end = np.zeros(len(stream), np.bool_)
    is_end[np.cumsum(indexed.lengths) - 1] = True
    notes = (Note("Learns the replies only.", code="replies-only"),) if replies_only else ()
    return Corpus(indexed, is_end, mask, is_reply if is_reply.any() else mask, ROLE_TOKENS, notes, arrays)
