"""A bar of text that moves while a model is trained, evaluated or used."""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np

from kerasflow.callbacks.base import Callback, Logs

__all__ = ["ProgbarLogger"]

_WIDTH = 20
_OFTEN = 0.1  # seconds between two movements


class ProgbarLogger(Callback):
    """Shows the progress in place of the model's own display: a bar in a terminal, and a line when all is done.

    It shows nothing where `verbose` is 0.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> bar = tf.keras.callbacks.ProgbarLogger()
    >>> h = model.fit(np.ones((4, 2)), np.ones(4), batch_size=2, verbose=1, callbacks=[bar])
    2/2 - 0.0s - loss: ...
    """

    shows_progress = True  # so that the model does not

    def __init__(self) -> None:
        self._in_fit = self._testing = False
        self._seen, self._steps, self._verbose = 0, None, 1
        self._started = self._shown_at = 0.0
        if sys.stdout.isatty():  # only then, since it slows the training down
            self.on_train_batch_end = self.on_test_batch_end = self.on_predict_batch_end = self._advance

    def set_params(self, params: dict[str, Any]) -> None:
        """Take note of the settings of the run."""
        self.params = params
        self._steps, self._verbose = params.get("steps"), params.get("verbose", 1)

    def _begin(self) -> None:
        self._seen, self._started, self._shown_at = 0, time.perf_counter(), 0.0

    def _advance(self, batch: int, logs: Logs | None = None) -> None:
        if self._in_fit and self._testing:
            return
        self._seen, now = batch + 1, time.perf_counter()
        if self._verbose and now - self._shown_at > _OFTEN:
            self._shown_at = now
            share = "" if not self._steps else f" [{'=' * (_WIDTH * self._seen // self._steps):{_WIDTH}}]"
            print(f"\r{self._count()}{share}{_shown(logs)}", end="", flush=True)

    def _count(self) -> str:
        return f"{self._seen}/{self._steps}" if self._steps else str(self._seen)

    def _end(self, logs: Logs | None) -> None:
        self._seen = self._steps or self._seen
        if self._verbose:
            start = "\r\x1b[K" if self._shown_at else ""
            print(f"{start}{self._count()} - {time.perf_counter() - self._started:.1f}s{_shown(logs)}", flush=True)

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Evaluations are part of the epoch from now on."""
        self._in_fit = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Evaluations stand for themselves again."""
        self._in_fit = self._testing = False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Begin a line."""
        self._begin()
        if self._verbose and self.params.get("epochs", 1) > 1:
            print(f"Epoch {epoch + 1}/{self.params['epochs']}", flush=True)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Leave the line as it should stay."""
        self._end(logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Begin a line, if it is not in an epoch."""
        self._testing = True
        if not self._in_fit:
            self._begin()

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Leave the line as it should stay."""
        self._testing = False
        if not self._in_fit:
            self._end(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Begin a line."""
        self._begin()

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Leave the line as it should stay."""
        self._end(None)


def _shown(logs: Logs | None) -> str:
    numbers = {k: v for k, v in (logs or {}).items() if np.ndim(v) == 0}
    return "".join(f" - {name}: {value:.4g}" for name, value in numbers.items())
