"""Queues: what some runs put in and others take out, in threads of their own.

A queue is kept by the session. An operation that finds it full or empty waits until another run has changed that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.graph import apply, convert, graph_of
from kerasflow.core.ops.queue_ops import Description
from kerasflow.core.ops.queue_store import FirstIn, InOrder, Shuffled, Store
from kerasflow.core.ops.random_ops import get_seed
from kerasflow.core.scopes import name_scope
from kerasflow.core.shapes import Dims, TensorShape
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType, as_dtype, int32, int64

__all__ = ["FIFOQueue", "PaddingFIFOQueue", "PriorityQueue", "QueueBase", "RandomShuffleQueue"]


class QueueBase:
    """The base of the queues: what can be done with all of them.

    An element is a tuple of one or more tensors, the components. `enqueue` waits while the queue is full, `dequeue`
    while it is empty; so one thread fills it and another empties it. Each session has elements of its own.
    """

    def __init__(
        self,
        dtypes: Any,
        dims: Sequence[Dims],
        names: Any,
        make: Callable[[Any, str], Store],
        shared_name: str | None,
        name: str,
    ) -> None:
        self._dtypes = [as_dtype(t) for t in (dtypes if isinstance(dtypes, (list, tuple)) else [dtypes])]
        self._dims = list(dims)
        self._names = [names] if isinstance(names, str) else list(names) if names else None
        if self._names is not None and len(self._names) != len(self._dtypes):
            raise ValueError(f"There must be a name for each of {len(self._dtypes)} components, got {self._names}.")
        if len(self._dims) != len(self._dtypes):
            raise ValueError(
                f"There must be a shape for each of {len(self._dtypes)} components, got {len(self._dims)}."
            )
        kind = type(self).__name__
        self._queue = Description(kind, name, self._dtypes, self._dims, make, shared_name)
        self._ref: Tensor = apply("FIFOQueueV2", queue=self._queue, name=name)
        self._queue.name = self._ref.op.name
        self._name = self._ref.op.name.rsplit("/", 1)[-1]

    @property
    def queue_ref(self) -> Tensor:
        """A tensor that stands for the queue; its value says which it is."""
        return self._ref

    @property
    def name(self) -> str:
        """The name of the queue's operation."""
        return self._ref.op.name

    @property
    def dtypes(self) -> list[DType]:
        """The type of each component."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shape of each component."""
        return [TensorShape(d) for d in self._dims]

    @property
    def names(self) -> list[str] | None:
        """The name of each component; None if they have none."""
        return self._names

    def _values(self, given: Any, many: bool, scope: str) -> list[Tensor]:
        """What is to be put in, as a tensor for each component."""
        if isinstance(given, Mapping) != (self._names is not None):
            raise ValueError(
                "You must enqueue a dictionary in a Queue with names"
                if self._names
                else "A queue whose components have no names takes tensors, not a dict."
            )
        if self._names is not None:
            if sorted(given) != sorted(self._names):
                raise ValueError(f"Expected values for the components {sorted(self._names)}, got {sorted(given)}.")
            given = [given[n] for n in self._names]
        elif not isinstance(given, (list, tuple)) or len(self._dtypes) == 1 and len(given) != 1:
            given = [given]
        if len(given) != len(self._dtypes):
            raise ValueError(f"Expected a value for each of {len(self._dtypes)} components, got {len(given)}.")
        tensors = [convert(v, t, f"component_{i}") for i, (v, t) in enumerate(zip(given, self._dtypes, strict=True))]
        for t, dims in zip(tensors, self._dims, strict=True):
            if many and t.dims == ():
                raise ValueError(f"Expected elements along a first axis for {scope}, got {t}.")
            found = t.dims[1:] if many and t.dims is not None else t.dims
            if not shapes.compatible(found, dims):
                raise ValueError(f"Shapes {shapes.show(found)} and {shapes.show(dims)} are incompatible.")
        return tensors

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """Put an element in; waits while the queue is full.

        Args:
            vals: a tensor, a list of one for each component, or a dict if these have names.
            name: of the operation.

        Raises:
            ValueError, TypeError: components of another number, type or shape. CancelledError: in a run, the queue is
                closed.
        """
        with name_scope(name, f"{self._name}_enqueue", [self._ref]) as scope:
            tensors = self._values(vals, False, scope)
            made: Operation = self._apply("QueueEnqueueV2", *tensors, name=scope)
        return made

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """Put several elements in, one after the other: the slices of tensors along their first axis."""
        with name_scope(name, f"{self._name}_EnqueueMany", [self._ref]) as scope:
            tensors = self._values(vals, True, scope)
            if len({t.dims[0] for t in tensors if t.dims is not None and t.dims[0] is not None}) > 1:
                raise ValueError(f"Expected one size along the first axis, got {[t.dims for t in tensors]}.")
            made: Operation = self._apply("QueueEnqueueManyV2", *tensors, name=scope)
        return made

    def dequeue(self, name: str | None = None) -> Any:
        """Take an element out; waits while the queue is empty.

        Returns:
            A tensor, a list of tensors if there are several components, a dict if they have names.

        Raises:
            OutOfRangeError: in a run, the queue is closed and empty.
        """
        return self._packed(self._apply("QueueDequeueV2", name=name or f"{self._name}_Dequeue"))

    def dequeue_many(self, n: Any, name: str | None = None) -> Any:
        """Take `n` elements out, as tensors that have them along the first axis; waits until there are as many."""
        name = name or f"{self._name}_DequeueMany"
        return self._packed(self._apply("QueueDequeueManyV2", self._count(n, name), name=name))

    def dequeue_up_to(self, n: Any, name: str | None = None) -> Any:
        """As `dequeue_many`; of a closed queue what is left, if that is less than `n` and not nothing."""
        name = name or f"{self._name}_DequeueUpTo"
        return self._packed(self._apply("QueueDequeueUpToV2", self._count(n, name), name=name))

    def _count(self, n: Any, name: str) -> Tensor:
        return graph_of((self._ref,)).convert(n, int32, f"{name}/n")

    def _apply(self, kind: str, *inputs: Any, **attrs: Any) -> Any:
        """Add an operation to the queue's graph, whichever is the default one: that of this thread may be another."""
        return graph_of((self._ref,)).apply(kind, *inputs, queue=self._queue, **attrs)

    def _packed(self, found: Any) -> Any:
        tensors = list(found) if isinstance(found, tuple) else [found]
        if self._names is not None:
            return dict(zip(self._names, tensors, strict=True))
        return tensors[0] if len(tensors) == 1 else tensors

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """Let no more elements in. What is in the queue can still be taken out.

        Args:
            cancel_pending_enqueues: whether operations that wait to put something in fail, or are waited for.
            name: of the operation.
        """
        cancel = bool(cancel_pending_enqueues)
        made: Operation = self._apply("QueueCloseV2", cancel=cancel, name=name or f"{self._name}_Close")
        return made

    def is_closed(self, name: str | None = None) -> Tensor:
        """Whether the queue is closed."""
        made: Tensor = self._apply("QueueIsClosedV2", name=name or f"{self._name}_Is_Closed")
        return made

    def size(self, name: str | None = None) -> Tensor:
        """How many elements are in the queue."""
        made: Tensor = self._apply("QueueSizeV2", name=name or f"{self._name}_Size")
        return made


