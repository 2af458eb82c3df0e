"""Every error that nextword raises on purpose, the checks of single values that raise them, and notes.

Each error is a `NextwordError` and also the built-in kind that a Python user expects, so `except ValueError` keeps
working. Messages say what was expected, what arrived and how to fix it. Programs, tests among them, tell errors and
notes apart by their code and read their figures; the sentences are for people and may be put better at any time.
"""

from math import inf
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray


class NextwordError(Exception):
    """Base of all errors raised on purpose by nextword.

    Args:
        args: The message.
        code: What went wrong, in words joined by "-"; the same in every release.
        figures: What arrived and what was expected, by name.

    Attributes:
        code: As given, "" where none was.
        figures: As given.

    Examples:
        >>> error = ConfigError("`seed` must be ...; received -1.", code="option-out-of-range", option="seed", value=-1)
        >>> str(error), error.code, error.figures["value"]
        ('`seed` must be ...; received -1.', 'option-out-of-range', -1)
    """

    def __init__(self, *args: object, code: str = "", **figures: Any) -> None:
        """Keep code and figures beside the message."""
        super().__init__(*args)
        self.code = code
        self.figures = figures


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


class FileAccessError(NextwordError, OSError):
    """A file cannot be read or written: no space, a name that is too long, a disk that fails.

    Attributes:
        errno: Number of the error of the operating system, as every `OSError` has it; None where it gave none.
        filename: The path.
    """

    @property
    def errno(self) -> int | None:  # type: ignore[override]
        """Number of the error of the operating system."""
        return self.figures.get("errno")

    @property
    def filename(self) -> str | None:
        """The path that it is about."""
        return self.figures.get("path")


class FilePermissionError(FileAccessError, PermissionError):
    """A file or folder may not be read or written: it is read-only, or somebody else's."""


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

    def __init__(self, *args: object, step: int = 0, learning_rate: float = 0.0, **figures: Any) -> None:
        """Keep the step and the learning rate beside the message."""
        super().__init__(*args, code="diverged", step=step, learning_rate=learning_rate, **figures)
        self.step = step
        self.learning_rate = learning_rate


class Note(str):
    """A sentence for people about what was decided, with a code and figures for programs.

    Args:
        text: The sentence.
        code: What was decided, in words joined by "-".
        figures: Numbers and names in the sentence, by name; values of JSON.

    Examples:
        >>> note = Note("Held out 5 of 100 texts.", code="held-out-texts", held_out=5, texts=100)
        >>> note, note.code, note.figures["held_out"]
        ('Held out 5 of 100 texts.', 'held-out-texts', 5)
    """

    code: str
    figures: dict[str, Any]

    def __new__(cls, text: str, *, code: str = "", **figures: Any) -> "Note":
        """Make a `str` that knows its code and figures."""
        note = super().__new__(cls, text)
        note.code = code
        note.figures = figures
        return note


def check_integer(name: str, value: object, low: int, high: int | None = None) -> None:
    """Raise `ConfigError` unless `value` is an `int` (no `bool`) from `low` to `high`.

    Args:
        name: Name of the option.
        value: What was given.
        low: Least value.
        high: Largest value; None for no limit.

    Raises:
        ConfigError: If it is not; code "option-out-of-range".
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < low or (high is not None and value > high):
        limits = f"at least {low}" if high is None else f"from {low} to {high}"
        raise _out_of_range(name, value, f"an integer, {limits}")


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

    Raises:
        ConfigError: If it is not; code "option-out-of-range".
    """
    good = isinstance(value, int | float) and not isinstance(value, bool) and low <= value < high and value <= highest
    if not good or (above and value == low):
        limits = f"{'above' if above else 'at least'} {low:g}"
        limits += f" and below {high:g}" if high < inf else f" and at most {highest:g}" if highest < inf else ""
        raise _out_of_range(name, value, f"a finite number {limits}")


def check_bool(name: str, value: object) -> None:
    """Raise `ConfigError` unless `value` is True or False.

    Args:
        name: Name of the option.
        value: What was given.

    Raises:
        ConfigError: If it is not; code "option-out-of-range".
    """
    if not isinstance(value, bool):
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
        f"`{name}` must be {expected}; received {value!r:.80} ({type(value).__name__}).",
        code="option-out-of-range",
        option=name,
        value=value,
    )


