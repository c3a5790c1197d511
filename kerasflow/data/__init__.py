"""Data sets: descriptions of elements that are read one after the other, and iterators that give them to a graph."""

from kerasflow.data import experimental
from kerasflow.data.asking import (
    get_output_classes,
    get_output_shapes,
    get_output_types,
    make_initializable_iterator,
    make_one_shot_iterator,
)
from kerasflow.data.dataset import Dataset
from kerasflow.data.files import FixedLengthRecordDataset, TextLineDataset, TFRecordDataset
from kerasflow.data.iterators import Iterator

__all__ = [
    "Dataset",
    "FixedLengthRecordDataset",
    "Iterator",
    "TFRecordDataset",
    "TextLineDataset",
    "experimental",
    "get_output_classes",
    "get_output_shapes",
    "get_output_types",
    "make_initializable_iterator",
    "make_one_shot_iterator",
]
