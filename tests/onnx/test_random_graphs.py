"""Random graphs of smooth operations compute in onnxruntime what they compute in a session."""

import numpy as np

import kerasflow as tf
from kerasflow.onnx import ExportError, convert_graph
from tests.core.engine.smooth_graphs import smooth_graph
from tests.onnx.running import run

SEEDS = range(40)


def compared(seed):
    """How many fetches were compared; some have losses, which have no form."""
    drawn = smooth_graph(seed, 1 + seed % 12)
    feeds = {t: array for t, array in drawn.feeds[0].items() if isinstance(t, tf.Tensor)}
    inputs = {f"x{k}": t for k, t in enumerate(feeds)}
    count = 0
    with tf.Session(graph=drawn.graph) as sess:
        sess.run([v.initializer for v in drawn.variables])
        for fetch in drawn.fetches:
            wanted = np.asarray(sess.run(fetch, feeds))
            try:
                model = convert_graph(sess, inputs, {"y": fetch})
            except ExportError as error:
                assert "it has no form in ONNX" in str(error)
                continue
            got = run(model, {name: feeds[t] for name, t in inputs.items()})["y"]
            assert (got.shape, got.dtype) == (wanted.shape, wanted.dtype)
            known = ~np.isnan(wanted)  # the mean of nothing is 0 there
            tolerance = 1e-3 if wanted.dtype == np.float32 else 1e-5
            np.testing.assert_allclose(got[known], wanted[known], rtol=tolerance, atol=tolerance)
            count += 1
    return count


def test_random_graphs():
    assert sum(map(compared, SEEDS)) > 2 * len(SEEDS)
