"""Matrices with few entries as features: networks whose first layer looks at these alone.

The entries of some rows are three lists, place, value and row, and the product with the weights of the first layer is a
sum over rows of the weights,

    (x W)_i = sum_k [r_k = i] v_k W[j_k, :],

so the memory is that of the entries, and not of the features, and so is the time but for the updates of the weights. As
all arrays of a step have as many rows as there are samples, the lists are written over so many rows, one after the
other, whichever sample the entries belong to, and filled up with zeros.
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

__all__ = [
    "DenseBatches",
    "SparseDense",
    "SparseStack",
    "entries",
    "fit_arguments",
    "inputs_for",
    "moments",
    "product",
    "stretches",
]

Array = np.ndarray[Any, Any]
_PLACES = 2**20  # in the arrays for one stretch of rows
_STEPS = 4  # to the average number of entries: the arrays of batches have few different shapes


class SparseDense(Dense):
    """A fully connected layer on rows of few entries, ``activation(x W + b)``; takes what `entries` gives.

    Args:
        features: the number of features, most of which are 0 in a row.
        units, options: see `Dense`.

    >>> from scipy.sparse import csr_matrix
    >>> from kerasflow.estimators.sparse import SparseDense, entries
    >>> layer = SparseDense(5, 2, kernel_initializer="ones")
    >>> with tf.Session() as sess:
    ...     y = layer([tf.constant(a) for a in entries(csr_matrix([[0, 10.0, 0, 0, 3.0], [1.0, 0, 0, 0, 0]]))])
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
        return self.activation(ops.bias_add(product(inputs, self.kernel), self.bias))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "features": self.features}


def product(x: Any, kernel: Any, rows: Array | None = None) -> Any:
    """``x W``, (n_samples, units), of rows of few entries.

    Args:
        x: what `entries` gives, as tensors.
        kernel: W.
        rows: of each feature the row of W that is its own, int32, and -1 if it has none; by default all have.

    >>> from scipy.sparse import csr_matrix
    >>> from kerasflow.estimators.sparse import entries, product
    >>> x = [tf.constant(a) for a in entries(csr_matrix([[4.0, 5.0, 0.0], [0.0, 0.0, 6.0]]))]
    >>> tf.Session().run(product(x, tf.constant([[10.0], [1.0]], tf.float64), np.array([1, -1, 0], np.int32)))
    array([[ 4.],
           [60.]])
    """
    places, values, samples = (ops.reshape(each, [-1]) for each in x)
    values = ops.cast(values, kernel.dtype)
    if rows is not None:
        values = values * ops.gather((rows >= 0).astype(kernel.dtype.as_numpy_dtype), places)
        places = ops.gather(np.maximum(rows, 0), places)
    terms = ops.gather(kernel, places) * ops.expand_dims(values, -1)
    return ops.unsorted_segment_sum(terms, samples, ops.shape(x[0])[0])


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
        inputs = inputs_for(self.dtype)
        last = len(self.sizes) - 2
        x: Any = inputs
        for place, units in enumerate(self.sizes[1:]):
            activation = None if place == last else ACTIVATIONS.get(self.activation, self.activation)
            settings = {**options, "activation": activation}
            x = (Dense(units, **settings) if place else SparseDense(self.sizes[0], units, **settings))(x)
            if self.dropout and place < last:
                x = Dropout(self.dropout, dtype=self.dtype)(x)
        return Model(inputs, x)


def inputs_for(dtype: str) -> list[Any]:
    """The inputs of a model that takes what `entries` gives, with values of a type."""
    return [Input((None,), dtype=each) for each in ("int32", dtype, "int32")]


