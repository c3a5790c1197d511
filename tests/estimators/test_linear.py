"""Linear estimators find what scikit-learn's exact and converged solvers find."""

import tracemalloc

import numpy as np
import pytest
import sklearn
from sklearn import datasets, linear_model
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

import kerasflow as tf
from kerasflow.estimators import LinearClassifier, LinearRegressor, LogisticRegression
from kerasflow.estimators.axes import axes_of
from kerasflow.estimators.linear_loss import LinearLoss
from tests.estimators.reference import precise

sklearn_is_old = tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8)


def scaled(name):
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.mark.parametrize("name", ["breast_cancer", "iris", "wine"])
@pytest.mark.parametrize("alpha", [10.0, 1.0, 0.1])
@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_the_classifier_is_logistic_regression(name, alpha, solver):
    X, y = scaled(name)
    ours = precise(alpha=alpha, solver=solver).fit(X, y)
    theirs = linear_model.LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)
    np.testing.assert_allclose(
        ours.intercept_ - ours.intercept_.mean(), theirs.intercept_ - theirs.intercept_.mean(), atol=1e-4
    )
    assert ours.coef_.shape == theirs.coef_.shape and ours.intercept_.shape == theirs.intercept_.shape


@pytest.mark.parametrize("alpha", [0.0, 0.3, 30.0])
@pytest.mark.parametrize("targets", [1, 2])
@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_the_regressor_is_least_squares_with_the_penalty_of_ridge(alpha, targets, solver):
    X, y = scaled("diabetes")
    y = y if targets == 1 else np.stack([y, 1000 * np.abs(X[:, 3]) - 5], axis=1)
    ours = LinearRegressor(alpha=alpha, solver=solver).fit(X, y)
    theirs = linear_model.Ridge(alpha, tol=1e-12).fit(X, y)
    size = np.abs(theirs.coef_).max()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6 * size)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-9)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-5)
    assert ours.coef_.shape == theirs.coef_.shape and np.shape(ours.intercept_) == np.shape(theirs.intercept_)


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_features_in_units_of_their_own_are_no_obstacle(solver):
    X, y = scaled("diabetes")
    X = X * np.logspace(-4, 4, X.shape[1]) + np.logspace(2, -2, X.shape[1])
    ours = LinearRegressor(solver=solver).fit(X, y)
    centred = np.column_stack([X - X.mean(axis=0), np.ones(len(X))])
    exact = np.linalg.lstsq(centred / np.abs(centred).max(axis=0), y)[0]
    np.testing.assert_allclose(ours.coef_, (exact / np.abs(centred).max(axis=0))[:-1], rtol=1e-3)
    assert ours.n_iter_ < 60


@pytest.mark.parametrize("scale", [1e20, 1e-15])
def test_squares_beyond_the_type_of_the_features_are_no_obstacle(scale):
    X, y = datasets.load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X).astype(np.float32)
    for model in (LinearRegressor(alpha=0.0), LinearClassifier(alpha=0.0, tol=1e-2)):
        expected = model.fit(X, y).score(X, y)
        assert model.fit(np.float32(scale) * X, y).score(np.float32(scale) * X, y) == pytest.approx(expected, abs=1e-2)


@pytest.mark.parametrize("turned", [False, True])
def test_the_units_of_features_are_found_without_a_copy_of_all_of_them(turned):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200_000, 40), np.float32) * np.linspace(0.5, 4, 40, dtype=np.float32) + 3
    w = rng.uniform(0, 2, len(X)).astype(np.float32)
    tracemalloc.start()
    try:
        axes = axes_of(X, w, 0.0, turned)
        assert tracemalloc.get_traced_memory()[1] < X.nbytes
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(axes.mean, np.average(X.astype(float), axis=0, weights=w), rtol=1e-9)
    covariance = np.cov(X.T.astype(float), aweights=w.astype(float), ddof=0)
    if turned:
        turn = axes.out(np.eye(40))
        np.testing.assert_allclose(turn.T @ covariance @ turn, np.eye(40), atol=1e-8)
    else:
        np.testing.assert_allclose(axes.spread[:, 0], np.sqrt(np.diag(covariance)), rtol=1e-9)


