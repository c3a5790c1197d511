"""A real TensorBoard server shows what is written."""

from urllib.parse import parse_qsl

import numpy as np
import pytest

import kerasflow as tf
from tests.summary import board, png

pytestmark = pytest.mark.slow


def write(folder):
    """A little training run of a model in two scopes, with all kinds of summaries."""
    with tf.name_scope("model"):
        x = tf.placeholder(tf.float32, [None, 2], name="x")
        w = tf.Variable([[0.0], [0.0]], name="w")
        y = tf.matmul(x, w, name="y")
    with tf.name_scope("training"):
        loss = tf.reduce_mean(tf.square(y - 3.0), name="loss")
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    tf.summary.scalar("mse", loss)
    tf.summary.histogram("weights", w)
    tf.summary.image("picture", tf.tile(tf.reshape(w, [1, 1, 2, 1]), [1, 2, 1, 1]))
    tf.summary.text("notes", tf.constant("**a bold word**"))
    merged, losses = tf.summary.merge_all(), []
    with tf.Session() as session, tf.summary.FileWriter(folder, session.graph) as writer:
        session.run(tf.global_variables_initializer())
        for step in range(5):
            summary, value, _ = session.run([merged, loss, train], {x: [[1.0, 2.0]]})
            writer.add_summary(summary, step)
            losses.append(value)
    return losses


def test_scalars_histograms_images_text_and_graph(tmp_path):
    losses = write(tmp_path / "run")
    with board.started(tmp_path) as server:
        assert server.ask("plugin/scalars/tags")["run"].keys() == {"mse"}
        points = server.ask("plugin/scalars/scalars", run="run", tag="mse")
        assert [p[1] for p in points] == list(range(5))
        np.testing.assert_allclose([p[2] for p in points], losses, rtol=1e-6)
        histograms = server.ask("plugin/histograms/histograms", run="run", tag="weights")
        assert [sum(bucket[2] for bucket in h[2]) for h in histograms] == [2.0] * 5
        images = server.ask("plugin/images/images", run="run", tag="picture/image/0")
        picture = png.read(server.get("plugin/images/individualImage", **dict(parse_qsl(images[-1]["query"]))))
        np.testing.assert_allclose(picture[:, :, 0], [[127, 255]] * 2, atol=1)  # the second weight is twice the first
        texts = server.ask("plugin/text/text", run="run", tag="notes")
        assert "<strong>a bold word</strong>" in texts[0]["text"]
        graph = server.get("plugin/graphs/graph", run="run").decode()
        assert 'name: "model/y"' in graph and 'name: "training/loss"' in graph and 'input: "model/x"' in graph
