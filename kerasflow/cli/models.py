"""The networks that the command trains: linear, layers on layers, both side by side, or one that a file describes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kerasflow import optimizers
from kerasflow.cli.exits import UsageError
from kerasflow.estimators.targets import LabelTarget, NumberTarget
from kerasflow.io.json_file import JsonError, read_json
from kerasflow.layers import Add, Dense, Dropout, Input
from kerasflow.losses import Huber, LogCosh, MeanAbsoluteError, MeanSquaredError, SparseCategoricalCrossentropy
from kerasflow.models import Model
from kerasflow.models.cloning import model_from_config
from kerasflow.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, RMSprop
from kerasflow.regularizers import L1L2

__all__ = ["LOSSES", "MODELS", "OPTIMIZERS", "build_model", "check_model", "default_rate", "describe_model", "loss_of"]

MODELS = ("linear", "mlp", "wide-deep")

LOSSES: dict[str, dict[str, Callable[[], Any]]] = {
    "regression": {"mse": MeanSquaredError, "mae": MeanAbsoluteError, "huber": Huber, "log-cosh": LogCosh},
    "classification": {"cross-entropy": lambda: SparseCategoricalCrossentropy(from_logits=True)},
}


@dataclass(frozen=True)
class _Optimizer:
    """What makes an optimizer of a learning rate, and the rates where none is given: of layers, of a linear model."""

    make: Callable[[Any], optimizers.Optimizer]
    rate: float
    linear: float


OPTIMIZERS = {
    "adam": _Optimizer(Adam, 1e-3, 1e-2),
    "adamw": _Optimizer(AdamW, 1e-3, 1e-2),
    "nadam": _Optimizer(Nadam, 1e-3, 1e-2),
    "rmsprop": _Optimizer(RMSprop, 1e-3, 1e-2),
    "adagrad": _Optimizer(Adagrad, 3e-2, 3e-2),
    "sgd": _Optimizer(lambda rate: SGD(rate, momentum=0.9, nesterov=True), 1e-2, 1e-2),
}


def check_model(options: argparse.Namespace) -> None:
    """Before anything is read: raises UsageError, there is no such model."""
    if options.model not in MODELS and not os.path.exists(options.model):
        names = ", ".join(MODELS)
        raise UsageError(f"--model: expected {names} or the file of a model, there is no file {options.model!r}")


def default_rate(options: argparse.Namespace) -> float:
    """The learning rate where none is given.

    >>> default_rate(argparse.Namespace(model="mlp", optimizer="adam"))
    0.001
    """
    optimizer = OPTIMIZERS[options.optimizer]
    return optimizer.linear if options.model == "linear" else optimizer.rate


def build_model(options: argparse.Namespace, width: int, outputs: int) -> Any:
    """The network, with fresh weights.

    It takes the features of a row, and gives a number, or a score for each label: the softmax of the scores, of which
    it has none, is the probability.

    Args:
        options: `model`, `hidden`, `dropout`, `l1`, `l2`.
        width: how many features there are.
        outputs: how many numbers it is to give.

    Raises:
        UsageError: a file describes no model, or not one for this table.
    """
    if options.model not in MODELS:
        return _described(options.model, width, outputs)
    penalty = (lambda: L1L2(options.l1, options.l2)) if options.l1 or options.l2 else lambda: None
    x = features = Input((width,), name="features")
    if options.model != "linear":
        for place, units in enumerate(options.hidden, 1):
            x = Dense(units, "relu", kernel_regularizer=penalty(), name=f"hidden_{place}")(x)
            if options.dropout:
                x = Dropout(options.dropout, name=f"dropout_{place}")(x)
    y = Dense(outputs, kernel_regularizer=penalty(), name="output")(x)
    if options.model == "wide-deep":
        wide = Dense(outputs, use_bias=False, kernel_regularizer=penalty(), name="wide")(features)
        y = Add(name="wide_and_deep")([y, wide])
    return Model(features, y, name="table")


def describe_model(options: argparse.Namespace, width: int, outputs: int) -> str:
    """The network in a few words.

    >>> describe_model(argparse.Namespace(model="mlp", hidden=(64, 64)), 8, 1)
    'network 8 - 64 - 64 - 1'
    """
    if options.model not in MODELS:
        return f"network of {options.model}, {width} - {outputs}"
    hidden = () if options.model == "linear" else options.hidden
    sizes = " - ".join(map(str, (width, *hidden, outputs)))
    return f"network {sizes}" + (f" beside {width} - {outputs}" if options.model == "wide-deep" else "")


def loss_of(options: argparse.Namespace, target: NumberTarget | LabelTarget) -> Any:
    """The loss. Raises UsageError: it is none for such a target."""
    known = LOSSES[target.task]
    if options.loss is None:
        return next(iter(known.values()))()
    if options.loss not in known:
        raise UsageError(f"--loss: {options.loss} is no loss for {target.task}; there is {', '.join(known)}")
    return known[options.loss]()


def _described(path: str, width: int, outputs: int) -> Any:
    """The model that a file describes."""
    try:
        model = model_from_config(read_json(path))
    except (JsonError, ValueError, TypeError) as error:
        raise UsageError(f"--model: {path}: {error}") from error
    if not model.built:
        model.build((None, width))
    shapes = [[tuple(t.shape) for t in tensors] for tensors in (model.inputs, model.outputs)]
    if shapes != [[(None, width)], [(None, outputs)]]:
        taken, given = (", ".join(map(_sizes, tensors)) for tensors in shapes)
        message = (
            f"the table has {width} features and asks for {outputs} outputs; the model takes {taken}, gives {given}"
        )
        raise UsageError(f"--model: {path}: {message}")
    activation = getattr(getattr(model.layers[-1], "activation", None), "__name__", "linear")
    if activation in ("softmax", "sigmoid"):
        message = f"its last layer has the activation {activation}; it is to give scores, and have none"
        raise UsageError(f"--model: {path}: {message}")
    return model


def _sizes(shape: tuple[int | None, ...]) -> str:
    return " x ".join("?" if size is None else str(size) for size in shape[1:])
