"""The layers as functions of the graph API: ``tf.layers.dense(x, 10, name="hidden")``.

Each makes a layer and applies it once, in a variable scope of its own.
"""

from __future__ import annotations

from typing import Any

from kerasflow.core.tensor import Tensor
from kerasflow.layers.core import Dense, Dropout, Flatten
from kerasflow.layers.normalization import LEAST_EPSILON, BatchNorm, ImageNorm
from kerasflow.layers.scoped import applied

__all__ = ["batch_normalization", "dense", "dropout", "flatten"]


def dense(
    inputs: Any,
    units: int,
    activation: Any = None,
    use_bias: bool = True,
    kernel_initializer: Any = None,
    bias_initializer: Any = "zeros",
    kernel_regularizer: Any = None,
    bias_regularizer: Any = None,
    activity_regularizer: Any = None,
    kernel_constraint: Any = None,
    bias_constraint: Any = None,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
) -> Tensor:
    """A fully connected layer on a tensor, ``activation(inputs W + b)``; see the layer `Dense`.

    Args:
        name: the variable scope, by default ``dense``, made unique.
        reuse: True to use the variables that an earlier call made under this name.

    Raises:
        ValueError: the last axis of `inputs` is not known; variables exist, or with `reuse` do not exist.

    >>> x = tf.placeholder(tf.float32, [None, 3])
    >>> y = tf.layers.dense(x, 2, activation=tf.nn.relu, name="hidden")
    >>> y.shape.as_list(), [v.name for v in tf.global_variables()]
    ([None, 2], ['hidden/kernel:0', 'hidden/bias:0'])
    """
    return applied(Dense, "dense", **locals())


def dropout(
    inputs: Any,
    rate: Any = 0.5,
    noise_shape: Any = None,
    seed: int | None = None,
    training: Any = False,
    name: str | None = None,
) -> Tensor:
    """Sets each element to zero with probability `rate`, and scales the rest, if `training`; see the layer `Dropout`.

    Args:
        training: a bool, or a boolean tensor.

    >>> x, training = tf.ones([4]), tf.placeholder_with_default(False, [])
    >>> tf.Session().run(tf.layers.dropout(x, 0.5, training=training))
    array([1., 1., 1., 1.], dtype=float32)
    """
    options = {"rate": rate, "noise_shape": noise_shape, "seed": seed}
    return applied(Dropout, "dropout", inputs, name, call={"training": training}, **options)


def flatten(inputs: Any, name: str | None = None) -> Tensor:
    """Makes one axis of all axes but the batch.

    >>> tf.layers.flatten(tf.zeros([2, 3, 4])).shape.as_list()
    [2, 12]
    """
    return applied(Flatten, "flatten", inputs, name)


def batch_normalization(
    inputs: Any,
    axis: int = -1,
    momentum: float = 0.99,
    epsilon: float = 1e-3,
    center: bool = True,
    scale: bool = True,
    beta_initializer: Any = "zeros",
    gamma_initializer: Any = "ones",
    moving_mean_initializer: Any = "zeros",
    moving_variance_initializer: Any = "ones",
    beta_regularizer: Any = None,
    gamma_regularizer: Any = None,
    beta_constraint: Any = None,
    gamma_constraint: Any = None,
    training: Any = False,
    trainable: bool = True,
    name: str | None = None,
    reuse: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_momentum: float = 0.99,
    fused: bool | None = None,
    virtual_batch_size: int | None = None,
    adjustment: Any = None,
) -> Any:
    """Batch normalisation; see the layer `BatchNormalization`.

    In training it leaves the updates of its moving averages in the collection UPDATE_OPS; have them run with each
    step. The variance of images is averaged as the unbiased estimate unless `fused` is False.

    Args:
        training: a bool, or a boolean tensor.
        trainable: whether optimizers change gamma and beta.
        name: the variable scope, by default ``batch_normalization``, made unique.
        reuse: True to use the variables that an earlier call made under this name.
        fused: whether images are normalised as by `tf.nn.fused_batch_norm`, by default yes.
        renorm, renorm_clipping, renorm_momentum, virtual_batch_size, adjustment: must be left out.

    Raises:
        ValueError: batch renormalisation, virtual batches or an adjustment is asked for, which are not in kerasflow.

    >>> x = tf.placeholder(tf.float32, [None, 3])
    >>> y = tf.layers.batch_normalization(x, training=True, name="bn")
    >>> [v.name for v in tf.global_variables()]
    ['bn/gamma:0', 'bn/beta:0', 'bn/moving_mean:0', 'bn/moving_variance:0']
    >>> len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    2
    """
    arguments = dict(locals())
    for what in ("renorm", "virtual_batch_size", "adjustment"):
        if arguments.pop(what):
            raise ValueError(f"batch_normalization: {what} is not in kerasflow, leave it out.")
    x, call = arguments.pop("inputs"), {"training": arguments.pop("training")}
    for unused in ("renorm_clipping", "renorm_momentum", "fused"):
        arguments.pop(unused)
    dims = getattr(x, "dims", None)
    images = dims is not None and len(dims) == 4 and fused is not False
    if images:
        arguments["epsilon"] = max(epsilon, LEAST_EPSILON)
    return applied(ImageNorm if images else BatchNorm, "batch_normalization", x, call=call, **arguments)
