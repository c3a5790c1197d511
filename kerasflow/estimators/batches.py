"""Training in mini-batches, until the loss no longer falls."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow import optimizers
from kerasflow.callbacks import Callback
from kerasflow.estimators.course import Course

__all__ = ["SOLVERS", "descend"]

Array = np.ndarray[Any, Any]
Data = tuple[Array, Array, Array]

SOLVERS: dict[str, Any] = {
    "adam": optimizers.Adam,
    "sgd": lambda rate: optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "rmsprop": optimizers.RMSprop,
    "adagrad": optimizers.Adagrad,
}
_AUTO = 200  # the size of a batch, where there are as many samples


def descend(model: Any, loss: Any, data: Data, held_out: Data | None, settings: Any) -> Course:
    """Train `model` on `data` until the loss, or that on `held_out`, has not fallen for a while.

    Args:
        model: a built model; after a training with samples held out it has the weights of the best epoch.
        loss: a loss object.
        data, held_out: features, targets and the samples' weights, which multiply their losses.
        settings: has the parameters `solver`, `learning_rate_init`, `batch_size`, `max_iter`, `shuffle`, `tol`,
            `n_iter_no_change` and `verbose` of an estimator.
    """
    x, y, weights = data
    model.compile(SOLVERS[settings.solver](settings.learning_rate_init), loss)
    patience = _Patience(settings.tol, settings.n_iter_no_change, held_out is not None)
    history = model.fit(
        x,
        y,
        batch_size=min(_AUTO if settings.batch_size == "auto" else settings.batch_size, len(x)),
        epochs=settings.max_iter,
        sample_weight=None if (weights == 1).all() else weights,
        validation_data=held_out,
        validation_batch_size=_AUTO,
        shuffle=settings.shuffle,
        callbacks=[patience],
        verbose=2 if settings.verbose else 0,
    )
    if history.stopped == "interrupt":
        raise KeyboardInterrupt  # half a training is no fit: whoever searches or validates wants to end, too
    losses = history.history
    return Course(losses["loss"], model.stop_training, losses.get("val_loss", []))


class _Patience(Callback):
    """Ends a training when each of the last epochs failed to bring the loss below the best before it by a tolerance.

    Args:
        tol: the tolerance.
        epochs: the number of such epochs.
        held_out: whether the loss meant is that on the samples held out; the model then gets its best weights back.
    """

    def __init__(self, tol: float, epochs: int, held_out: bool) -> None:
        self._tol, self._epochs, self._held_out = tol, epochs, held_out
        self._best, self._wait, self._weights = np.inf, 0, None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look at the loss; one that is no number is no improvement."""
        value = logs["val_loss" if self._held_out else "loss"]
        self._wait = 0 if value < self._best - self._tol else self._wait + 1
        if value < self._best:
            self._best = value
            self._weights = self.model.get_weights() if self._held_out else None
        if self._wait >= self._epochs:
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        """Go back to the best weights."""
        if self._weights is not None:
            self.model.set_weights(self._weights)
