"""Activation functions under the names and with the arguments that layers take.

Each is a function from a tensor to a tensor; most are the functions of `tf.nn`. `linear` stands for none at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.ops import log_sigmoid
from kerasflow.core.tensor import Tensor
from kerasflow.utils.lookup import Lookup

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]


def linear(x: Any) -> Any:
    """`x` itself.

    >>> tf.Session().run(tf.keras.activations.linear(tf.constant([-1.0, 2.0])))
    array([-1.,  2.], dtype=float32)
    """
    return x


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    """The rectifier, ``max(x, 0)``, with a few more arguments.

    It is ``negative_slope (x - threshold)`` up to `threshold`, `x` above, and `max_value` where that is less.

    Args:
        x: a floating-point tensor.
        negative_slope: the slope up to the threshold.
        max_value: the largest value, at least 0; None for no limit.
        threshold: where the rectifier opens, at least 0.

    Raises:
        ValueError: an argument is negative.

    >>> tf.Session().run(tf.keras.activations.relu([-1.0, 0.5, 2.0], negative_slope=0.1, max_value=1.0))
    array([-0.1,  0.5,  1. ], dtype=float32)
    """
    for name, value in (("negative_slope", negative_slope), ("max_value", max_value), ("threshold", threshold)):
        if value is not None and not value >= 0:
            raise ValueError(f"relu: {name} must be at least 0, got {value!r}.")
    x = convert(x)
    y = ops.relu(x) if not threshold else x * ops.cast(x > threshold, x.dtype)
    if max_value is not None:
        y = ops.minimum(y, max_value)
    return y - negative_slope * ops.relu(threshold - x) if negative_slope else y


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Tensor:
    """`x` where it is positive, else ``negative_slope x``.

    >>> tf.Session().run(tf.keras.activations.leaky_relu([-1.0, 2.0]))
    array([-0.2,  2. ], dtype=float32)
    """
    return ops.leaky_relu(x, negative_slope)


def relu6(x: Any) -> Tensor:
    """The rectifier up to 6, ``min(max(x, 0), 6)``.

    >>> tf.Session().run(tf.keras.activations.relu6([-1.0, 2.0, 7.0]))
    array([0., 2., 6.], dtype=float32)
    """
    return ops.relu6(x)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """`x` where it is positive, else ``alpha (e^x - 1)``.

    Source: Clevert et al., "Fast and accurate deep network learning by exponential linear units", 2016, equation 15.

    >>> tf.Session().run(tf.keras.activations.elu([-1.0, 2.0], alpha=2.0)).round(4)
    array([-1.2642,  2.    ], dtype=float32)
    """
    if alpha == 1.0:
        return ops.elu(x)
    x = convert(x)
    return ops.relu(x) + alpha * ops.elu(ops.minimum(x, 0.0))


def selu(x: Any) -> Tensor:
    """``s x`` where `x` is positive, else ``s a (e^x - 1)``, with s = 1.0507 and a = 1.6733.

    Source: Klambauer et al., "Self-normalizing neural networks", 2017, equation 2.

    >>> tf.Session().run(tf.keras.activations.selu([-1.0, 2.0])).round(4)
    array([-1.1113,  2.1014], dtype=float32)
    """
    return ops.selu(x)


def gelu(x: Any, approximate: bool = False) -> Tensor:
    """``x P(X <= x)`` for a standard normal X.

    Args:
        x: a floating-point tensor.
        approximate: whether to use a formula with tanh, which is faster, and off by less than 0.0005.

    Source: Hendrycks and Gimpel, "Gaussian error linear units", 2016, section 2.

    >>> tf.Session().run(tf.keras.activations.gelu([-1.0, 2.0])).round(4)
    array([-0.1587,  1.9545], dtype=float32)
    """
    return ops.gelu(x, approximate)


def silu(x: Any) -> Tensor:
    """``x sigmoid(x)``, also called swish.

    Source: Ramachandran, Zoph and Le, "Searching for activation functions", 2017.

    >>> tf.Session().run(tf.keras.activations.silu([-1.0, 2.0])).round(4)
    array([-0.2689,  1.7616], dtype=float32)
    """
    return ops.swish(x)


def mish(x: Any) -> Tensor:
    """``x tanh(log(1 + e^x))``.

    Source: Misra, "Mish: a self regularized non-monotonic activation function", 2019, equation 1.

    >>> tf.Session().run(tf.keras.activations.mish([-1.0, 2.0])).round(4)
    array([-0.3034,  1.944 ], dtype=float32)
    """
    x = convert(x)
    return x * ops.tanh(ops.softplus(x))


def sigmoid(x: Any) -> Tensor:
    """The logistic function ``1 / (1 + e^-x)``.

    >>> tf.Session().run(tf.keras.activations.sigmoid([0.0, 2.0])).round(4)
    array([0.5   , 0.8808], dtype=float32)
    """
    return ops.sigmoid(x)


def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent.

    >>> tf.Session().run(tf.keras.activations.tanh([0.0, 1.0])).round(4)
    array([0.    , 0.7616], dtype=float32)
    """
    return ops.tanh(x)


