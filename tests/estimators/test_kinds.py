"""Targets of every kind: labels that go together, several outputs, and how their classes weigh."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import datasets
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import KFold, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.preprocessing import StandardScaler

from kerasflow.estimators import DNNClassifier
from tests.estimators.reference import precise, softmax

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def wine():
    X, y = datasets.load_wine(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def labels():
    """Two labels that may go together."""
    X, y = wine()
    return X, np.stack([y != 1, X[:, 0] > 0.3], axis=1).astype(int)


def several():
    """Three outputs: three classes, two, and three."""
    X, y = wine()
    names = np.array(["a", "b", "c"])
    return X, np.stack([names[y], np.where(X[:, 0] > 0, "b", "x"), names[(X[:, 1] > 0).astype(int) + (y > 1)]], axis=1)


def columns(answer):
    return answer if isinstance(answer, list) else list(answer.T)


def test_labels_are_logistic_regressions_side_by_side():
    X, y = labels()
    model = precise().fit(X, y)
    assert model.classes_.tolist() == [0, 1] and model.coef_.shape == (2, 13)
    for k in range(2):
        alone = TheirLogisticRegression(tol=1e-10, max_iter=10_000).fit(X, y[:, k])
        np.testing.assert_allclose(model.coef_[k], alone.coef_[0], atol=1e-5)
        np.testing.assert_allclose(model.predict_proba(X)[:, k], alone.predict_proba(X)[:, 1], atol=1e-5)
    np.testing.assert_array_equal(model.predict(X), (model.predict_proba(X) > 0.5).astype(int))
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X), rtol=1e-12)
    assert model.score(X, y) == accuracy_score(y, model.predict(X)) > 0.9
    assert model.predict(X).dtype == np.int64


def test_labels_may_be_sparse_or_lists_or_booleans():
    X, y = labels()
    coef = precise().fit(X, y).coef_
    for same in (csr_matrix(y), y.tolist(), y.astype(bool), y.astype(float)):
        np.testing.assert_array_equal(precise().fit(X, same).coef_, coef)


def test_several_outputs_are_classifiers_side_by_side():
    X, y = several()
    model = precise().fit(X, y)
    parts = [precise().fit(X, column) for column in y.T]
    assert [c.tolist() for c in model.classes_] == [["a", "b", "c"], ["b", "x"], ["a", "b", "c"]]
    for name in ("predict_proba", "predict_log_proba", "decision_function"):
        for ours, alone in zip(getattr(model, name)(X), parts, strict=True):
            assert ours.shape == getattr(alone, name)(X).shape
            np.testing.assert_allclose(ours, getattr(alone, name)(X), atol=2e-4)
    np.testing.assert_array_equal(model.predict(X), np.stack([p.predict(X) for p in parts], axis=1))
    theirs = MultiOutputClassifier(precise()).fit(X, y)
    assert model.score(X, y) == theirs.score(X, y) > 0.8
    weights = np.arange(len(y))
    right = (model.predict(X) == y).all(axis=1)
    assert model.score(X, y, sample_weight=weights) == np.average(right, weights=weights) != model.score(X, y)
    assert cross_val_score(precise(), X, y, cv=KFold(3, shuffle=True, random_state=0)).min() > 0.7


def test_the_loss_of_several_outputs_is_the_sum_of_theirs():
    X, y = several()
    w = np.random.default_rng(0).uniform(0.5, 2, len(y))
    model = precise(max_iter=3).fit(X, y, sample_weight=w)
    total = np.zeros(len(y))
    z = X @ model.coef_.T + model.intercept_
    for k, (start, end) in enumerate([(0, 3), (4, 7)]):
        codes = np.searchsorted(["a", "b", "c"], y[:, 2 * k])
        total -= np.log(softmax(z[:, start:end])[np.arange(len(y)), codes])
    total += np.log1p(np.exp(np.where(y[:, 1] == "x", -1, 1) * z[:, 3]))
    penalty = 0.5 * (model.coef_**2).sum() / w.sum()
    np.testing.assert_allclose(model.loss_, np.average(total, weights=w) + penalty, rtol=1e-12)


@pytest.mark.parametrize("data", [labels, several])
@pytest.mark.parametrize("weights", [None, "random"])
def test_classes_weigh_in_each_output_apart(data, weights):
    X, y = data()
    w = None if weights is None else np.random.default_rng(3).uniform(0.1, 3, len(y))
    values = [np.unique(column) for column in y.T]
    given = [dict.fromkeys(values[0].tolist(), 2.0), "balanced", None][: len(values)]
    given[0][values[0][0]] = 0.25
    model = precise(class_weight=given).fit(X, y, sample_weight=w)
    total = len(y) if w is None else w.sum()
    for k, (one, proba) in enumerate(zip(given, columns(model.predict_proba(X)), strict=True)):
        # Alone, the penalty stands beside the sum of the losses as its classes weigh; here that is the samples' sum.
        weighed = np.ones(len(y)) if w is None else w
        if one == "balanced":
            sums = [weighed[y[:, k] == v].sum() for v in values[k]]
            weighed = weighed * (total / len(sums) / np.array(sums))[np.searchsorted(values[k], y[:, k])]
        elif one is not None:
            weighed = weighed * np.vectorize(one.get)(y[:, k])
        expected = precise().fit(X, y[:, k], sample_weight=weighed).predict_proba(X)
        np.testing.assert_allclose(proba, expected if proba.ndim == 2 else expected[:, 1], atol=1e-4)
    balanced = precise(class_weight="balanced").fit(X, y, sample_weight=w)
    listed = precise(class_weight=["balanced"] * len(values)).fit(X, y, sample_weight=w)
    np.testing.assert_array_equal(balanced.coef_, listed.coef_)


def test_batches_learn_labels_and_several_outputs():
    for X, y in (labels(), several()):
        model = DNNClassifier((20,), learning_rate_init=0.02, max_iter=60, early_stopping=True, random_state=0)
        assert model.fit(X, y).score(X, y) > 0.85
        assert len(model.validation_loss_curve_) == model.n_iter_


def test_an_output_with_one_class_is_certain():
    X, y = several()
    y = np.where([False, True, False], "only", y)
    model = precise().fit(X, y)
    assert (model.predict(X)[:, 1] == "only").all() and (model.predict_proba(X)[1] == 1).all()
    assert (model.predict_log_proba(X)[1] == 0).all()


def test_log_probabilities_stay_precise():
    model = precise(alpha=1e-3).fit([[-1.0], [1.0]], [0, 1])
    z = model.decision_function([[200.0]])[0]
    np.testing.assert_allclose(model.predict_log_proba([[200.0]]), [[-z, -np.exp(-z)]], rtol=1e-9)
    assert z > 700


@pytest.mark.parametrize(
    ("data", "weight", "message"),
    [
        (wine, ["balanced"], "y has 1 outputs: class_weight must be a dict or 'balanced'"),
        (labels, {0: 1.0, 1: 2.0}, "y has 2 outputs: class_weight must be 'balanced' or a list with an item for each"),
        (several, ["balanced", None], "y has 3 outputs: .* a list with an item for each"),
    ],
)
def test_class_weights_for_other_outputs(data, weight, message):
    with pytest.raises(ValueError, match=message):
        precise(class_weight=weight).fit(*data())
