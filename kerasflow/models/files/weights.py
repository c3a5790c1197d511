"""Weights in the layout of Keras 3, in a file of their own or in an archive: written, and read with checks.

All that a file declares is compared with the model before any of it is read, and all of it is read before the model is
changed.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from kerasflow.core.errors import InvalidArgumentError, NotFoundError
from kerasflow.core.variables import Variable
from kerasflow.core.weights import Weight
from kerasflow.models.files.places import Place, Places, places_of
from kerasflow.models.optimizer_state import OLD_SLOTS, saved_state, slot_groups, state_cells

__all__ = ["Loaded", "array_of", "check_shapes", "read_optimizer", "read_state", "read_weights", "weight_arrays"]

_STEPS = "optimizer/vars"
_SHOWN = 10  # of the differences between a file and a model


class Loaded:
    """Arrays that were read for a model, and are put in their places when all is well."""

    def __init__(self) -> None:
        self._weights: list[tuple[Any, np.ndarray[Any, Any]]] = []
        self._states: list[tuple[Any, np.ndarray[Any, Any]]] = []

    def add(self, weight: Any, array: np.ndarray[Any, Any]) -> None:
        """Keep the array of a weight."""
        self._weights.append((weight, array))

    def add_state(self, cells: list[Any], arrays: list[np.ndarray[Any, Any]]) -> None:
        """Keep the state of an optimizer, for these cells."""
        self._states += zip(cells, arrays, strict=True)

    def install(self) -> None:
        """Set all of them."""
        for weight, array in self._weights:
            value = array.astype(weight.dtype.numpy)
            if isinstance(weight, Variable):  # of a graph, in which the layer was first called
                weight.load(value)
            else:
                weight.assign(value)
        for cell, array in self._states:
            np.copyto(cell.value, array, casting="unsafe")


def weight_arrays(model: Any) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, dict[str, str]]]:
    """The arrays of a model by their paths, with the state of its optimizer, and the notes beside them.

    >>> from kerasflow.models.files.weights import weight_arrays
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1, name="d")])
    >>> arrays, notes = weight_arrays(model)
    >>> sorted(arrays), notes["layers/dense/vars"]
    (['layers/dense/vars/0', 'layers/dense/vars/1'], {'name': 'd'})
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    notes: dict[str, dict[str, str]] = {}
    for place in places_of(model).layers:
        notes[place.folder] = {"name": place.layer.name}
        arrays.update({path: weight.numpy_value for path, weight in place.arrays.items()})
    state = [] if model.optimizer is None else saved_state(model.optimizer, model.trainable_weights)
    if state:
        notes[_STEPS] = {"name": str(model.optimizer.name)}
        arrays.update({f"{_STEPS}/{i}": array for i, array in enumerate(state)})
    return arrays, notes


def array_of(weight: Any) -> np.ndarray[Any, Any]:
    """The array of a weight; if it is a variable of a graph, as it is in the default session.

    Raises:
        ValueError: there is no default session.

    >>> from kerasflow.models.files.weights import array_of
    >>> array_of(tf.keras.layers.Dense(1).add_weight("w", (2,), initializer="ones"))
    array([1., 1.], dtype=float32)
    """
    return weight.numpy_value if isinstance(weight, Weight) else np.asarray(weight.eval())


def read_weights(model: Any, tree: Any, where: str, names: bool, skip_mismatch: bool = False) -> Loaded:
    """Read the weights of a model.

    Args:
        model: the model, which is not changed.
        tree: the file.
        where: its name, for messages.
        names: whether the names that are noted in the file have to be those of the layers.
        skip_mismatch: whether to leave out, with a warning, layers whose weights are missing or of other shapes.

    Raises:
        NotFoundError, InvalidArgumentError: weights are missing; or of other shapes, or too many. All are listed.
    """
    places = places_of(model, _by_names(tree, names, where))
    wanted = {path: (place, w) for place in places.layers for path, w in place.arrays.items()}
    skipped: set[str] = set()
    if skip_mismatch:
        skipped = _skipped(tree, places.layers, where)
        wanted = {path: pair for path, pair in wanted.items() if pair[0].path not in skipped}
    else:
        left = [path for path in tree.arrays if path not in wanted and not _is_ignored(path, places)]
        check_shapes(tree, {path: w for path, (_, w) in wanted.items()}, left, where)
    loaded = Loaded()
    for path, (_, weight) in wanted.items():
        loaded.add(weight, tree.read(path))
    return loaded


def _by_names(tree: Any, strict: bool, where: str) -> Any:
    """What finds the groups of layers by the names that are noted in them, where these are the layers' names."""

    def named(path: str, groups: list[str], layers: list[Any]) -> list[str]:
        heavy = [layer for layer in layers if layer.weights]
        noted: dict[str, str] = {}
        for group in _groups_in(tree, path):
            texts = tree.texts(f"{path}/{group}/vars", "name") if _has_vars(tree, f"{path}/{group}") else None
            if texts:
                noted.setdefault(texts[0], group)
        if all(layer.name in noted for layer in heavy):
            return [noted.get(layer.name, group) for layer, group in zip(layers, groups, strict=True)]
        lacking = [layer.name for layer in heavy if layer.name not in noted]
        if strict and noted and path == "layers":
            raise NotFoundError(None, None, f"{where}: it has no weights of the layers {lacking[:_SHOWN]}")
        return groups

    return named


