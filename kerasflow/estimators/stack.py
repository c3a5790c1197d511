"""The models behind the estimators: fully connected layers, one on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.weights import Weight
from kerasflow.layers import Dense, Dropout, Input
from kerasflow.models import Sequential

__all__ = ["ACTIVATIONS", "Penalty", "Stack", "alternating", "release"]

Array = np.ndarray[Any, Any]

ACTIVATIONS = {"logistic": "sigmoid", "identity": "linear"}  # as scikit-learn calls them


class Penalty:
    """A regularizer, ``l1 sum|W| + l2 sum W^2`` or one of the two, with strengths that are set while the graph stays.

    Args:
        dtype: of what it is used on.
        terms: the names of the strengths there are, of "l1" and "l2".
    """

    def __init__(self, dtype: Any, terms: Sequence[str]) -> None:
        self._strengths = {name: Weight(np.zeros((), dtype), name, trainable=False) for name in terms}

    def set(self, l1: float, l2: float) -> None:
        """Set the strengths; one that is not there is zero."""
        for name, value in (("l1", l1), ("l2", l2)):
            if name in self._strengths:
                self._strengths[name].numpy_value[...] = value

    def __call__(self, x: Any) -> Any:
        """The penalty, a scalar tensor."""
        sizes = {"l1": ops.abs, "l2": ops.square}
        terms = [w.variable(x.graph) * ops.reduce_sum(sizes[name](x)) for name, w in self._strengths.items()]
        return terms[0] if len(terms) == 1 else ops.add_n(terms)


@dataclass(frozen=True)
class Stack:
    """What a network of dense layers looks like: all that is fixed in its graph.

    Args:
        sizes: the number of features, of the units of each hidden layer, and of outputs.
        activation: of the hidden layers.
        dtype: in which it computes.
        dropout: the share of the hidden units that is dropped in training.
    """

    sizes: tuple[int, ...]
    activation: str
    dtype: str
    dropout: float = 0.0

    @property
    def bytes(self) -> int:
        """The size of all weights."""
        return np.dtype(self.dtype).itemsize * sum(
            (a + 1) * b for a, b in zip(self.sizes, self.sizes[1:], strict=False)
        )

    def build(self, penalty: Any = None) -> Sequential:
        """A model, built, whose weights are to be set; `penalty` is the regularizer of all matrices."""
        options = {"dtype": self.dtype, "kernel_regularizer": penalty, "kernel_initializer": "zeros"}
        model = Sequential([Input((self.sizes[0],), dtype=self.dtype)])
        for units in self.sizes[1:-1]:
            model.add(Dense(units, activation=ACTIVATIONS.get(self.activation, self.activation), **options))
            if self.dropout:
                model.add(Dropout(self.dropout, dtype=self.dtype))
        model.add(Dense(self.sizes[-1], **options))
        return model

    def start(self, random: Any) -> list[Array]:
        """The weights a training starts from, in the order of the model: biases of zero, and matrices

            U(-r, r),  r = sqrt(6 / (inputs + outputs));

        zeros where there is no hidden layer, as there the least loss is found from anywhere.

        Source: Glorot and Bengio 2010, equation 16.
        """
        weights = []
        for a, b in zip(self.sizes, self.sizes[1:], strict=False):
            limit = np.sqrt(6 / (a + b)) if len(self.sizes) > 2 else 0.0
            weights += [random.uniform(-limit, limit, (a, b)).astype(self.dtype), np.zeros(b, self.dtype)]
        return weights


def alternating(coefs: Sequence[Array], intercepts: Sequence[Array]) -> list[Array]:
    """The weights in the order of a model: matrix and bias of the first layer, of the second, and so on."""
    return [a for pair in zip(coefs, intercepts, strict=True) for a in pair]


def release(model: Any) -> None:
    """Let go of the arrays of a model that is done with, and of its optimizer's.

    Models and graphs hold each other, so they are there until the garbage collector comes by: small things, which can
    wait, but the arrays are as large as the user's network.
    """
    for variable in [*model.weights, *(model.optimizer.variables if model.optimizer else ())]:
        variable.cell.value = None
