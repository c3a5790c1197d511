"""`Metric`: something that is added up over many batches, and one number (or array) made of it.

A metric works in two places. Given tensors, `update_state` and `result` add operations to their graph, to be run with
the rest of it. Given arrays, they work at once, in a private graph. The state is the same in both: arrays outside of
all graphs, in double precision, so that the sums of an epoch are exact however long it is.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow import initializers
from kerasflow.core import ops, shapes
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.scopes import group
from kerasflow.core.tensor import Operation, Tensor, holds_tensor
from kerasflow.core.types import as_dtype, float64
from kerasflow.core.weights import evaluate
from kerasflow.losses.align import graph_of, scope_name
from kerasflow.metrics.state import Private, State, building, updates_in
from kerasflow.utils.lookup import snake_case

__all__ = ["Metric"]


class Metric:
    """The base of all metrics.

    A metric of one's own makes its state with `add_weight`, adds a batch to it in `update_state`, with the graph
    functions and `assign_add`, and gives the number in `result`.

    Given tensors, `update_state` is an operation, and `result` a tensor of the graph in which the metric is updated:

    >>> y, p = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    >>> metric = tf.keras.metrics.MeanAbsoluteError()
    >>> update, result = metric.update_state(y, p), metric.result()
    >>> with tf.Session() as sess:
    ...     for targets, predictions in [([0.0, 1.0], [0.5, 1.0]), ([2.0], [3.0])]:
    ...         sess.run(update, {y: targets, p: predictions})
    ...     sess.run(result)
    np.float64(0.5)

    Given arrays, `update_state` adds them at once; in a graph where the metric is not updated, `result` is a number:

    >>> metric.reset_state()
    >>> with tf.Graph().as_default():
    ...     metric.update_state([0.0, 1.0], [0.5, 1.0])
    ...     float(metric.result())
    0.25

    Args:
        name: the name under which a model reports it, by default the class's in snake case.
        dtype: the type of the result, by default that of the state, float64.

    >>> class Largest(tf.keras.metrics.Metric):
    ...     def __init__(self, name="largest"):
    ...         super().__init__(name)
    ...         self.largest = self.add_weight(name="largest")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.largest.assign(tf.maximum(self.largest, tf.cast(tf.reduce_max(y_pred), tf.float64)))
    ...     def result(self):
    ...         return self.largest
    >>> largest = Largest()
    >>> float(largest([0.0, 0.0], [3.0, 5.0])), float(largest([0.0], [4.0]))
    (5.0, 5.0)
    """

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self._states: list[State] = []
        self._parts: list[Metric] = []
        self._begin()
        self.name = name or snake_case(type(self).__name__)
        self.dtype = None if dtype is None else as_dtype(dtype)

    def _begin(self) -> None:
        self._private: Private | None = None
        self._graphs: weakref.WeakSet[Graph] = weakref.WeakSet()  # those in which it is updated

    def __setattr__(self, name: str, value: Any) -> None:
        for part in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(part, Metric) and not name.startswith("_") and part not in self._parts:
                self._parts.append(part)
        super().__setattr__(name, value)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "update_state" in cls.__dict__:
            cls.update_state = _update(cls.update_state)
        if "result" in cls.__dict__:
            cls.result = _result(cls.result)

    # What a metric defines.

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch.

        Args:
            y_true, y_pred: targets and predictions, tensors or arrays, a row for each sample.
            sample_weight: a weight for each sample, or for each value.

        Returns:
            For tensors the operation that adds the batch when it is run; for arrays, which are added at once, None.

        Raises:
            ValueError: the shapes do not fit.
        """
        raise NotImplementedError(
            f"{type(self).__name__} must define update_state(y_true, y_pred, sample_weight=None)."
        )

    def result(self) -> Any:
        """The number so far: a tensor in a graph in which the metric is updated, a NumPy number anywhere else."""
        raise NotImplementedError(f"{type(self).__name__} must define result().")

    def reset_state(self) -> None:
        """Start over, at once."""
        for state in self._states:
            state.reset()
        for part in self._parts:
            part.reset_state()

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a metric like this one."""
        return {"name": self.name, "dtype": None if self.dtype is None else self.dtype.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A metric from what `get_config` gave."""
        return cls(**config)

    # What it uses.

    def add_weight(
        self, shape: Any = (), initializer: Any = "zeros", dtype: Any = None, name: str | None = None
    ) -> State:
        """Something to add up in.

        Args:
            shape: its shape.
            initializer: its values at the start: the name of an initializer, an initializer, a number or an array.
            dtype: its type, by default float64, which counts exactly up to 2^53.
            name: its name. May also come first, before the shape.
        """
        if isinstance(shape, str):
            shape, name = (initializer if isinstance(initializer, (list, tuple)) else ()), shape
            initializer = "zeros" if isinstance(initializer, (list, tuple)) else initializer
        wanted = float64 if dtype is None else as_dtype(dtype)
        dims = shapes.as_dims(shape)
        if not shapes.is_static(dims):
            raise ValueError(f"The state of a metric must have a known shape, got {shapes.show(dims)}.")
        if initializer is None or isinstance(initializer, str) and initializer == "zeros":
            initializer = 0.0
        if isinstance(initializer, (int, float, np.ndarray)):
            value = np.full(dims, initializer, wanted.numpy)
        else:
            value = evaluate(lambda: initializers.get(initializer)(dims, wanted))
        state = State(value, f"{scope_name(self.name)}/{scope_name(name or 'state')}")
        self._states.append(state)
        return state

    add_variable = add_weight

    @property
    def weights(self) -> list[State]:
        """The state, and that of the metrics it is made of."""
        return [*self._states, *[state for part in self._parts for state in part.weights]]

    variables = weights

    def __call__(self, y_true: Any, *args: Any, **kwargs: Any) -> Any:
        """Add a batch and give the result with it."""
        update = self.update_state(y_true, *args, **kwargs)
        if not isinstance(update, Operation):
            return self.result()
        with update.graph.as_default(), update.graph.control_dependencies([update]):
            return self.result()

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in ("_private", "_graphs")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"


