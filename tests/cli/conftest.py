"""What the tests of the command share: `main` called in the process, and small tables with trained runs."""

import shutil
from typing import NamedTuple

import pytest

from kerasflow.cli.main import main
from tests.cli.tables import flowers, homes


class Done(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def kerasflow(capsys, tmp_path, monkeypatch):
    """Run the command in the process, inside of a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture
def refused(kerasflow, tmp_path):
    """Check that a command fails with a code and one line on stderr, prints no result and changes no file."""

    def files():
        return {path: path.read_bytes() if path.is_file() else None for path in tmp_path.rglob("*")}

    def check(code, message, *arguments):
        before = files()
        done = kerasflow(*arguments, "--quiet")
        assert (done.code, done.out, done.err) == (code, "", f"kerasflow {arguments[0]}: {message}\n")
        assert files() == before

    return check


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A folder with `homes.csv`, `flowers.csv`, and what was trained on them: `homes` and `flowers`."""
    folder = tmp_path_factory.mktemp("trained")
    for name, text, target in (("homes", homes(), "price"), ("flowers", flowers(), "flower")):
        (folder / f"{name}.csv").write_text(text)
        options = ("--target", target, "-o", str(folder / name), "--epochs", "30", "--quiet")
        assert main(["train", str(folder / f"{name}.csv"), *options]) == 0
    return folder


@pytest.fixture
def runs(trained, tmp_path):
    """Copies of what `trained` has in the folder of the test, which may spoil them."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    return tmp_path
