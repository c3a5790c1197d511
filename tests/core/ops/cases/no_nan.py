"""Cases for `no_nan`; where a zero wins is tried in tests/core/ops/test_no_nan.py."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case

X = np.array([[0.5, -1.5, 2.0], [1.25, 3.0, -0.75]])
Y = np.array([2.0, 0.4, 1.5])
Z = X + 1j * X[::-1]

CASES = {
    "DivNoNan": [
        Case(tf.div_no_nan, (X, Y), lambda x, y: x / y),
        Case(
            tf.div_no_nan,
            (X, np.array([2.0, 0.0, -4.0])),
            lambda x, y: np.stack([x[:, 0] / 2, 0 * x[:, 1], x[:, 2] / -4], 1),
            (0,),
        ),
        Case(tf.math.reciprocal_no_nan, (X,), lambda x: 1 / x),
        Case(tf.div_no_nan, (Z, Z[0]), lambda x, y: x / y, dtypes=("float64",)),
    ],
    "MulNoNan": [Case(tf.math.multiply_no_nan, (X, Y), lambda x, y: x * y)],
    "Xlogy": [Case(tf.math.xlogy, (X, Y), lambda x, y: x * np.log(y))],
    "Xdivy": [Case(tf.math.xdivy, (X, Y), lambda x, y: x / y)],
}
