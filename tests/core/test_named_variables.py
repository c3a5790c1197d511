"""`get_variable`. The numbers and names come from TensorFlow 1.15.5 running the same program."""

import numpy as np
import pytest

import kerasflow as tf


def reusing():
    return tf.variable_scope(tf.get_variable_scope(), reuse=True)


def initial(*variables):
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(list(variables))


def test_glorots_numbers_are_tensorflows():
    tf.set_random_seed(1)
    made = [tf.get_variable(n, s) for n, s in (("w", [3, 4]), ("b", [5]), ("c", [3, 3, 2, 4]), ("s", []))]
    values = initial(*made)
    largest = [0.78392386, 0.75067186, 0.31630376, 1.4199482]
    starts = [[0.51621056, 0.55770993, 0.41546118], [0.42096055, 0.66317534, 0.75067186]]
    starts += [[0.29609904, 0.06379071, 0.24459925], [1.4199482]]
    for value, most, start in zip(values, largest, starts, strict=True):
        np.testing.assert_allclose(np.abs(value).max(), most, rtol=1e-7)
        np.testing.assert_allclose(np.ravel(value)[: len(start)], start, rtol=1e-7)


@pytest.mark.parametrize("shape", [(200, 300), (5, 6, 20, 30), (4000,)])
def test_glorots_range(shape):
    (value,) = initial(tf.get_variable("w", shape, tf.float64))
    field = np.prod(shape[:-2]) if len(shape) > 2 else 1
    limit = np.sqrt(6.0 / (field * (shape[-1] + shape[-2 if len(shape) > 1 else -1])))
    assert 0.99 * limit < np.abs(value).max() < limit
    assert value.dtype == np.float64


@pytest.mark.parametrize(("dtype", "zero"), [(tf.int32, 0), (tf.int64, 0), (tf.bool, False), (tf.string, b"")])
def test_what_is_not_floating_begins_as_zeros(dtype, zero):
    (value,) = initial(tf.get_variable("w", [2], dtype))
    assert value.tolist() == [zero, zero] and value.dtype == dtype.numpy


def test_shapes_come_in_all_spellings():
    given = [5, [2, 3], (2, 3), tf.TensorShape([2, 3]), [tf.Dimension(2), 3], [0, 2]]
    made = [tf.get_variable(f"w{i}", s).shape.as_list() for i, s in enumerate(given)]
    assert made == [[5], [2, 3], [2, 3], [2, 3], [2, 3], [0, 2]]


def test_initializers_come_in_all_kinds():
    class Ones:
        def __call__(self, shape, dtype=None, partition_info=None):
            return tf.constant(1, tf.as_dtype(dtype), shape)

    made = [
        tf.get_variable("a", initializer=[1.0, 2.0]),
        tf.get_variable("b", initializer=3),
        tf.get_variable("c", initializer=np.zeros(3)),
        tf.get_variable("d", initializer=tf.constant([1.5])),
        tf.get_variable("e", initializer=lambda: tf.constant([1.0, 2.0])),
        tf.get_variable("f", [2], initializer=lambda shape, dtype: np.full(shape, 7.0)),
        tf.get_variable("g", [2], initializer=Ones()),
        tf.get_variable("h", [2], initializer=Ones),
        tf.get_variable("i", [2], initializer=lambda shape, dtype, partition_info: tf.constant([5.0, 6.0])),
    ]
    assert [v.dtype.name for v in made] == ["float32", "int32", "float64"] + ["float32"] * 6
    values = [np.asarray(v).tolist() for v in initial(*made)]
    assert values == [[1, 2], 3, [0, 0, 0], [1.5], [1, 2], [7, 7], [1, 1], [1, 1], [5, 6]]


def test_a_second_creation_says_where_the_first_was():
    tf.get_variable("w", [2])
    with pytest.raises(
        ValueError, match=r"w already exists.*Did you mean to set reuse=True.*test_named_variables.py:\d+"
    ):
        tf.get_variable("w", [2])


