"""Batches through queues: threads compute single examples, and what is returned takes several at a time out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.ops.queues import FIFOQueue, PaddingFIFOQueue, QueueBase, RandomShuffleQueue
from kerasflow.core.scopes import name_scope
from kerasflow.core.shapes import TensorShape
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import bool as bool_type
from kerasflow.core.types import float32
from kerasflow.summary.functions import scalar
from kerasflow.train.queue_runner import QueueRunner, add_queue_runner

__all__ = [
    "batch",
    "batch_join",
    "maybe_batch",
    "maybe_batch_join",
    "maybe_shuffle_batch",
    "maybe_shuffle_batch_join",
    "shuffle_batch",
    "shuffle_batch_join",
]

Pack = Callable[[Any], Any]


def batch(
    tensors: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """Batches of what tensors are in one run after the other.

    Threads, which `tf.train.start_queue_runners` starts, run `tensors` and put their values into a queue; each run of
    the result takes `batch_size` of them out. The end of the data is an OutOfRangeError there.

    Args:
        tensors: a list or a dict of tensors, the components of an example.
        batch_size: the number of examples in a batch.
        num_threads: how many threads compute examples; with more than one their order is left to chance.
        capacity: how many examples the queue holds.
        enqueue_many: whether `tensors` are several examples, along the first axis.
        shapes: the shape of each component, by default as the tensors have it.
        dynamic_pad: whether components of different sizes are filled up with zeros.
        allow_smaller_final_batch: whether the last batch may have fewer examples.
        shared_name: as for `FIFOQueue`.
        name: of the operations.

    Returns:
        Tensors as `tensors` has them: a list, a dict, or a tensor for a list of one.

    Raises:
        ValueError: there are no tensors, or a shape is not known in full and `dynamic_pad` is false.

    >>> number = tf.data.Dataset.range(5).make_one_shot_iterator().get_next()
    >>> x = tf.train.batch([number], 2, allow_smaller_final_batch=True)
    >>> with tf.train.MonitoredSession() as sess:
    ...     while not sess.should_stop():
    ...         print(sess.run(x))
    [0 1]
    [2 3]
    [4]
    """
    return maybe_batch(
        tensors, True, batch_size, num_threads, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch,
        shared_name, name,
    )  # fmt: skip


def maybe_batch(
    tensors: Any,
    keep_input: Any,
    batch_size: Any,
    num_threads: int = 1,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `batch`, of the examples for which `keep_input` is true: a boolean, with `enqueue_many` also one for each."""
    return maybe_batch_join(
        [tensors] * num_threads, keep_input, batch_size, capacity, enqueue_many, shapes, dynamic_pad,
        allow_smaller_final_batch, shared_name, name or "batch",
    )  # fmt: skip


def batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `batch`, with a thread for each list or dict of tensors in `tensors_list`."""
    return maybe_batch_join(
        tensors_list, True, batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch,
        shared_name, name,
    )  # fmt: skip


def maybe_batch_join(
    tensors_list: Sequence[Any],
    keep_input: Any,
    batch_size: Any,
    capacity: int = 32,
    enqueue_many: bool = False,
    shapes: Any = None,
    dynamic_pad: bool = False,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `batch_join`, of the examples for which `keep_input` is true."""
    kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
    return _joined(
        name or "batch_join", tensors_list, keep_input, batch_size, capacity, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, kind,
    )  # fmt: skip


def shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `batch`, of examples drawn from among those in the queue.

    Args:
        tensors, batch_size, num_threads, enqueue_many, shapes, allow_smaller_final_batch, shared_name, name: as for
            `batch`.
        capacity: how many examples the queue holds, more than `min_after_dequeue`.
        min_after_dequeue: how many stay in it, so that the next is one of many.
        seed: of the draws.

    Raises:
        ValueError: as for `batch`, or the queue holds no more than has to stay in it.
    """
    return maybe_shuffle_batch(
        tensors, batch_size, capacity, min_after_dequeue, True, num_threads, seed, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch(
    tensors: Any,
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    num_threads: int = 1,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `shuffle_batch`, of the examples for which `keep_input` is true."""
    return maybe_shuffle_batch_join(
        [tensors] * num_threads, batch_size, capacity, min_after_dequeue, keep_input, seed, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, name or "shuffle_batch",
    )  # fmt: skip


def shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `shuffle_batch`, with a thread for each list or dict of tensors in `tensors_list`."""
    return maybe_shuffle_batch_join(
        tensors_list, batch_size, capacity, min_after_dequeue, True, seed, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, name,
    )  # fmt: skip


def maybe_shuffle_batch_join(
    tensors_list: Sequence[Any],
    batch_size: Any,
    capacity: int,
    min_after_dequeue: int,
    keep_input: Any,
    seed: int | None = None,
    enqueue_many: bool = False,
    shapes: Any = None,
    allow_smaller_final_batch: bool = False,
    shared_name: str | None = None,
    name: str | None = None,
) -> Any:
    """As `shuffle_batch_join`, of the examples for which `keep_input` is true."""
    if capacity <= min_after_dequeue:
        raise ValueError(f"capacity {capacity} must be bigger than min_after_dequeue {min_after_dequeue}.")
    kind = partial(RandomShuffleQueue, min_after_dequeue=min_after_dequeue, seed=seed)
    return _joined(
        name or "shuffle_batch_join", tensors_list, keep_input, batch_size, capacity, enqueue_many, shapes,
        allow_smaller_final_batch, shared_name, kind, min_after_dequeue,
    )  # fmt: skip


def _tell_how_full(queue: QueueBase, capacity: int, least: int | None) -> None:
    """A summary of the part of a queue's room that is in use; `least` is what has to stay in it."""
    size, room = queue.size(), capacity - (least or 0)
    if least is None:
        name = f"fraction_of_{room}_full"
    else:
        name, size = f"fraction_over_{least}_of_{room}_full", ops.maximum(0, size - least)
    scalar(name, ops.cast(size, float32) * (1.0 / room))


def _joined(
    name: str,
    several: Sequence[Any],
    keep_input: Any,
    batch_size: Any,
    capacity: int,
    enqueue_many: bool,
    given_shapes: Any,
    smaller: bool,
    shared_name: str | None,
    kind: Callable[..., QueueBase],
    least: int | None = None,
) -> Any:
    """Batches of examples that are computed by one thread for each of `several` lists or dicts of tensors."""
    lists, pack = _components(several, name)
    with name_scope(name, values=[t for tensors in lists for t in tensors]) as full:
        examples = [[convert(t) for t in tensors] for tensors in lists]
        keep = keep_input if keep_input is True else convert(keep_input, bool_type)
        dims = _shapes(examples, enqueue_many, given_shapes)
        queue = kind(capacity=capacity, dtypes=[t.dtype for t in examples[0]], shapes=dims, shared_name=shared_name)
        add_queue_runner(QueueRunner(queue, [_put(queue, tensors, enqueue_many, keep) for tensors in examples]))
        _tell_how_full(queue, capacity, least)
        take = queue.dequeue_up_to if smaller else queue.dequeue_many
        return pack(take(batch_size, name=full))


def _components(several: Sequence[Any], scope: str) -> tuple[list[list[Any]], Pack]:
    """The components of each example as lists, and what gives a batch the form that the examples have."""
    first = several[0] if several else []
    if not isinstance(first, (Mapping, list, tuple)):
        raise TypeError(f"{scope} takes a list or a dict of tensors, got {first!r}.")
    if not first:
        raise ValueError(f"Expected at least one tensor in {scope}().")
    if isinstance(first, Mapping):
        if any(sorted(tensors) != sorted(first) for tensors in several):
            raise ValueError(f"{scope}: all dicts must have the same keys, those of the first are {sorted(first)}.")
        keys = sorted(first)
        lists = [[tensors[key] for key in keys] for tensors in several]
        return _checked(lists, scope), lambda found: dict(zip(keys, found if len(keys) > 1 else [found], strict=True))
    return _checked([list(tensors) for tensors in several], scope), lambda found: found


def _checked(lists: list[list[Any]], scope: str) -> list[list[Any]]:
    if any(isinstance(t, SparseTensor) for tensors in lists for t in tensors):
        raise TypeError(f"{scope} takes dense tensors: batch first and parse then, or use tf.data for sparse ones.")
    if len({len(tensors) for tensors in lists}) > 1:
        raise ValueError(f"{scope}: all lists must have as many tensors, got {[len(tensors) for tensors in lists]}.")
    return lists


def _shapes(examples: list[list[Tensor]], many: bool, given: Any) -> list[TensorShape]:
    """The shape of each component of an example."""
    if given is not None:
        return [TensorShape(s) for s in given]
    found = []
    for column in zip(*examples, strict=True):
        for t in column:
            if t.dims is None:
                raise ValueError(f"Cannot infer Tensor's rank: {t}")
        each = [TensorShape(t.dims[1:] if many else t.dims) for t in column]
        found.append(
            TensorShape([s[0] if len(set(s)) == 1 else None for s in zip(*[e.as_list() for e in each], strict=True)])
        )
    return found


def _put(queue: QueueBase, tensors: list[Tensor], many: bool, keep: Any) -> Any:
    """The operation that puts an example, or several, into the queue, unless it is not to be kept."""
    put = queue.enqueue_many if many else queue.enqueue
    if keep is True:
        return put(tensors)
    if keep.dims == ():
        return ops.cond(keep, lambda: put(tensors), ops.no_op)
    if not many:
        raise ValueError("keep_input must be a single boolean, unless enqueue_many is true.")
    return put([ops.boolean_mask(t, keep) for t in tensors])
