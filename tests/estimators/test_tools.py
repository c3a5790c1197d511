"""At home in scikit-learn: pipelines, cross-validation, searches in several processes, ensembles."""

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.ensemble import AdaBoostClassifier, BaggingRegressor
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multioutput import ClassifierChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import kerasflow as tf
from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, LinearRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_pipeline_from_a_frame_with_texts():
    frame = datasets.load_iris(as_frame=True).frame
    kinds = np.array(["setosa", "versicolor", "virginica"])[frame.pop("target")]
    frame["size"] = np.where(frame.pop("petal length (cm)") > 4, "large", "small")
    columns = make_column_transformer((OneHotEncoder(), ["size"]), remainder=StandardScaler())
    model = make_pipeline(columns, DNNClassifier((8,), solver="lbfgs", random_state=0)).fit(frame, kinds)
    assert model.score(frame, kinds) > 0.95
    assert model.predict(frame.head(2)).tolist() == ["setosa", "setosa"]


def test_cross_validation_is_repeatable_and_by_hand_the_same():
    X, y = datasets.load_diabetes(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), DNNRegressor((8,), max_iter=20, random_state=0))
    scores = cross_val_score(pipeline, X, y, cv=3)
    np.testing.assert_array_equal(scores, cross_val_score(pipeline, X, y, cv=3))
    rows = np.arange(len(y)) >= 148  # the first of three folds is held out
    scaler = StandardScaler().fit(X[rows])
    model = DNNRegressor((8,), max_iter=20, random_state=0).fit(scaler.transform(X[rows]), y[rows])
    assert np.isclose(model.score(scaler.transform(X[~rows]), y[~rows]), scores[0], rtol=1e-12)


SEARCH = """
import json, sys, warnings
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from kerasflow.estimators import DNNClassifier

if __name__ == "__main__":
    X, y = datasets.load_iris(return_X_y=True)
    model = DNNClassifier(max_iter=15, random_state=0)
    grid = {"hidden_layer_sizes": [(3,), (9,)], "dropout": [0.0, 0.2]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        search = GridSearchCV(model, grid, cv=2, n_jobs=int(sys.argv[1])).fit(X, y)
    results = search.cv_results_
    json.dump([results["split0_test_score"].tolist(), results["split1_test_score"].tolist(),
               search.predict_proba(X).tolist()], sys.stdout)
"""


@pytest.mark.slow
def test_a_search_in_two_processes_is_the_search(tmp_path):
    script = tmp_path / "search.py"
    script.write_text(SEARCH)

    def search(jobs):
        command = [sys.executable, "-W", "ignore", str(script), str(jobs)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        return json.loads(done.stdout)

    assert search(2) == search(1)


def test_a_search_takes_the_best_and_leaves_the_graph_alone():
    X, y = datasets.load_iris(return_X_y=True)
    search = GridSearchCV(LinearClassifier(), {"alpha": [1e6, 1.0]}, cv=3).fit(X, y)
    assert search.best_params_ == {"alpha": 1.0} and search.best_score_ > 0.95
    assert tf.get_default_graph().size == 0


def test_meta_estimators_take_it_for_their_part():
    X, y = datasets.load_iris(return_X_y=True)
    boosted = AdaBoostClassifier(LinearClassifier(max_iter=5), n_estimators=3, random_state=0).fit(X, y)
    assert boosted.score(X, y) > 0.8
    assert CalibratedClassifierCV(LinearClassifier(), cv=2).fit(X, y).predict_proba(X).shape == (150, 3)
    bags = BaggingRegressor(LinearRegressor(), n_estimators=3, random_state=0).fit(X, X[:, 0] + y)
    assert bags.score(X, X[:, 0] + y) > 0.9
    logs = TransformedTargetRegressor(LinearRegressor(), func=np.log, inverse_func=np.exp).fit(X, np.exp(X[:, 0]))
    np.testing.assert_allclose(logs.predict(X), np.exp(X[:, 0]), rtol=1e-5)
    chain = ClassifierChain(LinearClassifier(), random_state=0).fit(X, np.stack([y == 0, y == 2], axis=1))
    assert chain.predict(X).shape == (150, 2)
    important = permutation_importance(LinearClassifier().fit(X, y), X, y, n_repeats=2, random_state=0)
    assert important.importances_mean.argmax() >= 2
    np.testing.assert_allclose(cross_val_predict(LinearRegressor(), X, X[:, 1], cv=2), X[:, 1], rtol=1e-4)
