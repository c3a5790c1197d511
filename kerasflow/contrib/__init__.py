"""What TensorFlow 1 programs take from `tf.contrib`: layers in the slim style, recurrent networks, tables."""

import importlib

from kerasflow.contrib import feature_column, framework, layers, lookup, rnn, slim

__all__ = [
    "data",
    "estimator",
    "feature_column",
    "framework",
    "layers",
    "learn",
    "lookup",
    "metrics",
    "predictor",
    "rnn",
    "slim",
    "tpu",
    "training",
]

_LATE = ("data", "estimator", "learn", "metrics", "predictor", "tpu", "training")


def __getattr__(name: str) -> object:
    if name in _LATE:
        return importlib.import_module(f"kerasflow.contrib.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_LATE]
