"""`kerasflow inspect`: what a model, a file of weights or a run is; nothing in it is run. Of tables: `inspect_data`."""

from __future__ import annotations

import argparse
import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kerasflow.cli.console import Console, aligned, count, number, plain
from kerasflow.cli.exits import OK, CommandError, ModelError, UsageError
from kerasflow.cli.model_files import describe, is_model, is_run
from kerasflow.cli.run_description import describe_run
from kerasflow.cli.scores import METRICS
from kerasflow.core.errors import OpError
from kerasflow.io.text_stream import STDIN

__all__ = ["inspect", "is_table", "size_of"]

LONG = 100  # characters of a name of a file
UNITS = ("bytes", "kB", "MB", "GB", "TB")
WRITERS = {
    "keras_version": "Keras",
    "tensorflow_version": "TensorFlow",
    "date_saved": "on",
    "backend": "backend",
    "producer": "",
}


def is_table(paths: Sequence[str]) -> bool:
    """Whether these paths are those of a table and no model: several files, a pipe, a pattern, or a file of text."""
    [path, *more] = paths
    return bool(more) or path == STDIN or glob.has_magic(path) or os.path.isfile(path) and not is_model(path)


def inspect(options: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    path = options.data[0]
    console = Console.of(options)
    if not os.path.exists(path) and not is_model(path):
        raise UsageError(f"{path}: there is no such file or folder")
    try:
        found = describe_run(path) if is_run(path) else describe(path)
    except ImportError as error:
        raise CommandError(f"{path}: {error}") from error
    except (OpError, ValueError) as error:
        text = str(error)
        raise ModelError(text if path in text else f"{path}: {text}") from error
    console.result("\n\n".join(_parts(path, found)), {"path": path, **found})
    return OK


def _parts(path: str, found: Mapping[str, Any]) -> Iterator[str]:
    """What was found in words, part by part."""
    yield _head(path, found)
    if "target" in found:
        yield _run(found)
    ports = [_port(side, port) for side in ("input", "output") for port in found.get(f"{side}s", [])]
    if ports:
        yield aligned(ports, "<<<<")
    for graph in found.get("graphs", []):
        yield "\n".join(_graph(graph))
    if found.get("layers"):
        yield aligned([("layer", "kind", "output", "parameters", "settings"), *map(_layer, found["layers"])], "<<<><")
    if found.get("weights"):
        rows = [(plain(w["name"], LONG), _shape(w["shape"]), w["dtype"], size_of(w["bytes"])) for w in found["weights"]]
        yield aligned([("weight", "shape", "type", "size"), *rows], "<<<>")


def _head(path: str, found: Mapping[str, Any]) -> str:
    name = f" {plain(found['name'])}" if found.get("name") else ""
    lines = [f"{path}: {found['what']}{name} ({found['format']})"]
    size = "".join(f"{count(found[f'{noun}s'], noun)}, " for noun in ("parameter", "node") if f"{noun}s" in found)
    lines.append(f"{size}{size_of(found['bytes'])}")
    written = [f"{WRITERS.get(key, key)} {plain(text)}".strip() for key, text in found.get("written_by", {}).items()]
    lines += [f"written by {', '.join(written)}"] if written else []
    lines += [f"{plain(str(key))}: {plain(str(value))}" for key, value in found.get("notes", {}).items()]
    lines += [plain(found["problem"], 400)] if "problem" in found else []
    return "\n".join(lines)


def _run(found: Mapping[str, Any]) -> str:
    """What a run was trained for, and how good it is."""
    lines = [f"predicts {plain(found['target'])}: {found['task']}{_labels(found.get('labels', []))}"]
    for column in found["columns"]:
        features = count(column["features"], "feature") if column["features"] else "not used"
        lines.append(f"  from {plain(column['name'])}: {column['kind']}, {features}")
    if "validation" not in found:
        return "\n".join(lines)
    scores = found["validation"]["model"]
    titles = {name: METRICS[name].title if name in METRICS else plain(name) for name in scores}
    told = [f"{titles[name]} {number(value)}" for name, value in scores.items()]
    return "\n".join(
        [*lines, f"on {count(found['validation']['rows'], 'row')} held out: {', '.join(told)}"] if told else lines
    )


def _labels(labels: Sequence[str]) -> str:
    shown = ", ".join(map(plain, labels[:5]))
    return f", {count(len(labels), 'class')}: {shown}{', ...' * (len(labels) > 5)}" if labels else ""


def _port(side: str, port: Mapping[str, Any]) -> tuple[str, str, str, str]:
    return side, plain(port["name"]), _shape(port["shape"]), port["dtype"]


def _graph(graph: Mapping[str, Any]) -> Iterator[str]:
    yield f"graph {', '.join(map(plain, graph['tags']))}: {count(graph['nodes'], 'node')}"
    for signature in graph["signatures"]:
        yield f"  signature {plain(signature['name'])}"
        for side in ("input", "output"):
            for port in signature[f"{side}s"]:
                yield f"    {side} {plain(port['name'])}: {port['dtype']} {_shape(port['shape'])}"


def _layer(layer: Mapping[str, Any]) -> tuple[str, str, str, str, str]:
    settings = " ".join(f"{name}={_setting(value)}" for name, value in layer["settings"].items())
    output = _shape(layer["output"]) if layer.get("output") is not None else "?"
    parameters = "?" if layer.get("parameters") is None else f"{layer['parameters']:,}"
    return plain(layer["name"], LONG), plain(layer["kind"]), output, parameters, settings


def _setting(value: Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, list) else plain(str(value))


def _shape(shape: Any) -> str:
    """A shape, or several, as people write them; "?" for a size that is open."""
    if shape is None:
        return "any shape"
    if any(isinstance(item, list) for item in shape):
        return " ".join(map(_shape, shape))
    return (
        "(" + ", ".join("?" if size is None else str(size) for size in shape) + ("," if len(shape) == 1 else "") + ")"
    )


def size_of(size: float) -> str:
    """A number of bytes.

    >>> size_of(12), size_of(25_300)
    ('12 bytes', '25.3 kB')
    """
    power = 0
    while size >= 1000 and power < len(UNITS) - 1:
        size, power = size / 1000, power + 1
    return f"{size:.{int(power > 0)}f} {UNITS[power]}"
