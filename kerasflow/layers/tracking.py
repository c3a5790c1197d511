"""What a layer holds: the layers, weights and metrics among its attributes, in the order in which it got them.

Lists and dicts that become attributes of a layer tell it of what is put into them later, so that
``self.blocks.append(Dense(3))`` is seen, and in the order in which a program does it: by this order weights are saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kerasflow.core.variables import Variable
from kerasflow.core.weights import Weight
from kerasflow.metrics import Metric

__all__ = ["TrackedDict", "TrackedList", "Tracker", "Tracking"]


class Tracker:
    """The layers, weights and metrics that something holds, each with the number of places where it does."""

    def __init__(self) -> None:
        self.layers: dict[Any, int] = {}
        self.weights: dict[Any, int] = {}
        self.metrics: dict[Any, int] = {}

    def _shelf(self, item: Any) -> dict[Any, int] | None:
        """Where an item belongs."""
        if isinstance(item, Tracking):
            return self.layers
        if isinstance(item, Metric):
            return self.metrics
        return self.weights if isinstance(item, (Weight, Variable)) else None

    def track(self, value: Any) -> Any:
        """`value`, noted with all it holds; a list or dict as one that tells of what is put into it."""
        if type(value) in (list, TrackedList):
            return TrackedList([self.track(v) for v in value], self)
        if type(value) in (dict, TrackedDict):
            return TrackedDict({k: self.track(v) for k, v in value.items()}, self)
        if type(value) is tuple:
            return tuple([self.track(v) for v in value])
        for item in _contents(value):
            shelf = self._shelf(item)
            if shelf is not None:
                shelf[item] = shelf.get(item, 0) + 1
        return value

    def untrack(self, value: Any) -> None:
        """Forget `value` and what it holds, but for what is held elsewhere too."""
        for item in _contents(value):
            shelf = self._shelf(item)
            if shelf is not None and item in shelf:
                shelf[item] -= 1
                if not shelf[item]:
                    del shelf[item]


class Tracking:
    """What notes the layers, weights and metrics among its attributes.

    >>> layer = tf.keras.layers.Layer()
    >>> layer.blocks = [tf.keras.layers.Dense(1, name="a")]
    >>> layer.blocks.append(tf.keras.layers.Dense(1, name="b"))
    >>> [inner.name for inner in layer._sublayers]
    ['a', 'b']
    """

    _untracked: frozenset[str] = frozenset()  # names of attributes that do not count; each class lists its own

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._untracked = frozenset().union(*[vars(c).get("_untracked", ()) for c in cls.__mro__])

    def _tracked(self) -> Tracker:
        """The tracker; there from the first attribute on, which may be set before the constructor of the base runs."""
        tracker = self.__dict__.get("_tracker")
        if tracker is None:
            tracker = self.__dict__["_tracker"] = Tracker()
        return tracker

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._untracked:
            before = self.__dict__.get(name)
            value = self._tracked().track(value)
            self._tracked().untrack(before)
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        if name not in self._untracked:
            self._tracked().untrack(self.__dict__.get(name))
        super().__delattr__(name)


def _contents(value: Any) -> list[Any]:
    """What is in nested lists, tuples, sets and dicts, in order."""
    found: list[Any] = []
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, (list, tuple, set, frozenset)):
            todo.extend(reversed(list(item)))
        elif isinstance(item, dict):
            todo.extend(reversed(list(item.values())))
        else:
            found.append(item)
    return found


class TrackedList(list[Any]):
    """A list that is an attribute of a layer."""

    def __init__(self, items: Iterable[Any] = (), tracker: Tracker | None = None) -> None:
        super().__init__(items)
        self.tracker = tracker or Tracker()

    def __reduce__(self) -> Any:
        return TrackedList, (list(self), self.tracker)

    def append(self, item: Any) -> None:
        """Add an item at the end."""
        super().append(self.tracker.track(item))

    def extend(self, items: Iterable[Any]) -> None:
        """Add items at the end."""
        super().extend([self.tracker.track(v) for v in items])

    def insert(self, index: Any, item: Any) -> None:
        """Put an item before another one."""
        super().insert(index, self.tracker.track(item))

    def __iadd__(self, items: Iterable[Any]) -> TrackedList:  # type: ignore[misc,override]
        self.extend(items)
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        before = self[key]
        super().__setitem__(key, self.tracker.track(value))
        self.tracker.untrack(before)

    def __delitem__(self, key: Any) -> None:
        before = self[key]
        super().__delitem__(key)
        self.tracker.untrack(before)

    def pop(self, index: Any = -1) -> Any:
        """Take an item out."""
        item = super().pop(index)
        self.tracker.untrack(item)
        return item

    def remove(self, item: Any) -> None:
        """Take the first item out that equals this one."""
        del self[self.index(item)]

    def clear(self) -> None:
        """Take all items out."""
        del self[:]


class TrackedDict(dict[Any, Any]):
    """A dict that is an attribute of a layer."""

    def __init__(self, items: Any = (), tracker: Tracker | None = None) -> None:
        super().__init__(items)
        self.tracker = tracker or Tracker()

    def __reduce__(self) -> Any:
        return TrackedDict, (dict(self), self.tracker)

    def __setitem__(self, key: Any, value: Any) -> None:
        before = self.get(key)
        super().__setitem__(key, self.tracker.track(value))
        self.tracker.untrack(before)

    def __delitem__(self, key: Any) -> None:
        before = self.get(key)
        super().__delitem__(key)
        self.tracker.untrack(before)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several items."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """The item, which is `default` from now on if there was none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: Any, *default: Any) -> Any:
        """Take an item out."""
        item = self.get(key) if key in self else None
        found = super().pop(key, *default)
        self.tracker.untrack(item)
        return found

    def clear(self) -> None:
        """Take all items out."""
        for key in list(self):
            del self[key]
