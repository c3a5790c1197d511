"""`kerasflow saved-model`: what a saved model takes and gives, and what it gives for some arrays."""

from __future__ import annotations

import argparse
import ast
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.cli.console import STDOUT
from kerasflow.cli.exits import OK, DataError, ModelError, UsageError
from kerasflow.core.errors import OpError
from kerasflow.core.graph import Graph
from kerasflow.core.session import Session
from kerasflow.graphdef.values import dims_of, dtype_of
from kerasflow.io.files import MissingFileError, atomic_path
from kerasflow.saved_model.files import read_graphs
from kerasflow.saved_model.loader import add_graph

__all__ = ["saved_model"]


def saved_model(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    try:
        graphs = read_graphs(options.dir)
    except MissingFileError as error:
        raise UsageError(f"--dir: {error}") from error
    except ValueError as error:
        raise ModelError(str(error)) from error
    if options.action == "show":
        for line in _shown(graphs, options):
            print(line, file=STDOUT)
        return OK
    _run(graphs, options)
    return OK


def _shown(graphs: list[Any], options: argparse.Namespace) -> Iterator[str]:
    if not options.all and options.tag_set is None:
        yield from (_tags(g) for g in graphs)
        return
    for graph in graphs if options.all else [_graph(graphs, options.tag_set)]:
        yield f"graph {_tags(graph)}"
        keys = sorted(graph.signature_def) if options.signature_def is None else [options.signature_def]
        for key in keys:
            yield from _signature_lines(key, _signature(graph, key))


def _signature_lines(key: str, signature: Any) -> Iterator[str]:
    yield f"  signature {key}" + (f", method {signature.method_name}" if signature.method_name else "")
    for what, infos in (("input", signature.inputs), ("output", signature.outputs)):
        for name in sorted(infos):
            yield f"    {what} {name}: {_described(infos[name])}"


def _described(info: Any) -> str:
    dims = dims_of(info.tensor_shape)
    shape = "of any shape" if dims is None else "[" + ", ".join("?" if n is None else str(n) for n in dims) + "]"
    try:
        dtype = dtype_of(info.dtype).name
    except ValueError:
        dtype = f"type {info.dtype}"
    return f"{dtype} {shape}, tensor {info.name}"


def _tags(graph: Any) -> str:
    return ",".join(sorted(graph.meta_info_def.tags))


def _graph(graphs: list[Any], tag_set: str) -> Any:
    wanted = {t.strip() for t in tag_set.split(",")}
    for graph in graphs:
        if set(graph.meta_info_def.tags) == wanted:
            return graph
    raise UsageError(f"--tag_set: no graph has the tags {tag_set}; there are {'; '.join(map(_tags, graphs))}")


def _signature(graph: Any, key: str) -> Any:
    if key not in graph.signature_def:
        raise UsageError(f"--signature_def: there is no {key!r}; there are {', '.join(sorted(graph.signature_def))}")
    return graph.signature_def[key]


def _run(graphs: list[Any], options: argparse.Namespace) -> None:
    graph = _graph(graphs, options.tag_set)
    signature = _signature(graph, options.signature_def)
    feeds = _feeds(signature, options)
    targets = _targets(sorted(signature.outputs), options)
    with Graph().as_default() as here, Session(graph=here) as session:
        try:
            add_graph(session, graph, options.dir)
        except (ValueError, OpError) as error:
            raise ModelError(f"{options.dir}: {error}") from error
        try:
            values = session.run({name: info.name for name, info in signature.outputs.items()}, feeds)
        except (ValueError, TypeError, OpError) as error:
            raise DataError(str(error)) from error
    for name, value in sorted(values.items()):
        if options.outdir is None:
            print(f"{name}:\n{np.array2string(np.asarray(value), threshold=sys.maxsize)}", file=STDOUT)
        else:
            with atomic_path(targets[name]) as temporary, open(temporary, "wb") as file:
                np.save(file, np.asarray(value), allow_pickle=False)
            print(targets[name], file=STDOUT)


def _targets(names: list[str], options: argparse.Namespace) -> dict[str, Path]:
    """The file for each output."""
    if options.outdir is None:
        return {}
    folder = Path(options.outdir)
    folder.mkdir(parents=True, exist_ok=True)
    targets = {name: folder / f"{name.replace(os.sep, '_')}.npy" for name in names}
    there = [str(path) for path in targets.values() if path.exists()]
    if there and not options.overwrite:
        raise UsageError(f"--outdir: {', '.join(there)} would be replaced; --overwrite allows it")
    return targets


def _feeds(signature: Any, options: argparse.Namespace) -> dict[str, np.ndarray]:
    given: dict[str, np.ndarray] = {}
    for option, read in (("inputs", _from_file), ("input_exprs", _from_literal)):
        for item in getattr(options, option).split(";"):
            name, equals, value = item.strip().partition("=")
            if not item.strip():
                continue
            if not equals:
                raise UsageError(f"--{option}: expected NAME=VALUE, got {item!r}")
            if name not in signature.inputs:
                raise UsageError(f"--{option}: no input {name!r}; there are {', '.join(sorted(signature.inputs))}")
            given[name] = read(option, value)
    missing = [name for name in sorted(signature.inputs) if name not in given]
    if missing:
        raise UsageError(f"no value for {', '.join(missing)}: give --inputs NAME=FILE or --input_exprs NAME=VALUE")
    return {signature.inputs[name].name: _typed(array, signature.inputs[name], name) for name, array in given.items()}


def _typed(array: np.ndarray, info: Any, name: str) -> np.ndarray:
    try:
        wanted = dtype_of(info.dtype).numpy
    except ValueError as error:
        raise ModelError(f"the input {name}: {error}") from error
    if array.dtype.kind in "iuf" and wanted.kind in "iufc" and not (array.dtype.kind == "f" and wanted.kind in "iu"):
        return array.astype(wanted)
    if array.dtype == wanted or wanted.kind == "O" and array.dtype.kind in "SU":
        return array
    raise DataError(f"the input {name} has type {dtype_of(info.dtype).name}, got {array.dtype}")


def _from_file(option: str, value: str) -> np.ndarray:
    """The array in a .npy file, or the one called KEY in a .npz file: ``FILE[KEY]``."""
    path, bracket, key = value.removesuffix("]").partition("[")
    try:
        with open(path, "rb") as file:
            found = np.load(file, allow_pickle=False)
            if isinstance(found, np.ndarray):
                return found
            if not bracket or key not in found:
                known = ", ".join(f"{path}[{name}]" for name in found.files) or "none"
                raise UsageError(f"--{option}: say which array of {path}; there are: {known}")
            array = found[key]
    except FileNotFoundError as error:
        raise UsageError(f"--{option}: there is no file {path!r}") from error
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: this is no .npy or .npz file: {error}") from error
    if not isinstance(array, np.ndarray):
        raise DataError(f"{path}: {key} is no array")
    return array


def _from_literal(option: str, value: str) -> np.ndarray:
    """Numbers or texts as Python writes them, in lists of lists. Nothing is executed."""
    try:
        array = np.array(ast.literal_eval(value))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise UsageError(f"--{option}: expected numbers as in [[1.0, 2.0]], got {value!r}") from error
    if array.dtype.kind not in "biufSU":
        raise UsageError(f"--{option}: expected numbers as in [[1.0, 2.0]], got {value!r}")
    return array
