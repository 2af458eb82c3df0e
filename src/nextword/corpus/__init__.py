"""Files, texts or conversations -> one numbered stream, and the part of it that is held out.

A corpus is read once and split before there is a vocabulary, so that the vocabulary comes from the training part alone.
The readers are imported when they are first asked for: they take 0.1 s, and who only predicts reads no files.
"""

from typing import TYPE_CHECKING, Any

from nextword.corpus.samples import sample_conversations as sample_conversations, sample_texts as sample_texts

if TYPE_CHECKING:
    from nextword.corpus.readers.doors import (
        read_chat as read_chat,
        read_conversations as read_conversations,
        read_epub as read_epub,
        read_html as read_html,
        read_mail as read_mail,
        read_markdown as read_markdown,
        read_subtitles as read_subtitles,
        read_table as read_table,
        read_texts as read_texts,
    )

READERS = (
    "read_chat",
    "read_conversations",
    "read_epub",
    "read_html",
    "read_mail",
    "read_markdown",
    "read_subtitles",
    "read_table",
    "read_texts",
)
"""The names of the readers."""


def __getattr__(name: str) -> Any:
    """Return a reader, imported now."""
    if name not in READERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nextword.corpus.readers import doors

    return getattr(doors, name)
