"""Words with their vectors, as a file or the text itself gives them.

Input: words, a matrix of shape (N, D) and what its source held. Output: frozen values whose matrix cannot be written.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextword.errors import InputError, InputTypeError, check_kind
from nextword.tokens.vocabulary import checked_words

_KINDS = {
    "word-missing": "without a word",
    "word-not-utf-8": "whose word is not UTF-8",
    "word-too-long": "whose word is over 1,024 bytes",
    "number-count": "with too few or too many numbers",
    "number-unknown": "with a field that is no number",
    "number-not-finite": "with NaN or infinity",
    "line-end-missing": "at the end without a line end, which may be cut",
}


class LeftOut(NamedTuple):
    """Rows of one kind that were left out.

    Attributes:
        kind: What is odd about them: "word-missing", "word-not-utf-8", "word-too-long", "number-count",
            "number-unknown", "number-not-finite", "line-end-missing" or "line-empty".
        rows: How many there are.
        first: Where the first one is, counted from 1.
        unit: What that counts: "line", or "row" in a binary file.

    Examples:
        >>> str(LeftOut("number-not-finite", 2, 7, "line"))
        '2 rows with NaN or infinity (first: line 7)'
    """

    kind: str
    rows: int
    first: int
    unit: str

    def __str__(self) -> str:
        """Say it."""
        row, line = ("row", "line") if self.rows == 1 else ("rows", "lines")
        what = f"empty {line}" if self.kind == "line-empty" else f"{row} {_KINDS[self.kind]}"
        return f"{self.rows:,} {what} (first: {self.unit} {self.first:,})"


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorsReport:
    """What a file of vectors held and how much of it served.

    Args:
        format: `"word2vec text"` (also fastText `.vec`), `"word2vec binary"` or `"GloVe text"`, with `", gzip"` behind.
        rows_read: Rows in the file, those left out among them.
        dimension: Numbers in a row, D.
        duplicates: Rows left out because their word, one of those looked for, had come before.
        wanted: Different words looked for, special tokens left out; without a list, the different words of the file.
        found: How many of them have a row.
        missing: Words without a row, in the order in which they were given; for a vocabulary the frequent ones first.
        left_out: Rows that were left out since something is odd about them, by kind. The numbers of rows that nobody
            looked for are not read.
        promised_rows: Rows that the first line promises, where it is wrong; None where it is right or says nothing.

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
    left_out: tuple[LeftOut, ...] = ()
    promised_rows: int | None = None

    @property
    def coverage(self) -> float:
        """Share of the wanted words that have a row, from 0 to 1; 1 where none was wanted."""
        return self.found / self.wanted if self.wanted else 1.0

    def __str__(self) -> str:
        """Say it in two to five lines."""
        lines = [f"{self.format}: {self.rows_read:,} rows of {self.dimension} numbers, {self.duplicates:,} repeated"]
        if self.promised_rows is not None:
            lines.append(f"the first line promises {self.promised_rows:,} rows: is the file whole?")
        if self.left_out:
            lines.append(f"left out: {'; '.join(map(str, self.left_out))}")
        lines += [
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
        InputTypeError: If `matrix` is no float32 array (code "matrix-kind"), `report` no report ("wrong-kind"), or
            `words` has something else than words; codes as in `checked_words`.

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
        object.__setattr__(self, "words", checked_words("words", self.words))
        check_kind("report", self.report, VectorsReport, "`load_vectors` makes one.")
        if not isinstance(self.matrix, np.ndarray) or self.matrix.dtype != np.float32:
            kind = str(getattr(self.matrix, "dtype", type(self.matrix).__name__))
            raise InputTypeError(
                f"`matrix` must be a float32 array; received {kind}. Use `.astype(np.float32)`.",
                code="matrix-kind",
                kind=kind,
            )
        if self.matrix.ndim != 2 or len(self.matrix) != len(self.words):
            raise InputError(
                f"`matrix` needs one row for each of `words`, {len(self.words)}; received shape {self.matrix.shape}.",
                code="matrix-shape",
                words=len(self.words),
                shape=self.matrix.shape,
            )
        if len(set(self.words)) != len(self.words):
            raise InputError("`words` must hold each word once; received a repeated word.", code="words-repeated")
        matrix = self.matrix.view()
        matrix.flags.writeable = False
        object.__setattr__(self, "matrix", matrix)

    def __len__(self) -> int:
        """Return the number of words N."""
        return len(self.words)

    def __repr__(self) -> str:
        """Show the sizes only."""
        return f"Vectors({len(self.words)} words, {self.matrix.shape[1]} dimensions)"
