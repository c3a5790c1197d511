"""Where Keras 3 keeps the weights of a model in its files.

Each layer has a group. Those of a stack or a functional model are called after their classes and counted, in the order
of the layers: the name of a layer does not come into it, but it is noted beside the weights, and is heeded when a file
is read. What other layers hold has the name of the attribute; lists and dicts are groups with counted classes again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from kerasflow.core.shapes import TensorShape
from kerasflow.core.types import DType, as_dtype
from kerasflow.layers.base import Layer
from kerasflow.layers.core import Operation
from kerasflow.layers.keras_operations import KerasOperation
from kerasflow.layers.lookup import saved_class
from kerasflow.metrics import Metric
from kerasflow.models.files.names import OWN_NAMES

__all__ = ["Own", "Place", "Places", "attributes_of", "places_of"]

Named = Callable[[str, list[str], list[Any]], list[str]]


class Place(NamedTuple):
    """A group of a file, and the layer whose own weights it has."""

    path: str
    layer: Any

    @property
    def weights(self) -> list[Any]:
        """The layer's own weights, in the order in which they are numbered."""
        return sorted(self.layer._weights, key=lambda w: not w.trainable)

    @property
    def arrays(self) -> dict[str, Any]:
        """The weights by their paths, and what else the layer keeps, which is called by its name."""
        own = getattr(self.layer, "own_arrays", dict)()
        numbered = {f"{self.folder}/{i}": weight for i, weight in enumerate(self.weights)}
        return {**numbered, **{f"{self.folder}/{name}": Own(self.layer, name) for name in own}}

    @property
    def folder(self) -> str:
        """The path of the group in which the weights are."""
        return f"{self.path}/vars" if self.path else "vars"


class Own:
    """An array that a layer keeps, and that is none of its weights, used as one is."""

    def __init__(self, layer: Any, name: str) -> None:
        self.layer, self.key = layer, name
        self.name = f"{layer.name}/{name}"

    @property
    def numpy_value(self) -> np.ndarray[Any, Any]:
        """The array."""
        array: np.ndarray[Any, Any] = self.layer.own_arrays()[self.key]
        return array

    @property
    def shape(self) -> TensorShape:
        """The shape."""
        return TensorShape(self.numpy_value.shape)

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        return as_dtype(self.numpy_value.dtype)

    def assign(self, value: Any) -> None:
        """Set the array."""
        self.layer.set_own_arrays({self.key: value})


class Places(NamedTuple):
    """The groups of all layers of a model, and the paths of what is no layer: metrics."""

    layers: list[Place]
    ignored: list[str]


def places_of(model: Any, named: Named | None = None) -> Places:
    """The groups of a model and of all layers inside it.

    Args:
        model: the model.
        named: asked for the names of the groups in a list of layers, with its path, the names by Keras's rule, and the
            layers; by default the names stay.

    >>> from kerasflow.models.files.places import places_of
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1), tf.keras.layers.Dense(1)])
    >>> [place.path for place in places_of(model).layers]
    ['', 'layers/dense', 'layers/dense_1']
    """
    walk = _Walk(named or (lambda path, names, layers: names))
    walk.visit(model, "")
    return Places(walk.found, walk.ignored)


class _Walk:
    def __init__(self, named: Named) -> None:
        self.named = named
        self.found: list[Place] = []
        self.ignored: list[str] = []
        self.seen: dict[int, Any] = {}  # by identity; kept, so that no other has it

    def visit(self, layer: Any, path: str) -> None:
        if id(layer) in self.seen:
            return
        self.seen[id(layer)] = layer
        self.found.append(Place(path, layer))
        for name, value in attributes_of(layer):
            inner = f"{path}/{name}" if path else name
            if isinstance(value, Layer):
                self.visit(value, inner)
            elif isinstance(value, Metric):
                self.ignored.append(inner)
            elif isinstance(value, (list, tuple, dict)):
                self.contain(value, inner)

    def contain(self, container: Any, path: str) -> None:
        if id(container) in self.seen:
            return
        self.seen[id(container)] = container
        items = list(container.values()) if isinstance(container, dict) else list(container)
        kept = [item for item in items if isinstance(item, (Layer, Metric, list, tuple, dict))]
        names = list(_counted(kept))
        layers = [item for item in kept if isinstance(item, Layer)]
        wanted = [n for n, item in zip(names, kept, strict=True) if isinstance(item, Layer)]
        renamed = dict(zip(wanted, self.named(path, wanted, layers), strict=True))
        for name, item in zip(names, kept, strict=True):
            inner = f"{path}/{renamed.get(name, name)}"
            if isinstance(item, Layer):
                self.visit(item, inner)
            elif isinstance(item, Metric):
                self.ignored.append(inner)
            else:
                self.contain(item, inner)


def attributes_of(layer: Any) -> Iterator[tuple[str, Any]]:
    """What a layer holds, by name, in Keras's order: the public names, then the others, each sorted."""
    held = {k: v for k, v in vars(layer).items() if not k.startswith("__")}
    if hasattr(layer, "_stack") or getattr(layer, "functional", False):
        yield "layers", [inner for inner in layer.layers if not isinstance(inner, (Operation, KerasOperation))]
    elif hasattr(layer, "compile"):  # a model that says in `call` what it does
        held["layers"] = layer.layers
    yield from sorted(held.items(), key=lambda item: f"~{item[0]}" if item[0].startswith("_") else item[0])


def _counted(items: list[Any]) -> Iterator[str]:
    """``dense``, ``dense_1``, ...: the classes of items, numbered where they occur again."""
    counts: dict[str, int] = {}
    for item in items:
        is_container = isinstance(item, (list, tuple, dict))
        name = "container" if is_container else _snake_case(OWN_NAMES.get(kind := saved_class(item)[1], kind))
        counts[name] = counts.get(name, -1) + 1
        yield f"{name}_{counts[name]}" if counts[name] else name


def _snake_case(name: str) -> str:
    """As Keras makes the names of groups from those of classes."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
