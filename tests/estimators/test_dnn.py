"""What deep estimators learn, against NumPy, and when they stop."""

import warnings

import numpy as np
import pytest
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier
from tests.estimators.reference import adam, loss_and_slopes, softmax, weights_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SOME = {"hidden_layer_sizes": (5,), "activation": "tanh", "random_state": 0}


def problem(kind, rng):
    """Features, targets as the user has them, and as the reference takes them."""
    X = rng.normal(size=(30, 4))
    if kind == "squares":
        y = np.stack([X[:, 0] * X[:, 1], 100 + 10 * np.abs(X[:, 2])], axis=1)
        return X, y, y
    y = rng.permutation(np.arange(30) % (2 if kind == "one logit" else 3))
    t = (y[:, None] == 1).astype(float) if kind == "one logit" else np.eye(3)[y]
    return X, np.array(["a", "b", "c"])[y], t


def estimator(kind, **settings):
    return (DNNRegressor if kind == "squares" else DNNClassifier)(**{**SOME, **settings})


def standardised(t, w):
    mean = np.average(t, axis=0, weights=w)
    spread = np.sqrt(np.average((t - mean) ** 2, axis=0, weights=w))
    return (t - mean) / spread, mean, spread


@pytest.mark.parametrize("kind", ["squares", "one logit", "logits"])
@pytest.mark.parametrize("size", [30, 8])
def test_adam_takes_the_steps_of_the_paper(kind, size):
    rng = np.random.default_rng(1)
    X, y, t = problem(kind, rng)
    w = rng.uniform(0.2, 3, 30)
    model = estimator(kind, alpha=2.0, batch_size=size, max_iter=1, shuffle=False, tol=0, learning_rate_init=0.03)
    model.fit(X, y)  # to have something to go on from
    start = [rng.normal(size=a.shape) for a in weights_of(model)]
    model.coefs_, model.intercepts_ = [a.copy() for a in start[0::2]], [a.copy() for a in start[1::2]]
    model.set_params(warm_start=True, max_iter=6).fit(X, y, sample_weight=w)

    if kind == "squares":
        t, mean, spread = standardised(t, w)
        start[2], start[3] = start[2] / spread, (start[3] - mean) / spread
    u = w * 30 / w.sum()
    batches = [(X[i : i + size], t[i : i + size], u[i : i + size]) for i in range(0, 30, size)]
    expected, curve = adam(start, batches, 6, 2.0 / 2 / w.sum(), kind, 0.03)
    if kind == "squares":
        expected[2], expected[3] = expected[2] * spread, expected[3] * spread + mean
    np.testing.assert_allclose(model.loss_curve_, curve, rtol=1e-10)
    for ours, theirs in zip(weights_of(model), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("kind", ["squares", "one logit", "logits"])
def test_lbfgs_ends_where_the_gradient_is_zero(kind):
    rng = np.random.default_rng(2)
    X, y, t = problem(kind, rng)
    X = StandardScaler().fit_transform(X)
    w = rng.uniform(0.2, 3, 30)
    model = estimator(kind, solver="lbfgs", alpha=0.5, tol=1e-9, max_iter=2000).fit(X, y, sample_weight=w)
    weights = [a.copy() for a in weights_of(model)]
    if kind == "squares":
        t, mean, spread = standardised(t, w)
        weights[2], weights[3] = weights[2] / spread, (weights[3] - mean) / spread
    value, slopes = loss_and_slopes(weights, X, t, w * 30 / w.sum(), 0.5 / 2 / w.sum(), kind)
    np.testing.assert_allclose(model.loss_, value, rtol=1e-12)
    assert max(np.abs(s).max() for s in slopes) < 1e-6
    assert model.loss_ == model.loss_curve_[-1] and model.n_iter_ == len(model.loss_curve_)
    assert (np.diff(model.loss_curve_) <= 0).all()


@pytest.mark.parametrize("kind", ["squares", "one logit", "logits"])
def test_predictions_are_those_of_the_weights(kind):
    X, y, _ = problem(kind, np.random.default_rng(3))
    model = estimator(kind, max_iter=30).fit(X, y)
    z = np.tanh(X @ model.coefs_[0] + model.intercepts_[0]) @ model.coefs_[1] + model.intercepts_[1]
    if kind == "squares":
        np.testing.assert_allclose(model.predict(X), z, rtol=1e-12)
        return
    probabilities = np.hstack([1 - 1 / (1 + np.exp(-z)), 1 / (1 + np.exp(-z))]) if kind == "one logit" else softmax(z)
    np.testing.assert_allclose(model.predict_proba(X), probabilities, rtol=1e-11)
    np.testing.assert_array_equal(model.predict(X), model.classes_[probabilities.argmax(axis=1)])
    np.testing.assert_allclose(model.decision_function(X), z[:, 0] if kind == "one logit" else z, rtol=1e-12)


@pytest.mark.parametrize(
    "activation", ["relu", "tanh", "sigmoid", "logistic", "identity", "elu", "selu", "gelu", "softplus"]
)
def test_every_activation_and_several_layers(activation):
    X, y = datasets.load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = DNNClassifier((6, 4), activation, solver="lbfgs", random_state=0, tol=1e-3).fit(X, y)
    assert [c.shape for c in model.coefs_] == [(4, 6), (6, 4), (4, 3)] and model.n_layers_ == 4
    assert model.score(X, y) > 0.96


@pytest.mark.parametrize("solver", ["adam", "sgd", "rmsprop", "adagrad"])
def test_every_solver_in_mini_batches(solver):
    X, y = datasets.load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = DNNClassifier((10,), solver=solver, learning_rate_init=0.05, batch_size=20, max_iter=40, random_state=0)
    assert model.fit(X, y).score(X, y) > 0.94


def test_the_unit_of_the_targets_changes_nothing_else():
    X, y = datasets.load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = DNNRegressor((8,), max_iter=20, random_state=0)
    small, large = model.fit(X, y).predict(X), model.fit(X, 1024 * y).predict(X)
    np.testing.assert_array_equal(1024 * small, large)
    np.testing.assert_allclose(model.fit(X, 1e200 * y).predict(X), 1e200 * small, rtol=1e-9)
    np.testing.assert_allclose(model.fit(X, y - 1e4).predict(X), small - 1e4, rtol=1e-9)


def test_dropout_is_for_training_alone():
    X, y = datasets.load_iris(return_X_y=True)
    plain = DNNClassifier((20,), max_iter=30, random_state=0).fit(X, y)
    model = DNNClassifier((20,), dropout=0.5, max_iter=30, random_state=0).fit(X, y)
    assert not np.allclose(plain.coefs_[0], model.coefs_[0])
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(X))
    hidden = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
    np.testing.assert_allclose(model.decision_function(X), hidden @ model.coefs_[1] + model.intercepts_[1], rtol=1e-11)


