"""`assert_shapes`: sizes that have to agree between tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, graph_of
from kerasflow.core.ops.debugging import Assert
from kerasflow.core.scopes import group
from kerasflow.core.tensor import Operation, Tensor

__all__ = ["assert_shapes"]


def assert_shapes(
    shapes: Any, data: Any = None, summarize: int | None = None, message: str | None = None, name: str | None = None
) -> Operation:
    """An operation that fails unless sizes of tensors agree.

    Args:
        shapes: from tensors to their shapes, as a dict or as pairs: for each axis a size, or a name, which stands for
            one size wherever it is; None or "." for any.
        data: tensors to show.
        summarize: how many numbers of each, 3 by default.
        message: what to show before them.

    Raises:
        ValueError: they are known to disagree. InvalidArgumentError: in a run, they do.

    >>> x, y = tf.zeros([2, 3]), tf.zeros([3])
    >>> tf.debugging.assert_shapes({x: ("N", "D"), y: ("D",)}).type
    'NoOp'
    """
    pairs = list(shapes.items() if isinstance(shapes, Mapping) else shapes)
    graph = graph_of([t for t, _ in pairs])
    said = f"{message} " if message else ""
    with graph.name_scope(name or "assert_shapes"):
        known: dict[Any, tuple[Any, str]] = {}
        checks = []
        for given, wanted in pairs:
            t = graph.convert(given)
            checks += _checks(t, list(_axes(wanted)), known, said, list(data or ()), summarize)
        return group(*checks)


def _axes(wanted: Any) -> Iterable[Any]:
    return (wanted,) if isinstance(wanted, (str, int)) else wanted


def _checks(
    t: Tensor, wanted: list[Any], known: dict[Any, tuple[Any, str]], said: str, data: list[Any], summarize: Any
) -> list[Operation]:
    """What has to be checked of one tensor in a run; sizes that have a name now join `known`."""
    shown = shapes.show(t.dims)
    if t.dims is None:
        raise ValueError(f"{said}assert_shapes needs tensors of known rank, got {t}.")
    if len(t.dims) != len(wanted):
        raise ValueError(
            f"{said}Tensor {t.name} must have rank {len(wanted)}. Received rank {len(t.dims)}, shape {shown}"
        )
    checks = []
    sizes = apply("Shape", t, out_type=types.int32)
    for axis, size in enumerate(wanted):
        if size is None or size == ".":
            continue
        have = t.dims[axis] if t.dims[axis] is not None else sizes[axis]
        if not isinstance(size, int) and size not in known:
            known[size] = have, f"Specified by tensor {t.name} dimension {axis}."
            continue
        need, where = (size, "Specified explicitly.") if isinstance(size, int) else known[size]
        what = f"{said}{where} Tensor {t.name} dimension {axis} must have size"
        if isinstance(have, int) and isinstance(need, int):
            if have != need:
                raise ValueError(f"{what} {need}. Received size {have}, shape {shown}")
        else:
            agree = t.graph.apply_alike("Equal", have, need) if isinstance(have, Tensor) else need == have
            checks.append(Assert(agree, [what, need, "Received shape: ", sizes, *data], summarize))
    return checks
