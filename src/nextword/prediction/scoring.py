"""How probable given words and texts are.

Input: a language model and a text. Output: probabilities of the words of the text, by the chain rule.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError, check_bool
from nextword.mixing.passages import Passage, read_passages
from nextword.prediction.context import read_context
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.next_word import Prediction
from nextword.runtime import Runtime, State, logs_at, perplexity_of, states_along
from nextword.tokens.spelling import build_speller
from nextword.tokens.texts import check_text, check_texts
from nextword.tokens.vocabulary import EOS_ID, SPECIAL_TOKENS, UNK_ID, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    r"""How probable a text is.

    Attributes:
        log_probability: That of the whole text, in nats (natural log), 0 or less.
        words: Every token with its own log-probability in nats; a line break is "\n", the end of the text "<eos>".
        unknown: How many tokens are outside the vocabulary; each is charged with the probability of `<unk>`, which all
            unknown words share, and with `spell_unknown` with that of its spelling too.
    """

    log_probability: float
    words: tuple[tuple[str, float], ...]
    unknown: int

    @property
    def tokens(self) -> int:
        """Number of tokens."""
        return len(self.words)

    @property
    def nats_per_token(self) -> float:
        """Cross-entropy, the mean of minus the log-probability a token; 0 for an empty text."""
        return -self.log_probability / len(self.words) if self.words else 0.0

    @property
    def perplexity(self) -> float:
        """Exp of the nats per token; infinite where a token is impossible, such as a blocked word."""
        return perplexity_of(self.nats_per_token)


def word_probability(lm: LanguageModel, text: str, word: str) -> float:
    """Return the probability of one word to come next.

    Args:
        lm: A language model.
        text: The text so far.
        word: One word. Outside the vocabulary it has the probability of `<unk>`, which all unknown words share.

    Returns:
        The probability, 0 to 1.

    Raises:
        InputTypeError: If `lm` is no language model, or `text` or `word` no `str`; codes "not-a-language-model" and
            "text-not-str".
        InputError: If `word` is not exactly one token; code "not-one-word".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> nw.word_probability(lm, "I like", "green") > 0.5
        True
    """
    check_language_model(lm, text, word)
    check_text("text", text)
    token_ids = _encode(lm, word, "word")
    if len(token_ids) != 1:
        raise InputError(
            f"`word` is one word; {word!r:.80} has {len(token_ids)} tokens, {lm.tokenizer.split(word)[:8]!r}. "
            "Use `rank_candidates` or `score` for more.",
            code="not-one-word",
            word=word,
            tokens=tuple(lm.tokenizer.split(word)[:8]),
        )
    return math.exp(float(logs_at(lm.runtime, read_context(lm, text).state, token_ids[None].astype(np.int64))[0, 0]))


def score(lm: LanguageModel, text: str, *, complete: bool = False, spell_unknown: bool = False) -> Score:
    """Return the log-probability of a text, word by word, read from its beginning.

    Args:
        lm: A language model.
        text: One text of any length.
        complete: Whether the text ends here: then the `<eos>` after it counts too.
        spell_unknown: Charge unknown words with their spelling as well, by a character model of the vocabulary, so that
            scores of models of different vocabularies compare. By default all unknown words cost the same.

    Returns:
        Log-probabilities of the text and of its tokens.

    Raises:
        InputTypeError: If `lm` is no language model, or `text` no `str`; codes "not-a-language-model" and
            "text-not-str".
        ConfigError: If `complete` or `spell_unknown` is no bool; code "option-out-of-range".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> nw.score(lm, "I like tea.").tokens, nw.score(lm, "I like tea.", complete=True).tokens
        (4, 5)
        >>> rare, odd = (nw.score(lm, f"I like {word}", spell_unknown=True) for word in ("teas", "xyzq"))
        >>> rare.log_probability > odd.log_probability
        True
    """
    check_language_model(lm, text)
    check_bool("complete", complete)
    check_bool("spell_unknown", spell_unknown)
    words = lm.tokenizer.split(text)
    ids = lm.tokenizer.ids_of(words)
    unknown = np.flatnonzero(ids == UNK_ID).tolist()
    if complete:
        words, ids = [*words, SPECIAL_TOKENS[EOS_ID]], np.append(ids, np.int32(EOS_ID))
    start = lm.runtime.advance(lm.runtime.initial_state(), [EOS_ID])
    logs = _log_probabilities_of(lm, start, ids)
    if spell_unknown:
        spelling = spelling_of_unknown(lm.vocabulary, (words[position] for position in unknown))
        for position in unknown:
            logs[position] += spelling[words[position]]
    return Score(log_probability=math.fsum(logs), words=tuple(zip(words, logs, strict=True)), unknown=len(unknown))


def spelling_of_unknown(vocabulary: Vocabulary, words: Iterable[str]) -> dict[str, float]:
    """Return what the spelling of unknown words adds to the log-probability of their `<unk>`, in nats.

    Args:
        vocabulary: The words whose spelling is known.
        words: Words outside it. An `<unk>` written in a text that is tokenised already stands for a word whose letters
            nobody knows, so it adds nothing.

    Returns:
        Finite numbers, 0 or less, by word.
    """
    mark = SPECIAL_TOKENS[UNK_ID]
    spelt = [word for word in dict.fromkeys(words) if word != mark]
    logs = build_speller(vocabulary).log_probabilities(spelt).tolist() if spelt else []
    return {mark: 0.0, **dict(zip(spelt, logs, strict=True))}


def rank_candidates(lm: LanguageModel, text: str, candidates: Iterable[str]) -> tuple[Prediction, ...]:
    """Return given continuations of a text by their probability, best first.

    Args:
        lm: A language model.
        text: The text so far.
        candidates: Words, or phrases, whose probability is the product of those of their words: longer ones have less.
            Unknown words all have the probability of `<unk>`, so two of them stay in the given order.

    Returns:
        Each candidate with its probability to follow; equal ones in the given order.

    Raises:
        InputTypeError: If `lm` is no language model (code "not-a-language-model"), `text` or a candidate no `str`, or
            `candidates` one `str`.
        InputError: If a candidate has no word; code "candidate-without-word".
    """
    check_language_model(lm, text, candidates)
    candidates = list(check_texts(candidates, "candidates"))
    state = read_context(lm, text).state
    encoded = [_encode(lm, candidate, "candidates") for candidate in candidates]
    for candidate, ids in zip(candidates, encoded, strict=True):
        if not len(ids):
            raise InputError(
                f"every item of `candidates` has a word; received {candidate!r:.80}.",
                code="candidate-without-word",
                candidate=candidate,
            )
    first = logs_at(lm.runtime, state, np.array([[ids[0] for ids in encoded]], np.int64))[0].tolist() if encoded else []
    rest = _logs_behind_first(lm, state, encoded)
    ranked = [
        Prediction(candidate, math.exp(math.fsum([log, *logs])))
        for candidate, log, logs in zip(candidates, first, rest, strict=True)
    ]
    return tuple(sorted(ranked, key=lambda prediction: -prediction.probability))


def _logs_behind_first(lm: LanguageModel, state: State, phrases: list[NDArray[np.int32]]) -> list[list[float]]:
    """Return the log-probabilities of the ids of phrases but the first ones, each after those before it."""
    ends = np.cumsum([len(ids) - 1 for ids in phrases]).tolist()
    logs = np.empty(ends[-1] if ends else 0)
    for positions, ids, states in read_passages(lm.runtime, [Passage(ids[:1], ids[1:]) for ids in phrases], state):
        logs[positions] = _logs_at(lm.runtime, states, ids)
    return [part.tolist() for part in np.split(logs, ends[:-1])] if ends else []


def _encode(lm: LanguageModel, text: object, name: str) -> NDArray[np.int32]:
    return lm.tokenizer.encode(check_text(name, text))


def _log_probabilities_of(lm: LanguageModel, state: State, ids: NDArray[np.int32]) -> list[float]:
    """Return the log-probability of each of the ids (N,) after those before it."""
    target_logs: list[float] = []
    for targets, states in states_along(lm.runtime, state, ids):
        target_logs += _logs_at(lm.runtime, states, targets).tolist()
    return target_logs


def _logs_at(runtime: Runtime, states: State, ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the log-probability of one token after each of n texts, (n,)."""
    return logs_at(runtime, states, ids[:, None].astype(np.int64))[:, 0]
