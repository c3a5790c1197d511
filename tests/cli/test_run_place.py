"""The folder of a run: replaced only by what is whole, made by one process at a time, swept of leftovers."""

import os
import signal
import subprocess
import sys

import pytest

from kerasflow.cli import network, run_place, train
from kerasflow.cli.exits import UsageError
from kerasflow.cli.run_place import RunPlace
from kerasflow.io.locks import HAS_LOCKS
from tests.cli.tables import content, flowers

OPTIONS = ("--target", "flower", "--epochs", "2", "--checkpoint-every", "1")


class Crash(BaseException):
    """What is no error of the command's: as if the process had ended."""


@pytest.fixture
def crash(monkeypatch):
    """Have something end the command as a kill would: before or after it is called."""

    def crash(owner, name, after=False):
        done = getattr(owner, name)

        def ended(*values):
            monkeypatch.setattr(owner, name, done)
            if after:
                done(*values)
            raise Crash

        monkeypatch.setattr(owner, name, ended)

    return crash


@pytest.fixture
def run(kerasflow, tmp_path):
    """Train on `DATA.csv` with more options; gives how it ended."""
    (tmp_path / "DATA.csv").write_text(flowers(100))
    return lambda *more: kerasflow("train", "DATA.csv", *OPTIONS, *(() if "-o" in more else ("-o", "RUN")), *more)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def killed(kerasflow, *arguments):
    with pytest.raises(Crash):
        kerasflow(*arguments)


def test_a_run_can_be_used_until_another_is_whole(kerasflow, run, crash, tmp_path):
    assert run().code == 0 and run("--seed", "1", "-o", "OTHER").code == 0
    before, files = content(tmp_path / "RUN"), names(tmp_path / "RUN")
    for place in ((network.Checkpoints, "write", True), (train, "save_outcome", True)):
        crash(*place)
        killed(run, "--seed", "1", "--overwrite")
        assert content(tmp_path / "RUN") == before and kerasflow("evaluate", "RUN", "DATA.csv").code == 0
        assert names(tmp_path / "RUN" / "checkpoints") == ["epoch-000001.kf.h5", "epoch-000002.kf.h5"]
    done = run("--seed", "1", "--resume")
    assert done.code == 0 and "RUN: going on after epoch 2" in done.err
    assert content(tmp_path / "RUN") == content(tmp_path / "OTHER") and names(tmp_path / "RUN") == files
    done = run("--seed", "1", "--resume", "--epochs", "3")  # the new checkpoints are those of the run now
    assert done.code == 0 and "RUN: going on after epoch 2" in done.err


@pytest.mark.parametrize("call", [0, 3, 6, 9])
def test_killed_while_the_files_are_moved(kerasflow, run, monkeypatch, tmp_path, call):
    assert run().code == 0 and run("--seed", "1", "-o", "OTHER").code == 0
    replace, left = os.replace, [call]

    def end(source, target):
        if run_place.STAGE in str(source) and run_place.STAGE not in str(target):
            if not left[0]:
                raise Crash
            left[0] -= 1
        replace(source, target)

    monkeypatch.setattr(os, "replace", end)
    killed(run, "--seed", "1", "--overwrite")
    monkeypatch.setattr(os, "replace", replace)
    done = kerasflow("evaluate", "RUN", "DATA.csv")
    message = "kerasflow evaluate: RUN: its training was not finished; kerasflow train --resume goes on with it\n"
    assert (done.code, done.err) == (4, message)
    done = run("--seed", "1")
    message = "RUN holds a training that was not finished; --resume goes on with it, --overwrite begins anew"
    assert (done.code, done.err) == (2, f"kerasflow train: {message}\n")
    done = run("--seed", "1", "--resume")
    assert done.code == 0 and "RUN: going on after epoch 2" in done.err
    assert content(tmp_path / "RUN") == content(tmp_path / "OTHER")


def test_a_training_that_was_not_finished_can_be_begun_anew(kerasflow, run, crash, tmp_path):
    assert run().code == 0
    for more in ((), ("--overwrite",)):
        crash(network.Checkpoints, "write", after=True)
        killed(run, "-o", "NEW", "--seed", "1", *more)
    assert names(tmp_path / "NEW") == ["checkpoints", "checkpoints.new"]
    assert run("-o", "NEW", "--overwrite").code == 0
    assert content(tmp_path / "NEW") == content(tmp_path / "RUN") and names(tmp_path / "NEW") == names(tmp_path / "RUN")


