"""Checkpoints as files: whole at every moment, of one training, in a folder of their own."""

import dataclasses
import errno
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from refusals import refuses

import nextword as nw
from nextword.files.limits import LIMITS
from nextword.files.sealed import CHECKPOINT_KEY, DIGEST_BYTES, seal
from nextword.training.checkpoint import (
    Checkpoint,
    newest_checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from nextword.training.checkpoint_folder import check_folder, reserved_folder

FINGERPRINT = {"texts": {"tokens": 9, "ids": "ab" * 32}, "training": {"epochs": 4, "seed": 0}}
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and locks of POSIX")


def checkpoint_of(step, fingerprint=FINGERPRINT):
    arrays = {"model/kernel": np.full((2, 3), step, np.float32), "optimizer/iteration": np.array(step, np.int64)}
    return Checkpoint(
        step=step, finished=False, progress={"step": step, "rate": 0.1}, arrays=arrays, fingerprint=fingerprint
    )


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def files_of(*steps):
    return [f"ckpt-{step:010}.nextword" for step in steps]


# --- one file


def test_a_checkpoint_is_read_as_it_was_written(tmp_path):
    written = checkpoint_of(123)
    path = write_checkpoint(tmp_path, written, best_step=0)
    assert path.name == "ckpt-0000000123.nextword"
    read = read_checkpoint(path)
    assert dataclasses.replace(read, arrays={}) == dataclasses.replace(written, arrays={})
    assert read.arrays.keys() == written.arrays.keys()
    for name, array in written.arrays.items():
        assert (read.arrays[name].dtype, read.arrays[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(read.arrays[name], array)


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_the_last_three_and_the_best_are_kept(steps):
    with tempfile.TemporaryDirectory() as directory:
        folder, step, written, best = Path(directory), 0, [], 0
        (folder / "notes.txt").write_text("of the user")
        for more, is_best in steps:
            step += more
            written.append(step)
            best = step if is_best else best
            write_checkpoint(folder, checkpoint_of(step), best)
        kept_steps = {*written[-3:], *([best] if best else [])}
        assert names(folder) == [*files_of(*sorted(kept_steps)), "notes.txt"]


def test_a_bundle_reader_says_how_to_go_on(tmp_path):
    path = write_checkpoint(tmp_path, checkpoint_of(5), 0)
    for read in (nw.load, nw.inspect):
        with pytest.raises(nw.BundleError, match="checkpoint_dir=") as caught:
            read(path)
        assert str(tmp_path) in str(caught.value)


def test_a_bundle_is_no_checkpoint(tmp_path, tiny_language_model):
    nw.save(tiny_language_model, tmp_path / files_of(7)[0])
    with refuses(nw.CheckpointError, "checkpoints-damaged", files=files_of(7)):
        newest_checkpoint(tmp_path, FINGERPRINT)


# --- damage


def flip(content):
    return content[: -DIGEST_BYTES - 1] + bytes([content[-DIGEST_BYTES - 1] ^ 1]) + content[-DIGEST_BYTES:]


DAMAGE = {"flipped": flip, "cut": lambda content: content[:-7], "empty": lambda content: b""}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_newest_one_falls_back_to_the_one_before(tmp_path, damage):
    for step in (10, 20, 30):
        path = write_checkpoint(tmp_path, checkpoint_of(step), 0)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    with pytest.warns(UserWarning, match="ckpt-0000000020") as warnings:
        assert newest_checkpoint(tmp_path, FINGERPRINT).step == 20
    (note,) = warnings[0].message.args
    assert (note.code, note.figures) == ("checkpoints-damaged", {"files": files_of(30), "step": 20})
    # The next one replaces it, though it counts fewer steps.
    write_checkpoint(tmp_path, checkpoint_of(25), 0)
    assert names(tmp_path) == files_of(10, 20, 25)
    assert newest_checkpoint(tmp_path, FINGERPRINT).step == 25


def test_where_all_are_damaged_there_is_no_silent_new_start(tmp_path):
    for step in (10, 20):
        write_checkpoint(tmp_path, checkpoint_of(step), 0).write_bytes(b"")
    with refuses(nw.CheckpointError, "checkpoints-damaged", files=files_of(20, 10)):
        newest_checkpoint(tmp_path, FINGERPRINT)
    (tmp_path / "empty").mkdir()
    assert newest_checkpoint(tmp_path / "empty", FINGERPRINT) is None


def test_a_full_disk_leaves_the_earlier_ones(tmp_path, monkeypatch):
    write_checkpoint(tmp_path, checkpoint_of(10), 0)
    before = (tmp_path / files_of(10)[0]).read_bytes()

    def no_space(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_space)
    path = str(tmp_path / files_of(20)[0])
    with refuses(nw.CheckpointFolderError, "checkpoint-not-written", path=path) as caught:
        write_checkpoint(tmp_path, checkpoint_of(20), 0)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, path)
    assert names(tmp_path) == files_of(10)
    assert (tmp_path / files_of(10)[0]).read_bytes() == before


SAVE_FOR_EVER = """
import sys
from pathlib import Path
import numpy as np
from nextword.training.checkpoint import Checkpoint, write_checkpoint
folder, step = Path(sys.argv[1]), 0
while True:
    step += 1
    arrays = {"model/kernel": np.full(100_000, step, np.float32)}
    write_checkpoint(folder, Checkpoint(step=step, finished=False, progress={}, arrays=arrays, fingerprint={}), 0)
    print(step, flush=True)
"""


@POSIX
@pytest.mark.parametrize("steps", [1, pytest.param(4, marks=pytest.mark.slow), pytest.param(9, marks=pytest.mark.slow)])
def test_a_kill_while_saving_leaves_whole_ones(tmp_path, steps):
    with subprocess.Popen(
        [sys.executable, "-c", SAVE_FOR_EVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        for _ in range(steps):
            line = process.stdout.readline()
        process.kill()  # in the midst of the next one, or between two
    with reserved_folder(tmp_path) as folder:
        assert not [name for name in names(folder) if not name.endswith(".nextword")]
        checkpoint = newest_checkpoint(folder, {})  # warnings are errors here
    assert checkpoint.step >= int(line)
    assert set(checkpoint.arrays["model/kernel"].tolist()) == {checkpoint.step}


def test_a_long_training_has_a_checkpoint_that_is_read(tmp_path):
    # A record an epoch: more than the header may have.
    most = LIMITS["checkpoint_header_bytes"]
    records = [{"epoch": 1, "perplexity": 2.5, "text": "x" * (most // 64)}] * 65
    checkpoint = dataclasses.replace(checkpoint_of(10), progress={"step": 10, "records": records})
    found = read_checkpoint(write_checkpoint(tmp_path, checkpoint, 0))
    assert found.progress == checkpoint.progress
    assert set(found.arrays) == set(checkpoint.arrays)


def test_what_could_not_be_read_is_not_written(tmp_path, monkeypatch):
    for name in ("progress_bytes", "checkpoint_header_bytes", "checkpoint_bytes"):
        monkeypatch.setattr("nextword.files.limits.LIMITS", {**LIMITS, name: 10})
        with refuses(nw.InputError, "over-limit", limit=name, most=10):
            write_checkpoint(tmp_path, checkpoint_of(10), 0)
        assert names(tmp_path) == []


def test_a_checkpoint_of_format_2_is_gone_on_from(tmp_path):
    checkpoint = checkpoint_of(10)
    values = {name: getattr(checkpoint, name) for name in ("step", "finished", "progress", "fingerprint")}
    path = tmp_path / files_of(10)[0]
    path.write_bytes(seal({CHECKPOINT_KEY: values}, checkpoint.arrays, version=2))
    found = read_checkpoint(path)
    assert {name: getattr(found, name) for name in values} == values
    assert set(found.arrays) == set(checkpoint.arrays)
    damaged = [{**values, "more": 1}, {**values, "progress": None, "step": 1, "steps": 2}, {"step": 1}, [], None]
    for header in damaged:
        path.write_bytes(seal({CHECKPOINT_KEY: header}, checkpoint.arrays, version=2))
        with refuses(nw.BundleCorruptError, "checkpoint-header-unknown"):
            read_checkpoint(path)


def test_a_progress_that_is_damaged_is_told(tmp_path):
    checkpoint = checkpoint_of(10)
    values = {name: getattr(checkpoint, name) for name in ("step", "finished", "fingerprint")}
    path = tmp_path / files_of(10)[0]
    for progress in (None, b"", b"{", b'{"a": NaN}', b"\xff"):
        array = {} if progress is None else {"checkpoint.progress": np.frombuffer(progress, np.uint8)}
        path.write_bytes(seal({CHECKPOINT_KEY: values}, {**checkpoint.arrays, **array}, version=3))
        with refuses(nw.BundleCorruptError, "checkpoint-header-unknown"):
            read_checkpoint(path)


def test_a_checkpoint_that_may_not_be_read_or_written_is_told(tmp_path, monkeypatch):
    path = write_checkpoint(tmp_path, checkpoint_of(10), 0)

    def fail(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fail)
        with refuses(nw.FilePermissionError, "file-not-readable", path=str(path)):
            read_checkpoint(path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "iterdir", fail)
        with refuses(nw.CheckpointFolderError, "checkpoint-folder-not-usable", path=str(tmp_path)):
            newest_checkpoint(tmp_path, FINGERPRINT)
    path.chmod(0o400)
    with refuses(nw.CheckpointFolderError, "checkpoint-not-written", path=str(path)):
        write_checkpoint(tmp_path, checkpoint_of(10), 0)


# --- the folder


def test_a_folder_is_made_and_left_clean(tmp_path):
    with reserved_folder(tmp_path / "一 two" / "runs") as folder:
        assert names(folder) == []


def test_what_a_killed_training_left_half_written_goes(tmp_path):
    half_written = ".ckpt-0000000009.nextword.0123456789abcdef.tmp"
    (tmp_path / half_written).write_bytes(b"half")
    (tmp_path / ".my.nextword.0123456789abcdef.tmp").write_bytes(b"of another save")
    with reserved_folder(tmp_path) as folder:
        assert names(folder) == [".my.nextword.0123456789abcdef.tmp"]


def test_temporary_files_are_named_as_they_are_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "replace", lambda source, target: None)  # as if killed just before
    write_checkpoint(tmp_path, checkpoint_of(9), 0)
    assert len(names(tmp_path)) == 1
    with reserved_folder(tmp_path):
        assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("a file", "checkpoint-folder-is-file"),
        ("a file/below", "checkpoint-folder-not-writable"),
        ("x" * 300, "checkpoint-folder-not-writable"),
    ],
)
def test_unusable_folders_are_refused(tmp_path, monkeypatch, path, code):
    monkeypatch.chdir(tmp_path)
    Path("a file").write_text("text")
    with refuses(nw.CheckpointFolderError, code, path=path), reserved_folder(path):
        pass


@pytest.mark.parametrize(
    ("path", "error"), [(b"bytes", nw.InputTypeError), (7, nw.InputTypeError), ("n\0l", nw.InputError)]
)
def test_what_is_no_path_is_refused(path, error):
    with pytest.raises(error), reserved_folder(path):
        pass


@POSIX
def test_a_folder_without_permission_is_refused(tmp_path):
    # Modes do not bind root, so a root becomes nobody first.
    code = textwrap.dedent("""
        import os, sys
        import nextword as nw
        from nextword.training.checkpoint_folder import check_folder
        if os.getuid() == 0:
            os.setuid(65534)
        try:
            check_folder(sys.argv[1])
        except nw.CheckpointFolderError as error:
            print(isinstance(error, OSError), isinstance(error, ValueError), error.code)
    """)
    tmp_path.chmod(0o755)
    for parent in list(tmp_path.parents)[:3]:
        if parent.name.startswith("pytest-"):
            parent.chmod(0o755)
    private = tmp_path / "private"
    private.mkdir(mode=0o500)
    done = subprocess.run([sys.executable, "-c", code, str(private)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "checkpoint-folder-not-writable"], done.stderr


@POSIX
def test_a_second_training_in_the_folder_fails_at_once(tmp_path):
    with reserved_folder(tmp_path):
        with refuses(nw.CheckpointFolderError, "checkpoint-folder-in-use", path=str(tmp_path)):
            with reserved_folder(tmp_path):
                pass
        check_folder(tmp_path)  # only tries to write
    with reserved_folder(tmp_path) as folder:
        assert names(folder) == []


@POSIX
def test_the_lock_of_a_killed_process_heals(tmp_path):
    code = """
import sys, time
from nextword.training.checkpoint_folder import reserved_folder
with reserved_folder(sys.argv[1]):
    print("locked", flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "locked\n"
        with refuses(nw.CheckpointFolderError, "checkpoint-folder-in-use"), reserved_folder(tmp_path):
            pass
        process.kill()
        process.wait()
        with reserved_folder(tmp_path):
            pass


# --- of another training


def test_the_differences_are_told_one_by_one(tmp_path):
    write_checkpoint(tmp_path, checkpoint_of(5), 0)
    other = {"texts": {"tokens": 9, "ids": "cd" * 32}, "training": {"epochs": 6, "seed": 0, "new": None}}
    differences = {
        "texts.ids": ("ab" * 32, "cd" * 32),
        "training.epochs": (4, 6),
        "training.new": ("nothing", None),
    }
    with refuses(nw.CheckpointError, "checkpoint-of-another-training", differences=differences) as caught:
        newest_checkpoint(tmp_path, other)
    assert isinstance(caught.value, ValueError)
    assert "training.epochs: 4 in the checkpoint, 6 given" in str(caught.value)
