"""Generated text: word after word is drawn from the next-word distribution, after samplers have changed it.

Input: a language model, a prompt and options. Output: words as they come, or the whole text.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nextword.errors import (
    ConfigError,
    InputTypeError,
    check_choice,
    check_config,
    check_integer,
    check_items,
    check_number,
    described,
    take_plain_numbers,
)
from nextword.prediction.context import context_start, read_context, text_ids
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.next_word import Prediction
from nextword.prediction.sampling import (
    apply_temperature,
    draw,
    forbid,
    forbid_repeated_ngrams,
    keep_min_p,
    keep_top_k,
    keep_top_p,
    penalize_repetition,
)
from nextword.prediction.writing import append_words
from nextword.runtime import Runtime, State, is_searched, most_probable
from nextword.tokens.texts import check_text
from nextword.tokens.tokenizer import LINE_BREAK
from nextword.tokens.vocabulary import EOS_ID, PAD_ID, UNK_ID
from nextword.tokens.words import SENTENCE_ENDS

_STOPS = ("line", "sentence", "never")


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationConfig:
    """How text is generated.

    Args:
        max_words: Largest number of words to generate, punctuation marks included.
        temperature: 0 takes the most probable word each time (greedy); below 1 sharpens the distribution, above 1
            flattens it.
        top_k: Draw from this many most probable words; None for all.
        top_p: Draw from the fewest words that reach this probability together, above 0 to 1.
        min_p: Draw from words whose probability is at least this share of that of the best one, 0 to 1.
        repetition_penalty: Power to which the probability of recent words is raised, 1 (none) or more; that of line
            breaks is not.
        no_repeat_ngram: Length in words of the sequences that must not come twice; 0 for no such rule.
        recent_words: How many of the last words the two rules above look at: those generated, and before them those of
            the whole prompt or, in `reply`, of the role's own earlier turns.
        stop_at: "line" ends before a line break, "sentence" also after the end of a sentence; "never" goes on over
            line breaks to `max_words`.
        stop_words: Words before which generation ends.
        seed: Seed of the draws; equal arguments give equal text.

    Raises:
        ConfigError: If a value is of the wrong kind or outside its range; codes "option-out-of-range" and, for
            `stop_words`, "stop-words-not-words".

    Examples:
        >>> GenerationConfig(temperature=0.0, stop_at="sentence").max_words
        50
    """

    max_words: int = 50
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    no_repeat_ngram: int = 0
    recent_words: int = 256
    stop_at: Literal["line", "sentence", "never"] = "line"
    stop_words: tuple[str, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the ranges."""
        take_plain_numbers(self)
        check_integer("max_words", self.max_words, 1)
        check_number("temperature", self.temperature, 0.0)
        if self.top_k is not None:
            check_integer("top_k", self.top_k, 1)
        check_number("top_p", self.top_p, 0.0, above=True, highest=1.0)
        check_number("min_p", self.min_p, 0.0, highest=1.0)
        check_number("repetition_penalty", self.repetition_penalty, 1.0)
        check_integer("no_repeat_ngram", self.no_repeat_ngram, 0)
        check_integer("recent_words", self.recent_words, 1)
        check_integer("seed", self.seed, 0)
        check_choice("stop_at", self.stop_at, _STOPS)
        try:
            words = check_items("stop_words", self.stop_words, str)
        except InputTypeError as error:
            raise ConfigError(
                f'`stop_words` is a tuple of words, such as (".",); received {described(self.stop_words)}.',
                code="stop-words-not-words",
                value=self.stop_words,
            ) from error
        object.__setattr__(self, "stop_words", words)

    @property
    def looks_back(self) -> bool:
        """Whether a rule looks at earlier words."""
        return self.repetition_penalty > 1.0 or self.no_repeat_ngram > 0


def generate(lm: LanguageModel, prompt: str = "", config: GenerationConfig = GenerationConfig()) -> str:
    r"""Return the prompt, continued by generated words with the spaces that English and Chinese have.

    Args:
        lm: A language model.
        prompt: How the text begins; kept as it is.
        config: Samplers, lengths and seed.

    Returns:
        A text that begins with the prompt.

    Raises:
        InputTypeError: If `lm` is no language model, `prompt` no `str`, or `config` no `GenerationConfig`; codes
            "not-a-language-model", "text-not-str" and "wrong-kind".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> nw.generate(lm, "I like", nw.GenerationConfig(temperature=0.0))
        'I like green tea.'
    """
    words = list(generate_words(lm, prompt, config))
    return append_words(lm.tokenizer, prompt, words)


