"""Cases for `kerasflow.core.ops.solving`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case, seeded

rng = seeded("solving")
SMALL = np.array([[2.0, 0.5], [-0.3, 1.5]])
X = rng.normal(size=(3, 3)) + 3.0 * np.eye(3)
BATCH = rng.normal(size=(2, 3, 3)) + 3.0 * np.eye(3)
ROOT = np.tril(rng.normal(size=(3, 3))) + 2.0 * np.eye(3)
RHS, RIGHT = rng.normal(size=(3, 2)), rng.normal(size=(2, 3, 1))
Z = X + 1j * rng.normal(size=(3, 3))
LOOSE = {"rtol": 1e-11, "rtol32": 1e-4}


def by_cofactors(x):
    """The inverse as the adjugate over the determinant: nothing is eliminated."""
    if x.ndim > 2:
        return np.stack([by_cofactors(m) for m in x])
    n = len(x)
    minor = np.empty_like(x)
    for i in range(n):
        for j in range(n):
            rest = np.delete(np.delete(x, i, 0), j, 1)
            minor[j, i] = (-1) ** (i + j) * determinant(rest)
    return minor / determinant(x)


def determinant(x):
    if x.ndim > 2:
        return np.stack([determinant(m) for m in x])
    if not len(x):
        return x.dtype.type(1)
    return sum((-1) ** j * x[0, j] * determinant(np.delete(x[1:], j, 1)) for j in range(len(x)))


def adjoint(x):
    return np.swapaxes(x, -1, -2).conj()


def times(x, y):
    return np.einsum("...ij,...jk->...ik", x, y)


def solved(a, b, is_adjoint=False):
    return times(by_cofactors(adjoint(a) if is_adjoint else a), b)


def triangle(a, lower):
    return np.tril(a) if lower else np.triu(a)


def triangular(a, b, lower, is_adjoint):
    return Case(
        lambda a, b: tf.matrix_triangular_solve(a, b, lower, is_adjoint),
        (a, b),
        lambda a, b: solved(triangle(a, lower), b, is_adjoint),
        **LOOSE,
    )


def positive(x):
    return times(x, adjoint(x)) + np.eye(x.shape[-1])


def factor(x):
    """Row by row, as the definition says."""
    a = positive(x)
    if a.ndim > 2:
        return np.stack([factor(m) for m in x])
    root = np.zeros_like(a)
    for i in range(len(a)):
        for j in range(i + 1):
            rest = a[i, j] - np.sum(root[i, :j] * root[j, :j].conj())
            root[i, j] = np.sqrt(rest) if i == j else rest / root[j, j]
    return root


def of_positive(x):
    return tf.cholesky(tf.matmul(x, x, adjoint_b=True) + np.eye(3))


CASES = {
    "MatrixInverse": [Case(tf.matrix_inverse, (x,), by_cofactors, **LOOSE) for x in (SMALL, X, BATCH)]
    + [
        Case(lambda x: tf.matrix_inverse(x, adjoint=True), (X,), lambda x: by_cofactors(x).T, **LOOSE),
        Case(lambda x: tf.matrix_inverse(x, adjoint=True), (Z,), lambda x: adjoint(by_cofactors(x)), False, **LOOSE),
        Case(tf.matrix_inverse, (np.zeros((2, 0, 0)),), lambda x: x),
    ],
    "MatrixSolve": [
        Case(lambda a, b, way=way: tf.matrix_solve(a, b, way), (a, b), lambda a, b, way=way: solved(a, b, way), **LOOSE)
        for way in (False, True)
        for a, b in [(SMALL, RHS[:2]), (X, RHS), (BATCH, RIGHT)]
    ]
    + [
        Case(lambda a, b: tf.matrix_solve(a, b, True), (Z, Z[:, :1]), lambda a, b: solved(a, b, True), False, **LOOSE),
    ],
    "MatrixTriangularSolve": [
        triangular(a, b, lower, way)
        for lower in (False, True)
        for way in (False, True)
        for a, b in [(X, RHS), (BATCH, RIGHT)]
    ],
    "Cholesky": [Case(of_positive, (x,), factor, rtol=1e-11, rtol32=1e-4) for x in (ROOT, BATCH)]
    + [Case(tf.cholesky, (positive(Z),), lambda a: np.linalg.cholesky(a), False, **LOOSE)],
    "MatrixDeterminant": [Case(tf.matrix_determinant, (x,), determinant, **LOOSE) for x in (SMALL, X, BATCH, X[:1, :1])]
    + [Case(tf.matrix_determinant, (Z,), determinant, False, **LOOSE)],
}
