"""Words <-> token ids.

Enters: texts. Leaves: a frozen `Tokenizer` that turns any text into ids and back. The vocabulary comes from the given
texts only; unknown words keep their place in the context as `<unk>`.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import ConfigError, InputError, check_ids, check_integer
from nextword.tokens.segmentation import Segmenter, build_segmenter
from nextword.tokens.texts import check_texts
from nextword.tokens.vocabulary import (
    EOS_ID,
    PAD_ID,
    SPECIAL_TOKENS,
    UNK_ID,
    Vocabulary,
    build_vocabulary,
    extend_vocabulary,
)
from nextword.tokens.words import Level, join_words, split_words

LINE_BREAK = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizerConfig:
    """How text becomes words, and which words are kept.

    Args:
        level: "word" cuts raw text by the rules of `nextword.tokens.words`; "whitespace" takes text that is already
            tokenised, and honours `<unk>` in it; "char" makes every character a token.
        segmenter: What cuts runs of Chinese at level "word": "rjieba", "characters", or a function from a `str` to its
            words. A function is not saved with a model; give it again when loading.
        min_count: Words seen less often than this become `<unk>`.
        max_vocabulary: Largest vocabulary V, special tokens included; None for no limit.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range.
    """

    level: Level = "word"
    segmenter: Literal["rjieba", "characters"] | Segmenter = "rjieba"
    min_count: int = 1
    max_vocabulary: int | None = None

    def __post_init__(self) -> None:
        """Check the options."""
        if self.level not in get_args(Level):
            raise ConfigError(f"`level` must be one of {get_args(Level)}; received {self.level!r}.")
        build_segmenter(self.segmenter)
        check_integer("min_count", self.min_count, 1)
        if self.max_vocabulary is not None:
            check_integer("max_vocabulary", self.max_vocabulary, len(SPECIAL_TOKENS) + 1)


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Turns texts into token ids and back; made by `build_tokenizer`.

    Examples:
        >>> tokenizer = build_tokenizer(["Tea, please!", "我喜欢吃苹果。"])
        >>> tokenizer.decode(tokenizer.encode("我喜欢吃苹果。"))
        '我喜欢吃苹果。'
    """

    vocabulary: Vocabulary
    config: TokenizerConfig = TokenizerConfig()

    def split(self, text: str) -> list[str]:
        r"""Return the words of a text as they are, known or not; "\n" stands for a line break."""
        return split_words(text, level=self.config.level, segmenter=build_segmenter(self.config.segmenter))

    def encode(self, text: str) -> NDArray[np.int32]:
        """Return the token ids of one text, int32 of shape (N,); a line break inside it is `<eos>`, nothing is added.

        Args:
            text: One text; empty is fine.

        Raises:
            InputTypeError: If `text` is no `str`.
        """
        return self.ids_of(self.split(text))

    def ids_of(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Return the ids of words as `split` gives them, int32 of the same length."""
        ids = self.vocabulary.exact_ids(words)
        # What the vocabulary lacks, other casings and line breaks, is looked at again.
        for position in np.flatnonzero(ids == UNK_ID).tolist():
            word = words[position]
            ids[position] = EOS_ID if word == LINE_BREAK else self.vocabulary.id_of(word)
        return ids

    def join(self, words: Iterable[str]) -> str:
        r"""Return readable text from words as `split` gives them."""
        return join_words(words, level=self.config.level)

    def decode(self, ids: ArrayLike) -> str:
        r"""Return the readable text of token ids; `<eos>` becomes "\n", `<pad>` is left out.

        Args:
            ids: Integers of shape (N,), each below V.

        Raises:
            InputError: If an id is outside the vocabulary, naming it and its position.
        """
        array = check_ids(ids, len(self.vocabulary))
        words = self.vocabulary.words
        kept = [
            LINE_BREAK if token_id == EOS_ID else words[token_id] for token_id in array.tolist() if token_id != PAD_ID
        ]
        return self.join(kept)


def build_tokenizer(texts: Iterable[str], config: TokenizerConfig = TokenizerConfig()) -> Tokenizer:
    """Build the vocabulary of the given texts, and of nothing else.

    The texts are read once and not kept: memory grows with the number of different words, not with the text. The most
    frequent words come first, equal counts in code point order.

    Args:
        texts: Any iterable of `str`, a generator too.
        config: Level, segmenter and limits of the vocabulary.

    Raises:
        InputTypeError: If `texts` is one `str`, or an item is no `str`.
        InputError: If there is no word in them.

    Examples:
        >>> tokenizer = build_tokenizer(["to be or not to be"])
        >>> tokenizer.vocabulary
        Vocabulary(7 words: 'be', 'to', 'not', 'or')
        >>> tokenizer.encode("to be forever").tolist()
        [4, 3, 1]
    """
    segmenter = build_segmenter(config.segmenter)
    counts: Counter[str] = Counter()
    for text in check_texts(texts):
        counts.update(split_words(text, level=config.level, segmenter=segmenter))
        counts[LINE_BREAK] += 1
    return tokenizer_from_counts(counts, config)


def tokenizer_from_counts(
    counts: Mapping[str, int], config: TokenizerConfig, roles: Mapping[str, int] | None = None
) -> Tokenizer:
    r"""Build a tokenizer from the counts of words, "\n" standing for line and text ends, and of role tokens.

    Raises:
        InputError: If there is no word.
    """
    vocabulary = build_vocabulary(
        _words_of(counts),
        end_count=counts.get(LINE_BREAK, 0),
        min_count=config.min_count,
        max_vocabulary=config.max_vocabulary,
        roles=roles,
    )
    return Tokenizer(vocabulary, config)


def extend_tokenizer(
    tokenizer: Tokenizer, counts: Mapping[str, int], roles: Mapping[str, int] | None = None
) -> Tokenizer:
    r"""Return a tokenizer that knows counted words too, behind its own; its own options decide which.

    Args:
        tokenizer: It stays as it is.
        counts: How often each word was seen, "\n" standing for line and text ends.
        roles: How often each role token was seen.

    Raises:
        InputError: If there is no word.
    """
    vocabulary = extend_vocabulary(
        tokenizer.vocabulary,
        _words_of(counts),
        end_count=counts.get(LINE_BREAK, 0),
        min_count=tokenizer.config.min_count,
        max_vocabulary=tokenizer.config.max_vocabulary,
        roles=roles,
    )
    return Tokenizer(vocabulary, tokenizer.config)


def _words_of(counts: Mapping[str, int]) -> dict[str, int]:
    words = {word: count for word, count in counts.items() if word != LINE_BREAK}
    if not words:
        raise InputError(
            f"there is no word to learn from: {counts.get(LINE_BREAK, 0)} texts came in, none with a word. Give at "
            "least one."
        )
    return words


@dataclass(frozen=True, slots=True, eq=False)
class IndexedTexts:
    r"""Texts as numbers before there is a vocabulary, so that they can be split first and are read once only.

    Attributes:
        words: The different words in order of appearance, "\n" for line and text ends among them.
        numbers: Positions in `words` of all tokens, int32 of shape (N,); each text is closed by a "\n".
        lengths: Tokens of every text, int64 of shape (number of texts,).
    """

    words: tuple[str, ...]
    numbers: NDArray[np.int32]
    lengths: NDArray[np.int64]


def index_texts(texts: Iterable[str], config: TokenizerConfig = TokenizerConfig()) -> IndexedTexts:
    """Read texts once and number their words by appearance.

    Args:
        texts: Any iterable of `str`; strings are not kept.
        config: Level and segmenter.

    Raises:
        InputTypeError: If `texts` is one `str`, or an item is no `str`.
    """
    segmenter = build_segmenter(config.segmenter)
    number_of: defaultdict[str, int] = defaultdict()
    number_of.default_factory = number_of.__len__
    numbers, lengths = array("i"), array("q")
    for text in check_texts(texts):
        before = len(numbers)
        numbers.extend(map(number_of.__getitem__, split_words(text, level=config.level, segmenter=segmenter)))
        numbers.append(number_of[LINE_BREAK])
        lengths.append(len(numbers) - before)
    return IndexedTexts(tuple(number_of), np.array(numbers, np.int32), np.array(lengths, np.int64))


def encode_texts(tokenizer: Tokenizer, texts: Iterable[str]) -> NDArray[np.int32]:
    """Encode texts as one stream: each text's ids, then one `<eos>`.

    Args:
        tokenizer: What `build_tokenizer` returned.
        texts: Any iterable of `str`; read once, strings are not kept.

    Returns:
        Token ids, int32 of shape (N,); N counts all words and one `<eos>` a text.

    Raises:
        InputTypeError: If `texts` is one `str`, or an item is no `str`.

    Examples:
        >>> tokenizer = build_tokenizer(["a b", "c"])
        >>> encode_texts(tokenizer, ["a", "b c"]).tolist()
        [3, 2, 4, 5, 2]
    """
    segmenter, level = build_segmenter(tokenizer.config.segmenter), tokenizer.config.level

    ids = array("i")
    for text in check_texts(texts):
        words = split_words(text, level=level, segmenter=segmenter)
        words.append(LINE_BREAK)
        ids.frombytes(tokenizer.ids_of(words).tobytes())
    return np.array(ids, np.int32)


@dataclass(frozen=True, slots=True, kw_only=True)
class OovReport:
    """Which words of some texts are outside a vocabulary.

    Attributes:
        tokens: Number of words looked at, line ends not counted.
        unknown: How many of them are outside the vocabulary.
        words: The unknown words with their counts, the most frequent first.
    """

    tokens: int
    unknown: int
    words: tuple[tuple[str, int], ...]

    @property
    def rate(self) -> float:
        """Share of words outside the vocabulary, 0 to 1."""
        return self.unknown / self.tokens if self.tokens else 0.0


def report_oov(tokenizer: Tokenizer, texts: Iterable[str], *, most_common: int = 20) -> OovReport:
    """Count the words of `texts` that the vocabulary lacks (OOV, out of vocabulary).

    Args:
        tokenizer: What `build_tokenizer` returned.
        texts: Any iterable of `str`.
        most_common: How many unknown words to list.

    Raises:
        InputTypeError: If `texts` is one `str`, or an item is no `str`.

    Examples:
        >>> report_oov(build_tokenizer(["tea and milk"]), ["tea and rum"]).words
        (('rum', 1),)
    """
    counts: Counter[str] = Counter()
    for text in check_texts(texts):
        counts.update(word for word in tokenizer.split(text) if word != LINE_BREAK)
    unknown = {word: count for word, count in counts.items() if tokenizer.vocabulary.id_of(word) == UNK_ID}
    ranked = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    return OovReport(tokens=counts.total(), unknown=sum(unknown.values()), words=tuple(ranked[:most_common]))
