"""Cases for `einsum_op`, `spectra` and `least_squares`; vectors of matrices are told apart by their squares."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import Case

A = np.array([[0.5, -1.25, 2.0], [3.5, 0.75, -0.25]])
B = np.array([[1.5, 0.5, -0.75], [0.25, 2.5, 1.0]])
M = np.array([[2.0, -1.0, 0.5], [0.25, 1.5, 1.0], [-0.75, 0.5, 3.0]])
S = M @ M.T
T = np.sin(np.arange(24.0)).reshape(2, 3, 4)
PAIR = np.stack([S, S[::-1, ::-1] + np.diag([1.0, 2.0, 4.0])])


def loop(equation):
    """The sum that an equation stands for, term by term."""

    def reference(*xs):
        inputs, output = equation.split("->")
        terms = inputs.split(",")
        sizes = {c: n for t, x in zip(terms, xs, strict=True) for c, n in zip(t, x.shape, strict=True)}
        letters = sorted(sizes)
        total = np.zeros([sizes[c] for c in output])
        for at in np.ndindex(*[sizes[c] for c in letters]):
            place = dict(zip(letters, at, strict=True))
            product = 1.0
            for t, x in zip(terms, xs, strict=True):
                product *= x[tuple(place[c] for c in t)]
            total[tuple(place[c] for c in output)] += product
        return total

    return reference


def einsum(equation, *xs):
    return Case(lambda *t: tf.einsum(equation, *t), xs, loop(equation))


def lower(x):
    return np.tril(x) + np.swapaxes(np.tril(x, -1), -1, -2)


def _diagonal(d, x):
    k = np.arange(len(d))
    change = np.zeros_like(x)
    change[k, k] = d - x[k, k]
    return change


CASES = {
    "Einsum": [
        einsum("ij,kj->ik", A, B),
        einsum("ij->ji", A),
        einsum("ij->j", A),
        einsum("ijk,jl,kl->i", T, M[:, :2], B[:1, :2] * np.ones((4, 1))),
        einsum("bij,bkj->bik", T, T[:, :2] + 1),
        Case(lambda x, y: tf.einsum("ij,jk", x, y), (A, M), lambda x, y: x @ y),
    ],
    "SelfAdjointEigV2": [
        Case(tf.self_adjoint_eigvals, (S,), lambda x: np.linalg.eigvalsh(lower(x))),
        Case(
            lambda x: [tf.self_adjoint_eig(x)[0], tf.square(tf.self_adjoint_eig(x)[1])],
            (PAIR,),
            lambda x: [np.linalg.eigh(lower(x))[0], np.linalg.eigh(lower(x))[1] ** 2],
            rtol=1e-11,
            rtol32=2e-5,
        ),
    ],
    "Svd": [
        Case(lambda x: tf.svd(x, compute_uv=False), (A,), lambda x: np.linalg.svd(x)[1]),
        Case(
            lambda x: [tf.svd(x)[0], *map(tf.square, tf.svd(x)[1:])],
            (A.T.copy(),),
            lambda x: [np.linalg.svd(x, False)[1], np.linalg.svd(x, False)[0] ** 2, np.linalg.svd(x, False)[2].T ** 2],
            rtol=1e-11,
            rtol32=2e-5,
        ),
        Case(
            lambda x: list(map(tf.square, tf.svd(x)[1:])),
            (PAIR + T[:, :, :3],),
            lambda x: [np.linalg.svd(x)[0] ** 2, np.swapaxes(np.linalg.svd(x)[2], 1, 2) ** 2],
            rtol=1e-11,
            rtol32=2e-5,
        ),
        Case(
            lambda x: tf.square(tf.svd(x, full_matrices=True)[2]),
            (A,),
            lambda x: np.linalg.svd(x)[2].T ** 2,
            differentiable=False,
            rtol=1e-11,
            rtol32=2e-5,
        ),
    ],
    "MatrixSolveLs": [
        Case(
            lambda a, b: tf.matrix_solve_ls(a, b, fast=False),
            (T[:, :, :2], T[:, :, 2:]),
            lambda a, b: np.linalg.pinv(a) @ b,
            differentiable=False,
            rtol=1e-11,
            rtol32=1e-5,
        ),
        Case(
            lambda a, b: tf.matrix_solve_ls(a, b, fast=False),
            (A, B),
            lambda a, b: np.linalg.pinv(a) @ b,
            differentiable=False,
            rtol=1e-11,
            rtol32=1e-5,
        ),
    ],
    "MatrixSetDiag": [
        Case(tf.matrix_set_diag, (M, B[0]), lambda x, d: x + _diagonal(d, x)),
        Case(tf.matrix_set_diag, (A, B[0, :2]), lambda x, d: x + _diagonal(d, x)),
        Case(
            lambda x, d: tf.matrix_set_diag(x * x, d),
            (T, T[:, 0, :3]),
            lambda x, d: np.stack([y + _diagonal(e, y) for y, e in zip(x * x, d, strict=True)]),
        ),
    ],
    "LogMatrixDeterminant": [
        Case(lambda x: tf.linalg.slogdet(x)[1], (PAIR,), lambda x: np.log(np.abs(np.linalg.det(x))), rtol=1e-11),
        Case(lambda x: tf.linalg.slogdet(-x)[0], (M,), lambda x: np.float64(-1.0), differentiable=False),
    ],
}
