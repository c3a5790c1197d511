"""Bits and bytes of tensors: read as another type, and as fingerprints; and the time of a run."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.fingerprint import farm
from kerasflow.core.graph import apply, convert, default_graph
from kerasflow.core.opdef import blocked, op
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype

__all__ = ["bitcast", "fingerprint", "guarantee_const", "timestamp"]


def _read_as(dims: Dims, old: DType, new: DType) -> Dims:
    """The shape of what has other elements: a last axis more where they are smaller, one less where they are larger."""
    if dims is None or old.size == new.size:
        return dims
    if old.size > new.size:
        return (*dims, old.size // new.size)
    count = new.size // old.size
    if not dims or not shapes.compatible(dims[-1:], (count,)):
        shown = f"{count} elements of type {old.name}, got the shape {shapes.show(dims)}"
        raise ValueError(f"an element of type {new.name} is made of a last axis of {shown}")
    return dims[:-1]


def _infer_bitcast(x: Spec, type: DType) -> Spec:
    for dtype in (x.dtype, type):
        if dtype.kind in "bO" or dtype.size == 0:
            raise TypeError(f"the elements of type {dtype.name} cannot be read as bits")
    return Spec(type, _read_as(x.shape, x.dtype, type))


def _bitcast(x: Any, type: DType) -> Any:
    dims = _read_as(x.shape, types.as_dtype(x.dtype), type)
    return np.ascontiguousarray(x).reshape(-1).view(type.numpy).reshape(dims)


op("Bitcast", infer=_infer_bitcast, vjp=None, alias=True)(_bitcast)


def bitcast(input: Any, type: Any, name: str | None = None) -> Tensor:
    """The bits of `input`, read as elements of another type.

    Args:
        input: a tensor of numbers. Where the new elements are larger its last axis makes one of them; where they are
            smaller they have a new last axis.
        type: the type.

    Raises:
        ValueError: the last axis does not fit. TypeError: there are no bits to be read, as of strings.

    >>> tf.Session().run(tf.bitcast([1.0, 2.0], tf.int32))
    array([1065353216, 1073741824], dtype=int32)
    """
    made: Tensor = apply("Bitcast", input, type=as_dtype(type), name=name)
    return made


op("GuaranteeConst", infer=lambda x: Spec(x.dtype, x.shape), vjp=None, kernel=lambda x: x, alias=True)(lambda x: x)


def guarantee_const(input: Any, name: str | None = None) -> Tensor:
    """`input` itself, which the program promises to be the same in all runs; no use is made of it.

    >>> tf.Session().run(tf.guarantee_const([1.0, 2.0]))
    array([1., 2.], dtype=float32)
    """
    made: Tensor = apply("GuaranteeConst", input, name=name)
    return made


def _infer_fingerprint(data: Spec) -> Spec:
    if data.shape is not None and not data.shape:
        raise ValueError("the data must have at least one axis, of rows")
    return Spec(types.uint8, (None if data.shape is None else data.shape[0], 8))


@op("Fingerprint", infer=_infer_fingerprint, vjp=blocked)
def _fingerprint(data: Any) -> Any:
    rows = [_digest(row, data.ndim) for row in data]
    return np.array(rows, "<u8").view(np.uint8).reshape(len(rows), 8)


def _digest(row: Any, rank: int) -> int:
    if isinstance(row, bytes):
        return farm(row)
    if row.dtype.kind != "O":
        return farm(np.ascontiguousarray(row).tobytes())
    parts = [farm(s) for s in row.reshape(-1).tolist()]
    return farm(np.array(parts, "<u8").tobytes())


def fingerprint(data: Any, method: str = "farmhash64", name: str | None = None) -> Tensor:
    """A fingerprint of 8 bytes of each row, the same on all machines.

    Args:
        data: a tensor of at least one axis.
        method: only "farmhash64".

    Raises:
        ValueError: another method, or a scalar.

    >>> tf.Session().run(tf.fingerprint(["a", "b"]))[0]
    array([227, 117, 223, 182, 101,  66,  69, 179], dtype=uint8)
    """
    if method != "farmhash64":
        raise ValueError(f"The only method is 'farmhash64', got {method!r}.")
    made: Tensor = apply("Fingerprint", convert(data), name=name)
    return made


@op("Timestamp", infer=lambda: Spec(types.float64, ()), vjp=blocked, stateful=True)
def _timestamp(runtime: Any, operation: Any) -> Any:
    return np.float64(time.time())


def timestamp(name: str | None = None) -> Tensor:
    """The seconds since the beginning of 1970, in UTC, when it is run.

    >>> bool(tf.Session().run(tf.timestamp()) > 1.7e9)
    True
    """
    made: Tensor = default_graph().apply("Timestamp", name=name)
    return made
