"""`Workspace`: the graph and session in which a model is trained and used.

The layers' weights live outside of it and are shared, so a workspace can be dropped at any time; what is lost with it
is the optimizer's state. The forward pass is built at most twice, for training and for use; each kind of step adds
what it needs. A step fetches nothing: losses and metrics add up in their own weights.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.engine.executable import Executable
from kerasflow.core.graph import Graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.session import Session
from kerasflow.core.weights import Weight, next_seed
from kerasflow.layers import context
from kerasflow.layers.symbolic import flatten
from kerasflow.models.data import Data
from kerasflow.models.nesting import Layout

__all__ = ["Workspace"]

Signature = tuple[Any, ...]


class Workspace:
    """Graphs for one model and what it is trained for."""

    def __init__(self, model: Any) -> None:
        self._model = weakref.proxy(model)  # it holds the workspace: neither should have to wait for the other
        self.graph = Graph()
        self.graph.seed = next_seed()
        self.session = Session(graph=self.graph)
        with self.graph.as_default():
            self._inputs = [ops.placeholder(t.dtype, t.dims) for t in model.inputs]
        self.comes_again = False  # whether it is likely to be trained again and again, after `start_over`
        self._forward: dict[bool, tuple[list[Any], context.Record]] = {}
        self._steps: dict[Any, Executable] = {}
        self._earlier: dict[str, Any] = {}  # what `progress` gave, of steps that are not built yet
        self._predict: Executable | None = None
        self._results: Executable | None = None

    def predict_program(self) -> Executable:
        """Computes the outputs from the inputs."""
        if self._predict is None:
            outputs, _ = self._outputs(training=False)
            self._predict = self.session.executable(outputs, self._inputs)
        return self._predict

    def output_shapes(self) -> list[Any]:
        """The static shapes of the outputs."""
        return [t.dims for t in self._outputs(training=False)[0]]

    def step_program(self, data: Data, objectives: Any, optimizer: Any) -> Executable:
        """Takes a batch of `data` and adds it to the losses and metrics; with an optimizer, trains on it too."""
        dims = [None if a is None else _dims(a, t.dims) for a, t in zip(data.y, self._model.outputs, strict=True)]
        dims += [
            None if w is None else _dims(w, t.dims) for w, t in zip(data.weights, self._model.outputs, strict=True)
        ]
        dtypes = [None if a is None else a.dtype for a in (*data.y, *data.weights)]
        signature = (optimizer is not None, tuple(dtypes), tuple(dims))
        if signature not in self._steps:
            with self.graph.as_default():
                given = [None if d is None else ops.placeholder(t, d) for t, d in zip(dtypes, dims, strict=True)]
                self._steps[signature] = self._build_step(given, objectives, optimizer)
            self._steps[signature].comes_again = self.comes_again
            self._steps[signature].go_on(self._earlier.pop(repr(signature), ()))
            self._initialise()
        return self._steps[signature]

    def progress(self) -> dict[str, Any]:
        """How far the steps are from being compiled, by what they take."""
        return {repr(signature): program.progress() for signature, program in self._steps.items()}

    def go_on(self, progress: Mapping[str, Any]) -> None:
        """Compile steps when a workspace would have done that gave `progress`."""
        self._earlier = dict(progress)
        for signature, program in self._steps.items():
            program.go_on(self._earlier.pop(repr(signature), ()))

    def start_over(self) -> None:
        """Forget what has been run, which decides what is compiled; see `Executable.start_over`."""
        for program in (*self._steps.values(), self._predict, self._results):
            if program is not None:
                program.start_over()

    def describe(self) -> list[str]:
        """For each program there has been, what runs it: a few lines for people."""
        named = [("training" if trains else "evaluation", e) for (trains, *_), e in self._steps.items()]
        named += [] if self._predict is None else [("prediction", self._predict)]
        return [line for name, e in named for line in (f"{name}:", *[f"  {text}" for text in e.describe()])]

    def _outputs(self, training: bool) -> tuple[list[Any], context.Record]:
        if training not in self._forward:
            inputs = Layout(self._model.input, self._model.input_names).pack(self._inputs)
            with self.graph.as_default(), context.training_phase(training), context.recording() as record:
                outputs = flatten(self._model._forward(inputs, record))
            self._forward[training] = (outputs, record)
        return self._forward[training]

    def _build_step(self, given: list[Any], objectives: Any, optimizer: Any) -> Executable:
        """The program of a step; `given` are the targets and weights of each output, or None."""
        outputs, record = self._outputs(training=optimizer is not None)
        half = len(given) // 2
        targets, weights = given[:half], given[half:]
        total, parts = self._loss(objectives, record, outputs, targets, weights, optimizer is not None)
        operations = objectives.updates(total, parts, outputs, targets, weights)
        operations += [*objectives.adopt(record.metric_updates), *record.assignments]
        if optimizer is not None:
            operations += [self._train(optimizer, total), *record.updates]
        return self.session.executable(operations, [*self._inputs, *[g for g in given if g is not None]])

    def _loss(
        self, objectives: Any, record: context.Record, outputs: Any, targets: Any, weights: Any, training: bool
    ) -> tuple[Any, list[Any]]:
        """The loss of a step, as the model computes it, and its parts by output."""
        model, layout = self._model, objectives.layout
        penalties = record.losses + self._penalties()
        parts: list[Any] = [None] * layout.count

        def standard(y: Any, y_pred: Any, sample_weight: Any) -> Any:
            given = [None] * layout.count if sample_weight is None else flatten(sample_weight)
            parts[:] = objectives.parts(flatten(y_pred), flatten(y), given)
            return objectives.total(parts, penalties)

        with model._computing(standard):
            total = model.compute_loss(
                x=Layout(model.input, model.input_names).pack(self._inputs),
                y=layout.pack(targets),
                y_pred=layout.pack(outputs),
                sample_weight=None if all(w is None for w in weights) else layout.pack(weights),
                training=training,
            )
        if total is None:
            if training:
                raise ValueError("The model has no loss: pass one to compile().")
            total = ops.zeros((), outputs[0].dtype if outputs[0].dtype.is_floating else "float32")
        return self.graph.convert(total), parts

    def _penalties(self) -> list[Any]:
        weights = self._model.trainable_weights
        return [w.regularizer(w.variable(self.graph)) for w in weights if getattr(w, "regularizer", None) is not None]

    def _train(self, optimizer: Any, total: Any) -> Any:
        weights = self._model.trainable_weights
        foreign = [w.name for w in weights if not isinstance(w, Weight)]
        if foreign:
            raise ValueError(
                f"The weights {foreign} are variables of a graph, because their layer was first called on a tensor of "
                "that graph; such a layer is trained in that graph, not by fit()."
            )
        variables = [w.variable(self.graph) for w in weights]
        if not variables:
            return ops.no_op()
        return optimizer.minimize(total, var_list=variables)

    def _initialise(self) -> None:
        variables = self.graph.get_collection(GraphKeys.GLOBAL_VARIABLES)
        variables += self.graph.get_collection(GraphKeys.LOCAL_VARIABLES)
        new = [v.initializer for v in variables if v.cell is None and not self.session.is_initialized(v)]
        if new:
            self.session.run(new)

    def results(self, objectives: Any) -> dict[str, Any]:
        """The losses and metrics of the batches since they were reset: floats, and arrays of metrics by class."""
        named = objectives.named_metrics()
        if self._results is None or len(self._results.fetches) != len(named):
            with self.graph.as_default():
                self._results = self.session.executable([m.result() for _, m in named], [])
        values: Sequence[Any] = self._results.run([])
        return {name: value if np.ndim(value) else float(value) for (name, _), value in zip(named, values, strict=True)}


def _dims(target: Any, output: Any) -> tuple[int | None, ...]:
    """The shape of targets or weights such as these: sizes that the output leaves open may differ between batches."""
    open_axes = [i for i, d in enumerate(output or ()) if d is None]
    return tuple(None if i == 0 or i in open_axes and d != 1 else d for i, d in enumerate(target.shape))
