"""The losses and metrics of each epoch as a file of lines."""

from __future__ import annotations

import csv
import os
from typing import Any

import numpy as np

from kerasflow.callbacks.base import Callback, Logs
from kerasflow.io.files import atomic_path

__all__ = ["CSVLogger"]


class CSVLogger(Callback):
    """Writes the losses and metrics of each epoch as a line of a CSV file, with a line of names on top.

    Each line is in the file when its epoch ends. A value that an epoch lacks is NA; for one that comes later, the file
    gets another column. A training that was killed and goes on keeps the lines of the epochs before.

    Args:
        filename: the file.
        separator: what stands between two values.
        append: whether to go on in a file that is there.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "log.csv")
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile("sgd", "mse")
    >>> h = model.fit(np.zeros((4, 1)), np.ones(4), verbose=0, callbacks=[tf.keras.callbacks.CSVLogger(path)])
    >>> with open(path) as file:
    ...     file.read()
    'epoch,loss\\n0,1.0\\n'
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False) -> None:
        self.filename = os.fspath(filename)
        self.separator = separator
        self.append = append
        self._names = ["epoch"]
        self._begun = self._resumed = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget earlier runs."""
        self._begun = self._resumed = False

    def on_train_resumed(self) -> None:
        """Go on with the file."""
        self._resumed = True

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Begin the file if it is not begun, or read its names; leave out of it the epochs that are done again."""
        if self._begun:
            return
        goes_on = self.append or self._resumed
        rows = self._rows() if goes_on and os.path.exists(self.filename) else []
        kept = len(rows)
        while self._resumed and kept > 1 and _is_from(rows[kept - 1], epoch):
            kept -= 1
        self._names, self._begun = rows[0] if rows else ["epoch"], True
        if not rows:
            open(self.filename, "w", encoding="utf-8").close()
        elif kept < len(rows):
            self._write(rows[:kept])

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the line."""
        values = {"epoch": epoch, **{k: _shown(v) for k, v in (logs or {}).items()}}
        new = sorted(set(values) - set(self._names))
        if new or self._names == ["epoch"]:
            self._widen(new)
        with open(self.filename, "a", encoding="utf-8", newline="") as file:
            self._writer(file).writerow([values.get(name, "NA") for name in self._names])

    def _widen(self, names: list[str]) -> None:
        """Give the file more columns."""
        rows = self._rows() or [self._names]
        self._names = [*self._names, *names]
        self._write([self._names, *[row + ["NA"] * len(names) for row in rows[1:]]])

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Begin the file also where there was no epoch."""
        if not self._resumed:
            self.on_epoch_begin(0)

    def _write(self, rows: list[list[str]]) -> None:
        with atomic_path(self.filename) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
            self._writer(file).writerows(rows)

    def _rows(self) -> list[list[str]]:
        with open(self.filename, encoding="utf-8", newline="") as file:
            return list(csv.reader(file, delimiter=self.separator))

    def _writer(self, file: Any) -> Any:
        return csv.writer(file, delimiter=self.separator, lineterminator="\n")


def _is_from(row: list[str], epoch: int) -> bool:
    """Whether a line is of an epoch, or of a later one."""
    return bool(row) and row[0].isdigit() and int(row[0]) >= epoch


def _shown(value: Any) -> Any:
    if isinstance(value, (list, tuple, np.ndarray)) and np.ndim(value):
        return f"[{', '.join(map(str, value))}]"
    return value
