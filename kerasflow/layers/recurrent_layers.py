"""`SimpleRNN`, `LSTM` and `GRU`: recurrent layers, each with a cell of its own."""

from __future__ import annotations

import inspect
from typing import Any

from kerasflow import regularizers
from kerasflow.layers.base import base_name
from kerasflow.layers.cells import Cell, SimpleRNNCell, given
from kerasflow.layers.cells_gated import GRUCell, LSTMCell
from kerasflow.layers.recurrent import RNN

__all__ = ["GRU", "LSTM", "SimpleRNN"]


class _WithCell(RNN):
    """A layer whose arguments are those of its cell, which are its attributes too, and those of `RNN`."""

    cell_class: type[Cell]
    unwritten: tuple[str, ...] = ()  # what the configuration says only if it is not None

    def __init__(self, use_cudnn: Any = "auto", **arguments: Any) -> None:
        if use_cudnn is True:
            raise ValueError(f"{type(self).__name__} runs without cuDNN here; leave use_cudnn at 'auto' or False.")
        of_cell = {k: arguments.pop(k) for k in [*_arguments(self.cell_class), "implementation"] if k in arguments}
        shared = {k: arguments[k] for k in ("trainable", "dtype") if k in arguments}
        cell = self.cell_class(name=base_name(self.cell_class.__name__), **of_cell, **shared)
        super().__init__(cell, **arguments)

    def __getattr__(self, name: str) -> Any:
        cell = self.__dict__.get("cell")
        if cell is not None and name in _arguments(type(cell)):
            return getattr(cell, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        config = super().get_config()
        del config["cell"]
        own = regularizers.serialize(self.activity_regularizer)
        config = {**self.cell.get_config(), **config, "activity_regularizer": own}
        return {k: v for k, v in config.items() if v is not None or k not in self.unwritten}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from what `get_config` gave."""
        return cls(**config)


class SimpleRNN(_WithCell):
    """A fully connected recurrent network, ``h_t = activation(x_t W + h_(t-1) U + b)``.

    Args:
        units, activation, use_bias: as for `SimpleRNNCell`.
        kernel_initializer, recurrent_initializer, bias_initializer: where W, U and b start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on W, U and b.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint, recurrent_constraint, bias_constraint: projections applied after each update.
        dropout, recurrent_dropout: the shares of inputs and state that are dropped in training, the same at all times.
        seed: for the same choice in every session.
        return_sequences, return_state, go_backwards, stateful, unroll: as for `RNN`, and so is a call.

    Raises:
        ValueError: an argument is out of its range; in a call, the inputs, the states or the mask do not fit.

    >>> layer = tf.keras.layers.SimpleRNN(4, return_sequences=True)
    >>> layer(tf.keras.Input((5, 3))).shape.as_list()
    [None, 5, 4]
    """

    cell_class = SimpleRNNCell
    unwritten = ("seed",)  # as in Keras

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**given(locals()))


class LSTM(_WithCell):
    """A long short-term memory; `LSTMCell` has the formula.

    Args:
        units, activation, recurrent_activation, use_bias, unit_forget_bias: as for `LSTMCell`.
        kernel_initializer, recurrent_initializer, bias_initializer: where W, U and b start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on W, U and b.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint, recurrent_constraint, bias_constraint: projections applied after each update.
        dropout, recurrent_dropout: the shares of inputs and state that are dropped in training, the same at all times.
        seed: for the same choice in every session.
        return_sequences, return_state, go_backwards, stateful, unroll: as for `RNN`, and so is a call.
        use_cudnn: accepted and without effect, but for True: there is none here.

    Raises:
        ValueError: an argument is out of its range; in a call, the inputs, the states or the mask do not fit.

    >>> encoder = tf.keras.layers.LSTM(4, return_state=True)
    >>> output, h, c = encoder(tf.keras.Input((5, 3)))
    >>> tf.keras.layers.LSTM(4, return_sequences=True)(tf.keras.Input((7, 2)), initial_state=[h, c]).shape.as_list()
    [None, 7, 4]
    """

    cell_class = LSTMCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(**given(locals()))


class GRU(_WithCell):
    """A network of gated recurrent units; `GRUCell` has the formula.

    Args:
        units, activation, recurrent_activation, use_bias, reset_after: as for `GRUCell`.
        kernel_initializer, recurrent_initializer, bias_initializer: where W, U and b start.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: penalties on W, U and b.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint, recurrent_constraint, bias_constraint: projections applied after each update.
        dropout, recurrent_dropout: the shares of inputs and state that are dropped in training, the same at all times.
        seed: for the same choice in every session.
        return_sequences, return_state, go_backwards, stateful, unroll: as for `RNN`, and so is a call.
        use_cudnn: accepted and without effect, but for True: there is none here.

    Raises:
        ValueError: an argument is out of its range; in a call, the inputs, the states or the mask do not fit.

    >>> layer = tf.keras.layers.GRU(4)
    >>> layer(tf.keras.Input((None, 3))).shape.as_list(), [w.shape.as_list() for w in layer.weights]
    ([None, 4], [[3, 12], [4, 12], [2, 12]])
    """

    cell_class = GRUCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(**given(locals()))


def _arguments(cell: type[Cell]) -> list[str]:
    """What the constructor of a cell takes beside what all layers take."""
    return [n for n in inspect.signature(cell.__init__).parameters if n not in ("self", "kwargs")]
