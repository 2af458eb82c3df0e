"""The errors that nextword raises on purpose.

Input: a message, a code and figures. Output: an error that is a `NextwordError` and also the built-in kind that a
Python user expects, so `except ValueError` keeps working. Messages say what was expected, what arrived and how to fix
it. Programs, tests among them, tell errors apart by their code and read their figures.
"""

import errno
import os
from typing import Any


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


class _OfPath(OSError):
    """What every `OSError` has and programs read: the number of the error, its text and the path, told by figures."""

    figures: dict[str, Any]

    @property
    def errno(self) -> int | None:  # type: ignore[override]
        """Number of the error of the operating system; None where it gave none."""
        return self.figures.get("errno")

    @property
    def strerror(self) -> str | None:  # type: ignore[override]
        """What the operating system says of that number."""
        return None if self.errno is None else os.strerror(self.errno)

    @property
    def filename(self) -> str | None:
        """The path that it is about."""
        return self.figures.get("path")


class MissingFileError(NextwordError, _OfPath, FileNotFoundError):
    """A path does not exist.

    Attributes:
        errno: `errno.ENOENT`, as every `FileNotFoundError` has it.
        filename: The path.
    """

    @property
    def errno(self) -> int:  # type: ignore[override]
        """Number of the error of the operating system."""
        return errno.ENOENT


class FileAccessError(NextwordError, _OfPath):
    """A file cannot be read or written: no space, a name that is too long, a disk that fails.

    Attributes:
        errno: Number of the error of the operating system, as every `OSError` has it; None where it gave none.
        filename: The path.
    """


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


class CheckpointFolderError(CheckpointError, _OfPath):
    """The folder of checkpoints cannot be used: no folder, no permission, no space, or another training is in it.

    Attributes:
        errno: Number of the error of the operating system, as every `OSError` has it; None where it gave none.
        filename: The path.
    """


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
