"""Layers, initializers and regularizers under the names of `tf.contrib.layers`."""

import functools

from kerasflow.contrib.combining import (
    dropout,
    embed_sequence,
    flatten,
    fully_connected,
    linear,
    one_hot_encoding,
    repeat,
    softmax,
    stack,
)
from kerasflow.contrib.normalising import batch_norm, layer_norm
from kerasflow.contrib.starting import (
    apply_regularization,
    l1_l2_regularizer,
    l1_regularizer,
    l2_regularizer,
    sum_regularizer,
    variance_scaling_initializer,
    xavier_initializer,
    xavier_initializer_conv2d,
)
from kerasflow.contrib.windows import (
    avg_pool2d,
    conv1d,
    conv2d,
    conv2d_transpose,
    conv3d,
    convolution1d,
    convolution2d,
    convolution2d_transpose,
    convolution3d,
    max_pool2d,
    separable_conv2d,
    separable_convolution2d,
)
from kerasflow.core.ops import relu as _relu
from kerasflow.core.ops import relu6 as _relu6

__all__ = [
    "apply_regularization",
    "avg_pool2d",
    "batch_norm",
    "conv1d",
    "conv2d",
    "conv2d_transpose",
    "conv3d",
    "convolution1d",
    "convolution2d",
    "convolution2d_transpose",
    "convolution3d",
    "dropout",
    "embed_sequence",
    "flatten",
    "fully_connected",
    "l1_l2_regularizer",
    "l1_regularizer",
    "l2_regularizer",
    "layer_norm",
    "linear",
    "max_pool2d",
    "one_hot_encoding",
    "relu",
    "relu6",
    "repeat",
    "separable_conv2d",
    "separable_convolution2d",
    "softmax",
    "stack",
    "sum_regularizer",
    "variance_scaling_initializer",
    "xavier_initializer",
    "xavier_initializer_conv2d",
]

relu = functools.partial(fully_connected, activation_fn=_relu)
relu6 = functools.partial(fully_connected, activation_fn=_relu6)
