"""`tf.contrib.learn.datasets`: tables out of CSV files, irises, and pictures of digits."""

from __future__ import annotations

from kerasflow.contrib import learn_mnist as mnist
from kerasflow.contrib import learn_tables as base
from kerasflow.contrib.learn_tables import Dataset
from kerasflow.core.naming import did_you_mean
from kerasflow.estimators.samples import iris

__all__ = ["base", "load_dataset", "load_iris", "mnist"]


def load_iris() -> Dataset:
    """Fisher's irises: float64 features [150, 4] in cm, and the kind, int64 [150].

    >>> tf.contrib.learn.datasets.load_iris().data[0].tolist()
    [5.1, 3.5, 1.4, 0.2]
    """
    return Dataset(*iris())


_LOADERS = {"iris": load_iris, "mnist": mnist.load_mnist}


def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> object:
    """``"iris"``, or ``"mnist"``, whose files have to be in the folder ``MNIST-data``.

    Args:
        name: the name.
        size, test_with_fake_data: accepted and without effect.

    Raises:
        ValueError: another name.
    """
    if name not in _LOADERS:
        there = sorted(_LOADERS)
        raise ValueError(f"Name of dataset is not found: {name}. There are {there}.{did_you_mean(name, there)}")
    return _LOADERS[name]()
