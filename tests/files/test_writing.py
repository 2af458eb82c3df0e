"""Writing a file: the whole old one or the whole new one, whatever happens in between."""

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from refusals import refuses

from nextword.errors import FileAccessError, FilePermissionError, InputError, InputTypeError, MissingFileError
from nextword.files.paths import check_path, shown
from nextword.files.writing import holds, write_whole


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


def test_a_link_stays_and_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "file").write_bytes(b"old")
    (folder / "file").chmod(0o600)
    links = {
        "absolute": folder / "file",
        "relative": Path("elsewhere", "file"),
        "chain": Path("relative"),
        "longer chain": tmp_path / "chain",
    }
    for name, points_to in links.items():
        link = tmp_path / name
        link.symlink_to(points_to)
        write_whole(link, name.encode())
        assert (folder / "file").read_bytes() == name.encode() == link.read_bytes()
        assert link.readlink() == points_to
        assert names(folder) == ["file"]  # the temporary file was beside it and is gone
    assert stat.S_IMODE((folder / "file").stat().st_mode) == 0o600
    assert not (folder / "file").is_symlink()


def test_a_link_to_a_folder_on_the_way_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link" / "file", b"new")
    assert (tmp_path / "real" / "file").read_bytes() == b"new"
    with refuses(InputError, "path-not-a-file", path=str(tmp_path / "link")):
        write_whole(tmp_path / "link", b"new")


def test_a_dangling_link_gets_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere yet")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "nowhere yet").read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()
    (tmp_path / "lost").symlink_to(tmp_path / "missing" / "file")
    with refuses(MissingFileError, "folder-missing", path=str(tmp_path / "missing")):
        write_whole(tmp_path / "lost", b"new")


def test_a_link_that_leads_back_to_itself_is_told(tmp_path: Path) -> None:
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    for name in ("self", "one", "two"):
        with refuses(FileAccessError, "file-not-writable", path=str(tmp_path / name), reason="ELOOP"):
            write_whole(tmp_path / name, b"new")
    with refuses(FileAccessError, "file-not-writable", reason="ELOOP"):
        write_whole(tmp_path / "one" / "file", b"new")
    assert names(tmp_path) == ["one", "self", "two"]


@pytest.mark.skipif(os.name != "posix", reason="file rights of POSIX")
@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555, 0o000])
def test_a_read_only_file_stays(mode: int, tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(mode)
    link.symlink_to(path)
    for given in (path, link):  # root, too, is told
        with refuses(FilePermissionError, "file-read-only", path=str(given), errno=errno.EACCES) as caught:
            write_whole(given, b"new")
        assert isinstance(caught.value, PermissionError)
    path.chmod(0o600)
    assert path.read_bytes() == b"old"
    write_whole(path, b"new")


@pytest.mark.skipif(os.name != "posix", reason="file rights of POSIX")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o555)
    try:
        with refuses(FilePermissionError, "folder-read-only", path=str(folder), errno=errno.EACCES):
            write_whole(folder / "file", b"new")
        assert names(folder) == []
    finally:
        folder.chmod(0o755)


@pytest.mark.skipif(os.name != "posix", reason="file rights of POSIX")
def test_a_folder_that_cannot_be_listed_can_be_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o300)
    try:
        write_whole(folder / "file", b"new")
        assert (folder / "file").read_bytes() == b"new"
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, FileAccessError),
        (errno.EDQUOT, FileAccessError),
        (errno.EIO, FileAccessError),
        (errno.EROFS, FileAccessError),
        (errno.EFBIG, FileAccessError),
        (errno.EMFILE, FileAccessError),
        (errno.EACCES, FilePermissionError),
        (errno.EPERM, FilePermissionError),
    ],
)
@pytest.mark.parametrize("function", ["fsync", "replace", "open"])
def test_what_the_system_refuses_is_told_with_the_path(
    function: str, number: int, kind: type[OSError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        if function == "open":
            patch.setattr("builtins.open", fail)
        else:
            patch.setattr(os, function, fail)
        with refuses(kind, "file-not-writable", path=str(path), errno=number, reason=errno.errorcode[number]) as caught:
            write_whole(path, b"new")
    error: Any = caught.value
    assert isinstance(error, OSError)
    assert (error.errno, error.filename) == (number, str(path))
    assert repr(str(path)) in str(error)
    assert names(tmp_path) == ["file"]
    assert path.read_bytes() == b"old"


def test_a_full_disk_tells_how_much_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with refuses(FileAccessError, "file-not-writable", reason="ENOSPC") as caught:
        write_whole(tmp_path / "file", b"new")
    assert "bytes are free" in str(caught.value)


def test_a_check_sees_what_was_written_and_may_refuse_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")
    seen: list[bytes] = []

    def refuse(written: Path) -> None:
        seen.append(written.read_bytes())
        assert written.parent == tmp_path
        raise InputError("No.", code="no")

    with refuses(InputError, "no"):
        write_whole(path, b"new", check=refuse)
    assert seen == [b"new"]
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]
    write_whole(path, b"newer", check=lambda written: seen.append(written.read_bytes()))
    assert seen == [b"new", b"newer"]


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_a_file_holds_its_bytes_and_no_others(size: int, tmp_path: Path) -> None:
    path = tmp_path / "file"
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    write_whole(path, content)
    assert holds(path, content)
    assert not holds(path, content + b"x")
    for position in {0, size // 2, size - 1} if size else ():
        assert not holds(path, content[:position] + b"?" + content[position + 1 :])
    assert not size or not holds(path, content[:-1])
    with refuses(MissingFileError, "path-missing", path=str(tmp_path / "missing")):
        holds(tmp_path / "missing", content)


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    for name in ("a" * 256, "长" * 86, f"{'a' * 256}/file"):
        with refuses(FileAccessError, "file-not-writable", path=str(tmp_path / name), reason="ENAMETOOLONG"):
            write_whole(tmp_path / name, b"new")
    for given, code in {
        "": "path-empty",
        "~": "path-not-expanded",
        "https://example.com/lm.nextword": "path-not-local",
        "s3://bucket/lm.nextword": "path-not-local",
        f"{tmp_path}/file/": "path-not-a-file",
        f"{tmp_path}/": "path-not-a-file",
        "\ud800.nextword": "path-not-encodable",
    }.items():
        with refuses(InputError, code):
            write_whole(given, b"new")
    (tmp_path / "file").write_bytes(b"old")
    with refuses(FileAccessError, "folder-is-file", path=str(tmp_path / "file"), errno=errno.ENOTDIR):
        write_whole(tmp_path / "file" / "inner", b"new")
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.name != "posix", reason="named pipes of POSIX")
def test_a_pipe_is_left_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with refuses(InputError, "path-not-a-file", path=str(tmp_path / "pipe")):
        write_whole(tmp_path / "pipe", b"new")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


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
