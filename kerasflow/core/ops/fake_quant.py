"""Numbers rounded as if they had been quantised, for training networks that will be: with gradients that pass straight
through where a number is inside the range (Jacob et al., "Quantization and training of neural networks for efficient
integer-arithmetic-only inference", 2018, section 3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "fake_quant_with_min_max_args",
    "fake_quant_with_min_max_args_gradient",
    "fake_quant_with_min_max_vars",
    "fake_quant_with_min_max_vars_gradient",
    "fake_quant_with_min_max_vars_per_channel",
    "fake_quant_with_min_max_vars_per_channel_gradient",
]


def _nudged(low: Any, high: Any, bits: int, narrow: bool) -> tuple[Any, Any, Any]:
    """The range moved so that zero is one of the numbers that are coded, and the step between these."""
    first, last = np.float32(narrow), np.float32(2**bits - 1)
    low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (high - low) / (last - first)
        zero = np.clip(np.floor(first - low / step + np.float32(0.5)), first, last)
        return (first - zero) * step, (last - zero) * step, step


def _rounded(x: Any, low: Any, high: Any, bits: int, narrow: bool) -> Any:
    bottom, top, step = _nudged(low, high, bits, narrow)
    with np.errstate(divide="ignore", invalid="ignore"):
        codes = np.floor((np.clip(x, bottom, top) - bottom) * (np.float32(1.0) / step) + np.float32(0.5))
        result = codes * step + bottom
    empty = (np.asarray(low) == 0) & (np.asarray(high) == 0)
    return np.where(empty, np.float32(0.0), result).astype(np.float32)


def _sides(g: Any, x: Any, low: Any, high: Any, bits: int, narrow: bool) -> tuple[Any, Any, Any]:
    """The gradient of numbers inside the range, of those below it, and of those above it."""
    bottom, top, _ = _nudged(low, high, bits, narrow)
    below, above = x < bottom, x > top
    empty = (np.asarray(low) == 0) & (np.asarray(high) == 0)
    below, above = below & ~empty, above & ~empty
    return g * ~(below | above), g * below, g * above


def _check(x: Spec, what: str = "the numbers") -> None:
    if x.dtype is not types.float32:
        raise TypeError(f"{what} must be float32, got {x.dtype.name}")


def _bits(num_bits: int) -> int:
    if not 2 <= num_bits <= 16:
        raise InvalidArgumentError(None, None, f"num_bits must be from 2 to 16, got {num_bits}")
    return int(num_bits)


# A range that is fixed.


def _infer_args(*specs: Spec, **attrs: Any) -> Spec:
    for s in specs:
        _check(s)
    return Spec(types.float32, specs[-1].shape)


def _fixed(min: float, max: float, num_bits: int, narrow_range: bool) -> dict[str, Any]:
    if not min < max:
        raise InvalidArgumentError(None, None, f"min has to be smaller than max, got {min} and {max}")
    return {"low": float(min), "high": float(max), "bits": _bits(num_bits), "narrow": bool(narrow_range)}


@op("FakeQuantWithMinMaxArgsGradient", infer=_infer_args, vjp=None)
def _args_gradient(g: Any, x: Any, low: float, high: float, bits: int, narrow: bool) -> Any:
    return _sides(g, x, low, high, bits, narrow)[0].astype(np.float32)


@op(
    "FakeQuantWithMinMaxArgs",
    infer=_infer_args,
    vjp=lambda n, g: (apply("FakeQuantWithMinMaxArgsGradient", g, n.inputs[0], **n.attrs),),
)
def _args(x: Any, low: float, high: float, bits: int, narrow: bool) -> Any:
    return _rounded(x, low, high, bits, narrow)


def fake_quant_with_min_max_args(
    inputs: Any, min: float = -6, max: float = 6, num_bits: int = 8, narrow_range: bool = False, name: str | None = None
) -> Tensor:
    """Numbers rounded to the nearest that is coded, of ``2**num_bits`` evenly spread over a fixed range.

    The range is moved a little so that zero is coded. The gradient passes where a number is inside the range.

    Args:
        inputs: float32 numbers.
        min, max: the ends of the range.
        num_bits: from 2 to 16.
        narrow_range: whether there is one code less.

    Raises:
        InvalidArgumentError: the range does not go up, or `num_bits` is out of range.

    >>> tf.Session().run(tf.fake_quant_with_min_max_args([-9.0, 0.1, 1.0], min=-1, max=3, num_bits=4)).round(4)
    array([-1.0667,  0.    ,  1.0667], dtype=float32)
    """
    attrs = _fixed(min, max, num_bits, narrow_range)
    return apply("FakeQuantWithMinMaxArgs", inputs, name=name, **attrs)


def fake_quant_with_min_max_args_gradient(
    gradients: Any,
    inputs: Any,
    min: float = -6,
    max: float = 6,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> Tensor:
    """The gradient of `fake_quant_with_min_max_args`: that of the result where a number is inside the range, else 0.

    Args:
        gradients: the gradient of the result.
        inputs, min, max, num_bits, narrow_range: as for `fake_quant_with_min_max_args`.

    >>> tf.Session().run(tf.fake_quant_with_min_max_args_gradient([1.0, 1.0], [-9.0, 1.0]))
    array([0., 1.], dtype=float32)
    """
    attrs = _fixed(min, max, num_bits, narrow_range)
    return apply("FakeQuantWithMinMaxArgsGradient", gradients, inputs, name=name, **attrs)


# A range that is learned.


def _infer_vars(per_channel: bool) -> Callable[..., Spec]:
    def infer(x: Spec, low: Spec, high: Spec, **attrs: Any) -> Spec:
        wanted = (x.shape[-1],) if per_channel and x.shape else (None,) if per_channel else ()
        for s in (x, low, high):
            _check(s)
        for end in (low, high):
            if not shapes.compatible(end.shape, wanted):
                raise ValueError(f"min and max must have shape {shapes.show(wanted)}, got {shapes.show(end.shape)}")
        return Spec(types.float32, x.shape)

    return infer


def _infer_gradient(g: Spec, x: Spec, low: Spec, high: Spec, **attrs: Any) -> tuple[Spec, ...]:
    return Spec(types.float32, x.shape), Spec(types.float32, low.shape), Spec(types.float32, high.shape)


def _vars_gradient(g: Any, x: Any, low: Any, high: Any, bits: int, narrow: bool) -> tuple[Any, Any, Any]:
    inside, below, above = _sides(g, x, low, high, bits, narrow)
    axes = tuple(range(x.ndim - np.ndim(low)))
    return inside.astype(np.float32), below.sum(axes, dtype=np.float32), above.sum(axes, dtype=np.float32)


def _vars(x: Any, low: Any, high: Any, bits: int, narrow: bool) -> Any:
    if (np.asarray(low) > np.asarray(high)).any():
        raise InvalidArgumentError(None, None, f"min must not be larger than max, got {low} and {high}")
    return _rounded(x, low, high, bits, narrow)


for _kind, _per_channel in (("FakeQuantWithMinMaxVars", False), ("FakeQuantWithMinMaxVarsPerChannel", True)):
    op(f"{_kind}Gradient", infer=_infer_gradient, kernel=_vars_gradient, vjp=None)(_vars_gradient)
    op(
        _kind,
        infer=_infer_vars(_per_channel),
        kernel=_vars,
        vjp=lambda n, g: apply(f"{n.type}Gradient", g, *n.inputs, **n.attrs),
    )(_vars)


def fake_quant_with_min_max_vars(
    inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False, name: str | None = None
) -> Tensor:
    """As `fake_quant_with_min_max_args`, with a range that may be learned: a number beyond it moves the end it passed.

    Args:
        inputs: float32 numbers.
        min, max: scalar float32 tensors or variables.
        num_bits: from 2 to 16.
        narrow_range: whether there is one code less.

    >>> tf.Session().run(tf.fake_quant_with_min_max_vars([-9.0, 0.1, 1.0], -1.0, 3.0, num_bits=4)).round(4)
    array([-1.0667,  0.    ,  1.0667], dtype=float32)
    """
    attrs = {"bits": _bits(num_bits), "narrow": bool(narrow_range)}
    return apply("FakeQuantWithMinMaxVars", *map(convert, (inputs, min, max)), name=name, **attrs)


def fake_quant_with_min_max_vars_gradient(
    gradients: Any,
    inputs: Any,
    min: Any,
    max: Any,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of `fake_quant_with_min_max_vars` by its inputs, by `min` and by `max`.

    Args:
        gradients: the gradient of the result.
        inputs, min, max, num_bits, narrow_range: as for `fake_quant_with_min_max_vars`.

    >>> tf.Session().run(tf.fake_quant_with_min_max_vars_gradient([1.0, 2.0], [-9.0, 0.1], -1.0, 3.0))
    (array([0., 2.], dtype=float32), np.float32(1.0), np.float32(0.0))
    """
    attrs = {"bits": _bits(num_bits), "narrow": bool(narrow_range)}
    inside, below, above = apply(
        "FakeQuantWithMinMaxVarsGradient", *map(convert, (gradients, inputs, min, max)), name=name, **attrs
    )
    return inside, below, above


