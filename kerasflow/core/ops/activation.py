"""Activation functions. `tanh` is with the hyperbolic functions, `softmax` in a room of its own.

Each kernel is a few passes over memory and overflows nowhere; derivatives at kinks are TensorFlow's. Where a gradient
can be had from the result it is, so that the input's memory is free for others.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasflow.core import types
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import FLOAT, INEXACT, REAL, broadcasting, op
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.ops.extrema import minimum
from kerasflow.core.tensor import Operation, Tensor

__all__ = [
    "crelu",
    "elu",
    "gelu",
    "leaky_relu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "softplus",
    "softsign",
    "swish",
]

_FLOAT = broadcasting(FLOAT)
_REAL = broadcasting(REAL)

# Klambauer et al. 2017, "Self-Normalizing Neural Networks", equation 14: mean 0 and variance 1 are kept.
_SELU_ALPHA = 1.6732632423543772848170429916717
_SELU_SCALE = 1.0507009873554804934193349852946


@op(
    "ReluGrad",
    infer=_REAL,
    lower=lambda b, g, y: g * b.cast(y > 0, g.dtype),
    elementwise=True,
    vjp=lambda n, g: (apply("ReluGrad", g, n.inputs[1]), None),
)
def _relu_grad(g: Any, y: Any, out: Any = None) -> Any:
    return np.multiply(g, np.greater(y, 0), out=out)


@op(
    "Relu",
    infer=_REAL,
    lower=lambda b, x: b.maximum(x, 0),
    elementwise=True,
    vjp=lambda n, g: (apply("ReluGrad", g, n.output),),
)
def _relu(x: Any, out: Any = None) -> Any:
    return np.maximum(x, 0, out=out)


def relu(features: Any, name: str | None = None) -> Tensor:
    """The positive part ``max(x, 0)``, element-wise; the derivative at 0 is 0.

    >>> tf.Session().run(tf.nn.relu([-1.0, 2.0]))
    array([0., 2.], dtype=float32)
    """
    return apply("Relu", features, name=name)


def _relu6_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    y = n.output
    return (apply("ZeroUnless", g, apply("LogicalAnd", y > 0.0, y < 6.0)),)


@op("Relu6", infer=_REAL, lower=lambda b, x: b.minimum(b.maximum(x, 0), 6), elementwise=True, vjp=_relu6_vjp)
def _relu6(x: Any, out: Any = None) -> Any:
    return np.minimum(np.maximum(x, 0, out=out), 6, out=out)


def relu6(features: Any, name: str | None = None) -> Tensor:
    """The positive part up to 6, ``min(max(x, 0), 6)``, element-wise; the derivative at 0 and 6 is 0.

    >>> tf.Session().run(tf.nn.relu6([-1.0, 2.0, 7.0]))
    array([0., 2., 6.], dtype=float32)
    """
    return apply("Relu6", features, name=name)


def crelu(features: Any, name: str | None = None, axis: Any = -1) -> Tensor:
    """The positive parts of `x` and of ``-x``, one after the other along `axis`, which becomes twice as long.

    Source: Shang et al. 2016, "Understanding and Improving Convolutional Neural Networks via Concatenated Rectified
    Linear Units", definition 2.1.

    >>> tf.Session().run(tf.nn.crelu([-1.0, 2.0]))
    array([0., 2., 1., 0.], dtype=float32)
    """
    x = convert(features)
    name = name or "CRelu"
    return relu(apply("ConcatV2", x, -x, axis=axis, name=name), name=f"{name}/Relu")


@op(
    "LeakyReluGrad",
    infer=_REAL,
    lower=lambda b, g, x, alpha: g * b.select(x > 0, b.literal(1, x.dtype), alpha),
    elementwise=True,
    vjp=lambda n, g: (apply("LeakyReluGrad", g, n.inputs[1], **n.attrs), None),
)
def _leaky_relu_grad(g: Any, x: Any, alpha: float, out: Any = None) -> Any:
    positive = np.greater(x, 0)
    if 0.0 <= alpha <= 1.0:
        slope = np.maximum(positive, x.dtype.type(alpha))
    else:
        slope = np.where(positive, x.dtype.type(1), x.dtype.type(alpha))
    return np.multiply(g, slope, out=out)


def _leaky_relu_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (apply("LeakyReluGrad", g, n.inputs[0], **n.attrs),)


def _lower_leaky(b: Any, x: Any, alpha: float) -> Any:
    if alpha == 0.0:
        return b.maximum(x, 0)
    return (b.maximum if alpha <= 1.0 else b.minimum)(x, x * alpha)


def _infer_leaky(x: Any, alpha: float) -> Any:
    return _FLOAT(x)


@op("LeakyRelu", infer=_infer_leaky, lower=_lower_leaky, elementwise=True, vjp=_leaky_relu_vjp)
def _leaky_relu(x: Any, alpha: float, out: Any = None) -> Any:
    if alpha == 0.0:
        return np.maximum(x, 0, out=out)
    return (np.maximum if alpha <= 1.0 else np.minimum)(x, np.multiply(x, alpha), out=out)


def leaky_relu(features: Any, alpha: Any = 0.2, name: str | None = None) -> Tensor:
    """`x` where it is positive, else ``alpha x``, element-wise; the derivative at 0 is `alpha`.

    Args:
        features: a tensor; integers become float32.
        alpha: the slope for negative numbers, or a scalar tensor.

    Source: Maas et al. 2013, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", equation 2.

    >>> tf.Session().run(tf.nn.leaky_relu([-1.0, 2.0]))
    array([-0.2,  2. ], dtype=float32)
    """
    x = convert(features)
    if x.dtype.is_integer:
        x = apply("Cast", x, dtype=types.float32)
    if hasattr(alpha, "graph") or hasattr(alpha, "__tensor_apply__"):
        return apply("Maximum", alpha * x, x, name=name or "LeakyRelu")
    return apply("LeakyRelu", x, alpha=float(alpha), name=name)


def _elu_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (g * (minimum(n.output, 0.0) + 1.0),)


@op(
    "Elu",
    infer=_FLOAT,
    lower=lambda b, x: b.maximum(x, 0) + b.call("expm1", b.minimum(x, 0)),
    elementwise=True,
    vjp=_elu_vjp,
)
def _elu(x: Any, out: Any = None) -> Any:
    below = np.minimum(x, 0)
    below = np.expm1(below, out=below if below.ndim else None)
    return np.add(np.maximum(x, 0, out=out), below, out=out)


def elu(features: Any, name: str | None = None) -> Tensor:
    """`x` where it is positive, else ``e^x - 1``, element-wise; the derivative at 0 is 1.

    Source: Clevert et al. 2016, "Fast and Accurate Deep Network Learning by Exponential Linear Units", equation 15.

    >>> tf.Session().run(tf.nn.elu([-1.0, 2.0])).round(4)
    array([-0.6321,  2.    ], dtype=float32)
    """
    return apply("Elu", features, name=name)


def _selu_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    y = n.output
    steeper = apply("ZeroUnless", y + _SELU_SCALE * (_SELU_ALPHA - 1.0), y < 0.0)
    return (g * (steeper + _SELU_SCALE),)


@op(
    "Selu",
    infer=_FLOAT,
    lower=lambda b, x: b.maximum(x, 0) * _SELU_SCALE + b.call("expm1", b.minimum(x, 0)) * (_SELU_SCALE * _SELU_ALPHA),
    elementwise=True,
    vjp=_selu_vjp,
)
def _selu(x: Any, out: Any = None) -> Any:
    below = np.multiply(np.expm1(np.minimum(x, 0)), _SELU_SCALE * _SELU_ALPHA)
    above = np.multiply(np.maximum(x, 0, out=out), _SELU_SCALE, out=out)
    return np.add(above, below, out=out)


def selu(features: Any, name: str | None = None) -> Tensor:
    """``s x`` where `x` is positive, else ``s a (e^x - 1)``, with s = 1.0507 and a = 1.6733, element-wise.

    Source: Klambauer et al. 2017, "Self-Normalizing Neural Networks", equation 2.

    >>> tf.Session().run(tf.nn.selu([-1.0, 2.0])).round(4)
    array([-1.1113,  2.1014], dtype=float32)
    """
    return apply("Selu", features, name=name)


def _sigmoid_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    y = conj(n.output)
    return (g * (y * (1.0 - y)),)


@op("Sigmoid", infer=broadcasting(INEXACT), lower=lambda b, x: b.call("sigmoid", x), elementwise=True, vjp=_sigmoid_vjp)
def _sigmoid(x: Any, out: Any = None) -> Any:
    if x.dtype.kind == "c":
        return np.reciprocal(np.add(np.exp(np.negative(x)), 1), out=out)
    # e^x / (e^x + 1); where e^x is so large that the 1 is lost, larger ones would only overflow.
    e = np.exp(np.minimum(x, 11 if x.dtype.itemsize == 2 else 40, out=out), out=out)
    return np.divide(e, e + 1, out=out)


def sigmoid(x: Any, name: str | None = None) -> Tensor:
    """The logistic function ``1 / (1 + e^-x)``, element-wise.

    >>> tf.Session().run(tf.sigmoid([0.0, 2.0])).round(4)
    array([0.5   , 0.8808], dtype=float32)
    """
    return apply("Sigmoid", x, name=name)


@op(
    "Softplus",
    infer=_FLOAT,
    lower=lambda b, x: b.call("softplus", x),
    elementwise=True,
    vjp=lambda n, g: (g * sigmoid(n.inputs[0]),),
)
def _softplus(x: Any, out: Any = None) -> Any:
    above = np.maximum(x, 0)
    e = np.exp(np.negative(np.abs(x, out=out), out=out), out=out)
    return np.add(np.log1p(e, out=out), above, out=out)


def softplus(features: Any, name: str | None = None) -> Tensor:
    """``log(1 + e^x)``, element-wise, exact to the last digits on both sides.

    >>> tf.Session().run(tf.nn.softplus([0.0, 100.0])).round(4)
    array([  0.6931, 100.    ], dtype=float32)
    """
    return apply("Softplus", features, name=name)


def _softsign_vjp(n: Operation, g: Tensor) -> tuple[Tensor]:
    return (g / apply("Square", 1.0 + apply("Abs", n.inputs[0])),)


@op("Softsign", infer=_FLOAT, lower=lambda b, x: x / (1 + b.call("abs", x)), elementwise=True, vjp=_softsign_vjp)
def _softsign(x: Any, out: Any = None) -> Any:
    return np.divide(x, np.add(np.abs(x), 1), out=out)


def softsign(features: Any, name: str | None = None) -> Tensor:
    """``x / (1 + |x|)``, element-wise.

    >>> tf.Session().run(tf.nn.softsign([-1.0, 3.0]))
    array([-0.5 ,  0.75], dtype=float32)
    """
    return apply("Softsign", features, name=name)


def swish(features: Any, name: str | None = None) -> Tensor:
    """``x sigmoid(x)``, element-wise.

    Source: Ramachandran et al. 2017, "Searching for Activation Functions".

    >>> tf.Session().run(tf.nn.swish([-1.0, 2.0])).round(4)
    array([-0.2689,  1.7616], dtype=float32)
    """
    x = convert(features)
    return apply("Mul", x, sigmoid(x), name=name or "swish")


def gelu(features: Any, approximate: bool = False, name: str | None = None) -> Tensor:
    """``x P(X <= x)`` for a standard normal X, element-wise.

    Args:
        features: a floating-point tensor.
        approximate: whether to use ``x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2``, which is faster, and off by
            less than 0.0005.

    Source: Hendrycks and Gimpel 2016, "Gaussian Error Linear Units", section 2.

    >>> tf.Session().run(tf.nn.gelu([-1.0, 2.0])).round(4)
    array([-0.1587,  1.9545], dtype=float32)
    >>> tf.Session().run(tf.nn.gelu([-1.0, 2.0], approximate=True)).round(4)
    array([-0.1588,  1.9546], dtype=float32)
    """
    x = convert(features)
    if approximate:
        # (1 + tanh u) / 2 = sigmoid(2u), which loses no digits where it is small.
        share = sigmoid(x * (2.0 * math.sqrt(2.0 / math.pi) * (1.0 + 0.044715 * apply("Square", x))))
    else:
        share = apply("Ndtr", x)
    return apply("Mul", x, share, name=name or "Gelu")
