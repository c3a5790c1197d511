"""Batch normalisation as a layer, with the moving averages that stand in for a batch's moments afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.core.graph import apply, convert, default_graph
from kerasflow.core.tensor import Tensor
from kerasflow.core.weights import Weight
from kerasflow.layers.weighted import Weighted

__all__ = ["LEAST_EPSILON", "BatchNorm", "BatchNormalization", "ImageNorm"]

LEAST_EPSILON = 1.001e-5  # of the operation that normalises images


class BatchNormalization(Weighted):
    """Gives each channel mean 0 and variance 1, then a mean and a scale that are learnt.

    ``gamma (x - mean) / sqrt(variance + epsilon) + beta``: in training with the moments of the batch, otherwise with
    moving averages ``a <- momentum a + (1 - momentum) moment`` of them. A frozen layer uses the averages in training
    too.

    Args:
        axis: the axis of the channels.
        momentum: of the averages.
        epsilon: what is added to the variance.
        center, scale: whether there are a beta and a gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: where the weights
            start, by default 0 and 1.
        beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint: penalties on, and projections of,
            weights.

    Raises:
        ValueError: the input has no such axis, or its size is not known.

    Source: Ioffe and Szegedy, "Batch normalization", 2015, algorithms 1 and 2.

    >>> layer = tf.keras.layers.BatchNormalization(momentum=0.5)
    >>> model = tf.keras.Sequential([tf.keras.Input((1,)), layer])
    >>> model.compile("sgd", "mse")
    >>> x = np.array([[1.0], [3.0]])
    >>> _ = model.fit(x, [-1.0, 1.0], batch_size=2, epochs=1, verbose=0)
    >>> [w.tolist() for w in layer.get_weights()[2:]]  # 0.5 * 0 + 0.5 * 2, 0.5 * 1 + 0.5 * 1
    [[1.0], [1.0]]
    """

    supports_masking = True
    order: tuple[str, ...] = ("gamma", "beta")  # in which they are made
    fused = True  # whether images are normalised by one operation in training
    unbiased = False  # whether the variance is averaged over one less than the number of elements

    def __init__(
        self,
        axis: Any = -1,
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
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(axis, (list, tuple)) and len(axis) == 1:
            axis = axis[0]  # so it stands in the files of Keras 2
        if isinstance(axis, bool) or not isinstance(axis, (int, np.integer)):
            raise ValueError(f"BatchNormalization needs an integer as axis, got {axis!r}.")
        self.axis = int(axis)
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.keep(
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            moving_mean_initializer=moving_mean_initializer,
            moving_variance_initializer=moving_variance_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )
        self.gamma: Any = None
        self.beta: Any = None
        self.moving_mean: Any = None
        self.moving_variance: Any = None

    def build(self, input_shape: Any) -> None:
        """Make gamma, beta and the moving mean and variance, one number for each channel."""
        shape = (self._channels(input_shape),)
        for name in self.order:
            if {"gamma": self.scale, "beta": self.center}[name]:
                setattr(self, name, self.made(name, shape))
        self.moving_mean = self.made("moving_mean", shape, trainable=False)
        self.moving_variance = self.made("moving_variance", shape, trainable=False)

    def _channels(self, dims: shapes.Dims) -> int:
        size = dims[self.axis] if dims is not None and -len(dims) <= self.axis < len(dims) else None
        if size is None:
            raise ValueError(
                f"BatchNormalization layer {self.name!r} needs an axis {self.axis} of known size; got the shape "
                f"{shapes.show(dims)}."
            )
        return size

    def call(self, inputs: Any, training: Any = False, mask: Any = None) -> Any:
        """The inputs, normalised; `training` may be a tensor. Steps that `mask` leaves out do not count."""
        self._channels(inputs.dims)
        if mask is not None and None not in (mask.dims, inputs.dims) and len(mask.dims) != len(inputs.dims) - 1:
            raise ValueError(
                f"BatchNormalization layer {self.name!r} takes a mask with all axes of its input but the last; got one "
                f"of shape {shapes.show(mask.dims)} for an input of shape {shapes.show(inputs.dims)}."
            )
        x = ops.cast(inputs, self.moving_mean.dtype)
        rank = len(x.dims)
        axis = self.axis % rank
        if not self.uses_batch(training):
            moments: tuple[Any, Any] = (self.moving_mean, self.moving_variance)
        elif mask is None and training is True and rank == 4 and axis in (1, 3) and self._in_one(x):
            return self._of_images(x, axis)
        else:
            moments = self._of_batch(x, [i for i in range(rank) if i != axis], training, mask)
        column = [1] * rank
        column[axis] = -1
        mean, variance, beta, gamma = (
            v if v is None or axis == rank - 1 else ops.reshape(v, column) for v in (*moments, self.beta, self.gamma)
        )
        return ops.batch_normalization(x, mean, variance, beta, gamma, self.epsilon)

    def uses_batch(self, training: Any) -> bool:
        """Whether the moments of the batch may be used."""
        known = isinstance(training, (bool, int, np.bool_))
        return self.trainable and (bool(training) if known else True)

    def _in_one(self, x: Any) -> bool:
        """Whether one operation can normalise `x`."""
        return self.fused and self.epsilon >= LEAST_EPSILON and x.dtype.name in ("float32", "float64")

    def _of_images(self, x: Any, axis: int) -> Any:
        """Images in training, in one operation."""
        shape = self.moving_mean.shape
        scale, offset = (
            ops.fill(shape, default) if v is None else v for v, default in ((self.gamma, 1.0), (self.beta, 0.0))
        )
        attrs = {"epsilon": self.epsilon, "data_format": "NHWC" if axis == 3 else "NCHW", "is_training": True}
        y, mean, estimate, _, variance = apply(
            "FusedBatchNormV3", x, ops.cast(scale, x.dtype), ops.cast(offset, x.dtype), **attrs
        )
        self._average((mean, estimate if self.unbiased else variance), 1.0 - self.momentum)
        return y

    def _of_batch(self, x: Any, axes: list[int], training: Any, mask: Any = None) -> tuple[Any, Any]:
        """The moments to use; leaves behind the updates of the averages."""
        found = ops.moments(x, axes) if mask is None else _masked_moments(x, axes, mask)
        rate: Any = 1.0 - self.momentum
        chosen = list(found)
        if isinstance(training, Tensor):
            rate = rate * ops.cast(training, x.dtype)  # no update where it is not training
            averages = (convert(self.moving_mean), convert(self.moving_variance))
            chosen = [ops.where(_like(training, m), m, a) for m, a in zip(found, averages, strict=True)]
        mean, variance = found
        if self.unbiased:
            n = ops.cast(ops.size(x) // ops.size(variance), variance.dtype)
            variance = variance * (n / ops.maximum(n - 1.0, 1.0))
        self._average((mean, variance), rate)
        return chosen[0], chosen[1]

    def _average(self, seen: tuple[Any, Any], rate: Any) -> None:
        """Leave behind the updates of the averages."""
        for number, (weight, value) in enumerate(zip((self.moving_mean, self.moving_variance), seen, strict=True)):
            variable = weight.variable(default_graph()) if isinstance(weight, Weight) else weight
            change = (variable.read_value() - value) * rate
            self.add_update(variable.assign_sub(change, name=f"AssignMovingAvg{'_1' * number}", read_value=False))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("axis", "momentum", "epsilon", "center", "scale")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _masked_moments(x: Tensor, axes: list[int], mask: Tensor) -> tuple[Any, Any]:
    """The mean and variance of the steps in the mask, as Keras has them: divided by their number plus 1e-7."""
    counts = ops.broadcast_to(ops.expand_dims(mask, -1), ops.shape(x))
    nothing = ops.zeros_like(x)
    number = ops.reduce_sum(ops.cast(counts, x.dtype), axes, keepdims=True) + 1e-7
    mean = ops.reduce_sum(ops.where(counts, x, nothing), axes, keepdims=True) / number
    square = ops.square(ops.where(counts, x - mean, nothing))
    return ops.squeeze(mean, axes), ops.squeeze(ops.reduce_sum(square, axes, keepdims=True) / number, axes)


def _like(training: Tensor, x: Tensor) -> Tensor:
    """A truth value for each number of `x`."""
    return ops.logical_and(ops.cast(training, "bool"), ops.ones_like(x, dtype="bool"))


class BatchNorm(BatchNormalization):
    """Batch normalisation as TensorFlow 1 defines it: frozen or not, `training` decides.

    >>> from kerasflow.layers.normalization import BatchNorm
    >>> BatchNorm(trainable=False).uses_batch(training=True)
    True
    """

    fused = False

    def uses_batch(self, training: Any) -> bool:
        """Whether the moments of the batch may be used."""
        return not isinstance(training, (bool, int, np.bool_)) or bool(training)


class ImageNorm(BatchNorm):
    """The same for images: the variance is averaged as the unbiased estimate, over one less than the elements.

    >>> from kerasflow.layers.normalization import ImageNorm
    >>> ImageNorm().unbiased
    True
    """

    fused = True
    unbiased = True
