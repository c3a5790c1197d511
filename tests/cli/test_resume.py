"""A training that is interrupted, killed, or asked for more, goes on as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from kerasflow.cli import network
from kerasflow.cli.checkpoints import Interval, newest
from kerasflow.io.hdf5 import read_arrays, write_arrays
from tests.cli.tables import content, flowers, homes


class Crash(BaseException):
    """What is no error of the command's: as if the process had ended."""


@pytest.fixture
def crash_after(monkeypatch):
    """End the command when an epoch has been done, after its checkpoint."""
    done = network.Checkpoints.on_epoch_end

    def crash_after(epochs):
        def listen(self, epoch, logs=None):
            done(self, epoch, logs)
            if epoch + 1 == epochs:
                raise Crash

        monkeypatch.setattr(network.Checkpoints, "on_epoch_end", listen if epochs else done)

    return crash_after


def train(run, *more, table="DATA.csv", target="flower"):
    return ("train", table, "--target", target, "-o", run, "--dropout", "0.3", "--batch-size", "16", *more)


@pytest.mark.parametrize(
    "more", [(), ("--patience", "2", "--lr", "0.05"), ("--optimizer", "sgd", "--model", "wide-deep")]
)
def test_a_crash_changes_nothing(kerasflow, tmp_path, crash_after, more):
    (tmp_path / "DATA.csv").write_text(flowers(200))
    options = ("--epochs", "6", "--checkpoint-every", "2", *more)
    assert kerasflow(*train("WHOLE", *options)).code == 0
    for epochs in (1, 3, 5):  # before the first checkpoint, and one epoch after one
        crash_after(epochs)
        with pytest.raises(Crash):
            kerasflow(*train("RUN", "--resume", *options))
    crash_after(0)
    assert not (tmp_path / "RUN" / "config.json").exists()
    done = kerasflow(*train("RUN", "--resume", *options))
    assert done.code == 0 and "RUN: going on after epoch 4" in done.err
    assert content(tmp_path / "RUN") == content(tmp_path / "WHOLE")


def test_more_epochs_and_more_patience(kerasflow, tmp_path):
    (tmp_path / "DATA.csv").write_text(flowers(200))
    assert kerasflow(*train("RUN", "--epochs", "2")).code == 0
    before = content(tmp_path / "RUN")
    assert kerasflow(*train("RUN", "--epochs", "2", "--resume")).code == 0  # there is nothing left to do
    assert content(tmp_path / "RUN") == before
    done = kerasflow(*train("RUN", "--epochs", "4", "--resume"))
    assert done.code == 0 and "done after 4 epochs" in done.err
    assert before["history.csv"] in content(tmp_path / "RUN")["history.csv"]
    assert [path.name for path in sorted((tmp_path / "RUN" / "checkpoints").iterdir())] == [
        "epoch-000002.kf.h5",
        "epoch-000004.kf.h5",
    ]


def test_where_there_is_nothing_to_resume_training_begins(kerasflow, tmp_path):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    done = kerasflow(*train("RUN", "--epochs", "1", "--resume"))
    assert done.code == 0 and "RUN: there is no checkpoint yet, training starts from the beginning" in done.err


def test_what_is_no_run_is_not_resumed(refused, tmp_path):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    (tmp_path / "RUN").mkdir()
    (tmp_path / "RUN" / "thesis.txt").write_text("years")
    refused(2, "--resume: RUN is there, but no training that was begun", *train("RUN", "--resume"))


def test_another_table_or_other_options_are_refused(kerasflow, refused, tmp_path):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    assert kerasflow(*train("RUN", "--epochs", "1")).code == 0
    message = (
        "--resume: RUN was trained otherwise: --hidden is 8, was 128,64; --learning-rate is 0.01, was 0.001; "
        "--seed is 1, was 0"
    )
    refused(2, message, *train("RUN", "--epochs", "2", "--resume", "--hidden", "8", "--lr", "0.01", "--seed", "1"))
    (tmp_path / "DATA.csv").write_text(flowers(101))
    message = "--resume: the table is not the one that RUN was trained on"
    refused(4, message, *train("RUN", "--epochs", "2", "--resume"))


