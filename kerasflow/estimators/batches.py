"""Training in mini-batches, until the loss no longer falls."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from kerasflow import optimizers
from kerasflow.callbacks import Callback
from kerasflow.estimators.bench import Bench
from kerasflow.estimators.course import Course
from kerasflow.estimators.sparse import fit_arguments

__all__ = ["SOLVERS", "Watch", "descend", "solver_of"]

Array = np.ndarray[Any, Any]
Data = tuple[Array, Array, Array]

SOLVERS: dict[str, Any] = {
    "adam": optimizers.Adam,
    "adamw": optimizers.AdamW,
    "nadam": optimizers.Nadam,
    "adamax": optimizers.Adamax,
    "sgd": lambda rate: optimizers.SGD(rate, momentum=0.9, nesterov=True),
    "rmsprop": optimizers.RMSprop,
    "adagrad": optimizers.Adagrad,
    "adadelta": optimizers.Adadelta,
    "ftrl": optimizers.Ftrl,
}
_AUTO = 200  # the size of a batch, where there are as many samples
_SLOWEST, _SLOWER = 1e-6, 5.0  # "adaptive": the rate below which it gives up, and what it divides the rate by


def solver_of(settings: Any) -> tuple[Any, Hashable, float | None]:
    """The optimizer that the parameters ask for; what the graph of its steps depends on, None if on functions; and the
    learning rate, None if that is part of the graph.
    """
    solver, rate = settings.solver, settings.learning_rate_init
    if not isinstance(settings.learning_rate, str):
        rate = settings.learning_rate
    optimizer = SOLVERS[solver](rate) if isinstance(solver, str) else copy.deepcopy(solver)
    try:
        config = optimizer.get_config()
    except (ValueError, NotImplementedError):  # the rate is a function or a schedule that no description has
        return optimizer, None, None
    rate = config.pop("learning_rate")
    if isinstance(rate, dict):
        return optimizer, None, None
    return optimizer, (type(optimizer), json.dumps(config, sort_keys=True, default=repr)), rate


def descend(
    bench: Bench,
    data: Data,
    held_out: Data | None,
    settings: Any,
    epochs: range,
    rate: float | None = None,
    watch: Callable[..., bool] | None = None,
) -> Course:
    """Train a model on `data` until the loss, or that on `held_out`, has not fallen for a while.

    Args:
        bench: has the model, at the beginning of a training; with early stopping it ends with the weights of the best
            epoch.
        data, held_out: features, targets and the samples' weights, which multiply their losses.
        settings: has the parameters of an estimator.
        epochs: the numbers of the epochs, of `max_iter` in all.
        rate: the learning rate of the first.
        watch: called with the number of each epoch before it, and with its losses after it; then what it gives is
            whether to end here.
    """
    size = min(_AUTO if settings.batch_size == "auto" else settings.batch_size, len(data[1]))
    patience = _Patience(settings, held_out is not None and settings.early_stopping)
    told = [_Start(bench), _Rate(rate, settings), patience, *([Watch(watch)] if watch else [])]
    with bench.outside():
        history = bench.model.fit(
            **fit_arguments(bench.model, data, held_out, size, _AUTO, settings.shuffle),
            initial_epoch=epochs.start,
            epochs=epochs.stop,
            callbacks=[*told, *copy.deepcopy(list(settings.callbacks or []))],
            verbose=int(settings.verbose),
        )
    if history.stopped == "interrupt":
        raise KeyboardInterrupt  # half a training is no fit: whoever searches or validates wants to end, too
    losses, model = history.history, bench.model
    return Course(losses["loss"], model.stop_training, model.get_weights(), losses.get("val_loss", []), bench.state())


class _Start(Callback):
    """Has the draws of the steps follow from the seed, as soon as there are steps."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def on_train_begin(self, logs: Any = None) -> None:
        """Set them."""
        self._bench.draw_anew()


class _Rate(Callback):
    """Sets the learning rate of each epoch: r, or where it is to be "cosine", of epoch t of T,

    r (1 + cos(pi t / T)) / 2.

    Source: Loshchilov and Hutter 2017, equation 5, without restarts.
    """

    def __init__(self, first: float | None, settings: Any) -> None:
        self._first, self._settings = first, settings

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set it."""
        if self._first is not None and self._settings.learning_rate == "cosine":
            share = min(epoch / self._settings.max_iter, 1.0)
            self.model.optimizer.learning_rate = self._first * (1 + np.cos(np.pi * share)) / 2


class Watch(Callback):
    """Tells somebody of the epochs, who may end the training."""

    def __init__(self, watch: Callable[..., bool]) -> None:
        self._watch = watch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Tell of an epoch that begins."""
        self._watch(epoch, None, None)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Tell of one that is over."""
        if self._watch(epoch, logs, self.model.get_weights):
            self.model.stop_training = True


class _Patience(Callback):
    """Ends a training when each of the last epochs failed to bring the loss below the best before it by a tolerance.

    With an "adaptive" learning rate it divides that by 5 instead, until it is below 1e-6.

    Args:
        settings: the parameters of an estimator.
        held_out: whether the loss meant is that on the samples held out; the model then gets its best weights back.
    """

    def __init__(self, settings: Any, held_out: bool) -> None:
        self._tol, self._epochs, self._held_out = settings.tol, settings.n_iter_no_change, held_out
        self._adaptive = settings.learning_rate == "adaptive"
        self._best, self._wait, self._weights = np.inf, 0, None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look at the loss; one that is no number is no improvement."""
        value = logs["val_loss" if self._held_out else "loss"]
        self._wait = 0 if value < self._best - self._tol else self._wait + 1
        if value < self._best:
            self._best = value
            self._weights = self.model.get_weights() if self._held_out else None
        if self._wait < self._epochs:
            return
        optimizer = self.model.optimizer
        if self._adaptive and optimizer.learning_rate > _SLOWEST:
            optimizer.learning_rate, self._wait = optimizer.learning_rate / _SLOWER, 0
        else:
            self.model.stop_training = True

    def on_train_end(self, logs: Any = None) -> None:
        """Go back to the best weights."""
        if self._weights is not None:
            self.model.set_weights(self._weights)
