"""Ending a training whose loss is no number, and saying where that comes from."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.callbacks.base import Callback, Logs

__all__ = ["TerminateOnNaN"]


class TerminateOnNaN(Callback):
    """Ends the training after a batch whose loss is NaN or infinite, and tells which operation and rows are to blame.

    The batch is computed again with the weights that the model had before it, operation by operation; the model has
    these weights then. It costs a copy of the weights for each batch.

    Attributes:
        report: what was found, None as long as all is well. It is also printed to the standard error.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x = np.ones((8, 2)); x[5, 1] = np.nan
    >>> watch = tf.keras.callbacks.TerminateOnNaN()
    >>> history = model.fit(x, np.ones(8), batch_size=2, shuffle=False, verbose=0, callbacks=[watch])
    >>> watch.report, history.stopped
    ('Epoch 1, batch 2: the loss is nan: the inputs are not finite in row 5 of the data.', 'TerminateOnNaN')
    """

    find_fault: Callable[[Any], str] | None = None  # what the model offers: says what is wrong, given the weights

    def __init__(self) -> None:
        self.report: str | None = None
        self._epoch = 0
        self._weights: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget earlier runs."""
        self.report = None

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the number of the epoch."""
        self._epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Keep the weights."""
        self._weights = self.model.get_weights()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Look at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or np.isfinite(loss):
            return
        self.model.stop_training = True
        found = self.find_fault(self._weights) if self.find_fault is not None else "nobody can say why."
        self.report = f"Epoch {self._epoch + 1}, batch {batch}: the loss is {loss}: {found}"
        print(self.report, file=sys.stderr)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Let go of the weights and of the data."""
        self._weights = self.find_fault = None
