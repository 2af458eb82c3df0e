"""Runtimes and held-out token ids -> the mixture that predicts them best, and what each part is good for.

Enters: language models over one vocabulary and a text that none of them was trained on. Leaves: a `MixtureRuntime` of
those that help, or the one that is best alone. The held-out text is read once: of every token the probability under
each part is kept, and of the words that a part would have suggested instead, so that every set of weights can be
judged by perplexity and by suggestions without reading again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import InputError, InputTypeError
from nextword.prediction.next_word import top_positions
from nextword.runtime.cache import CacheRuntime
from nextword.runtime.lstm import LSTMRuntime
from nextword.runtime.mixture import MixtureRuntime
from nextword.runtime.ngram import NgramRuntime
from nextword.runtime.protocol import Runtime, log_probabilities_along
from nextword.tokenizer import check_ids
from nextword.vocabulary import EOS_ID, SPECIAL_TOKENS

# Nats a token that a part must save to be worth its time.
WORTH = 0.002

# Held-out tokens that the prior weights count for: enough to keep a few dozen tokens from deciding alone.
PRIOR_TOKENS = 20.0

# Suggestions that a user sees at once, and those of each part that are looked at to find them in a mixture.
SUGGESTIONS = 3
RIVALS = 8

# Held-out words from which recall counts half of what it counts for many.
RECALL_WORDS = 1000

KINDS = {LSTMRuntime: "LSTM", NgramRuntime: "n-gram model", CacheRuntime: "recency cache"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixtureReport:
    """A mixture and what each of its parts contributes, on held-out text.

    Attributes:
        runtime: What `mix` returns.
        names: Names of the parts.
        weights: One a part, summing to 1; 0 for those that were left out, as they do not help.
        perplexity: Held-out perplexity of the mixture.
        recall: Share of held-out words among its first 3 suggestions, 0 to 1.
        alone: Held-out perplexity of each part alone.
        without: Held-out perplexity of the best mixture of the others; infinite where there are none.
        tokens: Number of held-out tokens.
    """

    runtime: Runtime
    names: tuple[str, ...]
    weights: tuple[float, ...]
    perplexity: float
    recall: float
    alone: tuple[float, ...]
    without: tuple[float, ...]
    tokens: int

    def __str__(self) -> str:
        """Say it in sentences."""
        kept = [number for number, weight in enumerate(self.weights) if weight]
        left_out = [name for name, weight in zip(self.names, self.weights, strict=True) if not weight]
        figures = f"held-out perplexity {self.perplexity:,.1f}, top-3 recall {self.recall:.1%}"
        if len(kept) == 1:
            sentence = f"Not mixed: the {self.names[kept[0]]} alone; {figures}."
        else:
            shares = ", ".join(f"{self.weights[number]:.0%} {self.names[number]}" for number in kept)
            losses = ", ".join(f"without the {self.names[number]} {self.without[number]:,.1f}" for number in kept)
            sentence = f"Mixed: {shares}; {figures}; {losses}."
        return sentence + "".join(f" Left out: the {name} does not help." for name in left_out)


def mix(parts: Sequence[Runtime], held_out_ids: ArrayLike, *, prior: Sequence[float] | None = None) -> Runtime:
    """Mix language models, with the weights that serve held-out text best.

    Args:
        parts: Runtimes of one vocabulary, such as `build_ngram`, `build_cache` and `to_runtime` return.
        held_out_ids: Stream of `encode_texts` of other texts, integers of shape (N,); a few thousand serve, 20,000 are
            plenty.
        prior: Weights that few held-out tokens are to stay close to, one a part; equal ones by default.

    Returns:
        A `MixtureRuntime` of the parts that help; one part alone comes back as it is. `describe_mixture` says more.

    Raises:
        InputTypeError: If a part is no runtime, or the ids are no integers.
        InputError: If there is no part or no id, the vocabularies differ, or the prior weights do not fit.
    """
    return describe_mixture(parts, held_out_ids, prior=prior).runtime


def describe_mixture(
    parts: Sequence[Runtime],
    held_out_ids: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    prior: Sequence[float] | None = None,
) -> MixtureReport:
    """Mix language models and say what each contributes; see `mix` for what is the same.

    The weights are those under which the held-out text is most probable, given the prior; a part stays if the others
    without it would be worse. Worse is judged by perplexity and by suggestions: 0.5% of perplexity weigh as much as
    0.2 points of top-3 recall.

    Args:
        parts: Runtimes of one vocabulary.
        held_out_ids: Stream of `encode_texts` of other texts, integers of shape (N,).
        names: Names of the parts in the report; by default their kinds.
        prior: Weights that few held-out tokens are to stay close to, one a part; equal ones by default.

    Returns:
        The mixture with its figures; `str` makes sentences of them.

    Raises:
        InputTypeError: If a part is no runtime, or the ids are no integers.
        InputError: If there is no part or no id, the vocabularies differ, or names or prior weights do not fit.

    References:
        Dempster, Laird and Rubin, 1977, Maximum likelihood from incomplete data via the EM algorithm; Jelinek and
        Mercer, 1980, Interpolated estimation of Markov source parameters from sparse data.
    """
    parts = _checked_parts(parts)
    names = tuple(KINDS.get(type(part), type(part).__name__) for part in parts) if names is None else tuple(names)
    if len(names) != len(parts):
        raise InputError(f"every part has one name; received {len(parts)} parts and {len(names)} names.")
    wished = _checked_prior(prior, len(parts))
    stream = check_ids(held_out_ids, parts[0].vocabulary_size)
    if not len(stream):
        raise InputError("the weights of a mixture are fitted on held-out text; received no token of it.")
    seen = _observe(parts, stream)
    kept = _choose(seen, wished)
    weights = _fit(seen, kept, wished)
    without = [_fit(seen, others, wished) if (others := kept - {n}) else None for n in range(len(parts))]
    chosen = sorted(kept)
    return MixtureReport(
        runtime=parts[chosen[0]]
        if len(chosen) == 1
        else MixtureRuntime(tuple(parts[n] for n in chosen), tuple(weights[chosen].tolist())),
        names=names,
        weights=tuple(weights.tolist()),
        perplexity=seen.perplexity(weights),
        recall=seen.recall(weights),
        alone=tuple(seen.perplexity(row) for row in np.eye(len(parts))),
        without=tuple(math.inf if row is None else seen.perplexity(row) for row in without),
        tokens=len(stream),
    )


def fit_weights(
    probabilities: NDArray[np.float64], prior: NDArray[np.float64] | None = None, strength: float = 0.0
) -> NDArray[np.float64]:
    """Return the weights, summing to 1, under which what happened is most probable.

    Args:
        probabilities: What each part gave to each token, float64 of shape (parts, N).
        prior: Weights to begin with, equal ones by default.
        strength: Tokens that the prior counts for; 0 is maximum likelihood.

    Examples:
        >>> fit_weights(np.array([[0.9, 0.9, 0.1], [0.1, 0.1, 0.9]])).round(2).tolist()
        [0.71, 0.29]
    """
    prior = np.full(len(probabilities), 1.0 / len(probabilities)) if prior is None else prior
    weights = prior
    for _ in range(200):
        joint = weights[:, None] * probabilities
        joint /= np.maximum(joint.sum(axis=0), 1e-300)
        improved = (joint.sum(axis=1) + strength * prior) / (joint.sum() + strength)
        if np.abs(improved - weights).max() < 1e-6:
            break
        weights = improved
    return np.asarray(weights / weights.sum())


@dataclass(frozen=True, slots=True, eq=False)
class _Observed:
    """What M parts expected of N held-out tokens.

    Attributes:
        probabilities: Of the tokens that came, float64 of shape (M, N).
        rivals: Of the words that a part would have suggested instead, float32 of shape (M, N, C), 0 where none is.
        is_word: Whether a token can be suggested, booleans of shape (N,).
    """

    probabilities: NDArray[np.float64]
    rivals: NDArray[np.float32]
    is_word: NDArray[np.bool_]

    def perplexity(self, weights: NDArray[np.float64]) -> float:
        """Return the perplexity of the mixture with these weights (M,)."""
        with np.errstate(divide="ignore"):
            nats = -np.log(weights @ self.probabilities).mean()
        return math.exp(min(float(nats), 700.0))

    def recall(self, weights: NDArray[np.float64]) -> float:
        """Return the share of words among the first 3 suggestions of the mixture with these weights (M,)."""
        own = (weights @ self.probabilities).astype(np.float32)
        others = np.tensordot(weights.astype(np.float32), self.rivals, axes=1)  # (N, C)
        ahead = (others > own[:, None] * np.float32(1.0 + 1e-5)).sum(axis=1)
        return float((ahead[self.is_word] < SUGGESTIONS).mean()) if self.is_word.any() else 0.0


def _observe(parts: tuple[Runtime, ...], ids: NDArray[np.int32]) -> _Observed:
    """Read the held-out text once with all parts in step."""
    runs = [log_probabilities_along(part, part.advance(part.initial_state(), [EOS_ID]), ids) for part in parts]
    probabilities, rivals = [], []
    for steps in zip(*runs, strict=True):
        targets = steps[0][0]
        expected = np.exp(np.stack([logs for _, logs in steps]))  # (M, n, V)
        probabilities.append(expected[:, np.arange(len(targets)), targets].astype(np.float64))
        rivals.append(np.stack([_rivals(expected[:, n], token) for n, token in enumerate(targets.tolist())], axis=1))
    return _Observed(np.concatenate(probabilities, axis=1), np.concatenate(rivals, axis=1), ids >= len(SPECIAL_TOKENS))


def _rivals(expected: NDArray[np.float32], token_id: int) -> NDArray[np.float32]:
    """Return the probabilities (M, C) of the words that a part likes best, each once, without the one that came."""
    first = len(SPECIAL_TOKENS)
    liked = np.unique(np.concatenate([top_positions(row[first:], RIVALS) + first for row in expected]))
    liked = liked[liked != token_id]
    found = np.zeros((len(expected), RIVALS * len(expected)), np.float32)
    found[:, : len(liked)] = expected[:, liked]
    return found


def _fit(seen: _Observed, kept: frozenset[int], prior: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one weight a part (M,), 0 for those that are not kept."""
    chosen = sorted(kept)
    own = prior[chosen] / prior[chosen].sum()
    weights = np.zeros(len(prior))
    weights[chosen] = fit_weights(seen.probabilities[chosen], own, PRIOR_TOKENS)
    return weights


