"""Results that cannot be written are an error; notes that nobody can read are none, and never go among the results."""

import errno
import io
import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-W", "error", "-m", "kerasflow"]
TRAIN = ("train", "flowers.csv", "--target", "flower", "-o", "RUN", "--epochs", "1")
COMMANDS = [
    ("--help",),
    ("--version",),
    ("predict", "--help"),
    ("inspect", "homes.csv"),
    ("inspect", "homes", "--json"),
    ("evaluate", "homes", "homes.csv"),
    ("predict", "homes", "homes.csv"),
    ("predict", "homes", "homes.csv", "--json"),
    ("export", "homes", "--to", "json", "-o", "model.json", "--json"),
    TRAIN,
]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_full_disk_behind_stdout_is_an_error(kerasflow, runs, monkeypatch, arguments):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        done = kerasflow(*arguments, "-q")
        monkeypatch.undo()
    command = "kerasflow" if arguments[0].startswith("-") else f"kerasflow {arguments[0]}"
    assert done == (1, "", f"{command}: stdout: No space left on device\n")


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_closed_stdout_is_an_error_once_there_is_a_result(kerasflow, runs, monkeypatch, arguments):
    monkeypatch.setattr(sys, "stdout", None)
    done = kerasflow(*arguments, "-q")
    assert done.code == 1 and done.err.endswith(": stdout: it is closed\n") and done.err.count("\n") == 1


def test_a_closed_stdout_does_not_matter_where_the_result_is_a_file(kerasflow, runs, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    assert kerasflow("predict", "homes", "homes.csv", "-o", "OUT.csv", "-q") == (0, "", "")
    assert (runs / "OUT.csv").read_text().count("\n") == 401


def test_a_run_is_whole_even_if_its_metrics_cannot_be_shown(kerasflow, runs, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        assert kerasflow(*TRAIN, "-q").code == 1
    assert kerasflow("evaluate", "RUN", "flowers.csv").code == 0


class Full(io.StringIO):
    """A stream to a disk that is full."""

    def write(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("stderr", [None, Full()], ids=["closed", "full"])
def test_a_stderr_that_nobody_can_read_changes_nothing(kerasflow, runs, monkeypatch, stderr):
    wanted = kerasflow(*TRAIN)
    assert wanted.code == 0 and "epoch 1/1" in wanted.err
    monkeypatch.setattr(sys, "stderr", stderr)
    assert kerasflow(*TRAIN, "--overwrite") == (0, wanted.out, "")
    assert kerasflow("inspect", "homes.csv", "--sep", "wrong") == (2, "", "")
    assert sys.stderr is stderr


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_the_process_ends_with_one_line_where_stdout_is_full(trained):
    for arguments in (["--help"], ["inspect", "homes.csv"]):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                [*COMMAND, *arguments], cwd=trained, stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert done.returncode == 1 and done.stderr.endswith(": stdout: No space left on device\n")
        assert done.stderr.count("\n") == 1


def test_a_reader_who_wants_no_help_is_no_error():
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*COMMAND, "--help"], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")
