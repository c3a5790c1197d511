"""Numbers of categories as vectors with a place for each category."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.core.types import int32
from kerasflow.layers.preprocessing.base import Array, Preprocessing
from kerasflow.layers.weighted import one_of, positive

__all__ = ["CategoryEncoding", "encoded", "mode_of", "refuse_sparse"]

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


def mode_of(layer: Any, mode: str, modes: tuple[str, ...] = MODES) -> str:
    """The name of a way to encode. ValueError if it is none of `modes`."""
    return one_of(layer, {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(mode, mode), modes, "output_mode")


def encoded(indices: Any, mode: str, depth: int, dtype: Any, weights: Any = None) -> Any:
    """Numbers from 0 to `depth` as vectors; other numbers leave no trace.

    Args:
        indices: whole numbers; without axes they count as one sample.
        mode: "one_hot" for a vector for each number, or for each sample if samples are single numbers; "multi_hot" for
            one vector for the numbers of a sample, 1 where there is such a number; "count" for how many there are.
        depth: the length of the vectors.
        dtype: their type.
        weights: what each number counts.

    >>> from kerasflow.layers.preprocessing.encoding import encoded
    >>> tf.Session().run(encoded(tf.constant([[0, 2, 2]]), "count", 3, tf.float32))
    array([[1., 0., 2.]], dtype=float32)
    """
    x = ops.expand_dims(indices, -1) if not indices.dims else indices
    if mode == "one_hot":
        x = ops.squeeze(x, [-1]) if len(x.dims) > 1 and x.dims[-1] == 1 else x
        return ops.one_hot(x, depth, dtype=dtype)
    each = ops.one_hot(x, depth, dtype=dtype)
    axis = 1 if len(x.dims) > 1 else 0
    if mode == "multi_hot":
        return ops.reduce_max(each, axis)
    return ops.reduce_sum(each if weights is None else each * ops.expand_dims(weights, -1), axis)


class CategoryEncoding(Preprocessing):
    """Numbers of categories as vectors with a place for each category.

    Args:
        num_tokens: the number of categories; inputs are at least 0 and less. Others leave no trace.
        output_mode: ``"multi_hot"`` for one vector for all numbers of a sample, 1 in the places of these; ``"one_hot"``
            for a vector for each number; ``"count"`` for how often each number is there.
        sparse: must be False: the vectors have all their places.

    In a call, `count_weights` says what each number counts for, if they are counted.

    Raises:
        ValueError: an argument is out of its range; or numbers are weighed that are not counted.

    >>> tf.keras.layers.CategoryEncoding(4).transform([[0, 1], [3, 3]])
    array([[1., 1., 0., 0.],
           [0., 0., 0., 1.]], dtype=float32)
    """

    def __init__(
        self, num_tokens: int | None = None, output_mode: str = "multi_hot", sparse: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.num_tokens = positive(self, num_tokens, "num_tokens")
        self.output_mode = mode_of(self, output_mode, ("count", "one_hot", "multi_hot"))
        refuse_sparse(self, sparse)

    def as_input(self, value: Any) -> Array:
        """`value` as an array of whole numbers."""
        return np.asarray(super().as_input(value)).astype(np.int64)

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        """The vectors."""
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                f"CategoryEncoding layer {self.name!r}: count_weights are for output_mode='count', which is "
                f"{self.output_mode!r}."
            )
        weights = None if count_weights is None else ops.cast(count_weights, self.dtype)
        x = inputs if inputs.dtype.is_integer else ops.cast(inputs, int32)
        return encoded(x, self.output_mode, self.num_tokens, self.dtype, weights)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Nothing: the layer does not learn."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "num_tokens": self.num_tokens, "output_mode": self.output_mode}


def refuse_sparse(layer: Any, sparse: bool) -> None:
    """ValueError if a layer was to give sparse tensors."""
    if sparse:
        raise ValueError(f"{type(layer).__name__} gives dense tensors only: sparse=True is not in kerasflow.")
