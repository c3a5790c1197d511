"""A fit gives the same bits whatever the number of threads, of jobs, and of cores."""

import json
import subprocess
import sys
import threading

import joblib
import numpy as np
import pytest
from sklearn import datasets
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_info, threadpool_limits

from kerasflow.callbacks import LambdaCallback
from kerasflow.estimators import DNNClassifier
from kerasflow.estimators.threads import blas_threads

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def in_use():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


FIT = """
import hashlib, json, sys, warnings
import numpy as np
from kerasflow.estimators import DNNClassifier, LinearRegressor

warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
X = rng.normal(size=(700, 300))  # large enough for BLAS to use threads
y = np.argmax(X[:, :3] + rng.normal(size=(700, 3)), axis=1)
found = []
for settings in ({"max_iter": 2}, {"solver": "lbfgs", "max_iter": 5}, {"max_iter": 150, "batch_size": 100}):
    model = DNNClassifier((256,), random_state=0, **settings).fit(X, y)
    found += [*model.coefs_, model.predict_proba(X)]
found.append(LinearRegressor(max_iter=20).fit(X, y).coef_)
json.dump([hashlib.sha256(np.ascontiguousarray(a)).hexdigest() for a in found], sys.stdout)
"""


@pytest.mark.slow
def test_bits_do_not_depend_on_the_threads_of_blas():
    def fits(threads):
        code = f"from threadpoolctl import threadpool_limits\nimport scipy.linalg\nthreadpool_limits({threads})\n{FIT}"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
        return json.loads(done.stdout)

    one = fits(1)
    assert fits(2) == one
    assert fits(4) == one


def test_threads_are_limited_within_and_as_before_after():
    with threadpool_limits(3, "blas"):
        before = in_use()
        with blas_threads():
            assert in_use() == {1}
            with blas_threads(2):
                assert in_use() == {1}
        assert in_use() == before
        with blas_threads(2):
            assert in_use() == {min(2, n) for n in before}
        with pytest.raises(KeyError), blas_threads():
            raise KeyError
        assert in_use() == before


def test_those_who_compute_at_once_have_the_fewest_asked_for():
    entered, leave, seen = threading.Event(), threading.Event(), []

    def other():
        with blas_threads(1):
            entered.set()
            leave.wait(10)

    with threadpool_limits(3, "blas"):
        before = in_use()
        thread = threading.Thread(target=other)
        thread.start()
        entered.wait(10)
        with blas_threads(2):
            seen.append(in_use())
            leave.set()
            thread.join()
            seen.append(in_use())
        seen.append(in_use())
    assert seen == [{1}, {min(2, n) for n in before}, before]


def test_fits_and_predictions_ask_for_n_threads():
    X, y = datasets.load_iris(return_X_y=True)
    with threadpool_limits(2, "blas"):
        most = max(in_use())
        for count in (1, 2):
            seen = []

            class Look(LambdaCallback):
                seen_by = seen

                def on_epoch_end(self, epoch, logs=None):
                    type(self).seen_by.append(in_use())

            DNNClassifier(max_iter=1, n_threads=count, callbacks=[Look()]).fit(X, y)
            assert seen == [{min(count, most)}]


def threads_of_a_worker():
    with blas_threads(2):
        return in_use()


@pytest.mark.parametrize("backend", ["threading", pytest.param("loky", marks=pytest.mark.slow)])
def test_workers_have_one_thread(backend):
    with threadpool_limits(2, "blas"):
        found = joblib.Parallel(n_jobs=2, backend=backend)(joblib.delayed(threads_of_a_worker)() for _ in range(2))
    assert found == [{1}, {1}]


@pytest.mark.parametrize("backend", ["threading", pytest.param("loky", marks=pytest.mark.slow)])
def test_a_search_gives_the_same_bits_with_any_number_of_jobs(backend):
    X, y = datasets.load_iris(return_X_y=True)
    grid = {"hidden_layer_sizes": [(5,), (9, 4)], "dropout": [0.0, 0.2], "solver": ["adam", "nadam"]}
    found = []
    for jobs in (1, 2):
        with joblib.parallel_config(backend, n_jobs=jobs):
            search = GridSearchCV(DNNClassifier(max_iter=6, random_state=0), grid, cv=2).fit(X, y)
        scores = [search.cv_results_[f"split{k}_test_score"] for k in range(2)]
        found.append([*scores, search.predict_proba(X), *search.best_estimator_.coefs_])
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))
