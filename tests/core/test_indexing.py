"""What is written between brackets, taken apart and put together again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import basic_indices

import kerasflow as tf
from kerasflow.core.indexing import Dynamic, parse, resolve

CUBE = np.arange(60.0).reshape(3, 4, 5)


class Symbol:
    """Stands for a tensor."""


def is_symbol(value):
    return isinstance(value, Symbol)


@settings(max_examples=300, deadline=None)
@given(basic_indices((3, 4, 5), min_dims=0, max_dims=6, allow_newaxis=True, allow_ellipsis=True))
def test_resolving_gives_back_what_was_parsed(key):
    items, tensors = parse(key, is_symbol)
    assert tensors == []
    np.testing.assert_array_equal(CUBE[resolve(items)], CUBE[key])


@settings(max_examples=100, deadline=None)
@given(basic_indices((3, 4, 5), min_dims=0, max_dims=6, allow_newaxis=True, allow_ellipsis=True))
def test_a_tensor_is_indexed_as_an_array_is(key):
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float64, [3, None, 5])
        part = x[key]
        value = session.run(part, {x: CUBE})
        gradient = session.run(tf.gradients(part, x, tf.constant(2.0 + CUBE[key]))[0], {x: CUBE})
    wanted = np.zeros_like(CUBE)
    wanted[key] = 2.0 + CUBE[key]
    np.testing.assert_array_equal(value, CUBE[key])
    np.testing.assert_array_equal(gradient, wanted)
    assert part.shape.is_compatible_with(CUBE[key].shape)


def test_items_are_hashable_and_equal_for_equal_keys():
    one, _ = parse(np.s_[1, ..., None, ::2], is_symbol)
    two, _ = parse(np.s_[np.int64(1), ..., None, slice(None, None, np.int8(2))], is_symbol)
    assert hash(one) == hash(two)
    assert one == two == (("at", 1), "rest", "new", ("slice", None, None, 2))
    assert all(type(n) is int for n in (two[0][1], two[3][3]))


def test_tensors_are_numbered_in_the_order_they_are_written():
    a, b, c = Symbol(), Symbol(), Symbol()
    items, tensors = parse(np.s_[a, b:2:c], is_symbol)
    assert tensors == [a, b, c]
    assert items == (("at", Dynamic(0)), ("slice", Dynamic(1), 2, Dynamic(2)))
    assert resolve(items, [np.int32(7), np.array(1), 3]) == np.s_[7, 1:2:3]


@pytest.mark.parametrize(
    "key", [1.5, "a", [0, 1], np.array([0, 1]), np.array([True, False]), True, np.bool_(True), np.s_[1.0:], {}]
)
def test_what_cannot_index_is_a_type_error(key):
    with pytest.raises(TypeError, match="Tensors are indexed with integers"):
        parse(key, is_symbol)


def test_list_and_mask_say_what_to_use_instead():
    x = tf.zeros([3])
    with pytest.raises(TypeError, match=r"tf.gather.*tf.boolean_mask"):
        x[[0, 1]]
    with pytest.raises(TypeError, match=r"tf.boolean_mask"):
        x[np.array([True, False, True])]
    with pytest.raises(TypeError, match="Tensors are indexed with integers.*True"):
        x[True]


def test_two_ellipses_are_a_value_error():
    with pytest.raises(ValueError, match="only one ellipsis"):
        parse(np.s_[..., 0, ...], is_symbol)


def test_dimensions_of_shapes_are_indices():
    x = tf.placeholder(tf.float32, [3, 2])
    assert x[x.shape[1]].shape.as_list() == [2]
    assert x[: x.shape[1]].shape.as_list() == [2, 2]


def test_variables_index_and_are_indexed():
    i = tf.Variable(1)
    w = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.Session() as session:
        session.run([i.initializer, w.initializer])
        np.testing.assert_array_equal(session.run(w[i]), [3.0, 4.0])
        np.testing.assert_array_equal(session.run(w[:, -i:]), [[2.0], [4.0]])
