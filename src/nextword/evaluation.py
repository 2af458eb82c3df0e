"""How well a language model predicts texts that it was not trained on.

Enters: a language model and texts. Leaves: an `Evaluation`, beside it the unigram baseline over the same vocabulary.
The texts are read as one stream, word after word, so the figures depend on nothing but model and texts.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nextword.characters import is_han
from nextword.errors import InputError
from nextword.language_model import LanguageModel
from nextword.reading import check_texts
from nextword.runtime.protocol import Runtime, log_probabilities_along
from nextword.runtime.unigram import UnigramRuntime
from nextword.text import join_words
from nextword.tokenizer import LINE_BREAK
from nextword.vocabulary import EOS_ID, SPECIAL_TOKENS, UNK_ID, Vocabulary

RECALL_RANKS = (1, 3, 5)
SUGGESTIONS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Figures of a model on some texts.

    Attributes:
        perplexity: exp of the mean nats over all words and one `<eos>` a text. Compares only over one vocabulary.
        bits_per_character: Bits a character of the normalised text, line ends counted as one; an unknown word costs
            its `<unk>` and a uniform code over the characters of the training vocabulary, so that vocabularies and
            levels compare.
        oov_rate: Share of words outside the vocabulary, 0 to 1, the `<unk>` that a text came with among them.
        recall_at: Share of known words that are among the first 1, 3 and 5 suggestions, 0 to 1, by number.
        mean_reciprocal_rank: Mean of one by the rank of known words among all suggestions, 0 to 1.
        keystroke_savings: Share of keys that 3 suggestions after every key save on known words, 0 to 1. A word costs a
            key a letter and one for the space behind it, a Chinese word a key a character; accepting a suggestion costs
            one key and writes the space.
        tokens: Words and `<eos>` scored.
        characters: Characters of the normalised text.
        unigram: The same figures for the unigram baseline; None in the baseline's own.
    """

    perplexity: float
    bits_per_character: float
    oov_rate: float
    recall_at: dict[int, float]
    mean_reciprocal_rank: float
    keystroke_savings: float
    tokens: int
    characters: int
    unigram: "Evaluation | None" = None

    def __str__(self) -> str:
        """Return a small table."""
        header = f"{'':10}{'perplexity':>11}{'bits/char':>11}" + "".join(f"{f'top-{k}':>8}" for k in RECALL_RANKS)
        header += f"{'keys saved':>12}"
        rows = [("model", self), *([("unigram", self.unigram)] if self.unigram else [])]
        lines = [
            f"{name:10}{row.perplexity:11,.1f}{row.bits_per_character:11.3f}"
            + "".join(f"{row.recall_at[k]:8.1%}" for k in RECALL_RANKS)
            + f"{row.keystroke_savings:12.1%}"
            for name, row in rows
        ]
        return "\n".join([header, *lines, f"{self.tokens:,} tokens, {self.oov_rate:.1%} of words unknown"])


def evaluate(lm: LanguageModel, texts: Iterable[str]) -> Evaluation:
    """Measure a language model on texts, beside the unigram baseline over the same vocabulary.

    Args:
        lm: A language model.
        texts: Any iterable of `str`, read once.

    Returns:
        Perplexity, bits per character, OOV rate and recall; see `Evaluation`.

    Raises:
        InputTypeError: If `texts` is one `str`, or an item is no `str`.
        InputError: If there is no text.

    References:
        Jelinek et al., 1977, Perplexity: a measure of the difficulty of speech recognition tasks.
    """
    stream = _read(lm, texts)
    baseline = _measure(UnigramRuntime(lm.vocabulary), lm.vocabulary, stream, None)
    return _measure(lm.runtime, lm.vocabulary, stream, baseline)


@dataclass(frozen=True, slots=True)
class _Stream:
    ids: NDArray[np.int32]
    characters: int
    words: int
    unknown_words: int
    unknown_nats: float  # what spelling the unknown words costs


