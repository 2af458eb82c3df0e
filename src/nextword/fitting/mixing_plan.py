"""What mixing is given by who planned its time: how much is judged, and whether the n-grams are counted again.

Input: figures that `reserve.py` measured. Output: a frozen plan, which shrinks with the time that is left.
"""

from typing import NamedTuple

from nextword.ngrams.runtime import NgramRuntime

# Held-out tokens that the weights are fitted on from fresh starts, and as many in the running text, as more change them
# in the third digit only; and how many however long it takes.
JUDGED_TOKENS, LEAST_JUDGED = 10_000, 500


class MixingPlan(NamedTuple):
    """What mixing is given by who planned its time.

    Attributes:
        counted: The n-gram model of the training part, if it has been counted already.
        judged_tokens: Held-out tokens that the weights are fitted on from fresh starts, and as many in the running
            text.
        counts_again: Whether the n-grams are counted again on everything.
        seconds: What mixing will take.
        is_least: Whether there is time for no more than gives a mixture.
    """

    counted: NgramRuntime | None = None
    judged_tokens: int = JUDGED_TOKENS
    counts_again: bool = True
    seconds: float = 0.0
    is_least: bool = False

    def within(self, left: float | None) -> "MixingPlan":
        """Return a smaller plan where less time is left than was planned, as the machine had become slower.

        Args:
            left: Seconds that are left; None for any number.

        Examples:
            >>> plan = MixingPlan(seconds=20.0)
            >>> plan.within(19.0) == plan, plan.within(12.0).judged_tokens, plan.within(5.0).counts_again
            (True, 6000, False)
        """
        if left is None or left >= 0.9 * self.seconds:
            return self
        share = left / self.seconds
        tokens = max(LEAST_JUDGED, int(share * self.judged_tokens))
        return self._replace(judged_tokens=tokens, counts_again=self.counts_again and share > 0.5)
