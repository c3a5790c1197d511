"""Models and weights go to files and come back; what does not fit is refused whole."""

import copy
import io
import json
import pickle
import zipfile

import h5py
import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.errors import InvalidArgumentError, NotFoundError
from kerasflow.io.hdf5_layout import ForeignFileError
from kerasflow.keras import layers, optimizers
from kerasflow.models.files.weights import Loaded, array_of
from tests.models.files.archives import change_config, change_weights, data, layer_of, members, rewritten, saved, small

load_model = tf.keras.models.load_model


def write(tmp_path, ending):
    path = tmp_path / f"m{ending}"
    path.write_bytes(saved(ending))
    return path


def same_weights(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a.get_weights(), b.get_weights(), strict=True))


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: optimizers.SGD(0.05, momentum=0.9),
        lambda: optimizers.Adam(0.01, amsgrad=True),
        lambda: optimizers.RMSprop(0.01, momentum=0.5, centered=True),
        lambda: optimizers.Adadelta(0.5),
        lambda: optimizers.Nadam(optimizers.schedules.ExponentialDecay(0.05, 2, 0.5)),
    ],
)
def test_training_goes_on_where_it_stopped(optimizer, ending, tmp_path):
    model = small(optimizer())
    for _ in range(3):
        model.train_on_batch(*data())
    model.save(tmp_path / f"m{ending}")
    wanted = [model.train_on_batch(*data()) for _ in range(3)]
    again = load_model(tmp_path / f"m{ending}")
    assert again.optimizer.iterations == 4
    np.testing.assert_allclose([again.train_on_batch(*data()) for _ in range(3)], wanted, rtol=1e-6)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_what_a_model_is_compiled_with(ending, tmp_path):
    x = tf.keras.Input((2,), name="x")
    outputs = {"a": layers.Dense(1, name="a")(x), "b": layers.Dense(3, activation="softmax", name="b")(x)}
    model = tf.keras.Model(x, outputs)
    model.compile(
        optimizers.Adam(0.25, clipnorm=2.0),
        loss={"a": tf.keras.losses.Huber(delta=2.0), "b": "sparse_categorical_crossentropy"},
        loss_weights={"a": 0.5, "b": 2.0},
        metrics={"a": ["mae"], "b": [tf.keras.metrics.SparseTopKCategoricalAccuracy(2)]},
    )
    targets = {"a": np.ones((4, 1)), "b": np.array([0, 1, 2, 0])}
    wanted = model.evaluate(np.ones((4, 2)), targets, verbose=0)
    model.save(tmp_path / f"m{ending}")
    again = load_model(tmp_path / f"m{ending}")
    assert (float(again.optimizer.learning_rate), again.optimizer.clipnorm) == (0.25, 2.0)
    np.testing.assert_allclose(again.evaluate(np.ones((4, 2)), targets, verbose=0), wanted, rtol=1e-6)
    assert load_model(tmp_path / f"m{ending}", compile=False).optimizer is None


def test_the_state_of_the_optimizer_can_be_left_out(tmp_path):
    for ending in (".keras", ".h5"):
        small().save(tmp_path / f"m{ending}", include_optimizer=False)
        assert load_model(tmp_path / f"m{ending}").optimizer.iterations == 0


def test_the_first_trap_places_go_by_class_not_by_name(tmp_path):
    """layers/dense is the first Dense, whatever it is called; the name is noted beside it."""
    with h5py.File(io.BytesIO(members(write(tmp_path, ".keras"))["model.weights.h5"])) as file:
        assert sorted(file["layers"]) == ["batch_normalization", "dense", "dense_1", "input_layer"]
        assert (
            file["layers/dense/vars"].attrs["name"] == b"hidden" or file["layers/dense/vars"].attrs["name"] == "hidden"
        )
        assert file["layers/dense/vars/0"].shape == (4, 3) and file["layers/dense_1/vars/0"].shape == (3, 1)
    stack = tf.keras.Sequential([tf.keras.Input((1,)), layers.Dense(1), layers.Dense(1)])
    stack.save(tmp_path / "s.keras")
    with h5py.File(io.BytesIO(members(tmp_path / "s.keras")["model.weights.h5"])) as file:
        assert sorted(file["layers"]) == ["dense", "dense_1"]  # a stack does not count its input