# Between a subclass's methods and their callers.


def _update(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def update_state(self: Metric, *args: Any, **kwargs: Any) -> Any:
        if building.open and building.open[-1][0] is self:  # called by the update of a subclass
            return method(self, *args, **kwargs)
        if building.open or holds_tensor([*args, *kwargs.values()]):
            with graph_of(*args, *kwargs.values()).as_default():
                return built(self, *args, **kwargs)
        _private(self).run(self, built, args, kwargs)
        return None

    def built(self: Metric, *args: Any, **kwargs: Any) -> Operation:
        return _operation(self, method, args, kwargs)

    return update_state


def _operation(self: Metric, method: Callable[..., Any], args: Any, kwargs: Any) -> Operation:
    """The operation that does what `method` says, in the default graph."""
    graph = default_graph()
    self._graphs.add(graph)
    writes: list[Operation] = []
    building.open.append((self, writes))
    try:
        with graph.name_scope(scope_name(self.name)):
            given = method(self, *args, **kwargs)
            listed = given if isinstance(given, (list, tuple)) else [given]
            operations = [t.op if isinstance(t, Tensor) else t for t in listed]
            writes += [o for o in operations if isinstance(o, Operation) and o not in writes]
            update = writes[0] if len(writes) == 1 else group(*writes)
    finally:
        building.open.pop()
    if building.open:  # it is a part of another metric
        building.open[-1][1].append(update)
    else:
        updates_in(graph).append((self, update))
    return update


def _result(method: Callable[[Metric], Any]) -> Callable[[Metric], Any]:
    @functools.wraps(method)
    def result(self: Metric) -> Any:
        if building.open and building.open[-1][0] is self:  # called by the result of a subclass
            return method(self)
        if building.open or default_graph() in self._graphs:
            return built(self)
        return _private(self).run(self, built)

    def built(self: Metric) -> Any:
        graph = default_graph()
        building.open.append((self, []))
        try:
            with graph.name_scope(scope_name(self.name)):
                value = graph.convert(method(self))
                return value if self.dtype is None else ops.cast(value, self.dtype)
        finally:
            building.open.pop()

    return result


def _private(metric: Metric) -> Private:
    if metric._private is None:
        metric._private = Private()
    return metric._private
