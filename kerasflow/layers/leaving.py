"""`Leaver`: what a layer leaves behind for training when it is called: losses, updates, metrics."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.tensor import Tensor
from kerasflow.core.weights import ASSIGNMENTS, Weight
from kerasflow.layers import context
from kerasflow.layers.holding import Holder
from kerasflow.layers.symbolic import KerasTensor, flatten
from kerasflow.metrics import Mean, Metric
from kerasflow.metrics.state import updates_in

__all__ = ["Leaver", "note_penalty"]


class Leaver(Holder):
    """What leaves things behind for the model that is being built, or for the user's graph."""

    activity_regularizer: Any = None

    # Losses.

    def add_loss(self, loss: Any) -> None:
        """Add to what is minimised.

        Args:
            loss: a scalar tensor, made in `call`; a function without arguments that gives one, called wherever the
                layer is, for penalties on weights; or a list of these.

        In a graph of the user's own the tensor joins the regularization losses of that graph.

        Raises:
            ValueError: it is a symbolic tensor, or no tensor at all.
        """
        for one in flatten(loss):
            if isinstance(one, Tensor):
                self._leave_loss(one)
            elif callable(one):
                self._loss_functions.append(one)
            elif isinstance(one, KerasTensor):
                raise ValueError(
                    f"add_loss() takes tensors made in the call of a layer, got {one}. Make a layer whose call() "
                    "computes the loss and adds it."
                )
            else:
                raise ValueError(f"add_loss() takes a tensor or a function that gives one, got {one!r}.")

    @property
    def _loss_functions(self) -> list[Callable[[], Any]]:
        found: list[Callable[[], Any]] = self.__dict__.setdefault("_given_loss_functions", [])
        return found

    def _leave_loss(self, loss: Tensor) -> None:
        _left_in(loss.graph).setdefault(self, []).append(loss)
        record = context.current_record()
        if record is not None:
            record.losses.append(loss)
        else:
            loss.graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)

    @property
    def losses(self) -> list[Tensor]:
        """What the layer and those inside it add to the loss: tensors of the default graph.

        These are the losses left by the last call there, and the penalties on weights.
        """
        graph = default_graph()
        left, penalties = _left_in(graph), _penalties_in(graph)
        found: list[Any] = []
        for layer in self._all_layers():
            found += left[layer] if layer in left else [f() for f in layer._loss_functions]
        for w in self.trainable_weights:
            if not isinstance(w, Weight):
                found += penalties.get(w, [])
            elif w.regularizer is not None:
                found.append(w.regularizer(w.variable(graph)))
        return found

    def _leave_penalties(self, outputs: Any) -> None:
        """What the regularizer of the outputs says, for a sample: it does not depend on the size of the batch."""
        if self.activity_regularizer is None:
            return
        for y in flatten(outputs):
            if isinstance(y, Tensor):
                penalty = self.activity_regularizer(y)
                rows = ops.cast(ops.shape(y)[0], penalty.dtype) if y.dims != () else ops.ones_like(penalty)
                self._leave_loss(ops.div_no_nan(penalty, rows))

    # Updates and metrics.

    def add_update(self, update: Any) -> None:
        """Have an operation run with each training step, or join the graph's UPDATE_OPS.

        Args:
            update: the operation, a function that makes it, or a list of these.
        """
        record = context.current_record()
        for one in flatten(update):
            operation = one() if callable(one) else one
            if record is not None:
                record.updates.append(operation)
            else:
                operation.graph.add_to_collection(GraphKeys.UPDATE_OPS, operation)

    def add_metric(self, value: Any, name: str, aggregation: str | None = "mean") -> None:
        """Report the mean of `value` over an epoch, under `name`; to be called in `call`.

        Raises:
            ValueError: another aggregation than the mean is asked for.
        """
        if aggregation not in ("mean", None):
            raise ValueError(f"Metrics of layers are means; got the aggregation {aggregation!r} for {name!r}.")
        named: dict[str, Mean] = self.__dict__.get("_named_metrics") or {}
        if name not in named:
            self._named_metrics = {**named, name: Mean(name)}
        self._named_metrics[name].update_state(value)

    @property
    def metrics(self) -> list[Metric]:
        """The metrics among the attributes of the layer and of those inside it."""
        return list(dict.fromkeys(m for layer in self._all_layers() for m in layer._tracked().metrics))

    # Around a call.

    @contextlib.contextmanager
    def _leaving(self) -> Iterator[None]:
        """Around `call`: forget what former calls left in this graph, and see to what this one leaves."""
        graph, record = default_graph(), context.current_record()
        left, updates = _left_in(graph), updates_in(graph)
        before = len(updates)
        if context.caller_in(graph) is None:
            for layer in self._all_layers():
                left.pop(layer, None)
        called = self in left
        with context.calling(graph, self), self._assigning(graph):
            yield
            for function in [] if called else self._loss_functions:
                self._leave_loss(function())
        if record is not None:
            own = self._tracked().metrics
            record.metric_updates += [u for u in updates[before:] if u[0] in own and u not in record.metric_updates]

    @contextlib.contextmanager
    def _assigning(self, graph: Graph) -> Iterator[None]:
        """Around the outermost call: see to it that steps run what is assigned to weights."""
        if ASSIGNMENTS in graph.state:
            yield
            return
        made = graph.state[ASSIGNMENTS] = {}
        try:
            yield
        finally:
            del graph.state[ASSIGNMENTS]
        record = context.current_record()
        for value in made.values():
            if record is not None:
                record.assignments.append(value.op)
            else:
                graph.add_to_collection(GraphKeys.UPDATE_OPS, value.op)


def note_penalty(variable: Any, penalty: Tensor) -> None:
    """Note what the regularizer of a variable of a user's graph says."""
    _penalties_in(penalty.graph).setdefault(variable, []).append(penalty)


def _left_in(graph: Graph) -> Any:
    """The losses that layers have left in a graph, which does not keep the layers alive."""
    return graph.state.setdefault("losses of layers", weakref.WeakKeyDictionary())


def _penalties_in(graph: Graph) -> dict[Any, list[Tensor]]:
    found: dict[Any, list[Tensor]] = graph.state.setdefault("penalties on variables", {})
    return found
