"""A network with all that comes before and after it, from the columns of a table to predictions, as a saved model.

It is a graph of TensorFlow's operations with constants, which needs no kerasflow to run. There is an input for each
column that the network uses, (rows, 1): float64 for numbers, NaN where one is missing, and texts, the empty one where
it is missing.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.core.graph import Graph
from kerasflow.core.session import Session
from kerasflow.core.tensor import Tensor
from kerasflow.estimators.tabular import NumericColumn, TabularEncoder, TextColumn
from kerasflow.estimators.tabular_columns import FARTHEST, standardised
from kerasflow.estimators.targets import DECIMALS, PRECISION, LabelTarget, NumberTarget
from kerasflow.saved_model.frozen import save_frozen

__all__ = ["save_table"]

PREDICTION, PROBABILITIES = "prediction", "probabilities"


def save_table(
    encoder: TabularEncoder, target: NumberTarget | LabelTarget, model: Any, export_dir: str | os.PathLike[str]
) -> None:
    """Write the saved model that predicts from the columns of a table.

    The outputs of its signature are as those of `onnx_table.table_model`: ``prediction``, and for labels
    ``probabilities``.

    Args:
        encoder: how columns become features.
        target: how the outputs of the network become predictions.
        model: the network, from features to outputs.
        export_dir: the folder, which is made as a whole; one that is there is replaced if it is a saved model.

    Raises:
        ValueError: a column has its rare texts dealt into buckets by a hash, which TensorFlow does not have; or the
            network has operations that it does not have. ImportError: the package tensorboard is not installed.

    >>> import os, tempfile
    >>> from kerasflow.estimators.table_graph import save_table
    >>> encoder = TabularEncoder().fit({"rooms": np.array([2.0, 4.0, np.nan])})
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> folder = os.path.join(tempfile.mkdtemp(), "table")
    >>> save_table(encoder, NumberTarget(0.0, 1.0), model, folder)
    >>> os.listdir(folder)
    ['saved_model.pb']
    """
    hashed = [c.name for c in encoder.columns if isinstance(c, TextColumn) and c.buckets]
    if hashed:
        raise ValueError(
            f"The rare texts of the columns {hashed} are dealt into buckets by a hash, which TensorFlow does not have: "
            "train without these columns."
        )
    columns = [column for column in encoder.columns if column.features]
    with Graph().as_default() as graph, Session(graph=graph) as session:
        inputs = {c.name: ops.placeholder(_type(c), (None, 1), name=f"input_{k}") for k, c in enumerate(columns)}
        parts = [_features(column, inputs[column.name]) for column in columns]
        result = model(ops.concat(parts, axis=1))
        outputs = _number(target, result) if isinstance(target, NumberTarget) else _label(target, result)
        named = {_free(name, inputs): t for name, t in outputs.items()}
        save_frozen(session, export_dir, inputs, named)


def _type(column: NumericColumn | TextColumn) -> types.DType:
    return types.float64 if column.kind == "numeric" else types.string


def _free(name: str, taken: Any) -> str:
    k = 0
    while name in taken:
        k += 1
        name = f"{name.partition('_')[0]}_{k}"
    return name


def _features(column: NumericColumn | TextColumn, x: Tensor) -> Tensor:
    """The features of a column, (rows, features)."""
    return _numeric(column, x) if isinstance(column, NumericColumn) else _text(column, x)


def _numeric(column: NumericColumn, x: Tensor) -> Tensor:
    """The standard score, no further than `FARTHEST` from 0; and 1 where the number is missing."""
    missing = ops.is_nan(x)
    found = []
    if column.scale > 0:
        half = column.scale / 2
        apart = ops.maximum(ops.minimum(x * 0.5 - column.mean / 2, FARTHEST * half), -FARTHEST * half)
        score = ops.cast(apart / half, types.float32)
        median = standardised(np.array([column.median]), column.mean, column.scale, FARTHEST).astype(np.float32)
        found.append(ops.where(missing, ops.zeros_like(score) + median[0], score))
    if column.indicator:
        found.append(ops.cast(missing, types.float32))
    return ops.concat(found, axis=1) if len(found) > 1 else found[0]


def _text(column: TextColumn, x: Tensor) -> Tensor:
    """One feature for each text, by comparison; of a text that has none the average training row."""
    known = [value.encode() for value in column.values] + [b""] * column.missing
    same = ops.cast(ops.equal(x, np.array([known], object).reshape(1, -1)), types.float32)
    rest = 1.0 - ops.reduce_sum(same, axis=1, keepdims=True)
    if column.others:
        return ops.concat([same, rest], axis=1)
    return same + rest * np.array([column.shares], np.float32)


def _number(target: NumberTarget, result: Tensor) -> dict[str, Tensor]:
    """The prediction in the unit of the target, rounded to the digits that the network can mean."""
    value = ops.reshape(ops.cast(result, types.float64), [-1]) * target.scale + target.mean
    decimals = math.ceil(-math.log10(target.scale * PRECISION))
    if abs(decimals) <= DECIMALS:
        power = 10.0 ** abs(decimals)
        value = ops.rint(value * power) / power if decimals >= 0 else ops.rint(value / power) * power
    return {PREDICTION: value}


def _label(target: LabelTarget, result: Tensor) -> dict[str, Tensor]:
    """The most probable label, and the probabilities of all."""
    labels = np.array([label.encode() for label in target.labels], object)
    found = ops.gather(ops.constant(labels), ops.argmax(result, axis=1))
    return {PREDICTION: found, PROBABILITIES: ops.softmax(result)}
