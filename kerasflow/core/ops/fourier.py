"""Fourier transforms in one to three dimensions, of complex and of real numbers, and cosine transforms.

The transforms of complex numbers are operations; those of real ones are made of them, so all have derivatives of any
order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.ops.arguments import static_ints
from kerasflow.core.ops.complex_numbers import complex, conj, real
from kerasflow.core.ops.constant import constant
from kerasflow.core.ops.extending import pad
from kerasflow.core.ops.linalg import matmul
from kerasflow.core.ops.partition import roll
from kerasflow.core.ops.slicing import reverse
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = [
    "dct",
    "fft",
    "fft2d",
    "fft3d",
    "fftshift",
    "idct",
    "ifft",
    "ifft2d",
    "ifft3d",
    "ifftshift",
    "irfft",
    "irfft2d",
    "irfft3d",
    "rfft",
    "rfft2d",
    "rfft3d",
]


def _define(rank: int) -> None:
    """The two operations that transform the last `rank` axes; each is the other's adjoint, but for a factor."""
    suffix = "" if rank == 1 else f"{rank}D"
    axes = tuple(range(-rank, 0))

    def infer(x: Spec) -> Spec:
        if not x.dtype.is_complex:
            raise TypeError(f"a Fourier transform takes complex64 or complex128, got {x.dtype.name}")
        if x.shape is not None and len(x.shape) < rank:
            raise ValueError(f"the input must have rank {rank} at least, got the shape {shapes.show(x.shape)}")
        return Spec(x.dtype, x.shape)

    def kernel(transform: Callable[..., Any]) -> Callable[[Any], Any]:
        return lambda x: np.asarray(transform(x, axes=axes) if x.size else x, x.dtype)

    def count(n: Operation) -> Tensor:
        sizes = apply("Shape", n.inputs[0], out_type=types.int32)[-rank:]
        found: Tensor = apply("Cast", apply("Prod", sizes, axis=(0,), keepdims=False), dtype=n.inputs[0].dtype)
        return found

    op(f"FFT{suffix}", infer=infer, vjp=lambda n, g: (apply(f"IFFT{suffix}", g) * count(n),))(kernel(np.fft.fftn))
    op(f"IFFT{suffix}", infer=infer, vjp=lambda n, g: (apply(f"FFT{suffix}", g) / count(n),))(kernel(np.fft.ifftn))


for _rank in (1, 2, 3):
    _define(_rank)


