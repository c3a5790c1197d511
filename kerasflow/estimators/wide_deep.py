"""Networks with two parts whose outputs are added: a linear one, and one with embeddings and hidden layers.

    z = x_l W + b + f(x_d, e_1 E_1, e_2 E_2, ...)

x_l and x_d are some of the features, e_k the features of one category, of which one is 1, and f hidden layers with a
last one without a bias. A category that is e.g. the average of all has the average of their embeddings.

Source: Cheng et al. 2016, Wide & Deep Learning for Recommender Systems, equation 3.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from kerasflow import activations
from kerasflow.core import ops
from kerasflow.estimators.sparse import inputs_for, product
from kerasflow.estimators.stack import ACTIVATIONS
from kerasflow.layers import Dropout, Input, Layer
from kerasflow.models import Model

__all__ = ["SparseWideDeep", "WideDeep", "runs_of"]

Array = np.ndarray[Any, Any]
Runs = tuple[tuple[int, int], ...]  # of features, from one to before another


@dataclass(frozen=True)
class WideDeep:
    """What such a network looks like: all that is fixed in its graph.

    Args:
        features: the number of features.
        linear: the features of the linear part.
        direct: the features that the deep part takes as they are.
        embedded: the features of each category that it embeds, from one to before another, and the embedding's size.
        hidden: the number of units of each hidden layer.
        outputs: the number of outputs.
        activation: of the hidden layers.
        dtype: in which it computes.
        dropout: the share of the hidden units that is dropped in training.

    >>> from kerasflow.estimators.wide_deep import WideDeep
    >>> design = WideDeep(5, ((0, 5),), ((0, 2),), ((2, 5, 2),), (8,), 1, "relu", "float32")
    >>> design.shapes
    [(5, 1), (1,), (3, 2), (4, 8), (8,), (8, 1)]
    """

    features: int
    linear: Runs
    direct: Runs
    embedded: tuple[tuple[int, int, int], ...]
    hidden: tuple[int, ...]
    outputs: int
    activation: str
    dtype: str
    dropout: float = 0.0

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes of W, b, the embeddings, then of matrix and bias of each hidden layer, and of the last matrix."""
        width = sum(b - a for a, b in self.direct) + sum(size for _, _, size in self.embedded)
        shapes: list[tuple[int, ...]] = [(sum(b - a for a, b in self.linear), self.outputs), (self.outputs,)]
        shapes += [(b - a, size) for a, b, size in self.embedded]
        for a, b in pairwise((width, *self.hidden)):
            shapes += [(a, b), (b,)]
        return [*shapes, ((width, *self.hidden)[-1], self.outputs)]

    @property
    def bytes(self) -> int:
        """The size of all weights."""
        return np.dtype(self.dtype).itemsize * sum(int(np.prod(shape)) for shape in self.shapes)

    def build(self, penalty: Any = None) -> Model:
        """A model, built, whose weights are to be set; `penalty` is the regularizer of all matrices."""
        x = Input((self.features,), dtype=self.dtype)
        return Model(x, _Sum(self, penalty)(x))

    def start(self, random: Any) -> list[Array]:
        """The weights a training starts from: a linear part of zeros, embeddings N(0, 1 / size), else as a `Stack`."""
        weights = []
        for place, shape in enumerate(self.shapes):
            if len(shape) == 1 or place == 0:
                value = np.zeros(shape)
            elif place < 2 + len(self.embedded):
                value = random.normal(0.0, shape[1] ** -0.5, shape)
            else:
                limit = np.sqrt(6 / sum(shape))
                value = random.uniform(-limit, limit, shape)
            weights.append(value.astype(self.dtype))
        return weights


@dataclass(frozen=True)
class SparseWideDeep(WideDeep):
    """What such a network looks like on rows of few entries, see `sparse.entries`; nothing is embedded there."""

    @classmethod
    def like(cls, design: WideDeep) -> SparseWideDeep:
        """The same network as one on dense rows, with the same weights."""
        return cls(**vars(design))

    def build(self, penalty: Any = None) -> Model:
        """A model, built, whose weights are to be set; `penalty` is the regularizer of all matrices."""
        x = inputs_for(self.dtype)
        return Model(x, _SparseSum(self, penalty)(x))


def runs_of(places: Iterable[int]) -> Runs:
    """Places in a row, from one to before another.

    >>> from kerasflow.estimators.wide_deep import runs_of
    >>> runs_of([0, 1, 2, 5, 6])
    ((0, 3), (5, 7))
    """
    runs: list[tuple[int, int]] = []
    for place in sorted(places):
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return tuple(runs)


class _Sum(Layer):
    """The whole network as one layer, so that its weights are in the order of `WideDeep.shapes`."""

    def __init__(self, design: WideDeep, penalty: Any) -> None:
        super().__init__(dtype=design.dtype)
        self._design, self._penalty = design, penalty
        self._activation = activations.get(ACTIVATIONS.get(design.activation, design.activation))
        self._drop = Dropout(design.dropout, dtype=design.dtype) if design.dropout else None

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        self._arrays = [
            self.add_weight(
                f"w{place}", shape, initializer="zeros", regularizer=self._penalty if len(shape) > 1 else None
            )
            for place, shape in enumerate(self._design.shapes)
        ]

    def call(self, x: Any) -> Any:
        """The sum of both parts."""
        kernel, bias, *rest = self._arrays
        count = len(self._design.embedded)
        embeddings, deep = rest[:count], rest[count:]
        y = self._deep(x, embeddings, deep[0])
        for b, matrix in zip(deep[1::2], deep[2::2], strict=True):
            y = self._activation(ops.bias_add(y, b))
            y = ops.matmul(y if self._drop is None else self._drop(y), matrix)
        return ops.bias_add(self._wide(x, kernel), bias) + y

    def _wide(self, x: Any, kernel: Any) -> Any:
        """The features of the linear part times its weights."""
        return ops.matmul(_taken(x, self._design.linear), kernel)

    def _deep(self, x: Any, embeddings: list[Any], matrix: Any) -> Any:
        """The features of the deep part, some embedded, times the weights of its first layer."""
        design = self._design
        parts = [_taken(x, design.direct)] if design.direct else []
        parts += [ops.matmul(x[:, a:b], e) for (a, b, _), e in zip(design.embedded, embeddings, strict=True)]
        return ops.matmul(parts[0] if len(parts) == 1 else ops.concat(parts, 1), matrix)


class _SparseSum(_Sum):
    """The same on rows of few entries."""

    def _wide(self, x: Any, kernel: Any) -> Any:
        return product(x, kernel, _places(self._design.linear, self._design.features))

    def _deep(self, x: Any, embeddings: list[Any], matrix: Any) -> Any:
        return product(x, matrix, _places(self._design.direct, self._design.features))


def _places(runs: Runs, count: int) -> Array | None:
    """Of each of so many features its place among some, -1 where it is none of them; None if these are all."""
    if runs == ((0, count),):
        return None
    places = np.full(count, -1, np.int32)
    some = np.concatenate([np.arange(a, b) for a, b in runs])
    places[some] = np.arange(len(some))
    return places


def _taken(x: Any, runs: Runs) -> Any:
    """Some of the features."""
    if runs == ((0, x.dims[1]),):
        return x
    parts = [x[:, a:b] for a, b in runs]
    return parts[0] if len(parts) == 1 else ops.concat(parts, 1)
