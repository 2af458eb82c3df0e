"""The reply of one side of a conversation.

Input: a language model that was trained on conversations, and a conversation. Output: the next turn, or the state
before it.
"""

from dataclasses import replace

from nextword.errors import InputError, check_config
from nextword.prediction.generation import GenerationConfig, generate_from
from nextword.prediction.language_model import LanguageModel, check_language_model
from nextword.prediction.writing import append_words
from nextword.runtime import State
from nextword.tokens.conversation import Conversation, check_conversation, check_role
from nextword.tokens.template import one_line, role_id
from nextword.tokens.vocabulary import EOS_ID, PAD_ID


def reply(
    lm: LanguageModel,
    conversation: Conversation,
    config: GenerationConfig = GenerationConfig(),
    *,
    role: str = "assistant",
) -> str:
    """Return what a role says next in a conversation, one turn.

    A reply ends where the model or `config` ends it; `stop_at="never"` means "line" here. It has at least one word, if
    any word is possible and none of `stop_words` comes first. The rules on repetition look at what the role itself has
    said so far, not at the other side, whose words a good reply often takes up. Of a long conversation the instruction
    and the newest turns count: see `DialogueConfig.window`.

    Args:
        lm: A language model that `fit` trained on conversations.
        conversation: What was said so far.
        config: Samplers, lengths and seed.
        role: Who replies.

    Returns:
        The turn, one line of text.

    Raises:
        InputTypeError: If `lm` is no language model, `conversation` no `Conversation`, or `config` no
            `GenerationConfig`; codes "not-a-language-model", "not-a-conversation" and "wrong-kind".
        InputError: If the model was trained on texts (code "no-template"), or the role is unknown.

    Examples:
        >>> import nextword as nw
        >>> lm = nw.load("talks.nextword")
        >>> nw.reply(lm, nw.Conversation().say("user", "Tea?"), nw.GenerationConfig(temperature=0.0))
        'Yes, please.'
    """
    check_config(config, GenerationConfig)
    state = opening_state(lm, conversation, role)
    if config.stop_at == "never":
        config = replace(config, stop_at="line")
    recent = _own_ids(lm, conversation, role, config.recent_words) if config.looks_back else []
    words = [word for word, _ in generate_from(lm, state, recent, config, never_first=(EOS_ID,))]
    return append_words(lm.tokenizer, "", words)


def opening_state(lm: LanguageModel, conversation: Conversation, role: str) -> State:
    """Return the state in which a role begins to speak.

    Args:
        lm: A language model that `fit` trained on conversations.
        conversation: What was said so far.
        role: Who speaks next.

    Raises:
        InputTypeError: If `lm` is no language model, `conversation` no `Conversation`, or `config` no
            `GenerationConfig`; codes "not-a-language-model", "not-a-conversation" and "wrong-kind".
        InputError: If the model was trained on texts (code "no-template"), or the role is unknown.
    """
    check_language_model(lm, conversation)
    check_conversation(conversation)
    if lm.template is None:
        raise InputError(
            "`lm` was trained on texts and has not learnt who speaks. Train one on conversations: "
            "`nextword.fit('my.jsonl')`, or `fit` of a list of `Conversation`s.",
            code="no-template",
        )
    check_role(role)
    ids = lm.template.encode(lm.tokenizer, conversation, role)
    return lm.runtime.advance(lm.runtime.initial_state(), ids)


def next_role(conversation: Conversation) -> str:
    """Return the side that did not speak last, "user" or "assistant"; "user" where neither has spoken.

    Args:
        conversation: What was said so far.

    Raises:
        InputTypeError: If `conversation` is no `Conversation`; code "not-a-conversation".
    """
    check_conversation(conversation)
    return "assistant" if conversation.turns and conversation.turns[-1].role == "user" else "user"


def _own_ids(lm: LanguageModel, conversation: Conversation, role: str, count: int) -> list[int]:
    """Return the ids of a role's last words, at least so many if it said them, with a mark behind each turn."""
    turns: list[list[int]] = []
    for turn in reversed(conversation.turns):
        if turn.role == role and count > 0:
            turns.append(lm.tokenizer.encode(one_line(turn.text)).tolist())
            count -= len(turns[-1])
    # No sequence of words may seem to go over the end of a turn: the last mark is another than those before.
    marks = [role_id(role), *[PAD_ID] * len(turns)]
    return [token_id for ids, mark in reversed(list(zip(turns, marks, strict=False))) for token_id in (*ids, mark)]
