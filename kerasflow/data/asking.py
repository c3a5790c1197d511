"""What data sets and iterators have as methods, as the functions that TensorFlow 1.15 has for them."""

from __future__ import annotations

from typing import Any

from kerasflow.data.dataset import Dataset
from kerasflow.data.iterators import Iterator

__all__ = [
    "get_output_classes",
    "get_output_shapes",
    "get_output_types",
    "make_initializable_iterator",
    "make_one_shot_iterator",
]


def get_output_types(dataset_or_iterator: Any) -> Any:
    """The types of the elements' components, in their nest."""
    return dataset_or_iterator.output_types


def get_output_shapes(dataset_or_iterator: Any) -> Any:
    """The shapes of the elements' components, in their nest."""
    return dataset_or_iterator.output_shapes


def get_output_classes(dataset_or_iterator: Any) -> Any:
    """`tf.Tensor` or `tf.SparseTensor` for each of the elements' components, in their nest."""
    return dataset_or_iterator.output_classes


def make_one_shot_iterator(dataset: Dataset) -> Iterator:
    """An iterator over `dataset`, as its method `make_one_shot_iterator` gives."""
    return dataset.make_one_shot_iterator()


def make_initializable_iterator(dataset: Dataset, shared_name: str | None = None) -> Iterator:
    """An iterator over `dataset`, as its method `make_initializable_iterator` gives."""
    return dataset.make_initializable_iterator(shared_name)
