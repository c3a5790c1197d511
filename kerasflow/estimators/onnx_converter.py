"""What skl2onnx asks of an estimator: the names, types and shapes of its outputs, and its operators; see `convertible`.

An estimator's network is written by the rules of `kerasflow.onnx`; behind it comes what makes classes of its outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.base import is_classifier

from kerasflow.core import types
from kerasflow.core.graph import Graph
from kerasflow.core.types import Spec, as_dtype
from kerasflow.estimators.onnx_table import check_columns, column_features
from kerasflow.estimators.stack import Stack, alternating
from kerasflow.onnx.conversion import write_part
from kerasflow.onnx.errors import ExportError
from kerasflow.onnx.nodes import Node, Nodes, Value, live, tensor_of

__all__ = ["convert", "names_of", "set_types"]

OLDEST = 13  # operator set
_VERSIONS = {"LabelEncoder": 2}  # that are as they are written here; else the latest of the operator set is


def names_of(estimator: Any) -> list[str]:
    """The names of the outputs."""
    return ["label", "probabilities"] if is_classifier(estimator) else ["variable"]


def set_types(operator: Any) -> None:
    """Say of what types and shapes the outputs are."""
    estimator = operator.raw_operator
    rows = operator.inputs[0].get_first_dimension()
    if not is_classifier(estimator):
        operator.outputs[0].type = FloatTensorType([rows, estimator.n_outputs_])
        return
    kind = StringTensorType if np.asarray(_classes(estimator)).dtype.kind in "OSU" else Int64TensorType
    count = len(_classes(estimator))
    operator.outputs[0].type = Int64TensorType([rows, count]) if _has_labels(estimator) else kind([rows])
    operator.outputs[1].type = FloatTensorType([rows, count])


def convert(scope: Any, operator: Any, container: Any) -> None:
    """Write the operators of an estimator.

    Raises:
        ExportError: it has several outputs of classes, combines columns of texts or deals texts into buckets by a hash,
            or its network has operations that ONNX does not have (a ValueError).
    """
    estimator = operator.raw_operator
    name = type(estimator).__name__
    if container.target_opset < OLDEST:
        raise ExportError(f"{name} is written with operator set {OLDEST} or a later one, got {container.target_opset}.")
    w = Nodes(opset=container.target_opset, prefix=f"{scope.get_unique_operator_name(name)}/")
    result = _outputs(w, estimator, operator.inputs)
    found = _decided(w, estimator, result) if is_classifier(estimator) else [w.cast(result, types.float32)]
    ends = zip(found, operator.outputs, strict=True)
    _hand_over(w, container, [Node("Identity", [inner], [v.full_name], {}) for inner, v in ends])


def _hand_over(w: Nodes, container: Any, last: list[Node]) -> None:
    """Give operators and constants to skl2onnx's container; `last` are those that make the outputs."""
    kept = live([*w.nodes, *last], [node.outputs[0] for node in last])
    used = {name for node in kept for name in (*node.inputs, *node.captured)}
    for name, array in w.constants.items():
        if name in used:
            container.add_initializer(name, None, None, tensor_of(name, array))
    for node in kept:
        container.add_node(
            node.kind,
            node.inputs,
            node.outputs,
            node.domain,
            _VERSIONS.get(node.kind),
            node.outputs[0],
            **node.plain_attrs,
        )


