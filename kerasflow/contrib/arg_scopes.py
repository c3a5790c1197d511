"""Arguments given once for many calls: `arg_scope`."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["add_arg_scope", "arg_scope", "arg_scoped_arguments", "current_arg_scope", "has_arg_scope"]


class _Open(threading.local):
    def __init__(self) -> None:
        self.scopes: list[dict[str, dict[str, Any]]] = [{}]


_open = _Open()
_arguments: dict[str, tuple[str, ...]] = {}  # of the decorated functions, by key


def _key(function: Any) -> str:
    function = getattr(function, "func", function)  # of a functools.partial
    return str(getattr(function, "_arg_scope_key", f"{function.__module__}.{function.__qualname__}"))


def add_arg_scope(func: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function take arguments from `arg_scope`; a decorator.

    >>> @tf.contrib.framework.add_arg_scope
    ... def power(x, exponent=1):
    ...     return x**exponent
    >>> with tf.contrib.framework.arg_scope([power], exponent=3):
    ...     power(2), power(2, exponent=2)
    (8, 4)
    """
    key = _key(func)
    code = func.__code__
    _arguments[key] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(func)
    def scoped(*args: Any, **kwargs: Any) -> Any:
        given = _open.scopes[-1].get(key)
        return func(*args, **({**given, **kwargs} if given else kwargs))

    scoped._arg_scope_key = key  # type: ignore[attr-defined]
    return scoped


def has_arg_scope(func: Any) -> bool:
    """Whether a function takes arguments from `arg_scope`.

    >>> tf.contrib.framework.has_arg_scope(tf.contrib.layers.fully_connected), tf.contrib.framework.has_arg_scope(len)
    (True, False)
    """
    return hasattr(getattr(func, "func", func), "_arg_scope_key")


def arg_scoped_arguments(func: Any) -> tuple[str, ...]:
    """The names of the arguments that a function can take from `arg_scope`.

    Raises:
        ValueError: it takes none from there.

    >>> tf.contrib.framework.arg_scoped_arguments(tf.contrib.layers.flatten)
    ('inputs', 'outputs_collections', 'scope')
    """
    return _arguments[_key(_decorated(func))]


def _decorated(func: Any) -> Any:
    if not has_arg_scope(func):
        raise ValueError(f"{getattr(func, '__name__', func)} is not decorated with @add_arg_scope.")
    return func


def current_arg_scope() -> dict[str, dict[str, Any]]:
    """The arguments that are given now, by function."""
    return _open.scopes[-1]


@contextlib.contextmanager
def arg_scope(list_ops_or_scope: Any, **kwargs: Any) -> Iterator[dict[str, dict[str, Any]]]:
    """Give arguments to all calls of some functions in the block, unless a call says otherwise.

    Args:
        list_ops_or_scope: a list of functions; or what another `arg_scope` gave, which is opened again.
        kwargs: the arguments.

    Raises:
        TypeError: the first argument is neither. ValueError: a function takes nothing from here, or arguments come with
            a scope that is opened again.

    >>> layers = tf.contrib.layers
    >>> with tf.contrib.framework.arg_scope([layers.fully_connected], activation_fn=tf.nn.tanh):
    ...     y = layers.fully_connected(tf.zeros([1, 2]), 3)
    >>> y.name
    'fully_connected/Tanh:0'
    """
    if isinstance(list_ops_or_scope, Mapping):
        if kwargs:
            raise ValueError(f"A scope that is opened again takes no more arguments, got {', '.join(kwargs)}.")
        scope = dict(list_ops_or_scope)
    elif isinstance(list_ops_or_scope, Sequence) and not isinstance(list_ops_or_scope, str):
        scope = dict(current_arg_scope())
        for function in list_ops_or_scope:
            key = _key(_decorated(function))
            scope[key] = {**scope.get(key, {}), **kwargs}
    else:
        raise TypeError(f"arg_scope takes a list of functions, or a scope; got {list_ops_or_scope!r}.")
    _open.scopes.append(scope)
    try:
        yield scope
    finally:
        _open.scopes.pop()
