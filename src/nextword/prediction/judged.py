"""What a model is judged by: texts and conversations, each read as it will be asked for.

Input: a language model and texts, or conversations. Output: the words of each, as passages that begin where a user's
text begins: a text after one `<eos>`, the reply of a conversation after the turns before it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import TextIOBase
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from nextword.errors import ConfigError, InputError, check_bool
from nextword.mixing.passages import Passage
from nextword.prediction.language_model import LanguageModel
from nextword.tokens.conversation import Conversation, check_conversations
from nextword.tokens.template import one_line
from nextword.tokens.texts import check_texts
from nextword.tokens.vocabulary import EOS_ID

# Whose turns are judged.
ANSWERING = "assistant"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    r"""One text, or one turn of a conversation.

    Attributes:
        source: Number of the text or conversation, from 0.
        words: Its words as written, "\n" for a line break.
        passage: Their ids and one `<eos>`, and what is read before them.
    """

    source: int
    words: list[str]
    passage: Passage


def read_judged(lm: LanguageModel, texts: Iterable[str] | Iterable[Conversation]) -> Iterator[Judged]:
    """Yield what is judged of texts or conversations, in order.

    A text is judged as `predict_next_word` goes on with it, from a state after one `<eos>`, to the `<eos>` behind it.
    Of a conversation the turns of "assistant" are judged, each as `reply` begins it; the others, and turns of weight 0,
    are only read. A model of conversations has not learnt texts in which nobody speaks: it judges a text as the first
    turn of "assistant".

    Args:
        lm: A language model.
        texts: Texts, or conversations for a model of conversations; read once.

    Raises:
        InputTypeError: At once if `texts` is one `str` or no iterable; while iterating if the items are neither all
            `str` nor all `Conversation`s, code "text-not-str" or "item-not-conversation".
        InputError: If they are conversations and the model was trained on texts; code "no-template".

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> [judged.words for judged in read_judged(lm, ["I like tea.", "Tea?"])]
        [['I', 'like', 'tea', '.'], ['Tea', '?']]
    """
    checked = check_texts(texts)  # type: ignore[arg-type]  # refuses at once what is no iterable of items
    if isinstance(texts, TextIOBase):
        return _of_texts(lm, checked)  # line by line
    items = iter(texts)
    first = list(islice(items, 1))
    if first and isinstance(first[0], Conversation):
        return _of_conversations(lm, chain(first, items))
    return _of_texts(lm, check_texts(chain(first, items)))  # type: ignore[arg-type]


def judged_passages(judged: Iterable[Judged], *, as_stream: bool) -> tuple[Passage, ...]:
    """Return the passages of texts, or all texts as one passage that reads on over their ends.

    Args:
        judged: What `read_judged` yields; at least one.
        as_stream: Whether to read on.
    """
    passages = tuple(each.passage for each in judged)
    return (Passage(passages[0].before, np.concatenate([each.ids for each in passages])),) if as_stream else passages


def check_as_stream(as_stream: object, lm: LanguageModel) -> None:
    """Raise unless texts can be read on, or shall not be.

    Args:
        as_stream: What was given.
        lm: A language model.

    Raises:
        ConfigError: If it is no bool (code "option-out-of-range"), or true for a model of conversations (code
            "stream-of-conversations").
    """
    check_bool("as_stream", as_stream)
    if as_stream and lm.template is not None:
        raise ConfigError(
            "a conversation does not go on with the one before it: `as_stream=True` is for models of texts.",
            code="stream-of-conversations",
        )


def _of_texts(lm: LanguageModel, texts: Iterable[str]) -> Iterator[Judged]:
    before = np.array([EOS_ID], np.int32)
    if lm.template is not None:
        before = lm.template.encode(lm.tokenizer, Conversation(), ANSWERING)
    for source, text in enumerate(texts):
        words = lm.tokenizer.split(text if lm.template is None else one_line(text))
        yield Judged(source, words, Passage(before, _with_end(lm.tokenizer.ids_of(words))))


def _of_conversations(lm: LanguageModel, conversations: Iterable[object]) -> Iterator[Judged]:
    if lm.template is None:
        raise InputError(
            "`lm` was trained on texts and has not learnt who speaks, so it has no replies to judge. Give it "
            "texts, or train a model on conversations.",
            code="no-template",
        )
    for source, conversation in enumerate(check_conversations(conversations)):
        turns = conversation.turns
        for number, (turn, weight) in enumerate(zip(turns, conversation.turn_weights, strict=True)):
            if turn.role == ANSWERING and weight:
                # A turn has two tokens or more, so those before `window` turns are outside the window.
                first = max(0, number - lm.template.window)
                instruction = turns[:1] if first and turns[0].role == "system" else ()
                earlier = Conversation((*instruction, *turns[first:number]))
                before = lm.template.encode(lm.tokenizer, earlier, ANSWERING)
                words = lm.tokenizer.split(one_line(turn.text))
                yield Judged(source, words, Passage(before, _with_end(lm.tokenizer.ids_of(words))))


def _with_end(ids: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.append(ids, np.int32(EOS_ID))
