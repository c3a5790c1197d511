"""Whole files as strings in a graph: `read_file`, `write_file`, `matching_files`."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import op
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec, string
from kerasflow.data.elements import text_of
from kerasflow.io.files import atomic_path
from kerasflow.io.gfile import Glob, told

__all__ = ["matching_files", "read_file", "write_file"]


def _scalar(spec: Spec, what: str) -> None:
    if spec.dtype is not string or not shapes.compatible(spec.shape, ()):
        raise ValueError(f"{what} must be a scalar string, got {spec}")


def _infer_read(filename: Spec) -> Spec:
    _scalar(filename, "the name of the file")
    return Spec(string, ())


@op("ReadFile", infer=_infer_read, vjp=None, stateful=True)
def _read(runtime: Any, operation: Any, filename: Any) -> Any:
    with told(), open(text_of(filename), "rb") as file:
        return np.array(file.read(), object)


def read_file(filename: Any, name: str | None = None) -> Tensor:
    """The content of a file, a scalar string.

    Raises:
        NotFoundError: when it is run, and the file is not there.

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.txt")
    >>> with tf.Session() as sess:
    ...     sess.run(tf.write_file(path, "some text"))
    ...     sess.run(tf.read_file(path))
    b'some text'
    """
    return apply("ReadFile", filename, name=name)


def _infer_write(filename: Spec, contents: Spec) -> tuple[()]:
    _scalar(filename, "the name of the file")
    _scalar(contents, "the content")
    return ()


@op("WriteFile", infer=_infer_write, vjp=None, stateful=True)
def _write(runtime: Any, operation: Any, filename: Any, contents: Any) -> Any:
    path = text_of(filename)
    content = np.asarray(contents, object)[()]
    with told():
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with atomic_path(path) as temporary:
            temporary.write_bytes(content if isinstance(content, bytes) else str(content).encode())
    return ()


def write_file(filename: Any, contents: Any, name: str | None = None) -> Operation:
    """An operation that writes a file, whole or not at all; missing folders are made.

    Args:
        filename: its name, a scalar string.
        contents: what to write, a scalar string.
        name: of the operation.
    """
    written: Operation = apply("WriteFile", filename, contents, name=name)
    return written


def _infer_match(pattern: Spec) -> Spec:
    if pattern.dtype is not string:
        raise ValueError(f"a pattern is a string, got {pattern}")
    return Spec(string, (None,))


@op("MatchingFiles", infer=_infer_match, vjp=None, stateful=True)
def _match(runtime: Any, operation: Any, pattern: Any) -> Any:
    patterns = np.asarray(pattern, object).reshape(-1)
    names = sorted({name for p in patterns for name in Glob(text_of(p))})
    found = np.empty(len(names), object)
    found[:] = [name.encode() for name in names]
    return found


def matching_files(pattern: Any, name: str | None = None) -> Tensor:
    """The names of the files that match a pattern, or one of several, sorted.

    Args:
        pattern: strings with ``*``, ``?`` and ``[...]``.
        name: of the operation.
    """
    return apply("MatchingFiles", pattern, name=name)
