"""What layers are made of besides products and activations: biases, dropout, norms, moments."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from kerasflow.core import shapes, types
from kerasflow.core.graph import apply, apply_alike, convert
from kerasflow.core.opdef import FLOAT, NUMBER, of_kind, op, same_type
from kerasflow.core.ops.arguments import refine
from kerasflow.core.ops.linalg import matmul
from kerasflow.core.ops.random_ops import random_uniform
from kerasflow.core.ops.reduction import reduce_mean, reduce_sum
from kerasflow.core.ops.reshaping import reshape, squeeze
from kerasflow.core.ops.shape_of import shape, size
from kerasflow.core.scopes import name_scope
from kerasflow.core.shapes import Dimension, TensorShape
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import Spec

__all__ = [
    "bias_add",
    "dropout",
    "l2_loss",
    "l2_normalize",
    "moments",
    "relu_layer",
    "xw_plus_b",
    "zero_fraction",
]


def _infer_bias_add(value: Spec, bias: Spec) -> Spec:
    dtype = same_type(value, bias)
    of_kind(NUMBER, value)
    if not shapes.compatible(bias.shape, (None,)):
        raise ValueError(f"the bias must be a vector, got one of shape {shapes.show(bias.shape)}")
    if value.shape is None:
        return Spec(dtype, None)
    if len(value.shape) < 2:
        raise ValueError(f"the value must have at least two axes, got shape {shapes.show(value.shape)}")
    size = None if bias.shape is None else bias.shape[0]
    last = value.shape[-1]
    if size is not None and last is not None and size != last:
        raise ValueError(f"the last axis of the value has {last} numbers, the bias {size}")
    return Spec(dtype, (*value.shape[:-1], size if last is None else last))


@op(
    "BiasAdd",
    infer=_infer_bias_add,
    lower=lambda b, value, bias: value + bias,
    elementwise=True,
    vjp=lambda n, g: (g, g),
)
def _bias_add(value: Any, bias: Any, out: Any = None) -> Any:
    if bias.ndim != 1 or value.shape[-1] != bias.shape[0]:
        raise ValueError(f"a bias of shape {bias.shape} does not fit a value of shape {value.shape}")
    return np.add(value, bias, out=out)


def bias_add(value: Any, bias: Any, data_format: str | None = None, name: str | None = None) -> Tensor:
    """`value` with one number of `bias` added for each channel.

    Args:
        value: [batch, ..., channels], or [batch, channels, ...] if `data_format` says so.
        bias: [channels], of the type of `value`.
        data_format: None or ``"N...C"`` (such as ``"NHWC"``) for channels last, ``"NC..."`` for channels first.
        name: the operation's name.

    Raises:
        ValueError: the shapes do not fit, or there is no such format.

    >>> tf.Session().run(tf.nn.bias_add([[1.0, 2.0], [3.0, 4.0]], [0.5, -0.5]))
    array([[1.5, 1.5],
           [3.5, 3.5]], dtype=float32)
    """
    data_format = data_format or "NHWC"
    if not data_format.startswith("NC"):
        if not (data_format.startswith("N") and data_format.endswith("C")):
            raise ValueError(f"data_format must be like 'NHWC' or 'NCHW', got {data_format!r}.")
        return apply_alike("BiasAdd", value, bias, name=name)
    with name_scope(name, "BiasAdd", [value, bias]) as scope:
        value = convert(value, name="input")
        bias = convert(bias, value.dtype, "bias")
        if value.dims is None or len(value.dims) < 2:
            raise ValueError(f"bias_add with channels first needs a value of known rank, at least 2; got {value}.")
        column = reshape(bias, [-1] + [1] * (len(value.dims) - 2))
        return apply("Add", value, column, name=scope)


def xw_plus_b(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """An affine layer, ``x W + b``.

    Args:
        x: [batch, inputs].
        weights: [inputs, outputs].
        biases: [outputs].
        name: the scope of the operations.

    Raises:
        ValueError: the shapes do not fit. TypeError: the types differ.

    >>> tf.Session().run(tf.nn.xw_plus_b([[1.0, 2.0]], [[3.0], [4.0]], [0.5]))
    array([[11.5]], dtype=float32)
    """
    with name_scope(name, "xw_plus_b", [x, weights, biases]) as scope:
        return bias_add(matmul(x, weights), biases, name=scope)


def relu_layer(x: Any, weights: Any, biases: Any, name: str | None = None) -> Tensor:
    """An affine layer and a rectifier, ``max(x W + b, 0)``.

    Args:
        x: [batch, inputs].
        weights: [inputs, outputs].
        biases: [outputs].
        name: the scope of the operations.

    Raises:
        ValueError: the shapes do not fit. TypeError: the types differ.

    >>> tf.Session().run(tf.nn.relu_layer([[1.0, 2.0]], [[3.0, -3.0], [4.0, 1.0]], [0.5, 0.5]))
    array([[11.5,  0. ]], dtype=float32)
    """
    with name_scope(name, "relu_layer", [x, weights, biases]) as scope:
        return apply("Relu", bias_add(matmul(x, weights), biases), name=scope)


# Dropout.


def dropout(
    x: Any,
    keep_prob: Any = None,
    noise_shape: Any = None,
    seed: int | None = None,
    name: str | None = None,
    rate: Any = None,
) -> Tensor:
    """`x` with each number put to 0 with probability `rate`, the others scaled by ``1 / (1 - rate)``.

    The mean of the result is that of `x`; another mask is drawn in each run.

    Args:
        x: a floating-point tensor.
        keep_prob: ``1 - rate``, its former name; give one of the two.
        noise_shape: the shape of the mask, which broadcasts to `x`: along an axis of size 1 all is kept or dropped
            together. None, or None in a list, stands for the size that `x` has.
        seed: the operation's own seed, see `set_random_seed`.
        name: the scope of the operations.
        rate: a number in [0, 1), or a scalar tensor of the type of `x`.

    Raises:
        ValueError: `rate` is outside of [0, 1), is not given or given twice; or `x` is not floating-point.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014, section 10.

    >>> x = tf.Session().run(tf.nn.dropout(tf.ones([1000]), rate=0.75))
    >>> np.unique(x)
    array([0., 4.], dtype=float32)
    """
    rate = _rate(rate, keep_prob)
    with name_scope(name, "dropout", [x]):
        x = convert(x, name="x")
        if not x.dtype.is_floating:
            raise ValueError(f"dropout scales what it keeps, so it takes floating-point tensors; got {x}.")
        if isinstance(rate, numbers.Real) and rate == 0:
            return x
        rate = convert(rate, x.dtype, "rate")
        if not shapes.compatible(rate.dims, ()):
            raise ValueError(f"rate must be a scalar, got {rate}.")
        drawn = random_uniform(_noise_shape(x, noise_shape), dtype=x.dtype, seed=seed)
        scale = 1 / (1 - rate)
        kept = drawn >= rate
        return refine(x * scale * apply("Cast", kept, dtype=x.dtype), lambda *_: x.dims)


def _rate(rate: Any, keep_prob: Any) -> Any:
    if (rate is None) == (keep_prob is None):
        raise ValueError(f"dropout takes one of rate= and keep_prob=, got rate={rate!r} and keep_prob={keep_prob!r}.")
    if rate is None:
        try:
            rate = 1.0 - keep_prob
        except TypeError:
            raise ValueError(f"keep_prob must be a number or a scalar tensor, got {keep_prob!r}.") from None
    if isinstance(rate, numbers.Real) and not 0 <= float(rate) < 1:
        given = f"keep_prob must be in (0, 1], got {keep_prob!r}"
        raise ValueError(f"rate must be in [0, 1), got {rate!r}." if keep_prob is None else given)
    return rate


def _noise_shape(x: Tensor, noise_shape: Any) -> Any:
    if isinstance(noise_shape, TensorShape):
        noise_shape = noise_shape.as_list()
    if noise_shape is None:
        return shape(x)
    if not isinstance(noise_shape, (list, tuple)):
        return noise_shape
    sizes = [d.value if isinstance(d, Dimension) else d for d in noise_shape]
    if x.dims is None or len(x.dims) != len(sizes):
        return sizes
    return [d if d is not None else shape(x)[i] if x.dims[i] is None else x.dims[i] for i, d in enumerate(sizes)]


# Norms and moments.


def _infer_l2_loss(t: Spec) -> Spec:
    of_kind(FLOAT, t)
    return Spec(t.dtype, ())


@op("L2Loss", infer=_infer_l2_loss, vjp=lambda n, g: (n.inputs[0] * g,))
def _l2_loss(t: Any) -> Any:
    flat = t.reshape(-1)
    if t.dtype == np.float16:
        flat = flat.astype(np.float32)
    return t.dtype.type(np.dot(flat, flat) / 2)


def l2_loss(t: Any, name: str | None = None) -> Tensor:
    """Half the sum of squares, ``sum(t ** 2) / 2``, without the root.

    Args:
        t: a floating-point tensor of any shape.
        name: the operation's name.

    Raises:
        TypeError: `t` is not floating-point.

    >>> tf.Session().run(tf.nn.l2_loss([1.0, 2.0]))
    np.float32(2.5)
    """
    return apply("L2Loss", t, name=name)


def l2_normalize(x: Any, axis: Any = None, epsilon: float = 1e-12, name: str | None = None, dim: Any = None) -> Tensor:
    """`x` divided by its Euclidean norm, ``x / sqrt(max(sum(x ** 2), epsilon))``.

    Args:
        x: a floating-point tensor.
        axis: the axis or axes of each vector; by default `x` is one vector.
        epsilon: what the sum of squares is raised to.
        name: the scope of the operations.
        dim: the former name of `axis`.

    >>> tf.Session().run(tf.nn.l2_normalize([[3.0, 4.0], [0.0, 2.0]], axis=1))
    array([[0.6, 0.8],
           [0. , 1. ]], dtype=float32)
    """
    axis = dim if axis is None else axis
    with name_scope(name, "l2_normalize", [x]) as scope:
        x = convert(x, name="x")
        squares = reduce_sum(apply("Square", x), axis, keepdims=True)
        return apply("Mul", x, apply("Rsqrt", apply_alike("Maximum", squares, epsilon)), name=scope)


def moments(
    x: Any,
    axes: Any,
    shift: Any = None,
    name: str | None = None,
    keep_dims: bool | None = None,
    keepdims: bool | None = None,
) -> tuple[Tensor, Tensor]:
    """The mean and the variance, ``mean(x)`` and ``mean((x - mean(x)) ** 2)``.

    float16 is computed in float32.

    Args:
        x: a floating-point tensor.
        axes: the axes to take them over.
        shift: taken for compatibility, not used.
        name: the scope of the operations.
        keep_dims: the former name of `keepdims`.
        keepdims: whether the axes stay, with size 1.

    >>> tf.Session().run(tf.nn.moments([[1.0, 2.0], [3.0, 6.0]], axes=[0]))
    (array([2., 4.], dtype=float32), array([1., 4.], dtype=float32))
    """
    keep = bool(keep_dims if keepdims is None else keepdims)
    with name_scope(name, "moments", [x, axes]):
        x = convert(x)
        wide = apply("Cast", x, dtype=types.float32) if x.dtype is types.float16 else x
        mean = reduce_mean(wide, axes, keepdims=True, name="mean")
        variance = reduce_mean(apply("SquaredDifference", wide, mean), axes, keepdims=True, name="variance")
        if not keep:
            mean, variance = squeeze(mean, axes), squeeze(variance, axes)
        if wide is not x:
            mean, variance = (apply("Cast", t, dtype=x.dtype) for t in (mean, variance))
        return mean, variance


def zero_fraction(value: Any, name: str | None = None) -> Tensor:
    """The fraction of numbers that are 0, as float32; nan if there are none at all.

    Args:
        value: a numeric tensor.
        name: the scope of the operations.

    >>> tf.Session().run(tf.nn.zero_fraction([0, 1, 0, 2]))
    np.float32(0.5)
    """
    with name_scope(name, "zero_fraction", [value]):
        value = convert(value, name="value")
        zeros = reduce_sum(apply("Cast", apply_alike("Equal", value, 0), dtype=types.int64))
        counts = zeros, size(value, out_type=types.int64)
        fraction = apply("RealDiv", *[apply("Cast", n, dtype=types.float32) for n in counts])
        return apply("Identity", fraction, name="fraction")
