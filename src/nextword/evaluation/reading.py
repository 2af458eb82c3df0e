"""The material of an evaluation: what is judged, and what was counted while it was read.

Input: a language model and texts, or conversations. Output: `Material`, the same for the model and its baselines.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError
from nextword.evaluation.keystrokes import Typist
from nextword.evaluation.report import ReadAs
from nextword.mixing.passages import Passage
from nextword.prediction.judged import Judged, check_as_stream, judged_passages, read_judged
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.scoring import spelling_of_unknown
from nextword.tokens.conversation import Conversation
from nextword.tokens.joining import join_words
from nextword.tokens.tokenizer import LINE_BREAK
from nextword.tokens.vocabulary import UNK_ID


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """N token ids that are judged.

    Attributes:
        passages: What is read in one go; their ids make up `ids`.
        ids: Token ids, int32 of shape (N,).
        starts: Where each text or conversation begins in them, int64 of shape (texts,).
        spelling: What spelling an unknown word costs beside its `<unk>`, in nats, float64 of shape (N,), 0 elsewhere.
        is_known: Whether each is a word of the vocabulary, booleans of shape (N,).
        unknown_keys: Keys of all unknown words; 0 if nobody counts.
        characters: Characters of the normalised texts, one for each end.
        words: Number of words, known or not.
        read_as: How the texts are read.
    """

    passages: tuple[Passage, ...]
    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    spelling: NDArray[np.float64]
    is_known: NDArray[np.bool_]
    unknown_keys: int
    characters: int
    words: int
    read_as: ReadAs


def read_material(
    lm: LanguageModel, texts: Iterable[str] | Iterable[Conversation], typist: Typist | None, *, as_stream: bool
) -> Material:
    """Read texts or conversations once.

    Args:
        lm: A language model.
        texts: As `evaluate` takes them.
        typist: What counts the keys of words; None if nobody does.
        as_stream: Whether texts read on over their ends.

    Raises:
        ConfigError: If `as_stream` is no bool, or true for a model of conversations.
        InputTypeError: If they are no texts and no conversations.
        InputError: If there is nothing to judge; codes "no-texts" and "no-template".
    """
    check_as_stream(as_stream, lm)
    level = lm.tokenizer.config.level
    judged: list[Judged] = []
    unknown: list[str] = []
    characters = words = 0
    for each in read_judged(lm, texts):
        unknown += [each.words[position] for position in np.flatnonzero(each.passage.ids == UNK_ID).tolist()]
        characters += len(join_words(each.words, level=level)) + 1
        words += sum(word != LINE_BREAK for word in each.words)
        judged.append(Judged(each.source, [], each.passage))  # the words are not kept
    if not judged:
        raise InputError(
            'there is nothing to evaluate on; give at least one text, or one conversation with a turn of "assistant".',
            code="no-texts",
        )
    lengths = np.array([len(each.passage.ids) for each in judged])
    is_first = np.diff([each.source for each in judged], prepend=-1) != 0
    logs = spelling_of_unknown(lm.vocabulary, unknown)
    ids = np.concatenate([each.passage.ids for each in judged])
    spelling = np.zeros(len(ids))
    spelling[ids == UNK_ID] = [-logs[word] for word in unknown]
    return Material(
        passages=judged_passages(judged, as_stream=as_stream),
        ids=ids,
        starts=(np.cumsum(lengths) - lengths)[is_first],
        spelling=spelling,
        is_known=ids >= lm.vocabulary.first_word,
        unknown_keys=0 if typist is None else sum(map(typist.keys_of, unknown)),
        characters=characters,
        words=words,
        read_as="stream" if as_stream else "texts" if lm.template is None else "replies",
    )
