"""Arrays made from little: one value repeated, numbers in steps, the identity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, default_graph, graph_of
from kerasflow.core.opdef import NUMBER, of_kind, op, same_type
from kerasflow.core.ops.arguments import alike, is_tensor, known_entries, refine, scalar, shape_from, sizes, vector
from kerasflow.core.ops.broadcast import broadcast_to
from kerasflow.core.shapes import Dimension
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec, as_dtype
from kerasflow.core.values import to_array

__all__ = ["eye", "fill", "lin_space", "linspace", "ones", "range", "zeros"]

_SMALL = 1000  # a block of fewer zeros or ones is a constant of the graph, as in TensorFlow


# One value.


def _infer_fill(dims: Spec, value: Spec) -> Spec:
    if value.shape not in ((), None):
        raise ValueError(f"the value must be a scalar, got one of shape {shapes.show(value.shape)}")
    return Spec(value.dtype, shape_from(vector(dims, "dims")))


def _fill(dims: Any, value: Any, out: Any = None) -> Any:
    if out is None:
        out = np.empty(shape_from(tuple(dims.tolist())) or (), value.dtype)
    out[...] = value
    return out


@op(
    "Fill",
    infer=_infer_fill,
    kernel=_fill,
    vjp=lambda n, g: (None, apply("SumTo", g, n.inputs[1])),
    out=True,
)
def fill(dims: Any, value: Any, name: str | None = None) -> Tensor:
    """A tensor of shape `dims` with `value` everywhere.

    Args:
        dims: the sizes, ints or scalar int tensors, or an int vector.
        value: a scalar.

    Raises:
        ValueError: a size is negative; InvalidArgumentError if that is found in a run.

    >>> tf.Session().run(tf.fill([2, 3], 7))
    array([[7, 7, 7],
           [7, 7, 7]], dtype=int32)
    """
    return refine(apply("Fill", sizes(dims, "dims"), value, name=name), lambda d, v: known_entries(d))


def zeros(shape: Any, dtype: Any = types.float32, name: str | None = None) -> Tensor:
    """A tensor of zeros; of empty strings if `dtype` is string, of False if it is bool.

    Args:
        shape: the sizes, ints or scalar int tensors, or an int vector.

    >>> tf.Session().run(tf.zeros([2, 2]))
    array([[0., 0.],
           [0., 0.]], dtype=float32)
    """
    return _block("zeros", shape, b"" if as_dtype(dtype) is types.string else 0, as_dtype(dtype), name)


def ones(shape: Any, dtype: Any = types.float32, name: str | None = None) -> Tensor:
    """A tensor of ones; of True if `dtype` is bool.

    Args:
        shape: the sizes, ints or scalar int tensors, or an int vector.

    Raises:
        TypeError: `dtype` is string.

    >>> tf.Session().run(tf.ones([2, 2], tf.int32))
    array([[1, 1],
           [1, 1]], dtype=int32)
    """
    if as_dtype(dtype) is types.string:
        raise TypeError("ones: there is no string that stands for one.")
    return _block("ones", shape, 1, as_dtype(dtype), name)


def _block(default_name: str, shape: Any, value: Any, dtype: DType, name: str | None) -> Tensor:
    entry, dims = np.array(value, dtype.numpy), sizes(shape)
    if isinstance(dims, (int, np.integer)):
        dims = np.array([dims], np.int32)
    is_small = isinstance(dims, np.ndarray) and math.prod(dims.tolist()) < _SMALL
    if is_small and dims.dtype.kind in "iu" and all(d >= 0 for d in dims.tolist()):
        return default_graph().constant(np.full(dims, entry), name or default_name)
    return fill(dims, entry, name or default_name)


# Steps.

_ORDER = (types.int32, types.int64, types.float16, types.float32, types.float64)


def _count(start: Any, limit: Any, delta: Any) -> int:
    """How many numbers there are from `start` to below `limit` in steps of `delta`; arrays of no dimensions."""
    if delta == 0:
        raise ValueError("delta cannot be 0")
    if limit < start and delta > 0 or limit > start and delta < 0:
        side = "below" if delta > 0 else "above"
        raise ValueError(f"the limit {limit} is {side} the start {start}, and delta is {delta}")
    if start.dtype.kind == "i":
        return -((start.item() - limit.item()) // delta.item())
    return math.ceil(abs((limit - start) / delta))  # in the type itself, so that 0.3 / 0.1 is 3


def _infer_range(start: Spec, limit: Spec, delta: Spec) -> Spec:
    dtype = same_type(start, limit, delta)
    if dtype not in _ORDER:
        raise TypeError(f"{dtype.name} is not one of the types it takes: {', '.join(t.name for t in _ORDER)}")
    given = (start, limit, delta)
    for s in given:
        if s.shape not in ((), None):
            raise ValueError(f"start, limit and delta must be scalars, got one of shape {shapes.show(s.shape)}")
    known = all(s.value is not None for s in given)
    return Spec(dtype, (_count(*[s.value for s in given]) if known else None,))


def _range(start: Any, limit: Any, delta: Any) -> Any:
    steps = np.arange(_count(start, limit, delta), dtype=np.int64 if start.dtype.kind == "i" else np.float64)
    return (start.item() + steps * delta.item()).astype(start.dtype)


op("Range", infer=_infer_range, kernel=_range, vjp=None)(_range)


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: str | None = "range") -> Tensor:
    """The numbers ``start, start + delta, ...`` up to, not including, `limit`.

    Args:
        start: the first number; with one argument that is 0, and the argument is `limit`.
        limit: a bound for the numbers.
        delta: the step, by default 1; it may be negative.
        dtype: the type, by default the widest among the arguments' (int32, int64, float32, float64).

    Raises:
        ValueError: `delta` is 0, or leads away from `limit`; InvalidArgumentError if that is found in a run.

    >>> tf.Session().run([tf.range(3), tf.range(3, 18, 5)])
    [array([0, 1, 2], dtype=int32), array([ 3,  8, 13], dtype=int32)]
    """
    if limit is None:
        start, limit = 0, start
    given = [v if is_tensor(v) else to_array(v) for v in (start, limit, delta)]
    wanted = max((as_dtype(v.dtype) for v in given), key=_rank) if dtype is None else as_dtype(dtype)
    graph = graph_of(given)
    with graph.name_scope(name or "range") as scope:
        numbers = [_cast(v, wanted) if is_tensor(v) else to_array(v, wanted) for v in given]
        return graph.apply("Range", *numbers, name=scope)


def _rank(dtype: DType) -> int:
    return _ORDER.index(dtype) if dtype in _ORDER else len(_ORDER)


def _cast(t: Any, dtype: DType) -> Any:
    return t if t.dtype is dtype else apply("Cast", t, dtype=dtype)


def _infer_linspace(start: Spec, stop: Spec, num: Spec) -> Spec:
    dtype = same_type(start, stop)
    of_kind("f", start)
    if start.shape not in ((), None) or stop.shape not in ((), None):
        raise ValueError("start and stop must be scalars")
    n = scalar(num, "num")
    if n is not None and n < 1:
        raise ValueError(f"num must be at least 1, got {n}")
    return Spec(dtype, (n,))


def _linspace(start: Any, stop: Any, num: Any) -> Any:
    if num < 1:
        raise ValueError(f"num must be at least 1, got {num}")
    return np.linspace(start.item(), stop.item(), int(num)).astype(start.dtype)


@op("LinSpace", infer=_infer_linspace, kernel=_linspace, vjp=None)
def lin_space(start: Any, stop: Any, num: Any, name: str | None = None) -> Tensor:
    """`num` numbers at equal distances, from `start` to `stop`, both included.

    Args:
        start, stop: floating-point scalars.
        num: how many, an int or a scalar int tensor; of one only `start` is there.

    Raises:
        TypeError: `start` is not floating-point. ValueError: `num` is less than 1.

    >>> tf.Session().run(tf.linspace(0.0, 1.0, 5))
    array([0.  , 0.25, 0.5 , 0.75, 1.  ], dtype=float32)
    """
    ends = alike((start, stop), name or "LinSpace", beside=(num,))
    return apply("LinSpace", *ends, num, name=name)


linspace = lin_space


# The identity.


def _infer_eye(rows: Spec, columns: Spec, dtype: DType) -> Spec:
    of_kind(NUMBER + "b", Spec(dtype, ()))
    return Spec(dtype, shape_from((scalar(rows, "num_rows"), scalar(columns, "num_columns"))))


def _eye(rows: Any, columns: Any, dtype: DType) -> Any:
    if rows < 0 or columns < 0:
        raise ValueError(f"the numbers of rows and columns must be at least 0, got {rows} and {columns}")
    return np.eye(int(rows), int(columns), dtype=dtype.numpy)


op("Eye", infer=_infer_eye, kernel=_eye, vjp=None)(_eye)


def eye(
    num_rows: Any,
    num_columns: Any = None,
    batch_shape: Any = None,
    dtype: Any = types.float32,
    name: str | None = None,
) -> Tensor:
    """The identity matrix: ones on the diagonal, zeros elsewhere.

    Args:
        num_rows, num_columns: ints or scalar int tensors; `num_columns` is `num_rows` by default.
        batch_shape: the leading axes of the result, along which the matrix is repeated.
        dtype: the type of the result.

    >>> tf.Session().run(tf.eye(2))
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    rows, columns = [n.value if isinstance(n, Dimension) else n for n in (num_rows, num_columns)]
    columns = rows if columns is None else columns
    if batch_shape is None:
        return apply("Eye", rows, columns, dtype=as_dtype(dtype), name=name or "eye")
    graph = graph_of((rows, columns, batch_shape))
    with graph.name_scope(name or "eye"):
        matrix = graph.apply("Eye", rows, columns, dtype=as_dtype(dtype))
        batch = graph.convert(sizes(batch_shape, "batch_shape"), name="batch_shape")
        return broadcast_to(
            matrix, graph.apply("ConcatV2", batch, apply("Shape", matrix, out_type=batch.dtype), axis=0)
        )
