"""The trained network and the ids of its text -> the language model that `fit` returns, and what it is made of.

Enters: a runtime of the network, the training ids and, where there are any, held-out ids. Leaves: its mixture with an
n-gram model and a recency cache of the same text, and sentences about it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.mixing.cache import CacheConfig, CacheRuntime, build_cache
from nextword.mixing.held_out_scores import score_held_out
from nextword.mixing.runtime import MixtureRuntime
from nextword.mixing.weights import KINDS, describe_mixture
from nextword.ngrams.kneser_ney import NgramConfig, build_ngram
from nextword.ngrams.runtime import NgramRuntime
from nextword.runtime import Runtime, parts_of
from nextword.tokens.vocabulary import SPECIAL_TOKENS, UNK_ID, Vocabulary

# Held-out tokens that the weights are fitted on, as more change them in the third digit only, and tokens of the text
# around them that are read for it.
MIXED_ON = 10_000
READ = 40_000

# Weights of LSTM, n-gram model and cache that served test texts well, by the number of training tokens: what few
# held-out tokens stay close to, and what holds where nothing is held out. A tiny text says less than the running one.
EXPECTED = ((1_000, (0.05, 0.2, 0.75)), (10_000, (0.1, 0.4, 0.5)), (100_000, (0.3, 0.45, 0.25)))
EXPECTED_ABOVE = (0.65, 0.23, 0.12)

# Held-out tokens that these weights count for.
PRIOR_TOKENS = 150.0


class Earlier(NamedTuple):
    """A model of other texts, over the vocabulary of these too.

    Attributes:
        runtime: All of it, as it was mixed.
        ngrams: The n-gram models in it.
        tokens: Tokens that it was trained on, 0 where that is not known.
    """

    runtime: Runtime
    ngrams: tuple[NgramRuntime, ...]
    tokens: int


def blend(
    network: Runtime,
    ids: NDArray[np.int32],
    is_held_out: NDArray[np.bool_],
    vocabulary: Vocabulary,
    *,
    scored: NDArray[np.bool_] | None = None,
    ngram: NgramConfig | None,
    cache: CacheConfig | None,
    earlier: Earlier | None = None,
) -> tuple[Runtime, list[str]]:
    """Mix a trained network with an n-gram model and a recency cache of the same text.

    The weights are fitted on the held-out part, read where it stands in the text, so that the cache sees what was
    written before. Then the n-grams are counted again on everything; single words are not where the text has no `<unk>`
    of its own, since only the training part can say how probable unknown words are: in the held-out part they are few,
    and would take the place of those learnt.

    Args:
        network: Runtime of the trained network.
        ids: Stream of all texts, int32 of shape (N,).
        is_held_out: Which tokens the network was not trained on, booleans of shape (N,).
        vocabulary: Words with the counts of the training part.
        scored: Which tokens of all the weights may be judged on, booleans of shape (N,): of conversations what is said,
            not who says it. None for all.
        ngram: Options of the n-gram model of this text; None leaves it out.
        cache: Options of the cache; None leaves it out.
        earlier: The model of other texts that the network was trained further from; None for none. Its n-grams are
            parts too, and it comes back itself where it expects the held-out part more than the new mixture does.

    Returns:
        The runtime of all that helps, and sentences that say what each part contributes.

    Raises:
        OSError: If n-grams are counted on disk and there is no room for them.
    """
    training_ids = ids[~is_held_out]
    given = () if earlier is None else earlier.ngrams
    expected = _expected_weights(len(training_ids) + (0 if earlier is None else earlier.tokens))
    parts, prior, names = [network], [expected[0]], [KINDS[type(network)]]
    counted = None if ngram is None else _count(training_ids, ngram, vocabulary)
    ngrams = [*given] if counted is None else [*given, counted]
    parts += ngrams
    prior += [expected[1] / len(ngrams) for _ in ngrams]
    names += [
        KINDS[NgramRuntime] if part is counted else f"{KINDS[NgramRuntime]} of an earlier text" for part in ngrams
    ]
    if cache is not None:
        parts.append(build_cache(vocabulary, cache))
        prior.append(expected[2])
        names.append(KINDS[CacheRuntime])
    held_out = is_held_out if scored is None else is_held_out & scored
    if len(parts) == 1 and (earlier is None or not held_out.any()):
        return network, []
    if not held_out.any():
        shares = tuple(weight / sum(prior) for weight in prior)
        named = ", ".join(f"{share:.0%} {name}" for share, name in zip(shares, names, strict=True))
        note = f"Mixed: {named}; usual weights for {len(training_ids):,} tokens, as nothing is held out to fit them on."
        return MixtureRuntime(tuple(parts), shares), [note]
    read, judged = view(is_held_out, scored)
    report = describe_mixture(
        parts, ids[read], loss_mask=judged[read], names=names, prior=prior, prior_tokens=PRIOR_TOKENS
    )
    notes: list[str] = [report.note]
    if earlier is not None:
        before = score_held_out((earlier.runtime,), ids[read], judged[read]).perplexity(np.ones(1))
        notes.append(f"Held-out perplexity: {before:,.1f} with the given model, {report.perplexity:,.1f} now.")
        if report.perplexity > before:
            notes.append("Kept the given model: held-out text finds it better than the new mixture.")
            return earlier.runtime, notes
    if report.tokens < PRIOR_TOKENS:
        notes.append(f"Held-out tokens are few, {report.tokens}: the weights stay close to the usual ones.")
    kept = parts_of(report.runtime)
    if ngram is None or counted is None or all(part.runtime is not counted for part in kept):
        return report.runtime, notes
    recounted = _count(ids, ngram, vocabulary)
    if not (training_ids == UNK_ID).any():
        recounted = NgramRuntime(counted.unigram, recounted.orders)
    notes.append("Counted the n-grams again with the held-out part.")
    if len(kept) == 1:
        return recounted, notes
    renewed = tuple(recounted if part.runtime is counted else part.runtime for part in kept)
    return MixtureRuntime(renewed, tuple(part.weight for part in kept)), notes


def _count(ids: NDArray[np.int32], config: NgramConfig, vocabulary: Vocabulary) -> NgramRuntime:
    """Return the n-gram model of a stream, in which role tokens have no probability but where a turn may begin.

    They never come out of a model of conversations, so its parts are to be judged without them.
    """
    counted = build_ngram(ids, config, vocabulary_size=len(vocabulary))
    if not vocabulary.roles:
        return counted
    unigram = counted.unigram.copy()
    unigram[len(SPECIAL_TOKENS) : vocabulary.first_word] = 0.0
    return NgramRuntime(unigram / unigram.sum(), counted.orders)


def view(
    is_held_out: NDArray[np.bool_], scored: NDArray[np.bool_] | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which tokens to read, and which of them to judge models on: held-out ones, and not too many."""
    held_out = is_held_out if scored is None else is_held_out & scored
    within = np.cumsum(held_out) <= MIXED_ON
    return _with_context(is_held_out & within), held_out & within


def _with_context(held_out: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which tokens to read: the held-out ones and, as far as the budget goes, those before each run of them."""
    starts = np.flatnonzero(held_out & ~np.concatenate(([False], held_out[:-1])))
    read = held_out.copy()
    for start in starts.tolist():
        read[max(0, start - READ // len(starts)) : start] = True
    return read


def _expected_weights(num_tokens: int) -> tuple[float, float, float]:
    return next((weights for most, weights in EXPECTED if num_tokens < most), EXPECTED_ABOVE)
