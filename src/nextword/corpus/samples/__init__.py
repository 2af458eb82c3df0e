"""A small bilingual corpus, written for this package: everyday sentences and dialogues in English and in Chinese.

Input: a language. Output: texts, or conversations, to try things on without a file of one's own.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias, TypeVar

from nextword.errors import check_choice
from nextword.tokens.conversation import Conversation

Language: TypeAlias = Literal["english", "chinese"]

_Item = TypeVar("_Item")


def sample_texts(language: Language | None = None) -> tuple[str, ...]:
    """Return the sentences of the embedded corpus, on food, travel, weather, work, study and family.

    Args:
        language: "english", "chinese", or None for both, sentence by sentence in turn.

    Raises:
        ConfigError: If `language` is another value; code "option-out-of-range".

    Examples:
        >>> len(sample_texts("english")) >= 600 and len(sample_texts("chinese")) >= 600
        True
    """
    return _of_language(_texts, language)


def sample_conversations(language: Language | None = None) -> tuple[Conversation, ...]:
    """Return the dialogues of the embedded corpus: everyday questions, each asked in several ways, with replies.

    Args:
        language: "english", "chinese", or None for both, dialogue by dialogue in turn.

    Raises:
        ConfigError: If `language` is another value; code "option-out-of-range".

    Examples:
        >>> sample_conversations("english")[0].turns[0].role in ("system", "user")
        True
    """
    return _of_language(_conversations, language)


def _of_language(read: Callable[[Language], tuple[_Item, ...]], language: Language | None) -> tuple[_Item, ...]:
    check_choice("language", language, ("english", "chinese", None))
    if language is None:
        english, chinese = read("english"), read("chinese")
        shared = min(len(english), len(chinese))
        in_turn = [item for pair in zip(english, chinese, strict=False) for item in pair]
        return (*in_turn, *english[shared:], *chinese[shared:])
    return read(language)


def _texts(language: Language) -> tuple[str, ...]:
    from importlib import resources  # takes longer to import than most of nextword

    content = resources.files("nextword.corpus.samples").joinpath(f"{language}.txt").read_text(encoding="utf-8")
    return tuple(content.splitlines())


def _conversations(language: Language) -> tuple[Conversation, ...]:
    from importlib import resources

    from nextword.corpus.readers.conversations.reading import read_conversations  # late, as all readers are

    resource = resources.files("nextword.corpus.samples").joinpath(f"dialogues_{language}.jsonl")
    with resources.as_file(resource) as path:
        return tuple(read_conversations(path))
