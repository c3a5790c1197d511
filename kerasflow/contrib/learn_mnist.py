"""`tf.contrib.learn.datasets.mnist`: pictures of digits, out of the files that they are published in.

Nothing is fetched: the files have to be there. They are in the format IDX: a magic number whose last byte is the number
of axes, their sizes as big-endian uint32, and the values as bytes.
"""

from __future__ import annotations

import gzip
import os
import struct
from typing import Any

import numpy as np

from kerasflow.contrib.learn_tables import Datasets
from kerasflow.core.types import as_dtype
from kerasflow.io.files import MissingFileError

__all__ = ["DataSet", "dense_to_one_hot", "load_mnist", "read_data_sets"]

_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
_CLASSES = 10
Array = np.ndarray[Any, Any]


class DataSet:
    """Pictures and labels, which are given out in batches.

    Args:
        images: uint8, of shape [examples, rows, columns, 1].
        labels: of shape [examples] or [examples, classes].
        fake_data: must be False.
        one_hot: accepted and without effect.
        dtype: float32 for values from 0 to 1, uint8 for those from 0 to 255.
        reshape: whether the pictures become rows of numbers.
        seed: of the order of the batches.

    Raises:
        ValueError: there are not as many labels as pictures. TypeError: another type is asked for.

    >>> pictures = np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1)
    >>> data = tf.contrib.learn.datasets.mnist.DataSet(pictures, np.array([7, 8, 9]))
    >>> images, labels = data.next_batch(2, shuffle=False)
    >>> images.shape, labels.tolist(), data.next_batch(2, shuffle=False)[1].tolist(), data.epochs_completed
    ((2, 4), [7, 8], [9, 7], 1)
    """

    def __init__(
        self,
        images: Array,
        labels: Array,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = "float32",
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        if fake_data:
            raise ValueError("fake_data must be False: there are no pictures then.")
        kind = as_dtype(dtype).name
        if kind not in ("float32", "uint8"):
            raise TypeError(f"Invalid image dtype {kind}, expected uint8 or float32")
        if len(images) != len(labels):
            raise ValueError(f"images.shape: {images.shape} labels.shape: {labels.shape}")
        if reshape:
            images = images.reshape(len(images), int(np.prod(images.shape[1:])))
        if kind == "float32":
            images = np.multiply(images.astype(np.float32), np.float32(1.0 / 255.0))
        self._images, self._labels = images, labels
        self._place = self._epochs = 0
        self._random = np.random.RandomState(seed)  # as TensorFlow shuffles

    @property
    def images(self) -> Array:
        """The pictures, in the order in which they are given out."""
        return self._images

    @property
    def labels(self) -> Array:
        """The labels, in the order in which they are given out."""
        return self._labels

    @property
    def num_examples(self) -> int:
        """How many there are."""
        return len(self._images)

    @property
    def epochs_completed(self) -> int:
        """How often all have been given out."""
        return self._epochs

    def next_batch(self, batch_size: int, fake_data: bool = False, shuffle: bool = True) -> tuple[Array, Array]:
        """The next pictures and their labels; after the last ones all come again, in another order.

        Args:
            batch_size: how many.
            fake_data: must be False.
            shuffle: whether the order is a random one.

        Raises:
            ValueError: more than there are.
        """
        if fake_data or batch_size > self.num_examples:
            raise ValueError(f"A batch of {batch_size} is more than the {self.num_examples} examples there are.")
        if self._place == self._epochs == 0 and shuffle:
            self._shuffle()
        end = self._place + batch_size
        images, labels = self._images[self._place : end], self._labels[self._place : end]
        if end <= self.num_examples:
            self._place = end
            return images, labels
        self._epochs += 1
        if shuffle:
            self._shuffle()
        self._place = end - self.num_examples
        return (
            np.concatenate([images, self._images[: self._place]]),
            np.concatenate([labels, self._labels[: self._place]]),
        )

    def _shuffle(self) -> None:
        order = np.arange(self.num_examples)
        self._random.shuffle(order)
        self._images, self._labels = self._images[order], self._labels[order]


def dense_to_one_hot(labels_dense: Array, num_classes: int) -> Array:
    """Numbers of classes as rows with a one in the place of the class.

    >>> tf.contrib.learn.datasets.mnist.dense_to_one_hot(np.array([2, 0]), 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    return np.eye(num_classes)[labels_dense]


def read_data_sets(
    train_dir: str | os.PathLike[str],
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = "float32",
    reshape: bool = True,
    validation_size: int = 5000,
    seed: int | None = None,
    source_url: str | None = None,
) -> Datasets:
    """The digits in a folder, as they are published: four files, packed (``.gz``) or not.

    Args:
        train_dir: the folder.
        fake_data: must be False.
        one_hot: whether labels are rows with a one in the place of the class.
        dtype, reshape, seed: as for `DataSet`.
        validation_size: how many of the pictures to train on are kept to validate with.
        source_url: accepted and without effect: nothing is fetched.

    Raises:
        MissingFileError: a file is not there (a FileNotFoundError and a ValueError). ValueError: one is damaged, or
            `validation_size` is more than there are.
    """
    if fake_data:
        raise ValueError("fake_data must be False: there are no pictures then.")
    x, y, x_test, y_test = (_idx(train_dir, name) for name in _FILES)
    if not 0 <= validation_size <= len(x):
        raise ValueError(f"Validation size should be between 0 and {len(x)}. Received: {validation_size}.")
    if one_hot:
        y, y_test = dense_to_one_hot(y, _CLASSES), dense_to_one_hot(y_test, _CLASSES)

    def made(images: Array, labels: Array) -> DataSet:
        return DataSet(images[..., None], labels, dtype=dtype, reshape=reshape, seed=seed)

    return Datasets(
        made(x[validation_size:], y[validation_size:]),
        made(x[:validation_size], y[:validation_size]),
        made(x_test, y_test),
    )


def load_mnist(train_dir: str | os.PathLike[str] = "MNIST-data") -> Datasets:
    """As `read_data_sets`, with its defaults."""
    return read_data_sets(train_dir)


def _idx(folder: str | os.PathLike[str], name: str) -> Array:
    """The array in a file."""
    plain = os.path.join(folder, name)
    path = next((p for p in (f"{plain}.gz", plain) if os.path.isfile(p)), None)
    if path is None:
        raise MissingFileError(f"There is no {name}.gz in {os.fspath(folder)!r}. Nothing is fetched: put it there.")
    opener: Any = gzip.open if path.endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            octets = file.read()
        axes = octets[3]
        if octets[:3] != b"\0\0\x08":
            raise ValueError("it begins with another magic number")
        shape = struct.unpack_from(f">{axes}I", octets, 4)
        return np.frombuffer(octets, np.uint8, offset=4 + 4 * axes).reshape(shape)
    except (EOFError, IndexError, OSError, struct.error, ValueError) as error:
        raise ValueError(f"{path}: this is no file of bytes in the format IDX, or it is damaged: {error}.") from error
