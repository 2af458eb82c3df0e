"""A training that has got so far <-> one file in a folder, whole at every moment; no Keras here.

Input: counters, arrays and a fingerprint of everything that training depends on. Output: the newest checkpoint that is
whole and of the same training, or an error; never a silent new start.
"""

import hashlib
import json
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import (
    BundleCorruptError,
    BundleError,
    BundleVersionError,
    CheckpointError,
    CheckpointFolderError,
    Note,
)
from nextword.files.access import free_space, reason_of
from nextword.files.limits import LIMITS, check_limit
from nextword.files.paths import shown
from nextword.files.sealed import CHECKPOINT_KEY, DIGEST, open_sealed, seal, tensors_of
from nextword.files.strict_json import parse_json
from nextword.files.writing import write_whole
from nextword.training.checkpoint_folder import folder_told

# 1 had other names for the variables of optimizer and network, 2 had the progress in its header.
FORMAT_VERSION = 3
OLDEST_VERSION = 2
KEPT = 3
# The tensor that has the progress: with a record an epoch, it grows.
_PROGRESS = "checkpoint.progress"
_NAME = re.compile(r"ckpt-\d{10}\.nextword")

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


def write_checkpoint(folder: Path, checkpoint: Checkpoint, best_step: int) -> Path:
    """Write a checkpoint durably, and then delete all but the last three and that of `best_step`.

    Args:
        folder: Where to.
        checkpoint: What to write.
        best_step: Updates after which the best weights were there; 0 for none yet.

    Returns:
        The path of the checkpoint.

    Raises:
        CheckpointFolderError: If it cannot be written; the earlier ones are as they were; codes
            "checkpoint-not-written" and "checkpoint-folder-not-usable".
        InputError: If it has more than a checkpoint that can be read; code "over-limit".
    """
    path = folder / f"ckpt-{checkpoint.step:010}.nextword"
    content = _checkpoint_bytes(checkpoint)
    try:
        write_whole(path, content)
    except OSError as error:
        raise CheckpointFolderError(
            f"the checkpoint {shown(path)} of {len(content):,} bytes cannot be written: {reason_of(error)}; "
            f"{free_space(folder)}. The earlier ones are whole: make room and call again with the same arguments.",
            code="checkpoint-not-written",
            path=str(path),
            bytes=len(content),
            errno=error.errno,
        ) from error
    # Those of a later step are damaged ones, or training would have gone on from them.
    paths = checkpoint_paths(folder)
    kept_paths = {folder / f"ckpt-{best_step:010}.nextword", *[other for other in paths if other <= path][-KEPT:]}
    with folder_told(folder):
        for old in set(paths) - kept_paths:
            old.unlink(missing_ok=True)
    return path


def _checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    """Return the content of a checkpoint; what could not be read is not written."""
    progress = json.dumps(checkpoint.progress, sort_keys=True, allow_nan=False).encode("ascii")
    check_limit("progress_bytes", len(progress))
    header = {name: getattr(checkpoint, name) for name in ("step", "finished", "fingerprint")}
    arrays = {**checkpoint.arrays, _PROGRESS: np.frombuffer(progress, np.uint8)}
    content = seal({CHECKPOINT_KEY: header}, arrays, version=FORMAT_VERSION)
    check_limit("checkpoint_header_bytes", int.from_bytes(content[:8], "little"))
    check_limit("checkpoint_bytes", len(content))
    return content


def newest_checkpoint(folder: Path, fingerprint: Fingerprint) -> Checkpoint | None:
    """Return the newest whole checkpoint, with a warning if it is not the last one; None if there is none at all.

    Args:
        folder: Where they are.
        fingerprint: What the training depends on that is to go on.

    Raises:
        CheckpointError: If all are damaged, or the checkpoint is of a training that differs; codes
            "checkpoints-damaged" and "checkpoint-of-another-training".
    """
    paths = checkpoint_paths(folder)
    damage: dict[str, str] = {}
    for path in reversed(paths):
        try:
            checkpoint = read_checkpoint(path)
        except (BundleError, OSError) as error:
            damage[path.name] = str(error)
            continue
        if damage:
            text = (
                f"in {shown(folder)} these checkpoints cannot be used: {_listed(damage)}. Training goes on from "
                f"{path.name}."
            )
            warnings.warn(Note(text, code="checkpoints-damaged", files=[*damage], step=checkpoint.step), stacklevel=2)
        _refuse_another_training(path, checkpoint.fingerprint, fingerprint)
        return checkpoint
    if not paths:
        return None
    raise CheckpointError(
        f"none of the {len(paths)} checkpoints in {shown(folder)} can be used: {_listed(damage)}. To train from the "
        "start, delete them or give another folder.",
        code="checkpoints-damaged",
        files=[*damage],
    )


