"""Measuring a language model: texts in, figures out.

Input: a language model, texts, and baselines over the same vocabulary. Output: an `Evaluation`. Each text is read by
itself, as `predict_next_word` would be asked, or all as one stream, so the figures depend on nothing but model and
texts.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from nextword.errors import InputError, InputTypeError, check_bool, described
from nextword.evaluation.keystrokes import Typist
from nextword.evaluation.reading import Material, read_material
from nextword.evaluation.report import KNESER_NEY, UNIGRAM, Evaluation
from nextword.evaluation.summing import measure_tokens, summarize
from nextword.mixing.passages import Step, read_passages
from nextword.ngrams.runtime import NgramRuntime
from nextword.ngrams.unigram import UnigramRuntime
from nextword.prediction.judged import check_as_stream
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.shaping import shaped
from nextword.runtime import Runtime, is_runtime, models_in
from nextword.tokens.conversation import Conversation


def evaluate(
    lm: LanguageModel,
    texts: Iterable[str] | Iterable[Conversation],
    *,
    baselines: Mapping[str, Runtime] | None = None,
    as_stream: bool = False,
    keystrokes: bool = False,
) -> Evaluation:
    """Measure a language model on texts or conversations, and baselines over the same vocabulary.

    What is judged is what will be asked: each text is read by itself, from where `predict_next_word` begins, and the
    replies of a conversation, the turns of "assistant", each after the turns before it as `reply` reads them. Ranks,
    keys and confidences are those of suggestions, which read on behind a finished sentence; perplexity and bits are
    those of the next token. A model of conversations judges a text as a first reply.

    The unigram baseline is always measured too, and so is the Kneser-Ney n-gram model where the language model is one
    or has one in it, as those of `fit` have.

    Args:
        lm: A language model.
        texts: Any iterable of `str`, read once; for a model of conversations also one of `Conversation`s.
        baselines: More runtimes to measure by name, such as `{"Kneser-Ney": build_ngram(ids, ...)}`.
        as_stream: Read on over the ends of texts, so that each is expected from those before it. Published figures of
            Penn Treebank are such, and so are fair ones of the chapters of one book.
        keystrokes: Simulate typing too, key by key, and tell how many keys suggestions save; takes longer.

    Returns:
        Perplexity, bits per character, OOV rate, recall, calibration, seconds, and saved keys if they were asked for;
        see `Evaluation`.

    Raises:
        InputTypeError: If `lm` is no language model (code "not-a-language-model"); if `texts` is one `str`, or an item
            is no `str` (or no `Conversation`, as the first one is); if a baseline is no runtime.
        InputError: If there is no text, or no reply (code "no-texts"); if they are conversations and the model was
            trained on texts (code "no-template"); if a baseline has another vocabulary, or the name of the model or
            unigram row.
        ConfigError: If `as_stream` or `keystrokes` is no bool, or `as_stream` true for a model of conversations; codes
            "option-out-of-range" and "stream-of-conversations".

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
    check_language_model(lm, texts)
    check_as_stream(as_stream, lm)
    check_bool("keystrokes", keystrokes)
    runtimes = _baselines_of(lm, {} if baselines is None else baselines)
    typist = Typist(lm.vocabulary, lm.tokenizer.config.level) if keystrokes else None
    material = read_material(lm, texts, typist, as_stream=as_stream)
    model = _measure(lm, material, typist)
    beside = {
        name: model if runtime is lm.runtime else _measure(replace(lm, runtime=runtime), material, typist)
        for name, runtime in runtimes.items()
    }
    return replace(model, baselines=beside)


def _baselines_of(lm: LanguageModel, given: Mapping[str, Runtime]) -> dict[str, Runtime]:
    if not isinstance(given, Mapping):
        raise InputTypeError(
            f"`baselines` maps names to runtimes; received {described(given)}.",
            code="baselines-not-a-mapping",
            received=type(given).__name__,
        )
    for name, runtime in given.items():
        if not isinstance(name, str) or not is_runtime(runtime):
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


def _measure(lm: LanguageModel, material: Material, typist: Typist | None) -> Evaluation:
    start = time.perf_counter()
    if type(lm.runtime) is UnigramRuntime:  # it ignores the context, so each word is measured once
        distinct, indices = np.unique(material.ids, return_inverse=True)
        step = Step(np.arange(len(distinct)), distinct, lm.runtime.initial_state())
        figures = measure_tokens(lm, [step], len(distinct), typist).at(indices)
    else:
        figures = measure_tokens(lm, read_passages(lm.runtime, material.passages), len(material.ids), typist)
    return replace(summarize(figures, material, typist), seconds=time.perf_counter() - start)