@pytest.mark.parametrize("held", [True, False])
def test_several_targets_beneath_a_penalty_take_few_slopes(held, monkeypatch):
    X, y = scaled("diabetes")
    X = X @ np.random.default_rng(1).normal(size=(10, 10))
    targets = np.stack([y, *X.T[:4]], axis=1)
    monkeypatch.setattr(LinearLoss, "holds", lambda x: held)
    model = LinearRegressor(alpha=300.0, solver="lbfgs").fit(X, targets)
    np.testing.assert_allclose(model.predict(X), linear_model.Ridge(300.0).fit(X, targets).predict(X), rtol=1e-6)
    assert model.n_iter_ <= 3


def test_features_that_are_all_the_same():
    X, y = scaled("diabetes")
    model = LinearRegressor().fit(np.column_stack([np.full(len(X), 7.0), X]), y)
    np.testing.assert_allclose(model.coef_[1:], LinearRegressor().fit(X, y).coef_, atol=1e-4)
    assert np.isfinite(model.coef_[0])


def test_a_penalty_does_not_make_the_search_long():
    X, y = scaled("diabetes")
    X = X * np.logspace(-4, 4, X.shape[1])
    model = LinearRegressor(alpha=10.0).fit(X, y)
    np.testing.assert_allclose(model.predict(X), linear_model.Ridge(10.0).fit(X, y).predict(X), rtol=1e-4)
    assert model.n_iter_ < 40


def test_a_step_of_descent_has_nesterovs_momentum():
    X, y = scaled("diabetes")
    y = (y - y.mean()) / y.std()
    with pytest.warns(ConvergenceWarning):
        model = LinearRegressor(solver="sgd", batch_size=len(X), learning_rate_init=0.01, max_iter=3).fit(X, y)
    w, v = np.zeros(X.shape[1]), 0.0
    for _ in range(3):
        step = 0.01 * 2 * X.T @ (X @ w - y) / len(X)
        v = 0.9 * v - step
        w = w + 0.9 * v - step
    np.testing.assert_allclose(model.coef_, w, rtol=1e-10)


def test_the_penalty_is_on_the_weights_in_the_units_of_the_features():
    X, y = scaled("diabetes")
    X = X * np.linspace(0.1, 4, X.shape[1])
    np.testing.assert_allclose(
        LinearRegressor(alpha=50.0).fit(X, y).coef_, linear_model.Ridge(50.0).fit(X, y).coef_, rtol=1e-4, atol=1e-4
    )


def test_intercepts_are_not_penalised():
    X, y = scaled("diabetes")
    np.testing.assert_allclose(LinearRegressor(alpha=1e9).fit(X, y).intercept_, y.mean(), rtol=1e-6)
    labels = y > 100
    heavy = LinearClassifier(alpha=1e9, tol=1e-8).fit(X, labels)
    np.testing.assert_allclose(heavy.predict_proba(X)[:, 1], labels.mean(), atol=1e-5)


def test_a_solver_in_mini_batches_comes_to_the_same_place():
    X, y = scaled("diabetes")
    settings = {"solver": "adam", "batch_size": len(X), "max_iter": 3000, "learning_rate_init": 0.05, "tol": 1e-12}
    np.testing.assert_allclose(
        LinearRegressor(alpha=30.0, random_state=0, **settings).fit(X, y).coef_,
        linear_model.Ridge(30.0).fit(X, y).coef_,
        atol=0.02,
    )


def test_it_starts_from_nowhere_in_particular():
    X, y = scaled("iris")
    first, second = (LinearClassifier(random_state=s).fit(X, y) for s in (0, 1))
    np.testing.assert_array_equal(first.coef_, second.coef_)


def test_single_precision_stays_single_and_comes_close():
    X, y = scaled("wine")
    double, single = LinearClassifier().fit(X, y), LinearClassifier().fit(X.astype(np.float32), y)
    assert single.coef_.dtype == single.predict_proba(X).dtype == np.float32
    np.testing.assert_allclose(single.coef_, double.coef_, atol=5e-3)


@pytest.mark.parametrize("value", [0.0, 7.0, 7.3, -1e300])
def test_targets_that_are_all_the_same(value):
    X = np.random.default_rng(0).normal(size=(20, 3))
    model = LinearRegressor().fit(X, np.full(20, value))
    np.testing.assert_array_equal(model.predict(X), np.full(20, value))