def fft(input: Any, name: str | None = None) -> Tensor:
    """The Fourier transform along the last axis, ``y_k = sum_n x_n exp(-2 pi i k n / N)``.

    Args:
        input: a complex tensor.

    Raises:
        TypeError: it is not complex. ValueError: it has too few axes.

    >>> tf.Session().run(tf.fft(tf.constant([1.0 + 0j, 0, 0, 0])))
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    return apply("FFT", input, name=name)


def ifft(input: Any, name: str | None = None) -> Tensor:
    """The inverse of `fft`, ``x_n = 1 / N sum_k y_k exp(2 pi i k n / N)``.

    >>> tf.Session().run(tf.ifft(tf.constant([4.0 + 0j, 0, 0, 0])))
    array([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    return apply("IFFT", input, name=name)


def fft2d(input: Any, name: str | None = None) -> Tensor:
    """The Fourier transform along the last two axes; see `fft`.

    >>> tf.Session().run(tf.fft2d(tf.ones([2, 2], tf.complex64)))
    array([[4.+0.j, 0.+0.j],
           [0.+0.j, 0.+0.j]], dtype=complex64)
    """
    return apply("FFT2D", input, name=name)


def ifft2d(input: Any, name: str | None = None) -> Tensor:
    """The inverse of `fft2d`."""
    return apply("IFFT2D", input, name=name)


def fft3d(input: Any, name: str | None = None) -> Tensor:
    """The Fourier transform along the last three axes; see `fft`."""
    return apply("FFT3D", input, name=name)


def ifft3d(input: Any, name: str | None = None) -> Tensor:
    """The inverse of `fft3d`."""
    return apply("IFFT3D", input, name=name)


# Real numbers.


def _sizes(t: Tensor, lengths: Any, rank: int, what: str, halved: bool) -> list[int]:
    """The sizes of the real side of a transform. ValueError if they are not known."""
    if t.dims is None or len(t.dims) < rank:
        raise ValueError(f"{what} needs an input of rank {rank} at least, and known, got {t}.")
    if lengths is not None:
        found = list(static_ints(lengths, f"{what}: fft_length"))
        if len(found) != rank:
            raise ValueError(f"{what}: fft_length must have {rank} numbers, got {found}.")
        return found
    last = [*t.dims[-rank:]]
    if halved and last[-1] is not None:
        last[-1] = max(0, 2 * (last[-1] - 1))
    if None in last:
        raise ValueError(f"{what} needs sizes that are known along the last {rank} axes, or fft_length; got {t}.")
    return [n for n in last if n is not None]


def _fitted(t: Tensor, sizes: list[int]) -> Tensor:
    """`t` cut off, or filled with zeros, to these sizes along the last axes."""
    have = (t.dims or ())[-len(sizes) :]
    t = t[(Ellipsis, *[slice(0, n) for n in sizes])]
    missing = [0 if have_n is None else max(0, n - have_n) for have_n, n in zip(have, sizes, strict=True)]
    if None in have:
        raise ValueError(f"The sizes of {t} must be known along the axes that are transformed.")
    if not any(missing):
        return t
    return pad(t, [(0, 0)] * (len(t.dims or ()) - len(sizes)) + [(0, m) for m in missing])


def _rfft(rank: int, x: Any, lengths: Any, name: str | None) -> Tensor:
    what = "rfft" if rank == 1 else f"rfft{rank}d"
    with name_scope(name, what, [x]) as scope:
        x = convert(x, name="input")
        if not x.dtype.is_floating:
            raise TypeError(f"{what} takes real numbers, got {x}.")
        sizes = _sizes(x, lengths, rank, what, halved=False)
        x = _fitted(x, sizes)
        whole = apply("FFT" if rank == 1 else f"FFT{rank}D", complex(x, apply("ZerosLike", x)))
        return apply("Identity", whole[..., : sizes[-1] // 2 + 1], name=scope)


def _irfft(rank: int, y: Any, lengths: Any, name: str | None) -> Tensor:
    what = "irfft" if rank == 1 else f"irfft{rank}d"
    with name_scope(name, what, [y]) as scope:
        y = convert(y, name="input")
        if not y.dtype.is_complex:
            raise TypeError(f"{what} takes complex numbers, got {y}.")
        sizes = _sizes(y, lengths, rank, what, halved=True)
        half = _fitted(y, [*sizes[:-1], sizes[-1] // 2 + 1])
        # Of real numbers, the other half is the conjugate, backwards along all axes; 0 stays where it is.
        rest = conj(reverse(half[..., 1 : (sizes[-1] + 1) // 2], [-1]))
        for axis in range(-rank, -1):
            rest = roll(reverse(rest, [axis]), 1, axis)
        whole = apply("ConcatV2", half, rest, axis=len(y.dims or ()) - 1)
        return apply("Identity", real(apply("IFFT" if rank == 1 else f"IFFT{rank}D", whole)), name=scope)


def rfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The first ``N // 2 + 1`` numbers of the Fourier transform of real ones; the others are their conjugates.

    Args:
        input_tensor: a floating-point tensor.
        fft_length: N, in a list: what is transformed is cut off, or filled with zeros; by default the last axis's size.

    Raises:
        TypeError: it is not real. ValueError: the size is not known.

    >>> tf.Session().run(tf.signal.rfft([1.0, 0.0, 0.0, 0.0]))
    array([1.+0.j, 1.+0.j, 1.+0.j], dtype=complex64)
    """
    return _rfft(1, input_tensor, fft_length, name)


def irfft(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfft`; `fft_length` is by default even.

    >>> tf.Session().run(tf.signal.irfft(tf.signal.rfft([1.0, 2.0, 3.0]), [3])).round(3)
    array([1., 2., 3.], dtype=float32)
    """
    return _irfft(1, input_tensor, fft_length, name)


def rfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """As `rfft`, along the last two axes, of which the last is halved."""
    return _rfft(2, input_tensor, fft_length, name)


def irfft2d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfft2d`; see `irfft`."""
    return _irfft(2, input_tensor, fft_length, name)


def rfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """As `rfft`, along the last three axes, of which the last is halved."""
    return _rfft(3, input_tensor, fft_length, name)


def irfft3d(input_tensor: Any, fft_length: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `rfft3d`; see `irfft`."""
    return _irfft(3, input_tensor, fft_length, name)


# Cosines.


def _cosines(kind: int, n: int) -> np.ndarray[Any, Any]:
    """The matrix that a cosine transform multiplies rows by."""
    i, k = np.arange(n)[:, None], np.arange(n)[None, :]
    if kind == 1:
        matrix = 2.0 * np.cos(np.pi * i * k / (n - 1))
        matrix[[0, -1]] *= 0.5
        return matrix
    if kind == 2:
        return 2.0 * np.cos(np.pi * (2 * i + 1) * k / (2 * n))
    matrix = 2.0 * np.cos(np.pi * i * (2 * k + 1) / (2 * n))
    matrix[0] *= 0.5
    return matrix


def dct(
    input: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None, name: str | None = None
) -> Tensor:
    """The cosine transform along the last axis; of type 2, ``y_k = 2 sum_i x_i cos(pi k (2 i + 1) / (2 N))``.

    Args:
        input: a floating-point tensor.
        type: 1, 2 or 3.
        n: how many numbers are transformed: they are cut off, or filled with zeros; by default all.
        axis: only -1.
        norm: "ortho" scales types 2 and 3 so that they are orthogonal.

    Raises:
        ValueError: another type, axis or norm, or the size is not known. TypeError: it is not real.

    >>> tf.Session().run(tf.signal.dct([1.0, 2.0, 3.0])).round(3)
    array([12.   , -3.464,  0.   ], dtype=float32)
    """
    if type not in (1, 2, 3):
        raise ValueError(f"Only Types I, II and III (I)DCT are supported, got {type!r}.")
    if norm not in (None, "ortho"):
        raise ValueError(f"Unknown normalization: {norm!r}. It must be None or 'ortho'.")
    if norm == "ortho" and type == 1:
        raise ValueError("Normalization is not supported for the Type-I DCT.")
    if axis != -1:
        raise ValueError(f"axis must be -1, got {axis}.")
    with name_scope(name, "dct", [input]) as scope:
        x = convert(input)
        if not x.dtype.is_floating:
            raise TypeError(f"dct takes real numbers, got {x}.")
        (size,) = _sizes(x, None if n is None else [n], 1, "dct", halved=False)
        if size < 1 + (type == 1):
            raise ValueError(f"Dimension must be greater than {int(type == 1)}, got {size}.")
        matrix = _cosines(type, size)
        if norm == "ortho":  # those of type 3 are orthogonal too: its numbers are scaled on their way in
            scale = np.full(size, math.sqrt(0.5 / size))
            scale[0] = math.sqrt(0.25 / size) if type == 2 else math.sqrt(1.0 / size)
            matrix = matrix * scale if type == 2 else scale[:, None] * matrix
        columns = apply("ExpandDims", _fitted(x, [size]), axis=-2)
        rows = matmul(columns, _like(matrix.astype(x.dtype.numpy), len(x.dims or ())))
        return apply("Squeeze", rows, axis=(-2,), name=scope)


def _like(matrix: np.ndarray[Any, Any], rank: int) -> Tensor:
    """The matrix, with as many axes in front as rows of a tensor of that rank have."""
    return constant(matrix.reshape((1,) * (rank - 1) + matrix.shape))


def idct(
    input: Any, type: int = 2, n: int | None = None, axis: int = -1, norm: str | None = None, name: str | None = None
) -> Tensor:
    """The inverse of `dct`, but for a factor ``2 N`` (``2 (N - 1)`` for type 1) where `norm` is None.

    >>> tf.Session().run(tf.signal.idct(tf.signal.dct([1.0, 2.0, 3.0], norm="ortho"), norm="ortho")).round(3)
    array([1., 2., 3.], dtype=float32)
    """
    return dct(input, {1: 1, 2: 3, 3: 2}.get(type, type), n, axis, norm, name or "idct")


# Order.


def _turned(x: Any, axes: Any, forth: bool, name: str | None, default: str) -> Tensor:
    with name_scope(name, default, [x]):
        x = convert(x)
        if x.dims is None:
            raise ValueError(f"{default} needs a tensor of known rank, got {x}.")
        chosen = list(range(len(x.dims))) if axes is None else list(static_ints(axes, "axes"))
        sizes = [x.dims[a] for a in chosen]
        if None in sizes:
            raise ValueError(f"{default} needs sizes that are known, got {x}.")
        for a, n in zip(chosen, sizes, strict=True):
            half = (n or 0) // 2
            x = roll(x, half if forth else -half, a)
        return x


def fftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """The number at frequency 0 in the middle of each axis.

    >>> tf.Session().run(tf.signal.fftshift([0, 1, 2, -2, -1]))
    array([-2, -1,  0,  1,  2], dtype=int32)
    """
    return _turned(x, axes, True, name, "fftshift")


def ifftshift(x: Any, axes: Any = None, name: str | None = None) -> Tensor:
    """The inverse of `fftshift`.

    >>> tf.Session().run(tf.signal.ifftshift([-2, -1, 0, 1, 2]))
    array([ 0,  1,  2, -2, -1], dtype=int32)
    """
    return _turned(x, axes, False, name, "ifftshift")
