"""Sparse matrices: the same numbers as from dense ones, without ever making them dense."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from kerasflow.estimators import (
    DNNClassifier,
    DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    LinearClassifier,
    LinearRegressor,
    load,
)
from kerasflow.estimators.sparse import entries, moments, stretches

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def problem(dtype=np.float64):
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(60, 30)) * (rng.random((60, 30)) < 0.15)).astype(dtype)
    X[5] = 0  # a row without an entry
    return X, X[:, 0] + 2 * X[:, 1] + X[:, 2]


ESTIMATORS = [
    DNNRegressor((8,), max_iter=5, random_state=0, batch_size=16),
    DNNRegressor((8, 4), max_iter=5, random_state=0, alpha=0.0, l1=0.1, activation="tanh"),
    DNNClassifier((8,), max_iter=5, random_state=0, dropout=0.3, early_stopping=True),
    DNNClassifier((5,), solver="lbfgs", max_iter=20, random_state=0, alpha=0.0, activation="tanh"),
    DNNLinearCombinedRegressor((8,), max_iter=5, random_state=0, batch_size=16),
    DNNLinearCombinedRegressor((), max_iter=20, random_state=0, solver="lbfgs", deep_features=[0, 1, 2]),
    DNNLinearCombinedClassifier((6, 4), max_iter=5, random_state=0, dropout=0.3, linear_features=[0, 5, 6, 29]),
    DNNLinearCombinedClassifier((5,), max_iter=20, random_state=0, solver="lbfgs", deep_features=[True, False] * 15),
    LinearRegressor(),
    LinearRegressor(solver="sgd", max_iter=3, batch_size=7, shuffle=False),
    LinearClassifier(solver="lbfgs"),
    LinearClassifier(l1=0.1),
]


@pytest.mark.parametrize("model", ESTIMATORS, ids=str)
@pytest.mark.parametrize("made", [sparse.csr_matrix, sparse.csc_array, sparse.coo_array])
def test_they_are_the_dense_ones_to_rounding(model, made):
    X, y = problem()
    outputs = "predict"
    if hasattr(model, "predict_proba"):
        y, outputs = np.array(["a", "b", "c"])[np.digitize(y, [-0.5, 0.5])], "predict_proba"
    w = np.random.default_rng(1).uniform(0, 2, 60)
    dense = model.fit(X, y, sample_weight=w)
    coefs, found = dense.coefs_, getattr(dense, outputs)(X)
    few = model.fit(made(X), y, sample_weight=w)
    for ours, theirs in zip(few.coefs_, coefs, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-8)
    np.testing.assert_allclose(getattr(few, outputs)(made(X)), found, atol=1e-8)
    np.testing.assert_allclose(getattr(few, outputs)(X), found, atol=1e-8)
    assert few.n_features_in_ == 30


def test_parts_of_the_data():
    X, y = problem()
    dense, few = (DNNRegressor((8,), random_state=0) for _ in range(2))
    for k in range(0, 60, 20):
        dense.partial_fit(X[k : k + 20], y[k : k + 20])
        few.partial_fit(sparse.csr_array(X[k : k + 20]), y[k : k + 20])
    np.testing.assert_allclose(few.predict(X), dense.predict(X), rtol=1e-10)


def test_wide_and_deep_goes_on_with_data_of_either_kind_and_from_files(tmp_path):
    X, y = problem()
    few = sparse.csr_array(X)
    model = DNNLinearCombinedRegressor((4,), random_state=0, max_iter=3, warm_start=True, deep_features=[1, 2, 7])
    dense = model.fit(X, y).fit(X, y).predict(X)
    again = clone(model).fit(X, y).fit(few, y)
    np.testing.assert_allclose(again.predict(few), dense, rtol=1e-9)
    again.save(tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").predict(few), again.predict(few))
    frame = pd.DataFrame.sparse.from_spmatrix(few, columns=[f"word {k}" for k in range(30)])
    named = clone(model).set_params(deep_features=["word 1", "word 2", "word 7"])
    np.testing.assert_allclose(named.fit(frame, y).fit(frame, y).predict(frame), dense, rtol=1e-9)


def test_the_network_computes_in_the_type_of_the_features():
    X, y = problem(np.float32)
    model = LinearRegressor().fit(sparse.csr_array(X), y)
    assert model.coefs_[0].dtype == np.float32 and model.predict(sparse.csr_array(X)).dtype == np.float32
    assert LinearRegressor().fit(sparse.csr_array(X.astype(int)), y).coefs_[0].dtype == np.float64


def test_entries_that_are_there_twice_are_added_and_the_matrix_is_left_alone():
    twice = sparse.csr_array((np.array([1.0, 2.0, 4.0]), np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 3))
    model = LinearRegressor(alpha=0.1).fit(twice, [1.0, 2.0])
    again = LinearRegressor(alpha=0.1).fit(twice.toarray(), [1.0, 2.0])
    np.testing.assert_allclose(model.coef_, again.coef_, atol=1e-9)
    np.testing.assert_allclose(model.predict(twice), again.predict(twice.toarray()), rtol=1e-9)
    assert twice.nnz == 3


def test_texts_in_a_pipeline():
    texts = ["the cat sat", "a cat ran", "the dog sat", "a dog ran", "cats and a cat", "dogs and a dog"] * 5
    kinds = ["cat", "cat", "dog", "dog", "cat", "dog"] * 5
    for model in (LinearClassifier(), DNNClassifier((8,), max_iter=100, learning_rate_init=0.02, random_state=0)):
        assert cross_val_score(make_pipeline(CountVectorizer(), model), texts, kinds, cv=3).mean() == 1.0


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (sparse.csr_array([[np.nan]]), "Input X contains NaN"),
        (sparse.csr_array((0, 3)), "0 sample"),
        (sparse.csr_array([[1.0], [2.0]]), "inconsistent numbers of samples"),
    ],
)
def test_what_they_cannot_be(X, message):
    with pytest.raises(ValueError, match=message):
        LinearRegressor().fit(X, [1.0])


def test_columns_of_a_table_are_not_sparse():
    with pytest.raises(TypeError, match="[Ss]parse"):
        LinearRegressor(missing_values="median").fit(sparse.csr_array(np.eye(3)), [1, 2, 3])


def test_moments_are_those_of_the_dense_matrix():
    X, _ = problem()
    w = np.random.default_rng(1).uniform(0, 2, 60)
    for ours, theirs in zip(moments(sparse.csr_array(X), w), moments(X, w), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


def test_stretches_are_all_the_rows(monkeypatch):
    monkeypatch.setattr("kerasflow.estimators.sparse._PLACES", 40)
    X, _ = problem()
    parts = list(stretches(sparse.csr_array(X)))
    np.testing.assert_array_equal(np.vstack([part.toarray() for part in parts]), X)
    assert len(parts) > 3 and all(part.nnz <= 40 for part in parts)
    monkeypatch.setattr("kerasflow.estimators.sparse._PLACES", 2)
    parts = list(stretches(sparse.csr_array(X)))
    np.testing.assert_array_equal(np.vstack([part.toarray() for part in parts]), X)


def test_one_long_row_costs_no_more_than_its_entries():
    X = sparse.lil_array((1000, 5000))
    X[0] = 1.0
    X[:, 0] = 2.0
    places, values, rows = entries(sparse.csr_array(X))
    assert (
        places.shape == (1000, 6)
        and values.sum() == X.sum()
        and np.bincount(rows[values != 0])[:2].tolist() == [5000, 1]
    )


@pytest.mark.parametrize(
    "model",
    [
        LinearClassifier(solver="adam", max_iter=3),
        LinearClassifier(solver="lbfgs", max_iter=3),
        DNNLinearCombinedClassifier((1,), max_iter=3, deep_features=list(range(5000))),
    ],
    ids=str,
)
def test_memory_is_that_of_the_entries(model):
    rng = np.random.default_rng(0)
    rows, features = 2000, 20_000
    X = sparse.csr_array(
        (np.ones(20 * rows, np.float32), rng.integers(0, features, 20 * rows), np.arange(0, 20 * rows + 1, 20)),
        shape=(rows, features),
    )
    y = np.arange(rows) % 2
    tracemalloc.start()
    model.fit(X, y).predict(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < rows * features * 4 / 8
