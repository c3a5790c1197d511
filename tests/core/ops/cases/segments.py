"""Cases for `segments` and `sorted_segments`: the references go through the segments one by one."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import VALUE, Case

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [3.0, -2.0, 1.0], [-1.25, 4.0, 0.6], [2.2, 0.1, -3.0]])
IDS = np.array([1, 0, -1, 1, 3], np.int32)
FULL = np.array([1, 0, -1, 1, 0], np.int32)
SORTED = np.array([0, 0, 2, 2, 2], np.int64)
ZEROS = X * np.array([[1.0, 0, 1], [1, 1, 1], [1, 1, 1], [0, 0, 1], [1, 1, 1]])
WHOLE = np.array([[5, -2], [7, 3], [1, 9], [4, 4], [2, 8]], np.int32)


def by_segment(reduce, empty, count):
    """`reduce` of the rows of each of `count` segments, `empty` where there are none."""

    def reference(x, ids):
        rows = [x[ids == k] for k in range(count)]
        return np.array([reduce(r) if len(r) else np.full(x.shape[1:], empty(x.dtype), x.dtype) for r in rows], x.dtype)

    return reference


def largest(dtype):
    return np.finfo(np.float64).max if dtype.kind == "f" else np.iinfo(dtype).max


def unsorted(function, reduce, empty, x=X, ids=IDS, **options):
    n = int(ids.max()) + 1
    options.setdefault("differentiable", (0,) if x.dtype.kind == "f" else False)
    return Case(lambda x, i: function(x, i, n), (x, ids), by_segment(reduce, empty, n), **options)


def ordered(function, reduce, empty=lambda dtype: 0, x=X, **options):
    options.setdefault("differentiable", (0,) if x.dtype.kind == "f" else False)
    return Case(function, (x, SORTED), by_segment(reduce, empty, 3), shape_from=VALUE, **options)


def total(r):
    return r.sum(0)


def mean(r):
    return r.sum(0) / len(r)


def sqrt_n(r):
    return r.sum(0) / np.sqrt(len(r))


def picked(function, reduce, count):
    rows = np.array([4, 0, 1, 1, 3], np.int32)
    arguments = {} if count == 3 else {"num_segments": count}
    return Case(
        lambda x, i: function(x, i, SORTED, **arguments),
        (X, rows),
        lambda x, i: by_segment(reduce, lambda dtype: 0, count)(x[i], SORTED),
        (0,),
    )


DOUBLE = {"dtypes": ("float64",)}  # what an empty segment has depends on the type
CASES = {
    "UnsortedSegmentMax": [
        unsorted(tf.unsorted_segment_max, lambda r: r.max(0), None, ids=FULL, second=False),
        unsorted(tf.unsorted_segment_max, lambda r: r.max(0), lambda d: -largest(d), **DOUBLE, differentiable=False),
        unsorted(tf.unsorted_segment_max, lambda r: r.max(0), lambda d: -largest(d) - 1, WHOLE),
    ],
    "UnsortedSegmentMin": [
        unsorted(tf.unsorted_segment_min, lambda r: r.min(0), None, ids=FULL, second=False),
        unsorted(tf.unsorted_segment_min, lambda r: r.min(0), largest, **DOUBLE, differentiable=False),
        unsorted(tf.unsorted_segment_min, lambda r: r.min(0), largest, WHOLE),
    ],
    "UnsortedSegmentProd": [
        unsorted(tf.unsorted_segment_prod, lambda r: r.prod(0), lambda d: 1),
        unsorted(tf.unsorted_segment_prod, lambda r: r.prod(0), lambda d: 1, ZEROS, second=False),
    ],
    "SegmentCounts": [
        unsorted(tf.unsorted_segment_mean, mean, lambda d: 0),
        unsorted(tf.unsorted_segment_sqrt_n, sqrt_n, lambda d: 0),
    ],
    "SegmentSum": [
        ordered(tf.segment_sum, total),
        ordered(tf.segment_sum, total, x=WHOLE),
        picked(tf.sparse_segment_sum, total, 3),
        picked(tf.sparse_segment_sqrt_n, sqrt_n, 3),
    ],
    "SegmentMean": [ordered(tf.segment_mean, mean), picked(tf.sparse_segment_mean, mean, 3)],
    "SegmentMax": [
        ordered(tf.segment_max, lambda r: r.max(0), second=False),
        ordered(tf.segment_max, lambda r: r.max(0), x=WHOLE),
    ],
    "SegmentMin": [ordered(tf.segment_min, lambda r: r.min(0), second=False)],
    "SegmentProd": [ordered(tf.segment_prod, lambda r: r.prod(0), lambda d: 1, differentiable=False)],
}
