"""How messages show what arrived.

Input: any value. Output: a short text with its kind.
"""

import reprlib


class _Short(reprlib.Repr):
    def repr_int(self, x: int, level: int) -> str:
        """Return an integer; of one with more digits than Python writes, its size."""
        try:
            return super().repr_int(x, level)
        except ValueError:
            return f"<an integer of {x.bit_length():,} bits>"


_SHORT = _Short()
_SHORT.maxstring = _SHORT.maxother = 80


def described(value: object) -> str:
    """Return a value and its kind as messages show them, shortly however long it is.

    Args:
        value: Anything.

    Examples:
        >>> described("fast"), described(None), described(list(range(1_000_000)))
        ("'fast' (str)", 'None', '[0, 1, 2, 3, 4, 5, ...] (list)')
        >>> described([10**5000])
        '[<an integer of 16,610 bits>] (list)'
    """
    if value is None:
        return "None"
    text = " ".join(_SHORT.repr(value).split())
    return f"{text:.80} ({type(value).__name__})"
