"""Cells with gates: `LSTMCell` and `GRUCell`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.layers.cells import Cell, given, product

__all__ = ["GRUCell", "LSTMCell"]


class LSTMCell(Cell):
    """A long short-term memory: what is written to a memory c, kept in it and read from it, gates decide.

    With ``i, f, j, o = x W + h U + b``, split in four::

        c' = sigmoid(f) c + sigmoid(i) tanh(j)
        h' = sigmoid(o) tanh(c')

    The output is h', and the state is ``[h, c]``.

    Args:
        units: the size of output and memory.
        activation: a function or its name, where the formula has tanh.
        recurrent_activation: likewise, where it has sigmoid.
        use_bias: whether there is b.
        kernel_initializer, recurrent_initializer, bias_initializer: where W, U and b start.
        unit_forget_bias: whether the part of b for f starts at 1, so that the memory lasts at the beginning.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on W, U and b.
        kernel_constraint, recurrent_constraint, bias_constraint: projections applied after each update.
        dropout, recurrent_dropout: the shares of x and h that are dropped in training, in [0, 1).
        seed: for the same choice in every session.

    Raises:
        ValueError: `units` is not positive, or a share is outside of [0, 1).

    Source: Gers, Schmidhuber and Cummins, "Learning to forget", 2000, equations 3 to 10; without squashing of j.

    >>> layer = tf.keras.layers.RNN(tf.keras.layers.LSTMCell(4))
    >>> layer(tf.keras.Input((5, 3))).shape.as_list(), [w.shape.as_list() for w in layer.weights]
    ([None, 4], [[3, 16], [4, 16], [16]])
    """

    gates = 4

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        arguments = given(locals())
        self.unit_forget_bias = arguments.pop("unit_forget_bias")
        super().__init__(**arguments)

    @property
    def state_size(self) -> list[int]:
        """The sizes of the output and the memory."""
        return [self.units, self.units]

    def _bias_start(self) -> Any:
        start = self.bias_initializer
        if not self.unit_forget_bias:
            return start
        u = self.units

        def initial(shape: Any, dtype: Any = None) -> Any:
            return ops.concat([start([u], dtype), ops.ones([u], dtype), start([2 * u], dtype)], axis=0)

        return initial

    def advance(self, x: Any, states: list[Any], noise: Sequence[Any] = ()) -> tuple[Any, list[Any]]:
        """h' and [h', c'], from x W + b and [h, c]."""
        h, c = states
        i, f, j, o = ops.split(x + product(h, self.recurrent_kernel, noise), 4, axis=1)
        c = self.recurrent_activation(f) * c + self.recurrent_activation(i) * self.activation(j)
        h = self.recurrent_activation(o) * self.activation(c)
        return h, [h, c]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "unit_forget_bias": self.unit_forget_bias}


class GRUCell(Cell):
    """A gated recurrent unit: a gate z decides what of the state stays, a gate r what of it the new part sees.

    With x W + b and h U + b' split in three, for z, r and the new part::

        z, r = sigmoid(x_z + h_z), sigmoid(x_r + h_r)
        h' = z h + (1 - z) tanh(x_n + r h_n)

    The output is h'. Without `reset_after` there is no b', and h_n is not ``r (h U)`` but ``(r h) U``.

    Args:
        units: the size of output and state.
        activation: a function or its name, where the formula has tanh.
        recurrent_activation: likewise, where it has sigmoid.
        use_bias: whether there is b, and b'; they are one weight of shape ``(2, 3 units)``.
        kernel_initializer, recurrent_initializer, bias_initializer: where W, U and b start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on W, U and b.
        kernel_constraint, recurrent_constraint, bias_constraint: projections applied after each update.
        dropout, recurrent_dropout: the shares of x and h that are dropped in training, in [0, 1).
        reset_after: whether r is applied after the product with U.
        seed: for the same choice in every session.

    Raises:
        ValueError: `units` is not positive, or a share is outside of [0, 1).

    Source: Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine
    translation", 2014, equations 5 to 8.

    >>> layer = tf.keras.layers.RNN(tf.keras.layers.GRUCell(4))
    >>> layer(tf.keras.Input((5, 3))).shape.as_list(), [w.shape.as_list() for w in layer.weights]
    ([None, 4], [[3, 12], [4, 12], [2, 12]])
    """

    gates = 3

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        arguments = given(locals())
        self.reset_after = arguments.pop("reset_after")
        super().__init__(**arguments)

    def _bias_shape(self) -> tuple[int, ...]:
        columns = super()._bias_shape()
        return (2, *columns) if self.reset_after else columns

    def _input_bias(self) -> Any:
        return ops.unstack(self.bias)[0] if self.use_bias and self.reset_after else self.bias

    def advance(self, x: Any, states: list[Any], noise: Sequence[Any] = ()) -> tuple[Any, list[Any]]:
        """h', from x W + b and h."""
        h = states[0]
        x_z, x_r, x_new = ops.split(x, 3, axis=1)
        if self.reset_after:
            seen = product(h, self.recurrent_kernel, noise)
            if self.use_bias:
                seen = ops.bias_add(seen, ops.unstack(self.bias)[1])
            h_z, h_r, h_new = ops.split(seen, 3, axis=1)
            h_new = self.recurrent_activation(x_r + h_r) * h_new
        else:
            for_gates, for_new = ops.split(self.recurrent_kernel, [2 * self.units, self.units], axis=1)
            h_z, h_r = ops.split(product(h, for_gates, noise[:2]), 2, axis=1)
            h_new = product(self.recurrent_activation(x_r + h_r) * h, for_new, noise[2:])
        z = self.recurrent_activation(x_z + h_z)
        h = z * h + (1.0 - z) * self.activation(x_new + h_new)
        return h, [h]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "reset_after": self.reset_after}
