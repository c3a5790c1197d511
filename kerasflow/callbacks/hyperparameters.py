"""Hyper-parameters as TensorBoard's plugin ``hparams`` reads them: two summaries, at the beginning and in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflow.io.protos import message

__all__ = ["session_end", "session_start"]

_FLOAT = 1  # the number of the type
_SUCCESS = 1  # the status of a training that has come to its end


def session_start(values: Mapping[str, Any], seconds: float) -> Any:
    """The summary of a training that begins.

    Args:
        values: the hyper-parameters: numbers, strings and booleans by name.
        seconds: the time.

    Raises:
        ValueError: a value is something else.

    >>> from kerasflow.callbacks.hyperparameters import session_start
    >>> session_start({"units": 3, "activation": "relu"}, 0.0).value[0].tag
    '_hparams_/session_start_info'
    """
    data = message("HParamsPluginData")()
    info = data.session_start_info
    info.start_time_secs = seconds
    for name, value in values.items():
        if isinstance(value, (bool, np.bool_)):
            info.hparams[name].bool_value = bool(value)
        elif isinstance(value, (int, float, np.integer, np.floating)):
            info.hparams[name].number_value = float(value)
        elif isinstance(value, str):
            info.hparams[name].string_value = value
        else:
            raise ValueError(f"The hyper-parameter {name!r} must be a number, a string or a boolean, got {value!r}.")
    return _summary("session_start_info", data)


def session_end(seconds: float) -> Any:
    """The summary of a training that has come to its end."""
    data = message("HParamsPluginData")()
    data.session_end_info.status = _SUCCESS
    data.session_end_info.end_time_secs = seconds
    return _summary("session_end_info", data)


def _summary(name: str, data: Any) -> Any:
    value = message("Summary").Value(tag=f"_hparams_/{name}")
    value.metadata.plugin_data.plugin_name = "hparams"
    value.metadata.plugin_data.content = data.SerializeToString()
    value.tensor.dtype = _FLOAT
    value.tensor.tensor_shape.dim.add()  # no number: what is said is said in the metadata
    return message("Summary")(value=[value])
