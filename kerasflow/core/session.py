"""`Session`: runs parts of a graph and keeps the values of its variables.

`run` takes the fetches apart, finds the executable for them and the fed tensors (made once and kept), converts what
is fed, executes, and puts the answers into the structure of the fetches. A session may be used from several threads:
a run has the session's state to itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, stacks
from kerasflow.core.engine.executable import Executable
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.runtime import Runtime
from kerasflow.core.tensor import IndexedSlices, Operation, Tensor
from kerasflow.core.types import as_dtype
from kerasflow.core.values import to_array
from kerasflow.core.variables import Variable

__all__ = ["InteractiveSession", "Session", "get_default_session"]

Pack = Callable[[Sequence[Any]], Any]


class Session:
    """A place to run a graph: it owns the values of the graph's variables, and loses them when it is closed.

    Args:
        target: for a distributed run; only the empty string, which is this process.
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
        if target:
            raise ValueError(f"Cannot reach the target {target!r}: a session runs in this process.")
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"graph must be a Graph, got {graph!r}.")
        self.graph = default_graph() if graph is None else graph
        self.config = config
        self._runtime = Runtime()
        self._executables: dict[Any, tuple[Executable, Pack]] = {}
        self._entered: list[contextlib.ExitStack] = []
        self._closed = False

    def run(
        self, fetches: Any, feed_dict: Mapping[Any, Any] | None = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """Run what `fetches` need and give their values.

        Args:
            fetches: a tensor, operation, variable, the name of one, or lists, tuples and dicts of these.
            feed_dict: values for tensors, by tensor or name; what computes a fed tensor is not run.

        Returns:
            Arrays, in the structure of `fetches`; None in the place of an operation.

        Raises:
            TypeError, ValueError: something that cannot be fetched or fed. RuntimeError: the session is closed.
            OpError: an operation failed.
        """
        feed_dict = feed_dict or {}
        key = (_fetch_key(fetches), tuple(feed_dict))
        entry = self._executables.get(key)
        if entry is None:
            entry = self._prepare(fetches, feed_dict)
            self._executables[key] = entry
        elif self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        executable, pack = entry
        feeds = [_fed(t, v) for t, v in zip(executable.feeds, feed_dict.values(), strict=True)]
        return pack(executable.run(feeds))

    def make_callable(
        self, fetches: Any, feed_list: Sequence[Any] | None = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """A function that takes the values of `feed_list` and gives what ``run(fetches, ...)`` would, with less ado."""
        feed_list = list(feed_list or ())
        executable, pack = self._prepare(fetches, dict.fromkeys(feed_list))
        feeds = executable.feeds

        def call(*values: Any) -> Any:
            if self._closed:
                raise RuntimeError("Attempted to use a closed Session.")
            if len(values) != len(feeds):
                raise ValueError(f"Expected {len(feeds)} values, for {[t.name for t in feeds]}; got {len(values)}.")
            return pack(executable.run([_fed(t, v) for t, v in zip(feeds, values, strict=True)]))

        return call

    def executable(self, fetches: Sequence[Any], feeds: Sequence[Tensor]) -> Executable:
        """For the rooms above: what runs `fetches`, tensors and operations, with neither checks nor copies of feeds."""
        tensors = [f for f in fetches if isinstance(f, Tensor)]
        operations = [f for f in fetches if isinstance(f, Operation)]
        return Executable(tensors, operations, feeds, self._runtime)

    def _prepare(self, fetches: Any, feed_dict: Mapping[Any, Any]) -> tuple[Executable, Pack]:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session.")
        if self.graph.size == 0:
            raise RuntimeError("The session's graph is empty: add operations to it before calling run().")
        flat: list[Any] = []
        pack = _take_apart(fetches, self.graph, flat)
        feeds = [_fed_tensor(k, self.graph) for k in feed_dict]
        tensors = list(dict.fromkeys(f for f in flat if isinstance(f, Tensor)))
        place = {t: i for i, t in enumerate(tensors)}
        places = [place.get(f) for f in flat]
        targets = [f for f in flat if isinstance(f, Operation)]
        executable = Executable(tensors, targets, feeds, self._runtime)
        if places == [0] and pack is _only:
            return executable, _only
        return executable, lambda values: pack([None if i is None else values[i] for i in places])

    # Variables, from Python.

    def load(self, variable: Variable, value: Any) -> None:
        """Set the value of `variable`. ValueError if the shape differs, TypeError if the type does."""
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

    # Life.

    def close(self) -> None:
        """Let go of all variable values; the session cannot be used any more."""
        self._closed = True
        self._runtime.clear()
        self._executables.clear()

    @contextlib.contextmanager
    def as_default(self) -> Any:
        """Make this the session that ``t.eval()`` and ``op.run()`` use, within the block and in this thread."""
        with stacks.sessions.pushed(self):
            yield self

    def __enter__(self) -> Session:
        stack = contextlib.ExitStack()
        stack.enter_context(self.graph.as_default())
        stack.enter_context(self.as_default())
        self._entered.append(stack)
        return self

    def __exit__(self, *exception: Any) -> None:
        self._entered.pop().close()
        self.close()


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
        if self in stacks.sessions.items:
            stacks.sessions.items.remove(self)
        if self._explicit_graph and self.graph in stacks.graphs.items:
            stacks.graphs.items.remove(self.graph)


def get_default_session() -> Any:
    """The innermost session of this thread that was made the default, None if there is none."""
    return stacks.sessions.top()


def _fetch_key(fetches: Any) -> Any:
    """Something hashable that is equal for equal fetches."""
    if isinstance(fetches, (list, tuple)):
        return (type(fetches), *[_fetch_key(f) for f in fetches])
    if isinstance(fetches, Mapping):
        return (type(fetches), tuple(fetches), *[_fetch_key(f) for f in fetches.values()])
    return fetches if getattr(type(fetches), "__hash__", None) else id(fetches)


def _only(values: Sequence[Any]) -> Any:
    return values[0]


def _take_apart(fetches: Any, graph: Graph, flat: list[Any]) -> Pack:
    """Append the tensors and operations in `fetches` to `flat`; gives the way back from their values."""
    if isinstance(fetches, (list, tuple)):
        start = len(flat)
        packs = []
        for f in fetches:
            at = len(flat)
            packs.append((_take_apart(f, graph, flat), at - start, len(flat) - start))
        return lambda values: _rebuild(fetches, [p(values[i:j]) for p, i, j in packs])
    if isinstance(fetches, Mapping):
        names, whole = list(fetches), _take_apart(list(fetches.values()), graph, flat)
        cls: Any = type(fetches)
        return lambda values: cls(zip(names, whole(values), strict=True))
    if isinstance(fetches, IndexedSlices):
        parts = [fetches.values, fetches.indices, *([] if fetches.dense_shape is None else [fetches.dense_shape])]
        return _take_apart(tuple(parts), graph, flat)
    element = fetches.fetched if isinstance(fetches, Variable) else fetches
    try:
        flat.append(graph.as_graph_element(element))
    except TypeError:
        raise TypeError(
            f"Cannot fetch {fetches!r}, a {type(fetches).__name__}: it is no tensor or operation."
        ) from None
    except (KeyError, ValueError) as e:
        raise ValueError(f"Cannot fetch {fetches!r}: {e.args[0]}") from None
    return _only


def _rebuild(template: Any, values: list[Any]) -> Any:
    if isinstance(template, list):
        return values
    return type(template)(*values) if hasattr(template, "_fields") else tuple(values)


def _fed_tensor(key: Any, graph: Graph) -> Tensor:
    try:
        element = graph.as_graph_element(key.value() if isinstance(key, Variable) else key, allow_operation=False)
    except (TypeError, ValueError, KeyError) as e:
        raise type(e)(f"Cannot feed {key!r}: {e.args[0]}") from None
    return element


def _fed(tensor: Tensor, value: Any) -> np.ndarray[Any, Any]:
    """`value` as an array of the tensor's type. ValueError if its shape cannot be the tensor's."""
    if type(value) is not np.ndarray or value.dtype != tensor.dtype.numpy:
        if isinstance(value, (Tensor, Variable)):
            raise TypeError(f"The value fed for {tensor.name!r} must be numbers, got {value}. Evaluate it first.")
        value = _as_fed_type(tensor, value)
    dims = tensor.dims
    if dims is not None and value.shape != dims and not shapes.compatible(value.shape, dims):
        raise ValueError(
            f"Cannot feed a value of shape {value.shape} for {tensor.name!r}, of shape {shapes.show(dims)}."
        )
    return value


def _as_fed_type(tensor: Tensor, value: Any) -> np.ndarray[Any, Any]:
    try:
        array = to_array(value)
    except (TypeError, ValueError) as e:
        raise type(e)(f"Cannot feed {tensor.name!r}: {e}") from None
    wanted, kind = tensor.dtype, array.dtype.kind
    if array.dtype == wanted.numpy:
        return array
    if wanted.kind == "O" or kind == "O" or kind in "fc" and wanted.kind in "iub" or kind == "c" != wanted.kind:
        given = as_dtype(array.dtype).name
        raise ValueError(f"Cannot feed a value of type {given} for {tensor.name!r}, of type {wanted.name}.")
    return np.asarray(array if isinstance(value, np.ndarray) else value, dtype=wanted.numpy)
