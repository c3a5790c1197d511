"""Metrics give the numbers that Keras 3 gives; how these were made is said in tests/golden/make_losses.py."""

import json
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf

GOLDEN = json.loads((Path(__file__).resolve().parents[1] / "golden" / "losses.json").read_text())["metrics"]

# Keras adds 1e-7 to the denominators of its F-scores and intersections over unions.
LOOSE = {"F1Score": 1e-6, "FBetaScore": 1e-6, "ConcordanceCorrelation": 1e-9}
LOOSE |= dict.fromkeys(("IoU", "MeanIoU", "BinaryIoU", "OneHotIoU", "OneHotMeanIoU"), 1e-6)


def arrays(args):
    """Numbers as arrays, in double precision unless they are whole."""
    return [np.asarray(a, np.float64 if np.asarray(a).dtype.kind == "f" else np.int64) for a in args]


def named(row):
    return " ".join([row["name"], *[f"{k}={v}" for k, v in row["config"].items()]])


@pytest.mark.parametrize("row", GOLDEN, ids=named)
def test_arrays(row):
    metric = getattr(tf.keras.metrics, row["name"])(**row["config"])
    for batch in row["batches"]:
        assert metric.update_state(*arrays(batch)) is None
    np.testing.assert_allclose(metric.result(), row["value"], rtol=LOOSE.get(row["name"], 1e-12), atol=1e-15)


@pytest.mark.parametrize("row", GOLDEN, ids=named)
def test_tensors(row):
    metric = getattr(tf.keras.metrics, row["name"])(**row["config"])
    first = arrays(row["batches"][0])
    feeds = [tf.placeholder(a.dtype, (None, *a.shape[1:])) for a in first]
    update = metric.update_state(*feeds)
    result = metric.result()
    with tf.Session() as sess:
        for _ in range(2):
            metric.reset_state()
            for batch in row["batches"]:
                sess.run(update, dict(zip(feeds, arrays(batch), strict=True)))
            value = sess.run(result)
            np.testing.assert_allclose(value, row["value"], rtol=LOOSE.get(row["name"], 1e-12), atol=1e-15)


@pytest.mark.parametrize("row", GOLDEN, ids=named)
def test_one_batch_of_all(row):
    """What counts is the rows, not how they were put into batches."""
    metric = getattr(tf.keras.metrics, row["name"])(**row["config"])
    parts = [np.concatenate(column) for column in zip(*map(arrays, row["batches"]), strict=True)]
    metric.update_state(*parts)
    np.testing.assert_allclose(metric.result(), row["value"], rtol=LOOSE.get(row["name"], 1e-12), atol=1e-15)
