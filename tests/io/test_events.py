"""Event files: what is held back, many at once, and folders that somebody deletes."""

import os
import re
import resource
import shutil
import sys

import pytest

from kerasflow.io.events import EventFile
from kerasflow.io.records import read_records


def events(folder):
    return [list(read_records(os.path.join(folder, name))) for name in sorted(os.listdir(folder))]


def test_events_are_held_back_and_come_in_order(tmp_path):
    file = EventFile(tmp_path, b"first", max_queue=3)
    file.write(b"0")
    assert events(tmp_path) == [[b"first", b"0"]], "the first is not held back"
    file.write(b"1")
    file.write(b"2")
    assert events(tmp_path) == [[b"first", b"0"]]
    file.write(b"3")
    assert events(tmp_path) == [[b"first", b"0", b"1", b"2", b"3"]]
    file.write(b"4")
    file.flush()
    file.close()
    file.write(b"5")
    file.close()
    assert sorted(events(tmp_path)) == [[b"first", *[b"%d" % i for i in range(5)]], [b"first", b"5"]]


def test_a_file_that_is_forgotten_is_written(tmp_path):
    file = EventFile(tmp_path, b"first")
    file.write(b"0")
    file.write(b"1")
    del file
    assert events(tmp_path) == [[b"first", b"0", b"1"]]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts the open files of the process")
def test_many_files_are_not_kept_open(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    files = [EventFile(tmp_path / f"{i}", b"first") for i in range(50)]
    for file in files:
        file.write(b"0")
    assert len(os.listdir("/proc/self/fd")) <= before + 1


def test_a_folder_that_is_deleted(tmp_path):
    folder = tmp_path / "run"
    file, last = EventFile(folder, b"first"), EventFile(tmp_path / "last", b"first")
    for each in (file, last):
        each.write(b"0")
        each.write(b"1")
    shutil.rmtree(folder)
    shutil.rmtree(tmp_path / "last")
    file.flush()
    assert events(folder) == [[b"first", b"1"]]
    del last
    assert not (tmp_path / "last").exists(), "nobody asked for it at the end"


def test_a_full_disk_leaves_whole_events(tmp_path):
    file = EventFile(tmp_path, b"first", max_queue=1)
    file.write(b"0")
    [name] = os.listdir(tmp_path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(tmp_path / name) + 10, before[1]))
    try:
        with pytest.raises(OSError, match=re.escape(f"{tmp_path / name}")):
            file.write(b"1" * 100)
        assert events(tmp_path) == [[b"first", b"0"]]
        del file  # which says no more
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert events(tmp_path) == [[b"first", b"0"]]
