"""`keras.backend`, as programs for Keras 2 use it."""

import numpy as np
import pytest

import kerasflow as tf

K = tf.keras.backend
_rng = np.random.default_rng(3)
A, B = _rng.normal(size=(2, 3, 4)).astype("float32"), _rng.normal(size=(2, 4, 5)).astype("float32")


@pytest.mark.parametrize(
    ("got", "wanted"),
    [
        (lambda: K.batch_dot(A, B), np.einsum("bij,bjk->bik", A, B)),
        (lambda: K.batch_dot(A, B, axes=(2, 1)), np.einsum("bij,bjk->bik", A, B)),
        (lambda: K.batch_dot(A, B, axes=[-1, -2]), np.einsum("bij,bjk->bik", A, B)),
        (lambda: K.batch_dot(A, A, axes=2), np.einsum("bij,bkj->bik", A, A)),
        (lambda: K.batch_dot(A[:, 0], A[:, 1], axes=1), np.einsum("bi,bi->b", A[:, 0], A[:, 1])[:, None]),
        (lambda: K.batch_dot(A[:, 0], B), np.einsum("bj,bjk->bk", A[:, 0], B)),
        (lambda: K.batch_dot(A, A[:, 0], axes=(2, 1)), np.einsum("bij,bj->bi", A, A[:, 0])),
        (lambda: K.dot(A, B[0]), A @ B[0]),
        (lambda: K.concatenate([A, A]), np.concatenate([A, A], -1)),
        (lambda: K.permute_dimensions(A, (0, 2, 1)), A.transpose(0, 2, 1)),
        (lambda: K.batch_flatten(A), A.reshape(2, -1)),
        (lambda: K.flatten(A), A.ravel()),
        (lambda: K.mean(K.square(A), axis=-1), np.square(A).mean(-1)),
        (lambda: K.switch(K.greater(A, 0), A, K.zeros_like(A)), np.maximum(A, 0)),
        (lambda: K.pow(K.abs(A), 0.5), np.abs(A) ** 0.5),
        (lambda: K.reverse(A, 1), A[:, ::-1]),
        (lambda: K.repeat_elements(A, 2, 1), A.repeat(2, 1)),
        (lambda: K.expand_dims(K.sum(A, axis=1)), A.sum(1)[..., None]),
        (lambda: K.l2_normalize(A, -1), A / np.linalg.norm(A, axis=-1, keepdims=True)),
    ],
)
def test_it_computes(got, wanted):
    np.testing.assert_allclose(K.eval(got()), wanted, rtol=1e-5, atol=1e-6)


def test_a_model_written_for_keras_2():
    class Scale(tf.keras.layers.Layer):
        def __init__(self, units, **kwargs):
            self.units = units
            super().__init__(**kwargs)

        def build(self, input_shape):
            self.kernel = self.add_weight(
                name="kernel", shape=(input_shape[1], self.units), initializer="uniform", trainable=True
            )
            super().build(input_shape)

        def call(self, x):
            return K.dot(x, self.kernel)

        def compute_output_shape(self, input_shape):
            return (input_shape[0], self.units)

    def distance(y_true, y_pred):
        return K.sqrt(K.sum(K.square(y_true - y_pred), axis=-1) + K.epsilon())

    model = tf.keras.Sequential([Scale(2, input_shape=(4,))])
    model.compile("sgd", loss=distance, metrics=[lambda y, p: K.mean(K.abs(y - p))])
    history = model.fit(A[0], A[0, :, :2], epochs=20, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]
    assert K.int_shape(model.output) == (None, 2) and K.is_keras_tensor(model.output)


def test_updates_set_weights_and_variables():
    layer = tf.keras.layers.Dense(1, use_bias=False)
    layer.build((None, 2))
    K.update(layer.kernel, [[1.0], [2.0]])
    K.update_add(layer.kernel, 1.0)
    K.update_sub(layer.kernel, [[0.5], [0.5]])
    np.testing.assert_array_equal(K.get_value(layer.kernel), [[1.5], [2.5]])
    assert K.learning_phase() is False and K.image_data_format() == "channels_last" and K.dtype(A) == "float32"


def test_settings_of_optimizers_are_got_and_set():
    optimizer = tf.keras.optimizers.SGD(0.1)
    K.set_value(optimizer.learning_rate, 0.5)
    assert K.get_value(optimizer.learning_rate) == 0.5


def test_functions_between_tensors_of_a_model():
    x, z = tf.keras.Input((4,)), tf.keras.Input((4,))
    total = tf.keras.layers.Add()([x, z])
    dense = tf.keras.layers.Dense(2)
    y = dense(total)
    got = K.function([x, z], [total, y])([A[0], A[1]])
    np.testing.assert_allclose(got[0], A[0] + A[1], rtol=1e-6)
    np.testing.assert_allclose(got[1], (A[0] + A[1]) @ dense.get_weights()[0], rtol=1e-5)
    np.testing.assert_allclose(K.function([x, z], total)([A[0], A[1]]), A[0] + A[1], rtol=1e-6)
