"""The tree of run-time errors: canonical codes, and what a program can read off one."""

import pickle

import pytest

import kerasflow as tf
from kerasflow.core import errors

# The canonical status codes, as other systems number them.
CODES = {
    "CancelledError": 1,
    "UnknownError": 2,
    "InvalidArgumentError": 3,
    "DeadlineExceededError": 4,
    "NotFoundError": 5,
    "AlreadyExistsError": 6,
    "PermissionDeniedError": 7,
    "ResourceExhaustedError": 8,
    "FailedPreconditionError": 9,
    "AbortedError": 10,
    "OutOfRangeError": 11,
    "UnimplementedError": 12,
    "InternalError": 13,
    "UnavailableError": 14,
    "DataLossError": 15,
    "UnauthenticatedError": 16,
}


def test_all_is_the_tree():
    assert {n for n in errors.__all__ if n.endswith("Error")} == {"OpError", *CODES}
    assert tf.errors is errors


def test_codes_have_names():
    for name, code in CODES.items():
        constant = "".join("_" + c if c.isupper() else c for c in name.removesuffix("Error")).lstrip("_").upper()
        assert getattr(errors, constant) == code
        assert errors.exception_type_from_error_code(code) is getattr(errors, name)
        assert errors.error_code_from_exception_type(getattr(errors, name)) == code
    assert errors.OK == 0


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_one_class_a_code(name, code):
    cls = getattr(errors, name)
    assert cls.__bases__ == (errors.OpError,)
    error = cls("definition", "operation", "what came")
    assert (error.node_def, error.op, error.message, error.error_code) == ("definition", "operation", "what came", code)
    assert str(error) == "what came"


def test_root_takes_a_code():
    assert errors.OpError(None, None, "m", 11).error_code == 11
    assert errors.OpError(None, None, "m").error_code == 2
    assert issubclass(errors.OpError, Exception)


def test_survives_another_process():
    """Errors come back from worker processes pickled."""
    error = pickle.loads(pickle.dumps(errors.NotFoundError(None, None, "no such file")))
    assert type(error) is errors.NotFoundError
    assert (error.message, error.error_code) == ("no such file", 5)
