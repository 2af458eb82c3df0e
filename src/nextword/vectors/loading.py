"""Reading a file of pretrained vectors.

Input: a path and the wanted words. Output: `Vectors` and their `VectorsReport`. Composes the other files of the room.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from nextword.errors import InputError
from nextword.files.paths import check_path, is_address
from nextword.tokens.texts import check_texts
from nextword.tokens.vocabulary import SPECIAL_TOKENS
from nextword.vectors.binary import read_binary
from nextword.vectors.formats import BINARY, find_layout
from nextword.vectors.kept import KeptRows
from nextword.vectors.left_out import OddRows
from nextword.vectors.source import ByteSource
from nextword.vectors.text import read_text
from nextword.vectors.values import Vectors, VectorsReport


def load_vectors(path: str | os.PathLike[str], words: Iterable[str] | None = None) -> Vectors:
    r"""Read pretrained word vectors, keeping only the rows of `words`.

    The format is recognised from the content, never from the file name: word2vec text and fastText `.vec` (a first
    line `rows dimension`), word2vec binary, GloVe text (no such line), each plain or gzip. A byte order mark, CRLF line
    ends, tabs and the blank behind the last number are accepted. In text a word may contain spaces: the numbers are
    counted from the right.

    A word is taken as it is written; where the file lacks that spelling, the row of its lower-case, capitalised or
    upper-case form serves, in this order. The special tokens `<pad> <unk> <eos>` among `words` are not looked up. Of
    repeated words the first row counts. Memory: the kept rows and a few MiB.

    Odd rows are left out and counted in the report: a word that is missing, no UTF-8 or over 1,024 bytes, a wrong
    number of numbers, empty lines between rows, a last line without end, and NaN, infinity and what is no number in the
    rows that are looked for; the numbers of others are not read. A first line of a text file that promises another
    number of rows is told in the report too. A file in which more than 1 in 10 rows are odd is refused,
    unless it is a single one, as is one that ends within a row.

    Args:
        path: The file.
        words: Words to keep, for example a `Vocabulary`, the most useful first; None keeps every row.

    Returns:
        The rows found, in the order in which the file gave them, and a report.

    Raises:
        MissingFileError: If there is no such file; code "path-missing".
        VectorsError: If the file is damaged, contradicts itself or is of another format; the message and the figures
            give the line, or the byte and row. If too many rows are odd; code "too-many-odd-rows".
        InputError: If `words` holds no word to look up, or `path` has a NUL character or is an address; codes
            "words-empty", "path-nul" and "path-not-local".
        InputTypeError: If `words` is a single `str` or holds something else than `str`, or `path` is no path; codes
            "single-text", "texts-not-iterable", "text-not-str" and "path-kind".

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
    if is_address(path):
        raise InputError(
            f"a file of vectors is local; received the address {path!r:.80}. Download it first.",
            code="path-not-local",
            path=path,
        )
    wanted = None if words is None else _wanted_words(words)
    kept_rows = KeptRows(wanted)
    with ByteSource(Path(path)) as source:
        layout = find_layout(source)
        is_binary = layout.kind == BINARY
        odd_rows = OddRows(source, "row" if is_binary else "line")
        read = read_binary if is_binary else read_text
        rows_read = read(source, layout, kept_rows, odd_rows)
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
        left_out=odd_rows.left_out,
        promised_rows=None if layout.rows == rows_read else layout.rows,
    )
    return Vectors(found_words, kept_rows.matrix(layout.dimension), report)


def _wanted_words(words: Iterable[str]) -> tuple[str, ...]:
    """Return the different words to look up, in the order given, without the special tokens."""
    given = tuple(check_texts(words, "words"))
    wanted = tuple(word for word in dict.fromkeys(given) if word not in SPECIAL_TOKENS)
    if not wanted:
        raise InputError(
            f"`words` holds no word to look up ({len(given)} given, special tokens are not looked up). "
            "Give the words of a vocabulary, or None to keep every row.",
            code="words-empty",
            words=len(given),
        )
    return wanted
