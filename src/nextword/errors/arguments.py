"""Checks of arguments: each is of its kind.

Input: the name of an argument and what was given. Output: nothing, or an error that names the argument, shows what
arrived and says what to give.
"""

from collections.abc import Iterable, Mapping
from io import IOBase
from typing import Any

from nextword.errors.descriptions import described
from nextword.errors.raised import InputTypeError


def check_kind(
    name: str,
    value: object,
    kinds: type | tuple[type, ...],
    way_out: str = "",
    *,
    code: str = "wrong-kind",
) -> None:
    """Raise `InputTypeError` unless `value` is of a kind.

    Args:
        name: Name of the argument.
        value: What was given.
        kinds: The kind, or several.
        way_out: A sentence that says what to give.
        code: Code of the error.

    Raises:
        InputTypeError: If it is of another kind; code as given, figures `argument` and `received`.
    """
    if isinstance(value, kinds):
        return
    expected = " or ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
    raise InputTypeError(
        f"`{name}` must be of kind {expected}; received {described(value)}.{way_out and ' '}{way_out}",
        code=code,
        argument=name,
        received=type(value).__name__,
    )


def check_items(
    name: str,
    values: object,
    kinds: type | tuple[type, ...],
    way_out: str = "",
    *,
    code: str = "wrong-kind",
) -> tuple[Any, ...]:
    """Return the items of a list, a tuple or another iterable, each checked to be of a kind.

    Args:
        name: Name of the argument.
        values: What was given.
        kinds: The kind of each item, or several.
        way_out: A sentence that says what to give.
        code: Code of the error.

    Raises:
        InputTypeError: If it is no iterable of such items; code as given, figures `argument`, `received` and, of an
            item, `position`.

    Examples:
        >>> check_items("names", ["LSTM", "n-gram"], str)
        ('LSTM', 'n-gram')
    """
    expected = " or ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))
    is_one = isinstance(values, str | bytes | bytearray | Mapping | IOBase) or not isinstance(values, Iterable)
    if is_one or getattr(values, "shape", None) == ():  # an array without axes only looks like an iterable
        raise InputTypeError(
            f"`{name}` must be a list or tuple of {expected}; received {described(values)}.{way_out and ' '}{way_out}",
            code=code,
            argument=name,
            received=type(values).__name__,
        )
    items: tuple[Any, ...] = tuple(values)  # type: ignore[arg-type]
    for position, item in enumerate(items):
        if not isinstance(item, kinds):
            raise InputTypeError(
                f"every item of `{name}` must be of kind {expected}; received {described(item)} at position "
                f"{position}.{way_out and ' '}{way_out}",
                code=code,
                argument=name,
                received=type(item).__name__,
                position=position,
            )
    return items
