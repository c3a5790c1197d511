"""What matrix products cost, refuse and take up."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.ops.linalg import _for_blas
from tests.core.ops.harness import seeded


def steps(session):
    """The steps of the programs made for known shapes, by type."""
    found = [s.program for e, _ in session._executables.values() for s in e._special.values() if s.program]
    return [[s.opdef.name for s in p.plan.steps] for p in found]


def test_inner_sizes_that_differ_are_named():
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.zeros([2, 3])
    with pytest.raises(ValueError, match=r"inner sizes 3 and 2 of \(\?, 3\) and \(2, 3\) differ"):
        tf.matmul(x, y)
    with pytest.raises(ValueError, match=r"inner sizes 2 and 3 of \(2, 3\) transposed and \(2, 3\) transposed differ"):
        tf.matmul(y, y, transpose_a=True, transpose_b=True)
    with pytest.raises(ValueError, match=r"at least 2 dimensions, got shape \(2,\)"):
        y @ tf.zeros([2])
    with pytest.raises(ValueError, match="cannot be broadcast"):
        tf.matmul(tf.zeros([2, 1, 3]), tf.zeros([3, 3, 1]))
    with pytest.raises(ValueError, match="only one of transpose and adjoint"):
        tf.matmul(x, y, transpose_b=True, adjoint_b=True)
    with pytest.raises(TypeError, match="float32 and int32"):
        tf.matmul(x, tf.zeros([3, 3], tf.int32))
    with pytest.raises(TypeError, match="bool"):
        tf.matmul(tf.zeros([2, 2], tf.bool), tf.zeros([2, 2], tf.bool))


def test_sizes_that_differ_are_found_in_a_run():
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    product = tf.matmul(x, y, name="layer")
    with tf.Session() as session:
        for a, b, says in [((2, 3), (2, 3), "inner sizes 3 and 2"), ((3,), (3, 2), "at least 2 dimensions")]:
            with pytest.raises(tf.errors.InvalidArgumentError, match=f"{says}[^$]*MatMul 'layer'"):
                session.run(product, {x: np.zeros(a), y: np.zeros(b)})


def test_transposes_are_taken_up():
    """Once the program is made for its shapes, no transpose in front of a product is left in it."""
    x, w = tf.placeholder(tf.float64, [None, 3]), tf.placeholder(tf.float64, [4, 3])
    y = x @ tf.transpose(w)
    z = tf.matmul(tf.matrix_transpose(y), tf.transpose(x, [1, 0]), transpose_b=True)
    fetches = [z, *tf.gradients(y * y, [x])]
    rng = seeded("transposes")
    a, b = rng.normal(size=(5, 3)), rng.normal(size=(4, 3))
    with tf.Session() as session:
        first = session.run(fetches, {x: a, w: b})
        second = session.run(fetches, {x: a, w: b})
        (names,) = steps(session)
    for one, two in zip(first, second, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-13)
    np.testing.assert_allclose(first[0], b @ a.T @ a, rtol=1e-12)
    np.testing.assert_allclose(first[1], 2.0 * a @ b.T @ b, rtol=1e-12)
    assert names.count("MatMul") == 3
    assert "Transpose" not in names


@pytest.mark.parametrize("transpose_a", [False, True])
@pytest.mark.parametrize("transpose_b", [False, True])
def test_gradients_need_no_transposes(transpose_a, transpose_b):
    x, y = tf.zeros([3, 3]), tf.zeros([3, 3])
    before = tf.get_default_graph().size
    tf.gradients(tf.matmul(x, y, transpose_a, transpose_b), [x, y])
    made = {op.type for op in tf.get_default_graph().get_operations()[before:]}
    assert made == {"MatMul", "OnesLike"}


def test_a_batch_times_one_matrix_is_one_product_in_both_passes():
    """The gradient by the matrix sums over the batch inside the product: no array of all its terms is made."""
    x, w = tf.placeholder(tf.float64, [None, 7, 3]), tf.placeholder(tf.float64, [3, 4])
    gradient = tf.gradients(tf.matmul(x, w), w)[0]
    rng = seeded("batch")
    a, b = rng.normal(size=(5, 7, 3)), rng.normal(size=(3, 4))
    with tf.Session() as session:
        for _ in range(2):
            value = session.run(gradient, {x: a, w: b})
        (names,) = steps(session)
    np.testing.assert_allclose(value, np.repeat(a.sum((0, 1))[:, None], 4, 1), rtol=1e-13)
    assert "SumTo" not in names


def test_a_batch_of_unknown_sizes_times_one_matrix():
    x, w = tf.placeholder(tf.float64, [None, None, None]), tf.placeholder(tf.float64, [None, None])
    rng = seeded("unknown")
    a, b, c = rng.normal(size=(5, 7, 3)), rng.normal(size=(3, 4)), rng.normal(size=(5, 7, 4))
    by_x, by_w = tf.gradients(tf.matmul(x, w), [x, w], tf.constant(c))
    with tf.Session() as session:
        left, right = session.run([by_x, by_w], {x: a, w: b})
    np.testing.assert_allclose(left, np.einsum("nij,kj->nik", c, b), rtol=1e-12)
    np.testing.assert_allclose(right, np.einsum("nij,nik->jk", a, c), rtol=1e-12)


def test_axes_of_tensordot_may_be_arrays():
    x, y = seeded("axes").normal(size=(2, 3, 3))[:, :2], seeded("more axes").normal(size=(4, 2))
    with tf.Session() as session:
        for axes in (np.array([0, 1]), tf.constant([0, 1]), np.array([[0], [1]]), [0, 1], [[0], 1]):
            value = session.run(tf.tensordot(tf.constant(x), tf.constant(y), axes))
            np.testing.assert_allclose(value, np.tensordot(x, y, [[0], [1]]), rtol=1e-13)


def test_blas_gets_what_it_can_read():
    x = np.zeros((6, 8), np.float32)
    for plain in (x, x.T, x[1:], x[:, 2:], x[:, 2:].T, np.zeros((2, 6, 8))[..., :3], x[:1], x[:, :1], x[:0]):
        assert _for_blas(plain) is plain
    turned, thinned, repeated = x[:, ::-1], x[:, ::2], np.broadcast_to(x[:1], (4, 8))
    overlapping = np.lib.stride_tricks.as_strided(x, (3, 4), (4, 8))
    fields = np.zeros(5, [("a", np.float32, 3), ("b", np.int8)])["a"]
    for spoiled in (turned, thinned, repeated, overlapping, overlapping.T, fields, turned.T, repeated.T):
        copy = _for_blas(spoiled)
        assert copy.flags.c_contiguous
        np.testing.assert_array_equal(copy, spoiled)


def test_tensordot_refuses_what_does_not_fit():
    x, y = tf.zeros([2, 3]), tf.zeros([4, 3])
    with pytest.raises(ValueError, match="axis 1 of a has size 3 and axis 0 of b has size 4"):
        tf.tensordot(x, y, 1)
    with pytest.raises(ValueError, match="ranks must be known"):
        tf.tensordot(x, tf.placeholder(tf.float32), 1)
    with pytest.raises(ValueError, match="as many axes"):
        tf.tensordot(x, y, [[0, 1], [1]])
    with pytest.raises(ValueError, match="twice"):
        tf.tensordot(x, x, [[1, 1], [1, 1]])
    with pytest.raises(ValueError, match="up to 2"):
        tf.tensordot(x, y, 3)
    with pytest.raises(ValueError, match="out of range"):
        tf.tensordot(x, y, [[2], [1]])
    batch = tf.placeholder(tf.float32, [None, None, 3])
    assert tf.tensordot(batch, tf.zeros([3, 5]), 1).dims == (None, None, 5)
    with tf.Graph().as_default():
        assert tf.tensordot(tf.zeros([2, 3]), tf.zeros([3]), 1).name == "Tensordot:0"


def test_norms_and_their_errors():
    x = seeded("norms").normal(size=(2, 3, 4))
    t = tf.constant(x)
    cases = [
        ({}, None, None),
        ({"ord": 1}, 1, None),
        ({"ord": np.inf}, np.inf, None),
        ({"ord": 3.5}, 3.5, None),
        ({"axis": 1}, None, 1),
        ({"ord": 2, "axis": [-1]}, 2, -1),
        ({"ord": 1, "axis": 0}, 1, 0),
        ({"ord": "fro", "axis": [0, 2]}, "fro", (0, 2)),
        ({"ord": 1, "axis": (1, 2)}, 1, (1, 2)),
        ({"ord": np.inf, "axis": [2, 0]}, np.inf, (2, 0)),
    ]
    with tf.Session() as session:
        for options, order, axis in cases:
            flat = x.reshape(-1) if axis is None else x
            want = np.linalg.norm(flat, order, axis)
            got = tf.norm(t, **options)
            np.testing.assert_allclose(session.run(got), want, rtol=1e-13)
            assert got.dims == want.shape
            kept = session.run(tf.norm(t, keepdims=True, **options))
            assert kept.shape == ((1, 1, 1) if axis is None else np.linalg.norm(x, order, axis, True).shape)
            np.testing.assert_allclose(kept.reshape(want.shape), want, rtol=1e-13)
    for options in ({"ord": "fro"}, {"ord": -1}, {"ord": 0}, {"ord": "nuc"}, {"ord": 2, "axis": [0, 1]}, {"ord": None}):
        with pytest.raises(ValueError, match="ord must be"):
            tf.norm(t, **options)
    for axis in ([0, 0], [0, 1, 2], []):
        with pytest.raises(ValueError, match="axis must be"):
            tf.norm(t, axis=axis)
    with pytest.raises(TypeError):
        tf.norm(tf.constant([1, 2]))


def test_norm_of_complex_numbers_and_its_gradient():
    z = tf.constant(np.array([3.0 + 4.0j, 0.0]))
    x = tf.placeholder(tf.float64, [3])
    with tf.Session() as session:
        assert session.run(tf.norm(z, 1)) == 5.0
        np.testing.assert_allclose(session.run(tf.norm(z)), 5.0)
        for order in ("euclidean", 1, 3.0):
            value = session.run(tf.gradients(tf.norm(x, order), x)[0], {x: [3.0, -1.0, 2.0]})
            v = np.array([3.0, -1.0, 2.0])
            p = 2.0 if order == "euclidean" else order
            want = np.sign(v) * np.abs(v) ** (p - 1) * (np.abs(v) ** p).sum() ** (1 / p - 1)
            np.testing.assert_allclose(value, want, rtol=1e-13)


def test_cross_products_are_of_three():
    with pytest.raises(ValueError, match="3 elements"):
        tf.cross(tf.zeros([2]), tf.zeros([2]))
    with pytest.raises(ValueError, match="not compatible"):
        tf.cross(tf.zeros([2, 3]), tf.zeros([3]))
    x = tf.placeholder(tf.float32)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="3 elements and one shape"):
        session.run(tf.cross(x, x), {x: np.zeros(2)})


@pytest.mark.parametrize(
    "function",
    [
        lambda x: tf.svd(x),
        lambda x: [tf.svd(x, compute_uv=False)],
        lambda x: tf.self_adjoint_eig(x),
        lambda x: [tf.self_adjoint_eigvals(x)],
        lambda x: [tf.matrix_solve_ls(x, tf.ones([60, 3, 1], tf.float64), fast=False)],
    ],
    ids=["svd", "values", "eigen", "eigenvalues", "least_squares"],
)
def test_matrices_with_infinities_have_no_spectrum_and_keep_nobody_waiting(function):
    """LAPACK's search may not end for them."""
    rng = np.random.default_rng(0)
    matrices = rng.normal(size=(60, 3, 3))
    bad = np.arange(60) % 3 > 0
    odd = np.where(
        rng.random((60, 3, 3)) < 0.3, rng.choice([np.inf, -np.inf, np.nan, 1e308, 0.0], (60, 3, 3)), matrices
    )
    odd[:, 1, 1] = np.inf
    with tf.Session() as session:
        found, clean = session.run(
            [function(tf.constant(np.where(bad[:, None, None], odd, matrices))), function(matrices)]
        )
    for a, b in zip(found, clean, strict=True):
        assert np.isnan(a[bad]).all()
        np.testing.assert_array_equal(a[~bad], b[~bad])
