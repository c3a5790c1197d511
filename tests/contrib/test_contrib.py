"""The rooms of `tf.contrib`: scopes of arguments, initializers, penalties. `test_scoped` has TensorFlow's values."""

import numpy as np
import pytest

import kerasflow as tf

layers, framework, slim = tf.contrib.layers, tf.contrib.framework, tf.contrib.slim


@framework.add_arg_scope
def described(x, first=1, *, second=2):
    """Its arguments."""
    return x, first, second


def test_arguments_are_given_to_the_calls_in_the_block():
    assert described(0) == (0, 1, 2)
    with framework.arg_scope([described], first=3):
        assert described(0) == (0, 3, 2)
        assert described(0, first=4) == (0, 4, 2)
        with framework.arg_scope([described], second=5) as inner:
            assert described(0) == (0, 3, 5)
        assert described(0) == (0, 3, 2)
    assert described(0) == (0, 1, 2)
    with framework.arg_scope(inner):
        assert described(0) == (0, 3, 5)
    with pytest.raises(RuntimeError), framework.arg_scope([described], first=6):
        raise RuntimeError
    assert described(0) == (0, 1, 2)
    assert framework.arg_scoped_arguments(described) == ("x", "first", "second")


def test_what_is_no_scope_is_refused():
    with pytest.raises(ValueError, match="len is not decorated with @add_arg_scope"), framework.arg_scope([len], a=1):
        pass
    with pytest.raises(TypeError, match="takes a list of functions, or a scope"), framework.arg_scope(described, a=1):
        pass
    with framework.arg_scope([described], first=1) as scope:
        pass
    with pytest.raises(ValueError, match="no more arguments, got second"), framework.arg_scope(scope, second=1):
        pass


@pytest.mark.parametrize("mode", ["FAN_IN", "FAN_OUT", "FAN_AVG"])
@pytest.mark.parametrize("uniform", [True, False])
def test_weights_start_with_the_variance_asked_for(mode, uniform):
    n = {"FAN_IN": 3 * 200, "FAN_OUT": 3 * 100, "FAN_AVG": 3 * 150}[mode]
    init = layers.variance_scaling_initializer(1.5, mode, uniform, seed=1)
    w = tf.Session().run(init([3, 200, 100]))
    variance = 1.5 / n * (1 if uniform else 1.3 * 0.87962566**2)
    assert w.var() == pytest.approx(variance, rel=0.02)
    limit = np.sqrt(3 * 1.5 / n) if uniform else 2 * np.sqrt(1.3 * 1.5 / n)
    assert 0.99 * limit < np.abs(w).max() <= limit
    np.testing.assert_array_equal(w, tf.Session().run(init([3, 200, 100])))


def test_initializers_refuse_what_they_cannot_make():
    with pytest.raises(ValueError, match="one of FAN_IN, FAN_OUT, FAN_AVG, got 'fan_in'"):
        layers.variance_scaling_initializer(mode="fan_in")
    with pytest.raises(TypeError, match="not int32"):
        layers.xavier_initializer(dtype=tf.int32)


def test_penalties():
    w = tf.constant([[1.0, -2.0], [0.0, 3.0]], tf.float64)
    made = [
        layers.l1_regularizer(0.5),
        layers.l2_regularizer(0.5),
        layers.l1_l2_regularizer(0.5, 0.25),
        layers.sum_regularizer([layers.l1_regularizer(0.5), None, layers.l1_regularizer(0.0)]),
    ]
    values = tf.Session().run([f(w) for f in made])
    np.testing.assert_allclose(values, [3.0, 3.5, 3.0 + 1.75, 3.0], rtol=1e-15)
    assert layers.l1_regularizer(0.0)(w) is None and layers.sum_regularizer([None]) is None
    for make in (layers.l1_regularizer, layers.l2_regularizer):
        with pytest.raises(ValueError, match="scale cannot be an integer: 1"):
            make(1)
        with pytest.raises(ValueError, match="less than 0"):
            make(-0.5)
    with pytest.raises(ValueError, match="No weights"):
        layers.apply_regularization(made[0], [])
    with pytest.raises(ValueError, match="scalar Tensor"):
        layers.apply_regularization(lambda v: v, [w])


