"""Layers whose windows move: what they refuse, and shapes that are not known while the graph is built."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Conv2D(0, 3), "Conv2D needs a positive integer as filters, got 0"),
        (lambda: layers.Conv2D(3, (3, 3, 3)), r"an integer or 2 of them as kernel_size, got \(3, 3, 3\)"),
        (lambda: layers.Conv2D(3, 3, strides=(0, 1)), "positive integer as strides, got 0"),
        (lambda: layers.Conv2D(3, 3, padding="causal"), "one of valid, same as padding, got 'causal'"),
        (lambda: layers.Conv2D(3, 3, data_format="NHWC"), "channels_last, channels_first as data_format"),
        (lambda: layers.Conv2D(3, 3, strides=2, dilation_rate=2), "strides or a dilation_rate above 1, not both"),
        (lambda: layers.Conv2D(3, 3, groups=2), "cannot share 3 filters evenly among 2 groups"),
        (lambda: layers.Conv2D(4, 3, groups=2)(tf.keras.Input((8, 8, 3))), "cannot share 3 channels evenly"),
        (lambda: layers.Conv2D(3, 3)(tf.keras.Input((8, 8))), r"of 4 axes; got the shape \(\?, 8, 8\)"),
        (lambda: layers.Conv2D(3, 3)(tf.keras.Input((8, 8, None))), "needs to know the number of channels"),
        (lambda: layers.Conv2D(3, 9)(tf.keras.Input((8, 8, 1))), "window"),
        (lambda: layers.Conv1DTranspose(3, 3, strides=2, output_padding=2), "output_padding below its strides"),
        (lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), "positive integer as depth_multiplier"),
        (lambda: layers.MaxPooling2D((2, 2, 2)), "an integer or 2 of them as pool_size"),
        (lambda: layers.MaxPooling1D(padding="causal"), "one of valid, same as padding"),
        (lambda: layers.MaxPooling1D()(tf.keras.Input((8, 8, 1))), "of 3 axes"),
        (lambda: layers.GlobalMaxPooling2D()(tf.keras.Input((8, 1))), "of 4 axes"),
        (lambda: layers.BatchNormalization(axis=3)(tf.keras.Input((8, 1))), "needs an axis 3 of known size"),
        (lambda: layers.BatchNormalization(axis=[1, 2]), r"an integer as axis, got \[1, 2\]"),
        (lambda: layers.Embedding(0, 3), "positive integer as input_dim"),
        (lambda: tf.layers.batch_normalization(tf.zeros([2, 3]), renorm=True), "renorm is not in kerasflow"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_built_layer_refuses_other_channels():
    layer = layers.Conv2D(3, 3)
    layer(tf.keras.Input((8, 8, 2)))
    with pytest.raises(ValueError, match="was built for 2 channels"):
        layer(tf.keras.Input((8, 8, 4)))


def test_sizes_that_are_known_in_the_run_only():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((2, 5, 4, 3)).astype(np.float32)
    made = [
        layers.Conv2D(2, 3, padding="same"),
        layers.Conv2DTranspose(2, 3, strides=2),
        layers.SeparableConv2D(2, 2),
        layers.MaxPooling2D(2),
        layers.GlobalAveragePooling2D(),
        layers.BatchNormalization(),
    ]
    for layer in made:
        known = tf.keras.Sequential([tf.keras.Input((5, 4, 3)), layer]).predict(x, verbose=0)
        unknown = tf.keras.Sequential([tf.keras.Input((None, None, 3)), layer]).predict(x, verbose=0)
        np.testing.assert_array_equal(known, unknown)


def test_an_embedding_has_no_row_for_what_is_too_large():
    model = tf.keras.Sequential([layers.Embedding(3, 2, input_length=2)])
    with pytest.raises(tf.errors.InvalidArgumentError, match="3"):
        model.predict(np.array([[0, 3]]), verbose=0)


def test_averages_of_a_shared_layer_move_with_each_use():
    layer = layers.BatchNormalization(momentum=0.5)
    a, b = tf.keras.Input((1,)), tf.keras.Input((1,))
    model = tf.keras.Model([a, b], layers.add([layer(a), layer(b)]))
    model.compile("sgd", "mse")
    one, two = np.array([[1.0], [3.0]]), np.array([[10.0], [20.0]])
    model.fit([one, two], np.zeros((2, 1)), batch_size=2, shuffle=False, verbose=0)
    np.testing.assert_allclose(layer.get_weights()[2], [0.5 * (0.5 * 2.0) + 0.5 * 15.0])
    np.testing.assert_allclose(layer.get_weights()[3], [0.5 * (0.5 * 1.0 + 0.5 * 1.0) + 0.5 * 25.0])


def test_updates_of_a_graph_wait_in_their_collection():
    x = tf.placeholder(tf.float32, [None, 2])
    training = tf.placeholder(tf.bool, [])
    y = tf.layers.batch_normalization(x, training=training, momentum=0.9)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    mean = tf.global_variables()[2]
    data = np.array([[1.0, 2.0], [3.0, 6.0]])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(y, {x: data, training: False}), data / np.sqrt(1.001), rtol=1e-6)
        sess.run(updates, {x: data, training: False})
        np.testing.assert_array_equal(sess.run(mean), [0.0, 0.0])
        sess.run([y, updates], {x: data, training: True})
        np.testing.assert_allclose(sess.run(mean), [0.2, 0.4], rtol=1e-6)


def test_images_of_half_precision_and_small_epsilons_are_normalised_by_parts():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((3, 4, 2, 2))
    expected = (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-6)
    for dtype, tolerance in (("float16", 5e-3), ("float64", 1e-12)):
        y = layers.BatchNormalization(epsilon=1e-6, dtype=dtype)(tf.constant(x, dtype), training=True)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            np.testing.assert_allclose(sess.run(y), expected, atol=tolerance)
    y = layers.BatchNormalization(epsilon=0.1, dtype="float16")(tf.constant(x, "float16"), training=True)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(y).dtype == np.float16


def test_penalties_of_outputs_are_means_over_the_samples():
    layer = layers.Conv1D(1, 1, kernel_initializer="ones", activity_regularizer=tf.keras.regularizers.L1(0.5))
    model = tf.keras.Sequential([tf.keras.Input((2, 1)), layer])
    model.compile("sgd", "mse")
    x = np.array([[[1.0], [2.0]], [[3.0], [4.0]]])
    assert model.evaluate(x, x, verbose=0) == pytest.approx(0.5 * 10 / 2)


def test_kernels_start_as_their_scope_says():
    with tf.variable_scope("net", initializer=tf.constant_initializer(0.5)):
        tf.layers.conv1d(tf.zeros([1, 4, 2]), 1, 2, bias_initializer="ones")
        tf.layers.separable_conv2d(tf.zeros([1, 4, 4, 2]), 1, 2, depthwise_initializer="ones")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert [np.unique(v).tolist() for v in sess.run(tf.global_variables())] == [[0.5], [1], [1], [0.5], [0]]
