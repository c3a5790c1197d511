"""RUN folders of format 1: ``model.json`` says what the network is, ``model.h5`` has its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.cli.run import Run, check_digests
from kerasflow.core.graph import Graph
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.targets import target_from_config
from kerasflow.io.hdf5 import read_arrays
from kerasflow.io.json_file import Fields, JsonError, read_json
from kerasflow.layers import Dense, Dropout, InputLayer
from kerasflow.models import Sequential

__all__ = ["FIRST_MARKER", "WEIGHTS", "load_first"]

FIRST_MARKER = "model.json"
SCHEMA = "schema.json"
WEIGHTS = "model.h5"
MOST_LAYERS = 64
MOST_UNITS = 65536


def load_first(folder: Path) -> Run:
    """Read a run of format 1.

    Raises:
        JsonError, OpError, ValueError: it is altered, damaged or of another format.
        FileNotFoundError: it is incomplete.
    """
    fields = Fields(read_json(folder / FIRST_MARKER), FIRST_MARKER)
    fields.text("kerasflow")
    fields.integer("format", 1, 1)
    sizes, dropout = _network(fields.fields("network"))
    sums = fields.fields("sha256")
    fields.done()
    check_digests(folder, sums, (SCHEMA, WEIGHTS))
    schema = Fields(read_json(folder / SCHEMA), SCHEMA)
    column = schema.text("column")
    target = target_from_config(schema.take("target"), f'{SCHEMA}: "target"')
    encoder = TabularEncoder.from_config(schema.take("encoder"), f'{SCHEMA}: "encoder"')
    schema.done()
    if (sizes[0], sizes[-1]) != (len(encoder.features), target.outputs):
        raise JsonError(f"{SCHEMA} and {FIRST_MARKER} are not of one run: they differ in features or outputs")
    return Run(column, target, encoder, _model(folder, sizes, dropout))


def _network(fields: Fields) -> tuple[list[int], float]:
    """The sizes of the layers, the features first, and the share of dropout."""
    fields.text("activation", ("relu",))
    hidden = fields.items("hidden")
    if len(hidden) > MOST_LAYERS or not all(type(n) is int and 1 <= n <= MOST_UNITS for n in hidden):
        raise JsonError(f'{fields.where}: "hidden" is at most {MOST_LAYERS} sizes from 1 to {MOST_UNITS}')
    sizes = [fields.integer("features", 1), *hidden, fields.integer("outputs", 1)]
    dropout = fields.number("dropout", 0, 1)
    fields.number("l2", 0)
    fields.done()
    return sizes, dropout


def _model(folder: Path, sizes: list[int], dropout: float) -> Sequential:
    """The model with its weights, which are there and of the right shapes before the model is built."""
    names = [f"hidden_{place}" for place in range(1, len(sizes) - 1)] + ["output"]
    specs: dict[str, tuple[Any, tuple[int, ...]]] = {}
    for name, rows, units in zip(names, sizes[:-1], sizes[1:], strict=True):
        specs |= {f"{name}/kernel": (np.float32, (rows, units)), f"{name}/bias": (np.float32, (units,))}
    arrays, _ = read_arrays(folder / WEIGHTS, specs, kind="weights")
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise JsonError(f"{WEIGHTS} holds numbers that are not finite")
    with Graph().as_default():
        model = Sequential([InputLayer((sizes[0],))], name="table")
        for place, (name, units) in enumerate(zip(names[:-1], sizes[1:-1], strict=True), 1):
            model.add(Dense(units, "relu", name=name))
            if dropout:
                model.add(Dropout(dropout, name=f"dropout_{place}"))
        model.add(Dense(sizes[-1], name="output"))
        model.set_weights(list(arrays.values()))
    return model
