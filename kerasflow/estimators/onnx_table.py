"""A network with all that comes before and after it, from the columns of a table to predictions, as one model of ONNX.

There is an input for each column that the network uses, (rows, 1): float64 for numbers, NaN where one is missing, and
texts, the empty one where it is missing. Learning is not needed here: what the encoder and the target learned is
written down as constants.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.types import Spec
from kerasflow.core.version import __version__
from kerasflow.estimators.tabular import NumericColumn, TabularEncoder, TextColumn
from kerasflow.estimators.tabular_columns import FARTHEST, standardised
from kerasflow.estimators.targets import DECIMALS, PRECISION, LabelTarget, NumberTarget
from kerasflow.onnx.conversion import write_part
from kerasflow.onnx.errors import ExportError
from kerasflow.onnx.nodes import Nodes, Value, model_of

__all__ = ["check_columns", "column_features", "table_model"]

PREDICTION, PROBABILITIES = "prediction", "probabilities"
BATCH = "rows"


def table_model(encoder: TabularEncoder, target: NumberTarget | LabelTarget, model: Any, column: str = "") -> Any:
    """The model of ONNX that predicts from the columns of a table.

    Its output ``prediction``, (rows,), is a float64 or, for labels, a text; then ``probabilities``, (rows, labels),
    are those of the labels in order.

    Args:
        encoder: how columns become features.
        target: how the outputs of the network become predictions.
        model: the network, from features to outputs.
        column: the name of the column that is predicted, which is noted beside it.

    Raises:
        ExportError: a column has its rare texts dealt into buckets by a hash, which ONNX does not have; or the network
            has operations that ONNX does not have (a ValueError). ImportError: the package onnx is not installed.

    >>> from kerasflow.estimators.onnx_table import table_model
    >>> columns = {"rooms": np.array([2.0, 4.0, np.nan]), "sea": np.array(["near", "far", "far"], object)}
    >>> encoder, target = TabularEncoder().fit(columns), LabelTarget(("cheap", "dear"), (0.5, 0.5))
    >>> model = tf.keras.Sequential([tf.keras.Input((4,)), tf.keras.layers.Dense(2)])
    >>> made = table_model(encoder, target, model)
    >>> [i.name for i in made.graph.input], [o.name for o in made.graph.output]
    (['rooms', 'sea'], ['prediction', 'probabilities'])
    """
    check_columns(encoder)
    nodes = Nodes()
    columns = [column for column in encoder.columns if column.features]
    inputs = {nodes.unique(c.name): Spec(_type(c), (None, 1)) for c in columns}
    names = {name: nodes.unique(name) for name in (PREDICTION, PROBABILITIES)}
    parts = [column_features(nodes, column, name) for column, name in zip(columns, inputs, strict=True)]
    nodes.scope = ""
    features = nodes.node("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
    program = model._programs().predict_program()
    given = Value(features, Spec(types.float32, (None, len(encoder.features))))
    (result,) = write_part(nodes, program.fetches, program.feeds, [given], model._programs().session)
    nodes.scope = ""
    if isinstance(target, NumberTarget):
        outputs = {names[PREDICTION]: (_number(nodes, target, result), Spec(types.float64, (None,)))}
    else:
        label, probabilities = _label(nodes, target, result)
        outputs = {
            names[PREDICTION]: (label, Spec(types.string, (None,))),
            names[PROBABILITIES]: (probabilities, Spec(types.float32, (None, target.outputs))),
        }
    notes = {"kerasflow": __version__, "task": target.task, "target": column}
    return model_of(nodes, inputs, outputs, "table", BATCH, notes)


def check_columns(encoder: TabularEncoder) -> None:
    """Raise ExportError if a column goes by a hash, which ONNX does not have."""
    hashed = [c.name for c in encoder.columns if isinstance(c, TextColumn) and c.buckets]
    if hashed:
        raise ExportError(
            f"The rare texts of the columns {hashed} are dealt into buckets by a hash, which ONNX does not have: train "
            "without these columns."
        )


def _type(column: NumericColumn | TextColumn) -> types.DType:
    return types.float64 if column.kind == "numeric" else types.string


def column_features(w: Nodes, column: NumericColumn | TextColumn, name: str) -> str | None:
    """The features of a column, (rows, features); None if it gives none."""
    w.scope = name
    if not column.features:
        return None
    return _numeric(w, column, name) if isinstance(column, NumericColumn) else _text(w, column, name)


def _numeric(w: Nodes, column: NumericColumn, name: str) -> str:
    """The standard score, no further than `FARTHEST` from 0; and 1 where the number is missing."""
    missing = w.node("IsNaN", name)
    found = []
    if column.scale > 0:
        half, mean = column.scale / 2, column.mean / 2
        apart = w.node("Sub", w.node("Mul", name, np.float64(0.5)), np.float64(mean))
        near = w.node("Clip", apart, np.float64(-FARTHEST * half), np.float64(FARTHEST * half))
        score = w.cast(w.node("Div", near, np.float64(half)), types.float32)
        median = standardised(np.array([column.median]), column.mean, column.scale, FARTHEST).astype(np.float32)
        found.append(w.node("Where", missing, median, score))
    if column.indicator:
        found.append(w.cast(missing, types.float32))
    return str(w.node("Concat", *found, axis=1)) if len(found) > 1 else str(found[0])


def _text(w: Nodes, column: TextColumn, name: str) -> str:
    """One feature for each text: by a table of its places, and one of what stands at each place."""
    own, size = len(column.values), len(column.shares)
    other = own + column.missing if column.others else size  # the last row is the average training row
    places = {text: place for place, text in enumerate(column.values)} | {"": own if column.missing else other}
    code = w.node(
        "LabelEncoder", name, keys_strings=list(places), values_int64s=list(places.values()), default_int64=other
    )
    coding = np.vstack([np.eye(size), np.array(column.shares)]).astype(np.float32)
    return w.reshape(w.node("Gather", coding, code, axis=0), [-1, size])


def _number(w: Nodes, target: NumberTarget, result: Value) -> str:
    """The prediction in the unit of the target, rounded to the digits that the network can mean."""
    wide = w.reshape(w.cast(result, types.float64), [-1])
    value = w.node("Add", w.node("Mul", wide, np.float64(target.scale)), np.float64(target.mean))
    decimals = math.ceil(-math.log10(target.scale * PRECISION))
    if abs(decimals) > DECIMALS:
        return str(value)
    forth, back = ("Mul", "Div") if decimals >= 0 else ("Div", "Mul")
    power = np.float64(10.0 ** abs(decimals))
    return str(w.node(back, w.node("Round", w.node(forth, value, power)), power))


def _label(w: Nodes, target: LabelTarget, result: Value) -> tuple[str, str]:
    """The most probable label, and the probabilities of all."""
    probabilities = w.node("Softmax", result, axis=1)
    place = w.node("ArgMax", result, axis=1, keepdims=0)
    labels = list(target.labels)
    label = w.node("LabelEncoder", place, keys_int64s=list(range(len(labels))), values_strings=labels)
    return str(label), str(probabilities)
