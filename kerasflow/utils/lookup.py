"""Initializers, regularizers, constraints and activations by name, and as plain data in a saved model.

What can be named is an explicit table, which nothing but the caller extends, with `custom_objects` or by registering: a
file that names something else is refused, and nothing is ever imported because a file says so.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from kerasflow.core.naming import did_you_mean
from kerasflow.utils.registry import get_registered_name, known_objects

__all__ = ["Configured", "Lookup", "accepted", "made_from", "snake_case"]

_KEYS = {"module", "class_name", "config", "registered_name", "shared_object_id", "build_config"}


def snake_case(name: str) -> str:
    """The spelling of a class's name as a function's.

    >>> from kerasflow.utils.lookup import snake_case
    >>> snake_case("GlorotUniform"), snake_case("L1L2")
    ('glorot_uniform', 'l1_l2')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Configured:
    """Something that its constructor's arguments say all about.

    A subclass lists in `arguments` what its constructor takes, kept in attributes of the same names.
    """

    arguments: tuple[str, ...] = ()

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data."""
        return {name: _plain(getattr(self, name)) for name in self.arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An instance like the one that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.get_config().items())})"


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


class Lookup:
    """The things of one kind that can be named.

    Args:
        kind: what they are, for messages: ``"initializer"``.
        classes: classes, known by their own names and by these in snake case; naming one makes an instance.
        functions: functions by name; naming one gives the function itself.
        aliases: other names of classes, or of functions that make an instance.
        like: classes that are saved as another one, since they differ from it in their defaults alone.
    """

    def __init__(
        self,
        kind: str,
        classes: Iterable[type[Any]] = (),
        functions: Mapping[str, Callable[..., Any]] | None = None,
        aliases: Mapping[str, Callable[..., Any]] | None = None,
        like: Mapping[type[Any], type[Any]] | None = None,
    ) -> None:
        self.kind = kind
        self._saved_as = {c: c.__name__ for c in classes}
        self._saved_as.update({c: other.__name__ for c, other in (like or {}).items()})
        self._makers: dict[str, Callable[..., Any]] = {}
        for c in classes:
            self._makers[c.__name__] = self._makers[snake_case(c.__name__)] = c
        self._makers.update(aliases or {})
        self._functions = dict(functions or {})
        self._names = {f: name for name, f in reversed(self._functions.items())}

    def get(self, identifier: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """What `identifier` stands for.

        Args:
            identifier: a name, a class, what `serialize` gave, a function or instance (itself), or None (None).
            custom_objects: classes and functions of the caller's own, by name.

        Raises:
            ValueError: nothing has this name, or the saved form is damaged. TypeError: something else.
        """
        if identifier is None:
            return None
        if isinstance(identifier, str):
            found = self._find(identifier, custom_objects)
            return found() if self._is_maker(identifier, found) else found
        if isinstance(identifier, Mapping):
            return self.deserialize(identifier, custom_objects)
        if isinstance(identifier, type):
            return identifier()
        if callable(identifier):
            return identifier
        raise TypeError(f"Expected {self._a_kind}, or its name; got {identifier!r}.")

    def deserialize(self, config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """The thing that `serialize` described as `config`; raises as `get`."""
        if not isinstance(config, Mapping):
            return self.get(config, custom_objects)
        name, settings = config.get("class_name"), config.get("config", {})
        if not isinstance(name, str) or not config.keys() <= _KEYS:
            raise ValueError(
                f"Expected the saved form of {self._a_kind}, {{'class_name': ..., 'config': {{...}}}}; got {config!r}."
            )
        registered = config.get("registered_name")
        registered = registered if registered in known_objects(custom_objects) else None
        if name == "function" and isinstance(settings, str):
            return self.get(registered or settings, custom_objects)
        found = self._find(registered or name, custom_objects)
        if not isinstance(settings, Mapping) or not self._is_maker(name, found):
            raise ValueError(f"The {self.kind} {name!r} cannot be made from {config!r}.")
        return made_from(found, settings, f"The {self.kind} {name!r}")

    def serialize(self, thing: Any) -> Any:
        """`thing` as plain data: None, a function's name, or the name of its class with its arguments."""
        if thing is None:
            return None
        if not hasattr(thing, "get_config"):
            if thing in self._names:
                return self._names[thing]
            if not hasattr(thing, "__name__"):
                raise ValueError(f"{thing!r} has neither a get_config() nor a name, so it cannot be saved.")
            return get_registered_name(thing)
        saved = {"class_name": self._saved_as.get(type(thing), type(thing).__name__), "config": thing.get_config()}
        if type(thing) in self._saved_as:
            return {"module": f"keras.{self.kind}s", **saved}
        registered = get_registered_name(type(thing))
        named = {"module": type(thing).__module__, "registered_name": registered}
        return saved if registered == type(thing).__name__ else {**saved, **named}

    @property
    def _a_kind(self) -> str:
        return f"{'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"

    def _find(self, name: str, custom_objects: Mapping[str, Any] | None) -> Any:
        custom = known_objects(custom_objects)
        for table in (custom, self._functions, self._makers):
            if name in table:
                return table[name]
        names = [*custom, *self._functions, *self._makers]
        raise ValueError(f"There is no {self.kind} {name!r}.{did_you_mean(name, names)}")

    def _is_maker(self, name: str, found: Any) -> bool:
        return isinstance(found, type) or self._makers.get(name) is found


def made_from(maker: Any, settings: Mapping[str, Any], what: str) -> Any:
    """What `maker`, a class or function, makes from the arguments that a file gives.

    Arguments that it does not have, and that are None, come from a later Keras and say nothing.

    Args:
        maker: a class, or a function that makes an instance.
        settings: its arguments by name.
        what: how it is called in the message.

    Raises:
        ValueError: the arguments are none that it takes.

    >>> from kerasflow.utils.lookup import made_from
    >>> made_from(tf.keras.regularizers.L2, {"l2": 0.5, "of_a_later_keras": None}, "The penalty").l2
    0.5
    """
    names = accepted(maker)
    settings = {k: v for k, v in settings.items() if v is not None or k in names}
    try:
        return maker.from_config(settings) if hasattr(maker, "from_config") else maker(**settings)
    except TypeError as e:
        shown = repr(settings)
        shown = shown if len(shown) <= 300 else f"{shown[:300]}..."
        raise ValueError(f"{what} cannot be made from {shown}: {str(e).rstrip('.')}.") from e


def accepted(maker: Any) -> set[str]:
    """The names of the arguments that a class, with its bases, or a function takes.

    >>> from kerasflow.utils.lookup import accepted
    >>> sorted(accepted(tf.keras.regularizers.L2))
    ['l2', 'self']
    """
    makers = [maker]
    if isinstance(maker, type):
        makers = [c.__dict__["__init__"] for c in maker.__mro__ if "__init__" in c.__dict__]
    names: set[str] = set()
    for function in makers:
        parameters = inspect.signature(function).parameters.values()
        names |= {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
        if all(p.kind is not p.VAR_KEYWORD for p in parameters):
            break
    return names