def test_weights_do_not_make_targets_vary_that_are_all_the_same():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 3))
    for value in (0.1, 0.3, 1.7, 1e9 / 7):
        model = LinearRegressor().fit(X, np.full(20, value), sample_weight=rng.uniform(0.1, 2, 20))
        np.testing.assert_array_equal(model.predict(X), np.full(20, value))
        np.testing.assert_array_equal(model.coef_, 0)


def test_one_class_is_certain():
    X = np.random.default_rng(0).normal(size=(20, 3))
    assert LinearClassifier().fit(X, ["only"] * 20).predict_proba(X).tolist() == [[1.0]] * 20


def test_it_has_another_name():
    assert LogisticRegression is LinearClassifier


# Penalties on magnitudes.


@pytest.mark.parametrize("strength", [0.5, 20.0])
def test_the_regressor_is_the_lasso_of_standard_scores(strength):
    X, y = scaled("diabetes")
    X = X * np.logspace(-2, 2, X.shape[1]) + 3
    z = (y - y.mean()) / y.std()
    ours = LinearRegressor(l1=strength).fit(X, y)
    theirs = linear_model.Lasso(strength / (2 * len(y)), tol=1e-12, max_iter=10**6).fit(X, z)
    np.testing.assert_allclose(ours.coef_ / y.std(), theirs.coef_, rtol=1e-3, atol=1e-5 * np.abs(theirs.coef_).max())
    assert ((ours.coef_ == 0) == (theirs.coef_ == 0)).all() and (ours.coef_ == 0).any() and (ours.coef_ < 0).any()


def test_several_targets_have_a_lasso_each():
    X, y = scaled("diabetes")
    targets = np.stack([y, 50 * X[:, 3] - y, np.abs(X[:, 2])], axis=1)
    z = (targets - targets.mean(axis=0)) / targets.std(axis=0)
    ours = LinearRegressor(l1=20.0).fit(X, targets)
    theirs = linear_model.Lasso(20.0 / (2 * len(y)), tol=1e-12, max_iter=10**6).fit(X, z)
    np.testing.assert_allclose(ours.coef_ / targets.std(axis=0)[:, None], theirs.coef_, atol=1e-4)
    assert (ours.coef_ == 0).any(axis=1).all()


def test_both_penalties_are_an_elastic_net():
    X, y = scaled("diabetes")
    z = (y - y.mean()) / y.std()
    ours = LinearRegressor(l1=20.0, alpha=50.0).fit(X, z)
    a, b = 20.0 / (2 * len(y)), 50.0 / len(y)
    theirs = linear_model.ElasticNet(a + b, l1_ratio=a / (a + b), tol=1e-12, max_iter=10**6).fit(X, z)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)


@pytest.mark.parametrize("name", ["breast_cancer", "iris"])
def test_the_classifier_has_the_penalty_of_saga(name):
    X, y = scaled(name)
    ours = precise(alpha=0.0, l1=4.0).fit(X, y)
    theirs = linear_model.LogisticRegression(l1_ratio=1.0, C=0.25, solver="saga", tol=1e-9, max_iter=10**5)
    if sklearn_is_old:
        theirs.set_params(penalty="l1", l1_ratio=None)
    theirs.fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=2e-4)
    assert ((ours.coef_ == 0) == (np.abs(theirs.coef_) < 1e-6)).mean() > 0.95


def test_a_warm_start_goes_on_beneath_a_penalty():
    X, y = scaled("diabetes")
    whole = LinearRegressor(l1=5.0).fit(X, y)
    model = LinearRegressor(l1=5.0, warm_start=True, max_iter=8)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    before = model.loss_
    model.set_params(max_iter=500).fit(X, y)
    assert model.loss_ < before and model.loss_curve_[0] <= before
    np.testing.assert_allclose(model.coef_, whole.coef_, atol=1e-3 * np.abs(whole.coef_).max())


def test_steps_of_descent_go_down_the_penalty():
    X, y = scaled("diabetes")
    y = (y - y.mean()) / y.std()
    settings = {"solver": tf.optimizers.SGD(0.01), "batch_size": len(X), "max_iter": 3}
    with pytest.warns(ConvergenceWarning):
        model = LinearRegressor(l1=60.0, alpha=30.0, **settings).fit(X, y)
    w = np.zeros(X.shape[1])
    for _ in range(3):
        slope = 2 * X.T @ (X @ w - y) / len(X) + (60 * np.sign(w) + 60 * w) / len(X)
        w = w - 0.01 * slope
    np.testing.assert_allclose(model.coef_, w, rtol=1e-10)
