"""What `fit` is given -> texts, and a tally of what was read.

Input: a path, or an iterable of texts. Output: the texts, one after the other, each file by the reader that its content
asks for.
"""

import io
import os
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from nextword.corpus.books.layout import Wrapping
from nextword.corpus.books.licences import without_licence
from nextword.corpus.books.paragraphs import paragraphs_of
from nextword.corpus.encodings.decoding import UTF_8, Decoding
from nextword.corpus.finding import CONVERSATION_ENDINGS, TEXT_ENDINGS, find_files
from nextword.corpus.reading import lines_of, texts_of
from nextword.corpus.recognising import FORMATS, Format, are_conversations, endings_of, recognise
from nextword.corpus.tally import Tally
from nextword.corpus.wrapping import find_wrapping
from nextword.errors import ConfigError, InputError, TextFileError, described
from nextword.tokens.mistaken import list_of_files, looks_like_path
from nextword.tokens.texts import check_texts


def find_source(
    path: str | os.PathLike[str], tally: Tally, decoding: Decoding = UTF_8, formats: tuple[Format, ...] = FORMATS
) -> tuple[list[Path], bool]:
    """Return the files that a path means, and whether they are conversations.

    Those of a folder are told by their names, a single one by its content too.

    Args:
        path: A file or folder.
        tally: Counts the files of a folder that are left out.
        decoding: Their encoding.
        formats: The formats that are read beside plain text.

    Raises:
        InputTypeError, MissingFileError, InputError, TextFileError: As `find_files` raises them.
        InputError: If a folder has both texts and conversations; code "folder-mixed" with the figures `texts` and
            `conversations`.
    """
    endings = (*TEXT_ENDINGS, *endings_of(formats), *CONVERSATION_ENDINGS)
    files = find_files((path,), endings, tally.left_out, also=lambda file: any(row.takes(file) for row in formats))
    conversations = [file for file in files if file.name.lower().endswith(CONVERSATION_ENDINGS)]
    if conversations and len(conversations) < len(files):
        texts = len(files) - len(conversations)
        name = os.fspath(path)
        raise InputError(
            f"the folder {name!r} has {texts:,} files of texts and {len(conversations):,} of conversations; a model is "
            f"of one or the other. Read those that you mean: fit(read_texts({name!r})) or "
            f"fit(read_conversations({name!r})).",
            code="folder-mixed",
            texts=texts,
            conversations=len(conversations),
        )
    if conversations or Path(path).is_dir():
        return files, bool(conversations)
    return files, all(are_conversations(file, decoding) for file in files)


def read_source(
    files: list[Path], unit: str | None, decoding: Decoding, tally: Tally, formats: tuple[Format, ...] = FORMATS
) -> Iterator[str]:
    """Return the texts of files, each read as its content asks for.

    Args:
        files: Files that exist.
        unit: "line", "paragraph", or None to choose by `find_wrapping`.
        decoding: Their encoding.
        tally: Counts what is read.
        formats: The formats that are read beside plain text.

    Raises:
        ConfigError: If a unit is given and no file is plain text; code "option-without-effect".
        TextFileError: If a file cannot be read; codes as in `read_texts` and `recognise`.
    """
    rows = [recognise(file, decoding, formats) for file in files]
    plain = [file for file, row in zip(files, rows, strict=True) if row is None]
    if unit is not None and not plain:
        names = sorted({row.name for row in rows if row is not None})
        raise without_effect("unit", unit, f"{' and '.join(names)} are no lines or paragraphs")
    wrapping = find_wrapping(*plain, decoding=decoding) if plain and unit != "line" else Wrapping()
    tally.unit = unit or wrapping.unit
    tally.reason = wrapping.reason if unit is None and wrapping.unit == "paragraph" else ""
    return _texts_of_each(files, rows, decoding, tally, wrapping)


def texts_given(texts: Iterable[str], tally: Tally) -> Iterator[str]:
    """Return the texts of an iterable; of an open file its lines that are not blank.

    Args:
        texts: What was given, checked to be an iterable.
        tally: Counts what is read.

    Raises:
        InputTypeError: While reading, if an item is no `str`; code "text-not-str".
        InputError: If the texts are names of files, be it a single one; code "list-of-files".
        TextFileError: While reading, if an open file is in another encoding; code "not-in-encoding".
    """
    if isinstance(texts, io.TextIOBase):
        return tally.counted(_lines_of_open(texts))
    items = iter(texts)
    first = list(islice(items, 2))
    if len(first) == 1 and looks_like_path(first[0]):
        raise list_of_files(first, 1)
    return tally.counted(check_texts(chain(first, items), "source"))  # what is no text cannot be counted


def refuse_options(kind: str, *, unit: str | None = None, encoding: str | None = None, errors: str = "strict") -> None:
    """Refuse options of files of plain text, where something else was given.

    Args:
        kind: What was given, as the message says it.
        unit: As given.
        encoding: As given.
        errors: As given.

    Raises:
        ConfigError: If one is not its default; code "option-without-effect" with the figures `option` and `value`.
    """
    for name, value, default in (("unit", unit, None), ("encoding", encoding, None), ("errors", errors, "strict")):
        if value != default:
            raise without_effect(name, value, f"it is for files of text, and {kind}")


def without_effect(option: str, value: object, reason: str) -> ConfigError:
    """Return the error of an option that does nothing here.

    Args:
        option: Its name.
        value: What was given.
        reason: Why it does nothing.

    Returns:
        An error with the code "option-without-effect".
    """
    return ConfigError(
        f"`{option}` has no effect here: {reason}. Leave it out; received {described(value)}.",
        code="option-without-effect",
        option=option,
        value=value,
    )


def _texts_of_each(
    files: list[Path], rows: list[Format | None], decoding: Decoding, tally: Tally, wrapping: Wrapping
) -> Iterator[str]:
    for file, row in zip(files, rows, strict=True):
        tally.files += 1
        if row is not None:
            tally.formats[row.name] += 1
            tally.advice += [row.advice] if row.advice else []
            yield from tally.counted(row.parse(file, decoding, tally.left_out))
            continue
        lines = tally.lines_passing(lines_of(file, decoding))
        if tally.unit == "paragraph":
            yield from tally.counted(paragraphs_of(lines, tally.left_out, wrapping))
        else:
            yield from tally.counted(texts_of(without_licence(lines, tally.left_out)))


def _lines_of_open(stream: io.TextIOBase) -> Iterator[str]:
    """Yield the lines of an open file that are not blank."""
    try:
        for line in stream:
            if text := line.strip().strip("\ufeff"):
                yield text
    except UnicodeDecodeError as error:
        name = getattr(stream, "name", "the open file")
        raise TextFileError(
            f"{name} was opened as {stream.encoding}, which does not decode it ({error.reason}). Give its path: "
            "fit(path) takes UTF-8 and names other encodings that it may be in.",
            code="not-in-encoding",
            path=str(name),
            encoding=stream.encoding,
        ) from error
