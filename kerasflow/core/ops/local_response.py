"""Local response normalisation: each channel divided by a norm of those beside it."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.graph import apply
from kerasflow.core.opdef import FLOAT, of_kind, op
from kerasflow.core.ops.arguments import static_int
from kerasflow.core.ops.window_arguments import ranked
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = ["local_response_normalization", "lrn"]


def _infer_sum(x: Spec, radius: int) -> Spec:
    of_kind(FLOAT, x)
    return Spec(x.dtype, x.shape)


@op(
    "NeighbourSum",
    infer=_infer_sum,
    vjp=lambda n, g: (apply("NeighbourSum", g, **n.attrs),),
    out=True,
)
def _neighbour_sum(x: Any, radius: int, out: Any = None) -> Any:
    """Along the last axis, each element with those that are at most `radius` away; its own adjoint."""
    total, depth = np.array(x) if out is None else out, x.shape[-1]
    if out is not None:
        out[...] = x
    for k in range(1, min(radius, depth - 1) + 1):
        total[..., k:] += x[..., :-k]
        total[..., :-k] += x[..., k:]
    return total


def _infer(x: Spec, depth_radius: int, **attrs: float) -> Spec:
    of_kind(FLOAT, x)
    return Spec(x.dtype, ranked(x, 4, "the input"))


def _vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    x = n.inputs[0]
    radius, bias, alpha, beta = (n.attrs[k] for k in ("depth_radius", "bias", "alpha", "beta"))
    norm = alpha * apply("NeighbourSum", apply("Square", x), radius=radius) + bias
    power = norm**-beta
    around = apply("NeighbourSum", g * x * power / norm, radius=radius)
    return (g * power - 2.0 * alpha * beta * x * around,)


@op("LRN", infer=_infer, vjp=_vjp, out=True)
def _lrn(x: Any, depth_radius: int, bias: float, alpha: float, beta: float, out: Any = None) -> Any:
    wide = x.astype(np.float32) if x.dtype == np.float16 else x
    norm = _neighbour_sum(np.square(wide), depth_radius)
    norm *= wide.dtype.type(alpha)
    norm += wide.dtype.type(bias)
    np.power(norm, wide.dtype.type(-beta), out=norm)
    if out is None:
        return (wide * norm).astype(x.dtype, copy=False)
    return np.multiply(wide, norm, out=out, casting="same_kind")


def local_response_normalization(
    input: Any, depth_radius: int = 5, bias: float = 1, alpha: float = 1, beta: float = 0.5, name: str | None = None
) -> Tensor:
    """Each number over a norm of the channels beside it, ``x_c / (bias + alpha sum_k x_k ** 2) ** beta``.

    The sum is over the channels k with ``|k - c| <= depth_radius``.

    Args:
        input: [batch, height, width, channels], floating-point.
        depth_radius: how many channels on either side count.
        bias, alpha, beta: numbers.
        name: the operation's name.

    Raises:
        ValueError: the rank is not 4, or `depth_radius` is negative.

    Source: Krizhevsky et al., "ImageNet classification with deep convolutional neural networks", 2012, section 3.3.

    >>> tf.Session().run(tf.nn.local_response_normalization([[[[3.0, 4.0]]]], depth_radius=1, bias=0.0))
    array([[[[0.6, 0.8]]]], dtype=float32)
    """
    radius = static_int(5 if depth_radius is None else depth_radius, "depth_radius")
    if radius < 0:
        raise ValueError(f"depth_radius must be at least 0, got {radius}.")
    numbers = {"bias": float(bias), "alpha": float(alpha), "beta": float(beta)}
    return apply("LRN", input, name=name, depth_radius=radius, **numbers)


lrn = local_response_normalization
