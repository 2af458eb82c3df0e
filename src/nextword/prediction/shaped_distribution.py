"""A distribution in which some tokens never come, computed only where it is asked for.

Input: the distribution of one text, and the ids that are masked there. Output: the same `Distribution` without them,
their share handed out to all others.
"""

import numpy as np
from numpy.typing import NDArray

from nextword.runtime import Distribution, Numbers
from nextword.tokens.vocabulary import PAD_ID

# Where less is left than this share, it is added up: 1 minus what is masked would have too few digits.
LEAST_LEFT = 0.25
# Below it probabilities of float32 lose their digits; the logarithms still have them.
LEAST_EXACT = 1e-30


class MaskedDistribution:
    """A distribution without some tokens.

    Args:
        base: The distribution with all tokens.
        masked: Ids of those that never come, ascending, each once, of shape (n,).

    Attributes:
        edges: Those of the base.
        left: What the tokens that come have in the base.
    """

    __slots__ = ("_base", "_masked", "edges", "left")

    def __init__(self, base: Distribution, masked: NDArray[np.int64]) -> None:
        """Find what is left for the others."""
        self._base, self._masked, self.edges = base, masked, base.edges
        left = 1.0 - float(base.at(masked).sum(dtype=np.float64))
        if left < LEAST_LEFT:
            others = base.span(0, int(base.edges[-1]))
            others[masked] = 0.0
            left = float(others.sum(dtype=np.float64))
        self.left = left

    @property
    def is_inexact(self) -> bool:
        """Whether so little is left for the tokens that can come that float32 has lost their digits."""
        comes = int(self.edges[-1]) - np.count_nonzero(self._masked != PAD_ID) - 1
        return bool(comes > 0 and self.left < LEAST_EXACT)

    @property
    def opened(self) -> int:
        """What the base has computed."""
        return self._base.opened

    def bounds(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return bounds, masked tokens included; see `Distribution.bounds`.

        Args:
            edges: Edges of S spans.
        """
        bounds = self._base.bounds(edges)
        return bounds / self.left if self.left > 0.0 else np.zeros_like(bounds)

    def span(self, first: int, last: int) -> Numbers:
        """Return probabilities; see `Distribution.span`.

        Args:
            first: The first of the ids.
            last: The id behind the last of them.
        """
        probabilities = self._base.span(first, last)
        low, high = self._masked.searchsorted((first, last))
        probabilities[self._masked[low:high] - first] = 0.0
        return self._scaled(probabilities)

    def at(self, ids: NDArray[np.int64]) -> Numbers:
        """Return probabilities; see `Distribution.at`.

        Args:
            ids: Token ids of shape (n,).
        """
        probabilities = self._base.at(ids)
        if len(self._masked):
            probabilities[self._masked.take(self._masked.searchsorted(ids), mode="clip") == ids] = 0.0
        return self._scaled(probabilities)

    def _scaled(self, probabilities: Numbers) -> Numbers:
        if self.left > 0.0:
            probabilities /= probabilities.dtype.type(self.left)
        return probabilities
