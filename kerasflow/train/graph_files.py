"""Files with graphs: `GraphDef` and `MetaGraphDef` messages, binary or as text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from kerasflow.core.graph import Graph
from kerasflow.graphdef.meta_graph import add_saver, meta_graph_of, read_meta_graph
from kerasflow.io.files import MissingFileError, atomic_path
from kerasflow.io.protos import message, parse_text, to_text

__all__ = ["read_message", "save_meta_graph", "variables_of_meta_graph", "write_graph", "write_message"]

StrPath = str | os.PathLike[str]


def write_graph(graph_or_graph_def: Any, logdir: StrPath, name: str, as_text: bool = True) -> str:
    """Write a graph's definition to the file `name` in the folder `logdir`, which is made if need be.

    Args:
        graph_or_graph_def: a graph, or its `GraphDef`.
        logdir: the folder.
        name: of the file.
        as_text: whether as readable text, or in binary.

    Returns:
        The file's path.

    Raises:
        ImportError: the package tensorboard is missing. OSError: the file cannot be written.

    >>> import os, tempfile
    >>> _ = tf.constant(1.0, name="x")
    >>> path = tf.train.write_graph(tf.get_default_graph(), tempfile.mkdtemp(), "graph.pbtxt")
    >>> with open(path) as file:
    ...     os.path.basename(path), file.readline()
    ('graph.pbtxt', 'node {\\n')
    """
    definition = graph_or_graph_def
    if isinstance(definition, Graph):
        definition = definition.as_graph_def()  # type: ignore[attr-defined]
    os.makedirs(logdir, exist_ok=True)
    path = os.path.join(os.fspath(logdir), name)
    write_message(path, definition, as_text)
    return path


def save_meta_graph(
    path: StrPath | None,
    graph: Graph,
    saved: dict[str, Any],
    max_to_keep: int,
    collection_list: Iterable[Any] | None = None,
    as_text: bool = False,
    clear_devices: bool = False,
) -> Any:
    """The `MetaGraphDef` of a graph whose variables `saved` a saver looks after; written to `path` if there is one."""
    meta = meta_graph_of(graph, collection_list, clear_devices)
    add_saver(meta, saved, max_to_keep)
    if path is not None:
        write_message(path, meta, as_text)
    return meta


def variables_of_meta_graph(
    meta_graph_or_file: Any, clear_devices: bool = False, import_scope: str | None = None
) -> tuple[dict[str, Any], int]:
    """Add a meta graph, or the one in a file, to the default graph.

    Returns:
        Its variables by the names they have in checkpoints; and how many checkpoints its saver keeps.
    """
    meta = meta_graph_or_file
    if isinstance(meta, (str, os.PathLike)):
        meta = read_message(meta, "MetaGraphDef")
    variables = read_meta_graph(meta, import_scope, clear_devices)
    keep: int = meta.saver_def.max_to_keep if meta.HasField("saver_def") else 5
    return variables, keep


def write_message(path: StrPath, content: Any, as_text: bool = False) -> None:
    """Write a message to a file, atomically."""
    octets = to_text(content).encode() if as_text else content.SerializeToString()
    with atomic_path(path) as temporary:
        temporary.write_bytes(octets)


def read_message(path: StrPath, kind: str) -> Any:
    """The message of that kind in a file, binary or text.

    Raises:
        MissingFileError: there is no such file. ValueError: it holds something else.
    """
    try:
        with open(path, "rb") as file:
            octets = file.read()
    except FileNotFoundError as error:
        raise MissingFileError(f"There is no file {os.fspath(path)!r}.") from error
    content = message(kind)()
    try:
        content.ParseFromString(octets)
        if content.ByteSize() or not octets:
            return content
    except Exception:  # of the protobuf package, which is not imported here
        content = message(kind)()
    try:
        return parse_text(octets.decode(), content)
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: this is not a {kind}, neither binary nor text.") from error
