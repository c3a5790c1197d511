"""Queues of what is to be read: names of files, numbers, slices; in order or shuffled, for some epochs or for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.core.graph import convert
from kerasflow.core.keys import GraphKeys
from kerasflow.core.ops.queues import FIFOQueue
from kerasflow.core.scopes import control_dependencies, name_scope
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import float32, int64, string
from kerasflow.core.variables import Variable
from kerasflow.data.file_ops import matching_files
from kerasflow.summary.functions import scalar
from kerasflow.train.queue_runner import QueueRunner, add_queue_runner

__all__ = [
    "input_producer",
    "limit_epochs",
    "match_filenames_once",
    "range_input_producer",
    "slice_input_producer",
    "string_input_producer",
]


def match_filenames_once(pattern: Any, name: str | None = None) -> Variable:
    """A local variable whose value are the names of the files that match when it is initialised.

    Args:
        pattern: a pattern, or several.
        name: of the operations.
    """
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        return Variable(
            matching_files(pattern),
            trainable=False,
            validate_shape=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
            name=scope,
        )


def limit_epochs(tensor: Any, num_epochs: int | None = None, name: str | None = None) -> Tensor:
    """`tensor`, that many times; after that OutOfRangeError. The count is a local variable, which is to be initialised.

    Raises:
        ValueError: `num_epochs` is not positive.

    >>> x = tf.train.limit_epochs(tf.constant(1.0), 2)
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     sess.run(x), sess.run(x)
    (np.float32(1.0), np.float32(1.0))
    """
    tensor = convert(tensor)
    if num_epochs is None:
        return tensor
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        zero = convert(0, int64)
        epochs = Variable(zero, trainable=False, collections=[GraphKeys.LOCAL_VARIABLES], name="epochs")
        with control_dependencies([epochs.count_up_to(num_epochs)]):
            return ops.identity(tensor, name=scope)


def input_producer(
    input_tensor: Any,
    element_shape: Any = None,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    summary_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> FIFOQueue:
    """A queue of the rows of a tensor, over and over, which a runner fills.

    Args:
        input_tensor: the rows.
        element_shape: the shape of a row, where the tensor's is not known.
        num_epochs: how often; None for ever. With a number, local variables have to be initialised.
        shuffle: whether each pass has an order of its own.
        seed: of these orders.
        capacity: how many rows the queue holds.
        shared_name: as for `FIFOQueue`.
        summary_name: of a summary that tells how full it is.
        name: of the operations.
        cancel_op: as for `QueueRunner`.

    Raises:
        ValueError: the shape of a row is not known.
    """
    with name_scope(name, "input_producer", [input_tensor]):
        rows = convert(input_tensor, name="input_tensor")
        dims = None if element_shape is None else shapes.as_dims(element_shape)
        known = shapes.merge(None if rows.dims is None else rows.dims[1:], dims)
        if not shapes.is_static(known):
            raise ValueError(
                "Either `input_tensor` must have a fully defined shape or `element_shape` must be specified."
            )
        if shuffle:
            rows = ops.random_shuffle(rows, seed=seed)
        rows = limit_epochs(rows, num_epochs)
        queue = FIFOQueue(capacity, rows.dtype, [known], shared_name=shared_name, name=name or "input_producer")
        add_queue_runner(QueueRunner(queue, [queue.enqueue_many([rows])], cancel_op=cancel_op))
        if summary_name is not None:
            scalar(summary_name, ops.cast(queue.size(), float32) * (1.0 / capacity))
        return queue


def string_input_producer(
    string_tensor: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
    cancel_op: Any = None,
) -> FIFOQueue:
    """A queue of strings, names of files for the most part, for a reader.

    Args:
        string_tensor: the strings, a vector.
        num_epochs, shuffle, seed, capacity, shared_name, name, cancel_op: as for `input_producer`.

    Raises:
        ValueError: there are no strings. InvalidArgumentError: in a run, there turn out to be none.

    >>> queue = tf.train.string_input_producer(["a", "b"], shuffle=False, num_epochs=1)
    >>> name = queue.dequeue()
    >>> with tf.Session() as sess:
    ...     sess.run(tf.local_variables_initializer())
    ...     threads = tf.train.start_queue_runners(sess)
    ...     sess.run(name), sess.run(name)
    (b'a', b'b')
    """
    complaint = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, Tensor | Variable) and not len(string_tensor):
        raise ValueError(complaint)
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        strings = convert(string_tensor, string)
        with control_dependencies([ops.Assert(ops.greater(ops.size(strings), 0), [complaint])]):
            strings = ops.identity(strings)
        return input_producer(
            strings,
            [],
            num_epochs,
            shuffle,
            seed,
            capacity,
            shared_name,
            f"fraction_of_{capacity}_full",
            scope,
            cancel_op,
        )


def range_input_producer(
    limit: Any,
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> FIFOQueue:
    """A queue of the numbers from 0 to `limit`, without it; the other arguments are those of `input_producer`."""
    with name_scope(name, "input_producer", [limit]) as scope:
        summary = f"fraction_of_{capacity}_full"
        return input_producer(ops.range(limit), [], num_epochs, shuffle, seed, capacity, shared_name, summary, scope)


def slice_input_producer(
    tensor_list: Sequence[Any],
    num_epochs: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    capacity: int = 32,
    shared_name: str | None = None,
    name: str | None = None,
) -> list[Tensor]:
    """One slice of each tensor: each run gives the next row of all of them.

    Args:
        tensor_list: tensors with one size along the first axis.
        num_epochs, shuffle, seed, capacity, shared_name, name: as for `input_producer`.

    Raises:
        ValueError: there are no tensors.
    """
    with name_scope(name, "input_producer", list(tensor_list)):
        tensors = [convert(t) for t in tensor_list]
        if not tensors:
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        count = ops.shape(tensors[0])[0]
        place = range_input_producer(count, num_epochs, shuffle, seed, capacity, shared_name).dequeue()
        return [ops.gather(t, place) for t in tensors]
