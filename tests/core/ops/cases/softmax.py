"""Cases for `kerasflow.core.ops.softmax`."""

import numpy as np

from kerasflow.core.ops.softmax import log_softmax, softmax
from tests.core.ops.harness import Case, seeded

rng = seeded("softmax")
ROWS = 3.0 * rng.normal(size=(4, 5))
WIDE = rng.normal(size=(2, 40))  # past the width up to which maxima are taken of columns
CUBE = rng.normal(size=(2, 3, 4))
VECTOR = rng.normal(size=7)
LARGE = np.array([[800.0, 801.0, 799.5], [-800.0, -801.0, -802.0]])
INFINITE = np.array([[0.0, -np.inf, 1.0], [-np.inf, 2.0, -np.inf]])
SHAPED = [(ROWS, -1), (ROWS, 0), (WIDE, 1), (CUBE, 1), (CUBE, -3), (CUBE, 2), (VECTOR, 0)]


def reference(x, axis):
    powers = np.exp(x - np.max(x, axis, keepdims=True))
    return powers / np.sum(powers, axis, keepdims=True)


def log_reference(x, axis):
    shifted = x - np.max(x, axis, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis, keepdims=True))


def cases(build, expected):
    return [
        *[Case(lambda x, a=axis: build(x, a), (x,), lambda x, a=axis: expected(x, a)) for x, axis in SHAPED],
        Case(build, (ROWS,), lambda x: expected(x, -1), differentiable=False, dtypes=("float16",)),
        # At numbers as large as these a second difference has no digits left.
        Case(lambda x: build(x), (LARGE,), lambda x: expected(x, -1), second=False),
        Case(lambda x: build(x, dim=0), (LARGE,), lambda x: expected(x, 0), second=False),
        Case(lambda x: build(x), (INFINITE,), lambda x: expected(x, -1), differentiable=False),
        *[Case(build, (np.zeros(dims),), lambda x: x, differentiable=False) for dims in [(0, 3), (3, 0)]],
    ]


CASES = {"Softmax": cases(softmax, reference), "LogSoftmax": cases(log_softmax, log_reference)}
