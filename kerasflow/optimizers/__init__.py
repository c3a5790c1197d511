"""`tf.keras.optimizers`: the optimizers that models take, by class, by name, or by description."""

from kerasflow.optimizers import schedules
from kerasflow.optimizers.adam import Adam, Adamax, AdamW, Nadam
from kerasflow.optimizers.base import Optimizer
from kerasflow.optimizers.lookup import deserialize, get, serialize
from kerasflow.optimizers.rules import SGD, Adadelta, Adagrad, Ftrl, RMSprop

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]
