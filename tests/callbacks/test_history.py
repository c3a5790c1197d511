"""`History`: numbers, tables, and curves that a person can look at."""

import math
import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

import kerasflow as tf
from kerasflow import callbacks
from kerasflow.callbacks.curves import svg

SVG = "{http://www.w3.org/2000/svg}"


def history_of(*epochs, stopped=None):
    history = callbacks.History()
    for epoch, logs in enumerate(epochs):
        history.on_epoch_end(epoch, logs)
    history.stopped = stopped
    return history


def points(line):
    return np.array([[float(v) for v in p.split(",")] for p in line.get("points").split()])


def test_a_training():
    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    data = np.ones((4, 2)), np.ones(4)
    history = model.fit(*data, epochs=4, initial_epoch=1, verbose=0, validation_data=data, validation_freq=2)
    assert history.epoch == [1, 2, 3] and history.params["epochs"] == 4 and history.stopped is None
    frame = history.to_frame()
    assert list(frame) == ["loss", "mae", "val_loss", "val_mae"] and list(frame.index) == [1, 2, 3]
    assert frame.index.name == "epoch" and frame["val_loss"].isna().tolist() == [False, True, False]
    np.testing.assert_allclose(frame["loss"], history.history["loss"])
    np.testing.assert_allclose(frame["val_mae"].dropna(), history.history["val_mae"])


def test_a_table_of_what_is_no_number():
    frame = history_of({"loss": 1.0, "per_class": [1, 2]}, {"loss": 0.5, "per_class": [3, 4]}).to_frame()
    pd.testing.assert_series_equal(frame["loss"], pd.Series([1.0, 0.5], pd.Index([0, 1], name="epoch"), name="loss"))
    assert frame["per_class"].tolist() == [[1, 2], [3, 4]]


def test_text():
    assert repr(history_of({"loss": 1.0}, {"loss": 0.25})) == "<History: 2 epochs; loss=0.25>"
    assert repr(history_of({"loss": 1.0}, stopped="interrupt")) == "<History: 1 epoch, ended by interrupt; loss=1>"
    assert repr(history_of()) == "<History: 0 epochs>"


def test_curves_in_a_notebook():
    epochs = [{"loss": y, "val_loss": z, "a<b": 1.0} for y, z in ((4.0, 2.0), (1.0, 3.0), (2.0, 0.0))]
    text = history_of(*epochs, stopped="EarlyStopping")._repr_html_()
    root = ElementTree.fromstring(text)
    assert root.find("p").text == "3 epochs, ended by EarlyStopping"
    picture = root.find(f"{SVG}svg")
    panels = picture.findall(f"{SVG}g")
    assert [p.find(f"{SVG}text").text for p in panels] == ["loss", "a<b"]
    training, validation = [points(line) for line in panels[0].findall(f"{SVG}polyline")]
    np.testing.assert_allclose(np.diff(training[:, 0]), np.diff(training[:, 0])[0], atol=0.2)
    heights = -np.concatenate([training[:, 1], validation[:, 1]])
    np.testing.assert_allclose((heights - heights.min()) / np.ptp(heights), np.array([4, 1, 2, 2, 3, 0]) / 4, atol=0.01)
    width, height = float(picture.get("width")), float(picture.get("height"))
    assert 0 < training[:, 0].min() and training[:, 0].max() < width / 2
    assert 0 < validation[:, 1].min() and training[:, 1].max() < height
    labels = [t.text for t in panels[0].findall(f"{SVG}text")]
    assert labels[1:5] == ["4", "0", "1", "epoch 3"] and {"training", "validation"} <= set(labels)


def test_curves_with_holes():
    values = [1.0, math.nan, 0.5, 0.25, math.inf, 3.0]
    root = ElementTree.fromstring(svg({"loss": list(enumerate(values))}))
    assert [len(points(line)) for line in root.iter(f"{SVG}polyline")] == [2]
    assert len(list(root.iter(f"{SVG}circle"))) == 2


@pytest.mark.parametrize("curve", [[(0, 1.0)], [(0, 0.0), (1, 0.0)], [(0, math.nan)], [(0, 5.0), (1, 5.0)]])
def test_curves_of_little(curve):
    text = svg({"loss": curve})
    assert "nan" not in text and "inf" not in text
    ElementTree.fromstring(text)


def test_no_curves():
    ElementTree.fromstring(history_of()._repr_html_())


def test_plot(monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    epochs = [{"loss": y, "val_loss": y + 1, "mae": 2 * y} for y in (4.0, 1.0)]
    figure = history_of(*epochs).plot()
    loss, mae = figure.axes
    assert (loss.get_title(), mae.get_title(), loss.get_xlabel()) == ("loss", "mae", "epoch")
    assert [line.get_label() for line in loss.lines] == ["training", "validation"]
    np.testing.assert_array_equal(loss.lines[1].get_ydata(), [5.0, 2.0])
    np.testing.assert_array_equal(mae.lines[0].get_xdata(), [1, 2])
    matplotlib.pyplot.close(figure)


def test_without_matplotlib(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"needs the package matplotlib: pip install 'kerasflow\[plot\]'"):
        history_of({"loss": 1.0}).plot()
