"""How many odd rows a file may have: one costs itself, and many mean that the file is another than was thought.

Input: counts of rows. Output: whether they are too many. Readers of rows, of conversations and of vectors, share this.
"""

MOST_ODD = 0.1
"""The share of odd rows up to which they are left out; a single one always is, unless it is alone."""

MANY_ODD = 1000
"""After so many odd rows that outnumber the others, the rest of a file is not read."""


def too_many_odd(odd: int, rows: int) -> bool:
    """Return whether a file has too many odd rows, once all are read.

    Args:
        odd: Odd rows.
        rows: All rows, the odd ones among them.

    Examples:
        >>> too_many_odd(1, 1), too_many_odd(1, 2), too_many_odd(2, 12), too_many_odd(3, 30), too_many_odd(4, 30)
        (True, False, True, False, True)
    """
    return odd == rows > 0 or (odd > 1 and odd > MOST_ODD * rows)


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
