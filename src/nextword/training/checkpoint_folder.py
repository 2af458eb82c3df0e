"""The folder of a training's checkpoints: made, tried and locked, so that one folder serves one training at a time.

Input: a path. Output: the folder, kept for one training while a context lasts, or an error that names it.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nextword.errors import CheckpointFolderError
from nextword.files.paths import check_path, shown

_TEMPORARY = re.compile(r"\.ckpt-.*\.tmp")  # as `write_whole` names those of a checkpoint


@contextmanager
def reserved_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Keep a folder for one training while the context lasts: made, tried, locked, rid of half-written files.

    The lock is that of the open folder, which ends with the process that holds it, however that ends.

    Args:
        path: The folder.

    Yields:
        The folder, as a `Path`.

    Raises:
        InputTypeError: If `path` is no path.
        InputError: If it has a NUL character.
        CheckpointFolderError: If it is no folder, cannot be written to, or another training is in it; codes
            "checkpoint-folder-is-file", "checkpoint-folder-not-writable", "checkpoint-folder-not-usable" and
            "checkpoint-folder-in-use".
    """
    check_folder(path)
    folder = Path(path)
    lock = _lock(folder)
    try:
        with folder_told(path):
            for stale in [entry for entry in folder.iterdir() if _TEMPORARY.fullmatch(entry.name)]:
                stale.unlink(missing_ok=True)
        yield folder
    finally:
        if lock is not None:
            os.close(lock)


def check_folder(path: str | os.PathLike[str]) -> None:
    """Make the folder if it is missing, and try that a file can be written there.

    Args:
        path: The folder.

    Raises:
        InputTypeError: If `path` is no path.
        InputError: If it has a NUL character.
        CheckpointFolderError: If it is no folder or cannot be written to; codes "checkpoint-folder-is-file" and
            "checkpoint-folder-not-writable".
    """
    check_path(path)
    folder = Path(path)
    probe = folder / f".ckpt-probe.{os.getpid()}.tmp"  # cleaned up as a temporary file, should this be killed
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"nextword")
        probe.unlink(missing_ok=True)
    except FileExistsError as error:
        raise CheckpointFolderError(
            f"{shown(path)} is no folder; `checkpoint_dir` is the folder of the checkpoints.",
            code="checkpoint-folder-is-file",
            path=str(path),
            errno=error.errno,
        ) from error
    except OSError as error:
        raise CheckpointFolderError(
            f"no checkpoint can be written in {shown(path)}: {error.strerror}. Give a folder that you may write to.",
            code="checkpoint-folder-not-writable",
            path=str(path),
            errno=error.errno,
        ) from error


@contextmanager
def folder_told(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Turn an error of the operating system in the block into one that names the folder.

    Args:
        folder: The folder of checkpoints that the block uses.

    Yields:
        Nothing.

    Raises:
        CheckpointFolderError: For any `OSError`; code "checkpoint-folder-not-usable".
    """
    try:
        yield
    except OSError as error:
        raise CheckpointFolderError(
            f"the folder of checkpoints {shown(folder)} cannot be used: {error.strerror or error}. Give a folder that "
            "you may read and write.",
            code="checkpoint-folder-not-usable",
            path=os.fspath(folder),
            errno=error.errno,
        ) from error


def _lock(folder: Path) -> int | None:
    try:
        import fcntl  # not on Windows
    except ImportError:
        return None
    with folder_told(folder):
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise CheckpointFolderError(
            f"another training writes its checkpoints in {shown(folder)}. Wait until it has ended, or give another "
            "folder.",
            code="checkpoint-folder-in-use",
            path=str(folder),
            errno=error.errno,
        ) from error
    except OSError:  # a file system without locks: then nothing is locked
        os.close(descriptor)
        return None
    return descriptor
