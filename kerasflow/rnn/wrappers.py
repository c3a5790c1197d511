"""Cells made of cells: stacks of them, and one with something done before or after it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from kerasflow.core import nest, ops, shapes
from kerasflow.core.ops.tensor_array import TensorArray
from kerasflow.core.scopes import device
from kerasflow.core.types import as_dtype
from kerasflow.core.variable_scope import variable_scope
from kerasflow.rnn.cells import RNNCell, checked_cell, depth_of
from kerasflow.rnn.lstm import LSTMStateTuple

__all__ = [
    "DeviceWrapper",
    "DropoutWrapper",
    "InputProjectionWrapper",
    "MultiRNNCell",
    "OutputProjectionWrapper",
    "ResidualWrapper",
]


class MultiRNNCell(RNNCell):
    """Cells one above the other: each takes the output of the one below.

    Args:
        cells: the cells, lowest first.
        state_is_tuple: whether the state is the tuple of the cells' states; if not, they are joined in one tensor.

    Raises:
        ValueError: there are no cells, or their states are tuples and the state is not. TypeError: `cells` is no list.

    >>> cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicRNNCell(n) for n in (4, 2)])
    >>> outputs, (low, high) = tf.nn.dynamic_rnn(cell, tf.zeros([3, 5, 1]), dtype=tf.float32)
    >>> outputs.shape.as_list(), [v.name for v in tf.global_variables()][2]
    ([3, 5, 2], 'rnn/multi_rnn_cell/cell_1/basic_rnn_cell/kernel:0')
    """

    def __init__(self, cells: Sequence[Any], state_is_tuple: bool = True) -> None:
        super().__init__()
        if not isinstance(cells, (list, tuple)):
            raise TypeError(f"cells must be a list or tuple, got {cells!r}.")
        if not cells:
            raise ValueError("MultiRNNCell needs at least one cell.")
        self.cells = [checked_cell(c, f"cells[{i}]") for i, c in enumerate(cells)]
        self.state_is_tuple = state_is_tuple
        if not state_is_tuple and not all(isinstance(c.state_size, int) for c in cells):
            raise ValueError(
                "Some cells have states that are tuples, so state_is_tuple must be True; the sizes are "
                f"{[c.state_size for c in cells]}."
            )

    @property
    def state_size(self) -> Any:
        """The sizes of the cells' states."""
        sizes = tuple(c.state_size for c in self.cells)
        return sizes if self.state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        """The size of the last cell's output."""
        return self.cells[-1].output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The cells' states of zeros."""
        if not self.state_is_tuple:
            return super().zero_state(batch_size, dtype)
        return tuple(c.zero_state(batch_size, dtype) for c in self.cells)

    def call(self, inputs: Any, state: Any) -> Any:
        """The last cell's output and all new states."""
        states = state if self.state_is_tuple else ops.split(state, [c.state_size for c in self.cells], axis=1)
        if len(states) != len(self.cells):
            raise ValueError(f"{self.name!r} takes a state for each of {len(self.cells)} cells, got {state!r}.")
        new = []
        for i, (cell, its) in enumerate(zip(self.cells, states, strict=True)):
            with variable_scope(f"cell_{i}"):
                inputs, changed = cell(inputs, its)
                new.append(changed)
        return inputs, tuple(new) if self.state_is_tuple else ops.concat(new, 1)


class _Wrapper(RNNCell):
    """A cell that another one does the work of. Its variables are the other's, in the scope of the other."""

    def __init__(self, cell: Any) -> None:
        super().__init__()
        self.cell = checked_cell(cell, "cell")

    @property
    def state_size(self) -> Any:
        """The size of the cell's state."""
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        """The size of the cell's output."""
        return self.cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The cell's state of zeros."""
        return self.cell.zero_state(batch_size, dtype)


