"""Measuring a language model: texts in, figures out.

Input: a language model, texts, and baselines over the same vocabulary. Output: an `Evaluation`. The texts are read as
one stream, word after word, so the figures depend on nothing but model and texts. Of each token a few numbers are kept,
never its distribution, and summed up at the end.
"""

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError, InputTypeError
from nextword.evaluation.calibration import expected_calibration_error, reliability_bins
from nextword.evaluation.intervals import bootstrap_interval
from nextword.evaluation.keystrokes import Typist
from nextword.evaluation.report import KNESER_NEY, RECALL_RANKS, UNIGRAM, Evaluation
from nextword.ngrams.runtime import NgramRuntime
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.shaping import shaped
from nextword.runtime import SUGGESTIONS, Runtime, log_probabilities_along, models_in, perplexity_of
from nextword.tokens.joining import join_words
from nextword.tokens.texts import check_texts
from nextword.tokens.tokenizer import LINE_BREAK
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS, UNK_ID

# Rank of a word of probability 0, which is never suggested, however few the others are.
NEVER_SUGGESTED = 1 << 31


def evaluate(lm: LanguageModel, texts: Iterable[str], *, baselines: Mapping[str, Runtime] | None = None) -> Evaluation:
    """Measure a language model on texts, and baselines over the same vocabulary.

    The unigram baseline is always measured too, and so is the Kneser-Ney n-gram model where the language model is one
    or has one in it, as those of `fit` have.

    Args:
        lm: A language model.
        texts: Any iterable of `str`, read once.
        baselines: More runtimes to measure by name, such as `{"Kneser-Ney": build_ngram(ids, ...)}`.

    Returns:
        Perplexity, bits per character, OOV rate, recall, saved keys, calibration and seconds; see `Evaluation`.

    Raises:
        InputTypeError: If `texts` is one `str`, or an item is no `str`; if a baseline is no runtime.
        InputError: If there is no text (code "no-texts"); if a baseline has another vocabulary, or the name of the
            model or unigram row.

    Examples:
        >>> import nextword as nw
        >>> tokenizer = nw.build_tokenizer(["I like tea.", "I like milk."])
        >>> ids = nw.encode_texts(tokenizer, ["I like tea.", "I like milk."])
        >>> ngram = nw.build_ngram(ids, vocabulary_size=len(tokenizer.vocabulary))
        >>> evaluation = nw.evaluate(nw.build_language_model(tokenizer, ngram), ["I like milk."])
        >>> list(evaluation.baselines), evaluation.recall_at[3], evaluation.unigram.recall_at[1]
        (['unigram', 'Kneser-Ney'], 1.0, 0.25)

    References:
        Jelinek et al., 1977, Perplexity: a measure of the difficulty of speech recognition tasks.
    """
    runtimes = _baselines_of(lm, {} if baselines is None else baselines)
    stream = _read(lm, texts)
    typist = Typist(lm.vocabulary, lm.tokenizer.config.level)
    model = _measure(lm.runtime, stream, typist)
    baseline_evaluations = {
        name: model if runtime is lm.runtime else _measure(runtime, stream, typist)
        for name, runtime in runtimes.items()
    }
    return replace(model, baselines=baseline_evaluations)


def _baselines_of(lm: LanguageModel, given: Mapping[str, Runtime]) -> dict[str, Runtime]:
    if not isinstance(given, Mapping):
        raise InputTypeError(
            f"`baselines` maps names to runtimes; received a {type(given).__name__}.",
            code="baselines-not-a-mapping",
            received=type(given).__name__,
        )
    for name, runtime in given.items():
        if not isinstance(name, str) or not isinstance(runtime, Runtime):
            raise InputTypeError(
                f"`baselines` maps names to runtimes, as `build_ngram` and `to_runtime` return them, or `lm.runtime`; "
                f"received {name!r:.40}: {type(runtime).__name__}.",
                code="baseline-not-a-runtime",
                name=name,
                received=type(runtime).__name__,
            )
        if name in (UNIGRAM, "model"):
            raise InputError(
                f"the row {name!r} is always there; give the baseline another name.",
                code="baseline-name-taken",
                name=name,
            )
        if runtime.vocabulary_size != len(lm.vocabulary):
            raise InputError(
                f"the model has {len(lm.vocabulary)} tokens and the baseline {name!r} {runtime.vocabulary_size}. "
                "Figures compare only over one vocabulary: build it from ids of this model's tokenizer.",
                code="vocabularies-differ",
                name=name,
                vocabulary_sizes=(len(lm.vocabulary), runtime.vocabulary_size),
            )
    beside: dict[str, Runtime] = {UNIGRAM: UnigramRuntime(lm.vocabulary)}
    ngrams = [model for model in models_in(lm.runtime) if type(model) is NgramRuntime]
    if ngrams:  # role tokens never come in a text: the n-gram model too is measured without them
        beside[KNESER_NEY] = shaped(ngrams[0], lm.tokenizer, never=lm.vocabulary.role_ids)
    return {**beside, **given}


@dataclass(frozen=True, slots=True)
class _Stream:
    """All texts as one stream of N token ids, and what was counted while it was read."""

    ids: NDArray[np.int32]  # (N,)
    starts: NDArray[np.int64]  # where each text begins, (texts,)
    characters: int
    words: int
    unknown_words: int
    spelling_nats: float  # what spelling the unknown words costs


