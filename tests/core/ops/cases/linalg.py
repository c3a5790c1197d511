"""Cases for `kerasflow.core.ops.linalg` and `kerasflow.core.ops.vectors`."""

import numpy as np

import kerasflow as tf
from tests.core.ops.harness import RANK, Case, seeded

rng = seeded("linalg")
A, B = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
BATCH, MANY = rng.normal(size=(5, 2, 3)), rng.normal(size=(5, 3, 4))
DEEP = rng.normal(size=(2, 1, 4, 3))
Z, W = A + 1j * rng.normal(size=(2, 3)), B - 1j * rng.normal(size=(3, 4))
INTS, MORE = np.array([[1, 2], [3, 4]], np.int32), np.array([[5], [-6]], np.int32)
PAIRS = [(A, B), (BATCH, MANY), (BATCH, B), (A, MANY), (DEEP, MANY), (A[:, :0], B[:0]), (A[:0], B), (BATCH[:0], B)]
PAIRS += [(A[:, :1], B[:1]), (DEEP[..., :1], MANY[:, :1])]


def turned(x):
    return np.swapaxes(x, -1, -2).copy()


def product(a, b, transpose_a, transpose_b):
    given = (turned(a) if transpose_a else a, turned(b) if transpose_b else b)

    def reference(a, b):
        a, b = (turned(a) if transpose_a else a), (turned(b) if transpose_b else b)
        return np.einsum("...ij,...jk->...ik", a, b)

    return Case(
        lambda a, b: tf.matmul(a, b, transpose_a=transpose_a, transpose_b=transpose_b),
        given,
        reference,
        rtol=1e-11,
        rtol32=2e-5,
    )


def spoiled(a, b, spoil, reference):
    """Operands that BLAS cannot read as they lie."""
    return Case(lambda a, b: tf.matmul(spoil(a), b), (a, b), reference, rtol=1e-11, rtol32=2e-5)


def tensordot(a, b, axes, knows=RANK):
    return Case(
        lambda a, b: tf.tensordot(a, b, axes),
        (a, b),
        lambda a, b: np.tensordot(a, b, axes),
        True,
        rtol=1e-11,
        rtol32=2e-5,
        knows=knows,
    )


CASES = {
    "MatMul": [product(a, b, ta, tb) for a, b in PAIRS for ta in (False, True) for tb in (False, True)]
    + [
        Case(tf.matmul, (INTS, MORE), lambda a, b: np.array([[-7], [-9]], np.int32)),
        Case(lambda a, b: a @ b, (A, B), lambda a, b: np.einsum("ij,jk", a, b), rtol=1e-11, rtol32=2e-5),
        Case(tf.matmul, (Z, W), lambda a, b: np.einsum("ij,jk", a, b), rtol=1e-11, rtol32=2e-5),
        Case(
            lambda a, b: tf.matmul(a, b, adjoint_a=True, adjoint_b=True),
            (Z, W.T.copy()[:, :2]),
            lambda a, b: np.einsum("ji,kj", a.conj(), b.conj()),
            rtol=1e-11,
            rtol32=2e-5,
        ),
        spoiled(A, B, lambda a: tf.reverse(a, [1]), lambda a, b: np.einsum("ij,jk", a[:, ::-1], b)),
        spoiled(rng.normal(size=(2, 6)), B, lambda a: a[:, ::2], lambda a, b: np.einsum("ij,jk", a[:, ::2], b)),
        spoiled(A[:1], B, lambda a: tf.broadcast_to(a, [4, 3]), lambda a, b: np.repeat(np.einsum("ij,jk", a, b), 4, 0)),
        spoiled(BATCH, B, lambda a: a[::2], lambda a, b: np.einsum("nij,jk->nik", a[::2], b)),
        # A transpose in front is taken up, whichever way it is written.
        Case(
            lambda a, b: tf.matmul(tf.transpose(a), tf.matrix_transpose(b)),
            (turned(A), turned(B)),
            lambda a, b: np.einsum("ji,kj", a, b),
            rtol=1e-11,
            rtol32=2e-5,
        ),
        Case(
            lambda a, b: tf.matmul(tf.transpose(a, [0, 2, 1]), tf.transpose(b, [1, 2, 0])),
            (turned(BATCH), rng.normal(size=(4, 5, 3))),
            lambda a, b: np.einsum("nji,knj->nik", a, b),
            rtol=1e-11,
            rtol32=2e-5,
        ),
        tensordot(A, B, 1),
        tensordot(BATCH, B, 1),
        tensordot(BATCH, MANY, [[0, 2], [0, 1]]),
        tensordot(BATCH, MANY, [[2, 0], [1, 0]]),
        tensordot(BATCH, MANY, [[-1], [-2]]),
        tensordot(B, MANY, [[0, 1], [1, 2]]),
        tensordot(A, A, 2),
        tensordot(A[0], B[0], 0),
        tensordot(BATCH[:, :, :0], B[:0], 1),
    ],
    "Cross": [
        Case(tf.cross, (x, y), np.cross)
        for x, y in [(A[0], A[1]), (BATCH, 1.0 + 2.0 * BATCH[::-1]), (np.array([1, 2, 3]), np.array([4, 5, 7]))]
    ],
}
