"""Rows of a vector file that are left out since something is odd about them, counted by kind.

Input: the kind and place of each. Output: `LeftOut` counts for the report, or an error if they are too many.
"""

from nextword.errors import VectorsError
from nextword.files.odd_rows import hopeless, too_many_odd
from nextword.vectors.source import ByteSource
from nextword.vectors.values import LeftOut


class OddRows:
    """Counts of odd rows; local to one call of `load_vectors`.

    Args:
        source: The file, for errors.
        unit: What places count: "line" or "row".

    Attributes:
        count: Odd rows so far; empty lines are none.
    """

    def __init__(self, source: ByteSource, unit: str) -> None:
        """Begin with none."""
        self.count = 0
        self._source = source
        self._unit = unit
        self._kinds: dict[str, tuple[int, int]] = {}  # how many, and the first place

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """How many rows of each kind there are, and where the first one is, in order of appearance."""
        return tuple(LeftOut(kind, count, first, self._unit) for kind, (count, first) in self._kinds.items())

    def add(self, kind: str, place: int, good: int) -> None:
        """Count one more.

        Args:
            kind: What is odd about it, a code.
            place: Its line or row, from 1.
            good: Other rows so far.

        Raises:
            VectorsError: If so many rows are odd that the file can be none of vectors; code "too-many-odd-rows".
        """
        self._put(kind, 1, place)
        self.count += 1
        if hopeless(self.count, self.count + good):
            raise self._error(good)

    def add_empty_lines(self, count: int, place: int) -> None:
        """Count empty lines between rows, which lose nothing.

        Args:
            count: How many.
            place: The first of them, from 1.
        """
        if count:
            self._put("line-empty", count, place)

    def check(self, good: int) -> None:
        """Raise if there are too many, at the end of the file.

        Args:
            good: Other rows.

        Raises:
            VectorsError: If there are; code "too-many-odd-rows" with the figures `odd`, `rows`, the `kind` of most of
                them and the `line` or `row` of the first of that kind.
        """
        if self.count and too_many_odd(self.count, self.count + good):
            raise self._error(good)

    def _put(self, kind: str, count: int, place: int) -> None:
        before, first = self._kinds.get(kind, (0, place))
        self._kinds[kind] = before + count, first

    def _error(self, good: int) -> VectorsError:
        odd = [row for row in self.left_out if row.kind != "line-empty"]
        most = max(odd, key=lambda kind: kind.rows)
        return self._source.error(
            f"{self.count:,} of {self.count + good:,} rows are odd: {'; '.join(map(str, odd))}. The file is damaged, "
            "or its first line does not fit the rows. Download or export it again.",
            code="too-many-odd-rows",
            odd=self.count,
            rows=self.count + good,
            kind=most.kind,
            **{most.unit: most.first},
        )
