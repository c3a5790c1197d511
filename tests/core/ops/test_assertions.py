"""Assertions: what passes, what fails and when, what the messages say."""

import numpy as np
import pytest

import kerasflow as tf

InvalidArgumentError = tf.errors.InvalidArgumentError

PAIRS = [
    (tf.assert_equal, [1, 2], [1, 2], [1, 3]),
    (tf.assert_none_equal, [1, 2], [3, 4], [3, 2]),
    (tf.assert_less, [1, 2], [2, 3], [2, 2]),
    (tf.assert_less_equal, [1, 2], [1, 3], [1, 1]),
    (tf.assert_greater, [1, 2], [0, 1], [0, 2]),
    (tf.assert_greater_equal, [1, 2], [1, 0], [1, 3]),
]
SIGNS = [
    (tf.assert_positive, [1, 2], [0, 2]),
    (tf.assert_negative, [-1, -2], [0, -2]),
    (tf.assert_non_negative, [0, 2], [-1, 2]),
    (tf.assert_non_positive, [0, -2], [1, -2]),
]


@pytest.mark.parametrize(("check", "x", "good", "bad"), PAIRS)
def test_two_tensors(check, x, good, bad):
    session = tf.Session()
    p = tf.placeholder(tf.int32, [2], name="p")
    session.run(check(x, good))
    with pytest.raises(InvalidArgumentError, match="assertion failed: first x:0 .* must hold element by element"):
        check(tf.constant(x, name="x"), bad, message="first")
    operation = check(x, p, message="second")
    session.run(operation, {p: good})
    with pytest.raises(InvalidArgumentError, match="second .* p:0 must hold") as caught:
        session.run(operation, {p: bad})
    assert f"[{bad[0]} {bad[1]}]" in str(caught.value)


@pytest.mark.parametrize(("check", "good", "bad"), SIGNS)
def test_one_tensor(check, good, bad):
    session = tf.Session()
    p = tf.placeholder(tf.float32, name="p")
    session.run(check(good))
    with pytest.raises(InvalidArgumentError):
        check(bad)
    operation = check(p)
    assert operation.type == "Assert" and operation.name.startswith(check.__name__)
    session.run(operation, {p: good})
    session.run(operation, {p: []})
    with pytest.raises(InvalidArgumentError):
        session.run(operation, {p: bad})


def test_data_take_the_place_of_the_tensors():
    p = tf.placeholder(tf.int32)
    with pytest.raises(InvalidArgumentError, match=r"\[mine\] \[7\]"):
        tf.Session().run(tf.assert_equal(p, 3, data=["mine", tf.constant(7)]), {p: 4})


def test_near():
    session, p = tf.Session(), tf.placeholder(tf.float32)
    session.run(tf.assert_near(p, 1.0), {p: 1.0 + 1e-6})
    session.run(tf.assert_near(p, 1.0, rtol=0.1), {p: 1.05})
    session.run(tf.assert_near(p, 1.0, atol=0.1), {p: 1.05})
    with pytest.raises(InvalidArgumentError, match="must be near each other"):
        session.run(tf.assert_near(p, 1.0), {p: 1.0 + 1e-5})


def test_an_assertion_guards_what_depends_on_it():
    p = tf.placeholder(tf.float32)
    with tf.control_dependencies([tf.assert_positive(p)]):
        y = tf.log(p)
    assert tf.Session().run(y, {p: 1.0}) == 0.0
    with pytest.raises(InvalidArgumentError):
        tf.Session().run(y, {p: -1.0})


def test_ranks():
    p, session = tf.placeholder(tf.float32), tf.Session()
    for good, bad in (
        (tf.assert_rank(p, 2), [1.0]),
        (tf.assert_rank_at_least(p, 2), [1.0]),
        (tf.assert_rank_in(p, [0, 2]), [1.0]),
    ):
        session.run(good, {p: [[1.0]]})
        with pytest.raises(InvalidArgumentError, match="must have rank"):
            session.run(good, {p: bad})
    session.run(tf.assert_rank_at_least(p, 1), {p: [[1.0]]})
    assert tf.assert_rank_in([1.0], [1, 3]).type == "NoOp"
    for make in (
        lambda: tf.assert_rank([1.0], 2, message="so"),
        lambda: tf.assert_rank_at_least([1.0], 2, message="so"),
    ):
        with pytest.raises(ValueError, match="so .* must have rank .*2, it has shape"):
            make()
    with pytest.raises(ValueError, match="must have rank 0 or 2"):
        tf.assert_rank_in([1.0], [0, 2])


def test_types_and_scalars():
    assert tf.assert_scalar(tf.placeholder(tf.float32)).shape.ndims is None
    with pytest.raises(ValueError, match="Expected a scalar, got"):
        tf.assert_scalar([1.0])
    with pytest.raises(TypeError, match="so .* must be of type int32, not float32"):
        tf.assert_type([1.0], tf.int32, "so")
    with pytest.raises(TypeError, match="must be of an integer type, not float32"):
        tf.assert_integer([1.0])
    one, two = tf.constant(1.0), tf.constant(1.0, tf.float64)
    assert tf.assert_same_float_dtype([None, two], tf.float64) is tf.float64
    assert tf.assert_same_float_dtype() is tf.float32
    with pytest.raises(ValueError, match="of the types float32 and float64 cannot go together"):
        tf.assert_same_float_dtype([one, two])
    with pytest.raises(ValueError, match="Expected a floating-point type, got int32"):
        tf.assert_same_float_dtype([tf.constant(1)])
    assert tf.is_numeric_tensor(tf.Variable(1)) and not tf.is_numeric_tensor(tf.constant(True))


def test_a_shape_that_is_ensured():
    p = tf.placeholder(tf.float32)
    x = tf.ensure_shape(p, [2, None])
    assert tf.Session().run(x, {p: np.zeros((2, 5))}).shape == (2, 5)
    with pytest.raises(InvalidArgumentError, match=r"expected shape \(2, \?\), got \(3, 5\)"):
        tf.Session().run(x, {p: np.zeros((3, 5))})
    with pytest.raises(ValueError, match="EnsureShape"):
        tf.ensure_shape(tf.zeros([3]), [4])
    with pytest.raises(TypeError, match="complex64 has no order"):
        tf.is_non_decreasing(tf.zeros([2], tf.complex64))
