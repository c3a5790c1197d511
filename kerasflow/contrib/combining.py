"""Products, dropout, encodings, and layers one after the other, as in `tf.contrib.layers`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.contrib.applying import applied, collected, model_variables_as
from kerasflow.contrib.arg_scopes import add_arg_scope
from kerasflow.contrib.starting import xavier_initializer
from kerasflow.core import ops, types
from kerasflow.core.graph import convert
from kerasflow.core.ops import relu
from kerasflow.core.scopes import name_scope
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.variable_scope import variable_scope
from kerasflow.layers.core import Dense, Dropout, Flatten

__all__ = [
    "dense_to_sparse",
    "dropout",
    "embed_sequence",
    "flatten",
    "fully_connected",
    "linear",
    "one_hot_encoding",
    "repeat",
    "softmax",
    "stack",
]

_XAVIER = xavier_initializer()


@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
    activation_fn: Any = relu,
    normalizer_fn: Any = None,
    normalizer_params: Any = None,
    weights_initializer: Any = _XAVIER,
    weights_regularizer: Any = None,
    biases_initializer: Any = "zeros",
    biases_regularizer: Any = None,
    reuse: Any = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A fully connected layer, ``activation(x W + b)``, with a rectifier if nothing else is said.

    Args:
        inputs: [batch, ..., size].
        num_outputs: the size of the output's last axis.
        activation_fn: a function of the output, or None.
        normalizer_fn, normalizer_params: a function to normalise with, instead of adding biases, and its arguments.
        weights_initializer, weights_regularizer, biases_initializer, biases_regularizer: how the weights start and what
            they cost; without an initializer there are no biases.
        reuse: True to use the variables that an earlier call made in this scope.
        variables_collections: collections that the variables join, or a dict of them by name.
        outputs_collections: collections that the output joins.
        trainable: whether optimizers change the variables.
        scope: the variable scope, by default ``fully_connected``, made unique.

    Raises:
        ValueError: `num_outputs` is no integer, or the last axis of `inputs` is not known.

    >>> y = tf.contrib.layers.fully_connected(tf.zeros([2, 3]), 4)
    >>> y.name, [v.name for v in tf.model_variables()]
    ('fully_connected/Relu:0', ['fully_connected/weights:0', 'fully_connected/biases:0'])
    """
    if isinstance(num_outputs, bool) or not isinstance(num_outputs, int):
        raise ValueError(f"num_outputs should be int or long, got {num_outputs!r}.")
    return applied(Dense, "fully_connected", locals(), units=num_outputs)