def _choose(seen: _Observed, prior: NDArray[np.float64]) -> frozenset[int]:
    """Leave out, one by one, the part without which the others are better, or as good and quicker."""
    kept = frozenset(range(len(prior)))
    while len(kept) > 1:
        loss = _loss(seen, _fit(seen, kept, prior))
        rest, least = min(
            ((others := kept - {number}, _loss(seen, _fit(seen, others, prior))) for number in sorted(kept)),
            key=lambda found: found[1],
        )
        if least > loss + WORTH:
            break
        kept = rest
    return kept


def _loss(seen: _Observed, weights: NDArray[np.float64]) -> float:
    # 0.5% of perplexity are worth 0.2 points of top-3 recall, less where few words tell about it.
    words = np.count_nonzero(seen.is_word)
    return math.log(seen.perplexity(weights)) - 2.5 * seen.recall(weights) * words / (words + RECALL_WORDS)


def _checked_parts(parts: Sequence[Runtime]) -> tuple[Runtime, ...]:
    parts = tuple(parts)
    if not parts:
        raise InputError("a mixture needs at least one part; received none.")
    for part in parts:
        if not isinstance(part, Runtime):
            raise InputTypeError(f"the parts of a mixture are runtimes; received a {type(part).__name__}.")
    MixtureRuntime(parts, (1.0 / len(parts),) * len(parts))  # its checks
    return parts


def _checked_prior(prior: Sequence[float] | None, number: int) -> NDArray[np.float64]:
    if prior is None:
        return np.full(number, 1.0 / number)
    weights = np.asarray(prior, np.float64)
    if weights.shape != (number,) or not (weights > 0.0).all() or not np.isfinite(weights).all():
        raise InputError(
            f"the prior weights are one number above 0 for each of {number} parts; received {prior!r:.80}."
        )
    return np.asarray(weights / weights.sum())
