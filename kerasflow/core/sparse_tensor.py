"""`SparseTensor`: an array of which most elements are zero, as three tensors: where the others are, what they are, and
the shape of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from kerasflow.core import shapes
from kerasflow.core.graph import Graph, graph_of
from kerasflow.core.shapes import Dims, TensorShape
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import DType, int64

__all__ = ["SparseTensor", "SparseTensorValue"]


class SparseTensorValue(NamedTuple):
    """What a run gives for a `SparseTensor`, and what is fed for one: its three parts as arrays."""

    indices: Any
    values: Any
    dense_shape: Any


class SparseTensor:
    """An array of shape `dense_shape` with ``values[i]`` at ``indices[i]`` and nothing elsewhere.

    Most functions expect the indices in the order of rows; `sparse_reorder` makes it.

    Args:
        indices: int64, one row for each element that is there: (N, rank).
        values: the elements, (N,).
        dense_shape: the shape of the whole, int64, (rank,).

    Raises:
        ValueError: the parts do not fit together. TypeError: the indices are not int64.

    >>> st = tf.SparseTensor(indices=[[0, 0], [1, 2]], values=[1.0, 2.0], dense_shape=[2, 3])
    >>> tf.Session().run(tf.sparse_tensor_to_dense(st))
    array([[1., 0., 0.],
           [0., 0., 2.]], dtype=float32)
    """

    __sparse__ = True  # what a dense tensor's operators leave to this one's
    __array_ufunc__ = None
    __array_priority__ = 100

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        graph = graph_of((indices, values, dense_shape))
        with graph.as_default(), graph.name_scope("SparseTensor"):
            self.indices: Tensor = graph.convert(indices, int64, "indices")
            self.values: Tensor = graph.convert(values, name="values")
            self.dense_shape: Tensor = graph.convert(dense_shape, int64, "dense_shape")
        dims, count, rank = self.indices.dims, self.values.dims, self.dense_shape.dims
        try:
            n, r = shapes.merge(dims, (None, None)) or (None, None)
            shapes.merge(count, (n,))
            shapes.merge(rank, (r,))
        except ValueError:
            shown = f"indices {shapes.show(dims)}, values {shapes.show(count)}, dense_shape {shapes.show(rank)}"
            raise ValueError(
                f"A SparseTensor's parts must have shapes (N, rank), (N,) and (rank,), got {shown}."
            ) from None

    @classmethod
    def from_value(cls, sparse_tensor_value: Any) -> SparseTensor:
        """`sparse_tensor_value` itself if it is a SparseTensor, or one made of its three arrays.

        Raises:
            TypeError: it is neither that nor a `SparseTensorValue`.
        """
        if isinstance(sparse_tensor_value, SparseTensor):
            return sparse_tensor_value
        if isinstance(sparse_tensor_value, tuple) and len(sparse_tensor_value) == 3:
            return cls(*sparse_tensor_value)
        kind = type(sparse_tensor_value).__name__
        raise TypeError(f"Expected a SparseTensor or a SparseTensorValue, got {sparse_tensor_value!r}, a {kind}.")

    @property
    def parts(self) -> tuple[Tensor, Tensor, Tensor]:
        """Indices, values and shape, as operations take them."""
        return self.indices, self.values, self.dense_shape

    def __parts__(self) -> tuple[Tensor, Tensor, Tensor]:  # for loops and branches
        return self.parts

    def __with_parts__(self, parts: Sequence[Tensor]) -> SparseTensor:
        return SparseTensor(*parts)

    @property
    def dtype(self) -> DType:
        """The type of the values."""
        return self.values.dtype

    @property
    def graph(self) -> Graph:
        """The graph the parts belong to."""
        return self.values.graph

    @property
    def op(self) -> Operation:
        """The operation that makes the values."""
        return self.values.op

    @property
    def name(self) -> str:
        """The name of the values."""
        return self.values.name

    @property
    def dims(self) -> Dims:
        """The static shape as a tuple with None for unknown sizes, or None if the rank is not known."""
        value = self.dense_shape.spec.value
        if value is not None:
            return tuple(value.tolist())
        rank = self.dense_shape.dims
        rank_of_indices = self.indices.dims
        r = rank[0] if rank is not None else None
        if r is None and rank_of_indices is not None:
            r = rank_of_indices[1]
        return None if r is None else (None,) * r

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return TensorShape(self.dims)

    def get_shape(self) -> TensorShape:
        """The static shape."""
        return self.shape

    def consumers(self) -> list[Operation]:
        """The operations that take the values."""
        return self.values.consumers()

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The three arrays, a `SparseTensorValue`, computed in `session` or in the default one."""
        return self.graph.session_for(session, "evaluate a sparse tensor").run(self, feed_dict)

    def _with_dense(self, kind: str, other: Any) -> SparseTensor:
        dense = self.graph.convert(other, self.dtype)
        return SparseTensor(self.indices, self.graph.apply(kind, *self.parts, dense), self.dense_shape)

    def __mul__(self, other: Any) -> SparseTensor:
        return self._with_dense("SparseDenseCwiseMul", other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> SparseTensor:
        return self._with_dense("SparseDenseCwiseDiv", other)

    def __neg__(self) -> SparseTensor:
        return SparseTensor(self.indices, -self.values, self.dense_shape)

    def __repr__(self) -> str:
        parts = f"indices={self.indices}, values={self.values}, dense_shape={self.dense_shape}"
        return f"SparseTensor({parts})"
