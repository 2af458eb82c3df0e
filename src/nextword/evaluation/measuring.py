"""Measuring a language model: texts in, figures out.

Enters: a language model, texts, and baselines over the same vocabulary. Leaves: an `Evaluation`. The texts are read as
one stream, word after word, so the figures depend on nothing but model and texts: what is found at each token is kept
as a few numbers, never the distribution, and summed up at the end.
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
from nextword.evaluation.keystrokes import SUGGESTIONS, Typist
from nextword.evaluation.report import KNESER_NEY, RECALL_RANKS, UNIGRAM, Evaluation
from nextword.ngrams.runtime import NgramRuntime
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.masked import without_roles
from nextword.runtime import Runtime, log_probabilities_along
from nextword.tokens.joining import join_words
from nextword.tokens.texts import check_texts
from nextword.tokens.tokenizer import LINE_BREAK
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS, UNK_ID

# Place of a word that cannot come out, which is never suggested, however few the others are.
NEVER = 1 << 31


def evaluate(lm: LanguageModel, texts: Iterable[str], *, baselines: Mapping[str, Runtime] | None = None) -> Evaluation:
    """Measure a language model on texts, beside baselines over the same vocabulary.

    The unigram baseline is always beside it, and so is the Kneser-Ney n-gram model where the language model is one or
    has one in it, as those of `fit` have.

    Args:
        lm: A language model.
        texts: Any iterable of `str`, read once.
        baselines: More runtimes to measure by name, such as `{"Kneser-Ney": build_ngram(ids, ...)}`.

    Returns:
        Perplexity, bits per character, OOV rate, recall, saved keys, calibration and seconds; see `Evaluation`.

    Raises:
        InputTypeError: If `texts` is one `str`, or an item is no `str`; if a baseline is no runtime.
        InputError: If there is no text; if a baseline has another vocabulary, or the name of the model or unigram row.

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
    beside = {
        name: model if runtime is lm.runtime else _measure(runtime, stream, typist)
        for name, runtime in runtimes.items()
    }
    return replace(model, baselines=beside)


def _baselines_of(lm: LanguageModel, given: Mapping[str, Runtime]) -> dict[str, Runtime]:
    if not isinstance(given, Mapping):
        raise InputTypeError(f"`baselines` maps names to runtimes; received a {type(given).__name__}.")
    for name, runtime in given.items():
        if not isinstance(name, str) or not isinstance(runtime, Runtime):
            raise InputTypeError(
                f"`baselines` maps names to runtimes, as `build_ngram` and `to_runtime` return them, or `lm.runtime`; "
                f"received {name!r:.40}: {type(runtime).__name__}."
            )
        if name in (UNIGRAM, "model"):
            raise InputError(f"the row {name!r} is always there; give the baseline another name.")
        if runtime.vocabulary_size != len(lm.vocabulary):
            raise InputError(
                f"the model has {len(lm.vocabulary)} tokens and the baseline {name!r} {runtime.vocabulary_size}. "
                "Figures compare only over one vocabulary: build it from ids of this model's tokenizer."
            )
    found = _ngram_in(lm.runtime)
    # Role tokens never come in a text: the n-gram model too is measured without them.
    ngram: dict[str, Runtime] = {} if found is None else {KNESER_NEY: without_roles(found, lm.vocabulary)}
    return {UNIGRAM: UnigramRuntime(lm.vocabulary), **ngram, **given}


def _ngram_in(runtime: Runtime) -> NgramRuntime | None:
    """Return the n-gram model that a runtime is, or that is among its parts or below it."""
    if isinstance(runtime, NgramRuntime):
        return runtime
    inner = (*getattr(runtime, "parts", ()), getattr(runtime, "base", None))
    runtimes = (part for part in inner if isinstance(part, Runtime))
    return next((found for part in runtimes if (found := _ngram_in(part)) is not None), None)


@dataclass(frozen=True, slots=True)
class _Stream:
    ids: NDArray[np.int32]
    starts: NDArray[np.int64]  # where each text begins
    characters: int
    words: int
    unknown_words: int
    unknown_nats: float  # what spelling the unknown words costs