class DropoutWrapper(_Wrapper):
    """A cell whose inputs, outputs or states lose numbers at random; what is left is scaled up.

    Args:
        cell: the cell.
        input_keep_prob, output_keep_prob, state_keep_prob: the shares that are kept, floats or scalar tensors. The
            memory c of an `LSTMStateTuple` is kept as a whole.
        variational_recurrent: whether the same numbers are dropped at all times, and in all samples.
        input_size: the size of the inputs, if they are dropped in this way.
        dtype: the type of inputs, outputs and state, if numbers are dropped in this way.
        seed: for the same choice in every session.
        dropout_state_filter_visitor: from a part of the state, whether it loses numbers: a truth value, or one for
            each of its own parts.

    Raises:
        ValueError: a share is not in (0, 1], or `dtype` or `input_size` is missing.

    Source: Gal and Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks", 2016.

    >>> cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.BasicRNNCell(4), output_keep_prob=0.5)
    >>> outputs, last = tf.nn.dynamic_rnn(cell, tf.zeros([2, 5, 3]), dtype=tf.float32)
    >>> [v.name for v in tf.global_variables()]
    ['rnn/basic_rnn_cell/kernel:0', 'rnn/basic_rnn_cell/bias:0']
    """

    def __init__(
        self,
        cell: Any,
        input_keep_prob: Any = 1.0,
        output_keep_prob: Any = 1.0,
        state_keep_prob: Any = 1.0,
        variational_recurrent: bool = False,
        input_size: Any = None,
        dtype: Any = None,
        seed: int | None = None,
        dropout_state_filter_visitor: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__(cell)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError("dropout_state_filter_visitor must be callable.")
        self._shares = {"input": input_keep_prob, "output": output_keep_prob, "state": state_keep_prob}
        for what, share in self._shares.items():
            if isinstance(share, (int, float)) and not 0 < share <= 1:
                raise ValueError(f"{what}_keep_prob must be above 0 and at most 1, got {share!r}.")
        self._seed = seed
        self._filter = dropout_state_filter_visitor or _but_memories
        self._noise: dict[str, Any] = {}
        if variational_recurrent:
            if dtype is None:
                raise ValueError("variational_recurrent needs the dtype.")
            self._make_noise(input_size, as_dtype(dtype))

    def _make_noise(self, input_size: Any, dtype: Any) -> None:
        sizes = {"input": input_size, "state": self.cell.state_size, "output": self.cell.output_size}
        for what, size in sizes.items():
            if self._share(what) is None:
                continue
            if size is None:
                raise ValueError("variational_recurrent needs the input_size where inputs lose numbers.")
            self._noise[what] = []
            for i, s in enumerate(nest.leaves(size)):
                seed = self._seed_of(what, i)
                self._noise[what].append(ops.random_uniform([1, *(shapes.as_dims(s) or ())], dtype=dtype, seed=seed))

    def _share(self, what: str) -> Any:
        """The share that is kept, None if it is all."""
        share = self._shares[what]
        return None if isinstance(share, (int, float)) and share >= 1 else share

    def _seed_of(self, what: str, index: int) -> int | None:
        """The seed for one choice: TensorFlow's, so that the same numbers are dropped."""
        if self._seed is None:
            return None
        text = f"{self._seed}{what}_{index}"
        return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8], 16) & 0x7FFFFFFF

    def _dropped(self, what: str, values: Any, chosen: Sequence[bool] | None = None) -> Any:
        share = self._share(what)
        if share is None:
            return values
        found = nest.leaves(values)
        kept = [
            v if chosen is not None and not chosen[i] else self._thinned(what, i, v, share) for i, v in enumerate(found)
        ]
        return nest.pack(values, kept)

    def _thinned(self, what: str, i: int, value: Any, share: Any) -> Any:
        if isinstance(value, TensorArray):
            return value
        if what not in self._noise:
            return ops.dropout(value, rate=1.0 - share, seed=self._seed_of(what, i))
        return value / share * ops.floor(share + self._noise[what][i])

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """The cell's output and new state, thinned out."""
        output, new = self.cell(self._dropped("input", inputs), state, scope)
        chosen = [c for part in _parts(self._filter, new) for c in part]
        new = self._dropped("state", new, chosen)
        return self._dropped("output", output), new


def _but_memories(part: Any) -> Any:
    """Whether a part of a state loses numbers: all but memories."""
    return LSTMStateTuple(False, True) if isinstance(part, LSTMStateTuple) else not isinstance(part, TensorArray)


def _parts(visit: Callable[[Any], Any], state: Any) -> list[list[bool]]:
    """For each leaf of a state, as a list per part visited, whether it loses numbers."""
    answer = visit(state)
    if isinstance(answer, bool):
        inside = isinstance(state, (list, tuple, dict))
        if inside and answer:
            return [
                part for item in (state.values() if isinstance(state, dict) else state) for part in _parts(visit, item)
            ]
        return [[answer] * len(nest.leaves(state))]
    spread = zip(nest.leaves(answer), nest.leaves_below(answer, state, "What the filter gives"), strict=True)
    return [[bool(a)] * len(nest.leaves(below)) for a, below in spread]


