"""The files of a saved model: ``saved_model.pb``, or ``.pbtxt``, with its graphs, and ``variables/`` beside it.

The first is a message of two fields, a version and graphs, written and read with the wire format itself.

Source: TensorFlow, saved_model.proto and the README of its saved_model directory; checked against 1.15.5 and 2.21.
"""

from __future__ import annotations

import os
import textwrap
from typing import Any

from kerasflow.io import protos, wire
from kerasflow.io.files import MissingFileError, atomic_path

__all__ = ["MODEL", "MODEL_AS_TEXT", "VARIABLES", "maybe_saved_model_directory", "read_graphs", "write_graphs"]

MODEL, MODEL_AS_TEXT = "saved_model.pb", "saved_model.pbtxt"
VARIABLES = os.path.join("variables", "variables")
_SCHEMA = 1

StrPath = str | os.PathLike[str]


def maybe_saved_model_directory(export_dir: StrPath | bytes) -> bool:
    """Whether there is a saved model in the folder.

    >>> tf.saved_model.maybe_saved_model_directory("no/such/folder")
    False
    """
    folder = os.fsdecode(export_dir)
    return any(os.path.isfile(os.path.join(folder, name)) for name in (MODEL, MODEL_AS_TEXT))


def write_graphs(export_dir: StrPath, graphs: list[Any], as_text: bool) -> str:
    """Write `MetaGraphDef` messages; gives the path of the file."""
    path = os.path.join(os.fspath(export_dir), MODEL_AS_TEXT if as_text else MODEL)
    if as_text:
        bodies = [textwrap.indent(protos.to_text(g), "  ") for g in graphs]
        text = f"saved_model_schema_version: {_SCHEMA}\n" + "".join(f"meta_graphs {{\n{b}}}\n" for b in bodies)
        octets = text.encode()
    else:
        octets = wire.message((1, _SCHEMA), *[(2, g.SerializeToString()) for g in graphs])
    with atomic_path(path) as temporary:
        temporary.write_bytes(octets)
    return path


def read_graphs(export_dir: StrPath) -> list[Any]:
    """The `MetaGraphDef` messages of a saved model.

    Raises:
        MissingFileError: there is none in the folder (a FileNotFoundError and a ValueError). ValueError: it is damaged.
    """
    path = os.path.join(os.fspath(export_dir), MODEL)
    if not os.path.isfile(path):
        if os.path.isfile(os.path.join(export_dir, MODEL_AS_TEXT)):
            return _read_text(os.path.join(os.fspath(export_dir), MODEL_AS_TEXT))
        raise MissingFileError(
            f"There is no saved model in {os.fspath(export_dir)!r}: neither {MODEL} nor {MODEL_AS_TEXT}."
        )
    kind = protos.message("MetaGraphDef")
    with open(path, "rb") as file:
        octets = file.read()
    try:
        return [kind.FromString(value) for number, value in wire.fields(octets) if number == 2]
    except Exception as error:  # ValueError, or one of the protobuf package, which is not imported here
        raise ValueError(f"{path}: this is not a saved model, or it is damaged: {error}") from error


def _read_text(path: str) -> list[Any]:
    """The graphs in a file of `write_graphs`, or of TensorFlow's, which has each in braces of its own."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = file.read().split("\n")
    graphs: list[Any] = []
    start: int | None = None
    for k, line in enumerate(lines):
        if line == "meta_graphs {":
            start = k + 1
        elif line == "}" and start is not None:
            try:
                text = "\n".join(lines[start:k])
                graphs.append(protos.parse_text(text, protos.message("MetaGraphDef")()))
            except ValueError as error:
                raise ValueError(f"{path}: this is not a saved model, or it is damaged: {error}") from error
            start = None
    if not graphs or start is not None:
        raise ValueError(f"{path}: this is not a saved model, or it is damaged.")
    return graphs
