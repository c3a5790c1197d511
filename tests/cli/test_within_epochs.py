"""A training that is cut within an epoch, by a signal, a crash or kill -9, goes on there and ends in the same run."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from kerasflow.cli import coded_rows, network
from kerasflow.cli.checkpoints import newest
from kerasflow.cli.feeding import Memory
from kerasflow.core.engine.choice import set_engine
from tests.cli.tables import content, flowers

OPTIONS = ("--epochs", "4", "--dropout", "0.3", "--batch-size", "4", "--patience", "2", "--lr", "0.02")


class Crash(BaseException):
    """What is no error of the command's: as if the process had ended."""


@pytest.fixture
def at(monkeypatch):
    """Do something when a callback's method is told of the training, which is shown to be in an epoch, after steps."""

    def at(method, epoch, steps, act):
        told = getattr(network.Checkpoints, method)

        def listen(self, *values):
            told(self, *values)
            state = self.training_state
            if (self._epoch, state.done) >= (epoch, steps):
                monkeypatch.setattr(network.Checkpoints, method, told)
                act()

        monkeypatch.setattr(network.Checkpoints, method, listen)

    return at


def crash():
    raise Crash


def train(run, *more):
    return ("train", "DATA.csv", "--target", "flower", "-o", run, *OPTIONS, *more)


@pytest.mark.parametrize("waits", ["in memory", "on the disk"])
@pytest.mark.parametrize("engine", ["interpreter", "native"])
def test_a_crash_changes_nothing(kerasflow, tmp_path, monkeypatch, at, engine, waits):
    if engine == "native":
        pytest.importorskip("llvmlite")
    monkeypatch.setattr(coded_rows, "MOST_ROWS", 64)
    monkeypatch.setattr(Memory, "fits", lambda self, task: waits == "in memory")
    monkeypatch.setattr(Memory, "block", lambda self, task: 23)
    (tmp_path / "DATA.csv").write_text(flowers(300))
    set_engine(engine)
    try:
        assert kerasflow(*train("WHOLE")).code == 0
        for epoch, steps in ((0, 1), (0, 30), (2, 9)):
            at("on_train_steps_end", epoch, steps, crash)
            with pytest.raises(Crash):
                kerasflow(*train("RUN", "--resume", "--checkpoint-every", "0.000001s"))
        done = kerasflow(*train("RUN", "--resume", "--checkpoint-every", "1"))
    finally:
        set_engine("auto")
    assert done.code == 0 and " of epoch 3\n" in done.err.partition("RUN: going on after step ")[2]
    assert content(tmp_path / "RUN") == content(tmp_path / "WHOLE")


SIGNALS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]


@pytest.mark.parametrize(("number", "code", "word"), SIGNALS)
def test_a_signal_in_the_first_epoch_saves_its_steps(kerasflow, tmp_path, at, number, code, word):
    (tmp_path / "DATA.csv").write_text(flowers(300))
    at("on_train_steps_end", 0, 9, lambda: os.kill(os.getpid(), number))
    done = kerasflow(*train("RUN"))
    steps = newest(tmp_path / "RUN" / "checkpoints")[0].meta["state"]["steps"]
    assert 9 <= steps < 60
    message = f"kerasflow train: {word}; --resume goes on with RUN after step {steps} of epoch 1"
    assert (done.code, done.out, done.err.splitlines()[-1]) == (code, "", message)
    assert kerasflow(*train("WHOLE")).code == 0 and kerasflow(*train("RUN", "--resume")).code == 0
    assert content(tmp_path / "RUN") == content(tmp_path / "WHOLE")


