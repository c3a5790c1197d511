"""Matrices with few entries as features: networks whose first layer looks at these alone.

The entries of a row, and where they are, become two dense arrays as wide as the longest of the rows that are used at
once; the product with the weights of the first layer is a sum over those rows of the weights,

    (x W)_i = sum_k v_ik W[j_ik, :],

so the memory is that of the entries, and not of the features, and so is the time but for the updates of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, issparse

from kerasflow.core import ops
from kerasflow.estimators.stack import ACTIVATIONS, Stack
from kerasflow.layers import Dense, Dropout, Input
from kerasflow.models import Model
from kerasflow.models.datasets import PyDataset

__all__ = ["DenseBatches", "SparseDense", "SparseStack", "entries", "moments", "stretches"]

Array = np.ndarray[Any, Any]
_PLACES = 2**22  # in the arrays for one stretch of rows


class SparseDense(Dense):
    """A fully connected layer on rows of few entries, ``activation(x W + b)``, given as ``[places, values]``.

    Args:
        features: the number of features, most of which are 0 in a row.
        units, options: see `Dense`.

    >>> from kerasflow.estimators.sparse import SparseDense
    >>> layer = SparseDense(5, 2, kernel_initializer="ones")
    >>> places, values = tf.constant([[1, 4], [0, 0]]), tf.constant([[10.0, 3.0], [1.0, 0.0]])
    >>> with tf.Session() as sess:
    ...     y = layer([places, values])
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(y)
    array([[13., 13.],
           [ 1.,  1.]], dtype=float32)
    """

    input_spec = None

    def __init__(self, features: int, units: int, **options: Any) -> None:
        super().__init__(units, **options)
        self.features = features

    def build(self, input_shape: Any) -> None:
        """Make W of shape ``(features, units)`` and b of shape ``(units,)``."""
        super().build((None, self.features))

    def call(self, inputs: Any) -> Any:
        """``activation(x W + b)``."""
        places, values = inputs
        terms = ops.gather(self.kernel, places) * ops.expand_dims(values, -1)
        return self.activation(ops.bias_add(ops.reduce_sum(terms, 1), self.bias))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "features": self.features}


@dataclass(frozen=True)
class SparseStack(Stack):
    """What a network of dense layers on rows of few entries looks like; see `Stack`."""

    @classmethod
    def like(cls, stack: Stack) -> SparseStack:
        """The same network as a stack on dense rows, with the same weights."""
        return cls(stack.sizes, stack.activation, stack.dtype, stack.dropout)

    def build(self, penalty: Any = None) -> Model:
        """A model, built, whose weights are to be set; `penalty` is the regularizer of all matrices."""
        options = {"dtype": self.dtype, "kernel_regularizer": penalty, "kernel_initializer": "zeros"}
        inputs = [Input((None,), dtype="int32"), Input((None,), dtype=self.dtype)]
        last = len(self.sizes) - 2
        x: Any = inputs
        for place, units in enumerate(self.sizes[1:]):
            activation = None if place == last else ACTIVATIONS.get(self.activation, self.activation)
            settings = {**options, "activation": activation}
            x = (Dense(units, **settings) if place else SparseDense(self.sizes[0], units, **settings))(x)
            if self.dropout and place < last:
                x = Dropout(self.dropout, dtype=self.dtype)(x)
        return Model(inputs, x)


def entries(x: Any) -> Any:
    """What a network takes for features `x`: of a sparse matrix the places and values of its entries, (n_samples, k).

    Rows with fewer entries than others are filled up with zeros at place 0.

    >>> from scipy.sparse import csr_matrix
    >>> from kerasflow.estimators.sparse import entries
    >>> entries(csr_matrix([[0.0, 5.0, 6.0], [0.0, 0.0, 7.0]]))
    [array([[1, 2],
           [2, 0]], dtype=int32), array([[5., 6.],
           [7., 0.]])]
    """
    if not issparse(x):
        return x
    counts = np.diff(x.indptr)
    width = max(int(counts.max(initial=0)), 1)
    there = np.arange(width) < counts[:, None]
    places, values = np.zeros(there.shape, np.int32), np.zeros(there.shape, x.dtype)
    places[there], values[there] = x.indices, x.data
    return [places, values]


def stretches(x: Any) -> Iterator[Any]:
    """A sparse matrix a stretch of rows at a time, so that the arrays of `entries` stay small."""
    counts, start = np.diff(x.indptr), 0
    while start < x.shape[0]:
        rows = max(1, _PLACES // max(1, int(counts[start : start + _PLACES].max(initial=1))))
        yield x[start : start + rows]
        start += rows


def moments(x: Any, weights: Array) -> tuple[Array, Array]:
    """The mean of each feature and its variance, (n_features,), of weighted samples.

    >>> from scipy.sparse import csr_matrix
    >>> from kerasflow.estimators.sparse import moments
    >>> moments(csr_matrix([[0.0, 4.0], [0.0, 2.0]]), np.ones(2))
    (array([0., 3.]), array([0., 1.]))
    """
    if not issparse(x):
        mean = np.average(x, axis=0, weights=weights)
        return mean, np.average(np.square(x - mean), axis=0, weights=weights)
    shares = weights.astype(np.float64) / weights.sum(dtype=np.float64)
    mean = x.T @ shares
    # The squares of the distances of the entries, and of the mean for all the zeros, which have the rest of the weight.
    rows = np.repeat(np.arange(x.shape[0]), np.diff(x.indptr))
    squares = (x.data - mean[x.indices]) ** 2
    there = csr_matrix((np.ones_like(x.data), x.indices, x.indptr), x.shape).T @ shares
    variance = np.bincount(x.indices, squares * shares[rows], x.shape[1]) + mean**2 * np.maximum(1 - there, 0)
    return mean, variance


class DenseBatches(PyDataset):
    """The rows of a sparse matrix with their targets and weights, made dense a batch at a time.

    Args:
        x: the matrix.
        others: arrays with a row for each sample.
        size: the number of rows in a batch; the last one has what is left.
        order: gives the rows in the order of an epoch, by default that which they have.

    >>> from scipy.sparse import csr_matrix
    >>> from kerasflow.estimators.sparse import DenseBatches
    >>> list(DenseBatches(csr_matrix([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]), [np.arange(3)], 2))[1]
    (array([[3., 0.]]), array([2]))
    """

    def __init__(self, x: Any, others: list[Array], size: int, order: Callable[[], Array] | None = None) -> None:
        super().__init__()
        self._x, self._others, self._size, self._order = x, others, size, order
        self._rows = np.arange(x.shape[0])

    def __len__(self) -> int:
        return -(-self._x.shape[0] // self._size)

    def __getitem__(self, index: int) -> Any:
        """The batch of that number."""
        rows = self._rows[index * self._size : (index + 1) * self._size]
        return self._x[rows].toarray(), *[array[rows] for array in self._others]

    def on_epoch_begin(self) -> None:
        """Put the rows in another order."""
        if self._order is not None:
            self._rows = self._order()
