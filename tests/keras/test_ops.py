"""`keras.ops` and `keras.random`: against NumPy, and against real Keras."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers.symbolic import flatten
from tests.keras.ops_calls import CALLS, A
from tests.parity.harness import real_keras

ops = tf.keras.ops
IDS = [f"{n}-{call[0]}" for n, call in enumerate(CALLS)]


def assert_alike(got, wanted, of_numpy):
    got, wanted = flatten(list(got) if isinstance(got, tuple) else got), flatten(wanted)
    assert len(got) == len(wanted)
    for a, b in zip(got, map(np.asarray, wanted), strict=True):
        if of_numpy and b.dtype.itemsize == 8:
            b = b.astype({"i": np.int32, "f": np.float32}[b.dtype.kind])
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("call", CALLS, ids=IDS)
def test_they_are_numpys(call):
    name, args, kwargs, reference = call
    wanted = reference(*args, **kwargs)
    assert_alike(tf.Session().run(getattr(ops, name)(*args, **kwargs)), wanted, of_numpy=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_they_are_those_of_keras():
    theirs = real_keras().ops
    for name, args, kwargs, _ in CALLS:
        wanted = getattr(theirs, name)(*args, **kwargs)
        got = tf.Session().run(getattr(ops, name)(*args, **kwargs))
        assert_alike(got, list(wanted) if isinstance(wanted, (list, tuple)) else wanted, of_numpy=False)


def test_they_work_on_symbolic_tensors():
    x = tf.keras.Input((4,))
    y = ops.concatenate([ops.mean(x, axis=-1, keepdims=True), ops.clip(ops.exp(x) * 2, 0.5, 1.0)], axis=-1)
    y = ops.where(y > 0.75, ops.add(y, 1), ops.power(y, 2)) + ops.matmul(x, ops.ones((4, 1)))
    expected = np.concatenate([A.mean(1, keepdims=True), np.clip(2 * np.exp(A), 0.5, 1)], 1)
    expected = np.where(expected > 0.75, expected + 1, expected**2) + A.sum(1, keepdims=True)
    np.testing.assert_allclose(tf.keras.Model(x, y).predict(A, verbose=0), expected, rtol=1e-5)


def test_shapes_are_known_as_far_as_they_are():
    x = tf.placeholder(tf.float32, [None, 3])
    rows, columns = ops.shape(x)
    assert columns == 3 and tf.Session().run(rows, {x: np.ones((5, 3))}) == 5
    assert ops.shape(tf.keras.Input((3,))) == (None, 3) and ops.ndim(A) == 2


def test_values_of_tensors_and_weights():
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.add(A, A)), A + A)
    layer = tf.keras.layers.Dense(1, kernel_initializer="ones")
    layer.build((None, 2))
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.kernel), np.ones((2, 1)))
    np.testing.assert_array_equal(ops.convert_to_numpy([1.0]), [1.0])
    assert ops.is_tensor(ops.ones((1,))) and not ops.is_tensor(A)


def test_a_layer_written_for_keras_3():
    class Sampling(tf.keras.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.seeds = tf.keras.random.SeedGenerator(1)

        def call(self, inputs):
            mean, log_var = inputs
            noise = tf.keras.random.normal(shape=(ops.shape(mean)[0], ops.shape(mean)[1]), seed=self.seeds)
            self.add_loss(-0.5 * ops.mean(1 + log_var - ops.square(mean) - ops.exp(log_var)))
            return mean + ops.exp(0.5 * log_var) * noise

    x = tf.keras.Input((2,))
    model = tf.keras.Model(x, Sampling()([x, tf.keras.layers.Dense(2)(x)]))
    model.compile("sgd", "mse")
    assert model.fit(A[:, :2], A[:, :2], epochs=2, verbose=0).history["loss"][1] > 0


def test_seeds():
    seeds = tf.keras.random.SeedGenerator(3)
    first, second = (tf.keras.random.uniform((5,), seed=seeds) for _ in range(2))
    again = tf.keras.random.uniform((5,), seed=tf.keras.random.SeedGenerator(3))
    a, b = tf.Session().run([first, second])
    assert (a != b).all()
    tf.set_random_seed(1)
    np.testing.assert_array_equal(tf.Session().run(again), a)
    assert tf.keras.random.SeedGenerator().next() is None
