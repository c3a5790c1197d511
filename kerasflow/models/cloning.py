"""Models like other models, with weights of their own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from kerasflow.io.json_file import parse_json
from kerasflow.layers.base import Layer
from kerasflow.layers.core import Input, InputLayer, Operation
from kerasflow.layers.keras_operations import KerasOperation
from kerasflow.layers.lookup import deserialize
from kerasflow.layers.symbolic import KerasTensor, flatten, map_structure
from kerasflow.models.model import Model
from kerasflow.models.sequential import Sequential

__all__ = ["clone_model", "model_from_config", "model_from_json"]

Objects = Mapping[str, Any] | None


def model_from_config(config: Any, custom_objects: Objects = None) -> Any:
    """The model that ``layers.serialize(model)`` described, with weights of its own.

    Raises:
        ValueError: it is malformed, or describes something else than a model.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, name="d")])
    >>> tf.keras.models.model_from_config(tf.keras.layers.serialize(model)).layers
    [<Dense name=d, built=False>]
    """
    model = deserialize(config, custom_objects)
    if not isinstance(model, Model):
        raise ValueError(f"Expected the description of a model, got that of {model!r}.")
    return model


def model_from_json(json_string: str, custom_objects: Objects = None) -> Any:
    """The model that `to_json` described, with weights of its own.

    Raises:
        ValueError: the text is no JSON, or describes no model.

    >>> tf.keras.models.model_from_json(tf.keras.Sequential(name="m").to_json()).name
    'm'
    """
    if not isinstance(json_string, str):
        raise TypeError(f"Expected the text that to_json() gave, got {type(json_string).__name__}.")
    return model_from_config(parse_json(json_string.encode(), "The description of the model"), custom_objects)


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """A model with the same layers, called in the same way, and new weights.

    Args:
        model: a stack, or layers between inputs and outputs.
        input_tensors: symbolic tensors to take the place of the model's inputs.
        clone_function: from a layer to the one that takes its place; by default one made from its configuration.
        call_function: called as ``call_function(new_layer, *args, **kwargs)`` instead of the new layer.
        recursive: whether the layers of models in the model are asked `clone_function` for one by one.

    Raises:
        ValueError: a model of one's own: it is cloned by its class.

    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
    >>> again = tf.keras.models.clone_model(model)
    >>> again.count_params(), again.layers[0] is model.layers[0]
    (4, False)
    """
    if not isinstance(model, Sequential) and not getattr(model, "functional", False):
        raise ValueError(f"Expected a Sequential or functional model, got {model!r}; make another by its class.")

    def clone(layer: Layer) -> Layer:
        if isinstance(layer, (Operation, KerasOperation)):
            return _another(layer)
        if recursive and isinstance(layer, Model) and (isinstance(layer, Sequential) or layer.functional):
            return clone_model(layer, None, clone_function, call_function, recursive)
        made = (clone_function or _remade)(layer)
        if not isinstance(made, Layer):
            raise ValueError(f"clone_function must give a layer, gave {made!r} for {layer.name!r}.")
        return made

    if isinstance(model, Sequential):
        start = _start_of(model._start, _only(input_tensors)) if isinstance(model._start, InputLayer) else None
        made = type(model)([*([] if start is None else [start]), *map(clone, model.layers)], name=model.name)
        if model._start is not None and start is None:
            made._begin(model._start.another())
        return made
    return _clone_functional(model, input_tensors, clone, call_function or _called)


def _clone_functional(model: Any, input_tensors: Any, clone: Callable[[Layer], Layer], call: Any) -> Any:
    given = [] if input_tensors is None else flatten(input_tensors)
    if given and len(given) != len(model.inputs):
        raise ValueError(f"The model {model.name!r} has {len(model.inputs)} inputs, got {len(given)} input_tensors.")
    new: dict[KerasTensor, KerasTensor] = {}
    for i, t in enumerate(model.inputs):
        new[t] = given[i] if given else Input(batch_shape=t.dims, dtype=t.dtype, name=t.name)
    layers: dict[Layer, Layer] = {}

    def value(x: Any) -> Any:
        return new[x] if isinstance(x, KerasTensor) else x

    for node in model._network.nodes:
        layer = layers[node.layer] = layers.get(node.layer) or clone(node.layer)
        outputs = call(layer, *map_structure(value, node.arguments), **map_structure(value, node.kwargs))
        new.update(zip(flatten(node.outputs), flatten(outputs), strict=True))
    return type(model)(map_structure(value, model.input), map_structure(value, model.output), name=model.name)


def _called(layer: Layer, *args: Any, **kwargs: Any) -> Any:
    return layer(*args, **kwargs)


def _remade(layer: Layer) -> Any:
    """A layer from the configuration of another."""
    return type(layer).from_config(layer.get_config())


def _another(operation: Layer) -> Layer:
    """The same operation, not called yet."""
    again = copy.copy(operation)
    again.nodes = []
    return again


def _only(tensors: Any) -> Any:
    found = flatten(tensors)
    if len(found) > 1:
        raise ValueError(f"A Sequential model has one input, got {len(found)} input_tensors.")
    return found[0] if found else None


def _start_of(start: InputLayer, tensor: Any) -> Any:
    return (
        InputLayer(batch_shape=start.batch_input_shape, dtype=start.dtype, name=start.name)
        if tensor is None
        else tensor
    )
