"""Cases for `kerasflow.core.ops.normalising`, `moment_sums` and `local_response`."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import Case, seeded

rng = seeded("normalising")
X = rng.normal(size=(3, 2, 2, 3))
SCALE, OFFSET = rng.uniform(0.5, 1.5, 3), rng.normal(size=3)
MEAN, VARIANCE = rng.normal(size=3), rng.uniform(0.5, 1.5, 3)
EPSILON = 0.01


def fused(*vectors, form="NHWC", **options):
    """A case of the operation with all its outputs: training without moments, inference with them."""
    training = len(vectors) == 2
    axes = (0, 1, 2) if form == "NHWC" else (0, 2, 3)
    x = X if form == "NHWC" else np.moveaxis(X, -1, 1)

    def column(v):
        return v.reshape([-1 if i not in axes else 1 for i in range(4)])

    def reference(x, scale, offset, mean=None, variance=None):
        count = x.size / len(scale)
        if training:
            mean = x.sum(axes) / count
            variance = ((x - column(mean)) ** 2).sum(axes) / count
        estimate = variance * count / (count - 1) if training else variance
        y = (x - column(mean)) / np.sqrt(column(variance) + EPSILON) * column(scale) + column(offset)
        return [y, mean, estimate, mean, variance]

    how = {"epsilon": EPSILON, "data_format": form, "is_training": training}
    build = lambda *given: apply("FusedBatchNormV3", *given, **how)  # noqa: E731
    return Case(build, (x, *vectors), reference, rtol32=1e-5, **options)


def summed(x, radius):
    depth = x.shape[-1]
    near = np.abs(np.arange(depth)[:, None] - np.arange(depth)) <= radius
    return x @ near.astype(x.dtype)


def lrn(x, radius, bias, alpha, beta, **options):
    return Case(
        lambda x: tf.nn.lrn(x, radius, bias, alpha, beta),
        (x,),
        lambda x: x / (bias + alpha * summed(x**2, radius)) ** beta,
        rtol32=1e-5,
        **options,
    )


CASES = {
    "FusedBatchNormV3": [
        fused(SCALE, OFFSET),
        fused(SCALE, OFFSET, MEAN, VARIANCE),
        fused(SCALE, OFFSET, form="NCHW"),
        fused(SCALE, OFFSET, MEAN, VARIANCE, form="NCHW"),
    ],
    "NeighbourSum": [
        Case(lambda x, r=r: apply("NeighbourSum", x, radius=r), (X,), lambda x, r=r: summed(x, r)) for r in (0, 1, 2, 9)
    ],
    "LRN": [
        lrn(X, 1, 1.0, 0.5, 0.75),
        lrn(rng.normal(size=(1, 2, 1, 7)), 2, 0.5, 2.0, 0.5),
        lrn(rng.normal(size=(1, 1, 2, 4)), 0, 1.0, 1.0, 1.0),
    ],
}
