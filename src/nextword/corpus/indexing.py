r"""Texts -> numbered words, before there is a vocabulary.

Input: texts in any iterable. Output: `IndexedTexts`, which can be split before the vocabulary is built, so that the
vocabulary comes from the training part alone and the texts are read only once.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.files.temporary import IN_MEMORY, PIECE, LongArrays
from nextword.tokens.segmentation import build_segmenter
from nextword.tokens.texts import check_texts
from nextword.tokens.tokenizer import LINE_BREAK, TokenizerConfig
from nextword.tokens.words import split_words


@dataclass(frozen=True, slots=True, eq=False)
class IndexedTexts:
    r"""Texts as one stream of numbered words.

    Attributes:
        words: The different words in order of appearance, "\n" for line and text ends among them.
        word_numbers: Positions in `words` of all N tokens, int32 of shape (N,); each text is closed by a "\n".
        lengths: Tokens of every text, int64 of shape (number of texts,).
    """

    words: tuple[str, ...]
    word_numbers: NDArray[np.int32]
    lengths: NDArray[np.int64]


def index_texts(
    texts: Iterable[str],
    config: TokenizerConfig = TokenizerConfig(),
    name: str = "texts",
    *,
    arrays: LongArrays = IN_MEMORY,
) -> IndexedTexts:
    r"""Read texts once and number their words by appearance.

    Args:
        texts: Any iterable of `str`; strings are not kept.
        config: Level and segmenter.
        name: What errors call the texts; as of `check_texts`.
        arrays: Where the numbers are kept.

    Raises:
        InputTypeError, InputError: If `texts` is one `str`, an item is no `str`, or they are names of files; codes as
            in `check_texts`.
        FileAccessError: If they are too many for the memory and there is no room for a temporary file; code
            "temporary-file-not-writable".

    Examples:
        >>> indexed = index_texts(["a b", "b"])
        >>> indexed.words, indexed.word_numbers.tolist(), indexed.lengths.tolist()
        (('a', 'b', '\n'), [0, 1, 2, 1, 2], [3, 2])
    """
    segmenter = build_segmenter(config.segmenter)
    number_of: defaultdict[str, int] = defaultdict()
    number_of.default_factory = number_of.__len__
    lengths = array("q")

    def pieces() -> Iterator[NDArray[np.int32]]:
        numbers = array("i")
        for text in check_texts(texts, name):
            before = len(numbers)
            numbers.extend(map(number_of.__getitem__, split_words(text, level=config.level, segmenter=segmenter)))
            numbers.append(number_of[LINE_BREAK])
            lengths.append(len(numbers) - before)
            if len(numbers) >= PIECE:
                yield np.array(numbers, np.int32)
                numbers = array("i")
        yield np.array(numbers, np.int32)

    word_numbers = arrays.joined(pieces(), np.int32)
    return IndexedTexts(tuple(number_of), word_numbers, np.array(lengths, np.int64))