def _read(lm: LanguageModel, texts: Iterable[str]) -> _Stream:
    tokenizer = lm.tokenizer
    level = tokenizer.config.level
    alphabet = {character for word in lm.vocabulary[lm.vocabulary.first_word :] for character in word}
    nats_per_letter = math.log(len(alphabet) + 1)  # and one sign for the end of the word
    ids: list[NDArray[np.int32]] = []
    characters = words = unknown = letters = 0
    for text in check_texts(texts):
        split = tokenizer.split(text)
        encoded = tokenizer.ids_of(split)
        ids.append(np.append(encoded, np.int32(EOS_ID)))
        characters += len(join_words(split, level=level)) + 1
        words += sum(word != LINE_BREAK for word in split)
        for position in np.flatnonzero(encoded == UNK_ID).tolist():
            unknown += 1
            # The `<unk>` of a text that came with it stands for a word nobody can spell any more.
            letters += 0 if split[position] == SPECIAL_TOKENS[UNK_ID] else len(split[position]) + 1
    if not ids:
        raise InputError("there is no text to evaluate on; give at least one.")
    starts = np.cumsum([0, *map(len, ids[:-1])])
    return _Stream(np.concatenate(ids), starts, characters, words, unknown, letters * nats_per_letter)


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found at every token, arrays of shape (N,); the last three are of known words, and 0 elsewhere."""

    nats: NDArray[np.float64]
    places: NDArray[np.int64]  # suggestions before the word
    confidences: NDArray[np.float64]  # in the best suggestion
    keys: NDArray[np.int64]  # with suggestions

    def at(self, at: NDArray[np.int64]) -> "_Found":
        return _Found(self.nats[at], self.places[at], self.confidences[at], self.keys[at])


def _measure(runtime: Runtime, stream: _Stream, typist: Typist) -> Evaluation:
    start = time.perf_counter()
    if isinstance(runtime, UnigramRuntime):  # it forgets the context, so each word is looked at once
        distinct, copies = np.unique(stream.ids, return_inverse=True)
        found = _look(runtime, distinct, typist).at(copies)
    else:
        found = _look(runtime, stream.ids, typist)
    evaluation = _summed(found, stream, typist)
    return replace(evaluation, seconds=time.perf_counter() - start)


def _look(runtime: Runtime, ids: NDArray[np.int32], typist: Typist) -> _Found:
    nats, confidences = np.zeros((2, len(ids)))
    places, keys = np.zeros((2, len(ids)), np.int64)
    position, first = 0, typist.vocabulary.first_word
    for targets, logs in log_probabilities_along(runtime, runtime.advance(runtime.initial_state(), [EOS_ID]), ids):
        for token_id, row in zip(targets.tolist(), logs, strict=True):
            value = row[token_id]
            nats[position] = -value
            if token_id >= first:
                words = row[first:]
                # Ties go to the lower id, as in suggestions.
                place = int(np.count_nonzero(words > value))
                place += int(np.count_nonzero(row[first:token_id] == value))
                place = NEVER if value == -np.inf else place
                places[position] = place
                confidences[position] = _confidence(row, float(words.max()))
                keys[position] = 1 if place < SUGGESTIONS else typist.keys_with(token_id, row)
            position += 1
    return _Found(nats, places, confidences, keys)


def _confidence(row: NDArray[np.float32], best: float) -> float:
    """Return the probability of the best suggestion if a word comes next."""
    probability = math.exp(best)
    others = math.exp(row[UNK_ID]) + math.exp(row[EOS_ID])
    return probability / max(1.0 - others, probability, 1e-30)


def _summed(found: _Found, stream: _Stream, typist: Typist) -> Evaluation:
    known = stream.ids >= typist.vocabulary.first_word
    places = found.places[known]
    ranked = max(len(places), 1)
    words, times = np.unique(stream.ids[known], return_counts=True)
    typed = sum(typist.keys_without(word) * count for word, count in zip(words.tolist(), times.tolist(), strict=True))
    nats = float(found.nats.sum())
    lengths = np.diff(np.append(stream.starts, len(stream.ids))).astype(np.float64)
    spread = bootstrap_interval(np.add.reduceat(found.nats, stream.starts), lengths)
    reliability = reliability_bins(found.confidences[known], places == 0)
    return Evaluation(
        perplexity=_exp(nats / len(stream.ids)),
        perplexity_interval=None if spread is None else (_exp(spread[0]), _exp(spread[1])),
        bits_per_character=(nats + stream.unknown_nats) / math.log(2) / stream.characters,
        oov_rate=stream.unknown_words / max(stream.words, 1),
        recall_at={rank: int((places < rank).sum()) / ranked for rank in RECALL_RANKS},
        top_3_interval=bootstrap_interval(
            np.add.reduceat((known & (found.places < 3)).astype(np.float64), stream.starts),
            np.add.reduceat(known.astype(np.float64), stream.starts),
        ),
        mean_reciprocal_rank=float((1.0 / (places + 1.0)).sum()) / ranked,
        keystroke_savings=(typed - int(found.keys.sum())) / max(typed, 1),
        calibration_error=expected_calibration_error(reliability),
        reliability=reliability,
        tokens=len(stream.ids),
        characters=stream.characters,
        seconds=0.0,
    )


def _exp(nats: float) -> float:
    return math.exp(min(nats, 700.0))
