"""`Preprocessing`: layers that learn from data what they do, before a model is trained: they adapt.

Such a layer is called on tensors as all others are, within a model or in a graph. On arrays, lists and data frames
`transform` gives its result as an array at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply, convert
from kerasflow.core.opdef import blocked, op
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, Spec
from kerasflow.core.weights import Weight, evaluate
from kerasflow.layers import context
from kerasflow.layers.base import Layer
from kerasflow.layers.symbolic import KerasTensor, flatten

__all__ = ["Preprocessing", "as_numbers", "as_texts", "outside"]

Array = np.ndarray[Any, Any]


def as_texts(value: Any, what: str) -> Array:
    """`value`, texts in an array, a data frame or nested lists, as an array of bytes. TypeError if there is no text.

    >>> from kerasflow.layers.preprocessing.base import as_texts
    >>> as_texts(["a", b"b"], "the data")
    array([b'a', b'b'], dtype=object)
    """
    array = _array(value, what)
    if array.dtype.kind not in "OSU":
        raise TypeError(f"Expected texts for {what}, got values of type {array.dtype}.")
    out = np.empty(array.shape, object)
    for i, item in enumerate(array.reshape(-1).tolist()):
        if not isinstance(item, (str, bytes)):
            raise TypeError(f"Expected texts for {what}, got {item!r} among them.")
        out.reshape(-1)[i] = item.encode() if isinstance(item, str) else item
    return out


def as_numbers(value: Any, dtype: Any, what: str) -> Array:
    """`value`, numbers in an array, a data frame or nested lists, as an array of `dtype`. TypeError for other things.

    >>> from kerasflow.layers.preprocessing.base import as_numbers
    >>> as_numbers([[1], [2]], np.float32, "the data")
    array([[1.],
           [2.]], dtype=float32)
    """
    array = _array(value, what)
    if array.dtype.kind == "O" and not any(isinstance(v, (str, bytes)) for v in array.flat):
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise TypeError(f"Expected numbers for {what}, got objects of other kinds.") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"Expected numbers for {what}, got values of type {array.dtype}.")
    if np.dtype(dtype).kind in "iu" and array.dtype.kind == "f" and (array != np.floor(array)).any():
        raise TypeError(f"Expected whole numbers for {what}, got {array[array != np.floor(array)][:3]} among them.")
    return array.astype(dtype)


def _array(value: Any, what: str) -> Array:
    try:
        return np.asarray(value.to_numpy() if hasattr(value, "to_numpy") else value)
    except ValueError:
        raise ValueError(f"The rows of {what} differ in their lengths.") from None


def _is_tensor(value: Any) -> bool:
    return isinstance(value, (Tensor, KerasTensor, Weight))


def _infer_outside(x: Spec, function: Any, dtype: DType, rest: tuple[int | None, ...] | None) -> Spec:
    dims = x.shape if rest is None or x.shape is None else (*x.shape[:1], *rest)
    return Spec(dtype, dims)


@op("Prepare", infer=_infer_outside, vjp=blocked, stateful=True)
def _outside(runtime: Any, operation: Any, x: Any, function: Any, dtype: DType, rest: Any) -> Array:
    given = np.asarray(x)
    result = np.asarray(function(given), dtype.numpy)
    expected = given.shape if rest is None else (*given.shape[:1], *rest)
    if not shapes.compatible(result.shape, expected):
        raise ValueError(f"what was prepared has the shape {result.shape}, expected {shapes.show(expected)}")
    return result


def outside(function: Callable[[Array], Any], x: Any, dtype: Any, rest: tuple[int | None, ...] | None = None) -> Any:
    """What a Python function gives, in each run, for the array that `x` is; as a tensor of this type.

    Args:
        function: from an array to one.
        x: a tensor.
        dtype: the type of the result.
        rest: the sizes of the result behind its first axis, which is that of `x`; None for the shape of `x`.

    >>> from kerasflow.layers.preprocessing.base import outside
    >>> y = outside(lambda texts: [[len(t)] for t in texts], tf.constant(["a", "bcd"]), tf.int64, (1,))
    >>> y.shape.as_list(), tf.Session().run(y).tolist()
    ([2, 1], [[1], [3]])
    """
    return apply("Prepare", x, function=function, dtype=dtype, rest=rest, name="Prepare")


class Preprocessing(Layer):
    """The base of layers that adapt to data."""

    lists_are_batches = False  # whether a list of arrays is several batches, not one

    def as_input(self, value: Any) -> Any:
        """`value`, which is no tensor, as an array of the type that the layer takes."""
        return as_numbers(value, self.dtype.numpy, f"layer {self.name!r}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer on a tensor; or on an array, a list or a data frame, which become one."""
        if args and not any(map(_is_tensor, flatten(args[0]))):
            args = (self.as_input(args[0]), *args[1:])
        return super().__call__(*args, **kwargs)

    def transform(self, data: Any) -> Array:
        """What the layer gives for `data`, an array, a list or a data frame: an array; texts are bytes.

        >>> layer = tf.keras.layers.Normalization()
        >>> layer.adapt(np.array([[1.0], [3.0]]))
        >>> layer.transform(np.array([[1.0], [2.0], [3.0]]))
        array([[-1.],
               [ 0.],
               [ 1.]], dtype=float32)
        """
        array = self.as_input(data)
        with context.recording():
            result: Array = evaluate(lambda: self(convert(array)))
        return result

    # Adapting.

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learn from `data`, anew.

        Args:
            data: an array, a list or a data frame; or something that makes batches of such, or pairs of these and
                targets: a generator, a `PyDataset`, a data set.
            steps: how many batches to take, by default all.

        Raises:
            TypeError: these are no data of the kind the layer takes. ValueError: there are none.
        """
        self.reset_state()
        count = 0
        for batch in itertools.islice(self._batches(data), steps):
            self.update_state(batch)
            count += 1
        if not count:
            raise ValueError(f"{type(self).__name__} layer {self.name!r} has nothing to adapt to: there are no data.")
        self.finalize_state()

    def reset_state(self) -> None:
        """Forget what was learnt."""

    def update_state(self, data: Any) -> None:
        """Learn from a batch."""
        raise NotImplementedError

    def finalize_state(self) -> None:
        """Make what was learnt what the layer does."""

    def whole(self, data: Any) -> Array:
        """Data that are no batches, as the one batch to learn from."""
        array: Array = self.as_input(data)
        return array

    def _batches(self, data: Any) -> Iterator[Array]:
        if isinstance(data, (str, bytes)) or _is_tensor(data):
            raise TypeError(
                f"{type(self).__name__} layer {self.name!r} adapts to arrays, lists, data frames or batches of these; "
                f"got {data!r}."
            )
        if hasattr(data, "__batches__"):
            yield from map(self._of_batch, data.__batches__())
        elif isinstance(data, (np.ndarray, np.generic)) or hasattr(data, "to_numpy"):
            yield self.whole(data)
        elif isinstance(data, (list, tuple)):
            if self.lists_are_batches and data and all(hasattr(d, "shape") for d in data):
                yield from map(self._of_batch, data)
            else:
                yield self.whole(data)
        elif hasattr(data, "__getitem__") and hasattr(data, "__len__"):
            yield from (self._of_batch(data[i]) for i in range(len(data)))
        elif hasattr(data, "__iter__"):
            yield from map(self._of_batch, data)
        else:
            raise TypeError(f"{type(self).__name__} layer {self.name!r} cannot adapt to {data!r}.")

    def _of_batch(self, batch: Any) -> Array:
        array: Array = self.as_input(batch[0] if isinstance(batch, tuple) else batch)
        return array
