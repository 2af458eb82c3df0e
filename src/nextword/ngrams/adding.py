"""Distributions of n-grams after several texts, added up together.

Input: the orders of an n-gram model and the contexts of texts. Output: their distributions, added to those of other
models in place. What follows a single word is a long list, so it is added up once for all texts that end with the word;
what follows more words are short lists, and those of all texts are added at once.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from nextword.ngrams.ngram_order import NgramOrder


def add_distributions(
    base: NDArray[np.float32],
    orders: Sequence["NgramOrder"],
    contexts: NDArray[np.int64],
    weights: NDArray[np.float32],
    total: NDArray[np.float32],
) -> None:
    """Add the next token's probabilities after each text, times its weight, in place.

    Args:
        base: Probabilities without any context, float32 of shape (V,).
        orders: Orders 2, 3, ... up to the highest.
        contexts: Rows of the contexts of 1, 2, ... words, -1 where there is none, int64 of shape (B, order - 1).
        weights: float32 of shape (B,).
        total: float32 of shape (B, V).
    """
    rest, scaled = weights.astype(np.float64), np.empty_like(base)
    for column in range(len(orders) - 1, 0, -1):  # each leaves a weight for the shorter ones
        _add_order(orders[column], contexts[:, column], rest, total)
    last_words = contexts[:, 0] if orders else np.full(len(contexts), -1)
    order = np.argsort(last_words, kind="stable")
    words: list[int] = last_words[order].tolist()
    if orders:
        of_words, discounted, backoff_weights = (
            orders[0].words,
            orders[0].discounted_probabilities,
            orders[0].backoff_weights,
        )
    word_before, after_word = -1, base
    for text, word, word_behind in zip(order.tolist(), words, [*words, -1][1:], strict=True):
        weight, row = np.float32(rest[text]), total[text]
        if word != word_before:
            span = slice(orders[0].starts[word], orders[0].starts[word + 1])
            following, probabilities = of_words[span], discounted[span]
            if word != word_behind:  # the only text that ends with the word
                row += np.multiply(base, weight * backoff_weights[word], out=scaled)
                row[following] += weight * probabilities
                continue
            after_word, word_before = base * backoff_weights[word], word
            after_word[following] += probabilities
        row += np.multiply(after_word, weight, out=scaled)


def _add_order(
    order: "NgramOrder", contexts: NDArray[np.int64], rest: NDArray[np.float64], total: NDArray[np.float32]
) -> None:
    """Add what follows the contexts (B,) of two words and more; `rest` (B,) becomes what is left to shorter ones."""
    texts = np.flatnonzero(contexts >= 0)
    rows = contexts[texts]
    starts, sizes = order.starts[rows], order.starts[rows + 1] - order.starts[rows]
    ends = np.cumsum(sizes)
    if len(ends) and ends[-1]:
        places = np.repeat(starts - ends + sizes, sizes) + np.arange(ends[-1])
        parts = np.repeat(rest[texts].astype(np.float32), sizes) * order.discounted_probabilities[places]
        total[np.repeat(texts, sizes), order.words[places]] += parts  # a word comes once after a context
    rest[texts] *= order.backoff_weights[rows]
