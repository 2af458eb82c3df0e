"""The temperature at which a language model is neither too sure nor too unsure.

Input: a language model and texts that it was not trained on. Output: a temperature, or the model with it. The order of
suggestions stays as it was; perplexity and calibration change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError, check_number
from nextword.mixing.passages import Passage, read_passages
from nextword.prediction.judged import check_as_stream, judged_passages, read_judged
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.shaping import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE, shaped, unshaped
from nextword.runtime import Runtime, logits_of, row_blocks
from nextword.tokens.conversation import Conversation

# The range in which a temperature is fitted.
LEAST_SURE, MOST_SURE = 16.0, 1 / 16

# Exponentials of less have fewer digits in float32, and take a processor ten times as long. They would add 1e-38.
LEAST_EXPONENT = np.float32(-87.0)


def calibrate(
    lm: LanguageModel, texts: Iterable[str] | Iterable[Conversation], *, as_stream: bool = False
) -> LanguageModel:
    """Return the language model at the temperature that suits held-out texts best; see `fit_temperature`.

    Args:
        lm: A language model; it stays as it was.
        texts: Texts that it was not trained on, such as `fit` holds out, or conversations; read once.
        as_stream: Read on over the ends of texts.

    Returns:
        The model, its own temperature multiplied by the fitted one.

    Raises:
        InputTypeError: If `lm` is no language model (code "not-a-language-model"); if `texts` is one `str`, or an item
            is no `str`, as in `fit_temperature`.
        InputError: If there is no text; code "no-text".
    """
    return with_temperature(lm, fit_temperature(lm, texts, as_stream=as_stream))


def with_temperature(lm: LanguageModel, temperature: float) -> LanguageModel:
    """Return a language model whose log-probabilities are divided by a temperature; `save` keeps it.

    Args:
        lm: A language model; it stays as it was.
        temperature: Above 1 flattens its distributions, below 1 sharpens them, 1 gives `lm` itself. Temperatures
            multiply, so `with_temperature(with_temperature(lm, t), 1 / t)` is `lm` again where `t * (1 / t)` is 1.

    Raises:
        InputTypeError: If `lm` is no language model; code "not-a-language-model".
        ConfigError: If the temperature is no number from 0.001 to 1,000, or the product of both is none; code
            "option-out-of-range".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> sure, unsure = (nw.with_temperature(lm, temperature) for temperature in (0.5, 2.0))
        >>> nw.word_probability(sure, "I", "like") > nw.word_probability(unsure, "I", "like")
        True
    """
    check_language_model(lm, temperature)
    check_number("temperature", temperature, LOWEST_TEMPERATURE, highest=HIGHEST_TEMPERATURE)
    product = unshaped(lm.runtime)[1].temperature * temperature
    runtime = shaped(lm.runtime, lm.tokenizer, temperature=product)
    return lm if runtime is lm.runtime else replace(lm, runtime=runtime)


def fit_temperature(
    lm: LanguageModel, texts: Iterable[str] | Iterable[Conversation], *, as_stream: bool = False
) -> float:
    """Return the temperature that makes held-out texts most probable, from 1/16 to 16.

    Texts are read as `evaluate` reads them: each by itself from a fresh start, or as one stream; of conversations the
    turns of "assistant" count.

    Cross-entropy is convex in the inverse temperature, so its slope changes sign once. A first pass over the texts
    looks at powers of 2, a second at 9 temperatures between the two that enclose the best, which gives it to 0.2%.

    Args:
        lm: A language model.
        texts: Texts that it was not trained on, or conversations for a model of conversations; read once.
        as_stream: Read on over the ends of texts.

    Returns:
        The temperature: 1 if the model is as sure as it should be, above 1 if it is too sure, below 1 if it is not
        sure enough.

    Raises:
        InputTypeError: If `lm` is no language model (code "not-a-language-model"); if `texts` is one `str`, or an item
            is no `str` (or no `Conversation`, as the first one is).
        InputError: If there is no text, or no reply (code "no-text"); if they are conversations and the model was
            trained on texts (code "no-template").
        ConfigError: If `as_stream` is no bool, or true for a model of conversations; codes "option-out-of-range" and
            "stream-of-conversations".

    References:
        Guo et al., 2017, On Calibration of Modern Neural Networks.
    """
    check_language_model(lm, texts)
    check_as_stream(as_stream, lm)
    judged = list(read_judged(lm, texts))
    if not judged:
        raise InputError("a temperature is fitted on held-out `texts`; received none.", code="no-text")
    passages = judged_passages(judged, as_stream=as_stream)
    whole = np.geomspace(MOST_SURE, LEAST_SURE, 9)
    temperatures = whole[3:6]  # 0.5 to 2, which is enough for most models
    slopes = _slopes(lm.runtime, passages, 1.0 / temperatures)  # descending
    if not slopes[0] > 0.0 > slopes[-1]:
        temperatures = whole
        slopes = _slopes(lm.runtime, passages, 1.0 / temperatures)
    for is_narrow in (False, True):
        if np.abs(slopes).max() < 1e-6:  # all words alike: no temperature changes anything
            return 1.0
        if slopes[0] <= 0 or slopes[-1] >= 0:
            return float(temperatures[0] if slopes[0] <= 0 else temperatures[-1])
        if not is_narrow:
            after = int(np.argmax(slopes < 0))
            temperatures = np.geomspace(temperatures[after - 1], temperatures[after], 9)
            slopes = _slopes(lm.runtime, passages, 1.0 / temperatures)
    return float(np.exp(np.interp(0.0, slopes[::-1], np.log(temperatures[::-1]))))


def _slopes(runtime: Runtime, passages: Sequence[Passage], inverses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the derivative of the cross-entropy with respect to the inverse temperature, at each of them, (K,)."""
    slopes, tokens = np.zeros(len(inverses)), 0
    for _, targets, states in read_passages(runtime, passages):
        logs = logits_of(runtime, states)  # every row is shifted below, so they need not be normalised
        chosen = logs[np.arange(len(targets)), targets]
        possible = np.isfinite(chosen)
        for rows in row_blocks(logs):
            best = logs[rows].max(axis=1, keepdims=True)
            # What is impossible stays so at every temperature; as a finite number it adds nothing.
            shifted = np.maximum(logs[rows] - best, np.float32(-1e4))  # (n, V)
            distances = (best[:, 0] - chosen[rows])[possible[rows]]
            powers = np.empty_like(shifted)
            for position, inverse in enumerate(inverses.astype(np.float32)):
                np.maximum(np.multiply(shifted, inverse, out=powers), LEAST_EXPONENT, out=powers)
                np.exp(powers, out=powers)
                means = np.matmul(powers[:, None], shifted[:, :, None])[:, 0, 0] / powers.sum(axis=1)  # (n,)
                slopes[position] += (means[possible[rows]] + distances).sum(dtype=np.float64)
        tokens += int(np.count_nonzero(possible))
    return slopes / max(tokens, 1)
