"""Wide and deep: the sum of both parts, trained together; embeddings, crosses and columns of either part."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from kerasflow.estimators import (
    DNNClassifier,
    DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor,
    LinearClassifier,
    LinearRegressor,
)
from tests.estimators.checks import with_checks

BOTH = (DNNLinearCombinedRegressor, DNNLinearCombinedClassifier)
SMALL = {"max_iter": 100, "learning_rate_init": 0.01}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@with_checks(*[cls((20,), **SMALL) for cls in BOTH])
def test_scikit_learn(estimator, check):
    check(estimator)


def census(count=300):
    """Ages and jobs, and an income that depends on both and on one pair of texts."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, count),
            "job": rng.choice(["baker", "clerk", "nurse", "pilot"], count),
            "town": rng.choice(["big", "small"], count),
        }
    )
    pair = (frame["job"] == "pilot") != (frame["town"] == "big")
    return frame, ((frame["age"] - 40) / 10 + 2 * pair).to_numpy()


def small(cls=DNNLinearCombinedRegressor, **settings):
    defaults = {"hidden_layer_sizes": (6,), "activation": "tanh", "max_iter": 5, "random_state": 0}
    return cls(**{**defaults, "categorical_features": "from_dtype", **settings})


def by_hand(model, features):
    """What the weights of a model say: its two parts, computed in NumPy."""
    groups, (embeddings, last) = model._table.groups(), (model.embeddings_, model.coefs_[-1])
    deep, left = [], list(embeddings)
    for group in groups:
        block = features[:, group.start : group.stop]
        if not group.crossed and not group.text:
            deep.insert(len(deep) - len(embeddings) + len(left), block)
    for group in groups:
        block = features[:, group.start : group.stop]
        if group.text and not group.crossed:
            deep.append(block @ left.pop(0) if left else block)
    hidden = np.hstack(deep)
    for coef, intercept in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        hidden = np.tanh(hidden @ coef + intercept)
    return features @ model.linear_coef_ + hidden @ last + model.intercepts_[-1]


@pytest.mark.parametrize("settings", [{}, {"crosses": [("job", "town")]}, {"hidden_layer_sizes": (5, 4)}])
def test_predictions_are_the_sum_of_both_parts(settings):
    frame, y = census()
    model = small(**settings).fit(frame, y)
    features = model._table.features(frame).astype(float)
    np.testing.assert_allclose(model.predict(frame), by_hand(model, features)[:, 0], rtol=1e-4, atol=1e-5)
    assert [e.shape for e in model.embeddings_] == [(4, 4), (2, 2)]  # at most as many numbers as values
    classes = np.array(["low", "middle", "high"])[np.digitize(y, [0, 2])]
    model = small(DNNLinearCombinedClassifier, **settings).fit(frame, classes)
    z = by_hand(model, features)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(frame), p, rtol=1e-4)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_each_part_learns_what_the_other_lacks(solver):
    frame, y = census()
    settings = {"solver": solver, "max_iter": 150, "learning_rate_init": 0.04, "alpha": 1e-3}
    full = small(**settings).fit(frame, y).score(frame, y)
    # The pair is beyond a sum of single columns, and within reach of crosses.
    linear = LinearRegressor(categorical_features="from_dtype").fit(frame, y).score(frame, y)
    assert linear < 0.75 < 0.99 < full
    no_depth = {"deep_features": ["age"], "hidden_layer_sizes": (1,)}
    assert small(**settings, **no_depth).fit(frame, y).score(frame, y) < 0.75
    assert small(**settings, **no_depth, crosses=[("job", "town")]).fit(frame, y).score(frame, y) > 0.99


def test_without_depth_it_is_the_linear_model():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3)) * [1, 10, 0.1] + 5
    y = np.where(X @ [1, 0.1, 10] + rng.normal(size=100) > 110, "a", "b")
    y[:2] = ["a", "b"]
    plain = LinearClassifier(alpha=1.0).fit(X, y)
    settings = {"deep_features": [0], "hidden_layer_sizes": (), "solver": "lbfgs", "max_iter": 2000, "tol": 1e-9}
    model = DNNLinearCombinedClassifier(**settings, alpha=1.0).fit(X, y)
    # The first feature has two weights, whose penalty is the less; the others' sums are as in the linear model.
    first = model.linear_coef_[0, 0]
    np.testing.assert_allclose(model.coefs_[0][0, 0], first, atol=1e-5)
    assert model.coefs_[0].shape == (1, 1) and abs(2 * first) > abs(plain.coef_[0, 0])
    np.testing.assert_allclose(model.linear_coef_[2], plain.coef_[0, 2:], atol=0.3)


