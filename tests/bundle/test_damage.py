"""Damaged, newer and foreign files are refused, and an interrupted save loses nothing; more of it is in tests/files."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_files import FORMAT_VERSION, build, build_tiny, options_of, raw_parts, saved, sealed, with_options
from safetensors import numpy as safetensors

import nextword as nw
from nextword.bundle.writing import bundle_bytes
from nextword.files.limits import LIMITS
from nextword.files.sealed import DIGEST, seal

Refused = Callable[[bytes], nw.BundleError]


def test_damage_is_found(refused: Refused) -> None:
    content = bundle_bytes(build_tiny())
    for position in range(0, len(content), 31):
        refused(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        refused(content[:position])
        refused(content[:position] + content[position + 1 :])
        refused(content[:position] + b"\0" + content[position:])


def test_offsets_that_lie(content: bytes, refused: Refused) -> None:
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
def test_a_newer_format_says_so(version: int, content: bytes, refused: Refused) -> None:
    for options in (options_of(content), {"another": "layout"}):
        error = refused(with_options(content, {**options, "format_version": version}))
        assert isinstance(error, nw.BundleVersionError)
        assert "pip install --upgrade nextword" in str(error)


def newer(content: bytes, padding: int = 0) -> bytes:
    """A file as the next format may be: one more option of the training, one more tensor, a longer header."""
    options = options_of(content)
    options["training"]["config"]["momentum"] = 0.9
    del options["format_version"]
    tensors = {**safetensors.load(content), "training.more": np.zeros(3, np.float32)}
    del tensors[DIGEST]
    return seal({**options, "more": "x" * padding}, tensors, version=FORMAT_VERSION + 1)


@pytest.mark.parametrize("padding", [0, LIMITS["header_bytes"]])
def test_a_newer_file_is_newer_and_a_damaged_one_damaged(padding: int, content: bytes, refused: Refused) -> None:
    file = newer(content, padding)
    error = refused(file)
    assert isinstance(error, nw.BundleVersionError)
    assert (error.code, error.figures["version"]) == ("format-too-new", FORMAT_VERSION + 1)
    for position in (*range(0, len(file), len(file) // 40), len(file) - 1):
        flipped = file[:position] + bytes([file[position] ^ 2]) + file[position + 1 :]
        for damaged in (flipped, file[:position], file[:position] + b"x" + file[position:]):
            assert not isinstance(refused(damaged), nw.BundleVersionError)


def test_the_same_option_in_a_file_of_this_version_is_damage(content: bytes, refused: Refused) -> None:
    options = options_of(content)
    options["training"]["config"]["momentum"] = 0.9
    error = refused(with_options(content, options))
    assert isinstance(error, nw.BundleCorruptError)
    assert error.figures["reason"] == "options-differ"


def test_no_flipped_bit_of_a_version_makes_a_file_newer(content: bytes, refused: Refused) -> None:
    place = content.index(b'format_version\\":5') + len(b'format_version\\":')
    for digit in b"0123456789":
        if digit != ord("5"):
            assert isinstance(refused(content[:place] + bytes([digit]) + content[place + 1 :]), nw.BundleCorruptError)


class Canary:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.path), "w"))


def test_a_pickle_is_not_opened(tmp_path: Path, refused: Refused) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        error = refused(pickle.dumps([Canary(tmp_path / "canary"), "x" * 99], protocol))
        assert isinstance(error, nw.UnsafeFormatError)
        assert protocol < 2 or "pickle" in str(error)
    assert not (tmp_path / "canary").exists()


def test_paths_are_checked(tmp_path: Path) -> None:
    for read in (nw.load, nw.inspect):
        with pytest.raises(nw.MissingFileError):
            read(tmp_path / "missing.nextword")
    for path, error in ((tmp_path / "missing" / "lm", nw.MissingFileError), (tmp_path, nw.InputError)):
        with pytest.raises(error):
            nw.save(build_tiny(), path)
    assert not list(tmp_path.iterdir())


def test_an_interrupted_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = saved(build(), tmp_path)

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(KeyboardInterrupt):
        nw.save(build_tiny(), tmp_path / "saved.nextword")
    assert [file.name for file in tmp_path.iterdir()] == ["saved.nextword"]
    assert (tmp_path / "saved.nextword").read_bytes() == old
