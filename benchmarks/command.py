"""The command with its defaults against scikit-learn's MLP with its: ``python benchmarks/command.py``.

A quarter of each data set is held out, several times over. `kerasflow train` holds out a fifth of the other rows again,
to know when to stop; the MLP learns from all of them, standardised. Printed are the mean log loss or, of regressions,
the RMSE on the quarter, the mean of the differences with its standard error, the accuracy or R2, and the seconds of a
training, compilation included. Set OPENBLAS_NUM_THREADS=1: the products are too small for threads.

    --seeds N      how many quarters, 8 by default
    --housing CSV  a table to predict the column "median_house_value" from, too
"""

import argparse
import contextlib
import io
import json
import os
import tempfile
import time
import warnings

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, log_loss, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from kerasflow.cli.main import main as kerasflow


def tables(housing):
    """The data sets as frames: the name, the frame, its target."""
    for name in ("iris", "wine", "breast_cancer", "digits", "diabetes"):
        frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
        if name != "diabetes":
            frame["target"] = [f"class {label}" for label in frame["target"]]
        yield name, frame, "target"
    if housing:
        yield "housing", pd.read_csv(housing), "median_house_value"


def said(*arguments):
    """What the command says as JSON."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        if kerasflow([*arguments, "--json", "--quiet"]):
            raise SystemExit("the command has failed, see above")
    return json.loads(out.getvalue())


def ours(train, test, target, seed):
    """The loss, the score and the seconds of the command."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("train.csv", "test.csv", "run")]
        train.to_csv(paths[0], index=False)
        test.to_csv(paths[1], index=False)
        started = time.perf_counter()
        said("train", paths[0], "--target", target, "-o", paths[2], "--seed", str(seed), "--report", "none")
        seconds = time.perf_counter() - started
        found = said("evaluate", paths[2], paths[1])["model"]
    return *(found[name] for name in (("rmse", "r2") if "rmse" in found else ("log_loss", "accuracy"))), seconds


def theirs(train, test, target, seed):
    """The loss, the score and the seconds of the MLP."""
    X, y, rows, truth = train.drop(columns=target), train[target], test.drop(columns=target), test[target]
    numbers = X.select_dtypes("number").columns
    ready = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), X.columns.difference(numbers)),
    )
    regression = pd.api.types.is_numeric_dtype(y)
    model = (MLPRegressor if regression else MLPClassifier)(random_state=seed)
    started = time.perf_counter()
    if regression:
        fitted = make_pipeline(ready, TransformedTargetRegressor(model, transformer=StandardScaler())).fit(X, y)
        found = fitted.predict(rows)
        return root_mean_squared_error(truth, found), r2_score(truth, found), time.perf_counter() - started
    fitted = make_pipeline(ready, model).fit(X, y)
    found = fitted.predict_proba(rows)
    loss = log_loss(truth, found, labels=fitted.classes_)
    return loss, accuracy_score(truth, fitted.predict(rows)), time.perf_counter() - started


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The command against scikit-learn's MLP.")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--housing", metavar="CSV")
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    columns = f"{'loss':>10}{'score':>8}{'s':>7}"
    print(f"{'data':14}{'kerasflow train':25}{'MLP':25}{'difference of the losses':>27}")
    print(f"{'':14}{columns}{columns}")
    for name, frame, target in tables(options.housing):
        found = []
        for seed in range(options.seeds):
            labels = None if pd.api.types.is_numeric_dtype(frame[target]) else frame[target]
            split = train_test_split(frame, test_size=0.25, random_state=seed, stratify=labels)
            found.append((ours(*split, target, seed), theirs(*split, target, seed)))
        values = np.array(found)
        apart = values[:, 0, 0] - values[:, 1, 0]
        line = "".join(f"{loss:10.5g}{score:8.3f}{seconds:7.2f}" for loss, score, seconds in values.mean(axis=0))
        error = apart.std(ddof=1) / np.sqrt(len(apart)) if len(apart) > 1 else np.nan
        print(f"{name:14}{line}{apart.mean():14.4g} ± {error:.2g}", flush=True)


if __name__ == "__main__":
    main()
