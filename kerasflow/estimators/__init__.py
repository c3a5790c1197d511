"""Estimators for scikit-learn: networks at home in a Pipeline and a GridSearchCV.

Importing this package loads scikit-learn, so ``import kerasflow`` does not import it; ``kerasflow.estimators`` does.
"""

from kerasflow.estimators.combined import DNNLinearCombinedClassifier, DNNLinearCombinedRegressor
from kerasflow.estimators.dnn import DNNClassifier, DNNRegressor
from kerasflow.estimators.linear import LinearClassifier, LinearRegressor, LogisticRegression
from kerasflow.estimators.opening import load
from kerasflow.estimators.wrappers import KerasClassifier, KerasRegressor

__all__ = [
    "DNNClassifier",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "KerasClassifier",
    "KerasRegressor",
    "LinearClassifier",
    "LinearRegressor",
    "LogisticRegression",
    "load",
]
