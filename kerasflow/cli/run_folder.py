"""The RUN folder: what training leaves behind, and what evaluating, predicting and exporting read.

* ``model.keras``: the network, from features to outputs, as Keras 3 has it.
* ``schema.json``: the columns and how they become features, the target, and how it was predicted without a model.
* ``config.json``: the format, all options of the training, and the SHA-256 of the two files above, which makes the
  three one. It is written last: a folder that lacks it is no run yet.

What else is there is for people, and written by `outcome`. Everything read is data: no code in it is run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.cli.exits import ModelError, UsageError
from kerasflow.cli.run import Run, check_digests, digest
from kerasflow.cli.run_format_1 import FIRST_MARKER, WEIGHTS, load_first
from kerasflow.core.errors import OpError
from kerasflow.core.graph import Graph
from kerasflow.core.version import __version__
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.targets import target_from_config
from kerasflow.io.json_file import Fields, JsonError, read_json, write_json
from kerasflow.models.cloning import clone_model
from kerasflow.models.files.loading import load_model
from kerasflow.models.files.saving import save_model

__all__ = [
    "CHECKPOINTS",
    "FILES",
    "MARKER",
    "MODEL",
    "NEW_CHECKPOINTS",
    "check_replaceable",
    "is_run",
    "load_run",
    "marker_of",
    "save_run",
    "version_of",
]

FORMAT = 2
MARKER = "config.json"  # what makes a folder a run
SCHEMA = "schema.json"
MODEL = "model.keras"
SUMMED = (SCHEMA, MODEL)
CHECKPOINTS, NEW_CHECKPOINTS = "checkpoints", "checkpoints.new"  # folders: of the run, and of one that replaces it
#: All files that training writes, of this format and of the one before.
FILES = (
    MARKER, SCHEMA, MODEL, "metrics.json", "history.csv", "predictions_valid.csv", "env.json", "log.txt", "report.md",
    "report.html", FIRST_MARKER, WEIGHTS,
)  # fmt: skip


def save_run(folder: Path, run: Run, schema: Mapping[str, Any] | None = None) -> None:
    """Write the files of a run into a folder.

    Args:
        folder: where to.
        run: what was trained.
        schema: what the table was taken for, as `Schema.to_config` gives it.
    """
    learned = {"column": run.column, "target": run.target.to_config(), "encoder": run.encoder.to_config()}
    write_json(folder / SCHEMA, {**(schema or {}), "learned": learned})
    with Graph().as_default():
        bare = clone_model(run.model)  # without what it was compiled with, which is of no use without the table
        bare.set_weights(run.model.get_weights())
        save_model(bare, folder / MODEL)
    config = {
        "format": FORMAT,
        "kerasflow": __version__,
        "options": dict(run.options),
        "sha256": {name: digest(folder / name) for name in SUMMED},
    }
    write_json(folder / MARKER, config)


def load_run(path: str) -> Run:
    """Read a run, of this format or of the one before.

    Raises:
        UsageError: there is no such folder.
        ModelError: it is no run, of another format, incomplete, altered or damaged.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"{path}: there is no such folder")
    try:
        if (folder / MARKER).is_file():
            return _load(folder)
        if (folder / FIRST_MARKER).is_file():
            return load_first(folder)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: the run is not usable: {Path(error.filename).name} is missing") from error
    except (OpError, ValueError) as error:
        raise ModelError(f"{path}: the run is not usable: {error}") from error
    if (folder / CHECKPOINTS).is_dir():
        raise ModelError(f"{path}: its training was not finished; kerasflow train --resume goes on with it")
    raise ModelError(f"{path}: the folder is no run of kerasflow train, it has no {MARKER}")


def check_replaceable(path: str, overwrite: bool) -> None:
    """Check that a run can be put there. Raises UsageError: something is there that is not to be replaced."""
    if not os.path.lexists(path):
        return
    if not overwrite:
        raise UsageError(f"{path} exists already; --overwrite replaces it")
    if os.path.isdir(path) and not is_run(Path(path)):
        raise UsageError(f"the folder {path} is no run of kerasflow train, so it is not replaced")


def is_run(folder: Path) -> bool:
    """Whether it says that it is a run."""
    try:
        config = read_json(folder / marker_of(str(folder)))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and "kerasflow" in config and "sha256" in config


def marker_of(path: str) -> str:
    """The file that makes a folder a run, of the format that it has if it is one."""
    return FIRST_MARKER if (Path(path) / FIRST_MARKER).is_file() else MARKER


def version_of(folder: Path) -> tuple[int, str]:
    """The format of a run, and the kerasflow that wrote it."""
    fields = Fields(read_json(folder / marker_of(str(folder))), MARKER)
    return fields.integer("format", 1), fields.text("kerasflow")


def _load(folder: Path) -> Run:
    fields = Fields(read_json(folder / MARKER), MARKER)
    writer = fields.text("kerasflow")
    if (number := fields.integer("format", 1)) != FORMAT:
        raise JsonError(f"kerasflow {writer} wrote it in format {number}, kerasflow {__version__} reads 1 to {FORMAT}")
    options = fields.take("options")
    if not isinstance(options, dict):
        raise fields.unlike("options", "an object", options)
    sums = fields.fields("sha256")
    fields.done()
    check_digests(folder, sums, SUMMED)
    column, target, encoder = _learned(folder)
    return Run(column, target, encoder, _model(folder, len(encoder.features), target.outputs), options)


def _learned(folder: Path) -> tuple[str, Any, TabularEncoder]:
    """What was learned of the columns: the name of the target, the target, the encoder of the others."""
    schema = read_json(folder / SCHEMA)
    where = f'{SCHEMA}: "learned"'
    fields = Fields(schema.get("learned") if isinstance(schema, dict) else None, where)
    column = fields.text("column")
    target = target_from_config(fields.take("target"), f'{where}: "target"')
    encoder = TabularEncoder.from_config(fields.take("encoder"), f'{where}: "encoder"')
    fields.done()
    return column, target, encoder


def _model(folder: Path, features: int, outputs: int) -> Any:
    """The model, which takes and gives as many numbers as the schema says."""
    with Graph().as_default():
        model = load_model(folder / MODEL, compile=False)
    if [tuple(t.shape) for t in (*model.inputs, *model.outputs)] != [(None, features), (None, outputs)]:
        raise JsonError(f"{SCHEMA} and {MODEL} are not of one run: they differ in features or outputs")
    if not all(np.isfinite(array).all() for array in model.get_weights()):
        raise JsonError(f"{MODEL} holds numbers that are not finite")
    return model
