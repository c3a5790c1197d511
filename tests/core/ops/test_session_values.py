"""Values that stay in the session by handle; errors as TensorFlow 1.15.5 has them."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.handles import TensorHandle

Refused = tf.errors.InvalidArgumentError


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def kept(sess, value):
    return sess.run(tf.get_session_handle(tf.constant(value)))


def test_a_handle_stands_for_a_value_of_the_session(sess):
    handle = kept(sess, [1.0, 2.0])
    assert isinstance(handle, TensorHandle) and handle.dtype is tf.float32
    assert str(handle) == handle.handle == "GetSessionHandle;0"
    holder, value = tf.get_session_tensor(handle.handle, tf.float32)
    assert value.shape.ndims is None and holder.dtype is tf.string
    assert sess.run(value * 2.0, {holder: handle.handle}).tolist() == [2.0, 4.0]
    mine = handle.eval()
    mine[0] = 7.0
    assert handle.eval().tolist() == [1.0, 2.0]
    assert sess.run({"h": [tf.get_session_handle(tf.constant(5))]})["h"][0].eval() == 5


def test_a_handle_can_be_fed_for_the_value_itself(sess):
    x = tf.placeholder(tf.float32)
    assert sess.run(x + 1.0, {x: kept(sess, [7.0])}).tolist() == [8.0]


def test_a_value_is_deleted(sess):
    handle = kept(sess, 5.0)
    holder, value = tf.get_session_tensor(handle.handle, tf.float32)
    gone, delete = tf.delete_session_tensor(handle.handle)
    name = handle.get_raw_handle()
    assert sess.run(delete, {gone: name}) is None
    with pytest.raises(Refused, match="'GetSessionHandle;0' is not in the session store"):
        sess.run(value, {holder: name})
    with pytest.raises(Refused, match="Failed to delete a tensor with handle 'GetSessionHandle;0'"):
        sess.run(delete, {gone: name})
    other = kept(sess, 6.0)
    other.delete()
    for use in (other.eval, other.delete):
        with pytest.raises(TypeError, match="may have already been deleted"):
            use()


def test_values_that_nobody_holds_are_let_go_of_together(sess):
    names = [kept(sess, float(i)).handle for i in range(10)]
    holder, value = tf.get_session_tensor(names[0], tf.float32)
    with pytest.raises(Refused, match="not in the session store"):
        sess.run(value, {holder: names[0]})
    name = kept(sess, 3.0).handle
    assert sess.run(value, {holder: name}) == 3.0
    raw = kept(sess, 4.0).get_raw_handle()
    names = [kept(sess, float(i)).handle for i in range(20)]
    assert sess.run(value, {holder: raw}) == 4.0


def test_what_is_refused(sess):
    holder, value = tf.get_session_tensor("any", tf.float32)
    with pytest.raises(Refused, match="the value is of type int32, not float32"):
        sess.run(value, {holder: kept(sess, 5).get_raw_handle()})
    with pytest.raises(Refused, match="must feed a value for this placeholder of type string"):
        sess.run(value)
    with pytest.raises(TypeError, match="data must be a tensor, got 3"):
        tf.get_session_handle(3)
    with tf.Session() as other:
        name = kept(sess, 1.0).get_raw_handle()
        with pytest.raises(Refused, match="not in the session store"):
            other.run(value, {holder: name})
    assert np.isscalar(sess.run(value, {holder: name}))
