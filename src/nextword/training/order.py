"""The order in which texts are learnt: a new one every epoch, and where what was read is forgotten.

Input: a stream of token ids, and where its texts begin. Output: the same texts in runs of a random order. Whoever asks
begins with nothing read, so a network that only saw texts behind one another would not know how texts begin; one that
only saw single texts would not know how to read on.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Share of the runs that are one text, and the mean length, in texts, of the others.
SINGLE_SHARE, MEAN_RUN = 0.5, 8.0


class TextStream(NamedTuple):
    """Texts as one stream of N token ids.

    Attributes:
        ids: Token ids, int32 of shape (N,).
        loss_mask: Which tokens count in the loss, booleans of shape (N,); None for all.
        starts: Where a text is read from a fresh start, ascending positions, int64 of shape (K,); None where the stream
            is one text, read on for ever.
        once_seen: Which tokens are words seen once, booleans of shape (N,); None where that does not matter.
    """

    ids: NDArray[np.int32]
    loss_mask: NDArray[np.bool_] | None = None
    starts: NDArray[np.int64] | None = None
    once_seen: NDArray[np.bool_] | None = None


class RunOrder(NamedTuple):
    """Runs of texts in the order in which they are read.

    Attributes:
        firsts: Where each begins in the stream, int64 of shape (R,).
        starts: Where it begins in the new order, ascending from 0, int64 of shape (R,).
        sizes: Tokens of each, int64 of shape (R,).
    """

    firsts: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]


def draw_runs(starts: NDArray[np.int64] | None, tokens: int, generator: "np.random.Generator") -> RunOrder | None:
    """Draw runs of consecutive texts, and their order.

    Args:
        starts: Where texts begin, ascending from 0; None for one text.
        tokens: Number N of tokens.
        generator: Where randomness comes from.

    Returns:
        Runs of all N tokens; None where there is one text.
    """
    if starts is None or len(starts) < 2:
        return None
    bounds = np.append(starts, tokens)
    lengths = np.where(
        generator.random(len(starts)) < SINGLE_SHARE, 1, generator.geometric(1.0 / MEAN_RUN, len(starts))
    )
    ends = np.minimum(np.cumsum(lengths), len(starts))
    ends = ends[: int(np.searchsorted(ends, len(starts))) + 1]  # texts before the end of each run
    first, last = bounds[np.append(0, ends[:-1])], bounds[ends]
    order = generator.permutation(len(first))
    sizes = (last - first)[order]
    return RunOrder(first[order], np.append(0, np.cumsum(sizes)[:-1]), sizes)


def shuffle_texts(stream: TextStream, generator: "np.random.Generator") -> TextStream:
    """Return the texts of a stream in a random order of runs of consecutive texts.

    Args:
        stream: `starts` are those of all its texts.
        generator: Where randomness comes from.

    Returns:
        The same tokens; `starts` are those of the runs, None where there is one text.
    """
    runs = draw_runs(stream.starts, len(stream.ids), generator)
    if runs is None:
        return stream._replace(starts=None)
    positions = np.arange(len(stream.ids)) + np.repeat(runs.firsts - runs.starts, runs.sizes)
    mask = stream.loss_mask
    return TextStream(stream.ids[positions], None if mask is None else mask[positions], runs.starts)