def _outputs(w: Nodes, estimator: Any, inputs: Sequence[Any]) -> Value:
    """What the network gives for the features in these inputs, side by side."""
    with Graph().as_default():  # the user's is left alone
        model = _network(estimator)
        workspace = model._programs()
        program = workspace.predict_program()
        if len(program.feeds) > 1:
            name, count = type(estimator).__name__, len(program.feeds)
            raise ExportError(f"The model of this {name} has {count} inputs: convert the model, model_, itself.")
        dtype = as_dtype(program.feeds[0].dtype)
        table = vars(estimator).get("_table")
        if table is None:
            parts = [w.cast(v.full_name, dtype) for v in inputs]
        else:
            parts = [w.cast(part, dtype) for part in _columns(w, table, inputs, type(estimator).__name__)]
        features = w.node("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
        given = Value(features, Spec(dtype, program.feeds[0].dims))
        (result,) = write_part(w, program.fetches, program.feeds, [given], workspace.session)
    w.scope = ""
    return result


def _columns(w: Nodes, table: Any, inputs: Sequence[Any], estimator: str) -> list[str]:
    """The features that an estimator makes of the columns of a table itself."""
    if table.crosses:
        raise ExportError(f"This {estimator} combines columns of texts (crosses), which ONNX cannot.")
    check_columns(table.encoder)
    given = {v.raw_name: v for v in inputs}
    columns = table.encoder.columns
    if not {c.name for c in columns} <= set(given):
        if len(inputs) != len(columns):
            wanted = [c.name for c in columns]
            raise ExportError(f"This {estimator} takes an input for each of the columns {wanted}, got {list(given)}.")
        given = dict(zip([c.name for c in columns], inputs, strict=True))
    found = []
    for column in columns:
        v = given[column.name]
        if isinstance(v.type, StringTensorType) != (column.kind == "text"):
            raise ExportError(f"The column {column.name!r} is {column.kind}, its input is {type(v.type).__name__}.")
        name = v.full_name if column.kind == "text" else w.cast(v.full_name, types.float64)
        found.append(column_features(w, column, name))
    return [part for part in found if part is not None]


def _network(estimator: Any) -> Any:
    """The model of a fitted estimator."""
    if hasattr(estimator, "model_"):
        return estimator.model_
    if hasattr(estimator, "_last_design"):
        model = estimator._last_design.build()
        model.set_weights(estimator._weights(vars(estimator)))
        return model
    coefs, intercepts = estimator.coefs_, estimator.intercepts_
    design = Stack((len(coefs[0]), *[len(b) for b in intercepts]), estimator._activation, coefs[0].dtype.name)
    model = design.build()
    model.set_weights(alternating(coefs, intercepts))
    return model


def _classes(estimator: Any) -> Any:
    if vars(estimator).get("_kind") == "several":
        raise ExportError(
            f"This {type(estimator).__name__} has several outputs of classes; ONNX would need one of each."
        )
    return estimator.classes_


def _has_labels(estimator: Any) -> bool:
    """Whether a sample may have several labels, rather than one class."""
    return vars(estimator).get("_kind") == "labels" or bool(vars(estimator).get("_several"))


def _decided(w: Nodes, estimator: Any, result: Value) -> list[str]:
    """The classes and their probabilities; `predict` and `predict_proba` in operators."""
    kind = vars(estimator).get("_kind")
    if kind == "scores":
        raise ExportError(f"This {type(estimator).__name__} gives scores, which are no probabilities.")
    classes = np.asarray(_classes(estimator))
    is_probability = kind == "probabilities"
    one_by_one = _has_labels(estimator) or result.spec.shape[-1] == 1 and len(classes) > 1
    if one_by_one:
        p = w.name(result) if is_probability else w.node("Sigmoid", result)
        border = np.asarray(0.5 if is_probability else 0.0, result.dtype.numpy)
        chosen = w.cast(w.node("Greater", result, border), types.int64)
        if _has_labels(estimator):
            return [chosen, w.cast(p, types.float32)]
        rest = w.node("Sub", np.asarray(1, result.dtype.numpy), p)
        rest = rest if is_probability else w.node("Sigmoid", w.node("Neg", result))
        place, probabilities = w.reshape(chosen, [-1]), w.node("Concat", rest, p, axis=1)
    else:
        place = w.node("ArgMax", result, axis=1, keepdims=0)
        probabilities = _shares(w, result) if is_probability else w.node("Softmax", result, axis=1)
    return [_named(w, classes, place), w.cast(probabilities, types.float32)]


def _shares(w: Nodes, result: Value) -> str:
    """Probabilities that sum to 1."""
    total = w.node("ReduceSum", result, w.sizes([1]), keepdims=1)
    return str(w.node("Div", result, total))


def _named(w: Nodes, classes: Any, place: str) -> str:
    """The classes at these places."""
    if classes.dtype.kind in "OSU":
        texts = [str(c) for c in classes.tolist()]
        return str(w.node("LabelEncoder", place, keys_int64s=list(range(len(texts))), values_strings=texts))
    return str(w.node("Gather", classes.astype(np.int64), place, axis=0))
