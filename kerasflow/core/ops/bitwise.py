"""Operations on the bits of integers, `tf.bitwise`."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.opdef import INTEGER, blocked, broadcasting, of_kind, op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = ["bitwise_and", "bitwise_or", "bitwise_xor", "invert", "left_shift", "right_shift"]

_BINARY: dict[str, Any] = {"infer": broadcasting(INTEGER), "vjp": blocked, "elementwise": True}


@op(
    "BitwiseAnd",
    kernel=lambda x, y, out=None: np.bitwise_and(x, y, out=out),
    lower=lambda b, x, y: x & y,
    commutative=True,
    **_BINARY,
)
def bitwise_and(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The bits that are set in both, element by element.

    Args:
        x, y: integers of one type, of shapes that broadcast.

    >>> tf.Session().run(tf.bitwise.bitwise_and([5, 6], 3))
    array([1, 2], dtype=int32)
    """
    return apply_alike("BitwiseAnd", x, y, name=name)


@op(
    "BitwiseOr",
    kernel=lambda x, y, out=None: np.bitwise_or(x, y, out=out),
    lower=lambda b, x, y: x | y,
    commutative=True,
    **_BINARY,
)
def bitwise_or(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The bits that are set in either or both, element by element.

    Args:
        x, y: integers of one type, of shapes that broadcast.

    >>> tf.Session().run(tf.bitwise.bitwise_or([5, 6], 3))
    array([7, 7], dtype=int32)
    """
    return apply_alike("BitwiseOr", x, y, name=name)


@op(
    "BitwiseXor",
    kernel=lambda x, y, out=None: np.bitwise_xor(x, y, out=out),
    lower=lambda b, x, y: x ^ y,
    commutative=True,
    **_BINARY,
)
def bitwise_xor(x: Any, y: Any, name: str | None = None) -> Tensor:
    """The bits that are set in one of the two but not in both, element by element.

    Args:
        x, y: integers of one type, of shapes that broadcast.

    >>> tf.Session().run(tf.bitwise.bitwise_xor([5, 6], 3))
    array([6, 5], dtype=int32)
    """
    return apply_alike("BitwiseXor", x, y, name=name)


def _infer_invert(x: Spec) -> Spec:
    of_kind(INTEGER, x)
    return Spec(x.dtype, x.shape)


@op(
    "Invert",
    infer=_infer_invert,
    kernel=lambda x, out=None: np.invert(x, out=out),
    lower=lambda b, x: ~x,
    vjp=blocked,
    elementwise=True,
)
def invert(x: Any, name: str | None = None) -> Tensor:
    """The integers with every bit flipped: ``-x - 1`` of signed ones.

    >>> tf.Session().run(tf.bitwise.invert([0, 5]))
    array([-1, -6], dtype=int32)
    """
    return apply("Invert", x, name=name)


def _shift(shift: np.ufunc) -> Any:
    def kernel(x: Any, y: Any, out: Any = None) -> Any:
        return shift(x, np.clip(y, 0, 8 * x.dtype.itemsize - 1), out=out)

    return kernel


def _lower_shift(function: str) -> Any:
    def lower(b: Any, x: Any, y: Any) -> Any:
        return b.call(function, x, b.minimum(b.maximum(y, 0), 8 * x.dtype.size - 1))

    return lower


@op("LeftShift", kernel=_shift(np.left_shift), lower=_lower_shift("shl"), **_BINARY)
def left_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """``x * 2**y`` by moving bits up; those moved out are lost.

    Args:
        x, y: integers of one type, of shapes that broadcast; a `y` outside [0, bits) counts as the nearest inside.

    >>> tf.Session().run(tf.bitwise.left_shift([5, 6], [1, 2]))
    array([10, 24], dtype=int32)
    """
    return apply_alike("LeftShift", x, y, name=name)


@op("RightShift", kernel=_shift(np.right_shift), lower=_lower_shift("shr"), **_BINARY)
def right_shift(x: Any, y: Any, name: str | None = None) -> Tensor:
    """``floor(x / 2**y)`` by moving bits down; a negative number stays one.

    Args:
        x, y: integers of one type, of shapes that broadcast; a `y` outside [0, bits) counts as the nearest inside.

    >>> tf.Session().run(tf.bitwise.right_shift([5, -6], 1))
    array([ 2, -3], dtype=int32)
    """
    return apply_alike("RightShift", x, y, name=name)