@pytest.mark.parametrize(("number", "code", "word"), SIGNALS)
@pytest.mark.parametrize(("method", "steps"), [("on_train_steps_end", 9), ("on_test_begin", 60)])
def test_a_signal_in_a_later_epoch_saves_the_best_and_the_steps(
    kerasflow, tmp_path, at, number, code, word, method, steps
):
    (tmp_path / "DATA.csv").write_text(flowers(300))
    at(method, 2, steps, lambda: os.kill(os.getpid(), number))
    done = kerasflow(*train("RUN", "--checkpoint-every", "100"))
    ended = done.err.splitlines()[-1]
    assert ended.startswith(f"{word} after 2 epochs; RUN holds") and ended.endswith(" of epoch 3")
    assert f", --resume goes on after step {60 if method == 'on_test_begin' else ''}" in ended
    assert done.code == code and kerasflow("evaluate", "RUN", "DATA.csv").code == 0
    assert kerasflow(*train("WHOLE")).code == 0 and kerasflow(*train("RUN", "--resume")).code == 0
    assert content(tmp_path / "RUN") == content(tmp_path / "WHOLE")


def test_a_signal_before_the_first_step_of_an_epoch(kerasflow, tmp_path, at):
    (tmp_path / "DATA.csv").write_text(flowers(300))
    at("on_epoch_begin", 1, 0, lambda: os.kill(os.getpid(), signal.SIGINT))
    done = kerasflow(*train("RUN", "--checkpoint-every", "100"))
    assert done.code == 130 and done.err.endswith(", --resume goes on after epoch 1\n")
    assert kerasflow(*train("WHOLE")).code == 0 and kerasflow(*train("RUN", "--resume")).code == 0
    assert content(tmp_path / "RUN") == content(tmp_path / "WHOLE")


def test_blocks_that_are_done_are_not_made_again(monkeypatch):
    monkeypatch.setattr(coded_rows, "MOST_ROWS", 64)
    rows = coded_rows.CodedRows(500, ["<f4"], 3)
    rows.append([np.arange(500, dtype=np.float32)])
    blocks = coded_rows.CodedBlocks(rows, tuple, 10)
    whole = np.concatenate([numbers for (numbers,), _ in blocks.passes(7)])
    for first in (0, 1, 9, 10, 64, 250, 499, 500):
        rest, left = blocks.rest(7, first)
        found = [numbers for (numbers,), _ in rest]
        assert left < 10 and sum(map(len, found)) == 500 - first + left
        np.testing.assert_array_equal(np.concatenate([whole[:0], *found])[left:], whole[first:])


def written(folder):
    """The checkpoints within epochs that there are."""
    return {path.name for path in (folder / "RUN" / "checkpoints").glob("epoch-*-step-*.kf.h5")}


@pytest.mark.slow
@pytest.mark.parametrize(("engine", "rows", "hidden"), [("interpreter", 8_000, "32"), ("auto", 30_000, "256,256")])
def test_killed_at_random_moments_within_long_epochs(tmp_path, engine, rows, hidden):
    if engine == "auto":
        pytest.importorskip("llvmlite")
    rng = random.Random(5)
    (tmp_path / "DATA.csv").write_text(flowers(rows))
    options = ("--epochs", "2", "--dropout", "0.3", "--batch-size", "1", "--hidden", hidden, "--report", "none", "-o")
    command = [sys.executable, "-m", "kerasflow", "train", "DATA.csv", "--target", "flower", *options]
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"KERASFLOW_ENGINE": engine}
    quiet = {"cwd": tmp_path, "env": kept, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*command, "WHOLE"], check=True, **quiet)
    again, said = [*command, "RUN", "--resume", "--checkpoint-every", "0.05s"], ""
    for _ in range(4):
        known = written(tmp_path)
        with subprocess.Popen(again, **{**quiet, "stderr": subprocess.PIPE}, text=True) as process:
            while process.poll() is None and not written(tmp_path) - known:
                time.sleep(0.005)
            time.sleep(rng.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)
            said += process.stderr.read()
    subprocess.run(again, check=True, **quiet)
    assert said.count("RUN: going on after step ") >= 2, said
    assert content(tmp_path / "RUN") == content(tmp_path / "WHOLE")
    left = [path.name for path in (tmp_path / "RUN" / "checkpoints").iterdir()]
    assert len(left) == 2 and not any(name.endswith(".tmp") for name in left)
