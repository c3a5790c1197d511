"""`WarmStartSettings`: what an estimator's variables start from."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from kerasflow.io.bundle import is_bundle
from kerasflow.saved_model.files import VARIABLES
from kerasflow.train.checkpoint_state import latest_checkpoint
from kerasflow.train.warm_starting import VocabInfo

__all__ = ["WarmStartSettings", "settings_from"]

_log = logging.getLogger("kerasflow")


class _Fields(NamedTuple):
    ckpt_to_initialize_from: str
    vars_to_warm_start: Any
    var_name_to_vocab_info: Mapping[str, VocabInfo]
    var_name_to_prev_var_name: Mapping[str, str]


class WarmStartSettings(_Fields):
    """Which variables start from what a checkpoint holds; the arguments are those of `tf.train.warm_start`.

    Raises:
        ValueError: no checkpoint is named.

    >>> tf.estimator.WarmStartSettings("folder", vars_to_warm_start="dnn/.*").vars_to_warm_start
    'dnn/.*'
    """

    __slots__ = ()

    def __new__(
        cls,
        ckpt_to_initialize_from: str,
        vars_to_warm_start: Any = ".*",
        var_name_to_vocab_info: Mapping[str, VocabInfo] | None = None,
        var_name_to_prev_var_name: Mapping[str, str] | None = None,
    ) -> WarmStartSettings:
        """Check what is given."""
        if not ckpt_to_initialize_from:
            raise ValueError("`ckpt_to_initialize_from` MUST be set in WarmStartSettings")
        return super().__new__(
            cls,
            ckpt_to_initialize_from,
            vars_to_warm_start,
            dict(var_name_to_vocab_info or {}),
            dict(var_name_to_prev_var_name or {}),
        )

    def checkpoint(self) -> str | None:
        """The checkpoint; of a folder the newest, None if it has none."""
        path = self.ckpt_to_initialize_from
        return latest_checkpoint(path) if os.path.isdir(path) else path


def settings_from(given: Any) -> WarmStartSettings | None:
    """The settings of a checkpoint, of a folder, of a saved model, or as they are. ValueError for something else."""
    if given is None or isinstance(given, WarmStartSettings):
        return given
    if not isinstance(given, (str, os.PathLike)):
        raise ValueError(f"warm_start_from must be a string or a WarmStartSettings, instead got {type(given)}")
    path = os.fspath(given)
    variables = os.path.join(path, VARIABLES)
    if is_bundle(variables):
        _log.info("Warm-starting from a SavedModel")
        return WarmStartSettings(variables)
    return WarmStartSettings(path)