class ResidualWrapper(_Wrapper):
    """A cell whose inputs are added to its outputs.

    Args:
        cell: the cell; its outputs have the shape of its inputs.
        residual_fn: what to give, from the inputs and the outputs, instead of their sum.

    Raises:
        ValueError: the shapes differ. TypeError: the structures do.

    Source: Wu et al., "Google's neural machine translation system", 2016, section 3.1.

    >>> cell = tf.nn.rnn_cell.ResidualWrapper(tf.nn.rnn_cell.BasicRNNCell(3))
    >>> tf.nn.dynamic_rnn(cell, tf.zeros([2, 5, 3]), dtype=tf.float32)[0].shape.as_list()
    [2, 5, 3]
    """

    def __init__(self, cell: Any, residual_fn: Callable[[Any, Any], Any] | None = None) -> None:
        super().__init__(cell)
        self._residual = residual_fn or _sum

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """The sum of input and output, and the new state."""
        output, new = self.cell(inputs, state, scope)
        return self._residual(inputs, output), new


def _sum(inputs: Any, outputs: Any) -> Any:
    nest.check_same(inputs, outputs, "The inputs and outputs of a residual cell")
    pairs = list(zip(nest.leaves(inputs), nest.leaves(outputs), strict=True))
    for x, y in pairs:
        x.shape.assert_is_compatible_with(y.shape)
    return nest.pack(outputs, [x + y for x, y in pairs])


class DeviceWrapper(_Wrapper):
    """A cell whose operations ask for a device.

    Args:
        cell: the cell.
        device: the device, or a function of an operation that gives it.

    >>> cell = tf.nn.rnn_cell.DeviceWrapper(tf.nn.rnn_cell.BasicRNNCell(4), "/cpu:0")
    >>> output, state = cell(tf.zeros([2, 3]), cell.zero_state(2, tf.float32))
    >>> output.device
    '/device:CPU:0'
    """

    def __init__(self, cell: Any, device: Any) -> None:
        super().__init__(cell)
        self._device = device

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The cell's state of zeros, on the device."""
        with device(self._device):
            return self.cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """The cell's output and new state, from the device."""
        with device(self._device):
            return self.cell(inputs, state, scope)


class OutputProjectionWrapper(RNNCell):
    """A cell whose output is projected, ``activation(y W + b)``.

    Args:
        cell: the cell.
        output_size: the size of the projection.
        activation: a function; by default none.
        reuse: whether the variables have to be there already.

    >>> cell = tf.contrib.rnn.OutputProjectionWrapper(tf.nn.rnn_cell.BasicRNNCell(4), 1)
    >>> outputs, last = tf.nn.dynamic_rnn(cell, tf.zeros([2, 5, 3]), dtype=tf.float32)
    >>> outputs.shape.as_list(), [v.name for v in tf.global_variables()][2]
    ([2, 5, 1], 'rnn/output_projection_wrapper/kernel:0')
    """

    def __init__(self, cell: Any, output_size: int, activation: Any = None, reuse: Any = None) -> None:
        super().__init__(_reuse=reuse)
        if output_size < 1:
            raise ValueError(f"output_size must be at least 1, got {output_size}.")
        self.cell = checked_cell(cell, "cell")
        self._size = output_size
        self._activation = activation

    @property
    def state_size(self) -> Any:
        """The size of the cell's state."""
        return self.cell.state_size

    @property
    def output_size(self) -> Any:
        """The size of the projection."""
        return self._size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """The cell's state of zeros."""
        return self.cell.zero_state(batch_size, dtype)

    def call(self, inputs: Any, state: Any) -> Any:
        """The projected output, and the new state."""
        output, new = self.cell(inputs, state)
        return self._projected(output, self._size), new

    def _projected(self, x: Any, size: int) -> Any:
        kernel = self.add_variable("kernel", [depth_of(self, x.dims), size])
        y = ops.bias_add(ops.matmul(x, kernel), self.add_variable("bias", [size], initializer=ops.zeros))
        return self._activation(y) if self._activation else y


class InputProjectionWrapper(OutputProjectionWrapper):
    """A cell whose input is projected first, ``activation(x W + b)``.

    Args:
        cell: the cell.
        num_proj: the size of the projection.
        activation: a function; by default none.
        input_size: taken for compatibility, not used.
        reuse: whether the variables have to be there already.

    >>> cell = tf.contrib.rnn.InputProjectionWrapper(tf.nn.rnn_cell.BasicRNNCell(4), 2)
    >>> output, state = cell(tf.zeros([2, 3]), cell.zero_state(2, tf.float32))
    >>> [v.shape.as_list() for v in tf.global_variables()][0]
    [3, 2]
    """

    def __init__(
        self, cell: Any, num_proj: int, activation: Any = None, input_size: Any = None, reuse: Any = None
    ) -> None:
        super().__init__(cell, num_proj, activation, reuse)

    @property
    def output_size(self) -> Any:
        """The size of the cell's output."""
        return self.cell.output_size

    def call(self, inputs: Any, state: Any) -> Any:
        """The cell's output and new state."""
        return self.cell(self._projected(inputs, self._size), state)
