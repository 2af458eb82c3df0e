"""How probable the spelling of a word is: what an unknown word costs beside `<unk>`.

Input: a vocabulary. Output: a frozen `Speller`, a character model of its words that gives any word a probability. It is
counted from the words themselves, so a bundle stores nothing for it. A word is its characters and an end; no word is
empty. A character that no word has is drawn from all others of Unicode alike, so the probabilities of all words, of any
characters and length, sum to 1, and models of any vocabulary and level compare.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.tokens.texts import check_text
from nextword.tokens.vocabulary import Vocabulary

# Characters are expected from the three before them. Bits for an unknown word of English web pages at orders 3, 4 and
# 5: 32.5, 31.3 and 31.0; of Chinese newspapers 28.7, 29.3 and 30.0. Witten-Bell smoothing needs 0.3 to 2 more.
ORDER = 4
DISCOUNT = 0.75

# All of Unicode that a text can have: the code points without the surrogates, which stand for U+FFFD here as they do
# in cleaned text.
SCALAR_VALUES = 0x110000 - 0x800
_FIRST_SURROGATE, _LAST_SURROGATE, _REPLACEMENT = 0xD800, 0xDFFF, 0xFFFD

# The number of the sign at both edges of a word: read before it, written behind it. Characters have numbers from 1.
_EDGE = 0


@dataclass(frozen=True, slots=True, eq=False)
class Speller:
    """A character model of words: interpolated Kneser-Ney of order 4; made by `build_speller`.

    Args:
        alphabet: Code points of the known characters in ascending order, int64 of shape (A,).
        keys: For each order from 2 on, the n-grams in ascending order, int64: number of the context times A + 1, plus
            the number of the character.
        shares: For each order from 1 on, the discounted relative frequency of each n-gram, float64.
        backoffs: For each order from 2 on, the probability that is left for the shorter context, by context, float64.
        unseen: Probability of each single character that is not in the alphabet, without a context.

    Examples:
        >>> speller = build_speller(Vocabulary(("<pad>", "<unk>", "<eos>", "tea", "team", "meat")))
        >>> speller.log_probability("mate") > speller.log_probability("xyzq")
        True

    References:
        Kneser and Ney, 1995, Improved backing-off for m-gram language modeling.
    """

    alphabet: NDArray[np.int64]
    keys: tuple[NDArray[np.int64], ...]
    shares: tuple[NDArray[np.float64], ...]
    backoffs: tuple[NDArray[np.float64], ...]
    unseen: float

    def log_probability(self, word: str) -> float:
        """Return the log-probability of a spelling, in nats.

        Args:
            word: Any word of at least one character, known or not.

        Returns:
            A finite number below 0; the probabilities of all words sum to 1.

        Raises:
            InputTypeError: If `word` is no `str`; code "text-not-str".
            InputError: If it is empty; code "word-empty".
        """
        return float(self.log_probabilities([word])[0])

    def log_probabilities(self, words: Iterable[str]) -> NDArray[np.float64]:
        """Return the log-probabilities of many spellings, faster than one by one.

        Args:
            words: Words of at least one character each.

        Returns:
            Nats, float64 of shape (words,).

        Raises:
            InputTypeError: If one is no `str`; code "text-not-str".
            InputError: If one is empty; code "word-empty".
        """
        words = [check_text("word", word) for word in words]
        if not words:
            return np.zeros(0)
        if not all(words):
            raise InputError("an empty word has no spelling; give at least one character.", code="word-empty")
        numbers = _positions(self.alphabet, _code_points("".join(words))) + 1  # 0 for characters it does not have
        lengths = np.fromiter(map(len, words), np.int64, len(words))
        starts = np.cumsum(lengths + 1) - lengths - 1
        targets = np.full(len(numbers) + len(words), _EDGE)  # the characters of each word, and its end
        targets[np.arange(len(numbers)) + np.repeat(np.arange(len(words)), lengths)] = np.where(numbers, numbers, -1)
        known = targets >= 0
        probabilities = np.where(known, self.shares[0][targets], self.unseen)
        # The n-gram of the order below before each target, -1 where it was never seen.
        contexts = np.roll(targets, 1)
        contexts[starts] = _EDGE
        for keys, shares, backoffs in zip(self.keys, self.shares[1:], self.backoffs, strict=True):
            seen = contexts >= 0
            found = _positions(keys, np.where(seen & known, contexts * (len(self.alphabet) + 1) + targets, -1))
            probabilities[seen] *= backoffs[contexts[seen]]
            probabilities[found >= 0] += shares[found[found >= 0]]
            contexts = np.roll(found, 1)
            contexts[starts] = -1
        no_end = -self.backoffs[0][_EDGE] * self.shares[0][_EDGE]  # the end does not come first
        return np.add.reduceat(np.log(probabilities), starts) - math.log1p(no_end)


def build_speller(vocabulary: Vocabulary) -> Speller:
    """Count a character model of the words of a vocabulary, each once; special and role tokens are left out.

    Unknown words are rare ones, and rare words are spelt as most words of a vocabulary are, not as most of a text.

    Args:
        vocabulary: The words; 50,000 take about 0.2 s, and no time when asked again.

    Returns:
        A speller, the same for the same words.

    Examples:
        >>> speller = build_speller(Vocabulary(("<pad>", "<unk>", "<eos>", "tea")))
        >>> round(speller.log_probability("tea"), 2), round(speller.log_probability("茶"), 2)
        (-2.7, -15.9)
    """
    if not vocabulary._spellers:
        vocabulary._spellers.append(_count(vocabulary))
    speller: Speller = vocabulary._spellers[0]
    return speller


def _count(vocabulary: Vocabulary) -> Speller:
    words = vocabulary.words[vocabulary.first_word :]
    points = _code_points("".join(words))
    alphabet, inverse = np.unique(points, return_inverse=True)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    # All words in a row, one sign of the edge between them: it ends a word and begins the next.
    stream = np.full(len(points) + len(words) + 1, _EDGE, np.int64)
    position_in_word = np.arange(len(points)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    stream[np.arange(len(points)) + np.repeat(np.arange(1, len(words) + 1), lengths)] = inverse + 1
    reach = np.zeros(len(stream), np.int64)  # how many signs of its own word stand before each
    reach[stream != _EDGE] = position_in_word + 1
    reach[np.cumsum(lengths + 1)] = lengths + 1

    keys, firsts, counts = [], [], []
    contexts, numbers = stream, np.full(len(stream), -1)
    for order in range(2, ORDER + 1):
        ends = np.flatnonzero(reach >= order - 1)
        unique, first, inverse, count = np.unique(
            contexts[ends - 1] * (len(alphabet) + 1) + stream[ends],
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        numbers = np.full(len(stream), -1)
        numbers[ends] = inverse
        keys.append(unique)
        firsts.append(ends[first])
        counts.append((numbers, count))
        contexts = numbers
    return _speller(alphabet, stream, reach, keys, firsts, counts)


def _speller(
    alphabet: NDArray[np.int64],
    stream: NDArray[np.int64],
    reach: NDArray[np.int64],
    keys: list[NDArray[np.int64]],
    firsts: list[NDArray[np.int64]],
    counts: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
) -> Speller:
    """Return the model of counted n-grams: below the highest order they count by the characters seen before them."""
    size = len(alphabet) + 1
    unigrams = np.bincount(stream[firsts[0]], minlength=size)
    unigrams[_EDGE] += 1  # so that there is one also without words
    total = int(unigrams.sum())
    shares = [np.maximum(unigrams - DISCOUNT, 0.0) / total]
    left = DISCOUNT * np.count_nonzero(unigrams) / total
    backoffs = []
    contexts_below = size
    for order, (unique, first, (numbers, count)) in enumerate(zip(keys, firsts, counts, strict=True), start=2):
        if order < ORDER:
            before = np.bincount(numbers[firsts[order - 1]], minlength=len(unique))
            count = np.where(reach[first] == order - 1, count, before)  # nothing stands before the edge of a word
        contexts = unique // size
        totals = np.bincount(contexts, count, minlength=contexts_below)
        followers = np.bincount(contexts, minlength=contexts_below)
        shares.append((count - DISCOUNT) / totals[contexts])
        backoffs.append(np.where(totals > 0, DISCOUNT * followers / np.maximum(totals, 1), 1.0))
        contexts_below = len(unique)
    arrays = (alphabet, *keys, *shares, *backoffs)
    for array in arrays:
        array.flags.writeable = False
    return Speller(
        alphabet, tuple(keys), tuple(shares), tuple(backoffs), unseen=float(left / (SCALAR_VALUES - len(alphabet)))
    )


def _code_points(text: str) -> NDArray[np.int64]:
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    return np.where((points >= _FIRST_SURROGATE) & (points <= _LAST_SURROGATE), _REPLACEMENT, points)


def _positions(ascending: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where numbers stand in an array, -1 for those that it lacks."""
    if not len(ascending):
        return np.full(len(wanted), -1)
    found = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return np.where(ascending[found] == wanted, found, -1)
