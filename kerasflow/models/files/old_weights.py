"""Weights in the layout of Keras 2: a group for each layer, in which a list names the weights, its own and inner ones.

Which array is which weight goes by order. Where all names of layers are those of the model, it goes by these.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.models.files.weights import Loaded, array_of, check_shapes

__all__ = ["old_weight_arrays", "read_old_weights"]

Arrays = dict[str, np.ndarray[Any, Any]]
Notes = dict[str, dict[str, Any]]

# What is written as the version: of Keras 2, so that its readers take it for theirs.
VERSION = {"keras_version": "2.15.0", "backend": "tensorflow"}


def _weights_of(layer: Any) -> list[Any]:
    """The weights in the order of these files: first those that are trained."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def old_weight_arrays(model: Any, prefix: str) -> tuple[Arrays, Notes]:
    """The arrays of a model by their paths, and the notes of groups.

    >>> from kerasflow.models.files.old_weights import old_weight_arrays
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1, name="d")])
    >>> sorted(old_weight_arrays(model, "")[0])
    ['d/d/bias:0', 'd/d/kernel:0']
    """
    arrays: Arrays = {}
    notes: Notes = {prefix.rstrip("/"): {"layer_names": [layer.name for layer in model.layers], **VERSION}}
    for layer in model.layers:
        names: list[str] = []
        for weight in _weights_of(layer):
            name = base = f"{weight.name.partition(':')[0]}:0"
            k = 0
            while name in names:
                k += 1
                name = f"{base[:-2]}_{k}:0"
            names.append(name)
            arrays[f"{prefix}{layer.name}/{name}"] = array_of(weight)
        notes[f"{prefix}{layer.name}"] = {"weight_names": names}
    notes[f"{prefix}top_level_model_weights"] = {"weight_names": []}
    return arrays, notes


def read_old_weights(
    model: Any, tree: Any, group: str, where: str, by_name: bool = False, skip_mismatch: bool = False
) -> Loaded:
    """Read the weights of a model.

    Args:
        model: the model, which is not changed.
        tree: the file.
        group: the group in it where the layers are.
        where: its name, for messages.
        by_name: whether to read the layers that are called like groups of the file, and leave out the others.
        skip_mismatch: whether to leave out, with a warning, layers whose weights are of other shapes.

    Raises:
        ForeignFileError: the file does not say what it has.
        NotFoundError, InvalidArgumentError: weights are missing; or of other shapes, or too many. All are listed.
    """
    prefix = f"{group}/" if group else ""
    stored = {name: paths for name, paths in _stored(tree, group, prefix).items() if paths}
    heavy = [layer for layer in model.layers if _weights_of(layer)]
    pairs = _pairs(heavy, stored, by_name, where)
    wanted: dict[str, Any] = {}
    for layer, paths in pairs:
        weights = _weights_of(layer)
        fits = len(weights) == len(paths) and all(
            p in tree.arrays and tree.arrays[p].shape == tuple(w.shape.as_list())
            for w, p in zip(weights, paths, strict=True)
        )
        if not fits and skip_mismatch:
            warnings.warn(f"{where}: skipped the layer {layer.name!r}, whose weights differ.", stacklevel=4)
            continue
        if len(weights) != len(paths):
            raise ForeignFileError(
                f"{where}: the layer {layer.name!r} has {len(weights)} weights, the file has {len(paths)} of it"
            )
        wanted.update(zip(paths, weights, strict=True))
    check_shapes(tree, wanted, [], where)
    loaded = Loaded()
    for path, weight in wanted.items():
        loaded.add(weight, tree.read(path))
    return loaded


def _stored(tree: Any, group: str, prefix: str) -> dict[str, list[str]]:
    """The paths of the weights of each layer in the file."""
    names = tree.texts(group, "layer_names")
    if names is None:
        raise ForeignFileError("it does not list its layers")
    found: dict[str, list[str]] = {}
    for name in names:
        inside = f"{prefix}{name}"
        weights = tree.texts(inside, "weight_names") if tree.has_group(inside) else []
        found[name] = [f"{inside}/{w}" for w in weights or []]
    return found


def _pairs(layers: list[Any], stored: dict[str, list[str]], by_name: bool, where: str) -> list[tuple[Any, list[str]]]:
    """The layers, each with the paths of its weights."""
    names = [layer.name for layer in layers]
    if by_name:
        return [(layer, stored[layer.name]) for layer in layers if layer.name in stored]
    if len(names) != len(stored):
        raise ForeignFileError(
            f"{where}: the model has {len(names)} layers with weights, {names[:10]}, the file has {len(stored)}, "
            f"{list(stored)[:10]}"
        )
    if set(names) == set(stored):
        return [(layer, stored[layer.name]) for layer in layers]
    return list(zip(layers, stored.values(), strict=True))
