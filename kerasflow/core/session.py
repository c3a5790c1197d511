"""`Session`: runs parts of a graph and keeps the values of its variables.

`run` takes the fetches apart, finds the executable for them and the fed tensors (made once and kept), converts what
is fed, executes, and puts the answers into the structure of the fetches. A session may be used from several threads:
a run has the session's state to itself.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, stacks
from kerasflow.core.devices import DeviceAttributes, check_placed
from kerasflow.core.engine.choice import rule
from kerasflow.core.engine.executable import Executable
from kerasflow.core.engine.observing import Observer
from kerasflow.core.engine.plan import make_plan
from kerasflow.core.feeding import SEVERAL, fed_array, fed_tensor, in_parts
from kerasflow.core.fetching import fetch_key, take_apart
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.partial import PartialRuns
from kerasflow.core.runtime import Runtime
from kerasflow.core.targets import target_of
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.tracing import Trace
from kerasflow.core.variables import Variable

__all__ = ["InteractiveSession", "Session", "get_default_session"]

Finish = Callable[[Sequence[Any]], Any]


class Session(PartialRuns):
    """A place to run a graph: it owns the values of the graph's variables, and loses them when it is closed.

    Args:
        target: for a distributed run, that of a `tf.train.Server` of this process; its sessions share variables.
        graph: the graph to run, by default the default graph.
        config: settings, as `ConfigProto` has them.

    >>> a = tf.constant(2.0)
    >>> with tf.Session() as sess:
    ...     sess.run([a, {"double": a + a}])
    [np.float32(2.0), {'double': np.float32(4.0)}]
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        if not isinstance(target, str):
            raise TypeError(f"The first argument of Session is its target, a string; got {target!r}. Pass graph=.")
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"graph must be a Graph, got {graph!r}.")
        if config is not None and not hasattr(config, "allow_soft_placement"):
            raise TypeError(f"config must be a ConfigProto, got {config!r}.")
        self.graph = default_graph() if graph is None else graph
        self.config = config
        self._limit = 0 if config is None else config.operation_timeout_in_ms
        self._target = target_of(target)
        self._runtime = self._target.shared or Runtime()
        self._executables: dict[Any, tuple[Executable, Finish]] = {}
        self._entered: contextlib.ExitStack | None = None
        self._closed = False
        super().__init__()

    def run(
        self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Run what `fetches` need and give their values.

        Args:
            fetches: a tensor, operation, variable, the name of one, or lists, tuples and dicts of these.
            feed_dict: values for tensors, by tensor or name; what computes a fed tensor is not run.
            options: `RunOptions`; with its ``trace_level=RunOptions.FULL_TRACE`` each operation is timed, and with
                ``timeout_in_ms`` what waits for other threads gives up after that time.
            run_metadata: a `RunMetadata`, into which what was timed is written.

        Returns:
            Arrays, in the structure of `fetches`; None in the place of an operation.

        Raises:
            TypeError, ValueError: something that cannot be fetched or fed. RuntimeError: the session is closed.
            OpError: an operation failed.
        """
        if feed_dict is None:
            feed_dict = {}
        elif not isinstance(feed_dict, Mapping):
            raise TypeError(f"feed_dict must be a dict from tensors to values, got {feed_dict!r}.")
        if any(isinstance(k, SEVERAL) for k in feed_dict):
            feed_dict = in_parts(feed_dict)
        executable, finish = self._entry(fetches, feed_dict)
        feeds = [fed_array(t, v) for t, v in zip(executable.feeds, feed_dict.values(), strict=True)]
        limit = (0 if options is None else options.timeout_in_ms) or self._limit
        if not limit and (options is None or run_metadata is None or not options.trace_level):
            return finish(executable.run(feeds))
        with self._runtime.limited(limit):
            if run_metadata is not None and options is not None and options.trace_level:
                return finish(executable.observe(feeds, Trace(run_metadata)))
            return finish(executable.run(feeds))

    def observe(self, fetches: Any, feed_dict: Mapping[Any, Any] | None, observer: Observer) -> Any:
        """As `run`, operation by operation, each shown to `observer`: for debuggers."""
        feed_dict = in_parts(feed_dict or {})
        executable, finish = self._entry(fetches, feed_dict)
        feeds = [fed_array(t, v) for t, v in zip(executable.feeds, feed_dict.values(), strict=True)]
        return finish(executable.observe(feeds, observer))

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function that takes the values of `feed_list` and gives what ``run(fetches, ...)`` would, with less ado."""
        feed_list = list(feed_list or ())
        executable, finish = self._prepare(fetches, feed_list)
        feeds = executable.feeds

        def call(*values: Any) -> Any:
            self._check_open()
            if len(values) != len(feeds):
                raise ValueError(f"Expected {len(feeds)} values, for {[t.name for t in feeds]}; got {len(values)}.")
            return finish(executable.run([fed_array(t, v) for t, v in zip(feeds, values, strict=True)]))

        return call

    def explain(self, fetches: Any, feed_dict: Iterable[Any] = ()) -> str:
        """What runs `fetches` when those tensors are fed: which engine, since when, and what it cannot compile.

        It tells of the runs there have been so far, a program for each set of shapes that was fed; docs/engine.md has
        the rule, and says how to read the answer.

        >>> sess = tf.Session()
        >>> x = tf.placeholder(tf.float32, [3])
        >>> y = tf.exp(x) + 1.0
        >>> for _ in range(2):
        ...     _ = sess.run(y, {x: [1.0, 2.0, 3.0]})
        >>> print(sess.explain(y, [x]))
        engine: auto, which ...
        any shapes: interpreter, 2 operations
        feeds of shapes [(3,)]: interpreter, 2 operations...
        """
        self._check_open()
        entry = self._executables.get((fetch_key(fetches), tuple(feed_dict)))
        lines = ["not run yet"] if entry is None else entry[0].describe()
        return "\n".join([f"engine: {rule()}", *lines])

    def executable(self, fetches: Sequence[Any], feeds: Sequence[Tensor]) -> Executable:
        """For the rooms above: what runs `fetches`, tensors and operations, with neither checks nor copies of feeds."""
        tensors = [f for f in fetches if isinstance(f, Tensor)]
        operations = [f for f in fetches if isinstance(f, Operation)]
        return Executable(tensors, operations, feeds, self._runtime)

    def _entry(self, fetches: Any, feed_dict: Mapping[Any, Any]) -> tuple[Executable, Finish]:
        """As `_prepare` gives; once for the same fetches and fed tensors."""
        key = (fetch_key(fetches), tuple(feed_dict))
        entry = self._executables.get(key)
        if entry is None:
            entry = self._executables[key] = self._prepare(fetches, feed_dict)
        return entry

    def _prepare(self, fetches: Any, fed: Iterable[Any]) -> tuple[Executable, Finish]:
        """What runs `fetches` with values for the tensors `fed`, and what brings its results into their structure."""
        self._check_open()
        if self.graph.size == 0:
            raise RuntimeError("The session's graph is empty: add operations to it before calling run().")
        flat: list[Any] = []
        pack = take_apart(fetches, self, flat)
        feeds = [fed_tensor(k, self.graph) for k in fed]
        tensors = list(dict.fromkeys(f for f in flat if isinstance(f, Tensor)))
        place = {t: i for i, t in enumerate(tensors)}
        places = [place.get(f) for f in flat]  # None for an operation
        targets = [f for f in flat if isinstance(f, Operation)]
        if self.graph.has_devices:
            steps = make_plan(tensors, targets, feeds).steps
            check_placed([s.operation for s in steps], self.config, _print, self._target.devices)
        executable = Executable(tensors, targets, feeds, self._runtime)
        if places == list(range(len(tensors))):
            return executable, lambda values: pack(iter(values))
        return executable, lambda values: pack(iter([None if i is None else values[i] for i in places]))

    # Variables, from Python.

    def load(self, variable: Variable, value: Any) -> None:
        """Set the value of `variable`. ValueError if the shape differs, TypeError if the type does."""
        self._check_open()
        array = np.asarray(value)
        if array.dtype != variable.dtype.numpy:
            raise TypeError(f"{variable} cannot take a value of type {array.dtype}.")
        if not shapes.compatible(array.shape, variable.dims):
            raise ValueError(f"{variable} cannot take a value of shape {shapes.show(array.shape)}.")
        with self._runtime.lock:
            self._runtime.cell(variable).value = np.array(array)

    def is_initialized(self, variable: Variable) -> bool:
        """Whether `variable` has a value in this session."""
        return self._runtime.cell(variable).value is not None

    def list_devices(self) -> list[DeviceAttributes]:
        """The devices there are: the CPU of this process, as each task of the target.

        >>> [d.device_type for d in tf.Session().list_devices()]
        ['CPU']
        """
        self._check_open()
        return [DeviceAttributes(name, "CPU") for name in self._target.devices]

    @staticmethod
    def reset(target: str, containers: Any = None, config: Any = None) -> None:
        """Let go of the values that the sessions on a target share; a session without target keeps its own."""
        shared = target_of(target).shared
        if shared is not None:
            with shared.lock:
                shared.clear()

    def kept(self) -> dict[str, np.ndarray[Any, Any]]:
        """What operations keep from run to run, by their names: how far random streams have been drawn."""
        with self._runtime.lock:
            return {o.name: a.copy() for o, a in self._runtime.states.items() if self._keeps(o)}

    def load_kept(self, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Have operations go on from what `kept` gave; those that this graph does not have are passed over."""
        self._check_open()
        keeping = [o for o in self.graph.get_operations() if o.name in arrays and self._keeps(o)] if arrays else []
        with self._runtime.lock:
            for operation in keeping:
                mine, array = self._runtime.kept(operation), arrays[operation.name]
                if (mine.shape, mine.dtype) == (array.shape, array.dtype):
                    np.copyto(mine, array)

    def _keeps(self, key: Any) -> bool:
        return isinstance(key, Operation) and key.graph is self.graph and key.opdef.state is not None

    # Life.

    def close(self) -> None:
        """Let go of all variable values; the session cannot be used any more. A run in another thread ends first."""
        with self._runtime.lock:
            self._closed = True
            if self._target.shared is None:
                self._runtime.close()
            self._executables.clear()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")

    @contextlib.contextmanager
    def as_default(self) -> Any:
        """Make this the session that ``t.eval()`` and ``op.run()`` use, within the block and in this thread."""
        with stacks.sessions.pushed(self):
            yield self

    def __enter__(self) -> Session:
        if self._entered is not None:
            raise RuntimeError(
                "`with sess:` cannot be nested, as leaving it closes the session: use sess.as_default()."
            )
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.graph.as_default())
            stack.enter_context(self.as_default())
            self._entered = stack.pop_all()
        return self

    def __exit__(self, *exception: Any) -> None:
        entered, self._entered = self._entered, None
        self.close()
        if entered is not None:
            entered.close()


class InteractiveSession(Session):
    """A session that makes itself the default one as soon as it is made, until it is closed.

    >>> sess = tf.InteractiveSession()
    >>> (tf.constant(2.0) * 3.0).eval()
    np.float32(6.0)
    >>> sess.close()
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        stacks.sessions.items.append(self)
        if graph is not None:
            stacks.graphs.items.append(graph)
        self._explicit_graph = graph is not None

    def close(self) -> None:
        """Close the session and stop being the default one."""
        super().close()
        stacks.sessions.remove(self)
        if self._explicit_graph:
            stacks.graphs.remove(self.graph)
            self._explicit_graph = False


def get_default_session() -> Any:
    """The innermost session of this thread that was made the default, None if there is none."""
    return stacks.sessions.top()


def _print(line: str) -> None:
    print(line, file=sys.stderr)
