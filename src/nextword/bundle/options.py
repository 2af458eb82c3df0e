"""Options, shapes and records of trainings <-> values of JSON.

Input: frozen values, or the values of a header. Output: the other of the two. Those of a header are checked, since
anybody may have written it.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

import numpy as np

from nextword.bundle.grown import EPOCH_LISTS
from nextword.errors import InputError, Note
from nextword.files.word_checks import check_blocked
from nextword.prediction.language_model import TrainingSummary
from nextword.prediction.shaping import Shape
from nextword.training.config import TrainingConfig

_Options = TypeVar("_Options")


def build_options(kind: type[_Options], values: Mapping[str, Any]) -> _Options:
    """Return a config from exactly its options: others mean another version, and guessing would be wrong.

    Args:
        kind: Class of the config.
        values: Its options by name.

    Raises:
        InputError: If an option is missing or unknown; code "options-differ".
    """
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if set(values) != names:
        raise InputError(
            f"the options of {kind.__name__} are {sorted(names)}; found {sorted(values)}.",
            code="options-differ",
            kind=kind.__name__,
            names=tuple(sorted(names ^ set(values))),
        )
    return kind(**values)


def shape_values(shape: Shape) -> dict[str, Any]:
    """Return the fields of a shape that differ from those of `Shape()`.

    Args:
        shape: Any shape.

    Returns:
        Values of JSON by name.

    Examples:
        >>> shape_values(Shape(blocked=("tea",)))
        {'blocked': ['tea']}
    """
    values = {"temperature": shape.temperature, "never": list(shape.never), "blocked": list(shape.blocked)}
    defaults = {"temperature": 1.0, "never": [], "blocked": []}
    return {name: value for name, value in values.items() if value != defaults[name]}


def shape_of_values(values: Mapping[str, Any]) -> Shape:
    """Return the shape that has these fields.

    Args:
        values: What `shape_values` returned.

    Raises:
        InputError: If a field is unknown or of a wrong kind (code "shape-fields"), or a blocked word has a control
            character or is too long, or there are too many ("control-characters", "over-limit").
        ConfigError: If the temperature is no number from 0.001 to 1,000, or a blocked word is empty; code
            "option-out-of-range".
    """
    never, blocked = values.get("never", []), values.get("blocked", [])
    if not set(values) <= {"temperature", "never", "blocked"}:
        raise InputError(
            f"a shape has a temperature, ids and blocked words; found {sorted(values)}.", code="shape-fields"
        )
    if not isinstance(never, list) or not all(type(token_id) is int for token_id in never):
        raise InputError(f"tokens that never come out are a list of ids; found {never!r:.80}.", code="shape-fields")
    if not isinstance(blocked, list) or not all(isinstance(word, str) for word in blocked):
        raise InputError(f"blocked words are a list of words; found {blocked!r:.80}.", code="shape-fields")
    check_blocked(blocked)
    return Shape(temperature=values.get("temperature", 1.0), never=tuple(never), blocked=tuple(blocked))


def training_values(training: TrainingSummary) -> dict[str, Any]:
    """Return the fields of the record of a training, its notes with their codes and figures.

    A figure of a note that is infinite or not a number becomes None, as JSON has neither: a long training is saved all
    the same, and the sentence of the note tells it.

    Args:
        training: The record.

    Returns:
        Values of JSON by name.

    Raises:
        InputError: If a figure is nothing that JSON has (code "record-not-json"), or another value is of a wrong kind
            or a perplexity not finite ("training-fields").
    """
    notes = [
        {"text": str(note), "code": getattr(note, "code", ""), "figures": getattr(note, "figures", {})}
        for note in training.notes
    ]
    values: dict[str, Any] = {field.name: getattr(training, field.name) for field in fields(training)}
    values |= {"config": asdict(training.config)}
    # Not a part of the JSON, which a long training would make slow; those of NumPy become plain ones.
    epochs = {
        name: [float(value) if isinstance(value, float | np.floating) else value for value in values.pop(name)]
        for name in EPOCH_LISTS
    }
    try:
        values = json.loads(json.dumps(_plain({**values, "notes": notes}), allow_nan=False)) | epochs
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"the record of a training is saved as JSON, so the figures of notes are plain values: {error}.",
            code="record-not-json",
        ) from error
    training_of_values(values)  # what could not be read is not written
    return values


def _plain(value: Any) -> Any:
    """Return a value with numbers and arrays of NumPy as those of Python, and without infinities."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def training_of_values(values: Mapping[str, Any]) -> TrainingSummary:
    """Return the record of a training.

    Args:
        values: What `training_values` returned, after it was JSON.

    Raises:
        InputError: If a value is of a wrong kind (code "training-fields"), or a field is unknown.
        KeyError: If a field is missing.
    """
    counts = ("tokens", "held_out_tokens", "best_epoch")
    lists = {"perplexities": float, "held_out_perplexities": float, "notes": dict}
    good = all(type(values[name]) is int and values[name] >= 0 for name in counts)
    good = good and isinstance(values["stopped_by"], str) and isinstance(values["config"], dict)
    good = good and all(
        isinstance(values[name], list) and all(type(item) is kind for item in values[name])
        for name, kind in lists.items()
    )
    good = good and all(math.isfinite(value) for name in EPOCH_LISTS for value in values[name])
    if not good or not all(map(_is_note, values["notes"])):
        raise InputError(
            f"its record of the training has values of a wrong kind: {values!r:.200}.", code="training-fields"
        )
    notes = tuple(Note(note["text"], code=note["code"], **note["figures"]) for note in values["notes"])
    as_tuples = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    config = build_options(TrainingConfig, values["config"])
    return build_options(TrainingSummary, {**as_tuples, "config": config, "notes": notes})


def _is_note(note: Mapping[str, Any]) -> bool:
    return (
        set(note) == {"text", "code", "figures"}
        and isinstance(note["text"], str)
        and isinstance(note["code"], str)
        and isinstance(note["figures"], dict)
        and not {"text", "code"} & set(note["figures"])
    )
