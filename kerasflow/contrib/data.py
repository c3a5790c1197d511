"""Transformations of data sets where TensorFlow 1 first had them; see `tf.data.experimental`."""

from __future__ import annotations

from collections.abc import Callable

from kerasflow.data import Dataset
from kerasflow.data.experimental import (
    AUTOTUNE,
    Counter,
    CsvDataset,
    bucket_by_sequence_length,
    choose_from_datasets,
    enumerate_dataset,
    group_by_window,
    ignore_errors,
    make_csv_dataset,
    make_saveable_from_iterator,
    map_and_batch,
    parallel_interleave,
    sample_from_datasets,
    scan,
    shuffle_and_repeat,
    unbatch,
)

__all__ = [
    "AUTOTUNE",
    "Counter",
    "CsvDataset",
    "batch_and_drop_remainder",
    "bucket_by_sequence_length",
    "choose_from_datasets",
    "enumerate_dataset",
    "group_by_window",
    "ignore_errors",
    "make_csv_dataset",
    "make_saveable_from_iterator",
    "map_and_batch",
    "parallel_interleave",
    "sample_from_datasets",
    "scan",
    "shuffle_and_repeat",
    "unbatch",
]


def batch_and_drop_remainder(batch_size: int) -> Callable[[Dataset], Dataset]:
    """For `Dataset.apply`: batches, without a last one that has fewer elements.

    >>> batches = tf.data.Dataset.range(5).apply(tf.contrib.data.batch_and_drop_remainder(2))
    >>> [batch.tolist() for batch in batches.as_numpy_iterator()]
    [[0, 1], [2, 3]]
    """

    def transformed(dataset: Dataset) -> Dataset:
        return dataset.batch(batch_size, drop_remainder=True)

    return transformed
