"""`tf.contrib.learn`: estimators as they were before `tf.estimator`, on arrays or through input functions."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np

from kerasflow.contrib import learn_monitors as monitors
from kerasflow.contrib import learn_preprocessing as preprocessing
from kerasflow.contrib import learn_runner
from kerasflow.contrib.layers import real_valued_column
from kerasflow.contrib.learn_alternatives import ProblemType
from kerasflow.contrib.learn_estimator import Estimator, SKCompat
from kerasflow.contrib.learn_experiment import Experiment
from kerasflow.contrib.learn_export import (
    ExportStrategy,
    InputFnOps,
    build_default_serving_input_fn,
    build_parsing_serving_input_fn,
    make_export_strategy,
)
from kerasflow.contrib.learn_models import (
    DNNClassifier,
    DNNLinearCombinedClassifier,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    LinearClassifier,
    LinearRegressor,
)
from kerasflow.contrib.learn_ops import MetricSpec, ModeKeys, ModelFnOps, NotFittedError, PredictionKey, RunConfig
from kerasflow.core.naming import did_you_mean

__all__ = [
    "DNNClassifier",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "Estimator",
    "Experiment",
    "ExportStrategy",
    "InputFnOps",
    "LinearClassifier",
    "LinearRegressor",
    "MetricSpec",
    "ModeKeys",
    "ModelFnOps",
    "NotFittedError",
    "PredictionKey",
    "ProblemType",
    "RunConfig",
    "SKCompat",
    "build_default_serving_input_fn",
    "build_parsing_serving_input_fn",
    "datasets",
    "infer_real_valued_columns_from_input",
    "learn_runner",
    "make_export_strategy",
    "monitors",
    "preprocessing",
]

datasets: ModuleType  # found by __getattr__


def infer_real_valued_columns_from_input(x: Any) -> list[Any]:
    """For an array of rows one column, with as many numbers as a row has; for a dict of such, one for each.

    Raises:
        ValueError: the rows hold no numbers.

    >>> [column] = tf.contrib.learn.infer_real_valued_columns_from_input(np.zeros([100, 4]))
    >>> column.dimension
    4
    """
    given = x if isinstance(x, dict) else {"": x}
    columns = []
    for name in sorted(given):
        rows = np.asarray(given[name])
        if rows.dtype.kind not in "fiub":
            raise ValueError(f"The feature {name!r} holds no numbers, its type is {rows.dtype}.")
        columns.append(real_valued_column(name, dimension=int(np.prod(rows.shape[1:], dtype=int))))
    return columns


def __getattr__(name: str) -> object:
    if name == "datasets":  # enters scikit-learn, for its irises
        return importlib.import_module("kerasflow.contrib.learn_datasets")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{did_you_mean(name, __all__)}")


def __dir__() -> list[str]:
    return [*globals(), "datasets"]
