"""Errors, names and corner cases of joining, splitting and extending."""

import numpy as np
import pytest

import kerasflow as tf


def test_only_the_joined_axis_may_differ():
    x, v = tf.zeros([2, 3]), tf.zeros([2])
    with pytest.raises(ValueError, match=r"only axis 0 may differ.*\(2, 3\) and \(2, 4\)"):
        tf.concat([x, tf.zeros([2, 4])], 0)
    with pytest.raises(ValueError, match="only axis 0 may differ"):
        tf.concat([x, v], 0)
    with pytest.raises(ValueError, match="axis 1 is out of range"):
        tf.concat([v, v], 1)
    with pytest.raises(ValueError, match="scalars"):
        tf.concat([1.0, 2.0], 0)
    with pytest.raises(TypeError, match=r"and then the axis: tf.concat\(values, axis\)"):
        tf.concat(0, [x, x])
    with pytest.raises(ValueError, match="at least one"):
        tf.concat([], 0)
    with pytest.raises(ValueError, match="axis must be known"):
        tf.concat([x, x], tf.placeholder(tf.int32, []))
    with pytest.raises(TypeError, match="float32 and int32"):
        tf.concat([v, tf.zeros([2], tf.int32)], 0)
    with pytest.raises(ValueError, match="out of range"):
        tf.concat([v], 1)


def test_joining_fails_in_a_run_as_well():
    x, y = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    feeds = {x: np.zeros((2, 3)), y: np.zeros((2, 4))}
    with tf.Session() as session:
        for made in (tf.concat([x, y], 0), tf.stack([x, y])):
            with pytest.raises(tf.errors.InvalidArgumentError, match=made.op.type):
                session.run(made, feeds)
        # One row broadcasts, but it is not what was asked for.
        with pytest.raises(tf.errors.InvalidArgumentError, match="shapes must be equal"):
            session.run(tf.stack([x, y]), {x: np.zeros((2, 3)), y: np.zeros((1, 3))})


def test_one_tensor_is_joined_to_itself():
    x = tf.constant([1.0, 2.0])
    y = tf.concat([x], 0)
    assert (y.op.type, y.name) == ("Identity", "concat/concat:0")
    assert tf.concat(x, 0).dims == (2,)


def test_static_shapes_of_joined_tensors_know_all_that_can_be_known():
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [2, None])
    assert tf.concat([x, y], 0).dims == (None, 3)
    assert tf.concat([x, y], 1).dims == (2, None)
    assert tf.concat([x, tf.placeholder(tf.float32)], 1).dims == (None, None)
    assert tf.stack([x, y]).dims == (2, 2, 3)
    assert [t.dims for t in tf.split(y, 2)] == [(1, None)] * 2
    assert [t.dims for t in tf.split(x, [1, -1], 1)] == [(None, 1), (None, 2)]


def test_ranks_are_known_from_the_shapes_of_paddings_and_multiples():
    cube, anything = tf.zeros([2, 3, 4]), tf.placeholder(tf.float32)
    paddings, multiples = tf.placeholder(tf.int32, [3, 2]), tf.placeholder(tf.int32, [3])
    for t in (cube, anything):
        assert tf.pad(t, paddings).dims == tf.tile(t, multiples).dims == (None, None, None)
        assert tf.pad(t, paddings, "REFLECT").dims == (None, None, None)
    assert tf.pad(cube, tf.placeholder(tf.int32)).dims == (None, None, None)
    for t in (tf.zeros([2, 3]), tf.zeros([])):
        with pytest.raises(ValueError, match="paddings must have a row"):
            tf.pad(t, paddings)
        with pytest.raises(ValueError, match="multiples must have a number"):
            tf.tile(t, multiples)
    with pytest.raises(ValueError, match=r"shape \(rank, 2\), got \(3,\)"):
        tf.pad(cube, multiples)
    with pytest.raises(TypeError, match="float64 and float32|float32 and float64"):
        tf.pad(cube, paddings, constant_values=tf.constant(1.0, tf.float64))
    with pytest.raises(ValueError, match="must be a scalar"):
        tf.pad(cube, paddings, constant_values=tf.constant([1.0]))


