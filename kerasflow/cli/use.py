"""What evaluating and predicting have in common: a run and a table that fits it, a chunk of it in memory at a time."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from kerasflow.cli.console import Console, count
from kerasflow.cli.dataset import Dataset
from kerasflow.cli.exits import ModelError, no_such_column
from kerasflow.cli.reading import dialect_of, paths_of, table_name
from kerasflow.cli.run import Run
from kerasflow.estimators.tabular import Columns
from kerasflow.estimators.targets import NumberTarget
from kerasflow.io.csv_text import MISSING, Dialect

__all__ = ["Table"]

#: How a table is written, if the command line does not say: as the training had it, or else this.
USUAL = {"sep": None, "quote": '"', "decimal": ".", "thousands": None, "no_header": False, "na": list(MISSING)}


class Table:
    """Rows for a run to be used on.

    Args:
        run: what was trained.
        options: those of the command: `run`, the path of the run, and those of `add_data_options`.
        needed: columns that are needed besides those that predict, by the option that names them.
        raw: columns that shall stay as they are written.

    Raises:
        UsageError: the options contradict each other, or a pattern matches no file.
    """

    def __init__(
        self,
        run: Run,
        options: argparse.Namespace,
        needed: Sequence[tuple[str, str]] = (),
        raw: Collection[str] = (),
    ) -> None:
        self.run = run
        self.where = options.run
        self.paths = paths_of(options)
        self.name = table_name(self.paths)
        self.dialect = _dialect(options, run)
        self.needed = needed
        self.unseen: Counter[str] = Counter()
        self.kinds = {column.name: column.kind for column in run.encoder.columns if column.features}
        self._numeric = {name for name, kind in self.kinds.items() if kind == "numeric"} - set(raw)

    def chunks(self, target: bool = False, ragged: bool = False) -> Iterator[Dataset]:
        """The rows, chunk by chunk.

        Args:
            target: whether the column that is predicted has to be there.
            ragged: whether rows with too few or too many cells are among them, and no error yet.

        Raises:
            ModelError: columns are missing; it lists them, and those that the run does not know.
            DataError, OSError: the table cannot be read.
        """
        numeric = self._numeric | ({self.run.column} if isinstance(self.run.target, NumberTarget) else set())
        for number, chunk in enumerate(Dataset.chunks(self.paths, self.dialect, numeric, ragged)):
            if not number:
                self._check(chunk, target)
            yield chunk

    @property
    def numeric(self) -> list[str]:
        """The columns of numbers that predict."""
        return [name for name, kind in self.kinds.items() if kind == "numeric"]

    def predict(self, columns: Columns) -> np.ndarray:
        """The predicted numbers, or the probabilities of the labels, for each row; counts texts that are new."""
        if not len(next(iter(columns.values()))):
            outputs = self.run.target.outputs
            return np.zeros(0 if isinstance(self.run.target, NumberTarget) else (0, outputs))
        self.unseen.update(self.run.encoder.unseen(columns))
        return self.run.predict(columns)

    def tell_unseen(self, console: Console) -> None:
        """Say how many rows had texts that training did not learn."""
        for name in self.kinds:
            if size := self.unseen[name]:
                console.note(f"{self.name}: {count(size, 'row')} with a text in {name!r} that training did not learn")

    def _check(self, chunk: Dataset, target: bool) -> None:
        wanted = list(self.kinds) + [self.run.column] * target
        missing = [name for name in wanted if name not in chunk.names]
        if missing:
            known = {*(column.name for column in self.run.encoder.columns), self.run.column}
            extra = [name for name in chunk.names if name not in known]
            more = f"; columns it does not know: {', '.join(extra)}" if extra else ""
            listed = ", ".join(missing)
            raise ModelError(f"{self.name}: the table does not fit {self.where}; missing columns: {listed}{more}")
        for option, name in self.needed:
            if name not in chunk.names:
                raise no_such_column(option, name, self.name, chunk.names)


def _dialect(options: argparse.Namespace, run: Run) -> Dialect:
    said = {name: value for name, value in vars(options).items() if value is not None}
    return dialect_of(argparse.Namespace(**{"encoding": None, "limit": None, **USUAL, **_of_training(run), **said}))


def _of_training(run: Run) -> dict[str, object]:
    """What the training's command line said of how its table is written, as far as it is still of that form."""
    settings = {}
    for name, usual in USUAL.items():
        value = run.options.get(name)
        texts = isinstance(usual, list) and isinstance(value, list) and all(isinstance(v, str) for v in value)
        if texts or (not isinstance(usual, list) and isinstance(value, type(usual) if usual is not None else str)):
            settings[name] = value
    return settings
