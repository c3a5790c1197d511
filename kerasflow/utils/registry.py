"""Classes and functions of the caller's own, by the names under which files may ask for them.

A file never extends the table. The program does, before it loads the file: for good with `register_keras_serializable`,
for a block with `custom_object_scope`, or for one call with its argument `custom_objects`.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

__all__ = [
    "custom_object_scope",
    "get_custom_objects",
    "get_registered_name",
    "get_registered_object",
    "known_objects",
    "register_keras_serializable",
]

_T = TypeVar("_T", bound=Callable[..., Any])

_REGISTERED: dict[str, Any] = {}
_NAMES: dict[Any, str] = {}
_SCOPE: contextvars.ContextVar[dict[str, Any]] = contextvars.ContextVar("custom objects")


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[_T], _T]:
    """Let files name a class or function of one's own, as ``package>name``.

    Args:
        package: whose it is; keeps equal names of different authors apart.
        name: its name in files, by default its own.

    Raises:
        ValueError: the name is taken by something else, or a class has no `get_config`.

    >>> @tf.keras.utils.register_keras_serializable("doc")
    ... def double(x):
    ...     return 2.0 * x
    >>> tf.keras.utils.get_registered_name(double)
    'doc>double'
    >>> tf.keras.activations.get("doc>double") is double
    True
    """

    def register(thing: _T) -> _T:
        full = f"{package}>{name or thing.__name__}"
        if isinstance(thing, type) and not hasattr(thing, "get_config"):
            raise ValueError(f"{thing.__name__} has no get_config(), so it cannot be saved and named in a file.")
        other = _REGISTERED.get(full, thing)
        if other is not thing and (other.__module__, other.__qualname__) != (thing.__module__, thing.__qualname__):
            raise ValueError(f"The name {full!r} is taken by {other!r}.")
        _NAMES.pop(other, None)  # a cell of a notebook that runs again replaces what it defined before
        _REGISTERED[full], _NAMES[thing] = thing, full
        return thing

    return register


@contextlib.contextmanager
def custom_object_scope(objects: Mapping[str, Any]) -> Iterator[None]:
    """Let files name the classes and functions in `objects`, within the block and the thread.

    >>> with tf.keras.utils.custom_object_scope({"twice": lambda x: x + x}):
    ...     layer = tf.keras.layers.Activation("twice")
    >>> layer(tf.keras.Input((3,))).shape.as_list()
    [None, 3]
    """
    token = _SCOPE.set({**_SCOPE.get({}), **objects})
    try:
        yield
    finally:
        _SCOPE.reset(token)


def get_custom_objects() -> dict[str, Any]:
    """The table of what was registered, by its names in files; what is put in it is registered.

    >>> isinstance(tf.keras.utils.get_custom_objects(), dict)
    True
    """
    return _REGISTERED


def get_registered_name(obj: Any) -> str:
    """The name in files of a class or function: the registered one, or its own.

    >>> tf.keras.utils.get_registered_name(len)
    'len'
    """
    name: str = _NAMES.get(obj, obj.__name__)
    return name


def get_registered_object(name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The class or function with this name in files; None if there is none.

    >>> tf.keras.utils.get_registered_object("nobody>nothing") is None
    True
    """
    return known_objects(custom_objects).get(name)


def known_objects(custom_objects: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What may be named beside kerasflow's own things: of the call, of the blocks around it, of the program.

    >>> from kerasflow.utils.registry import known_objects
    >>> known_objects({"loss": len})["loss"]
    <built-in function len>
    """
    return {**_REGISTERED, **_SCOPE.get({}), **(custom_objects or {})}
