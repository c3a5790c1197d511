"""Pickles of estimators: what is in them, and where they open: in threads, in workers of joblib, in new processes."""

import io
import multiprocessing
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone

from kerasflow.estimators import load
from tests.estimators.test_files import CASES

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# Beside NumPy and the class itself: plain data of ours, and what the caller passed.
HELD = {
    ("kerasflow.estimators.table_features", "TableFeatures"),
    ("kerasflow.estimators.frames", "FrameReader"),
    ("kerasflow.estimators.tabular", "TabularEncoder"),
    ("kerasflow.estimators.tabular_columns", "NumericColumn"),
    ("kerasflow.estimators.tabular_columns", "TextColumn"),
    ("kerasflow.estimators.wide_deep", "WideDeep"),
    ("kerasflow.estimators.kept", "_closed"),
    ("tests.estimators.test_files", "build"),
}


def fitted(case):
    model, features, targets = CASES[case]
    return clone(model).fit(features, targets), features


def imports(data):
    """The (module, name) of all that a pickle imports."""
    found = []

    class Recorder(pickle.Unpickler):
        def find_class(self, module, name):
            found.append((module, name))
            return super().find_class(module, name)

    Recorder(io.BytesIO(data)).load()
    return found


@pytest.mark.parametrize("case", [case for case in CASES if case != "an optimizer"])
def test_a_pickle_holds_plain_data_and_is_small(case):
    model, features = fitted(case)
    model.predict(features)
    data = pickle.dumps(model)
    others = {pair for pair in imports(data) if pair[0].split(".")[0] not in ("numpy", "copyreg", "builtins")}
    assert others <= HELD | {(type(model).__module__, type(model).__name__)}
    assert len(data) < 8_000


def answer(data, features):
    return pickle.loads(data).predict(features)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["loky", "threading", "spawn"])
def test_pickles_open_everywhere(way):
    models = [fitted(case) for case in ("classes", "a table", "wide and deep", "built", "a model")]
    jobs = [(pickle.dumps(model), features) for model, features in models]
    if way == "spawn":
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            answers = pool.starmap(answer, jobs)
    else:
        answers = joblib.Parallel(n_jobs=2, backend=way)(joblib.delayed(answer)(*job) for job in jobs)
    for found, (model, features) in zip(answers, models, strict=True):
        np.testing.assert_array_equal(found, model.predict(features))


def load_and_predict(path, features):
    return load(path).predict(features)


@pytest.mark.slow
def test_files_open_in_new_processes(tmp_path):
    models = [fitted(case) for case in ("several outputs", "a table", "wide and deep", "a model")]
    jobs = []
    for place, (model, features) in enumerate(models):
        model.save(tmp_path / f"{place}")
        jobs.append((tmp_path / f"{place}", features))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        answers = pool.starmap(load_and_predict, jobs)
    for found, (model, features) in zip(answers, models, strict=True):
        np.testing.assert_array_equal(found, model.predict(features))
