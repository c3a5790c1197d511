"""The layers against NumPy."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import layers
from kerasflow.layers import Input


def outputs(layer, *arrays):
    """What a model of one layer gives."""
    inputs = [Input(a.shape[1:], dtype=str(a.dtype)) for a in arrays]
    model = tf.keras.Model(inputs, layer(inputs if len(inputs) > 1 else inputs[0]))
    return model.predict(list(arrays) if len(arrays) > 1 else arrays[0], verbose=0)


@pytest.fixture
def x(rng):
    return rng.standard_normal((5, 3))


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_dense(rng, x):
    layer = layers.Dense(4, activation="tanh", dtype="float64")
    layer.build((None, 3))
    kernel, bias = rng.standard_normal((3, 4)), rng.standard_normal(4)
    layer.set_weights([kernel, bias])
    np.testing.assert_allclose(outputs(layer, x), np.tanh(x @ kernel + bias), rtol=1e-13)


def test_dense_without_bias_on_more_axes(rng):
    x = rng.standard_normal((2, 5, 3))
    layer = layers.Dense(4, use_bias=False, dtype="float64")
    layer.build((None, 5, 3))
    kernel = rng.standard_normal((3, 4))
    layer.set_weights([kernel])
    np.testing.assert_allclose(outputs(layer, x), np.einsum("abi,ij->abj", x, kernel), rtol=1e-13)


def test_dense_takes_each_of_its_parts_from_its_arguments():
    layer = layers.Dense(
        2,
        kernel_initializer=tf.keras.initializers.Constant(2.0),
        bias_initializer="ones",
        kernel_constraint="non_neg",
        bias_regularizer="l2",
    )
    layer.build((None, 3))
    np.testing.assert_array_equal(layer.get_weights()[0], np.full((3, 2), 2))
    np.testing.assert_array_equal(layer.get_weights()[1], [1, 1])
    again = layers.Dense.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    for bad in (0, -1, 2.5, "3"):
        with pytest.raises(ValueError, match="positive integer as units"):
            layers.Dense(bad)


def test_shapes(rng):
    x = rng.standard_normal((4, 2, 3))
    np.testing.assert_array_equal(outputs(layers.Flatten(dtype="float64"), x), x.reshape(4, 6))
    np.testing.assert_array_equal(outputs(layers.Reshape((3, -1), dtype="float64"), x), x.reshape(4, 3, 2))
    with pytest.raises(ValueError, match="6 elements a sample cannot be reshaped to \\(4, 2\\)"):
        layers.Reshape((4, 2))(Input((2, 3)))
    assert layers.Flatten()(Input((None, 3))).shape.as_list() == [None, None]


def test_channels_first_flatten_as_channels_last(rng):
    x = rng.standard_normal((4, 2, 3, 5))
    layer = layers.Flatten("channels_first", dtype="float64")
    np.testing.assert_array_equal(outputs(layer, x), np.moveaxis(x, 1, -1).reshape(4, -1))
    assert outputs(layer, x[:, :, 0, 0]).shape == (4, 2)
    with pytest.raises(ValueError, match="channels_last or channels_first as data_format, got 'NHWC'"):
        layers.Flatten("NHWC")


def test_an_embedding_that_starts_from_a_table(rng):
    table = rng.standard_normal((3, 2)).astype(np.float32)
    for given in (table, [table]):
        np.testing.assert_array_equal(
            outputs(layers.Embedding(3, 2, weights=given), np.array([[2, 0]])), table[[[2, 0]]]
        )
    with pytest.raises(ValueError, match="cannot be set from"):
        layers.Embedding(2, 3, weights=table)


def test_batch_normalization_takes_an_axis_in_a_list():
    assert layers.BatchNormalization([3]).axis == 3


def test_dropout_keeps_the_mean_and_drops_the_rate():
    layer = layers.Dropout(0.25, seed=3)
    with tf.Session() as sess:
        values = sess.run(layer(tf.ones([100_000]), training=True))
    assert set(np.unique(values)) == {0.0, np.float32(1 / 0.75)}
    assert abs((values == 0).mean() - 0.25) < 0.005
    for bad in (-0.1, 1.0, 1.5):
        with pytest.raises(ValueError, match="at least 0 and less than 1"):
            layers.Dropout(bad)


@pytest.mark.parametrize(
    ("layer", "function", "expected"),
    [
        (layers.Add, layers.add, lambda a, b: a + b),
        (layers.Subtract, layers.subtract, lambda a, b: a - b),
        (layers.Multiply, layers.multiply, lambda a, b: a * b),
        (layers.Average, layers.average, lambda a, b: (a + b) / 2),
        (layers.Maximum, layers.maximum, np.maximum),
        (layers.Minimum, layers.minimum, np.minimum),
        (layers.Concatenate, layers.concatenate, lambda a, b: np.concatenate([a, b], -1)),
    ],
)
def test_merging(layer, function, expected, rng):
    a, b = rng.standard_normal((2, 5, 3))
    np.testing.assert_allclose(outputs(layer(dtype="float64"), a, b), expected(a, b), rtol=1e-15)
    inputs = [Input((3,), dtype="float64"), Input((3,), dtype="float64")]
    model = tf.keras.Model(inputs, function(inputs, dtype="float64"))
    np.testing.assert_allclose(model.predict([a, b], verbose=0), expected(a, b), rtol=1e-15)
    with pytest.raises(ValueError, match="takes a list of"):
        layer()(Input((3,)))


def test_dot(rng):
    a, b = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
    m, n = rng.standard_normal((4, 5, 3)), rng.standard_normal((4, 3, 6))
    np.testing.assert_allclose(outputs(layers.Dot(1, dtype="float64"), a, b), (a * b).sum(1, keepdims=True), rtol=1e-13)
    np.testing.assert_allclose(outputs(layers.Dot((2, 1), dtype="float64"), m, n), m @ n, rtol=1e-13)
    mixed = np.einsum("nc,nrc->nr", a, m)
    np.testing.assert_allclose(outputs(layers.Dot((1, 2), dtype="float64"), a, m), mixed, rtol=1e-13)
    cosine = (a * b).sum(1, keepdims=True) / np.linalg.norm(a, axis=1)[:, None] / np.linalg.norm(b, axis=1)[:, None]
    np.testing.assert_allclose(outputs(layers.Dot(1, normalize=True, dtype="float64"), a, b), cosine, rtol=1e-12)


def test_activity_regularizer_adds_its_mean_over_the_samples():
    layer = layers.Dense(1, kernel_initializer="ones", activity_regularizer=tf.keras.regularizers.L2(0.5))
    model = tf.keras.Sequential([Input((2,)), layer])
    model.compile("sgd", "mse")
    x = np.array([[1.0, 1.0], [2.0, 2.0]])
    # outputs 2 and 4: the loss is 0 against themselves, the penalty 0.5 (4 + 16) / 2
    assert model.evaluate(x, [2.0, 4.0], verbose=0) == pytest.approx(5.0)
