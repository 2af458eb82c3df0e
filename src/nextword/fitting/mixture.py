"""The trained network of a fit -> the mixture that `fit` returns, and what it is made of.

Input: the trained network in NumPy and the `Start` that it began with. Output: its mixture with an n-gram model and a
recency cache of the same text, and notes about it. The held-out text is read once: the same scores say whether training
helped a given network, which parts help and how much, and whether a given model was better as it was.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from nextword.corpus.spans import Spans, drawn_spans, find_spans
from nextword.errors import Note
from nextword.files.temporary import pieces_of
from nextword.fitting.mixing_plan import JUDGED_TOKENS, MixingPlan
from nextword.fitting.recipes import FitConfig
from nextword.fitting.start import SplitStream, Start
from nextword.mixing.cache import CacheRuntime, build_cache
from nextword.mixing.held_out_scores import HeldOutScores, Reading, score_held_out
from nextword.mixing.report import MixtureReport
from nextword.mixing.runtime import MixtureRuntime, weights_at_knots
from nextword.mixing.weights import KINDS, choose_mixture, pseudo_counts_of
from nextword.ngrams.kneser_ney import NgramConfig, build_ngram
from nextword.ngrams.runtime import NgramRuntime
from nextword.runtime import Runtime, parts_of
from nextword.tokens.vocabulary import UNK_ID, Vocabulary

# Tokens of the text before them that are read for those in the running text, where 10,000 are judged.
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
class Parts:
    """Candidates for a mixture, with the weights that are usual for them.

    The first is the network, and `new_ngram`, if it is not None, the n-gram model of this text.
    """

    runtimes: tuple[Runtime, ...]
    names: tuple[str, ...]
    usual_weights: tuple[float, ...]
    new_ngram: NgramRuntime | None

    def with_network(self, network: Runtime) -> "Parts":
        """Return the same parts with another network.

        Args:
            network: What takes its place.
        """
        return Parts((network, *self.runtimes[1:]), self.names, self.usual_weights, self.new_ngram)


def mix_parts(trained: Runtime, start: Start, config: FitConfig, plan: MixingPlan = MixingPlan()) -> FitMixture:
    """Mix a trained network with an n-gram model and a recency cache of the same text, and with those of a given model.

    The weights are fitted on the held-out part, each text from a fresh start, as a user asks, and read where it stands
    in the text, so that the cache sees what was written before; conversations from fresh starts only. Then the n-grams
    are counted again on everything; single words are not where the text has no `<unk>` of its own, since only the
    training part can say how probable unknown words are: in the held-out part they are few, and would take the place of
    those learnt. Where held-out text finds a given network, or a given model, better than the new one, it is kept.

    Args:
        trained: Runtime of the trained network.
        start: What training began with.
        config: Options of n-gram model and cache; None leaves one out.
        plan: What was counted before, and how much there is time for.

    Raises:
        OSError: If n-grams are counted on disk and there is no room for them.
    """
    stream, base = start.stream, start.base
    parts = candidates(trained, start, config, plan.counted)
    fresh, running = judged_on(stream, read_on=start.template is None, tokens=plan.judged_tokens)
    if not fresh:
        return _with_usual_weights(parts, len(stream.training.ids))
    if len(parts.runtimes) == 1 and base is None:
        return FitMixture(trained)
    base_parts = () if base is None else base.parts
    runtimes = (*parts.runtimes, *(part.runtime for part in base_parts))
    scores, position = _score_each_once(runtimes, (*fresh, *running))
    fresh_tokens = sum(int(np.count_nonzero(reading.loss_mask)) for reading in fresh)
    reported = scores.first(fresh_tokens)
    notes: list[Note] = []
    keeps_base_network = False
    if base is not None:
        network = cast("Runtime", base.network)
        one_hot = np.eye(len(position))
        alone = {id(part): reported.perplexity(one_hot[position[id(part)]]) for part in (trained, network)}
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
        fresh_tokens=fresh_tokens,
    )
    notes.append(report.note)
    if base is not None:
        of_base = reported.of([position[id(part.runtime)] for part in base_parts])
        before = of_base.perplexity(weights_at_knots(base.runtime))
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
    if not plan.counts_again:
        return FitMixture(report.runtime, tuple(notes), keeps_base_network)
    runtime, recounting = _counted_on_everything(report, parts.new_ngram, start, config)
    return FitMixture(runtime, (*notes, *recounting), keeps_base_network)


def judged_on(
    stream: SplitStream, *, read_on: bool = True, tokens: int = JUDGED_TOKENS
) -> tuple[list[Reading], list[Reading]]:
    """Return what is read for judging models: held-out texts from fresh starts, and the same kind in the running text.

    Held-out tokens are drawn evenly, up to so many that count for each. In the running text, one reading, the texts
    that come before each held-out run are read first, up to 4 times as many tokens in all.

    Args:
        stream: N tokens.
        read_on: Whether texts are read on as one stream too; not those that never stand behind one another.
        tokens: How many count.

    Returns:
        Readings from fresh starts, and those of the running text; none where no held-out token counts.
    """
    spans = stream.held_out
    judged = sum(int(np.count_nonzero(stream.judged_mask[first:last])) for first, last in _each(spans))
    if not judged:
        return [], []
    most = max(1, tokens * int(spans.lengths.sum()) // judged)  # about so many of them count
    drawn = _each(drawn_spans(spans, most))
    fresh = [Reading(stream.ids[first:last], np.asarray(stream.judged_mask[first:last])) for first, last in drawn]
    fresh = [reading for reading in fresh if reading.loss_mask.any()]
    if not read_on:
        return fresh, []
    read = drawn_spans(find_spans(stream.is_held_out), most)
    context = CONTEXT_TOKENS * tokens // JUDGED_TOKENS // len(read.firsts)
    ids, masks, end = [], [], 0
    for first, last in _each(read):
        begin = max(first - context, end)  # what was read for the run before is read once
        ids.append(stream.ids[begin:last])
        masks.append(np.append(np.zeros(first - begin, np.bool_), stream.judged_mask[first:last]))
        end = last
    return fresh, [Reading(np.concatenate(ids), np.concatenate(masks))]


def _each(spans: Spans) -> list[tuple[int, int]]:
    return list(zip(spans.firsts.tolist(), spans.lasts.tolist(), strict=True))


def candidates(trained: Runtime, start: Start, config: FitConfig, counted: NgramRuntime | None = None) -> Parts:
    """Return what is mixed of a network and the text.

    Args:
        trained: Runtime of the network.
        start: What training began with.
        config: Options of n-gram model and cache; None leaves one out.
        counted: The n-gram model of the training part; None to count it now.

    Raises:
        OSError: If n-grams are counted on disk and there is no room for them.
    """
    vocabulary, base = start.tokenizer.vocabulary, start.base
    num_tokens = len(start.stream.training.ids) + (0 if base is None else base.tokens)
    of_network, of_ngrams, of_cache = next(
        (weights for most, weights in USUAL_WEIGHTS if num_tokens < most), USUAL_WEIGHTS_ABOVE
    )
    base_ngrams = () if base is None else base.ngrams
    counted = count_training_part(start, config) if counted is None else counted
    ngrams = base_ngrams if counted is None else (*base_ngrams, counted)
    caches = () if config.cache is None else (build_cache(vocabulary, config.cache),)
    name = KINDS[NgramRuntime]
    return Parts(
        runtimes=(trained, *ngrams, *caches),
        names=(
            KINDS[type(trained)],
            *(name if ngram is counted else f"{name} of an earlier text" for ngram in ngrams),
            *(KINDS[CacheRuntime] for _ in caches),
        ),
        usual_weights=(of_network, *(of_ngrams / len(ngrams) for _ in ngrams), *(of_cache for _ in caches)),
        new_ngram=counted,
    )


def count_training_part(start: Start, config: FitConfig) -> NgramRuntime | None:
    """Return the n-gram model of what is trained on; None where none is asked for.

    Args:
        start: What training begins with.
        config: Options of the n-gram model.

    Raises:
        OSError: If n-grams are counted on disk and there is no room for them.
    """
    if config.ngram is None:
        return None
    training = start.stream.training
    return _count(training.ids, training.loss_mask, config, start.tokenizer.vocabulary)


def _with_usual_weights(parts: Parts, num_tokens: int) -> FitMixture:
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


def _score_each_once(runtimes: Sequence[Runtime], readings: Sequence[Reading]) -> tuple[HeldOutScores, dict[int, int]]:
    """Return the scores of different runtimes, and the position there of each by its identity."""
    different = tuple({id(runtime): runtime for runtime in runtimes}.values())
    scores = score_held_out(different, readings, by_read=True)
    return scores, {id(runtime): row for row, runtime in enumerate(different)}


def _counted_on_everything(
    report: MixtureReport, counted: NgramRuntime | None, start: Start, config: FitConfig
) -> tuple[Runtime, tuple[Note, ...]]:
    """Return the mixture with its n-grams counted again on the held-out part too, and a note then."""
    kept_parts = parts_of(report.runtime)
    if config.ngram is None or all(part.runtime is not counted for part in kept_parts):
        return report.runtime, ()
    recounted = _count(start.stream.ids, start.stream.loss_mask, config, start.tokenizer.vocabulary)
    training_ids = start.stream.training.ids
    if counted is not None and not any((training_ids[part] == UNK_ID).any() for part in pieces_of(len(training_ids))):
        recounted = NgramRuntime(counted.unigram, recounted.orders)
    note = Note("Counted the n-grams again with the held-out part.", code="counted-again")
    if len(kept_parts) == 1:
        return recounted, (note,)
    runtimes = tuple(recounted if part.runtime is counted else part.runtime for part in kept_parts)
    return replace(cast("MixtureRuntime", report.runtime), models=runtimes), (note,)


def _count(
    ids: NDArray[np.int32], loss_mask: NDArray[np.bool_] | None, config: FitConfig, vocabulary: Vocabulary
) -> NgramRuntime:
    """Return the n-gram model of a stream; of conversations, of the turns that are learnt.

    Contexts do not reach across the ends of turns, so turns that are only read can be left out. Role tokens have no
    probability but where a turn may begin: they never come out of a model, so its parts are to be judged without them.
    """
    ngram = config.ngram or NgramConfig()
    ngram = replace(ngram, max_memory=min(ngram.max_memory, config.max_memory))
    pieces = _learnt(ids, loss_mask, vocabulary) if vocabulary.roles and loss_mask is not None else iter([ids])
    counted = build_ngram(pieces, ngram, vocabulary_size=len(vocabulary), temporary_folder=config.temporary_folder)
    if not vocabulary.roles:
        return counted
    unigram = counted.unigram.copy()
    unigram[list(vocabulary.role_ids)] = 0.0
    return NgramRuntime(unigram / unigram.sum(), counted.orders)


def _learnt(
    ids: NDArray[np.int32], loss_mask: NDArray[np.bool_], vocabulary: Vocabulary
) -> Iterator[NDArray[np.int32]]:
    """Yield the tokens of turns that are learnt, and the role before each."""
    for part in pieces_of(len(ids)):
        is_followed = np.append(loss_mask[part.start + 1 : part.stop + 1], False)[: part.stop - part.start]
        begins_learnt_turn = np.isin(ids[part], vocabulary.role_ids) & is_followed
        yield ids[part][loss_mask[part] | begins_learnt_turn]
