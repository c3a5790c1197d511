"""`Compiling`: what a model is trained for, and the programs that do it."""

from __future__ import annotations

import contextlib
import numbers
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasflow import optimizers
from kerasflow.callbacks.base import History
from kerasflow.core.engine.choice import rule
from kerasflow.core.weights import next_seed
from kerasflow.layers.symbolic import flatten
from kerasflow.models.data import Data, nested_arrays, training_data
from kerasflow.models.feeding import Pace
from kerasflow.models.nesting import Layout, tensor_names
from kerasflow.models.objectives import Objectives
from kerasflow.models.optimizer_state import restore_state, saved_state
from kerasflow.models.settings import suggesting, whole
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
        self._standard_loss: Callable[..., Any] | None = None
        self._known_layouts: tuple[Any, Layout, Layout] | None = None
        self._paces: dict[tuple[int, bool], Pace] = {}  # by the size of the batch, and whether it is trained on
        self._random: np.random.Generator | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What a pickle or a deep copy of the model keeps: all but its graphs; the state of its optimizer apart."""
        state = {**self.__dict__, "_workspace": None, "_objectives": None, "_standard_loss": None, "history": None}
        if isinstance(self.optimizer, optimizers.Optimizer) and self.optimizer.iterations:
            state["_optimizer_state"] = saved_state(self.optimizer, self.trainable_weights)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        arrays = state.pop("_optimizer_state", None)
        self.__dict__.update(state)
        if arrays is not None:
            restore_state(self.optimizer, self.trainable_weights, arrays)

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
        if "nodes" not in self.__dict__:
            raise RuntimeError(f"{type(self).__name__}.__init__ must call super().__init__() first.")
        if any(not isinstance(w, numbers.Real) for w in flatten(loss_weights) if w is not None):
            loss_weights, metrics = metrics, loss_weights
        self.optimizer = optimizers.get(optimizer)
        self.loss = loss
        self._steps_per_execution = whole(steps_per_execution, "steps_per_execution")
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
            self._objectives = Objectives(layout=self._layouts()[1], named=self._names_outputs(), **self._wanted)
        return self._objectives

    def _layouts(self) -> tuple[Layout, Layout]:
        """How the inputs and the outputs are nested."""
        known = self._known_layouts
        if known is None or known[0] is not self._network:
            results = self._network.result if self._names_outputs() else self.output
            ends = (Layout(nest, tensor_names(nest)) for nest in (self.input, results))
            known = self._known_layouts = (self._network, *ends)
        return known[1:]

    def _names_outputs(self) -> bool:
        """Whether the outputs have names of their own: not those of a model that says in `call` what they are."""
        return all(t.node.layer is not self for t in self.outputs)

    def _forget_programs(self) -> None:
        """Drop the graphs: something they were built from has changed."""
        self._workspace = None
        self._objectives = None
        self._paces = {}

    def _programs(self) -> Workspace:
        if self._workspace is None:
            self._workspace = Workspace(self)
        return self._workspace

    def _ensure_inputs(self, x: Any) -> None:
        """Build a model that learns its input shape from the first data it sees."""
        if self._network is None:
            self._build_on(nested_arrays(x))

    def _data(self, x: Any, y: Any, sample_weight: Any = None, class_weight: Any = None) -> Data:
        """What was passed, as the arrays that a step takes."""
        self._ensure_inputs(x)
        objectives = self._made_objectives()
        data = training_data(self, x, y, sample_weight, objectives)
        return data if class_weight is None else data.with_class_weight(class_weight, objectives.layout.labels)

    def _step(self, data: Data, training: bool) -> Any:
        """The program for a step on such data."""
        self._refuse_own("train_step" if training else "test_step")
        return self._programs().step_program(data, self._made_objectives(), self.optimizer if training else None)

    def _returned(self, logs: dict[str, Any], as_dict: bool) -> Any:
        """Results as they are given to the caller: a dict, a list in Keras's order, or the loss alone."""
        if as_dict:
            return logs
        values = [logs[name] for name in self._made_objectives().in_order()]
        return values[0] if len(values) == 1 else values

    def _refuse_own(self, method: str) -> None:
        """A step of one's own is an error, not something to pass over in silence."""
        if hasattr(type(self), method):
            raise NotImplementedError(
                f"{type(self).__name__} defines {method}(), which is not called here: a step is a graph, built once "
                "and run many times. Define compute_loss(x, y, y_pred, sample_weight, training) for a loss of its own, "
                "call add_loss() in call() for a penalty, or train the layers in a tf.Session."
            )

    def _results(self) -> dict[str, Any]:
        """The losses and metrics of the steps since they were reset."""
        return self._programs().results(self._made_objectives())

    def _order(self, count: int, shuffle: bool) -> np.ndarray[Any, Any]:
        if not shuffle:
            return np.arange(count)
        return self._generator().permutation(count)

    def _seed(self) -> int:
        """The seed of a pass that has an order of its own."""
        return int(self._generator().integers(1 << 63))

    def _generator(self) -> np.random.Generator:
        if self._random is None:
            self._random = np.random.default_rng(next_seed())
        return self._random

    # Losses and metrics, seen from outside.

    @property
    def metrics(self) -> list[Any]:
        """The metrics, as they are known once there has been a step: the loss, those of `compile`, those of layers.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> values = model.evaluate(np.ones((4, 2)), np.zeros(4), verbose=0)
        >>> model.metrics, dict(zip(model.metrics_names, values))
        ([<Mean 'loss'>, <MeanAbsoluteError 'mae'>], {'loss': 4.0, 'mae': 2.0})
        """
        own = [] if self._objectives is None else [m for _, m in self._objectives.named_metrics()]
        return list(dict.fromkeys([*own, *super().metrics]))

    @property
    def metrics_names(self) -> list[str]:
        """The names of the values in the list that `evaluate` gives, as they are known once there has been a step."""
        return [] if self._objectives is None else self._objectives.in_order()

    def get_metrics_result(self) -> dict[str, Any]:
        """The losses and metrics by name, of the steps since they were reset.

        Raises:
            RuntimeError: there has been no step.
        """
        if self._workspace is None or self._objectives is None:
            raise RuntimeError(f"The model {self.name!r} has taken no step since it was compiled.")
        return self._results()

    def reset_metrics(self) -> None:
        """Set the losses and metrics back to where an epoch starts. An epoch, an evaluation and a batch begin with it.

        >>> model = tf.keras.Sequential([tf.keras.layers.Dense(1, kernel_initializer="ones")])
        >>> model.compile("sgd", "mse", metrics=[tf.keras.metrics.MeanAbsoluteError()])
        >>> values = model.evaluate(np.ones((4, 2)), np.zeros(4), verbose=0)
        >>> model.reset_metrics()
        >>> float(model.metrics[1].result())
        0.0
        """
        self._made_objectives().reset()

    # What a model of one's own may define in another way.

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """The loss of a batch: those of `compile`, weighted and added up, with all penalties.

        A model of one's own may compute it in another way. It is called once, when the step is built.

        Args:
            x, y, sample_weight: tensors, nested as the inputs and outputs are; None for what is not there.
            y_pred: the outputs.
            training: whether this is a step of training.

        Returns:
            a scalar tensor.

        Raises:
            RuntimeError: no step is being built.

        >>> class Doubled(tf.keras.Sequential):
        ...     def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        ...         return 2.0 * super().compute_loss(x, y, y_pred, sample_weight, training)
        >>> model = Doubled([tf.keras.layers.Dense(1, kernel_initializer="zeros")])
        >>> model.compile("sgd", "mse")
        >>> model.evaluate(np.ones((4, 2)), np.ones(4), verbose=0)
        2.0
        """
        if self._standard_loss is None:
            raise RuntimeError("compute_loss() is called while a step of fit() or evaluate() is built, not before.")
        return self._standard_loss(y, y_pred, sample_weight)

    @contextlib.contextmanager
    def _computing(self, standard: Callable[..., Any]) -> Iterator[None]:
        self._standard_loss = standard
        try:
            yield
        finally:
            self._standard_loss = None

    def _forward(self, inputs: Any, record: Any) -> Any:
        """The outputs for the placeholders of the inputs."""
        return self.computed(inputs)

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
