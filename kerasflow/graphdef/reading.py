"""Graphs from `GraphDef` messages: `import_graph_def`.

Nodes become operations one by one, under the names they have. What saves and restores variables inside a graph of
TensorFlow's is left out: `Saver` does that from outside.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.core.errors import OpError
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.naming import did_you_mean
from kerasflow.core.opdef import REGISTRY
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.variables import Variable
from kerasflow.data import parsing as _parsing  # noqa: F401  # fills the registry
from kerasflow.graphdef.foreign import DEFAULTS, SPECIAL, known
from kerasflow.graphdef.forms import BY_NODE, Form
from kerasflow.graphdef.imported import ImportedVariable
from kerasflow.graphdef.kept import from_text
from kerasflow.graphdef.names import node_of, with_number
from kerasflow.graphdef.values import from_attr
from kerasflow.graphdef.writing import HELPER, KEPT
from kerasflow.io.protos import message
from kerasflow.summary import operations as _summaries  # noqa: F401  # fills the registry

__all__ = ["Reader", "import_graph_def"]

_SAVERS = {"MergeV2Checkpoints", "Restore", "RestoreSlice", "RestoreV2", "Save", "SaveSlices", "SaveV2"}
_SAVERS |= {"ShardedFilename", "ShardedFilespec"}
_THEIRS = {"Assign", "AssignVariableOp", "Identity", "NoOp", "Pack"}  # what takes up what savers give
_WITH_BODIES = {"If", "Scan", "While"}  # what is kept of them is for the eye: their bodies are graphs of their own

# What comes of inputs, attributes and arrays that an operation cannot have, or that are too large.
_UNSOUND = (ArithmeticError, AttributeError, LookupError, MemoryError, OpError, RecursionError, TypeError, ValueError)


def import_graph_def(
    graph_def: Any,
    input_map: Mapping[str, Any] | None = None,
    return_elements: Sequence[str] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Any] | None:
    """Add the operations of a `GraphDef` message to the default graph.

    Args:
        graph_def: the message; of kerasflow's own making, or of TensorFlow's as far as kerasflow has its operations.
        input_map: tensors of the default graph, by the names of the tensors in the message they take the place of.
        return_elements: names of operations (``"a"``) and tensors (``"a:0"``) to return.
        name: the scope that the names are put into, ``"import"`` by default; ``""`` for none.
        op_dict, producer_op_list: accepted and without effect.

    Returns:
        What `return_elements` names; None if it is None.

    Raises:
        TypeError: `graph_def` is no such message, or a name no text. ValueError: it has an operation that kerasflow
            does not have, or is not sound; the message names the node.

    >>> with tf.Graph().as_default() as graph:
    ...     _ = tf.square(tf.constant(3.0), name="y")
    >>> y, = tf.import_graph_def(graph.as_graph_def(), return_elements=["y:0"])
    >>> y.name, tf.Session().run(y)
    ('import/y:0', np.float32(9.0))
    """
    if not isinstance(graph_def, message("GraphDef")):
        raise TypeError(f"graph_def must be a GraphDef message, got {type(graph_def).__name__}.")
    graph = default_graph()
    with graph.name_scope("import" if name is None else name or None), graph.control_dependencies(None):
        reader = Reader(graph, dict(input_map or {}))
        reader.read(graph_def.node)
    return None if return_elements is None else [reader.element(e) for e in return_elements]


class Reader:
    """The operations of a message, while they are added to `graph` in its open scope."""

    def __init__(self, graph: Graph, input_map: dict[str, Any]) -> None:
        self.graph = graph
        self.made: dict[str, list[Tensor]] = {}
        self.operations: dict[str, Operation] = {}
        self.variables: dict[str, ImportedVariable] = {}
        self.tables: dict[str, Any] = {}
        self._left_out: set[str] = set()
        if odd := [k for k in input_map if not isinstance(k, str)]:
            raise TypeError(f"input_map must have names of tensors as keys, got {odd[0]!r}.")
        self._map = {with_number(k): graph.convert(v) for k, v in input_map.items()}
        self._unused = set(self._map)

    def read(self, nodes: Any) -> None:
        """Add all nodes, each after those it depends on."""
        for node in _in_order(nodes):
            if self._belongs_to_saver(node):
                self._left_out.add(node.name)
            elif HELPER not in node.attr:
                self._add(node)
        for variable in self.variables.values():
            variable.complete()
        if self._unused:
            raise ValueError(f"input_map names what is not there: {', '.join(sorted(self._unused))}.")

    def element(self, name: str) -> Any:
        """The operation or tensor called `name` in the message. ValueError if there is none."""
        if not isinstance(name, str):
            raise TypeError(f"return_elements must be names, got {name!r}.")
        base, colon, number = name.partition(":")
        if base not in self.operations:
            raise ValueError(f"The graph definition has no {name!r}.{did_you_mean(base, self.operations)}")
        if not colon:
            return self.operations[base]
        outputs = self.made[base]
        if not number.isdecimal() or int(number) >= len(outputs):
            raise ValueError(f"There is no {name!r}: the operation {base!r} has {len(outputs)} outputs.")
        return outputs[int(number)]

    def _belongs_to_saver(self, node: Any) -> bool:
        if node.op in _SAVERS:
            return True
        return node.op in _THEIRS and any(node_of(i) in self._left_out for i in node.input)

    def _add(self, node: Any) -> None:
        waits = [self.operations[i[1:]] for i in node.input if i.startswith("^") and i[1:] in self.operations]
        try:
            with self.graph.control_dependencies(waits):
                results = self._made(node)
        except _UNSOUND as error:
            raise ValueError(f"The node {node.name!r} ({node.op}) cannot be imported: {error}") from error
        outputs = list(results) if isinstance(results, (list, tuple)) else [results]
        self.made[node.name] = [t for t in outputs if isinstance(t, Tensor)]
        first = outputs[0] if outputs else None
        if isinstance(first, Variable):
            self.made[node.name] = list(first.op.outputs)
        self.operations[node.name] = first.op if isinstance(first, (Tensor, Variable)) else first

    def _made(self, node: Any) -> Any:
        if not node.name or node.name.endswith("/"):
            raise ValueError(f"{node.name!r} is not a name for a node")
        if KEPT in node.attr:
            kept = from_text(node.attr[KEPT].s.decode(), node.name, self.variable)
            if kept.kind not in REGISTRY:
                raise ValueError(f"kerasflow has no operation {kept.kind!r}")
            return self.apply(node, kept.kind, *[self.tensor(i) for i in kept.inputs], **kept.attrs)
        special = SPECIAL.get(node.op)
        if special is not None:
            return special(self, node)
        form = BY_NODE.get(node.op)
        if node.op in _WITH_BODIES:
            raise ValueError("loops and branches have bodies, which graph definitions do not keep")
        if form is None:
            raise ValueError("kerasflow has no operation of this kind")
        return self._by_form(node, form)

    def _by_form(self, node: Any, form: Form) -> Any:
        inputs = self.inputs(node)
        given = REGISTRY[form.operation]
        attrs = {ours: from_attr(node.attr[theirs]) for ours, theirs in form.attrs.items() if theirs in node.attr}
        attrs = {**DEFAULTS.get(form.operation, {}), **attrs}
        if form.constant is not None:
            ours, place, _, _ = form.constant
            value = known(inputs.pop(place))
            attrs[ours] = tuple([int(n) for n in value.reshape(-1)]) if form.several else int(value)
        return self.apply(node, given.name, *inputs, **attrs)

    def apply(self, node: Any, op: str, *inputs: Tensor, **attrs: Any) -> Any:
        """Add an operation, called as the node is."""
        most = _most_inputs(op)
        if most is not None and len(inputs) > most:
            raise ValueError(f"it takes {most} inputs at the most, got {len(inputs)}")
        if "out" in attrs or attrs and isinstance(REGISTRY[op].kernel, np.ufunc):  # NumPy's ufuncs have their own
            raise ValueError(f"it has no attributes {', '.join(attrs)}")
        return self.graph.apply(op, *inputs, name=node.name, **attrs)

    def inputs(self, node: Any) -> list[Any]:
        """The tensors that the node takes."""
        return [self.tensor(i) for i in node.input if not i.startswith("^")]

    def tensor(self, name: str) -> Any:
        """The tensor of that name in the message, or what takes its place."""
        full = with_number(name)
        if full in self._map:
            self._unused.discard(full)
            return self._map[full]
        base, _, number = full.rpartition(":")
        if base in self.variables:
            return self.variables[base].value()
        if base not in self.made or not number.isdecimal() or int(number) >= len(self.made[base]):
            raise ValueError(f"its input {name!r} is not there")
        return self.made[base][int(number)]

    def variable(self, name: str) -> ImportedVariable:
        """The variable that is called so in the message, or read by the node that is. ValueError if there is none."""
        node = node_of(name)
        if node not in self.variables and node in self.operations:
            found = self.operations[node].attrs.get("variable")
            node = next((n for n, v in self.variables.items() if v is found), node)
        if node not in self.variables:
            raise ValueError(f"{name!r} is not a variable")
        return self.variables[node]


@functools.cache
def _most_inputs(op: str) -> int | None:
    """How many arrays the kernel takes; one more would be taken for the place of the result. None if any number."""
    opdef = REGISTRY[op]
    if isinstance(opdef.kernel, np.ufunc):
        return opdef.kernel.nin
    parameters = inspect.signature(opdef.kernel).parameters.values()
    if opdef.stateful or any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.name != "out" for p in parameters)


def _in_order(nodes: Any) -> list[Any]:
    """The nodes, each after those it depends on; as they stand, if that is so. ValueError for a circle."""
    waiting = {n.name: {node_of(i) for i in n.input} for n in nodes}
    if len(waiting) < len(nodes):
        raise ValueError("The graph definition has two nodes of one name.")
    missing = {i for inputs in waiting.values() for i in inputs} - set(waiting)
    if missing:
        raise ValueError(f"The graph definition lacks nodes that others take: {', '.join(sorted(missing)[:5])}.")
    by_name = {n.name: n for n in nodes}
    ready = [n.name for n in reversed(nodes) if not waiting[n.name]]
    readers: dict[str, list[str]] = {}
    for name, inputs in waiting.items():
        for i in inputs:
            readers.setdefault(i, []).append(name)
    order = []
    while ready:
        name = ready.pop()
        order.append(by_name[name])
        for reader in readers.get(name, ()):
            waiting[reader].discard(name)
            if not waiting[reader]:
                ready.append(reader)
    if len(order) < len(nodes):
        raise ValueError("The graph definition has a circle (a loop of TensorFlow's), which cannot be imported.")
    positions = {n.name: k for k, n in enumerate(nodes)}
    in_place = all(positions[node_of(i)] < k for k, n in enumerate(nodes) for i in n.input)
    return list(nodes) if in_place else order
