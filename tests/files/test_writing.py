"""Writing a file: the whole old one or the whole new one, whatever happens in between."""

import os
import stat
from pathlib import Path

import pytest
from refusals import refuses

from nextword.errors import InputError, InputTypeError, MissingFileError
from nextword.files.paths import check_path, shown
from nextword.files.writing import write_whole


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_a_file_is_written_and_replaced_with_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "模型 1.nextword"
    for given, content in ((path, b"first"), (str(path), b""), (path, b"third")):
        write_whole(given, content)
        assert path.read_bytes() == content
        assert names(tmp_path) == [path.name]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_an_interruption_leaves_the_old_file(
    function: str, failure: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "file", b"old")

    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(type(failure)):
        write_whole(tmp_path / "file", b"new")
    assert names(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"old"


@pytest.mark.skipif(os.name != "posix", reason="file rights of POSIX")
def test_file_rights(tmp_path: Path) -> None:
    path = tmp_path / "file"
    before = os.umask(0o027)
    try:
        write_whole(path, b"new")
        assert stat.S_IMODE(path.stat().st_mode) == 0o640  # a new file's, not a temporary file's
        path.chmod(0o600)
        write_whole(path, b"newer")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600  # a private file stays private
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    for name, target in (("link", "file"), ("dangling", "nowhere")):
        link = tmp_path / name
        link.symlink_to(tmp_path / target)
        write_whole(link, b"new")
        assert link.read_bytes() == b"new"
        assert not link.is_symlink()
    assert (tmp_path / "file").read_bytes() == b"old"


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("长" * 85)  # 255 bytes
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with refuses(MissingFileError, "folder-missing", path=str(tmp_path / "missing")):
        write_whole(tmp_path / "missing" / "file", b"new")
    for path in (tmp_path, os.devnull):
        with refuses(InputError, "path-not-a-file", path=str(path)):
            write_whole(path, b"new")
    assert names(tmp_path) == []


def test_what_is_no_path_is_refused() -> None:
    class BytesPath(os.PathLike[bytes]):
        def __fspath__(self) -> bytes:
            return b"file"

    for path in (None, 3, b"file", ["file"], BytesPath()):
        for function in (check_path, lambda given: write_whole(given, b"new")):
            with refuses(InputTypeError, "path-kind", kind=type(path).__name__):
                function(path)
    with refuses(InputError, "path-nul"):
        check_path("fi\0le")


def test_messages_show_a_path_as_it_is_written_but_not_without_end() -> None:
    assert shown(Path("a b")) == "'a b'"
    assert shown("a\nb") == r"'a\nb'"
    assert len(shown("a" * 9999)) == 200
