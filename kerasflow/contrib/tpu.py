"""`tf.contrib.tpu`: what programs that may run on a TPU take from there; see `tf.estimator.tpu`."""

from kerasflow.contrib.outer_optimizers import CrossShardOptimizer
from kerasflow.estimator.tpu import InputPipelineConfig, RunConfig, TPUConfig, TPUEstimator, TPUEstimatorSpec

__all__ = [
    "CrossShardOptimizer",
    "InputPipelineConfig",
    "RunConfig",
    "TPUConfig",
    "TPUEstimator",
    "TPUEstimatorSpec",
]
