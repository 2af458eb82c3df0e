"""Figures of every token, and their sums.

Input: a language model and what is judged. Output: a few numbers of each token, never its distribution, and the
`Evaluation` that they sum up to.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.evaluation.calibration import expected_calibration_error, reliability_bins
from nextword.evaluation.expected import NEVER_SUGGESTED, Expected, expected_after, joined, repeated
from nextword.evaluation.intervals import bootstrap_interval, run_starts
from nextword.evaluation.keystrokes import Typist
from nextword.evaluation.reading import Material
from nextword.evaluation.report import RECALL_RANKS, Evaluation
from nextword.mixing.passages import Step
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.reading_on import hand_on, shares_handed_on
from nextword.runtime import SUGGESTIONS, State, joined_states, perplexity_of, rows_at_once
from nextword.tokens.vocabulary import EOS_ID, UNK_ID


@dataclass(frozen=True, slots=True)
class TokenFigures:
    """Figures of every token, arrays of shape (N,).

    Attributes:
        cross_entropies: Nats, infinite for what is impossible.
        ranks: How many words are suggested before the right one; of what is no known word `NEVER_SUGGESTED`.
        confidences: In the best suggestion, 0 to 1; 0 where no known word comes.
        keys: To write the word with suggestions, 0 where no known word comes; None if nobody counted.
    """

    cross_entropies: NDArray[np.float64]
    ranks: NDArray[np.int64]
    confidences: NDArray[np.float64]
    keys: NDArray[np.int64] | None

    def at(self, indices: NDArray[np.int64]) -> "TokenFigures":
        """Return the figures of some tokens.

        Args:
            indices: Their positions, of any shape (M,).
        """
        keys = None if self.keys is None else self.keys[indices]
        return TokenFigures(self.cross_entropies[indices], self.ranks[indices], self.confidences[indices], keys)


class _Places(NamedTuple):
    """n places of texts: what comes there, and what is expected of it; one state may stand for all of them."""

    positions: NDArray[np.int64]  # (n,)
    ids: NDArray[np.int32]  # (n,)
    states: State
    expected: Expected

    def some(self, rows: NDArray[np.intp]) -> "_Places":
        """Return some of them, m rows."""
        is_one = len(self.states[0]) == 1
        states = self.states if is_one else tuple(array[rows] for array in self.states)
        return _Places(self.positions[rows], self.ids[rows], states, self.expected.some(rows))


def measure_tokens(lm: LanguageModel, steps: Iterable[Step], tokens: int, typist: Typist | None = None) -> TokenFigures:
    """Return the figures of every token, by what its state expects and what is suggested there.

    Args:
        lm: A language model.
        steps: Tokens and the states before each of them, or one state for all of a step.
        tokens: N, how many they are.
        typist: What counts the keys; None if nobody does.
    """
    figures = TokenFigures(
        cross_entropies=np.zeros(tokens),
        ranks=np.full(tokens, NEVER_SUGGESTED),
        confidences=np.zeros(tokens),
        keys=None if typist is None else np.zeros(tokens, np.int64),
    )
    waiting: list[_Places] = []  # behind finished sentences, until enough of them can be read on together
    most_waiting = rows_at_once(lm.runtime.vocabulary_size) // 4
    for positions, ids, states in steps:
        places = _Places(positions, ids, states, expected_after(lm.runtime, states, len(ids)))
        figures.cross_entropies[positions] = -places.expected.logs(np.arange(len(ids)), ids)
        known = np.flatnonzero(ids >= lm.vocabulary.first_word)  # the others are not suggested
        goes_on = _shares_handed_on(lm, places.expected, known) > 0.0
        _judge(figures, places, known[~goes_on], lm.vocabulary.first_word, typist)
        if goes_on.any():
            waiting.append(places.some(known[goes_on]))
        if sum(len(some.ids) for some in waiting) >= most_waiting:
            _judge_behind(figures, lm, waiting, typist)
            waiting = []
    if waiting:
        _judge_behind(figures, lm, waiting, typist)
    return figures


def _shares_handed_on(lm: LanguageModel, expected: Expected, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    of_eos = np.exp(expected.logs(rows, np.full(len(rows), EOS_ID)))
    return shares_handed_on(lm, of_eos).astype(np.float64)


def _judge_behind(figures: TokenFigures, lm: LanguageModel, waiting: Sequence[_Places], typist: Typist | None) -> None:
    """Fill in the figures of places where suggestions read on."""
    positions, ids = (np.concatenate([some[field] for some in waiting]) for field in (0, 1))
    states, expected = joined_states([some.states for some in waiting]), joined([some.expected for some in waiting])
    rows = np.arange(len(states[0]))
    suggested, impossible = expected.probabilities(rows), expected.values[rows] == expected.impossible
    hand_on(lm, states, _shares_handed_on(lm, expected, rows), suggested, impossible)
    places = _Places(positions, ids, states, repeated(Expected(suggested), len(ids)))
    _judge(figures, places, np.arange(len(ids)), lm.vocabulary.first_word, typist)


def _judge(figures: TokenFigures, places: _Places, rows: NDArray[np.intp], first: int, typist: Typist | None) -> None:
    """Fill in the figures of words, some rows of the places, by what is suggested there."""
    suggested, positions, ids = places.expected, places.positions[rows], places.ids[rows]
    best = np.empty(len(rows))
    for place, (row, position, token_id) in enumerate(
        zip(rows.tolist(), positions.tolist(), ids.tolist(), strict=True)
    ):
        # What it takes is done at once, while the row is in the cache of the processor.
        rank, best[place] = suggested.rank(row, token_id, first)
        figures.ranks[position] = rank
        if typist is not None and figures.keys is not None:
            by_letters = rank >= SUGGESTIONS
            values, impossible = suggested.values[row], suggested.impossible
            figures.keys[position] = typist.keys_with(token_id, values, impossible) if by_letters else 1
    figures.confidences[positions] = _confidences(suggested, rows, best)


def _confidences(suggested: Expected, rows: NDArray[np.intp], best: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of best suggestions, (m,) values, if no other of the tokens comes next."""
    totals = suggested.totals
    probabilities = best if totals is None else np.exp(best - totals[rows])
    others = [np.exp(suggested.logs(rows, np.full(len(rows), token_id))) for token_id in (UNK_ID, EOS_ID)]
    words = 1.0 - others[0] - others[1]
    return np.asarray(probabilities / np.maximum(np.maximum(words, probabilities), 1e-30))


