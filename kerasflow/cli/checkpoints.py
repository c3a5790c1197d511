"""Checkpoints: all that a training needs to go on, so that it ends as one that nothing ever happened to.

Each is one file, written aside and renamed, with the weights, the state of the optimizer and of all draws, the best
weights so far, the curves, how far the epoch is that runs, and what it all belongs to: the table's fingerprint, and the
options that matter. The two newest are kept; a damaged one is passed over.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerasflow.callbacks import Callback
from kerasflow.cli.exits import ModelError
from kerasflow.core.errors import OpError
from kerasflow.io.hdf5 import read_arrays, write_arrays

__all__ = ["CHECKPOINT", "Checkpoint", "Checkpoints", "Interval", "newest"]

KIND = "checkpoint"
#: The name of a checkpoint: the epochs that were done, and the steps of the one that ran.
CHECKPOINT = re.compile(r"epoch-(\d+)(?:-step-(\d+))?\.kf\.h5")
KEPT = 2
_PARTS = {"epoch", "made with", "state"}


@dataclass(frozen=True)
class Interval:
    """How often something is due: after so many epochs, or seconds.

    >>> Interval.read("5"), Interval.read("90s"), Interval.read("2m")
    (Interval(epochs=5, seconds=None), Interval(epochs=None, seconds=90.0), Interval(epochs=None, seconds=120.0))
    """

    epochs: int | None
    seconds: float | None

    @classmethod
    def read(cls, text: str) -> Interval:
        """The interval that a text stands for: "5", "90s", "2m", "1h". Raises ValueError: it is none."""
        unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
        if unit is None:
            if not (text.isascii() and text.isdigit() and 0 < int(text) < 10**9):
                raise ValueError(text)
            return cls(int(text), None)
        seconds = float(text[:-1]) * unit
        if not 0 <= seconds < 1e9:
            raise ValueError(text)
        return cls(None, seconds)


@dataclass(frozen=True)
class Checkpoint:
    """A file from which a training can go on.

    Args:
        path: the file.
        meta: what is in it beside arrays.
    """

    path: Path
    meta: Mapping[str, Any]

    @property
    def epoch(self) -> int:
        """How many epochs had been done."""
        return int(self.meta["epoch"])

    @property
    def made_with(self) -> dict[str, Any]:
        """What the training was of."""
        return dict(self.meta["made with"])

    def __str__(self) -> str:
        return _where(self.epoch, int(self.meta["state"].get("steps", 0)))


class Checkpoints(Callback):
    """Writes checkpoints while a network is trained, and goes on from one.

    Args:
        folder: where they are.
        every: how often one is written: a time also ends within an epoch.
        made_with: what the training is of.
        start: the checkpoint to go on from.
    """

    training_state: Any = None  # what the model offers: its arrays and numbers, and how they are set
    told_last = True

    def __init__(self, folder: Path, every: Interval, made_with: Mapping[str, Any], start: Checkpoint | None) -> None:
        self.folder, self.every, self.made_with, self.start = folder, every, dict(made_with), start
        self.first_epoch = 0
        self._epoch = 0  # how many have been done
        self._held: tuple[int, dict[str, Any], dict[str, Any]] | None = None
        self._written, self._when = (0, 0), 0.0  # the last one that is in a file: its epoch and step, and the time

    def on_train_begin(self, logs: Any = None) -> None:
        """Go to where the checkpoint was made."""
        self._when = time.monotonic()
        if self.start is not None:
            state = self.start.meta["state"]
            self._restore(self.start.path, state)
            self.first_epoch = self._epoch = self.start.epoch
            self._written = self.start.epoch, state.get("steps", 0)

    def _restore(self, path: Path, state: Mapping[str, Any]) -> None:
        try:
            arrays, _ = read_arrays(path, self.training_state.expected(state), kind=KIND)
            self.training_state.restore(arrays, state)
        except (OpError, KeyError, TypeError, ValueError) as error:
            way = "--overwrite, without --resume, begins anew"
            raise ModelError(f"--resume: {path} is of another version of kerasflow, {error}; {way}") from error

    def on_train_steps_end(self, done: int) -> None:
        """Write the state within the epoch, if that is due."""
        if self.every.seconds is not None and time.monotonic() - self._when >= self.every.seconds:
            self._hold()
            self.write()

    def on_epoch_interrupted(self, epoch: int) -> None:
        """Hold on to the state within the epoch."""
        self._hold()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Hold on to the state after the epoch, and write it if that is due."""
        self._epoch = epoch + 1
        self._hold()
        if self.every.epochs is not None:
            due = self._epoch - self._written[0] >= self.every.epochs
        else:
            due = time.monotonic() - self._when >= (self.every.seconds or 0.0)
        if due:
            self.write()

    def write(self) -> None:
        """Write the state that was held on to last, if it is not written yet."""
        if self._held is None:
            return
        epoch, arrays, numbers = self._held
        steps = int(numbers["steps"])
        if (epoch, steps) == self._written:
            return
        meta = {"kind": KIND, "epoch": epoch, "made with": self.made_with, "state": numbers}
        self.folder.mkdir(exist_ok=True)
        name = f"epoch-{epoch:06}" + (f"-step-{steps:09}" if steps else "")
        write_arrays(self.folder / f"{name}.kf.h5", arrays, meta)
        self._written, self._when = (epoch, steps), time.monotonic()
        for path in _files(self.folder)[KEPT:]:
            path.unlink()

    @property
    def place(self) -> str:
        """Where the training goes on from, in words; "" if it has not come anywhere."""
        if self._held is None:
            return "" if self.start is None else str(self.start)
        epoch, steps = self._held[0], int(self._held[2]["steps"])
        return _where(epoch, steps) if epoch or steps else ""

    def _hold(self) -> None:
        self._held = self._epoch, self.training_state.arrays(), self.training_state.numbers()


def newest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """The newest checkpoint that is sound, None if there is none; and what is wrong with newer ones."""
    problems = []
    for path in _files(folder):
        try:
            _, meta = read_arrays(path, kind=KIND)  # every checksum is checked
            if not _PARTS <= meta.keys():
                raise ValueError(f"{path}: the file is no checkpoint of the command")
            return Checkpoint(path, meta), problems
        except (OSError, OpError, ValueError) as error:
            problems.append(str(error))
    return None, problems


def _files(folder: Path) -> list[Path]:
    """The checkpoints, the newest first."""
    if not folder.is_dir():
        return []
    named = [(match, path) for path in folder.iterdir() if (match := CHECKPOINT.fullmatch(path.name))]
    return [path for _, path in sorted(named, key=lambda pair: _order(pair[0]), reverse=True)]


def _order(name: re.Match[str]) -> tuple[int, int]:
    return int(name[1]), int(name[2] or 0)


def _where(epoch: int, steps: int) -> str:
    return f"step {steps:,} of epoch {epoch + 1:,}" if steps else f"epoch {epoch:,}"
