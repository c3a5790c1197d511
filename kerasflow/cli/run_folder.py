"""The RUN folder: what training leaves behind, and what evaluating and predicting read.

* ``model.h5``: the weights, arrays with checksums.
* ``schema.json``: the columns and how they become features, the target, and how it was predicted without a model.
* ``model.json``: the format, the architecture, and the SHA-256 of the two files above, which makes the three one.
* ``metrics.json`` and ``history.csv``: how good it was, and how it came about. Nothing reads them but people.

Everything read is data: no name in it is looked up, no code in it is run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.cli.exits import ModelError, UsageError
from kerasflow.cli.network import Architecture
from kerasflow.core.errors import OpError
from kerasflow.core.version import __version__
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.targets import LabelTarget, NumberTarget, target_from_config
from kerasflow.io.hdf5 import read_arrays
from kerasflow.io.json_file import Fields, JsonError, read_json, write_json
from kerasflow.io.table import write_table
from kerasflow.models import Sequential
from kerasflow.models.weights_file import save_named_weights

__all__ = ["MARKER", "Run", "load_run", "save_run"]

FORMAT = 1
MARKER = "model.json"  # what makes a folder a RUN
SCHEMA = "schema.json"
WEIGHTS = "model.h5"
METRICS = "metrics.json"
HISTORY = "history.csv"


@dataclass(frozen=True)
class Run:
    """A trained network and all that is needed to use it on tables.

    Args:
        column: the name of the column that is predicted.
        target: how its values and the network's outputs belong together.
        encoder: how the other columns become features.
        architecture: what the model is.
        model: the fitted model.
    """

    column: str
    target: NumberTarget | LabelTarget
    encoder: TabularEncoder
    architecture: Architecture
    model: Sequential


def save_run(folder: Path, run: Run, metrics: dict[str, Any], history: dict[str, list[float]]) -> None:
    """Write the files of a run into an empty folder."""
    schema = {"column": run.column, "target": run.target.to_config(), "encoder": run.encoder.to_config()}
    write_json(folder / SCHEMA, schema)
    save_named_weights(run.model, folder / WEIGHTS)
    write_json(folder / METRICS, metrics)
    epochs = np.arange(1, len(next(iter(history.values()))) + 1)
    write_table(folder / HISTORY, {"epoch": epochs, **history})
    model = {
        "format": FORMAT,
        "kerasflow": __version__,
        "network": run.architecture.to_config(),
        "sha256": {name: _digest(folder / name) for name in (SCHEMA, WEIGHTS)},
    }
    write_json(folder / MARKER, model)


def load_run(path: str) -> Run:
    """Read a run.

    Raises:
        UsageError: there is no such folder.
        ModelError: it is no run, of another format, incomplete, altered or damaged.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"{path}: there is no such folder")
    if not (folder / MARKER).is_file():
        raise ModelError(f"{path}: the folder is no run of kerasflow train, it has no {MARKER}")
    try:
        return _load(folder)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: the run is not usable: {Path(error.filename).name} is missing") from error
    except (OpError, ValueError) as error:
        raise ModelError(f"{path}: the run is not usable: {error}") from error


def _load(folder: Path) -> Run:
    fields = Fields(read_json(folder / MARKER), MARKER)
    writer = fields.text("kerasflow")
    if (number := fields.integer("format", 1)) != FORMAT:
        raise JsonError(f"kerasflow {writer} wrote it in format {number}, kerasflow {__version__} reads {FORMAT}")
    architecture = Architecture.from_config(fields.fields("network"))
    _check_digests(folder, fields.fields("sha256"))
    fields.done()
    schema = Fields(read_json(folder / SCHEMA), SCHEMA)
    column = schema.text("column")
    target = target_from_config(schema.take("target"), f'{SCHEMA}: "target"')
    encoder = TabularEncoder.from_config(schema.take("encoder"), f'{SCHEMA}: "encoder"')
    schema.done()
    if (architecture.features, architecture.outputs) != (len(encoder.features), target.outputs):
        raise JsonError(f"{SCHEMA} and {MARKER} are not of one run: they differ in features or outputs")
    return Run(column, target, encoder, architecture, _model(folder, architecture))


def _model(folder: Path, architecture: Architecture) -> Sequential:
    """The model with its weights, which are there and of the right shapes before the model is built."""
    arrays, _ = read_arrays(folder / WEIGHTS, architecture.weights(), kind="weights")
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise JsonError(f"{WEIGHTS} holds numbers that are not finite")
    model = architecture.build()
    model.set_weights(list(arrays.values()))
    return model


def _check_digests(folder: Path, fields: Fields) -> None:
    for name in (SCHEMA, WEIGHTS):
        if _digest(folder / name) != fields.text(name):
            raise JsonError(f"{name} is not the file that training wrote")
    fields.done()


def _digest(path: Path) -> str:
    with open(path, "rb") as stream:
        result = hashlib.sha256()
        while block := stream.read(1 << 20):
            result.update(block)
    return result.hexdigest()
