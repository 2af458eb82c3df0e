"""Figures of every token, and their sums.

Input: a language model and what is judged. Output: a few numbers of each token, never its distribution, and the
`Evaluation` that they sum up to.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.evaluation.calibration import expected_calibration_error, reliability_bins
from nextword.evaluation.intervals import bootstrap_interval, run_starts
from nextword.evaluation.keystrokes import Typist
from nextword.evaluation.reading import Material
from nextword.evaluation.report import RECALL_RANKS, Evaluation
from nextword.mixing.passages import Step
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.reading_on import suggestion_log_probabilities
from nextword.runtime import SUGGESTIONS, perplexity_of
from nextword.tokens.vocabulary import EOS_ID, UNK_ID

# Rank of a word that is never suggested, however few the others are: it has no probability, or is unknown.
NEVER_SUGGESTED = 1 << 31


@dataclass(frozen=True, slots=True)
class TokenFigures:
    """Figures of every token, arrays of shape (N,).

    Attributes:
        cross_entropies: Nats, infinite for what is impossible.
        ranks: How many words are suggested before the right one; of what is no known word `NEVER_SUGGESTED`.
        confidences: In the best suggestion, 0 to 1; 0 where no known word comes.
        keys: To write the word with suggestions; 0 where no known word comes.
    """

    cross_entropies: NDArray[np.float64]
    ranks: NDArray[np.int64]
    confidences: NDArray[np.float64]
    keys: NDArray[np.int64]

    def at(self, indices: NDArray[np.int64]) -> "TokenFigures":
        """Return the figures of some tokens.

        Args:
            indices: Their positions, of any shape (M,).
        """
        return TokenFigures(
            self.cross_entropies[indices], self.ranks[indices], self.confidences[indices], self.keys[indices]
        )


def measure_tokens(lm: LanguageModel, steps: Iterable[Step], tokens: int, typist: Typist) -> TokenFigures:
    """Return the figures of every token, by what its state expects and what is suggested there.

    Args:
        lm: A language model.
        steps: Tokens and the states before each of them, or one state for all of a step.
        tokens: N, how many they are.
        typist: What counts the keys.
    """
    cross_entropies, confidences = np.zeros((2, tokens))
    ranks, keys = np.full(tokens, NEVER_SUGGESTED), np.zeros(tokens, np.int64)
    first = lm.vocabulary.first_word
    for positions, ids, states in steps:
        logs = lm.runtime.log_probabilities(states)
        suggested = suggestion_log_probabilities(lm, states, logs)
        rows = (len(ids), logs.shape[1])
        logs, suggested = np.broadcast_to(logs, rows), np.broadcast_to(suggested, rows)
        cross_entropies[positions] = -logs[np.arange(len(ids)), ids]
        known = np.flatnonzero(ids >= first)  # the others are not suggested
        best = np.empty(len(known))
        for place, (row, position, token_id) in enumerate(
            zip(known.tolist(), positions[known].tolist(), ids[known].tolist(), strict=True)
        ):
            of_row = suggested[row]  # what it takes is done at once, while the row is in the cache of the processor
            ranks[position] = rank = _rank(of_row, token_id, first)
            best[place] = np.maximum.reduce(of_row[first:])
            keys[position] = 1 if rank < SUGGESTIONS else typist.keys_with(token_id, of_row)
        others = suggested[known[:, None], [UNK_ID, EOS_ID]].astype(np.float64)
        confidences[positions[known]] = _confidences(best, others)
    return TokenFigures(cross_entropies, ranks, confidences, keys)


def _rank(logs: NDArray[np.float32], token_id: int, first: int) -> int:
    """Return how many words, from the id `first` on, are suggested before this one."""
    value = logs[token_id]
    if value == -np.inf:
        return NEVER_SUGGESTED
    # Ties go to the lower id, as in suggestions.
    before, behind = logs[first:token_id] >= value, logs[token_id + 1 :] > value
    return int(np.count_nonzero(before)) + int(np.count_nonzero(behind))


def _confidences(best: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of best suggestions, (n,) logs, if no other of the tokens, (n, 2) logs, comes next."""
    probabilities = np.exp(best)
    words = 1.0 - np.exp(others).sum(axis=1)
    return np.asarray(probabilities / np.maximum(np.maximum(words, probabilities), 1e-30))


def summarize(figures: TokenFigures, material: Material, typist: Typist) -> Evaluation:
    """Return the evaluation that figures of tokens sum up to.

    Args:
        figures: Of the N tokens of the material.
        material: What was judged.
        typist: What counts the keys.
    """
    is_known = material.ids >= typist.vocabulary.first_word
    ranks, known, tokens = figures.ranks[is_known], int(is_known.sum()), len(material.ids)
    unknown = int(np.count_nonzero(material.ids == UNK_ID))
    words, times = np.unique(material.ids[is_known], return_counts=True)
    typed = sum(typist.keys_without(word) * count for word, count in zip(words.tolist(), times.tolist(), strict=True))
    saved = typed - int(figures.keys.sum())
    hits = {rank: int((ranks < rank).sum()) for rank in RECALL_RANKS}
    reciprocals = float((1.0 / (ranks + 1.0)).sum())
    nats, spelling = float(figures.cross_entropies.sum()), float(material.spelling.sum())
    runs = run_starts(material.starts, tokens)
    spread = bootstrap_interval(
        np.add.reduceat(figures.cross_entropies, runs), np.diff(runs, append=tokens).astype(np.float64)
    )
    reliability = reliability_bins(figures.confidences[is_known], ranks == 0)
    return Evaluation(
        read_as=material.read_as,
        texts=len(material.starts),
        perplexity=perplexity_of(nats / tokens),
        perplexity_interval=None if spread is None else (perplexity_of(spread[0]), perplexity_of(spread[1])),
        perplexity_of_all=perplexity_of((nats + spelling) / tokens),
        bits_per_character=(nats + spelling) / math.log(2) / material.characters,
        oov_rate=unknown / max(material.words, 1),
        impossible=int(np.count_nonzero(np.isinf(figures.cross_entropies))),
        recall_at={rank: number / max(known, 1) for rank, number in hits.items()},
        recall_of_all={rank: number / max(known + unknown, 1) for rank, number in hits.items()},
        top_3_interval=bootstrap_interval(
            np.add.reduceat((is_known & (figures.ranks < SUGGESTIONS)).astype(np.float64), runs),
            np.add.reduceat(is_known.astype(np.float64), runs),
        ),
        mean_reciprocal_rank=reciprocals / max(known, 1),
        mean_reciprocal_rank_of_all=reciprocals / max(known + unknown, 1),
        keystroke_savings=saved / max(typed, 1),
        keystroke_savings_of_all=saved / max(typed + material.unknown_keys, 1),
        calibration_error=expected_calibration_error(reliability),
        reliability=reliability,
        tokens=tokens,
        characters=material.characters,
        seconds=0.0,
    )
