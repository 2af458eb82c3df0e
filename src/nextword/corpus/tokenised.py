"""Whether texts were cut into tokens before, as corpora are: then their tokens are to be kept as they are.

Input: numbered words. Output: a note. Level "word" cuts such texts once more, so that `<unk>` becomes three marks,
which a model then suggests.
"""

import numpy as np
from numpy.typing import NDArray

from nextword.corpus.indexing import IndexedTexts
from nextword.errors import Note
from nextword.files.temporary import pieces_of

# Pieces as tokenisers of English write them, and as level "word" cuts them: "s" is cut from "'" where both stand alone.
_PIECES = (
    ("n't",),
    ("<", "unk", ">"),
    ("'", "s"),
    ("'", "re"),
    ("'", "ll"),
    ("'", "ve"),
    ("-", "LRB", "-"),
    ("@", "-", "@"),
)

# So many of them, and several times as many as there are whole words with an apostrophe, are no accident.
LEAST, TIMES = 5, 4


def describe_tokenised(texts: IndexedTexts) -> tuple[Note, ...]:
    """Return a note if texts, read at level "word", look tokenised already.

    Args:
        texts: The texts, as level "word" cuts them.

    Returns:
        A note with the code "looks-tokenised" and the figures `pieces` and `whole_words`, or nothing.

    Examples:
        >>> from nextword.corpus.indexing import index_texts
        >>> describe_tokenised(index_texts(["I do n't know <unk> ."] * 5))[0].code
        'looks-tokenised'
        >>> describe_tokenised(index_texts(["I don't know it's name."] * 5))
        ()
    """
    number_of = {word: number for number, word in enumerate(texts.words)}
    pieces = sum(_count(texts.word_numbers, [number_of.get(word, -1) for word in piece]) for piece in _PIECES)
    if pieces < LEAST:
        return ()
    with_apostrophe = [number for word, number in number_of.items() if "'" in word[1:-1] and word != "n't"]
    numbers = texts.word_numbers
    whole_words = sum(int(np.isin(numbers[part], with_apostrophe).sum()) for part in pieces_of(len(numbers)))
    if pieces < TIMES * whole_words:
        return ()
    sentence = (
        f"The texts look tokenised already: pieces such as `n't`, `'s` and `<unk>` stand alone {pieces:,} times. Keep "
        'their tokens as they are with TokenizerConfig(level="whitespace").'
    )
    return (Note(sentence, code="looks-tokenised", pieces=pieces, whole_words=whole_words),)


def _count(numbers: NDArray[np.int32], piece: list[int]) -> int:
    """Return how often numbers stand in a row."""
    if min(piece) < 0:
        return 0
    count = 0
    for part in pieces_of(max(0, len(numbers) - len(piece) + 1)):
        places = np.ones(part.stop - part.start, np.bool_)
        for offset, number in enumerate(piece):
            places &= numbers[part.start + offset : part.stop + offset] == number
        count += int(np.count_nonzero(places))
    return count
