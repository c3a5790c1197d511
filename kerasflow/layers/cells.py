"""Cells: what a recurrent layer computes at one time, from an input and a state; and the plain one of them.

What a cell makes of its input does not depend on the state until the two are added. So a cell is two functions:
`project`, which a layer applies to the inputs of all times in one product, and `advance`, which is what has to wait for
the time before. Applied one after the other they are the cell's `call`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.layers.weighted import Weighted, positive

__all__ = ["Cell", "SimpleRNNCell", "given", "product"]

_KEPT = {"initializer", "regularizer", "constraint", "activation"}


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a constructor by name, from its `locals()`.

    >>> from kerasflow.layers.cells import given
    >>> given({"self": None, "__class__": object, "units": 3, "kwargs": {"name": "a"}})
    {'units': 3, 'name': 'a'}
    """
    named = {k: v for k, v in arguments.items() if k not in ("self", "__class__", "kwargs")}
    return {**named, **arguments.get("kwargs", {})}


class Cell(Weighted):
    """The base of Keras's cells: W for the input, U for the state and b, for each of so many gates.

    Args:
        units: the size of output and state.
        use_bias: whether there is b.
        dropout, recurrent_dropout: the shares of the inputs and of the state that are dropped in training, the same at
            all times.
        seed: for the same choice in every session.
        implementation: 1 for a choice of its own in each gate, which `recurrent_dropout` implies; else 2.
        arguments: what the weights begin with, their penalties and projections, and the activations, by name; and what
            every layer takes.
    """

    gates = 1

    def __init__(
        self,
        units: int,
        use_bias: bool,
        dropout: float,
        recurrent_dropout: float,
        seed: int | None,
        implementation: int = 2,
        **arguments: Any,
    ) -> None:
        kept = {k: arguments.pop(k) for k in list(arguments) if k.rpartition("_")[2] in _KEPT}
        super().__init__(**arguments)
        self.keep(**kept)
        self.units = positive(self, units, "units")
        self.use_bias = use_bias
        self.dropout = _share(self, dropout, "dropout")
        self.recurrent_dropout = _share(self, recurrent_dropout, "recurrent_dropout")
        self.implementation = 1 if self.recurrent_dropout else implementation
        self.seed = seed
        self.kernel: Any = None
        self.recurrent_kernel: Any = None
        self.bias: Any = None

    @property
    def state_size(self) -> Any:
        """The size of the state, or a list of the sizes of its parts, of which the first is the output."""
        return self.units

    @property
    def output_size(self) -> int:
        """The size of the output."""
        return self.units

    def build(self, input_shape: Any) -> None:
        """Make W ``(inputs, gates units)``, U ``(units, gates units)`` and b."""
        dims = shapes.as_dims(input_shape)
        if dims is None or len(dims) != 2 or dims[1] is None:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} takes inputs (batch, size) of known size; got the shape "
                f"{shapes.show(dims)}."
            )
        columns = self.gates * self.units
        self.kernel = self.made("kernel", (dims[1], columns))
        self.recurrent_kernel = self.made("recurrent_kernel", (self.units, columns), role="recurrent")
        if self.use_bias:
            self.bias = self.add_weight(
                "bias",
                self._bias_shape(),
                initializer=self._bias_start(),
                regularizer=self.bias_regularizer,
                constraint=self.bias_constraint,
            )

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.gates * self.units,)

    def _bias_start(self) -> Any:
        return self.bias_initializer

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Zeros, ``(batch_size, size)`` for each part of the state."""
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros([batch_size, size], self.dtype) for size in sizes]

    # One time.

    def call(self, inputs: Any, states: Any, training: Any = False) -> tuple[Any, Any]:
        """The output and the new state, a list if `states` is one."""
        several = isinstance(states, (list, tuple))
        project, advance = self.stepper(ops.shape(inputs)[0], training)
        output, new = advance(project(inputs), list(states) if several else [states])
        return output, new if several else new[0]

    def stepper(self, batch: Any, training: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The functions `project` and `advance`, which drop the same numbers whenever they are called."""
        one_each = self.implementation == 1 and self.gates > 1
        inputs = self._noise(self.kernel, self.dropout, batch, training, self.gates if one_each else 1, 0)
        state = self._noise(self.recurrent_kernel, self.recurrent_dropout, batch, training, self.gates, self.gates)
        return partial(self.project, noise=inputs), partial(self.advance, noise=state)

    def _noise(self, kernel: Any, rate: float, batch: Any, training: Any, count: int, first: int) -> Sequence[Any]:
        """Factors for what a kernel is multiplied with: none where nothing is dropped."""
        known = isinstance(training, (bool, int, np.bool_))
        if not rate or known and not training:
            return ()
        share: Any = rate if known else rate * ops.cast(training, self.dtype)
        ones = ops.ones([batch, shapes.as_dims(kernel.shape)[0]], self.dtype)
        seeds = [None if self.seed is None else self.seed + first + i for i in range(count)]
        return [ops.dropout(ones, rate=share, seed=seed) for seed in seeds]

    def project(self, inputs: Any, noise: Sequence[Any] = ()) -> Any:
        """``x W + b``, for inputs of one time or, with the time first, of all."""
        size = shapes.as_dims(self.kernel.shape)[0]
        if inputs.dims is not None and inputs.dims[-1] not in (None, size):
            raise ValueError(
                f"{type(self).__name__} {self.name!r} was built for inputs of size {size}; got the shape "
                f"{shapes.show(inputs.dims)}."
            )
        y = product(ops.cast(inputs, self.dtype), self.kernel, noise)
        bias = self._input_bias()
        return y if bias is None else ops.bias_add(y, bias)

    def _input_bias(self) -> Any:
        return self.bias

    def advance(self, x: Any, states: list[Any], noise: Sequence[Any] = ()) -> tuple[Any, list[Any]]:
        """The output and the new states, from what `project` made of the input; each cell defines it."""
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("units", "use_bias", "dropout", "recurrent_dropout", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _share(cell: Cell, rate: Any, what: str) -> float:
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate < 1:
        raise ValueError(f"{type(cell).__name__} takes a {what} of at least 0 and less than 1, got {rate!r}.")
    return float(rate)


def product(x: Any, kernel: Any, noise: Sequence[Any]) -> Any:
    """``x kernel``, where each gate sees another x if there is noise for each.

    >>> from kerasflow.layers.cells import product
    >>> x, kernel = tf.ones([1, 2]), tf.ones([2, 2])
    >>> tf.Session().run(product(x, kernel, [tf.constant([0.0, 2.0]), tf.constant([0.0, 0.0])]))
    array([[2., 0.]], dtype=float32)
    """
    if len(noise) < 2:
        return _rows_times(x * noise[0] if noise else x, kernel)
    columns = ops.split(kernel, len(noise), axis=1)
    return ops.concat([_rows_times(x * n, c) for n, c in zip(noise, columns, strict=True)], axis=-1)


def _rows_times(x: Any, kernel: Any) -> Any:
    """``x kernel`` for x of two axes or, as one product, of three."""
    if len(x.dims) == 2:
        return ops.matmul(x, kernel)
    sizes = [ops.shape(x)[i] if d is None else d for i, d in enumerate(x.dims[:2])]
    rows = ops.reshape(x, [-1, ops.shape(x)[2] if x.dims[2] is None else x.dims[2]])
    return ops.reshape(ops.matmul(rows, kernel), [*sizes, shapes.as_dims(kernel.shape)[1]])


class SimpleRNNCell(Cell):
    """A fully connected cell, ``h' = activation(x W + h U + b)``; the output is h'.

    Args:
        units: the size of output and state.
        activation: a function or its name.
        use_bias: whether there is b.
        kernel_initializer, recurrent_initializer, bias_initializer: where W, U and b start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on W, U and b.
        kernel_constraint, recurrent_constraint, bias_constraint: projections applied after each update.
        dropout, recurrent_dropout: the shares of x and h that are dropped in training, in [0, 1).
        seed: for the same choice in every session.

    Raises:
        ValueError: `units` is not positive, or a share is outside of [0, 1).

    Source: Elman, "Finding structure in time", 1990.

    >>> layer = tf.keras.layers.RNN(tf.keras.layers.SimpleRNNCell(4))
    >>> layer(tf.keras.Input((5, 3))).shape.as_list(), [w.shape.as_list() for w in layer.weights]
    ([None, 4], [[3, 4], [4, 4], [4]])
    """

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
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
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**given(locals()))

    def advance(self, x: Any, states: list[Any], noise: Sequence[Any] = ()) -> tuple[Any, list[Any]]:
        """h', from x W + b and h."""
        h = self.activation(x + product(states[0], self.recurrent_kernel, noise))
        return h, [h]
