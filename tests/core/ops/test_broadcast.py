"""What the cases for broadcasting do not show: errors, constants, and the ways gradients take."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.graph import apply
from kerasflow.core.opdef import REGISTRY
from tests.core.ops.harness import seeded


@pytest.mark.parametrize(
    ("dims", "target"), [([3], [2]), ([2, 3], [3]), ([2, 3], [2, 4]), ([2], [2, 3]), ([3, None], [2, 5])]
)
def test_broadcast_to_another_shape_is_a_value_error(dims, target):
    with pytest.raises(ValueError, match="cannot be broadcast to"):
        tf.broadcast_to(tf.placeholder(tf.float32, dims), target)


def test_an_unknown_size_may_turn_out_to_be_one():
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.broadcast_to(x, [4, 3])
    assert y.shape.as_list() == [4, 3]
    with tf.Session() as session:
        assert session.run(y, {x: np.ones((1, 3))}).shape == (4, 3)
        with pytest.raises(tf.errors.InvalidArgumentError, match="BroadcastTo"):
            session.run(y, {x: np.ones((2, 3))})


def test_sizes_must_be_integers_in_a_vector():
    x = tf.zeros([2])
    with pytest.raises(TypeError, match="must be an integer, got 2.0"):
        tf.broadcast_to(x, [3, 2.0])
    with pytest.raises(TypeError, match="float32 is not one of the types"):
        tf.broadcast_to(x, tf.constant([2.0]))
    with pytest.raises(ValueError, match="must be a vector"):
        tf.broadcast_to(x, 2)
    with pytest.raises(ValueError, match="must be known or a tensor"):
        tf.broadcast_to(x, [None, 2])
    with pytest.raises(ValueError, match="at least 0"):
        tf.broadcast_to(x, [-1, 2])


def test_the_answer_can_be_written_to():
    x = tf.placeholder(tf.float32, [2])
    fetches = [tf.broadcast_to(x, [3, 2]), tf.zeros_like(x), tf.ones_like(x), tf.ones_like(tf.constant([1.0, 2.0]))]
    with tf.Session() as session:
        for _ in range(3):
            values = session.run(fetches, {x: [1.0, 2.0]})
            for value in values:
                assert value.flags.writeable
                assert 0 not in value.strides
                value += 1.0


def test_zeros_like_needs_no_values():
    """The shape is enough: what computes the input is not run."""
    x = tf.placeholder(tf.float32, [2, 3])
    with tf.Session() as session:
        assert session.run(tf.zeros_like(tf.sqrt(tf.ones_like(x))), {x: np.zeros((2, 3))}).shape == (2, 3)
    assert tf.zeros_like(x).spec.value.shape == (2, 3)


def test_ones_of_strings_are_a_type_error():
    with pytest.raises(TypeError, match="string"):
        tf.ones_like(tf.constant(["a"]))
    with pytest.raises(TypeError, match="string"):
        tf.ones([2], tf.string)


def test_broadcasting_is_undone_for_every_pair_of_shapes():
    """The sum over the copies, whatever is known of the shapes in advance."""
    rng = seeded("pairs")
    for a, b in [((), (2, 3)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((1, 1, 3), (2, 2, 1)), ((0, 3), (1,))]:
        x, y = rng.normal(size=a), rng.normal(size=b)
        for known in (True, False):
            with tf.Graph().as_default(), tf.Session() as session:
                p = tf.placeholder(tf.float64, a if known else None)
                q = tf.placeholder(tf.float64, b if known else None)
                gradients = session.run(tf.gradients(p * q, [p, q]), {p: x, q: y})
            for value, other, shape in zip(gradients, (y, x), (a, b), strict=True):
                whole = np.broadcast_to(other, np.broadcast_shapes(a, b))
                extra = whole.ndim - len(shape)
                axes = tuple(i for i in range(whole.ndim) if i < extra or shape[i - extra] == 1)
                np.testing.assert_allclose(value, whole.sum(axes, keepdims=True).reshape(shape), rtol=1e-14)


@pytest.mark.parametrize("rows", [0, 1, 3, 4096, 4097, 10000])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32"])
def test_rows_are_summed_however_many_there_are(rows, dtype):
    x = seeded(rows).integers(-3, 4, (rows, 5)).astype(dtype)  # whole numbers: every order of adding gives the same
    for like in (np.zeros(5), np.zeros((1, 5))):
        sum_to = REGISTRY["SumTo"].kernel
        expected = x.astype("float64").sum(0).reshape(like.shape)
        out = np.full(like.shape, 7, dtype)
        assert sum_to(x, like, out=out) is out
        for y in (out, sum_to(x, like), sum_to(np.asfortranarray(x), like), sum_to(np.repeat(x, 2, 1)[:, ::2], like)):
            assert y.dtype == x.dtype
            np.testing.assert_array_equal(y, expected)


def test_what_keeps_its_shape_is_passed_on():
    """Between two products nothing is left to do once the shapes are known."""
    x = tf.placeholder(tf.float32, [None, 3])
    y = apply("SumTo", apply("BroadcastLike", apply("ReshapeLike", x, x), x), x)
    with tf.Session() as session:
        fed = np.ones((2, 3), np.float32)
        for _ in range(2):
            np.testing.assert_array_equal(session.run(y, {x: fed}), fed)
        (executable, _), *_ = session._executables.values()
    (program,) = [s.program for s in executable._special.values() if s.program is not None]
    assert [step.opdef.name for step in program.plan.steps] == []
