"""`tf.contrib.training`: settings of models, and evaluations without an estimator."""

from kerasflow.contrib.hyperparameters import HParams, parse_values
from kerasflow.estimator.evaluating import StopAfterNEvalsHook, evaluate_once, get_or_create_eval_step
from kerasflow.train import checkpoints_iterator

__all__ = [
    "HParams",
    "StopAfterNEvalsHook",
    "checkpoints_iterator",
    "evaluate_once",
    "get_or_create_eval_step",
    "parse_values",
]
