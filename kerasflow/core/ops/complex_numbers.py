"""Complex numbers: their parts, and how they are put together.

Gradients of complex tensors follow TensorFlow: the gradient of a real L by z is dL/dRe(z) + i dL/dIm(z), so a rule
for an analytic function multiplies by the conjugate of its derivative.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import of_kind, op, same, same_type
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["angle", "complex", "conj", "imag", "real"]


def _infer_part(x: Spec) -> Spec:
    of_kind("c", x)
    return Spec(x.dtype.real_dtype, x.shape)


def _infer_conj(x: Spec) -> Spec:
    of_kind("c", x)
    return same(x)


def _infer_complex(re: Spec, im: Spec) -> Spec:
    dtype = same_type(re, im)
    if dtype not in (types.float32, types.float64):
        raise TypeError(f"the parts of a complex number are float32 or float64, got {dtype.name}")
    return Spec(types.complex64 if dtype is types.float32 else types.complex128, shapes.broadcast(re.shape, im.shape))


@op("Complex", infer=_infer_complex, elementwise=True, vjp=lambda n, g: (apply("Real", g), apply("Imag", g)))
def _complex(re: Any, im: Any, out: Any = None) -> Any:
    if out is None:
        out = np.empty(np.broadcast_shapes(re.shape, im.shape), np.result_type(re.dtype, np.complex64))
    out.real = re
    out.imag = im
    return out


def complex(real: Any, imag: Any, name: str | None = None) -> Tensor:
    """The complex numbers ``real + i imag``: complex64 of float32 parts, complex128 of float64 ones.

    Raises:
        TypeError: the parts are of other types, or of two. ValueError: the shapes cannot be broadcast together.

    >>> tf.Session().run(tf.complex([1.0, 2.0], [0.5, -1.0]))
    array([1.+0.5j, 2.-1.j ], dtype=complex64)
    """
    return apply_alike("Complex", real, imag, name=name)


def _onto(g: Tensor, turned: bool) -> Tensor:
    """The gradient of a part: along the real axis, or turned onto the imaginary one."""
    zero = apply("ZerosLike", g)
    return apply("Complex", zero, g) if turned else apply("Complex", g, zero)


@op("Real", infer=_infer_part, kernel=np.real, alias=True, vjp=lambda n, g: (_onto(g, turned=False),))
def real(input: Any, name: str | None = None) -> Tensor:
    """The real part; a real tensor is its own.

    >>> tf.Session().run(tf.real(tf.complex([1.0, 2.0], [0.5, -1.0])))
    array([1., 2.], dtype=float32)
    """
    x = convert(input)
    return apply("Real", x, name=name) if x.dtype.is_complex else x


@op("Imag", infer=_infer_part, kernel=np.imag, alias=True, vjp=lambda n, g: (_onto(g, turned=True),))
def imag(input: Any, name: str | None = None) -> Tensor:
    """The imaginary part; zeros for a real tensor.

    >>> tf.Session().run(tf.imag(tf.complex([1.0, 2.0], [0.5, -1.0])))
    array([ 0.5, -1. ], dtype=float32)
    """
    x = convert(input)
    return apply("Imag", x, name=name) if x.dtype.is_complex else apply("ZerosLike", x, name=name)


@op("Conj", infer=_infer_conj, kernel=np.conjugate, elementwise=True, vjp=lambda n, g: (apply("Conj", g),))
def conj(x: Any, name: str | None = None) -> Tensor:
    """The complex conjugate; a real tensor is its own.

    >>> tf.Session().run(tf.conj(tf.complex([1.0, 2.0], [0.5, -1.0])))
    array([1.-0.5j, 2.+1.j ], dtype=complex64)
    """
    x = convert(x)
    return apply("Conj", x, name=name) if x.dtype.is_complex else x


def _angle_vjp(n: Any, g: Tensor) -> tuple[Tensor]:
    # d arg z = Im(dz / z), so the gradient is i g / conj(z).
    return (_onto(g, turned=True) / conj(n.inputs[0]),)


@op("Angle", infer=_infer_part, kernel=np.angle, vjp=_angle_vjp)
def angle(input: Any, name: str | None = None) -> Tensor:
    """The argument ``atan2(Im z, Re z)`` in radians, from -pi to pi; zeros for a real tensor, as in TensorFlow.

    >>> tf.Session().run(tf.angle(tf.complex([0.0, 1.0], [2.0, 1.0]))).round(4)
    array([1.5708, 0.7854], dtype=float32)
    """
    x = convert(input)
    return apply("Angle", x, name=name) if x.dtype.is_complex else apply("ZerosLike", x, name=name)
