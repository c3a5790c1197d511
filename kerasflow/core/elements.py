"""Finding the operations and tensors of a graph, and saying which of them may be fed and fetched."""

from __future__ import annotations

from typing import Any

from kerasflow.core.naming import did_you_mean
from kerasflow.core.tensor import Operation, Tensor

__all__ = ["Elements"]


class Elements:
    """What a graph has of operations, in the order of their creation."""

    enclosing: tuple[Any, ...]

    def __init__(self) -> None:
        self._operations: list[Operation] = []
        self._by_name: dict[str, Operation] = {}
        self._count = [0]  # of operations, with those in the bodies of loops and branches
        self._unfeedable: set[Tensor] = set()
        self._unfetchable: set[Any] = set()
        super().__init__()

    def get_operations(self) -> list[Operation]:
        """All operations, in the order of their creation."""
        return list(self._operations)

    @property
    def size(self) -> int:
        """The number of operations, with those inside loops and branches."""
        return self._count[0]

    def get_operation_by_name(self, name: str) -> Operation:
        """The operation called `name`. KeyError if there is none, ValueError if `name` is a tensor's."""
        if not isinstance(name, str):
            raise TypeError(f"The name of an operation is a string, got {name!r}, a {type(name).__name__}.")
        found: Operation = self._named(name, allow_tensor=False)
        return found

    def get_tensor_by_name(self, name: str) -> Tensor:
        """The tensor called `name`, like ``"x:0"``. KeyError if there is none, ValueError for an operation's name."""
        if not isinstance(name, str):
            raise TypeError(f"The name of a tensor is a string, got {name!r}, a {type(name).__name__}.")
        found: Tensor = self._named(name, allow_operation=False)
        return found

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """The tensor or operation of this graph that `obj` is or names.

        Raises:
            KeyError: this graph has none of that name. ValueError: it is of another graph, or the name is malformed.
            TypeError: `obj` cannot name one.
        """
        if allow_tensor and hasattr(obj, "__tensor__"):
            obj = obj.fetched if hasattr(obj, "fetched") else obj.__tensor__(self)
        if isinstance(obj, str):
            return self._named(obj, allow_tensor, allow_operation)
        if isinstance(obj, Tensor) and allow_tensor or isinstance(obj, Operation) and allow_operation:
            if obj.graph is not self:
                inside = f": it is computed inside {obj.graph}" if self in obj.graph.enclosing else ""
                raise ValueError(f"{obj} is not an element of this graph{inside}.")
            return obj
        kinds = " or ".join(k for k, ok in (("Tensor", allow_tensor), ("Operation", allow_operation)) if ok)
        raise TypeError(f"Cannot convert {obj!r}, a {type(obj).__name__}, into a {kinds}.")

    def _named(self, name: str, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        base, colon, number = name.rpartition(":")
        if not colon:
            if not allow_operation:
                raise ValueError(f"{name!r} is the name of an operation; a tensor's name is like {name + ':0'!r}.")
            if name not in self._by_name:
                raise KeyError(f"The graph has no operation {name!r}.{did_you_mean(name, self._by_name)}")
            return self._by_name[name]
        if not allow_tensor:
            raise ValueError(f"{name!r} is the name of a tensor, an operation's name has no colon.")
        if not number.isdecimal() or ":" in base:
            raise ValueError(f"{name!r} is not the name of a tensor, which is like 'operation:0'.")
        if base not in self._by_name:
            close = did_you_mean(base, self._by_name)
            raise KeyError(f"There is no tensor {name!r}: the graph has no operation {base!r}.{close}")
        outputs = self._by_name[base].outputs
        if int(number) >= len(outputs):
            raise KeyError(f"There is no tensor {name!r}: the operation {base!r} has {len(outputs)} outputs.")
        return outputs[int(number)]

    @property
    def version(self) -> int:
        """A number that grows with each operation that is added."""
        return len(self._operations)

    # Feeding and fetching.

    def is_feedable(self, tensor: Any) -> bool:
        """Whether a value may be fed for `tensor`: yes, unless `prevent_feeding` said no."""
        return self.as_graph_element(tensor, allow_operation=False) not in self._unfeedable

    def prevent_feeding(self, tensor: Any) -> None:
        """Refuse values for `tensor` from now on."""
        self._unfeedable.add(self.as_graph_element(tensor, allow_operation=False))

    def is_fetchable(self, tensor_or_op: Any) -> bool:
        """Whether `tensor_or_op` may be fetched: yes, unless `prevent_fetching` said no."""
        return self.as_graph_element(tensor_or_op) not in self._unfetchable

    def prevent_fetching(self, op: Any) -> None:
        """Refuse to fetch `op`, an operation, and what it gives from now on."""
        element = self.as_graph_element(op)
        operation = element if isinstance(element, Operation) else element.op
        self._unfetchable.update((operation, *operation.outputs))
