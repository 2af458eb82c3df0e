"""Errors of the operating system that become errors of nextword: with path, number and what to do."""

import errno
import os
from pathlib import Path

import pytest
from refusals import refuses

from nextword.errors import FileAccessError, FilePermissionError, InputError, MissingFileError, NextwordError
from nextword.files.access import access_error, access_told, free_space, reason_of


@pytest.mark.parametrize("writing", [False, True])
@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_number_is_told_with_the_path(number: int, writing: bool) -> None:
    error = OSError(number, os.strerror(number))
    told = access_error(error, "texts/tea.txt", writing=writing)
    assert isinstance(told, NextwordError)
    assert isinstance(told, OSError)
    assert told.figures["path"] == "texts/tea.txt"
    assert "'texts/tea.txt'" in str(told)
    assert isinstance(told, PermissionError) == isinstance(error, PermissionError)
    if number != errno.ENOENT or writing:
        assert (told.code, told.errno) == ("file-not-writable" if writing else "file-not-readable", number)
        assert os.strerror(number) in str(told)
        assert reason_of(error) == os.strerror(number)


def test_what_nextword_says_itself_stays() -> None:
    for error in (InputError("No.", code="no"), MissingFileError("No.", code="no"), KeyError("no")):
        with pytest.raises(type(error)) as caught, access_told("tea", writing=True):
            raise error
        assert caught.value is error
    with pytest.raises(ChildProcessError), access_told("tea", writing=True, unless=(ChildProcessError,)):
        raise ChildProcessError


def test_an_error_without_a_number_is_told(tmp_path: Path) -> None:
    with refuses(FileAccessError, "file-not-writable", path=str(tmp_path), errno=None) as caught:
        with access_told(tmp_path, writing=True):
            raise OSError("cannot seek")
    assert "cannot seek" in str(caught.value)
    assert reason_of(caught.value) == "cannot seek"  # type: ignore[arg-type]


def test_a_missing_file_keeps_its_kind() -> None:
    with refuses(MissingFileError, "path-missing", path="~/tea") as caught, access_told("~/tea", writing=False):
        open("no such folder/tea")
    assert "expanduser" in str(caught.value)
    with refuses(FilePermissionError, "file-not-readable", path="tea"), access_told("tea", writing=False):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_free_space_is_that_of_the_folder(tmp_path: Path) -> None:
    assert free_space(tmp_path / "file").split()[1:] == ["bytes", "are", "free"]
    assert "looked at" in free_space(tmp_path / "missing" / "file")
