"""Words and numbers spread over bins by a hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops, types
from kerasflow.layers.preprocessing.base import Preprocessing, as_numbers, as_texts
from kerasflow.layers.preprocessing.encoding import encoded, mode_of, refuse_sparse
from kerasflow.layers.weighted import positive

__all__ = ["Hashing", "salt_of"]


def salt_of(layer: Any, salt: Any) -> list[int] | None:
    """A salt as the two numbers that key the hash. ValueError if it is none."""
    if salt is None:
        return None
    if isinstance(salt, int):
        return [salt, salt]
    if isinstance(salt, Sequence) and len(salt) == 2 and all(isinstance(s, int) for s in salt):
        return list(salt)
    raise ValueError(f"{type(layer).__name__} takes an integer or two of them as salt, got {salt!r}.")


class Hashing(Preprocessing):
    """A bin for each word or whole number, by a hash that is the same everywhere; different words may share one.

    Args:
        num_bins: the number of bins.
        mask_value: what gets the bin 0 alone; None for nothing.
        salt: one or two numbers, by which SipHash-2-4 spreads the words in another way; by default FarmHash does.
        output_mode: ``"int"`` for the numbers of the bins; ``"one_hot"``, ``"multi_hot"`` and ``"count"`` as for
            `CategoryEncoding`.
        sparse: must be False: the vectors have all their places.
        dtype: the type of the output, by default int64 for numbers of bins, else float32.

    Raises:
        ValueError: an argument is out of its range.

    >>> tf.keras.layers.Hashing(num_bins=3).transform([["A"], ["B"], ["C"], ["D"], ["E"]]).tolist()
    [[1], [0], [1], [1], [2]]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        kwargs["dtype"] = kwargs.get("dtype") or ("int64" if output_mode == "int" else "float32")
        super().__init__(**kwargs)
        self.num_bins = positive(self, num_bins, "num_bins")
        self.mask_value = mask_value
        self.salt = salt_of(self, salt)
        self.output_mode = mode_of(self, output_mode, ("int", "one_hot", "multi_hot", "count"))
        if self.output_mode == "int" and self.dtype not in ("int32", "int64"):
            raise ValueError(f"Hashing gives numbers of bins as int32 or int64, got dtype={self.dtype.name!r}.")
        refuse_sparse(self, sparse)

    def as_input(self, value: Any) -> Any:
        """`value` as an array of texts or of whole numbers."""
        what = f"layer {self.name!r}"
        kind = np.asarray(value.to_numpy() if hasattr(value, "to_numpy") else value).dtype.kind
        return as_texts(value, what) if kind in "OSU" else as_numbers(value, np.int64, what)

    def call(self, inputs: Any) -> Any:
        """The bins, or what they are encoded as."""
        x = ops.cast(inputs, types.int64) if inputs.dtype.is_floating else inputs
        bins = self.num_bins - (self.mask_value is not None and self.num_bins > 1)
        words = x if x.dtype is types.string else ops.as_string(x)
        if self.salt is None:
            found = ops.string_to_hash_bucket_fast(words, bins)
        else:
            found = ops.string_to_hash_bucket_strong(words, bins, self.salt)
        if bins < self.num_bins:
            masked = ops.equal(x, ops.constant(self.mask_value, x.dtype))
            found = ops.where(ops.broadcast_to(masked, ops.shape(found)), ops.zeros_like(found), found + 1)
        if self.output_mode == "int":
            return ops.cast(found, self.dtype)
        return encoded(found, self.output_mode, self.num_bins, self.dtype)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Nothing: the layer does not learn."""

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("num_bins", "salt", "mask_value", "output_mode")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}, "sparse": False}
