"""Weights of models in files of safetensors: names, what is compared before anything is set, other writers' types."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import InvalidArgumentError, NotFoundError
from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.io.safetensors import read_safetensors, write_safetensors
from kerasflow.keras import layers
from kerasflow.models.files.named import named_weights
from tests.models.files.archives import data, saved


@pytest.fixture
def path(tmp_path):
    return tmp_path / "w.safetensors"


def stack(**names):
    return tf.keras.Sequential(
        [
            tf.keras.Input((3,)),
            layers.Dense(4, activation="tanh"),
            layers.Dense(2, **names),
            layers.BatchNormalization(),
        ]
    )


def drawn(model, seed=0):
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape).astype(np.float32) for w in model.get_weights()])
    return model


def test_another_model_of_the_same_layers_takes_them(path):
    """Also one whose layers were given other numbers, having been made later."""
    first, second = drawn(stack()), drawn(stack(), seed=1)
    assert first.layers[1].name != second.layers[1].name
    first.save_weights(path)
    second.load_weights(path)
    x = np.random.default_rng(2).normal(size=(5, 3))
    np.testing.assert_array_equal(second.predict(x, verbose=0), first.predict(x, verbose=0))


def test_the_arrays_have_the_names_of_layers_and_weights(path):
    model = drawn(stack(name="second"))
    model.save_weights(path)
    found = read_safetensors(path)
    assert sorted(found) == sorted(named_weights(model))
    for name, place in {"dense/kernel": 0, "second/bias": 3, "batch_normalization/moving_variance": -1}.items():
        np.testing.assert_array_equal(found[name], model.get_weights()[place])


def test_equal_names_inside_of_models_and_layers_are_told_apart():
    x = tf.keras.Input((4, 3))
    inner = tf.keras.Sequential([tf.keras.Input((4, 3)), layers.Dense(3, name="h")])
    y = layers.Bidirectional(layers.LSTM(2))(layers.Dense(3, name="h")(inner(x)))
    names = list(named_weights(tf.keras.Model(x, y)))
    kernels = ["h/kernel", "h_1/kernel", "lstm_cell/kernel", "lstm_cell_1/kernel"]
    assert sorted(n for n in names if n.endswith("/kernel")) == kernels
    assert len(names) == len(set(names)) == 10


def test_a_model_of_ones_own_keeps_the_weights_it_made_itself(path):
    class Scaled(tf.keras.Model):
        def __init__(self):
            super().__init__()
            self.inner = layers.Dense(2)
            self.factor = self.add_weight(name="factor", shape=(2,), initializer="ones")

        def call(self, inputs):
            return self.inner(inputs) * self.factor

    first, second = Scaled(), Scaled()
    for model in (first, second):
        model.build((None, 3))
    drawn(first).save_weights(path)
    assert set(read_safetensors(path)) == {"factor", "dense/kernel", "dense/bias"}
    second.load_weights(path)
    np.testing.assert_array_equal(second.factor.numpy(), first.factor.numpy())


def test_weights_of_bfloat16_and_float16_become_those_of_the_model(path):
    model = stack()
    arrays = {name: np.full(w.shape, 1.5, np.float16) for name, w in named_weights(model).items()}
    arrays["dense/bias"] = tf.Session().run(tf.cast(tf.constant([1.0, -2.0, 0.5, 3.0]), tf.bfloat16))
    write_safetensors(path, arrays)
    model.load_weights(path)
    np.testing.assert_array_equal(model.get_weights()[1], [1.0, -2.0, 0.5, 3.0])
    assert model.get_weights()[0].dtype == np.float32


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda a: a.pop("dense/bias"), NotFoundError, r"1 weights are missing: .*dense/bias"),
        (lambda a: a.update(extra=np.ones(2)), InvalidArgumentError, "no weights for 1 arrays: extra"),
        (
            lambda a: a.update({"dense/bias": np.ones(5)}),
            InvalidArgumentError,
            r"the file has float64\[5\] at dense/bias",
        ),
        (lambda a: a.update({"dense/bias": np.ones(4, "c8")}), InvalidArgumentError, r"the file has complex64\[4\]"),
    ],
)
def test_a_file_that_does_not_fit_changes_nothing(change, error, message, path):
    model = drawn(stack())
    before = model.get_weights()
    arrays = {name: np.zeros(w.shape, np.float32) for name, w in named_weights(model).items()}
    change(arrays)
    write_safetensors(path, arrays)
    with pytest.raises(error, match=message) as caught:
        model.load_weights(path)
    assert str(path) in str(caught.value)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_by_name_takes_what_is_there(path):
    model = drawn(stack())
    write_safetensors(path, {"dense/bias": np.zeros(4), "other": np.ones(1)})
    before = model.get_weights()
    model.load_weights(path, by_name=True)
    assert not model.get_weights()[1].any()
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_weights_that_do_not_fit_are_skipped_with_a_warning(path):
    model = drawn(stack())
    write_safetensors(path, {"dense/bias": np.zeros(4), "dense/kernel": np.zeros((2, 2))})
    before = model.get_weights()
    with pytest.warns(UserWarning, match=r"skipped the weights .*'dense/kernel'"):
        model.load_weights(path, skip_mismatch=True)
    assert not model.get_weights()[1].any()
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def test_what_is_in_the_file_decides_also_under_another_name(path, tmp_path):
    model = drawn(stack())
    model.save_weights(path)
    renamed = path.rename(tmp_path / "w.bin")
    other = stack()
    other.load_weights(renamed)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    (tmp_path / "m.safetensors").write_bytes(saved(".keras"))
    with pytest.raises(ForeignFileError, match="safetensors"):
        other.load_weights(tmp_path / "m.safetensors")
    with pytest.raises(FileExistsError):
        model.save_weights(renamed.rename(path), overwrite=False)


def test_a_model_of_every_kind_of_layer_comes_back(path):
    model = tf.keras.models.load_model
    source = path.with_name("m.keras")
    source.write_bytes(saved(".keras"))
    first, second = model(source, compile=False), model(source, compile=False)
    drawn(second, 5)
    first.save_weights(path)
    second.load_weights(path)
    x = data()[0]
    np.testing.assert_array_equal(second.predict(x, verbose=0), first.predict(x, verbose=0))
