"""The trained network of a fit -> the mixture that `fit` returns, and what it is made of.

Input: the trained network in NumPy and the `Start` that it began with. Output: its mixture with an n-gram model and a
recency cache of the same text, and notes about it. The held-out text is read once: the same scores say whether training
helped a given network, which parts help and how much, and whether a given model was better as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from nextword.errors import Note
from nextword.fitting.recipes import FitConfig
from nextword.fitting.start import SplitStream, Start
from nextword.mixing.cache import CacheRuntime, build_cache
from nextword.mixing.held_out_scores import HeldOutScores, score_held_out
from nextword.mixing.report import MixtureReport
from nextword.mixing.runtime import MixtureRuntime
from nextword.mixing.weights import KINDS, choose_mixture, pseudo_counts_of
from nextword.ngrams.kneser_ney import NgramConfig, build_ngram
from nextword.ngrams.runtime import NgramRuntime
from nextword.runtime import Runtime, parts_of
from nextword.tokens.vocabulary import UNK_ID, Vocabulary

# Held-out tokens that the weights are fitted on, as more change them in the third digit only, and tokens of the text
# around them that are read for it.
JUDGED_TOKENS = 10_000
CONTEXT_TOKENS = 40_000

# Weights of network, n-gram model and cache that served test texts well, by the number of training tokens: what few
# held-out tokens stay close to, and what holds where nothing is held out. A tiny text says less than the running one.
USUAL_WEIGHTS = ((1_000, (0.05, 0.2, 0.75)), (10_000, (0.1, 0.4, 0.5)), (100_000, (0.3, 0.45, 0.25)))
USUAL_WEIGHTS_ABOVE = (0.65, 0.23, 0.12)

# Held-out tokens that these weights count for.
PRIOR_TOKENS = 150.0


@dataclass(frozen=True, slots=True, eq=False)
class FitMixture:
    """What a fit ends with.

    Attributes:
        runtime: The mixture, or the part that is best alone.
        notes: What each part contributes, and what was kept of a given model.
        keeps_base_network: Whether the network is that of the given model.
    """

    runtime: Runtime
    notes: tuple[Note, ...] = ()
    keeps_base_network: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Candidates for a mixture, with the weights that are usual for them.

    The first is the network, and `new_ngram`, if it is not None, the n-gram model of this text.
    """

    runtimes: tuple[Runtime, ...]
    names: tuple[str, ...]
    usual_weights: tuple[float, ...]
    new_ngram: NgramRuntime | None

    def with_network(self, network: Runtime) -> "_Parts":
        return _Parts((network, *self.runtimes[1:]), self.names, self.usual_weights, self.new_ngram)


def mix_parts(trained: Runtime, start: Start, config: FitConfig) -> FitMixture:
    """Mix a trained network with an n-gram model and a recency cache of the same text, and with those of a given model.

    The weights are fitted on the held-out part, read where it stands in the text, so that the cache sees what was
    written before. Then the n-grams are counted again on everything; single words are not where the text has no `<unk>`
    of its own, since only the training part can say how probable unknown words are: in the held-out part they are few,
    and would take the place of those learnt. Where held-out text finds a given network, or a given model, better than
    the new one, it is kept.

    Args:
        trained: Runtime of the trained network.
        start: What training began with.
        config: Options of n-gram model and cache; None leaves one out.

    Raises:
        OSError: If n-grams are counted on disk and there is no room for them.
    """
    stream, base = start.stream, start.base
    parts = _candidates(trained, start, config)
    read, loss_mask = judged_on(stream)
    if not loss_mask.any():
        return _with_usual_weights(parts, len(stream.training[0]))
    if len(parts.runtimes) == 1 and base is None:
        return FitMixture(trained)
    base_parts = () if base is None else base.parts
    runtimes = (*parts.runtimes, *(part.runtime for part in base_parts))
    scores, position = _score_each_once(runtimes, stream.ids[read], loss_mask[read])
    notes: list[Note] = []
    keeps_base_network = False
    if base is not None:
        network = cast("Runtime", base.network)
        alone = {id(part): scores.perplexity(_one_hot(position[id(part)], scores)) for part in (trained, network)}
        keeps_base_network = alone[id(network)] < alone[id(trained)]
        if keeps_base_network:
            rounded = base.network_in_half_precision()
            position[id(rounded)] = position[id(network)]  # its scores differ in the fifth digit
            parts = parts.with_network(rounded)
            notes.append(
                Note(
                    "Kept the given network: held-out text finds it better than the trained one.",
                    code="kept-base-network",
                    before=alone[id(network)],
                    after=alone[id(trained)],
                )
            )
    report = choose_mixture(
        parts.runtimes,
        scores.of([position[id(part)] for part in parts.runtimes]),
        names=parts.names,
        pseudo_counts=pseudo_counts_of(parts.usual_weights, PRIOR_TOKENS, len(parts.runtimes)),
    )
    notes.append(report.note)
    if base is not None:
        of_base = scores.of([position[id(part.runtime)] for part in base_parts])
        before = of_base.perplexity(np.array([part.weight for part in base_parts]))
        notes.append(
            Note(
                f"Held-out perplexity: {before:,.1f} with the given model, {report.perplexity:,.1f} now.",
                code="held-out-perplexity",
                before=before,
                after=report.perplexity,
            )
        )
        if report.perplexity > before:
            kept = Note(
                "Kept the given model: held-out text finds it better than the new mixture.", code="kept-base-model"
            )
            return FitMixture(base.runtime, (*notes, kept), keeps_base_network=True)
    if report.tokens < PRIOR_TOKENS:
        notes.append(
            Note(
                f"Held-out tokens are few, {report.tokens}: the weights stay close to the usual ones.",
                code="few-held-out-tokens",
                tokens=report.tokens,
            )
        )
    runtime, recounting = _counted_on_everything(report, parts.new_ngram, start, config.ngram)
    return FitMixture(runtime, (*notes, *recounting), keeps_base_network)


