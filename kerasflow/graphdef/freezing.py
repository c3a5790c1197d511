"""Parts of graph definitions, and graphs whose variables have become constants, for those who only predict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from kerasflow.core.naming import did_you_mean
from kerasflow.core.session import Session
from kerasflow.core.types import as_dtype
from kerasflow.graphdef.names import node_of
from kerasflow.graphdef.values import set_attr, to_tensor
from kerasflow.io.protos import message

__all__ = ["convert_variables_to_constants", "extract_sub_graph", "remove_training_nodes"]

_VARIABLES = ("Variable", "VariableV2", "VarHandleOp")
_KEEPING = ("Identity", "CheckNumerics")


def extract_sub_graph(graph_def: Any, dest_nodes: Sequence[str]) -> Any:
    """The part of a `GraphDef` that the nodes `dest_nodes` depend on, as a message of its own.

    Raises:
        TypeError: the nodes are not a list of names. ValueError: one of them is not there.

    >>> x = tf.constant(1.0, name="x")
    >>> _ = tf.square(x, name="y"), tf.exp(x, name="z")
    >>> part = tf.graph_util.extract_sub_graph(tf.get_default_graph().as_graph_def(), ["y"])
    >>> [n.name for n in part.node]
    ['x', 'y']
    """
    if isinstance(dest_nodes, str):
        raise TypeError(f"dest_nodes must be a list of names, got {dest_nodes!r}.")
    nodes = {n.name: n for n in graph_def.node}
    for name in dest_nodes:
        if name not in nodes:
            raise ValueError(f"The graph definition has no node {name!r}.{did_you_mean(name, nodes)}")
    kept: set[str] = set()
    pending = list(dest_nodes)
    while pending:
        name = pending.pop()
        if name not in kept:
            kept.add(name)
            pending.extend(node_of(i) for i in nodes[name].input)
    part = message("GraphDef")()
    part.node.extend(n for n in graph_def.node if n.name in kept)
    part.library.CopyFrom(graph_def.library)
    part.versions.CopyFrom(graph_def.versions)
    return part


def convert_variables_to_constants(
    sess: Session,
    input_graph_def: Any,
    output_node_names: Sequence[str],
    variable_names_whitelist: Iterable[str] | None = None,
    variable_names_blacklist: Iterable[str] | None = None,
) -> Any:
    """The part of a graph that gives some outputs, with variables replaced by the values they have now.

    Args:
        sess: where the values are.
        input_graph_def: the graph's definition.
        output_node_names: the operations to keep, with what they depend on.
        variable_names_whitelist: the variables to replace; by default all.
        variable_names_blacklist: variables to leave.

    Returns:
        A `GraphDef`, which runs without initialising anything.

    Raises:
        ValueError: one of the nodes is not there. FailedPreconditionError: a variable has no value.

    >>> w = tf.Variable(2.0, name="w")
    >>> _ = tf.multiply(w, 3.0, name="y")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     graph = tf.get_default_graph().as_graph_def()
    ...     frozen = tf.graph_util.convert_variables_to_constants(sess, graph, ["y"])
    >>> [(n.name, n.op) for n in frozen.node]
    [('w', 'Const'), ('w/read', 'Identity'), ('y/y', 'Const'), ('y', 'Mul')]
    """
    part = extract_sub_graph(input_graph_def, output_node_names)
    names = [n.name for n in part.node if n.op in _VARIABLES]
    if variable_names_whitelist is not None:
        wanted = set(variable_names_whitelist)
        names = [n for n in names if n in wanted]
    spared = set(variable_names_blacklist or ())
    names = [n for n in names if n not in spared]
    values = dict(zip(names, sess.run([f"{n}:0" for n in names]), strict=True)) if names else {}
    frozen = message("GraphDef")()
    frozen.CopyFrom(part)
    for node in frozen.node:
        if node.name in values:
            _make_constant(node, values[node.name])
    return frozen


def _make_constant(node: Any, value: Any) -> None:
    dtype = as_dtype(value.dtype)
    node.op = "Const"
    node.ClearField("attr")
    del node.input[:]
    set_attr(node.attr["dtype"], dtype)
    set_attr(node.attr["value"], to_tensor(value, dtype))


def remove_training_nodes(input_graph: Any, protected_nodes: Sequence[str] | None = None) -> Any:
    """A `GraphDef` without copies and checks of numbers, which prediction does not need; `protected_nodes` stay.

    >>> x = tf.constant(1.0, name="x")
    >>> _ = tf.square(tf.identity(x, name="copy"), name="y")
    >>> smaller = tf.graph_util.remove_training_nodes(tf.get_default_graph().as_graph_def())
    >>> [(n.name, list(n.input)) for n in smaller.node]
    [('x', []), ('y', ['x'])]
    """
    protected = set(protected_nodes or ())
    taken_by_control = {node_of(i) for n in input_graph.node for i in n.input if i.startswith("^")}
    through = {
        n.name: n.input[0]
        for n in input_graph.node
        if n.op in _KEEPING and len(n.input) == 1 and n.name not in protected | taken_by_control
    }
    used = {node_of(i) for n in input_graph.node for i in n.input}
    smaller = message("GraphDef")()
    smaller.versions.CopyFrom(input_graph.versions)
    for node in input_graph.node:
        if node.name in through and node.name in used:
            continue
        added = smaller.node.add()
        added.CopyFrom(node)
        added.input[:] = [_behind(i, through) for i in node.input]
    return smaller


def _behind(name: str, through: dict[str, str]) -> str:
    while name.removesuffix(":0") in through:
        name = through[name.removesuffix(":0")]
    return name
