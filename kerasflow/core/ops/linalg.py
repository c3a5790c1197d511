"""Products of matrices: `matmul`, and `tensordot`, which is put together from it.

`MatMul` can read either of its matrices transposed, which costs nothing, so a `Transpose` in front of it is taken up
and its gradients need none.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, graph_of
from kerasflow.core.opdef import NUMBER, of_kind, op, same_type
from kerasflow.core.ops.arguments import alike, in_rank, static_ints
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.ops.reshaping import reshape, swaps_last_two, transpose
from kerasflow.core.shapes import Dims
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["matmul", "tensordot"]


# MatMul


def _matrix(x: Spec, transposed: bool) -> tuple[Dims, int | None, int | None]:
    """The shape of a batch, and the rows and columns of its matrices."""
    if x.shape is None:
        return None, None, None
    if len(x.shape) < 2:
        raise ValueError(f"a matrix has at least 2 dimensions, got shape {shapes.show(x.shape)}")
    m, n = x.shape[-2:]
    return (x.shape[:-2], n, m) if transposed else (x.shape[:-2], m, n)


def _infer_matmul(a: Spec, b: Spec, transpose_a: bool = False, transpose_b: bool = False) -> Spec:
    dtype = same_type(a, b)
    of_kind(NUMBER, a)
    batch_a, m, k = _matrix(a, transpose_a)
    batch_b, other, n = _matrix(b, transpose_b)
    if k is not None and other is not None and k != other:
        shown = f"{_shown(a.shape, transpose_a)} and {_shown(b.shape, transpose_b)}"
        raise ValueError(f"the inner sizes {k} and {other} of {shown} differ")
    batch = shapes.broadcast(batch_a, batch_b)
    return Spec(dtype, None if batch is None else (*batch, m, n))


def _shown(dims: Dims, transposed: bool) -> str:
    return f"{shapes.show(dims)}{' transposed' if transposed else ''}"


def _for_blas(x: Any) -> Any:
    """`x`, copied if its matrices do not lie in memory the way BLAS reads them, rows or columns one after the other."""
    flags = x.flags
    if flags.forc:
        return x
    rows, columns = x.strides[-2:]
    m, n = x.shape[-2:]
    item = x.itemsize
    plain = columns == item and rows >= n * item or rows == item and columns >= m * item
    return x if plain and rows % item == columns % item == 0 else np.ascontiguousarray(x)


def _matmul(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, out: Any = None) -> Any:
    if a.ndim < 2 or b.ndim < 2:
        raise ValueError(f"a matrix has at least 2 dimensions, got shapes {a.shape} and {b.shape}")
    if transpose_a:
        a = a.swapaxes(-1, -2)
    if transpose_b:
        b = b.swapaxes(-1, -2)
    if a.shape[-1] != b.shape[-2]:
        raise ValueError(f"the inner sizes {a.shape[-1]} and {b.shape[-2]} of shapes {a.shape} and {b.shape} differ")
    if a.shape[-1] == 1:
        return np.multiply(a, b, out=out)  # the same numbers in half the time
    if a.ndim > 2 == b.ndim and a.flags.c_contiguous:
        # One product of all rows, rather than one for each matrix.
        dims = (*a.shape[:-1], b.shape[-1])
        rows = a.reshape(math.prod(a.shape[:-1]), a.shape[-1])
        into = None if out is None else out.reshape(len(rows), b.shape[-1])
        product = np.matmul(rows, _for_blas(b), into)
        return product.reshape(dims) if out is None else out
    return np.matmul(_for_blas(a), _for_blas(b), out)


def _product(a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False) -> Any:
    return apply("MatMul", a, b, transpose_a=transpose_a, transpose_b=transpose_b)


def _matmul_grad(n: Any, g: Any) -> tuple[Any, Any]:
    a, b = n.inputs
    transpose_a, transpose_b = n.attrs.get("transpose_a", False), n.attrs.get("transpose_b", False)
    x, y = conj(a), conj(b)
    if transpose_a:
        ga = _product(y, g, transpose_b, True)
    else:
        ga = _product(g, y, False, not transpose_b)
    if not transpose_a and b.shape.ndims == 2 and a.shape.ndims not in (None, 2):
        x, g = _rows(x), _rows(g)  # the sum over the batch is part of the product
    if transpose_b:
        gb = _product(g, x, True, transpose_a)
    else:
        gb = _product(x, g, not transpose_a, False)
    return _summed(ga, a), _summed(gb, b)


def _rows(t: Tensor) -> Tensor:
    """All rows of a batch of matrices, as one matrix."""
    width = apply("Shape", t, out_type=types.int32)[-1] if t.dims is None or t.dims[-1] is None else t.dims[-1]
    return reshape(t, [-1, width])


def _summed(g: Any, x: Any) -> Any:
    """`g` summed over the batch axes along which `x` was repeated."""
    if g.dims == x.dims and shapes.is_static(x.dims) or g.shape.ndims == x.shape.ndims == 2:
        return g
    return apply("SumTo", g, x)


def _take_up(attrs: dict[str, Any], inputs: tuple[int, ...], producers: Sequence[Any]) -> Any:
    """The product without the transposes that make its inputs."""
    attrs, given = dict(attrs), list(inputs)
    for i, key in enumerate(("transpose_a", "transpose_b")):
        producer = producers[i]
        if producer is not None and producer[0] == "Transpose" and swaps_last_two(producer[1]["perm"]):
            given[i] = producer[2][0]
            attrs[key] = not attrs.get(key, False)
    return None if tuple(given) == inputs else (attrs, tuple(given))


op("MatMul", infer=_infer_matmul, kernel=_matmul, vjp=_matmul_grad, out=True, rewrite=_take_up)(_matmul)


def matmul(
    a: Any,
    b: Any,
    transpose_a: bool = False,
    transpose_b: bool = False,
    adjoint_a: bool = False,
    adjoint_b: bool = False,
    a_is_sparse: bool = False,
    b_is_sparse: bool = False,
    name: str | None = None,
) -> Tensor:
    """The matrix product ``a b``.

    Args:
        a: a matrix or a batch of matrices, shape (..., m, k).
        b: the same, shape (..., k, n); the leading axes of the two broadcast.
        transpose_a, transpose_b: take the transpose of `a` or `b`: it has shape (..., k, m) or (..., n, k).
        adjoint_a, adjoint_b: take the conjugate transpose.
        a_is_sparse, b_is_sparse: hints that many elements are 0; without effect.

    Raises:
        ValueError: the inner sizes differ, or an argument is no matrix. TypeError: the types differ.

    >>> tf.Session().run(tf.matmul([[1.0, 2.0]], [[3.0], [4.0]]))
    array([[11.]], dtype=float32)
    """
    if transpose_a and adjoint_a or transpose_b and adjoint_b:
        raise ValueError("matmul: only one of transpose and adjoint can be asked for.")
    x, y = alike((a, b), name or "MatMul")
    x, y = conj(x) if adjoint_a else x, conj(y) if adjoint_b else y
    swapped = {"transpose_a": bool(transpose_a or adjoint_a), "transpose_b": bool(transpose_b or adjoint_b)}
    return apply("MatMul", x, y, name=name, **swapped)


# tensordot


def _axes_pair(axes: Any, rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of the two tensors that are summed over."""
    if isinstance(axes, (list, tuple)) and len(axes) == 2:
        first, second = [static_ints(v, "tensordot: axes") for v in axes]
    else:
        numbers = static_ints(axes, "tensordot: axes")
        if len(numbers) == 2:
            first, second = numbers[:1], numbers[1:]
        elif len(numbers) == 1 and 0 <= numbers[0] <= rank:
            first, second = tuple(range(rank - numbers[0], rank)), tuple(range(numbers[0]))
        else:
            raise ValueError(f"tensordot: axes must be a number of axes up to {rank}, or two lists, got {axes!r}.")
    if len(first) != len(second):
        raise ValueError(f"tensordot: as many axes of a as of b must be given, got {list(first)} and {list(second)}.")
    return first, second


