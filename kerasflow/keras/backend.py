"""`tf.keras.backend`: what Keras programs ask of the machine below.

What programs for Keras 2 call ``K``: functions of its own, and those of `tf.keras.ops` that mean the same in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.activations import elu, relu, sigmoid, softmax, softplus, softsign, tanh
from kerasflow.core import ops
from kerasflow.core.graph import reset_default_graph
from kerasflow.core.ops import (
    abs,
    constant,
    cos,
    exp,
    eye,
    l2_normalize,
    log,
    ones,
    ones_like,
    placeholder,
    reshape,
    round,
    shape,
    sign,
    sin,
    sqrt,
    square,
    stop_gradient,
    zeros,
    zeros_like,
)
from kerasflow.core.tensor import Tensor
from kerasflow.core.variables import Variable
from kerasflow.keras.arithmetic import (
    clip,
    convert_to_tensor,
    equal,
    greater,
    greater_equal,
    is_tensor,
    less,
    less_equal,
    maximum,
    minimum,
    not_equal,
)
from kerasflow.keras.arithmetic import power as pow
from kerasflow.keras.arrays import arange, cast, ndim, squeeze, stack, tile
from kerasflow.keras.arrays import convert_to_numpy as eval
from kerasflow.keras.arrays import flip as reverse
from kerasflow.keras.arrays import ravel as flatten
from kerasflow.keras.arrays import repeat as repeat_elements
from kerasflow.keras.arrays import transpose as permute_dimensions
from kerasflow.keras.arrays import where as switch
from kerasflow.keras.matrices import dot, one_hot
from kerasflow.keras.nets import binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy
from kerasflow.keras.random import normal as random_normal
from kerasflow.keras.random import truncated_normal
from kerasflow.keras.random import uniform as random_uniform
from kerasflow.keras.reducing import all, any, argmax, argmin, cumsum, logsumexp, max, mean, min, prod, std, sum, var
from kerasflow.layers import context
from kerasflow.layers.symbolic import KerasTensor
from kerasflow.models import Model

__all__ = [
    "abs",
    "all",
    "any",
    "arange",
    "argmax",
    "argmin",
    "batch_dot",
    "batch_flatten",
    "binary_crossentropy",
    "cast",
    "categorical_crossentropy",
    "clear_session",
    "clip",
    "concatenate",
    "constant",
    "cos",
    "cumsum",
    "dot",
    "dtype",
    "elu",
    "epsilon",
    "equal",
    "eval",
    "exp",
    "expand_dims",
    "eye",
    "flatten",
    "floatx",
    "function",
    "gather",
    "get_value",
    "greater",
    "greater_equal",
    "image_data_format",
    "int_shape",
    "is_keras_tensor",
    "is_tensor",
    "l2_normalize",
    "learning_phase",
    "less",
    "less_equal",
    "log",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "ndim",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "permute_dimensions",
    "placeholder",
    "pow",
    "prod",
    "random_normal",
    "random_uniform",
    "relu",
    "repeat_elements",
    "reshape",
    "reverse",
    "round",
    "set_value",
    "shape",
    "sigmoid",
    "sign",
    "sin",
    "softmax",
    "softplus",
    "softsign",
    "sparse_categorical_crossentropy",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "stop_gradient",
    "sum",
    "switch",
    "tanh",
    "tile",
    "transpose",
    "truncated_normal",
    "update",
    "update_add",
    "update_sub",
    "var",
    "variable",
    "zeros",
    "zeros_like",
]


def clear_session() -> None:
    """Start over with an empty default graph, and with names of layers at their first number.

    Models need no clearing: each is freed when nobody holds it.

    >>> tf.keras.backend.clear_session()
    >>> tf.keras.layers.Dense(1).name
    'dense'
    """
    reset_default_graph()


def epsilon() -> float:
    """The small number that keeps logarithms and quotients finite.

    >>> tf.keras.backend.epsilon()
    1e-07
    """
    return 1e-7


def floatx() -> str:
    """The type of weights, unless a layer says otherwise.

    >>> tf.keras.backend.floatx()
    'float32'
    """
    return "float32"


def get_value(x: Any) -> Any:
    """The value of a weight, of an optimizer's setting, or of a variable in the default session.

    >>> layer = tf.keras.layers.Dense(1, kernel_initializer="ones")
    >>> layer.build((None, 2))
    >>> tf.keras.backend.get_value(layer.kernel)
    array([[1.],
           [1.]], dtype=float32)
    """
    return x.numpy() if hasattr(x, "numpy") else x.eval()


def function(inputs: Any, outputs: Any) -> Any:
    """A function from arrays for `inputs`, the tensors of a model or of its layers, to the arrays of `outputs`.

    Args:
        inputs: a list of symbolic tensors.
        outputs: a symbolic tensor, or a list of them.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1, kernel_initializer="ones")])
    >>> first = tf.keras.backend.function([model.input], [model.layers[0].output])
    >>> first([np.array([[1.0, 2.0]])])
    [array([[3.]], dtype=float32)]
    """
    model = Model(inputs, outputs)
    alone = isinstance(outputs, (list, tuple)) and len(outputs) == 1  # which a model gives without the list

    def compute(arrays: Any) -> Any:
        found = model.predict_on_batch(arrays)
        return [found] if alone else found

    return compute


def set_value(x: Any, value: Any) -> None:
    """Set the value of a weight, of the learning rate of an optimizer, or of a variable in the default session.

    >>> layer = tf.keras.layers.Dense(1, kernel_initializer="ones")
    >>> layer.build((None, 2))
    >>> tf.keras.backend.set_value(layer.bias, [3.0])
    >>> layer.get_weights()[1]
    array([3.], dtype=float32)
    """
    if isinstance(x, Variable):
        x.load(value)
    else:
        x.assign(value)


def concatenate(tensors: Sequence[Any], axis: int = -1) -> Any:
    """Tensors one behind the other, by default along the last axis.

    >>> tf.keras.backend.concatenate([tf.ones([1, 2]), tf.ones([1, 3])]).shape.as_list()
    [1, 5]
    """
    return ops.concat([convert_to_tensor(t) for t in tensors], axis)


def expand_dims(x: Any, axis: int = -1) -> Any:
    """`x` with an axis of size 1, by default at the end.

    >>> tf.keras.backend.expand_dims(tf.ones([2])).shape.as_list()
    [2, 1]
    """
    return ops.expand_dims(convert_to_tensor(x), axis)


def gather(reference: Any, indices: Any) -> Any:
    """The rows of `reference` at `indices`.

    >>> tf.Session().run(tf.keras.backend.gather([10, 20, 30], [2, 0]))
    array([30, 10], dtype=int32)
    """
    return ops.gather(convert_to_tensor(reference), convert_to_tensor(indices))


def transpose(x: Any) -> Any:
    """The axes from the last to the first.

    >>> tf.keras.backend.transpose(tf.ones([2, 3])).shape.as_list()
    [3, 2]
    """
    return ops.transpose(convert_to_tensor(x))


def batch_flatten(x: Any) -> Any:
    """Each sample as a vector.

    >>> tf.keras.backend.batch_flatten(tf.ones([2, 3, 4])).shape.as_list()
    [2, 12]
    """
    tensor = convert_to_tensor(x)
    return ops.reshape(tensor, [ops.shape(tensor)[0], -1])


def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """The scalar products of each sample of `x` with that of `y`, over the axes given, one of each.

    >>> tf.keras.backend.batch_dot(tf.ones([2, 3, 4]), tf.ones([2, 4, 5])).shape.as_list()
    [2, 3, 5]
    """
    a, b = convert_to_tensor(x), convert_to_tensor(y)
    i, j = (axes, axes) if isinstance(axes, int) else axes or (ndim(a) - 1, 1 if ndim(b) == 2 else ndim(b) - 2)
    first = ops.expand_dims(a, 1) if ndim(a) == 2 else ops.transpose(a, [0, 3 - i % 3, i % 3])
    second = ops.expand_dims(b, 2) if ndim(b) == 2 else ops.transpose(b, [0, j % 3, 3 - j % 3])
    product = ops.matmul(first, second)
    if ndim(a) == 2 and ndim(b) == 2:
        return ops.squeeze(product, [2])
    return ops.squeeze(product, [1]) if ndim(a) == 2 else ops.squeeze(product, [2]) if ndim(b) == 2 else product


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """The sizes of `x` as far as they are known, and else None.

    >>> tf.keras.backend.int_shape(tf.keras.Input((3,)))
    (None, 3)
    """
    if isinstance(x, (Tensor, KerasTensor)):
        return x.dims
    return tuple(x.shape.as_list())


def dtype(x: Any) -> str:
    """The name of the type of `x`.

    >>> tf.keras.backend.dtype(tf.ones([2]))
    'float32'
    """
    name: str = convert_to_tensor(x).dtype.name
    return name


def image_data_format() -> str:
    """Which axis of images has their channels, unless a layer says otherwise.

    >>> tf.keras.backend.image_data_format()
    'channels_last'
    """
    return "channels_last"


def learning_phase() -> Any:
    """Whether what is called now is built for training.

    >>> tf.keras.backend.learning_phase()
    False
    """
    return context.phase()


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a symbolic tensor, of a model.

    >>> tf.keras.backend.is_keras_tensor(tf.keras.Input((3,)))
    True
    """
    return isinstance(x, KerasTensor)


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Variable:
    """A variable of the default graph.

    >>> tf.keras.backend.variable([1.0, 2.0]).shape.as_list()
    [2]
    """
    return Variable(convert_to_tensor(value, dtype), name=name, constraint=constraint)


def update(x: Any, new_x: Any) -> Any:
    """What sets a variable or a weight.

    >>> x = tf.keras.backend.variable([1.0])
    >>> change = tf.keras.backend.update(x, [5.0])
    >>> with tf.Session() as sess:
    ...     sess.run(x.initializer)
    ...     sess.run(change)
    array([5.], dtype=float32)
    """
    return x.assign(new_x)


def update_add(x: Any, increment: Any) -> Any:
    """What adds to a variable or a weight.

    >>> x = tf.keras.backend.variable([1.0])
    >>> change = tf.keras.backend.update_add(x, [5.0])
    >>> with tf.Session() as sess:
    ...     sess.run(x.initializer)
    ...     sess.run(change)
    array([6.], dtype=float32)
    """
    return x.assign_add(increment)


def update_sub(x: Any, decrement: Any) -> Any:
    """What subtracts from a variable or a weight.

    >>> x = tf.keras.backend.variable([1.0])
    >>> change = tf.keras.backend.update_sub(x, [5.0])
    >>> with tf.Session() as sess:
    ...     sess.run(x.initializer)
    ...     sess.run(change)
    array([-4.], dtype=float32)
    """
    return x.assign_sub(decrement)
