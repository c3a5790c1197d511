"""Estimators whose model function is there already: a body over feature columns, and a head."""

from kerasflow.estimator.canned.baseline import BaselineClassifier, BaselineEstimator, BaselineRegressor
from kerasflow.estimator.canned.combined import (
    DNNLinearCombinedClassifier,
    DNNLinearCombinedEstimator,
    DNNLinearCombinedRegressor,
)
from kerasflow.estimator.canned.dnn import DNNClassifier, DNNEstimator, DNNRegressor
from kerasflow.estimator.canned.linear import LinearClassifier, LinearEstimator, LinearRegressor

__all__ = [
    "BaselineClassifier",
    "BaselineEstimator",
    "BaselineRegressor",
    "DNNClassifier",
    "DNNEstimator",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedEstimator",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "LinearClassifier",
    "LinearEstimator",
    "LinearRegressor",
]
