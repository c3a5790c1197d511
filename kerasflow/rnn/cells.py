"""Cells: what a recurrent network computes at one time, from an input and a state.

A cell is called as ``output, new_state = cell(input, state)``. Its variables are made by `get_variable`, in a variable
scope that is opened when the cell is first called and is called after the cell's class; from then on the cell finds
them there, wherever it is called.
"""

from __future__ import annotations

from typing import Any

from kerasflow import activations
from kerasflow.core import nest, ops, shapes
from kerasflow.core.graph import default_graph, graph_of
from kerasflow.core.named_variables import get_variable
from kerasflow.core.shapes import TensorShape
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import as_dtype
from kerasflow.core.variable_scope import VariableScope, variable_scope
from kerasflow.initializers import Constant
from kerasflow.layers.base import Layer, base_name

__all__ = ["BasicRNNCell", "GRUCell", "RNNCell", "checked_cell", "depth_of", "linear", "zeros"]


class RNNCell(Layer):
    """The base of all cells.

    A cell of one's own has the properties `state_size` and `output_size` and defines ``call(inputs, state)``, which
    gives the output and the new state, and `build` if it makes variables with `add_variable`; `get_variable` in
    `call` does as well.

    Args:
        trainable: whether optimizers change its variables.
        name: the name of its variable scope, by default the class's name in snake case.
        dtype: the type of its variables, by default that of its first input.

    >>> class Sum(tf.nn.rnn_cell.RNNCell):
    ...     state_size = output_size = 1
    ...     def call(self, inputs, state):
    ...         return inputs + state, inputs + state
    >>> outputs, last = tf.nn.dynamic_rnn(Sum(), tf.constant([[[1.0], [2.0], [3.0]]]), dtype=tf.float32)
    >>> tf.Session().run(outputs)[0, :, 0]
    array([1., 3., 6.], dtype=float32)
    """

    def __init__(
        self, trainable: bool = True, name: str | None = None, dtype: Any = None, _reuse: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(name=name, trainable=trainable, dtype=dtype, **kwargs)
        if not (self.dtype.is_floating or self.dtype.is_complex):
            raise ValueError(f"A cell computes with floating-point numbers, not {self.dtype.name}.")
        self._typed = dtype is not None
        self._base_name = name or base_name(type(self).__name__)
        self._reuse = _reuse
        self._scope: VariableScope | None = None

    @property
    def state_size(self) -> Any:
        """The size of the state: an int, a `TensorShape`, or a nest of them."""
        raise NotImplementedError(f"{type(self).__name__} must define the property state_size.")

    @property
    def output_size(self) -> Any:
        """The size of the output: an int, a `TensorShape`, or a nest of them."""
        raise NotImplementedError(f"{type(self).__name__} must define the property output_size.")

    def build(self, inputs_shape: Any) -> None:
        """Make the variables, for inputs of a shape; by default there are none."""

    def __call__(self, inputs: Any, state: Any, scope: Any = None, *args: Any, **kwargs: Any) -> Any:
        """The output and the new state, for [batch, ...] inputs and a state.

        Args:
            scope: the variable scope of the first call, by default one called after the cell.
        """
        graph = graph_of(nest.flatten((inputs, state)))
        inputs, state = (nest.pack(s, [graph.convert(v) for v in nest.leaves(s)]) for s in (inputs, state))
        first = nest.leaves(inputs)[0]
        if not self._typed:
            self.dtype, self._typed = first.dtype, True
        with graph.as_default():
            if self._scope is None:
                named = scope if scope is not None or not self._reuse else self._base_name
                with variable_scope(named, self._base_name, reuse=self._reuse) as captured:
                    self._scope = captured
            again = {"reuse": self.built or self._reuse or None, "custom_getter": self._remember}
            with variable_scope(self._scope, auxiliary_name_scope=False, **again):
                with graph.name_scope(self._scope.original_name_scope or None):
                    if not self.built:
                        self.build(TensorShape(first.dims) if len(nest.leaves(inputs)) == 1 else None)
                        self.built = True
                    return self.call(inputs, state, *args, **kwargs)

    def _remember(self, getter: Any, *args: Any, **kwargs: Any) -> Any:
        """What makes or finds variables in the cell's scope: it lists them among the weights."""
        variable = getter(*args, **{**kwargs, "trainable": kwargs.get("trainable") is not False and self.trainable})
        if all(variable is not w for w in self._weights):
            self._tracked().track(variable)
        return variable

    def add_weight(self, name: Any = None, shape: Any = (), dtype: Any = None, *args: Any, **kwargs: Any) -> Any:
        """A variable in the cell's scope; the arguments are those of `get_variable`."""
        return get_variable(name, shape, dtype or self.dtype, *args, **kwargs)

    add_variable = add_weight

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """A state of zeros, [batch, size] for each of the state's sizes.

        Args:
            batch_size: an int, or a scalar int tensor.
        """
        graph = batch_size.graph.building() if isinstance(batch_size, Tensor) else default_graph()
        with graph.name_scope(f"{type(self).__name__}ZeroState"):
            return zeros(self.state_size, batch_size, as_dtype(dtype))

    def get_initial_state(self, inputs: Any = None, batch_size: Any = None, dtype: Any = None) -> Any:
        """A state of zeros, for the batch of `inputs` or of `batch_size`.

        Raises:
            ValueError: neither says the size of the batch and the type.
        """
        if inputs is not None:
            x = default_graph().convert(inputs)
            batch_size, dtype = ops.shape(x)[0] if x.dims is None or x.dims[0] is None else x.dims[0], x.dtype
        if batch_size is None or dtype is None:
            raise ValueError(f"The state of {self.name!r} needs inputs, or batch_size and dtype.")
        return self.zero_state(batch_size, dtype)


def zeros(sizes: Any, batch: Any, dtype: Any) -> Any:
    """Tensors of zeros in a nest like `sizes`: [batch, *size] each."""
    made = [ops.zeros([batch, *(shapes.as_dims(s) or ())], dtype) for s in nest.leaves(sizes)]
    return nest.pack(sizes, made)


def checked_cell(cell: Any, argument: str) -> Any:
    """`cell`, which has to be a cell: something callable with sizes and a zero state. TypeError otherwise."""
    missing = [what for what in ("output_size", "state_size", "zero_state") if not hasattr(type(cell), what)]
    missing = [what for what in missing if not hasattr(cell, what)] + ["__call__"] * (not callable(cell))
    if missing:
        raise TypeError(f"The argument {argument!r} ({cell!r}) is not an RNNCell: it has no {', '.join(missing)}.")
    return cell


def depth_of(cell: RNNCell, inputs_shape: Any) -> int:
    """The size of the last axis of inputs. ValueError if it is not known, or they have not two axes."""
    dims = shapes.as_dims(inputs_shape)
    if dims is None or len(dims) != 2 or dims[1] is None:
        raise ValueError(
            f"{type(cell).__name__} {cell.name!r} takes inputs [batch, size] of known size; got the shape "
            f"{shapes.show(dims)}."
        )
    return dims[1]


def linear(inputs: list[Any], kernel: Any, bias: Any) -> Any:
    """``[x, h] W + b``, with the inputs joined."""
    return ops.bias_add(ops.matmul(ops.concat(inputs, 1), kernel), bias)


class _Plain(RNNCell):
    """A cell whose state and output are vectors of one size."""

    def __init__(self, num_units: int, activation: Any, reuse: Any, name: Any, dtype: Any, **kwargs: Any) -> None:
        super().__init__(name=name, dtype=dtype, _reuse=reuse, **kwargs)
        self.num_units = num_units
        self.activation = activations.get(activation or "tanh")

    @property
    def state_size(self) -> Any:
        """The number of units."""
        return self.num_units

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self.num_units


class BasicRNNCell(_Plain):
    """The plainest cell: the output, and the new state, is ``activation([x, h] W + b)``.

    Args:
        num_units: the size of the state h.
        activation: a function or its name, by default tanh.
        reuse: whether its variables have to be there already.
        name: the name of its variable scope, by default ``basic_rnn_cell``.
        dtype: the type of its variables, by default that of its first input.

    Source: Elman, "Finding structure in time", 1990.

    >>> cell = tf.nn.rnn_cell.BasicRNNCell(4)
    >>> outputs, last = tf.nn.dynamic_rnn(cell, tf.zeros([2, 5, 3]), dtype=tf.float32)
    >>> outputs.shape.as_list(), last.shape.as_list(), [v.name for v in tf.global_variables()]
    ([2, 5, 4], [2, 4], ['rnn/basic_rnn_cell/kernel:0', 'rnn/basic_rnn_cell/bias:0'])
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)

    def build(self, inputs_shape: Any) -> None:
        """Make W of shape ``(inputs + units, units)`` and b of shape ``(units,)``."""
        depth = depth_of(self, inputs_shape)
        self.kernel = self.add_variable("kernel", [depth + self.num_units, self.num_units])
        self.bias = self.add_variable("bias", [self.num_units], initializer=Constant(0.0))

    def call(self, inputs: Any, state: Any) -> Any:
        """The output, twice."""
        output = self.activation(linear([inputs, state], self.kernel, self.bias))
        return output, output


class GRUCell(_Plain):
    """A gated recurrent unit: gates r and u decide what of the state is seen, and what of it is kept.

    ``r, u = sigmoid([x, h] W_g + b_g)``, ``c = activation([x, r h] W_c + b_c)``, and the output, and the new state, is
    ``u h + (1 - u) c``.

    Args:
        num_units: the size of the state h.
        activation: a function or its name, by default tanh.
        reuse: whether its variables have to be there already.
        kernel_initializer: by default the variable scope's, or Glorot's uniform distribution.
        bias_initializer: by default 1 for the gates and 0 for c.
        name: the name of its variable scope, by default ``gru_cell``.
        dtype: the type of its variables, by default that of its first input.

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, equations 5 to 8.

    >>> output, state = tf.nn.rnn_cell.GRUCell(4)(tf.zeros([2, 3]), tf.zeros([2, 4]))
    >>> [v.name for v in tf.global_variables()][:2]
    ['gru_cell/gates/kernel:0', 'gru_cell/gates/bias:0']
    """

    def __init__(
        self,
        num_units: int,
        activation: Any = None,
        reuse: Any = None,
        kernel_initializer: Any = None,
        bias_initializer: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(num_units, activation, reuse, name, dtype, **kwargs)
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = bias_initializer

    def build(self, inputs_shape: Any) -> None:
        """Make the kernels of the gates and of c, ``(inputs + units, 2 units)`` and ``(..., units)``, and biases."""
        n, rows = self.num_units, depth_of(self, inputs_shape) + self.num_units
        self.weights_of = {
            part: (
                self.add_variable(f"{part}/kernel", [rows, size], initializer=self.kernel_initializer),
                self.add_variable(f"{part}/bias", [size], initializer=self.bias_initializer or Constant(start)),
            )
            for part, size, start in (("gates", 2 * n, 1.0), ("candidate", n, 0.0))
        }

    def call(self, inputs: Any, state: Any) -> Any:
        """The output, twice."""
        gates = ops.sigmoid(linear([inputs, state], *self.weights_of["gates"]))
        reset, keep = ops.split(gates, 2, axis=1)
        candidate = self.activation(linear([inputs, reset * state], *self.weights_of["candidate"]))
        new = keep * state + (1.0 - keep) * candidate
        return new, new
