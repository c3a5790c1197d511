"""Graphs with their collections and the way to their checkpoints: `MetaGraphDef` messages.

Besides the graph and its collections such a message has the nodes with which TensorFlow's own runtime saves and
restores the variables, so that it can be used there without this program. Here `Saver` does that from outside, and
those nodes are left out when a message is read.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.variables import Variable
from kerasflow.graphdef.names import node_of
from kerasflow.graphdef.reading import Reader
from kerasflow.graphdef.values import from_tensor, set_attr, to_tensor
from kerasflow.graphdef.variable_defs import to_proto
from kerasflow.graphdef.writing import as_graph_def
from kerasflow.io.protos import message

__all__ = ["add_saver", "meta_graph_of", "read_meta_graph"]

_V2 = 2
_WRITES_AS = "1.15.5"  # the version of TensorFlow whose messages these are like; it looks at the number


def meta_graph_of(
    graph: Graph | None = None, collection_list: Iterable[Any] | None = None, clear_devices: bool = False
) -> Any:
    """The `MetaGraphDef` of a graph, by default of the default graph.

    Args:
        graph: the graph.
        collection_list: the names of the collections to take along; by default all.
        clear_devices: whether to leave out where operations run.

    Raises:
        ImportError: the package tensorboard is missing. ValueError: the graph is too large for a message.
    """
    graph = default_graph() if graph is None else graph
    meta = message("MetaGraphDef")()
    meta.graph_def.CopyFrom(as_graph_def(graph, add_shapes=True))
    meta.meta_info_def.tensorflow_version = _WRITES_AS
    if clear_devices:
        for node in meta.graph_def.node:
            node.device = ""
    for key in graph.get_all_collection_keys() if collection_list is None else collection_list:
        if isinstance(key, str) and key != GraphKeys.SAVERS:  # the saver has a place of its own
            _write_collection(meta, key, graph.get_collection(key))
    return meta


def _write_collection(meta: Any, key: str, items: list[Any]) -> None:
    try:
        stored = [_stored(item) for item in items]
    except TypeError as error:
        warnings.warn(f"The collection {key!r} is left out of the meta graph: {error}.", stacklevel=4)
        return
    kinds = {kind for kind, _ in stored}
    if len(kinds) != 1:
        if kinds:
            warnings.warn(f"The collection {key!r} is left out of the meta graph: it is mixed.", stacklevel=4)
        return
    getattr(meta.collection_def[key], kinds.pop()).value.extend([value for _, value in stored])


def _stored(item: Any) -> tuple[str, Any]:
    """The list of a `CollectionDef` that the item goes into, and what it is there. TypeError if it has no form."""
    if isinstance(item, Variable):
        return "bytes_list", to_proto(item).SerializeToString()
    if isinstance(item, (Tensor, Operation)):
        return "node_list", item.name
    if isinstance(item, (str, bytes)):
        return "bytes_list", item.encode() if isinstance(item, str) else item
    if isinstance(item, (int, np.integer)):
        return "int64_list", int(item)
    if isinstance(item, (float, np.floating)):
        return "float_list", float(item)
    raise TypeError(f"{item!r} has no form in a file")


def add_saver(meta: Any, variables: dict[str, Variable], max_to_keep: int = 5) -> None:
    """Add the nodes that save and restore `variables`, by their names in checkpoints."""
    if not variables:
        return
    definition = meta.graph_def
    taken = {n.name.partition("/")[0] for n in definition.node}
    scope = next(s for k in range(len(taken) + 1) if (s := f"save_{k}" if k else "save") not in taken)
    names, held = list(variables), [v.op.name for v in variables.values()]
    dtypes = [v.dtype for v in variables.values()]

    def node(name: str, op: str, inputs: list[str], **attrs: Any) -> str:
        added = definition.node.add(name=f"{scope}/{name}", op=op, input=inputs)
        for key, value in attrs.items():
            set_attr(added.attr[key], value)
        return f"{scope}/{name}"

    def texts(name: str, values: Any) -> str:
        return node(name, "Const", [], dtype=types.string, value=to_tensor(np.array(values, object), types.string))

    shape = message("TensorShapeProto")()
    given = texts("filename/input", b"model")
    given = node("filename", "PlaceholderWithDefault", [given], dtype=types.string, shape=shape)
    prefix = node("Const", "PlaceholderWithDefault", [given], dtype=types.string, shape=shape)
    encoded, whole = [n.encode() for n in names], [b""] * len(names)
    lists = [texts("SaveV2/tensor_names", encoded), texts("SaveV2/shape_and_slices", whole)]
    save = node("SaveV2", "SaveV2", [prefix, *lists, *held], dtypes=dtypes)
    done = node("control_dependency", "Identity", [prefix, f"^{save}"], T=types.string)
    lists = [texts("RestoreV2/tensor_names", encoded), texts("RestoreV2/shape_and_slices", whole)]
    restore = node("RestoreV2", "RestoreV2", [prefix, *lists], dtypes=dtypes)
    sets = []
    for k, (name, dtype) in enumerate(zip(held, dtypes, strict=True)):
        value = restore if k == 0 else f"{restore}:{k}"
        sets.append(node(f"Assign_{k}", "Assign", [name, value], T=dtype, validate_shape=True, use_locking=True))
    every = node("restore_all", "NoOp", [f"^{s}" for s in sets])
    saver = meta.saver_def
    saver.filename_tensor_name, saver.save_tensor_name, saver.restore_op_name = f"{prefix}:0", f"{done}:0", every
    saver.max_to_keep, saver.keep_checkpoint_every_n_hours, saver.version = max_to_keep, 10000.0, _V2


def read_meta_graph(meta: Any, import_scope: str | None = None, clear_devices: bool = False) -> dict[str, Variable]:
    """Add a `MetaGraphDef` to the default graph: its operations, and its collections.

    Returns:
        The variables, by the names they have in checkpoints.

    Raises:
        TypeError: it is no such message. ValueError: the graph cannot be imported; or a collection names what is not
            there.
    """
    if not isinstance(meta, message("MetaGraphDef")):
        raise TypeError(f"A MetaGraphDef message is expected, got {type(meta).__name__}.")
    definition = message("GraphDef")()
    definition.CopyFrom(meta.graph_def)
    scope, slash, _ = meta.saver_def.restore_op_name.rpartition("/")
    kept = [n for n in definition.node if not (slash and n.name.startswith(f"{scope}/"))]
    if clear_devices:
        for node in kept:
            node.device = ""
    graph = default_graph()
    with graph.name_scope(import_scope or None), graph.control_dependencies(None):
        reader = Reader(graph, {})
        reader.read(kept)
    for key, collection in meta.collection_def.items():
        for item in _items(reader, key, collection):
            graph.add_to_collection(key, item)
    return _saved(reader, meta, scope)


def _saved(reader: Reader, meta: Any, scope: str) -> dict[str, Variable]:
    """The variables that the saver of the message saves, by their names in checkpoints; else the global ones."""
    nodes = {n.name: n for n in meta.graph_def.node if scope and n.name.startswith(f"{scope}/")}
    savers = [n for n in nodes.values() if n.op == "SaveV2" and len(n.input) > 3 and node_of(n.input[1]) in nodes]
    if not savers:
        key = GraphKeys.GLOBAL_VARIABLES
        found = meta.collection_def[key].bytes_list.value if key in meta.collection_def else ()
        return {name: reader.variable(name) for name in map(_variable_name, found)}
    saved: dict[str, Variable] = {}
    for saver in savers:  # one for each part of a checkpoint
        names, dtype = from_tensor(nodes[node_of(saver.input[1])].attr["value"].tensor)
        if dtype != types.string:
            raise ValueError(f"The names of the variables that {saver.name!r} saves are no texts, but {dtype.name}.")
        sources = [_read_by(nodes, i) for i in saver.input if not i.startswith("^")][3:]
        saved |= {n.decode(): reader.variable(s) for n, s in zip(names.reshape(-1).tolist(), sources, strict=True)}
    return saved


def _read_by(nodes: Mapping[str, Any], name: str) -> str:
    """The node that a saver's own nodes, which only hand on what they are given, take this from."""
    node, steps = node_of(name), 0
    while node in nodes and nodes[node].input and steps < len(nodes):
        node, steps = node_of(nodes[node].input[0]), steps + 1
    return node


def _variable_name(octets: bytes) -> str:
    try:
        name: str = message("VariableDef").FromString(octets).variable_name
    except Exception as error:  # of the protobuf package, which is not imported here
        raise ValueError(f"The meta graph describes a variable in a way that is not sound: {error}") from error
    return name.partition(":")[0]


def _items(reader: Reader, key: str, collection: Any) -> list[Any]:
    kind = collection.WhichOneof("kind")
    if kind is None:
        return []
    values = list(getattr(collection, kind).value)
    if kind == "node_list":
        return [reader.element(v) for v in values]
    variables = [_described(reader, v) for v in values] if kind == "bytes_list" else [None]
    if None in variables:
        return values
    for variable in variables:
        variable.trainable = variable.trainable or key == GraphKeys.TRAINABLE_VARIABLES
    return variables


def _described(reader: Reader, octets: bytes) -> Any:
    """The variable that is described; None if that is no description of a variable, but a text of the program's."""
    try:
        described = message("VariableDef").FromString(octets)
        return reader.variable(described.variable_name) if described.initializer_name else None
    except Exception:  # of the protobuf package, which is not imported here; or there is no such variable
        return None
