"""How many odd rows a file may have: one costs itself, and many mean that the file is another than was thought.

Input: counts of rows. Output: whether they are too many. Readers of rows, of conversations and of vectors, share this.
"""

FEW_ODD = 4
"""So many odd rows are always left out, unless they outnumber the others; in long files 1 of 10 rows."""

MANY_ODD = 1000
"""After so many odd rows that outnumber the others, the rest of a file is not read."""


def too_many_odd(odd: int, rows: int) -> bool:
    """Return whether a file has too many odd rows, once all are read.

    Args:
        odd: Odd rows.
        rows: All rows, the odd ones among them.

    Examples:
        >>> too_many_odd(1, 1), too_many_odd(1, 2), too_many_odd(4, 30), too_many_odd(5, 30), too_many_odd(5, 50)
        (True, False, False, True, False)
    """
    return odd > min(max(FEW_ODD, rows // 10), rows // 2)


def hopeless(odd: int, rows: int) -> bool:
    """Return whether a file need not be read to its end, since so many of its first rows are odd.

    Args:
        odd: Odd rows so far.
        rows: All rows so far, the odd ones among them.

    Examples:
        >>> hopeless(1000, 1500), hopeless(1000, 2500)
        (True, False)
    """
    return odd >= MANY_ODD and 2 * odd > rows
