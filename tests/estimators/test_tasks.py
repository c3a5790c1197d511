"""scikit-learn's callbacks, which there are from version 1.9 on: the fit and its epochs are tasks."""

import pickle

import numpy as np
import pytest
from sklearn import datasets
from sklearn.base import clone
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn is older than 1.9")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def iris():
    X, y = datasets.load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


class Diary:
    """Writes down what it is told; ends the fit after so many epochs."""

    def __init__(self, last=None):
        self.entries, self.last = [], last
        self.accuracies = []

    def setup(self, estimator, context):
        self.entries.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.entries.append(("begin", context.task_name, context.task_id, context.max_subtasks))

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.entries.append(("end", context.task_name, context.task_id))
        self.accuracies.append(accuracy_score(y, fitted_estimator.predict(X)))
        self.metadata = metadata
        return context.task_name == "epoch" and context.task_id == self.last

    def teardown(self, estimator, context):
        self.entries.append("teardown")


FITS = {
    "adam": DNNClassifier((5,), random_state=0),
    "lbfgs": DNNClassifier((5,), random_state=0, solver="lbfgs"),
    "newton": LinearClassifier(solver="newton"),
}


@pytest.mark.parametrize("solver", FITS)
def test_the_fit_and_its_epochs_are_tasks(solver):
    X, y = iris()
    diary = Diary()
    model = clone(FITS[solver]).set_params(max_iter=3).set_callbacks(diary)
    names = np.array(["a", "b", "c"])[y]
    model.fit(X, names)
    epochs = [e for k in range(3) for e in (("begin", "epoch", k, 0), ("end", "epoch", k))]
    assert diary.entries == ["setup", ("begin", "fit", 0, 3), *epochs, ("end", "fit", 0), "teardown"]
    assert diary.accuracies[-1] == diary.accuracies[-2] == model.score(X, names)
    shorter = [clone(FITS[solver]).set_params(max_iter=k).fit(X, names) for k in (1, 2, 3)]
    assert diary.accuracies[:3] == [m.score(X, names) for m in shorter]
    assert diary.metadata is None
    np.testing.assert_array_equal(model.coefs_[0], shorter[-1].coefs_[0])


@pytest.mark.parametrize("settings", [{}, {"solver": "lbfgs"}])
def test_a_callback_may_end_the_fit(settings):
    X, y = iris()
    model = DNNRegressor((5,), random_state=0, **settings)
    model.set_callbacks(Diary(last=1))
    with pytest.raises(ValueError):  # the accuracy of numbers
        model.fit(X, y + 0.5)
    assert not hasattr(model, "coefs_") and not hasattr(model, "_callback_fit_ctx")
    model = DNNClassifier((5,), random_state=0, **settings).set_callbacks(Diary(last=1)).fit(X, y, np.ones(150))
    linear = LinearClassifier(solver="newton").set_callbacks(Diary(last=1)).fit(X, y)
    assert model.n_iter_ == linear.n_iter_ == 2
    assert model._skl_callbacks[0].metadata["sample_weight"].sum() == 150


def test_callbacks_of_a_fit_that_fails_are_told_of_its_end():
    X, y = iris()
    diary = Diary()
    model = LinearClassifier().set_callbacks(diary)
    with pytest.raises(ValueError, match="NaN"):
        model.fit(X * np.nan, y)
    assert diary.entries[0] == "setup" and diary.entries[-1] == "teardown"
    assert not hasattr(model, "_callback_fit_ctx")


def test_scores_are_monitored_in_a_pipeline():
    X, y = datasets.load_iris(return_X_y=True)
    monitor = callback.ScoringMonitor(scoring="accuracy")
    model = DNNClassifier((8,), max_iter=7, learning_rate_init=0.02, random_state=0).set_callbacks(monitor)
    pipeline = make_pipeline(StandardScaler(), model).fit(X, y)
    rows = monitor.get_logs().data
    epochs = [row for row in rows if row["task_name"] == "epoch"]
    assert [row["task_id"] for row in epochs] == list(range(7))
    assert epochs[-1]["accuracy"] == pipeline.score(X, y) > epochs[0]["accuracy"]


@pytest.mark.slow
def test_progress_and_scores_of_a_search_in_two_processes(capsys):
    pytest.importorskip("rich")
    X, y = iris()
    monitor = callback.ScoringMonitor(scoring="accuracy")
    model = DNNClassifier(max_iter=4, random_state=0).set_callbacks(monitor)
    pipeline = make_pipeline(StandardScaler(), model)
    grid = {"dnnclassifier__hidden_layer_sizes": [(3,), (6,)]}
    search = GridSearchCV(pipeline, grid, cv=2, n_jobs=2).fit(X, y)
    rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(rows) == 4 * (2 * 2 + 1)  # each candidate on each fold, and the best on all
    assert search.score(X, y) in [row["accuracy"] for row in rows if row["task_id"] == 3]
    bar = callback.ProgressBar(max_propagation_depth=None)
    make_pipeline(StandardScaler(), DNNClassifier(max_iter=4)).set_callbacks(bar).fit(X, y)
    assert "DNNClassifier" in capsys.readouterr().out


def test_callbacks_go_with_clones_and_leave_pickles_small():
    X, y = iris()
    model = LinearClassifier().fit(X, y)
    size = len(pickle.dumps(model))
    monitor = callback.ScoringMonitor(scoring="accuracy")
    model = LinearClassifier().set_callbacks(monitor)
    assert clone(model).fit(X, y)._skl_callbacks
    model.fit(X, y).set_callbacks()
    assert len(pickle.dumps(model)) == size
