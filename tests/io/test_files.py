"""Files and folders appear whole or not at all, whatever happens while they are written."""

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kerasflow.io import files
from kerasflow.io.files import MissingFileError, atomic_directory, atomic_path, write_text

NEEDS_PROC = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs the names of open files")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("old", [None, "old"])
def test_a_file_appears_at_the_end_only(tmp_path, old):
    path = tmp_path / "a.txt"
    if old:
        path.write_text(old)
    with atomic_path(path) as temporary:
        assert temporary.parent == tmp_path
        temporary.write_text("new")
        assert (path.read_text() if path.exists() else None) == old
    assert names(tmp_path) == ["a.txt"] and path.read_text() == "new"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_failure_keeps_the_old_file_and_leaves_nothing(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise error
    assert names(tmp_path) == ["a.txt"] and path.read_text() == "old"


def test_a_failure_before_anything_is_written_is_the_one_that_is_seen(tmp_path):
    with pytest.raises(ZeroDivisionError), atomic_path(tmp_path / "a"):
        _ = 1 / 0
    assert names(tmp_path) == []


def test_a_failing_rename_leaves_nothing(tmp_path, monkeypatch):
    def fail(*args):
        raise OSError("no")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no"):
        write_text(tmp_path / "a", "x")
    assert names(tmp_path) == []


def test_the_data_reach_the_disk_before_the_name_does(tmp_path, monkeypatch):
    steps, fsync, replace = [], os.fsync, os.replace

    def note_sync(handle):
        is_folder = stat.S_ISDIR(os.fstat(handle).st_mode)
        steps.append("folder" if is_folder else (tmp_path / names(tmp_path)[0]).read_text())
        fsync(handle)

    def note_replace(*args):
        steps.append("rename")
        replace(*args)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "replace", note_replace)
    write_text(tmp_path / "a", "data")
    assert steps == ["data", "rename", "folder"]


@pytest.mark.parametrize("named", [False, pytest.param(True, marks=NEEDS_PROC)])
def test_a_full_disk_is_told_of_what_was_to_be_written(tmp_path, monkeypatch, named):
    def full(handle):
        raise OSError(errno.ENOSPC, "full", *([os.readlink(f"/proc/self/fd/{handle}")] if named else []))

    (tmp_path / "a").write_text("old")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full") as error:
        write_text("a", "new")
    assert error.value.filename == "a" and (tmp_path / "a").read_text() == "old" and names(tmp_path) == ["a"]
    with pytest.raises(OSError, match="full") as error, atomic_directory("b") as folder:
        write_text(folder / "inside", "new")
    assert error.value.filename == "b" and names(tmp_path) == ["a"]


def test_other_errors_and_other_files_keep_their_names(tmp_path):
    for number, name in ((errno.EIO, None), (errno.ENOSPC, "other")):
        with pytest.raises(OSError) as error, atomic_path(tmp_path / "a"):
            raise OSError(number, "text", name)
        assert error.value.filename == name


def test_a_missing_folder_is_named(tmp_path):
    for error in (FileNotFoundError, ValueError):
        with pytest.raises(error, match="there is no folder '.*nowhere' to put '.*nowhere/a.txt' into"):
            write_text(tmp_path / "nowhere" / "a.txt", "x")
    with pytest.raises(MissingFileError, match="there is no folder"):
        (tmp_path / "file").touch()
        write_text(tmp_path / "file" / "a.txt", "x")


def test_nothing_written_is_an_error(tmp_path):
    with pytest.raises(MissingFileError, match="nothing was written"), atomic_path(tmp_path / "a"):
        pass


def test_what_is_not_a_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder"):
        with pytest.raises(FileExistsError, match="exists and is not a file"):
            write_text(tmp_path / name, "x")
    assert names(tmp_path) == ["folder", "pipe"]


@pytest.mark.parametrize("protected", ["a", "."])
def test_write_protection_is_respected(tmp_path, monkeypatch, protected):
    write_text(tmp_path / "a", "old")
    # The tests may run as root, to whom everything is allowed.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path / protected)
    with pytest.raises(PermissionError, match="write-protected"):
        write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "old"


def test_permissions_are_kept_and_new_files_have_the_usual_ones(tmp_path):
    write_text(tmp_path / "new", "x")
    (tmp_path / "plain").touch()
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "new").chmod(0o640)
    write_text(tmp_path / "new", "y")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_a_link_is_followed(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "a")
    for text in ("first", "second"):
        write_text(tmp_path / "link", text)
        assert (tmp_path / "link").is_symlink() and (tmp_path / "there" / "a").read_text() == text


def test_the_longest_name_has_a_sibling(tmp_path):
    write_text(tmp_path / ("a" * 255), "x")
    with pytest.raises(OSError, match="too long"):
        write_text(tmp_path / ("a" * 256), "x")
    assert names(tmp_path) == ["a" * 255]


def test_text_is_utf8_with_its_line_ends(tmp_path):
    write_text(tmp_path / "a", "ä\r\nb\n")
    assert (tmp_path / "a").read_bytes() == b"\xc3\xa4\r\nb\n"


# --- folders ---------------------------------------------------------------------------------------------------------


def fill(folder, text):
    (folder / "deep").mkdir()
    (folder / "config.json").write_text(text)
    (folder / "deep" / "data").write_text(text)


