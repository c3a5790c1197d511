"""Casts beyond their cases: what is passed on, what saturates, what is refused."""

import numpy as np
import pytest

import kerasflow as tf


def run(t):
    return tf.Session().run(t)


def test_the_same_type_is_passed_on():
    x = tf.constant([1.0])
    assert tf.cast(x, tf.float32) is tf.cast(x, "float32") is tf.to_float(x) is x
    assert tf.cast(x, np.float64).dtype == tf.float64


def test_slices_are_cast_by_their_values():
    x = tf.constant([1.0, 2.0])
    slices = tf.gradients(tf.gather(x, [1]), x)[0]
    wide = tf.cast(slices, tf.float64)
    assert type(wide) is tf.IndexedSlices and wide.values.dtype == tf.float64 and wide.indices is slices.indices


def test_gradients_flow_between_inexact_types_alone():
    x = tf.constant([1.5])
    (g,) = tf.gradients(tf.cast(tf.cast(x, tf.float64) * 3.0, tf.float16), x)
    assert g.dtype == tf.float32 and run(g) == 3
    assert tf.gradients(tf.cast(tf.cast(x, tf.int32), tf.float32), x) == [None]
    assert tf.gradients(tf.cast(tf.constant([1]), tf.float32), x) == [None]


def test_strings_are_no_numbers():
    with pytest.raises(TypeError, match="string cannot be cast to float32"):
        tf.cast("1.5", tf.float32)
    with pytest.raises(TypeError, match="float32 cannot be cast to string"):
        tf.cast(1.5, tf.string)
    with pytest.raises(TypeError, match="'foo' to an element type"):
        tf.cast(1.5, "foo")


@pytest.mark.parametrize("source", [tf.float16, tf.float32, tf.float64], ids=str)
@pytest.mark.parametrize("target", [tf.int8, tf.uint8, tf.int16, tf.int32, tf.uint32, tf.int64, tf.uint64], ids=str)
def test_saturation_of_floats(source, target):
    """The result is the nearest number of the target type that the source type has."""
    big = tf.constant([source.min, -1.5, 0.0, 1.5, source.max], source)
    result = run(tf.saturate_cast(big, target)).tolist()
    assert result[1:4] == [max(-1, int(target.min)), 0, 1]
    for got, limit, sign in ((result[0], target.min, -1), (result[-1], target.max, 1)):
        bound = max(min(limit, int(source.max)), int(source.min))
        assert abs(got) <= abs(bound) and abs(bound) - abs(got) <= abs(bound) * float(np.finfo(source.numpy).eps)
        assert got == 0 or np.sign(got) == sign


def test_saturation_of_integers():
    x = tf.constant([-(2**63), -129, -1, 0, 127, 2**63 - 1])
    assert run(tf.saturate_cast(x, tf.int8)).tolist() == [-128, -128, -1, 0, 127, 127]
    assert run(tf.saturate_cast(x, tf.uint64)).tolist() == [0, 0, 0, 0, 127, 2**63 - 1]
    assert run(tf.saturate_cast(tf.constant([255, 3], tf.uint8), tf.int8)).tolist() == [127, 3]
    wide = tf.saturate_cast(tf.constant([5], tf.uint8), tf.int32)
    assert wide.dtype == tf.int32 and [op.type for op in wide.graph.get_operations()][-1] == "Cast"
    with pytest.raises(TypeError, match="no order"):
        tf.saturate_cast(1j, tf.int8)
