"""Reading a file of pretrained vectors.

Input: a path and the wanted words. Output: `Vectors` and their `VectorsReport`. Composes the other files of the room.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError, InputTypeError
from nextword.files.writing import check_path
from nextword.tokens.vocabulary import SPECIAL_TOKENS
from nextword.vectors.binary import read_binary
from nextword.vectors.formats import BINARY, find_layout
from nextword.vectors.kept import KeptRows
from nextword.vectors.source import ByteSource
from nextword.vectors.text import read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorsReport:
    """What a file of vectors held and how much of it served.

    Args:
        format: `"word2vec text"` (also fastText `.vec`), `"word2vec binary"` or `"GloVe text"`, with `", gzip"` behind.
        rows_read: Rows in the file.
        dimension: Numbers in a row, D.
        duplicates: Rows left out because their word, one of those looked for, had come before.
        wanted: Different words looked for, special tokens left out; without a list, the different words of the file.
        found: How many of them have a row.
        missing: Words without a row, in the order in which they were given; for a vocabulary the frequent ones first.

    Examples:
        >>> VectorsReport(format="GloVe text", rows_read=9, dimension=2, duplicates=0, wanted=4, found=3).coverage
        0.75
    """

    format: str
    rows_read: int
    dimension: int
    duplicates: int
    wanted: int
    found: int
    missing: tuple[str, ...] = ()

    @property
    def coverage(self) -> float:
        """Share of the wanted words that have a row, from 0 to 1; 1 where none was wanted."""
        return self.found / self.wanted if self.wanted else 1.0

    def __str__(self) -> str:
        """Say it in two or three lines."""
        lines = [
            f"{self.format}: {self.rows_read:,} rows of {self.dimension} numbers, {self.duplicates:,} repeated",
            f"found {self.found:,} of {self.wanted:,} words ({self.coverage:.1%})",
        ]
        if self.missing:
            more = f" and {len(self.missing) - 10:,} more" if len(self.missing) > 10 else ""
            lines.append(f"missing: {', '.join(map(repr, self.missing[:10]))}{more}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Vectors:
    """Words with their vectors.

    Args:
        words: N different words.
        matrix: Array of shape (N, D), float32; row i belongs to `words[i]`. Kept as a view that cannot be written.
        report: What the file held.

    Raises:
        InputError: If `words` and `matrix` do not fit together, or a word is repeated; codes "matrix-shape" and
            "words-repeated".
        InputTypeError: If `matrix` is no float32 array; code "matrix-kind".

    Examples:
        >>> report = VectorsReport(format="by hand", rows_read=1, dimension=2, duplicates=0, wanted=1, found=1)
        >>> Vectors(("tea",), np.ones((1, 2), np.float32), report)
        Vectors(1 words, 2 dimensions)
    """

    words: tuple[str, ...]
    matrix: NDArray[np.float32]
    report: VectorsReport

    def __post_init__(self) -> None:
        """Check that both sides fit, and close the matrix for writing."""
        if not isinstance(self.matrix, np.ndarray) or self.matrix.dtype != np.float32:
            kind = str(getattr(self.matrix, "dtype", type(self.matrix).__name__))
            raise InputTypeError(
                f"`matrix` must be a float32 array; received {kind}. Use `.astype(np.float32)`.",
                code="matrix-kind",
                kind=kind,
            )
        if self.matrix.ndim != 2 or len(self.matrix) != len(self.words):
            raise InputError(
                f"`matrix` needs one row for each of the {len(self.words)} words; received shape {self.matrix.shape}.",
                code="matrix-shape",
                words=len(self.words),
                shape=self.matrix.shape,
            )
        if len(set(self.words)) != len(self.words):
            raise InputError("`words` must hold each word once; received a repeated word.", code="words-repeated")
        matrix = self.matrix.view()
        matrix.flags.writeable = False
        object.__setattr__(self, "words", tuple(self.words))
        object.__setattr__(self, "matrix", matrix)

    def __len__(self) -> int:
        """Return the number of words N."""
        return len(self.words)

    def __repr__(self) -> str:
        """Show the sizes only."""
        return f"Vectors({len(self.words)} words, {self.matrix.shape[1]} dimensions)"


def load_vectors(path: str | os.PathLike[str], words: Iterable[str] | None = None) -> Vectors:
    r"""Read pretrained word vectors, keeping only the rows of `words`.

    The format is recognised from the content, never from the file name: word2vec text and fastText `.vec` (a first
    line `rows dimension`), word2vec binary, GloVe text (no such line), each plain or gzip. A byte order mark, CRLF line
    ends, tabs and the blank behind the last number are accepted. In text a word may contain spaces: the numbers are
    counted from the right.

    A word is taken as it is written; where the file lacks that spelling, the row of its lower-case, capitalised or
    upper-case form serves, in this order. The special tokens `<pad> <unk> <eos>` among `words` are not looked up. Of
    repeated words the first row counts. All rows of the file are counted and their words checked; the numbers are
    read and checked in the kept rows only. Memory: the kept rows and a few MiB.

    Args:
        path: The file.
        words: Words to keep, for example a `Vocabulary`, the most useful first; None keeps every row.

    Returns:
        The rows found, in the order in which the file gave them, and a report.

    Raises:
        MissingFileError: If there is no such file; code "path-missing".
        VectorsError: If the file is damaged, contradicts itself or is of another format; the message and the figures
            give the line or the byte.
        InputError: If `words` holds no word to look up, or `path` has a NUL character; codes "words-empty" and
            "path-nul".
        InputTypeError: If `words` is a single `str` or holds something else than `str`, or `path` is no path; codes
            "words-kind" and "path-kind".

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "tiny.vec")
        ...     _ = path.write_text("3 2\ntea 0.5 -1\n茶 0.25 2\nmilk 0 1\n", encoding="utf-8")
        ...     vectors = load_vectors(path, ["茶", "Tea", "coffee"])
        >>> vectors.words
        ('Tea', '茶')
        >>> vectors.matrix.tolist()
        [[0.5, -1.0], [0.25, 2.0]]
        >>> print(vectors.report)
        word2vec text: 3 rows of 2 numbers, 0 repeated
        found 2 of 3 words (66.7%)
        missing: 'coffee'

    References:
        Mikolov et al., 2013, Distributed Representations of Words and Phrases; Pennington et al., 2014, GloVe;
        Bojanowski et al., 2017, Enriching Word Vectors with Subword Information (fastText).
    """
    check_path(path)
    wanted = None if words is None else _wanted_words(words)
    kept_rows = KeptRows(wanted)
    with ByteSource(Path(path)) as source:
        layout = find_layout(source)
        read = read_binary if layout.kind == BINARY else read_text
        rows_read = read(source, layout, kept_rows)
        form = f"{layout.kind}, gzip" if source.packed else layout.kind
    found_words = kept_rows.words
    report = VectorsReport(
        format=form,
        rows_read=rows_read,
        dimension=layout.dimension,
        duplicates=kept_rows.duplicates,
        wanted=len(found_words) if wanted is None else len(wanted),
        found=len(found_words),
        missing=() if wanted is None else tuple(word for word in wanted if not kept_rows.has(word)),
    )
    return Vectors(found_words, kept_rows.matrix(layout.dimension), report)


def _wanted_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the different words to look up, in the order given, without the special tokens."""
    if isinstance(words, str | bytes):
        raise InputTypeError(
            f"`words` must be an iterable of words; received one {type(words).__name__}. Use a list: [{words!r:.40}].",
            code="words-kind",
            kind=type(words).__name__,
        )
    given = tuple(words)
    for position, word in enumerate(given):
        if not isinstance(word, str):
            kind = type(word).__name__
            raise InputTypeError(
                f"`words` must hold `str`; received {kind} at position {position}.",
                code="words-kind",
                kind=kind,
                position=position,
            )
    wanted = tuple(word for word in dict.fromkeys(given) if word not in SPECIAL_TOKENS)
    if not wanted:
        raise InputError(
            f"`words` holds no word to look up ({len(given)} given, special tokens are not looked up). "
            "Give the words of a vocabulary, or None to keep every row.",
            code="words-empty",
            words=len(given),
        )
    return wanted