def _folded(t: Tensor, axes: tuple[int, ...], last: bool) -> tuple[Tensor, list[Any]]:
    """`t` as a matrix whose columns (or rows) run along `axes`, and the sizes of the other axes."""
    dims = t.dims or ()
    summed = [in_rank(i, len(dims)) for i in axes]
    if len(set(summed)) < len(summed):
        raise ValueError(f"tensordot: an axis is named twice in {list(axes)}.")
    free = [i for i in range(len(dims)) if i not in summed]
    order = [*free, *summed] if last else [*summed, *free]
    matrix = t if order == sorted(order) else transpose(t, order)
    sizes = [apply("Shape", t, out_type=types.int32)[i] if d is None else d for i, d in enumerate(dims)]
    inner, outer = (functools.reduce(operator.mul, [sizes[i] for i in part], 1) for part in (summed, free))
    if isinstance(outer, Tensor) and isinstance(inner, int) and inner > 0:
        outer = -1
    return reshape(matrix, [outer, inner] if last else [inner, outer]), [sizes[i] for i in free]


def tensordot(a: Any, b: Any, axes: Any, name: str | None = None) -> Tensor:
    """The sum of products of `a` and `b` over some axes of each; a matrix product is ``tensordot(a, b, 1)``.

    Args:
        a, b: tensors of one type, whose ranks are known.
        axes: a number n, for the last n axes of `a` and the first n of `b`; or two lists, of axes of `a` and of `b`.

    Returns:
        A tensor with the axes of `a` and then of `b` that are not summed over.

    Raises:
        ValueError: the sizes of the axes differ, a rank is not known, or `axes` is malformed.

    >>> tf.Session().run(tf.tensordot([[1.0, 2.0], [3.0, 4.0]], [10.0, 1.0], [[1], [0]]))
    array([12., 34.], dtype=float32)
    """
    graph = graph_of((a, b))
    x, y = graph.convert_all((a, b), into=name or "Tensordot")
    if x.dims is None or y.dims is None:
        raise ValueError(f"tensordot: the ranks must be known, got {x} and {y}.")
    first, second = _axes_pair(axes, len(x.dims))
    for i, j in zip(first, second, strict=True):
        m, n = x.dims[in_rank(i, len(x.dims))], y.dims[in_rank(j, len(y.dims))]
        if m is not None and n is not None and m != n:
            raise ValueError(f"tensordot: axis {i} of a has size {m} and axis {j} of b has size {n}: {x}, {y}.")
    with graph.name_scope(name or "Tensordot") as scope:
        left, rows = _folded(x, first, last=True)
        right, columns = _folded(y, second, last=False)
        return reshape(_product(left, right), [*rows, *columns], name=scope)
