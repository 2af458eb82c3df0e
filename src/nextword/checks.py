"""Checks of single options, used at the door of every stage."""

from math import inf

from nextword.errors import ConfigError


def check_integer(name: str, value: object, low: int, high: int | None = None) -> None:
    """Raise `ConfigError` unless `value` is an `int` (no `bool`) from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < low or (high is not None and value > high):
        limits = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ConfigError(f"`{name}` must be an integer, {limits}; received {value!r} ({type(value).__name__}).")


def check_number(
    name: str, value: object, low: float, high: float = inf, *, above: bool = False, highest: float = inf
) -> None:
    """Raise `ConfigError` unless `value` is a finite number (no `bool`) in its range.

    Args:
        name: Name of the option.
        value: What was given.
        low: Least value; not itself allowed if `above`.
        high: What the value must stay below.
        above: Whether `low` itself is too low.
        highest: Most that the value may be.
    """
    good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value < high and value <= highest
    if not good or (above and value == low):
        limits = f"{'above' if above else 'at least'} {low:g}"
        limits += f" and below {high:g}" if high < inf else f" and at most {highest:g}" if highest < inf else ""
        raise ConfigError(f"`{name}` must be a finite number {limits}; received {value!r} ({type(value).__name__}).")


def check_bool(name: str, value: object) -> None:
    """Raise `ConfigError` unless `value` is True or False."""
    if not isinstance(value, bool):
        raise ConfigError(f"`{name}` must be True or False; received {value!r} ({type(value).__name__}).")
