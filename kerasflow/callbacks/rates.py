"""Changing the learning rate while a model is trained; no program is built anew for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from kerasflow.callbacks.base import Callback, Logs
from kerasflow.callbacks.monitoring import Monitor

__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch; the logs have it as ``learning_rate``.

    Args:
        schedule: a function of the number of the epoch, from 0, and the learning rate so far, or of the former alone,
            that gives the rate for the epoch.
        verbose: 1 to print a line each time.

    Raises:
        ValueError: in training, the function gives no number.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    >>> halve = tf.keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate)
    >>> model.fit(np.ones((4, 1)), np.ones(4), epochs=3, verbose=0, callbacks=[halve]).history["learning_rate"]
    [0.1, 0.05, 0.025]
    """

    remembers = ("_set_for",)

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule = schedule
        self.verbose = verbose
        self._takes_rate = _takes_two(schedule)
        self._set_for: int | None = None  # the epoch

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget earlier runs."""
        self._set_for = None

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the rate, unless the epoch had begun when the training was killed."""
        if epoch == self._set_for:
            return
        optimizer = self.model.optimizer
        rate = self.schedule(epoch, float(optimizer.learning_rate)) if self._takes_rate else self.schedule(epoch)
        try:
            rate = float(rate)
        except (TypeError, ValueError):
            raise ValueError(f"The schedule must give a number for the learning rate, got {rate!r}.") from None
        optimizer.learning_rate = rate
        self._set_for = epoch
        if self.verbose:
            print(f"Epoch {epoch + 1}: the learning rate is {rate:g}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put the rate into the logs."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


def _takes_two(function: Callable[..., Any]) -> bool:
    """Whether a function can be called with two arguments."""
    try:
        inspect.signature(function).bind(0, 0.0)
    except (TypeError, ValueError):  # it cannot, or does not say
        return False
    return True


class ReduceLROnPlateau(Monitor):
    """Makes the learning rate smaller when a value has not improved for some epochs; the logs have the rate.

    Args:
        monitor: the name of the loss or metric.
        factor: what the rate is multiplied by, less than 1.
        patience: the number of epochs without improvement.
        verbose: 1 to print a line each time.
        mode: "min", "max" or "auto", which asks the metric.
        min_delta: the smallest change that counts as an improvement.
        cooldown: for how many epochs after a change it does not count.
        min_lr: the smallest rate.

    Raises:
        ValueError: `factor` is not in (0, 1); an unknown mode.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    >>> plateau = tf.keras.callbacks.ReduceLROnPlateau("loss", patience=1)
    >>> h = model.fit(np.ones((4, 1)), np.zeros(4), epochs=3, verbose=0, callbacks=[plateau])
    >>> [round(r, 4) for r in h.history["learning_rate"]], round(model.optimizer.learning_rate, 4)
    ([0.1, 0.1, 0.01], 0.001)
    """

    remembers = ("best", "wait", "cooldown_counter")

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if not 0.0 < factor < 1.0:
            raise ValueError(f"ReduceLROnPlateau: factor must be between 0 and 1, got {factor!r}.")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr
        self.wait = self.cooldown_counter = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget earlier runs."""
        self.best = None
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Look at the value; make the rate smaller if it has not improved for long enough."""
        value = self.watched(logs)
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        optimizer = self.model.optimizer
        before = float(optimizer.learning_rate)
        if before <= self.min_lr:
            return
        optimizer.learning_rate = max(before * self.factor, self.min_lr)
        self.wait, self.cooldown_counter = 0, self.cooldown
        if self.verbose:
            print(f"Epoch {epoch + 1}: the learning rate is reduced to {optimizer.learning_rate:g}.")
