"""Graphs as `GraphDef` messages: `as_graph_def`.

An operation becomes the node that TensorFlow would have; where that takes several, those in front are called after it
(``Sum/reduction_indices``). What TensorFlow does not have keeps its own kind, with its attributes as text: such a graph
is for kerasflow, and for the eye.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import Graph
from kerasflow.core.indexing import Dynamic
from kerasflow.core.tensor import Operation
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.version import GRAPH_DEF_VERSION
from kerasflow.graphdef import composing, features, tables, tabular
from kerasflow.graphdef.forms import BY_OPERATION, Form
from kerasflow.graphdef.kept import to_text
from kerasflow.graphdef.names import input_name
from kerasflow.graphdef.values import set_attr, shape_proto, to_tensor
from kerasflow.io.protos import message

__all__ = ["HELPER", "KEPT", "SPECIAL", "Writer", "as_graph_def", "node_def"]

KEPT = "_kerasflow"  # the attribute that says what operation of ours a node is, where that does not show
HELPER = "_kerasflow_helper"  # the attribute of nodes that are there for such a node


def as_graph_def(graph: Graph, from_version: int | None = None, add_shapes: bool = False) -> Any:
    """The definition of a graph: a `GraphDef` message, which TensorFlow and TensorBoard read.

    Args:
        graph: the graph.
        from_version: leave out the operations before that one, by number.
        add_shapes: give each node the static shapes of its outputs, ``_output_shapes``.

    Raises:
        ImportError: the package tensorboard is missing. ValueError: an array is too large for a message.

    >>> _ = tf.square(tf.constant([1.0, 2.0], name="x"))
    >>> [(n.name, n.op, list(n.input)) for n in tf.get_default_graph().as_graph_def().node]
    [('x', 'Const', []), ('Square', 'Square', ['x'])]
    """
    writer = Writer(graph)
    for operation in graph.get_operations()[from_version or 0 :]:
        writer.write(operation, add_shapes)
    return writer.definition


def node_def(operation: Operation) -> Any:
    """The `NodeDef` of an operation; where it becomes several nodes, the one that is called as it is.

    Raises:
        ImportError: the package tensorboard is missing.

    >>> tf.square(tf.constant(2.0), name="y").op.node_def.attr["T"].type
    1
    """
    writer = Writer(operation.graph)
    writer.write(operation)
    return next(n for n in writer.definition.node if n.name == operation.name)


class Writer:
    """A `GraphDef` in the making."""

    def __init__(self, graph: Graph) -> None:
        self.definition = message("GraphDef")()
        self.definition.versions.producer = GRAPH_DEF_VERSION
        self._taken = {o.name for o in graph.get_operations()}
        self.tables: dict[Any, str] = {}  # the nodes that stand for tables
        self._keeps = False  # whether the node has to say what operation of ours it is

    def write(self, operation: Operation, add_shapes: bool = False) -> None:
        """Add the node or nodes of an operation."""
        form, special = BY_OPERATION.get(operation.type), SPECIAL.get(operation.type)
        node = None
        self._keeps = False
        if special is not None:
            node = special(self, operation)
        elif form is not None:
            node = self._by_form(operation, form)
        if node is None:
            node = self.node(operation.name, operation.type, operation.operands)
            self._keeps = True
        text = to_text(operation) if self._keeps else None
        if text is not None:
            set_attr(node.attr[KEPT], text)
        node.input.extend(f"^{c.name}" for c in operation.control_inputs)
        node.device = getattr(operation, "device", None) or ""
        if add_shapes and operation.outputs:
            set_attr(node.attr["_output_shapes"], [shape_proto(t.dims) for t in operation.outputs])

    def keep(self) -> None:
        """Have the node of this operation say what operation of ours it is."""
        self._keeps = True

    def node(self, name: str, kind: str, inputs: Sequence[Any] = (), **attrs: Any) -> Any:
        """Add a node; inputs are tensors or names."""
        node = self.definition.node.add(name=name, op=kind)
        node.input.extend(x if isinstance(x, str) else input_name(x) for x in inputs)
        for key, value in attrs.items():
            set_attr(node.attr[key], value)
        return node

    def beside(self, operation: Operation, suffix: str, kind: str, inputs: Sequence[Any] = (), **attrs: Any) -> str:
        """Add a node that helps to make the one of `operation`; gives its name."""
        name = self.free_name(f"{operation.name}/{suffix}")
        self._keeps = True
        set_attr(self.node(name, kind, inputs, **attrs).attr[HELPER], True)
        return name

    def free_name(self, name: str) -> str:
        """The name, or one like it that no node has; it is taken then."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def constant(self, operation: Operation, suffix: str, value: Any) -> str:
        """Add a constant for `operation`; gives its name."""
        array = np.asarray(value)
        dtype = as_dtype(array.dtype)
        return self.beside(operation, suffix, "Const", dtype=dtype, value=to_tensor(array, dtype))

    def _by_form(self, operation: Operation, form: Form) -> Any:
        named = {*form.attrs, *(form.constant or ())[:1]}
        if operation.inputs and operation.inputs[0].dtype.kind not in form.kinds:
            return None
        if not all(_is_neutral(v) for k, v in operation.attrs.items() if k not in named):
            return None
        self._keeps = any(isinstance(v, float) for v in operation.attrs.values())  # there, they have 32 bits
        inputs: list[Any] = list(operation.inputs)
        attrs = {theirs: operation.attrs[ours] for ours, theirs in form.attrs.items() if ours in operation.attrs}
        attrs |= {key: self._type(operation, i) for key, i in form.types.items()}
        attrs |= dict(form.fixed)
        if form.count:
            attrs[form.count] = len(inputs)
        if form.constant is not None:
            ours, place, name, type_name = form.constant
            value = _constant_of(operation, ours, form.several)
            if value is None:
                return None
            inputs.insert(len(inputs) if place < 0 else place, self.constant(operation, name, value))
            if type_name:
                attrs[type_name] = types.int32
        return self.node(operation.name, form.node, inputs, **attrs)

    @staticmethod
    def _type(operation: Operation, i: int) -> DType:
        return operation.outputs[0].dtype if i < 0 else operation.inputs[i].dtype


