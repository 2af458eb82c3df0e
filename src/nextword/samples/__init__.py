"""A small bilingual corpus, written for this package: everyday sentences in English and in Chinese.

Enters: a language. Leaves: texts to try things on without a file of one's own.
"""

from importlib import resources
from typing import Literal

from nextword.errors import ConfigError

_FILES = {"english": "english.txt", "chinese": "chinese.txt"}


def sample_texts(language: Literal["english", "chinese"] | None = None) -> tuple[str, ...]:
    """Return the sentences of the embedded corpus, on food, travel, weather, work, study and family.

    Args:
        language: "english", "chinese", or None for both, sentence by sentence in turn.

    Raises:
        ConfigError: If `language` is another value.

    Examples:
        >>> len(sample_texts("english")) >= 600 and len(sample_texts("chinese")) >= 600
        True
    """
    if language is None:
        english, chinese = sample_texts("english"), sample_texts("chinese")
        shared = min(len(english), len(chinese))
        in_turn = [text for pair in zip(english, chinese, strict=False) for text in pair]
        return (*in_turn, *english[shared:], *chinese[shared:])
    if language not in _FILES:
        raise ConfigError(f"`language` must be one of {sorted(_FILES)} or None; received {language!r}.")
    content = resources.files("nextword.samples").joinpath(_FILES[language]).read_text(encoding="utf-8")
    return tuple(content.splitlines())
