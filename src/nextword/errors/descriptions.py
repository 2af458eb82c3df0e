"""How messages show what arrived.

Input: any value. Output: a short text with its kind.
"""

import reprlib

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def described(value: object) -> str:
    """Return a value and its kind as messages show them, shortly however long it is.

    Args:
        value: Anything.

    Examples:
        >>> described("fast"), described(None), described(list(range(1_000_000)))
        ("'fast' (str)", 'None', '[0, 1, 2, 3, 4, 5, ...] (list)')
    """
    if value is None:
        return "None"
    text = " ".join(_SHORT.repr(value).split())
    return f"{text:.80} ({type(value).__name__})"
