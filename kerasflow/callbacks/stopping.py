"""Ending the training when it no longer helps."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kerasflow.callbacks.base import Callback, Logs

__all__ = ["EarlyStopping"]

_LARGER_IS_BETTER = ("acc", "auc", "precision", "recall", "f1", "r2", "cosine", "true_positives", "true_negatives")


class EarlyStopping(Callback):
    """Ends the training when a value has not improved for some epochs, and goes back to the best weights.

    Args:
        monitor: the name of the loss or metric.
        min_delta: the smallest change that counts as an improvement.
        patience: the number of epochs without one after which training ends.
        verbose: 1 to print a line when it does.
        mode: "min", "max" or "auto", which goes by the name.
        baseline: a value that has to be beaten first.
        restore_best_weights: whether the model gets back the weights of its best epoch, also if training ends
            otherwise.
        start_from_epoch: epochs before this one do not count.

    Raises:
        ValueError: an unknown mode.

    Attributes:
        best: the best value; best_epoch: its epoch; stopped_epoch: the epoch after which training was ended, else 0.

    >>> stop = tf.keras.callbacks.EarlyStopping("loss", patience=1)
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile("sgd", "mse")
    >>> h = model.fit(np.ones((4, 2)), np.zeros(4), epochs=9, verbose=0, callbacks=[stop])
    >>> stop.stopped_epoch, stop.best_epoch, len(h.epoch)
    (1, 0, 2)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = True,
        start_from_epoch: int = 0,
    ) -> None:
        if mode not in ("auto", "min", "max"):
            raise ValueError(f"mode must be 'auto', 'min' or 'max', got {mode!r}.")
        larger = mode == "max" or mode == "auto" and any(word in monitor for word in _LARGER_IS_BETTER)
        self.monitor = monitor
        self.sign = 1.0 if larger else -1.0
        self.min_delta = abs(min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self) -> None:
        self.best = self.baseline if self.baseline is not None else -self.sign * np.inf
        self.best_epoch = 0
        self.best_weights: Any = None
        self.stopped_epoch = 0
        self.wait = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget earlier runs."""
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Look at the value; end the training if it has not improved for long enough."""
        if epoch < self.start_from_epoch:
            return
        value = (logs or {}).get(self.monitor)
        if value is None:
            known = ", ".join(logs or {})
            warnings.warn(
                f"EarlyStopping watches {self.monitor!r}, which there is not; there is {known}.", stacklevel=2
            )
            return
        if self.sign * (value - self.best) > self.min_delta:
            self.best, self.best_epoch, self.wait = value, epoch, 0
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            return
        self.wait += 1
        if self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Go back to the best weights."""
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
            self.best_weights = None
        if self.verbose and self.stopped_epoch:
            print(
                f"Stopped after epoch {self.stopped_epoch + 1}; {self.monitor} was best in epoch {self.best_epoch + 1}."
            )
