"""`QueueRunner`: threads that keep a queue filled."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from kerasflow.core.errors import CancelledError, OutOfRangeError
from kerasflow.core.graph import default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.ops.queues import QueueBase
from kerasflow.core.session import get_default_session

__all__ = ["QueueRunner", "add_queue_runner", "start_queue_runners"]

_log = logging.getLogger("kerasflow")


class QueueRunner:
    """Runs operations that fill a queue, each in a thread, until there is no more to put in.

    The end of the data closes the queue once all its threads have come to it. With a coordinator, any other error in
    a thread stops all that it coordinates, and when they stop, whatever waits to be put into the queue is cancelled.

    Args:
        queue: the queue.
        enqueue_ops: the operations; one may stand there several times, for as many threads.
        close_op: closes the queue, by default ``queue.close()``.
        cancel_op: closes it and cancels what waits, by default ``queue.close(cancel_pending_enqueues=True)``.
        queue_closed_exception_types: the errors that mean the end of the data, by default `OutOfRangeError`.
        queue_runner_def, import_scope: not supported.

    Raises:
        ValueError: no queue or no operations. TypeError: a type of errors is none.

    >>> queue = tf.FIFOQueue(5, tf.int32)
    >>> number = tf.data.Dataset.range(3).make_one_shot_iterator().get_next()
    >>> runner = tf.train.QueueRunner(queue, [queue.enqueue(tf.to_int32(number))])
    >>> x = queue.dequeue()
    >>> with tf.Session() as sess:
    ...     threads = runner.create_threads(sess, start=True)
    ...     [int(sess.run(x)) for _ in range(3)]
    [0, 1, 2]
    """

    def __init__(
        self,
        queue: QueueBase | None = None,
        enqueue_ops: Sequence[Any] | None = None,
        close_op: Any = None,
        cancel_op: Any = None,
        queue_closed_exception_types: Any = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if queue_runner_def is not None or import_scope is not None:
            raise ValueError("Runners are made of a queue and operations; queue_runner_def= is not supported.")
        if queue is None or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        ends = (OutOfRangeError,) if queue_closed_exception_types is None else queue_closed_exception_types
        if not isinstance(ends, tuple) or not all(isinstance(e, type) and issubclass(e, Exception) for e in ends):
            raise TypeError(f"queue_closed_exception_types must be a tuple of types of errors, got {ends!r}.")
        self._queue, self._enqueue_ops = queue, list(enqueue_ops)
        self._close_op = queue.close() if close_op is None else close_op
        self._cancel_op = queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
        self._ends = ends
        self._lock = threading.Lock()
        self._running: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._raised: list[BaseException] = []

    @property
    def queue(self) -> QueueBase:
        """The queue that is filled."""
        return self._queue

    @property
    def enqueue_ops(self) -> list[Any]:
        """The operations that fill it."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Any:
        """The operation that closes it at the end of the data."""
        return self._close_op

    @property
    def cancel_op(self) -> Any:
        """The operation that closes it when the threads are to stop."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> Any:
        """The errors that mean the end of the data."""
        return self._ends

    @property
    def exceptions_raised(self) -> list[BaseException]:
        """The errors in threads without a coordinator, since threads were last made."""
        return self._raised

    @property
    def name(self) -> str:
        """The name of the queue."""
        return self._queue.name

    def create_threads(self, sess: Any, coord: Any = None, daemon: bool = False, start: bool = False) -> list[Any]:
        """Threads that fill the queue in a session; none if they are running there already.

        Args:
            sess: the session.
            coord: a coordinator, which stops them and takes their errors.
            daemon: whether the program may end while they run.
            start: whether to start them.
        """
        with self._lock:
            if self._running.get(sess, 0) > 0:
                return []
            self._running[sess] = len(self._enqueue_ops)
            self._raised = []
        threads = [
            threading.Thread(target=self._fill, args=(sess, op, coord), name=f"QueueRunnerThread-{self.name}-{op.name}")
            for op in self._enqueue_ops
        ]
        if coord is not None:
            name = f"QueueRunnerThread-{self.name}-close_on_stop"
            threads.append(threading.Thread(target=self._close_on_stop, args=(sess, coord), name=name))
        for thread in threads:
            thread.daemon = daemon
            if coord is not None:
                coord.register_thread(thread)
            if start:
                thread.start()
        return threads

    def _fill(self, sess: Any, enqueue_op: Any, coord: Any) -> None:
        """Put elements in until there are no more, or the threads are to stop."""
        ended = False
        try:
            put = sess.make_callable(enqueue_op)
            while coord is None or not coord.should_stop():
                put()
        except self._ends:
            ended = True
        except Exception as error:
            if coord is None:
                _log.error("Exception in QueueRunner: %s", error)
                self._raised.append(error)
            else:
                coord.request_stop(error)
        finally:
            with self._lock:
                self._running[sess] -= 1
                last = self._running[sess] == 0
        if ended and last:
            self._run_quietly(sess, self._close_op)

    def _close_on_stop(self, sess: Any, coord: Any) -> None:
        coord.wait_for_stop()
        self._run_quietly(sess, self._cancel_op)

    def _run_quietly(self, sess: Any, op: Any) -> None:
        """Close the queue, if it is not closed yet and neither is the session."""
        try:
            sess.run(op)
        except (CancelledError, RuntimeError) as error:
            _log.debug("Closing the queue %s: %s", self.name, error)


def add_queue_runner(qr: Any, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Have `start_queue_runners` start a runner, too: add it to a collection of the default graph."""
    default_graph().add_to_collection(collection, qr)


def start_queue_runners(
    sess: Any = None,
    coord: Any = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[Any]:
    """Start the runners in a collection of the graph; what was made by `tf.train.batch` and its kin waits for them.

    Args:
        sess: the session, by default the default one.
        coord: a coordinator, which stops the threads and takes their errors.
        daemon: whether the program may end while they run.
        start: whether to start them.
        collection: the name of the collection.

    Returns:
        The threads.

    Raises:
        ValueError: there is no session. TypeError: it is none, or its graph is not the default one.

    >>> x, y = tf.train.slice_input_producer([[1, 2], [3, 4]], shuffle=False)
    >>> with tf.Session() as sess:
    ...     coord = tf.train.Coordinator()
    ...     threads = tf.train.start_queue_runners(sess, coord)
    ...     print(sess.run([x, y]), sess.run([x, y]))
    ...     coord.request_stop()
    ...     coord.join(threads)
    [np.int32(1), np.int32(3)] [np.int32(2), np.int32(4)]
    """
    sess = get_default_session() if sess is None else sess
    if sess is None:
        raise ValueError("Cannot start queue runners: there is no default session. Pass sess=, or use `with sess:`.")
    if not hasattr(sess, "make_callable"):
        raise TypeError(f"sess must be a Session, got {sess!r}.")
    runners = sess.graph.get_collection(collection)
    if not runners:
        _log.warning("start_queue_runners was called, but the graph has no queue runners.")
    return [
        thread for runner in runners for thread in runner.create_threads(sess, coord=coord, daemon=daemon, start=start)
    ]
