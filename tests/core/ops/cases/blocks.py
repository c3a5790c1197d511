"""Cases for `kerasflow.core.ops.blocks`: references that move pixel by pixel."""

import itertools

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.cases.convolution import windows
from tests.core.ops.harness import Case, seeded

rng = seeded("blocks")
X = rng.normal(size=(2, 4, 6, 3))
WHOLE = np.arange(48, dtype=np.int16).reshape(2, 4, 6)


def pixels(x, count):
    return itertools.product(*[range(n) for n in x.shape[1 : 1 + count]])


def to_batch(x, block, paddings):
    """Pixel (i, j) goes to place (i, j) // block of the image number (i, j) % block."""
    x = np.pad(x, [(0, 0), *paddings, *[(0, 0)] * (x.ndim - 1 - len(block))])
    small = [n // b for n, b in zip(x.shape[1:], block, strict=False)]
    y = np.zeros((*block, len(x), *small, *x.shape[1 + len(block) :]), x.dtype)
    for at in pixels(x, len(block)):
        within = tuple(i % b for i, b in zip(at, block, strict=True))
        place = tuple(i // b for i, b in zip(at, block, strict=True))
        y[(*within, slice(None), *place)] = x[(slice(None), *at)]
    return y.reshape(-1, *y.shape[len(block) + 1 :])


def from_batch(x, block, crops):
    parts = x.reshape(*block, -1, *x.shape[1:])
    big = [n * b for n, b in zip(x.shape[1:], block, strict=False)]
    y = np.zeros((parts.shape[len(block)], *big, *x.shape[1 + len(block) :]), x.dtype)
    for at in pixels(y, len(block)):
        within = tuple(i % b for i, b in zip(at, block, strict=True))
        place = tuple(i // b for i, b in zip(at, block, strict=True))
        y[(slice(None), *at)] = parts[(*within, slice(None), *place)]
    return y[(slice(None), *[slice(a, n - b) for n, (a, b) in zip(big, crops, strict=True)])]


def to_depth(x, b):
    n, height, width, depth = x.shape
    y = np.zeros((n, height // b, width // b, b * b * depth), x.dtype)
    for i, j, c in itertools.product(range(height), range(width), range(depth)):
        y[:, i // b, j // b, ((i % b) * b + j % b) * depth + c] = x[:, i, j, c]
    return y


def to_space(x, b):
    n, height, width, depth = x.shape
    y = np.zeros((n, height * b, width * b, depth // b**2), x.dtype)
    for i, j, c in itertools.product(*map(range, y.shape[1:])):
        y[:, i, j, c] = x[:, i // b, j // b, ((i % b) * b + j % b) * y.shape[3] + c]
    return y


def patches(x, ksize, strides, rates, padding):
    found = list(windows(x.shape[1:3], ksize, strides, rates, padding))
    rows, columns = (n + 1 for n in found[-1][0])
    y = np.zeros((len(x), rows, columns, *ksize, x.shape[3]), x.dtype)
    for place, pairs in found:
        for k, at in pairs:
            y[(slice(None), *place, *k)] = x[(slice(None), *at)]
    return y.reshape(*y.shape[:3], -1)


def image(g, x, ksize, strides, rates, padding):
    """The adjoint of `patches`, from its matrix."""
    eye = np.eye(x[0].size).reshape(-1, *x.shape[1:])
    matrix = patches(eye, ksize, strides, rates, padding).reshape(x[0].size, -1)
    return (g.reshape(len(g), -1) @ matrix.T).reshape(x.shape)


def whole(values):
    return (1, *values, 1)


def patch_cases(x, ksize, strides, rates, padding):
    attrs = {"ksizes": whole(ksize), "strides": whole(strides), "rates": whole(rates), "padding": padding}
    how = ksize, strides, rates, padding
    yield Case(lambda x: tf.extract_image_patches(x, **attrs), (x,), lambda x: patches(x, *how))
    yield Case(
        lambda g, x: apply("PatchesToImage", g, x, **attrs),
        (rng.normal(size=patches(x, *how).shape), x),
        lambda g, x: image(g, x, *how),
        differentiable=(0,),
    )


PATCHES = [
    list(patch_cases(X[:1], (2, 3), (1, 2), (1, 1), "VALID")),
    list(patch_cases(X[:1, :, :, :1], (3, 2), (2, 1), (1, 2), "SAME")),
]


def batch_case(x, block, pairs):
    return Case(lambda x: tf.space_to_batch_nd(x, block, pairs), (x,), lambda x: to_batch(x, block, pairs))


def space_case(x, block, pairs):
    return Case(lambda x: tf.batch_to_space_nd(x, block, pairs), (x,), lambda x: from_batch(x, block, pairs))


CASES = {
    "SpaceToBatchND": [
        batch_case(X, (2, 3), [[0, 0], [1, 2]]),
        batch_case(X, (2,), [[1, 1]]),
        batch_case(WHOLE, (1, 2), [[0, 0], [0, 0]]),
        Case(
            lambda x: tf.space_to_batch(x, [[0, 0], [1, 1]], 2),
            (X,),
            lambda x: to_batch(x, (2, 2), [[0, 0], [1, 1]]),
        ),
    ],
    "BatchToSpaceND": [
        space_case(rng.normal(size=(6, 2, 3, 2)), (2, 3), [[0, 1], [2, 0]]),
        space_case(rng.normal(size=(4, 2, 3)), (2,), [[0, 0]]),
        Case(
            lambda x: tf.batch_to_space(x, [[1, 0], [0, 1]], 2),
            (rng.normal(size=(4, 2, 3, 1)),),
            lambda x: from_batch(x, (2, 2), [[1, 0], [0, 1]]),
        ),
    ],
    "SpaceToDepth": [
        Case(lambda x: tf.space_to_depth(x, 2), (X,), lambda x: to_depth(x, 2)),
        Case(
            lambda x: tf.space_to_depth(x, 2, data_format="NCHW"),
            (np.moveaxis(X, -1, 1),),
            lambda x: np.moveaxis(to_depth(np.moveaxis(x, 1, -1), 2), -1, 1),
        ),
    ],
    "DepthToSpace": [
        Case(lambda x: tf.depth_to_space(x, 2), (rng.normal(size=(2, 2, 3, 8)),), lambda x: to_space(x, 2)),
        Case(
            lambda x: tf.depth_to_space(x, 3, data_format="NCHW"),
            (rng.normal(size=(1, 9, 2, 1)),),
            lambda x: np.moveaxis(to_space(np.moveaxis(x, 1, -1), 3), -1, 1),
        ),
    ],
    "ExtractImagePatches": [pair[0] for pair in PATCHES],
    "PatchesToImage": [pair[1] for pair in PATCHES],
}
