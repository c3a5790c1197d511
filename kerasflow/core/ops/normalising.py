"""Batch normalisation: the fused operation, and the same from its parts.

The derivative of `FusedBatchNormV3` is written with its saved moments, which are outputs of its own and differentiable,
so it can be differentiated again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import FLOAT, of_kind, op, same_type
from kerasflow.core.ops.reduction import reduce_sum
from kerasflow.core.ops.reshaping import reshape
from kerasflow.core.ops.window_arguments import either, ranked, required
from kerasflow.core.scopes import name_scope
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec
from kerasflow.core.windows import channel_axis

__all__ = [
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "fused_batch_norm",
]

Ints = tuple[int, ...]
_LEAST_EPSILON = 1.001e-5


# The fused operation.


def _infer_fused(
    x: Spec,
    scale: Spec,
    offset: Spec,
    mean: Spec | None = None,
    variance: Spec | None = None,
    *,
    epsilon: float,
    data_format: str,
    is_training: bool,
) -> tuple[Spec, ...]:
    of_kind(FLOAT, x)
    dims = ranked(x, 4, "the input")
    channels = (dims[channel_axis(data_format)],)
    vectors = [s for s in (scale, offset, mean, variance) if s is not None]
    kind = same_type(*vectors)
    wanted = types.float32 if x.dtype is types.float16 else x.dtype
    if kind is not wanted:
        raise TypeError(f"scale and offset must be {wanted.name} for an input of {x.dtype.name}, got {kind.name}")
    for what, s in zip(("scale", "offset", "mean", "variance"), vectors, strict=False):
        if not shapes.compatible(s.shape, channels):
            raise ValueError(f"the {what} must have shape {shapes.show(channels)}, got {shapes.show(s.shape)}")
        channels = shapes.merge(channels, s.shape)  # type: ignore[assignment]  # the rank is known
    at = channel_axis(data_format)
    shape = tuple([channels[0] if i == at else n for i, n in enumerate(dims)])
    return Spec(x.dtype, shape), *[Spec(kind, channels)] * 4


def _along(data_format: str) -> Ints:
    """The axes that moments are taken over."""
    return tuple([i for i in range(4) if i != channel_axis(data_format)])


def _column(v: Any, data_format: str) -> Any:
    """A vector with one number for each channel, in a shape that broadcasts to the input."""
    return v if data_format[-1] == "C" else v.reshape(-1, 1, 1)


def _fused(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    *,
    epsilon: float,
    data_format: str,
    is_training: bool,
) -> tuple[Any, ...]:
    """y, the mean, the variance as it is estimated for the population, and the moments that y was made with."""
    wide, axes = x.astype(scale.dtype, copy=False), _along(data_format)
    depth = x.shape[channel_axis(data_format)]
    if any(v is not None and v.shape != (depth,) for v in (scale, offset, mean, variance)):
        raise ValueError(f"the scale and offset must have shape {(depth,)}, got {scale.shape} and {offset.shape}")
    estimate = variance
    if is_training:
        count = x.size // max(depth, 1)
        with np.errstate(all="ignore"):
            mean = np.add.reduce(wide, axis=axes) / scale.dtype.type(count)
            centred = wide - _column(mean, data_format)
            squares = np.add.reduce(np.square(centred), axis=axes)
            variance = squares / scale.dtype.type(count)
            estimate = squares / scale.dtype.type(max(count - 1, 1))
    else:
        mean, variance = np.array(mean), np.array(variance)  # they are given on, and must be no views of inputs
        centred = wide - _column(mean, data_format)
    factor = scale / np.sqrt(variance + scale.dtype.type(epsilon))
    y = np.multiply(centred, _column(factor, data_format), out=centred)
    y += _column(offset, data_format)
    return y.astype(x.dtype, copy=False), mean.copy(), estimate.copy(), mean, variance


def _over(total: Any, like: Any, axes: Ints) -> Any:
    """`total` over the number of elements of `like` along `axes`."""
    return apply("DivideByCount", total, like, axis=axes)


def _fused_vjp(n: Operation, g: list[Any]) -> tuple[Any, ...]:
    """With z = (x - mean) / sqrt(variance + epsilon) it is y = scale z + offset.

    In training, the mean and the variance depend on x as well: what goes along them is added at the end.
    """
    x, scale = n.inputs[:2]
    epsilon, last, training = (n.attrs[k] for k in ("epsilon", "data_format", "is_training"))
    axes = _along(last)

    def column(v: Tensor) -> Tensor:
        return v if last[-1] == "C" else reshape(v, [-1, 1, 1])

    wide = apply("Cast", x, dtype=scale.dtype) if x.dtype is not scale.dtype else x
    gy, g_mean, g_estimate, g_saved, g_saved_variance = g
    mean, variance = n.outputs[3:] if training else n.inputs[3:]
    centred, inverse = wide - column(mean), apply("Rsqrt", variance + epsilon)
    to_mean, to_variance = _sum(g_mean, g_saved), g_saved_variance
    gx, g_scale, g_offset = None, None, None
    if gy is not None:
        gy = apply("Cast", gy, dtype=scale.dtype) if gy.dtype is not scale.dtype else gy
        g_offset, product = reduce_sum(gy, axes), reduce_sum(gy * centred, axes)
        g_scale = product * inverse
        gx = gy * column(scale * inverse)
        to_mean = _sum(to_mean, -(g_offset * scale * inverse))
        to_variance = _sum(to_variance, -0.5 * product * scale * inverse * apply("Square", inverse))
    if not training:
        return _cast(gx, x), g_scale, g_offset, to_mean, _sum(to_variance, g_estimate)
    to_squares = None if to_variance is None else _over(to_variance, wide, axes)
    if g_estimate is not None:
        to_squares = _sum(to_squares, g_estimate / _degrees(wide, axes))
    if to_squares is not None:
        gx = _sum(gx, 2.0 * centred * column(to_squares))
    if to_mean is not None:
        gx = _sum(gx, apply("BroadcastLike", column(_over(to_mean, wide, axes)), wide))
    return _cast(gx, x), g_scale, g_offset, *[None] * (len(n.inputs) - 3)


def _degrees(x: Tensor, axes: Ints) -> Tensor:
    """One less than the number of elements for each channel, at least 1."""
    count = 1.0 / _over(convert(1.0, x.dtype), x, axes)
    return apply_alike("Maximum", count - 1.0, 1.0)


def _sum(a: Any, b: Any) -> Any:
    if a is None or b is None:
        return b if a is None else a
    return a + b


def _cast(g: Any, x: Tensor) -> Any:
    return g if g is None or g.dtype is x.dtype else apply("Cast", g, dtype=x.dtype)


op("FusedBatchNormV3", infer=_infer_fused, kernel=_fused, vjp=_fused_vjp)(_fused)


def fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: str = "NHWC",
    is_training: bool = True,
    name: str | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Batch normalisation of images, ``scale (x - mean) / sqrt(variance + epsilon) + offset`` for each channel.

    Args:
        x: [batch, height, width, channels], or as `data_format` says; float16, float32 or float64.
        scale, offset: [channels], float32 where `x` is float16.
        mean, variance: [channels], the moments of the population; None in training.
        epsilon: what is added to the variance; at least 1.001e-5.
        data_format: ``"NHWC"`` or ``"NCHW"``.
        is_training: whether the moments are those of this batch, the variance by the number of elements.
        name: the operation's name.

    Returns:
        The result, and the mean and the variance; in training those of the batch, with the variance as the unbiased
        estimate: over the number of elements less 1.

    Raises:
        ValueError: the shapes do not fit, or `mean` and `variance` are given in training or missing otherwise.

    Source: Ioffe and Szegedy, "Batch normalization", 2015, algorithm 1.

    >>> y, mean, variance = tf.nn.fused_batch_norm([[[[1.0]], [[3.0]]]], [2.0], [10.0], epsilon=1e-4)
    >>> tf.Session().run([tf.reshape(y, [-1]), mean, variance])
    [array([ 8.0001, 11.9999], dtype=float32), array([2.], dtype=float32), array([2.], dtype=float32)]
    """
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format must be one of NHWC, NCHW, got {data_format!r}.")
    if is_training and (mean is not None or variance is not None):
        raise ValueError("Both 'mean' and 'variance' must be None if is_training is True.")
    if not is_training and (mean is None or variance is None):
        raise ValueError("Both 'mean' and 'variance' must be given if is_training is False.")
    x = convert(x, name="input")
    kind = types.float32 if x.dtype is types.float16 else x.dtype
    vectors = [convert(v, kind, what) for v, what in ((scale, "scale"), (offset, "offset"))]
    if not is_training:
        vectors += [convert(v, kind, what) for v, what in ((mean, "mean"), (variance, "variance"))]
    attrs = {"epsilon": max(float(epsilon), _LEAST_EPSILON), "data_format": data_format}
    y, *moments = apply("FusedBatchNormV3", x, *vectors, name=name, is_training=bool(is_training), **attrs)
    return y, moments[0], moments[1]


