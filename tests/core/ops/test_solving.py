"""Matrices that cannot be solved with, and what is read of those that can."""

import numpy as np
import pytest

import kerasflow as tf
from tests.core.ops.harness import seeded

SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
GOOD = np.array([[2.0, 1.0], [1.0, 3.0]])


@pytest.mark.parametrize("matrix", [SINGULAR, np.stack([GOOD, SINGULAR])])
def test_singular_matrices_are_an_error(matrix):
    x = tf.placeholder(tf.float64)
    y = np.ones_like(matrix)
    with tf.Session() as session:
        for made in (tf.matrix_inverse(x), tf.matrix_solve(x, y), tf.matrix_solve(x, y, adjoint=True)):
            with pytest.raises(tf.errors.InvalidArgumentError, match=f"not invertible[^$]*{made.op.type}"):
                session.run(made, {x: matrix})
        assert session.run(tf.matrix_determinant(x), {x: SINGULAR}) == 0.0


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("adjoint", [False, True])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_zero_on_the_diagonal_of_a_triangle_is_an_error(lower, adjoint, at):
    a = seeded("zero", at).normal(size=(2, 3, 3))
    a[1, at, at] = 0.0
    x = tf.placeholder(tf.float64)
    solution = tf.matrix_triangular_solve(x, np.ones((2, 3, 1)), lower, adjoint)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="not invertible"):
        session.run(solution, {x: a})


@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("adjoint", [False, True])
def test_triangles_are_solved_by_substitution(lower, adjoint):
    """Elimination with an exchange of rows would lose half of the digits here; substitution loses none."""
    a = np.array([[1.0, 0.0], [1e10, 1.0]])
    b = np.array([[1.0], [1e10 + 1.0]])
    if lower == adjoint:  # the system is an upper triangle: from the last row to the first
        a, b = a[::-1, ::-1], b[::-1]
    with tf.Session() as session:
        x = session.run(tf.matrix_triangular_solve(a.T if adjoint else a, b, lower, adjoint))
    np.testing.assert_array_equal(x, [[1.0], [1.0]])


def test_the_other_triangle_is_not_read():
    nan = np.array([[2.0, np.nan], [1.0, 3.0]])
    with tf.Session() as session:
        np.testing.assert_allclose(session.run(tf.cholesky(nan)), np.linalg.cholesky(GOOD))
        value = session.run(tf.matrix_triangular_solve(nan, [[2.0], [7.0]]))
        np.testing.assert_allclose(value, [[1.0], [2.0]])
        value = session.run(tf.matrix_triangular_solve(nan.T, [[4.0], [6.0]], lower=False))
        np.testing.assert_allclose(value, [[1.0], [2.0]])


@pytest.mark.parametrize("matrix", [-GOOD, SINGULAR - np.eye(2), np.stack([GOOD, -GOOD]), np.zeros((2, 2))])
def test_cholesky_needs_positive_definite_matrices(matrix):
    x = tf.placeholder(tf.float64)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="not positive definite"):
        session.run(tf.cholesky(x), {x: matrix})


def test_the_gradient_of_cholesky_is_symmetric():
    """It is that of the function of symmetric matrices: half of each derivative at either place."""
    x = tf.constant(GOOD)
    with tf.Session() as session:
        gradient = session.run(tf.gradients(tf.cholesky(x)[1, 0], x)[0])
    # L10 = a10 / sqrt(a00)
    a00, a10 = GOOD[0, 0], GOOD[1, 0]
    want = [[-0.5 * a10 * a00**-1.5, 0.5 * a00**-0.5], [0.5 * a00**-0.5, 0.0]]
    np.testing.assert_allclose(gradient, want, rtol=1e-14, atol=1e-16)


