r"""Tables: the texts in one column of CSV and TSV files, or under one key of JSON rows.

Input: paths of tables and the name of a column. Output: one `str` a row. Line breaks inside a text stay.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nextword.corpus.encodings.decoding import check_decoding
from nextword.corpus.encodings.file_errors import check_start
from nextword.corpus.finding import find_files
from nextword.corpus.readers.starts import start_of
from nextword.corpus.readers.tables.delimited import (
    Dialect,
    Row,
    dialect_of,
    file_rows,
    first_rows,
    fits,
    share_of_even_rows,
)
from nextword.corpus.readers.tables.json_rows import first_objects, is_json, json_rows
from nextword.corpus.reading import Decoding
from nextword.errors import ConfigError, InputError, TextFileError, described
from nextword.files.odd_rows import hopeless, too_many_odd

_ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")
_DELIMITED, _JSON = (".csv", ".tsv", ".tab"), (".jsonl", ".ndjson", ".json")
_WITHOUT_TEXT, _ODD = "rows without a text", "damaged rows"
_KEY_WITHIN = 1000  # rows
_SHOWN_COLUMNS = 20
_NAME = re.compile(r"[^\W\d][\w.\-/()#%]*(?: [\w.\-/()#%]+){0,3}")
_TALKS = re.compile(r'"(?:messages|conversations?|role)"\s*:')
_FIGURES = re.compile(r"[-+]?[\d.,:/\-+%TZ ]*\d[\d.,:/\-+%TZ ]*|true|false", re.IGNORECASE)
_USUAL = frozenset(
    """
    text texts sentence sentences content body message comment comments review reviews tweet title headline summary
    question answer prompt completion instruction input output response label labels id date user author name category
    description document article source target translation
    文本 内容 內容 评论 評論 标题 標題 标签 標籤 句子 正文 问题 回答
    """.split()
)


class _Odd(NamedTuple):
    """A row that does not fit its table.

    Attributes:
        place: Its line, or number in an array.
        reason: What is wrong with it.
    """

    place: int
    reason: str


def read_table(
    *paths: str | os.PathLike[str], column: str | int, encoding: str | None = None, errors: str = "strict"
) -> Iterator[str]:
    r"""Yield the texts in a column of tables, one a row.

    Tables are delimited by commas, tabs, semicolons or bars, whichever fits, or hold JSON: an object a line, or an
    array of objects. A text keeps its line breaks. Rows without a text are left out, and so are damaged ones, with more
    or fewer fields than the first row or another thing than a text, unless they are more than a tenth; a single one
    beside others always is. Paths, first bytes and the column are checked at once.

    Args:
        paths: Files, or folders, which mean all their `*.csv`, `*.tsv`, `*.jsonl`, `*.ndjson` and `*.json` files, also
            in folders inside.
        column: Name of the column, as it stands in the first row, or the key in JSON. For tables without a row of
            names: the position of the column, the first being 0; then the first row is a row as any other.
        encoding: Name of the encoding of the files; None for UTF-8.
        errors: What is done about bytes that cannot be decoded: "strict" refuses the file, "ignore" leaves them out,
            "replace" puts U+FFFD in their place.

    Raises:
        InputTypeError: If a path is of another type; code "path-kind".
        MissingFileError: If a path does not exist; code "path-missing".
        InputError: If no path is given, a folder has no such file, or a table has no such column or two of that name;
            codes "no-paths", "folder-empty", "column-missing" with the `columns` there are, and "column-twice".
        ConfigError: If an option is outside its range, or the encoding unknown; codes "option-out-of-range" and
            "encoding-unknown".
        TextFileError: If a file is no text; codes as in `read_texts`. While reading also if more than a tenth of the
            rows are damaged, or a quote is never closed; codes "rows-damaged", "quote-not-closed", "json-damaged" and
            "no-rows".

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "reviews.csv"
        ...     _ = path.write_text('id,text\n1,"Good tea, hot"\n2,\n3,Cold\n', encoding="utf-8")
        ...     list(read_table(path, column="text"))
        ['Good tea, hot', 'Cold']
    """
    decoding = check_decoding(encoding, errors)
    if isinstance(column, bool) or not isinstance(column, int | str) or (isinstance(column, int) and column < 0):
        raise ConfigError(
            f"`column` must be the name of a column, or its position from 0; received {described(column)}.",
            code="option-out-of-range",
            option="column",
            value=column,
        )
    files = find_files(paths, _ENDINGS)
    for file in files:
        check_start(file, decoding)
        start = start_of(file, decoding)
        if _holds_json(file, start):
            keys = _keys(start)
            if keys:
                _check_key(file, column, keys)
        elif start.strip():
            _position(file, start, _dialect(start, column), column)
    left_out: Counter[str] = Counter()
    return (text for file in files for text in parse(file, decoding, left_out, column))


def looks_like(start: str) -> bool:
    r"""Return whether a file is clearly a table of several columns with their names in the first row.

    Args:
        start: Its first characters.

    Examples:
        >>> looks_like("id,text\n1,Tea\n2,Coffee\n"), looks_like("Roses are red, violets\nAre blue, I think\n")
        (True, False)
    """
    if is_json(start):
        objects = first_objects(start)
        keys = set(objects[0]) if objects else set()
        is_lines = start.lstrip("\ufeff \t\n").startswith("{")
        return (
            bool(keys)
            and not _TALKS.search(start)
            and len(objects) > is_lines
            and all(set(row) & keys for row in objects)
        )
    dialect = dialect_of(start)
    rows = first_rows(start, dialect)
    header = [name.strip() for name in (rows[0].fields if rows else None) or ()]
    if len(header) < 2 or len(rows) < 3 or share_of_even_rows(start, dialect) < 0.9:
        return False
    if not all(_NAME.fullmatch(name) or (number == 0 and not name) for number, name in enumerate(header)):
        return False
    # In prose and code a space follows each comma; in tables the first row has none.
    first = start.lstrip("\ufeff\n").split("\n", 1)[0].rstrip()
    if f"{dialect.delimiter} " in first or first.endswith(dialect.delimiter):
        return False
    return any(name.lower() in _USUAL for name in header) or _has_figures(rows[1:])


def describe_columns(start: str) -> tuple[str, ...]:
    r"""Return the names of the columns, or the keys of the objects, of a table; empty where there are none.

    Args:
        start: The first characters of a file.

    Examples:
        >>> describe_columns("id\ttext\n1\tTea\n"), describe_columns('{"text": "Tea?", "stars": 5}\n')
        (('id', 'text'), ('text', 'stars'))
    """
    if is_json(start):
        return _keys(start)
    rows = first_rows(start, dialect_of(start))
    return tuple(name.strip() for name in (rows[0].fields if rows else None) or ())


def column_of_texts(start: str) -> str | None:
    r"""Return the name of the column that has the longest fields; None where there are no columns.

    Args:
        start: The first characters of a file.

    Examples:
        >>> column_of_texts("id,post,likes\n1,I like tea.,3\n")
        'post'
    """
    columns = describe_columns(start)
    rows = first_objects(start) if is_json(start) else []
    for row in [] if is_json(start) else first_rows(start, dialect_of(start))[1:]:
        rows.append(dict(zip(columns, row.fields or (), strict=False)))
    lengths = {name: sum(len(row[name]) for row in rows if isinstance(row.get(name), str)) for name in columns}
    return max(columns, key=lambda name: lengths[name], default=None)


def parse(file: Path, decoding: Decoding, left_out: Counter[str], column: str | int) -> Iterator[str]:
    """Yield the texts in a column of one table.

    Args:
        file: A table.
        decoding: Its encoding.
        left_out: Where rows without a text and damaged rows are counted.
        column: Name or position of the column.

    Raises:
        InputError: If there is no such column, or two of that name; codes "column-missing" and "column-twice".
        TextFileError: If the file cannot be decoded; codes as in `lines_of`; if more than a tenth of the rows are
            damaged, a quote is never closed, or JSON is; codes "rows-damaged", "quote-not-closed", "json-damaged" and
            "no-rows".
    """
    start = start_of(file, decoding)
    if not start.strip("\ufeff \t\n"):
        return
    in_json = _holds_json(file, start)
    values = _json_values(file, decoding, column) if in_json else _values(file, decoding, start, column)
    rows, odd = 0, 0
    first: _Odd | None = None
    for rows, value in enumerate(values, start=1):
        if isinstance(value, _Odd):
            first = first or value
            odd += 1
            left_out[_ODD] += 1
            if hopeless(odd, rows):
                raise _damaged(file, rows, odd, first)
        elif value and (text := value.strip()):
            yield text
        else:
            left_out[_WITHOUT_TEXT] += 1
    if first is not None and too_many_odd(odd, rows):
        raise _damaged(file, rows, odd, first)


def _values(file: Path, decoding: Decoding, start: str, column: str | int) -> Iterator[str | _Odd]:
    """Yield the fields of a column of a delimited table."""
    dialect = _dialect(start, column)
    position, width = _position(file, start, dialect, column)
    rows = file_rows(file, decoding, dialect)
    if isinstance(column, str):
        next(rows, None)
    for line, fields, _ in rows:
        if fields is None:
            yield _Odd(line, "a quote in the middle of a field")
        elif fits(fields, width):
            yield fields[position]
        else:
            yield _Odd(
                line, f"{len(fields)} fields instead of {width}; quotes belong around fields with delimiters in them"
            )


def _position(file: Path, start: str, dialect: Dialect, column: str | int) -> tuple[int, int]:
    """Return where a column stands in a delimited table, and how many there are."""
    rows = first_rows(start, dialect)
    first = [name.strip() for name in (rows[0].fields if rows else None) or ()]
    if isinstance(column, int):
        widths = Counter(len(row.fields) for row in rows if row.fields is not None)
        width = widths.most_common(1)[0][0] if widths else 0
        if column < width:
            return column, width
        raise _missing(file, column, tuple(map(str, range(width))), "Positions are counted from 0.")
    if first.count(column) == 1:
        return first.index(column), len(first)
    if column in first:
        raise InputError(
            f"{file} has {first.count(column)} columns with the name {column!r}. Rename one of them, or take off the "
            "first row and give the position.",
            code="column-twice",
            path=str(file),
            column=column,
            columns=tuple(first),
        )
    looks_like_names = all(len(name) <= 40 for name in first)
    hint = (
        "" if looks_like_names else "If the first row is no row of names, give the position: `column=0` is the first."
    )
    raise _missing(file, column, tuple(first), hint)


def _json_values(file: Path, decoding: Decoding, column: str | int) -> Iterator[str | _Odd | None]:
    """Yield the values of a key of JSON rows."""
    key = column if isinstance(column, str) else ""
    seen, keys = False, dict[str, None]()
    number = 0
    for number, (place, row) in enumerate(json_rows(file, decoding, key), start=1):
        if not isinstance(row, dict):
            yield _Odd(place, "no object of JSON")
            continue
        if not seen:
            keys.update(dict.fromkeys(row))
            seen = key in row
        if not seen and number == _KEY_WITHIN:
            break
        value = row.get(key)
        yield value if value is None or isinstance(value, str) else _Odd(place, f"{type(value).__name__}, no text")
    if keys and not seen:
        raise _missing(file, column, tuple(keys), "")


def _check_key(file: Path, column: str | int, keys: tuple[str, ...]) -> None:
    """Refuse a key that none of the first rows has."""
    if isinstance(column, int) or column not in keys:
        raise _missing(file, column, keys, "Rows of JSON have keys, no positions." if isinstance(column, int) else "")


def _missing(file: Path, column: str | int, columns: tuple[str, ...], hint: str) -> InputError:
    shown = ", ".join(repr(name[:60]) for name in columns[:_SHOWN_COLUMNS])
    more = f" and {len(columns) - _SHOWN_COLUMNS} more" if len(columns) > _SHOWN_COLUMNS else ""
    return InputError(
        f"{file} has no `column` {described(column)}; there are {shown or 'none'}{more}.{f' {hint}' if hint else ''}",
        code="column-missing",
        path=str(file),
        column=column,
        columns=columns,
    )


def _damaged(file: Path, rows: int, odd: int, first: _Odd) -> TextFileError:
    """Return the error of a table of which more than a tenth is damaged."""
    return TextFileError(
        f"{file}: {odd} of {rows} rows are damaged, the first one in row or line {first.place}: {first.reason}.",
        code="rows-damaged",
        path=str(file),
        rows=rows,
        damaged=odd,
        line=first.place,
    )


def _dialect(start: str, column: str | int) -> Dialect:
    return dialect_of(start, column if isinstance(column, str) else None)


def _holds_json(file: Path, start: str) -> bool:
    """Return whether a file holds JSON, by its name where that says so, else by its beginning."""
    name = file.name.lower()
    return name.endswith(_JSON) or (is_json(start) and not name.endswith(_DELIMITED))


def _keys(start: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for row in first_objects(start) for key in row))


def _has_figures(rows: list[Row]) -> bool:
    """Return whether a column holds nothing but numbers and dates, which no name of a column does."""
    columns = list(zip(*(row.fields for row in rows if row.fields), strict=False))
    return any(all(_FIGURES.fullmatch(field.strip()) for field in column) for column in columns)
