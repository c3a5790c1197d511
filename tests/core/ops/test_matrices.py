"""Einsum, eigenvalues, singular values, least squares: what is refused, and identities that hold in any basis."""

import numpy as np
import pytest

import kerasflow as tf

A = np.array([[0.5, -1.25, 2.0], [3.5, 0.75, -0.25]])
Z = np.array([[2.0, 1.0 + 1j], [1.0 - 1j, 3.0]])


def run(t):
    return tf.Session().run(t)


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("ij,jk->ik", "names 2 operands, got 1"),
        ("ii->i", "names an axis of one operand twice"),
        ("ij->k", "must be one of an operand"),
        ("ij->ii", "come once"),
        ("i...->i", "is not of the form"),
        ("ij->i->j", "is not of the form"),
    ],
)
def test_equations_that_are_refused(equation, message):
    with pytest.raises(ValueError, match=message):
        tf.einsum(equation, A)


def test_shapes_that_do_not_fit_an_equation():
    with pytest.raises(ValueError, match="the axis 'j' has size 3 and 2"):
        tf.einsum("ij,jk->ik", A, A)
    with pytest.raises(ValueError, match="'ijk' names 3 axes"):
        tf.einsum("ijk->i", A)
    with pytest.raises(TypeError, match="takes no arguments optimize"):
        tf.einsum("ij->i", A, optimize=True)
    assert tf.einsum("ij->i", A, name="mine").op.name == "mine"


def test_integers_and_complex_numbers_in_einsum():
    assert run(tf.einsum("i,i->", [1, 2, 3], [4, 5, 6])) == 32
    z = tf.constant(Z)
    g = tf.gradients(tf.einsum("ij,jk->ik", z, z), z, grad_ys=tf.constant(np.ones((2, 2), complex)))[0]
    ones = np.ones((2, 2))
    np.testing.assert_allclose(run(g), ones @ Z.conj().T + Z.conj().T @ ones, rtol=1e-14)


@pytest.mark.parametrize("x", [A, A.T, A[:, :2], A + 1j * A[::-1]], ids=["wide", "tall", "square", "complex"])
@pytest.mark.parametrize("full", [False, True])
def test_singular_values_put_the_matrix_together_again(x, full):
    s, u, v = run(tf.svd(x, full_matrices=full))
    k = min(x.shape)
    assert u.shape == (x.shape[0], x.shape[0] if full else k) and v.shape == (x.shape[1], x.shape[1] if full else k)
    np.testing.assert_allclose(u[:, :k] * s @ v[:, :k].conj().T, x, atol=1e-14)
    np.testing.assert_allclose(v.conj().T @ v, np.eye(v.shape[1]), atol=1e-14)


def test_eigenvalues_of_a_hermitian_matrix():
    e, v = run(tf.self_adjoint_eig(Z))
    np.testing.assert_allclose(v * e @ v.conj().T, Z, atol=1e-14)
    np.testing.assert_allclose(e.real, np.linalg.eigvalsh(Z), rtol=1e-14)


def test_gradients_that_are_not_known():
    z, x = tf.constant(Z), tf.constant(A)
    with pytest.raises(LookupError, match="complex singular values"):
        tf.gradients(tf.real(tf.svd(z, compute_uv=False)), z)
    with pytest.raises(LookupError, match="full_matrices=False only"):
        tf.gradients(tf.svd(x, full_matrices=True)[2], x)


def test_shapes_that_are_refused():
    with pytest.raises(ValueError, match="the matrices must be square"):
        tf.self_adjoint_eig(A)
    unknown = tf.placeholder(tf.float64)
    with pytest.raises(tf.errors.InvalidArgumentError, match="the matrices must be square"):
        tf.Session().run(tf.self_adjoint_eigvals(unknown), {unknown: A})
    with pytest.raises(ValueError, match="expected a matrix"):
        tf.svd([1.0])
    with pytest.raises(ValueError, match=r"the diagonal must have shape \(2,\), got \(3,\)"):
        tf.matrix_set_diag(A, A[0])
    with pytest.raises(ValueError, match="expected square matrices"):
        tf.linalg.slogdet(A)
    with pytest.raises(ValueError, match="the sizes of the matrices must be known"):
        tf.matrix_solve_ls(unknown, A)
    with pytest.raises(ValueError, match="for right-hand sides of"):
        tf.matrix_solve_ls(A, A.T, fast=False)


@pytest.mark.parametrize("x", [A, A.T], ids=["wide", "tall"])
@pytest.mark.parametrize("size", [0.0, 0.7])
def test_least_squares(x, size):
    b = np.arange(len(x) * 2.0).reshape(len(x), 2)
    got = run(tf.matrix_solve_ls(x, b, size))
    want = np.linalg.pinv(x) @ b if not size else np.linalg.solve(x.T @ x + size * np.eye(x.shape[1]), x.T @ b)
    np.testing.assert_allclose(got, want, rtol=1e-10)


def test_solving_with_a_root_and_products_with_vectors():
    s = A @ A.T
    np.testing.assert_allclose(run(tf.cholesky_solve(tf.cholesky(s), A)), np.linalg.solve(s, A), rtol=1e-12)
    np.testing.assert_allclose(run(tf.linalg.logdet(s)), np.log(np.linalg.det(s)), rtol=1e-12)
    np.testing.assert_allclose(run(tf.linalg.matvec(A, [1.0, -1.0], transpose_a=True)), A[0] - A[1], rtol=1e-14)
    assert run(tf.linalg.adjoint(Z + 1j)).tolist() == (Z + 1j).conj().T.tolist()
    assert run(tf.linalg.slogdet(np.zeros((2, 2)))).log_abs_determinant == -np.inf
