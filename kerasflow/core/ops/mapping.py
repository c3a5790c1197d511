"""Functions applied to the rows of tensors one after the other: `map_fn`, `scan`, `foldl` and `foldr`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import nest, shapes
from kerasflow.core.body import Body, taken
from kerasflow.core.graph import Graph, apply, graph_of
from kerasflow.core.ops.recurrence import Recurrence
from kerasflow.core.ops.shape_of import shape
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec, as_dtype

__all__ = ["foldl", "foldr", "map_fn", "scan"]


def map_fn(
    fn: Callable[..., Any],
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int | None = None,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """What `fn` gives for each row of `elems`, stacked: row i is ``fn(elems[i])``.

    `fn` is called once, while the graph is built.

    Args:
        fn: from a row of `elems`, or a nest of rows, to a tensor or a nest of tensors.
        elems: a tensor, or a nest of tensors with as many rows each.
        dtype: the types that `fn` gives, in their structure; by default those of `elems`.
        parallel_iterations, swap_memory, infer_shape: accepted and without effect.
        back_prop: whether gradients flow through.
        name: the scope of the operations.

    Raises:
        TypeError: `fn` cannot be called, or gives another type. ValueError: `elems` is a scalar, or `fn` gives another
            structure.

    >>> tf.Session().run(tf.map_fn(lambda row: row * row, tf.constant([1.0, 2.0, 3.0])))
    array([1., 4., 9.], dtype=float32)
    """
    with _Rows(fn, elems, name, "map") as rows:
        given, values = rows.call(lambda items: fn(items))
        wanted = elems if dtype is None else dtype
        nest.check_same(wanted, given, "What fn gives and elems" if dtype is None else "What fn gives and dtype")
        dtypes = [t.dtype for t in rows.elems] if dtype is None else [as_dtype(d) for d in nest.leaves(dtype)]
        for t, d in zip(values, dtypes, strict=True):
            if t.dtype is not d:
                raise TypeError(
                    f"fn gives {t} where a tensor of type {d.name} is expected: pass dtype= for what it gives."
                )
        _, found = rows.loop([], [], values, back_prop=back_prop)
        return nest.pack(given, [rows.stack(x) for x in found])


def scan(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """All values of ``a = fn(a, row)``, stacked, where `row` runs through the rows of `elems`.

    Args:
        fn: from the value so far and a row, each a tensor or a nest, to the next value.
        elems: a tensor, or a nest of tensors with as many rows each.
        initializer: the value at the beginning; by default the first row, which is the first value then.
        parallel_iterations, swap_memory, infer_shape: accepted and without effect.
        back_prop: whether gradients flow through.
        reverse: whether to begin with the last row; row i of the result is still the value at row i.
        name: the scope of the operations.

    Raises:
        TypeError: `fn` cannot be called, or changes the type. ValueError: `elems` is a scalar, or `fn` changes the
            structure or the shape.

    >>> tf.Session().run(tf.scan(lambda total, x: total + x, tf.constant([1.0, 2.0, 3.0])))
    array([1., 3., 6.], dtype=float32)
    """
    with _Rows(fn, elems, name, "scan") as rows:
        starts = rows.begin(initializer, reverse)
        results = rows.step(fn, starts, initializer)
        _, found = rows.loop(starts, results, results, backwards=reverse, back_prop=back_prop)
        return nest.pack(rows.structure, [rows.stack(x, first=s) for x, s in zip(found, starts, strict=True)])


def foldl(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """The last value of ``a = fn(a, row)``, where `row` runs through the rows of `elems`; see `scan`.

    >>> tf.Session().run(tf.foldl(lambda a, x: a - x, tf.constant([1.0, 2.0, 3.0])))
    np.float32(-4.0)
    """
    return _fold(fn, elems, initializer, back_prop, name, "foldl", False)


def foldr(
    fn: Callable[..., Any],
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """The last value of ``a = fn(a, row)``, where `row` runs through the rows of `elems` from the last to the first.

    >>> tf.Session().run(tf.foldr(lambda a, x: a - x, tf.constant([1.0, 2.0, 3.0])))
    np.float32(0.0)
    """
    return _fold(fn, elems, initializer, back_prop, name, "foldr", True)


def _fold(
    fn: Callable[..., Any], elems: Any, initializer: Any, back_prop: bool, name: Any, default: str, backwards: bool
) -> Any:
    with _Rows(fn, elems, name, default) as rows:
        starts = rows.begin(initializer, backwards)
        results = rows.step(fn, starts, initializer)
        exits, _ = rows.loop(starts, results, [], backwards=backwards, back_prop=back_prop)
        return nest.pack(rows.structure, exits)


class _Rows:
    """The rows of `elems`, and a loop over them that is being built."""

    def __init__(self, fn: Any, elems: Any, name: str | None, default: str) -> None:
        if not callable(fn):
            raise TypeError("fn must be callable.")
        self.structure = elems
        leaves = nest.leaves(elems)
        if not leaves:
            raise ValueError("elems must hold at least one tensor.")
        self.graph: Graph = graph_of(leaves)
        self._scope = self.graph.name_scope(name or default)
        self._default = default
        self._leaves = leaves
        self._skipped: Any = None  # which row the loop leaves out, as the value begins with it

    def __enter__(self) -> _Rows:
        scope = self._scope.__enter__()
        graph = self.graph
        self.elems = [taken(graph, v, self._default) for v in self._leaves]
        for t in self.elems:
            if t.dims == ():
                raise ValueError("elems must be a 1+ dimensional Tensor, not a scalar")
        self.size: int | None = None
        for t in self.elems:
            if t.dims is not None and t.dims[0] is not None:
                if self.size not in (None, t.dims[0]):
                    raise ValueError(f"elems must have as many rows each, got {self.size} and {t.dims[0]}.")
                self.size = t.dims[0]
        self.count = shape(self.elems[0])[0]
        self.body = Body(graph, f"the loop {scope[:-1]!r}")
        specs = [Spec(t.dtype, None if t.dims is None else t.dims[1:]) for t in self.elems]
        self.items = [self.body.new_input(s, "TensorArrayReadV3") for s in specs]
        self.carries: list[Tensor] = []
        return self

    def __exit__(self, *exception: Any) -> None:
        self._scope.__exit__(*exception)

    def call(self, fn: Callable[..., Any]) -> tuple[Any, list[Tensor]]:
        """What `fn` gives for a row, and the tensors in it."""
        body = self.body
        with body.as_default():
            given = fn(nest.pack(self.structure, self.items))
            return given, [taken(body, v, self._default) for v in nest.leaves(given)]

    def begin(self, initializer: Any, backwards: bool) -> list[Tensor]:
        """The value at the beginning."""
        graph = self.graph
        if initializer is not None:
            return [taken(graph, v, self._default) for v in nest.leaves(initializer)]
        at = -1 if backwards else 0
        self._skipped = at
        if self.size == 0:
            raise ValueError("elems must have at least one row where there is no initializer.")
        firsts = [t[at] for t in self.elems]
        self.elems = [t[:-1] if backwards else t[1:] for t in self.elems]
        return firsts

    def step(self, fn: Callable[..., Any], starts: Sequence[Tensor], initializer: Any) -> list[Tensor]:
        """What `fn` makes of the value so far and a row."""
        like = self.structure if initializer is None else initializer
        self.carries = [self.body.new_input(t.spec._replace(value=None), "Identity") for t in starts]
        given, values = self.call(lambda items: fn(nest.pack(like, self.carries), items))
        nest.check_same(like, given, "What fn gives and what it begins with")
        for t, start in zip(values, starts, strict=True):
            if t.dtype is not start.dtype:
                raise TypeError(f"fn turns a value of type {start.dtype.name} into one of type {t.dtype.name}: {t}.")
            if not shapes.compatible(t.dims, start.dims):
                shown = f"{shapes.show(start.dims)} into one of shape {shapes.show(t.dims)}"
                raise ValueError(f"fn turns a value of shape {shown}: {t}.")
        self.structure = like
        return values

    def loop(
        self,
        starts: Sequence[Tensor],
        results: Sequence[Tensor],
        kept: Sequence[Tensor],
        backwards: bool = False,
        back_prop: bool = True,
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The loop: the last values, and the rows of those that are kept."""
        graph, body = self.graph, self.body
        fixed, outside = body.captured()
        limit = self.count if self._skipped is None else self.count - 1
        dims = [t.dims for t in starts]
        loop = Recurrence(
            body, None, self.carries, fixed, self.items, results, kept, dims, backwards, differentiable=back_prop
        )
        with graph.control_dependencies(body.waits):
            made = graph.apply(
                "Scan", limit, *starts, *outside, *self.elems, loop=loop, changed=body.changed, name="while/Exit"
            )
        made = made if isinstance(made, tuple) else (made,)
        return list(made[: len(starts)]), list(made[len(starts) + 1 :])

    def stack(self, rows: Tensor, first: Tensor | None = None) -> Tensor:
        """The rows that the loop has kept, with the value it began with if that is a row's."""
        if self._skipped is not None and first is not None:
            row = apply("ExpandDims", first, axis=0)
            rows = apply("ConcatV2", *([row, rows] if self._skipped == 0 else [rows, row]), axis=0)
        named: Tensor = apply("Identity", rows, name="TensorArrayStack/TensorArrayGatherV3")
        if named.dims is not None:
            named.set_shape((self.size, *named.dims[1:]))
        return named