linear = functools.partial(fully_connected, activation_fn=None)


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Any:
    """Keeps each number with probability `keep_prob`, divided by it, if `is_training`.

    Args:
        inputs: a tensor.
        keep_prob: the share that is kept, a float or a scalar tensor.
        noise_shape: the shape of the choice, broadcast to that of the inputs.
        is_training: a bool, or a boolean tensor.
        outputs_collections: collections that the output joins.
        scope: the variable scope, by default ``Dropout``.
        seed: for the same choice in every session.

    >>> tf.Session().run(tf.contrib.layers.dropout(tf.ones([3]), is_training=False))
    array([1., 1., 1.], dtype=float32)
    """
    x = convert(inputs)
    with variable_scope(scope, "Dropout", [x]) as opened:
        layer = Dropout(1.0 - keep_prob, noise_shape, seed, name=opened.name)
        return collected(outputs_collections, layer.call(x, training=is_training))


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Any:
    """Makes one axis of all axes but the batch.

    Args:
        inputs: [batch, ...].
        outputs_collections: collections that the output joins.
        scope: the name scope, by default ``Flatten``.

    Raises:
        ValueError: the inputs have no batch.

    >>> tf.contrib.layers.flatten(tf.zeros([2, 3, 4])).shape.as_list()
    [2, 12]
    """
    x = convert(inputs)
    if x.dims is None or not x.dims:
        raise ValueError(f"flatten takes inputs of at least one axis, the batch; got the shape {x.shape}.")
    with name_scope(scope, "Flatten", [x]), name_scope("flatten"):
        return collected(outputs_collections, Flatten(name="flatten").call(x))


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """Class numbers as rows, [..., num_classes], with `on_value` in the place of the class.

    Args:
        labels: ints.
        num_classes: the length of the rows.
        on_value, off_value: what the class gets, and what the others get.
        outputs_collections: collections that the output joins.
        scope: the name scope, by default ``OneHotEncoding``.

    >>> tf.Session().run(tf.contrib.layers.one_hot_encoding([2, 0], 3))
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    with name_scope(scope, "OneHotEncoding", [labels]):
        classes = convert(labels)
        if classes.dtype is types.int32:
            classes = ops.cast(classes, types.int64)
        rows = ops.one_hot(classes, num_classes, on_value=on_value, off_value=off_value)
        return collected(outputs_collections, rows)


def dense_to_sparse(
    tensor: Any, eos_token: Any = 0, outputs_collections: Any = None, scope: Any = None
) -> SparseTensor:
    """The same values as a `SparseTensor`, in which those that are `eos_token` are left out.

    Args:
        tensor: of numbers or texts.
        eos_token: what stands after the end of a sequence.
        outputs_collections: collections that the output joins.
        scope: the name scope, by default ``dense_to_sparse``.

    >>> sparse = tf.contrib.layers.dense_to_sparse([[3, 4, 0], [5, 0, 0]])
    >>> tf.Session().run(sparse).values
    array([3, 4, 5], dtype=int32)
    """
    with name_scope(scope, "dense_to_sparse", [tensor]):
        values = convert(tensor)
        there = ops.where(ops.not_equal(values, ops.constant(eos_token, dtype=values.dtype)))
        sizes = ops.shape(values, out_type=types.int64)
        made: SparseTensor = collected(outputs_collections, SparseTensor(there, ops.gather_nd(values, there), sizes))
        return made


def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: Any = None,
) -> Any:
    """A vector for each number of sequences, [batch, time, embed_dim].

    Args:
        ids: [batch, time] int.
        vocab_size, embed_dim: how many vectors there are, and their length.
        unique: accepted and without effect: the gradient touches each vector once.
        initializer, regularizer, trainable: of the table ``embeddings``.
        scope, reuse: the variable scope, by default ``EmbedSequence``, and whether the table has to be there.

    Raises:
        ValueError: a size is missing.

    >>> tf.contrib.layers.embed_sequence([[0, 2, 1]], 3, 4).shape.as_list(), tf.model_variables()[0].name
    ([1, 3, 4], 'EmbedSequence/embeddings:0')
    """
    if not (reuse or vocab_size and embed_dim):
        raise ValueError("Must specify vocab size and embedding dimension when not reusing.")
    with variable_scope(scope, "EmbedSequence", [convert(ids)], reuse=reuse):
        shape = [vocab_size, embed_dim] if vocab_size and embed_dim else None
        make = model_variables_as({}, None)
        table = make("embeddings", shape, initializer=initializer, regularizer=regularizer, trainable=trainable)
        return ops.embedding_lookup(table, ids)


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Any:
    """The softmax along the last axis.

    Args:
        logits: a tensor of at least two axes.
        scope: the variable scope, by default ``softmax``.

    >>> tf.Session().run(tf.contrib.layers.softmax([[0.0, 0.0]]))
    array([[0.5, 0.5]], dtype=float32)
    """
    x = convert(logits)
    with variable_scope(scope, "softmax", [x]):
        return ops.softmax(x)


def repeat(inputs: Any, repetitions: int, layer: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """A layer applied several times, one time to the output of the other.

    Args:
        inputs: what the first one takes.
        repetitions: how often.
        layer: a function of a tensor and a `scope`.
        args, kwargs: its other arguments; ``scope`` is the variable scope of all, by default ``Repeat``.

    >>> y = tf.contrib.layers.repeat(tf.zeros([1, 2]), 2, tf.contrib.layers.fully_connected, 3, scope="fc")
    >>> [v.name for v in tf.model_variables()][::2]
    ['fc/fc_1/weights:0', 'fc/fc_2/weights:0']
    """
    return _row(inputs, layer, [args] * repetitions, "Repeat", kwargs)


def stack(inputs: Any, layer: Callable[..., Any], stack_args: Sequence[Any], **kwargs: Any) -> Any:
    """Layers of one kind, each with arguments of its own, one applied to the output of the other.

    Args:
        inputs: what the first one takes.
        layer: a function of a tensor and a `scope`.
        stack_args: for each of them its argument, or a list of them.
        kwargs: the arguments of all; ``scope`` is the variable scope of all, by default ``Stack``.

    Raises:
        ValueError: `stack_args` is no list.

    >>> y = tf.contrib.layers.stack(tf.zeros([1, 2]), tf.contrib.layers.fully_connected, [4, 3], scope="fc")
    >>> [v.shape.as_list() for v in tf.model_variables()][::2]
    [[2, 4], [4, 3]]
    """
    if not isinstance(stack_args, (list, tuple)):
        raise ValueError("stack_args need to be a list or tuple")
    each = [a if isinstance(a, (list, tuple)) else [a] for a in stack_args]
    return _row(inputs, layer, each, "Stack", kwargs)


def _row(inputs: Any, layer: Any, each: Sequence[Sequence[Any]], default: str, kwargs: dict[str, Any]) -> Any:
    scope = kwargs.pop("scope", None)
    x = convert(inputs)
    with variable_scope(scope, default, [x]):
        name = scope or getattr(layer, "__name__", None) or getattr(getattr(layer, "func", None), "__name__", default)
        for i, arguments in enumerate(each):
            x = layer(x, *arguments, scope=f"{name}_{i + 1}", **kwargs)
    return x
