"""`Trainer`: the half of a model that trains, evaluates and predicts.

`fit` turns what it is given into arrays, builds the training step once, and hands the engine many steps at a time:
all of an epoch, unless somebody wants to be told of batches.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasflow import optimizers
from kerasflow.callbacks.base import CallbackList, History
from kerasflow.core.engine.choice import rule
from kerasflow.core.engine.loop import Loop
from kerasflow.core.shapes import is_static
from kerasflow.core.weights import next_seed
from kerasflow.layers.symbolic import flatten, map_structure
from kerasflow.models.data import Data, as_array, input_arrays, training_data
from kerasflow.models.display import shown
from kerasflow.models.objectives import Objectives
from kerasflow.models.workspace import Workspace

__all__ = ["Trainer"]

_PREDICT_ROWS = 1024  # the batch of predict(), where none is asked for
_BAR_SECONDS = 0.1  # how long the engine may go on while a bar is shown


class Trainer:
    """`compile`, `fit`, `evaluate`, `predict` and their kin."""

    def _init_trainer(self) -> None:
        self.optimizer: Any = None
        self.loss: Any = None
        self.stop_training = False
        self.history: History | None = None
        self._objectives: Objectives | None = None
        self._wanted: dict[str, Any] = {}
        self._workspace: Workspace | None = None
        self._random: np.random.Generator | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle or a deep copy of the model keeps: all but its graphs, and so the state of its optimizer."""
        return {**self.__dict__, "_workspace": None, "_objectives": None, "history": None}

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        weighted_metrics: Any = None,
    ) -> None:
        """Say what the model is to be trained for, and how.

        Args:
            optimizer: an optimizer or its name.
            loss: a loss, its name, or a function ``f(y_true, y_pred)``; for several outputs a list or dict of these.
            metrics: a list of metrics, their names or functions; for several outputs a list or dict of lists.
            loss_weights: for several outputs, a list or dict of the numbers that multiply the losses.
            weighted_metrics: metrics that take the sample weights into account; those of `metrics` do not.

        Raises:
            ValueError: a name that is not known.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        >>> model.compile("adam", "mse", metrics=["mae"])
        """
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss
        self._wanted = {
            "loss": loss,
            "loss_weights": loss_weights,
            "metrics": metrics,
            "weighted_metrics": weighted_metrics,
        }
        self._forget_programs()
        if self.built:
            self._made_objectives()

    def _made_objectives(self) -> Objectives:
        if self.optimizer is None:
            raise RuntimeError(f"The model {self.name!r} has to be compiled first: model.compile(optimizer, loss).")
        if self._objectives is None:
            self._objectives = Objectives(output_names=self.output_names, **self._wanted)
        return self._objectives

    def _forget_programs(self) -> None:
        """Drop the graphs: something they were built from has changed."""
        self._workspace = None
        self._objectives = None

    def _programs(self) -> Workspace:
        if self._workspace is None:
            self._workspace = Workspace(self)
        return self._workspace

    def _ensure_inputs(self, x: Any) -> None:
        """Build a model that learns its input shape from the first data it sees."""
        if not self.built:
            array = as_array(x, None, "input")
            self.build((None, *(array.shape[1:] or (1,))))

    # Training.

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> History:
        """Train the model.

        Args:
            x: the inputs: an array or data frame with a row for each sample; for several inputs a list or a dict.
            y: the targets, likewise.
            batch_size: the number of samples in a step, by default 32; the last step of an epoch takes what is left.
            epochs: the number of the epoch to stop at.
            verbose: 0 for silence, 1 or "auto" for a bar or, where the output is no terminal, a line an epoch; 2 for
                the line in any case.
            callbacks: callbacks, told of the progress.
            validation_split: the share of the rows, taken from the end, that is only evaluated on.
            validation_data: ``(x, y)`` or ``(x, y, sample_weight)`` to evaluate on after each epoch.
            shuffle: whether each epoch takes the rows in an order of its own.
            class_weight: a number for each class, which multiplies the weights of its samples.
            sample_weight: a number for each sample, which multiplies its loss.
            initial_epoch: the number of the first epoch.
            validation_batch_size: the number of samples in a step of the validation.
            validation_freq: validate every so many epochs.

        Returns:
            the losses and metrics of each epoch.

        Raises:
            RuntimeError: the model is not compiled. ValueError, TypeError: the data do not fit the model.

        >>> x = np.linspace(-1, 1, 64).reshape(-1, 1)
        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        >>> model.compile(tf.keras.optimizers.SGD(0.1), "mse")
        >>> h = model.fit(x, 3 * x + 1, epochs=100, verbose=0)
        >>> np.abs(model.predict(x, verbose=0) - (3 * x + 1)).max() < 0.01
        np.True_
        """
        data, validation = self._fit_data(x, y, sample_weight, class_weight, validation_split, validation_data)
        size = _whole(32 if batch_size is None else batch_size, "batch_size")
        first, last = _whole(initial_epoch, "initial_epoch", 0), _whole(epochs, "epochs", 0)
        validation_freq = _whole(validation_freq, "validation_freq")
        validation_size = (
            size if validation_batch_size is None else _whole(validation_batch_size, "validation batch_size")
        )
        loop = Loop(self._programs().step_program(data, self._made_objectives(), self.optimizer), data.arrays)
        loop.expect(data.count, size, max(0, last - first))
        steps = math.ceil(data.count / size)
        history = History()
        params = {"epochs": epochs, "steps": steps, "verbose": verbose}
        listeners = CallbackList([*_listed(callbacks), history], self, params)
        self.history, self.stop_training = history, False
        logs: dict[str, Any] = {}
        listeners.tell("on_train_begin", {})
        for epoch in range(first, last):
            listeners.tell("on_epoch_begin", epoch, {})
            rows = self._order(data.count, shuffle)
            title = f"Epoch {epoch + 1}/{epochs}"
            with shown(title, steps, verbose) as progress:
                logs = self._run_epoch(loop, rows, size, listeners, progress)
                if validation is not None and (epoch + 1) % validation_freq == 0:
                    left = 1 + (last - epoch - 1) // validation_freq
                    values = self._test(validation, validation_size, listeners, left)
                    logs.update({f"val_{k}": v for k, v in values.items()})
                progress.finish(logs)
            listeners.tell("on_epoch_end", epoch, logs)
            if self.stop_training:
                break
        listeners.tell("on_train_end", logs)
        return history

    def _fit_data(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any, split: float, validation_data: Any
    ) -> tuple[Data, Data | None]:
        data = self._data(x, y, sample_weight, class_weight)
        if validation_data is not None:
            if not isinstance(validation_data, (list, tuple)) or len(validation_data) not in (2, 3):
                raise ValueError("validation_data must be (x, y) or (x, y, sample_weight).")
            return data, self._data(*validation_data)
        return data.split(split) if split else (data, None)

    def _data(self, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None) -> Data:
        self._ensure_inputs(x)
        return training_data(self, x, y, sample_weight, class_weight, self._made_objectives().classes)

    def _order(self, count: int, shuffle: bool) -> np.ndarray[Any, Any]:
        if not shuffle:
            return np.arange(count)
        if self._random is None:
            self._random = np.random.default_rng(next_seed())
        return self._random.permutation(count)

    def _run_epoch(
        self, loop: Loop, rows: np.ndarray[Any, Any], size: int, listeners: CallbackList, progress: Any
    ) -> dict[str, Any]:
        objectives = self._made_objectives()
        objectives.reset()
        for first, last in self._stretches(math.ceil(len(rows) / size), listeners.wants_batches, progress):
            if listeners.wants_batches:
                listeners.tell("on_train_batch_begin", first, {})
            loop.run(rows[first * size : last * size], size)
            if listeners.wants_batches:
                listeners.tell("on_train_batch_end", first, self._programs().results(objectives))
            progress.advance(last - first, partial(self._programs().results, objectives))
        return self._programs().results(objectives)

    def _stretches(self, steps: int, single: bool, progress: Any) -> Iterator[tuple[int, int]]:
        """The numbers of the steps to run at a time, so that a bar moves a few times a second."""
        first, length = 0, 1 if single or progress.moves else steps
        while first < steps:
            started = time.perf_counter()
            last = min(first + length, steps)
            yield first, last
            if not single and time.perf_counter() - started < _BAR_SECONDS / 2:
                length *= 2
            first = last

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One step on the samples given; the loss before it, or a list of the loss and the metrics.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse")
        >>> model.train_on_batch(np.ones((4, 2)), np.zeros(4))
        4.0
        """
        data = self._data(x, y, sample_weight, class_weight)
        objectives = self._made_objectives()
        objectives.reset()
        self._programs().step_program(data, objectives, self.optimizer).run(data.arrays)
        return _returned(self._programs().results(objectives), return_dict)

    # Using.

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss on the samples given, or a list of the loss and the metrics, exact over all of them.

        Raises:
            RuntimeError: the model is not compiled. ValueError, TypeError: the data do not fit the model.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> model.evaluate(np.ones((4, 2)), np.zeros(4), verbose=0)
        [4.0, 2.0]
        """
        data = self._data(x, y, sample_weight)
        size = _whole(32 if batch_size is None else batch_size, "batch_size")
        listeners = CallbackList(_listed(callbacks), self, {"verbose": verbose})
        with shown("Evaluation", math.ceil(data.count / size), verbose) as progress:
            logs = self._test(data, size, listeners)
            progress.finish(logs)
        return _returned(logs, return_dict)

    def _test(self, data: Data, size: int, listeners: CallbackList, passes: int = 1) -> dict[str, Any]:
        """Evaluate on `data`, for the first of so many times."""
        objectives = self._made_objectives()
        listeners.tell("on_test_begin", {})
        loop = Loop(self._programs().step_program(data, objectives, None), data.arrays)
        loop.expect(data.count, size, passes)
        objectives.reset()
        loop.run_in_order(0, data.count, size)
        logs = self._programs().results(objectives)
        listeners.tell("on_test_end", logs)
        return logs

    def predict(
        self, x: Any, batch_size: int | None = None, verbose: Any = "auto", steps: Any = None, callbacks: Any = None
    ) -> Any:
        """The outputs for the samples given, in the structure of the model's outputs.

        Args:
            x: the inputs, as for `fit`.
            batch_size: the number of samples computed at a time.

        Raises:
            ValueError, TypeError: the data do not fit the model.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.predict(np.ones((2, 3)), verbose=0)
        array([[3.],
               [3.]], dtype=float32)
        """
        self._ensure_inputs(x)
        arrays = input_arrays(self, x)
        program = self._programs().predict_program()
        count = len(arrays[0])
        size = _whole(_PREDICT_ROWS if batch_size is None else batch_size, "batch_size")
        if count <= size:
            results = program.run(arrays)
        else:
            results = self._predict_in_batches(Loop(program, arrays), count, size)
        by_tensor = dict(zip(self.outputs, results, strict=True))
        return map_structure(by_tensor.__getitem__, self.output)

    def explain(self) -> str:
        """What has run the model so far: for training, evaluation and prediction, which engine, and what it compiled.

        docs/engine.md says how to read the answer.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        >>> p = model.predict(np.ones((2, 3)), verbose=0)
        >>> print(model.explain())
        engine: auto, which ...
        prediction:
          any shapes: interpreter, ... operations
          feeds of shapes [(2, 3)]: seen once, not planned yet
        """
        programs = [] if self._workspace is None else self._workspace.describe()
        return "\n".join([f"engine: {rule()}", *(programs or ["not run yet"])])

    def _predict_in_batches(self, loop: Loop, count: int, size: int) -> list[np.ndarray[Any, Any]]:
        dims = self._programs().output_shapes()
        for shape, tensor in zip(dims, self.outputs, strict=True):
            if not shape or not is_static(shape[1:]):
                raise ValueError(
                    f"The output {tensor.name!r} has no row of known shape for each sample; predict it in one batch."
                )
        pairs = zip(dims, self.outputs, strict=True)
        outputs = [np.empty((count, *shape[1:]), tensor.dtype.numpy) for shape, tensor in pairs]
        loop.run_in_order(0, count, size, outputs)
        return outputs


def _whole(value: Any, what: str, least: int = 1) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < least:
        kind = "positive" if least else "non-negative"
        raise ValueError(f"{what} must be a {kind} integer, got {value!r}.")
    return int(value)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else flatten(value)


def _returned(logs: dict[str, Any], as_dict: bool) -> Any:
    values: Sequence[Any] = list(logs.values())
    return logs if as_dict else values[0] if len(values) == 1 else values
