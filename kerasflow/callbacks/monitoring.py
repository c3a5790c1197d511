"""`Monitor`: what callbacks that watch one loss or metric have in common."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kerasflow.callbacks.base import Callback, Logs

__all__ = ["Monitor"]

_SIGNS = {"up": 1.0, "down": -1.0}


class Monitor(Callback):
    """The base of callbacks that watch a value and act on whether it improves.

    Args:
        monitor: the name of the loss or metric.
        mode: "min" or "max" says what is better; "auto" asks the metric.
        min_delta: the smallest change that counts as an improvement.

    Raises:
        ValueError: an unknown mode.
    """

    def __init__(self, monitor: str = "val_loss", mode: str = "auto", min_delta: float = 0.0) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"mode must be 'auto', 'min' or 'max', got {mode!r}.")
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)
        self.best: float | None = None

    def watched(self, logs: Logs | None) -> Any:
        """The value; None, with a warning, if there is none of this name. ValueError if it is not one number."""
        value = (logs or {}).get(self.monitor)
        if np.ndim(value):
            raise ValueError(
                f"{type(self).__name__} watches {self.monitor!r}, which has {np.size(value)} numbers, as a metric of "
                "each class has; watch one that is a single number."
            )
        if value is None:
            known = ", ".join(logs or {})
            text = f"{type(self).__name__} watches {self.monitor!r}, which there is not; there is {known}."
            warnings.warn(text, stacklevel=3)
        return value

    def improves(self, value: Any, reference: Any) -> bool:
        """Whether `value` is better than `reference`; NaN never is, and anything else is better than None.

        Raises:
            ValueError: nobody knows what is better.
        """
        sign = self._sign()
        if reference is None or value != value:
            return bool(value == value)
        return bool(sign * (value - reference) > self.min_delta)

    def _sign(self) -> float:
        """1 if larger is better, -1 if smaller is."""
        if self.mode != "auto":
            return 1.0 if self.mode == "max" else -1.0
        name = self.monitor.removeprefix("val_")
        named = _metrics_of(self.model)
        direction = "down" if name == "loss" else getattr(named.get(name), "_direction", None)
        if direction is None and name.endswith("_loss") and name in named:
            direction = "down"
        if direction is None:
            raise ValueError(
                f"{type(self).__name__}: it is not known whether a larger or a smaller {self.monitor!r} is better: "
                "pass mode='max' or mode='min'."
            )
        return _SIGNS[direction]


def _metrics_of(model: Any) -> dict[str, Any]:
    """The losses and metrics of a model by the names that they have in the logs."""
    objectives = getattr(model, "_objectives", None)
    own = {m.name: m for m in getattr(model, "metrics", [])}
    return {**own, **(dict(objectives.named_metrics()) if objectives is not None else {})}
