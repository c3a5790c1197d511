"""The network of a run: how it is built, fitted and asked, through the Keras interface alone."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.callbacks import Callback, EarlyStopping
from kerasflow.cli.exits import DivergedError
from kerasflow.cli.progress import Progress
from kerasflow.cli.report import Console
from kerasflow.core.graph import Graph
from kerasflow.estimators.targets import LabelTarget, NumberTarget
from kerasflow.io.json_file import Fields, JsonError
from kerasflow.layers import Dense, Dropout, InputLayer
from kerasflow.losses import MeanSquaredError, SparseCategoricalCrossentropy
from kerasflow.models import Sequential
from kerasflow.optimizers import Adam
from kerasflow.regularizers import L2
from kerasflow.train.schedules import CosineDecay

__all__ = ["Architecture", "Fit", "Plan", "fit", "predictions"]

MOST_LAYERS = 64
MOST_UNITS = 65536

Part = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Architecture:
    """Dense layers with relu between them, and one that gives the outputs as they are.

    Args:
        features: the numbers it takes for a row.
        hidden: the units of each hidden layer.
        outputs: the numbers it gives for a row.
        dropout: the share of the hidden units left out in each step of training.
        l2: the penalty on squared kernels.
    """

    features: int
    hidden: tuple[int, ...]
    outputs: int
    dropout: float = 0.0
    l2: float = 0.0

    def build(self) -> Sequential:
        """Make the model, with fresh weights."""
        model = Sequential([InputLayer((self.features,))], name="table")
        for place, units in enumerate(self.hidden, 1):
            model.add(Dense(units, "relu", kernel_regularizer=self._penalty(), name=f"hidden_{place}"))
            if self.dropout:
                model.add(Dropout(self.dropout, name=f"dropout_{place}"))
        model.add(Dense(self.outputs, kernel_regularizer=self._penalty(), name="output"))
        return model

    def weights(self) -> dict[str, tuple[Any, tuple[int, ...]]]:
        """The type and the shape of each weight by its name, in the model's order."""
        names = [f"hidden_{place}" for place in range(1, len(self.hidden) + 1)] + ["output"]
        sizes = [self.features, *self.hidden, self.outputs]
        specs = {}
        for name, rows, units in zip(names, sizes[:-1], sizes[1:], strict=True):
            specs |= {f"{name}/kernel": (np.float32, (rows, units)), f"{name}/bias": (np.float32, (units,))}
        return specs

    def to_config(self) -> dict[str, Any]:
        """The architecture, as JSON carries it."""
        return {**vars(self), "hidden": list(self.hidden), "activation": "relu"}

    @classmethod
    def from_config(cls, fields: Fields) -> Architecture:
        """The architecture that `to_config` wrote down. Raises JsonError: the fields are not of that kind."""
        fields.text("activation", ("relu",))
        hidden = fields.items("hidden")
        if len(hidden) > MOST_LAYERS or not all(type(n) is int and 1 <= n <= MOST_UNITS for n in hidden):
            raise JsonError(f'{fields.where}: "hidden" is at most {MOST_LAYERS} sizes from 1 to {MOST_UNITS}')
        features, outputs = fields.integer("features", 1), fields.integer("outputs", 1)
        made = cls(features, tuple(hidden), outputs, fields.number("dropout", 0, 1), fields.number("l2", 0))
        fields.done()
        return made

    def _penalty(self) -> L2 | None:
        return L2(self.l2) if self.l2 else None


@dataclass(frozen=True)
class Plan:
    """How to train: the options of the command that say so."""

    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    seed: int
    progress: str = "auto"


@dataclass(frozen=True)
class Fit:
    """What came of training.

    Args:
        model: the model, with the weights of its best epoch.
        history: loss and validation loss by their names, a number for each epoch.
        best_epoch: the best epoch, from 1.
        interrupted: whether the user ended it.
    """

    model: Sequential
    history: dict[str, list[float]]
    best_epoch: int
    interrupted: bool


