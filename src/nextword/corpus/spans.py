"""Parts of a stream as first and last tokens, found piece by piece, so that a long stream costs what its texts do.

Input: booleans, one a token. Output: `Spans`, and some of them drawn evenly.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.files.temporary import pieces_of


class Spans(NamedTuple):
    """Parts of a stream, ascending and apart.

    Attributes:
        firsts: First token of each, int64 of shape (K,).
        lasts: The token after the last one of each, int64 of shape (K,).
    """

    firsts: NDArray[np.int64]
    lasts: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each."""
        return self.lasts - self.firsts

    def joined(self) -> "Spans":
        """Return them with those in one where one begins as another ends."""
        if not len(self.firsts):
            return self
        apart = self.firsts[1:] != self.lasts[:-1]
        return Spans(self.firsts[np.append(True, apart)], self.lasts[np.append(apart, True)])


def find_spans(
    chosen: NDArray[np.bool_], begins: NDArray[np.bool_] | None = None, *, value: bool = True, piece: int | None = None
) -> Spans:
    """Return where tokens are chosen.

    Args:
        chosen: Booleans of shape (N,).
        begins: Where a span ends and another one begins though both are chosen, booleans of shape (N,); None for
            nowhere.
        value: False looks for what is not chosen.
        piece: Tokens that are looked at at once; None for a usual number.

    Examples:
        >>> find_spans(np.array([1, 1, 0, 1], bool), np.array([1, 1, 0, 0], bool)).lasts.tolist()
        [1, 2, 4]
    """
    firsts: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    lasts: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    before = False
    for part in pieces_of(len(chosen), piece):
        here = np.asarray(chosen[part]) == value
        previous = np.append(before, here[:-1])
        begun = ~previous if begins is None else ~previous | begins[part]
        ended = ~here if begins is None else ~here | begins[part]
        firsts.append(np.flatnonzero(here & begun) + part.start)
        lasts.append(np.flatnonzero(previous & ended) + part.start)
        before = bool(here[-1])
    lasts.append(np.full(int(before), len(chosen), np.int64))
    return Spans(np.concatenate(firsts), np.concatenate(lasts))


def drawn_spans(spans: Spans, most: int) -> Spans:
    """Return as many tokens as asked for, spread evenly over all spans, whole ones where they are short.

    Args:
        spans: What may be drawn.
        most: How many tokens to draw; all if there are no more.

    Returns:
        Spans of at most `most` tokens; pieces of a long one that follow each other are one.

    Examples:
        >>> drawn_spans(Spans(np.array([0, 2, 4, 6]), np.array([2, 4, 6, 8])), 4).firsts.tolist()
        [0, 2, 4, 6]
    """
    total = int(spans.lengths.sum())
    if total <= most:
        return spans
    length = max(1, most // 40)  # of a piece of a long text
    numbers = -(-spans.lengths // length)
    within = np.arange(numbers.sum()) - np.repeat(np.cumsum(numbers) - numbers, numbers)
    firsts = np.repeat(spans.firsts, numbers) + length * within
    lasts = np.minimum(firsts + length, np.repeat(spans.lasts, numbers))
    # A piece is drawn when the share of it, and of those before, that is not drawn yet reaches half of its length.
    drawn: list[int] = []
    owed, share, left = 0.0, most / total, most
    for piece, size in enumerate((lasts - firsts).tolist()):
        owed += size * share
        if owed >= size / 2 and left > 0:
            drawn.append(piece)
            owed -= size
            left -= size
    firsts, lasts, within = firsts[drawn], lasts[drawn], within[drawn]
    lasts[-1] += min(left, 0)
    apart = (firsts[1:] != lasts[:-1]) | (within[1:] == 0)
    return Spans(firsts[np.append(True, apart)], lasts[np.append(apart, True)])