def test_a_damaged_checkpoint_is_passed_over(kerasflow, tmp_path):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    options = ("--epochs", "3", "--checkpoint-every", "1")
    assert kerasflow(*train("RUN", *options)).code == 0
    before = content(tmp_path / "RUN")
    last = tmp_path / "RUN" / "checkpoints" / "epoch-000003.kf.h5"
    data = bytearray(last.read_bytes())
    data[len(data) // 2] ^= 1
    last.write_bytes(data)
    done = kerasflow(*train("RUN", *options, "--resume"))
    assert "the file is" in done.err and "the one before is taken" in done.err
    assert "RUN: going on after epoch 2" in done.err and content(tmp_path / "RUN") == before
    checkpoint, problems = newest(tmp_path / "RUN" / "checkpoints")
    assert (checkpoint.epoch, problems) == (3, [])


def rewritten(path, change):
    """The checkpoint, changed as another version might have written it."""
    arrays, meta = read_arrays(path)
    meta = dict(meta)
    change(arrays, meta)
    write_arrays(path, arrays, meta)


def test_a_file_that_is_none_of_the_commands_is_passed_over(kerasflow, tmp_path):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    assert kerasflow(*train("RUN", "--epochs", "3", "--checkpoint-every", "1")).code == 0
    before = content(tmp_path / "RUN")
    rewritten(tmp_path / "RUN" / "checkpoints" / "epoch-000003.kf.h5", lambda arrays, meta: meta.pop("made with"))
    done = kerasflow(*train("RUN", "--epochs", "3", "--resume"))
    assert done.code == 0 and content(tmp_path / "RUN") == before
    assert "epoch-000003.kf.h5: the file is no checkpoint of the command; the one before is taken" in done.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays, meta: arrays.pop("weights/0"), "missing: weights/0"),
        (lambda arrays, meta: meta["state"].pop("order"), "'order'"),
    ],
)
def test_a_checkpoint_of_another_version_is_refused(kerasflow, refused, tmp_path, change, message):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    assert kerasflow(*train("RUN", "--epochs", "1")).code == 0
    before = content(tmp_path / "RUN")
    path = tmp_path / "RUN" / "checkpoints" / "epoch-000001.kf.h5"
    rewritten(path, change)
    done = kerasflow(*train("RUN", "--epochs", "2", "--resume"))
    said = done.err.splitlines()[-1]
    assert said.startswith(f"kerasflow train: --resume: {path} is of another version of kerasflow, ")
    assert message in said and said.endswith("; --overwrite, without --resume, begins anew")
    assert done.code == 4 and content(tmp_path / "RUN") == before


@pytest.mark.parametrize("folder", ["RUN", "RUN/checkpoints", "RUN/checkpoints.new"])
@pytest.mark.parametrize("how", ["--resume", "--overwrite"])
def test_a_write_protected_run_is_refused_before_it_is_trained(kerasflow, refused, tmp_path, monkeypatch, folder, how):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    assert kerasflow(*train("RUN", "--epochs", "1")).code == 0
    (tmp_path / folder).mkdir(exist_ok=True)
    allowed = os.access  # for root, it is never denied
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(tmp_path / folder) and allowed(path, mode))
    refused(2, f"the folder '{tmp_path / folder}' is write-protected, 'RUN' cannot be trained", *train("RUN", how))


def test_an_unfinished_run_is_not_lost(kerasflow, refused, tmp_path, crash_after):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    crash_after(1)
    with pytest.raises(Crash):
        kerasflow(*train("RUN", "--checkpoint-every", "1"))
    crash_after(0)
    way = "--resume goes on with it, --overwrite begins anew"
    refused(2, f"RUN holds a training that was not finished; {way}", *train("RUN"))
    assert kerasflow(*train("RUN", "--epochs", "1", "--seed", "3", "--overwrite")).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["DATA.csv", "RUN"]


def test_a_time_limit_ends_training(kerasflow, tmp_path):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    done = kerasflow(*train("RUN", "--time-limit", "0.001s", "--json"))
    assert done.code == 0 and '"stopped": "time limit"' in done.out and "done after 1 epoch;" in done.err


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "x", "", "s", "0m"])
def test_intervals_are_checked(refused, tmp_path, text):
    (tmp_path / "DATA.csv").write_text(flowers(100))
    wanted = "expected a time as in 90s, 30m or 2h" if text[-1:] in ("s", "m") else "expected a whole number from 1 on"
    message = f"argument --checkpoint-every: {wanted}, not {text!r} (see kerasflow train --help)"
    refused(2, message, *train("RUN", "--checkpoint-every", text))
    assert Interval.read("3") == Interval(3, None) and Interval.read("1.5m") == Interval(None, 90.0)


@pytest.mark.slow
def test_killed_at_ten_random_moments(tmp_path):
    rng = random.Random(11)
    (tmp_path / "DATA.csv").write_text(homes(1500))
    options = ("--epochs", "40", "--patience", "40", "--checkpoint-every", "1")
    command = [sys.executable, "-m", "kerasflow", *train("RUN", *options, target="price")]
    # The program is started often: it finds its modules compiled, and compiles no machine code.
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"KERASFLOW_ENGINE": "interpreter"}
    whole = list(command)
    whole[whole.index("RUN")] = "WHOLE"
    quiet = {"cwd": tmp_path, "env": kept, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(whole, check=True, **quiet)
    starts = 0
    for _ in range(10):
        with subprocess.Popen([*command, "--resume"], **{**quiet, "stderr": subprocess.PIPE}, text=True) as process:
            for line in process.stderr:
                starts += "going on after" in line
                if line.startswith("network"):
                    break
            time.sleep(rng.uniform(0.0, 0.4))
            process.send_signal(signal.SIGKILL)
    subprocess.run([*command, "--resume"], check=True, **quiet)
    assert starts >= 3 and content(tmp_path / "RUN") == content(tmp_path / "WHOLE")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".tmp") == ["DATA.csv", "RUN", "WHOLE"]
