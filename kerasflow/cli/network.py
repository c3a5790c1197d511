"""Training the network of a run, and asking it, through the Keras interface alone."""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.callbacks import Callback, EarlyStopping, TensorBoard
from kerasflow.cli.checkpoints import Checkpoints
from kerasflow.cli.console import Console
from kerasflow.cli.exits import DivergedError, UsageError
from kerasflow.cli.models import OPTIMIZERS, build_model, loss_of
from kerasflow.cli.progress import Progress
from kerasflow.cli.signals import Stopping
from kerasflow.core.graph import Graph
from kerasflow.estimators.targets import LabelTarget, NumberTarget
from kerasflow.models.blocks import Blocks
from kerasflow.train.schedules import CosineDecay

__all__ = ["Fit", "fit", "predictions"]

VALIDATION_ROWS = 1024  # of a step


@dataclass(frozen=True)
class Fit:
    """What came of training.

    Args:
        model: the model, with the weights of its best epoch.
        history: losses and metrics by their names, a number for each epoch.
        best_epoch: the best epoch, from 1.
        stopped: why it ended: "epochs", "patience", "time limit", "interrupted", "terminated".
    """

    model: Any
    history: dict[str, list[float]]
    best_epoch: int
    stopped: str


def fit(
    options: argparse.Namespace,
    target: NumberTarget | LabelTarget,
    width: int,
    train: Blocks,
    valid: Blocks,
    checkpoints: Checkpoints,
    stopping: Stopping,
    console: Console,
) -> Fit:
    """Build the model and fit it until the validation loss stops falling, then go back to the best epoch.

    Args:
        options: how; `batch_size` and `learning_rate` are numbers here.
        target: what is predicted.
        width: how many features there are.
        train, valid: features, encoded targets and weights of the rows to learn from, and of those held out.
        checkpoints: writes them, and knows where to go on.
        stopping: listens for signals.
        console: where to show the progress.

    Raises:
        DivergedError: a loss is not finite. UsageError: the options fit neither each other nor the table.
    """
    graph = Graph()
    graph.seed = options.seed  # all that is drawn comes from here
    with graph.as_default():
        model = build_model(options, width, target.outputs)
        steps = options.epochs * math.ceil(train.count / options.batch_size)
        optimizer = OPTIMIZERS[options.optimizer].make(CosineDecay(options.learning_rate, steps))
        metrics = ["accuracy"] if isinstance(target, LabelTarget) else []
        model.compile(optimizer, loss_of(options, target), weighted_metrics=metrics)
        stopper = EarlyStopping("val_loss", patience=options.patience, restore_best_weights=True)
        course = Course(console, stopper, options)
        history = model.fit(
            train,
            batch_size=options.batch_size,
            epochs=options.epochs,
            verbose=0,
            callbacks=[stopper, course, *_boards(options), checkpoints],
            validation_data=valid,
            validation_batch_size=VALIDATION_ROWS,
        )
    if history.stopped == "interrupt":
        stopped = "terminated" if stopping.terminated else "interrupted"
    else:
        stopped = "time limit" if course.late else "patience" if stopper.stopped_epoch else "epochs"
    return Fit(model, course.history, stopper.best_epoch + 1, stopped)


def predictions(model: Any, target: NumberTarget | LabelTarget, features: np.ndarray) -> np.ndarray:
    """The predicted numbers, float64 of shape (rows,), or the probabilities of the labels, of shape (rows, labels).

    Args:
        model: a fitted model.
        target: what is predicted.
        features: float32 of shape (rows, features).

    Raises:
        DivergedError: an output is not finite.
    """
    outputs = model.predict(features, batch_size=VALIDATION_ROWS, verbose=0).astype(np.float64)
    if not np.isfinite(outputs).all():
        raise DivergedError("the network gives numbers that are not finite")
    if isinstance(target, NumberTarget):
        return target.decode(outputs)
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _boards(options: argparse.Namespace) -> list[Callback]:
    try:
        return [TensorBoard(options.tensorboard)] if options.tensorboard else []
    except ImportError as error:  # says what to install
        raise UsageError(f"--tensorboard: {error}") from error


class Course(Callback):
    """Keeps the curves and shows each epoch, ends training that takes too long, and fails if a loss is not finite.

    Args:
        console: where to show the epochs.
        stopper: knows the best epoch; it has to be told of an epoch before this.
        options: `epochs`, `progress`, `learning_rate` and `time_limit`.
    """

    remembers = ("history",)
    _epoch = 0

    def __init__(self, console: Console, stopper: EarlyStopping, options: argparse.Namespace) -> None:
        self.progress = Progress(console, options.progress, options.epochs)
        self.stopper, self.rate, self.limit = stopper, options.learning_rate, options.time_limit
        self.history: dict[str, list[float]] = {}
        self.late = False
        self._started = time.monotonic()

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Show that it begins."""
        self.progress.move(len(self.history.get("loss", ())))

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Note the number of the epoch."""
        self._epoch = epoch

    def on_train_steps_end(self, done: int) -> None:
        """Show how far the epoch is."""
        self.progress.move(self._epoch + done / self.params["steps"])

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at the losses of the epoch and show them."""
        values = {name: float(value) for name, value in (logs or {}).items()}
        loss, valid = values["loss"], values["val_loss"]
        if not math.isfinite(loss + valid):
            self.progress.close()
            name, value = ("validation loss", valid) if math.isfinite(loss) else ("loss", loss)
            message = f"training diverged, the {name} of epoch {epoch + 1} is {value}"
            raise DivergedError(f"{message}; --learning-rate was {self.rate:g}")
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)
        if self.limit is not None and time.monotonic() - self._started >= self.limit:
            self.late = self.model.stop_training = True
        least = math.inf if self.stopper.best is None else self.stopper.best
        best = f"best {least:.5f} in epoch {self.stopper.best_epoch + 1}"
        self.progress.epoch(epoch + 1, f"loss {loss:.5f}  validation {valid:.5f}  {best}")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Take the bar away."""
        self.progress.close()
