"""The layers, as classes and as the functions of the graph API."""

from kerasflow.layers.base import Layer
from kerasflow.layers.core import Activation, Dense, Dropout, Flatten, Input, InputLayer, Reshape
from kerasflow.layers.functions import dense, dropout, flatten
from kerasflow.layers.merging import (
    Add,
    Average,
    Concatenate,
    Dot,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    minimum,
    multiply,
    subtract,
)

__all__ = [
    "Activation",
    "Add",
    "Average",
    "Concatenate",
    "Dense",
    "Dot",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "Layer",
    "Maximum",
    "Minimum",
    "Multiply",
    "Reshape",
    "Subtract",
    "add",
    "average",
    "concatenate",
    "dense",
    "dot",
    "dropout",
    "flatten",
    "maximum",
    "minimum",
    "multiply",
    "subtract",
]