# From parts.


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any, name: str | None = None
) -> Tensor:
    """Normalisation, ``scale (x - mean) / sqrt(variance + epsilon) + offset``.

    Args:
        x: a floating-point tensor.
        mean, variance: its moments, of shapes that broadcast to that of `x`.
        offset, scale: of the same shapes, or None for none.
        variance_epsilon: what is added to the variance.
        name: the scope of the operations.

    Source: Ioffe and Szegedy, "Batch normalization", 2015, algorithm 1.

    >>> x = tf.constant([[1.0], [3.0]])
    >>> mean, variance = tf.nn.moments(x, [0])
    >>> tf.Session().run(tf.nn.batch_normalization(x, mean, variance, 10.0, 2.0, 0.0))
    array([[ 8.],
           [12.]], dtype=float32)
    """
    with name_scope(name, "batchnorm", [x, mean, variance, scale, offset]):
        x = convert(x)
        mean, variance = (convert(m, x.dtype) for m in (mean, variance))
        inverse = apply("Rsqrt", variance + variance_epsilon)
        if scale is not None:
            inverse = inverse * convert(scale, variance.dtype)
        shift = -mean * inverse if offset is None else convert(offset, mean.dtype) - mean * inverse
        return x * inverse + shift


def batch_norm_with_global_normalization(
    t: Any = None,
    m: Any = None,
    v: Any = None,
    beta: Any = None,
    gamma: Any = None,
    variance_epsilon: Any = None,
    scale_after_normalization: bool | None = None,
    name: str | None = None,
    input: Any = None,
    mean: Any = None,
    variance: Any = None,
) -> Tensor:
    """`batch_normalization` under its former name and with its former order of arguments.

    Args:
        t: [batch, height, width, channels].
        m, v: its mean and variance, [channels].
        beta: the offset, [channels].
        gamma: the scale, [channels].
        variance_epsilon: what is added to the variance.
        scale_after_normalization: whether to scale by `gamma`.
        name: the scope of the operations.
        input, mean, variance: other names of `t`, `m` and `v`.

    >>> one = tf.nn.batch_norm_with_global_normalization([[[[3.0]]]], [1.0], [4.0], [0.5], [2.0], 0.0, True)
    >>> tf.Session().run(one)
    array([[[[2.5]]]], dtype=float32)
    """
    x = either("t", t, "input", input)
    moments = either("m", m, "mean", mean), either("v", v, "variance", variance)
    epsilon = required("variance_epsilon", variance_epsilon)
    return batch_normalization(x, *moments, beta, gamma if scale_after_normalization else None, epsilon, name)