def test_columns_of_the_parts():
    frame, y = census()
    model = small(linear_features=["job"], deep_features=["age", "town"], embedding_size=3).fit(frame, y)
    assert model.linear_coef_.shape == (4, 1) and [e.shape for e in model.embeddings_] == [(2, 3)]
    assert [c.shape for c in model.coefs_] == [(1 + 3, 6), (6, 1)] and model.n_layers_ == 3
    model = small(embedding_size=0).fit(frame, y)
    assert model.embeddings_ == [] and model.coefs_[0].shape == (1 + 4 + 2, 6)
    X = np.random.default_rng(0).normal(size=(30, 4))
    plain = DNNLinearCombinedRegressor((3,), linear_features=[0, 3], deep_features=[False, True, True, True])
    plain.set_params(max_iter=2).fit(X, X[:, 0])
    assert plain.linear_coef_.shape == (2, 1) and plain.coefs_[0].shape == (3, 3)
    expected = X[:, [0, 3]] @ plain.linear_coef_ + plain.intercepts_[-1]
    expected += np.maximum(X[:, 1:] @ plain.coefs_[0] + plain.intercepts_[0], 0) @ plain.coefs_[1]
    np.testing.assert_allclose(plain.predict(X), expected[:, 0], rtol=1e-10)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"linear_features": ["salary"]}, "linear_features names 'salary', which is no column"),
        ({"deep_features": []}, "deep_features names no column: both parts of the network need one"),
        ({"crosses": [("job", "salary")]}, "crosses names 'salary', which is no column"),
        ({"crosses": [("job", "age")]}, "crosses names 'age', which holds no categories"),
        ({"crosses": ["job"]}, "'crosses' of DNNLinearCombinedRegressor must be None, or a list of tuples"),
        ({"embedding_size": -1}, "'embedding_size' of DNNLinearCombinedRegressor must be one of 'auto', or an integer"),
        ({"linear_features": "from_dtype"}, "'linear_features' of DNNLinearCombinedRegressor must be None, or a list"),
    ],
)
def test_settings_that_do_not_fit(setting, message):
    with pytest.raises(ValueError, match=message):
        small(**setting).fit(*census())


def test_unseen_values_and_missing_ones():
    frame, y = census()
    frame.loc[0, "job"] = "judge"  # teaches the bucket of others
    frame.loc[1:5, "town"] = None
    model = small(crosses=[("job", "town")], missing_values="median").fit(frame, y)
    rows = pd.concat([frame.iloc[[0]]] * 2).assign(job=["judge", "diver"], town="big")
    np.testing.assert_array_equal(*model.predict(rows))
    with pytest.raises(ValueError, match="The column 'town' lacks 5 of 300 values"):
        small(crosses=[("job", "town")]).fit(frame, y)


def test_its_life():
    frame, y = census()
    first = small().fit(frame, y)
    again = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(again.predict(frame), first.predict(frame))
    np.testing.assert_array_equal(clone(first).fit(frame, y).predict(frame), first.predict(frame))
    other = small(random_state=1).fit(frame, y)
    assert not np.array_equal(other.predict(frame), first.predict(frame))
    warm = small(warm_start=True, solver="sgd", batch_size=300, learning_rate_init=1e-3).fit(frame, y)
    before = warm.loss_curve_
    warm.fit(frame, y)
    assert warm.loss_curve_[0] < before[-1] < before[0]
    with pytest.raises(ValueError, match="warm_start=True asks for"):
        warm.set_params(hidden_layer_sizes=(7,)).fit(frame, y)
    parts = small(DNNLinearCombinedClassifier)
    for _ in range(3):
        parts.partial_fit(frame, y > 1, classes=[False, True])
    assert parts.n_iter_ == 3 and parts.loss_curve_[2] < parts.loss_curve_[0]


def test_more_of_both_helps_on_digits():
    X = np.random.default_rng(0).normal(size=(400, 6))
    y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(int)
    settings = {"max_iter": 60, "learning_rate_init": 0.01, "random_state": 0}
    deep = DNNClassifier((16,), **settings).fit(X, y).loss_
    assert DNNLinearCombinedClassifier((16,), **settings).fit(X, y).loss_ < deep


def test_crosses_tell_all_pairs_apart():
    frame = pd.DataFrame({"a": ["p x q", "p", "x", "p x", "\\x", "p"], "b": ["r", "q x r", "y", "x r", "y", "x x r"]})
    model = small(crosses=[("a", "b")], solver="lbfgs").fit(pd.concat([frame] * 2), np.arange(12.0))
    assert len([name for name in model.encoded_features_ if name.startswith("a x b = ")]) == 6


def test_a_cross_is_no_column_of_the_frame():
    frame, income = census(20)
    with pytest.raises(ValueError, match="crosses makes a column called 'job x town', and X has one, too"):
        small(crosses=[("job", "town")]).fit(frame.assign(**{"job x town": 1.0}), income)
    with pytest.raises(
        ValueError, match="'crosses' .* must be None, or a list of tuples of two or more columns. Got 5"
    ):
        small(crosses=5).fit(frame, income)
