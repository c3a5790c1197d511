"""Cases for `kerasflow.core.ops.nn_misc`."""

import numpy as np

from kerasflow.core.ops.nn_misc import bias_add, l2_loss
from tests.core.ops.harness import Case, seeded

rng = seeded("nn_misc")
ROWS, BIAS = rng.normal(size=(4, 3)), rng.normal(size=3)
IMAGES = rng.normal(size=(2, 1, 2, 3))
HALF = {"differentiable": False, "dtypes": ("float16",)}


def half_square_sum(x):
    return np.sum(x**2) / 2


CASES = {
    "BiasAdd": [
        Case(bias_add, (ROWS, BIAS), lambda x, b: x + b),
        Case(bias_add, (ROWS, BIAS), lambda x, b: x + b, **HALF),
        Case(bias_add, (IMAGES, IMAGES[0, 0, 0]), lambda x, b: x + b),
        Case(bias_add, (np.array([[1, 2]], np.int32), np.array([3, -4], np.int32)), lambda x, b: x + b),
        Case(lambda x, b: bias_add(x, b, "NHWC"), (IMAGES, IMAGES[0, 0, 0]), lambda x, b: x + b),
    ],
    "L2Loss": [
        *[Case(l2_loss, (x,), half_square_sum) for x in (ROWS, IMAGES, np.float64(0.7), np.asfortranarray(ROWS))],
        Case(l2_loss, (np.zeros((0, 3)),), half_square_sum, differentiable=False),
        Case(l2_loss, (ROWS,), half_square_sum, **HALF),
    ],
}