def generate_words(lm: LanguageModel, prompt: str = "", config: GenerationConfig = GenerationConfig()) -> Iterator[str]:
    r"""Return an iterator over generated words as they come; see `generate`.

    Args:
        lm: A language model.
        prompt: How the text begins.
        config: Samplers, lengths and seed.

    Returns:
        An iterator over words, "\n" for a line break.

    Raises:
        InputTypeError: If `lm` is no language model, `prompt` no `str`, or `config` no `GenerationConfig`; codes
            "not-a-language-model", "text-not-str" and "wrong-kind".
    """
    return (word for word, _ in generate_predictions(lm, prompt, config))


def generate_predictions(
    lm: LanguageModel, prompt: str = "", config: GenerationConfig = GenerationConfig()
) -> Iterator[Prediction]:
    r"""Return an iterator over generated words with the probability that the model gave them, before any sampler.

    See `generate`. Special tokens never come; generation ends early if the rules leave no word.

    Args:
        lm: A language model.
        prompt: How the text begins.
        config: Samplers, lengths and seed.

    Returns:
        An iterator over words, "\n" for a line break, and their probabilities.

    Raises:
        InputTypeError: If `lm` is no language model, `prompt` no `str`, or `config` no `GenerationConfig`; codes
            "not-a-language-model", "text-not-str" and "wrong-kind".
    """
    check_language_model(lm, prompt)
    check_text("prompt", prompt)
    check_config(config, GenerationConfig)
    context = read_context(lm, prompt)
    recent = last_ids(lm, prompt, config.recent_words) if config.looks_back else []
    return generate_from(lm, context.state, recent, config)


def last_ids(lm: LanguageModel, text: str, count: int) -> list[int]:
    """Return the ids of the last words of a text, and of the line breaks among them, in their order.

    Args:
        lm: A language model.
        text: Any text; no more of its beginning is read than is needed.
        count: How many, at least 1.
    """
    start = context_start(len(text))
    while True:
        ids: list[int] = text_ids(lm.tokenizer, text[start:]).tolist()
        # The first word is cut where the part begins within it.
        if not start or len(ids) > count:
            return ids[-count:]
        start = max(0, start - len(text[start:]))


def generate_from(
    lm: LanguageModel, state: State, recent: list[int], config: GenerationConfig, *, never_first: tuple[int, ...] = ()
) -> Iterator[Prediction]:
    """Yield generated words from a state on; see `generate_predictions`.

    Args:
        lm: A language model.
        state: State before the first generated word, of one text.
        recent: Ids of the last words read, for the rules on repetition; generated ones are appended to it.
        config: Samplers, lengths and seed.
        never_first: Ids of tokens that must not come first.

    Yields:
        Words and their probabilities.
    """
    generator = np.random.default_rng(config.seed)
    stop_ids = {lm.vocabulary.ids[word] for word in config.stop_words if word in lm.vocabulary.ids}
    for position in range(config.max_words):
        never = [PAD_ID, UNK_ID, *(never_first if position == 0 else ())]
        ids, model_logs = _candidates(lm.runtime, state, config, len(never))
        places = ids.searchsorted(never)
        logs = forbid(model_logs, places[ids.take(places, mode="clip") == never])
        seen = recent[-config.recent_words :]
        if config.repetition_penalty > 1.0:
            repeated = [token_id for token_id in seen if token_id >= lm.vocabulary.first_word]
            logs = penalize_repetition(logs, repeated, config.repetition_penalty)
        if config.no_repeat_ngram:
            logs = forbid_repeated_ngrams(logs, seen, config.no_repeat_ngram)
        if logs.max() == -math.inf:
            return
        logs = apply_temperature(logs, config.temperature)
        if config.top_k is not None:
            logs = keep_top_k(logs, config.top_k)
        if config.top_p < 1.0:
            logs = keep_top_p(logs, config.top_p)
        drawn = draw(keep_min_p(logs, config.min_p), generator)
        token_id = int(ids[drawn])
        word = LINE_BREAK if token_id == EOS_ID else lm.vocabulary.words[token_id]
        if token_id in stop_ids or (word == LINE_BREAK and config.stop_at != "never"):
            return
        yield Prediction(word, math.exp(model_logs[drawn]))
        if config.stop_at == "sentence" and word in SENTENCE_ENDS:
            return
        recent.append(token_id)
        state = lm.runtime.advance(state, [token_id])


def _candidates(
    runtime: Runtime, state: State, config: GenerationConfig, never: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the tokens that can be drawn, ascending, and their log-probabilities.

    They are all tokens, or of a large vocabulary only the best, where samplers look at no others: as many as are kept,
    and as many more as never come.
    """
    kept = 1 if config.temperature == 0.0 else config.top_k
    if kept is not None and not config.looks_back and is_searched(runtime, kept + never):
        ids, logs = (rows[0] for rows in most_probable(runtime, state, kept + never))
        order = ids.argsort()
        return ids[order], logs[order].astype(np.float64)
    whole = runtime.log_probabilities(state)[0].astype(np.float64)  # (V,)
    return np.arange(len(whole)), whole