def test_the_second_trap_the_order_of_the_layers(tmp_path):
    """Weights of one shape would be swapped unseen; the order is Keras's, and the names that are noted are heeded."""
    x, y = tf.keras.Input((2,), name="x"), tf.keras.Input((2,), name="y")
    late, early, other = (layers.Dense(2, name=name) for name in ("late", "early", "other"))
    model = tf.keras.Model([x, y], layers.Add()([late(early(x)), other(y)]))
    model.save(tmp_path / "m.keras")
    with h5py.File(io.BytesIO(members(tmp_path / "m.keras")["model.weights.h5"])) as file:
        found = [file[f"layers/{key}/vars"].attrs["name"] for key in ("dense", "dense_1", "dense_2")]
    assert [f if isinstance(f, str) else f.decode() for f in found] == ["early", "late", "other"]

    def swap(file):
        file.move("layers/dense", "layers/dense_9")
        file.move("layers/dense_1", "layers/dense")
        file.move("layers/dense_9", "layers/dense_1")

    change_weights(tmp_path / "m.keras", swap)
    assert same_weights(load_model(tmp_path / "m.keras"), model)

    def rename(file):
        file["layers/dense/vars"].attrs["name"] = "someone else"

    change_weights(tmp_path / "m.keras", rename)
    with pytest.raises(NotFoundError, match=r"no weights of the layers \['late'\]"):
        load_model(tmp_path / "m.keras")


def test_the_second_trap_masks_are_on_the_way():
    """Keras counts what makes a mask as layers on the way from the inputs: p1 comes before p2, and where in files."""
    x, y = tf.keras.Input((3, 2), name="x"), tf.keras.Input((3, 2), name="y")
    short = layers.LSTM(2, name="lstm")(layers.Masking(name="masking")(layers.Dense(2, name="p1")(x)))
    long = layers.Dense(2, name="last")(layers.Activation("relu", name="relu")(layers.Dense(2, name="p2")(y)))
    model = tf.keras.Model([x, y], [long, short])
    assert [layer.name for layer in model.layers] == ["x", "y", "p1", "p2", "relu", "masking", "last", "lstm"]
    without = layers.LSTM(2, name="lstm")(layers.Activation("relu", name="relu_1")(model.get_layer("p1").output))
    names = [layer.name for layer in tf.keras.Model([x, y], [long, without]).layers]
    assert names == ["y", "x", "p2", "p1", "relu", "relu_1", "last", "lstm"]


