"""The models behind the estimators: fully connected layers, one on the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core.graph import Graph
from kerasflow.layers import Dense, Dropout, Input
from kerasflow.models import Sequential

__all__ = ["Predictor", "alternating", "release", "stack"]

Array = np.ndarray[Any, Any]

_ACTIVATIONS = {"logistic": "sigmoid", "identity": "linear"}  # as scikit-learn calls them


def stack(
    sizes: Sequence[int],
    activation: str,
    dtype: np.dtype[Any],
    dropout: float = 0.0,
    penalty: Any = None,
    start: str = "glorot_uniform",
) -> Sequential:
    """A model, built.

    Args:
        sizes: the number of features, of the units of each hidden layer, and of outputs.
        activation: of the hidden layers.
        dtype: in which it computes.
        dropout: the share of the hidden units that is dropped in training.
        penalty: the regularizer of all matrices.
        start: what their initial weights are.
    """
    options = {"dtype": dtype.name, "kernel_regularizer": penalty, "kernel_initializer": start}
    model = Sequential([Input((int(sizes[0]),), dtype=dtype.name)])
    for units in sizes[1:-1]:
        model.add(Dense(int(units), activation=_ACTIVATIONS.get(activation, activation), **options))
        if dropout:
            model.add(Dropout(dropout, dtype=dtype.name))
    model.add(Dense(int(sizes[-1]), **options))
    return model


def alternating(coefs: Sequence[Array], intercepts: Sequence[Array]) -> list[Array]:
    """The weights in the order of a model: matrix and bias of the first layer, of the second, and so on."""
    return [a for pair in zip(coefs, intercepts, strict=True) for a in pair]


def release(model: Sequential) -> None:
    """Let go of the arrays of a model that is done with, and of its optimizer's.

    Models and graphs hold each other, so they are there until the garbage collector comes by: small things, which can
    wait, but the arrays are as large as the user's network.
    """
    for variable in [*model.weights, *(model.optimizer.variables if model.optimizer else ())]:
        variable.cell.value = None


class Predictor:
    """Computes the outputs for weights that are kept elsewhere.

    The model it does so with is made at the first use, and works on the very arrays it is given. It is no part of the
    predictor's state, which is the activation alone: a copy, also one in another process, makes its own.

    Args:
        activation: of the hidden layers.
    """

    def __init__(self, activation: str) -> None:
        self.activation = activation
        self._model: Sequential | None = None

    def __reduce__(self) -> Any:
        return type(self), (self.activation,)

    def __del__(self) -> None:
        if self._model is not None:
            release(self._model)

    def outputs(self, X: Array, coefs: Sequence[Array], intercepts: Sequence[Array]) -> Array:
        """What the last layer gives for the features `X`, (n_samples, n_features); in the type of the weights."""
        dtype, sizes = coefs[0].dtype, [len(coefs[0]), *[len(b) for b in intercepts]]
        with Graph().as_default():  # the user's is left alone, its seed too
            model = self._model or stack(sizes, self.activation, dtype, start="zeros")
            for weight, array in zip(model.weights, alternating(coefs, intercepts), strict=True):
                weight.bind(np.asarray(array, dtype))
            self._model = model
            return model.predict(X, verbose=0)