def test_what_is_found_must_fit():
    w = tf.get_variable("w", [2])
    i = tf.get_variable("i", initializer=3)
    with reusing():
        assert tf.get_variable("w") is tf.get_variable("w", [2]) is tf.get_variable("w", [None]) is w
        assert tf.get_variable("w", [2], trainable=False) is w and w in tf.trainable_variables()
        assert tf.get_variable("i", dtype=tf.int32) is tf.get_variable("i", initializer=3) is i
        assert tf.get_variable("w", initializer=1) is w  # as a value, 1 has no say in what is there
        with pytest.raises(ValueError, match=r"w exists with the shape \(2,\), but \(3,\) was asked for"):
            tf.get_variable("w", [3])
        with pytest.raises(ValueError, match="w exists with the type float32, but the type int32 was asked for"):
            tf.get_variable("w", [2], tf.int32)
        with pytest.raises(ValueError, match="i exists with the type int32.*pass dtype=tf.int32"):
            tf.get_variable("i")
        with pytest.raises(ValueError, match=r"weigts does not exist.*reuse=tf.AUTO_REUSE"):
            tf.get_variable("weigts", [2])


def test_a_misspelt_name_is_guessed():
    tf.get_variable("hidden_weights", [2])
    with reusing(), pytest.raises(ValueError, match="Did you mean 'hidden_weights'"):
        tf.get_variable("hiden_weights")


def test_auto_reuse_makes_once():
    def layer(x):
        with tf.variable_scope("layer", reuse=tf.AUTO_REUSE):
            return tf.get_variable("w", [2, 2])

    assert layer(1) is layer(2)
    assert len(tf.global_variables()) == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name": None}, TypeError, "must be a non-empty string, got None"),
        ({"name": ""}, ValueError, "must be a non-empty string, got ''"),
        ({"name": "a b", "shape": [2]}, ValueError, "'a b' is not a valid name"),
        ({"name": "w"}, ValueError, "its shape must be fully known, got <unknown>"),
        ({"name": "w", "shape": [None, 2]}, ValueError, r"its shape must be fully known, got \(\?, 2\)"),
        ({"name": "w", "shape": -1}, ValueError, "at least 0, got -1"),
        ({"name": "w", "shape": [2], "initializer": [1.0, 2.0]}, ValueError, "a constant initializer has its shape"),
        ({"name": "w", "initializer": 3, "dtype": tf.float32}, ValueError, "is of type int32, but dtype=float32"),
        ({"name": "w", "shape": [2], "initializer": lambda: 1.0}, TypeError, r"must take \(shape, dtype\)"),
        ({"name": "w", "shape": [3], "initializer": lambda s, dtype: np.zeros(2)}, ValueError, r"\(2,\), not \(3,\)"),
        ({"name": "w", "shape": [2], "dtype": tf.complex64}, ValueError, "complex64 needs an initializer"),
        ({"name": "w", "shape": [2], "custom_getter": 3}, ValueError, "custom_getter must be a function"),
    ],
)
def test_what_cannot_be_made(arguments, error, message):
    with pytest.raises(error, match=message):
        tf.get_variable(**arguments)
    assert not tf.global_variables()
    tf.get_variable("w", [2])  # the name was not taken by the failure


def test_penalties_are_collected_once():
    def half_square(v):
        return tf.constant(0.5, v.dtype) * tf.square(v)

    with tf.variable_scope("m", regularizer=half_square):
        w = tf.get_variable("w", initializer=4.0)
        tf.get_variable("b", initializer=2.0, regularizer=tf.no_regularizer)
        tf.get_variable("c", initializer=1.0, regularizer=lambda v: 0.25)
    with tf.variable_scope("m", reuse=True, regularizer=half_square):
        assert tf.get_variable("w") is w
    penalties = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    assert [p.op.name.rpartition("/")[0] for p in penalties] == ["m/w/Regularizer", "m/c/Regularizer"]
    assert initial(*penalties) == [8.0, 0.25]
    assert tf.gradients(penalties[0], w)[0] is not None


def test_collections_and_training():
    a = tf.get_variable("a", [1], collections=["mine"])
    b = tf.get_variable("b", [1], trainable=False)
    c = tf.get_variable("c", [1], collections=[tf.GraphKeys.LOCAL_VARIABLES], trainable=False)
    assert tf.get_collection("mine") == [a] and tf.global_variables() == [b]
    assert tf.trainable_variables() == [a] and tf.local_variables() == [c]


def test_a_variable_waits_for_nothing():
    with tf.control_dependencies([tf.constant(1.0)]):
        v = tf.get_variable("v", [1])
    assert v.op.control_inputs == v.initializer.control_inputs == ()
