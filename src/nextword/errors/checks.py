"""Checks of single options: a number in its range, one of several choices.

Input: the name of an option and what was given. Output: nothing, or an error that names the option, shows what arrived
and says what may be given.
"""

from math import inf

import numpy as np

from nextword.errors.descriptions import described
from nextword.errors.raised import ConfigError


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
