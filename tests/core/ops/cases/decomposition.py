"""Cases for `kerasflow.core.ops.decomposition`."""

import numpy as np

from kerasflow.core.ops.decomposition import qr
from tests.core.ops.harness import Case, seeded

rng = seeded("decomposition")
TALL = np.linalg.qr(rng.normal(size=(4, 3)))[0] @ np.array([[2.0, 1.0, -1.0], [0.0, 1.5, 0.5], [0.0, 0.0, 1.0]])
SQUARE = rng.normal(size=(2, 3, 3)) + 3.0 * np.eye(3)
WIDE = rng.normal(size=(2, 4))


def by_projection(x):
    """Gram and Schmidt's procedure, twice over, with the signs of Householder's: R's diagonal against the input's."""
    if x.ndim > 2:
        factors = [by_projection(m) for m in x]
        return [np.stack(f) for f in zip(*factors, strict=True)]
    m, n = x.shape
    k = min(m, n)
    q = np.zeros((m, k))
    for j in range(k):
        v = x[:, j] - q[:, :j] @ (q[:, :j].T @ x[:, j])
        v = v - q[:, :j] @ (q[:, :j].T @ v)
        q[:, j] = v / np.linalg.norm(v)
    signs = np.sign(np.diagonal(np.linalg.qr(x)[1]))
    q = q * signs
    return [q, np.triu(q.T @ x)]


CASES = {
    "Qr": [
        *[Case(lambda x: list(qr(x)), (x,), by_projection) for x in (TALL, SQUARE)],
        Case(lambda x: list(qr(x)), (WIDE,), by_projection, differentiable=False),
        Case(
            lambda x: list(qr(x, full_matrices=True)),
            (TALL,),
            lambda x: list(np.linalg.qr(x, "complete")),
            differentiable=False,
        ),
    ]
}
