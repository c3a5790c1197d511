"""Temporary folders: gone with the command, and those of killed commands with the next one."""

import os
import tempfile
import time
from contextlib import ExitStack

import pytest

from kerasflow.cli.temporary import MARK, temporary_folder
from kerasflow.io.locks import HAS_LOCKS, YOUNG


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def grow_old(folder):
    before = time.time() - 2 * YOUNG
    os.utime(folder, (before, before))


def test_it_is_there_for_a_while(tmp_path):
    with ExitStack() as stack:
        made = temporary_folder(stack)
        (made / "columns").mkdir()
        assert list(tmp_path.iterdir()) == [made]
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not HAS_LOCKS, reason="needs locks on folders")
def test_what_killed_commands_left_is_removed_and_nothing_else(tmp_path):
    left, used, foreign = (tmp_path / f"kerasflow-{name}" for name in ("left", "used", "foreign"))
    link = tmp_path / "kerasflow-link"
    for made in (left, used, foreign):
        made.mkdir()
        (made / "columns").write_text("")
    for made in (left, used):
        (made / MARK).touch()
    for made in (left, foreign):
        grow_old(made)
    link.symlink_to(left)
    with ExitStack() as stack:
        temporary_folder(stack)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kerasflow-foreign", "kerasflow-link", "kerasflow-used"]
    link.unlink()
    with ExitStack() as stack:
        busy = temporary_folder(stack)
        grow_old(busy)
        grow_old(used)
        with ExitStack() as other:
            temporary_folder(other)
        assert busy.exists() and not used.exists() and foreign.exists()
