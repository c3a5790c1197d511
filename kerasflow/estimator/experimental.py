"""`tf.estimator.experimental`: early stopping, evaluation in memory, and the bodies of canned estimators."""

from kerasflow.estimator.canned.logit_functions import call_logit_fn, dnn_logit_fn_builder, linear_logit_fn_builder
from kerasflow.estimator.early_stopping import (
    make_early_stopping_hook,
    make_stop_at_checkpoint_step_hook,
    stop_if_higher_hook,
    stop_if_lower_hook,
    stop_if_no_decrease_hook,
    stop_if_no_increase_hook,
)
from kerasflow.estimator.in_memory import InMemoryEvaluatorHook
from kerasflow.estimator.missing import refusing as _refusing

__all__ = [
    "InMemoryEvaluatorHook",
    "call_logit_fn",
    "dnn_logit_fn_builder",
    "linear_logit_fn_builder",
    "make_early_stopping_hook",
    "make_stop_at_checkpoint_step_hook",
    "stop_if_higher_hook",
    "stop_if_lower_hook",
    "stop_if_no_decrease_hook",
    "stop_if_no_increase_hook",
]

__getattr__ = _refusing(__name__, __all__)
