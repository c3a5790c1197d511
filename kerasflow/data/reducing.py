"""All elements of a data set made into one, by an operation of a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasflow.core import nest
from kerasflow.core.graph import Graph, graph_of
from kerasflow.core.opdef import op
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.types import Spec
from kerasflow.data import elements
from kerasflow.data.applying import Reduction
from kerasflow.data.reading import Reading, Stage

__all__ = ["reduced"]


def _infer(*values: Spec, reduction: Reduction) -> tuple[Spec, ...]:
    return tuple([spec for c in nest.leaves(reduction.structure) for spec in c.specs])


@op("ReduceDataset", infer=_infer, vjp=None, stateful=True)
def _reduce(runtime: Any, operation: Any, *values: Any, reduction: Reduction) -> Any:
    tensors = reduction.tensors
    reading = Reading.in_run(runtime, tensors, values[: len(tensors)])
    flat = reduction.run(reading, values[len(tensors) :])
    return flat[0] if len(flat) == 1 else tuple(flat)


def reduced(stage: Stage, state: Any, function: Callable[..., Any]) -> Any:
    """What `function` makes of `state` and the elements of `stage`, one after the other."""
    graph: Graph = graph_of([*stage.tensors, *nest.leaves(state)])
    tensors = elements.as_tensors(state, graph)
    reduction = Reduction(stage, tensors, function)
    flat = elements.flat_tensors(nest.leaves(tensors))
    made = graph.apply("ReduceDataset", *reduction.tensors, *flat, reduction=reduction)
    results = list(made) if isinstance(made, tuple) else [made]
    parts = nest.leaves(reduction.structure)
    return elements.pack_values(reduction.structure, elements.joined(results, parts, SparseTensor))
