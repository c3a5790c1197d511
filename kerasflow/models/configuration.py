"""Models as plain data, in the form of Keras 3: what layers there are, and who is called on what.

A functional model is its layers in Keras's order, each with the list of its calls. A call names what it takes by layer,
number of the call, and number of the output; calls that belong to other models are not counted.
"""

from __future__ import annotations

from typing import Any

from kerasflow.layers.base import Layer
from kerasflow.layers.core import InputLayer, Operation
from kerasflow.layers.keras_operations import KerasOperation, described
from kerasflow.layers.lookup import serialize
from kerasflow.layers.symbolic import KerasTensor, Node, flatten, map_structure
from kerasflow.models.arguments import plain
from kerasflow.models.network import Network

__all__ = ["functional_config", "is_functional", "sequential_config"]


def sequential_config(name: str, trainable: bool, start: Any, stack: list[Layer]) -> dict[str, Any]:
    """A stack of layers as plain data.

    Args:
        name, trainable: of the model.
        start: its input, if it is known; what is no layer has a dict of features for a tensor.
        stack: the layers above it.

    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)], name="m")
    >>> config = model.get_config()
    >>> [layer["class_name"] for layer in config["layers"]], config["build_input_shape"]
    (['InputLayer', 'Dense'], [None, 3])
    """
    config: dict[str, Any] = {"name": name, "trainable": trainable, "dtype": "float32"}
    begins = [start] if isinstance(start, InputLayer) else []
    config["layers"] = [serialize(layer) for layer in [*begins, *stack]]
    if begins and start.batch_input_shape is not None:
        config["build_input_shape"] = list(start.batch_input_shape)
    if start is not None and not begins:
        config["features"] = {key: [list(t.dims[1:]), t.dtype.name] for key, t in start.tensor.items()}
    return config


def functional_config(name: str, trainable: bool, network: Network) -> dict[str, Any]:
    """Layers between inputs and outputs as plain data.

    Raises:
        ValueError: an operation, or an argument of a call, cannot be written down.

    >>> x = tf.keras.Input((3,), name="x")
    >>> config = tf.keras.Model(x, tf.keras.layers.Dense(1, name="d")(x), name="m").get_config()
    >>> config["input_layers"], config["output_layers"]
    (['x', 0, 0], ['d', 0, 0])
    """
    return _Writer(network).config(name, trainable)


class _Writer:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.calls: dict[Layer, list[Node]] = {}
        for node in network.nodes:
            self.calls.setdefault(node.layer, []).append(node)
        self.numbers = {node: i for calls in self.calls.values() for i, node in enumerate(calls)}
        self.starts = {t: t.node.layer for t in flatten(network.inputs) if not t.node.inputs}
        names = {layer.name for layer in network.layers}
        for t in flatten(network.inputs):  # what another layer gives, and this model takes: an input of its own
            if t not in self.starts:
                own = _distinct(t.name, names)
                self.starts[t] = InputLayer(batch_shape=t.dims, dtype=t.dtype, name=own)
        self.names = {layer: layer.name for layer in network.layers}
        for layer in network.layers:
            if isinstance(layer, (Operation, KerasOperation)) and "/" in layer.name:
                self.names[layer] = _distinct(layer.name.replace("/", "_").strip("_"), names)

    def config(self, name: str, trainable: bool) -> dict[str, Any]:
        foreign = [s for s in self.starts.values() if s not in self.names]
        layers = [*self.network.layers, *foreign]
        return {
            "name": name,
            "trainable": trainable,
            "layers": [self.layer(layer) for layer in layers],
            "input_layers": map_structure(lambda t: list(self.place(t)), self.network.inputs),
            "output_layers": map_structure(self.outer_place, self.network.outputs),
        }

    def layer(self, layer: Layer) -> dict[str, Any]:
        if isinstance(layer, (Operation, KerasOperation)):
            return self.operation(layer)
        calls = [self.call(node) for node in self.calls.get(layer, [])]
        return {**serialize(layer), "name": layer.name, "inbound_nodes": calls}

    def operation(self, layer: Operation | KerasOperation) -> dict[str, Any]:
        calls = []
        for node in self.calls[layer]:
            module, kind, settings, args, kwargs = described(layer, node.arguments[0])
            calls.append({"args": plain(args, self.place), "kwargs": plain(kwargs, self.place)})
        name = self.names[layer]
        settings = plain({**settings, "name": name}, self.place)
        saved = {"module": module, "class_name": kind, "config": settings, "registered_name": kind}
        return {**saved, "name": name, "inbound_nodes": calls}

    def call(self, node: Node) -> dict[str, Any]:
        call = {"args": plain(list(node.arguments), self.place), "kwargs": plain(node.kwargs, self.place)}
        # Keras writes the phase that it happened to be in, so this says that somebody asked for it.
        return {**call, "training_is_given": True} if isinstance(node.kwargs.get("training"), bool) else call

    def place(self, t: KerasTensor) -> tuple[str, int, int]:
        """Who gives a tensor: the layer, the number of its call, and the number among what the call gave."""
        if t in self.starts:
            return self.starts[t].name, 0, 0
        return self.names[t.node.layer], self.numbers[t.node], flatten(t.node.outputs).index(t)

    def outer_place(self, t: KerasTensor) -> list[Any]:
        """The same as an output of the model, where Keras counts the making of a functional model as its first call."""
        name, call, output = self.place(t)
        return [name, call + (t not in self.starts and is_functional(t.node.layer)), output]


def is_functional(layer: Any) -> bool:
    """Whether a layer is a model between given inputs and outputs, and no stack.

    >>> from kerasflow.models.configuration import is_functional
    >>> is_functional(tf.keras.Sequential([tf.keras.layers.Dense(1)]))
    False
    """
    return bool(getattr(layer, "functional", False))


def _distinct(name: str, taken: set[str]) -> str:
    """`name`, numbered if it is taken; takes it."""
    found, k = name, 0
    while found in taken:
        k += 1
        found = f"{name}_{k}"
    taken.add(found)
    return found
