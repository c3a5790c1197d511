"""Functions that a program hands to an estimator: what they take, and what input functions give."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterable
from typing import Any

from kerasflow.core import nest
from kerasflow.core.graph import default_graph
from kerasflow.core.tensor import Tensor
from kerasflow.data import Dataset
from kerasflow.train.run_hooks import SessionRunHook

__all__ = ["arguments", "call_with", "check_model_fn", "listed", "never_end", "read_input", "warn_if_endless"]

_log = logging.getLogger("kerasflow")
_MODEL_FN = {"features", "labels", "mode", "params", "self", "config"}


def arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names of the arguments that a function still takes; those that `functools.partial` has bound are not there.

    >>> from kerasflow.estimator.calling import arguments
    >>> arguments(lambda features, mode: None)
    ('features', 'mode')
    """
    bound: set[str] = set()
    while isinstance(function, functools.partial):
        if function.args:
            break  # `signature` leaves these out
        bound |= set(function.keywords)
        function = function.func
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = inspect.signature(function).parameters.values()
    return tuple(p.name for p in found if p.kind in kinds and p.name not in bound)


def call_with(function: Callable[..., Any], offered: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function with what it takes of `offered`, and with all other arguments."""
    taken = arguments(function)
    return function(*args, **kwargs, **{name: value for name, value in offered.items() if name in taken})


def check_model_fn(model_fn: Any, params: Any) -> None:
    """ValueError if a model function does not take the features and the parameters there are, or takes other things."""
    if model_fn is None:
        raise ValueError("model_fn must be provided to Estimator.")
    taken = arguments(model_fn)
    if "features" not in taken:
        raise ValueError(f"model_fn ({model_fn}) must include features argument.")
    if params is not None and "params" not in taken:
        raise ValueError(
            f"model_fn ({model_fn}) does not include params argument, but params ({params}) is passed to Estimator."
        )
    if params is None and "params" in taken:
        _log.warning(
            "Estimator's model_fn (%s) includes params argument, but params are not passed to Estimator.", model_fn
        )
    unknown = sorted(set(taken) - _MODEL_FN)
    if unknown:
        raise ValueError(f"model_fn ({model_fn}) has following not expected args: {unknown}")


class _Starting(SessionRunHook):
    """Starts the iterator over the data set that an input function gave, when the session is made."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator

    def after_create_session(self, session: Any, coord: Any) -> None:
        """Start it."""
        session.run(self._iterator.initializer)


def read_input(result: Any) -> tuple[Any, Any, list[SessionRunHook]]:
    """Features, labels (None if there are none) and hooks, of what an input function gave.

    Raises:
        ValueError: it gave a tuple or a list of more or fewer than two.
    """
    hooks: list[SessionRunHook] = []
    if isinstance(result, Dataset):
        iterator = result.make_initializable_iterator()
        hooks.append(_Starting(iterator))
        result = iterator.get_next()
    if isinstance(result, (list, tuple)):
        if len(result) != 2:
            raise ValueError(f"input_fn should return (features, labels) as a len 2 tuple, got {len(result)} items.")
        return result[0], result[1], hooks
    return result, None, hooks


def listed(given: Iterable[Any] | None, kind: type, message: str) -> list[Any]:
    """A new list. TypeError, with the message and what it is, if something in it is of another kind."""
    found = list(given or ())
    for item in found:
        if not isinstance(item, kind):
            raise TypeError(f"{message}, given: {item!r}")
    return found


def never_end(features: Any) -> bool:
    """Whether features of the default graph come from no data set and no queue: there is always another batch."""
    found = [t for t in nest.flatten(features) if isinstance(t, Tensor)]
    reads = any(t.op.type == "IteratorGetNext" for t in found)
    return not (reads or default_graph().get_collection("queue_runners"))


def warn_if_endless(features: Any) -> None:
    """Warn of features that never end, for neither do predictions."""
    if never_end(features):
        _log.warning(
            "Input graph does not use tf.data.Dataset or contain a QueueRunner. That means predict yields forever. "
            "This is probably a mistake."
        )
