"""What is in a file or folder of a model, found without running anything that it says, and without reading its weights.

A description is what JSON carries: `what` it is and in which `format`, its size, who wrote it, and as far as the format
tells them its `inputs`, `outputs`, `layers`, and its `weights` by name with shape and type.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import kerasflow.onnx as onnx_files
from kerasflow.core.graph import Graph
from kerasflow.graphdef.values import dims_of, dtype_of
from kerasflow.io.archive import is_archive, read_members
from kerasflow.io.bundle import bundle_files, is_bundle, read_bundle_specs
from kerasflow.io.hdf5 import read_meta, read_specs
from kerasflow.io.hdf5_layout import ArraySpec, ForeignFileError
from kerasflow.io.hdf5_tree import Tree, is_hdf5, is_named_arrays, opened_tree
from kerasflow.io.json_file import JsonError, parse_json, read_json
from kerasflow.io.safetensors import SafeTensors, is_safetensors
from kerasflow.layers.context import empty_weights
from kerasflow.models.cloning import model_from_config
from kerasflow.saved_model.files import MODEL, MODEL_AS_TEXT, VARIABLES, read_graphs
from kerasflow.train.checkpoints import latest_checkpoint

__all__ = ["describe", "is_model", "is_run"]

Description = dict[str, Any]
SETTINGS = ("units", "filters", "kernel_size", "strides", "rate", "input_dim", "output_dim", "activation", "axis")
CANNOT = (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RuntimeError, MemoryError, RecursionError)
ONNX = ".onnx"  # has no mark of its own
RUN_FILES = ("config.json", "model.json")


def is_model(path: str) -> bool:
    """Whether a path is that of a model rather than of a table: by first bytes, ending, or the files of a folder."""
    if os.path.isdir(path) or is_bundle(_prefix(path)):
        return True
    if not os.path.isfile(path):
        return False
    return path.endswith(ONNX) or is_archive(path) and path.endswith(".keras") or is_hdf5(path) or _tensors(path)


def describe(path: str) -> Description:
    """What is there.

    Raises:
        ForeignFileError: nothing that is known. MissingFileError: there is nothing.
        ValueError, OpError: it is damaged, or holds something that is refused.
        ImportError: it is one of ONNX, and the package onnx is not installed.
    """
    if os.path.isdir(path):
        return _folder(Path(path))
    if path.endswith(ONNX):
        return onnx_files.describe_model(path)
    if is_bundle(_prefix(path)):
        return _checkpoint(_prefix(path))
    if is_archive(path):
        return _keras(path)
    if is_hdf5(path):
        return _own_hdf5(path) if is_named_arrays(path) else _hdf5(path)
    if _tensors(path):
        with SafeTensors(path) as file:
            found = _base("weights", "safetensors", [path], file.arrays)
            return found | ({"notes": dict(file.metadata)} if file.metadata else {})
    raise ForeignFileError(f"{path}: neither a model nor a file of weights that is known")


def _folder(path: Path) -> Description:
    if any((path / name).is_file() for name in (MODEL, MODEL_AS_TEXT)):
        return _saved_model(path)
    latest = latest_checkpoint(path)
    if latest is not None:
        return describe(latest)
    raise ForeignFileError(f"{path}: the folder is no run, no saved model, and has no checkpoint")


def _base(what: str, format_: str, files: Iterable[str], arrays: Mapping[str, ArraySpec]) -> Description:
    weights = [_weight(name, spec) for name, spec in arrays.items()]
    numbers = sum(math.prod(spec.shape) for name, spec in arrays.items() if not _is_state(name))
    size = sum(os.path.getsize(file) for file in files)
    return {"what": what, "format": format_, "bytes": size, "parameters": numbers, "weights": weights}


def _weight(name: str, spec: ArraySpec) -> Description:
    size = math.prod(spec.shape) * spec.dtype.itemsize
    return {"name": name, "shape": list(spec.shape), "dtype": spec.dtype.name, "bytes": size}


def _is_state(name: str) -> bool:
    """Whether an array is of an optimizer, not of the model."""
    return name.startswith(("optimizer", "optimizer_weights"))


def _keras(path: str) -> Description:
    members = read_members(path, ["config.json", "model.weights.h5"], ["metadata.json"])
    config = _object(members["config.json"], "config.json")
    with opened_tree(members["model.weights.h5"], "model.weights.h5") as tree:
        found = _base("model", ".keras, Keras 3", [path], tree.arrays)
        _name_layers(found, tree)
    notes = _object(members.get("metadata.json", b"{}"), "metadata.json")
    written = {name: notes[name] for name in ("keras_version", "date_saved") if isinstance(notes.get(name), str)}
    return found | {"written_by": written} | _architecture(config)


def _hdf5(path: str) -> Description:
    with opened_tree(path, path) as tree:
        texts = tree.texts("", "model_config")
        versions = {name: "".join(tree.texts("", name) or []) for name in ("keras_version", "backend")}
        written = {name: text for name, text in versions.items() if text}
        if texts is None:
            kind = ".weights.h5, Keras 3" if _is_new(tree) else ".h5, Keras 2"
            found = _base("weights", kind, [path], tree.arrays) | {"written_by": written}
            _name_layers(found, tree)
            return found
        found = _base("model", ".h5, Keras 2", [path], tree.arrays)
        return found | {"written_by": written} | _architecture(_object("\n".join(texts).encode(), "model_config"))


def _name_layers(found: Description, tree: Tree) -> None:
    """Beside each weight of Keras 3 the name of its layer, which the name of the weight does not tell."""
    for weight in found["weights"]:
        group = weight["name"].rpartition("/")[0]
        names = tree.texts(group, "name") if group.endswith("vars") else None
        if names:
            weight["layer"] = names[0]


def _is_new(tree: Tree) -> bool:
    return tree.has_group("layers") or tree.has_group("vars") or any("/vars/" in name for name in tree.arrays)


def _own_hdf5(path: str) -> Description:
    meta = read_meta(path)
    found = _base(str(meta.get("kind", "arrays")), "kerasflow's own HDF5, with checksums", [path], read_specs(path))
    return found | {"notes": {name: value for name, value in meta.items() if name != "kind"}}


def _checkpoint(prefix: str) -> Description:
    specs = dict(sorted(read_bundle_specs(prefix).items()))
    return _base("checkpoint", "TensorFlow, version 2", bundle_files(prefix), specs)


def _saved_model(path: Path) -> Description:
    graphs = read_graphs(path)
    prefix = str(path / VARIABLES)
    specs = dict(sorted(read_bundle_specs(prefix).items())) if is_bundle(prefix) else {}
    files = [str(file) for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    found = _base("saved model", "TensorFlow, saved model", files, specs)
    versions = {graph.meta_info_def.tensorflow_version for graph in graphs} - {""}
    written = {"tensorflow_version": ", ".join(sorted(versions))} if versions else {}
    return found | {"written_by": written, "graphs": [_graph(graph) for graph in graphs]}


def _graph(graph: Any) -> Description:
    signatures = []
    for key in sorted(graph.signature_def):
        signature = graph.signature_def[key]
        sides = {side: [_tensor(name, infos[name]) for name in sorted(infos)] for side, infos in _sides(signature)}
        signatures.append({"name": key, **sides})
    return {"tags": sorted(graph.meta_info_def.tags), "nodes": len(graph.graph_def.node), "signatures": signatures}


def _sides(signature: Any) -> list[tuple[str, Any]]:
    return [("inputs", signature.inputs), ("outputs", signature.outputs)]


def _tensor(name: str, info: Any) -> Description:
    try:
        dtype = dtype_of(info.dtype).name
    except ValueError:
        dtype = f"type {info.dtype}"
    dims = dims_of(info.tensor_shape)
    return {"name": name, "shape": None if dims is None else list(dims), "dtype": dtype}


def _architecture(config: Mapping[str, Any]) -> Description:
    """What a description of a model says: its layers; and, where all of them are known, what it takes and gives."""
    found: Description = {"class": _text(config.get("class_name")), "layers": _layers(config)}
    inner = config.get("config")
    if isinstance(inner, Mapping) and isinstance(inner.get("name"), str):
        found["name"] = inner["name"]
    try:
        with Graph().as_default(), empty_weights():
            model = _made(config)
            shapes = {layer.name: _shape(layer.output) for layer in model.layers}
            sides = {"inputs": [_port(t) for t in model.inputs], "outputs": [_port(t) for t in model.outputs]}
            sizes = {layer.name: layer.count_params() for layer in model.layers}
    except CANNOT as error:
        return found | {"problem": f"the layers cannot all be made: {error}"}
    for layer in found["layers"]:
        if layer["kind"] == "InputLayer" and layer["name"] not in shapes:  # that of a stack
            layer["output"], layer["parameters"] = sides["inputs"][0]["shape"], 0
        else:
            layer["output"], layer["parameters"] = shapes.get(layer["name"]), sizes.get(layer["name"])
    return found | sides


def _made(config: Mapping[str, Any]) -> Any:
    """The model that is described, its weights zeros that take no memory."""
    model = model_from_config(json.loads(json.dumps(config)), None)
    built = config.get("build_config")
    shape = built.get("input_shape") if isinstance(built, Mapping) else None
    if not model.built and isinstance(shape, list):
        model.build(tuple(shape))
    return model


def _port(tensor: Any) -> Description:
    return {"name": str(tensor.name).partition(":")[0], "shape": _shape(tensor), "dtype": tensor.dtype.name}


def _shape(output: Any) -> Any:
    """The shape of an output, or of each of several."""
    if isinstance(output, (list, tuple)):
        return [_shape(item) for item in output]
    return [None if size is None else int(size) for size in output.shape]


def _layers(config: Mapping[str, Any]) -> list[Description]:
    inner = config.get("config")
    items = inner.get("layers") if isinstance(inner, Mapping) else inner  # Keras 1 had the list itself
    found = []
    for item in items if isinstance(items, list) else []:
        settings = item.get("config") if isinstance(item, Mapping) else None
        if isinstance(settings, Mapping):
            shown = {
                name: settings[name] for name in SETTINGS if isinstance(settings.get(name), (int, float, str, list))
            }
            name = _text(settings.get("name") or item.get("name"))
            found.append({"name": name, "kind": _text(item.get("class_name")), "settings": shown})
    return found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(data: bytes, what: str) -> dict[str, Any]:
    value = parse_json(data, what)
    if not isinstance(value, dict):
        raise JsonError(f"{what} is no object")
    return value


def _prefix(path: str) -> str:
    """The name that the files of a checkpoint share, of one of them."""
    stem, _, ending = path.rpartition(".")
    return stem if ending == "index" or ending.startswith("data-") else path


def _tensors(path: str) -> bool:
    return os.path.isfile(path) and is_safetensors(path)


def is_run(path: str) -> bool:
    """Whether a folder looks like a run of kerasflow."""
    for name in RUN_FILES:
        try:
            config = read_json(Path(path) / name)
        except (OSError, ValueError):
            continue
        if isinstance(config, dict) and "sha256" in config:
            return True
    return False
