"""Cases for `arithmetic`, `division`, `power` and `extrema`."""

import numpy as np

import kerasflow as tf
from kerasflow.core.graph import apply
from tests.core.ops.harness import Case, seeded

rng = seeded("arithmetic")
A = rng.normal(size=(2, 3))
B = rng.normal(size=(2, 3))
ROW = rng.normal(size=3)
COLUMN = rng.normal(size=(2, 1))
ONE = np.float64(0.7)
NONE = np.zeros((0, 3))
WHOLE = np.array([[3, -7, 5]], np.int32), np.array([[2], [-3]], np.int32)
SMALL = np.array([-128, 127, 7, -7], np.int8), np.array([3, -3, 2, 2], np.int8)
BYTES = np.array([255, 7], np.uint8), np.array([2, 255], np.uint8)
# Away from 0, and with quotients away from whole numbers.
Y = np.array([[1.3, -2.1, 0.6], [-0.9, 1.7, 3.1]])
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-300, -5.0])

BINARY = [(A, B), (A, ROW), (COLUMN, ROW), (ONE, A), (NONE, ROW)]
C, D = A + 1j * B, B - 0.5j * A
SINGLE = ("float64",)


def binary(build, reference, pairs=BINARY, **options):
    return [Case(build, pair, reference, **options) for pair in pairs]


def fixed(build, reference, *pairs):
    """Cases without derivatives, in the inputs' own types alone."""
    return [Case(build, pair, reference, differentiable=False, dtypes=SINGLE) for pair in pairs]


def real_quotient(x, y):
    return np.true_divide(x.astype(np.float64), y.astype(np.float64))


