"""Solvers, learning rates and callbacks of a fit in mini-batches."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn import datasets
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

import kerasflow as tf
from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearRegressor
from kerasflow.estimators.batches import SOLVERS
from tests.estimators.reference import weights_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

sklearn_version = tuple(map(int, sklearn.__version__.split(".")[:2]))
SETTINGS = {"hidden_layer_sizes": (6,), "random_state": 0, "batch_size": 50, "max_iter": 8, "tol": 0.0}


def iris():
    X, y = datasets.load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(weights_of(first), weights_of(second), strict=True))


@pytest.mark.parametrize("name", SOLVERS)
def test_a_name_is_the_optimizer_with_that_rate(name):
    X, y = iris()
    options = {"momentum": 0.9, "nesterov": True} if name == "sgd" else {}
    cls = {"adamw": "AdamW", "rmsprop": "RMSprop", "sgd": "SGD"}.get(name, name.capitalize())
    optimizer = getattr(tf.optimizers, cls)(0.02, **options)
    model = DNNClassifier(**SETTINGS, solver=optimizer).fit(X, y)
    assert same(DNNClassifier(**SETTINGS, solver=name, learning_rate_init=0.02).fit(X, y), model)
    assert optimizer.iterations == 0  # it was a copy that took the steps
    assert not same(model, DNNClassifier(**SETTINGS, solver=name, learning_rate_init=0.01).fit(X, y))


def test_optimizers_go_with_clones_pickles_and_searches():
    X, y = iris()
    model = DNNClassifier(**SETTINGS, solver=tf.optimizers.Adam(0.05, beta_1=0.5, clipnorm=1.0))
    fitted = clone(model).fit(X, y)
    assert same(fitted, pickle.loads(pickle.dumps(model)).fit(X, y))
    grid = {"solver": [tf.optimizers.SGD(1e-6), tf.optimizers.Adam(0.05)]}
    search = GridSearchCV(DNNClassifier(**SETTINGS), grid, cv=2).fit(X, y)
    assert type(search.best_params_["solver"]) is tf.optimizers.Adam


class Rates(tf.keras.callbacks.Callback):
    """Notes the learning rate of each epoch."""

    seen: list = []

    def on_epoch_end(self, epoch, logs=None):
        Rates.seen.append(float(self.model.optimizer.learning_rate))


def rates(model, X, y):
    Rates.seen = []
    model.set_params(callbacks=[Rates()]).fit(X, y)
    return Rates.seen


def test_a_cosine_falls_from_the_first_rate_towards_zero():
    X, y = iris()
    model = DNNClassifier(**SETTINGS, learning_rate="cosine", learning_rate_init=0.04)
    np.testing.assert_allclose(rates(model, X, y), 0.02 * (1 + np.cos(np.pi * np.arange(8) / 8)), rtol=1e-12)


def test_an_adaptive_rate_is_divided_when_the_loss_no_longer_falls():
    X, y = iris()
    settings = {**SETTINGS, "tol": 100.0, "n_iter_no_change": 2, "max_iter": 100}
    model = DNNClassifier(**settings, learning_rate="adaptive", learning_rate_init=1e-4)
    # The first epoch is better than none; what is noted is what comes after an epoch.
    expected = [1e-4] * 2 + [2e-5] * 2 + [4e-6] * 2 + [8e-7] * 3
    np.testing.assert_allclose(rates(model, X, y), expected, rtol=1e-12)
    assert model.n_iter_ == 9


def test_a_schedule_goes_by_steps():
    X, y = iris()
    schedule = tf.optimizers.schedules.PiecewiseConstantDecay([5], [0.01, 0.0])  # three batches an epoch: six steps
    model = DNNClassifier(**SETTINGS, learning_rate=schedule, solver="rmsprop").fit(X, y)
    assert same(model, DNNClassifier(**{**SETTINGS, "max_iter": 2}, solver="rmsprop", learning_rate=schedule).fit(X, y))
    assert not same(model, DNNClassifier(**{**SETTINGS, "max_iter": 1}, solver="rmsprop").fit(X, y))
    with pytest.raises(ValueError, match="learning_rate is that of the solver, which is an optimizer"):
        DNNClassifier(**SETTINGS, learning_rate=schedule, solver=tf.optimizers.SGD()).fit(X, y)
    constant = tf.optimizers.schedules.ExponentialDecay(0.01, 1, 1.0)
    model = DNNClassifier(**SETTINGS, learning_rate=constant)
    plain = DNNClassifier(**SETTINGS, learning_rate_init=0.01).fit(X, y)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(clone(model))).fit(X, y).coefs_[0], plain.coefs_[0], rtol=1e-6)


def test_callbacks_are_copied_and_told(tmp_path):
    X, y = iris()
    log = tf.keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))
    stop = tf.keras.callbacks.EarlyStopping(monitor="loss", min_delta=10.0, patience=2)
    model = DNNClassifier(**SETTINGS, callbacks=[log, stop])
    fitted = clone(model).fit(X, y)
    rows = Path(tmp_path / "log.csv").read_text().splitlines()
    assert fitted.n_iter_ == len(rows) - 1 == 3
    assert stop.model is None and log.model is None
    again = pickle.loads(pickle.dumps(fitted))
    assert same(again.fit(X, y), fitted) and len(pickle.dumps(again)) < 10_000


def test_lines_are_printed(capsys):
    X, y = iris()
    DNNRegressor(**{**SETTINGS, "max_iter": 2}, verbose=2).fit(X, y)
    assert [line.split(" - ")[0] for line in capsys.readouterr().out.splitlines()] == ["Epoch 1/2", "Epoch 2/2"]


def test_what_is_left_of_a_fit():
    X, y = iris()
    model = DNNRegressor(
        **{**SETTINGS, "max_iter": 30, "n_iter_no_change": 99}, learning_rate_init=0.3, solver="rmsprop"
    ).fit(X, y)
    assert model.best_loss_ == min(model.loss_curve_) < model.loss_curve_[-1] == model.loss_
    assert model.n_iter_ == len(model.loss_curve_) == 30 and model.validation_loss_curve_ == []


def test_what_a_notebook_shows():
    X, y = iris()
    fresh, fitted = LinearRegressor(alpha=0.5), LinearRegressor(alpha=0.5).fit(X, y)
    for model in (fresh, fitted):
        html = model._repr_html_()
        assert "LinearRegressor" in html and "alpha" in html
    if sklearn_version >= (1, 9):  # from there on it lists what was learned
        assert "Fitted attributes" in html and "coef_" in html and "n_iter_" in html
        assert "Fitted attributes" not in fresh._repr_html_()
