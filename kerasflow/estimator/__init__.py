"""`tf.estimator`: models with a folder, that are trained, evaluated and used through input functions.

An estimator is a user of what `tf.train`, `tf.data`, `tf.summary` and `tf.saved_model` have: monitored sessions with
hooks, iterators, event files and saved models.
"""

from kerasflow.debug.profiling import ProfilerHook
from kerasflow.estimator import experimental, export, inputs, tpu
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
    MultiHead,
    MultiLabelHead,
    PoissonRegressionHead,
    RegressionHead,
)
from kerasflow.estimator.missing import refusing as _refusing
from kerasflow.estimator.modes import ModeKeys
from kerasflow.estimator.parsing import classifier_parse_example_spec, regressor_parse_example_spec
from kerasflow.estimator.run_config import RunConfig
from kerasflow.estimator.schedule import EvalSpec, TrainSpec, train_and_evaluate
from kerasflow.estimator.spec import EstimatorSpec
from kerasflow.estimator.warm_start_settings import WarmStartSettings
from kerasflow.train.hooks import (
    FeedFnHook,
    FinalOpsHook,
    GlobalStepWaiterHook,
    NanLossDuringTrainingError,
    NanTensorHook,
    SecondOrStepTimer,
    StopAtStepHook,
)
from kerasflow.train.reporting_hooks import LoggingTensorHook, StepCounterHook, SummarySaverHook
from kerasflow.train.run_hooks import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from kerasflow.train.saving_hooks import CheckpointSaverHook, CheckpointSaverListener
from kerasflow.train.warm_starting import VocabInfo

__all__ = [
    "BaselineClassifier",
    "BaselineEstimator",
    "BaselineRegressor",
    "BestExporter",
    "BinaryClassHead",
    "CheckpointSaverHook",
    "CheckpointSaverListener",
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
    "FeedFnHook",
    "FinalExporter",
    "FinalOpsHook",
    "GlobalStepWaiterHook",
    "Head",
    "LatestExporter",
    "LinearClassifier",
    "LinearEstimator",
    "LinearRegressor",
    "LoggingTensorHook",
    "LogisticRegressionHead",
    "ModeKeys",
    "MultiClassHead",
    "MultiHead",
    "MultiLabelHead",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "PoissonRegressionHead",
    "ProfilerHook",
    "RegressionHead",
    "RunConfig",
    "SecondOrStepTimer",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
    "TrainSpec",
    "VocabInfo",
    "WarmStartSettings",
    "add_metrics",
    "classifier_parse_example_spec",
    "experimental",
    "export",
    "inputs",
    "regressor_parse_example_spec",
    "tpu",
    "train_and_evaluate",
]

__getattr__ = _refusing(__name__, __all__)