def fit(architecture: Architecture, target: Any, plan: Plan, train: Part, valid: Part, console: Console) -> Fit:
    """Build the model and fit it until the validation loss stops falling, then go back to the best epoch.

    The first Ctrl-C ends it after the epoch that runs, once there is a best one; before that, and the second time, it
    is a `KeyboardInterrupt`.

    Args:
        architecture: what to build.
        target: what is predicted; it decides the loss.
        plan: how to train.
        train, valid: features and encoded targets of the rows to learn from, and of those held out.
        console: where to show the progress.

    Raises:
        DivergedError: a loss is not finite.
        KeyboardInterrupt: as above.
    """
    graph = Graph()
    graph.seed = plan.seed  # all that is drawn comes from here
    with graph.as_default():
        model = architecture.build()
        steps = plan.epochs * math.ceil(len(train[0]) / plan.batch_size)
        model.compile(Adam(CosineDecay(plan.learning_rate, steps)), _loss(target))
        stopper = EarlyStopping("val_loss", patience=plan.patience, restore_best_weights=True)
        watch = Watch(console, stopper, plan)
        with watch.interruptions():
            history = model.fit(
                *train,
                batch_size=plan.batch_size,
                epochs=plan.epochs,
                verbose=0,
                callbacks=[stopper, watch],
                validation_data=valid,
                validation_batch_size=1024,
            )
    if watch.diverged:
        raise DivergedError(watch.diverged)
    values = {name: [float(value) for value in history.history[name]] for name in ("loss", "val_loss")}
    return Fit(model, values, stopper.best_epoch + 1, watch.interrupted)


def predictions(model: Sequential, target: NumberTarget | LabelTarget, features: np.ndarray) -> np.ndarray:
    """The predicted numbers, float64 of shape (rows,), or the probabilities of the labels, of shape (rows, labels).

    Args:
        model: a fitted model.
        target: what is predicted.
        features: float32 of shape (rows, features).

    Raises:
        DivergedError: an output is not finite.
    """
    outputs = model.predict(features, verbose=0).astype(np.float64)
    if not np.isfinite(outputs).all():
        raise DivergedError("the network gives numbers that are not finite")
    if isinstance(target, NumberTarget):
        return target.decode(outputs)
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _loss(target: NumberTarget | LabelTarget) -> Any:
    return MeanSquaredError() if isinstance(target, NumberTarget) else SparseCategoricalCrossentropy(from_logits=True)


class Watch(Callback):
    """Shows each epoch, ends training that has left the finite numbers, and listens for Ctrl-C.

    Args:
        console: where to show the epochs.
        stopper: knows the best epoch; it has to be told of an epoch before the watch.
        plan: how many epochs there may be, and how fast it learns.
    """

    def __init__(self, console: Console, stopper: EarlyStopping, plan: Plan) -> None:
        self.progress = Progress(console, plan.progress, plan.epochs)
        self.stopper = stopper
        self.plan = plan
        self.diverged = ""
        self.interrupted = False
        self.epochs = 0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at the losses of the epoch and show them."""
        loss, valid = (float((logs or {})[name]) for name in ("loss", "val_loss"))
        self.epochs = epoch + 1
        if not math.isfinite(loss + valid):
            name, value = ("validation loss", valid) if math.isfinite(loss) else ("loss", loss)
            rate = f"{self.plan.learning_rate:g}"
            self.diverged = f"training diverged, the {name} of epoch {epoch + 1} is {value}; --learning-rate was {rate}"
        if self.diverged or self.interrupted:
            self.model.stop_training = True
        least = math.inf if self.stopper.best is None else self.stopper.best
        best = f"best {least:.5f} in epoch {self.stopper.best_epoch + 1}"
        self.progress.epoch(epoch + 1, f"loss {loss:.5f}  validation {valid:.5f}  {best}")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Take the bar away."""
        self.progress.close()

    @contextmanager
    def interruptions(self) -> Iterator[None]:
        """While the block runs, take note of the first Ctrl-C; it is an error before there is a best epoch."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def interrupt(number: int, frame: object) -> None:
            if self.interrupted or not self.epochs:
                raise KeyboardInterrupt
            self.interrupted = True

        before = signal.signal(signal.SIGINT, interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
