"""A training that has got so far <-> one file in a folder, whole at every moment; no Keras here.

Enters: counters, arrays and a fingerprint of everything that training depends on. Leaves: the newest checkpoint that is
whole and of the same training, or an error; never a silent new start. One folder serves one training at a time.
"""

import hashlib
import os
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import BundleCorruptError, BundleError, CheckpointError, CheckpointFolderError
from nextword.files.sealed import CHECKPOINT_KEY, DIGEST, open_sealed, seal, tensors_of
from nextword.files.writing import check_path, shown, write_whole

FORMAT_VERSION = 2  # 1 had other names for the variables of optimizer and network
KEPT = 3
MAX_FILE_BYTES = 64 << 30
MAX_HEADER_BYTES = 64 << 20  # the history has one record an epoch
_NAME = re.compile(r"ckpt-\d{10}\.nextword")
_TEMPORARY = re.compile(r"\.ckpt-.*\.tmp")  # as `write_whole` names those of a checkpoint

Fingerprint = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """All that a training goes on from.

    Attributes:
        step: Updates done.
        finished: Whether training had ended by itself, so that nothing is left to do.
        progress: Counters and records, values of JSON.
        arrays: Every variable, and the best weights so far, by name.
        fingerprint: What the training depends on, by group and name, values of JSON.
    """

    step: int
    finished: bool
    progress: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]
    fingerprint: Fingerprint


@contextmanager
def reserved_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Keep a folder for one training while the context lasts: made, tried, locked, rid of half-written files.

    The lock is that of the open folder, which ends with the process that holds it, however that ends.

    Raises:
        InputTypeError: If `path` is no path.
        InputError: If it has a NUL character.
        CheckpointFolderError: If it is no folder, cannot be written to, or another training is in it.
    """
    check_folder(path)
    folder = Path(path)
    lock = _lock(folder)
    try:
        for stale in [entry for entry in folder.iterdir() if _TEMPORARY.fullmatch(entry.name)]:
            stale.unlink(missing_ok=True)
        yield folder
    finally:
        if lock is not None:
            os.close(lock)


def check_folder(path: str | os.PathLike[str]) -> None:
    """Make the folder if it is missing, and try that a file can be written there.

    Raises:
        InputTypeError: If `path` is no path.
        InputError: If it has a NUL character.
        CheckpointFolderError: If it is no folder or cannot be written to.
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
            f"{shown(path)} is no folder; `checkpoint_dir` is the folder of the checkpoints."
        ) from error
    except OSError as error:
        raise CheckpointFolderError(
            f"no checkpoint can be written in {shown(path)}: {error.strerror}. Give a folder that you may write to."
        ) from error


def write_checkpoint(folder: Path, checkpoint: Checkpoint, best_step: int) -> Path:
    """Write a checkpoint durably, and then delete all but the last three and that of `best_step`.

    Raises:
        CheckpointFolderError: If it cannot be written; the earlier ones are as they were.
    """
    path = folder / f"ckpt-{checkpoint.step:010}.nextword"
    names = ("step", "finished", "progress", "fingerprint")
    header = {CHECKPOINT_KEY: {name: getattr(checkpoint, name) for name in names}}
    content = seal(header, checkpoint.arrays, version=FORMAT_VERSION)
    try:
        write_whole(path, content)
    except OSError as error:
        raise CheckpointFolderError(
            f"the checkpoint {shown(path)} of {len(content):,} bytes cannot be written: {error.strerror or error}; "
            f"{_free(folder)}. The earlier ones are whole: make room and call again with the same arguments."
        ) from error
    # Those of a later step are damaged ones, or training would have gone on from them.
    found = checkpoint_paths(folder)
    kept = {folder / f"ckpt-{best_step:010}.nextword", *[other for other in found if other <= path][-KEPT:]}
    for old in set(found) - kept:
        old.unlink(missing_ok=True)
    return path


def newest_checkpoint(folder: Path, fingerprint: Fingerprint) -> Checkpoint | None:
    """Return the newest whole checkpoint, with a warning if it is not the last one; None if there is none at all.

    Raises:
        CheckpointError: If all are damaged, or the checkpoint is of a training that differs.
    """
    paths = checkpoint_paths(folder)
    damage: list[str] = []
    for path in reversed(paths):
        try:
            checkpoint = read_checkpoint(path)
        except (BundleError, OSError) as error:
            damage.append(f"{path.name}: {error}")
            continue
        if damage:
            warnings.warn(
                f"in {shown(folder)} these checkpoints cannot be used: {'; '.join(damage)}. Training goes on from "
                f"{path.name}.",
                stacklevel=2,
            )
        _refuse_another_training(path, checkpoint.fingerprint, fingerprint)
        return checkpoint
    if not paths:
        return None
    raise CheckpointError(
        f"none of the {len(paths)} checkpoints in {shown(folder)} can be used: {'; '.join(damage)}. To train from the "
        "start, delete them or give another folder."
    )


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        BundleError: If it is damaged or no checkpoint.
        OSError: If it cannot be read.
    """
    header, content = open_sealed(
        path, newest_version=FORMAT_VERSION, max_bytes=MAX_FILE_BYTES, max_header_bytes=MAX_HEADER_BYTES
    )
    if header.get("format_version") != FORMAT_VERSION or set(header) != {"format_version", CHECKPOINT_KEY}:
        raise BundleCorruptError(f"{shown(path)} is no checkpoint: its header has {sorted(header)!r:.200}.")
    arrays = tensors_of(content, name=path)
    del arrays[DIGEST]
    try:
        return Checkpoint(**header[CHECKPOINT_KEY], arrays=arrays)
    except TypeError as error:
        raise BundleCorruptError(f"{shown(path)} has an unknown header: {error}") from error


def checkpoint_paths(folder: Path) -> list[Path]:
    """Return the checkpoints in a folder, oldest first."""
    return sorted(entry for entry in folder.iterdir() if _NAME.fullmatch(entry.name))


def digest_of(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the SHA-256 of named arrays, in hexadecimal."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _refuse_another_training(path: Path, then: Fingerprint, now: Fingerprint) -> None:
    absent = "nothing"
    differences = [
        f"{group}.{name}: {_short(then.get(group, {}).get(name, absent))} in the checkpoint, "
        f"{_short(now.get(group, {}).get(name, absent))} given"
        for group in sorted({*then, *now})
        for name in sorted({*then.get(group, {}), *now.get(group, {})})
        if then.get(group, {}).get(name, absent) != now.get(group, {}).get(name, absent)
    ]
    if differences:
        raise CheckpointError(
            f"{shown(path)} is of another training:\n  "
            + "\n  ".join(differences)
            + "\nTo go on, give what it was begun with; to train anew, give another folder or delete its checkpoints."
        )


def _short(value: object) -> str:
    return f"{value[:12]}..." if isinstance(value, str) and len(value) == 64 else f"{value!r:.60}"


def _lock(folder: Path) -> int | None:
    try:
        import fcntl  # not on Windows
    except ImportError:
        return None
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise CheckpointFolderError(
            f"another training writes its checkpoints in {shown(folder)}. Wait until it has ended, or give another "
            "folder."
        ) from error
    except OSError:  # a file system without locks: then nothing is locked
        os.close(descriptor)
        return None
    return descriptor


def _free(folder: Path) -> str:
    try:
        return f"{shutil.disk_usage(folder).free:,} bytes are free"
    except OSError as error:
        return f"the folder cannot be looked at ({error.strerror})"
