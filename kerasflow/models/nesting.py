"""`Layout`: how the inputs or outputs of a model are nested, and what belongs to each of them.

Data, losses, weights and metrics come in the nesting of a model's inputs or outputs, as a dict by their names, or as a
list in their order. Here they become flat lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasflow.layers.symbolic import flatten

__all__ = ["Layout", "tensor_names"]


class Layout:
    """The nesting of some tensors, and their names.

    Args:
        structure: the tensors, in nested lists, tuples and dicts.
        names: a name for each, in the order of `flatten`.

    >>> from kerasflow.models.nesting import Layout
    >>> layout = Layout({"p": [1, 2], "q": 3}, ["a", "b", "c"])
    >>> layout.take({"p": ["mse", None], "q": "mae"}, "losses"), layout.take({"c": 2.0}, "weights", partly=True)
    (['mse', None, 'mae'], [None, None, 2.0])
    """

    def __init__(self, structure: Any, names: Sequence[str]) -> None:
        self.structure = structure
        self.names = list(names)
        self.count = len(self.names)
        self.paths = _paths(structure)
        self.nested = isinstance(structure, (list, tuple, dict))
        self.flat = self.nested and all(len(path) == 1 for path in self.paths)
        # What people call them: the keys of a dict, the names otherwise.
        keyed = self.flat and isinstance(structure, dict)
        self.labels = [str(path[0]) for path in self.paths] if keyed else self.names

    def pack(self, leaves: Sequence[Any]) -> Any:
        """Nested as the tensors are: `leaves`, one for each, in the order of `flatten`.

        >>> from kerasflow.models.nesting import Layout
        >>> Layout({"q": 0, "p": [0, 0]}, ["a", "b", "c"]).pack([1, 2, 3])
        {'q': 3, 'p': [1, 2]}
        """
        if not self.nested:
            return leaves[0]
        by_path = dict(zip(self.paths, leaves, strict=True))
        return _packed(self.structure, by_path, ())

    def take(
        self,
        value: Any,
        what: str,
        everywhere: bool = False,
        partly: bool = False,
        alone: Callable[[Any], bool] = lambda value: True,
    ) -> list[Any]:
        """The part of `value` for each tensor.

        Args:
            value: nested as the tensors are, a dict by their names, or a list in their order.
            what: what it holds, for messages.
            everywhere: whether a value that is neither a list nor a dict is for all of them.
            partly: whether a dict may leave some out, which get None.
            alone: whether the only item of a list is meant, where it stands for one tensor.

        Raises:
            ValueError: it has other names, or another number of items.
        """
        return self._take(value, self.structure, self.names, (what, everywhere, partly, alone))

    def _take(self, value: Any, structure: Any, names: list[str], how: Any) -> list[Any]:
        what, everywhere, partly, alone = how
        if isinstance(value, Mapping) and "class_name" not in value:
            return self._take_named(value, structure, names, how)
        if not isinstance(structure, (list, tuple, dict)):
            whole = isinstance(value, (list, tuple)) and len(value) == 1 and alone(value[0])
            return [value[0] if whole else value]
        parts = _children(structure, names)
        if isinstance(value, (list, tuple)) and len(value) in (len(parts), len(names)):
            if len(value) == len(parts):
                taken = [self._take(v, *part, how) for v, part in zip(value, parts, strict=True)]
                return [v for part in taken for v in part]
            return list(value)
        if len(names) == 1:  # a list or dict of one tensor
            return self._take(value, *parts[0], how)
        if everywhere and not isinstance(value, (list, tuple)):
            return [value] * len(names)
        given = f"{len(value)}" if isinstance(value, (list, tuple)) else f"one {type(value).__name__}"
        shown = self.labels if structure is self.structure else names
        raise ValueError(f"Expected a list or dict of {len(names)} {what}, for {shown}; got {given}.")

    def _take_named(self, value: Mapping[str, Any], structure: Any, names: list[str], how: Any) -> list[Any]:
        what, _, partly, _ = how
        if isinstance(structure, dict) and (set(value) & set(structure) or not set(value) & set(names)):
            keys, parts = sorted(structure), _children(structure, names)
        else:
            keys, parts = names, [(None, [name]) for name in names]
        missing, extra = sorted(set(keys) - set(value), key=str), sorted(set(value) - set(keys), key=str)
        if extra or missing and not partly:
            lacks = "" if partly else f" missing: {missing},"
            raise ValueError(f"Expected {what} for {list(keys)};{lacks} unexpected: {extra}.")
        found: list[Any] = []
        for key, (part, its_names) in zip(keys, parts, strict=True):
            found += self._take(value[key], part, its_names, how) if key in value else [None] * len(its_names)
        return found


def tensor_names(structure: Any) -> list[str]:
    """The names of the symbolic tensors in `structure`; one that occurs again is numbered."""
    names: list[str] = []
    for t in flatten(structure):
        taken = names.count(t.name) + sum(n.startswith(f"{t.name}_") for n in names)
        names.append(f"{t.name}_{taken}" if t.name in names else t.name)
    return names


def _children(structure: Any, names: list[str]) -> list[tuple[Any, list[str]]]:
    """The items of a nested structure, dicts by sorted key, and the names of what is in each."""
    items = [structure[k] for k in sorted(structure)] if isinstance(structure, dict) else list(structure)
    children, start = [], 0
    for item in items:
        count = len(flatten(item))
        children.append((item, names[start : start + count]))
        start += count
    return children


def _packed(structure: Any, leaves: dict[tuple[Any, ...], Any], path: tuple[Any, ...]) -> Any:
    if isinstance(structure, dict):
        return {key: _packed(item, leaves, (*path, key)) for key, item in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(_packed(item, leaves, (*path, k)) for k, item in enumerate(structure))
    return leaves[path]


def _paths(structure: Any) -> list[tuple[Any, ...]]:
    """The keys and numbers that lead to each leaf, in the order of `flatten`."""
    if isinstance(structure, dict):
        return [(key, *rest) for key in sorted(structure) for rest in _paths(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [(k, *rest) for k, item in enumerate(structure) for rest in _paths(item)]
    return [()]
