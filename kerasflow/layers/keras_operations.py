"""The operations of Keras that a functional model can have among its layers, as kerasflow computes them, and back.

In Keras ``x + y`` in a model is an `Add` of ``keras.src.ops.numpy``, and a file lists it beside the layers. Here it is
one operation of the graph. This room is the table of what corresponds; what is not in it is an error that says so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow import activations
from kerasflow.core import ops
from kerasflow.core.types import as_dtype
from kerasflow.layers.base import Layer
from kerasflow.layers.core import Operation
from kerasflow.layers.lookup import is_allowed
from kerasflow.layers.symbolic import KerasTensor, map_structure

__all__ = ["KerasOperation", "described", "operation_module"]

_MOST_PIECES = 10_000  # of a tensor that is split: a file may ask for it

Described = tuple[str, str, dict[str, Any], list[Any], dict[str, Any]]

_MODULES = ("keras.src.ops.numpy", "keras.src.ops.nn", "keras.src.ops.math", "keras.src.ops.core")


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axis=None, keepdims=False: function(x, axis=axis, keepdims=keepdims)


def _item(x: Any, key: Any) -> Any:
    return x[tuple(key) if isinstance(key, list) else key]


def _cast(x: Any, dtype: Any) -> Any:
    return ops.cast(x, as_dtype(dtype))


def _clip(x: Any, x_min: float, x_max: float) -> Any:
    return ops.clip_by_value(x, x_min, x_max)


def _split(x: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    if not isinstance(indices_or_sections, int):
        ends = [*indices_or_sections, x.dims[axis]]
        indices_or_sections = [b - a for a, b in zip([0, *ends], ends, strict=False)]
    elif indices_or_sections > _MOST_PIECES:
        raise ValueError(f"A tensor is to be split in {indices_or_sections} pieces, {_MOST_PIECES} at the most.")
    return ops.split(x, indices_or_sections, axis=axis)


_FUNCTIONS: dict[str, dict[str, Callable[..., Any]]] = {
    "keras.src.ops.numpy": {
        "Absolute": ops.abs,
        "Add": ops.add,
        "All": _reduction(ops.reduce_all),
        "Any": _reduction(ops.reduce_any),
        "BroadcastTo": lambda x, shape: ops.broadcast_to(x, shape),
        "Clip": _clip,
        "Concatenate": lambda xs, axis=-1: ops.concat(xs, axis),
        "Cos": ops.cos,
        "Divide": ops.truediv,
        "Equal": ops.equal,
        "Exp": ops.exp,
        "ExpandDims": lambda x, axis: ops.expand_dims(x, axis),
        "Floor": ops.floor,
        "FloorDivide": ops.floordiv,
        "GetItem": _item,
        "Greater": ops.greater,
        "GreaterEqual": ops.greater_equal,
        "Less": ops.less,
        "LessEqual": ops.less_equal,
        "Log": ops.log,
        "Log1p": ops.log1p,
        "LogicalAnd": ops.logical_and,
        "LogicalNot": ops.logical_not,
        "LogicalOr": ops.logical_or,
        "Matmul": ops.matmul,
        "Max": _reduction(ops.reduce_max),
        "Maximum": ops.maximum,
        "Mean": _reduction(ops.reduce_mean),
        "Min": _reduction(ops.reduce_min),
        "Minimum": ops.minimum,
        "Mod": ops.floormod,
        "Multiply": ops.multiply,
        "Negative": ops.negative,
        "NotEqual": ops.not_equal,
        "OnesLike": ops.ones_like,
        "Power": ops.pow,
        "Prod": _reduction(ops.reduce_prod),
        "Reciprocal": ops.reciprocal,
        "Reshape": lambda x, newshape: ops.reshape(x, newshape),
        "Sign": ops.sign,
        "Sin": ops.sin,
        "Split": _split,
        "Sqrt": ops.sqrt,
        "Square": ops.square,
        "Squeeze": lambda x, axis=None: ops.squeeze(x, axis),
        "Stack": lambda xs, axis=0: ops.stack(xs, axis),
        "Subtract": ops.subtract,
        "Sum": _reduction(ops.reduce_sum),
        "Take": lambda x, indices, axis: ops.gather(x, indices, axis=axis),
        "Tanh": ops.tanh,
        "Tile": lambda x, repeats: ops.tile(x, repeats),
        "Transpose": lambda x, axes=None: ops.transpose(x, axes),
        "TrueDivide": ops.truediv,
        "Where": ops.where,
        "ZerosLike": ops.zeros_like,
    },
    "keras.src.ops.nn": {
        "Elu": lambda x, alpha=1.0: activations.elu(x, alpha),
        "Gelu": lambda x, approximate=True: activations.gelu(x, approximate),
        "LeakyRelu": lambda x, negative_slope=0.2: activations.leaky_relu(x, negative_slope),
        "LogSigmoid": ops.log_sigmoid,
        "LogSoftmax": lambda x, axis=-1: ops.log_softmax(x, axis),
        "Relu": ops.relu,
        "Relu6": ops.relu6,
        "Selu": ops.selu,
        "Sigmoid": ops.sigmoid,
        "Silu": activations.silu,
        "Softmax": lambda x, axis=-1: ops.softmax(x, axis),
        "Softplus": ops.softplus,
        "Softsign": ops.softsign,
    },
    "keras.src.ops.math": {
        "Logsumexp": _reduction(ops.reduce_logsumexp),
        "Rsqrt": ops.rsqrt,
    },
    "keras.src.ops.core": {"Cast": _cast},
}


def operation_module(saved: Mapping[str, Any]) -> str | None:
    """The module in which Keras has the operation that a file describes; None if it describes a layer.

    Old files of Keras 3 name no module: what is called on several tensors one by one, or is no layer, is an operation.

    >>> from kerasflow.layers.keras_operations import operation_module
    >>> operation_module({"module": "keras.src.ops.numpy", "class_name": "Add"})
    'keras.src.ops.numpy'
    """
    module, kind = saved.get("module"), saved.get("class_name")
    if module is not None:
        return module if isinstance(module, str) and module in _MODULES else None
    calls = saved.get("inbound_nodes")
    first = calls[0] if isinstance(calls, list) and calls else None
    args = first.get("args") if isinstance(first, Mapping) else None
    if not isinstance(args, list) or len(args) < 2 and is_allowed(kind):
        return None
    return next((m for m in _MODULES if kind in _FUNCTIONS[m]), None) if isinstance(kind, str) else None


class KerasOperation(Layer):
    """One operation of Keras on tensors of a model.

    Args:
        module, kind: where Keras has its class, and what it is called there.
        settings: the arguments of the class.
        args, kwargs: what it is called on, symbolic tensors among it; the layer is then called on `tensors`.

    Raises:
        ValueError: kerasflow does not have it.

    >>> from kerasflow.layers.keras_operations import KerasOperation
    >>> x = tf.keras.Input((3,))
    >>> double = KerasOperation("keras.src.ops.numpy", "Multiply", {"name": "double"}, [x, 2.0], {})
    >>> tf.keras.Model(x, double(double.tensors)).predict(np.ones((1, 3)), verbose=0)
    array([[2., 2., 2.]], dtype=float32)
    """

    _warns_of_lost_masks = False
    _untracked = frozenset({"settings", "tensors", "arguments"})

    def __init__(
        self, module: str, kind: str, settings: Mapping[str, Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> None:
        super().__init__(name=settings.get("name"), autocast=False)
        self.module, self.kind = module, kind
        self.settings = {k: v for k, v in settings.items() if k not in ("name", "dtype") or k == "dtype" and v}
        self.tensors: list[KerasTensor] = []
        self.arguments = map_structure(self._placed, [list(args), dict(kwargs)])
        function = _FUNCTIONS.get(module, {}).get(kind)
        if function is None:
            raise ValueError(f"The model has the operation {kind!r} of {module}, which kerasflow does not have.")
        self.function: Callable[..., Any] = function

    def _placed(self, value: Any) -> Any:
        """A place in `tensors` for a symbolic tensor."""
        if not isinstance(value, KerasTensor):
            return value
        self.tensors.append(value)
        return _Place(len(self.tensors) - 1)

    def call(self, inputs: Any) -> Any:
        """What the operation gives for tensors in the order of `tensors`."""
        args, kwargs = map_structure(lambda v: inputs[v.index] if isinstance(v, _Place) else v, self.arguments)
        settings = {k: v for k, v in self.settings.items() if v is not None}
        try:
            return self.function(*args, **kwargs, **settings)
        except TypeError as e:
            raise ValueError(f"The operation {self.kind!r} of {self.module} in the model: {e}.") from e

    def described(self, tensors: Sequence[Any]) -> Described:
        """The operation as Keras describes it, with `tensors` in the places of its own."""
        args, kwargs = map_structure(lambda v: tensors[v.index] if isinstance(v, _Place) else v, self.arguments)
        return self.module, self.kind, {"name": self.name, **self.settings}, args, kwargs


class _Place:
    """Where a tensor stands among the arguments."""

    def __init__(self, index: int) -> None:
        self.index = index


# From the operations of the graph to those of Keras.

_SAME = (
    *("Add", "Cos", "Equal", "Exp", "Floor", "Greater", "GreaterEqual", "Less", "LessEqual", "Log", "Log1p"),
    *("LogicalAnd", "LogicalNot", "LogicalOr", "Maximum", "Minimum", "NotEqual", "Reciprocal", "Sign", "Sin"),
    *("Sqrt", "Square", "Tanh"),
)
_OTHER = {
    "Abs": "Absolute",
    "AddV2": "Add",
    "FloorDiv": "FloorDivide",
    "FloorMod": "Mod",
    "Mul": "Multiply",
    "Neg": "Negative",
    "Pow": "Power",
    "RealDiv": "TrueDivide",
    "Select": "Where",
    "Sub": "Subtract",
}
_NUMPY = {**{name: name for name in _SAME}, **_OTHER}
_NN = ("Relu", "Relu6", "Selu", "Sigmoid", "Softplus", "Softsign")
_REDUCTIONS = ("All", "Any", "Max", "Mean", "Min", "Prod", "Sum")


def described(layer: Operation | KerasOperation, tensors: Any) -> Described:
    """An operation of a model as Keras describes it.

    Args:
        layer: the operation.
        tensors: what it was called on.

    Returns:
        The module and the name of the class, its settings, and the arguments and keyword arguments of the call.

    Raises:
        ValueError: Keras has no such operation.

    >>> from kerasflow.layers.keras_operations import described
    >>> node = (tf.keras.Input((3,), name="x") * 2.0).node
    >>> described(node.layer, node.arguments[0])[:2]
    ('keras.src.ops.numpy', 'Multiply')
    """
    if isinstance(layer, KerasOperation):
        return layer.described(tensors)
    values = [_constant(t) for t in tensors]
    numpy = functools.partial(_result, layer, "keras.src.ops.numpy")
    if layer.op in _NUMPY:
        return numpy(_NUMPY[layer.op], {}, values)
    if layer.op in _NN:
        return _result(layer, "keras.src.ops.nn", layer.op, {}, values)
    if layer.op in _REDUCTIONS:
        axis = layer.attrs["axis"]
        settings = {"axis": _alone(axis), "keepdims": layer.attrs["keepdims"]}
        return numpy(layer.op, settings, values)
    found = _with_settings(layer.op, layer.attrs, values)
    if found is None:
        raise ValueError(
            f"The operation {layer.op} ({layer.name!r}) of the model has no counterpart in Keras, so "
            "the model cannot be saved; compute it in a layer of your own."
        )
    return _result(layer, *found)


def _result(layer: Operation, module: str, kind: str, settings: dict[str, Any], args: list[Any]) -> Described:
    return module, kind, {"name": layer.name, **settings}, args, {}


def _with_settings(op: str, attrs: Mapping[str, Any], args: list[Any]) -> tuple[str, str, Any, Any] | None:
    """Where Keras has an operation whose settings are other than here; None if there is none."""
    numpy = "keras.src.ops.numpy"
    known = not any(isinstance(a, KerasTensor) for a in args[1:])  # all but the first are constants
    if op == "StridedSlice" and len(args) == 1:
        return numpy, "GetItem", {}, [args[0], _key(attrs["items"])]
    if op == "ConcatV2":
        return numpy, "Concatenate", {"axis": attrs["axis"]}, [args]
    if op == "Pack":
        return numpy, "Stack", {"axis": attrs["axis"]}, [args]
    if op == "Reshape" and known:
        return numpy, "Reshape", {"newshape": np.asarray(args[1]).tolist()}, args[:1]
    if op == "Tile" and known:
        return numpy, "Tile", {"repeats": np.asarray(args[1]).tolist()}, args[:1]
    if op == "GatherV2" and known and not attrs["batch_dims"]:
        return numpy, "Take", {"axis": attrs["axis"]}, args
    if op == "MatMul" and not attrs["transpose_a"] and not attrs["transpose_b"]:
        return numpy, "Matmul", {}, args
    if op == "Transpose":
        return numpy, "Transpose", {"axes": attrs["perm"]}, args
    if op == "ExpandDims":
        return numpy, "ExpandDims", {"axis": attrs["axis"]}, args
    if op == "Squeeze":
        return numpy, "Squeeze", {"axis": _alone(attrs["axis"] or None)}, args
    if op == "Cast":
        return "keras.src.ops.core", "Cast", {"dtype": attrs["dtype"].name}, args
    if op in ("Softmax", "LogSoftmax"):
        return "keras.src.ops.nn", op, {"axis": attrs["axis"]}, args
    if op == "Rsqrt":
        return "keras.src.ops.math", "Rsqrt", {}, args
    return None


def _alone(axis: Any) -> Any:
    """An axis rather than a sequence of one."""
    return axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis


def _constant(value: Any) -> Any:
    return value.item() if isinstance(value, (np.ndarray, np.generic)) and value.ndim == 0 else value


def _key(items: Sequence[Any]) -> list[Any]:
    """What stood between the brackets of ``x[...]``."""
    named = {"rest": Ellipsis, "new": None}
    key: list[Any] = []
    for item in items:
        if isinstance(item, str):
            key.append(named[item])
        else:
            key.append(slice(*item[1:]) if item[0] == "slice" else item[1])
    return key
