"""The trained network and the ids of its text -> the language model that `fit` returns, and what it is made of.

Enters: a runtime of the network, the training ids and, where there are any, held-out ids. Leaves: its mixture with an
n-gram model and a recency cache of the same text, and sentences about it.
"""

import numpy as np
from numpy.typing import NDArray

from nextword.mixture import KINDS, describe_mixture
from nextword.ngram import NgramConfig, build_ngram
from nextword.runtime.cache import CacheConfig, build_cache
from nextword.runtime.mixture import MixtureRuntime
from nextword.runtime.ngram import NgramRuntime
from nextword.runtime.protocol import Runtime
from nextword.vocabulary import UNK_ID, Vocabulary

# Held-out tokens that the weights are fitted on; more change them in the third digit only.
MIXED_ON = 20_000

# Weights of LSTM, n-gram model and cache as they came out on texts of so many tokens: what few held-out tokens stay
# close to, and what holds where nothing is held out.
EXPECTED = ((10_000, (0.4, 0.5, 0.1)), (100_000, (0.5, 0.4, 0.1)))
EXPECTED_ABOVE = (0.65, 0.23, 0.12)


def blend(
    network: Runtime,
    training_ids: NDArray[np.int32],
    held_out_ids: NDArray[np.int32] | None,
    vocabulary: Vocabulary,
    *,
    ngram: NgramConfig | None,
    cache: CacheConfig | None,
) -> tuple[Runtime, list[str]]:
    """Mix a trained network with an n-gram model and a recency cache of the same text.

    The weights are fitted on the held-out part. Then the n-grams are counted again on everything, the held-out part
    too; single words are not where the text has no `<unk>` of its own, since then only the training part can say how
    probable unknown words are: everything that is unknown in the held-out part would be known.

    Args:
        network: Runtime of the trained network.
        training_ids: What it was trained on, int32 of shape (N,).
        held_out_ids: What it was not trained on; None where nothing is held out.
        vocabulary: Words with the counts of the training part.
        ngram: Options of the n-gram model; None leaves it out.
        cache: Options of the cache; None leaves it out.

    Returns:
        The runtime of all that helps, and sentences that say what each part contributes.
    """
    expected = _expected_weights(len(training_ids))
    parts, prior = [network], [expected[0]]
    counted = None
    if ngram is not None:
        counted = build_ngram(training_ids, ngram, vocabulary_size=len(vocabulary))
        parts.append(counted)
        prior.append(expected[1])
    if cache is not None:
        parts.append(build_cache(vocabulary, cache))
        prior.append(expected[2])
    if len(parts) == 1:
        return network, []
    if held_out_ids is None:
        shares = tuple(weight / sum(prior) for weight in prior)
        named = ", ".join(f"{share:.0%} {KINDS[type(part)]}" for share, part in zip(shares, parts, strict=True))
        note = f"Mixed: {named}; usual weights for {len(training_ids):,} tokens, as nothing is held out to fit them on."
        return MixtureRuntime(tuple(parts), shares), [note]
    report = describe_mixture(parts, held_out_ids[:MIXED_ON], prior=prior)
    kept = report.runtime.parts if isinstance(report.runtime, MixtureRuntime) else (report.runtime,)
    if ngram is None or counted is None or counted not in kept:
        return report.runtime, [str(report)]
    recounted = _recount(counted, ngram, training_ids, held_out_ids)
    note = "Counted the n-grams again with the held-out part."
    if not isinstance(report.runtime, MixtureRuntime):
        return recounted, [str(report), note]
    parts = [recounted if part is counted else part for part in kept]
    return MixtureRuntime(tuple(parts), report.runtime.weights), [str(report), note]


def _expected_weights(num_tokens: int) -> tuple[float, float, float]:
    return next((weights for most, weights in EXPECTED if num_tokens < most), EXPECTED_ABOVE)


def _recount(
    counted: NgramRuntime, config: NgramConfig, training_ids: NDArray[np.int32], held_out_ids: NDArray[np.int32]
) -> NgramRuntime:
    ids = np.concatenate((training_ids, held_out_ids))
    recounted = build_ngram(ids, config, vocabulary_size=counted.vocabulary_size)
    has_unknown = bool((training_ids == UNK_ID).any())
    return recounted if has_unknown else NgramRuntime(counted.unigram, recounted.orders)