def test_parts_must_make_up_the_axis():
    x = tf.zeros([2, 3])
    for parts in (2, 0, [1, 1], [4, -1], [-1, -1], [-2, 5]):
        with pytest.raises(ValueError):
            tf.split(x, parts, 1)
    with pytest.raises(ValueError, match="pass num="):
        tf.split(x, tf.placeholder(tf.int32, [None]), 1)
    with pytest.raises(ValueError, match="at least one part"):
        tf.split(x, [], 1)
    with pytest.raises(ValueError, match="3 sizes cannot make 2 parts"):
        tf.split(x, tf.placeholder(tf.int32, [3]), 1, num=2)
    sizes, t = tf.placeholder(tf.int32), tf.placeholder(tf.float32)
    with tf.Session() as session:
        for wrong in ([1, 1], [1, 2, 3], [5, -1]):
            with pytest.raises(tf.errors.InvalidArgumentError, match="SplitV"):
                session.run(tf.split(t, sizes, 1, num=2), {sizes: wrong, t: np.zeros((2, 3))})
        with pytest.raises(tf.errors.InvalidArgumentError, match="size 3 cannot be split into 2"):
            session.run(tf.split(t, 2, 1), {t: np.zeros((2, 3))})


def test_unstack_needs_to_know_how_many():
    x = tf.placeholder(tf.float32, [None, 3])
    with pytest.raises(ValueError, match="pass num="):
        tf.unstack(x)
    with pytest.raises(ValueError, match="3 parts"):
        tf.unstack(tf.zeros([2, 3]), 3)
    with pytest.raises(ValueError):
        tf.unstack(tf.constant(1.0))
    assert tf.unstack(tf.zeros([0, 3])) == []
    with tf.Session() as session, pytest.raises(tf.errors.InvalidArgumentError, match="2 parts"):
        session.run(tf.unstack(x, 2), {x: np.zeros((3, 3))})


def test_stack_refuses_what_has_no_place():
    v = tf.zeros([2])
    with pytest.raises(ValueError, match="axis 2 is out of range"):
        tf.stack([v, v], 2)
    with pytest.raises(ValueError, match=r"must be equal, got \(2,\) and \(\)"):
        tf.stack([v, 1.0])
    with pytest.raises(ValueError, match="at least one"):
        tf.stack([])


def test_paddings_and_multiples_are_checked_early_and_late():
    x = tf.zeros([2, 3])
    for paddings in ([[1, 1]], [[1, 1], [0, -1]], [1, 1], [[1, 1, 1], [0, 0, 0]]):
        with pytest.raises(ValueError, match="paddings"):
            tf.pad(x, paddings)
    with pytest.raises(ValueError, match="CONSTANT, REFLECT or SYMMETRIC, got 'wrap'"):
        tf.pad(x, [[0, 0], [0, 0]], "wrap")
    with pytest.raises(ValueError, match="axis 0 of size 2 is too short.*2 elements by REFLECT"):
        tf.pad(x, [[2, 0], [0, 0]], "REFLECT")
    with pytest.raises(ValueError, match="axis 1 of size 3 is too short.*4 elements by SYMMETRIC"):
        tf.pad(x, [[2, 0], [0, 4]], "SYMMETRIC")
    for multiples in ([2], [2, -1]):
        with pytest.raises(ValueError, match="multiples"):
            tf.tile(x, multiples)
    t, p, m = tf.placeholder(tf.float32), tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    with tf.Session() as session:
        for mode, wrong in [("CONSTANT", [[1, -1]]), ("CONSTANT", [[1, 0], [0, 0]]), ("REFLECT", [[3, 0]])]:
            with pytest.raises(tf.errors.InvalidArgumentError, match="Pad"):
                session.run(tf.pad(t, p, mode), {t: np.zeros(3), p: wrong})
        for wrong in ([-1], [1, 1]):
            with pytest.raises(tf.errors.InvalidArgumentError, match="multiples"):
                session.run(tf.tile(t, m), {t: np.zeros(3), m: wrong})


def test_meshgrid_refuses_what_it_does_not_know():
    with pytest.raises(ValueError, match="'xy' or 'ij'"):
        tf.meshgrid([1], [2], indexing="yx")
    with pytest.raises(TypeError, match="sparse"):
        tf.meshgrid([1], [2], sparse=True)
    assert tf.meshgrid() == []
