"""A header and tensors <-> one sealed file: safetensors with one metadata key, closed by its own SHA-256.

Enters: values of JSON and named arrays, or a file. Leaves: equal bytes for equal values, or the same values after every
check that holds for bundles and checkpoints alike.
"""

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, numpy as safetensors

from nextword.errors import BundleCorruptError, BundleError, BundleVersionError, MissingFileError, UnsafeFormatError
from nextword.files.other_kinds import DIGEST_BYTES, refuse_other_kinds
from nextword.files.writing import check_path, shown

FORMAT_VERSION = 1
METADATA_KEY = "nextword"
# In the header of a checkpoint, never in that of a bundle.
CHECKPOINT_KEY = "checkpoint"
# safetensors writes tensors by falling alignment, then by name: this one, of single bytes, comes last.
DIGEST = "~sha256"


def seal(header: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the bytes of a sealed file; the format's version is added to the header."""
    versioned = {"format_version": FORMAT_VERSION, **header}
    canonical = json.dumps(versioned, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    unsealed = {**tensors, DIGEST: np.zeros(DIGEST_BYTES, dtype=np.uint8)}
    body = memoryview(safetensors.save(unsealed, metadata={METADATA_KEY: canonical}))[:-DIGEST_BYTES]
    return b"".join((body, hashlib.sha256(body).digest()))


def open_sealed(path: str | os.PathLike[str], max_bytes: int, max_header_bytes: int) -> tuple[dict[str, Any], bytes]:
    """Return header and content of a file; what it is comes before whether it is whole, which `tensors_of` checks.

    Raises:
        InputTypeError: If `path` is no path.
        InputError: If `path` has a NUL character.
        MissingFileError: If there is no such file.
        UnsafeFormatError: If it is a file of another kind.
        BundleVersionError: If it was written by a newer nextword.
        BundleCorruptError: If its header was cut or changed.
        BundleError: If it is too large or no regular file.
    """
    content = _content(path, max_bytes)
    refuse_other_kinds(path, content)
    header_bytes = int.from_bytes(content[:8], "little")
    if header_bytes > min(max_header_bytes, len(content) - 8 - DIGEST_BYTES):
        raise BundleCorruptError(
            f"{shown(path)} is no whole bundle: its header should have {header_bytes:,} bytes, and the file has "
            f"{len(content):,}. Copy it again."
        )
    named = _json(path, content[8 : 8 + header_bytes])
    metadata = named.get("__metadata__")
    if not isinstance(metadata, dict) or set(metadata) != {METADATA_KEY}:
        raise UnsafeFormatError(
            f"{shown(path)} is a safetensors file but no nextword bundle (its metadata is {metadata!r:.80}). "
            "Bundles are written by `nextword.save`."
        )
    header = _json(path, metadata[METADATA_KEY])
    version = header.get("format_version")
    if type(version) is int and version > FORMAT_VERSION:
        raise BundleVersionError(
            f"{shown(path)} has format version {version!r:.80}; this nextword reads versions up to {FORMAT_VERSION}. "
            "Update it: pip install --upgrade nextword."
        )
    return header, content


def tensors_of(path: str | os.PathLike[str], content: bytes) -> dict[str, NDArray[Any]]:
    """Return the tensors of an opened file by name, that of its SHA-256 among them.

    Raises:
        BundleCorruptError: If the SHA-256 does not fit, or the tensors are no well-formed safetensors.
    """
    digest = content[-DIGEST_BYTES:]
    if hashlib.sha256(memoryview(content)[:-DIGEST_BYTES]).digest() != digest:
        raise BundleCorruptError(f"{shown(path)} was changed or cut: its SHA-256 does not fit. Copy it again.")
    try:
        tensors: dict[str, NDArray[Any]] = safetensors.load(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise BundleCorruptError(f"{shown(path)} is no well-formed safetensors file: {error}") from error
    if DIGEST not in tensors or tensors[DIGEST].tobytes() != digest:
        raise BundleCorruptError(f"{shown(path)} does not end with its SHA-256.")
    return tensors


def _content(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    check_path(path)
    if isinstance(path, str) and "://" in path:
        raise BundleError(f"a bundle is a local file; received the address {path!r:.80}. Download it first.")
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BundleError(f"{shown(path)} is no regular file.")
            if status.st_size > max_bytes:
                raise BundleError(f"{shown(path)} has {status.st_size:,} bytes; the most is {max_bytes:,}.")
            return file.read()
    except FileNotFoundError as error:
        raise MissingFileError(f"there is no file {shown(path)}. Bundles are written by `nextword.save`.") from error
    except IsADirectoryError as error:
        raise BundleError(f"{shown(path)} is a folder; give the `.nextword` file in it.") from error


def _open_at_once(path: str, flags: int) -> int:
    # A named pipe would wait for a writer; opened this way it comes back at once, and is refused.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _json(path: str | os.PathLike[str], content: object) -> dict[str, Any]:
    try:
        if not isinstance(content, bytes | str):
            raise ValueError(f"there should be text, not {content!r:.80}")
        value = json.loads(content, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BundleCorruptError(f"{shown(path)} has a damaged header: {error}") from error
    if not isinstance(value, dict):
        raise BundleCorruptError(f"{shown(path)} has a damaged header: it is no JSON object.")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")
