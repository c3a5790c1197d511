"""How the command ends, each code by a process of its own, with one line on stderr; signals are in `test_process`."""

import os
import subprocess
import sys

import pytest

from tests.cli.tables import homes

COMMAND = [sys.executable, "-W", "error", "-m", "kerasflow"]


def run(folder, *arguments, stdin=None):
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, input=stdin, capture_output=True, text=True, check=False, timeout=240
    )


@pytest.fixture
def folder(runs):
    """The runs, and a table whose third row has a text where a number belongs."""
    (runs / "BAD.csv").write_text("rooms,area,sea\n1,50,far\nmany,60,far\n")
    (runs / "OTHER.csv").write_text("a,b\n1,2\n")
    return runs


TRAIN = ("train", "homes.csv", "--target", "price", "-o", "RUN")
ENDS = [
    (0, ("predict", "homes", "homes.csv", "-o", "OUT.csv"), "OUT.csv: 400 predictions"),
    (2, ("predict", "homes", "nowhere.csv"), "kerasflow predict: nowhere.csv: No such file or directory"),
    (2, (*TRAIN, "--epochs", "none"), "kerasflow train: argument --epochs: expected a whole number from 1 on"),
    (3, ("predict", "homes", "BAD.csv"), "kerasflow predict: BAD.csv:3:rooms: expected a number, found 'many'"),
    (4, ("predict", "homes", "OTHER.csv"), "missing columns: rooms, area, sea; columns it does not know: a, b"),
    (4, ("evaluate", "homes.csv.d", "homes.csv"), "the folder is no run of kerasflow train"),
    (5, (*TRAIN, "--lr", "1e30"), "kerasflow train: training diverged"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("code", "arguments", "message"), ENDS)
def test_a_command_ends_with_a_code_and_a_line(folder, code, arguments, message):
    (folder / "homes.csv.d").mkdir()
    before = {path for path in folder.rglob("*") if path.is_file()}
    done = run(folder, *arguments, *(["-q"] if code else []))
    assert done.returncode == code and message in done.stderr and done.stderr.count("\n") == 1, done.stderr
    after = {path for path in folder.rglob("*") if path.is_file()} - before
    assert not code or not [path for path in after if ".tmp" in path.name or path.suffix == ".csv"]


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk_is_an_error_of_the_machine(folder):
    done = run(folder, "predict", "homes", "homes.csv", "-o", "/dev/full")
    assert done.returncode == 1 and "No space left on device" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.slow
def test_tables_come_and_predictions_go_through_pipes(folder):
    table = homes(50, seed=1)
    piped = run(folder, "predict", "homes", "-", "-o", "-", stdin=table)
    (folder / "NEW.csv").write_text(table)
    assert piped.returncode == 0 and piped.stderr == "" and len(piped.stdout.splitlines()) == 51
    assert piped.stdout == run(folder, "predict", "homes", "NEW.csv").stdout
