"""Cases for `kerasflow.core.ops.top_k`."""

import numpy as np

from kerasflow.core.graph import apply
from kerasflow.core.ops.top_k import in_top_k, top_k
from tests.core.ops.harness import VALUE, Case, seeded

rng = seeded("top_k")
ROWS = rng.permuted(np.linspace(-2.0, 2.0, 30)).reshape(5, 6)  # no two closer than a derivative's steps reach
CUBE = rng.permuted(np.linspace(-2.0, 2.0, 24)).reshape(2, 3, 4)
TIES = np.array([[1.0, 3.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0]])
INTS = np.array([[5, 2, 5], [0, 0, 1]], np.uint8)
SPREAD = np.array([[0, 3], [2, 1]])


def first(x, k):
    """Sorted by the number, largest first, then by the place."""
    order = [
        sorted(range(x.shape[-1]), key=lambda i, row=row: (-float(row[i]), i)) for row in x.reshape(-1, x.shape[-1])
    ]
    indices = np.array(order, np.int32).reshape(x.shape)[..., :k]
    return [np.take_along_axis(x, indices, -1), indices]


def take(x, i):
    return np.take_along_axis(x, i, -1)


def put(v, i, like):
    out = np.zeros(like.shape)
    for row in np.ndindex(i.shape):
        out[(*row[:-1], i[row])] += v[row]
    return out


def hit(predictions, targets, k):
    """As the definition says, row by row."""
    rows = []
    for row, target in zip(predictions, targets, strict=True):
        inside = 0 <= target < len(row) and bool(np.all(np.isfinite(row)))
        rows.append(inside and sum(p > row[target] for p in row) < k)
    return np.array(rows)


SCORES = np.array([[0.1, 0.7, 0.2], [0.3, 0.3, 0.4], [0.2, np.inf, 0.1], [np.nan, 0.5, 0.1], [0.1, 0.2, 0.3]])

CASES = {
    "TopKV2": [
        *[
            Case(lambda x, k=k: top_k(x, k), (x,), lambda x, k=k: first(x, k))
            for x, k in [(ROWS, 1), (ROWS, 3), (ROWS, 6), (CUBE, 2), (CUBE[0, 0], 4), (ROWS, 0)]
        ],
        *[Case(lambda x: top_k(x, 2), (x,), lambda x: first(x, 2), differentiable=False) for x in (TIES, INTS)],
        Case(
            lambda x, k: top_k(x, k),
            (ROWS, np.int32(2)),
            lambda x, k: first(x, int(k)),
            differentiable=False,
            shape_from=VALUE,
        ),
    ],
    "TakeAlongLast": [Case(lambda x, i: apply("TakeAlongLast", x, i), (ROWS[:2], SPREAD), take)],
    "PutAlongLast": [
        Case(
            lambda v, i, like: apply("PutAlongLast", v, i, like),
            (CUBE[0, :2, :2], SPREAD, ROWS[:2]),
            put,
            differentiable=(0,),
        )
    ],
    "InTopKV2": [
        *[
            Case(
                lambda p, t, k=k: in_top_k(p, t, k),
                (SCORES, np.array([1, 0, 0, 1, 0], dtype)),
                lambda p, t, k=k: hit(p, t, k),
                differentiable=False,
            )
            for k, dtype in [(1, np.int32), (2, np.int64), (3, np.int32), (7, np.int32), (0, np.int32), (-1, np.int32)]
        ],
        Case(
            lambda p, t: in_top_k(p, t, 2),
            (SCORES, np.array([-1, 3, 0, 2**40, 2])),
            lambda p, t: hit(p, t, 2),
            differentiable=False,
        ),
        Case(in_top_k, (SCORES, np.array([2, 1, 1, 1, 1]), np.int64(2)), hit, differentiable=False),
        Case(
            lambda p, t: in_top_k(p, t, 2),
            (np.zeros((2, 0)), np.array([0, 1])),
            lambda p, t: np.array([False, False]),
            differentiable=False,
        ),
    ],
}
