"""Locks on folders, and what they tell of those who made them."""

import os
import subprocess
import sys
import time

import pytest

from kerasflow.io import locks
from kerasflow.io.files import atomic_directory
from kerasflow.io.locks import HAS_LOCKS, is_abandoned, locked

pytestmark = pytest.mark.skipif(not HAS_LOCKS, reason="needs locks on folders")

HOLDER = """
import sys
from kerasflow.io.locks import locked
with locked(sys.argv[1]):
    print("locked", flush=True)
    sys.stdin.read()
"""


def grow_old(folder):
    before = time.time() - 2 * locks.YOUNG
    os.utime(folder, (before, before))


@pytest.fixture
def holder(tmp_path):
    """A process that holds the lock of a folder."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout.readline() == b"locked\n"
        yield process
        process.kill()


def test_a_lock_ends_with_its_process(holder, tmp_path):
    grow_old(tmp_path)
    with pytest.raises(BlockingIOError), locked(tmp_path):
        pytest.fail("two have the lock")
    assert not is_abandoned(tmp_path)
    holder.kill()
    holder.wait()
    assert is_abandoned(tmp_path)
    with locked(tmp_path):
        assert not is_abandoned(tmp_path)
    assert is_abandoned(tmp_path)


def test_what_is_young_may_be_locked_any_moment(tmp_path):
    assert not is_abandoned(tmp_path)


def test_where_there_are_no_locks_nothing_is_known(tmp_path, monkeypatch):
    grow_old(tmp_path)
    monkeypatch.setattr(locks, "fcntl", None)
    with locked(tmp_path), locked(tmp_path):
        assert not is_abandoned(tmp_path)


def test_folders_that_killed_processes_left_unfinished_are_removed(tmp_path):
    digits = "0123456789abcdef"
    left = tmp_path / f".cache-{digits}.tmp"
    whole, others = tmp_path / f".cache-{digits[::-1]}.tmp", tmp_path / f".other-{digits}.tmp"
    young, no_folder = tmp_path / f".cache-{digits[:8] * 2}.tmp", tmp_path / f".cache-{digits[8:] * 2}.tmp"
    for folder in (left, whole, others, young):
        folder.mkdir()
        (folder / "half").write_text("")
    (whole / "marker").write_text("")  # one that was to be replaced, when the process was killed between two renames
    no_folder.write_text("")
    for path in (left, whole, others, no_folder):
        grow_old(path)
    with atomic_directory(tmp_path / "cache", marker="marker") as temporary:
        assert not left.exists()
        (temporary / "marker").write_text("")
        grow_old(temporary)
        with pytest.raises(FileExistsError), atomic_directory(tmp_path / "cache", marker="marker"):
            (tmp_path / "cache").mkdir()  # another one that is at work here
        assert temporary.exists()
        (tmp_path / "cache").rmdir()
    assert all(path.exists() for path in (whole, others, young, no_folder))
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["marker"]
