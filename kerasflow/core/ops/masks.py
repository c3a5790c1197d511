"""Lengths and permutations: integers that stand for masks and orders."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply
from kerasflow.core.opdef import REAL, blocked, of_kind, op
from kerasflow.core.ops.arguments import scalar, shape_from, vector
from kerasflow.core.ops.gathering import check_bounds
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec, as_dtype

__all__ = ["invert_permutation", "sequence_mask"]


def _infer_sequence_mask(lengths: Spec, maxlen: Spec | None = None) -> Spec:
    of_kind(REAL, lengths)
    n = None if maxlen is None else scalar(maxlen, "maxlen")
    if maxlen is None and lengths.value is not None:
        n = _longest(lengths.value)
    return Spec(types.bool, None if lengths.shape is None else (*lengths.shape, *(shape_from((n,)) or ())))


def _longest(lengths: Any) -> int:
    return int(lengths.max(initial=0))


@op("SequenceMask", infer=_infer_sequence_mask, vjp=blocked)
def _sequence_mask(lengths: Any, maxlen: Any = None) -> Any:
    n = _longest(lengths) if maxlen is None else int(maxlen)
    if n < 0:
        raise ValueError(f"maxlen must be at least 0, got {n}")
    return np.arange(n) < lengths.reshape(*lengths.shape, 1)


def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = types.bool, name: str | None = None) -> Tensor:
    """Masks of sequences of different lengths: ``result[i.., j] = j < lengths[i..]``.

    Args:
        lengths: numbers of elements, of any shape.
        maxlen: the size of the new last axis, an int or a scalar int tensor; by default the largest of `lengths`.
        dtype: the type of the result.

    >>> tf.Session().run(tf.sequence_mask([1, 3, 2]))
    array([[ True, False, False],
           [ True,  True,  True],
           [ True,  True, False]])
    """
    limit = () if maxlen is None else (maxlen,)
    mask = apply("SequenceMask", lengths, *limit, name=name)
    return mask if as_dtype(dtype) is types.bool else apply("Cast", mask, dtype=as_dtype(dtype))


def _infer_permutation(x: Spec) -> Spec:
    of_kind("i", x)
    vector(x, "a permutation")
    return Spec(x.dtype, (None,) if x.shape is None else x.shape)


def _inverse(x: Any) -> Any:
    check_bounds(x, x.size)
    inverse = np.full(x.shape, -1, x.dtype)
    inverse[x] = np.arange(x.size, dtype=x.dtype)
    if x.size and inverse.min() < 0:
        raise ValueError(f"{int(np.argmin(inverse))} is missing, so this is no permutation")
    return inverse


@op("InvertPermutation", infer=_infer_permutation, kernel=_inverse, vjp=blocked)
def invert_permutation(x: Any, name: str | None = None) -> Tensor:
    """The permutation that undoes `x`: ``result[x[i]] = i``.

    Args:
        x: the numbers 0 to n - 1 in any order, a vector of int32 or int64.

    Raises:
        InvalidArgumentError: in a run, `x` is no permutation.

    >>> tf.Session().run(tf.invert_permutation([2, 0, 1]))
    array([1, 2, 0], dtype=int32)
    """
    return apply("InvertPermutation", x, name=name)
