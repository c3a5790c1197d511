"""`Model` and `Sequential`: building, using as a layer, weights in files, the summary."""

import gc
import os

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import Model, Sequential, layers
from kerasflow.layers import Dense, Input


def small(**kwargs):
    return Sequential([Input((3,)), Dense(4, activation="relu", name="hidden"), Dense(2, name="out")], **kwargs)


def test_sequential_learns_its_shape_from_an_input_a_first_layer_or_data():
    assert small().output_shape == (None, 2)
    first = Sequential([Dense(2, input_shape=(3,))])
    assert first.built and first.input_shape == (None, 3)
    assert Sequential([Dense(2, input_dim=3)]).count_params() == 8
    later = Sequential([Dense(2)])
    assert not later.built and later.weights == []
    with pytest.raises(AttributeError, match="has no outputs yet"):
        _ = later.outputs
    assert later.predict(np.ones((5, 3)), verbose=0).shape == (5, 2)
    assert later.count_params() == 8


def test_sequential_grows_and_shrinks():
    model = Sequential()
    model.add(Input((3,)))
    model.add(Dense(4))
    model.add(Dense(1))
    top = model.pop()
    assert model.output_shape == (None, 4)
    model.add(top)
    assert model.output_shape == (None, 1)
    with pytest.raises(TypeError, match="takes layers, got 3"):
        model.add(3)
    with pytest.raises(TypeError, match="no layers"):
        Sequential().pop()


def test_a_model_is_a_layer():
    inner = small()
    x = Input((3,))
    outer = Model(x, Dense(1, kernel_initializer="ones")(inner(x)))
    assert len(outer.weights) == 6
    data = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)
    expected = inner.predict(data, verbose=0).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(outer.predict(data, verbose=0), expected, rtol=1e-6)
    fed = tf.placeholder(tf.float32, [None, 3])
    with tf.Session() as sess:  # no initialiser is needed: the weights are there
        np.testing.assert_allclose(sess.run(inner(fed), {fed: data}), inner.predict(data, verbose=0), rtol=1e-6)


def test_models_leave_nothing_in_the_default_graph():
    model = small()
    model.compile("adam", "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    model.evaluate(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    model.predict(np.ones((4, 3)), verbose=0)
    assert tf.get_default_graph().get_operations() == []


def test_get_layer_and_names():
    model = small()
    assert model.get_layer("hidden") is model.get_layer(index=0) is model.layers[0]
    with pytest.raises(ValueError, match="no layer 'hiden'. Did you mean 'hidden'"):
        model.get_layer("hiden")
    with pytest.raises(ValueError, match="none at index 7"):
        model.get_layer(index=7)


def test_weights_go_to_a_file_and_back(tmp_path):
    a, b = small(), small()
    path = tmp_path / "w.kerasflow"
    a.save_weights(path)
    b.load_weights(path)
    for x, y in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)
    with pytest.raises(FileExistsError, match="w.kerasflow exists"):
        a.save_weights(path, overwrite=False)


def test_a_file_that_does_not_fit_is_refused_whole(tmp_path):
    path = tmp_path / "w.kerasflow"
    other = Sequential([Input((3,)), Dense(5, name="hidden"), Dense(2, name="top")])
    other.save_weights(path)
    model = small()
    before = model.get_weights()
    with pytest.raises(tf.errors.NotFoundError) as caught:
        model.load_weights(path)
    for name in ("out/kernel", "out/bias", "top/kernel", "top/bias", "hidden/kernel", "hidden/bias"):
        assert name in str(caught.value)
    damaged = tmp_path / "damaged.kerasflow"
    small().save_weights(damaged)
    data = bytearray(damaged.read_bytes())
    at = data.find(small().get_weights()[0].tobytes()[:4])
    del at
    damaged.write_bytes(bytes(data[: len(data) // 2]))
    with pytest.raises(tf.errors.DataLossError):
        model.load_weights(damaged)
    (tmp_path / "foreign.h5").write_text("no weights")
    with pytest.raises(ValueError, match="foreign.h5"):
        model.load_weights(tmp_path / "foreign.h5")
    for x, y in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(x, y)


def test_the_seed_of_the_default_graph_decides_the_weights():
    def weights(seed):
        tf.reset_default_graph()
        tf.set_random_seed(seed)
        return small().get_weights()[0]

    np.testing.assert_array_equal(weights(1), weights(1))
    assert (weights(1) != weights(2)).any()
    tf.reset_default_graph()
    assert (small().get_weights()[0] != small().get_weights()[0]).any()


@pytest.mark.slow
def test_building_and_fitting_over_and_over_does_not_grow_the_process():
    def resident():
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    x, y = np.ones((64, 8), np.float32), np.ones((64, 1), np.float32)
    for round_ in range(200):
        model = Sequential([layers.Dense(16, activation="relu"), layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(x, y, epochs=2, verbose=0)
        if round_ == 50:
            gc.collect()
            before = resident()
    gc.collect()
    assert resident() - before < 20e6


class Noisy(Model):
    """A model of one's own: a layer, and in training another."""

    def __init__(self):
        super().__init__()
        self.hidden = [Dense(2, kernel_initializer="identity", name="same")]

    def call(self, inputs, training=False):
        outputs = self.hidden[0](inputs)
        return outputs * 100.0 if training else outputs


def test_a_model_of_ones_own_is_built_by_its_data():
    model, x = Noisy(), np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    assert model.predict(x, verbose=0).tolist() == x.tolist()
    model.compile(tf.keras.optimizers.SGD(0.0), "mse")
    assert model.evaluate(x, x, verbose=0) == 0
    assert model.fit(x, x, verbose=0).history["loss"] == [pytest.approx(99**2 * np.mean(x**2), rel=1e-6)]
    assert [w.name for w in model.weights] == ["same/kernel", "same/bias"]


def test_a_model_of_ones_own_that_cannot_be_built_stays_unbuilt():
    model = Noisy()
    with pytest.raises(ValueError, match="at least (two|2) axes"):
        model.build((2,))
    model.build((None, 2))
    assert model.count_params() == 6
