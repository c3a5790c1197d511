"""`Trainer`: the half of a model that trains, evaluates and predicts."""

from kerasflow.models.fitting import Fitting
from kerasflow.models.predicting import Predicting

__all__ = ["Trainer"]


class Trainer(Fitting, Predicting):
    """`compile`, `fit`, `evaluate`, `predict` and their kin."""
