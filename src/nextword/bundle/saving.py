"""Saving: a language model -> one file that is known to load.

Input: a language model and a path. Output: a file, never half-written. What was written is read again from the disk and
taken apart by the code that will load it, before it takes the place of the old file. Writing and reading know nothing
of each other; only this module knows both.
"""

import os
from pathlib import Path
from typing import Any

from nextword.bundle.options import training_values
from nextword.bundle.reading import read_known_bundle
from nextword.bundle.writing import bundle_pieces
from nextword.errors import FileAccessError, InputError, NextwordError
from nextword.files.limits import LIMITS
from nextword.files.mapped import map_file
from nextword.files.paths import shown
from nextword.files.tensors import Content
from nextword.files.writing import check_target, holds, write_whole
from nextword.prediction.language_model import LanguageModel, check_language_model


def save(lm: LanguageModel, path: str | os.PathLike[str]) -> None:
    """Save a language model as one file; equal models give equal bytes.

    The file is written under another name beside it, synced to disk, read again and then renamed, so `path` is at every
    moment the whole old file or the whole new one, and models that were loaded from the old one stay as they are. A
    symbolic link stays, and the file that it points to is replaced.

    Args:
        lm: A language model.
        path: Where to, by custom ending in `.nextword`; its folder must exist. An existing file is replaced, unless it
            is read-only.

    Raises:
        InputTypeError: If `lm` is no language model (code "not-a-language-model"), or of a kind that cannot be saved
            (codes of `bundle_pieces`), or `path` is no path ("path-kind").
        InputError: If no file can have this path ("path-not-a-file" for a folder, a pipe or a device; "path-empty",
            "path-nul", "path-not-encodable", "path-not-local", "path-not-expanded"); as `bundle_pieces` raises it; or
            if `load` would refuse the file ("not-loadable", whose figure `reason` is the code of that error).
        MissingFileError: If the folder does not exist; code "folder-missing".
        FilePermissionError: If file or folder are read-only; codes "file-read-only", "folder-read-only" and
            "file-not-writable".
        FileAccessError: If the file cannot be written (code "file-not-writable", whose figure `reason` is "ENOSPC" for
            a full disk), its folder is a file ("folder-is-file"), or the disk gave back something else than was
            written ("written-differs").
    """
    check_language_model(lm, path)
    check_target(path)  # before anything takes time
    pieces = bundle_pieces(lm)
    write_whole(path, pieces, check=lambda written: _check_written(written, pieces, lm, path))


def _check_written(written: Path, pieces: list[Content], lm: LanguageModel, path: str | os.PathLike[str]) -> None:
    """Refuse a file that differs from what was written, or that `load` would refuse or make another model of."""
    if not holds(written, pieces):
        raise FileAccessError(
            f"{shown(path)} was not written: the disk gave back something else. Save on another disk.",
            code="written-differs",
            path=os.fspath(path),
        )
    pieces.clear()  # they are in the file now: reading it takes memory of its own
    try:
        loaded = read_known_bundle(map_file(written, LIMITS["file_bytes"]), lm, path)
    except NextwordError as error:
        raise InputError(
            f"this model cannot be saved, as `load` would refuse its file: {error}",
            code="not-loadable",
            reason=error.figures.get("reason", error.code),
        ) from error
    same = loaded.runtime is lm.runtime and loaded.tokenizer == lm.tokenizer and loaded.template == lm.template
    if not same or _record(loaded) != _record(lm):
        raise InputError(
            "this model cannot be saved, as `load` would make another one of its file. Build it with "
            "`build_language_model`.",
            code="not-loadable",
            reason="model-differs",
        )


def _record(lm: LanguageModel) -> dict[str, Any] | None:
    return None if lm.training is None else training_values(lm.training)
