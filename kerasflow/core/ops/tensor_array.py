"""`TensorArray`: a list of tensors that a loop writes and reads one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import Graph, apply, default_graph
from kerasflow.core.ops.shape_of import shape
from kerasflow.core.shapes import Dims, TensorShape
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import as_dtype

__all__ = ["TensorArray"]


class TensorArray:
    """A list of tensors of one type, each of which is written once.

    An object stands for the list at one point of a program: a write gives another object, which is to be used from
    then on, also as a loop variable. Gradients flow through it.

    Args:
        dtype: the type of its items.
        size: how many items it has, an int or a scalar int tensor.
        dynamic_size: whether it grows with what is written.
        element_shape: the shape of its items, where it is known; it is learnt from what is written.
        infer_shape: whether all items have one shape.
        clear_after_read, colocate_with_first_write_call, tensor_array_name: accepted and without effect.
        flow: the tensor that holds the list, where there is one; `size` is not needed then.
        name: the scope of its operations.

    Raises:
        ValueError: neither `size` nor `flow` is given, or both.

    >>> array = tf.TensorArray(tf.float32, size=3)
    >>> _, array = tf.while_loop(
    ...     lambda i, a: i < 3, lambda i, a: (i + 1, a.write(i, tf.to_float(i) ** 2)), (0, array))
    >>> tf.Session().run(array.stack())
    array([0., 1., 4.], dtype=float32)
    """

    def __init__(
        self,
        dtype: Any,
        size: Any = None,
        dynamic_size: bool | None = None,
        clear_after_read: bool | None = None,
        tensor_array_name: str | None = None,
        handle: Any = None,
        flow: Tensor | None = None,
        infer_shape: bool = True,
        element_shape: Any = None,
        colocate_with_first_write_call: bool = True,
        name: str | None = None,
    ) -> None:
        if handle is not None:
            raise ValueError("A TensorArray has no handle here: pass the flow of another one.")
        if (size is None) == (flow is None):
            raise ValueError("A TensorArray is made with a size, or with the flow of another one, and not with both.")
        self.dtype = as_dtype(dtype)
        self._dynamic = bool(dynamic_size)
        self._one_shape = infer_shape
        # Shared with what becomes of it: what is learnt of an item in a loop is known after the loop too.
        self._element: list[Dims] = [shapes.as_dims(element_shape)]
        if flow is None:
            with default_graph().name_scope(name or "TensorArray"):
                flow = apply("TensorArrayV3", size, dynamic=self._dynamic, name="TensorArrayV3")
        self.flow: Tensor = flow

    # As a loop variable.

    def __parts__(self) -> list[Tensor]:
        return [self.flow]

    def __with_parts__(self, parts: Sequence[Tensor]) -> TensorArray:
        new = TensorArray(self.dtype, flow=parts[0], dynamic_size=self._dynamic, infer_shape=self._one_shape)
        new._element = self._element
        return new

    @property
    def graph(self) -> Graph:
        """The graph it belongs to."""
        return self.flow.graph

    @property
    def element_shape(self) -> TensorShape:
        """What is known of the shape of its items."""
        return TensorShape(self._element[0])

    def _learn(self, dims: Dims) -> None:
        """Take note of the shape of an item. ValueError if it cannot have that of the others."""
        if not self._one_shape:
            return
        if not shapes.compatible(dims, self._element[0]):
            raise ValueError(
                f"Inconsistent shapes: saw {shapes.show(dims)} but expected {shapes.show(self._element[0])} (and "
                "infer_shape=True)"
            )
        self._element[0] = shapes.merge(dims, self._element[0])

    def _value(self, value: Any) -> Tensor:
        graph = self.flow.graph.building()
        t: Tensor = graph.convert(value, None if hasattr(value, "dtype") else self.dtype)
        if t.dtype is not self.dtype:
            raise TypeError(f"A TensorArray of type {self.dtype.name} cannot take {t}.")
        return t

    def _typed(self) -> dict[str, Any]:
        return {"dtype": self.dtype, "shape": self._element[0]}

    # Writing.

    def write(self, index: Any, value: Any, name: str | None = None) -> TensorArray:
        """The list with `value` as item `index`, which must not have been written.

        Raises:
            TypeError: the value has another type. ValueError: it has another shape than the others.
            InvalidArgumentError: the item is there already, or there is no such item.
        """
        t = self._value(value)
        self._learn(t.dims)
        return self._with("TensorArrayWriteV3", index, t, name=name or "TensorArrayWrite")

    def unstack(self, value: Any, name: str | None = None) -> TensorArray:
        """The list with the rows of `value` as its items."""
        t = self._value(value)
        return self.scatter(_up_to(shape(t)[0]), t, name or "TensorArrayUnstack")

    def scatter(self, indices: Any, value: Any, name: str | None = None) -> TensorArray:
        """The list with the rows of `value` as its items `indices`."""
        t = self._value(value)
        self._learn(None if t.dims is None else t.dims[1:])
        return self._with("TensorArrayScatterV3", indices, t, name=name or "TensorArrayScatter")

    def split(self, value: Any, lengths: Any, name: str | None = None) -> TensorArray:
        """The list with pieces of `value` as its items, of `lengths` rows each."""
        t = self._value(value)
        return self._with("TensorArraySplitV3", t, lengths, name=name or "TensorArraySplit")

    def _with(self, op: str, *inputs: Any, name: str) -> TensorArray:
        with self.flow.graph.building().name_scope(name):
            return self.__with_parts__([apply(op, self.flow, *inputs, dynamic=self._dynamic, name=op)])

    # Reading.

    def read(self, index: Any, name: str | None = None) -> Tensor:
        """Item `index`.

        Raises:
            InvalidArgumentError: there is no such item, or nothing was written there and its shape is not known.
        """
        t: Tensor = apply("TensorArrayReadV3", self.flow, index, **self._typed(), name=name)
        return t

    def stack(self, name: str | None = None) -> Tensor:
        """All items, as the rows of a tensor."""
        with self.flow.graph.building().name_scope(name or "TensorArrayStack"):
            return self.gather(_up_to(self.size()), "TensorArrayGatherV3")

    def gather(self, indices: Any, name: str | None = None) -> Tensor:
        """The items `indices`, as the rows of a tensor."""
        t: Tensor = apply("TensorArrayGatherV3", self.flow, indices, **self._typed(), name=name)
        return t

    def concat(self, name: str | None = None) -> Tensor:
        """All items, one behind the other."""
        value, _ = apply("TensorArrayConcatV3", self.flow, **self._typed(), name=name)
        joined: Tensor = value
        return joined

    def size(self, name: str | None = None) -> Tensor:
        """The number of items, a scalar int32."""
        t: Tensor = apply("TensorArraySizeV3", self.flow, name=name)
        return t

    # Of no consequence here.

    def identity(self) -> TensorArray:
        """The same list, in a place of its own: within a `control_dependencies` block it waits."""
        return self.__with_parts__([apply("Identity", self.flow)])

    def close(self, name: str | None = None) -> Any:
        """An operation that does nothing; the list is gone when the run is over."""
        return self.flow.graph.building().apply("NoOp", name=name or "TensorArrayClose")

    def __repr__(self) -> str:
        return f"<tf.TensorArray {self.flow.name!r} element_shape={self.element_shape} dtype={self.dtype.name}>"


def _up_to(count: Any) -> Tensor:
    """The numbers 0, 1, ... below `count`."""
    numbers: Tensor = apply("Range", np.int32(0), count, np.int32(1), name="range")
    return numbers
