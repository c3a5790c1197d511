"""Samples of one's own to validate on, also where a pipeline transforms them."""

import numpy as np
import pytest
import sklearn
from sklearn import datasets
from sklearn.metrics import log_loss
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {"hidden_layer_sizes": (8,), "random_state": 0, "alpha": 0.0, "max_iter": 30}


def halves():
    X, y = datasets.load_wine(return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(y))
    return X[rows[:90]], y[rows[:90]], X[rows[90:]], y[rows[90:]]


def test_its_loss_is_noted_and_changes_nothing():
    X, y, V, v = halves()
    X, V = X / X.max(axis=0), V / X.max(axis=0)
    w = np.random.default_rng(1).uniform(0.1, 4, len(v))
    model = DNNClassifier(**SETTINGS).fit(X, y, X_val=V, y_val=v, sample_weight_val=w)
    plain = DNNClassifier(**SETTINGS).fit(X, y)
    assert len(model.validation_loss_curve_) == model.n_iter_ == 30 and plain.validation_loss_curve_ == []
    np.testing.assert_array_equal(model.coefs_[0], plain.coefs_[0])
    expected = log_loss(v, model.predict_proba(V), sample_weight=w)
    np.testing.assert_allclose(model.validation_loss_curve_[-1], expected, rtol=1e-9)
    assert model.best_loss_ == min(model.loss_curve_)


def test_it_decides_with_early_stopping_and_all_samples_train():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 20)), rng.integers(0, 2, 80)  # nothing to learn but noise
    V, v = rng.normal(size=(60, 20)), rng.integers(0, 2, 60)
    settings = {**SETTINGS, "learning_rate_init": 0.02, "max_iter": 200, "n_iter_no_change": 4}
    model = DNNClassifier(**settings, early_stopping=True).fit(X, y, X_val=V, y_val=v)
    curve = model.validation_loss_curve_
    assert len(curve) < 200 and model.best_loss_ == min(curve) < curve[-1]
    np.testing.assert_allclose(log_loss(v, model.predict_proba(V)), min(curve), rtol=1e-9)
    plain = DNNClassifier(**{**settings, "max_iter": len(curve)}).fit(X, y)
    assert plain.loss_curve_ == model.loss_curve_


def test_the_classes_weigh_there_too():
    X, y, V, v = halves()
    X, V = X / X.max(axis=0), V / X.max(axis=0)
    factors = {0: 0.1, 1: 2.0, 2: 5.0}
    model = DNNClassifier(**SETTINGS, class_weight=factors).fit(X, y, X_val=V, y_val=v)
    weights = np.vectorize(factors.get)(v)
    expected = log_loss(v, model.predict_proba(V), sample_weight=weights)
    np.testing.assert_allclose(model.validation_loss_curve_[-1], expected, rtol=1e-9)


def test_targets_are_in_the_unit_of_the_training():
    X, y, V, v = halves()
    y, v = 50.0 + 3.0 * y, 50.0 + 3.0 * v
    inner = DNNRegressor(**SETTINGS).fit(StandardScaler().fit_transform(X), y, X_val=V / 100, y_val=v)
    error = np.mean((inner.predict(V / 100) - v) ** 2) / y.var()
    np.testing.assert_allclose(inner.validation_loss_curve_[-1], error, rtol=1e-9)


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def test_a_pipeline_transforms_it(routing):
    X, y, V, v = halves()
    model = DNNClassifier(**SETTINGS, early_stopping=True)
    model.set_fit_request(X_val=True, y_val=True, sample_weight_val=False)
    pipeline = Pipeline([("scale", StandardScaler()), ("model", model)], transform_input=["X_val"])
    pipeline.fit(X, y, X_val=V, y_val=v)
    scaler = StandardScaler().fit(X)
    by_hand = DNNClassifier(**SETTINGS, early_stopping=True)
    by_hand.fit(scaler.transform(X), y, X_val=scaler.transform(V), y_val=v)
    assert pipeline[-1].validation_loss_curve_ == by_hand.validation_loss_curve_
    raw = DNNClassifier(**SETTINGS, early_stopping=True).fit(scaler.transform(X), y, X_val=V, y_val=v)
    assert raw.validation_loss_curve_[0] > 5 * by_hand.validation_loss_curve_[0]  # what an untransformed one shows


def test_what_is_refused():
    X, y, V, v = halves()
    for given, message in [
        ({"X_val": V}, "y_val is missing"),
        ({"y_val": v}, "X_val is missing"),
        ({"X_val": V[:, 1:], "y_val": v}, "X has 12 features"),
        ({"X_val": V, "y_val": v[1:]}, "inconsistent numbers of samples"),
        ({"X_val": V, "y_val": v + 5}, r"y has the classes \[5, 6, 7\]"),
        ({"X_val": V * np.nan, "y_val": v}, "contains NaN"),
        ({"X_val": V, "y_val": v, "sample_weight_val": -np.ones(len(v))}, "not negative"),
    ]:
        with pytest.raises(ValueError, match=message):
            DNNClassifier(**SETTINGS).fit(X, y, **given)
    with pytest.raises(ValueError, match="X_val asks for a solver that takes mini-batches"):
        LinearRegressor().fit(X, y, X_val=V, y_val=v)
