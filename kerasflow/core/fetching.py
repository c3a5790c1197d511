"""Taking fetches apart into tensors and operations, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from kerasflow.core.graph import Graph
from kerasflow.core.handles import TensorHandle
from kerasflow.core.sparse_tensor import SparseTensor, SparseTensorValue
from kerasflow.core.tensor import IndexedSlices, IndexedSlicesValue, Tensor

__all__ = ["Pack", "fetch_key", "take_apart"]

Pack = Callable[[Iterator[Any]], Any]


def fetch_key(fetches: Any) -> Any:
    """Something hashable that is equal for equal fetches."""
    if isinstance(fetches, (Tensor, str)):
        return fetches
    if isinstance(fetches, (list, tuple)):
        return (type(fetches), *[fetch_key(f) for f in fetches])
    if isinstance(fetches, Mapping):
        return (type(fetches), tuple(fetches), *[fetch_key(f) for f in fetches.values()])
    return fetches if getattr(type(fetches), "__hash__", None) else id(fetches)


def take_apart(fetches: Any, session: Any, flat: list[Any]) -> Pack:
    """Append the tensors and operations in `fetches`, of the graph of `session`, to `flat`; gives the way back from an
    iterator over values.
    """
    cls: Any = type(fetches)
    if isinstance(fetches, IndexedSlices):
        parts = [fetches.values, fetches.indices, *([] if fetches.dense_shape is None else [fetches.dense_shape])]
        whole = take_apart(parts, session, flat)
        return lambda values: IndexedSlicesValue(*whole(values))
    if isinstance(fetches, SparseTensor):
        whole = take_apart(fetches.parts, session, flat)
        return lambda values: SparseTensorValue(*whole(values))
    if isinstance(fetches, (list, tuple)):
        packs = [take_apart(f, session, flat) for f in fetches]
        if hasattr(cls, "_fields"):
            return lambda values: cls(*[p(values) for p in packs])
        return lambda values: (list if issubclass(cls, list) else tuple)([p(values) for p in packs])
    if isinstance(fetches, Mapping):
        named = {name: take_apart(f, session, flat) for name, f in fetches.items()}
        make = cls if issubclass(cls, MutableMapping) else dict
        return lambda values: _filled(make(), {name: p(values) for name, p in named.items()})
    element = _fetched(fetches, session.graph)
    flat.append(element)
    if isinstance(element, Tensor) and element.op.type == "GetSessionHandle":
        return lambda values: TensorHandle(next(values), element.op.inputs[0].dtype, session)
    return next


def _filled(mapping: Any, items: dict[Any, Any]) -> Any:
    mapping.update(items)
    return mapping


def _fetched(fetch: Any, graph: Graph) -> Any:
    """The tensor or operation that `fetch` is or names."""
    try:
        element = graph.as_graph_element(fetch)
    except TypeError:
        raise TypeError(f"Cannot fetch {fetch!r}, a {type(fetch).__name__}: it is no tensor or operation.") from None
    except (KeyError, ValueError) as e:
        raise ValueError(f"Cannot fetch {fetch!r}: {e.args[0]}") from None
    if not graph.is_fetchable(element):
        raise ValueError(f"Cannot fetch {fetch!r}: the graph was told not to let it be, with prevent_fetching.")
    return element