def _read(lm: LanguageModel, texts: Iterable[str]) -> _Stream:
    tokenizer = lm.tokenizer
    level = tokenizer.config.level
    alphabet = {character for word in lm.vocabulary[lm.vocabulary.first_word :] for character in word}
    nats_per_letter = math.log(len(alphabet) + 1)  # and one sign for the end of the word
    ids: list[NDArray[np.int32]] = []
    characters = words = unknown_words = letters = 0
    for text in check_texts(texts):
        split = tokenizer.split(text)
        encoded = tokenizer.ids_of(split)
        ids.append(np.append(encoded, np.int32(EOS_ID)))
        characters += len(join_words(split, level=level)) + 1
        words += sum(word != LINE_BREAK for word in split)
        for position in np.flatnonzero(encoded == UNK_ID).tolist():
            unknown_words += 1
            # An `<unk>` in the text itself stands for a word whose letters are not known any more.
            letters += 0 if split[position] == SPECIAL_TOKENS[UNK_ID] else len(split[position]) + 1
    if not ids:
        raise InputError("there is no text to evaluate on; give at least one.", code="no-texts")
    starts = np.cumsum([0, *map(len, ids[:-1])])
    return _Stream(np.concatenate(ids), starts, characters, words, unknown_words, letters * nats_per_letter)


@dataclass(frozen=True, slots=True)
class _TokenFigures:
    """Figures of every token, arrays of shape (N,); the last three are of known words, and 0 elsewhere."""

    cross_entropies: NDArray[np.float64]  # nats
    ranks: NDArray[np.int64]  # how many words are suggested before the right one
    confidences: NDArray[np.float64]  # in the best suggestion, 0 to 1
    keys: NDArray[np.int64]  # to write the word with suggestions

    def at(self, indices: NDArray[np.int64]) -> "_TokenFigures":
        return _TokenFigures(
            self.cross_entropies[indices], self.ranks[indices], self.confidences[indices], self.keys[indices]
        )


def _measure(runtime: Runtime, stream: _Stream, typist: Typist) -> Evaluation:
    start = time.perf_counter()
    if type(runtime) is UnigramRuntime:  # it ignores the context, so each word is measured once
        distinct, indices = np.unique(stream.ids, return_inverse=True)
        figures = _measure_tokens(runtime, distinct, typist).at(indices)
    else:
        figures = _measure_tokens(runtime, stream.ids, typist)
    evaluation = _summarize(figures, stream, typist)
    return replace(evaluation, seconds=time.perf_counter() - start)


def _measure_tokens(runtime: Runtime, ids: NDArray[np.int32], typist: Typist) -> _TokenFigures:
    cross_entropies, confidences = np.zeros((2, len(ids)))
    ranks, keys = np.zeros((2, len(ids)), np.int64)
    position, first = 0, typist.vocabulary.first_word
    for targets, logs in log_probabilities_along(runtime, runtime.advance(runtime.initial_state(), [EOS_ID]), ids):
        for token_id, row in zip(targets.tolist(), logs, strict=True):
            value = row[token_id]
            cross_entropies[position] = -value
            if token_id >= first:
                words = row[first:]
                # Ties go to the lower id, as in suggestions.
                rank = int(np.count_nonzero(words > value))
                rank += int(np.count_nonzero(row[first:token_id] == value))
                rank = NEVER_SUGGESTED if value == -np.inf else rank
                ranks[position] = rank
                confidences[position] = _confidence(row, float(words.max()))
                keys[position] = 1 if rank < SUGGESTIONS else typist.keys_with(token_id, row)
            position += 1
    return _TokenFigures(cross_entropies, ranks, confidences, keys)


def _confidence(row: NDArray[np.float32], best: float) -> float:
    """Return the probability of the best suggestion if a word comes next."""
    probability = math.exp(best)
    others = math.exp(row[UNK_ID]) + math.exp(row[EOS_ID])
    return probability / max(1.0 - others, probability, 1e-30)


def _summarize(figures: _TokenFigures, stream: _Stream, typist: Typist) -> Evaluation:
    is_known = stream.ids >= typist.vocabulary.first_word
    ranks = figures.ranks[is_known]
    known_words = max(len(ranks), 1)
    words, times = np.unique(stream.ids[is_known], return_counts=True)
    typed = sum(typist.keys_without(word) * count for word, count in zip(words.tolist(), times.tolist(), strict=True))
    nats = float(figures.cross_entropies.sum())
    lengths = np.diff(np.append(stream.starts, len(stream.ids))).astype(np.float64)
    spread = bootstrap_interval(np.add.reduceat(figures.cross_entropies, stream.starts), lengths)
    reliability = reliability_bins(figures.confidences[is_known], ranks == 0)
    return Evaluation(
        perplexity=perplexity_of(nats / len(stream.ids)),
        perplexity_interval=None if spread is None else (perplexity_of(spread[0]), perplexity_of(spread[1])),
        bits_per_character=(nats + stream.spelling_nats) / math.log(2) / stream.characters,
        oov_rate=stream.unknown_words / max(stream.words, 1),
        recall_at={rank: int((ranks < rank).sum()) / known_words for rank in RECALL_RANKS},
        top_3_interval=bootstrap_interval(
            np.add.reduceat((is_known & (figures.ranks < SUGGESTIONS)).astype(np.float64), stream.starts),
            np.add.reduceat(is_known.astype(np.float64), stream.starts),
        ),
        mean_reciprocal_rank=float((1.0 / (ranks + 1.0)).sum()) / known_words,
        keystroke_savings=(typed - int(figures.keys.sum())) / max(typed, 1),
        calibration_error=expected_calibration_error(reliability),
        reliability=reliability,
        tokens=len(stream.ids),
        characters=stream.characters,
        seconds=0.0,
    )
