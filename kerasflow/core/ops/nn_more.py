"""Pools of any rank, losses over replicas, and rounding as few bits do."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import FLOAT, blocked, of_kind, op, same_type
from kerasflow.core.ops.arguments import static_ints
from kerasflow.core.ops.custom_gradients import grad_pass_through
from kerasflow.core.ops.pools import avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d
from kerasflow.core.ops.reduction import reduce_sum
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "avg_pool_v2",
    "compute_average_loss",
    "max_pool_v2",
    "quantize_and_dequantize",
    "scale_regularization_loss",
]

_POOLS: dict[Any, Any] = {3: (max_pool1d, avg_pool1d), 4: (max_pool2d, avg_pool2d), 5: (max_pool3d, avg_pool3d)}
_FORMATS: dict[Any, str] = {3: "NWC", 4: "NHWC", 5: "NDHWC"}


def _pooled(which: int, input: Any, ksize: Any, strides: Any, padding: Any, data_format: Any, name: Any) -> Tensor:
    x = convert(input)
    rank = None if x.dims is None else len(x.dims)
    if rank not in _POOLS:
        raise ValueError(f"Pooling takes tensors of rank 3, 4 or 5, got {x}.")
    window, step = (
        [static_ints([n], "pooling")[0] if isinstance(n, int) else n for n in _several(v)] for v in (ksize, strides)
    )
    if rank == 3:
        window, step = ([v[1] if len(v) == 3 else v[0]] for v in (window, step))
    made: Tensor = _POOLS[rank][which](x, window, step, padding, data_format or _FORMATS[rank], name=name)
    return made


def _several(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def max_pool_v2(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """The largest number in each window that moves over sequences, images or volumes, as the rank of `input` says.

    Args:
        input: [batch, ..., channels], or as `data_format` says.
        ksize, strides: the window and the way between two of them: a number, or one for each axis.
        padding: ``"SAME"`` or ``"VALID"``.
        data_format: such as ``"NHWC"`` or ``"NCHW"``; channels are last by default.

    Raises:
        ValueError: the rank is not 3, 4 or 5, or the window does not fit.

    >>> x = tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1])
    >>> tf.Session().run(tf.nn.max_pool_v2(x, 2, 2, "VALID"))[0, :, 0]
    array([3., 2.], dtype=float32)
    """
    return _pooled(0, input, ksize, strides, padding, data_format, name)


def avg_pool_v2(
    input: Any, ksize: Any, strides: Any, padding: Any, data_format: str | None = None, name: str | None = None
) -> Tensor:
    """The mean of each window that moves over sequences, images or volumes; see `max_pool_v2` for the arguments.

    >>> x = tf.reshape([1.0, 3.0, 2.0, 0.0], [1, 4, 1])
    >>> tf.Session().run(tf.nn.avg_pool_v2(x, 2, 2, "VALID"))[0, :, 0]
    array([2., 1.], dtype=float32)
    """
    return _pooled(1, input, ksize, strides, padding, data_format, name)


def compute_average_loss(per_example_loss: Any, sample_weight: Any = None, global_batch_size: Any = None) -> Tensor:
    """The sum of losses over the size of the batch.

    Args:
        per_example_loss: the loss of each example.
        sample_weight: a weight for each, by default 1.
        global_batch_size: how many examples there are on all replicas; by default those that are here.

    >>> tf.Session().run(tf.nn.compute_average_loss([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], 8))
    np.float32(0.5)
    """
    losses = convert(per_example_loss)
    if sample_weight is not None:
        losses = losses * apply("Cast", convert(sample_weight), dtype=losses.dtype)
    count = apply("Shape", losses, out_type=types.int32)[0] if global_batch_size is None else convert(global_batch_size)
    return reduce_sum(losses) / apply("Cast", count, dtype=losses.dtype)


def scale_regularization_loss(regularization_loss: Any) -> Tensor:
    """The sum of penalties, over the number of replicas, which is one.

    >>> tf.Session().run(tf.nn.scale_regularization_loss([1.0, 2.0]))
    np.float32(3.0)
    """
    return reduce_sum(convert(regularization_loss))


def _infer_round_trip(x: Spec, low: Spec, high: Spec, **attrs: Any) -> Spec:
    of_kind(FLOAT, x)
    for end in (low, high):
        if not shapes.compatible(end.shape, ()):
            raise ValueError(f"the ends of the range must be scalars, got shape {shapes.show(end.shape)}")
    return Spec(same_type(x, low, high), x.shape)


@op("QuantizeAndDequantizeV2", infer=_infer_round_trip, vjp=blocked)
def _round_trip(x: Any, low: Any, high: Any, signed: bool, bits: int, given: bool, half_up: bool, narrow: bool) -> Any:
    first, last = (-(1 << bits - 1) + narrow, (1 << bits - 1) - 1) if signed else (int(narrow), (1 << bits) - 1)
    if given and low > high:
        raise ValueError(f"the range ends before it begins: {low} > {high}")
    low, high = (float(low), float(high)) if given else (float(np.min(x, initial=0)), float(np.max(x, initial=0)))
    by_low = first / low if first * low > 0 else np.inf
    by_high = last / high if last * high > 0 else np.inf
    scale = x.dtype.type(min(by_low, by_high))
    if not np.isfinite(scale):
        return np.zeros_like(x)
    step = x.dtype.type(low / first if by_low < by_high else high / last)
    if given:
        x = np.clip(x, first * step, last * step)
    whole = np.floor(x * scale + x.dtype.type(0.5)) if half_up else np.rint(x * scale)
    return np.asarray(whole * step, x.dtype)


def quantize_and_dequantize(
    input: Any,
    input_min: Any,
    input_max: Any,
    signed_input: bool = True,
    num_bits: int = 8,
    range_given: bool = False,
    round_mode: str = "HALF_TO_EVEN",
    name: str | None = None,
    narrow_range: bool = False,
) -> Tensor:
    """`input`, rounded to what numbers of few bits can say; the gradient is that of the identity.

    Args:
        input: a floating-point tensor.
        input_min, input_max: the range of numbers, where it is given.
        signed_input: whether there are negative numbers.
        num_bits: how many bits, 1 to 63.
        range_given: whether the range is given; else it is that of the numbers in `input`.
        round_mode: "HALF_TO_EVEN", or "HALF_UP".
        name: of the operation.
        narrow_range: whether the least number of so many bits is left out.

    Raises:
        ValueError: an argument is out of range. TypeError: the types differ.

    >>> tf.Session().run(tf.quantization.quantize_and_dequantize([-1.0, 0.4, 3.0], 0.0, 2.0, False, 2, True))
    array([0.      , 0.6666667, 2.      ], dtype=float32)
    """
    if not signed_input <= num_bits - 1 < 63:
        raise ValueError(f"num_bits must be from {1 + signed_input} to 63, got {num_bits}.")
    if round_mode not in ("HALF_TO_EVEN", "HALF_UP"):
        raise ValueError(f"round_mode must be HALF_TO_EVEN or HALF_UP, got {round_mode!r}.")
    x = convert(input)
    ends = convert(input_min, x.dtype), convert(input_max, x.dtype)
    attrs = {"signed": bool(signed_input), "bits": num_bits, "given": bool(range_given), "narrow": bool(narrow_range)}
    half_up = round_mode == "HALF_UP"
    made: Tensor = grad_pass_through(
        lambda t: apply("QuantizeAndDequantizeV2", t, *ends, half_up=half_up, **attrs, name=name)
    )(x)
    return made
