"""Descriptions of models in the form of Keras 2, as `.h5` files hold them, made from those in the form of Keras 3.

Keras 2 and 3 both read what is made here. They count the calls of a model inside a model from different numbers, so
each of its calls is written twice, and the odd ones are referred to: these are the same call in either way of counting.
What has no form in Keras 2 (operators, tensors among the arguments) stays in the form of Keras 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.models.files.names import OWN_NAMES

__all__ = ["old_config"]

_MODELS = ("Sequential", "Functional")
_RECURRENT = ("SimpleRNN", "LSTM", "GRU", "SimpleRNNCell", "LSTMCell", "GRUCell")
# Arguments that Keras 2, or its first versions, do not have, and the values that they may be left out with.
_NEWER: dict[str, tuple[Any, ...]] = {
    "groups": (1,),
    "keepdims": (False,),
    "use_cudnn": ("auto",),
    "zero_output_for_mask": (False,),
    "rms_scaling": (False,),
}

Places = Mapping[str, Any]


def old_config(saved: Mapping[str, Any]) -> dict[str, Any]:
    """A description of a layer or model in the form of Keras 2.

    Args:
        saved: what `layers.serialize` gave.

    >>> from kerasflow.models.files.old_config import old_config
    >>> model = tf.keras.Sequential([tf.keras.Input((3,), name="x"), tf.keras.layers.Dense(1)])
    >>> old_config(tf.keras.layers.serialize(model))["config"]["layers"][0]
    {'class_name': 'InputLayer', 'config': {'batch_input_shape': (None, 3), 'dtype': 'float32', 'name': 'x'}}
    """
    kind, config = saved["class_name"], saved["config"]
    if kind == "Functional" or "output_layers" in config:
        config = _functional(config)
    else:
        config = _arguments(kind, config)
    return {"class_name": saved.get("registered_name") or OWN_NAMES.get(kind, kind), "config": config}


def _arguments(kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    arguments = {k: _value(v) for k, v in config.items() if not _is_newer(kind, k, v)}
    if kind == "Sequential":
        arguments["layers"] = [old_config(layer) for layer in config["layers"]]
    if kind == "InputLayer":
        arguments = {"batch_input_shape": arguments.pop("batch_shape"), **arguments}
    if kind == "BatchNormalization" and isinstance(arguments.get("axis"), int):
        arguments["axis"] = [arguments["axis"]]
    return arguments


def _is_newer(kind: str, name: str, value: Any) -> bool:
    if name == "seed":
        return value is None and kind in _RECURRENT
    return any(value is v or (type(value) is type(v) and value == v) for v in _NEWER.get(name, ()))


def _value(value: Any) -> Any:
    """An argument; layers inside a layer stay in the form of Keras 3, in which Keras 3 looks for them."""
    if isinstance(value, Mapping):
        kind, inner = value.get("class_name"), value.get("config")
        if isinstance(kind, str) and isinstance(inner, Mapping):
            kept = {k: _value(v) for k, v in inner.items() if not _is_newer(kind, k, v)}
            return {**value, "config": kept}
        return {k: _value(v) for k, v in value.items()}
    return [_value(v) for v in value] if isinstance(value, list) else value


def _functional(config: Mapping[str, Any]) -> dict[str, Any]:
    """The layers of a functional model, and their calls."""
    kinds = {layer["name"]: layer for layer in config["layers"]}
    places = {name: _is_model(layer) for name, layer in kinds.items()}
    layers = [_layer(layer, places) for layer in config["layers"]]
    ends = {}
    for what in ("input_layers", "output_layers"):
        outer = what == "output_layers"
        ends[what] = _ends(config[what], {n: m and _counted(kinds[n], outer) for n, m in places.items()})
    return {"name": config["name"], "trainable": config["trainable"], "layers": layers, **ends}


def _is_model(layer: Mapping[str, Any]) -> bool:
    return layer["class_name"] in _MODELS or "output_layers" in layer["config"]


def _counted(layer: Mapping[str, Any], outer: bool) -> int:
    """From what number Keras 3 counts the calls of a model."""
    return 2 if outer and "output_layers" in layer["config"] else 1


def _ends(data: Any, models: Mapping[str, int]) -> Any:
    if isinstance(data, Mapping):
        return {k: _ends(v, models) for k, v in data.items()}
    return _end(data, models) if isinstance(data[0], str) else [_ends(v, models) for v in data]


def _end(place: Any, models: Mapping[str, int]) -> list[Any]:
    name, call, output = place
    first = models[name]
    return [name, 2 * (call - first + 1) + 1 if first else call, output]


def _layer(layer: Mapping[str, Any], models: Mapping[str, bool]) -> dict[str, Any]:
    calls = [_call(call, models) for call in layer["inbound_nodes"]]
    if models[layer["name"]]:
        calls = [call for call in calls for _ in range(2)]
    is_operation = str(layer.get("module", "")).startswith("keras.src.ops")
    saved = {k: v for k, v in layer.items() if k != "inbound_nodes"} if is_operation else old_config(layer)
    return {**saved, "name": layer["name"], "inbound_nodes": calls}


def _call(call: Mapping[str, Any], models: Mapping[str, bool]) -> Any:
    """A call as a list of ``[layer, call, output, arguments]``, if it has that form."""
    args, kwargs = _moved(call["args"], models), _moved(call["kwargs"], models)
    tensors = args[0] if len(args) == 1 and isinstance(args[0], list) else args
    simple = len(args) == 1 and tensors and all(_history(t) for t in tensors) and not _any_history(kwargs)
    if not simple:
        return {**call, "args": args, "kwargs": kwargs}
    return [[*_history(t), dict(kwargs)] for t in tensors]


def _moved(value: Any, models: Mapping[str, bool]) -> Any:
    """Arguments, in which calls of models have the numbers that they have when each is there twice."""
    if isinstance(value, list):
        return [_moved(v, models) for v in value]
    if not isinstance(value, Mapping):
        return value
    history = _history(value)
    if history and models[history[0]]:
        moved = [history[0], 2 * history[1] + 1, history[2]]
        return {**value, "config": {**value["config"], "keras_history": moved}}
    return value if history else {k: _moved(v, models) for k, v in value.items()}


def _history(value: Any) -> list[Any]:
    """Where a symbolic tensor comes from; nothing for other values."""
    if isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
        return list(value["config"]["keras_history"])
    return []


def _any_history(value: Any) -> bool:
    if _history(value):
        return True
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(_any_history(v) for v in inside)
