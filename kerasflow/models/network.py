"""`Network`: the layers between given inputs and outputs, and their replay in a graph.

The record that calling layers on symbolic tensors leaves is a graph of nodes; nodes made later have higher numbers, so
sorting by number is a topological order. The order of the layers, which decides the order of the weights, is Keras's:
by decreasing distance from the outputs, ties as a depth-first walk from the outputs meets them.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.layers.base import Layer
from kerasflow.layers.masks import mask_of, set_mask
from kerasflow.layers.symbolic import KerasTensor, Node, flatten, map_structure

__all__ = ["Network", "arranged", "check_names"]


class Network:
    """The part of a record that computes `outputs` from `inputs`.

    Raises:
        ValueError: something is not a symbolic tensor, two layers have one name, or the outputs need an input that is
            not among `inputs`.
    """

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.inputs = inputs
        self.outputs = outputs
        for role, structure in (("input", inputs), ("output", outputs)):
            for t in flatten(structure):
                if not isinstance(t, KerasTensor):
                    raise ValueError(f"Each {role} of a model must be a KerasTensor, as Input() gives; got {t!r}.")
        self._given = flatten(inputs)
        if not self._given or not flatten(outputs):
            raise ValueError("A model needs at least one input and one output.")
        if len(set(self._given)) < len(self._given):
            raise ValueError(f"An input is named twice: {[t.name for t in self._given]}.")
        self.nodes = self._needed_nodes()
        self.layers = self._ordered_layers()
        check_names(self.layers)

    def _needed_nodes(self) -> list[Node]:
        given = set(self._given)
        seen: set[Node] = set()
        todo = [t.node for t in flatten(self.outputs) if t not in given]
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            if not node.inputs:
                raise ValueError(
                    f"The outputs depend on {node.outputs}, which is not among the inputs "
                    f"{[t.name for t in self._given]}."
                )
            seen.add(node)
            todo.extend(t.node for t in node.inputs if t not in given)
        return sorted(seen, key=lambda n: n.index)

    def _ordered_layers(self) -> list[Layer]:
        # A given tensor that another layer made is an input all the same; that layer is not part of the network.
        starts = list(dict.fromkeys(t.node for t in self._given if not t.node.inputs))
        met, finished = self._walk({*starts, *self.nodes})
        node_depth: dict[Node, int] = {}
        layer_depth: dict[Layer, int] = {}
        # From the outputs up: a node lies one above the highest of its consumers, a layer at its highest node so far.
        for node in reversed(finished):
            depth = max(node_depth.get(node, 0), layer_depth.get(node.layer, 0))
            layer_depth[node.layer] = node_depth[node] = depth
            for t, steps in [*[(t, 0) for t in node.inputs], *_mask_sources(node)]:
                node_depth[t.node] = max(node_depth.get(t.node, 0), depth + 1 + steps)
        for node in starts:
            if node.layer not in layer_depth:  # an input that nothing takes
                layer_depth[node.layer], met[node.layer] = 0, -1
        return sorted(layer_depth, key=lambda layer: (-layer_depth[layer], met[layer]))

    def _walk(self, allowed: set[Node]) -> tuple[dict[Layer, int], list[Node]]:
        """A walk from the outputs, depth first: when it first meets each layer, and the nodes as it leaves them."""
        met: dict[Layer, int] = {}
        seen: set[Node] = set()
        finished: list[Node] = []
        todo = [(t.node, False) for t in reversed(flatten(self.outputs))]
        while todo:
            node, leaving = todo.pop()
            if leaving:
                finished.append(node)
            elif node not in seen and node in allowed:
                seen.add(node)
                met.setdefault(node.layer, len(met))
                todo.append((node, True))
                todo.extend((t.node, False) for t in reversed(node.inputs))
        return met, finished

    @property
    def is_chain(self) -> bool:
        """Whether each call takes what the one before gave, and nothing else."""
        before = [self._given, *[flatten(node.outputs) for node in self.nodes]]
        return all(node.inputs == given for node, given in zip(self.nodes, before, strict=False))

    def sources(self, layer: Layer) -> list[str]:
        """The names of the layers whose outputs `layer` takes in this network, of all its calls in order."""
        given = {t: t.name for t in self._given}
        calls = [node for node in self.nodes if node.layer is layer]
        return list(dict.fromkeys(given.get(t, t.node.layer.name) for node in calls for t in node.inputs))

    def replay(self, inputs: Any) -> Any:
        """The `result` as tensors, with `inputs`, in the structure of the network's own, in place of its inputs."""
        values: dict[KerasTensor, Any] = dict(zip(self._given, flatten(inputs), strict=True))

        def value(t: Any) -> Any:
            return values[t] if isinstance(t, KerasTensor) else t

        for node in self.nodes:
            args, kwargs = map_structure(value, (node.arguments, node.kwargs))
            results = node.layer(*args, **kwargs)
            values.update(zip(flatten(node.outputs), flatten(results), strict=True))
        return map_structure(value, self.result)

    @property
    def result(self) -> Any:
        """The outputs as calls give them: a list or tuple of one is that one."""
        alone = isinstance(self.outputs, (list, tuple)) and len(self.outputs) == 1
        return self.outputs[0] if alone else self.outputs


