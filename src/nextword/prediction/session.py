"""A text being written: an immutable value that follows it key by key, word by word.

Input: a language model and a text. Output: a `Session`; every change of the text gives a new one, so that to undo is
to go back to the old one.
"""

from dataclasses import dataclass

from nextword.errors import InputError
from nextword.prediction.completion import complete_from
from nextword.prediction.context import Context, append_words, read_context, unfinished_word
from nextword.prediction.dialogue import next_role, opening_state
from nextword.prediction.language_model import LanguageModel
from nextword.prediction.next_word import Prediction, check_top_k, predict_from
from nextword.runtime import State
from nextword.tokens.characters import clean_text
from nextword.tokens.conversation import Conversation
from nextword.tokens.texts import check_text
from nextword.tokens.tokenizer import LINE_BREAK
from nextword.tokens.vocabulary import EOS_ID


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A language model at the end of a text; made by `start_session`.

    Attributes:
        lm: The language model.
        context: The text as it was last given, and the states along it.
        words: Words appended to that text since.
        state: State of the runtime after the text and the words.
    """

    lm: LanguageModel
    context: Context
    words: tuple[str, ...]
    state: State

    @property
    def text(self) -> str:
        """The text so far."""
        return append_words(self.lm.tokenizer, self.context.text, self.words)

    def with_text(self, text: str) -> "Session":
        """Return the session of another text, equal to a fresh start to the last bit; only what changed is read.

        Args:
            text: The whole text after typing, deleting or pasting.

        Raises:
            InputTypeError: If `text` is no `str`; code "text-not-str".
        """
        context = read_context(self.lm, text, self.context)
        return Session(self.lm, context, (), context.state)

    def advance(self, word: str) -> "Session":
        r"""Return the session with one word appended as it is, such as an accepted suggestion.

        Args:
            word: A word, "\n" for a line break; unknown ones are `<unk>`.

        Raises:
            InputTypeError: If `word` is no `str`; code "text-not-str".
            InputError: If it is empty (code "word-empty"), or a line break in a turn of a conversation (code
                "line-break-in-turn").
        """
        check_text("word", word)
        if not word:
            raise InputError("`word` is empty; give a word, such as one of `predict`.", code="word-empty")
        if word == LINE_BREAK and self.context.in_turn:
            raise InputError(
                "a turn of a conversation is one line; end it with `Conversation.say` instead.",
                code="line-break-in-turn",
            )
        token_id = EOS_ID if word == LINE_BREAK else self.lm.vocabulary.id_of(word)
        state = self.lm.runtime.advance(self.state, [token_id])
        return Session(self.lm, self.context, (*self.words, word), state)

    def accept(self, word: str) -> "Session":
        """Return the session with the unfinished last word replaced by a suggestion of `complete`.

        Without an unfinished word this is `advance`.

        Args:
            word: The whole word.

        Raises:
            InputTypeError: If `word` is no `str`; code "text-not-str".
            InputError: As `advance` raises it.
        """
        prefix, _ = ("", None) if self.words else unfinished_word(self.lm, self.context)
        if not prefix or not isinstance(word, str) or not word:
            return self.advance(word)
        text = self.context.text
        if not text.endswith(prefix):  # written in another Unicode form
            text = clean_text(text)
        return self.with_text(text.removesuffix(prefix) + word)

    def predict(self, top_k: int = 5) -> tuple[Prediction, ...]:
        """Return the most probable next words, as `predict_next_word` does.

        Args:
            top_k: How many words, at least 1.

        Raises:
            ConfigError: If `top_k` is no integer of at least 1; code "option-out-of-range".
        """
        check_top_k(top_k)
        return predict_from(self.lm, self.state, top_k)[0]

    def complete(self, top_k: int = 5) -> tuple[Prediction, ...]:
        """Return words for the unfinished last word, as `complete_word` does; after `advance` there is none.

        Args:
            top_k: How many words, at least 1.

        Raises:
            ConfigError: If `top_k` is no integer of at least 1; code "option-out-of-range".
        """
        check_top_k(top_k)
        prefix, state = ("", self.state) if self.words else unfinished_word(self.lm, self.context)
        return complete_from(self.lm, state, prefix, top_k)


def start_session(
    lm: LanguageModel, text: str = "", *, conversation: Conversation | None = None, role: str | None = None
) -> Session:
    """Return a session at the end of a text, or of a turn of a conversation.

    Args:
        lm: A language model.
        text: The text so far; in a conversation what the next speaker has written of the turn, whose line breaks count
            as spaces.
        conversation: What was said before the turn; for a model of conversations.
        role: Who speaks next; by default the side that did not speak last, or "user".

    Returns:
        A session, ready to predict and to complete.

    Raises:
        InputTypeError: If `text` is no `str` (code "text-not-str"), or `conversation` is no `Conversation` (code
            "not-a-conversation").
        InputError: If the role is unknown, is given without a conversation (code "role-without-conversation"), or the
            model was trained on texts (code "no-template").

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("tea.nextword")
        >>> session = nw.start_session(lm, "I like")
        >>> session.predict(top_k=1)[0].word
        'green'
        >>> later = session.with_text("I like green t")
        >>> later.complete(top_k=1)[0].word, later.accept("tea").text, session.text
        ('tea', 'I like green tea', 'I like')
    """
    opening = None
    if conversation is not None:
        opening = opening_state(lm, conversation, next_role(conversation) if role is None else role)
    elif role is not None:
        raise InputError(
            f"the role {role!r:.80} is that of a turn; give the `conversation` too, if only an empty one.",
            code="role-without-conversation",
            role=role,
        )
    context = read_context(lm, text, opening=opening)
    return Session(lm, context, (), context.state)