def test_collections_of_layers():
    x = tf.zeros([2, 3])
    y = layers.fully_connected(
        x, 4, variables_collections={"weights": ["w"], "biases": ["b"]}, outputs_collections="outputs", scope="a"
    )
    layers.fully_connected(x, 4, variables_collections=["all"], trainable=False, scope="b")
    names = {key: [v.name for v in tf.get_collection(key)] for key in ("w", "b", "all", "outputs")}
    assert names == {
        "w": ["a/weights:0"],
        "b": ["a/biases:0"],
        "all": ["b/weights:0", "b/biases:0"],
        "outputs": [y.name],
    }
    assert [v.name for v in tf.trainable_variables()] == ["a/weights:0", "a/biases:0"]
    assert framework.get_variables("b") == tf.global_variables()[2:]
    assert framework.get_variables_by_name("biases") == tf.global_variables()[1::2]
    assert framework.get_variables_to_restore(exclude=["a"]) == tf.global_variables()[2:]
    assert framework.get_unique_variable("a/weights") is tf.global_variables()[0]
    with pytest.raises(ValueError, match="a/weight "):
        framework.get_unique_variable("a/weight")


def test_layers_are_shared_by_scope():
    x = tf.constant([[1.0, 2.0]])
    a = layers.fully_connected(x, 2, scope="shared")
    b = layers.fully_connected(x, 2, scope="shared", reuse=True)
    with pytest.raises(ValueError, match="shared/weights"):
        layers.fully_connected(x, 2, scope="shared")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(*sess.run([a, b]))


def test_averages_can_move_with_the_output():
    x = tf.constant([[1.0], [3.0]])
    y = layers.batch_norm(x, decay=0.5, updates_collections=None)
    mean, variance = tf.model_variables()[1:]
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(y)
        assert sess.run([mean, variance]) == [1.0, 1.5]  # 0.5 * 2, and 0.5 * 1 + 0.5 * 2 / (2 - 1)


def test_what_cannot_be_is_refused():
    x = tf.zeros([2, 3])
    with pytest.raises(ValueError, match="num_outputs should be int or long, got 1.5"):
        layers.fully_connected(x, 1.5)
    with pytest.raises(TypeError, match="activation_fn must be a function or None, got 'relu'"):
        layers.fully_connected(x, 2, activation_fn="relu")
    with pytest.raises(ValueError, match="batch_norm: renorm is not in kerasflow"):
        layers.batch_norm(x, renorm=True)
    with pytest.raises(ValueError, match="NHWC or NCHW"):
        layers.batch_norm(x, data_format="HW")
    with pytest.raises(ValueError, match="Invalid data_format"):
        layers.conv2d(tf.zeros([1, 4, 4, 1]), 1, 3, data_format="HWC")
    with pytest.raises(ValueError, match="must lie in the shape"):
        layers.layer_norm(x, begin_norm_axis=2)
    with pytest.raises(ValueError, match="vocab size"):
        layers.embed_sequence([[0]])
    with pytest.raises(ValueError, match="list or tuple"):
        layers.stack(x, layers.fully_connected, 3)


def test_slim_has_what_the_others_have():
    for name in slim.__all__:
        assert getattr(slim, name) is getattr(layers, name, None) or getattr(slim, name) is getattr(framework, name)


def test_both_kernels_of_a_separable_convolution_start_as_they_are_told():
    x = tf.zeros([1, 4, 4, 2])
    ones = tf.ones_initializer()
    layers.separable_conv2d(x, 1, 2, weights_initializer=ones)
    layers.separable_conv2d(x, 1, 2, weights_initializer=ones, pointwise_initializer=tf.constant_initializer(2.0))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert [np.unique(v).tolist() for v in sess.run(tf.global_variables())] == [[1], [1], [0], [1], [2], [0]]


def test_what_follows_the_end_of_sequences_is_left_out():
    sparse = tf.contrib.layers.dense_to_sparse([["b", "", "a"], ["", "", "c"]], eos_token="")
    found = tf.Session().run(sparse)
    assert found.indices.tolist() == [[0, 0], [0, 2], [1, 2]] and found.dense_shape.tolist() == [2, 3]
    assert found.values.tolist() == [b"b", b"a", b"c"]
    ids = tf.placeholder(tf.int64, [None, None])
    rows = tf.Session().run(tf.contrib.layers.dense_to_sparse(ids, -1), {ids: [[0, -1], [7, 3]]})
    assert rows.values.tolist() == [0, 7, 3] and rows.values.dtype == np.int64
