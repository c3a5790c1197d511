"""Cells with a memory that gates write to, read from and clear: long short-term memory."""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasflow import activations, initializers
from kerasflow.core import ops
from kerasflow.core.types import DType
from kerasflow.rnn.cells import RNNCell, depth_of, linear

__all__ = ["BasicLSTMCell", "LSTMCell", "LSTMStateTuple"]


class LSTMStateTuple(NamedTuple):
    """The state of an LSTM cell: the memory c, and the output h.

    >>> tf.nn.rnn_cell.BasicLSTMCell(4).state_size
    LSTMStateTuple(c=4, h=4)
    """

    c: Any
    h: Any

    @property
    def dtype(self) -> DType:
        """The type of both. TypeError if they differ."""
        if self.c.dtype is not self.h.dtype:
            raise TypeError(f"The state has two types, {self.c.dtype.name} and {self.h.dtype.name}.")
        kind: DType = self.c.dtype
        return kind


class LSTMCell(RNNCell):
    """A long short-term memory with, if asked for, peepholes, a projection and bounds.

    ``i, j, f, o = [x, h] W + b``, the new memory ``c' = sigmoid(f + forget_bias) c + sigmoid(i) activation(j)``, the
    output ``h' = sigmoid(o) activation(c')``. With peepholes, ``w_f c``, ``w_i c`` and ``w_o c'`` are added to f, i and
    o; with a projection, the output is ``h' P``.

    Args:
        num_units: the size of the memory.
        use_peepholes: whether the gates see the memory.
        cell_clip: a bound of the memory's numbers, in size.
        initializer: of all weights but the bias; by default the variable scope's, or Glorot's uniform distribution.
        num_proj: the size of the output, if it is projected.
        proj_clip: a bound of the projected numbers, in size.
        num_unit_shards, num_proj_shards: taken for compatibility; no variable is partitioned.
        forget_bias: what is added to f, so that the memory lasts at the beginning.
        state_is_tuple: whether the state is an `LSTMStateTuple`; if not, c and h are joined in one tensor.
        activation: a function or its name, by default tanh.
        reuse: whether its variables have to be there already.
        name: the name of its variable scope, by default ``lstm_cell``.
        dtype: the type of its variables, by default that of its first input.

    Source: Sak, Senior and Beaufays, "Long short-term memory recurrent neural network architectures", 2014,
    equations 1 to 7.

    >>> cell = tf.nn.rnn_cell.LSTMCell(4, num_proj=2)
    >>> outputs, last = tf.nn.dynamic_rnn(cell, tf.zeros([3, 5, 1]), dtype=tf.float32)
    >>> outputs.shape.as_list(), last.c.shape.as_list(), last.h.shape.as_list()
    ([3, 5, 2], [3, 4], [3, 2])
    """

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        cell_clip: float | None = None,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int | None = None,
        num_proj_shards: int | None = None,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype, _reuse=reuse, **kwargs)
        self.num_units = num_units
        self.use_peepholes = use_peepholes
        self.cell_clip = cell_clip
        self.initializer = initializers.get(initializer)
        self.num_proj = num_proj
        self.proj_clip = proj_clip
        self.forget_bias = forget_bias
        self.state_is_tuple = state_is_tuple
        self.activation = activations.get(activation or "tanh")

    @property
    def state_size(self) -> Any:
        """The sizes of memory and output."""
        return LSTMStateTuple(self.num_units, self.output_size) if self.state_is_tuple else sum(self._sizes)

    @property
    def output_size(self) -> Any:
        """The size of the output."""
        return self.num_proj or self.num_units

    @property
    def _sizes(self) -> list[int]:
        return [self.num_units, self.output_size]

    def build(self, inputs_shape: Any) -> None:
        """Make W of shape ``(inputs + outputs, 4 units)``, b, the peepholes ``(units,)`` and P ``(units, outputs)``."""
        n, rows = self.num_units, depth_of(self, inputs_shape) + self.output_size
        self.kernel = self.add_variable("kernel", [rows, 4 * n], initializer=self.initializer)
        self.bias = self.add_variable("bias", [4 * n], initializer=initializers.Zeros())
        self.peepholes = {
            gate: self.add_variable(f"w_{gate}_diag", [n], initializer=self.initializer)
            for gate in ("f", "i", "o")
            if self.use_peepholes
        }
        if self.num_proj is not None:
            shape = [n, self.num_proj]
            self.projection = self.add_variable("projection/kernel", shape, initializer=self.initializer)

    def call(self, inputs: Any, state: Any) -> Any:
        """The output and the new state."""
        memory, h = state if self.state_is_tuple else ops.split(state, self._sizes, axis=1)
        i, j, f, o = ops.split(linear([inputs, h], self.kernel, self.bias), 4, axis=1)
        forget = ops.sigmoid(self._seeing("f", f + self.forget_bias, memory))
        write = ops.sigmoid(self._seeing("i", i, memory))
        memory = forget * memory + write * self.activation(j)
        if self.cell_clip is not None:
            memory = ops.clip_by_value(memory, -self.cell_clip, self.cell_clip)
        h = ops.sigmoid(self._seeing("o", o, memory)) * self.activation(memory)
        if self.num_proj is not None:
            h = ops.matmul(h, self.projection)
            if self.proj_clip is not None:
                h = ops.clip_by_value(h, -self.proj_clip, self.proj_clip)
        return h, LSTMStateTuple(memory, h) if self.state_is_tuple else ops.concat([memory, h], 1)

    def _seeing(self, gate: str, value: Any, memory: Any) -> Any:
        return value + self.peepholes[gate] * memory if self.use_peepholes else value


class BasicLSTMCell(LSTMCell):
    """A long short-term memory; `LSTMCell` has the formula, and more to choose from.

    Args:
        num_units: the size of memory and output.
        forget_bias: what is added to the gate f, so that the memory lasts at the beginning.
        state_is_tuple: whether the state is an `LSTMStateTuple`; if not, c and h are joined in one tensor.
        activation: a function or its name, by default tanh.
        reuse: whether its variables have to be there already.
        name: the name of its variable scope, by default ``basic_lstm_cell``.
        dtype: the type of its variables, by default that of its first input.

    Source: Zaremba, Sutskever and Vinyals, "Recurrent neural network regularization", 2014, section 3.1.

    >>> cell = tf.nn.rnn_cell.BasicLSTMCell(4)
    >>> outputs, last = tf.nn.dynamic_rnn(cell, tf.zeros([2, 5, 3]), dtype=tf.float32)
    >>> [(v.name, v.shape.as_list()) for v in tf.global_variables()]
    [('rnn/basic_lstm_cell/kernel:0', [7, 16]), ('rnn/basic_lstm_cell/bias:0', [16])]
    """

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Any = None,
        reuse: Any = None,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            num_units,
            forget_bias=forget_bias,
            state_is_tuple=state_is_tuple,
            activation=activation,
            reuse=reuse,
            name=name,
            dtype=dtype,
            **kwargs,
        )