def test_shapes_are_checked_early_and_late():
    square, other, vector = tf.zeros([3, 3]), tf.zeros([2, 3]), tf.zeros([3])
    for function in (tf.matrix_inverse, tf.cholesky, tf.matrix_determinant):
        for wrong in (other, vector):
            with pytest.raises(ValueError, match="expected square matrices"):
                function(wrong)
    for function in (tf.matrix_solve, tf.matrix_triangular_solve):
        with pytest.raises(ValueError, match="as many rows"):
            function(square, other)
        with pytest.raises(ValueError, match="must be matrices"):
            function(square, vector)
        with pytest.raises(ValueError, match="as large a batch"):
            function(tf.zeros([2, 3, 3]), square)
        with pytest.raises(TypeError, match="float32 and float64"):
            function(square, tf.zeros([3, 1], tf.float64))
    for dtype in (tf.int32, tf.float16):
        with pytest.raises(TypeError, match=dtype.name):
            tf.matrix_inverse(tf.zeros([2, 2], dtype))
    x, y = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
    with tf.Session() as session:
        for made in (tf.matrix_inverse(x), tf.cholesky(x), tf.matrix_determinant(x)):
            for dims in ((2, 3), (3,)):
                with pytest.raises(tf.errors.InvalidArgumentError, match="expected square matrices"):
                    session.run(made, {x: np.ones(dims)})
        for made in (tf.matrix_solve(x, y), tf.matrix_triangular_solve(x, y)):
            for dims in ((2, 1), (3,), (1, 3, 1)):
                with pytest.raises(tf.errors.InvalidArgumentError, match="as many rows"):
                    session.run(made, {x: np.eye(3), y: np.ones(dims)})


def test_static_shapes_of_solutions():
    a, b = tf.placeholder(tf.float32, [None, 3, None]), tf.placeholder(tf.float32, [5, None, 2])
    assert tf.matrix_inverse(a).dims == (None, 3, 3)
    assert tf.matrix_solve(a, b).dims == (5, 3, 2)
    assert tf.matrix_determinant(a).dims == (None,)
    assert tf.matrix_solve(tf.placeholder(tf.float32), b).dims == (5, None, 2)


def weighed(x):
    """A real number that depends on all of a complex array."""
    weights = seeded("weights").normal(size=(2, 3, 3))
    return tf.reduce_sum(tf.real(x * tf.constant(weights[0] + 1j * weights[1])))


COMPLEX = {
    "product": lambda z, b: weighed(tf.matmul(z, b, transpose_a=True, adjoint_b=True)),
    "inverse": lambda z, b: weighed(tf.matrix_inverse(z)),
    "inverse of the adjoint": lambda z, b: weighed(tf.matrix_inverse(z, adjoint=True)),
    "solution": lambda z, b: weighed(tf.matrix_solve(z, b)),
    "solution with the adjoint": lambda z, b: weighed(tf.matrix_solve(z, b, adjoint=True)),
    "right-hand side": lambda z, b: weighed(tf.matrix_solve(b, z, adjoint=True)),
    "lower triangle": lambda z, b: weighed(tf.matrix_triangular_solve(z, b)),
    "adjoint of the upper triangle": lambda z, b: weighed(tf.matrix_triangular_solve(z, b, False, True)),
    "Cholesky factor": lambda z, b: weighed(tf.cholesky(tf.matmul(z, z, adjoint_b=True) + np.eye(3))),
    "determinant": lambda z, b: tf.real((0.3 + 0.7j) * tf.matrix_determinant(z)),
    "norm": lambda z, b: tf.reduce_sum(tf.real(tf.norm(z, axis=0))),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_gradients_point_uphill(name):
    """A step d changes the value by the real part of sum conj(gradient) d."""
    rng = seeded("complex")
    z, b, d = (
        rng.normal(size=(3, 3, 3)) + 1j * rng.normal(size=(3, 3, 3)) + np.array([2, 2, 0])[:, None, None] * np.eye(3)
    )
    x = tf.placeholder(tf.complex128, [3, 3])
    value = COMPLEX[name](x, tf.constant(b))
    (gradient,) = tf.gradients(value, x)
    with tf.Session() as session:
        slope = np.sum(session.run(gradient, {x: z}).conj() * d).real
        ahead, behind = (session.run(value, {x: z + h * d}) for h in (1e-5, -1e-5))
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-5, rtol=1e-6)