def _read(lm: LanguageModel, texts: Iterable[str]) -> _Stream:
    tokenizer = lm.tokenizer
    level = tokenizer.config.level
    alphabet = {character for word in lm.vocabulary[len(SPECIAL_TOKENS) :] for character in word}
    nats_per_letter = math.log(len(alphabet) + 1)  # and one sign for the end of the word
    ids: list[NDArray[np.int32]] = []
    characters = words = unknown = letters = 0
    for text in check_texts(texts):
        split = tokenizer.split(text)
        encoded = tokenizer.ids_of(split)
        ids += (encoded, np.array([EOS_ID], np.int32))
        characters += len(join_words(split, level=level)) + 1
        words += sum(word != LINE_BREAK for word in split)
        for position in np.flatnonzero(encoded == UNK_ID).tolist():
            unknown += 1
            # The `<unk>` of a text that came with it stands for a word nobody can spell any more.
            letters += 0 if split[position] == SPECIAL_TOKENS[UNK_ID] else len(split[position]) + 1
    if not ids:
        raise InputError("there is no text to evaluate on; give at least one.")
    return _Stream(np.concatenate(ids), characters, words, unknown, letters * nats_per_letter)


def _measure(runtime: Runtime, vocabulary: Vocabulary, stream: _Stream, baseline: Evaluation | None) -> Evaluation:
    nats, hits, ranked = 0.0, dict.fromkeys(RECALL_RANKS, 0), 0
    reciprocal_ranks, typed, saved = 0.0, 0, 0
    ids_with_prefix = cache(vocabulary.ids_with_prefix)  # for this evaluation only
    state = runtime.advance(runtime.initial_state(), [EOS_ID])
    for targets, logs in log_probabilities_along(runtime, state, stream.ids):
        chosen = logs[np.arange(len(targets)), targets]  # (CHUNK,)
        nats -= float(chosen.sum(dtype=np.float64))
        is_word = targets >= len(SPECIAL_TOKENS)
        ranked += int(is_word.sum())
        # Ties go to the lower id, as in suggestions.
        words = logs[is_word, len(SPECIAL_TOKENS) :]
        own = targets[is_word, None] - len(SPECIAL_TOKENS)
        value = chosen[is_word, None]
        ahead = (words > value).sum(axis=1)
        tied = ((words == value) & (np.arange(words.shape[1]) < own)).sum(axis=1)
        places = ahead + tied  # suggestions before the word
        for rank in RECALL_RANKS:
            hits[rank] += int((places < rank).sum())
        reciprocal_ranks += float((1.0 / (places + 1.0)).sum())
        for row, token_id, place in zip(logs[is_word], targets[is_word].tolist(), places.tolist(), strict=True):
            word = vocabulary.words[token_id]
            keys = len(word) + (0 if is_han(word[-1]) else 1)
            typed += keys
            saved += keys - min(keys, _keys_with_suggestions(row, token_id, place, word, ids_with_prefix))
    return Evaluation(
        perplexity=math.exp(min(nats / len(stream.ids), 700.0)),
        bits_per_character=(nats + stream.unknown_nats) / math.log(2) / stream.characters,
        oov_rate=stream.unknown_words / max(stream.words, 1),
        recall_at={rank: hits[rank] / max(ranked, 1) for rank in RECALL_RANKS},
        mean_reciprocal_rank=reciprocal_ranks / max(ranked, 1),
        keystroke_savings=saved / max(typed, 1),
        tokens=len(stream.ids),
        characters=stream.characters,
        unigram=baseline,
    )


def _keys_with_suggestions(
    logs: NDArray[np.float32], token_id: int, place: int, word: str, ids_with_prefix: Callable[[str], NDArray[np.int64]]
) -> int:
    """Return the keys until a word is among the suggestions, and one to accept it."""
    if place < SUGGESTIONS:
        return 1
    for letters in range(1, len(word) + 1):
        ids = ids_with_prefix(word[:letters])
        others = logs[ids]
        if np.count_nonzero((others > logs[token_id]) | ((others == logs[token_id]) & (ids < token_id))) < SUGGESTIONS:
            return letters + 1
    return len(word) + 1
