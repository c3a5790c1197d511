"""Types, names and errors of what is made from little."""

import numpy as np
import pytest

import kerasflow as tf


def test_zeros_and_ones_are_constants_while_they_are_small():
    assert (tf.zeros([2, 3]).op.type, tf.ones([40, 40]).op.type) == ("Const", "Fill")
    assert [tf.zeros([2]).name, tf.ones([50, 50]).name] == ["zeros_1:0", "ones_1:0"]
    assert tf.zeros(3).dims == (3,)
    assert tf.zeros([2, 0, 3]).dims == (2, 0, 3)
    with tf.Session() as session:
        for dims in ([2, 3], [50, 50], np.array([2, 2]), tf.TensorShape([3]), ()):
            for dtype in (tf.float32, tf.int64, tf.bool, tf.complex64):
                zeros, ones = session.run([tf.zeros(dims, dtype), tf.ones(dims, dtype)])
                assert zeros.dtype == ones.dtype == dtype
                assert not np.any(zeros) and np.all(ones == 1)
        assert session.run(tf.zeros([2], tf.string)).tolist() == [b"", b""]


def test_sizes_of_fills_are_checked_early_and_late():
    with pytest.raises(ValueError, match="at least 0"):
        tf.fill([2, -1], 1.0)
    with pytest.raises(ValueError, match="at least 0"):
        tf.zeros([-1])
    with pytest.raises(ValueError, match="scalar"):
        tf.fill([2], [1.0])
    with pytest.raises(TypeError, match="integer"):
        tf.zeros([1.5])
    n = tf.placeholder(tf.int32)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="at least 0"):
        session.run(tf.fill(n, 1.0), {n: [2, -1]})


def test_ranges_take_the_widest_type():
    x = np.float64(2.0)
    types = [
        tf.range(3),
        tf.range(3.0),
        tf.range(np.int64(3)),
        tf.range(0, 3.0),
        tf.range(0, x),
        tf.range(3, dtype="float64"),
    ]
    assert [t.dtype for t in types] == [tf.int32, tf.float32, tf.int64, tf.float32, tf.float64, tf.float64]
    assert [t.dims for t in types] == [(3,), (3,), (3,), (3,), (2,), (3,)]
    assert tf.range(tf.constant(3), dtype=tf.int64).dtype is tf.int64
    with pytest.raises(TypeError):
        tf.range(1.5, dtype=tf.int32)
    with pytest.raises(TypeError):
        tf.range(True)


def test_floating_steps_do_not_drift():
    """A hundred thousand times a tenth, in float32: the error is that of one rounding."""
    with tf.Session() as session:
        value = session.run(tf.range(0.0, 10000.0, 0.1))
    exact = np.arange(len(value)) * np.float64(np.float32(0.1))
    assert len(value) == 100000
    np.testing.assert_array_equal(value, exact.astype(np.float32))
    assert tf.range(0.0, 0.3, 0.1).dims == (3,)


def test_steps_of_integers_are_exact():
    """Beyond what a double holds, and where the distance does not fit the type."""
    start = np.int64(2**60 + 1)
    wide = tf.range(np.int32(-2_000_000_000), np.int32(2_000_000_000), np.int32(1_500_000_000))
    with tf.Session() as session:
        assert session.run(tf.range(start, start + 5, np.int64(2))).tolist() == [2**60 + 1, 2**60 + 3, 2**60 + 5]
        assert session.run(wide).tolist() == [-2_000_000_000, -500_000_000, 1_000_000_000]


@pytest.mark.parametrize("args", [(5, 2), (0, 10, 0), (2, 5, -1), (0.0, 1.0, -0.5), (1.0, 0.0)])
def test_steps_that_lead_away_are_errors(args):
    with pytest.raises(ValueError, match="Range 'range'"):
        tf.range(*args)
    given = [tf.placeholder(np.asarray(a).dtype) for a in args] + [1] * (3 - len(args))
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="Range"):
        session.run(tf.range(*given), dict(zip(given, args, strict=False)))


def test_linspace_ends_where_it_should():
    with tf.Session() as session:
        value = session.run(tf.linspace(0.1, 0.7, 1001))
        assert value[0] == np.float32(0.1) and value[-1] == np.float32(0.7)
    with pytest.raises(ValueError, match="at least 1"):
        tf.linspace(0.0, 1.0, 0)
    with pytest.raises(TypeError, match="int32"):
        tf.linspace(0, 1, 5)
    with pytest.raises(ValueError, match="scalars"):
        tf.linspace([0.0], [1.0], 5)
    n = tf.placeholder(tf.int32, [])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="at least 1"):
        session.run(tf.linspace(0.0, 1.0, n), {n: 0})


def test_identities_and_diagonals_are_checked():
    with pytest.raises(ValueError, match="at least 0"):
        tf.eye(-1)
    with pytest.raises(TypeError, match="string"):
        tf.eye(2, dtype=tf.string)
    with pytest.raises(ValueError, match=r"two halves of shape \(2, 3\)"):
        tf.diag_part(tf.zeros([2, 3]))
    for wrong in (tf.zeros([2, 2, 2]), tf.constant(1.0)):
        with pytest.raises(ValueError, match="must be even"):
            tf.diag_part(wrong)
    for function in (tf.diag, tf.matrix_diag):
        with pytest.raises(ValueError, match="at least one dimension"):
            function(1.0)
    for function in (tf.matrix_diag_part, tf.trace, lambda x: tf.matrix_band_part(x, 0, 0)):
        with pytest.raises(ValueError, match="at least 2 dimensions"):
            function(tf.zeros([3]))
    with pytest.raises(ValueError, match="num_lower must be known"):
        tf.matrix_band_part(tf.zeros([2, 2]), tf.placeholder(tf.int32, []), 0)
    x, n = tf.placeholder(tf.float32), tf.placeholder(tf.int32, [])
    with tf.Session() as session:
        for made in (
            tf.diag(x),
            tf.matrix_diag(x),
            tf.matrix_diag_part(x),
            tf.diag_part(x),
            tf.matrix_band_part(x, 0, 0),
        ):
            with pytest.raises(tf.errors.InvalidArgumentError):
                session.run(made, {x: 1.0})
        for made in (tf.eye(n), tf.eye(n, 2), tf.eye(2, n)):
            with pytest.raises(tf.errors.InvalidArgumentError, match="at least 0"):
                session.run(made, {n: -1})


def test_gradients_through_ranges_are_not_silently_lost():
    x = tf.placeholder(tf.float32, [])
    for made in (tf.range(x, 3.0), tf.linspace(x, 3.0, 4)):
        with pytest.raises(LookupError, match=made.op.type):
            tf.gradients(made, x)
