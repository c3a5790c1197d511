"""Cases for `kerasflow.core.ops.arithmetic`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case, seeded

rng = seeded("arithmetic")
A = rng.normal(size=(2, 3))
B = rng.normal(size=(2, 3))
ROW = rng.normal(size=3)
COLUMN = rng.normal(size=(2, 1))
ONE = np.float64(0.7)
I, J = np.array([[3, -7, 5]], np.int32), np.array([[2], [-3]], np.int32)

BINARY = [(A, B), (A, ROW), (COLUMN, ROW), (ONE, A), (np.zeros((0, 3)), ROW)]


def binary(build, reference, pairs=BINARY, **options):
    return [Case(build, pair, reference, **options) for pair in pairs]


CASES = {
    "Add": binary(tf.add, np.add) + binary(tf.add, np.add, [(I, J)]),
    "Sub": binary(tf.subtract, np.subtract) + binary(tf.subtract, np.subtract, [(I, J)]),
    "Mul": binary(tf.multiply, np.multiply) + binary(tf.multiply, np.multiply, [(I, J)]),
    "Neg": [Case(tf.negative, (x,), np.negative) for x in (A, I)],
    "AddN": [
        Case(lambda *xs: tf.add_n(xs), (A, B, -2 * A), lambda x, y, z: x + y + z),
        Case(lambda x: tf.add_n([x]), (A,), lambda x: x),
    ],
}
