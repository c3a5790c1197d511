"""The errors a run can end in.

One tree, rooted in `OpError`, with a class for each canonical status code; programs catch them by class
(``except tf.errors.OutOfRangeError``). Errors that can be known while a graph is built are plain `ValueError` and
`TypeError`; errors of a run are `OpError`, and name the operation, what it was given and the user's line that made it.

    OpError
      Cancelled  Unknown  InvalidArgument  DeadlineExceeded  NotFound  AlreadyExists  PermissionDenied
      Unauthenticated  ResourceExhausted  FailedPrecondition  Aborted  OutOfRange  Unimplemented  Internal
      Unavailable  DataLoss
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "AbortedError",
    "AlreadyExistsError",
    "CancelledError",
    "DataLossError",
    "DeadlineExceededError",
    "FailedPreconditionError",
    "InternalError",
    "InvalidArgumentError",
    "NotFoundError",
    "OpError",
    "OutOfRangeError",
    "PermissionDeniedError",
    "ResourceExhaustedError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
]


class OpError(Exception):
    """An operation failed while a graph was running.

    Args:
        node_def: the definition of the operation that failed, or None.
        op: the `Operation` that failed, or None.
        message: what was expected and what came.
        error_code: the canonical status code; the subclasses fix it.
    """

    code = 2

    def __init__(self, node_def: Any, op: Any, message: str, error_code: int | None = None) -> None:
        super().__init__(node_def, op, message)
        self.node_def = node_def
        self.op = op
        self.message = message
        self.error_code = self.code if error_code is None else error_code

    def __str__(self) -> str:
        return self.message


class CancelledError(OpError):
    """The operation was cancelled before it ended."""

    code = 1


class UnknownError(OpError):
    """The operation failed for a reason that has no code of its own."""

    code = 2


class InvalidArgumentError(OpError):
    """The operation was given a value, shape or index that it cannot take."""

    code = 3


class DeadlineExceededError(OpError):
    """The operation did not end within the time it was given."""

    code = 4


class NotFoundError(OpError):
    """A file, folder or name that was asked for does not exist."""

    code = 5


class AlreadyExistsError(OpError):
    """Something that was to be made exists already."""

    code = 6


class PermissionDeniedError(OpError):
    """The caller may not do what it asked for."""

    code = 7


class ResourceExhaustedError(OpError):
    """Memory or another resource ran out."""

    code = 8


class FailedPreconditionError(OpError):
    """The state the operation needs is not there yet, an uninitialised variable above all."""

    code = 9


class AbortedError(OpError):
    """The operation was aborted by another one."""

    code = 10


class OutOfRangeError(OpError):
    """An iterator, queue or file has nothing left."""

    code = 11


class UnimplementedError(OpError):
    """The operation does not exist for these types."""

    code = 12


class InternalError(OpError):
    """The machine broke a rule of its own."""

    code = 13


class UnavailableError(OpError):
    """A service cannot be reached at the moment."""

    code = 14


class DataLossError(OpError):
    """A file is truncated or altered."""

    code = 15


class UnauthenticatedError(OpError):
    """The caller did not prove who it is."""

    code = 16