def softplus(x: Any) -> Tensor:
    """``log(1 + e^x)``.

    >>> tf.Session().run(tf.keras.activations.softplus([0.0, 100.0])).round(4)
    array([  0.6931, 100.    ], dtype=float32)
    """
    return ops.softplus(x)


def softsign(x: Any) -> Tensor:
    """``x / (1 + |x|)``.

    >>> tf.Session().run(tf.keras.activations.softsign([-1.0, 3.0]))
    array([-0.5 ,  0.75], dtype=float32)
    """
    return ops.softsign(x)


def exponential(x: Any) -> Tensor:
    """``e^x``.

    >>> tf.Session().run(tf.keras.activations.exponential([0.0, 1.0])).round(4)
    array([1.    , 2.7183], dtype=float32)
    """
    return ops.exp(x)


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Numbers as probabilities, ``exp(x_i) / sum_j exp(x_j)`` along `axis`.

    >>> tf.Session().run(tf.keras.activations.softmax([[1.0, 1.0]]))
    array([[0.5, 0.5]], dtype=float32)
    """
    return ops.softmax(x, axis)


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """The logarithm of `softmax`.

    >>> tf.Session().run(tf.keras.activations.log_softmax([[1000.0, 0.0]]))
    array([[    0., -1000.]], dtype=float32)
    """
    return ops.log_softmax(x, axis)


def hard_sigmoid(x: Any) -> Tensor:
    """A sigmoid of straight lines, ``relu6(x + 3) / 6``.

    >>> tf.Session().run(tf.keras.activations.hard_sigmoid([-4.0, 0.0, 1.5]))
    array([0.  , 0.5 , 0.75], dtype=float32)
    """
    return ops.relu6(convert(x) + 3.0) / 6.0


def hard_silu(x: Any) -> Tensor:
    """``x hard_sigmoid(x)``. Source: Howard et al., "Searching for MobileNetV3", 2019, section 5.2.

    >>> tf.Session().run(tf.keras.activations.hard_silu([-4.0, 1.5, 4.0]))
    array([-0.   ,  1.125,  4.   ], dtype=float32)
    """
    x = convert(x)
    return x * hard_sigmoid(x)


def hard_tanh(x: Any) -> Tensor:
    """`x` between -1 and 1, and those outside.

    >>> tf.Session().run(tf.keras.activations.hard_tanh([-4.0, 0.5]))
    array([-1. ,  0.5], dtype=float32)
    """
    return ops.clip_by_value(x, -1.0, 1.0)


def tanh_shrink(x: Any) -> Tensor:
    """``x - tanh(x)``.

    >>> tf.Session().run(tf.keras.activations.tanh_shrink([0.0, 1.0])).round(4)
    array([0.    , 0.2384], dtype=float32)
    """
    x = convert(x)
    return x - ops.tanh(x)


def hard_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """`x` where its size is above `threshold`, else 0.

    >>> tf.Session().run(tf.keras.activations.hard_shrink([-1.0, 0.4, 1.0]))
    array([-1.,  0.,  1.], dtype=float32)
    """
    x = convert(x)
    return x * ops.cast(ops.abs(x) > threshold, x.dtype)


def soft_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """`x` moved towards 0 by `threshold`, and 0 where it would pass.

    >>> tf.Session().run(tf.keras.activations.soft_shrink([-1.0, 0.4, 1.0]))
    array([-0.5,  0. ,  0.5], dtype=float32)
    """
    x = convert(x)
    return ops.relu(x - threshold) - ops.relu(-x - threshold)


def threshold(x: Any, threshold: float, default_value: float) -> Tensor:
    """`x` where it is above `threshold`, else `default_value`.

    >>> tf.Session().run(tf.keras.activations.threshold([-1.0, 2.0], 0.5, 9.0))
    array([9., 2.], dtype=float32)
    """
    x = convert(x)
    return ops.where_v2(x > threshold, x, ops.constant(default_value, x.dtype))


def celu(x: Any, alpha: float = 1.0) -> Tensor:
    """`x` where it is positive, else ``alpha (e^(x / alpha) - 1)``. Source: Barron, 2017.

    >>> tf.Session().run(tf.keras.activations.celu([-1.0, 2.0], alpha=2.0)).round(4)
    array([-0.7869,  2.    ], dtype=float32)
    """
    x = convert(x)
    return ops.relu(x) + alpha * ops.elu(ops.minimum(x, 0.0) / alpha)


def squareplus(x: Any, b: float = 4.0) -> Tensor:
    """``(x + sqrt(x^2 + b)) / 2``. Source: Barron, 2021.

    >>> tf.Session().run(tf.keras.activations.squareplus([0.0, 1.5]))
    array([1., 2.], dtype=float32)
    """
    x = convert(x)
    return (x + ops.sqrt(ops.square(x) + b)) / 2.0


def sparse_plus(x: Any) -> Tensor:
    """0 up to -1, `x` from 1, and ``(x + 1)^2 / 4`` between.

    >>> tf.Session().run(tf.keras.activations.sparse_plus([-2.0, 0.0, 2.0]))
    array([0.  , 0.25, 2.  ], dtype=float32)
    """
    x = convert(x)
    return ops.square(ops.clip_by_value(x, -1.0, 1.0) + 1.0) / 4.0 + ops.relu(x - 1.0)


def sparse_sigmoid(x: Any) -> Tensor:
    """0 up to -1, 1 from 1, and ``(x + 1) / 2`` between.

    >>> tf.Session().run(tf.keras.activations.sparse_sigmoid([-2.0, 0.5, 2.0]))
    array([0.  , 0.75, 1.  ], dtype=float32)
    """
    return (hard_tanh(x) + 1.0) / 2.0


def glu(x: Any, axis: int = -1) -> Tensor:
    """One half of `x` along `axis`, gated by the sigmoid of the other. Source: Dauphin et al., 2017.

    >>> tf.Session().run(tf.keras.activations.glu([3.0, 0.0]))
    array([1.5], dtype=float32)
    """
    half, gate = ops.split(convert(x), 2, axis)
    return half * ops.sigmoid(gate)


swish = silu
hard_swish = hard_silu

_FUNCTIONS = (
    *(linear, relu, leaky_relu, relu6, elu, selu, gelu, silu, mish, sigmoid, tanh, softplus, softsign, exponential),
    *(softmax, log_softmax, log_sigmoid, hard_sigmoid, hard_silu, hard_tanh, hard_shrink, soft_shrink, tanh_shrink),
    *(threshold, celu, glu, squareplus, sparse_plus, sparse_sigmoid),
)
_LOOKUP = Lookup("activation", functions={f.__name__: f for f in _FUNCTIONS} | {"swish": silu, "hard_swish": hard_silu})


def get(identifier: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The activation function that `identifier` stands for.

    Args:
        identifier: a name, a function or layer, what `serialize` gave, or None for `linear`.
        custom_objects: the caller's own functions, by name.

    Raises:
        ValueError: there is no activation of this name. TypeError: it is none of the above.

    >>> tf.keras.activations.get("relu") is tf.keras.activations.relu
    True
    """
    return linear if identifier is None else _LOOKUP.get(identifier, custom_objects)


def serialize(activation: Any) -> Any:
    """An activation as plain data, for `deserialize`: a function's name.

    >>> tf.keras.activations.serialize(tf.keras.activations.relu)
    'relu'
    """
    return _LOOKUP.serialize(activation)


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The activation that `serialize` described; raises as `get`.

    >>> tf.keras.activations.deserialize("relu") is tf.keras.activations.relu
    True
    """
    return get(config, custom_objects)
