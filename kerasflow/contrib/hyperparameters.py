"""`HParams`: settings of a model by name, each of the type it began with, which a text may change."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from kerasflow.core.naming import did_you_mean

__all__ = ["HParams", "parse_values"]

_ASSIGNMENT = re.compile(
    r"\s*(?P<name>[a-zA-Z][\w.]*)(?:\[\s*(?P<index>\d+)\s*\])?\s*=\s*(?:\[(?P<values>[^\]]*)\]|(?P<value>[^,\[]*))(?:$|,)"
)
_TRUTHS = {"true": True, "True": True, "false": False, "False": False}


def parse_values(values: str, type_map: Mapping[str, type], ignore_unknown: bool = False) -> dict[str, Any]:
    """What a text like ``"rate=0.1,sizes=[3,4],names[1]=b"`` says.

    Args:
        values: the text.
        type_map: the type of each name; of a list, that of its members.
        ignore_unknown: whether other names are passed over.

    Returns:
        By name a value, a list of values, or a dict of values by their place in a list.

    Raises:
        ValueError: the text is malformed, has an unknown name, a value of another type, or says something twice.

    >>> tf.contrib.training.parse_values("rate=0.1,sizes=[3,4]", {"rate": float, "sizes": int})
    {'rate': 0.1, 'sizes': [3, 4]}
    """
    found: dict[str, Any] = {}
    position = 0
    while position < len(values):
        match = _ASSIGNMENT.match(values, position)
        if match is None:
            raise ValueError(f"Malformed hyperparameter value: {values[position:]}")
        position = match.end()
        name, index, many, one = match["name"], match["index"], match["values"], match["value"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}.{did_you_mean(name, type_map)}")
        if many is not None and index is not None:
            raise ValueError(f"Assignment of a list to a list index: {name}[{index}] in {values}")
        before = found.get(name)
        if before is not None and not (index is not None and isinstance(before, dict) and int(index) not in before):
            raise ValueError(f"Multiple assignments to variable {name!r} in {values}")
        if many is not None:
            found[name] = [_parsed(name, type_map[name], text) for text in re.split("[ ,]+", many.strip()) if text]
        elif index is not None:
            found.setdefault(name, {})[int(index)] = _parsed(name, type_map[name], one)
        else:
            found[name] = _parsed(name, type_map[name], one)
    return found


def _parsed(name: str, kind: type, text: str) -> Any:
    if kind is bool and text in _TRUTHS:
        return _TRUTHS[text]
    try:
        return bool(int(text)) if kind is bool else text if kind is type(None) else kind(text)
    except (TypeError, ValueError):
        raise ValueError(f"Could not parse hparam {name!r} of type {kind.__name__!r} with value {text!r}") from None


def _cast(name: str, kind: type, value: Any) -> Any:
    """A value as one of this type. ValueError: that would make something else of it."""
    if type(value) is kind or kind is type(None):
        return value
    texts = (str, bytes)
    fits = (
        issubclass(kind, bool) == isinstance(value, bool)
        and issubclass(kind, texts) <= isinstance(value, texts)
        and (not issubclass(kind, int) or isinstance(value, int) or hasattr(value, "__index__"))
        and (not issubclass(kind, float) or hasattr(value, "__float__"))
    )
    if not fits:
        raise ValueError(f"Could not cast hparam {name!r} of type {kind} from value {value!r}")
    return kind(value)


class HParams:
    """Settings by name, which are attributes; each keeps the type of its first value.

    Args:
        hparam_def: must be None: settings are not read from messages.
        model_structure: any object; see `get_model_structure`.
        kwargs: the settings: numbers, texts, truths, or lists of one kind of these.

    Raises:
        ValueError: a name that the class has itself, or an empty list.

    >>> hparams = tf.contrib.training.HParams(rate=0.1, sizes=[64, 32], name="adam")
    >>> hparams.parse("rate=0.01,sizes=[16]").sizes
    [16]
    >>> hparams
    HParams([('name', 'adam'), ('rate', 0.01), ('sizes', [16])])
    """

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        if hparam_def is not None:
            raise ValueError(f"hparam_def must be None: give the settings by name, got {hparam_def!r}.")
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def add_hparam(self, name: str, value: Any) -> None:
        """Add a setting. ValueError: there is one, or something else, of this name; or the list is empty."""
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
            self._hparam_types[name] = type(value[0]), True
        else:
            self._hparam_types[name] = type(value), False
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Change a setting.

        Args:
            name: its name.
            value: of its type; for a list a list, or a dict of some of its members by their place.

        Raises:
            KeyError: there is none. ValueError: the value is of another type.
        """
        if name not in self._hparam_types:
            raise KeyError(f"There is no hyperparameter {name!r}.{did_you_mean(name, self._hparam_types)}")
        kind, is_list = self._hparam_types[name]
        if isinstance(value, dict) and is_list:
            value = self._with_members(name, value)
        if isinstance(value, (list, tuple)) != is_list:
            wanted = "pass a list for multi-valued" if is_list else "not pass a list for single-valued"
            raise ValueError(f"Must {wanted} parameter: {name}")
        setattr(self, name, [_cast(name, kind, v) for v in value] if is_list else _cast(name, kind, value))

    def _with_members(self, name: str, members: Mapping[int, Any]) -> list[Any]:
        values = list(getattr(self, name))
        for index, member in members.items():
            if index >= len(values):
                raise ValueError(f"Hyperparameter {name!r} has {len(values)} values, there is no {name}[{index}].")
            values[index] = member
        return values

    def del_hparam(self, name: str) -> None:
        """Remove a setting, if there is one of this name."""
        if name in self._hparam_types:
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> HParams:
        """Change settings as a text says, ``"rate=0.1,sizes=[3,4]"``; see `parse_values`."""
        kinds = {name: kind for name, (kind, _) in self._hparam_types.items()}
        return self.override_from_dict(parse_values(values, kinds))

    def override_from_dict(self, values_dict: Mapping[str, Any]) -> HParams:
        """Change settings; raises as `set_hparam`."""
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def set_from_map(self, values_map: Mapping[str, Any]) -> HParams:
        """As `override_from_dict`, under its older name."""
        return self.override_from_dict(values_map)

    def parse_json(self, values_json: str) -> HParams:
        """Change settings as an object in JSON says; raises as `set_hparam`."""
        return self.override_from_dict(json.loads(values_json))

    def to_json(self, indent: Any = None, separators: Any = None, sort_keys: bool = False) -> str:
        """The settings as an object in JSON; the arguments are those of `json.dumps`."""
        return json.dumps(self.values(), indent=indent, separators=separators, sort_keys=sort_keys)

    def set_model_structure(self, model_structure: Any) -> None:
        """Keep any object besides the settings."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """The object that is kept besides the settings."""
        return self._model_structure

    def values(self) -> dict[str, Any]:
        """The settings by name."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """A setting, or `default` if there is none. ValueError: there is one, and `default` is of another type."""
        if key not in self._hparam_types:
            return default
        if default is not None:
            kind, is_list = self._hparam_types[key]
            if isinstance(default, list) != is_list:
                raise ValueError(f"Hparam {key!r} is {'a list' if is_list else 'no list'}, unlike default={default}")
            for value in default if is_list else [default]:
                _cast(key, kind, value)
        return getattr(self, key)

    def __contains__(self, key: object) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return ",".join(f"{name}={value}" for name, value in self.values().items())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({sorted(self.values().items())})"
