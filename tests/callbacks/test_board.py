"""`TensorBoard`: what TensorBoard's own reader, and a real server, find in the files."""

import json
import os
import time

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

import kerasflow as tf
from kerasflow import callbacks
from tests.summary import board, png

RNG = np.random.default_rng(6)
X, Y = RNG.normal(size=(12, 3)).astype(np.float32), RNG.normal(size=(12, 1)).astype(np.float32)


def model_of():
    model = tf.keras.Sequential(
        [tf.keras.Input((3,)), tf.keras.layers.Dense(4, name="first"), tf.keras.layers.Dense(1)]
    )
    model.compile(tf.keras.optimizers.SGD(0.05), "mse", metrics=["mae"])
    return model


def fit(folder, model=None, **options):
    epochs = options.pop("epochs", 3)
    first = options.pop("initial_epoch", 0)
    kinds = {"verbose": 0, "batch_size": 4, "validation_split": 0.34, "initial_epoch": first}
    watch = callbacks.TensorBoard(folder, **options)
    return (model or model_of()).fit(X, Y, epochs=epochs, callbacks=[watch], **kinds)


def read(folder):
    return EventAccumulator(str(folder), dict.fromkeys(("scalars", "histograms", "images", "tensors"), 0)).Reload()


def scalars(folder, tag):
    return [(e.step, e.value) for e in read(folder).Scalars(tag)]


def test_losses_metrics_and_rates(tmp_path):
    model = model_of()
    history = fit(tmp_path, model, write_steps_per_second=True).history
    train, held_out = tmp_path / "train", tmp_path / "validation"
    for folder, prefix in ((train, ""), (held_out, "val_")):
        for name in ("loss", "mae"):
            steps, values = zip(*scalars(folder, f"epoch_{name}"), strict=True)
            assert steps == (0, 1, 2)
            np.testing.assert_allclose(values, history[prefix + name], rtol=1e-6)
    assert [v for _, v in scalars(train, "epoch_learning_rate")] == pytest.approx([0.05] * 3)
    assert all(v > 0 for _, v in scalars(train, "epoch_steps_per_second"))
    evaluations = scalars(held_out, "evaluation_loss_vs_iterations")
    assert [s for s, _ in evaluations] == [2, 4, 6]
    np.testing.assert_allclose([v for _, v in evaluations], history["val_loss"], rtol=1e-6)
    assert not any(t.startswith("batch_") for t in read(train).Tags()["scalars"])
    model.evaluate(X, Y, verbose=0, callbacks=[callbacks.TensorBoard(tmp_path)])
    assert [s for s, _ in scalars(held_out, "evaluation_mae_vs_iterations")] == [2, 4, 6, 6]


def test_batches(tmp_path):
    for name, frequency, steps in (("a", "batch", [1, 2, 3, 4]), ("b", 3, [3])):
        fit(tmp_path / name, update_freq=frequency, epochs=2, write_steps_per_second=True)
        found = scalars(tmp_path / name / "train", "batch_loss")
        assert [s for s, _ in found] == steps
        assert len(scalars(tmp_path / name / "train", "batch_steps_per_second")) == len(steps)
    assert callbacks.CallbackList([callbacks.TensorBoard(tmp_path)], None, {}).wants("on_train_batch_end") is False


def test_weights(tmp_path):
    model = model_of()
    fit(tmp_path, model, histogram_freq=2, write_images=True, epochs=4)
    found = read(tmp_path / "train")
    kernel, bias = model.get_weights()[:2]
    assert [e.step for e in found.Histograms("first/kernel/histogram")] == [0, 2]
    assert {"first/bias/histogram", "dense/kernel/histogram"} <= {
        t.replace("dense_1", "dense") for t in found.Tags()["histograms"]
    }
    assert found.Histograms("first/kernel/histogram")[-1].histogram_value.num == kernel.size
    picture = png.read(found.Images("first/kernel/image")[-1].encoded_image_string)
    assert picture.shape == (3, 4, 1)
    assert png.read(found.Images("first/bias/image")[-1].encoded_image_string).shape == (1, 4, 1)


