"""Metrics of predicted numbers against scikit-learn, over batches of unequal size."""

import numpy as np
import pytest
import sklearn.metrics as reference

import kerasflow as tf

metrics = tf.keras.metrics
RNG = np.random.default_rng(7)
CUTS = [(0, 5), (5, 6), (6, 40)]


def result(metric, y, p, w=None):
    for i, j in CUTS:
        metric.update_state(y[i:j], p[i:j], None if w is None else w[i:j])
    return metric.result()


CASES = {
    "MeanSquaredError": reference.mean_squared_error,
    "RootMeanSquaredError": lambda y, p, **k: np.sqrt(reference.mean_squared_error(y, p, **k)),
    "MeanAbsoluteError": reference.mean_absolute_error,
    "MeanAbsolutePercentageError": lambda y, p, **k: 100 * reference.mean_absolute_percentage_error(y, p, **k),
    "MeanSquaredLogarithmicError": reference.mean_squared_log_error,
    "R2Score": reference.r2_score,
}


@pytest.mark.parametrize("shape", [(40,), (40, 1), (40, 3)], ids=str)
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("weighted", [False, True])
def test_scikit_learn_agrees(name, shape, weighted):
    y, p = RNG.gamma(2.0, size=shape), RNG.gamma(2.0, size=shape)
    w = RNG.uniform(size=40) if weighted else None
    expected = CASES[name](y, p, sample_weight=w)
    assert result(getattr(metrics, name)(), y, p, w) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("aggregation", "multioutput"),
    [(None, "raw_values"), ("uniform_average", "uniform_average"), ("variance_weighted_average", "variance_weighted")],
)
def test_r2_of_several_outputs(aggregation, multioutput, weighted):
    y = RNG.normal(size=(40, 3)) * [1.0, 10.0, 0.1]
    if not weighted:  # where scikit-learn takes the rounding error of a weighted mean for variance
        y[:, 2] = 4.0
    p = y + RNG.normal(size=(40, 3)) * [0.5, 1.0, 0.1]
    w = RNG.uniform(size=40) if weighted else None
    expected = reference.r2_score(y, p, sample_weight=w, multioutput=multioutput)
    np.testing.assert_allclose(result(metrics.R2Score(aggregation), y, p, w), expected, rtol=1e-11)


@pytest.mark.parametrize("offset", [1e6, 1e9])
def test_r2_survives_a_large_mean(offset):
    y = RNG.normal(size=40)
    p = y + RNG.normal(size=40) * 0.3
    found = result(metrics.R2Score(), y + offset, p + offset)
    assert found == pytest.approx(reference.r2_score(y + offset, p + offset), rel=1e-7)
    assert found == pytest.approx(reference.r2_score(y, p), rel=1e-6)


def test_r2_of_equal_targets():
    y = np.full(40, 0.1)
    assert result(metrics.R2Score(), y, y) == 1.0 == reference.r2_score(y, y)
    assert result(metrics.R2Score(), y, y + RNG.normal(size=40)) == 0.0 == reference.r2_score(y, y + 1)
    assert result(metrics.R2Score("variance_weighted_average"), y, y) == 1.0
    assert result(metrics.R2Score(), y, y + 1, RNG.uniform(size=40)) == 0.0


def test_r2_of_nothing():
    metric = metrics.R2Score()
    with pytest.raises(ValueError, match="no result before it is updated"):
        metric.result()
    metric.update_state([1.0, 2.0], [1.0, 2.0], [0.0, 0.0])
    assert metric.result() == 0.0
    metric.update_state([1.0, 2.0], [1.0, 2.0])
    assert metric.result() == 1.0


def test_r2_starts_over_around_other_targets():
    metric = metrics.R2Score()
    y, p = RNG.normal(size=40), RNG.normal(size=40)
    result(metric, y + 1e9, p + 1e9)
    metric.reset_state()
    assert result(metric, y, p) == pytest.approx(reference.r2_score(y, p), rel=1e-12)


def test_adjusted_r2():
    y, p = RNG.normal(size=40), RNG.normal(size=40)
    r2 = reference.r2_score(y, p)
    assert result(metrics.R2Score(num_regressors=5), y, p) == pytest.approx(1 - (1 - r2) * 39 / 34, rel=1e-11)
    for too_many in (39, 50):
        assert result(metrics.R2Score(num_regressors=too_many), y, p) == pytest.approx(r2, rel=1e-11)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.R2Score("mean"), "class_aggregation must be one of"),
        (lambda: metrics.R2Score(num_regressors=-1), "num_regressors must be at least 0"),
        (lambda: metrics.R2Score().update_state(np.zeros((2, 3, 4)), np.zeros((2, 3, 4))), r"\(rows, outputs\)"),
        (lambda: metrics.R2Score().update_state(np.zeros((2, 1)), np.zeros((2, 3))), "do not fit predictions"),
    ],
)
def test_r2_says_what_is_wrong(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_r2_keeps_to_the_outputs_it_began_with():
    metric = metrics.R2Score()
    metric.update_state(np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"\(rows, 3\), got \(\?, 2\)"):
        metric.update_state(np.ones((2, 2)), np.ones((2, 2)))


def test_the_cosine_is_the_losses_turned_round():
    y, p = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 3))
    expected = ((y * p).sum(1) / np.linalg.norm(y, axis=1) / np.linalg.norm(p, axis=1)).mean()
    assert result(metrics.CosineSimilarity(), y, p) == pytest.approx(expected, rel=1e-12)
