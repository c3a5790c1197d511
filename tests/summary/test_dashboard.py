"""A browser shows what is written, in a real TensorBoard: the curve of a loss, and the graph with its scopes."""

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import kerasflow as tf
from tests.summary import board

CHROMIUM = shutil.which("chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")]

ORANGE = (255, 112, 67)  # TensorBoard's first colour of a run
GREY = (238, 238, 238)  # that of a scope, which can be opened


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        with tf.name_scope("model"):
            y = tf.matmul(x, tf.Variable(tf.zeros([4, 1]), name="w"), name="y")
        with tf.name_scope("training"):
            loss = tf.reduce_mean(tf.square(y - tf.reduce_sum(x, 1, keepdims=True)), name="loss")
            train = tf.train.GradientDescentOptimizer(0.02).minimize(loss)
        summary = tf.summary.scalar("mse", loss)
        session.run(tf.global_variables_initializer())
        rows = np.random.default_rng(0).normal(size=(64, 4))
        with tf.summary.FileWriter(str(folder / "run"), session.graph) as writer:
            for step in range(50):
                value, _ = session.run([summary, train], {x: rows})
                writer.add_summary(value, step)
    with board.started(folder) as found:
        found.ask("plugin/scalars/tags")
        yield found


def shown(server, tab, folder):
    """A picture of a tab, [height, width, 3], once TensorBoard has drawn it."""
    picture = folder / "tab.png"
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--enable-unsafe-swiftshader",
        f"--user-data-dir={folder / 'me'}",
    ]
    command += ["--window-size=1400,900", "--virtual-time-budget=20000"]
    command += [f"--screenshot={picture}"]
    subprocess.run([*command, f"{server.address}/#{tab}"], capture_output=True, timeout=120, check=True)
    return np.asarray(Image.open(picture).convert("RGB")).astype(int)


def test_the_curve_of_a_loss(server, tmp_path):
    chart = shown(server, "scalars", tmp_path)[150:480, 380:750]
    rows, columns = np.nonzero((np.abs(chart - ORANGE) < 40).all(axis=2))
    assert np.ptp(columns) > 150 and np.ptp(rows) > 80
    first, last = rows[columns < np.quantile(columns, 0.1)], rows[columns > np.quantile(columns, 0.9)]
    assert first.mean() + 40 < last.mean()  # it falls


def test_the_graph_and_its_scopes(server, tmp_path):
    drawing = shown(server, "graphs", tmp_path)[110:, 370:]
    boxes = ndimage.find_objects(ndimage.label((drawing == GREY).all(axis=2))[0])
    scopes = [(y, x) for y, x in boxes if y.stop - y.start > 20 and x.stop - x.start > 60]
    assert len(scopes) == 2  # the model and, drawn above it, the training
    assert abs(scopes[0][1].start - scopes[1][1].start) < 100
