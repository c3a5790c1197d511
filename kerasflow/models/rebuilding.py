"""Models from plain data: the layers are made, then called on each other as the data say.

Calls are made as soon as all they take is there, so the order of the layers in a file does not matter; what remains in
the end is a circle, or hangs on something that is not there, and is an error that says so.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from kerasflow.layers.base import Layer
from kerasflow.layers.core import InputLayer
from kerasflow.layers.keras_operations import KerasOperation, operation_module
from kerasflow.layers.lookup import deserialize
from kerasflow.layers.symbolic import KerasTensor, flatten
from kerasflow.models.arguments import Place, live
from kerasflow.models.configuration import is_functional

__all__ = ["functional_parts", "sequential_layers"]

Objects = Mapping[str, Any] | None
_MASKS = ("mask", "training")


def sequential_layers(config: Any, custom_objects: Objects = None) -> list[Layer]:
    """The layers of a stack from its description.

    Raises:
        ValueError: it is malformed, or a layer is not known.

    >>> from kerasflow.models.rebuilding import sequential_layers
    >>> sequential_layers({"layers": [{"class_name": "Dense", "config": {"units": 3, "name": "d"}}]})
    [<Dense name=d, built=False>]
    """
    layers = config.get("layers") if isinstance(config, Mapping) else config
    if not isinstance(layers, list):
        raise ValueError("The description of a Sequential model has a list of layers.")
    return [deserialize(layer, custom_objects) for layer in layers]


def functional_parts(config: Mapping[str, Any], custom_objects: Objects = None) -> tuple[Any, Any]:
    """The symbolic inputs and outputs of a functional model from its description, by Keras 2 or 3.

    Raises:
        ValueError: it is malformed, a layer is not known, or its calls take what nothing gives.

    >>> from kerasflow.models.rebuilding import functional_parts
    >>> x = tf.keras.Input((3,), name="x")
    >>> functional_parts(tf.keras.Model(x, tf.keras.layers.Dense(1)(x)).get_config())[0]
    <KerasTensor 'x' shape=(?, 3) dtype=float32>
    """
    missing = [k for k in ("layers", "input_layers", "output_layers") if k not in config]
    if missing or not isinstance(config["layers"], list):
        raise ValueError(f"The description of a functional model has {missing or ['layers']}, lists.")
    return _Reader(config, custom_objects).parts()


class _Call:
    """A call that is to be made: of which layer, its arguments as data, and what it takes."""

    def __init__(self, layer: str, number: int, data: Any) -> None:
        self.layer = layer
        self.number = number
        self.data = data
        self.takes: set[tuple[str, int]] = set()


class _Reader:
    def __init__(self, config: Mapping[str, Any], custom_objects: Objects) -> None:
        self.config = config
        self.layers: dict[str, Any] = {}
        self.calls: dict[str, list[_Call]] = {}
        self.given: dict[tuple[str, int], list[Any]] = {}  # what calls gave
        for data in config["layers"]:
            name = _name(data)
            if name in self.layers:
                raise ValueError(f"Two layers of the model are called {name!r}.")
            module = operation_module(data)
            self.layers[name] = {**data, "module": module} if module else deserialize(data, custom_objects)
            nodes = data.get("inbound_nodes", [])
            if not isinstance(nodes, list):
                raise ValueError(f"The layer {name!r} has a list of inbound_nodes.")
            self.calls[name] = [_Call(name, i, node) for i, node in enumerate(nodes)]
            if isinstance(self.layers[name], InputLayer):
                self.given[name, 0] = [self.layers[name].tensor]
                self.calls[name] = []
        calls = [call for of_layer in self.calls.values() for call in of_layer]
        self.old = any(isinstance(call.data, list) for call in calls)  # in the form of Keras 2
        self.first = self._first_calls()

    def _first_calls(self) -> dict[str, int]:
        """What number the first call of each layer has: in Keras 2 models have one before, of their own making."""
        named: dict[str, set[int]] = {}
        for calls in self.calls.values():
            for call in calls:
                for layer, number in _places(call.data):
                    named.setdefault(layer, set()).add(number)
                    call.takes.add((layer, number))
        if self.old:
            for layer, number in _places([self.config["output_layers"]]):
                named.setdefault(layer, set()).add(number)
        first = {}
        for name, layer in self.layers.items():
            numbers = named.get(name, set())
            legacy = hasattr(layer, "layers") and len(self.calls[name]) in numbers and 0 not in numbers
            first[name] = 1 if legacy else 0
        return first

    def parts(self) -> tuple[Any, Any]:
        self._make_calls()
        inputs = self._structure(self.config["input_layers"], "input_layers")
        return inputs, self._structure(self.config["output_layers"], "output_layers", outer=True)

    def _make_calls(self) -> None:
        waiting: dict[tuple[str, int], list[_Call]] = {}
        ready = deque(name for name in self.layers)
        done = dict.fromkeys(self.layers, 0)
        while ready:
            name = ready.popleft()
            calls = self.calls[name]
            while done[name] < len(calls):
                call = calls[done[name]]
                lacking = [p for p in sorted(call.takes) if (p[0], p[1] - self._base(p[0])) not in self.given]
                if lacking:
                    where = (lacking[0][0], lacking[0][1] - self._base(lacking[0][0]))
                    waiting.setdefault(where, []).append(call)
                    break
                self.given[name, call.number] = self._called(call)
                done[name] += 1
                ready.extend(c.layer for c in waiting.pop((name, call.number), []))
        left = [name for name, count in done.items() if count < len(self.calls[name])]
        if left:
            raise ValueError(f"The calls of the layers {left[:5]} form a circle, or take what no layer gives.")

    def _base(self, name: str) -> int:
        if name not in self.layers:
            raise ValueError(f"A layer is called on what {name!r} gives, but the model has no such layer.")
        return self.first[name]

    def _tensor(self, place: Place) -> KerasTensor:
        name, number, output = place
        found = self.given.get((name, number - self._base(name)), [])
        if type(output) is not int or not 0 <= output < len(found):
            raise ValueError(
                f"Call {number} of the layer {name!r} gives {len(found)} tensors, none is number {output}."
            )
        tensor: KerasTensor = found[output]
        return tensor

    def _called(self, call: _Call) -> list[Any]:
        """What a layer gives for the arguments in the data."""
        layer = self.layers[call.layer]
        args, kwargs = self._arguments(call)
        if not isinstance(layer, Layer):
            settings = live(dict(layer["config"]), self._tensor)
            operation = KerasOperation(layer["module"], layer["class_name"], settings, args, kwargs)
            outputs = operation(operation.tensors)
        else:
            kwargs = {k: v for k, v in kwargs.items() if k not in _MASKS or v is not None}
            if not args:
                first = next(iter(inspect.signature(layer.call).parameters))
                args = [kwargs.pop(first, None)]
            outputs = layer(*args, **kwargs)
        return flatten(outputs)

    def _arguments(self, call: _Call) -> tuple[list[Any], dict[str, Any]]:
        if isinstance(call.data, Mapping) and "args" in call.data:
            args, kwargs = live(call.data["args"], self._tensor), live(call.data.get("kwargs", {}), self._tensor)
            if not isinstance(args, list) or not isinstance(kwargs, dict):
                raise ValueError(f"A call of the layer {call.layer!r} has a list of args and a dict of kwargs.")
            if not call.data.get("training_is_given"):
                kwargs.pop("training", None)
            return args, kwargs
        return self._old_arguments(call)

    def _old_arguments(self, call: _Call) -> tuple[list[Any], dict[str, Any]]:
        """The arguments as Keras 2 writes them: a list of ``[layer, call, output, kwargs]``."""
        kwargs: dict[str, Any] = {}

        def tensor(item: Any) -> Any:
            if len(item) == 4:
                kwargs.update({k: self._old_value(v) for k, v in item[3].items()})
            if item[0] == "_CONSTANT_VALUE":
                return item[2]
            return self._tensor((item[0], item[1], item[2]))

        found = _mapped(call.data, tensor)
        alone = isinstance(found, list) and len(found) == 1
        return [found[0] if alone else found], kwargs

    def _old_value(self, value: Any) -> Any:
        if _is_place(value) and value[0] in self.layers:
            return self._tensor((value[0], value[1], value[2]))
        if isinstance(value, list):
            return [self._old_value(v) for v in value]
        return value

    def _structure(self, data: Any, what: str, outer: bool = False) -> Any:
        """Symbolic tensors in the structure of their places."""

        def tensor(item: Any) -> KerasTensor:
            name, number, output = item[:3]
            base = self._base(name)
            # As outputs of the model, functional models are counted from 1 in Keras 3 too.
            back = int(outer and not base and is_functional(self.layers[name]) and number > 0)
            return self._tensor((name, number - back, output))

        if self.old and isinstance(data, list) and len(data) == 1:  # Keras 2 writes a single tensor so
            data = data[0]
        try:
            return _mapped(data, tensor)
        except (TypeError, IndexError, KeyError) as e:
            raise ValueError(f"The {what} of a functional model name no tensors: {str(data)[:100]}.") from e


def _name(data: Any) -> str:
    config = data.get("config") if isinstance(data, Mapping) else None
    name = data.get("name", config.get("name")) if isinstance(config, Mapping) else None
    if not isinstance(name, str):
        raise ValueError(f"Each layer of a functional model has a name and a config; got {str(data)[:100]}.")
    return name


def _is_place(item: Any) -> bool:
    """Whether this is ``[layer, call, output]``, maybe with more."""
    if not isinstance(item, list) or len(item) not in (3, 4) or not isinstance(item[0], str):
        return False
    return type(item[1]) is int and (len(item) == 3 or isinstance(item[3], Mapping))


def _mapped(data: Any, f: Callable[[Any], Any]) -> Any:
    """Nested lists and dicts of places, with `f` applied to each place."""
    if _is_place(data):
        return f(data)
    if isinstance(data, list):
        return [_mapped(item, f) for item in data]
    if isinstance(data, Mapping):
        return {k: _mapped(v, f) for k, v in data.items()}
    raise TypeError(f"{data!r} is no place of a tensor")


def _places(data: Any) -> list[tuple[str, int]]:
    """The calls whose outputs are among the arguments of a call, in either form."""
    found: list[tuple[str, int]] = []
    todo = [data]
    old = not (isinstance(data, Mapping) and "args" in data)
    while todo:
        item = todo.pop()
        if old and _is_place(item):
            found += [] if item[0] == "_CONSTANT_VALUE" else [(item[0], item[1])]
            todo.extend(item[3:])
        elif isinstance(item, Mapping) and item.get("class_name") == "__keras_tensor__":
            history = item.get("config", {}).get("keras_history") if isinstance(item.get("config"), Mapping) else None
            if not _is_place(history):
                raise ValueError(f"A tensor in the calls of the model has no place: {str(dict(item))[:100]}.")
            found.append((history[0], history[1]))
        elif isinstance(item, Mapping):
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
    return found
