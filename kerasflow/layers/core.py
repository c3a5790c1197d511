"""The layers almost every model is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow import activations, constraints, initializers, regularizers
from kerasflow.core import ops, shapes
from kerasflow.core.graph import apply, apply_alike
from kerasflow.core.values import to_array
from kerasflow.core.variables import Variable
from kerasflow.core.weights import Weight
from kerasflow.layers.base import Layer, unique_layer_name
from kerasflow.layers.specs import InputSpec
from kerasflow.layers.symbolic import KerasTensor, Node
from kerasflow.layers.weighted import positive

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Input", "InputLayer", "Operation", "Reshape"]


class InputLayer(Layer):
    """Where data enters a model.

    Args:
        input_shape: the shape of one sample.
        batch_size: the number of samples, if it is always the same.
        dtype: the type of the elements, by default float32.
        name: the layer's name.

    >>> model = tf.keras.Sequential([tf.keras.layers.InputLayer((3,)), tf.keras.layers.Dense(2)])
    >>> model.output_shape
    (None, 2)
    """

    def __init__(
        self,
        input_shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        name: str | None = None,
        batch_shape: Any = None,
    ) -> None:
        super().__init__(name=name or None, dtype=dtype)
        if batch_shape is None:
            if input_shape is None:
                raise ValueError("An input needs the shape of one sample: Input(shape).")
            batch_shape = (batch_size, *(shapes.as_dims(input_shape) or ()))
        self.batch_input_shape = shapes.as_dims(batch_shape)
        self.built = True
        node = Node(self, (), {})
        self.tensor = node.outputs = KerasTensor(self.batch_input_shape, self.dtype, node, self.name)
        self.nodes.append(node)

    def call(self, inputs: Any) -> Any:
        """The data themselves."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {"batch_shape": self.batch_input_shape, "dtype": self.dtype.name, "name": self.name}


def Input(
    shape: Any = None,
    batch_size: int | None = None,
    name: str | None = None,
    dtype: Any = None,
    batch_shape: Any = None,
) -> KerasTensor:
    """A symbolic tensor for the data that enters a model.

    Args:
        shape: the shape of one sample, without the batch.
        batch_size: the number of samples, if it is always the same.
        name: the name of the input; the key for its data where these are passed as a dict.
        dtype: the type of the elements, by default float32.

    >>> tf.keras.Input((3,), name="x")
    <KerasTensor 'x' shape=(?, 3) dtype=float32>
    """
    layer = InputLayer(shape, batch_size, dtype, name or None, batch_shape)
    return layer.tensor


class Dense(Layer):
    """A fully connected layer, ``activation(x W + b)``.

    Args:
        units: the size of the output's last axis.
        activation: a function or its name; by default none.
        use_bias: whether there is a `b`.
        kernel_initializer, bias_initializer: where the weights start, by default Glorot uniform and zeros.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties on W, b and the output.
        kernel_constraint, bias_constraint: projections applied after each update.

    Raises:
        ValueError: `units` is not positive, or the input's last axis is not known.

    >>> layer = tf.keras.layers.Dense(2, kernel_initializer="ones")
    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), layer])
    >>> model.predict(np.array([[1.0, 2.0, 3.0]]), verbose=0)
    array([[6., 6.]], dtype=float32)
    """

    supports_masking = True
    input_spec = InputSpec(min_ndim=2)

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = positive(self, units, "units")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """Make W of shape ``(inputs, units)`` and b of shape ``(units,)``."""
        if input_shape is None or len(input_shape) < 2 or input_shape[-1] is None:
            raise ValueError(
                f"Dense layer {self.name!r} takes inputs of at least two axes, the last of known size; got the shape "
                f"{shapes.show(input_shape)}."
            )
        self.kernel = self.add_weight(
            "kernel",
            (input_shape[-1], self.units),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            constraint=self.kernel_constraint,
        )
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                (self.units,),
                initializer=self.bias_initializer,
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def call(self, inputs: Any) -> Any:
        """``activation(inputs W + b)``."""
        known = self.kernel.shape.as_list()[0]
        if inputs.dims is not None and inputs.dims[-1] not in (None, known):
            raise ValueError(
                f"Dense layer {self.name!r} was built for inputs whose last axis has size {known}; got the shape "
                f"{shapes.show(inputs.dims)}."
            )
        y = ops.matmul(ops.cast(inputs, self.kernel.dtype), self.kernel)
        if self.use_bias:
            y = ops.bias_add(y, self.bias)
        return self.activation(y)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {
            **super().get_config(),
            "units": self.units,
            "activation": activations.serialize(self.activation),
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
        }


