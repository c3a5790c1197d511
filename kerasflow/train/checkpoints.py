"""What is in a checkpoint: named arrays, in one HDF5 file (`kerasflow.io.hdf5`) or in files as TensorFlow writes them.

Whoever reads need not know which: a name that is no file but has an index beside it is a checkpoint of TensorFlow's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.errors import NotFoundError
from kerasflow.core.shapes import Dims
from kerasflow.core.types import DType, as_dtype
from kerasflow.io.bundle import bundle_files, is_bundle, read_bundle, read_bundle_specs, write_bundle
from kerasflow.io.files import MissingFileError
from kerasflow.io.hdf5_layout import ArraySpec, check_expected
from kerasflow.train.checkpoint_state import latest_checkpoint

__all__ = [
    "CheckpointReader",
    "NewCheckpointReader",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "read_matching",
    "read_streams",
    "write_checkpoint",
]

KIND = "checkpoint"
STREAMS = ".streams/"  # what the names of random streams begin with; they are not listed among the arrays
StrPath = str | os.PathLike[str]


def _hdf5() -> Any:
    """The room that reads and writes HDF5; importing it loads h5py, which a program without checkpoints never needs."""
    from kerasflow.io import hdf5

    return hdf5


def write_checkpoint(
    path: StrPath, arrays: Mapping[str, Any], step: int | None = None, for_tensorflow: bool = False
) -> None:
    """Write arrays by their names to the file `path`, atomically; or, `for_tensorflow`, to files beside it.

    A checkpoint of the same name in the other form is removed: what is read is what was written last.

    Raises:
        ValueError: there is no such folder. OSError: the file cannot be written.
    """
    if for_tensorflow:
        write_bundle(path, arrays)
        if os.path.isfile(path):
            os.remove(path)
        return
    _hdf5().write_arrays(path, arrays, {"kind": KIND, **({} if step is None else {"step": step})})
    for other in bundle_files(path):
        os.remove(other)


def _is_tensorflow(path: StrPath) -> bool:
    return not os.path.isfile(path) and is_bundle(path)


def _read_specs(path: StrPath) -> dict[str, ArraySpec]:
    """The type and shape of each array of a checkpoint."""
    return read_bundle_specs(path) if _is_tensorflow(path) else _hdf5().read_specs(path, kind=KIND)


def _read(path: StrPath, expected: Mapping[str, ArraySpec]) -> dict[str, np.ndarray]:
    """Some arrays of a checkpoint, which are as expected."""
    if _is_tensorflow(path):
        return read_bundle(path, expected)
    arrays: dict[str, np.ndarray] = _hdf5().read_arrays(path, expected, kind=KIND, strict=False)[0]
    return arrays


def read_streams(path: StrPath) -> dict[str, np.ndarray]:
    """How far random streams had been drawn, by the operations' names; TensorFlow's checkpoints do not say."""
    if _is_tensorflow(path):
        return {}
    specs = {name: spec for name, spec in _read_specs(path).items() if name.startswith(STREAMS)}
    return {name.removeprefix(STREAMS): array for name, array in _read(path, specs).items()} if specs else {}


def read_matching(
    path: StrPath, wanted: Mapping[str, tuple[DType, Dims]], any_shape: bool = False
) -> dict[str, np.ndarray]:
    """The arrays called as those in `wanted`; a checkpoint may hold more.

    Args:
        path: the file.
        wanted: the type of each, and its shape as far as it is known.
        any_shape: whether an array of another shape with as many elements will do.

    Raises:
        NotFoundError, InvalidArgumentError: the file does not fit; the message lists all that is missing, left over or
            different. ValueError, DataLossError: it is not there, no checkpoint, or damaged.
    """
    specs = _read_specs(path)
    expected = {name: _expected(dtype, dims, specs.get(name), any_shape) for name, (dtype, dims) in wanted.items()}
    if any(specs.get(name) != spec for name, spec in expected.items()):
        check_expected(path, specs, expected, strict=True)
    return _read(path, expected)


def _expected(dtype: DType, dims: Dims, found: ArraySpec | None, any_shape: bool) -> ArraySpec:
    """What was found, if it is what is wanted; else what is wanted, for the message."""
    if found is not None and found.dtype == dtype.numpy:
        if shapes.compatible(found.shape, dims) or any_shape and shapes.size(found.shape) == shapes.size(dims):
            return found
    unknown: Any = ("...",)
    return ArraySpec(dtype.numpy, unknown if dims is None else tuple(dims))


class CheckpointReader:
    """What a checkpoint holds.

    Raises:
        NotFoundError: there is no such file. ValueError, DataLossError: it is no checkpoint, or damaged.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "m.ckpt")
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> reader = tf.train.NewCheckpointReader(path)
    >>> reader.get_variable_to_shape_map(), reader.get_tensor("w")
    ({'w': [2]}, array([1., 2.], dtype=float32))
    """

    def __init__(self, filepattern: StrPath) -> None:
        self._path = os.fspath(filepattern)
        try:
            found = _read_specs(self._path)
        except MissingFileError as error:
            raise NotFoundError(None, None, str(error)) from error
        self._specs = {name: spec for name, spec in found.items() if not name.startswith(STREAMS)}

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """The shape of each array, by name."""
        return {name: list(spec.shape) for name, spec in self._specs.items()}

    def get_variable_to_dtype_map(self) -> dict[str, DType]:
        """The type of each array, by name."""
        return {name: as_dtype(spec.dtype) for name, spec in self._specs.items()}

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether there is an array of this name."""
        return tensor_str in self._specs

    def get_tensor(self, tensor_str: str) -> np.ndarray:
        """The array of this name. NotFoundError if there is none."""
        if tensor_str not in self._specs:
            held = ", ".join(self._specs)
            raise NotFoundError(None, None, f"{self._path}: the checkpoint has no '{tensor_str}'; it has {held}")
        return _read(self._path, {tensor_str: self._specs[tensor_str]})[tensor_str]


NewCheckpointReader = CheckpointReader


def load_checkpoint(ckpt_dir_or_file: StrPath) -> CheckpointReader:
    """A reader of a checkpoint, or of the latest one in a folder.

    Raises:
        ValueError: the folder has none. NotFoundError: there is no such file.
    """
    if not os.path.isdir(ckpt_dir_or_file):
        return CheckpointReader(ckpt_dir_or_file)
    latest = latest_checkpoint(ckpt_dir_or_file)
    if latest is None:
        raise ValueError(f"There is no checkpoint in the folder {os.fspath(ckpt_dir_or_file)!r}.")
    return CheckpointReader(latest)


def list_variables(ckpt_dir_or_file: StrPath) -> list[tuple[str, list[int]]]:
    """The name and shape of each array in a checkpoint, or in the latest one of a folder, sorted by name.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "m.ckpt")
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> tf.train.list_variables(path)
    [('w', [2])]
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file: StrPath, name: str) -> np.ndarray:
    """One array of a checkpoint, or of the latest one in a folder. NotFoundError if there is none of that name.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "m.ckpt")
    >>> w = tf.Variable([1.0, 2.0], name="w")
    >>> with tf.Session() as sess:
    ...     sess.run(w.initializer)
    ...     _ = tf.train.Saver().save(sess, path)
    >>> tf.train.load_variable(os.path.dirname(path), "w")
    array([1., 2.], dtype=float32)
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))