def test_training_ends_when_the_loss_no_longer_falls():
    X, y = datasets.load_iris(return_X_y=True)
    model = DNNClassifier((10,), tol=0.01, n_iter_no_change=4, max_iter=500, random_state=0).fit(X, y)
    curve = np.array(model.loss_curve_)
    best = np.minimum.accumulate(curve)
    better = np.r_[True, curve[1:] < best[:-1] - 0.01]
    assert 4 < model.n_iter_ == len(curve) < 500 and model.loss_ == curve[-1]
    assert not better[-4:].any()
    waits = [better[k : k + 4].any() for k in range(len(better) - 4)]
    assert all(waits)  # not an epoch earlier


def test_automatic_batches_are_of_200_samples():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(250, 3))
    y = X[:, 0] * X[:, 1]
    fits = [DNNRegressor((4,), max_iter=2, batch_size=size, random_state=0).fit(X, y) for size in ("auto", 200, 250)]
    curves = [model.loss_curve_ for model in fits]
    assert curves[0] == curves[1] != curves[2]
    assert DNNRegressor((4,), max_iter=2, batch_size=999, random_state=0).fit(X, y).loss_curve_ == curves[2]


def test_early_stopping_keeps_the_best_weights():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 20)), rng.integers(0, 2, 80)  # nothing to learn but noise
    model = DNNClassifier(
        (50,), early_stopping=True, validation_fraction=0.25, learning_rate_init=0.01, alpha=0.0, random_state=0
    ).fit(X, y)
    curve = model.validation_loss_curve_
    assert len(curve) == len(model.loss_curve_) == model.n_iter_ < 200
    assert np.argmin(curve) < len(curve) - 5
    rows = train_test_split(np.arange(80), test_size=0.25, random_state=np.random.RandomState(0), stratify=y)[1]
    np.testing.assert_allclose(log_loss(y[rows], model.predict_proba(X[rows])), min(curve), rtol=1e-9)


def test_early_stopping_of_too_few_samples_says_so():
    X, y = np.eye(4), np.array([0, 1, 2, 2])
    with pytest.raises(ValueError, match="early_stopping=True with validation_fraction=0.1 cannot hold out some of 4"):
        DNNClassifier(early_stopping=True).fit(X, y)
    with pytest.raises(ValueError, match="cannot hold out some of 1 samples"):
        DNNRegressor(early_stopping=True).fit(X[:1], [1.0])


@pytest.mark.parametrize("setting", [{"early_stopping": True}, {"dropout": 0.5}])
def test_what_lbfgs_cannot_do_is_refused(setting):
    with pytest.raises(ValueError, match="asks for a solver that takes mini-batches"):
        DNNRegressor(solver="lbfgs", **setting).fit(np.eye(3), [1.0, 2.0, 3.0])


def test_too_few_iterations_are_said_at_the_users_line():
    X, y = datasets.load_iris(return_X_y=True)
    for model in (DNNClassifier(max_iter=2), LinearClassifier(max_iter=2)):
        with pytest.warns(ConvergenceWarning, match="has not converged after max_iter=2 iterations") as caught:
            model.fit(X, y)
        assert caught[0].filename == __file__
        assert model.n_iter_ == 2 and model.score(X, y) > 0.2


def test_a_warning_that_is_an_error_leaves_a_fitted_estimator():
    X, y = datasets.load_iris(return_X_y=True)
    model = DNNClassifier(max_iter=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ConvergenceWarning):
            model.fit(X, y)
    assert model.predict(X).shape == (150,)


def test_verbose_prints_a_line_an_epoch(capsys):
    X, y = datasets.load_iris(return_X_y=True)
    DNNClassifier(max_iter=3, verbose=True).fit(X, y)
    assert [line.split(" - ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "Epoch 1/3",
        "Epoch 2/3",
        "Epoch 3/3",
    ]
    DNNClassifier(max_iter=3).fit(X, y)
    assert capsys.readouterr().out == ""
