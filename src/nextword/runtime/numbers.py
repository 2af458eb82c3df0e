"""Arithmetic on distributions, some rows at a time.

Input: arrays of shape (B, V). Output: the same in blocks that stay in the cache of a processor, probabilities of
logits, the places of the highest numbers.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Suggestions that a user sees at once; mixtures and figures are judged by them.
SUGGESTIONS = 3

# So many states are scored by one product with the output matrix, fewer where a distribution is long: 32 MB of them.
CHUNK, CHUNK_NUMBERS, LEAST_CHUNK = 256, 1 << 23, 16

# What is done number by number is done to so many numbers at once, which stay in the second cache of a processor.
BLOCK_NUMBERS = 1 << 17


def rows_at_once(vocabulary_size: int) -> int:
    """Return how many distributions are computed at once, 256 for vocabularies of up to 32,768 words.

    Args:
        vocabulary_size: V.

    Examples:
        >>> rows_at_once(10_000), rows_at_once(190_000), rows_at_once(10_000_000)
        (256, 44, 16)
    """
    return min(CHUNK, max(LEAST_CHUNK, CHUNK_NUMBERS // max(vocabulary_size, 1)))


def row_blocks(array: NDArray[Any]) -> Iterator[slice]:
    """Yield spans of the rows of a matrix, of about 512 kB in float32 each and one row at least.

    Args:
        array: Of shape (B, V).
    """
    rows = max(1, BLOCK_NUMBERS // max(array.shape[1], 1))
    for start in range(0, len(array), rows):
        yield slice(start, start + rows)


def perplexity_of(cross_entropy: float) -> float:
    """Return exp of a mean cross-entropy in nats a token: infinite where a token was impossible.

    Args:
        cross_entropy: Nats a token.

    Examples:
        >>> round(perplexity_of(4.605), 1), perplexity_of(math.inf)
        (100.0, inf)
    """
    try:
        return math.exp(cross_entropy)
    except OverflowError:  # above 709 nats
        return math.inf


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return exponentials of logits divided by their sum, in place.

    Args:
        logits: float32 of shape (B, V); they are changed.

    Returns:
        The same array: probabilities that sum to 1 in every row.
    """
    for rows in row_blocks(logits):
        block = logits[rows]
        block -= block.max(axis=-1, keepdims=True)
        np.exp(block, out=block)
        block /= block.sum(axis=-1, keepdims=True)
    return logits


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return logits minus the log of the sum of their exponentials, in place.

    Args:
        logits: float32 of shape (B, V); they are changed.

    Returns:
        The same array: natural logs of probabilities that sum to 1 in every row.
    """
    for rows in row_blocks(logits):
        block = logits[rows]
        block -= block.max(axis=-1, keepdims=True)
        block -= np.log(np.exp(block).sum(axis=-1, keepdims=True))
    return logits


def top_positions(values: NDArray[np.floating[Any]], top_k: int) -> NDArray[np.intp]:
    """Return the positions of the highest values, highest first, equal ones by position.

    Args:
        values: Numbers of shape (N,).
        top_k: How many; at most N are returned.

    Returns:
        Positions, integers of shape (min(top_k, N),).

    Examples:
        >>> top_positions(np.array([1.0, 5.0, 3.0, 5.0]), 3).tolist()
        [1, 3, 2]
    """
    count = min(top_k, len(values))
    width = math.isqrt(len(values))
    blocks = values
    if 2 * count < width:
        # The k-th highest of the maxima of blocks is no higher than the k-th highest of all, and quicker to find.
        blocks = values[: width * width].reshape(width, width).max(axis=1)
    lowest = np.partition(blocks, len(blocks) - count)[len(blocks) - count] if count else 0.0
    candidates = np.flatnonzero(values >= lowest)
    return candidates[np.lexsort((candidates, -values[candidates]))[:count]]
