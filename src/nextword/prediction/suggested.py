"""Suggestions of a large vocabulary: the distributions of `reading_on.py`, computed only where they are asked for.

Input: a language model and states of its runtime. Output: a `Distribution` for each text, of its words.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nextword.prediction.language_model import LanguageModel
from nextword.prediction.reading_on import shares_handed_on
from nextword.runtime import Distribution, Numbers, State, common_edges, distributions_of
from nextword.tokens.vocabulary import EOS_ID


def suggestion_distributions(lm: LanguageModel, state: State) -> Sequence[Distribution]:
    """Return the distributions of `suggestion_log_probabilities`; only words may be asked for, no special tokens.

    Args:
        lm: A language model.
        state: State of its runtime, of B texts.
    """
    here = list(distributions_of(lm.runtime, state))
    of_eos = np.concatenate([distribution.span(EOS_ID, EOS_ID + 1) for distribution in here])
    handed_on = shares_handed_on(lm, of_eos)
    rows = np.flatnonzero(handed_on > 0.0)
    if len(rows):
        behind = lm.runtime.advance(tuple(array[rows] for array in state), np.full(len(rows), EOS_ID))
        for row, distribution in zip(rows.tolist(), distributions_of(lm.runtime, behind), strict=True):
            here[row] = ReadOn(here[row], distribution, float(handed_on[row]))
    return here


class ReadOn:
    """A distribution and a share of the one behind `<eos>`, of the words that can come before it too.

    Args:
        here: What comes next.
        behind: What comes behind `<eos>`.
        share: How much of it is handed on, 0 to 1.

    Attributes:
        edges: The edges of both.
    """

    __slots__ = ("_behind", "_here", "_share", "edges")

    def __init__(self, here: Distribution, behind: Distribution, share: float) -> None:
        """Keep both."""
        self._here, self._behind, self._share = here, behind, np.float32(share)
        self.edges = common_edges((here, behind))

    @property
    def opened(self) -> int:
        """What both have computed."""
        return self._here.opened + self._behind.opened

    def bounds(self, edges: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the sums of the bounds of both; see `Distribution.bounds`.

        Args:
            edges: Edges of S spans.
        """
        return self._here.bounds(edges) + float(self._share) * self._behind.bounds(edges)

    def span(self, first: int, last: int) -> Numbers:
        """Return probabilities of words; see `Distribution.span`.

        Args:
            first: The first of the ids.
            last: The id behind the last of them.
        """
        return self._sum(self._here.span(first, last), self._behind.span(first, last))

    def at(self, ids: NDArray[np.int64]) -> Numbers:
        """Return probabilities of words; see `Distribution.at`.

        Args:
            ids: Token ids of shape (n,).
        """
        return self._sum(self._here.at(ids), self._behind.at(ids))

    def _sum(self, here: Numbers, behind: Numbers) -> Numbers:
        behind *= self._share
        behind[here == 0.0] = 0.0  # what is impossible before a line break stays so
        behind += here
        return behind