def content(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


OLD = {"config.json": "old", "deep/data": "old"}
NEW = {"config.json": "new", "deep/data": "new"}


@pytest.fixture
def run(tmp_path):
    """A folder that exists."""
    folder = tmp_path / "run"
    folder.mkdir()
    fill(folder, "old")
    return folder


def test_a_folder_appears_at_the_end_only(tmp_path):
    with atomic_directory(tmp_path / "run") as temporary:
        fill(temporary, "new")
        assert not (tmp_path / "run").exists()
    assert names(tmp_path) == ["run"] and content(tmp_path / "run") == NEW


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_keeps_the_old_folder(run, error):
    with pytest.raises(error), atomic_directory(run, overwrite=True) as temporary:
        fill(temporary, "new")
        raise error
    assert names(run.parent) == ["run"] and content(run) == OLD


def test_an_existing_folder_is_refused_before_the_work(run):
    with pytest.raises(FileExistsError, match="the folder '.*run' exists"), atomic_directory(run):
        pytest.fail("the work was begun")
    assert names(run.parent) == ["run"] and content(run) == OLD


def test_a_folder_that_appears_during_the_work_is_not_replaced(tmp_path):
    with pytest.raises(FileExistsError), atomic_directory(tmp_path / "run") as temporary:
        fill(temporary, "new")
        (tmp_path / "run").mkdir()
        fill(tmp_path / "run", "old")
    assert names(tmp_path) == ["run"] and content(tmp_path / "run") == OLD


def test_overwriting_replaces_the_whole_folder(run):
    (run / "extra").touch()
    with atomic_directory(run, overwrite=True, marker="config.json") as temporary:
        fill(temporary, "new")
        assert content(run)["config.json"] == "old"
    assert names(run.parent) == ["run"] and content(run) == NEW


def test_a_folder_without_the_marker_is_never_overwritten(run):
    with pytest.raises(FileExistsError, match="holds no 'model.h5', so it is not replaced"):
        with atomic_directory(run, overwrite=True, marker="model.h5"):
            pytest.fail("the work was begun")
    assert content(run) == OLD


def test_a_file_is_not_replaced_by_a_folder(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(FileExistsError, match="is not a folder"), atomic_directory(tmp_path / "run", overwrite=True):
        pytest.fail("the work was begun")


def test_a_missing_parent_is_named(tmp_path):
    with pytest.raises(MissingFileError, match="no folder '.*nowhere'"), atomic_directory(tmp_path / "nowhere" / "x"):
        pytest.fail("the work was begun")


def test_the_old_folder_comes_back_if_the_new_one_cannot_take_its_place(run, monkeypatch):
    rename = os.rename

    def fail_for_the_new(source, target):
        if content(source) == NEW:
            raise OSError("no")
        rename(source, target)

    monkeypatch.setattr(os, "rename", fail_for_the_new)
    with pytest.raises(OSError, match="no"), atomic_directory(run, overwrite=True) as temporary:
        fill(temporary, "new")
    assert names(run.parent) == ["run"] and content(run) == OLD


def test_every_file_of_the_folder_reaches_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(files, "_sync_file", lambda path: synced.append(path.name))
    monkeypatch.setattr(files, "_sync_folder", lambda path: synced.append("folder"))
    with atomic_directory(tmp_path / "run") as temporary:
        fill(temporary, "new")
    assert sorted(synced) == ["config.json", "data", "folder", "folder", "folder"]
    assert synced[-1] == "folder"


# --- killed processes ------------------------------------------------------------------------------------------------

# The process kills itself at the n-th system call that matters, before or after it is made.
KILLED = """
import os, signal, sys
from pathlib import Path
from kerasflow.io.files import atomic_directory, atomic_path
calls, when, target = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])

def deadly(function):
    def call(*args, **kwargs):
        global calls
        calls -= 1
        if calls == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

for name in ("fsync", "replace", "rename"):
    setattr(os, name, deadly(getattr(os, name)))
if target.suffix:
    with atomic_path(target) as temporary:
        temporary.write_text("new" * 100_000)
else:
    with atomic_directory(target, overwrite=True) as temporary:
        (temporary / "config.json").write_text("new")
"""


def kill_at(call, when, target):
    done = subprocess.run([sys.executable, "-c", KILLED, str(call), when, target], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.mark.parametrize(("call", "when", "then"), [(1, "before", "old"), (2, "before", "old"), (2, "after", "new")])
def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path, call, when, then):
    path = tmp_path / "a.txt"
    path.write_text("old" * 200_000)
    kill_at(call, when, path)
    assert path.read_text() == then * {"old": 200_000, "new": 100_000}[then]
    left = [name for name in names(tmp_path) if name != "a.txt"]
    assert len(left) == (then == "old")
    assert all(name.startswith(".a.txt-") and name.endswith(".tmp") for name in left)


@pytest.mark.parametrize(("call", "when"), [(1, "before"), (3, "before"), (3, "after"), (4, "after")])
def test_a_killed_overwriter_leaves_a_whole_folder(run, call, when):
    kill_at(call, when, run)
    found = {name: content(run.parent / name) for name in names(run.parent)}
    if run.exists():
        assert found["run"] in (OLD, {"config.json": "new"})
    else:  # between the two renames: both are whole, beside
        assert (call, when) == (3, "after") and OLD in found.values() and {"config.json": "new"} in found.values()
