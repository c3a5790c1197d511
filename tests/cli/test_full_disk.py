"""A full disk: the error says what could not be written, and what was there before still is."""

import errno
import os
import resource
import shutil
from contextlib import contextmanager

import pytest

from kerasflow.cli.run_place import RunPlace

LITTLE = 1000  # bytes
TOO_LARGE = os.strerror(errno.EFBIG)


@contextmanager
def little_room():
    """No file may grow beyond some bytes, as if the disk was full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LITTLE, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def content(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("kind", "name"),
    [("onnx", "m.onnx"), ("savedmodel", "m"), ("keras", "m.keras"), ("h5", "m.h5"), ("safetensors", "m.st"),
     ("json", "m.json")],
)  # fmt: skip
def test_exporting(kerasflow, runs, kind, name):
    pytest.importorskip({"onnx": "onnx", "savedmodel": "tensorboard"}.get(kind, "h5py"))
    command = ("export", "homes", "--to", kind, "-o", name, "--overwrite")
    assert kerasflow(*command).code == 0  # also so that all that is compiled is
    before = content(runs)
    with little_room():
        done = kerasflow(*command)
    assert done == (1, "", f"kerasflow export: {name}: {TOO_LARGE}\n")
    assert content(runs) == before


def test_predicting(kerasflow, runs):
    (runs / "OUT.csv").write_text("old")
    before = content(runs)
    with little_room():
        done = kerasflow("predict", "homes", "homes.csv", "-o", "OUT.csv", "-q")
    assert done == (1, "", f"kerasflow predict: OUT.csv: {TOO_LARGE}\n")
    assert content(runs) == before


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_device(kerasflow, runs):
    done = kerasflow("predict", "homes", "homes.csv", "-o", "/dev/full")
    assert done == (1, "", f"kerasflow predict: /dev/full: {os.strerror(errno.ENOSPC)}\n")


def test_the_curves(kerasflow, runs):
    pytest.importorskip("tensorboard")
    train = (
        "train",
        "flowers.csv",
        "--target",
        "flower",
        "-o",
        "RUN",
        "--epochs",
        "40",
        "--tensorboard",
        "board",
        "-q",
    )
    train += ("--cache", "cache")
    assert kerasflow(*train, "--epochs", "1").code == 0
    shutil.rmtree(runs / "RUN")
    shutil.rmtree(runs / "board")
    with little_room():
        done = kerasflow(*train)
    assert done.code == 1 and done.err.startswith("kerasflow train: board/") and done.err.endswith(f": {TOO_LARGE}\n")
    assert not (runs / "RUN").exists()


def test_a_checkpoint(kerasflow, runs):
    train = ("train", "flowers.csv", "--target", "flower", "--epochs", "1", "-q", "--cache", "cache", "-o")
    assert kerasflow(*train, "FIRST").code == 0
    with little_room():
        done = kerasflow(*train, "RUN")
    assert done == (1, "", f"kerasflow train: {runs}/RUN/checkpoints/epoch-000001.kf.h5: {TOO_LARGE}\n")
    assert not (runs / "RUN").exists()


def test_the_files_of_a_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError) as error, RunPlace("RUN", overwrite=False, resume=False) as place:
        place.make()
        with place.writing() as folder:
            raise OSError(errno.ENOSPC, "full", str(folder / "model.keras"))
    assert error.value.filename == "RUN" and not list(tmp_path.iterdir())
