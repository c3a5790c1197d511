"""The command as a process of its own: the whole round, signals, pipes."""

import io
import os
import re
import signal
import struct
import subprocess
import sys

import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer

from tests.cli.tables import homes

COMMAND = [sys.executable, "-W", "error", "-m", "kerasflow"]
BUFFERED = {**os.environ, "PYTHONUNBUFFERED": ""}


def kerasflow(folder, *arguments):
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120, env=BUFFERED
    )


def test_the_whole_round(tmp_path):
    frame = load_breast_cancer(as_frame=True).frame
    frame.to_csv(tmp_path / "DATA.csv", index=False)
    trained = kerasflow(tmp_path, "train", "DATA.csv", "--target", "target", "-o", "RUN")
    assert trained.returncode == 0, trained.stderr
    [model, baseline] = re.search(r"^accuracy +(\S+) +(\S+)$", trained.stdout, re.MULTILINE).groups()
    assert float(model) > 0.93 > float(baseline)
    evaluated = kerasflow(tmp_path, "evaluate", "RUN", "DATA.csv")
    assert evaluated.returncode == 0 and evaluated.stderr == ""
    assert float(re.search(r"^accuracy +(\S+)", evaluated.stdout, re.MULTILINE)[1]) > 0.93
    predicted = kerasflow(tmp_path, "predict", "RUN", "DATA.csv", "-o", "-")
    assert predicted.returncode == 0 and predicted.stderr == ""
    out = pd.read_csv(io.StringIO(predicted.stdout))
    assert list(out.columns) == ["prediction"] and (out.prediction == frame.target).mean() > 0.93


def start(folder, *more):
    """Start a training that would take long."""
    (folder / "DATA.csv").write_text(homes(2000))
    arguments = ["train", "DATA.csv", "--target", "price", "-o", "RUN", "--epochs", "100000", "--patience", "100000"]
    return subprocess.Popen(
        [*COMMAND, *arguments, *more], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(process, beginning):
    for line in process.stderr:
        if line.startswith(beginning):
            return
    pytest.fail(f"no line {beginning!r}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_early_on_leaves_nothing(tmp_path, number, code, word):
    process = start(tmp_path)
    wait_for(process, "DATA.csv: 2,000 rows")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    # Whether an epoch has ended by now is a race; interrupted after one, the command keeps it.
    if (tmp_path / "RUN").exists():
        assert f"{word} after" in err
        assert kerasflow(tmp_path, "evaluate", "RUN", "DATA.csv").returncode == 0
    else:
        assert out == "" and err.splitlines()[-1] == f"kerasflow train: {word}, nothing was written"
        assert [path.name for path in tmp_path.iterdir()] == ["DATA.csv"]
    assert process.returncode == code


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_signal_in_training_keeps_the_best_epoch(tmp_path, number, code, word):
    process = start(tmp_path)
    wait_for(process, "epoch      3/100000")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code and re.match(r"validation, \d+ rows", out)
    assert err.splitlines()[-1].startswith(f"{word} after ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["DATA.csv", "RUN"]
    assert kerasflow(tmp_path, "evaluate", "RUN", "DATA.csv").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("gone", [["stdout"], ["stdout", "stderr"]])
def test_ctrl_c_in_a_pipe_saves_though_the_readers_are_gone(tmp_path, gone):
    with start(tmp_path) as process:
        wait_for(process, "epoch      3/100000")
        process.send_signal(signal.SIGINT)
        for name in gone:
            getattr(process, name).close()
        assert process.wait(timeout=60) == 130
    assert kerasflow(tmp_path, "evaluate", "RUN", "DATA.csv").returncode == 0


@pytest.mark.slow
def test_a_terminal_that_is_closed_ends_the_training_and_saves(tmp_path):
    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
    (tmp_path / "DATA.csv").write_text(homes(2000))
    arguments = ["train", "DATA.csv", "--target", "price", "-o", "RUN", "--epochs", "100000", "--patience", "100000"]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 40, 120, 0, 0))  # as large as it takes for a bar
    own = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"  # it is the terminal of a session of its own
    run = "import runpy, sys; sys.argv[0] = '-m'; runpy.run_module('kerasflow', run_name='__main__')"
    process = subprocess.Popen(
        [sys.executable, "-c", f"{own}; {run}", *arguments], cwd=tmp_path, start_new_session=True,
        stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while not re.search(rb"epoch \d\d+/", shown):
        shown += os.read(ours, 4096)
    os.close(ours)
    assert process.wait(timeout=60) == 143
    assert kerasflow(tmp_path, "evaluate", "RUN", "DATA.csv").returncode == 0


@pytest.mark.slow
def test_a_reader_who_leaves_early_is_no_error(trained):
    process = subprocess.Popen(
        [*COMMAND, "predict", "homes", "homes.csv", "-o", "-"],
        cwd=trained, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=BUFFERED,
    )  # fmt: skip
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141 and err == b""


def test_help_and_mistakes_load_nothing_heavy():
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("kerasflow ")
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys; from kerasflow.cli import main; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not {"pandas", "sklearn", "h5py", "scipy", "tqdm"} & set(loaded.stdout.split())
