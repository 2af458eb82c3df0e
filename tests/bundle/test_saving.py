"""Saving: what is saved loads, what would not load is not saved, and every wrong argument is told in own words."""

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundle_files import KINDS, SUMMARY, build, build_mixture, build_tiny, saved
from refusals import refuses

import nextword as nw
from nextword.bundle import saving, writing
from nextword.bundle.reading import read_known_bundle
from nextword.bundle.writing import bundle_bytes, bundle_pieces
from nextword.files.tensors import Content
from nextword.prediction.shaping import unshaped


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_read_again_as_the_very_model(kind: str, tmp_path: Path) -> None:
    lm = KINDS[kind]()
    content = saved(lm, tmp_path)
    again = read_known_bundle(content, lm, "saved.nextword")
    assert again.runtime is lm.runtime
    assert again.vocabulary is lm.vocabulary


@pytest.mark.parametrize("kind", KINDS)
def test_another_model_in_the_file_is_noticed(kind: str, tmp_path: Path) -> None:
    lm = KINDS[kind]()
    content = saved(lm, tmp_path)
    others = (build_mixture(), build(training=None, texts=("I like tea.",)), nw.with_temperature(lm, 9.5))
    for other in (other for other in others if bundle_bytes(other) != content):
        again = read_known_bundle(content, other, "saved.nextword")
        assert again.runtime is not other.runtime
        assert bundle_bytes(again) == content


def test_weights_and_ngrams_that_came_back_otherwise_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = build_mixture()
    real = writing.describe_runtime

    def spoilt(runtime: Any, part: str) -> tuple[Any, Any]:
        network, tensors = real(runtime)
        name = next(name for name in tensors if part in name and tensors[name].size)
        tensors[name] = tensors[name].copy()
        tensors[name].flat[0] += 1
        return network, tensors

    for part in ("weight.logits/bias", "1:weight", "cache.base"):
        monkeypatch.setattr(writing, "describe_runtime", lambda runtime, part=part: spoilt(runtime, part))
        with refuses(nw.InputError, "not-loadable"):
            nw.save(lm, tmp_path / "lm.nextword")
    monkeypatch.setattr(writing, "describe_runtime", lambda runtime: spoilt(runtime, "ngram.2.ranks"))
    with refuses(nw.InputError, "not-loadable"):
        nw.save(lm, tmp_path / "lm.nextword")
    assert not list(tmp_path.iterdir())


def test_what_load_would_refuse_is_not_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = saved(build_tiny(), tmp_path)

    def spoilt(lm: nw.LanguageModel) -> list[Content]:
        with monkeypatch.context() as patch:
            patch.setattr(writing, "shape_values", lambda shape: {"temperature": -1.0})
            return bundle_pieces(lm)

    monkeypatch.setattr(saving, "bundle_pieces", spoilt)
    with refuses(nw.InputError, "not-loadable", reason="option-out-of-range"):
        nw.save(build(), tmp_path / "saved.nextword")
    assert [file.name for file in tmp_path.iterdir()] == ["saved.nextword"]
    assert (tmp_path / "saved.nextword").read_bytes() == old


def test_a_disk_that_gives_back_something_else_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = saving.holds

    def spoilt(path: Path, content: Any) -> bool:
        path.write_bytes(path.read_bytes()[:-1])
        return real(path, content)

    monkeypatch.setattr(saving, "holds", spoilt)
    with refuses(nw.FileAccessError, "written-differs", path=str(tmp_path / "lm.nextword")):
        nw.save(build_tiny(), tmp_path / "lm.nextword")
    assert not list(tmp_path.iterdir())


def test_weights_that_are_no_numbers_are_not_saved(tmp_path: Path) -> None:
    lm = build()
    bare: Any = unshaped(lm.runtime)[0]
    weight = bare.weights["logits/bias"]
    weight.flags.writeable = True
    weight[0] = np.nan
    with refuses(nw.InputError, "not-loadable", reason="weight-not-finite"):
        nw.save(lm, tmp_path / "lm.nextword")


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = saved(build_tiny(), tmp_path)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    path = tmp_path / "saved.nextword"
    with refuses(nw.FileAccessError, "file-not-writable", path=str(path), reason="ENOSPC") as caught:
        nw.save(build(), path)
    assert isinstance(caught.value, nw.NextwordError)
    assert path.read_bytes() == old


def test_a_link_stays_and_a_read_only_file_too(tmp_path: Path) -> None:
    saved(build_tiny(), tmp_path)
    path, link = tmp_path / "saved.nextword", tmp_path / "latest.nextword"
    link.symlink_to(path.name)
    nw.save(build(), link)
    assert link.is_symlink()
    assert path.read_bytes() == bundle_bytes(build())
    path.chmod(stat.S_IRUSR)
    for given in (path, link):
        with refuses(nw.FilePermissionError, "file-read-only", path=str(given)):
            nw.save(build_tiny(), given)
    path.chmod(0o600)
    assert path.read_bytes() == bundle_bytes(build())


