"""Every error that nextword raises on purpose, and the checks of single values that raise them.

Each one is a `NextwordError` and also the built-in kind that a Python user expects, so `except ValueError` keeps
working. Messages say what was expected, what arrived and how to fix it.
"""

from math import inf

import numpy as np
from numpy.typing import ArrayLike, NDArray


class NextwordError(Exception):
    """Base of all errors raised on purpose by nextword."""


class ConfigError(NextwordError, ValueError):
    """An option has a value outside its range, or two options contradict each other."""


class InputError(NextwordError, ValueError):
    """An argument is of the right kind, but its content cannot be used (an empty corpus, an id out of range)."""


class InputTypeError(NextwordError, TypeError):
    """An argument is of the wrong kind (a `str` where an iterable of texts is expected, a `bytes` text)."""


class TextFileError(NextwordError, ValueError):
    """A text file cannot be read as UTF-8 text."""


class MissingFileError(NextwordError, FileNotFoundError):
    """A path does not exist."""


class VectorsError(NextwordError, ValueError):
    """A file of pretrained word vectors is damaged or of another format."""


class BundleError(NextwordError, ValueError):
    """A file is not a usable nextword bundle."""


class BundleCorruptError(BundleError):
    """A bundle is cut, changed or contradicts itself."""


class BundleVersionError(BundleError):
    """A bundle was written by a newer format than this version of nextword reads."""


class UnsafeFormatError(BundleError):
    """A file is of another kind (pickle, zip, HDF5, Keras, ...), which nextword never opens."""


class CheckpointError(NextwordError, ValueError):
    """A training cannot go on from the checkpoints in its folder: they are of another training, or all damaged."""


class CheckpointFolderError(CheckpointError, OSError):
    """The folder of checkpoints cannot be used: no folder, no permission, no space, or another training is in it."""


class TrainingDivergedError(NextwordError, ArithmeticError):
    """The loss became infinite or not a number.

    Attributes:
        step: Training step, from 1, at which it happened.
        learning_rate: Learning rate of that step.
    """

    def __init__(self, message: str, *, step: int, learning_rate: float) -> None:
        """Keep the step and the learning rate beside the message."""
        super().__init__(message)
        self.step = step
        self.learning_rate = learning_rate


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


def check_ids(ids: ArrayLike, vocabulary_size: int, start: int = 0) -> NDArray[np.int32]:
    """Return `ids` as int32 of shape (N,) after checking that each is in the vocabulary; errors count from `start`.

    Raises:
        InputTypeError: If they are not integers, or lists of different lengths.
        InputError: If the shape is not (N,), or an id is below 0 or not below V; names the id and its position.
    """
    try:
        array = np.asarray(ids)
    except ValueError as error:  # lists of different lengths
        raise InputTypeError("token ids form one array; received lists of different lengths.") from error
    if array.size and array.dtype.kind not in "iu":  # an empty list makes an array of floats
        raise InputTypeError(f"token ids are integers; received an array of {array.dtype}. `encode_texts` makes them.")
    if array.ndim != 1:
        raise InputError(f"token ids come as one stream of shape (N,); received shape {array.shape}.")
    outside = np.flatnonzero((array < 0) | (array >= vocabulary_size))
    if outside.size:
        position = int(outside[0])
        raise InputError(
            f"token id {array[position]} at position {start + position} is outside the vocabulary of {vocabulary_size} "
            f"(ids 0 to {vocabulary_size - 1}). Encode with the tokenizer that the model was built for."
        )
    return array.astype(np.int32, copy=False)