def entries(x: Any, step: int = 1) -> Any:
    """What a network takes for features `x`: of a sparse matrix the places, values and rows of its entries.

    Args:
        x: the features, (n_samples, n_features).
        step: the arrays, (n_samples, k), have a multiple of so many columns.

    >>> from scipy.sparse import csr_matrix
    >>> from kerasflow.estimators.sparse import entries
    >>> entries(csr_matrix([[0.0, 5.0, 6.0], [0.0, 0.0, 7.0]]))
    [array([[1, 2],
           [2, 0]], dtype=int32), array([[5., 6.],
           [7., 0.]]), array([[0, 0],
           [1, 0]], dtype=int32)]
    """
    if not issparse(x):
        return x
    count, rows = x.nnz, np.arange(x.shape[0], dtype=np.int32)
    width = max(1, -(-count // (x.shape[0] * step))) * step
    arrays = [np.zeros(x.shape[0] * width, dtype) for dtype in (np.int32, x.dtype, np.int32)]
    for array, values in zip(arrays, (x.indices, x.data, np.repeat(rows, np.diff(x.indptr))), strict=True):
        array[:count] = values
    return [array.reshape(x.shape[0], width) for array in arrays]


def stretches(x: Any) -> Iterator[Any]:
    """A sparse matrix a stretch of rows at a time, so that the arrays of `entries` stay small."""
    start = 0
    while start < x.shape[0]:
        stop = int(np.searchsorted(x.indptr, x.indptr[start] + _PLACES, "right")) - 1
        stop = min(max(stop, start + 1), start + _PLACES, x.shape[0])
        yield x[start:stop]
        start = stop


def moments(x: Any, weights: Array) -> tuple[Array, Array]:
    """The mean of each feature and its variance, (n_features,), of weighted samples.

    >>> from scipy.sparse import csr_matrix
    >>> from kerasflow.estimators.sparse import moments
    >>> moments(csr_matrix([[0.0, 4.0], [0.0, 2.0]]), np.ones(2))
    (array([0., 3.]), array([0., 1.]))
    """
    weights = weights.astype(np.float64)  # and so is all else: squares of what float32 holds may overflow it
    shares = weights / weights.sum()
    if not issparse(x):
        size = max(1, _PLACES // max(1, x.shape[1]))  # rows at a time: with all, float32 would have copies in float64
        parts = [slice(start, start + size) for start in range(0, len(x), size)]
        mean = sum(shares[rows] @ x[rows] for rows in parts)
        return mean, sum(shares[rows] @ np.square(x[rows] - mean) for rows in parts)
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
        return self._features(self._x[rows]), *[array[rows] for array in self._others]

    def _features(self, x: Any) -> Any:
        return x.toarray()

    def on_epoch_begin(self) -> None:
        """Put the rows in another order."""
        if self._order is not None:
            self._rows = self._order()


class _EntryBatches(DenseBatches):
    """Batches of entries in place of dense ones."""

    def _features(self, x: Any) -> Any:
        return entries(x, max(1, self._x.nnz // (_STEPS * self._x.shape[0])))


def fit_arguments(
    model: Any, data: Any, held_out: Any, size: int, held_out_size: int, shuffle: bool, whole: bool = False
) -> dict[str, Any]:
    """What `Model.fit` is to be given.

    Args:
        model: the model.
        data, held_out: features, targets and the samples' weights; features may be a sparse matrix.
        size, held_out_size: the numbers of samples in a batch.
        shuffle: whether each epoch takes the samples in an order of its own.
        whole: whether the model takes batches of a sparse matrix dense, and not their entries.
    """
    (x, y, weights), made = data, DenseBatches if whole else _EntryBatches
    uniform = bool((weights == 1).all())
    if not issparse(x):
        weights = None if uniform else weights
        arguments = {"x": x, "y": y, "sample_weight": weights, "batch_size": size, "shuffle": shuffle}
        return {**arguments, "validation_data": held_out, "validation_batch_size": held_out_size}
    batches = made(x, [y] if uniform else [y, weights], size, lambda: model._order(len(y), shuffle))
    model._step(model._data(*batches[0]), training=True)  # what is drawn in it can be seeded, now that it is there
    if held_out is not None:
        held_out = made(held_out[0], list(held_out[1:]), held_out_size)
    return {"x": batches, "shuffle": False, "validation_data": held_out}
