"""`Compiling`: what a model is trained for, and the programs that do it."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from kerasflow import optimizers
from kerasflow.callbacks.base import History
from kerasflow.core.engine.choice import rule
from kerasflow.core.weights import next_seed
from kerasflow.layers.symbolic import flatten
from kerasflow.models.data import Data, as_array, training_data
from kerasflow.models.objectives import Objectives
from kerasflow.models.settings import suggesting
from kerasflow.models.workspace import Workspace

__all__ = ["Compiling"]


class Compiling:
    """`compile`, and what it leads to: losses and metrics, and programs for the steps."""

    def _init_trainer(self) -> None:
        self.optimizer: Any = None
        self.loss: Any = None
        self.stop_training = False
        self.history: History | None = None
        self._objectives: Objectives | None = None
        self._wanted: dict[str, Any] = {}
        self._steps_per_execution = 1
        self._workspace: Workspace | None = None
        self._random: np.random.Generator | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle or a deep copy of the model keeps: all but its graphs, and so the state of its optimizer."""
        return {**self.__dict__, "_workspace": None, "_objectives": None, "history": None}

    @suggesting
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
        sample_weight_mode: Any = None,
    ) -> None:
        """Say what the model is to be trained for, and how.

        Args:
            optimizer: an optimizer or its name.
            loss: a loss, its name, or a function ``f(y_true, y_pred)``; for several outputs a list or dict of these.
            loss_weights: for several outputs, a list or dict of the numbers that multiply the losses.
            metrics: a list of metrics, their names or functions; for several outputs a list or dict of lists.
            weighted_metrics: metrics that take the sample weights into account; those of `metrics` do not.
            steps_per_execution: how many batches are run before a callback that asks for batches is told of them.
            run_eagerly, jit_compile, auto_scale_loss, sample_weight_mode: taken for Keras's sake. A model always runs
                as a graph, the engine decides what is compiled (`kerasflow.config.set_engine`), and losses are not
                scaled.

        Metrics before loss weights, the order of Keras 2, will do too.

        Raises:
            ValueError: a name that is not known. TypeError: an argument that is not known.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        >>> model.compile("adam", "mse", metrics=["mae"])
        """
        if any(not isinstance(w, numbers.Real) for w in flatten(loss_weights) if w is not None):
            loss_weights, metrics = metrics, loss_weights
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss
        self._steps_per_execution = steps_per_execution
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

    def _data(self, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None) -> Data:
        """What was passed, as the arrays that a step takes."""
        self._ensure_inputs(x)
        data = training_data(self, x, y, sample_weight, self._made_objectives().classes)
        return data if class_weight is None else data.with_class_weight(class_weight, self.output_names)

    def _step(self, data: Data, training: bool) -> Any:
        """The program for a step on such data."""
        return self._programs().step_program(data, self._made_objectives(), self.optimizer if training else None)

    def _results(self) -> dict[str, Any]:
        """The losses and metrics of the steps since they were reset."""
        return self._programs().results(self._made_objectives())

    def _order(self, count: int, shuffle: bool) -> np.ndarray[Any, Any]:
        if not shuffle:
            return np.arange(count)
        if self._random is None:
            self._random = np.random.default_rng(next_seed())
        return self._random.permutation(count)

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
