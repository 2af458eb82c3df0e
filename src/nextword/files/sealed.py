"""A header and tensors <-> one sealed file: safetensors with one metadata key, closed by its own SHA-256.

Input: values of JSON and named arrays, or a file. Output: equal bytes for equal values, or the same values after every
check that holds for bundles and checkpoints alike.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nextword.errors import (
    BundleCorruptError,
    BundleVersionError,
    InputError,
    UnsafeFormatError,
)
from nextword.files.mapped import map_file, refuse_other_kinds
from nextword.files.other_kinds import START_BYTES
from nextword.files.paths import shown
from nextword.files.strict_json import parse_json
from nextword.files.tensors import Content, tensor_pieces, tensor_views

METADATA_KEY = "nextword"
# In the header of a checkpoint, never in that of a bundle.
CHECKPOINT_KEY = "checkpoint"
# Tensors stand by falling alignment, then by name: this one, of single bytes, comes last.
DIGEST = "~sha256"
DIGEST_BYTES = 32
# The version in a header that is too large to parse: JSON in a string of JSON, so its quotes have one backslash, and
# those of a word that says the same have three.
_VERSION = re.compile(rb'\\"format_version\\":(\d{1,1000})')


def seal(header: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]], *, version: int) -> bytes:
    """Return the bytes of a sealed file.

    Args:
        header: Values of JSON by name.
        tensors: Arrays of any shape by name.
        version: Version of the format, which is added to the header as "format_version".

    Raises:
        InputError: As `sealed_pieces` raises it.
    """
    return b"".join(sealed_pieces(header, tensors, version=version))


def sealed_pieces(
    header: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]], *, version: int
) -> Iterator[bytes | memoryview]:
    """Yield the bytes of a sealed file piece by piece, the tensors without a copy.

    Args:
        header: Values of JSON by name.
        tensors: Arrays of any shape by name, which must not change meanwhile.
        version: Version of the format, which is added to the header as "format_version".

    Yields:
        The header first, with its size in the first 8 bytes, then each tensor, and the digest.

    Raises:
        InputError: If a value of the header is none that JSON has, or an integer of thousands of digits; code
            "header-not-json". If an array is of a kind that no file has; code "tensor-kind".
    """
    versioned = {"format_version": version, **header}
    try:
        canonical = json.dumps(versioned, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"the options of a model are saved as JSON, which has finite numbers and plain values: {error}.",
            code="header-not-json",
        ) from error
    unsealed = {**tensors, DIGEST: np.zeros(DIGEST_BYTES, dtype=np.uint8)}
    digest = hashlib.sha256()
    *pieces, _ = tensor_pieces(unsealed, {METADATA_KEY: canonical})
    for piece in pieces:
        digest.update(piece)
        yield piece
    yield digest.digest()


def open_sealed(
    path: str | os.PathLike[str], *, newest_version: int, max_bytes: int, max_header_bytes: int
) -> tuple[dict[str, Any], Content]:
    """Map a sealed file and return its header and content.

    Whether the content is whole is left to `tensors_of`, so that a caller can first say what the file is.

    Args:
        path: The file.
        newest_version: The newest version of the format that the caller reads.
        max_bytes: Bytes that the file has at most.
        max_header_bytes: Bytes that the header of a readable version has at most.

    Returns:
        The header, with the version as "format_version", and all bytes of the file as `map_file` returns them.

    Raises:
        InputTypeError: If `path` is no path; code "path-kind".
        InputError: If no file can have this path; codes "path-empty", "path-nul" and "path-not-encodable".
        MissingFileError: If there is no such file; code "path-missing".
        FilePermissionError: If it may not be read; code "file-not-readable".
        FileAccessError: If it cannot be read for another reason; the same code.
        BundleError: If it is too large or no regular file; codes "file-too-large", "path-not-a-file" and
            "path-not-local".
        UnsafeFormatError: As `open_sealed_bytes` raises it.
        BundleVersionError: As `open_sealed_bytes` raises it.
        BundleCorruptError: As `open_sealed_bytes` raises it.
    """
    content = map_file(path, max_bytes)
    header = open_sealed_bytes(content, name=path, newest_version=newest_version, max_header_bytes=max_header_bytes)
    return header, content


def open_sealed_bytes(
    content: Content, *, name: str | os.PathLike[str], newest_version: int, max_header_bytes: int
) -> dict[str, Any]:
    """Return the header of a sealed file whose bytes are at hand.

    Args:
        content: All bytes of the file.
        name: Its path, or what messages call it.
        newest_version: The newest version of the format that the caller reads.
        max_header_bytes: Bytes that the header of a readable version has at most.

    Returns:
        The header, with the version as "format_version".

    Raises:
        UnsafeFormatError: If it is a file of another kind; codes "file-of-another-kind" and "not-a-bundle".
        BundleVersionError: If it was written by a newer nextword; code "format-too-new".
        BundleCorruptError: If its header was cut or changed, or is too large, or it says that it is of a newer nextword
            and was cut or changed; codes "header-cut", "header-damaged", "header-too-large" and "digest-mismatch".
    """
    refuse_other_kinds(bytes(content[:START_BYTES]), len(content), name)
    header_bytes = int.from_bytes(content[:8], "little")
    if header_bytes > len(content) - 8 - DIGEST_BYTES:
        raise BundleCorruptError(
            f"{shown(name)} is no whole bundle: its header should have {header_bytes:,} bytes, and the file has "
            f"{len(content):,}. Copy it again.",
            code="header-cut",
            header_bytes=header_bytes,
            file_bytes=len(content),
        )
    if header_bytes > max_header_bytes:
        # Not parsed, as that would take its time: a newer version may have a larger header, and tells its number.
        found = _VERSION.search(content, 8, 8 + header_bytes)
        if found is None:
            raise _not_a_bundle(name, f"its header has {header_bytes:,} bytes and no version")
        if int(found[1]) > newest_version:
            raise _too_new(content, name, int(found[1]), newest_version)
        raise _header_too_large(name, header_bytes, max_header_bytes)
    metadata = _object(name, bytes(content[8 : 8 + header_bytes])).get("__metadata__")
    if not isinstance(metadata, dict) or set(metadata) != {METADATA_KEY}:
        raise _not_a_bundle(name, f"its metadata is {metadata!r:.80}")
    header = _object(name, metadata[METADATA_KEY])
    version = header.get("format_version")
    if type(version) is int and version > newest_version:
        raise _too_new(content, name, version, newest_version)
    return header


def tensors_of(
    content: Content, *, name: str | os.PathLike[str], digest_known: bool = False
) -> dict[str, NDArray[Any]]:
    """Return the tensors of an opened file by name, that of its SHA-256 among them, as read-only views of its bytes.

    Args:
        content: All bytes of the file.
        name: Its path, or what messages call it.
        digest_known: Whether the digest is known to be right, as that of bytes which `seal` returned.

    Raises:
        BundleCorruptError: If the SHA-256 does not fit, or the tensors are no well-formed safetensors; codes
            "digest-mismatch" and "tensors-damaged".
    """
    digest = content[-DIGEST_BYTES:]
    if not digest_known and not _is_whole(content):
        raise BundleCorruptError(
            f"{shown(name)} was changed or cut: its SHA-256 does not fit. Copy it again.", code="digest-mismatch"
        )
    try:
        tensors = tensor_views(content)
    except (InputError, ValueError) as error:
        raise BundleCorruptError(
            f"{shown(name)} is no well-formed safetensors file: {error}", code="tensors-damaged"
        ) from error
    if DIGEST not in tensors or tensors[DIGEST].tobytes() != digest:
        raise BundleCorruptError(f"{shown(name)} does not end with its SHA-256.", code="digest-mismatch")
    return tensors


def _is_whole(content: Content) -> bool:
    """Return whether a file ends with the SHA-256 of everything before, as those of every version do."""
    return hashlib.sha256(memoryview(content)[:-DIGEST_BYTES]).digest() == content[-DIGEST_BYTES:]


def _not_a_bundle(name: str | os.PathLike[str], reason: str) -> UnsafeFormatError:
    return UnsafeFormatError(
        f"{shown(name)} is a safetensors file but no nextword bundle ({reason}). Bundles are written by "
        "`nextword.save`.",
        code="not-a-bundle",
    )


def _too_new(
    content: Content, name: str | os.PathLike[str], version: int, newest_version: int
) -> BundleVersionError | BundleCorruptError:
    """Return the error for a file that says it is newer, which one flipped bit of an older file may say too."""
    if not _is_whole(content):
        return BundleCorruptError(
            f"{shown(name)} was changed or cut: its SHA-256 does not fit (its header says format version "
            f"{version!r:.80}; this nextword reads versions up to {newest_version}). Copy it again.",
            code="digest-mismatch",
            version=version,
        )
    return BundleVersionError(
        f"{shown(name)} has format version {version!r:.80}; this nextword reads versions up to {newest_version}. "
        "Update it: pip install --upgrade nextword.",
        code="format-too-new",
        version=version,
        newest_version=newest_version,
    )


def _header_too_large(name: str | os.PathLike[str], header_bytes: int, max_header_bytes: int) -> BundleCorruptError:
    return BundleCorruptError(
        f"{shown(name)} has a header of {header_bytes:,} bytes; the most is {max_header_bytes:,}. It is damaged, or "
        "was written by hand.",
        code="header-too-large",
        header_bytes=header_bytes,
        max_header_bytes=max_header_bytes,
    )


def _object(name: str | os.PathLike[str], text: object) -> dict[str, Any]:
    reason, problem = "not-an-object", "it is no JSON object."
    try:
        value = parse_json(text) if isinstance(text, bytes | str) else None
    except InputError as error:
        reason, problem, value = error.code, str(error), None
    if not isinstance(value, dict):
        raise BundleCorruptError(f"{shown(name)} has a damaged header: {problem}", code="header-damaged", reason=reason)
    return value
