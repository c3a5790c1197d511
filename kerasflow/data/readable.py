"""`Readable`: the half of a data set that is read: its iterators, and what is known of its elements."""

from __future__ import annotations

from collections.abc import Iterator as Elements
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.sparse_tensor import SparseTensor
from kerasflow.core.tensor import Tensor
from kerasflow.data import elements, iterators
from kerasflow.data.alone import Alone
from kerasflow.data.iterators import Iterator
from kerasflow.data.reading import Stage

__all__ = ["Readable"]


class Readable:
    """Something with a stage, whose elements can be read."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def make_one_shot_iterator(self) -> Iterator:
        """An iterator that needs no initializer, and goes over the elements once in each session.

        Raises:
            ValueError: the data set depends on placeholders, variables or random numbers outside of its functions.
        """
        return iterators.one_shot(self._stage)

    def make_initializable_iterator(self, shared_name: str | None = None) -> Iterator:
        """An iterator that starts when its `initializer` is run; what the data set depends on may be fed then.

        >>> n = tf.placeholder(tf.int64, [])
        >>> iterator = tf.data.Dataset.range(n).make_initializable_iterator()
        >>> x = iterator.get_next()
        >>> with tf.Session() as sess:
        ...     sess.run(iterator.initializer, {n: 1})
        ...     print(sess.run(x))
        0
        """
        return iterators.initializable(self._stage)

    def as_numpy_iterator(self) -> Elements[Any]:
        """The elements as NumPy arrays, in a Python iterator; they are computed in a session of their own.

        >>> [int(x) for x in tf.data.Dataset.range(3).as_numpy_iterator()]
        [0, 1, 2]
        """
        return iter(Alone(self._stage))

    def __batches__(self) -> Alone:  # for models
        return Alone(self._stage)

    def __iter__(self) -> Any:
        raise RuntimeError(
            "A Dataset is not iterated over in a graph: use its make_one_shot_iterator(), or, for NumPy "
            "arrays, as_numpy_iterator()."
        )

    # Looking.

    @property
    def output_types(self) -> Any:
        """The types of the components, in the elements' nest."""
        return elements.mapped(lambda c: c.dtype, self._stage.structure)

    @property
    def output_shapes(self) -> Any:
        """The shapes of the components, in the elements' nest."""
        return elements.mapped(lambda c: shapes.TensorShape(c.dims), self._stage.structure)

    @property
    def output_classes(self) -> Any:
        """`tf.Tensor` or `tf.SparseTensor` for each component, in the elements' nest."""
        return elements.mapped(lambda c: SparseTensor if c.sparse else Tensor, self._stage.structure)

    def __repr__(self) -> str:
        dims = elements.shown(self._stage.structure, lambda c: shapes.show(c.dims))
        types = elements.shown(self._stage.structure, lambda c: repr(c.dtype))
        return f"<{type(self).__name__} shapes: {dims}, types: {types}>"
