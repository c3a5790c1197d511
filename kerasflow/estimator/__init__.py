"""`tf.estimator`: models with a folder, that are trained, evaluated and used through input functions.

An estimator is a user of what `tf.train`, `tf.data`, `tf.summary` and `tf.saved_model` have: monitored sessions with
hooks, iterators, event files and saved models.
"""

from kerasflow.estimator import experimental, export, inputs
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
from kerasflow.estimator.exporters import BestExporter, Exporter, FinalExporter, LatestExporter
from kerasflow.estimator.extending import add_metrics
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
from kerasflow.estimator.schedule import EvalSpec, TrainSpec, train_and_evaluate
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.estimator.warm_start_settings import WarmStartSettings
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.warm_starting import VocabInfo

__all__ = [
    "BaselineClassifier",
    "BaselineEstimator",
    "BaselineRegressor",
    "BestExporter",
    "BinaryClassHead",
    "DNNClassifier",
    "DNNEstimator",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedEstimator",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "Estimator",
    "EstimatorSpec",
    "EvalSpec",
    "Exporter",
    "FinalExporter",
    "Head",
    "LatestExporter",
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
    "TrainSpec",
    "VocabInfo",
    "WarmStartSettings",
    "add_metrics",
    "experimental",
    "export",
    "inputs",
    "train_and_evaluate",
]