def _is_neutral(value: Any) -> bool:
    return value is None or value is False or value == 0 or isinstance(value, tuple) and all(n == 1 for n in value)


def _constant_of(operation: Operation, ours: str, several: bool) -> Any:
    """The value of an attribute that is an input there; None if it cannot be said without knowing the rank."""
    value, dims = operation.attrs.get(ours), operation.inputs[0].dims
    if not several:
        return None if value is None else np.int32(value)
    if ours == "perm":
        return _permutation(value, dims)
    if value is None:
        return None if dims is None else np.arange(len(dims), dtype=np.int32)
    return np.array(value, np.int32)


def _permutation(perm: tuple[int, ...] | None, dims: Any) -> Any:
    """All axes in their new order; ours may be those of the last axes alone, from the end."""
    if dims is None:
        return None
    axes = list(range(len(dims)))
    if perm is None:
        axes.reverse()
    else:
        axes[len(axes) - len(perm) :] = [p % len(dims) for p in perm]
    return np.array(axes, np.int32)


# Kinds with a function of their own; each gives the node, or None if TensorFlow has no such thing.


def _const(w: Writer, o: Operation) -> Any:
    value = o.attrs["value"]
    return w.node(o.name, "Const", dtype=value.dtype, value=to_tensor(value.array, value.dtype))


def _placeholder(w: Writer, o: Operation) -> Any:
    return w.node(o.name, "Placeholder", dtype=o.attrs["dtype"], shape=shape_proto(o.attrs["shape"]))


def _placeholder_with_default(w: Writer, o: Operation) -> Any:
    shape = shape_proto(o.attrs["shape"])
    return w.node(o.name, "PlaceholderWithDefault", o.inputs, dtype=o.inputs[0].dtype, shape=shape)


def _variable(w: Writer, o: Operation) -> Any:
    shape = shape_proto(o.attrs["shape"])
    return w.node(o.name, "VariableV2", dtype=o.attrs["dtype"], shape=shape, container="", shared_name="")


def _read(w: Writer, o: Operation) -> Any:
    return _with_class(w.node(o.name, "Identity", [o.attrs["variable"].op.name], T=o.attrs["dtype"]), o)


