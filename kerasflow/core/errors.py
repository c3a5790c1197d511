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
    "ABORTED",
    "ALREADY_EXISTS",
    "AbortedError",
    "AlreadyExistsError",
    "CANCELLED",
    "CancelledError",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "DataLossError",
    "DeadlineExceededError",
    "FAILED_PRECONDITION",
    "FailedPreconditionError",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "InternalError",
    "InvalidArgumentError",
    "NOT_FOUND",
    "NotFoundError",
    "OK",
    "OUT_OF_RANGE",
    "OpError",
    "OutOfRangeError",
    "PERMISSION_DENIED",
    "PermissionDeniedError",
    "RESOURCE_EXHAUSTED",
    "ResourceExhaustedError",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
    "UnknownError",
    "error_code_from_exception_type",
    "exception_type_from_error_code",
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


# The canonical status codes.
OK = 0
CANCELLED = CancelledError.code
UNKNOWN = UnknownError.code
INVALID_ARGUMENT = InvalidArgumentError.code
DEADLINE_EXCEEDED = DeadlineExceededError.code
NOT_FOUND = NotFoundError.code
ALREADY_EXISTS = AlreadyExistsError.code
PERMISSION_DENIED = PermissionDeniedError.code
RESOURCE_EXHAUSTED = ResourceExhaustedError.code
FAILED_PRECONDITION = FailedPreconditionError.code
ABORTED = AbortedError.code
OUT_OF_RANGE = OutOfRangeError.code
UNIMPLEMENTED = UnimplementedError.code
INTERNAL = InternalError.code
UNAVAILABLE = UnavailableError.code
DATA_LOSS = DataLossError.code
UNAUTHENTICATED = UnauthenticatedError.code

_CLASSES = {cls.code: cls for cls in OpError.__subclasses__()}


def exception_type_from_error_code(error_code: int) -> type[OpError]:
    """The class of errors with this status code. KeyError if there is none.

    >>> tf.errors.exception_type_from_error_code(tf.errors.NOT_FOUND).__name__
    'NotFoundError'
    """
    return _CLASSES[error_code]


def error_code_from_exception_type(cls: type[OpError]) -> int:
    """The status code of a class of errors.

    >>> tf.errors.error_code_from_exception_type(tf.errors.OutOfRangeError) == tf.errors.OUT_OF_RANGE
    True
    """
    return cls.code
