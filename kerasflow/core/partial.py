"""Partial runs: one run of a graph in several calls, each of which feeds some more and fetches some more.

What an operation has computed is kept until the last call that may need it, so each runs once, random and stateful
ones among them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.core.engine.executable import Executable
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.feeding import fed_array, fed_tensor, in_parts
from kerasflow.core.fetching import take_apart
from kerasflow.core.graph import Graph
from kerasflow.core.handles import Kept, kept_in
from kerasflow.core.runtime import Runtime
from kerasflow.core.tensor import Operation, Tensor

__all__ = ["PartialRuns"]


class _Run:
    """One run in the making: what it may fetch and feed, and what has been computed so far."""

    def __init__(self, fetches: Iterable[Any], feeds: Sequence[Tensor]) -> None:
        self.fetches = dict.fromkeys(fetches)
        self.feeds = dict.fromkeys(feeds)
        self.left = dict.fromkeys(fetches)
        self.unfed = dict.fromkeys(feeds)
        tensors = [f for f in self.fetches if isinstance(f, Tensor)]
        self._operations = _needed(tensors, [f for f in self.fetches if isinstance(f, Operation)], feeds)
        self._known: dict[Tensor, Any] = {}
        self._done: set[Operation] = set()

    def go_on(self, wanted: Sequence[Any], fed: Mapping[Tensor, Any], runtime: Runtime) -> dict[Tensor, Any]:
        """Compute `wanted`, with `fed` and all that is known; gives the values of the tensors among them."""
        self._check(wanted, fed)
        known = {**self._known, **fed}
        tensors = [f for f in dict.fromkeys(wanted) if isinstance(f, Tensor)]
        targets = [f for f in dict.fromkeys(wanted) if isinstance(f, Operation) and f not in self._done]
        now = _needed([t for t in tensors if t not in known], targets, known, self._done)
        unfed = [t for t in self.unfed if t not in fed]
        if unfed and not {o for t in unfed for o in self._readers(t)}.isdisjoint(now):
            what = f"Fetch {', '.join(f.name for f in wanted)}"
            raise InvalidArgumentError(
                None, None, f"{what} can't be computed from the feeds that have been fed so far."
            )
        kept = self._kept(set(now), known)
        computed = [t for t in dict.fromkeys([*tensors, *kept]) if t not in known]
        feeds = list(known)
        values = Executable(computed, targets, feeds, runtime, self._done).run([_array(known[t]) for t in feeds])
        results = {**known, **dict(zip(computed, values, strict=True))}
        self._done.update(now)
        self._known = {t: v for t, v in results.items() if t in known or not t.op.opdef.last}
        for f in wanted:
            self.left.pop(f, None)
        for t in fed:
            self.unfed.pop(t)
        return {t: results[t] for t in tensors}

    def _readers(self, t: Tensor) -> list[Operation]:
        """What takes `t` and has to be run for it, and what computes it if it is not fed."""
        return [o for o in self._operations if t in o.operands] + [t.op]

    def _kept(self, now: set[Operation], known: Mapping[Tensor, Any]) -> list[Tensor]:
        """Of what `now` computes, what later calls may need."""
        later = [o for o in self._operations if o not in now and o not in self._done]
        needed = dict.fromkeys(t for o in later for t in o.operands)
        needed.update(dict.fromkeys(f for f in self.left if isinstance(f, Tensor)))
        return [t for t in needed if t.op in now and t not in known and not t.op.opdef.last]

    def _check(self, wanted: Sequence[Any], fed: Mapping[Tensor, Any]) -> None:
        for what, elements, allowed, left in (
            ("fetch", wanted, self.fetches, self.left),
            ("feed", fed, self.feeds, self.unfed),
        ):
            for e in elements:
                if e not in left:
                    done = "fetched" if what == "fetch" else "fed"
                    wrong = f"has already been {done}" if e in allowed else "was not specified in partial_run_setup"
                    raise InvalidArgumentError(None, None, f"The {what} {e.name} {wrong}.")


def _needed(
    tensors: Sequence[Tensor], targets: Sequence[Operation], known: Iterable[Tensor], done: Container[Operation] = ()
) -> list[Operation]:
    """The operations that a run of `tensors` and `targets` executes."""
    return [s.operation for s in make_plan(tensors, targets, list(known), done).steps]


def _array(value: Any) -> Any:
    """What a run gave, as it is fed: as an array."""
    if not hasattr(value, "shape"):
        return np.array(value, object)
    return np.asarray(value) if isinstance(value, np.generic) else value


class PartialRuns:
    """What a session has of partial runs, and of values kept by handle."""

    graph: Graph
    _runtime: Runtime
    _check_open: Callable[[], None]

    def __init__(self) -> None:
        self._partial_runs: dict[str, _Run] = {}
        self._numbers = itertools.count()

    def partial_run_setup(self, fetches: Any, feeds: Sequence[Any] | None = None) -> str:
        """Begin a run that is done in several calls of `partial_run`.

        Args:
            fetches: all that those calls may fetch.
            feeds: all tensors that they may feed.

        Returns:
            A handle for `partial_run`.

        Raises:
            RuntimeError: the graph is empty, or the session closed. TypeError, ValueError: something that cannot be
            fetched or fed.

        >>> a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
        >>> total = a + 1.0
        >>> product = total * b
        >>> sess = tf.Session()
        >>> handle = sess.partial_run_setup([total, product], [a, b])
        >>> first = sess.partial_run(handle, total, {a: 2.0})
        >>> sess.partial_run(handle, product, {b: 10.0 * first})
        np.float32(90.0)
        """
        self._check_open()
        if self.graph.size == 0:
            raise RuntimeError("The session's graph is empty: add operations to it before calling partial_run_setup().")
        flat: list[Any] = []
        take_apart(fetches, self, flat)
        tensors = [fed_tensor(k, self.graph) for k in in_parts(dict.fromkeys(feeds or ()))]
        names = [",".join(t.name for t in ts) for ts in (tensors, flat)]
        handle = f"{names[0]}->{names[1]};{next(self._numbers)}"
        self._partial_runs[handle] = _Run(flat, tensors)
        return handle

    def partial_run(self, handle: str, fetches: Any, feed_dict: Mapping[Any, Any] | None = None) -> Any:
        """Go on with a run: feed some more, fetch some more. Each is fed and fetched once.

        Args:
            handle: what `partial_run_setup` gave.
            fetches: as for `run`, among those that were announced.
            feed_dict: values for tensors, among those that were announced.

        Raises:
            InvalidArgumentError: there is no such run, something was not announced or comes a second time, or more
            has to be fed first.
        """
        self._check_open()
        flat: list[Any] = []
        pack = take_apart(fetches, self, flat)
        given = {fed_tensor(k, self.graph): v for k, v in in_parts(feed_dict or {}).items()}
        with self._runtime.lock:
            run = self._partial_runs.get(handle)
            if run is None:
                raise InvalidArgumentError(None, None, "Must run 'setup' before performing partial runs!")
            values = run.go_on(flat, {t: fed_array(t, v) for t, v in given.items()}, self._runtime)
            if not run.left and not run.unfed:
                del self._partial_runs[handle]
        return pack(iter([values.get(f) for f in flat]))

    @property
    def kept_by_handle(self) -> Kept:
        """The values that `get_session_handle` has had the session keep."""
        return kept_in(self._runtime)
