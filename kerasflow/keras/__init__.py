"""The Keras API under the name that TensorFlow programs use: `tf.keras`. Every name here lives elsewhere."""

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
from kerasflow.keras import backend, losses, metrics, utils
from kerasflow.layers import Input
from kerasflow.models import Model, Sequential

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "activations",
    "backend",
    "callbacks",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "utils",
]
