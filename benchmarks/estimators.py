"""Estimators against scikit-learn's, with default settings: ``python benchmarks/estimators.py``.

For each data set the mean score of five-fold cross-validation on standardised features (accuracy, or R2), its standard
error over the folds, and the CPU time of the fits with their predictions, compilation included. Then, with
``--search``, a search over 24 settings of a network with two jobs, each in a process of its own. Set
OPENBLAS_NUM_THREADS=1: the products are too small for threads.

    --seeds N      how many cross-validations of five folds, 3 by default
    --housing CSV  the housing prices of California as a table of numbers, with a column "median_house_value"; without
                   it they are fetched by scikit-learn, and left out where that fails
    --search       search too
"""

import argparse
import csv
import os
import subprocess
import sys
import time
import warnings

import numpy as np
from sklearn import datasets
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from kerasflow.estimators import DNNClassifier, DNNRegressor, LinearClassifier, LinearRegressor

RIVALS = [
    ("diabetes", DNNRegressor(), MLPRegressor()),
    ("housing", DNNRegressor(), MLPRegressor()),
    ("iris", DNNClassifier(), MLPClassifier()),
    ("wine", DNNClassifier(), MLPClassifier()),
    ("breast_cancer", DNNClassifier(), MLPClassifier()),
    ("digits", DNNClassifier(), MLPClassifier()),
    ("diabetes", LinearRegressor(alpha=1.0), Ridge()),
    ("housing", LinearRegressor(alpha=1.0), Ridge()),
    ("iris", LinearClassifier(), LogisticRegression()),
    ("wine", LinearClassifier(), LogisticRegression()),
    ("breast_cancer", LinearClassifier(), LogisticRegression()),
    ("digits", LinearClassifier(), LogisticRegression()),
]
GRID = {
    "hidden_layer_sizes": [(50,), (100,), (64, 32)],
    "alpha": [1e-5, 1e-4, 1e-3, 1e-2],
    "learning_rate_init": [1e-3, 1e-2],
}


def housing(path):
    """Features and prices, from a file or from where scikit-learn finds them; None if it does not."""
    if path is None:
        try:
            return datasets.fetch_california_housing(return_X_y=True)
        except OSError:
            return None
    with open(path, newline="") as file:
        names, *rows = csv.reader(file)
    target = names.index("median_house_value")
    columns = [k for k, cell in enumerate(rows[0]) if k != target and is_number(cell)]
    full = [row for row in rows if all(row[k] for k in (*columns, target))]
    return np.array([[float(row[k]) for k in columns] for row in full]), np.array([float(row[target]) for row in full])


def is_number(cell):
    """Whether a cell of a table reads as a number."""
    try:
        return bool(float(cell)) or True
    except ValueError:
        return False


def measured(models, X, y, seeds):
    """For each model the mean score, its standard error, and the CPU time; they take turns."""
    scores, seconds = [[] for _ in models], [0.0 for _ in models]
    for seed in range(seeds):
        folds = (StratifiedKFold if is_classifier(models[0]) else KFold)(5, shuffle=True, random_state=seed)
        for k, model in enumerate(models):
            started = time.process_time()
            pipeline = make_pipeline(StandardScaler(), model.set_params(random_state=seed))
            scores[k] += cross_val_score(pipeline, X, y, cv=folds).tolist()
            seconds[k] += time.process_time() - started
    return [(np.mean(s), np.std(s) / np.sqrt(len(s)), t) for s, t in zip(scores, seconds, strict=True)]


def compare(seeds, path):
    """Print a line for each data set and pair of estimators."""
    columns = f"{'score':>15}{'CPU s':>8}"
    print(f"{'data':14}{'kerasflow':17}{columns}   {'scikit-learn':19}{columns}{'ratio':>7}")
    for name, ours, theirs in RIVALS:
        data = housing(path) if name == "housing" else getattr(datasets, f"load_{name}")(return_X_y=True)
        if data is None:
            print(f"{name:14}cannot be fetched: --housing CSV")
            continue
        (score, error, seconds), (peer, peer_error, peer_seconds) = measured((ours, theirs), *data, seeds)
        print(
            f"{name:14}{type(ours).__name__:17}{score:8.3f} ±{error:.3f}{seconds:8.2f}   "
            f"{type(theirs).__name__:19}{peer:8.3f} ±{peer_error:.3f}{peer_seconds:8.2f}{peer_seconds / seconds:7.2f}",
            flush=True,
        )


def search(name):
    """Search with two jobs, in this process and its children."""
    X, y = datasets.load_digits(return_X_y=True)
    model = {"DNNClassifier": DNNClassifier, "MLPClassifier": MLPClassifier}[name](random_state=0)
    started = time.perf_counter()
    found = GridSearchCV(model, GRID, n_jobs=2, cv=5).fit(X / 16, y)
    print(
        f"{name:14} 24 settings, 5 folds, 2 jobs: {time.perf_counter() - started:6.1f} s, best {found.best_score_:.3f}"
    )


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Estimators against scikit-learn's.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--housing", metavar="CSV")
    parser.add_argument("--search", nargs="?", const="both")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    os.environ["PYTHONWARNINGS"] = "ignore"  # of the children
    if options.search not in (None, "both"):
        return search(options.search)
    compare(options.seeds, options.housing)
    for name in ("DNNClassifier", "MLPClassifier") if options.search else ():
        subprocess.run([sys.executable, __file__, "--search", name], check=True)


if __name__ == "__main__":
    main()
