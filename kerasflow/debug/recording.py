"""`Recording`: all that a watched run computed, in memory or in a folder of plain files.

A folder has `run.json`, which lists the operations and the values, and the values as `.npy` files; strings are in the
list itself. Reading it runs no code, here or on another machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.core import nest
from kerasflow.core.graph import Graph
from kerasflow.core.tensor import Operation

__all__ = ["Node", "Recording", "Value", "shown_feeds", "shown_fetches"]

_FILE = "run.json"
_KIND = "kerasflow watched run"


@dataclass(frozen=True)
class Node:
    """An operation as the debugger shows it."""

    name: str
    type: str
    inputs: tuple[str, ...]
    controls: tuple[str, ...]
    device: str
    where: tuple[str, int, str] | None  # file, line and function that made it
    attrs: dict[str, str] = field(default_factory=dict)


@dataclass
class Value:
    """One output of one operation in a run: ``micros`` is when it was there, in microseconds from the run's start."""

    tensor: str
    type: str
    micros: int
    array: Any

    @property
    def node(self) -> str:
        """The name of the operation."""
        return self.tensor.rpartition(":")[0]

    @property
    def nbytes(self) -> int:
        """The size in bytes."""
        return int(getattr(self.array, "nbytes", 0))


class Recording:
    """What a run computed, in the order in which it did.

    Args:
        title: what was run, for people.
        feeds: what was fed, by the tensors' names.
    """

    def __init__(self, title: str = "", feeds: Mapping[str, Any] | None = None) -> None:
        self.title = title
        self.feeds = dict(feeds or {})
        self.values: list[Value] = []
        self.nodes: dict[str, Node] = {}
        self.error: str | None = None
        self._start: int | None = None

    # Watching.

    def __call__(
        self, operation: Operation, inputs: Sequence[Any], outputs: Sequence[Any], begin: int, end: int
    ) -> None:
        """Note an operation's outputs; arrays are copied, for a variable's may change later."""
        if self._start is None:
            self._start = begin
        micros = (end - self._start) // 1000
        for slot, value in enumerate(outputs):
            array = np.array(value) if hasattr(value, "dtype") else None
            self.values.append(Value(f"{operation.name}:{slot}", operation.type, micros, array))

    def add_graph(self, graph: Graph) -> None:
        """Note all operations of a graph."""
        for o in graph.get_operations():
            inputs, controls = tuple(t.name for t in o.inputs), tuple(c.name for c in o.control_inputs)
            attrs = {key: _brief(value) for key, value in o.attrs.items()}
            self.nodes[o.name] = Node(o.name, o.type, inputs, controls, o.device or "", o.where, attrs)

    # Asking.

    def named(self, tensor: str) -> list[Value]:
        """The values of a tensor, of which an operation in a loop has several; its name may lack the number."""
        wanted = tensor if ":" in tensor else f"{tensor}:0"
        return [v for v in self.values if v.tensor == wanted]

    def recipients(self, node: str, controls: bool) -> list[str]:
        """The operations that take an output of `node`, or wait for it."""
        return [
            n.name
            for n in self.nodes.values()
            if any(t.rpartition(":")[0] == node for t in n.inputs) or controls and node in n.controls
        ]

    # Files.

    def save(self, folder: Any) -> None:
        """Write it to a new folder."""
        path = Path(folder)
        path.mkdir(parents=True)
        listed = []
        for k, v in enumerate(self.values):
            entry: dict[str, Any] = {"tensor": v.tensor, "type": v.type, "micros": v.micros}
            listed.append({**entry, **_stored(path, f"{k:06d}.npy", v.array)})
        feeds = {
            name: _stored(path, f"feed_{k:03d}.npy", np.asarray(value))
            for k, (name, value) in enumerate(self.feeds.items())
        }
        content = {
            "kind": _KIND,
            "title": self.title,
            "error": self.error,
            "feeds": feeds,
            "nodes": [asdict(node) for node in self.nodes.values()],
            "values": listed,
        }
        (path / _FILE).write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def load(cls, folder: Any) -> Recording:
        """What `save` wrote. ValueError, naming the file, if it is something else."""
        path = Path(folder)
        try:
            content = json.loads((path / _FILE).read_text(encoding="utf-8"))
            if content["kind"] != _KIND:
                raise KeyError("kind")
            found = cls(content["title"], {n: _read(path, e) for n, e in content["feeds"].items()})
            found.error = content["error"]
            for n in content["nodes"]:
                where = None if n["where"] is None else (str(n["where"][0]), int(n["where"][1]), str(n["where"][2]))
                n = {**n, "inputs": tuple(n["inputs"]), "controls": tuple(n["controls"]), "where": where}
                found.nodes[n["name"]] = Node(**n)
            for e in content["values"]:
                found.values.append(Value(e["tensor"], e["type"], int(e["micros"]), _read(path, e)))
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise ValueError(f"{path / _FILE} is no watched run: {error}.") from None
        return found


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:197]}..."


def _stored(folder: Path, name: str, array: Any) -> dict[str, Any]:
    """Write an array; gives what the list says of it."""
    if array is None:
        return {"file": None}
    if array.dtype.kind in "OSUV":
        flat = [v.decode("utf-8", "backslashreplace") if isinstance(v, bytes) else str(v) for v in array.reshape(-1)]
        return {"text": flat, "shape": list(array.shape)}
    np.save(folder / name, array, allow_pickle=False)
    return {"file": name}


def _read(folder: Path, entry: Mapping[str, Any]) -> Any:
    if "text" in entry:
        found = np.empty(len(entry["text"]), object)
        found[:] = [text.encode() for text in entry["text"]]
        return found.reshape(entry["shape"])
    if entry["file"] is None:
        return None
    name = entry["file"]
    if not isinstance(name, str) or Path(name).name != name:
        raise ValueError(f"{name!r} is no file of the folder")
    return np.load(folder / name, allow_pickle=False)


def shown_feeds(feeds: Any) -> dict[str, Any]:
    """What is fed to a run, by name."""
    return {getattr(t, "name", str(t)): v for t, v in (feeds or {}).items()}


def shown_fetches(fetches: Any) -> str:
    """What is fetched, for people."""
    names: Iterable[str] = (str(getattr(f, "name", f)) for f in nest.leaves(fetches))
    return ", ".join(names)