def _known(dtypes: Any, given: Any) -> list[Dims]:
    """The shapes of components, all known in full; None if they are not given."""
    count = len(dtypes) if isinstance(dtypes, (list, tuple)) else 1
    if given is None:
        return [None] * count
    dims = _each(given)
    if not all(shapes.is_static(d) for d in dims):
        raise ValueError(f"All shapes must be fully defined: {[TensorShape(d) for d in dims]}.")
    return dims


def _each(given: Any) -> list[Dims]:
    """The shapes in a list, or one shape."""
    alone = isinstance(given, TensorShape) or all(n is None or isinstance(n, int) for n in given) and len(given) > 0
    return [shapes.as_dims(given)] if alone else [shapes.as_dims(d) for d in given]


def _limit(capacity: int) -> int | None:
    return None if capacity < 0 else int(capacity)


class FIFOQueue(QueueBase):
    """A queue: the element that was put in first comes out first.

    Args:
        capacity: how many elements it holds at the most; a negative number for any.
        dtypes: the type of each component, or that of the only one.
        shapes: the shape of each component, known in full; `dequeue_many` needs them.
        names: a name for each component; elements are dicts then.
        shared_name: queues with the same one are one queue in a session.
        name: of its operation.

    Raises:
        ValueError: a shape is not known in full, or there is not one, or a name, for each component.

    >>> queue = tf.FIFOQueue(10, tf.float32, shapes=[[]])
    >>> fill, x = queue.enqueue_many([[1.0, 2.0, 3.0]]), queue.dequeue_many(2)
    >>> with tf.Session() as sess:
    ...     sess.run(fill)
    ...     sess.run(x), sess.run(queue.size())
    (array([1., 2.], dtype=float32), np.int32(1))
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "fifo_queue",
    ) -> None:
        make = partial(FirstIn, capacity=_limit(capacity))
        super().__init__(dtypes, _known(dtypes, shapes), names, make, shared_name, name)


class PaddingFIFOQueue(QueueBase):
    """As `FIFOQueue`; elements may differ in size, and are filled up with zeros where several are taken out together.

    Args:
        capacity, dtypes, names, shared_name, name: as for `FIFOQueue`.
        shapes: the shape of each component, with None where sizes differ.

    >>> queue = tf.PaddingFIFOQueue(10, tf.int32, shapes=[[None]])
    >>> fill, x = [queue.enqueue([[1]]), queue.enqueue([[2, 3]])], queue.dequeue_many(2)
    >>> with tf.Session() as sess:
    ...     _ = [sess.run(f) for f in fill]
    ...     sess.run(x)
    array([[1, 0],
           [2, 3]], dtype=int32)
    """

    def __init__(
        self,
        capacity: int,
        dtypes: Any,
        shapes: Any,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "padding_fifo_queue",
    ) -> None:
        make = partial(FirstIn, capacity=_limit(capacity))
        if shapes is None:
            raise ValueError("A PaddingFIFOQueue needs a list of shapes, one for each component.")
        super().__init__(dtypes, _each(shapes), names, make, shared_name, name)


class RandomShuffleQueue(QueueBase):
    """A queue out of which any element comes next, drawn as TensorFlow does.

    Args:
        capacity, dtypes, shapes, names, shared_name, name: as for `FIFOQueue`.
        min_after_dequeue: how many elements stay in it until it is closed, so that the next is one of many.
        seed: for the same order in every session, where one thread fills it.

    >>> queue = tf.RandomShuffleQueue(10, 0, tf.int32, shapes=[[]], seed=1)
    >>> fill, x = queue.enqueue_many([[1, 2, 3, 4]]), queue.dequeue_many(4)
    >>> with tf.Session() as sess:
    ...     sess.run(fill)
    ...     sorted(sess.run(x).tolist())
    [1, 2, 3, 4]
    """

    def __init__(
        self,
        capacity: int,
        min_after_dequeue: int,
        dtypes: Any,
        shapes: Any = None,
        names: Any = None,
        seed: int | None = None,
        shared_name: str | None = None,
        name: str = "random_shuffle_queue",
    ) -> None:
        one, two = [s or 0 for s in get_seed(seed)]
        make = partial(Shuffled, capacity=_limit(capacity), least=int(min_after_dequeue), seed=one, seed2=two)
        super().__init__(dtypes, _known(dtypes, shapes), names, make, shared_name, name)


class PriorityQueue(QueueBase):
    """A queue out of which the element of least priority comes first; an int64 component before the others is that.

    Args:
        capacity, shapes, names, shared_name, name: as for `FIFOQueue`.
        types: the type of each component after the priority.

    >>> queue = tf.PriorityQueue(10, tf.string, shapes=[[]])
    >>> fill, x = queue.enqueue_many([np.array([2, 1]), ["later", "first"]]), queue.dequeue()
    >>> with tf.Session() as sess:
    ...     sess.run(fill)
    ...     sess.run(x)
    [np.int64(1), b'first']
    """

    def __init__(
        self,
        capacity: int,
        types: Any,
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        name: str = "priority_queue",
    ) -> None:
        make = partial(InOrder, capacity=_limit(capacity))
        after = list(types) if isinstance(types, (list, tuple)) else [types]
        super().__init__([int64, *after], [(), *_known(after, shapes)], names, make, shared_name, name)
