"""The Keras API under the name that TensorFlow programs use: `tf.keras`. Every name here lives elsewhere."""

import importlib

from kerasflow import (
    activations,
    callbacks,
    constraints,
    initializers,
    layers,
    models,
    optimizers,
    regularizers,
)
from kerasflow.core.version import VERSION as __version__
from kerasflow.initializers import Initializer
from kerasflow.keras import backend, config, losses, metrics, ops, preprocessing, random, saving, utils
from kerasflow.layers import Input, InputSpec, Layer
from kerasflow.layers.symbolic import KerasTensor
from kerasflow.losses import Loss
from kerasflow.metrics import Metric
from kerasflow.models import Model, Sequential
from kerasflow.optimizers import Optimizer
from kerasflow.regularizers import Regularizer

__all__ = [
    "Initializer",
    "Input",
    "InputSpec",
    "KerasTensor",
    "Layer",
    "Loss",
    "Metric",
    "Model",
    "Optimizer",
    "Regularizer",
    "Sequential",
    "__version__",
    "activations",
    "backend",
    "callbacks",
    "config",
    "constraints",
    "estimator",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "preprocessing",
    "random",
    "regularizers",
    "saving",
    "utils",
]


def __getattr__(name: str) -> object:
    if name == "estimator":
        return importlib.import_module("kerasflow.keras.estimator")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), "estimator"]
