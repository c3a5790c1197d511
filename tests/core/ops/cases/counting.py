"""Cases for `counting`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import RANK, SHAPE, VALUE, Case

X = np.array([[1, 1, 3], [0, 5, 1]], np.int32)
W = np.array([[0.5, 2.0, -1.0], [1.0, 4.0, 0.25]])
VALUES = np.array([[-1.0, 0.0, 1.5], [2.0, 5.0, 15.0]])
ENDS = np.array([0.0, 5.0])
ROWS = np.array([[1.0, 3.0, 3.0, 7.0], [0.0, 0.5, 2.0, 2.0]])
WANTED = np.array([[3.0, 0.0, 8.0], [2.0, -1.0, 0.4]])
LABELS, GUESSES = np.array([1, 2, 2, 0], np.int64), np.array([1, 2, 0, 0], np.int64)


def placed(side):
    """How many elements of its row each value comes after."""

    def reference(rows, values):
        before = rows[:, None, :] < values[..., None] if side == "left" else rows[:, None, :] <= values[..., None]
        return before.sum(-1).astype(np.int32)

    return reference


def counts(n, dtype=np.int32):
    return lambda x, *w: np.array([((w[0] if w else 1) * (x == k)).sum() for k in range(n)], w[0].dtype if w else dtype)


def bins(values, ends):
    return np.array([[0, 0, 1], [2, 4, 4]], np.int32)


def histogram(values, ends):
    return np.array([2, 1, 1, 0, 2], np.int32)


def pairs(labels, guesses, *weights):
    totals = np.zeros((3, 3), weights[0].dtype if weights else np.int32)
    for k, (i, j) in enumerate(zip(labels, guesses, strict=True)):
        totals[i, j] += weights[0][k] if weights else 1
    return totals


CASES = {
    "CountNeeded": [Case(tf.bincount, (X,), counts(6), shape_from=VALUE)],
    "Bincount": [
        Case(lambda x: tf.bincount(x, minlength=8, dtype=tf.int64), (X,), counts(8, np.int64), shape_from=VALUE),
        Case(lambda x: tf.bincount(x, maxlength=3), (X,), counts(3), shape_from=VALUE),
        Case(tf.bincount, (X, W), counts(6), differentiable=False, shape_from=VALUE),
        Case(lambda x, w: tf.bincount(x, w, maxlength=2), (X, W), counts(2), differentiable=False, shape_from=VALUE),
    ],
    "HistogramFixedWidthBins": [
        Case(lambda v, e: tf.histogram_fixed_width_bins(v, e, nbins=5), (VALUES, ENDS), bins, differentiable=False)
    ],
    "HistogramFixedWidth": [
        Case(lambda v, e: tf.histogram_fixed_width(v, e, nbins=5), (VALUES, ENDS), histogram, differentiable=False)
    ],
    "LowerBound": [Case(tf.searchsorted, (ROWS, WANTED), placed("left"), differentiable=False, knows=RANK)],
    "UpperBound": [
        Case(
            lambda r, v: tf.searchsorted(r, v, side="right"),
            (ROWS, WANTED),
            placed("right"),
            differentiable=False,
            knows=RANK,
        )
    ],
    "ConfusionMatrix": [
        Case(lambda x, y: tf.confusion_matrix(x, y, 3), (LABELS, GUESSES), pairs, knows=SHAPE),
        Case(lambda x, y: tf.confusion_matrix(x, y), (LABELS, GUESSES), pairs, knows=SHAPE, shape_from=VALUE),
        Case(
            lambda x, y, w: tf.confusion_matrix(x, y, 3, w.dtype, weights=w),
            (LABELS, GUESSES, W.reshape(-1)[:4]),
            pairs,
            differentiable=False,
            knows=SHAPE,
        ),
    ],
}