def files_in(folder: Path) -> dict[str, Any]:
    """Return paths that are wrong in some way, by what is wrong with them."""
    (folder / "folder").mkdir()
    (folder / "empty").touch()
    (folder / "text").write_text("I like tea.\n" * 20, encoding="utf-8")
    (folder / "model.keras").write_bytes(b"PK\x03\x04" + bytes(99))
    (folder / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))
    nw.save(build_tiny(), folder / "good.nextword")
    os.mkfifo(folder / "pipe")
    return {
        "None": None,
        "int": 3,
        "bool": True,
        "float": 1.5,
        "bytes": b"lm.nextword",
        "list": ["lm.nextword"],
        "model": build_tiny(),
        "folder": folder / "folder",
        "folder, slash": f"{folder}/folder/",
        "slash": f"{folder}/good.nextword/",
        "address": "https://example.com/lm.nextword",
        "empty": folder / "empty",
        "text": folder / "text",
        "keras": folder / "model.keras",
        "h5": folder / "model.h5",
        "pipe": folder / "pipe",
        "device": os.devnull,
        "home": "~",
        "in home": "~/no such folder/lm.nextword",
        "missing": folder / "missing.nextword",
        "missing folder": folder / "missing" / "lm.nextword",
        "through a file": folder / "good.nextword" / "lm.nextword",
        "empty name": "",
        "NUL": "lm\0.nextword",
        "surrogate": "lm\ud800.nextword",
        "too long": folder / ("a" * 300),
    }


READING: dict[str, tuple[type[BaseException], str]] = {
    **dict.fromkeys(("None", "int", "bool", "float", "bytes", "list", "model"), (TypeError, "path-kind")),
    **dict.fromkeys(("folder", "folder, slash", "slash", "pipe", "device"), (nw.BundleError, "path-not-a-file")),
    "address": (nw.BundleError, "path-not-local"),
    **dict.fromkeys(("empty", "text"), (nw.UnsafeFormatError, "not-a-bundle")),
    **dict.fromkeys(("keras", "h5"), (nw.UnsafeFormatError, "file-of-another-kind")),
    **dict.fromkeys(("home", "in home", "missing", "missing folder"), (FileNotFoundError, "path-missing")),
    **dict.fromkeys(("through a file", "too long"), (nw.FileAccessError, "file-not-readable")),
    "empty name": (nw.InputError, "path-empty"),
    "NUL": (nw.InputError, "path-nul"),
    "surrogate": (nw.InputError, "path-not-encodable"),
}
WRITING: dict[str, tuple[type[BaseException], str]] = {
    **READING,
    **dict.fromkeys(("folder", "folder, slash", "slash", "pipe", "device"), (nw.InputError, "path-not-a-file")),
    "address": (nw.InputError, "path-not-local"),
    "home": (nw.InputError, "path-not-expanded"),
    **dict.fromkeys(("in home", "missing folder"), (nw.MissingFileError, "folder-missing")),
    "through a file": (nw.FileAccessError, "folder-is-file"),
    "too long": (nw.FileAccessError, "file-not-writable"),
}
REPLACED = ("empty", "text", "keras", "h5", "missing")


@pytest.mark.skipif(os.name != "posix", reason="named pipes of POSIX")
@pytest.mark.parametrize("read", [nw.load, nw.inspect])
def test_every_wrong_path_is_told_when_reading(read: Callable[[Any], object], tmp_path: Path) -> None:
    paths = files_in(tmp_path)
    assert set(READING) == set(paths)
    for what, path in paths.items():
        with refuses(*READING[what]) as caught:
            read(path)
        assert isinstance(caught.value, nw.NextwordError), what


@pytest.mark.skipif(os.name != "posix", reason="named pipes of POSIX")
def test_every_wrong_path_is_told_when_writing(tmp_path: Path) -> None:
    ngram = nw.build_ngram([3, 4, 2], vocabulary_size=5)
    words = nw.build_tokenizer(["green tea"]).vocabulary
    writers: list[Callable[[Any], object]] = [
        lambda path: nw.save(build_tiny(), path),
        lambda path: nw.save_arpa(ngram, words, path),
    ]
    paths = files_in(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for write in writers:
        for what, path in paths.items():
            if what not in REPLACED:
                with refuses(*WRITING[what]) as caught:
                    write(path)
                assert isinstance(caught.value, nw.NextwordError), what
    assert sorted(tmp_path.rglob("*")) == before
    for what in REPLACED:
        nw.save(build_tiny(), paths[what])
        nw.load(paths[what])


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lm.nextword"
    for given in (None, 3, "lm", b"lm", path, {}, nw.build_tokenizer(["tea"]), SUMMARY, nw.LanguageModel):
        with refuses(nw.InputTypeError, "not-a-language-model", received=type(given).__name__):
            nw.save(given, path)  # type: ignore[arg-type]
    with refuses(nw.InputTypeError, "not-a-language-model") as caught:
        nw.save(path, build_tiny())  # type: ignore[arg-type]
    assert "first" in str(caught.value)
    with refuses(nw.InputTypeError, "not-a-vocabulary"):
        nw.save_arpa(nw.build_ngram([3, 2], vocabulary_size=4), ["tea"], path)  # type: ignore[arg-type]


def test_the_path_is_looked_at_before_anything_takes_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "bundle_pieces", lambda lm: pytest.fail("the bytes were made first"))
    with refuses(nw.MissingFileError, "folder-missing"):
        nw.save(build_tiny(), tmp_path / "missing" / "lm.nextword")


def test_a_seed_of_thousands_of_digits_is_told(tmp_path: Path) -> None:
    lm = build()
    bare: Any = unshaped(lm.runtime)[0]
    config = replace(bare.config, seed=10**5000)
    with refuses(nw.InputError, "header-not-json"):
        nw.save(replace(lm, runtime=type(bare)(config, bare.weights)), tmp_path / "lm.nextword")
