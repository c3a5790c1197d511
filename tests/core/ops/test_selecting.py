"""Errors and corner cases of selecting, masks and permutations."""

import numpy as np
import pytest

import kerasflow as tf


def test_choices_have_one_shape():
    x = tf.zeros([2, 3])
    with pytest.raises(ValueError, match=r"one shape, got \(2, 3\) and \(\)"):
        tf.where(x > 0.0, x, 0.0)
    with pytest.raises(ValueError, match="the condition must be"):
        tf.where([True], x, x)
    with pytest.raises(ValueError, match="the condition must be"):
        tf.where([[True], [False]], x, x)
    with pytest.raises(ValueError, match="both be given"):
        tf.where(x > 0.0, x)
    with pytest.raises(TypeError, match="float32 is not one"):
        tf.where(x, x, x)
    with pytest.raises(TypeError, match="float32 and int32"):
        tf.where(x > 0.0, x, tf.zeros([2, 3], tf.int32))


@pytest.mark.parametrize(
    "dims",
    [[(2,), (2, 3), (3,)], [(3,), (2, 3), (2, 3)], [(2, 1), (2, 3), (2, 3)], [(1, 3), (2, 3), (2, 3)], [(1,), (), ()]],
)
def test_a_condition_that_does_not_fit_is_found_in_a_run(dims):
    c, x, y = tf.placeholder(tf.bool), tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    chosen = tf.where(c, x, y)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="Select"):
        session.run(chosen, {t: np.zeros(d, t.dtype.numpy) for t, d in zip((c, x, y), dims, strict=True)})


def test_static_shapes_of_choices():
    rows = tf.placeholder(tf.bool, [None])
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [2, None])
    assert tf.where(rows, x, y).dims == (2, 3)
    assert tf.where(tf.placeholder(tf.bool, [2, None]), x, x).dims == (2, 3)
    assert tf.where(rows, tf.placeholder(tf.float32), tf.placeholder(tf.float32)).dims is None
    assert tf.where(tf.placeholder(tf.bool)).dims == (None, None)


def test_numbers_beside_tensors_take_their_type():
    with tf.Session() as session:
        chosen = tf.where([True, False], tf.constant([1.0, 2.0], tf.float64), [5, 6])
        assert (chosen.dtype, session.run(chosen).tolist()) == (tf.float64, [1.0, 6.0])


def test_masks_fit_what_they_are_for():
    x = tf.zeros([2, 3])
    for mask in ([True, False, True], [[True, False]], [[[True]]]):
        with pytest.raises(ValueError, match="does not fit"):
            tf.boolean_mask(x, mask)
    with pytest.raises(ValueError, match="cannot be a scalar"):
        tf.boolean_mask(x, True)
    with pytest.raises(ValueError, match="rank of the mask must be known"):
        tf.boolean_mask(x, tf.placeholder(tf.bool))
    with pytest.raises(TypeError, match="int32"):
        tf.boolean_mask(x, [0, 1])
    assert tf.boolean_mask(x, [True, False, True], axis=1).dims == (2, None)
    m = tf.placeholder(tf.bool, [None])
    with (
        tf.Session() as session,
        pytest.raises(tf.errors.InvalidArgumentError, match=r"\(1,\) does not fit shape \(2, 3\)"),
    ):
        session.run(tf.boolean_mask(x, m), {m: [True]})


def test_one_hot_types():
    i = [0, 1]
    assert tf.one_hot(i, 2).dtype is tf.float32
    assert tf.one_hot(i, 2, 5, 7).dtype is tf.int32
    assert tf.one_hot(i, 2, on_value=tf.constant(2.0, tf.float64)).dtype is tf.float64
    assert tf.one_hot(i, 2, on_value=2, dtype=tf.float64).dtype is tf.float64
    with pytest.raises(TypeError, match="int32 and float32"):
        tf.one_hot(i, 2, 1, 0.0)
    with pytest.raises(TypeError, match="float32 is not one"):
        tf.one_hot([0.0], 2)
    with pytest.raises(ValueError, match="scalars"):
        tf.one_hot(i, 2, [1.0], [0.0])
    with pytest.raises(ValueError, match="axis 3 is out of range"):
        tf.one_hot(i, 2, axis=3)
    with pytest.raises(ValueError, match="at least 0"):
        tf.one_hot(i, -2)
    with pytest.raises(TypeError, match="both values"):
        tf.one_hot(i, 2, dtype=tf.string)
    depth = tf.placeholder(tf.int32, [])
    assert tf.one_hot(i, depth).dims == (2, None)
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="depth must be at least 0"):
        session.run(tf.one_hot(i, depth), {depth: -1})


def test_a_gradient_through_one_hot_is_not_silently_lost():
    on = tf.placeholder(tf.float32, [])
    with pytest.raises(LookupError, match="OneHot"):
        tf.gradients(tf.one_hot([0], 2, on, 0.0), on)


def test_only_permutations_are_inverted():
    x = tf.placeholder(tf.int32, [None])
    y = tf.invert_permutation(x)
    with tf.Session() as session:
        for wrong, says in [([0, 2], "2 at position"), ([-1, 0], "-1 at position"), ([0, 0, 2], "1 is missing")]:
            with pytest.raises(tf.errors.InvalidArgumentError, match=says):
                session.run(y, {x: wrong})
    with pytest.raises(ValueError, match="vector"):
        tf.invert_permutation([[0, 1]])
    with pytest.raises(TypeError, match="float32"):
        tf.invert_permutation([0.0])


def test_sequence_masks_are_of_lengths():
    assert tf.sequence_mask([1, 3]).dims == (2, 3)
    assert tf.sequence_mask(tf.placeholder(tf.int32, [2])).dims == (2, None)
    n = tf.placeholder(tf.int32, [])
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="maxlen"):
        session.run(tf.sequence_mask([1], n), {n: -1})
    with pytest.raises(ValueError, match="at least 0"):
        tf.sequence_mask([1], -1)
