"""Ending the training when it no longer helps."""

from __future__ import annotations

from typing import Any

from kerasflow.callbacks.base import Logs
from kerasflow.callbacks.monitoring import Monitor

__all__ = ["EarlyStopping"]


class EarlyStopping(Monitor):
    """Ends the training when a value has not improved for some epochs, and goes back to the best weights.

    Unlike Keras it restores the best weights by default, also if training ends otherwise.

    Args:
        monitor: the name of the loss or metric.
        min_delta: the smallest change that counts as an improvement.
        patience: the number of epochs without one after which training ends.
        verbose: 1 to print a line when it does.
        mode: "min", "max" or "auto", which asks the metric.
        baseline: a value that has to be beaten: epochs that do not count as without improvement.
        restore_best_weights: whether the model gets back the weights of its best epoch.
        start_from_epoch: epochs before this one do not count.

    Raises:
        ValueError: an unknown mode; or, in training, "auto" for a value of which nobody knows what is better.

    Attributes:
        best: the best value; best_epoch: its epoch; stopped_epoch: the epoch after which training was ended, else 0.

    >>> stop = tf.keras.callbacks.EarlyStopping("loss", patience=1)
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile("sgd", "mse")
    >>> h = model.fit(np.ones((4, 2)), np.zeros(4), epochs=9, verbose=0, callbacks=[stop])
    >>> stop.stopped_epoch, stop.best_epoch, len(h.epoch), h.stopped
    (1, 0, 2, 'EarlyStopping')
    """

    remembers = ("best", "best_epoch", "best_weights", "stopped_epoch", "wait")

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
        super().__init__(monitor, mode, min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self._reset()

    def _reset(self) -> None:
        self.best: float | None = None
        self.best_epoch = 0
        self.best_weights: Any = None
        self.stopped_epoch = 0
        self.wait = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget earlier runs."""
        self._reset()

    def on_train_resumed(self) -> None:
        """End a training that had been ended when it was killed, unless there is more patience now."""
        if self.stopped_epoch and self.wait >= self.patience:
            self.model.stop_training = True
        else:
            self.stopped_epoch = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Look at the value; end the training if it has not improved for long enough."""
        if epoch < self.start_from_epoch:
            return
        value = self.watched(logs)
        if value is None:
            return
        better = self.improves(value, self.best)
        if better:
            self.best, self.best_epoch = value, epoch
        if self.restore_best_weights and (better or self.best_weights is None):
            self.best_weights = self.model.get_weights()
        self.wait += 1
        if better and (self.baseline is None or self.improves(value, self.baseline)):
            self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Go back to the best weights."""
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
            self.best_weights = None
        if self.verbose and self.stopped_epoch:
            ended, best = self.stopped_epoch + 1, self.best_epoch + 1
            print(f"Stopped after epoch {ended}; {self.monitor} was best in epoch {best}.")
