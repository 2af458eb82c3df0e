"""Checks of configs, the frozen options of a stage, and the way to one from what was given instead.

Input: what was given for a config. Output: nothing, or an error that says which option was probably meant.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from nextword.errors.arguments import check_kind


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
        within = [field.name for field in _options_of(value) if isinstance(getattr(value, field.name), kinds)]
        if within:
            return f"Give its part, `.{within[0]}`."
    is_config = type(value).__name__.endswith("Config")
    if is_config or (isinstance(value, int | float | str) and not isinstance(value, bool)):
        for field in _options_of(kinds[0]):
            if _takes(kinds[0], field.name, value):
                return f"Give options by name, such as `{wanted}({field.name}={'...' if is_config else repr(value)})`."
    if is_config:
        return "These are the options of another stage."
    return f"Give options by name: `{wanted}({', '.join(field.name for field in _options_of(kinds[0])[:4])}, ...)`."


def _takes(kind: type, option: str, value: object) -> bool:
    """Return whether a config takes a value for one of its options."""
    try:
        kind(**{option: value})
    except (TypeError, ValueError):
        return False
    return True


def _options_of(config: object) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(config)  # type: ignore[arg-type]


def take_plain_numbers(config: object) -> None:
    """Replace numbers of NumPy in the fields of a config that is being made by those of Python, which can be saved.

    Args:
        config: A frozen dataclass, within its `__post_init__`.
    """
    for field in _options_of(config):
        value = getattr(config, field.name)
        if isinstance(value, np.generic):
            object.__setattr__(config, field.name, value.item())
        elif type(value) in (list, tuple) and any(isinstance(item, np.generic) for item in value):
            plain = tuple(item.item() if isinstance(item, np.generic) else item for item in value)
            object.__setattr__(config, field.name, plain)