def judged_on(stream: SplitStream) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which tokens to read for judging models, and the loss mask: which of them they are judged on.

    The loss mask has the first 10,000 held-out tokens that count. Read are all held-out tokens up to there and, as far
    as 40,000 tokens go, those before each run of them.

    Args:
        stream: N tokens.

    Returns:
        Two masks, booleans of shape (N,).
    """
    counts = stream.is_held_out & stream.loss_mask
    within = np.cumsum(counts) <= JUDGED_TOKENS
    read = stream.is_held_out & within
    starts = np.flatnonzero(read & ~np.concatenate(([False], read[:-1])))
    for start in starts.tolist():
        read[max(0, start - CONTEXT_TOKENS // len(starts)) : start] = True
    return read, counts & within


def _candidates(trained: Runtime, start: Start, config: FitConfig) -> _Parts:
    vocabulary, (training_ids, _) = start.tokenizer.vocabulary, start.stream.training
    base = start.base
    num_tokens = len(training_ids) + (0 if base is None else base.tokens)
    of_network, of_ngrams, of_cache = next(
        (weights for most, weights in USUAL_WEIGHTS if num_tokens < most), USUAL_WEIGHTS_ABOVE
    )
    base_ngrams = () if base is None else base.ngrams
    counted = None if config.ngram is None else _count(training_ids, config.ngram, vocabulary)
    ngrams = base_ngrams if counted is None else (*base_ngrams, counted)
    caches = () if config.cache is None else (build_cache(vocabulary, config.cache),)
    name = KINDS[NgramRuntime]
    return _Parts(
        runtimes=(trained, *ngrams, *caches),
        names=(
            KINDS[type(trained)],
            *(name if ngram is counted else f"{name} of an earlier text" for ngram in ngrams),
            *(KINDS[CacheRuntime] for _ in caches),
        ),
        usual_weights=(of_network, *(of_ngrams / len(ngrams) for _ in ngrams), *(of_cache for _ in caches)),
        new_ngram=counted,
    )


def _with_usual_weights(parts: _Parts, num_tokens: int) -> FitMixture:
    if len(parts.runtimes) == 1:
        return FitMixture(parts.runtimes[0])
    weights = tuple(weight / sum(parts.usual_weights) for weight in parts.usual_weights)
    shares = ", ".join(f"{weight:.0%} {name}" for weight, name in zip(weights, parts.names, strict=True))
    note = Note(
        f"Mixed: {shares}; usual weights for {num_tokens:,} tokens, as nothing is held out to fit them on.",
        code="usual-weights",
        weights=list(weights),
        names=list(parts.names),
        tokens=num_tokens,
    )
    return FitMixture(MixtureRuntime(parts.runtimes, weights), (note,))


def _score_each_once(
    runtimes: Sequence[Runtime], ids: NDArray[np.int32], loss_mask: NDArray[np.bool_]
) -> tuple[HeldOutScores, dict[int, int]]:
    """Return the scores of different runtimes, and the position there of each by its identity."""
    different = tuple({id(runtime): runtime for runtime in runtimes}.values())
    return score_held_out(different, ids, loss_mask), {id(runtime): row for row, runtime in enumerate(different)}


def _one_hot(position: int, scores: HeldOutScores) -> NDArray[np.float64]:
    return np.asarray(np.eye(len(scores.probabilities))[position])


def _counted_on_everything(
    report: MixtureReport, counted: NgramRuntime | None, start: Start, config: NgramConfig | None
) -> tuple[Runtime, tuple[Note, ...]]:
    """Return the mixture with its n-grams counted again on the held-out part too, and a note then."""
    kept_parts = parts_of(report.runtime)
    if config is None or all(part.runtime is not counted for part in kept_parts):
        return report.runtime, ()
    recounted = _count(start.stream.ids, config, start.tokenizer.vocabulary)
    if counted is not None and not (start.stream.training[0] == UNK_ID).any():
        recounted = NgramRuntime(counted.unigram, recounted.orders)
    runtimes = tuple(recounted if part.runtime is counted else part.runtime for part in kept_parts)
    note = Note("Counted the n-grams again with the held-out part.", code="counted-again")
    if len(kept_parts) == 1:
        return recounted, (note,)
    return MixtureRuntime(runtimes, tuple(part.weight for part in kept_parts)), (note,)


def _count(ids: NDArray[np.int32], config: NgramConfig, vocabulary: Vocabulary) -> NgramRuntime:
    """Return the n-gram model of a stream, in which role tokens have no probability but where a turn may begin.

    They never come out of a model of conversations, so its parts are to be judged without them.
    """
    counted = build_ngram(ids, config, vocabulary_size=len(vocabulary))
    if not vocabulary.roles:
        return counted
    unigram = counted.unigram.copy()
    unigram[list(vocabulary.role_ids)] = 0.0
    return NgramRuntime(unigram / unigram.sum(), counted.orders)
