"""A text being written: an immutable value that follows it key by key, word by word.

Input: a language model and a text. Output: a `Session`; every change of the text gives a new one, so that to undo is
to go back to the old one. A session says the same as a fresh start at its text, to the last bit.
"""

from dataclasses import dataclass

from nextword.errors import InputError, check_bool, described
from nextword.prediction.completion import complete_from
from nextword.prediction.context import Context, read_context, unfinished_word
from nextword.prediction.dialogue import next_role, opening_state
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.next_word import Prediction, check_top_k, predict_from
from nextword.prediction.writing import accepted_text, follows_tightly, space_before
from nextword.runtime import State
from nextword.tokens.characters import LINE_BREAKS, clean_text
from nextword.tokens.conversation import Conversation
from nextword.tokens.texts import check_text


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A language model at the end of a text; made by `start_session`.

    Attributes:
        lm: The language model.
        context: The text, and the states along it.
        words: What `advance` and `accept` have written since the text was last given; then the last word is finished.
        own_space: Whether the text ends in a space that `advance` or `accept` wrote, and that a mark may take back.
    """

    lm: LanguageModel
    context: Context
    words: tuple[str, ...] = ()
    own_space: bool = False

    @property
    def text(self) -> str:
        """The text so far."""
        return self.context.text

    @property
    def state(self) -> State:
        """State of the runtime after the text."""
        return self.context.state

    def with_text(self, text: str) -> "Session":
        """Return the session of another text; only what changed is read. The same text gives the same session.

        Args:
            text: The whole text after typing, deleting or pasting.

        Raises:
            InputTypeError: If `text` is no `str`; code "text-not-str".
        """
        if check_text("text", text) == self.text:
            return self
        return Session(self.lm, read_context(self.lm, text, self.context))

    def advance(self, word: str) -> "Session":
        r"""Return the session with a finished word appended, such as an accepted suggestion.

        What is given stays as it is, `"tea. "` or a phrase too, and is read as the text it makes: the characters 喜 and
        欢 one after the other are the word 喜欢. In front of it a space is written where readable text has one, and
        none where either side has white space. A closing mark takes the place of a space that `advance` or `accept`
        wrote before it (`"tea "` and `"."` give `tea.`); spaces that the user typed stay.

        Args:
            word: A word, a mark or several, "\n" for a line break.

        Raises:
            InputTypeError: If `word` is no `str`; code "text-not-str".
            InputError: If nothing in it can be read (code "word-empty"), or a line break is in a turn of a conversation
                (code "line-break-in-turn").

        Examples:
            >>> import nextword as nw
            >>> session = nw.start_session(nw.load("tea.nextword"), "I like")
            >>> session.advance("green tea ").advance(".").text
            'I like green tea.'
        """
        self._check_word(word)
        tokenizer, text = self.lm.tokenizer, self.text
        if self.own_space and follows_tightly(tokenizer, text[:-1], word):
            text = text[:-1]
        if text[-1:] == " " and word.strip(" "):
            word = word.lstrip(" ")
        return self._written(text + space_before(tokenizer, text, word) + word, word)

    def accept(self, word: str, *, space: bool = False) -> "Session":
        """Return the session with a suggestion of `complete` or `predict` in the text.

        A suggestion that goes on from the unfinished last word, case, width, apostrophes and hyphens aside, takes its
        place, with the apostrophes that the user typed (`I’` and `I'll` give `I’ll`). Any other is the next word, as in
        `advance`: nothing is deleted that the suggestion does not contain, and all before the last word stays to the
        byte. A word that was accepted or advanced is finished, so the next suggestion follows it.

        Args:
            word: The whole word.
            space: Whether to write a space behind it too, where the next word would have one.

        Raises:
            InputTypeError: If `word` is no `str`; code "text-not-str".
            InputError: As `advance` raises it.
            ConfigError: If `space` is no bool; code "option-out-of-range".

        Examples:
            >>> import nextword as nw
            >>> session = nw.start_session(nw.load("tea.nextword"), "I like gr")
            >>> session.accept("green").text, session.accept("green").accept(".").text
            ('I like green', 'I like green.')
            >>> session.accept("green", space=True).accept("tea", space=True).accept(".").text
            'I like green tea.'
        """
        self._check_word(word)
        check_bool("space", space)
        text = None
        if not self.words:
            text = accepted_text(self.lm.tokenizer, self.text, self._unfinished()[0], self.context.words[-2:], word)
        accepted = self.advance(word) if text is None else self._written(text, word)
        if space:
            accepted = accepted._written(accepted.text + space_before(self.lm.tokenizer, accepted.text, "a"))
        return accepted

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
        """Return words for the unfinished last word, as `complete_word` does; an accepted one is finished.

        Args:
            top_k: How many words, at least 1.

        Raises:
            ConfigError: If `top_k` is no integer of at least 1; code "option-out-of-range".
        """
        check_top_k(top_k)
        prefix, state = self._unfinished()
        return complete_from(self.lm, state, prefix, top_k)

    def _unfinished(self) -> tuple[str, State]:
        return ("", self.state) if self.words else unfinished_word(self.lm, self.context)

    def _written(self, text: str, *words: str) -> "Session":
        """Return the session of a text that ends in words just written, or in the space behind them."""
        context = self.context if text == self.text else read_context(self.lm, text, self.context)
        return Session(self.lm, context, (*self.words, *words), text[-1:] == " ")

    def _check_word(self, word: object) -> None:
        text = check_text("word", word)
        if self.context.in_turn and LINE_BREAKS.search(text):
            raise InputError(
                "a turn of a conversation is one line; end it with `Conversation.say` instead.",
                code="line-break-in-turn",
            )
        readable = clean_text(text)
        if not (readable if self.lm.tokenizer.config.level == "char" else readable.strip(" ")):
            raise InputError(
                f"nothing in `word`, {text!r:.40}, can be read; give a word, such as one of `predict`.",
                code="word-empty",
                word=text,
            )


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
        InputTypeError: If `lm` is no language model (code "not-a-language-model"), `text` no `str` (code
            "text-not-str"), or `conversation` no `Conversation` (code "not-a-conversation").
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
    check_language_model(lm, text)
    check_text("text", text)
    opening = None
    if conversation is not None:
        opening = opening_state(lm, conversation, next_role(conversation) if role is None else role)
    elif role is not None:
        raise InputError(
            f"`role` is that of a turn; received {described(role)} without a `conversation`. Give one, if only an "
            "empty one.",
            code="role-without-conversation",
            role=role,
        )
    return Session(lm, read_context(lm, text, opening=opening))
