"""Cases for `uniques`: the references keep a list of what has come before."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import NOTHING, Case

X = np.array([7, 3, 7, 7, 1, 3], np.int32)
F = np.array([0.5, -0.0, 0.0, 0.5, np.inf])
TEXT = np.array([b"b", b"a", b"b", b"", b"a\0"], object)
EMPTY = np.zeros(0, np.int64)


def distinct(x):
    seen = []
    for v in x.tolist():
        if v not in seen:
            seen.append(v)
    y = np.array(seen, x.dtype)
    idx = np.array([seen.index(v) for v in x.tolist()], np.int32)
    return y, idx, np.array([x.tolist().count(v) for v in seen], np.int32)


def difference(x, y):
    kept = [i for i, v in enumerate(x.tolist()) if v not in y.tolist()]
    return [x[kept], np.array(kept, np.int32)]


def unique(x):
    return Case(
        lambda x: list(tf.unique(x)), (x,), lambda x: list(distinct(x)[:2]), differentiable=False, shape_from=NOTHING
    )


def counted(x):
    return Case(
        lambda x: list(tf.unique_with_counts(x)),
        (x,),
        lambda x: list(distinct(x)),
        differentiable=False,
        shape_from=NOTHING,
    )


def without(x, y):
    return Case(lambda x, y: list(tf.setdiff1d(x, y)), (x, y), difference, differentiable=False, shape_from=NOTHING)


CASES = {
    "Unique": [unique(X), unique(F), unique(TEXT), unique(EMPTY)],
    "UniqueWithCounts": [counted(X), counted(TEXT), counted(EMPTY)],
    "ListDiff": [without(X, X[1:2]), without(F, F[:1]), without(X, EMPTY.astype(np.int32)), without(TEXT, TEXT[1:3])],
}
