"""Where a number that is none comes from: the first operation of a graph that gives NaN or an infinity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasflow.core.tensor import Operation, Tensor

__all__ = ["Found", "first_not_finite"]


@dataclass(frozen=True)
class Found:
    """An operation whose value is not finite though what it takes is, and that value.

    Attributes:
        tensor: the output.
        value: the array.
    """

    tensor: Tensor
    value: np.ndarray[Any, Any]

    def rows(self, count: int) -> np.ndarray[Any, Any] | None:
        """In which of `count` rows there is such a number; None if the value has not a row for each."""
        if not self.value.ndim or len(self.value) != count:
            return None
        return np.flatnonzero(~np.isfinite(self.value).reshape(count, -1).all(axis=1))

    def __str__(self) -> str:
        kinds = [k for k, there in (("NaN", np.isnan(self.value)), ("infinities", np.isinf(self.value))) if there.any()]
        operation = self.tensor.op
        where = "" if operation.where is None else f", made at {operation.where[0]}:{operation.where[1]}"
        return f"the operation {operation.name!r} ({operation.type}) gives {' and '.join(kinds)}{where}"


def first_not_finite(session: Any, operations: Iterable[Operation], feeds: Mapping[Tensor, Any]) -> Found | None:
    """The first operation behind `operations` that gives NaN, or what made it an infinity in the first place.

    All that they need is computed, save for what changes variables and what depends on it. Where nothing gives NaN,
    infinities are looked for.

    Args:
        session: has the values of the variables.
        operations: what goes wrong.
        feeds: arrays for the tensors that are fed.

    >>> from kerasflow.core.finding import first_not_finite
    >>> x = tf.placeholder(tf.float32, [None], name="x")
    >>> loss = tf.reduce_sum(x * tf.log(x, name="log"))
    >>> found = first_not_finite(tf.Session(), [loss.op], {x: [1.0, 0.0]})
    >>> found.tensor.op.name, found.rows(2)
    ('log', array([1]))
    """
    tensors = _computable(operations, set(feeds))
    values = dict(zip(tensors, session.run(tensors, dict(feeds)), strict=True)) if tensors else {}
    bad = [t for t in tensors if not np.isfinite(values[t]).all()]
    if not bad:
        return None
    end = next((t for t in bad if np.isnan(values[t]).any()), bad[0])
    behind = _behind([end.op], set(feeds))
    start = next(t for t in bad if t.op in behind)
    return Found(start, np.asarray(values[start]))


def _behind(operations: Iterable[Operation], fed: set[Tensor]) -> set[Operation]:
    """The operations that `operations` need, with themselves; what is fed needs nothing."""
    found = set(operations)
    todo = list(found)
    while todo:
        operation = todo.pop()
        needed = [t.op for t in operation.inputs if t not in fed] + list(operation.control_inputs)
        new = [o for o in needed if o not in found]
        found.update(new)
        todo.extend(new)
    return found


def _computable(operations: Iterable[Operation], fed: set[Tensor]) -> list[Tensor]:
    """The floating-point tensors behind `operations`, in order, that can be had without changing anything."""
    changing: set[Operation] = set()
    tensors = []
    for operation in sorted(_behind(operations, fed), key=lambda o: o.index):
        needed = [t.op for t in operation.inputs if t not in fed] + list(operation.control_inputs)
        if operation.opdef.writes is not None or any(o in changing for o in needed):
            changing.add(operation)
        elif operation.type != "Const" and not operation.opdef.last:
            tensors += [t for t in operation.outputs if t.dtype.is_floating and (t in fed or not operation.opdef.fed)]
    return tensors
