"""Sealed files: equal bytes for equal values, nothing of a changed one is read, and newer ones are told apart."""

import errno
import hashlib
import itertools
import json
import os
import pickle
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from refusals import refuses
from safetensors import numpy as safetensors, safe_open

from nextword.errors import (
    BundleCorruptError,
    BundleError,
    BundleVersionError,
    FileAccessError,
    FilePermissionError,
    InputError,
    InputTypeError,
    MissingFileError,
    UnsafeFormatError,
)
from nextword.files.sealed import (
    DIGEST,
    DIGEST_BYTES,
    METADATA_KEY,
    open_sealed,
    open_sealed_bytes,
    seal,
    tensors_of,
)

VERSION = 3
MAX_HEADER_BYTES = 10_000
HEADER = {"kind": "tea", "words": ["茶", "tea"], "sizes": {"rows": 2, "rate": 0.1}}
TENSORS = {"weight": np.float32([[1, 2], [3, 4]]), "ids": np.arange(5, dtype=np.int64), "flags": np.uint8([1])}


def opened(content: bytes) -> dict[str, Any]:
    return open_sealed_bytes(content, name="tea.nextword", newest_version=VERSION, max_header_bytes=MAX_HEADER_BYTES)


def unsealed(content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and tensors after every check."""
    return opened(content), tensors_of(content, name="tea.nextword")


# Forging: a changed file whose digest is right, so that the checks behind the digest have to find the fault.


def forged(header: bytes, data: bytes) -> bytes:
    """The file of a raw safetensors header and data that ends with 32 bytes for the digest."""
    header += b" " * (-len(header) % 8)
    body = len(header).to_bytes(8, "little") + header + data[:-DIGEST_BYTES]
    return body + hashlib.sha256(body).digest()


def raw_parts(content: bytes) -> tuple[bytes, bytes]:
    end = 8 + int.from_bytes(content[:8], "little")
    return content[8:end], content[end:]


def with_metadata(content: bytes, metadata: object) -> bytes:
    header, data = raw_parts(content)
    return forged(json.dumps({**json.loads(header), "__metadata__": metadata}).encode(), data)


@pytest.fixture(scope="module")
def content() -> bytes:
    return seal(HEADER, TENSORS, version=VERSION)


# What is sealed comes back.


def test_header_and_tensors_come_back(content: bytes) -> None:
    header, tensors = unsealed(content)
    assert header == {"format_version": VERSION, **HEADER}
    assert tensors.pop(DIGEST).tobytes() == content[-DIGEST_BYTES:] == hashlib.sha256(content[:-DIGEST_BYTES]).digest()
    assert set(tensors) == set(TENSORS)
    for name, array in TENSORS.items():
        assert tensors[name].dtype == array.dtype
        np.testing.assert_array_equal(tensors[name], array)


def test_a_file_and_its_bytes_are_read_alike(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "茶.nextword"
    path.write_bytes(content)
    limits = {"newest_version": VERSION, "max_header_bytes": MAX_HEADER_BYTES}
    for given_path in (path, str(path)):
        assert open_sealed(given_path, max_bytes=len(content), **limits) == (opened(content), content)
    with refuses(BundleError, "file-too-large", file_bytes=len(content), max_bytes=len(content) - 1):
        open_sealed(path, max_bytes=len(content) - 1, **limits)


def test_it_is_plain_safetensors_with_one_metadata_key(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    with safe_open(tmp_path / "file", "np") as file:
        assert list(file.metadata()) == [METADATA_KEY]
        assert sorted(file.keys()) == sorted([*TENSORS, DIGEST])


def test_the_order_of_names_does_not_matter(content: bytes) -> None:
    header, tensors = dict(reversed(HEADER.items())), dict(reversed(TENSORS.items()))
    assert seal(header, tensors, version=VERSION) == content
    assert seal(HEADER, TENSORS, version=VERSION - 1) != content


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=9)


@settings(max_examples=40, deadline=None)
@given(
    header=st.dictionaries(NAMES.filter(lambda name: name != "format_version"), st.text(max_size=9), max_size=4),
    tensors=st.dictionaries(
        NAMES.filter(lambda name: name not in (DIGEST, "__metadata__") and name < DIGEST),
        st.sampled_from([np.float32, np.float16, np.int64, np.uint8]).flatmap(
            lambda kind: arrays(kind, array_shapes(max_dims=3, max_side=4, min_side=0))
        ),
        max_size=4,
    ),
    version=st.integers(0, VERSION),
)
def test_any_values_come_back(header: dict[str, str], tensors: dict[str, Any], version: int) -> None:
    content = seal(header, tensors, version=version)
    found_header, found_tensors = unsealed(content)
    assert found_header == {"format_version": version, **header}
    del found_tensors[DIGEST]
    assert {name: (array.dtype, array.shape, array.tobytes()) for name, array in found_tensors.items()} == {
        name: (array.dtype, array.shape, array.tobytes()) for name, array in tensors.items()
    }
    del found_header["format_version"]
    assert seal(found_header, found_tensors, version=version) == content


# Newer versions.


@pytest.mark.parametrize("version", [VERSION + 1, 10**6, 10**100])
@pytest.mark.parametrize("padding", [0, MAX_HEADER_BYTES, 50 * MAX_HEADER_BYTES])
def test_a_newer_file_is_told_apart_whatever_the_size_of_its_header(version: int, padding: int) -> None:
    content = seal({**HEADER, "a": "x" * padding}, TENSORS, version=version)
    with refuses(BundleVersionError, "format-too-new", version=version, newest_version=VERSION) as caught:
        opened(content)
    assert "pip install --upgrade nextword" in str(caught.value)


@pytest.mark.parametrize("padding", [0, MAX_HEADER_BYTES, 50 * MAX_HEADER_BYTES])
def test_a_damaged_newer_file_is_damaged(padding: int) -> None:
    content = seal({**HEADER, "a": "x" * padding}, TENSORS, version=VERSION + 1)
    for position in range(0, len(content), max(1, len(content) // 300)):
        for damaged in (
            content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :],
            content[:position],
            content[:position] + content[position + 1 :],
        ):
            with pytest.raises(BundleError) as caught:
                unsealed(damaged)
            assert not isinstance(caught.value, BundleVersionError)
    with refuses(BundleCorruptError, "digest-mismatch", version=VERSION + 1):
        opened(content[:-1] + bytes([content[-1] ^ 1]))


def test_a_flipped_bit_makes_no_file_newer(content: bytes) -> None:
    place = content.index(b'format_version\\":3') + len(b'format_version\\":')
    for digit in b"456789":
        with refuses(BundleCorruptError, "digest-mismatch", version=digit - ord("0")):
            opened(content[:place] + bytes([digit]) + content[place + 1 :])


def test_a_header_that_is_no_json_is_not_sealed() -> None:
    for value in (float("nan"), float("inf"), object(), {1, 2}, b"tea", 10**5000):
        with refuses(InputError, "header-not-json"):
            seal({"a": value}, TENSORS, version=VERSION)


def test_a_readable_version_keeps_to_its_limit() -> None:
    def sized(padding: int) -> bytes:
        return seal({"a": "x" * padding}, {}, version=VERSION)

    spare = MAX_HEADER_BYTES - len(raw_parts(sized(0))[0])
    assert len(raw_parts(sized(spare))[0]) == MAX_HEADER_BYTES
    assert opened(sized(spare))["a"] == "x" * spare
    with refuses(BundleCorruptError, "header-too-large", max_header_bytes=MAX_HEADER_BYTES):
        opened(sized(spare + 8))


def test_a_header_that_is_too_large_is_not_parsed() -> None:
    # Braces in braces cost a parser its stack; a word that looks like the version is none.
    header, data = raw_parts(seal({}, {}, version=VERSION))
    nested = b'{"a":' * MAX_HEADER_BYTES
    with refuses(UnsafeFormatError, "not-a-bundle"):
        opened(forged(nested, data))
    with refuses(BundleCorruptError, "header-too-large", max_header_bytes=MAX_HEADER_BYTES):
        opened(forged(nested + header, data))
    with refuses(BundleCorruptError, "header-too-large"):
        opened(seal({"a": ["x" * MAX_HEADER_BYTES, f'"format_version":{VERSION + 1},']}, {}, version=VERSION))


@pytest.mark.parametrize("version", [None, True, 1.5, "9", [9], -1])
def test_a_version_that_is_none_is_left_to_the_caller(version: Any) -> None:
    assert opened(seal({}, TENSORS, version=version))["format_version"] == version


# Damage.


def test_every_flipped_bit_is_found(content: bytes) -> None:
    damaged = bytearray(content)
    for position, bit in itertools.product(range(len(content)), range(8)):
        damaged[position] ^= 1 << bit
        with pytest.raises(BundleError):
            unsealed(bytes(damaged))
        damaged[position] ^= 1 << bit


def test_every_cut_and_every_byte_too_many_is_found(content: bytes) -> None:
    cuts = [content[:length] for length in range(len(content))]
    cuts += [content[length:] for length in range(1, len(content))]
    missing = [content[:i] + content[i + 1 :] for i in range(len(content))]
    more = [content[:i] + byte + content[i:] for i in range(len(content) + 1) for byte in (b"\0", b" ", b"7")]
    for damaged in cuts + missing + more:
        with pytest.raises(BundleError):
            unsealed(damaged)


def test_damage_is_named(content: bytes) -> None:
    flipped = content[: -DIGEST_BYTES - 1] + bytes([content[-DIGEST_BYTES - 1] ^ 1]) + content[-DIGEST_BYTES:]
    with refuses(BundleCorruptError, "digest-mismatch"):
        unsealed(flipped)
    header, data = raw_parts(content)
    with refuses(BundleCorruptError, "header-cut", header_bytes=len(header), file_bytes=len(header) + 9):
        opened(content[: len(header) + 9])
    with refuses(BundleCorruptError, "header-cut", header_bytes=2**63):
        opened((2**63).to_bytes(8, "little") + content[8:])
    with refuses(BundleCorruptError, "tensors-damaged"):
        unsealed(forged(header, data + b"12345678"))
    renamed = header.replace(DIGEST.encode(), b"~SHA256")
    with refuses(BundleCorruptError, "digest-mismatch"):
        unsealed(forged(renamed, data))


def test_forging_is_sound(content: bytes) -> None:
    header, data = raw_parts(content)
    assert forged(header, data) == content
    unsealed(with_metadata(content, json.loads(header)["__metadata__"]))


def test_malformed_json_is_refused_in_both_headers(content: bytes) -> None:
    _, data = raw_parts(content)
    for text, reason in {
        b"{": "not-json",
        b"{\xff}": "not-json",
        b'{"a": NaN}': "not-json",
        b'{"a": ' + b"[" * 3_000 + b"}": "nested-too-deeply",
        b"{'a': 1}": "not-json",
        b'{"a": 1' + b"0" * 9000 + b"}": "number-too-long",
    }.items():
        with refuses(BundleCorruptError, "header-damaged", reason=reason):
            opened(forged(text, data))
        with refuses(BundleCorruptError, "header-damaged", reason=reason):
            opened(with_metadata(content, {METADATA_KEY: text.decode("latin-1")}))
    for value in (5, {}, None, "5", "[]"):
        with refuses(BundleCorruptError, "header-damaged", reason="not-an-object"):
            opened(with_metadata(content, {METADATA_KEY: value}))
    for metadata in (None, 5, "x", [], {}, {METADATA_KEY: "{}", "more": "x"}):
        with refuses(UnsafeFormatError, "not-a-bundle"):
            opened(with_metadata(content, metadata))


def duplicates(value: object) -> Iterator[str]:
    """The JSON of a value with one of its keys, at any depth, written twice; each key in turn."""
    if not isinstance(value, Mapping):
        return
    pairs = {key: f"{json.dumps(key)}:{json.dumps(item)}" for key, item in value.items()}
    for key, item in value.items():
        yield "{" + ",".join([*pairs.values(), pairs[key]]) + "}"
        for inner in duplicates(item):
            yield "{" + ",".join({**pairs, key: f"{json.dumps(key)}:{inner}"}.values()) + "}"


def test_no_key_stands_twice(content: bytes) -> None:
    header, data = raw_parts(content)
    outer = [forged(text.encode(), data) for text in duplicates(json.loads(header))]
    inner = [with_metadata(content, {METADATA_KEY: text}) for text in duplicates(HEADER)]
    assert len(outer) > 15
    assert len(inner) == 5
    for damaged in outer + inner:
        with refuses(BundleCorruptError, "header-damaged", reason="repeated-key"):
            opened(damaged)


# Files of other kinds.


@pytest.mark.parametrize("size", [0x480, 0x580, 0x8B1F, 0x1FFFE, 0x2FEFF])
def test_a_header_whose_size_begins_like_another_kind_is_opened(size: int) -> None:
    # The first bytes of such files are those of a pickle, a gzip archive and UTF-16 text.
    def sized(padding: int) -> bytes:
        content = seal({}, {}, version=VERSION)
        header, data = raw_parts(content)
        return len(header + b" " * padding).to_bytes(8, "little") + header + b" " * padding + data

    content = sized(size - len(raw_parts(sized(0))[0]))
    assert int.from_bytes(content[:8], "little") == size
    limits = {"newest_version": VERSION, "max_header_bytes": 1 << 20}
    assert open_sealed_bytes(content, name="tea", **limits) == {"format_version": VERSION}


@pytest.mark.parametrize(
    ("other", "code"),
    [
        (b"PK\x03\x04" + b"\0" * 64, "file-of-another-kind"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 64, "file-of-another-kind"),
        (b"GGUF\x03" + b"\0" * 64, "file-of-another-kind"),
        (b"version https://git-lfs.github.com/spec/v1\n", "file-of-another-kind"),
        *((pickle.dumps(["x" * 99], protocol), "file-of-another-kind") for protocol in range(2, 6)),
        (pickle.dumps(["x" * 99], 0), "not-a-bundle"),
        (b"", "not-a-bundle"),
        (b"I like tea.\n" * 9, "not-a-bundle"),
        ("我喜欢吃苹果。\n".encode() * 9, "not-a-bundle"),
        (b"\0" * 100, "not-a-bundle"),
        (b"\xff" * 100, "not-a-bundle"),
        (safetensors.save({"a": np.zeros(9, np.float32)}), "not-a-bundle"),
        (safetensors.save({"a": np.zeros(9, np.float32)}, {"format": "pt"}), "not-a-bundle"),
        (safetensors.save({"a": np.zeros(9)}, {"format": "x" * MAX_HEADER_BYTES}), "not-a-bundle"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_to_do(other: bytes, code: str) -> None:
    with refuses(UnsafeFormatError, code) as caught:
        opened(other)
    assert "'tea.nextword'" in str(caught.value)
    assert "nextword.save" in str(caught.value)


# Paths.


def open_path(path: Any) -> tuple[dict[str, Any], bytes]:
    return open_sealed(path, newest_version=VERSION, max_bytes=1 << 20, max_header_bytes=MAX_HEADER_BYTES)


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with refuses(MissingFileError, "path-missing", path=str(tmp_path / "missing.nextword")):
        open_path(tmp_path / "missing.nextword")
    with refuses(BundleError, "path-not-a-file", path=str(tmp_path)):
        open_path(tmp_path)
    for address in ("https://example.com/lm.nextword", "hf://a/b", "file:///tmp/x"):
        with refuses(BundleError, "path-not-local", path=address):
            open_path(address)
    for path in (None, 0, b"lm.nextword", ["lm.nextword"]):
        with refuses(InputTypeError, "path-kind", kind=type(path).__name__):
            open_path(path)
    with refuses(InputError, "path-nul"):
        open_path("lm\0.nextword")


def test_a_path_through_a_file_and_names_that_no_file_has(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lm.nextword"
    path.write_bytes(content)
    with refuses(BundleError, "path-not-a-file", path=f"{path}/"):
        open_path(f"{path}/")
    with refuses(FileAccessError, "file-not-readable", path=str(path / "inner"), reason="ENOTDIR"):
        open_path(path / "inner")
    with refuses(FileAccessError, "file-not-readable", path=str(tmp_path / ("a" * 256)), reason="ENAMETOOLONG"):
        open_path(tmp_path / ("a" * 256))
    for name, code in {"": "path-empty", "\ud800": "path-not-encodable"}.items():
        with refuses(InputError, code):
            open_path(name)
    (tmp_path / "loop").symlink_to("loop")
    with refuses(FileAccessError, "file-not-readable", reason="ELOOP"):
        open_path(tmp_path / "loop")
    (tmp_path / "link").symlink_to(path)
    assert open_path(tmp_path / "link")[1] == content
    (tmp_path / "lost").symlink_to("nowhere")
    with refuses(MissingFileError, "path-missing", path=str(tmp_path / "lost")):
        open_path(tmp_path / "lost")


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.EACCES, FilePermissionError), (errno.EPERM, FilePermissionError), (errno.EIO, OSError)]
)
def test_what_may_not_be_read_is_told(
    number: int, kind: type[OSError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", fail)
    with refuses(kind, "file-not-readable", path=str(tmp_path / "lm.nextword"), errno=number) as caught:
        open_path(tmp_path / "lm.nextword")
    assert isinstance(caught.value, FileAccessError)


def test_a_file_of_another_kind_is_refused_before_all_of_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.keras"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(1 << 40)  # has holes, and takes no room
    with refuses(UnsafeFormatError, "file-of-another-kind"):
        open_path(path)


@pytest.mark.skipif(os.name != "posix", reason="sockets of POSIX")
def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        with refuses(BundleError, "path-not-a-file", path="socket"):
            open_path("socket")


@pytest.mark.skipif(os.name != "posix", reason="named pipes and devices of POSIX")
def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    codes: list[str] = []

    def read(path: str | Path) -> None:
        try:
            open_path(path)
        except BundleError as error:
            codes.append(error.code)

    for path in (tmp_path / "pipe", "/dev/zero", os.devnull):
        thread = threading.Thread(target=read, args=(path,), daemon=True)
        thread.start()
        thread.join(60.0)
        assert not thread.is_alive(), path
    assert codes == ["path-not-a-file"] * 3