def _assign(w: Writer, o: Operation) -> Any:
    more = {"validate_shape": o.attrs["variable"].dims is not None} if o.type == "Assign" else {}
    inputs = [o.attrs["variable"].op.name, *o.operands]
    return _with_class(w.node(o.name, o.type, inputs, T=o.operands[0].dtype, use_locking=False, **more), o)


def _is_initialized(w: Writer, o: Operation) -> Any:
    variable = o.attrs["variable"]
    return _with_class(w.node(o.name, o.type, [variable.op.name], dtype=variable.dtype), o)


def _with_class(node: Any, o: Operation) -> Any:
    node.attr["_class"].list.s.append(f"loc:@{o.attrs['variable'].op.name}".encode())
    return node


def _matmul(w: Writer, o: Operation) -> Any:
    x, y = o.inputs
    turned = [o.attrs.get("transpose_a", False), o.attrs.get("transpose_b", False)]
    if x.shape.ndims == 2 == y.shape.ndims:
        return w.node(o.name, "MatMul", o.inputs, T=x.dtype, transpose_a=turned[0], transpose_b=turned[1])
    if any(turned) and x.dtype.is_complex:
        return None  # there, only conjugate transposes
    return w.node(o.name, "BatchMatMulV2", o.inputs, T=x.dtype, adj_x=turned[0], adj_y=turned[1])


def _softmax(w: Writer, o: Operation) -> Any:
    rank = o.inputs[0].shape.ndims
    if o.attrs["axis"] not in (-1, None if rank is None else rank - 1):
        return None
    return w.node(o.name, o.type, o.inputs, T=o.inputs[0].dtype)


def _batch_norm(w: Writer, o: Operation) -> Any:
    x, *vectors = o.inputs
    if len(vectors) == 2:
        vectors += [w.constant(o, name, np.zeros(0, np.float32)) for name in ("mean", "variance")]
    attrs = {k: o.attrs[k] for k in ("epsilon", "data_format", "is_training")}
    w.keep()
    return w.node(o.name, o.type, [x, *vectors], T=x.dtype, U=vectors[0].dtype, **attrs)


def _strided_slice(w: Writer, o: Operation) -> Any:
    """The numbers in brackets as three vectors, with bits for what each place stands for."""
    rows: list[tuple[Any, Any, Any]] = []
    masks = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)
    for k, item in enumerate(o.attrs["items"]):
        bit = 1 << k
        if item in ("new", "rest"):
            masks["new_axis_mask" if item == "new" else "ellipsis_mask"] |= bit
            rows.append((0, 0, 1))
        elif item[0] == "at":
            masks["shrink_axis_mask"] |= bit
            rows.append((item[1], None, 1))
        else:
            start, stop, step = item[1:]
            masks["begin_mask"] |= bit * (start is None)
            masks["end_mask"] |= bit * (stop is None)
            rows.append((start or 0, stop or 0, 1 if step is None else step))
    if any(isinstance(n, Dynamic) for row in rows for n in row):
        return None
    rows = [(a, a + 1 if b is None else b, c) for a, b, c in rows]
    columns = np.array(rows, np.int32).reshape(-1, 3).T
    names = [w.constant(o, n, c) for n, c in zip(("stack", "stack_1", "stack_2"), columns, strict=True)]
    return w.node(o.name, o.type, [o.inputs[0], *names], T=o.inputs[0].dtype, Index=types.int32, **masks)


SPECIAL: dict[str, Callable[[Writer, Operation], Any]] = {
    "Assign": _assign,
    "AssignAdd": _assign,
    "AssignSub": _assign,
    "Const": _const,
    "FusedBatchNormV3": _batch_norm,
    "IsVariableInitialized": _is_initialized,
    "LogSoftmax": _softmax,
    "MatMul": _matmul,
    "Placeholder": _placeholder,
    "PlaceholderWithDefault": _placeholder_with_default,
    "ReadVariable": _read,
    "Softmax": _softmax,
    "SoftmaxCrossEntropyWithLogits": _softmax,
    "StridedSlice": _strided_slice,
    "VariableV2": _variable,
    **composing.RULES,
    **features.RULES,
    **tables.WRITERS,
    **tabular.WRITERS,
}