def summarize(figures: TokenFigures, material: Material, typist: Typist | None = None) -> Evaluation:
    """Return the evaluation that figures of tokens sum up to.

    Args:
        figures: Of the N tokens of the material.
        material: What was judged.
        typist: What counts the keys; None if nobody does.
    """
    is_known = material.is_known
    ranks, known, tokens = figures.ranks[is_known], int(is_known.sum()), len(material.ids)
    unknown = int(np.count_nonzero(material.ids == UNK_ID))
    savings, savings_of_all = _keystroke_savings(figures, material, typist)
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
        keystroke_savings=savings,
        keystroke_savings_of_all=savings_of_all,
        calibration_error=expected_calibration_error(reliability),
        reliability=reliability,
        tokens=tokens,
        characters=material.characters,
        seconds=0.0,
    )


def _keystroke_savings(
    figures: TokenFigures, material: Material, typist: Typist | None
) -> tuple[float | None, float | None]:
    """Return the share of keys that are saved, on known words and on all; None if nobody counted."""
    if typist is None or figures.keys is None:
        return None, None
    words, times = np.unique(material.ids[material.is_known], return_counts=True)
    typed = sum(typist.keys_without(word) * count for word, count in zip(words.tolist(), times.tolist(), strict=True))
    saved = typed - int(figures.keys.sum())
    return saved / max(typed, 1), saved / max(typed + material.unknown_keys, 1)
