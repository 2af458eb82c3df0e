"""Mixture weights fitted on held-out text, and a report of what each part contributes.

Input: language models over one vocabulary and a text that none of them was trained on. Output: a `MixtureRuntime` of
those that help, or the one that is best alone, and a report.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nextword.errors import (
    InputError,
    InputTypeError,
    check_ids,
    check_items,
    check_mask,
    check_number,
    check_starts,
    described,
)
from nextword.mixing.cache import CacheRuntime
from nextword.mixing.held_out_scores import HeldOutScores, Reading, score_held_out
from nextword.mixing.report import MixtureReport
from nextword.mixing.runtime import MixtureRuntime
from nextword.networks.kinds import NETWORKS
from nextword.ngrams.runtime import NgramRuntime
from nextword.runtime import Runtime, check_runtime, is_runtime

# Nats a token that a part must save to be worth its time.
WORTH = 0.002
# With fewer held-out tokens no part is left out.
FEW_TOKENS = 250

KINDS: Mapping[type, str] = {
    **{kind.runtime: kind.title for kind in NETWORKS},
    NgramRuntime: "n-gram model",
    CacheRuntime: "recency cache",
}


def mix(
    parts: Sequence[Runtime],
    held_out_ids: ArrayLike,
    *,
    loss_mask: ArrayLike | None = None,
    starts: ArrayLike | None = None,
    prior: Sequence[float] | None = None,
    prior_tokens: float = 50.0,
) -> Runtime:
    """Mix language models, with the weights that serve held-out text best.

    Args:
        parts: Runtimes of one vocabulary, such as `build_ngram`, `build_cache` and `to_runtime` return.
        held_out_ids: Stream of `encode_texts` of other texts, integers of shape (N,); a few thousand serve, 20,000 are
            plenty.
        loss_mask: Which tokens are held out, booleans of shape (N,); the others are only read, as the text around them,
            which a cache needs. All by default.
        starts: Positions at which texts begin, ascending integers from 0: then the texts are read from fresh starts and
            as a stream, and the weights become a function of how much was read. None means one text.
        prior: Weights that the result stays close to where held-out tokens are few, one a part; equal ones by default.
        prior_tokens: How many held-out tokens the prior weights count for.

    Returns:
        A `MixtureRuntime` of the parts that help; if only one does, that part itself. `describe_mixture` says more.

    Raises:
        InputTypeError: If a part is no runtime (code "not-a-runtime"), or the ids are no integers.
        ConfigError: If `prior_tokens` is no number above 0; code "option-out-of-range".
        InputError: If there is no part (code "no-part") or no id, the vocabularies differ, or `loss_mask`, the starts
            or the prior weights do not fit; codes of `check_ids`, `check_mask` and `check_starts`,
            "vocabularies-differ" and "prior-does-not-fit".
    """
    report = describe_mixture(
        parts, held_out_ids, loss_mask=loss_mask, starts=starts, prior=prior, prior_tokens=prior_tokens
    )
    return report.runtime


def describe_mixture(
    parts: Sequence[Runtime],
    held_out_ids: ArrayLike,
    *,
    loss_mask: ArrayLike | None = None,
    starts: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    prior: Sequence[float] | None = None,
    prior_tokens: float = 50.0,
) -> MixtureReport:
    """Mix language models, as `mix` does, and report what each contributes.

    The weights are those under which the held-out text is most probable, given the prior; a part stays if the others
    would be worse without it. That is judged by perplexity and by suggestions: 0.5% of perplexity weigh as much as 0.2
    points of top-3 recall.

    Args:
        parts: Runtimes of one vocabulary.
        held_out_ids: Stream of `encode_texts` of other texts, integers of shape (N,).
        loss_mask: Which tokens are held out, booleans of shape (N,); the others are only read. All by default.
        starts: Positions at which texts begin; see `mix`.
        names: Names of the parts in the report; by default their kinds.
        prior: Weights that the result stays close to where held-out tokens are few, one a part; equal ones by default.
        prior_tokens: How many held-out tokens the prior weights count for.

    Returns:
        The mixture with its figures; `str` makes sentences of them.

    Raises:
        InputTypeError: If a part is no runtime (code "not-a-runtime"), or the ids are no integers.
        ConfigError: If `prior_tokens` is no number above 0; code "option-out-of-range".
        InputError: As `mix` raises it, and if there is not one name a part; code "names-do-not-fit".

    References:
        Dempster, Laird and Rubin, 1977, Maximum likelihood from incomplete data via the EM algorithm; Jelinek and
        Mercer, 1980, Interpolated estimation of Markov source parameters from sparse data.
    """
    parts = _checked_parts(parts)
    if names is None:
        names = tuple(KINDS.get(type(part), type(part).__name__) for part in parts)
    names = check_items("names", names, str)
    if len(names) != len(parts):
        raise InputError(
            f"`names` has one name a part; received {len(parts)} parts and {len(names)} names.",
            code="names-do-not-fit",
            parts=len(parts),
            names=len(names),
        )
    pseudo_counts = pseudo_counts_of(prior, prior_tokens, len(parts))
    stream = check_ids(held_out_ids, parts[0].vocabulary_size, name="held_out_ids")
    if not len(stream):
        raise InputError("`held_out_ids` are at least one token; received none.", code="ids-empty")
    every = np.ones(len(stream), np.bool_)
    mask = check_mask("loss_mask", every if loss_mask is None else loss_mask, stream)
    whole = Reading(stream, mask)
    positions = check_starts("starts", starts, stream)
    if positions is None:
        return choose_mixture(parts, score_held_out(parts, [whole]), names=names, pseudo_counts=pseudo_counts)
    bounds = [*positions.tolist(), len(stream)]
    texts = [Reading(stream[first:last], mask[first:last]) for first, last in pairwise(bounds)]
    scores = score_held_out(parts, [*texts, whole], by_read=True)
    return choose_mixture(
        parts, scores, names=names, pseudo_counts=pseudo_counts, fresh_tokens=int(np.count_nonzero(mask))
    )


def choose_mixture(
    parts: Sequence[Runtime],
    scores: HeldOutScores,
    *,
    names: Sequence[str],
    pseudo_counts: NDArray[np.float64],
    fresh_tokens: int | None = None,
) -> MixtureReport:
    """Mix language models whose held-out scores are known; see `describe_mixture`.

    Args:
        parts: M runtimes of one vocabulary.
        scores: What they predict for N held-out tokens.
        names: Names of the parts.
        pseudo_counts: Tokens that each part is taken to have predicted beforehand, float64 of shape (M,).
        fresh_tokens: How many of the first tokens were read from fresh starts, whose figures are reported; the others
            were read on. None for all.

    Returns:
        The mixture with its figures.
    """
    tokens = fresh_tokens or len(scores.is_word)
    kept_parts = _parts_that_help(scores, pseudo_counts, tokens)
    weights = _weights_of(scores, kept_parts, pseudo_counts)
    without = [
        _weights_of(scores, others, pseudo_counts) if (others := kept_parts - {part}) else None
        for part in range(len(parts))
    ]
    chosen = sorted(kept_parts)
    *early, late = (tuple(row) for row in weights[:, chosen].tolist())
    reported = scores.first(tokens)
    return MixtureReport(
        runtime=parts[chosen[0]]
        if len(chosen) == 1
        else MixtureRuntime(tuple(parts[part] for part in chosen), late, tuple(early)),
        names=tuple(names),
        weights=tuple(weights[-1].tolist()),
        early_weights=tuple(tuple(row) for row in weights[:-1].tolist()),
        perplexity=reported.perplexity(weights),
        recall=reported.recall(weights),
        alone=tuple(reported.perplexity(row) for row in np.eye(len(parts))),
        without=tuple(math.inf if rows is None else reported.perplexity(rows) for rows in without),
        tokens=len(reported.is_word),
    )


def fit_weights(
    probabilities: NDArray[np.float64],
    pseudo_counts: NDArray[np.float64] | None = None,
    confidences: NDArray[np.float64] | None = None,
    knot_shares: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the weights under which the tokens are most probable, for each of K knots.

    Args:
        probabilities: Probability of each token under each part, float64 of shape (M, N).
        pseudo_counts: Tokens that each part is taken to have predicted beforehand, float64 of shape (M,); none by
            default, which is maximum likelihood.
        confidences: What each weight is multiplied by at each token, before they are made to sum to 1 there, float64 of
            shape (M, N); 1 by default.
        knot_shares: How much the weights of each knot count at each token, float64 of shape (K, N), each column summing
            to 1; one knot by default.

    Returns:
        One weight a part at each knot, summing to 1, float64 of shape (K, M).

    Examples:
        >>> fit_weights(np.array([[0.9, 0.9, 0.1], [0.1, 0.1, 0.9]])).round(2).tolist()
        [[0.71, 0.29]]
        >>> fit_weights(np.array([[0.9, 0.9, 0.1], [0.1, 0.1, 0.9]]), np.array([1.0, 1.0])).round(2).tolist()
        [[0.6, 0.4]]
    """
    parts, tokens = probabilities.shape
    before = np.zeros(parts) if pseudo_counts is None else pseudo_counts
    confidences = np.ones_like(probabilities) if confidences is None else confidences
    knot_shares = np.ones((1, tokens)) if knot_shares is None else knot_shares
    weights = np.full((len(knot_shares), parts), 1.0 / parts)
    for _ in range(200):
        shares = (weights.T @ knot_shares) * confidences  # (M, N)
        # How likely a weight of 1 would make each token, by what the token is likely now: (M, N)
        of_part = confidences * probabilities / np.maximum((shares * probabilities).sum(axis=0), 1e-300)
        # Expected number of tokens that a part predicted, by how often it counted: N times if all confidences are 1.
        times_counted = knot_shares @ (confidences / shares.sum(axis=0)).T + before.sum()  # (K, M)
        improved = (weights * (knot_shares @ of_part.T) + before) / times_counted
        improved /= improved.sum(axis=1, keepdims=True)
        if np.abs(improved - weights).max() < 1e-6:
            break
        weights = improved
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _weights_of(
    scores: HeldOutScores, kept_parts: frozenset[int], pseudo_counts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return one weight a part at each knot (K, M), 0 for parts that are not kept."""
    chosen = sorted(kept_parts)
    weights = np.zeros((len(scores.knot_shares), len(pseudo_counts)))
    weights[:, chosen] = fit_weights(
        scores.probabilities[chosen], pseudo_counts[chosen], scores.confidences[chosen], scores.knot_shares
    )
    return weights


def _parts_that_help(scores: HeldOutScores, pseudo_counts: NDArray[np.float64], tokens: int) -> frozenset[int]:
    """Return the parts that are kept: others are left out one by one, if two standard errors say they do not help.

    A token that is read twice, from a fresh start and in the running text, tells no more than one: `tokens` counts it
    once.
    """
    kept_parts = frozenset(range(len(pseudo_counts)))
    while len(kept_parts) > 1 and tokens >= FEW_TOKENS:
        losses = scores.losses(_weights_of(scores, kept_parts, pseudo_counts))
        most_help = {}
        for part in sorted(kept_parts):
            saved = scores.losses(_weights_of(scores, kept_parts - {part}, pseudo_counts)) - losses
            most_help[part] = float(saved.mean() + 2.0 * saved.std() / math.sqrt(tokens))
        least = min(most_help, key=lambda part: most_help[part])
        if most_help[least] > WORTH:
            break
        kept_parts -= {least}
    return kept_parts


def _checked_parts(parts: Sequence[Runtime]) -> tuple[Runtime, ...]:
    if is_runtime(parts):
        raise InputTypeError(
            f"`parts` are several runtimes; received a single one, {described(parts)}. Give a list of them.",
            code="not-a-runtime",
            argument="parts",
            received=type(parts).__name__,
        )
    parts = check_items("parts", parts, object, "`build_ngram`, `build_cache` and `to_runtime` make parts.")
    if not parts:
        raise InputError("`parts`: a mixture needs at least one; received none.", code="no-part")
    for position, part in enumerate(parts):
        check_runtime(f"parts[{position}]", part)
    MixtureRuntime(parts, (1.0 / len(parts),) * len(parts))  # its checks
    return parts


def pseudo_counts_of(prior: Sequence[float] | None, prior_tokens: float, num_parts: int) -> NDArray[np.float64]:
    """Return how many held-out tokens the prior weight of each part counts for.

    Args:
        prior: Weights above 0, one a part; None for equal ones.
        prior_tokens: How many tokens they count for together.
        num_parts: M.

    Returns:
        float64 of shape (M,), summing to `prior_tokens`.

    Raises:
        ConfigError: If `prior_tokens` is no number above 0; code "option-out-of-range".
        InputError: If the weights do not fit; code "prior-does-not-fit".
    """
    check_number("prior_tokens", prior_tokens, 0.0, above=True)
    try:
        weights = np.ones(num_parts) if prior is None else np.asarray(prior, np.float64)
    except (TypeError, ValueError, OverflowError):  # no numbers, too large ones, or lists of different lengths
        weights = np.zeros(0)
    if weights.shape != (num_parts,) or not (weights > 0.0).all() or not np.isfinite(weights).all():
        raise InputError(
            f"`prior` is one number above 0 for each of {num_parts} parts; received {described(prior)}.",
            code="prior-does-not-fit",
            parts=num_parts,
        )
    return np.asarray(prior_tokens * weights / weights.sum())
