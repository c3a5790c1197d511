"""Numbers put into bins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core.described import Bins
from kerasflow.core.types import int32
from kerasflow.layers.preprocessing.base import Array, Preprocessing, outside
from kerasflow.layers.preprocessing.encoding import encoded, mode_of, refuse_sparse

__all__ = ["Discretization"]


class Discretization(Preprocessing):
    """The number of the bin that each number falls into: how many boundaries are not above it.

    Args:
        bin_boundaries: the boundaries, going up; a number on a boundary belongs to the bin above.
        num_bins: instead of these, how many bins `adapt` is to make, with about equally many of the data in each.
        epsilon: how exact the quantiles are: the data are summed up by about ``1 / epsilon`` of them.
        output_mode: ``"int"`` for the numbers; ``"one_hot"``, ``"multi_hot"``, ``"count"`` as for `CategoryEncoding`.
        sparse: must be False: the vectors have all their places.

    Raises:
        ValueError: both or neither of `bin_boundaries` and `num_bins` are given, or an argument is out of its range.
            In a run: the layer has not adapted.

    >>> tf.keras.layers.Discretization([0.0, 1.0]).transform([-1.5, 0.0, 3.0])
    array([0, 1, 2], dtype=int32)
    """

    lists_are_batches = True

    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        dtype: Any = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype, **kwargs)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                f"Discretization needs either bin_boundaries or num_bins; got {bin_boundaries!r} and {num_bins!r}."
            )
        if num_bins is not None and num_bins < 1:
            raise ValueError(f"Discretization needs a positive integer as num_bins, got {num_bins!r}.")
        if not 0 < epsilon < 1:
            raise ValueError(f"Discretization takes an epsilon between 0 and 1, got {epsilon!r}.")
        self.bin_boundaries = None if bin_boundaries is None else self._checked(bin_boundaries)
        self.num_bins = num_bins
        self.epsilon = epsilon
        self.output_mode = mode_of(self, output_mode, ("int", "one_hot", "multi_hot", "count"))
        refuse_sparse(self, sparse)
        self._summary = np.zeros((2, 0), np.float32)

    def _checked(self, boundaries: Any) -> list[float]:
        array = np.asarray(boundaries, np.float64)
        if array.ndim != 1 or not (array[1:] >= array[:-1]).all():
            raise ValueError(f"Discretization needs boundaries that go up, got {boundaries!r}.")
        return [float(b) for b in array]

    def call(self, inputs: Any) -> Any:
        """The numbers of the bins, or what they are encoded as."""
        bins = outside(self._bins, inputs, int32)
        if self.output_mode == "int":
            return bins
        depth = self.num_bins if self.bin_boundaries is None else len(self.bin_boundaries) + 1
        return encoded(bins, self.output_mode, int(depth or 1), self.dtype)

    def _bins(self, x: Array) -> Array:
        if self.bin_boundaries is None:
            raise ValueError(f"Discretization layer {self.name!r} must adapt to data before it is used.")
        boundaries = np.asarray(self.bin_boundaries, x.dtype if x.dtype.kind == "f" else np.float64)
        return np.asarray(np.digitize(x, boundaries), np.int32)

    # Adapting.

    def described(self, function: Any) -> Bins | None:
        """What a function of the layer computes, as data."""
        return None if self.bin_boundaries is None else Bins(np.asarray(self.bin_boundaries, np.float64))

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Find boundaries between which there are equally many of the data. ValueError if they were given."""
        if self.num_bins is None:
            raise ValueError(f"Discretization layer {self.name!r} was given its boundaries; it does not adapt.")
        super().adapt(data, steps)

    def reset_state(self) -> None:
        """Forget what was seen."""
        self._summary = np.zeros((2, 0), np.float32)

    def update_state(self, data: Array) -> None:
        """Add a batch to the summary."""
        merged = np.concatenate([_summed_up(data, self.epsilon), self._summary], axis=1)
        self._summary = _compressed(merged[:, np.argsort(merged[0])], self.epsilon)

    def finalize_state(self) -> None:
        """Set the boundaries."""
        if not self._summary.size:
            raise ValueError(f"Discretization layer {self.name!r} has nothing to adapt to: there are no data.")
        found = _compressed(self._summary, 1.0 / (self.num_bins or 1))[0, :-1]
        self.bin_boundaries = [float(b) for b in found]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one; the boundaries that it found are among them."""
        names = ("bin_boundaries", "num_bins", "epsilon", "output_mode")
        own = {name: getattr(self, name) for name in names}
        return {"name": self.name, "dtype": self.dtype.name, "sparse": False, **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Discretization:
        """A layer from what `get_config` gave."""
        plain = dict(config)
        if plain.get("num_bins") is None or plain.get("bin_boundaries") is None:
            return cls(**plain)
        boundaries = plain.pop("bin_boundaries")
        layer = cls(**plain)
        layer.bin_boundaries = layer._checked(boundaries)
        return layer


# Summaries of data: values going up, and the number of data that each stands for.


def _summed_up(data: Array, epsilon: float) -> Array:
    values = np.sort(np.asarray(data, np.float32).reshape(-1))
    step = max(values.size * epsilon, 1.0)
    kept = values[int(step - 1) :: int(step)]
    return np.stack([kept, np.full_like(kept, step)])


def _compressed(summary: Array, epsilon: float) -> Array:
    """A summary of no more than about ``1 / epsilon`` values."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    below = summary[1].cumsum()
    values = np.interp(shares, below / below[-1], summary[0])
    counts = np.interp(shares, below / below[-1], below)
    return np.stack([values, np.diff(counts, prepend=0.0)]).astype(np.float32)