class Activation(Layer):
    """An activation function as a layer.

    Args:
        activation: a function or its name.

    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Activation("relu")])
    >>> model.predict(np.array([[-1.0, 0.0, 2.0]]), verbose=0)
    array([[0., 0., 2.]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)

    def call(self, inputs: Any) -> Any:
        """The function of the inputs."""
        return self.activation(inputs)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "activation": activations.serialize(self.activation)}


class Dropout(Layer):
    """In training, sets each element to zero with probability `rate` and multiplies the rest by ``1 / (1 - rate)``.

    Args:
        rate: the share that is dropped, in [0, 1).
        noise_shape: the shape of the mask, broadcast to the input's; None for the input's.
        seed: for the same masks in every session.

    Raises:
        ValueError: the rate is outside [0, 1).

    Source: Srivastava et al. 2014, section 4, scaled in training instead of at test time.

    >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dropout(0.5)])
    >>> model.predict(np.ones((1, 3)), verbose=0)
    array([[1., 1., 1.]], dtype=float32)
    """

    supports_masking = True

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if isinstance(rate, (int, float)) and not 0 <= rate < 1:
            raise ValueError(f"Dropout takes a rate of at least 0 and less than 1, got {rate!r}.")
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs: Any, training: Any = False) -> Any:
        """The inputs, thinned out if `training`, which may be a tensor."""
        if isinstance(training, (bool, int, np.bool_)):
            if not training or isinstance(self.rate, (int, float)) and self.rate == 0:
                return ops.identity(inputs)
            return ops.dropout(inputs, rate=self.rate, noise_shape=self.noise_shape, seed=self.seed)
        rate = self.rate * ops.cast(training, inputs.dtype)
        return ops.dropout(inputs, rate=rate, noise_shape=self.noise_shape, seed=self.seed)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "rate": self.rate, "noise_shape": self.noise_shape, "seed": self.seed}


class Flatten(Layer):
    """Makes one axis of all axes but the batch.

    Args:
        data_format: with ``"channels_first"``, axis 1 becomes the last one before, so that what comes out is in the
            order that it has with channels last.

    Raises:
        ValueError: `data_format` is another one.

    >>> tf.keras.layers.Flatten()(tf.keras.Input((2, 3))).shape.as_list()
    [None, 6]
    """

    def __init__(self, data_format: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if data_format not in (None, "channels_last", "channels_first"):
            raise ValueError(f"Flatten takes channels_last or channels_first as data_format, got {data_format!r}.")
        self.data_format = data_format or "channels_last"

    def call(self, inputs: Any) -> Any:
        """The inputs, each sample as a vector."""
        if self.data_format == "channels_first" and len(inputs.dims or ()) > 2:
            inputs = ops.transpose(inputs, [0, *range(2, len(inputs.dims)), 1])
        rest = inputs.dims[1:] if inputs.dims is not None else None
        size = shapes.size(rest)
        if size is not None:
            return ops.reshape(inputs, [-1, size]) if size else ops.reshape(inputs, [ops.shape(inputs)[0], 0])
        return ops.reshape(inputs, [ops.shape(inputs)[0], -1])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "data_format": self.data_format}


class Reshape(Layer):
    """Gives each sample another shape.

    Args:
        target_shape: the shape of a sample; one size may be -1.

    Raises:
        ValueError: the number of elements differs.

    >>> tf.keras.layers.Reshape((3, -1))(tf.keras.Input((6,))).shape.as_list()
    [None, 3, 2]
    """

    def __init__(self, target_shape: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.target_shape = tuple(int(d) for d in target_shape)
        if sum(d == -1 for d in self.target_shape) > 1:
            raise ValueError(f"Only one size of a shape can be -1, got {self.target_shape}.")

    def call(self, inputs: Any) -> Any:
        """The inputs, reshaped."""
        given = shapes.size(inputs.dims[1:]) if inputs.dims is not None else None
        target = list(self.target_shape)
        known = int(np.prod([d for d in target if d != -1]))
        if given is not None:
            if -1 in target and known and given % known == 0:
                target[target.index(-1)] = given // known
            elif known != given:
                raise ValueError(
                    f"Reshape layer {self.name!r}: {given} elements a sample cannot be reshaped to {self.target_shape}."
                )
        return ops.reshape(inputs, [-1 if -1 not in target else ops.shape(inputs)[0], *target])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "target_shape": self.target_shape}


class Operation(Layer):
    """One graph operation on the tensors of a model: what ``x * 2`` or ``tf.reduce_mean(x)`` becomes there."""

    _warns_of_lost_masks = False
    autocast = False

    def __init__(self, op: str, attrs: dict[str, Any], dtype: Any = None, name: str | None = None) -> None:
        super().__init__(name=name or unique_layer_name(op), dtype=dtype)
        self.op = op
        self.attrs = attrs

    def call(self, inputs: Any) -> Any:
        """The operation's output."""
        return apply(self.op, *inputs, **self.attrs)


def _operation(op: str, inputs: Sequence[Any], name: str | None, attrs: dict[str, Any]) -> Any:
    """An operation among whose inputs is a symbolic tensor; the others must be constants."""
    arguments = [_argument(x) for x in inputs]
    dtype = next(x.dtype for x in arguments if isinstance(x, KerasTensor))
    return Operation(op, attrs, dtype, name and unique_layer_name(name))(arguments)


def _argument(value: Any) -> Any:
    if isinstance(value, KerasTensor):
        return value
    if isinstance(value, (list, tuple)) and any(isinstance(v, KerasTensor) for v in value):
        return apply_alike("Pack", *value, axis=0)
    return _constant(value)


def _constant(value: Any) -> Any:
    if isinstance(value, (Weight, Variable)):
        raise ValueError(f"{value!r} cannot be combined with a KerasTensor; a layer of your own can, in its call().")
    known = getattr(value, "spec", None)
    if known is not None:
        if known.value is None:
            raise ValueError(
                f"{value} is a tensor of a graph and cannot be combined with a KerasTensor; only constants can."
            )
        return known.value
    return to_array(value)


KerasTensor.operation = staticmethod(_operation)
