"""A model as plain data: how estimators keep one in copies, pickles and files, and make new ones like it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflow import optimizers
from kerasflow.core.graph import Graph
from kerasflow.estimators.stack import release
from kerasflow.layers.lookup import serialize
from kerasflow.layers.symbolic import flatten
from kerasflow.models import Sequential, clone_model, model_from_config
from kerasflow.models.compiled import compile_arguments, compile_config
from kerasflow.models.optimizer_state import restore_state, state_cells
from kerasflow.utils.registry import custom_object_scope

__all__ = ["KeptModel", "another", "compiled_with", "plain"]

Array = np.ndarray[Any, Any]
Objects = Mapping[str, Any] | None


class KeptModel:
    """A model, and what it is kept as: a description, weights, and the state of its optimizer.

    A copy, also one in another process, has the plain data alone, and makes its own model when that is asked for. The
    arrays of the model are let go of when this is, unless it is `shown`.

    Args:
        model: a model with its weights.
        custom_objects: the caller's own classes and functions, which its description names.

    >>> import pickle
    >>> from kerasflow.estimators.kept import plain
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> kept = pickle.loads(pickle.dumps(plain(model)))
    >>> np.array_equal(kept.model.get_weights()[0], model.get_weights()[0]), kept.model is model
    (True, False)
    """

    def __init__(self, model: Any, custom_objects: Objects = None) -> None:
        self._model: Any = model
        self._custom_objects = custom_objects
        self._data: dict[str, Any] | None = None
        self.shown = False  # whether somebody else may hold the model

    @property
    def model(self) -> Any:
        """The model."""
        if self._model is None:
            self._model = _opened(self._data or {}, self._custom_objects)
        return self._model

    def data(self) -> dict[str, Any]:
        """The model as plain data: "config", "compiled", "weights", "state", and what is the user's "own"."""
        return self._data or {} if self._model is None else _data_of(self._model)

    def closed(self) -> KeptModel:
        """The same, as plain data."""
        return _closed(self.data(), self._custom_objects)

    def snapshot(self) -> tuple[list[Array], list[Array]]:
        """The weights and the state of the optimizer, for `restore`."""
        model = self.model
        return model.get_weights(), _state(model)

    def restore(self, snapshot: tuple[list[Array], list[Array]]) -> None:
        """Set them back."""
        self.model.set_weights(snapshot[0])
        restore_state(self.model.optimizer, self.model.trainable_weights, snapshot[1])

    def __reduce__(self) -> Any:
        return _closed, (self.data(), self._custom_objects)

    def __del__(self) -> None:
        if self._model is not None and not self.shown:
            release(self._model)


def plain(model: Any, custom_objects: Objects = None) -> KeptModel:
    """A model, which is left alone, as plain data."""
    return _closed(_data_of(model), custom_objects)


def _data_of(model: Any) -> dict[str, Any]:
    compiled = compile_config(model)
    state = [] if compiled is None else _state(model)
    weights = [np.array(w) for w in model.get_weights()]
    return {
        "config": serialize(model),
        "compiled": compiled,
        "weights": weights,
        "state": state,
        "own": _own_objects(model),
    }


def _own_objects(model: Any) -> dict[str, Any]:
    """The classes and functions of the user's program that the description of a model names, by these names.

    In a pickle they are, as classes and functions are in all pickles, the names of what is imported.
    """
    layers, wanted = [model, *model._all_layers()], model._wanted or {}
    parts = [*layers, model.optimizer, *flatten([wanted.get(name) for name in ("loss", "metrics", "weighted_metrics")])]
    parts += [getattr(part, name, None) for part in parts for name in ("activation", "fn")]
    parts += [function for layer in layers if hasattr(layer, "functions") for function in layer.functions()]
    objects = [part if inspect.isroutine(part) or isinstance(part, type) else type(part) for part in parts]
    return {o.__name__: o for o in objects if o.__module__.partition(".")[0] not in ("kerasflow", "builtins")}


def _state(model: Any) -> list[Array]:
    """The state of the optimizer, in full precision."""
    return [np.array(cell.value) for cell in state_cells(model.optimizer, model.trainable_weights)]


def _closed(data: dict[str, Any], custom_objects: Objects) -> KeptModel:
    kept = KeptModel(None, custom_objects)
    kept._data = data
    return kept


def _opened(data: Mapping[str, Any], custom_objects: Objects) -> Any:
    """The model that `KeptModel.data` described."""
    custom_objects = {**data["own"], **(custom_objects or {})}
    with Graph().as_default():  # the user's is left alone
        model = model_from_config(data["config"], custom_objects)
        shape = (data["config"].get("build_config") or {}).get("input_shape")
        if not model.built and shape is not None:
            model.build(tuple(shape))
        model.set_weights(data["weights"])
        if data["compiled"] is not None:
            model.compile(**compile_arguments(data["compiled"], custom_objects))
            restore_state(model.optimizer, model.trainable_weights, data["state"])
    return model


def another(model: Any) -> Any:
    """A model like `model`, which is left as it is: with new weights where they are trained, the same elsewhere.

    What training does not change, such as the statistics a `Normalization` was adapted to and frozen layers, is part of
    what a model is, and is kept.

    Raises:
        ValueError: a model of one's own: it is made anew by its class.

    >>> from kerasflow.estimators.kept import another
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> again = another(model)
    >>> np.array_equal(again.get_weights()[0], model.get_weights()[0])
    False
    """
    if not isinstance(model, Sequential) and not getattr(model, "functional", False):
        raise ValueError(
            f"No other can be made of {model!r}, a model of one's own: give its class, or a function that builds it."
        )
    with custom_object_scope(_own_objects(model)):
        made = clone_model(model)
    for new, old in zip(made.non_trainable_weights, model.non_trainable_weights, strict=False):
        new.assign(old.numpy_value)
    return made


def compiled_with(model: Any, optimizer: Any, loss: Any, metrics: Any) -> dict[str, Any]:
    """The arguments of `compile` for a model like `model`: what it is compiled with itself, unless something is given.

    Args:
        model: a model, which is left as it is.
        optimizer, loss, metrics: what is given, or None.
    """
    own = dict(model._wanted) if model.optimizer is not None else {}
    own.setdefault("loss", None)
    given = {"loss": loss, "metrics": copy.deepcopy(metrics)}
    wanted = {**own, **{name: value for name, value in given.items() if value is not None}}
    for name in ("metrics", "weighted_metrics"):
        wanted[name] = copy.deepcopy(wanted.get(name))
    return {**wanted, "optimizer": _unused(optimizer or model.optimizer or "adam")}


def _unused(optimizer: Any) -> Any:
    """An optimizer with the settings of another, which has taken no step."""
    found = optimizers.get(optimizer)
    if not isinstance(found, optimizers.Optimizer):
        raise ValueError(
            f"An estimator keeps the state of its optimizer: use one of tf.keras.optimizers, not {found!r}."
        )
    return type(found).from_config(found.get_config()) if found is optimizer else found
