"""`Coordinator`: when threads stop, and what becomes of their errors."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from kerasflow.core.errors import OutOfRangeError

__all__ = ["Coordinator", "LooperThread"]


class Coordinator:
    """Lets several threads stop together: one asks, all see it, and the first error is raised where they are joined.

    Args:
        clean_stop_exception_types: errors that only mean the end, by default `OutOfRangeError`.

    >>> import threading
    >>> coord = tf.train.Coordinator()
    >>> def count(numbers):
    ...     while not coord.should_stop():
    ...         numbers.append(len(numbers))
    ...         if len(numbers) == 3:
    ...             coord.request_stop()
    >>> numbers = []
    >>> thread = threading.Thread(target=count, args=(numbers,))
    >>> thread.start()
    >>> coord.join([thread])
    >>> numbers
    [0, 1, 2]
    """

    def __init__(self, clean_stop_exception_types: Sequence[type[BaseException]] | None = None) -> None:
        self._clean = (OutOfRangeError,) if clean_stop_exception_types is None else tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stops = threading.Event()
        self._error: BaseException | None = None
        self._threads: set[threading.Thread] = set()
        self._joined = False

    def request_stop(self, ex: Any = None) -> None:
        """Ask all threads to stop.

        Args:
            ex: the error that is the reason, or what `sys.exc_info` gives; `join` raises it. Of several the first.
        """
        error = ex[1] if isinstance(ex, tuple) else ex
        if error is not None and not isinstance(error, BaseException):
            raise TypeError(f"Expected an error, or what sys.exc_info() gives; got {ex!r}.")
        with self._lock:
            if self._joined and error is not None and not isinstance(error, self._clean):
                raise error
            if not self._stops.is_set():
                if error is not None and not isinstance(error, self._clean):
                    self._error = error
                self._stops.set()

    def should_stop(self) -> bool:
        """Whether somebody asked to stop."""
        return self._stops.is_set()

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Wait until somebody asks to stop, for so many seconds at the most; gives whether somebody did."""
        return self._stops.wait(timeout)

    def clear_stop(self) -> None:
        """Forget that somebody asked to stop."""
        with self._lock:
            self._joined = False
            self._error = None
            self._stops.clear()

    def register_thread(self, thread: threading.Thread) -> None:
        """Have `join` wait for `thread` too."""
        with self._lock:
            self._threads.add(thread)

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Make an error in the block a reason to stop, and go on after the block."""
        try:
            yield
        except Exception as error:
            self.request_stop(error)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Wait until the threads have ended, and raise the error that stopped them.

        Args:
            threads: threads besides those that were registered.
            stop_grace_period_secs: how long they may go on, in seconds, once somebody asked to stop.
            ignore_live_threads: whether threads that go on for longer are left alone.

        Raises:
            RuntimeError: a thread did not stop in time.
        """
        with self._lock:
            waiting = self._threads.union(threads or ())
        while any(t.is_alive() for t in waiting) and not self.wait_for_stop(0.02):
            pass
        end = time.monotonic() + stop_grace_period_secs
        for t in waiting:
            t.join(max(0.0, end - time.monotonic()))
        late = [t.name for t in waiting if t.is_alive()]
        with self._lock:
            self._joined = True
            self._threads = set()
            error = self._error
        if error is not None:
            raise error
        if late and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(sorted(late))}")

    @property
    def joined(self) -> bool:
        """Whether `join` has been called."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raise the error that was a reason to stop, if there was one."""
        if self._error is not None:
            raise self._error


class LooperThread(threading.Thread):
    """A thread that calls a function again and again until its coordinator stops.

    Args:
        coord: the coordinator; an error of the function stops it.
        timer_interval_secs: seconds between two calls; None for none.
        target: the function; or override `run_loop`.
        args, kwargs: its arguments.
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any] | None = None,
        args: Any = None,
        kwargs: Any = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator, got {coord!r}.")
        super().__init__(daemon=True)
        self._coord = coord
        self._interval = timer_interval_secs
        self._function, self._args, self._kwargs = target, args or (), kwargs or {}
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Any = None,
        kwargs: Any = None,
    ) -> LooperThread:
        """A started thread that calls `target` until `coord` stops."""
        looper = LooperThread(coord, timer_interval_secs, target, args, kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """Call the function until the coordinator stops."""
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._interval is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                following = time.monotonic()
                while not self._coord.wait_for_stop(following - time.monotonic()):
                    following += self._interval
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called before the first call."""

    def stop_loop(self) -> None:
        """Called after the last one."""

    def run_loop(self) -> None:
        """What is called again and again."""
        if self._function is not None:
            self._function(*self._args, **self._kwargs)
