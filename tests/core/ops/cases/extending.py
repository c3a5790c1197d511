"""Cases for `kerasflow.core.ops.extending`."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import VALUE, Case, seeded

rng = seeded("extending")
A = rng.normal(size=(3, 4))
CUBE = rng.normal(size=(2, 3, 2))
ROW = rng.normal(size=3)
ONE = np.float64(0.7)
FILL = np.float64(-2.5)
INTS = np.array([[1, 2]], np.int32)
TEXT = np.array([b"a", b"bc"], object)
TWO = np.int32(2)


def pad(x, paddings, mode="CONSTANT", **options):
    return Case(lambda t: tf.pad(t, paddings, mode), (x,), lambda x: np.pad(x, paddings, mode=mode.lower()), **options)


def folded(g, x, paddings, mode):
    """The adjoint of padding by reflection, element by element."""
    whole = np.zeros_like(x)
    places = np.pad(np.arange(x.size).reshape(x.shape), paddings, mode=mode.lower())
    for value, place in zip(g.reshape(-1), places.reshape(-1), strict=True):
        whole.reshape(-1)[place] += value
    return whole


def mirror_grad(x, paddings, mode):
    shape = np.pad(x, paddings, mode=mode.lower()).shape
    return Case(
        lambda g, x: apply("MirrorPadGrad", g, x, np.array(paddings, np.int32), mode=mode),
        (rng.normal(size=shape), x),
        lambda g, x: folded(g, x, paddings, mode),
        differentiable=(0,),
    )


def tile(x, multiples):
    return Case(lambda t: tf.tile(t, multiples), (x,), lambda x: np.tile(x, multiples))


def tile_grad(x, multiples):
    def total(g, x):
        rows = sum(np.split(g, multiples[0], 0))
        return sum(np.split(rows, multiples[1], 1))

    return Case(
        lambda g, x: apply("TileGrad", g, x, np.array(multiples, np.int32)),
        (rng.normal(size=np.tile(x, multiples).shape), x),
        total,
        differentiable=(0,),
    )


CASES = {
    "Pad": [
        pad(A, [[1, 0], [2, 3]]),
        pad(A, [[0, 0], [0, 0]]),
        pad(CUBE, [[0, 2], [1, 1], [0, 0]]),
        pad(INTS, [[1, 1], [0, 1]]),
        Case(lambda x: tf.pad(x, []), (ONE,), lambda x: x),
        Case(lambda x: tf.pad(x, [[1, 0]]), (TEXT,), lambda x: np.array([b"", b"a", b"bc"], object)),
        Case(
            tf.pad,
            (A, np.array([[1, 0], [0, 2]], np.int64)),
            lambda x, p: np.pad(x, p),
            differentiable=(0,),
            shape_from=VALUE,
        ),
        Case(
            lambda x, n: tf.pad(x, [[0, n - 1], [1, 0]]),
            (A, TWO),
            lambda x, n: np.pad(x, [[0, 1], [1, 0]]),
            (0,),
            shape_from=VALUE,
        ),
    ],
    "PadV2": [
        Case(
            lambda x, c: tf.pad(x, [[1, 0], [2, 3]], constant_values=c),
            (A, FILL),
            lambda x, c: np.pad(x, [[1, 0], [2, 3]], constant_values=c),
        ),
        Case(lambda x: tf.pad(x, [[0, 1]], constant_values=7), (INTS[0],), lambda x: np.array([1, 2, 7], np.int32)),
        Case(lambda x: tf.pad(x, [[0, 1]], constant_values="z"), (TEXT,), lambda x: np.array([*x, b"z"], object)),
    ],
    "MirrorPad": [
        pad(A, [[2, 1], [0, 3]], "REFLECT"),
        pad(A, [[3, 1], [0, 4]], "SYMMETRIC"),
        pad(CUBE, [[1, 1], [2, 0], [0, 1]], "REFLECT"),
        pad(CUBE, [[2, 0], [3, 3], [0, 1]], "SYMMETRIC"),
        pad(ROW, [[0, 0]], "REFLECT"),
        pad(INTS, [[0, 0], [1, 1]], "reflect"),
    ],
    "MirrorPadGrad": [
        mirror_grad(A, [[2, 1], [0, 3]], "REFLECT"),
        mirror_grad(A, [[3, 3], [1, 4]], "SYMMETRIC"),
        mirror_grad(CUBE, [[1, 1], [0, 0], [1, 1]], "REFLECT"),
    ],
    "Tile": [
        tile(A, [2, 3]),
        tile(A, [1, 1]),
        tile(CUBE, [2, 1, 3]),
        tile(A, [0, 2]),
        tile(ROW, [3]),
        tile(TEXT, [2]),
        Case(lambda x: tf.tile(x, []), (ONE,), lambda x: x),
        Case(
            tf.tile,
            (A, np.array([2, 1], np.int64)),
            lambda x, m: np.tile(x, m),
            shape_from=VALUE,
        ),
        Case(lambda x, like: tf.tile(x, [tf.shape(like)[0], 1]), (A, ROW), lambda x, like: np.tile(x, [3, 1]), (0,)),
    ],
    "TileGrad": [tile_grad(A, [2, 3]), tile_grad(A, [1, 2])],
}
