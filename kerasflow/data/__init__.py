"""Data sets: descriptions of elements that are read one after the other, and iterators that give them to a graph."""

from kerasflow.data.dataset import Dataset
from kerasflow.data.files import FixedLengthRecordDataset, TextLineDataset, TFRecordDataset
from kerasflow.data.iterators import Iterator

__all__ = ["Dataset", "FixedLengthRecordDataset", "Iterator", "TFRecordDataset", "TextLineDataset"]
