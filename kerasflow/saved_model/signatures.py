"""Signatures: what of a graph is put in and taken out, by names that do not depend on the graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core.graph import default_graph
from kerasflow.core.tensor import Tensor
from kerasflow.graphdef.values import shape_proto, type_number
from kerasflow.io.protos import message
from kerasflow.saved_model import signature_constants

__all__ = [
    "build_signature_def",
    "build_tensor_info",
    "classification_signature_def",
    "get_tensor_from_tensor_info",
    "predict_signature_def",
    "regression_signature_def",
]


def build_tensor_info(tensor: Tensor) -> Any:
    """A tensor's name, type and shape, as a `TensorInfo` message. TypeError if it is no tensor.

    >>> tf.saved_model.build_tensor_info(tf.placeholder(tf.float32, [None, 2], name="x")).name
    'x:0'
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"A TensorInfo describes a tensor, got {tensor!r}, a {type(tensor).__name__}.")
    info = message("TensorInfo")(name=tensor.name, dtype=type_number(tensor.dtype))
    info.tensor_shape.CopyFrom(shape_proto(tensor.dims))
    return info


def get_tensor_from_tensor_info(tensor_info: Any, graph: Any = None, import_scope: str | None = None) -> Tensor:
    """The tensor of `graph`, by default of the default graph, that a `TensorInfo` names. KeyError if it has none.

    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> tf.saved_model.get_tensor_from_tensor_info(tf.saved_model.build_tensor_info(x)) is x
    True
    """
    scope = f"{import_scope}/" if import_scope else ""
    found: Tensor = (default_graph() if graph is None else graph).get_tensor_by_name(scope + tensor_info.name)
    return found


def build_signature_def(
    inputs: Mapping[str, Any] | None = None, outputs: Mapping[str, Any] | None = None, method_name: str | None = None
) -> Any:
    """A `SignatureDef` message of `TensorInfo` messages by name.

    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> info = tf.saved_model.build_tensor_info(x)
    >>> signature = tf.saved_model.build_signature_def({"in": info}, {"out": info}, "tensorflow/serving/predict")
    >>> signature.inputs["in"].name, signature.method_name
    ('x:0', 'tensorflow/serving/predict')
    """
    signature = message("SignatureDef")()
    for target, infos in ((signature.inputs, inputs), (signature.outputs, outputs)):
        for key, info in (infos or {}).items():
            target[key].CopyFrom(info)
    signature.method_name = method_name or ""
    return signature


def predict_signature_def(inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]) -> Any:
    """The signature of a prediction from tensors by name. ValueError if there are no inputs or no outputs.

    >>> x = tf.placeholder(tf.float32, [None, 2], name="x")
    >>> tf.saved_model.predict_signature_def({"x": x}, {"y": x * 2.0}).outputs["y"].name
    'mul:0'
    """
    for what, given in (("inputs", inputs), ("outputs", outputs)):
        if not given:
            raise ValueError(f"A signature has {what}; got {given!r}.")
    infos = [{key: build_tensor_info(t) for key, t in given.items()} for given in (inputs, outputs)]
    return build_signature_def(*infos, signature_constants.PREDICT_METHOD_NAME)


def classification_signature_def(examples: Tensor, classes: Tensor | None, scores: Tensor | None) -> Any:
    """The signature of a classifier of serialised examples: classes, as texts, and their scores.

    Raises:
        ValueError: neither classes nor scores. TypeError: a tensor of another type than text or float32.
    """
    outputs = {}
    for key, t, dtype in (("classes", classes, "string"), ("scores", scores, "float32")):
        if t is not None:
            outputs[key] = _typed(t, dtype, key)
    if not outputs:
        raise ValueError("A classification has classes or scores.")
    inputs = {signature_constants.CLASSIFY_INPUTS: _typed(examples, "string", "examples")}
    return build_signature_def(inputs, outputs, signature_constants.CLASSIFY_METHOD_NAME)


def regression_signature_def(examples: Tensor, predictions: Tensor) -> Any:
    """The signature of a regression on serialised examples. TypeError: another type than text or float32."""
    inputs = {signature_constants.REGRESS_INPUTS: _typed(examples, "string", "examples")}
    outputs = {signature_constants.REGRESS_OUTPUTS: _typed(predictions, "float32", "predictions")}
    return build_signature_def(inputs, outputs, signature_constants.REGRESS_METHOD_NAME)


def _typed(t: Tensor, dtype: str, what: str) -> Any:
    info = build_tensor_info(t)
    if t.dtype.name != dtype:
        raise TypeError(f"The {what} of this signature have type {dtype}, got {t.dtype.name}.")
    return info
