"""`while_loop`: operations repeated while the graph runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import nest, shapes, types
from kerasflow.core.body import Body, taken
from kerasflow.core.graph import Graph, graph_of
from kerasflow.core.ops.while_op import Loop
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor

__all__ = ["while_loop"]

_SHAPES = "loop_vars and shape_invariants"


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
    return_same_structure: bool = False,
) -> Any:
    """What `loop_vars` have become when ``loop_vars = body(*loop_vars)`` has been repeated while ``cond(*loop_vars)``.

    Both functions are called once, while the graph is built; what they make is computed in each round. A tensor from
    outside has one value in all rounds; a variable is read anew. Gradients flow through all rounds.

    Args:
        cond: from the loop variables, a scalar boolean tensor.
        body: from the loop variables, as many values of the same structure, types and shapes.
        loop_vars: a list of tensors, `TensorArray`s and nests of them: the values that the first round takes.
        shape_invariants: shapes in the same structure, for loop variables whose shape changes from round to round.
        parallel_iterations, swap_memory: accepted and without effect.
        back_prop: whether gradients flow through the loop.
        maximum_iterations: a scalar; the loop ends after so many rounds if not before.
        return_same_structure: whether a single loop variable is given in a list, as it came.

    Raises:
        TypeError: a function is none, or the type of a loop variable changes. ValueError: there are no loop variables,
            `body` gives another number of them, or a shape changes that has no invariant.

    >>> x = tf.constant(2.0)
    >>> _, y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), (0, 1.0))
    >>> tf.Session().run([y, tf.gradients(y, x)[0]])
    [np.float32(8.0), np.float32(12.0)]
    """
    if not nest.leaves(loop_vars):
        raise ValueError("No loop variables provided")
    for what, function in (("cond", cond), ("body", body)):
        if not callable(function):
            raise TypeError(f"{what} must be callable.")
    if parallel_iterations < 1:
        raise TypeError("parallel_iterations must be a positive integer.")
    if not isinstance(loop_vars, (list, tuple)):
        loop_vars = [loop_vars]
    graph = graph_of(nest.flatten(loop_vars))
    with graph.name_scope(name or "while") as scope:
        limit = _limit(graph, maximum_iterations)
        starts = [taken(graph, v, "while_loop") for v in nest.flatten(loop_vars)]
        dims = _invariants(loop_vars, starts, shape_invariants)
        inside = Body(graph, f"the loop {scope[:-1]!r}")
        with inside.as_default():
            carries = [inside.new_input(types.Spec(t.dtype, d), "Identity") for t, d in zip(starts, dims, strict=True)]
            packed = nest.pack_parts(loop_vars, carries)
            condition = _condition(inside, cond(*packed))
            results = _results(inside, body(*packed), packed, starts, dims)
        exits = _apply(graph, inside, limit, starts, carries, condition, results, dims, back_prop)
    given = nest.pack_parts(loop_vars, exits)
    return given if return_same_structure or len(given) > 1 else given[0]


def _limit(graph: Graph, maximum: Any) -> Tensor:
    limit = graph.convert(-1 if maximum is None else maximum, name="maximum_iterations")
    if not shapes.compatible(limit.dims, ()):
        raise ValueError(f"maximum_iterations must be a scalar, saw shape: {shapes.show(limit.dims)}")
    if not limit.dtype.is_integer:
        raise TypeError(f"maximum_iterations must be an integer, got {limit.dtype.name}")
    if maximum is None:
        return limit
    clipped: Tensor = graph.apply("Maximum", limit, graph.convert(0, limit.dtype))
    return clipped


def _invariants(loop_vars: Any, starts: Sequence[Tensor], given: Any) -> list[Dims]:
    """The shape that each loop variable has in all rounds."""
    if given is None:
        return [None if t.dtype is types.variant else t.dims for t in starts]
    found = nest.leaves_below(list(loop_vars), given if isinstance(given, (list, tuple)) else [given], _SHAPES)
    wanted: list[Dims] = []
    for leaf, shape in zip(nest.leaves(loop_vars), found, strict=True):
        wanted += [None] * len(leaf.__parts__()) if hasattr(leaf, "__parts__") else [shapes.as_dims(shape)]
    dims = []
    for t, d in zip(starts, wanted, strict=True):
        if not _at_least(d, t.dims):
            raise ValueError(
                f"The shape invariant specified for {t.name} is not compatible with the initial shape of the loop "
                f"variable. It enters the loop with shape {shapes.show(t.dims)}, but the specified shape invariant is "
                f"{shapes.show(d)}."
            )
        dims.append(d)
    return dims


def _at_least(general: Dims, special: Dims) -> bool:
    """Whether every array that may have the shape `special` has the shape `general`."""
    if general is None:
        return True
    if special is None or len(general) != len(special):
        return False
    return all(g is None or g == s for g, s in zip(general, special, strict=True))


def _condition(inside: Body, value: Any) -> Tensor:
    condition = taken(inside, value, "while_loop")
    if not condition.dtype.is_bool:
        raise TypeError(f"cond must return a boolean tensor, got {condition} of type {condition.dtype.name}.")
    if not shapes.compatible(condition.dims, ()):
        raise ValueError(f"cond must return a scalar, got {condition}.")
    return condition


def _results(inside: Body, given: Any, packed: Any, starts: Sequence[Tensor], dims: Sequence[Dims]) -> list[Tensor]:
    """What `body` gave, as tensors of the loop's inside that can take the place of the loop variables."""
    given = list(given) if isinstance(given, (list, tuple)) else [given]
    nest.check_same(list(packed), given, "What body takes and what it gives")
    results = []
    for value, start, d in zip(nest.flatten(given), starts, dims, strict=True):
        is_typed = hasattr(value, "dtype")
        t = taken(inside, value, "while_loop", None if is_typed else start.dtype)
        if t.dtype is not start.dtype:
            raise TypeError(
                f"Loop variable {start.name!r} enters the loop with type {start.dtype.name}, but has type "
                f"{t.dtype.name} after one iteration: {t}."
            )
        if not _at_least(d, t.dims):
            raise ValueError(
                f"Input tensor {start.name!r} enters the loop with shape {shapes.show(d)}, but has shape "
                f"{shapes.show(t.dims)} after one iteration. To allow the shape to vary across iterations, use the "
                "`shape_invariants` argument of tf.while_loop to specify a less-specific shape."
            )
        results.append(t)
    return results


def _apply(
    graph: Graph,
    inside: Body,
    limit: Tensor,
    starts: Sequence[Tensor],
    carries: Sequence[Tensor],
    condition: Tensor,
    results: Sequence[Tensor],
    dims: Sequence[Dims],
    back_prop: bool,
) -> list[Tensor]:
    fixed, outside = inside.captured()
    loop = Loop(inside, condition, carries, fixed, [], results, [], dims, differentiable=back_prop)
    with graph.control_dependencies(inside.waits):
        made = graph.apply("While", limit, *starts, *outside, loop=loop, changed=inside.changed, name="Exit")
    return list(made[: len(starts)])
