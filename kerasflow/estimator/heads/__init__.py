"""Heads: what the numbers that a model computes mean, for one kind of target each.

A head knows the loss, the predictions, the metrics and what a saved model gives; a body that computes logits knows none
of these, so each body serves each head.
"""

from kerasflow.estimator.heads.base import Head, LossSpec
from kerasflow.estimator.heads.binary import BinaryClassHead
from kerasflow.estimator.heads.multi_class import MultiClassHead
from kerasflow.estimator.heads.multi_head import MultiHead
from kerasflow.estimator.heads.multi_label import MultiLabelHead
from kerasflow.estimator.heads.regression import LogisticRegressionHead, PoissonRegressionHead, RegressionHead

__all__ = [
    "BinaryClassHead",
    "Head",
    "LogisticRegressionHead",
    "LossSpec",
    "MultiClassHead",
    "MultiHead",
    "MultiLabelHead",
    "PoissonRegressionHead",
    "RegressionHead",
]
