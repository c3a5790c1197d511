"""The best of one rate at a given other one, by trying all thresholds."""

import numpy as np
import pytest

from kerasflow import metrics

RNG = np.random.default_rng(8)
Y, P, W = RNG.integers(0, 2, 40), RNG.uniform(size=40).round(2), RNG.uniform(0.1, 2, 40)
P[:3] = 0.0, 1.0, 0.5


def rates(threshold, w):
    said = P > threshold
    tp, fp = (w * said * Y).sum(), (w * said * (1 - Y)).sum()
    fn, tn = (w * ~said * Y).sum(), (w * ~said * (1 - Y)).sum()
    ratio = lambda a, b: a / b if b else 0.0  # noqa: E731  # it is used in the next line only
    return {"recall": ratio(tp, tp + fn), "precision": ratio(tp, tp + fp), "specificity": ratio(tn, tn + fp)}


KINDS = {
    "SensitivityAtSpecificity": ("specificity", "recall"),
    "SpecificityAtSensitivity": ("recall", "specificity"),
    "PrecisionAtRecall": ("recall", "precision"),
    "RecallAtPrecision": ("precision", "recall"),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("count", [1, 2, 11, 200])
@pytest.mark.parametrize("value", [0.0, 0.35, 0.8, 1.0])
@pytest.mark.parametrize("kind", KINDS)
def test_all_thresholds(kind, value, count, weighted):
    w = W if weighted else np.ones(40)
    given, wanted = KINDS[kind]
    tried = [rates(t, w) for t in (np.linspace(0, 1, count) if count > 1 else [0.5])]
    expected = max([r[wanted] for r in tried if r[given] >= value], default=0.0)
    metric = getattr(metrics, kind)(value, num_thresholds=count)
    for rows in (slice(0, 9), slice(9, 40)):
        metric.update_state(Y[rows], P[rows], *([W[rows]] if weighted else []))
    assert float(metric.result()) == pytest.approx(expected, rel=1e-12)


def test_one_column():
    metric = metrics.RecallAtPrecision(0.5, class_id=1)
    metric.update_state([[1, 0], [1, 1]], [[0.1, 0.9], [0.2, 0.95]])
    assert float(metric.result()) == 1.0


def test_nan_is_seen():
    metric = metrics.RecallAtPrecision(0.5)
    metric.update_state([1, 0], [np.nan, 0.3])
    assert np.isnan(float(metric.result()))


def test_arguments():
    for value in (-0.1, 1.1):
        with pytest.raises(ValueError, match=r"recall must be in \[0, 1\]"):
            metrics.PrecisionAtRecall(value)
    with pytest.raises(ValueError, match="num_thresholds must be a positive integer"):
        metrics.PrecisionAtRecall(0.5, num_thresholds=0)
    metric = metrics.SensitivityAtSpecificity(0.3, 20, class_id=2, name="s")
    again = metrics.deserialize(metrics.serialize(metric))
    assert again.get_config() == metric.get_config() and again.specificity == 0.3 and again._direction == "up"
    assert {"specificity": 0.3, "num_thresholds": 20, "class_id": 2, "name": "s"}.items() <= metric.get_config().items()
