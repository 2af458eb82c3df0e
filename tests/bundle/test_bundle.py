import gzip
import io
import itertools
import json
import os
import pickle
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_files import (
    FORMAT_VERSION,
    build,
    build_tiny as tiny,
    options_of,
    raw_parts,
    saved,
    sealed,
    with_metadata,
    with_options,
)
from safetensors import numpy as safetensors

import nextword as nw
from nextword.files.sealed import METADATA_KEY

# Saving.


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_an_interrupted_save_leaves_the_old_file(
    function: str, failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = saved(build(), tmp_path)

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(type(failure)):
        nw.save(tiny(), tmp_path / "saved.nextword")
    assert [file.name for file in tmp_path.iterdir()] == ["saved.nextword"]
    assert (tmp_path / "saved.nextword").read_bytes() == old


def test_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    saved(build(), tmp_path)
    saved(tiny(), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["saved.nextword"]


@pytest.mark.skipif(os.name != "posix", reason="file rights of POSIX")
def test_file_rights(tmp_path: Path) -> None:
    path = tmp_path / "saved.nextword"
    before = os.umask(0o027)
    try:
        nw.save(tiny(), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640  # a new file's, not a temporary file's
        path.chmod(0o600)
        nw.save(tiny(), path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600  # a private file stays private
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    old = saved(build(), tmp_path)
    for name in ("link", "dangling"):
        link = tmp_path / name
        link.symlink_to(tmp_path / ("saved.nextword" if name == "link" else "nowhere"))
        nw.save(tiny(), link)
        assert nw.load(link).vocabulary == tiny().vocabulary
        assert not link.is_symlink()
    assert (tmp_path / "saved.nextword").read_bytes() == old


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("长" * 85)  # 255 bytes
    nw.save(tiny(), path)
    assert nw.load(path).vocabulary == tiny().vocabulary


def test_where_nothing_can_be_saved(tmp_path: Path) -> None:
    with pytest.raises(nw.MissingFileError, match="make it first"):
        nw.save(tiny(), tmp_path / "missing" / "lm.nextword")
    with pytest.raises(nw.InputError, match="a folder or a device"):
        nw.save(tiny(), tmp_path)
    with pytest.raises(nw.InputError, match="a folder or a device"):
        nw.save(tiny(), os.devnull)
    for path in (None, 3, b"lm.nextword"):
        with pytest.raises(nw.InputTypeError, match="a path is a `str` or `Path`"):
            nw.save(tiny(), path)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


# Damage: never a silent wrong load.


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    content, path = bytearray(saved(tiny(), tmp_path)), tmp_path / "damaged.nextword"
    assert len(content) < 2048
    found = 0
    for position, bit in itertools.product(range(len(content)), range(8)):
        content[position] ^= 1 << bit
        path.write_bytes(content)
        content[position] ^= 1 << bit
        try:
            nw.load(path)
        except nw.BundleError:
            found += 1
    assert found == 8 * len(content)


def test_every_cut_and_every_byte_too_many_is_found(tmp_path: Path) -> None:
    content, path = saved(tiny(), tmp_path), tmp_path / "damaged.nextword"
    cuts = [content[:length] for length in range(len(content))]
    cuts += [content[length:] for length in range(1, len(content))]
    missing = [content[:i] + content[i + 1 :] for i in range(len(content))]
    more = [content[:i] + byte + content[i:] for i in range(len(content) + 1) for byte in (b"\0", b" ", b"7")]
    found = 0
    for damaged in cuts + missing + more:
        path.write_bytes(damaged)
        try:
            nw.load(path)
        except nw.BundleError:
            found += 1
    assert found == len(cuts + missing + more)


def duplicates(value: object) -> Iterator[str]:
    """The JSON of a value with one of its keys, at any depth, written twice; each key in turn."""
    if not isinstance(value, dict):
        return
    pairs = {key: f"{json.dumps(key)}:{json.dumps(item)}" for key, item in value.items()}
    for key, item in value.items():
        yield "{" + ",".join([*pairs.values(), pairs[key]]) + "}"
        for inner in duplicates(item):
            yield "{" + ",".join({**pairs, key: f"{json.dumps(key)}:{inner}"}.values()) + "}"


def test_no_key_stands_twice(content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    header, data = raw_parts(content)
    outer = [sealed(text.encode(), data) for text in duplicates(json.loads(header))]
    inner = [with_metadata(content, {METADATA_KEY: text}) for text in duplicates(options_of(content))]
    assert len(outer) > 30
    assert len(inner) > 30
    for damaged in outer + inner:
        assert "twice" in str(refused(damaged))


def test_malformed_json(content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    header, data = raw_parts(content)
    for text in (
        b"{",
        b"{}",
        b"{\xff}",
        b'{"a": NaN}',
        b'{"a": ' + b"[" * 100_000 + b"}",
        b"{'a': 1}",
        b'{"a": 1' + b"0" * 5000 + b"}",
    ):
        refused(sealed(text, data))
        refused(with_metadata(content, {METADATA_KEY: text.decode("latin-1")}))
    no_metadata: list[Any] = [
        None,
        5,
        "x",
        [],
        {},
        {METADATA_KEY: 5},
        {METADATA_KEY: {}},
        {METADATA_KEY: None},
        {METADATA_KEY: "5"},
    ]
    for metadata in no_metadata:
        refused(with_metadata(content, metadata))
    refused(with_metadata(content, {METADATA_KEY: json.dumps(options_of(content)), "more": "x"}))
    refused(sealed(header + b" " * (1 << 20), data))
    refused(sealed(header, data + b"12345678"))
    refused((2**63).to_bytes(8, "little") + content[8:])


def test_offsets_that_lie(content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    header, data = raw_parts(content)
    for name in json.loads(header):
        for field, values in {
            "data_offsets": ([0, 1], [-4, 0], [0, 2**62], [8, 4], [0], "0"),
            "shape": ([1], [-1], [2**62, 4], [0], None),
            "dtype": ("BF16", "F8_E4M3", "I128", "os", 5, None),
        }.items():
            for value in values:
                named = json.loads(header)
                if name != "__metadata__" and named[name][field] != value:
                    named[name][field] = value
                    refused(sealed(json.dumps(named).encode(), data))


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, 10**6, 10**100])
def test_a_newer_format_says_so(version: int, content: bytes, refused: Callable[[bytes], nw.BundleError]) -> None:
    error = refused(with_options(content, {**options_of(content), "format_version": version}))
    assert isinstance(error, nw.BundleVersionError)
    assert f"format version {version!r:.80}; this nextword reads versions up to {FORMAT_VERSION}" in str(error)
    assert "pip install --upgrade nextword" in str(error)


@pytest.mark.parametrize("size", [0x480, 0x580])
def test_a_header_whose_size_begins_like_a_pickle(size: int, tmp_path: Path) -> None:
    # The first bytes of such a file are those of pickle protocols 4 and 5.
    def header_of(digits: int) -> int:
        network = nw.LSTMConfig(hidden_dim=1, num_layers=1, seed=10**digits)
        content = saved(build(network=network, embedding_dim=1, training=None, texts=("a 我",)), tmp_path)
        return len(raw_parts(content)[0])

    assert header_of(size - header_of(0)) == size
    assert (tmp_path / "saved.nextword").read_bytes()[:2] in (b"\x80\x04", b"\x80\x05")
    assert nw.load(tmp_path / "saved.nextword").vocabulary == tiny().vocabulary


# Files of other kinds.


class Canary:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.path), "w"))


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("config.json", "{}")
    return stream.getvalue()


def npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros(8))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        (zipped(), "a zip archive .a Keras `.keras` file"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 64, "an HDF5 file"),
        (gzip.compress(b"text"), "a gzip file"),
        (npy(), "a NumPy array"),
        (b"GGUF" + b"\0" * 64, "a GGUF model"),
        (b"\\data\\\nngram 1=5\n", "an ARPA n-gram model"),
        (b"mmap lm http://kheafield.com/code format version 5\n\0", "a kenlm model"),
        (b"", "is empty"),
        (b"I like tea.\n" * 9, "a text file"),
        ("我喜欢吃苹果。\n".encode() * 9, "a text file"),
        (b'{"a": {"b": 1}}' * 9, "a text file|no whole bundle"),
        (b"\0" * 100, "no nextword bundle"),
        (b"\xff" * 100, "no nextword bundle"),
        (safetensors.save({"a": np.zeros(9, np.float32)}), "a safetensors file but no nextword bundle"),
        (
            safetensors.save({"a": np.zeros(9, np.float32)}, {"format": "pt"}),
            "a safetensors file but no nextword bundle",
        ),
    ],
)
def test_other_kinds_of_file(other: bytes, kind: str, refused: Callable[[bytes], nw.BundleError]) -> None:
    error = refused(other)
    assert isinstance(error, nw.UnsafeFormatError)
    assert any(part.replace(".a ", "(a ") in str(error) for part in kind.split("|")), error
    assert "nextword.save" in str(error)


