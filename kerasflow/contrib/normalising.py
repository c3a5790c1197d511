"""Normalisation of batches and of samples, as in `tf.contrib.layers`."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.contrib.applying import collected, model_variables_as
from kerasflow.contrib.arg_scopes import add_arg_scope
from kerasflow.core import ops
from kerasflow.core.graph import convert
from kerasflow.core.keys import GraphKeys
from kerasflow.core.variable_scope import variable_scope
from kerasflow.initializers import Ones, Zeros
from kerasflow.layers.normalization import LEAST_EPSILON, BatchNorm, ImageNorm

__all__ = ["batch_norm", "layer_norm"]

_LEAST = 1e-12  # added to the variance of a sample


class _Gathering(BatchNorm):
    """Keeps its updates for whoever applies it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.updates: list[Any] = []

    def add_update(self, update: Any) -> None:
        self.updates.append(update)


class _GatheringUnbiased(_Gathering, ImageNorm):
    pass


@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: float = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Any = None,
    param_initializers: Any = None,
    param_regularizers: Any = None,
    updates_collections: Any = GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
) -> Any:
    """Batch normalisation as `tf.layers.batch_normalization`, with a shift but no scale if nothing else is said.

    Args:
        inputs: [batch, ..., channels], or [batch, channels, ...] for ``"NCHW"``.
        decay: the momentum of the moving averages.
        center, scale: whether there are a beta and a gamma.
        epsilon: what is added to the variance.
        activation_fn: a function of the output, or None.
        param_initializers, param_regularizers: of beta, gamma, moving_mean and moving_variance, by these names.
        updates_collections: where the updates of the averages wait; None to have them run with the output.
        is_training: a bool, or a boolean tensor.
        reuse, variables_collections, outputs_collections, trainable: as for `fully_connected`.
        fused: whether matrices and images are averaged by the unbiased estimate of the variance, by default yes.
        data_format: ``"NHWC"`` or ``"NCHW"``.
        scope: the variable scope, by default ``BatchNorm``.
        batch_weights, zero_debias_moving_mean, renorm: must be left out.

    Raises:
        ValueError: the rank is not known, or an argument is given that must be left out.

    Source: Ioffe and Szegedy, "Batch normalization", 2015, algorithms 1 and 2.

    >>> y = tf.contrib.layers.batch_norm(tf.zeros([4, 3]))
    >>> [v.name for v in tf.model_variables()], len(tf.get_collection(tf.GraphKeys.UPDATE_OPS))
    (['BatchNorm/beta:0', 'BatchNorm/moving_mean:0', 'BatchNorm/moving_variance:0'], 2)
    """
    left_out = {"batch_weights": batch_weights, "zero_debias_moving_mean": zero_debias_moving_mean, "renorm": renorm}
    for what, value in left_out.items():
        if value is not None and value is not False:
            raise ValueError(f"batch_norm: {what} is not in kerasflow, leave it out.")
    if data_format not in ("NHWC", "NCHW"):
        raise ValueError(f"data_format must be NHWC or NCHW, got {data_format!r}.")
    x = convert(inputs)
    if x.dims is None:
        raise ValueError(f"batch_norm needs inputs of known rank, got {x}.")
    unbiased = len(x.dims) in (2, 4) and fused is not False
    arguments: dict[str, Any] = {f"{k}_initializer": v for k, v in (param_initializers or {}).items()}
    arguments.update({f"{k}_regularizer": v for k, v in (param_regularizers or {}).items()})
    with variable_scope(scope, "BatchNorm", [x], reuse=reuse) as opened:
        layer = (_GatheringUnbiased if unbiased else _Gathering)(
            axis=1 if data_format == "NCHW" else -1,
            momentum=decay,
            epsilon=max(epsilon, LEAST_EPSILON) if unbiased else epsilon,
            center=center,
            scale=scale,
            name=opened.name,
            dtype=x.dtype,
            trainable=trainable,
            **arguments,
        )
        if unbiased and (len(x.dims) == 2 or updates_collections != GraphKeys.UPDATE_OPS):
            layer.order = ("beta", "gamma")  # as TensorFlow makes them there
        layer.make_variables_with(x.graph, model_variables_as({}, variables_collections))
        layer.ensure_built(x.dims)
        y = layer.call(x, training=is_training)
        y = _updating(y, layer.updates, updates_collections)
        if activation_fn is not None:
            y = activation_fn(y)
    return collected(outputs_collections, y)


def _updating(y: Any, updates: list[Any], collections: Any) -> Any:
    """`y`, after the updates if these are in no collection."""
    if collections is None:
        with y.graph.control_dependencies(updates):
            return ops.identity(y)
    for key in [collections] if isinstance(collections, str) else collections:
        for update in updates:
            y.graph.add_to_collection(key, update)
    return y


@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Any:
    """Gives each sample mean 0 and variance 1, then a shift and a scale that are learnt.

    Args:
        inputs: [batch, ...], of known sizes but the batch.
        center, scale: whether there are a beta and a gamma.
        activation_fn: a function of the output, or None.
        begin_norm_axis: the first of the axes that mean and variance are taken over.
        begin_params_axis: the first of the axes along which beta and gamma have their numbers.
        reuse, variables_collections, outputs_collections, trainable: as for `fully_connected`.
        scope: the variable scope, by default ``LayerNorm``.

    Raises:
        ValueError: there are no such axes, or a size is not known.

    Source: Ba, Kiros and Hinton, "Layer normalization", 2016, equation 3.

    >>> tf.Session().run(tf.contrib.layers.layer_norm(tf.constant([[1.0, 3.0]]), center=False, scale=False))
    array([[-1.,  1.]], dtype=float32)
    """
    x = convert(inputs)
    rank = len(x.dims) if x.dims is not None else 0
    first = begin_norm_axis + rank if begin_norm_axis < 0 else begin_norm_axis
    if first >= rank or begin_params_axis >= rank:
        raise ValueError(f"layer_norm: axes {begin_norm_axis} and {begin_params_axis} must lie in the shape {x.shape}.")
    shape = list(x.dims[begin_params_axis:])
    if None in shape:
        raise ValueError(f"layer_norm needs to know the sizes from axis {begin_params_axis} on, got {x.shape}.")
    with variable_scope(scope, "LayerNorm", [x], reuse=reuse):
        make = model_variables_as({}, variables_collections)
        options = {"dtype": x.dtype, "trainable": trainable}
        beta = make("beta", shape, initializer=Zeros(), **options) if center else None
        gamma = make("gamma", shape, initializer=Ones(), **options) if scale else None
        mean, variance = ops.moments(x, list(range(first, rank)), keep_dims=True)
        y = ops.batch_normalization(x, mean, variance, beta, gamma, np.asarray(_LEAST, x.dtype.numpy))
        if activation_fn is not None:
            y = activation_fn(y)
    return collected(outputs_collections, y)
