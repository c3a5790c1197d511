"""Rows in error, where `--on-error` says that they are not to end the command: found, named, counted."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from kerasflow.cli.console import Console, count
from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import DataError
from kerasflow.io.table import number_of

__all__ = ["BadRows"]

SHOWN = 5  # errors that are named


class BadRows:
    """Rows with texts where numbers belong, and rows with too few or too many cells.

    Args:
        mode: what becomes of them: "fail" leaves it to whoever reads the numbers, "skip", "null".
        numeric: the columns that are to be numbers, if the table has them.
        name: of the table.
        console: where they are named.
    """

    def __init__(self, mode: str, numeric: Collection[str], name: str, console: Console) -> None:
        self.mode = mode
        self.count = 0
        self._numeric, self._name, self._console = numeric, name, console
        self._shown = 0
        self._reasons: dict[str, None] = {}

    @property
    def bearable(self) -> bool:
        """Whether the command goes on."""
        return self.mode != "fail"

    def of(self, chunk: Dataset) -> np.ndarray:
        """Which rows of a chunk are in error; none, if they end the command."""
        bad = np.zeros(len(chunk), bool)
        if not self.bearable:
            return bad
        if chunk.ragged:
            bad |= np.isin(chunk.frame.index, list(chunk.ragged))
            for error in chunk.ragged.values():
                self._name_it(str(error), "too few or too many cells")
        for name in (name for name in self._numeric if name in chunk.names):
            try:
                chunk.numbers(name)
            except DataError as error:
                self._name_it(str(error), "cells that are no numbers")
                bad |= _no_numbers(chunk, name)
        self.count += int(bad.sum())
        return bad

    def tell(self) -> None:
        """Say how many rows were in error."""
        if self.count:
            what = "left out" if self.mode == "skip" else "without a prediction"
            self._console.note(f"{self._name}: {count(self.count, 'row')} {what}, for {', '.join(self._reasons)}")

    def _name_it(self, text: str, reason: str) -> None:
        self._reasons[reason] = None
        if self._shown < SHOWN:
            self._shown += 1
            self._console.note(text)


def _no_numbers(chunk: Dataset, name: str) -> np.ndarray:
    """Which cells of a column are there, and no finite numbers."""
    cells = chunk.texts(name)
    if chunk.frame[name].dtype == np.float64:
        return np.isinf(cells.astype(float))
    found = {cell: number_of(cell, chunk.dialect) for cell in {c for c in cells.tolist() if c == c and c is not None}}
    wrong = {cell for cell, value in found.items() if value is None or np.isinf(value)}
    return np.array([cell in wrong for cell in cells.tolist()], bool)