def test_a_pickle_is_not_opened(tmp_path: Path, refused: Callable[[bytes], nw.BundleError]) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        error = refused(pickle.dumps([Canary(tmp_path / "canary"), "x" * 99], protocol))
        assert isinstance(error, nw.UnsafeFormatError)
        assert protocol < 2 or "looks like a pickle" in str(error)
    assert not (tmp_path / "canary").exists()


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(nw.MissingFileError, match=r"there is no file .*Bundles are written by"):
        nw.load(tmp_path / "missing.nextword")
    with pytest.raises(nw.BundleError, match=r"is a folder; give the `\.nextword` file in it"):
        nw.load(tmp_path)
    for address in ("https://example.com/lm.nextword", "hf://a/b", "file:///tmp/x"):
        with pytest.raises(nw.BundleError, match="Download it first"):
            nw.load(address)
    for path in (None, 0, b"lm.nextword", ["lm.nextword"]):
        with pytest.raises(nw.InputTypeError, match="a path is a `str` or `Path`"):
            nw.load(path)  # type: ignore[arg-type]
    with pytest.raises(nw.InputError, match="NUL"):
        nw.load("lm\0.nextword")


@pytest.mark.skipif(os.name != "posix", reason="named pipes and devices of POSIX")
def test_pipes_and_devices_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    errors: list[str] = []

    def load(path: str | Path) -> None:
        try:
            nw.load(path)
        except nw.BundleError as error:
            errors.append(str(error))

    for path in (tmp_path / "pipe", "/dev/zero", os.devnull):
        thread = threading.Thread(target=load, args=(path,), daemon=True)
        thread.start()
        thread.join(5.0)
        assert not thread.is_alive(), path
    assert len(errors) == 3
    assert all("is no regular file" in error for error in errors)
