"""`Variable`: state that lives from one run to the next.

A variable is a handle in a graph; its value is kept in a `Cell`, one per session, so that sessions over the same graph
share nothing. A variable made with a cell of its own uses that cell in every session: layers that appear in several
graphs share their weights this way. Three operations come with it: ``W`` gives the value when the run is over,
``W/Assign`` sets the initial value, ``W/read`` gives the value at its place in the run. `Assign` and its kin name
their variable as an attribute, so that initialising never reads what is not there yet (rule G5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.creators import Created, VariableAggregation, VariableSynchronization
from kerasflow.core.errors import FailedPreconditionError
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.shapes import TensorShape
from kerasflow.core.tensor import Operation, Tensor, forward_operators
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.values import to_array

__all__ = ["Cell", "Variable", "uninitialized"]


class Cell:
    """Where a variable's value is kept; None until it is initialised."""

    __slots__ = ("__weakref__", "value")

    def __init__(self, value: np.ndarray[Any, Any] | None = None) -> None:
        self.value = value


class Variable(metaclass=Created):
    """A tensor whose value stays in the session between runs, until an assignment changes it.

    Args:
        initial_value: a value or tensor, or a function without arguments that gives one.
        trainable: whether optimizers change it by default; yes, if `synchronization` is not ON_READ.
        collections: the collections it joins, by default GLOBAL_VARIABLES.
        validate_shape: whether its shape is fixed to that of the initial value.
        name: its name, made unique in the graph.
        dtype: its type, by default the initial value's.
        constraint: a function from the variable to its projected value, applied after an optimizer's update.
        shape: its shape, where it shall be less known than that of the initial value.
        caching_device, variable_def, expected_shape, import_scope, use_resource, synchronization, aggregation: accepted
            and without effect: a variable is one array in one place.
        cell: where its value is kept already, in every session; such a variable needs no initial value, and
            initialising it does nothing. By default each session has its own.

    Raises:
        TypeError: a type was passed as `trainable`. ValueError: there is no initial value, its shape is not known, or
            `collections` or `constraint` are something else.

    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     sess.run(w.assign_add([1.0, 1.0]))
    ...     sess.run(w)
    array([2., 3.], dtype=float32)
    array([2., 3.], dtype=float32)
    """

    __array_ufunc__ = None
    __array_priority__ = 100

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Iterable[Any] | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Callable[[Any], Any] | None = None,
        use_resource: bool | None = None,
        synchronization: VariableSynchronization = VariableSynchronization.AUTO,
        aggregation: VariableAggregation = VariableAggregation.NONE,
        shape: Any = None,
        cell: Cell | None = None,
    ) -> None:
        if isinstance(trainable, (DType, type, np.dtype, str)):
            raise TypeError(f"The second argument of Variable is `trainable`, got {trainable!r}: pass it as dtype=.")
        if initial_value is None and (cell is None or cell.value is None):
            raise ValueError("A variable needs an initial value: Variable(initial_value).")
        if collections is not None and not isinstance(collections, (list, tuple, set)):
            raise ValueError(f"The collections of a variable must be a list of names, got {collections!r}.")
        if constraint is not None and not callable(constraint):
            raise ValueError(f"The constraint of a variable must be a function, got {constraint!r}.")
        graph = getattr(initial_value, "graph", None)
        if isinstance(graph, Graph) and graph.enclosing:
            raise ValueError(
                f"The initial value of variable {name or 'Variable'!r} is computed inside {graph}, where variables "
                "cannot be initialised: pass a function that makes the initial value."
            )
        self.graph: Graph = (graph if isinstance(graph, Graph) else default_graph()).root
        self.synchronization = synchronization
        self.aggregation = aggregation
        self.trainable = (
            synchronization is not VariableSynchronization.ON_READ if trainable is None else bool(trainable)
        )
        self.constraint = constraint
        self.cell = cell
        with self.graph.as_default(), self.graph.control_dependencies(None):
            self._build(initial_value, name or "Variable", dtype, validate_shape, shapes.as_dims(shape))
        for key in _collections(collections, self.trainable):
            self.graph.add_to_collection(key, self)

    def _build(self, initial_value: Any, name: str, dtype: Any, validate_shape: bool, dims: shapes.Dims) -> None:
        with self.graph.name_scope(name) as scope:
            if self.cell is not None and self.cell.value is not None:
                self._attach(scope, as_dtype(self.cell.value.dtype), self.cell.value.shape)
                self.initial_value = self._snapshot
                return
            if callable(initial_value):
                with self.graph.name_scope("Initializer"):
                    initial: Tensor = self.graph.convert(initial_value(), dtype, "initial_value")
            else:
                initial = self.graph.convert(initial_value, dtype, "initial_value")
            if validate_shape and not shapes.is_static(initial.dims):
                raise ValueError(
                    f"Variable {scope[:-1]!r}: the shape {shapes.show(initial.dims)} of the initial value must be "
                    "known; with validate_shape=False it need not be."
                )
            self.initial_value = initial
            if not shapes.compatible(initial.dims, dims):
                given = f"{shapes.show(initial.dims)} of the initial value does not fit {shapes.show(dims)}"
                raise ValueError(f"Variable {scope[:-1]!r}: the shape {given}.")
            known = initial.dims if dims is None else dims
            self._attach(scope, initial.dtype, known if validate_shape else None, initial)

    def _attach(self, scope: str, dtype: DType, dims: shapes.Dims, initial: Tensor | None = None) -> None:
        """Make the three operations that come with a variable, in the order in which a run executes them."""
        self.dtype = dtype
        self.dims = dims
        state = {"variable": self, "dtype": dtype, "shape": dims}
        self._last: Tensor = self.graph.apply("VariableV2", name=scope, **state)
        with self.graph.beside(self._last.op):
            self.initializer: Operation = (
                self.graph.apply("NoOp", name="Assign")
                if initial is None
                else self.graph.apply("Assign", initial, name="Assign", variable=self).op
            )
            self._snapshot: Tensor = self.graph.apply("ReadVariable", name="read", **state)
        self.reads = [self._snapshot]

    def start_from(self, value: Any) -> None:
        """Take another initial value, from now on. ValueError if it has another shape, TypeError for another type."""
        with self.graph.as_default(), self.graph.control_dependencies(None), self.graph.beside(self.op):
            self._start(self.graph.convert(value, self.dtype))

    def _start(self, initial: Tensor) -> None:
        self.initializer = self.graph.apply("Assign", initial, variable=self).op
        self.initial_value = initial

    # Reading.

    def __tensor__(self, graph: Any) -> Tensor:
        """The value as a tensor; inside a `control_dependencies` block, a loop or a branch it is read anew."""
        if graph is not self.graph and graph.root is self.graph:
            return graph.read(self, anew=graph.has_control_scope)
        if graph is self.graph and graph.has_control_scope:
            return self._read(f"{self.op.name.rpartition('/')[2]}/read")
        return self._snapshot

    def value(self) -> Tensor:
        """The value as a tensor."""
        graph: Any = self.graph.building()
        return self._snapshot if graph is self.graph else graph.read(self)

    def read_value(self) -> Tensor:
        """The value, read again at this place of the run: after what the surrounding block depends on."""
        return self._read("read")

    def _read(self, name: str) -> Tensor:
        graph: Any = self.graph.building()
        if graph is not self.graph:
            return graph.read(self, anew=True)
        state = {"variable": self, "dtype": self.dtype, "shape": self.dims}
        read: Tensor = self.graph.apply("ReadVariable", name=name, **state)
        self.reads.append(read)
        return read

    def initialized_value(self) -> Tensor:
        """The value, or the initial value where there is none yet: for initial values made from other variables.

        >>> w = tf.Variable(tf.random_normal([2]))
        >>> twice = tf.Variable(2.0 * w.initialized_value())
        >>> with tf.Session() as sess:
        ...     sess.run(tf.global_variables_initializer())
        ...     sess.run(tf.reduce_all(tf.equal(twice, w + w)))
        np.True_
        """
        with self.graph.as_default(), self.graph.control_dependencies(None):
            value: Tensor = self.graph.apply("InitializedValue", self.initial_value, variable=self)
        return value

    @property
    def fetched(self) -> Tensor:
        """What a fetch of the variable gives: its value when the run is over."""
        return self._last

    def eval(self, session: Any = None) -> Any:
        """The value in `session`, or in the default one."""
        return self.graph.session_for(session, "evaluate a variable").run(self)

    def load(self, value: Any, session: Any = None) -> None:
        """Set the value in `session`, or in the default one, from an array."""
        self.graph.session_for(session, "load a variable").load(self, to_array(value, self.dtype))

    # Writing: each of these makes an operation, which writes when it is run.

    def assign(
        self, value: Any, use_locking: bool | None = None, name: str | None = None, read_value: bool = True
    ) -> Any:
        """An operation that sets the value, and gives it. ValueError for another shape, TypeError for another type."""
        return self._update("Assign", value, name, read_value)

    def assign_add(
        self, delta: Any, use_locking: bool | None = None, name: str | None = None, read_value: bool = True
    ) -> Any:
        """An operation that adds `delta` to the value, and gives the sum."""
        return self._update("AssignAdd", delta, name, read_value)

    def assign_sub(
        self, delta: Any, use_locking: bool | None = None, name: str | None = None, read_value: bool = True
    ) -> Any:
        """An operation that subtracts `delta` from the value, and gives the difference."""
        return self._update("AssignSub", delta, name, read_value)

    def _update(self, op: str, value: Any, name: str | None, read_value: bool) -> Any:
        value = (
            self.graph.convert(value)
            if isinstance(value, (Tensor, Variable))
            else self.graph.convert(value, self.dtype)
        )
        updated: Tensor = self.graph.apply(op, value, name=name, variable=self)
        return updated if read_value else updated.op

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """An operation that sets the rows that `sparse_delta`, an `IndexedSlices`, names; see `tf.scatter_update`."""
        return self._scatter("ScatterUpdate", sparse_delta.indices, sparse_delta.values, name)

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """An operation that adds to the rows that `sparse_delta`, an `IndexedSlices`, names; see `tf.scatter_add`."""
        return self._scatter("ScatterAdd", sparse_delta.indices, sparse_delta.values, name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """An operation that subtracts from the rows that `sparse_delta`, an `IndexedSlices`, names."""
        return self._scatter("ScatterSub", sparse_delta.indices, sparse_delta.values, name)

    def scatter_mul(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """An operation that multiplies the rows that `sparse_delta`, an `IndexedSlices`, names."""
        return self._scatter("ScatterMul", sparse_delta.indices, sparse_delta.values, name)

    def scatter_div(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """An operation that divides the rows that `sparse_delta`, an `IndexedSlices`, names."""
        return self._scatter("ScatterDiv", sparse_delta.indices, sparse_delta.values, name)

    def scatter_max(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """An operation that sets the rows that `sparse_delta` names to the larger of both numbers."""
        return self._scatter("ScatterMax", sparse_delta.indices, sparse_delta.values, name)

    def scatter_min(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """An operation that sets the rows that `sparse_delta` names to the smaller of both numbers."""
        return self._scatter("ScatterMin", sparse_delta.indices, sparse_delta.values, name)

    def batch_scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Tensor:
        """An operation that sets rows of each batch, as `sparse_delta` names them; see `tf.batch_scatter_update`."""
        rows: Tensor = self.graph.convert(sparse_delta.indices)
        if not rows.dims or not shapes.is_static(rows.dims):
            raise ValueError(f"batch_scatter_update needs indices of a known shape with an axis at least, got {rows}.")
        batch = rows.dims[:-1]
        if not shapes.compatible(batch, (self.dims or ())[: len(batch)]):
            raise ValueError(f"The batch axes {list(batch)} of the indices are not those of {self}.")
        grid = np.indices([n or 0 for n in rows.dims])[:-1].astype(rows.dtype.numpy)
        places: Tensor = self.graph.apply("Pack", *[self.graph.constant(g) for g in grid], rows, axis=-1)
        return self.scatter_nd_update(places, sparse_delta.values, name)

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        """An operation that sets the parts that `indices` name; see `tf.scatter_nd_update`."""
        return self._scatter("ScatterNdUpdate", indices, updates, name)

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        """An operation that adds to the parts that `indices` name."""
        return self._scatter("ScatterNdAdd", indices, updates, name)

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Tensor:
        """An operation that subtracts from the parts that `indices` name."""
        return self._scatter("ScatterNdSub", indices, updates, name)

    def _scatter(self, op: str, indices: Any, updates: Any, name: str | None) -> Tensor:
        given = self.graph.convert(indices), self.graph.convert(updates, self.dtype)
        changed: Tensor = self.graph.apply(op, *given, variable=self, name=name)
        return changed

    def count_up_to(self, limit: int) -> Tensor:
        """An operation that adds 1 and gives the value before, which is less than `limit`; see `tf.count_up_to`."""
        counted: Tensor = self.graph.apply("CountUpTo", variable=self, limit=limit)
        return counted

    # Reading parts.

    def gather_nd(self, indices: Any, name: str | None = None) -> Tensor:
        """The parts that `indices` name; see `tf.gather_nd`."""
        part: Tensor = self.graph.apply("GatherNd", self, indices, name=name)
        return part

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """The rows that `indices` name; see `tf.gather`."""
        rows: Tensor = self.graph.apply("GatherV2", self, indices, axis=0, batch_dims=0, name=name)
        return rows

    # Describing.

    @property
    def op(self) -> Operation:
        """The operation called as the variable is."""
        return self._last.op

    @property
    def name(self) -> str:
        """The name, ``"w:0"``."""
        return self._last.name

    @property
    def device(self) -> str:
        """Where the program says it shall be kept, empty if it says nothing."""
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return TensorShape(self.dims)

    def get_shape(self) -> TensorShape:
        """The static shape."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Add to what is known of the shape. ValueError if it contradicts what is known already."""
        self.dims = shapes.merge(self.dims, shapes.as_dims(shape))
        for t in (self._last, *self.reads):
            t.set_shape(shape)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise TypeError(f"Variable {self.name!r} holds no numbers itself: evaluate it in a session, session.run(w).")

    def __repr__(self) -> str:
        return f"<tf.Variable {self.name!r} shape={shapes.show(self.dims)} dtype={self.dtype.name}>"

    def __iter__(self) -> NoReturn:
        raise TypeError(f"Variable {self.name!r} cannot be iterated over. Use tf.unstack(w) or index it: w[0], w[1].")


def _collections(collections: Iterable[Any] | None, trainable: bool) -> list[Any]:
    keys = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
    if trainable and GraphKeys.TRAINABLE_VARIABLES not in keys:
        keys.append(GraphKeys.TRAINABLE_VARIABLES)
    return keys


forward_operators(Variable, lambda self: self.graph.convert(self))


def uninitialized(variable: Variable) -> FailedPreconditionError:
    """The error of reading a variable that has no value, which says what gives it one."""
    kind = "local" if variable in variable.op.graph.get_collection(GraphKeys.LOCAL_VARIABLES) else "global"
    message = f"Attempting to use uninitialized value {variable.op.name}: run its initializer first, "
    return FailedPreconditionError(None, None, f"{message}or tf.{kind}_variables_initializer()")
