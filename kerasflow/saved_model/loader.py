"""Loading saved models: ours, and TensorFlow's as far as kerasflow has their operations."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from kerasflow.core.session import Session
from kerasflow.graphdef.names import node_of
from kerasflow.io.bundle import is_bundle
from kerasflow.saved_model.builder import MAIN_OP
from kerasflow.saved_model.files import VARIABLES, read_graphs
from kerasflow.train.saver import import_meta_graph

__all__ = ["add_graph", "load", "meta_graph_with"]

_MAIN_OPS = (MAIN_OP, "legacy_init_op")
_BRANCHING = {
    "Enter",
    "Exit",
    "If",
    "LoopCond",
    "Merge",
    "NextIteration",
    "StatelessIf",
    "StatelessWhile",
    "Switch",
    "While",
}

StrPath = str | bytes | os.PathLike[str]  # estimators give the path of what they export as bytes


def load(
    sess: Session, tags: Iterable[str], export_dir: StrPath, import_scope: str | None = None, **saver_kwargs: Any
) -> Any:
    """Add the graph that was saved under `tags` to the session's graph, and give its variables their values.

    Args:
        sess: the session.
        tags: exactly those that the graph was saved under.
        export_dir: the folder of the saved model.
        import_scope: a scope for the names.
        saver_kwargs: accepted and without effect.

    Returns:
        The graph's `MetaGraphDef`, with its signatures.

    Raises:
        MissingFileError: there is no saved model (a FileNotFoundError and a ValueError). RuntimeError: none under these
            tags. ValueError: the graph has operations that kerasflow does not have; the model is damaged.

    >>> import os, tempfile
    >>> folder = os.path.join(tempfile.mkdtemp(), "model")
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32, [None], name="x")
    ...     tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": tf.square(x, name="y")})
    >>> with tf.Session() as sess:
    ...     meta = tf.saved_model.loader.load(sess, ["serve"], folder)
    ...     sess.run(meta.signature_def["serving_default"].outputs["y"].name, {"x:0": [3.0]})
    array([9.], dtype=float32)
    """
    export_dir = os.fsdecode(export_dir)
    meta = meta_graph_with(export_dir, tags)
    add_graph(sess, meta, export_dir, import_scope)
    return meta


def add_graph(sess: Session, meta: Any, export_dir: StrPath, import_scope: str | None = None) -> None:
    """Do what `load` does with a graph that has been read from the saved model already."""
    meta = _without_branches(meta)
    with sess.graph.as_default():
        before = {key: len(sess.graph.get_collection(key)) for key in _MAIN_OPS}
        saver = import_meta_graph(meta, import_scope=import_scope)
        prefix = os.path.join(os.fsdecode(export_dir), VARIABLES)
        if saver is not None and is_bundle(prefix):
            saver.restore(sess, prefix)
        for key in _MAIN_OPS:
            for operation in sess.graph.get_collection(key)[before[key] :]:
                sess.run(operation)


def meta_graph_with(export_dir: StrPath, tags: Iterable[str]) -> Any:
    """The graph that was saved under exactly these tags. RuntimeError, with those there are, if there is none."""
    export_dir = os.fsdecode(export_dir)
    wanted = {tags} if isinstance(tags, str) else set(tags)
    graphs = read_graphs(export_dir)
    for meta in graphs:
        if set(meta.meta_info_def.tags) == wanted:
            return meta
    there = "; ".join(", ".join(sorted(m.meta_info_def.tags)) for m in graphs)
    raise RuntimeError(
        f"The saved model in {export_dir!r} has no graph with the tags {', '.join(sorted(wanted))}; "
        f"it has graphs with: {there}."
    )


def _without_branches(meta: Any) -> Any:
    """The graph without the branches and loops of TensorFlow's, and all that depends on these.

    They cannot be imported; but where only summaries need them, as in what TensorFlow's estimators export, a model
    serves without. If the signatures need them, the graph stays as it is.
    """
    readers: dict[str, list[str]] = {}
    for node in meta.graph_def.node:
        for name in node.input:
            readers.setdefault(node_of(name), []).append(node.name)
    todo = [n.name for n in meta.graph_def.node if n.op in _BRANCHING]
    spoilt = set(todo)
    while todo:
        new = [r for r in readers.get(todo.pop(), ()) if r not in spoilt]
        spoilt.update(new)
        todo += new
    wanted = {node_of(info.name) for s in meta.signature_def.values() for info in s.outputs.values()}
    wanted |= {node_of(name) for key in _MAIN_OPS if key in meta.collection_def for name in _names(meta, key)}
    if not spoilt or spoilt & wanted:
        return meta
    left = type(meta).FromString(meta.SerializeToString())
    kept = [n for n in left.graph_def.node if n.name not in spoilt]
    del left.graph_def.node[:]
    left.graph_def.node.extend(kept)
    for key in list(left.collection_def):
        names = [name for name in _names(left, key) if node_of(name) not in spoilt]
        if left.collection_def[key].WhichOneof("kind") == "node_list":
            left.collection_def[key].node_list.value[:] = names
    return left


def _names(meta: Any, key: str) -> list[str]:
    return list(meta.collection_def[key].node_list.value)
