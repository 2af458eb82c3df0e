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


def shuffle_texts(stream: TextStream, generator: "np.random.Generator") -> TextStream:
    """Return the texts of a stream in a random order of runs of consecutive texts.

    Args:
        stream: `starts` are those of all its texts.
        generator: Where randomness comes from.

    Returns:
        The same tokens; `starts` are those of the runs, None where there is one text.
    """
    if stream.starts is None or len(stream.starts) < 2:
        return stream._replace(starts=None)
    bounds = np.append(stream.starts, len(stream.ids))
    lengths = np.where(
        generator.random(len(stream.starts)) < SINGLE_SHARE, 1, generator.geometric(1.0 / MEAN_RUN, len(stream.starts))
    )
    ends = np.minimum(np.cumsum(lengths), len(stream.starts))
    ends = ends[: int(np.searchsorted(ends, len(stream.starts))) + 1]  # texts before the end of each run
    first, last = bounds[np.append(0, ends[:-1])], bounds[ends]
    order = generator.permutation(len(first))
    sizes = (last - first)[order]
    starts = np.append(0, np.cumsum(sizes)[:-1])
    positions = np.arange(len(stream.ids)) + np.repeat(first[order] - starts, sizes)
    mask = stream.loss_mask
    return TextStream(stream.ids[positions], None if mask is None else mask[positions], starts)