def read_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint.

    Args:
        path: The file.

    Raises:
        BundleError: If it is damaged or no checkpoint; codes "checkpoint-format", "not-a-checkpoint" and
            "checkpoint-header-unknown", and those of any damaged file.
        FileAccessError: If it cannot be read; code "file-not-readable".
    """
    header, content = open_sealed(
        path,
        newest_version=FORMAT_VERSION,
        max_bytes=LIMITS["checkpoint_bytes"],
        max_header_bytes=LIMITS["checkpoint_header_bytes"],
    )
    version = header.get("format_version")
    if CHECKPOINT_KEY in header and type(version) is int and version < OLDEST_VERSION:
        raise BundleVersionError(
            f"{shown(path)} is a checkpoint of format {version}, and this nextword goes on from formats "
            f"{OLDEST_VERSION} to {FORMAT_VERSION} only. Train from the start in another folder.",
            code="checkpoint-format",
            version=version,
            expected=FORMAT_VERSION,
        )
    if version not in (OLDEST_VERSION, FORMAT_VERSION) or set(header) != {"format_version", CHECKPOINT_KEY}:
        raise BundleCorruptError(
            f"{shown(path)} is no checkpoint: its header has {sorted(header)!r:.200}.",
            code="not-a-checkpoint",
            header=sorted(header),
        )
    arrays = tensors_of(content, name=path)
    del arrays[DIGEST]
    try:
        values = dict(header[CHECKPOINT_KEY])
        if version == FORMAT_VERSION:
            progress = arrays.pop(_PROGRESS)
            check_limit("progress_bytes", progress.size)
            values = {"progress": parse_json(progress.tobytes()), **values}
        return Checkpoint(**values, arrays=arrays)
    except (TypeError, KeyError, ValueError) as error:
        raise BundleCorruptError(
            f"{shown(path)} has an unknown header: {error}", code="checkpoint-header-unknown"
        ) from error


def checkpoint_paths(folder: Path) -> list[Path]:
    """Return the paths of the checkpoints in a folder, oldest first.

    Args:
        folder: Where they are.

    Raises:
        CheckpointFolderError: If the folder cannot be read; code "checkpoint-folder-not-usable".
    """
    with folder_told(folder):
        return sorted(entry for entry in folder.iterdir() if _NAME.fullmatch(entry.name))


def digest_of(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the SHA-256 of named arrays, in hexadecimal.

    Args:
        arrays: Arrays by name, in any order.
    """
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _refuse_another_training(path: Path, then: Fingerprint, now: Fingerprint) -> None:
    absent = "nothing"
    pairs = {
        f"{group}.{name}": (then.get(group, {}).get(name, absent), now.get(group, {}).get(name, absent))
        for group in sorted({*then, *now})
        for name in sorted({*then.get(group, {}), *now.get(group, {})})
    }
    differences = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if differences:
        lines = [
            f"  {name}: {_short(saved)} in the checkpoint, {_short(given)} given"
            for name, (saved, given) in differences.items()
        ]
        raise CheckpointError(
            "\n".join([f"{shown(path)} is of another training:", *lines])
            + "\nTo go on, give what it was begun with; to train anew, give another folder or delete its checkpoints.",
            code="checkpoint-of-another-training",
            differences=differences,
        )


def _listed(damage: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in damage.items())


def _short(value: object) -> str:
    return f"{value[:12]}..." if isinstance(value, str) and len(value) == 64 else f"{value!r:.60}"
