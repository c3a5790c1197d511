"""Features that are the numbers or names of categories: those that are there, and those that may be."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import INTEGER, of_kind, op, same_type
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["checked_categories", "without_missing"]


def _infer_present(x: Spec, missing: Spec) -> tuple[Spec, Spec]:
    dtype = same_type(x, missing)
    return Spec(types.int64, (None, None if x.shape is None else len(x.shape))), Spec(dtype, (None,))


def _present_vjp(n: Any, g: list[Any]) -> tuple[Any, None]:
    dims = apply("Shape", n.inputs[0], out_type=types.int64)
    return None if g[1] is None else apply("ScatterNd", n.outputs[0], g[1], dims), None


@op("DenseToSparse", infer=_infer_present, vjp=_present_vjp)
def _present(x: Any, missing: Any) -> tuple[Any, Any]:
    there = np.asarray(x != missing)
    return np.argwhere(there).astype(np.int64, copy=False), np.asarray(x)[there]


def without_missing(tensor: Any, missing: Any, name: str | None = None) -> SparseTensor:
    """The elements of a dense tensor but for those that are equal to `missing`.

    >>> from kerasflow.core.ops import without_missing
    >>> tf.Session().run(without_missing([[3, -1], [0, 4]], -1).values)
    array([3, 0, 4], dtype=int32)
    """
    with name_scope(name, "to_sparse_input"):
        x = convert(tensor)
        indices, values = apply("DenseToSparse", x, convert(missing, x.dtype))
        return SparseTensor(indices, values, apply("Shape", x, out_type=types.int64))


def _infer_checked(x: Spec, count: int, what: str) -> Spec:
    of_kind(INTEGER, x)
    return Spec(x.dtype, x.shape)


@op("CheckedCategories", infer=_infer_checked, vjp=None, alias=True)
def _checked(x: Any, count: int, what: str) -> Any:
    if x.size and (x.min() < 0 or x.max() >= count):
        wrong = x[(x < 0) | (x >= count)].reshape(-1)[0]
        raise InvalidArgumentError(None, None, f"{what}: {wrong} is not in [0, {count}), the number of categories")
    return x


def checked_categories(numbers: Any, count: int, what: str, name: str | None = None) -> Tensor:
    """Integers as they are; InvalidArgumentError in a run, naming `what`, if one is not in [0, count).

    >>> from kerasflow.core.ops import checked_categories
    >>> tf.Session().run(checked_categories([3, 0], 4, "days"))
    array([3, 0], dtype=int32)
    """
    return apply("CheckedCategories", numbers, count=count, what=what, name=name)
