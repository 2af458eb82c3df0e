"""Words <-> token ids.

Input: texts. Output: a frozen `Tokenizer` that turns any text into ids and back. The vocabulary comes from the given
texts only; unknown words keep their place in the context as `<unk>`.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import (
    InputError,
    check_choice,
    check_config,
    check_ids,
    check_integer,
    check_kind,
    take_plain_numbers,
)
from nextword.tokens.counts import build_vocabulary, extend_vocabulary, merge_spellings
from nextword.tokens.joining import join_words
from nextword.tokens.segmentation import Segmenter, build_segmenter
from nextword.tokens.texts import check_text, check_texts
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, SPECIAL_TOKENS, UNK_ID, Vocabulary, check_vocabulary
from nextword.tokens.words import LEVELS, Level, split_words

LINE_BREAK = "\n"
"""The token of a line break, and of the end of a text; its id is that of `<eos>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizerConfig:
    """How text becomes words, and which words the vocabulary lists.

    Args:
        level: "word" cuts raw text by the rules of `nextword.tokens.words`; "whitespace" takes text that is already
            tokenised, and honours `<unk>` in it; "char" makes every character a token.
        segmenter: What cuts runs of Chinese at level "word": "rjieba", "characters", or a function from a `str` to its
            words. A function is not saved with a model; give it again when loading.
        min_count: Words seen less often than this become `<unk>`.
        max_vocabulary: Largest vocabulary V, special tokens included; None for no limit.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range; code "option-out-of-range".

    Examples:
        >>> TokenizerConfig(level="char", max_vocabulary=5_000)
        TokenizerConfig(level='char', segmenter='rjieba', min_count=1, max_vocabulary=5000)
    """

    level: Level = "word"
    segmenter: Literal["rjieba", "characters"] | Segmenter = "rjieba"
    min_count: int = 1
    max_vocabulary: int | None = None

    def __post_init__(self) -> None:
        """Check the options."""
        take_plain_numbers(self)
        check_choice("level", self.level, LEVELS)
        build_segmenter(self.segmenter)
        check_integer("min_count", self.min_count, 1)
        if self.max_vocabulary is not None:
            check_integer("max_vocabulary", self.max_vocabulary, len(SPECIAL_TOKENS) + 1)


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """Turns texts into token ids and back; made by `build_tokenizer`.

    Args:
        vocabulary: The words that have ids.
        config: How text is split.

    Raises:
        InputTypeError: If `vocabulary` is no `Vocabulary` (code "not-a-vocabulary") or `config` no `TokenizerConfig`
            (code "wrong-kind").

    Examples:
        >>> tokenizer = build_tokenizer(["Tea, please!", "我喜欢吃苹果。"])
        >>> tokenizer.decode(tokenizer.encode("我喜欢吃苹果。"))
        '我喜欢吃苹果。'
    """

    vocabulary: Vocabulary
    config: TokenizerConfig = TokenizerConfig()

    def __post_init__(self) -> None:
        """Check the kinds."""
        check_vocabulary(self.vocabulary)
        check_config(self.config, TokenizerConfig)

    def split(self, text: str) -> list[str]:
        r"""Return the words of a text as written, known or not; "\n" stands for a line break.

        Args:
            text: One text; empty is fine.

        Raises:
            InputTypeError: If `text` is no `str`; code "text-not-str".
        """
        return split_words(
            check_text("text", text), level=self.config.level, segmenter=build_segmenter(self.config.segmenter)
        )

    def encode(self, text: str) -> NDArray[np.int32]:
        """Return the token ids of one text; a line break inside it is `<eos>`, nothing is added at its end.

        Args:
            text: One text of N words; empty is fine.

        Returns:
            Token ids, int32 of shape (N,).

        Raises:
            InputTypeError: If `text` is no `str`; code "text-not-str".
        """
        return self.ids_of(self.split(text))

    def ids_of(self, words: Sequence[str]) -> NDArray[np.int32]:
        """Return the ids of words.

        Args:
            words: N words as `split` gives them.

        Returns:
            Token ids, int32 of shape (N,).

        Raises:
            InputTypeError: If `words` is one `str`, or an item is no `str`; codes as in `check_texts`.
        """
        if not isinstance(words, list | tuple):
            words = list(check_texts(words, "words"))
        ids = self.vocabulary.exact_ids(words)
        # Line breaks and words in another casing are not found at first.
        for position in np.flatnonzero(ids == UNK_ID).tolist():
            word = words[position]
            ids[position] = EOS_ID if word == LINE_BREAK else self.vocabulary.id_of(word)
        return ids

    def join(self, words: Iterable[str]) -> str:
        r"""Return readable text from words.

        Args:
            words: Words as `split` gives them.

        Raises:
            InputTypeError: If `words` is one `str`, or an item is no `str`; codes "single-text" and "text-not-str".
        """
        return join_words(words, level=self.config.level)

    def decode(self, ids: ArrayLike) -> str:
        r"""Return the readable text of token ids; `<eos>` becomes "\n", `<pad>` is left out.

        Args:
            ids: Integers of shape (N,), each below V.

        Raises:
            InputTypeError: If they are no integers; codes "ids-not-integers" and "ids-ragged".
            InputError: If the shape is another, or an id is outside the vocabulary; codes "ids-shape" and
                "id-outside-vocabulary".
        """
        array = check_ids(ids, len(self.vocabulary))
        words = self.vocabulary.words
        return self.join(
            LINE_BREAK if token_id == EOS_ID else words[token_id] for token_id in array.tolist() if token_id != PAD_ID
        )


def build_tokenizer(texts: Iterable[str], config: TokenizerConfig = TokenizerConfig()) -> Tokenizer:
    """Build the vocabulary of the given texts, and of nothing else.

    The texts are read once and not kept: memory grows with the number of different words, not with the text. The most
    frequent words come first, equal counts in code point order. At level "word" spellings that differ in apostrophes,
    hyphens and width only, such as `don’t` and `don't`, are one word, in the most frequent spelling.

    Args:
        texts: Any iterable of `str`, a generator too.
        config: Level, segmenter and limits of the vocabulary.

    Raises:
        InputTypeError: If `texts` is one `str`, or an item is no `str`; codes as in `check_texts`. If `config` is no
            `TokenizerConfig`; code "wrong-kind".
        InputError: If there is no word in them, or none is left; codes "no-words" and "vocabulary-empty".

    Examples:
        >>> tokenizer = build_tokenizer(["to be or not to be"])
        >>> tokenizer.vocabulary
        Vocabulary(7 words: 'be', 'to', 'not', 'or')
        >>> tokenizer.encode("to be forever").tolist()
        [4, 3, 1]
    """
    check_config(config, TokenizerConfig)
    segmenter = build_segmenter(config.segmenter)
    counts: Counter[str] = Counter()
    for text in check_texts(texts):
        counts.update(split_words(text, level=config.level, segmenter=segmenter))
        counts[LINE_BREAK] += 1
    return tokenizer_from_counts(counts, config)


def check_tokenizer(tokenizer: object) -> None:
    """Raise `InputTypeError` unless `tokenizer` is one.

    Args:
        tokenizer: What was given.

    Raises:
        InputTypeError: If it is something else; code "not-a-tokenizer".
    """
    has_one = isinstance(getattr(tokenizer, "tokenizer", None), Tokenizer)
    way_out = "Give its `.tokenizer`." if has_one else "`build_tokenizer(texts)` makes one, and `lm.tokenizer` is one."
    check_kind("tokenizer", tokenizer, Tokenizer, way_out, code="not-a-tokenizer")


def tokenizer_from_counts(
    counts: Mapping[str, int], config: TokenizerConfig, roles: Mapping[str, int] | None = None
) -> Tokenizer:
    r"""Build a tokenizer from counts.

    Args:
        counts: How often each word was seen, "\n" standing for line and text ends.
        config: Level, segmenter and limits of the vocabulary.
        roles: How often each role token was seen, in id order; None for a model of texts.

    Raises:
        InputError: If there is no word, or none is left; codes "no-words" and "vocabulary-empty".
    """
    words = _words_of(counts)
    vocabulary = build_vocabulary(
        merge_spellings(words) if config.level == "word" else words,
        end_count=counts.get(LINE_BREAK, 0),
        min_count=config.min_count,
        max_vocabulary=config.max_vocabulary,
        roles=roles,
    )
    return Tokenizer(vocabulary, config)


def extend_tokenizer(
    tokenizer: Tokenizer, counts: Mapping[str, int], roles: Mapping[str, int] | None = None
) -> Tokenizer:
    r"""Return a tokenizer whose vocabulary is followed by the new words of another text.

    Args:
        tokenizer: Its words keep their ids; its options decide which new words are listed.
        counts: How often each word was seen in the other text, "\n" standing for line and text ends.
        roles: How often each role token was seen in it.

    Raises:
        InputError: If there is no word; code "no-words".
    """
    words, known = _words_of(counts), tokenizer.vocabulary
    vocabulary = extend_vocabulary(
        known,
        merge_spellings(words, known[known.first_word :]) if tokenizer.config.level == "word" else words,
        end_count=counts.get(LINE_BREAK, 0),
        min_count=tokenizer.config.min_count,
        max_vocabulary=tokenizer.config.max_vocabulary,
        roles=roles,
    )
    return Tokenizer(vocabulary, tokenizer.config)


def _words_of(counts: Mapping[str, int]) -> dict[str, int]:
    words = {word: count for word, count in counts.items() if word != LINE_BREAK}
    if not words:
        texts = counts.get(LINE_BREAK, 0)
        raise InputError(
            f"there is no word to learn from: {texts} texts came in, none with a word. Give at least one.",
            code="no-words",
            texts=texts,
        )
    return words


def encode_texts(tokenizer: Tokenizer, texts: Iterable[str]) -> NDArray[np.int32]:
    """Encode texts as one stream: each text's ids, then one `<eos>`.

    Args:
        tokenizer: What `build_tokenizer` returned.
        texts: Any iterable of `str`; read once, strings are not kept.

    Returns:
        Token ids, int32 of shape (N,); N counts all words and one `<eos>` a text.

    Raises:
        InputTypeError: If `tokenizer` is no `Tokenizer` (code "not-a-tokenizer"); if `texts` is one `str`, or an item
            is no `str`, codes as in `check_texts`.

    Examples:
        >>> tokenizer = build_tokenizer(["a b", "c"])
        >>> encode_texts(tokenizer, ["a", "b c"]).tolist()
        [3, 2, 4, 5, 2]
    """
    check_tokenizer(tokenizer)
    segmenter, level = build_segmenter(tokenizer.config.segmenter), tokenizer.config.level
    ids = array("i")
    for text in check_texts(texts):
        words = split_words(text, level=level, segmenter=segmenter)
        words.append(LINE_BREAK)
        ids.frombytes(tokenizer.ids_of(words).tobytes())
    return np.array(ids, np.int32)
