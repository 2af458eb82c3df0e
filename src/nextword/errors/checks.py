"""Checks of single values: an option in its range, an argument of its kind.

Input: the name of an argument and what was given. Output: nothing, or an error that names the argument, shows what
arrived and says what to give.
"""

import dataclasses
import reprlib
from collections.abc import Iterable, Mapping
from math import inf
from typing import Any

import numpy as np

from nextword.errors.raised import ConfigError, InputTypeError

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def check_integer(name: str, value: object, low: int, high: int | None = None) -> None:
    """Raise `ConfigError` unless `value` is an integer (no `bool`), one of NumPy too, from `low` to `high`.

    Args:
        name: Name of the option.
        value: What was given.
        low: Least value.
        high: Largest value; None for no limit.

    Raises:
        ConfigError: If it is not; code "option-out-of-range".
    """
    good = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not good or value < low or (high is not None and value > high):  # type: ignore[operator]
        limits = f"at least {low}" if high is None else f"from {low} to {high}"
        raise _out_of_range(name, value, f"an integer, {limits}")


def check_number(
    name: str, value: object, low: float, high: float = inf, *, above: bool = False, highest: float = inf
) -> None:
    """Raise `ConfigError` unless `value` is a finite number (no `bool`), one of NumPy too, in its range.

    Args:
        name: Name of the option.
        value: What was given.
        low: Least value; not itself allowed if `above`.
        high: What the value must stay below.
        above: Whether `low` itself is too low.
        highest: Most that the value may be.

    Raises:
        ConfigError: If it is not; code "option-out-of-range".
    """
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    good = is_number and low <= value < high and value <= highest  # type: ignore[operator]
    if not good or (above and value == low):
        limits = f"{'above' if above else 'at least'} {low:g}"
        limits += f" and below {high:g}" if high < inf else f" and at most {highest:g}" if highest < inf else ""
        raise _out_of_range(name, value, f"a finite number {limits}")


def check_bool(name: str, value: object) -> None:
    """Raise `ConfigError` unless `value` is True or False, of NumPy too.

    Args:
        name: Name of the option.
        value: What was given.

    Raises:
        ConfigError: If it is not; code "option-out-of-range".
    """
    if not isinstance(value, bool | np.bool_):
        raise _out_of_range(name, value, "True or False")


def check_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    """Raise `ConfigError` unless `value` is one of the choices.

    Args:
        name: Name of the option.
        value: What was given.
        choices: What may be given.

    Raises:
        ConfigError: If it is not; code "option-out-of-range".
    """
    same_kind = [choice for choice in choices if isinstance(value, type(choice))]
    if isinstance(value, bool) or value not in same_kind:
        raise _out_of_range(name, value, f"one of {', '.join(map(repr, choices))}")


def _out_of_range(name: str, value: object, expected: str) -> ConfigError:
    return ConfigError(
        f"`{name}` must be {expected}; received {described(value)}.",
        code="option-out-of-range",
        option=name,
        value=value,
    )


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
    is_one = isinstance(values, str | bytes | bytearray | Mapping) or not isinstance(values, Iterable)
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


def check_config(value: object, kinds: type | tuple[type, ...], name: str = "config") -> None:
    """Raise `InputTypeError` unless `value` is a config of a stage.

    Args:
        value: What was given.
        kinds: The dataclass of its options, or several.
        name: Name of the argument.

    Raises:
        InputTypeError: If it is something else; code "wrong-kind", figures `argument` and `received`.
    """
    if not isinstance(value, kinds):
        check_kind(name, value, kinds, _way_to_config(value, kinds if isinstance(kinds, tuple) else (kinds,)))


def _way_to_config(value: object, kinds: tuple[type, ...]) -> str:
    """Return a sentence that says how to come from what was given to a config."""
    wanted = kinds[0].__name__
    if value is None:
        return "Leave it out for the defaults."
    if isinstance(value, type) and issubclass(value, kinds):
        return f"Make one: `{value.__name__}()`."
    if isinstance(value, Mapping):
        return f"Give options by name: `{wanted}(**options)`."
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        within = [field.name for field in _fields(value) if isinstance(getattr(value, field.name), kinds)]
        if within:
            return f"Give its part, `.{within[0]}`."
    is_config = type(value).__name__.endswith("Config")
    if is_config or (isinstance(value, int | float | str) and not isinstance(value, bool)):
        for field in _fields(kinds[0]):
            if _takes(kinds[0], field.name, value):
                return f"Give options by name, such as `{wanted}({field.name}={'...' if is_config else repr(value)})`."
    if is_config:
        return "These are the options of another stage."
    return f"Give options by name: `{wanted}({', '.join(field.name for field in _fields(kinds[0])[:4])}, ...)`."


def _takes(kind: type, option: str, value: object) -> bool:
    """Return whether a config takes a value for one of its options."""
    try:
        kind(**{option: value})
    except (TypeError, ValueError):
        return False
    return True


def _fields(config: object) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(config)  # type: ignore[arg-type]


def take_plain_numbers(config: object) -> None:
    """Replace numbers of NumPy in the fields of a config that is being made by those of Python, which can be saved.

    Args:
        config: A frozen dataclass, within its `__post_init__`.
    """
    for field in _fields(config):
        value = getattr(config, field.name)
        if isinstance(value, np.generic):
            object.__setattr__(config, field.name, value.item())
        elif type(value) in (list, tuple) and any(isinstance(item, np.generic) for item in value):
            plain = tuple(item.item() if isinstance(item, np.generic) else item for item in value)
            object.__setattr__(config, field.name, plain)


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
