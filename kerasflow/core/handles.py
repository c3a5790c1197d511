"""Handles: names of values that a session keeps between runs, outside of variables."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasflow.core.errors import InvalidArgumentError
from kerasflow.core.types import DType

__all__ = ["Kept", "TensorHandle", "kept_in"]

_DEAD = 10  # values whose handles nobody holds any more are let go of together, so that their names may still be used


class Kept:
    """The values that a session keeps by handle."""

    def __init__(self) -> None:
        self._values: dict[bytes, np.ndarray[Any, Any]] = {}
        self._count = 0
        self._dead: list[bytes] = []

    def add(self, value: Any, name: str) -> bytes:
        """Keep a copy of `value`; gives its handle."""
        handle = f"{name};{self._count}".encode()
        self._count += 1
        self._values[handle] = np.array(value)
        return handle

    def get(self, handle: bytes) -> np.ndarray[Any, Any]:
        """The value. InvalidArgumentError if there is none."""
        if handle not in self._values:
            what = f"The tensor with handle {_text(handle)}"
            raise InvalidArgumentError(None, None, f"{what} is not in the session store.")
        return self._values[handle]

    def delete(self, handle: bytes) -> None:
        """Let go of the value. InvalidArgumentError if there is none."""
        if self._values.pop(handle, None) is None:
            raise InvalidArgumentError(
                None, None, f"Failed to delete a tensor with handle {_text(handle)} in the session store."
            )

    def bury(self, handle: bytes) -> None:
        """Note that nobody holds the handle any more."""
        self._dead.append(handle)
        if len(self._dead) >= _DEAD:
            for h in self._dead:
                self._values.pop(h, None)
            self._dead.clear()


def _text(handle: bytes) -> str:
    return repr(handle.decode("utf-8", "replace"))


def kept_in(runtime: Any) -> Kept:
    """What a session keeps by handle."""
    kept: Kept = runtime.state("handles", Kept)
    return kept


class TensorHandle:
    """What a run gives for `get_session_handle`: it stands for a value that stays in the session.

    Attributes:
        handle: the handle as a string, to be fed for the placeholder of `get_session_tensor`.
    """

    def __init__(self, handle: bytes, dtype: DType, session: Any) -> None:
        self.handle = handle.decode()
        self.dtype = dtype
        self._session = session
        self._deleted = False

    def get_raw_handle(self) -> str:
        """The handle as a string; from now on the value is kept until it is deleted by it."""
        self._deleted = True
        return self.handle

    def eval(self) -> Any:
        """The value. TypeError if it was deleted."""
        if self._deleted:
            raise TypeError(f"Persistent tensor {self.handle} may have already been deleted.")
        return np.array(self._session.kept_by_handle.get(self.handle.encode()))[()]

    def delete(self) -> None:
        """Let go of the value. TypeError if it was deleted before."""
        if self._deleted:
            raise TypeError(f"Persistent tensor {self.handle} may have already been deleted.")
        self._deleted = True
        self._session.kept_by_handle.delete(self.handle.encode())

    def __del__(self) -> None:
        if not self._deleted:
            self._session.kept_by_handle.bury(self.handle.encode())

    def __str__(self) -> str:
        return self.handle
