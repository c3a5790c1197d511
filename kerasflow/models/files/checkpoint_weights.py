"""Weights of a model from a checkpoint of TensorFlow's: of `save_weights` in Keras 2, of a saved model, of a saver.

In those of Keras 2 an array is called after the way to it, attribute by attribute, from the model; layers of stacks and
functional models that have weights are counted, ``layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE``. Beside the
arrays it is noted what the variables were called, by which the layers of a functional model are told apart if all their
names are those of the layers here. In the checkpoint of a saver arrays are called as the variables are.

Source: TensorFlow, trackable_object_graph.proto and its Keras 2; checked against 1.15.5.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from kerasflow.core.errors import DataLossError
from kerasflow.io.bundle import is_bundle, read_bundle, read_bundle_specs
from kerasflow.io.wire import fields
from kerasflow.layers.base import Layer
from kerasflow.models.files.named import load_named
from kerasflow.models.files.places import attributes_of

__all__ = ["load_checkpoint_weights", "prefix_of"]

_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_SLOT = "/.OPTIMIZER_SLOT/"
_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_NUMBERED = "layer_with_weights-"
_OTHERS = ("optimizer/", "save_counter", "keras_api/", "loss_", "_")  # what the names of other things begin with
_IN_KERAS_2 = {"kernel": "depthwise_kernel"}  # what weights of the same place are called there


def prefix_of(path: str) -> str | None:
    """The name that the files of a checkpoint share, if `path` is one, or the folder of a saved model; else None.

    >>> from kerasflow.models.files.checkpoint_weights import prefix_of
    >>> prefix_of("no/such/checkpoint")
    """
    inside = os.path.join(path, "variables", "variables")
    return path if is_bundle(path) else inside if is_bundle(inside) else None


def load_checkpoint_weights(model: Any, prefix: str, by_name: bool = False, skip_mismatch: bool = False) -> None:
    """Set the weights of a model, all or none of them, from a checkpoint.

    Args:
        model: the model.
        prefix: what the names of the checkpoint's files begin with.
        by_name: whether to take the weights that the checkpoint has, and leave the others as they are.
        skip_mismatch: whether to leave weights as they are, with a warning, that are missing or of other shapes.

    Raises:
        DataLossError: it is damaged. NotFoundError, InvalidArgumentError: weights are missing, left over or of other
            shapes; all are named.
    """
    tree = _Checkpoint(prefix)
    if not any(name.endswith(_VALUE) for name in tree.arrays):
        named = {weight.name.partition(":")[0]: weight for weight in model.weights}
        load_named(named, tree, (), prefix, by_name, skip_mismatch)
        return
    noted = _variables(tree) if _GRAPH in tree.arrays else {}
    named = {f"{name}{_VALUE}": w for name, w in _ways(model, _in_order(model, noted)).items()}
    named = {_as_there(name, tree.arrays): w for name, w in named.items()}
    known = [n for n in tree.arrays if n.endswith(_VALUE) and _SLOT not in n and not n.startswith(_OTHERS)]
    load_named(named, tree, known, prefix, by_name, skip_mismatch)


class _Checkpoint:
    """What is in a checkpoint, read when it is asked for."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.arrays = read_bundle_specs(prefix)

    def read(self, name: str) -> np.ndarray[Any, Any]:
        """An array."""
        return read_bundle(self._prefix, [name])[name]

    def damaged(self, error: object) -> DataLossError:
        """The error for notes that are none."""
        return DataLossError(None, None, f"{self._prefix}: the notes of the checkpoint are damaged: {error}")


def _variables(tree: _Checkpoint) -> dict[str, str]:
    """What the variables were called, by the names of the arrays."""
    found = {}
    try:
        for number, node in fields(bytes(tree.read(_GRAPH).item())):
            for inner, attribute in _messages(node) if number == 1 else ():
                if inner == 2:
                    texts = {n: v.decode() for n, v in _messages(attribute) if isinstance(v, bytes) and n in (2, 3)}
                    found[texts.get(3, "")] = texts.get(2, "")
    except (ValueError, TypeError, UnicodeDecodeError) as error:
        raise tree.damaged(error) from error
    return found


def _messages(value: int | bytes) -> Iterable[tuple[int, int | bytes]]:
    if not isinstance(value, bytes):
        raise ValueError("a number where there should be a message")
    return fields(value)


def _in_order(model: Any, noted: Mapping[str, str]) -> list[Any]:
    """The layers of a stack or functional model that have weights, in the order in which the checkpoint counts them."""
    layers = [layer for layer in model.layers if layer.weights]
    names: dict[int, str | None] = {}
    for array, variable in noted.items():
        first, _, rest = array.partition("/")
        number = first.removeprefix(_NUMBERED)
        if first.startswith(_NUMBERED) and number.isdecimal():
            # The variables inside of a model are called after its layers, not after it.
            names[int(number)] = None if rest.startswith(_NUMBERED) else variable.partition("/")[0]
    by_name = {layer.name: layer for layer in layers}
    known = {name for name in names.values() if name is not None}
    if len(names) != len(layers) or not known <= set(by_name):
        return layers
    others = iter([layer for layer in layers if layer.name not in known])
    return [next(others) if name is None else by_name[name] for _, name in sorted(names.items())]


def _ways(model: Any, ordered: list[Any]) -> dict[str, Any]:
    """The weights of a model by the shortest ways to them; `ordered` are the layers that are counted."""
    found: dict[str, Any] = {}
    seen: dict[int, Any] = {id(model): model}
    todo: deque[tuple[str, Any]] = deque([("", model)])
    while todo:
        way, item = todo.popleft()
        if isinstance(item, Layer):
            for weight in item._weights:
                found.setdefault(f"{way}{weight.name.rpartition('/')[2].partition(':')[0]}", weight)
        for name, inner in _steps(item, ordered if item is model else None):
            if id(inner) not in seen:
                seen[id(inner)] = inner
                todo.append((f"{way}{name}/", inner))
    return found


def _steps(item: Any, ordered: list[Any] | None) -> Iterable[tuple[str, Any]]:
    """What a layer, a list or a dict holds, by the names of the attributes or places."""
    if isinstance(item, (list, tuple)):
        pairs: Iterable[tuple[str, Any]] = ((str(k), value) for k, value in enumerate(item))
    elif isinstance(item, dict):
        pairs = ((str(k), value) for k, value in item.items())
    elif hasattr(item, "_stack") or getattr(item, "functional", False):
        layers = ordered or [layer for layer in item.layers if layer.weights]
        pairs = ((f"{_NUMBERED}{k}", layer) for k, layer in enumerate(layers))
    else:
        pairs = ((name, value) for name, value in attributes_of(item) if name != "layers")
    return [(name, value) for name, value in pairs if isinstance(value, (Layer, list, tuple, dict))]


def _as_there(name: str, arrays: Mapping[str, Any]) -> str:
    """The name of an array, or what it is called in Keras 2."""
    if name in arrays:
        return name
    way, _, last = name.removesuffix(_VALUE).rpartition("/")
    older = f"{way}/{_IN_KERAS_2.get(last, last)}{_VALUE}"
    return older if older in arrays else name