def test_pictures_of_weights():
    summary = tf.Summary()
    for name, shape in (("column", (5, 1)), ("tall", (6, 2)), ("filters", (2, 3, 4)), ("many", (2, 2, 2, 2))):
        callbacks.board._add_image(summary, name, RNG.normal(size=shape))
    found = {v.tag: png.read(v.image.encoded_image_string).shape for v in summary.value}
    assert found == {
        "column": (1, 5, 1),
        "tall": (2, 6, 1),
        **{f"filters/{i}": (2, 3, 1) for i in range(3)},
    }


def test_graph_and_layers(tmp_path):
    fit(tmp_path / "a")
    found = read(tmp_path / "a" / "train")
    assert {"MatMul"} <= {n.op for n in found.Graph().node}
    assert found.SummaryMetadata("keras").plugin_data.plugin_name == "graph_keras_model"
    layers = json.loads(found.Tensors("keras")[0].tensor_proto.string_val[0])["config"]["layers"]
    assert "first" in [layer["config"]["name"] for layer in layers]
    fit(tmp_path / "b", write_graph=False)
    assert not read(tmp_path / "b" / "train").Tags()["graph"]


def test_going_on_hides_what_is_done_again(tmp_path):
    fit(tmp_path, epochs=4)
    fit(tmp_path, initial_epoch=2, epochs=5)
    assert [s for s, _ in scalars(tmp_path / "train", "epoch_loss")] == [0, 1, 2, 3, 4]


def test_hyperparameters(tmp_path):
    fit(tmp_path, hparams={"units": 4, "rate": 0.5, "activation": "relu", "bias": True})
    [name] = [n for n in os.listdir(tmp_path) if "tfevents" in n]
    [start, end] = [
        (v.tag, HParamsPluginData.FromString(v.metadata.plugin_data.content), v.metadata.plugin_data.plugin_name)
        for e in tf.train.summary_iterator(tmp_path / name)
        for v in e.summary.value
    ]
    values = start[1].session_start_info.hparams
    assert values["units"].number_value == 4 and values["rate"].number_value == 0.5
    assert values["activation"].string_value == "relu" and values["bias"].bool_value is True
    assert start[0] == "_hparams_/session_start_info" and end[0] == "_hparams_/session_end_info"
    assert end[1].session_end_info.status == 1 and start[2] == "hparams"
    with pytest.raises(ValueError, match=r"'units' must be a number, a string or a boolean, got \[4\]"):
        callbacks.TensorBoard(tmp_path, hparams={"units": [4]})


@pytest.mark.parametrize(
    "options", [{"profile_batch": 2}, {"embeddings_freq": 1}, {"update_freq": "often"}, {"update_freq": 0}]
)
def test_what_is_refused(tmp_path, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        callbacks.TensorBoard(tmp_path, **options)


@pytest.mark.slow
def test_a_real_server_shows_it(tmp_path):
    for run, units in (("run1", 4), ("run2", 8)):
        fit(tmp_path / run, hparams={"units": units}, histogram_freq=1)
    with board.started(tmp_path) as server:
        points = server.ask("plugin/scalars/scalars", run="run1/train", tag="epoch_loss")
        assert [p[1] for p in points] == [0, 1, 2]
        assert server.ask("plugin/histograms/histograms", run="run2/train", tag="first/kernel/histogram")
        layers = server.get("plugin/graphs/graph", run="run1/train", tag="keras", conceptual="true").decode()
        assert 'name: "sequential' in layers and '/first"' in layers
        for _ in range(50):
            experiment = json.loads(server.post("plugin/hparams/experiment", {"experimentName": ""}))
            if experiment.get("hparamInfos"):
                break
            time.sleep(0.2)
        assert [i["name"] for i in experiment["hparamInfos"]] == ["units"]
        assert {"epoch_loss", "epoch_mae"} <= {i["name"]["tag"] for i in experiment["metricInfos"]}