def check_ids(ids: ArrayLike, vocabulary_size: int, *, rows: int | None = None, start: int = 0) -> NDArray[np.int32]:
    """Return token ids as int32 after checking that each is in the vocabulary.

    Args:
        ids: Integers of shape (N,); for B rows of shape (B, T), (B,) for one token a row, or with B = 1 also (T,).
        vocabulary_size: V.
        rows: B; None for one stream.
        start: Position of the first id in a longer stream, for the message.

    Returns:
        int32 of shape (N,), or (B, T).

    Raises:
        InputTypeError: If they are not integers, or lists of different lengths; codes "ids-not-integers" and
            "ids-ragged".
        InputError: If the shape does not fit, or an id is below 0 or not below V; codes "ids-shape" and
            "id-outside-vocabulary".
    """
    try:
        array = np.asarray(ids)
    except ValueError as error:  # lists of different lengths
        raise InputTypeError(
            "token ids form an array; received lists of different lengths.", code="ids-ragged"
        ) from error
    if array.size and array.dtype.kind not in "iu":  # an empty list makes an array of floats
        raise InputTypeError(
            f"token ids are integers; received an array of {array.dtype}. `encode_texts` makes them.",
            code="ids-not-integers",
            dtype=str(array.dtype),
        )
    if rows is not None and array.ndim == 1:
        array = array.reshape((rows, 0) if not array.size else (1, -1) if rows == 1 else (-1, 1))
    if array.ndim != (1 if rows is None else 2) or (rows is not None and len(array) != rows):
        expected = "one stream of shape (N,)" if rows is None else f"({rows}, T) or ({rows},), as the state is"
        raise InputError(
            f"token ids come as {expected}; received shape {np.shape(ids)}.", code="ids-shape", shape=np.shape(ids)
        )
    if array.size and (array.min() < 0 or array.max() >= vocabulary_size):
        place = np.argwhere((array < 0) | (array >= vocabulary_size))[0].tolist()
        position = start + place[-1]
        where = f"position {position}" if rows is None else f"position {position} of text {place[0]}"
        raise InputError(
            f"token id {array[tuple(place)]} at {where} is outside the vocabulary of {vocabulary_size} "
            f"(ids 0 to {vocabulary_size - 1}). Encode with the tokenizer that the model was built for.",
            code="id-outside-vocabulary",
            token_id=int(array[tuple(place)]),
            position=position,
            vocabulary_size=vocabulary_size,
        )
    return array.astype(np.int32, copy=False)


@overload
def check_mask(name: str, mask: None, ids: NDArray[np.int32] | None) -> None: ...
@overload
def check_mask(name: str, mask: ArrayLike, ids: NDArray[np.int32] | None) -> NDArray[np.bool_]: ...
def check_mask(name: str, mask: ArrayLike | None, ids: NDArray[np.int32] | None) -> NDArray[np.bool_] | None:
    """Return the mask of the tokens that count, after checking that it fits its ids and counts one.

    Args:
        name: Name of the argument.
        mask: Booleans of shape (N,); None counts all.
        ids: The ids (N,) that it belongs to; None where there are none.

    Returns:
        Booleans of shape (N,); None as it came.

    Raises:
        InputError: If it does not fit, or no token counts; codes "mask-shape" and "mask-empty".
    """
    if mask is None:
        return None
    array = np.asarray(mask)
    shape = None if ids is None else ids.shape
    if array.dtype != np.bool_ or array.shape != shape:
        expected = "goes with ids, which are None" if ids is None else f"has the shape {shape}, one a token"
        raise InputError(
            f"`{name}` holds booleans and {expected}; received {array.dtype} of shape {array.shape}.",
            code="mask-shape",
            argument=name,
            shape=array.shape,
        )
    if not array.any():
        raise InputError(f"`{name}` counts no token; at least one has to count.", code="mask-empty", argument=name)
    return array


def check_starts(name: str, starts: ArrayLike | None, ids: NDArray[np.int32] | None) -> NDArray[np.int64] | None:
    """Return where the texts of a stream begin, after checking it.

    Args:
        name: Name of the argument.
        starts: What was given; None for one text.
        ids: The stream, of shape (N,); None where there is none.

    Returns:
        int64 of shape (K,); None for None.

    Raises:
        InputError: If they are no ascending positions in the stream, the first one 0; code "starts-do-not-fit".
    """
    if starts is None:
        return None
    positions = np.asarray(starts)
    tokens = 0 if ids is None else len(ids)
    fits = positions.ndim == 1 and positions.dtype.kind in "iu" and len(positions) > 0
    if not fits or positions[0] != 0 or positions[-1] >= tokens or (np.diff(positions.astype(np.int64)) <= 0).any():
        raise InputError(
            f"`{name}` are the positions at which texts begin, ascending integers from 0 to below {tokens}; received "
            f"{starts!r:.80}.",
            code="starts-do-not-fit",
            argument=name,
            tokens=tokens,
        )
    return positions.astype(np.int64)
