"""Sequences as arrays: the helpers of `tf.keras.utils` that programs use before there is a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import ops
from kerasflow.data.dataset import Dataset

__all__ = ["normalize", "pad_sequences", "timeseries_dataset_from_array"]

_ENDS = ("pre", "post")


def normalize(x: Any, axis: int = -1, order: float = 2) -> np.ndarray[Any, Any]:
    """An array divided by its norms along an axis, `x / (sum |x|^order)^(1/order)`; where all is zero it stays zero.

    A vector is taken for one row, as Keras does.

    >>> tf.keras.utils.normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    array = np.atleast_1d(np.asarray(x))
    norms = np.expand_dims(np.atleast_1d(np.linalg.norm(array, order, axis)), axis)
    return np.asarray(array / np.where(norms == 0, 1, norms))


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray[Any, Any]:
    """Sequences of different lengths as the rows of one array.

    Args:
        sequences: lists or arrays, of one shape but for their first axis.
        maxlen: the length of the rows, by default that of the longest sequence.
        dtype: the type of the array; `object` for strings.
        padding: where short sequences are filled, "pre" or "post".
        truncating: where long ones are cut, "pre" or "post".
        value: what they are filled with.

    Returns:
        An array of shape `(len(sequences), maxlen, ...)`.

    Raises:
        ValueError: something among the sequences is none, or differs in the shape of its steps; a place is unknown.

    >>> tf.keras.utils.pad_sequences([[1, 2, 3], [4]], maxlen=2)
    array([[2, 3],
           [0, 4]], dtype=int32)
    """
    for name, place in (("padding", padding), ("truncating", truncating)):
        if place not in _ENDS:
            raise ValueError(f'{name} must be "pre" or "post", got {place!r}.')
    for i, sequence in enumerate(sequences):
        if not hasattr(sequence, "__len__") or isinstance(sequence, str):
            raise ValueError(f"Expected lists or arrays to pad, got {sequence!r} at position {i}.")
    length = max(map(len, sequences), default=0) if maxlen is None else maxlen
    steps = next((np.shape(s)[1:] for s in sequences if len(s)), ())
    dtype = np.dtype(dtype)
    if isinstance(value, str) and dtype.kind not in "OU":
        raise ValueError(f"An array of {dtype} cannot be filled with {value!r}; pass dtype=object.")
    padded = np.full((len(sequences), length, *steps), value, dtype)
    for i, sequence in enumerate(sequences):
        kept = np.asarray(sequence[max(len(sequence) - length, 0) :] if truncating == "pre" else sequence[:length])
        if not len(kept):
            continue
        if kept.shape[1:] != steps:
            raise ValueError(f"The steps of the sequences have the shape {steps}, but {kept.shape[1:]} at {i}.")
        padded[i, slice(length - len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return padded


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
) -> Dataset:
    """A dataset of windows over a series: `data[i], data[i + r], ..., data[i + (n - 1) r]` with `targets[i]`.

    Args:
        data: the series, of shape `(time, ...)`.
        targets: what belongs to the windows, by the index of their first step; None for windows alone.
        sequence_length: n, the steps in a window.
        sequence_stride: the steps from the start of one window to that of the next.
        sampling_rate: r, the steps of the series from one step in a window to the next.
        batch_size: windows in a batch; None for single windows.
        shuffle: whether the windows come in an order drawn at random, with `seed`.
        start_index, end_index: the part of the series that is used; `end_index` itself is not.

    Raises:
        ValueError: a number is not positive, or the part of the series is empty or out of bounds.

    >>> windows = tf.keras.utils.timeseries_dataset_from_array(np.arange(5), None, 3, batch_size=2)
    >>> [w.tolist() for w in windows.as_numpy_iterator()]
    [[[0, 1, 2], [1, 2, 3]], [[2, 3, 4]]]
    """
    series = np.asarray(data)
    wanted = {"sequence_length": sequence_length, "sequence_stride": sequence_stride, "sampling_rate": sampling_rate}
    for name, number in {**wanted, "batch_size": 1 if batch_size is None else batch_size}.items():
        if number <= 0:
            raise ValueError(f"{name} must be a positive number, got {number}.")
    first, last = start_index or 0, len(series) if end_index is None else end_index
    if not 0 <= first < last <= len(series):
        raise ValueError(f"The part {first}:{last} of a series of {len(series)} steps is empty or out of bounds.")
    series, labels = series[first:last], None if targets is None else np.asarray(targets)[first:last]
    count = len(series) - (sequence_length - 1) * sampling_rate
    count = count if labels is None else min(count, len(labels))
    if count <= 0:
        raise ValueError(f"{len(series)} steps hold no window of {sequence_length} steps at every {sampling_rate}.")
    starts = Dataset.from_tensor_slices(np.arange(0, count, sequence_stride))
    if shuffle:
        starts = starts.shuffle(count, seed)
    offsets = np.arange(sequence_length) * sampling_rate

    def windows(start: Any) -> Any:
        rows = ops.gather(series, ops.expand_dims(start, -1) + offsets)
        return rows if labels is None else (rows, ops.gather(labels, start))

    return (starts if batch_size is None else starts.batch(batch_size)).map(windows)