def test_what_a_killed_process_left_is_swept_and_nothing_else(run, tmp_path):
    assert run().code == 0
    folder, digits = tmp_path / "RUN", "0123456789abcdef"
    ours = [
        folder / "checkpoints" / f".epoch-000002-step-000000007.kf.h5-{digits}.tmp",
        folder / f".log.txt-{digits}.tmp",
    ]
    others = [
        folder / "notes.txt", folder / "a.tmp", folder / f".notes.txt-{digits}.tmp", folder / f".log.txt-{digits}",
        folder / "checkpoints" / f".mine.h5-{digits}.tmp", tmp_path / f".log.txt-{digits}.tmp",
    ]  # fmt: skip
    for path in (*ours, *others):
        path.write_text("half")
    (folder / f".files-{digits}.tmp").mkdir()
    (folder / f".files-{digits}.tmp" / "model.keras").write_text("half")
    (folder / f".env.json-{digits}.tmp").symlink_to(tmp_path / "DATA.csv")
    assert run("--resume").code == 0
    assert not any(path.exists() for path in ours) and not (folder / f".files-{digits}.tmp").exists()
    assert all(path.read_text() == "half" for path in others)
    assert (folder / f".env.json-{digits}.tmp").is_symlink()
    (folder / f".log.txt-{digits}.tmp").write_text("half")
    assert run("--overwrite").code == 0
    assert not (folder / f".log.txt-{digits}.tmp").exists() and (folder / "notes.txt").exists()


@pytest.mark.parametrize("more", [(), ("--resume",), ("--overwrite",)])
@pytest.mark.parametrize("inside", [(), (".epoch-000001.kf.h5-0123456789abcdef.tmp",)])
def test_a_folder_with_nothing_in_it_is_as_good_as_none(run, tmp_path, more, inside):
    (tmp_path / "RUN" / "checkpoints").mkdir(parents=True)
    for name in inside:
        (tmp_path / "RUN" / "checkpoints" / name).write_text("half")
    done = run(*more)
    assert done.code == 0 and names(tmp_path / "RUN" / "checkpoints") == ["epoch-000001.kf.h5", "epoch-000002.kf.h5"]


def test_a_training_that_diverged_is_not_in_the_way_of_the_next(run, tmp_path):
    assert run("--lr", "1e30").code == 5 and names(tmp_path) == ["DATA.csv"]
    assert run().code == 0
    before = content(tmp_path / "RUN")
    assert run("--lr", "1e30", "--overwrite").code == 5
    assert content(tmp_path / "RUN") == before and "checkpoints.new" not in names(tmp_path / "RUN")


def test_other_peoples_folders_are_left_alone(run, tmp_path):
    (tmp_path / "RUN" / "checkpoints").mkdir(parents=True)
    (tmp_path / "RUN" / "thesis.txt").write_text("years")
    done = run("--overwrite")
    assert done.code == 2 and "the folder RUN is no run of kerasflow train" in done.err
    assert (tmp_path / "RUN" / "thesis.txt").read_text() == "years"


HOLDER = """
import sys
from kerasflow.cli.run_place import RunPlace
with RunPlace("RUN", overwrite=False, resume=True) as place:
    place.make()
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not HAS_LOCKS, reason="needs locks on folders")
def test_one_training_at_a_time(run, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    ) as process:  # fmt: skip
        assert process.stdout.readline() == "held\n"
        (tmp_path / "RUN" / "checkpoints").mkdir()
        (tmp_path / "RUN" / "checkpoints" / "epoch-000001.kf.h5").write_text("")
        for more in ((), ("--resume",), ("--overwrite",)):
            done = run(*more)
            message = "kerasflow train: RUN is being trained by another process\n"
            assert (done.code, done.err) == (2, message)
        process.send_signal(signal.SIGKILL)
    done = run()  # its lock is gone with it
    assert done.code == 2 and "RUN holds a training that was not finished" in done.err
    assert run("--overwrite").code == 0


def test_a_run_that_was_made_meanwhile_is_not_written_over(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with RunPlace("RUN", overwrite=False, resume=False) as place:
        (tmp_path / "RUN").mkdir()
        with pytest.raises(UsageError, match="^RUN was made by another process meanwhile; --overwrite replaces it$"):
            place.make()
