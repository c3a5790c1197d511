"""Keeping the model while it is trained."""

from __future__ import annotations

import os
from typing import Any

from kerasflow.callbacks.base import Logs
from kerasflow.callbacks.monitoring import Monitor

__all__ = ["ModelCheckpoint", "Stride"]


class Stride:
    """Says after which batches something is due: every so many, counted on from epoch to epoch.

    Args:
        save_freq: the number of batches, or "epoch" for never.

    Raises:
        ValueError: it is something else.
    """

    def __init__(self, save_freq: Any) -> None:
        if save_freq != "epoch" and (isinstance(save_freq, bool) or not isinstance(save_freq, int) or save_freq < 1):
            raise ValueError(f"save_freq must be 'epoch' or a positive number of batches, got {save_freq!r}.")
        self._every = 0 if save_freq == "epoch" else save_freq
        self.place = [0, -1]  # the number of batches since it was due, and the last of them

    def due(self, batch: int) -> bool:
        """Whether it is after this batch; some may have gone by untold."""
        if not self._every:
            return False
        since, last = self.place
        since += batch + 1 if batch <= last else batch - last
        self.place = [since if since < self._every else 0, batch]
        return since >= self._every


class ModelCheckpoint(Monitor):
    """Saves the model after each epoch, or each time it is better than ever.

    Args:
        filepath: where to; ``{epoch}``, numbered from 1, ``{batch}`` and the names of losses and metrics are filled
            in, with Python's formats: ``"best-{epoch:02d}-{val_loss:.3f}.keras"``. Missing folders are made. It ends in
            ".weights.h5" or ".safetensors" for weights, in ".keras" or ".h5" for models.
        monitor: the name of the loss or metric.
        verbose: 1 to print a line each time.
        save_best_only: whether to save only what is better than all before.
        save_weights_only: whether to save the weights alone.
        mode: "min", "max" or "auto", which asks the metric.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: a value that has to be beaten first.

    Raises:
        ValueError: the path ends otherwise, or `save_freq` or `mode` is something else. KeyError: in training, the path
            names a value that there is not.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "{epoch}-{loss:.2f}.weights.h5")
    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
    >>> model.compile(tf.keras.optimizers.SGD(0.1), "mse")
    >>> saver = tf.keras.callbacks.ModelCheckpoint(path, "loss", save_best_only=True, save_weights_only=True)
    >>> h = model.fit(np.ones((4, 1)), np.ones(4), epochs=2, verbose=0, callbacks=[saver])
    >>> sorted(os.listdir(os.path.dirname(path)))
    ['1-1.00.weights.h5', '2-0.36.weights.h5']
    """

    remembers = ("best", "_place")

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        self.filepath = os.fspath(filepath)
        endings = (".weights.h5", ".safetensors") if save_weights_only else (".keras", ".h5")
        if not self.filepath.endswith(endings):
            what = "weights" if save_weights_only else "whole models"
            raise ValueError(f"The path for {what} must end in {' or '.join(endings)}, got {self.filepath!r}.")
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.best = initial_value_threshold
        self._stride = Stride(save_freq)
        self._epoch = 0
        if save_freq != "epoch":
            self.on_train_batch_end = self._after_batch  # only then, since it slows the training down

    @property
    def _place(self) -> list[int]:
        return self._stride.place

    @_place.setter
    def _place(self, place: list[int]) -> None:
        self._stride.place = place

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the number of the epoch."""
        self._epoch = epoch

    def _after_batch(self, batch: int, logs: Logs | None = None) -> None:
        if self._stride.due(batch):
            self._save({"epoch": self._epoch + 1, "batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save, if it is to be done after epochs."""
        if self.save_freq == "epoch":
            self._save({"epoch": epoch + 1, **(logs or {})})

    def _save(self, known: dict[str, Any]) -> None:
        if self.save_best_only and not self._is_best(known):
            return
        try:
            path = self.filepath.format(**known)
        except KeyError as error:
            names = ", ".join(known)
            raise KeyError(
                f"ModelCheckpoint: {self.filepath!r} names {error}, which there is not; there is {names}."
            ) from None
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path, overwrite=True)
        if self.verbose:
            print(f"Epoch {known['epoch']}: saved to {path}")

    def _is_best(self, known: dict[str, Any]) -> bool:
        """Whether the model is better than before, or nobody can say."""
        value = self.watched({k: v for k, v in known.items() if k not in ("epoch", "batch")})
        if value is None:
            return True
        if self.improves(value, self.best):
            self.best = value
            return True
        if self.verbose:
            print(f"Epoch {known['epoch']}: {self.monitor} did not improve from {self.best:.5f}")
        return False