def fake_quant_with_min_max_vars_per_channel(
    inputs: Any, min: Any, max: Any, num_bits: int = 8, narrow_range: bool = False, name: str | None = None
) -> Tensor:
    """As `fake_quant_with_min_max_vars`, with a range for each index of the last axis.

    Args:
        inputs: float32 numbers.
        min, max: float32 vectors, as long as the last axis.
        num_bits: from 2 to 16.
        narrow_range: whether there is one code less.

    >>> x = [[-9.0, 0.3], [0.1, 9.0]]
    >>> tf.Session().run(tf.fake_quant_with_min_max_vars_per_channel(x, [-1.0, 0.0], [3.0, 1.5], num_bits=4)).round(4)
    array([[-1.0667,  0.3   ],
           [ 0.    ,  1.5   ]], dtype=float32)
    """
    attrs = {"bits": _bits(num_bits), "narrow": bool(narrow_range)}
    return apply("FakeQuantWithMinMaxVarsPerChannel", *map(convert, (inputs, min, max)), name=name, **attrs)


def fake_quant_with_min_max_vars_per_channel_gradient(
    gradients: Any,
    inputs: Any,
    min: Any,
    max: Any,
    num_bits: int = 8,
    narrow_range: bool = False,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The gradients of `fake_quant_with_min_max_vars_per_channel` by its inputs, by `min` and by `max`.

    Args:
        gradients: the gradient of the result.
        inputs, min, max, num_bits, narrow_range: as for `fake_quant_with_min_max_vars_per_channel`.

    >>> g = tf.fake_quant_with_min_max_vars_per_channel_gradient([[1.0, 2.0]], [[-9.0, 0.1]], [-1.0, 0.0], [3.0, 1.0])
    >>> tf.Session().run(g[1])
    array([1., 0.], dtype=float32)
    """
    attrs = {"bits": _bits(num_bits), "narrow": bool(narrow_range)}
    inside, below, above = apply(
        "FakeQuantWithMinMaxVarsPerChannelGradient", *map(convert, (gradients, inputs, min, max)), name=name, **attrs
    )
    return inside, below, above