def _groups_in(tree: Any, path: str) -> list[str]:
    """The names of the groups right below a path, in which there are arrays."""
    inside = f"{path}/"
    return list(dict.fromkeys(p[len(inside) :].split("/")[0] for p in tree.arrays if p.startswith(inside)))


def _has_vars(tree: Any, path: str) -> bool:
    return tree.has_group(f"{path}/vars")


def _is_ignored(path: str, places: Places) -> bool:
    """Whether an array is none of a layer's weights: the optimizer's, a metric's, the state of a random generator."""
    parts = path.split("/")
    others = parts[0] == "optimizer" or "seed_generator" in parts
    return others or any(path.startswith(f"{prefix}/") for prefix in places.ignored)


def _skipped(tree: Any, places: Iterable[Place], where: str) -> set[str]:
    """The groups of layers that a file does not fit; warns of them."""
    bad = {
        place.path: place.layer.name
        for place in places
        for path, w in place.arrays.items()
        if path not in tree.arrays or tree.arrays[path].shape != tuple(w.shape.as_list())
    }
    if bad:
        warnings.warn(f"{where}: skipped the layers {list(bad.values())}, whose weights differ.", stacklevel=5)
    return set(bad)


def check_shapes(tree: Any, wanted: dict[str, Any], left: list[str], where: str) -> None:
    """Compare what a file declares with the weights that are to be read from it.

    Args:
        tree: the file.
        wanted: the weights by their paths.
        left: paths of arrays for which there are no weights.
        where: the name of the file.

    Raises:
        NotFoundError: weights are missing. InvalidArgumentError: they are of other shapes or kinds, or too many.
    """
    missing = [path for path in wanted if path not in tree.arrays]
    if missing:
        names = [f"{wanted[path].name} ({path})" for path in missing[:_SHOWN]]
        raise NotFoundError(None, None, f"{where}: {len(missing)} weights are missing: {', '.join(names)}")
    wrong = []
    for path, weight in wanted.items():
        spec, shape = tree.arrays[path], tuple(weight.shape.as_list())
        if spec.shape != shape or not np.can_cast(spec.dtype, weight.dtype.numpy, "same_kind"):
            wrong.append(f"{weight.name} is {weight.dtype.name}{list(shape)}, the file has {spec} at {path}")
    if wrong:
        raise InvalidArgumentError(None, None, f"{where}: {'; '.join(wrong[:_SHOWN])}")
    if left:
        shown = ", ".join(left[:_SHOWN])
        raise InvalidArgumentError(None, None, f"{where}: the model has no weights for {len(left)} arrays: {shown}")


def read_optimizer(model: Any, tree: Any, where: str, loaded: Loaded) -> None:
    """Read the state of the optimizer, if there is one; warns, and reads nothing, if it is that of another one.

    Raises:
        InvalidArgumentError: the shapes are others.
    """
    paths = sorted((p for p in tree.arrays if _is_state(p)), key=lambda p: int(p.rpartition("/")[2]))
    read_state(model, tree, paths, where, loaded)


def _is_state(path: str) -> bool:
    folder, _, number = path.rpartition("/")
    return folder == _STEPS and number.isdecimal() and len(number) < 10


def read_state(model: Any, tree: Any, paths: list[str], where: str, loaded: Loaded) -> None:
    """Read the state of the optimizer from these paths; see `read_optimizer`."""
    if model.optimizer is None or not paths:
        return
    weights = model.trainable_weights
    cells = state_cells(model.optimizer, weights)
    rate = getattr(model.optimizer, "_rate", None)
    if len(cells) == len(paths) + 1 and rate in cells:  # Keras 2 has the learning rate in the description alone
        cells = [cell for cell in cells if cell is not rate]
    paths = _in_order(paths, len(weights), slot_groups(model.optimizer))
    if len(cells) != len(paths):
        warnings.warn(
            f"{where}: the state of the optimizer has {len(paths)} arrays, {type(model.optimizer).__name__} keeps "
            f"{len(cells)}; it starts anew.",
            stacklevel=4,
        )
        return
    for cell, path in zip(cells, paths, strict=True):
        spec = tree.arrays[path]
        if spec.shape != np.shape(cell.value) or spec.dtype.kind not in "iuf":
            raise InvalidArgumentError(
                None, None, f"{where}: the optimizer keeps {np.shape(cell.value)}, the file has {spec} at {path}"
            )
    loaded.add_state(cells, [tree.read(path) for path in paths])


def _in_order(paths: list[str], count: int, groups: list[list[str]]) -> list[str]:
    """The paths of a state in today's order, from that of the first Keras 2: all of one slot, then all of the next.

    There a slot's name comes last, as in ``Adam/dense/kernel/m:0``; later it comes before the weight's.
    """
    found: dict[str, list[str]] = {}
    last: list[str] = []
    for path in paths[1:]:
        name = path.rpartition("/")[2].partition(":")[0]
        (found.setdefault(name, []) if name in OLD_SLOTS else last).append(path)
    names = [slot for group in groups for slot in group]
    if not found or [len(of_slot) for of_slot in found.values()] != [count] * len(names):
        return paths
    slots = dict(zip(names, found.values(), strict=True))
    return [paths[0], *[slots[slot][i] for group in groups for i in range(count) for slot in group], *last]
