"""How well a language model predicts texts that it was not trained on.

Input: a language model and texts. Output: an `Evaluation`, with those of the baselines over the same vocabulary.
"""

from nextword.evaluation.copies import (
    CopiedPassage as CopiedPassage,
    CopyReport as CopyReport,
    find_copies as find_copies,
)
from nextword.evaluation.measuring import evaluate as evaluate
from nextword.evaluation.report import Evaluation as Evaluation, ReliabilityBin as ReliabilityBin
