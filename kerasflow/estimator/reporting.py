"""What an evaluation found, written to the log and to an event file."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflow.graphdef import make_tensor_proto
from kerasflow.io.protos import available, message
from kerasflow.summary.writer import FileWriterCache

__all__ = ["report"]

_log = logging.getLogger("kerasflow")


def report(folder: str, results: Mapping[str, Any], checkpoint_path: str | None) -> None:
    """Write metrics, which have a ``global_step`` among them, and the checkpoint that they are of.

    Numbers become scalars, serialised summaries themselves, other arrays tensors. Without the package tensorboard
    there is only the line in the log.
    """
    step = int(results["global_step"])
    shown = sorted((k, v) for k, v in results.items() if not isinstance(v, bytes))
    _log.info("Saving dict for global step %d: %s", step, ", ".join(f"{k} = {v!s}" for k, v in shown))
    if not available():
        return
    summary = message("Summary")()
    for key, value in results.items():
        if key != "global_step" and value is not None:
            _add(summary, key, value)
    writer = FileWriterCache.get(folder)
    writer.add_summary(summary, step)
    if checkpoint_path:
        _log.info("Saving 'checkpoint_path' summary for global step %d: %s", step, checkpoint_path)
        path = message("Summary")()
        path.value.add(tag="checkpoint_path", tensor=make_tensor_proto(checkpoint_path))
        writer.add_summary(path, step)
    writer.flush()


def _add(summary: Any, key: str, value: Any) -> None:
    if isinstance(value, (float, int, np.floating, np.integer)):
        summary.value.add(tag=key, simple_value=float(value))
    elif isinstance(value, bytes):
        try:
            parts = message("Summary").FromString(value)
        except message("DecodeError"):
            _log.warning("Skipping summary for %s, cannot parse string to Summary.", key)
            return
        for i, part in enumerate(parts.value):
            part.tag = f"{key}/{i}"
        summary.value.extend(parts.value)
    elif isinstance(value, np.ndarray):
        summary.value.add(tag=key, node_name=key, tensor=make_tensor_proto(value))
    else:
        _log.warning(
            "Skipping summary for %s, must be a number, an array or a serialized Summary; got a %s.",
            key,
            type(value).__name__,
        )