def floor_quotient(x, y):
    q = np.floor(x / y) if x.dtype.kind == "f" else np.array([int(a) // int(b) for a, b in both(x, y)])
    return q.reshape(np.broadcast_shapes(x.shape, y.shape)).astype(x.dtype)


def both(x, y):
    return zip(*[v.reshape(-1).tolist() for v in np.broadcast_arrays(x, y)], strict=True)


def toward_zero(x, y):
    q = np.trunc(x / y) if x.dtype.kind == "f" else np.array([int(a / b) for a, b in both(x, y)])
    return q.reshape(np.broadcast_shapes(x.shape, y.shape)).astype(x.dtype)


def floor_rest(x, y):
    return x - y * floor_quotient(x, y)


def rest_toward_zero(x, y):
    return x - y * toward_zero(x, y)


def larger(x, y):
    return (x + y + abs(x - y)) / 2


def smaller(x, y):
    return (x + y - abs(x - y)) / 2


def clipped(x, low=-0.3, high=0.4):
    return larger(smaller(x, high), low)


CASES = {
    "Add": binary(tf.add, np.add) + fixed(tf.add, np.add, WHOLE, (C, D)),
    "Sub": binary(tf.subtract, np.subtract) + fixed(tf.subtract, np.subtract, WHOLE, (C, D)),
    "Mul": binary(tf.multiply, np.multiply) + fixed(tf.multiply, np.multiply, WHOLE, (C, D)),
    "SquaredDifference": binary(tf.squared_difference, lambda x, y: x * x - 2 * x * y + y * y, rtol=1e-11, rtol32=2e-5)
    + fixed(tf.squared_difference, lambda x, y: (x - y) * (x - y), WHOLE),
    "Neg": [Case(tf.negative, (x,), np.negative) for x in (A, WHOLE[0], C)],
    "Abs": [
        *[Case(tf.abs, (x,), lambda x: np.where(x < 0, -x, x)) for x in (A, WHOLE[0])],
        Case(tf.abs, (C,), lambda z: np.sqrt(z.real**2 + z.imag**2)),
        Case(lambda x, y: tf.abs(tf.complex(x, y)), (A, Y), lambda x, y: np.sqrt(x * x + y * y)),
    ],
    "Sign": [
        *[Case(tf.sign, (x,), lambda x: ((x > 0) * 1 - (x < 0) * 1).astype(x.dtype)) for x in (A, WHOLE[0], SMALL[0])],
        Case(tf.sign, (np.append(C, 0),), lambda z: np.array([v and v / abs(v) for v in z])),
        Case(lambda x, y: tf.real(tf.sign(tf.complex(x, y))), (A, Y), lambda x, y: x / np.sqrt(x * x + y * y)),
    ],
    "AddN": [
        Case(lambda *xs: tf.add_n(xs), (A, B, -2 * A), lambda x, y, z: x + y + z),
        Case(lambda x: tf.add_n([x]), (A,), lambda x: x),
        Case(lambda *xs: tf.accumulate_n(xs, [2, 3], tf.int32), (WHOLE[0] + WHOLE[1],) * 2, lambda x, y: 2 * x),
    ],
    "RealDiv": binary(tf.realdiv, np.divide, [(A, Y), (A, Y[0]), (COLUMN, Y[0]), (ONE, Y), (NONE, Y[0])])
    + fixed(tf.truediv, real_quotient, WHOLE, tuple(v.astype(np.int64) for v in WHOLE))
    + fixed(lambda x, y: x / y, lambda x, y: real_quotient(x, y).astype(np.float32), SMALL, BYTES)
    + fixed(tf.divide, np.divide, (C, D)),
    "Div": binary(tf.div, np.divide, [(A, Y), (A, Y[0])]) + fixed(tf.div, floor_quotient, WHOLE, SMALL, BYTES),
    "FloorDiv": fixed(tf.floordiv, floor_quotient, (A, Y), (A, ROW), WHOLE, SMALL, BYTES)
    + fixed(
        lambda x, y: x // y,
        lambda x, y: np.array([10.0, -4.0, np.inf]),
        (np.array([1.0, -7, 1]), np.array([0.1, 2, 0])),
    ),
    "FloorMod": binary(tf.floormod, floor_rest, [(A, Y), (A, Y[0])], rtol32=1e-5)
    + fixed(tf.mod, floor_rest, WHOLE, SMALL, BYTES),
    "TruncateDiv": fixed(tf.truncatediv, toward_zero, (A, Y), (A, ROW), WHOLE, SMALL, BYTES),
    "TruncateMod": binary(tf.truncatemod, rest_toward_zero, [(A, Y), (A, Y[0])], rtol32=1e-5)
    + fixed(tf.truncatemod, rest_toward_zero, WHOLE, SMALL, BYTES),
    "Reciprocal": [Case(tf.reciprocal, (x,), lambda x: 1 / x) for x in (Y, NONE, C)],
    "Square": [Case(tf.square, (x,), lambda x: x * x) for x in (A, NONE, WHOLE[0], C)],
    "Sqrt": [Case(tf.sqrt, (x,), lambda x: x**0.5) for x in (abs(Y), NONE, C)]
    + fixed(tf.sqrt, lambda x: np.array([0, -0.0, np.inf, np.nan, np.nan, 1e-150, np.nan]), (SPECIAL,)),
    "Rsqrt": [Case(tf.rsqrt, (x,), lambda x: x**-0.5) for x in (abs(Y), NONE, C)],
    "Pow": binary(tf.pow, lambda x, y: np.exp(y * np.log(x)), [(abs(Y), A), (abs(Y), ROW), (ONE, Y)], rtol32=1e-5)
    + [
        # Negative numbers to whole powers; the exponents that have kernels of their own.
        *[Case(lambda x, p=p: x**p, (Y,), lambda x, p=p: x**p) for p in (1.0, 2.0, -1.0, 3.0, 0.0)],
        Case(tf.pow, (C, D), lambda x, y: np.exp(y * np.log(x)), rtol32=1e-5),
        Case(tf.pow, (WHOLE[0], np.array([3, 0, 2], np.int32)), lambda x, y: np.array([[27, 1, 25]], np.int32)),
    ],
    "Maximum": binary(tf.maximum, larger, BINARY[:-1])
    + fixed(tf.maximum, lambda x, y: np.where(x > y, x, y), WHOLE, SMALL, BYTES),
    "Minimum": binary(tf.minimum, smaller, BINARY[:-1])
    + fixed(tf.minimum, lambda x, y: np.where(x < y, x, y), WHOLE, SMALL, BYTES)
    + [
        Case(lambda x: tf.clip_by_value(x, -0.3, 0.4), (Y,), clipped),
        Case(tf.clip_by_value, (Y, np.full((2, 3), -0.7), np.array([[1.1, 0.2, 0.9]])), clipped),
    ],
    "ZeroUnless": [
        Case(lambda x, c: apply("ZeroUnless", x, c), (x, A > 0), lambda x, c: np.where(c, x, 0).astype(x.dtype))
        for x in (B, C, np.array(7, np.int8), np.where(A > 0, B, np.nan))
    ],
}