def test_layers_in_layers_and_in_attributes(tmp_path):
    class Block(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.zoom = layers.Dense(2)
            self.parts = [layers.Dense(2), {"deep": layers.Dense(2)}]

        def call(self, inputs):
            return self.parts[1]["deep"](self.parts[0](self.zoom(inputs)))

    model = tf.keras.Sequential([tf.keras.Input((2,)), Block()])
    model.save(tmp_path / "m.keras")
    with h5py.File(io.BytesIO(members(tmp_path / "m.keras")["model.weights.h5"])) as file:
        inside = file["layers/block"]
        assert all(f"{p}/vars/0" in inside for p in ("zoom", "parts/dense", "parts/container/dense"))
    assert same_weights(load_model(tmp_path / "m.keras", {"Block": Block}), model)
    with pytest.raises(ForeignFileError, match="no layer 'Block'.*custom_objects={'Block': Block}"):
        load_model(tmp_path / "m.keras")


def test_functions_of_ones_own_that_a_model_is_compiled_with(tmp_path):
    def nearest(y_true, y_pred):
        return tf.reduce_mean(tf.abs(y_true - y_pred), -1)

    model = tf.keras.Sequential([tf.keras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", nearest, metrics=[nearest, "mse"])
    model.save(tmp_path / "m.keras")
    again = load_model(tmp_path / "m.keras", {"nearest": nearest})
    assert again.loss is nearest
    x = np.ones((3, 2), np.float32)
    assert again.evaluate(x, x[:, 0], verbose=0) == model.evaluate(x, x[:, 0], verbose=0)
    with pytest.raises(ForeignFileError, match="no loss 'nearest'"):
        load_model(tmp_path / "m.keras")


def test_deflated_archives_and_members_of_others_are_read(tmp_path):
    path = write(tmp_path, ".keras")
    rewritten(path, zipfile.ZIP_DEFLATED, more__txt=b"of somebody else")
    assert load_model(path).name == "small"


# Weights.


@pytest.mark.parametrize("name", ["w.weights.h5", "w.h5", "w.kerasflow", "m.keras", "m2.h5"])
def test_weights_from_every_kind_of_file(name, tmp_path):
    model, other = small(), small()
    model.set_weights([w + 1 for w in model.get_weights()])
    (model.save_weights if name.startswith("w") else model.save)(tmp_path / name)
    other.load_weights(tmp_path / name)
    assert same_weights(other, model)


def test_layers_are_left_as_they_are_if_asked(tmp_path):
    model = small()
    for name in ("w.weights.h5", "w.h5"):
        model.save_weights(tmp_path / name)
        x = tf.keras.Input((4,))
        wider = tf.keras.Sequential([x, layers.Dense(3, name="hidden"), layers.BatchNormalization(), layers.Dense(2)])
        before = wider.get_weights()
        with pytest.raises((InvalidArgumentError, ForeignFileError, NotFoundError)):
            wider.load_weights(tmp_path / name)
        assert all(np.array_equal(a, b) for a, b in zip(before, wider.get_weights(), strict=True))
        with pytest.warns(UserWarning, match="skipped"):
            wider.load_weights(tmp_path / name, skip_mismatch=True)
        assert np.array_equal(wider.get_weights()[0], model.get_weights()[0])
        assert np.array_equal(wider.get_weights()[-1], before[-1])


def test_by_name(tmp_path):
    model = small()
    model.save_weights(tmp_path / "w.h5")
    other = tf.keras.Sequential([tf.keras.Input((4,)), layers.Dense(3, name="hidden"), layers.Dense(7, name="new")])
    before = other.get_weights()
    other.load_weights(tmp_path / "w.h5", by_name=True)
    assert np.array_equal(other.get_weights()[0], model.get_weights()[0])
    assert np.array_equal(other.get_weights()[2], before[2])
    model.save_weights(tmp_path / "w.weights.h5")
    with pytest.raises(ForeignFileError, match="by_name"):
        other.load_weights(tmp_path / "w.weights.h5", by_name=True)


def test_the_layout_of_tensorflow_2_12_is_named(tmp_path):
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file["_layer_checkpoint_dependencies/dense/vars/0"] = np.zeros(2)
    with pytest.raises(ForeignFileError, match="TensorFlow 2.12"):
        small().load_weights(tmp_path / "w.weights.h5")


# What goes wrong.


@pytest.mark.parametrize("name", ["m.keras", "m.h5", "w.weights.h5"])
def test_a_failed_save_leaves_the_old_file(name, tmp_path, monkeypatch):
    path = tmp_path / name
    path.write_bytes(b"precious")
    model = small()
    monkeypatch.setattr("os.replace", lambda *a: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        (model.save_weights if name.startswith("w") else model.save)(path)
    assert path.read_bytes() == b"precious" and [p.name for p in tmp_path.iterdir()] == [name]


def test_a_failed_load_leaves_the_model_and_its_optimizer(tmp_path):
    path = write(tmp_path, ".weights.h5")
    with h5py.File(path, "r+") as file:
        del file["layers/dense_1/vars/1"]
        file["layers/dense_1/vars/1"] = np.zeros(2)
    model = small()
    before, state = model.get_weights(), [np.array(w) for w in model.optimizer.get_weights()]
    with pytest.raises(InvalidArgumentError, match=r"out/bias is float32\[1\], the file has float64\[2\]"):
        model.load_weights(path)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(state, model.optimizer.get_weights(), strict=True))


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_everything_that_is_missing_or_too_much_is_named(ending, tmp_path):
    path = write(tmp_path, ending)
    change_config(path, lambda config: layer_of(config, "hidden")["config"].update(use_bias=False))
    with pytest.raises((InvalidArgumentError, ForeignFileError), match="layers/dense/vars/1|'hidden' has 1 weights"):
        load_model(path)


def test_other_files(tmp_path):
    for content, message in ((b"no model", "neither a .keras archive nor an HDF5 file"), (b"", "neither")):
        (tmp_path / "m.keras").write_bytes(content)
        with pytest.raises(ForeignFileError, match=f"m.keras: {message}"):
            load_model(tmp_path / "m.keras")
    with pytest.raises(FileNotFoundError, match="nowhere.keras"):
        load_model(tmp_path / "nowhere.keras")
    with pytest.raises(ForeignFileError, match="a folder"):
        load_model(tmp_path)
    with pytest.raises(ForeignFileError, match="no description of a model; load_weights"):
        load_model(write(tmp_path, ".weights.h5"))
    with pytest.raises(ValueError, match=r"ends in .keras or .h5, got 'm.txt'"):
        small().save("m.txt")
    with pytest.raises(ValueError, match="not built yet"):
        tf.keras.Sequential([layers.Dense(1)]).save(tmp_path / "x.keras")
    with pytest.raises(FileExistsError, match="overwrite=True"):
        small().save(tmp_path / "m.keras", overwrite=False)


def test_the_optimizer_of_another_model_starts_anew(tmp_path):
    path = write(tmp_path, ".keras")
    config = json.loads(members(path)["config.json"])
    config["compile_config"]["optimizer"] = "sgd"
    rewritten(path, config__json=json.dumps(config))
    with pytest.warns(UserWarning, match="the state of the optimizer has 14 arrays, SGD keeps 2; it starts anew"):
        assert load_model(path).optimizer.iterations == 0


@pytest.mark.parametrize("again", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_go_on_training_too(again):
    """Pickles are for those who trust them; the state of the optimizer is in them, as in Keras."""
    model = small()
    copied = again(model)
    assert copied.optimizer.iterations == 1
    wanted = [model.train_on_batch(*data()) for _ in range(3)]
    np.testing.assert_allclose([copied.train_on_batch(*data()) for _ in range(3)], wanted, rtol=1e-6)


def test_a_file_cannot_ask_for_a_program_without_end(tmp_path):
    x = tf.keras.Input((2, 3), name="x")
    model = tf.keras.Model(x, layers.LSTM(1, unroll=True, name="lstm")(x))
    model.save(tmp_path / "m.keras")
    change_config(tmp_path / "m.keras", lambda c: layer_of(c, "x")["config"].update(batch_shape=[None, 10**9, 3]))
    with pytest.raises(ForeignFileError, match="writes out each of the 1000000000 times"):
        load_model(tmp_path / "m.keras")


def test_weights_that_are_variables_of_a_graph():
    with tf.Graph().as_default():
        v = tf.Variable([1.0, 2.0])
        with pytest.raises(ValueError, match="session"):
            array_of(v)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            loaded = Loaded()
            loaded.add(v, np.array([3.0, 4.0]))
            loaded.install()
            assert array_of(v).tolist() == [3.0, 4.0]
