"""`tf.estimator`: models with a folder, that are trained, evaluated and used through input functions.

An estimator is a user of what `tf.train`, `tf.data`, `tf.summary` and `tf.saved_model` have: monitored sessions with
hooks, iterators, event files and saved models.
"""

from kerasflow.estimator import export, inputs
from kerasflow.estimator.base import Estimator
from kerasflow.estimator.canned import (
    BaselineClassifier,
    BaselineEstimator,
    BaselineRegressor,
    DNNClassifier,
    DNNEstimator,
    DNNLinearCombinedClassifier,
    DNNLinearCombinedEstimator,
    DNNLinearCombinedRegressor,
    DNNRegressor,
    LinearClassifier,
    LinearEstimator,
    LinearRegressor,
)
from kerasflow.estimator.heads import (
    BinaryClassHead,
    Head,
    LogisticRegressionHead,
    MultiClassHead,
    PoissonRegressionHead,
    RegressionHead,
)
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.estimator.warm_start_settings import WarmStartSettings
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.warm_starting import VocabInfo

__all__ = [
    "BaselineClassifier",
    "BaselineEstimator",
    "BaselineRegressor",
    "BinaryClassHead",
    "DNNClassifier",
    "DNNEstimator",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedEstimator",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "Estimator",
    "EstimatorSpec",
    "Head",
    "LinearClassifier",
    "LinearEstimator",
    "LinearRegressor",
    "LogisticRegressionHead",
    "ModeKeys",
    "MultiClassHead",
    "PoissonRegressionHead",
    "RegressionHead",
    "RunConfig",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "VocabInfo",
    "WarmStartSettings",
    "export",
    "inputs",
]
