"""A signal while the command is still being loaded ends it with a line: processes of its own, real signals."""

import os
import signal
import subprocess
import sys

import pytest

from kerasflow.cli import starting
from tests.cli.tables import flowers

SCRIPT = "import sys\nfrom kerasflow.cli.main import main\nsys.exit(main())\n"  # as installed
ENDS = {signal.SIGINT: (130, "interrupted"), signal.SIGTERM: (143, "terminated")}
MOMENTS = [
    ("module", "kerasflow.cli.starting", signal.SIGINT),
    ("module", "numpy", signal.SIGTERM),
    ("script", "numpy", signal.SIGINT),
    pytest.param("module", "pandas._libs.lib", signal.SIGINT, marks=pytest.mark.slow),
    pytest.param("script", "pandas._libs.lib", signal.SIGTERM, marks=pytest.mark.slow),
]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def train(folder, command, **options):
    (folder / "DATA.csv").write_text(flowers(100))
    arguments = ["train", "DATA.csv", "--target", "flower", "-o", "RUN", "--epochs", "1"]
    python = [sys.executable, "-W", "error", "-X", "importtime"]  # which tells on stderr what has been imported
    return subprocess.Popen(
        [*python, *command, *arguments], cwd=folder, env=ENVIRONMENT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip


def said(lines):
    return [line for line in lines if not line.startswith("import time:")]


@pytest.mark.parametrize(("way", "moment", "number"), MOMENTS)
def test_a_signal_while_it_is_loaded(tmp_path, way, moment, number):
    code, word = ENDS[number]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "kerasflow").write_text(SCRIPT)
    with train(tmp_path, ["-m", "kerasflow"] if way == "module" else ["bin/kerasflow"]) as process:
        for line in process.stderr:
            if line.rpartition("|")[2].strip() == moment:
                break
        process.send_signal(number)
        rest = process.stderr.readlines()
        assert (process.wait(60), process.stdout.read()) == (code, "")
    assert said(rest) == [f"kerasflow: {word}, nothing was written\n"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["DATA.csv", "bin"]


@pytest.mark.slow
def test_what_ignores_ctrl_c_goes_on_ignoring_it(tmp_path):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in what a script puts into the background
    try:
        process = train(tmp_path, ["-m", "kerasflow"])
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        for line in process.stderr:
            if line.rpartition("|")[2].strip() == "numpy":
                break
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        assert process.wait(120) == 0 and (tmp_path / "RUN" / "config.json").is_file()


SEEN = "import signal, kerasflow; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"


@pytest.mark.parametrize("arguments", [["-c", SEEN], ["-m", "kerasflow_too"], ["mine.py", "-m", "kerasflow"]])
def test_other_programs_keep_their_signals(tmp_path, arguments):
    (tmp_path / "kerasflow_too.py").write_text(SEEN)
    (tmp_path / "mine.py").write_text(SEEN)
    done = subprocess.run(
        [sys.executable, *arguments], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"


@pytest.mark.parametrize(
    ("words", "given", "expected"),
    [
        (["-m", "train", "x"], ["python", "-W", "error", "-m", "kerasflow", "train", "x"], True),
        (["-m"], ["python", "-mkerasflow"], True),
        (["-m", "kerasflow"], ["python", "-m", "pytest", "kerasflow"], False),
        (["/usr/bin/kerasflow", "train"], ["python", "/usr/bin/kerasflow", "train"], True),
        (["/usr/bin/pytest", "kerasflow"], ["python", "/usr/bin/pytest", "kerasflow"], False),
        ([], ["python"], False),
        ([""], ["python"], False),
    ],
)
def test_which_processes_are_the_command(monkeypatch, words, given, expected):
    monkeypatch.setattr(sys, "argv", words)
    monkeypatch.setattr(sys, "orig_argv", given)
    assert starting.is_command() is expected