def arranged(inputs: Any, mask: Any, like: Any, name: str) -> list[Any]:
    """The tensors in `inputs` in the order of those in `like`, and as these are.

    Dicts are matched by name. Types are converted, and a last axis of size 1 is added or taken away where it has to be.

    Args:
        inputs: tensors, nested as the inputs of the model `name` are; or one for each of these.
        mask: the masks that ride with them, nested as they are; None for none.
        like: the symbolic inputs of the model.

    Raises:
        ValueError: an input is missing, or has another shape.
    """
    wanted = flatten(like)
    given = flatten(inputs)
    masks = flatten(mask) if mask is not None else []
    masked = {id(t): m for t, m in zip(given, masks, strict=False)}
    if isinstance(inputs, dict):
        names = sorted(like) if isinstance(like, dict) else [t.name for t in wanted]
        if set(names) - set(inputs):
            raise ValueError(f"The model {name!r} has the inputs {names}, got {sorted(inputs)}.")
        given = flatten([inputs[n] for n in names])
    if len(given) != len(wanted):
        raise ValueError(f"The model {name!r} has {len(wanted)} inputs, got {len(given)}.")
    return [_fitted(t, masked.get(id(t)), w, name) for t, w in zip(given, wanted, strict=True)]


def _fitted(tensor: Any, mask: Any, wanted: KerasTensor, name: str) -> Any:
    """A tensor as an input of a model, with its mask."""
    fitted = tensor
    if tensor.dims is not None and wanted.dims is not None:
        extra = len(tensor.dims) - len(wanted.dims)
        if extra == -1 and wanted.dims[-1] == 1:
            fitted = ops.expand_dims(tensor, -1)
        elif extra == 1 and tensor.dims[-1] == 1:
            fitted = ops.squeeze(tensor, [-1])
    if not shapes.compatible(fitted.dims, wanted.dims):
        raise ValueError(
            f"The input {wanted.name!r} of the model {name!r} has the shape {shapes.show(wanted.dims)}, got "
            f"{shapes.show(tensor.dims)}."
        )
    if fitted.dtype != wanted.dtype:
        fitted = ops.cast(fitted, wanted.dtype)
    mask = mask_of(tensor) if mask is None else mask
    if mask is not mask_of(fitted):
        fitted = ops.identity(fitted) if fitted is tensor else fitted
        set_mask(fitted, mask)
    return fitted


# How many operations make a mask in Keras, by the class of the layer. They are in its graph, and so count as distance.
_MASK_STEPS = {"Embedding": 1, "Masking": 2}


def _mask_sources(node: Node) -> list[tuple[KerasTensor, int]]:
    """What the masks that a call takes are made of, each with the number of operations in between."""
    if "mask" not in inspect.signature(node.layer.call).parameters:
        return []
    found: list[tuple[KerasTensor, int]] = []
    todo = [(t, 0) for t in node.inputs if t.masked]
    seen: set[KerasTensor] = set()
    while todo:
        t, steps = todo.pop()
        if t in seen:
            continue
        seen.add(t)
        made = _MASK_STEPS.get(type(t.node.layer).__name__)
        if made is not None:
            found += [(source, steps + made) for source in t.node.inputs]
            continue
        masked = [source for source in t.node.inputs if source.masked]
        # Masks that are merged are joined one by one: the first two have the longest way.
        todo += [(source, steps + len(masked) - max(i, 1)) for i, source in enumerate(masked)]
    return found


def check_names(layers: Sequence[Layer]) -> None:
    """ValueError if two layers have one name: it says whose a weight in a file is, or an array in a dict."""
    named: dict[str, Layer] = {}
    for layer in layers:
        if named.setdefault(layer.name, layer) is not layer:
            raise ValueError(f"Two layers of the model are called {layer.name!r}; give each a name of its own.")
