"""Correlations, against SciPy and the definition; errors relative to something."""

import numpy as np
import pytest
from scipy import stats

from kerasflow import metrics

RNG = np.random.default_rng(5)
Y = RNG.normal(size=(9, 6))
P = Y + RNG.normal(size=(9, 6))
W = RNG.uniform(size=9)


def lin(y, p):
    return 2 * np.cov(y, p, bias=True)[0, 1] / (y.var() + p.var() + (y.mean() - p.mean()) ** 2)


@pytest.mark.parametrize("kind", ["PearsonCorrelation", "ConcordanceCorrelation"])
def test_rows(kind):
    of_row = (lambda y, p: stats.pearsonr(y, p)[0]) if kind.startswith("P") else lin
    each = [of_row(y, p) for y, p in zip(Y, P, strict=True)]
    metric = getattr(metrics, kind)()
    metric.update_state(Y[:2], P[:2], W[:2])
    metric.update_state(Y[2:], P[2:], W[2:])
    assert float(metric.result()) == pytest.approx(np.average(each, weights=W), rel=1e-6)
    down = getattr(metrics, kind)(axis=0)
    down.update_state(Y, P)
    assert float(down.result()) == pytest.approx(
        np.mean([of_row(y, p) for y, p in zip(Y.T, P.T, strict=True)]), rel=1e-6
    )
    again = metrics.deserialize(metrics.serialize(down))
    assert again.get_config() == down.get_config() and again._direction == "up"


def test_one_number_does_not_vary():
    for function in (metrics.pearson_correlation, metrics.concordance_correlation):
        with pytest.raises(ValueError, match="A correlation is of several numbers, and there is one along axis -1"):
            function([[1.0], [2.0]], [[1.0], [2.0]])


def test_relative_errors():
    metric = metrics.MeanRelativeError(normalizer=[1.0, 0.0, 2.0])
    metric.update_state([1.0, 3.0, 2.0], [2.0, 4.0, 6.0])
    assert float(metric.result()) == pytest.approx(1.0)
    metric.update_state([0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [1.0, 0.0, 0.0])
    assert float(metric.result()) == pytest.approx(7 / 4)
    assert metrics.deserialize(metrics.serialize(metric)).normalizer == [1.0, 0.0, 2.0]
