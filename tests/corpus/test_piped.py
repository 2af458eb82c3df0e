"""What comes through a pipe is read whole, once, by everything that reads it twice."""

import gc
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from refusals import refuses

from nextword.corpus.piped import PipedFile, copy_shown_as
from nextword.corpus.reading import find_files, read_texts
from nextword.corpus.stream import read_corpus
from nextword.errors import FileAccessError, TextFileError
from nextword.tokens.tokenizer import TokenizerConfig

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")

# More than a pipe holds, and than the million characters by which wrapped lines are recognised.
LINES = [f"I like tea number {number} of many, and so do you" for number in range(40_000)]
assert len("\n".join(LINES)) > 1_500_000


@contextmanager
def pipe(folder: Path, data: bytes, name: str = "pipe") -> Iterator[Path]:
    path = folder / name
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(data,), daemon=True)
    writer.start()
    yield path
    writer.join(10)
    assert not writer.is_alive()


def test_a_named_pipe_is_read_whole(tmp_path: Path) -> None:
    data = "\n".join(LINES).encode()
    with pipe(tmp_path, data) as path:
        assert list(read_texts(path)) == LINES
    with pipe(tmp_path, data, "second") as path:
        corpus = read_corpus(path, TokenizerConfig(level="whitespace"))
    assert len(corpus.texts.lengths) == len(LINES)
    assert corpus.notes[0].figures["texts"] == len(LINES)


def test_a_pipe_of_another_encoding_is_named_and_read(tmp_path: Path) -> None:
    data = "我们喜欢在早上喝茶。\n".encode("gb18030") * 9000
    with pipe(tmp_path, data) as path, refuses(TextFileError, "not-utf-8", path=str(path), candidates=("gb18030",)):
        list(read_texts(path))
    with pipe(tmp_path, data, "second") as path:
        corpus = read_corpus(str(path), TokenizerConfig(), encoding="gbk")
    assert len(corpus.texts.lengths) == 9000


def test_a_pipe_of_conversations_is_told_by_its_name(tmp_path: Path) -> None:
    line = b'{"messages": [{"role": "user", "content": "Tea?"}]}\n'
    with pipe(tmp_path, line * 3000, "talks.jsonl") as path:
        assert len(read_corpus(path, TokenizerConfig()).texts.lengths) == 3000


def test_the_copy_of_a_pipe_goes_when_nobody_has_it(tmp_path: Path) -> None:
    with pipe(tmp_path, b"I like tea.\n" * 100) as path:
        (file,) = find_files((path,))
    assert isinstance(file, PipedFile)
    assert str(file) == str(path)
    assert find_files((file,)) == [file]
    copy = Path(file.copy)
    assert copy.read_bytes() == b"I like tea.\n" * 100
    del file
    gc.collect()
    assert not copy.exists()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="files without a name are opened otherwise")
def test_the_copy_of_a_pipe_has_no_name_that_a_killed_process_could_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with pipe(tmp_path, b"I like tea.\n" * 200_000) as path:
        (file,) = find_files((path,))
    assert os.listdir(folder) == []
    assert sum(1 for _ in read_texts(file)) == sum(1 for _ in read_texts(file)) == 200_000


def test_no_room_for_the_copy_of_a_pipe_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        figures = {"path": str(tmp_path), "needed": 120_000, "reason": "EFBIG"}
        with refuses(FileAccessError, "temporary-file-not-writable", **figures):
            copy_shown_as(Path("pipe"), iter([b"tea\n" * 10_000] * 9))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    gc.collect()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("redirected", [False, True])
@pytest.mark.parametrize("name", ["/dev/stdin", "/dev/fd/0"])
def test_standard_input_is_read_whole(tmp_path: Path, name: str, redirected: bool) -> None:
    if not Path(name).exists():
        pytest.skip(f"no {name}")
    code = (
        "import sys; from nextword.corpus.stream import read_corpus; from nextword.tokens.tokenizer import "
        "TokenizerConfig as C; print(len(read_corpus(sys.argv[1], C(level='whitespace')).texts.lengths))"
    )
    data = "\n".join(LINES).encode()
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    with file.open("rb") as stream:
        given = {"stdin": stream} if redirected else {"input": data}
        done = subprocess.run([sys.executable, "-c", code, name], capture_output=True, check=True, **given)  # type: ignore[call-overload]
    assert int(done.stdout) == len(LINES)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/null", "/dev/urandom"])
def test_devices_are_refused(name: str) -> None:
    if not Path(name).exists():
        pytest.skip(f"no {name}")
    with refuses(TextFileError, "path-not-a-file", path=name, path_kind="device"):
        read_texts(name)
    with refuses(TextFileError, "path-not-a-file", path=name):
        read_corpus(name, TokenizerConfig())


def test_sockets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("talk")
        with refuses(TextFileError, "path-not-a-file", path="talk", path_kind="socket"):
            read_texts("talk")


def test_pipes_in_folders_are_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never.txt")  # nobody writes to it
    (tmp_path / "a.txt").write_text("I like tea.", encoding="utf-8")
    assert list(read_texts(tmp_path)) == ["I like tea."]
