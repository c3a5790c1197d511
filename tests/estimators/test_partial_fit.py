"""Learning in calls: an epoch each, and the optimizer goes on."""

import pickle

import numpy as np
import pytest
from sklearn import datasets
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler

import kerasflow as tf
from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, LinearRegressor
from tests.estimators.reference import weights_of

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SETTINGS = {"hidden_layer_sizes": (5,), "batch_size": 40, "random_state": 0, "tol": 0.0}


def wine():
    X, y = datasets.load_wine(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(weights_of(first), weights_of(second), strict=True))


@pytest.mark.parametrize("solver", ["adam", "sgd", "nadam", "ftrl", tf.optimizers.Adam(0.01, amsgrad=True)])
@pytest.mark.parametrize("cls", [DNNClassifier, DNNRegressor])
def test_calls_are_the_epochs_of_a_fit(cls, solver):
    X, y = wine()
    settings = {**SETTINGS, "solver": solver, "shuffle": False, "learning_rate": "cosine", "max_iter": 5}
    whole = cls(**settings).fit(X, y)
    model = cls(**settings)
    for _ in range(5):
        model.partial_fit(X, y, **({"classes": [0, 1, 2]} if cls is DNNClassifier else {}))
    assert cls is DNNRegressor or same(whole, model)
    for ours, theirs in zip(weights_of(model), weights_of(whole), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(model.loss_curve_, whole.loss_curve_, rtol=1e-12)
    assert model.n_iter_ == 5 and model.loss_ == model.loss_curve_[-1] and model.best_loss_ == min(model.loss_curve_)


def test_the_optimizer_goes_on_in_copies_and_pickles():
    X, y = wine()
    model = DNNClassifier(**SETTINGS, dropout=0.2).partial_fit(X, y, classes=[0, 1, 2])
    other = pickle.loads(pickle.dumps(model))
    assert all(isinstance(a, np.ndarray) for a in other._optimizer_state)
    for _ in range(3):
        model.partial_fit(X, y)
        other.partial_fit(X, y)
    assert same(model, other)
    other._optimizer_state = None
    assert not same(model.partial_fit(X, y), other.partial_fit(X, y))


def test_each_call_has_an_order_of_its_own_that_random_state_decides():
    X, y = wine()
    y = y.astype(float)
    runs = []
    for seed in (0, 0, 1):
        model = LinearRegressor(solver="sgd", batch_size=7, learning_rate_init=1e-3, random_state=seed)
        runs.append([model.partial_fit(X, y).coef_.copy() for _ in range(2)])
    assert np.array_equal(runs[0], runs[1]) and not np.array_equal(runs[0], runs[2])


def test_a_fit_begins_anew_and_calls_go_on_from_it():
    X, y = wine()
    fitted = DNNClassifier(**SETTINGS, max_iter=3).fit(X, y)
    model = DNNClassifier(**SETTINGS, max_iter=3).partial_fit(X[:100], y[:100], classes=[0, 1, 2])
    assert same(model.fit(X, y), fitted) and "_optimizer_state" not in vars(model)
    before = weights_of(model)
    losses = model.loss_curve_
    model.partial_fit(X, y)
    assert model.loss_curve_[:3] == losses and len(model.loss_curve_) == model.n_iter_ == 4
    assert 0 < np.abs(before[0] - model.coefs_[0]).max() < 0.1


def test_classes_that_come_later():
    X, y = wine()
    names = np.array(["a", "b", "c"])[y]
    model = DNNClassifier(**SETTINGS, learning_rate_init=0.05)
    with pytest.raises(ValueError, match="The first call of partial_fit needs classes"):
        model.partial_fit(X, names)
    for _ in range(10):
        for k in np.array_split(np.arange(len(y)), 3):  # sorted: most calls see one class
            model.partial_fit(X[k], names[k], classes=["c", "b", "a"])
    assert model.classes_.tolist() == ["a", "b", "c"] and set(model.predict(X)) == {"a", "b", "c"}
    with pytest.raises(ValueError, match=r"y has the classes \['d'\], none of \['a', 'b', 'c'\]"):
        model.partial_fit(X, np.where(names == "a", "d", names))
    with pytest.raises(ValueError, match="classes"):
        DNNClassifier().partial_fit(X, names, classes=["a", "b"])
    for others in (["a", "b"], [["a", "b", "c"]] * 2, []):
        with pytest.raises(ValueError, match=r"classes=.* are not those of the first call: array\(\['a', 'b', 'c'\]"):
            model.partial_fit(X, names, classes=others)


@pytest.mark.parametrize("solver", ["auto", "lbfgs", "newton"])
def test_why_there_is_none_where_all_data_are_taken_at_once(solver):
    with pytest.raises(AttributeError) as raised:
        LinearClassifier(solver=solver).partial_fit(*wine())
    assert f"solver='{solver}' does not: solver='adam' does" in str(raised.value.__cause__)


def test_labels_and_several_outputs_in_calls():
    X, y = wine()
    labels = np.stack([y == 0, y > 0, X[:, 0] > 0], axis=1).astype(int)
    model = LinearClassifier(solver="adam", learning_rate_init=0.1)
    for _ in range(30):
        model.partial_fit(X, labels)
    assert model.score(X, labels) > 0.9
    names = np.stack([np.array(["a", "b", "c"])[y], np.where(X[:, 0] > 0, "u", "v")], axis=1)
    model = LinearClassifier(solver="adam", learning_rate_init=0.1)
    for _ in range(30):
        model.partial_fit(X[:60], names[:60], classes=[["a", "b", "c"], ["u", "v"]])
        model.partial_fit(X[60:], names[60:])
    assert model.score(X, names) > 0.9


def test_the_unit_of_the_targets_is_that_of_the_first_call():
    X, y = wine()
    model = DNNRegressor(**SETTINGS).partial_fit(X, 1e4 * y + 7e4)
    for _ in range(200):
        model.partial_fit(X, 1e4 * y + 7e4)
    assert model.score(X, 1e4 * y + 7e4) > 0.9
    mean, scale = model._targets_mean, model._targets_scale
    model.partial_fit(X[:3], [0.0, 0.0, 0.0])
    assert model._targets_mean is mean and model._targets_scale is scale


def test_weights_count_in_calls():
    X, y = wine()
    w = np.arange(len(y)) % 3
    first = DNNRegressor(**{**SETTINGS, "batch_size": 1000, "shuffle": False}).partial_fit(X, y, sample_weight=w)
    second = clone(first).partial_fit(X.repeat(w, axis=0), y.repeat(w))
    np.testing.assert_allclose(first.coefs_[0], second.coefs_[0], atol=1e-9)
    by_class, by_sample = DNNClassifier(**SETTINGS, class_weight={0: 9.0, 1: 1.0, 2: 2.0}), DNNClassifier(**SETTINGS)
    for _ in range(3):
        by_class.partial_fit(X, y, classes=[0, 1, 2])
        by_sample.partial_fit(X, y, classes=[0, 1, 2], sample_weight=np.array([9.0, 1.0, 2.0])[y])
        assert same(by_class, by_sample)
    with pytest.raises(ValueError, match="partial_fit does not see all samples at once: class_weight cannot be"):
        DNNClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])


def test_what_is_refused():
    X, y = wine()
    for model in (LinearRegressor(), LinearClassifier(), DNNRegressor(solver="lbfgs")):
        assert not hasattr(model, "partial_fit")
    assert hasattr(LinearRegressor(solver="adam"), "partial_fit")
    with pytest.raises(ValueError, match="early_stopping must be False"):
        DNNRegressor(early_stopping=True).partial_fit(X, y)
    model = DNNRegressor(**SETTINGS).partial_fit(X, y)
    kept = dict(vars(model))
    with pytest.raises(ValueError, match="X has 12 features"):
        model.partial_fit(X[:, 1:], y)
    with pytest.raises(ValueError, match="y has 2 columns, 1 are expected"):
        model.partial_fit(X, np.stack([y, y], axis=1))
    assert all(vars(model)[name] is value for name, value in kept.items())
