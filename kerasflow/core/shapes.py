"""Static shapes: `Dims` inside the machine, `TensorShape` and `Dimension` for programs.

Inside, a shape is a plain tuple in which None stands for a size that is not known yet, or None when not even the
number of dimensions is known. `TensorShape` wraps it with the vocabulary of the graph API.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

__all__ = ["Dimension", "Sizes", "TensorShape"]

Dims: TypeAlias = "tuple[int | None, ...] | None"


def as_dims(shape: Any) -> Dims:
    """`shape` (a TensorShape, an int, a sequence of ints, Dimensions and Nones, or None) as a tuple or None."""
    if shape is None or isinstance(shape, tuple) and all(type(d) is int and d >= 0 for d in shape):
        return shape
    if isinstance(shape, TensorShape):
        return shape.dims_tuple
    if isinstance(shape, Dimension):
        return (shape.value,)
    if not isinstance(shape, Iterable):
        return (_size(shape),)
    return tuple(_size(d) for d in shape)


def _size(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, Dimension):
        return value.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # such as 28 * 28 / 2
    try:
        size = operator.index(value)
    except TypeError:
        error = ValueError if isinstance(value, float) else TypeError
        raise error(f"A dimension must be an integer or None, got {value!r}.") from None
    if size < 0:
        raise ValueError(f"A dimension must be at least 0, got {size}.")
    return size


def show(dims: Dims) -> str:
    """The way shapes are printed in messages: ``(?, 3)``; ``<unknown>`` if the rank is not known."""
    if dims is None:
        return "<unknown>"
    inside = ", ".join("?" if d is None else str(d) for d in dims)
    return f"({inside},)" if len(dims) == 1 else f"({inside})"


def is_static(dims: Dims) -> bool:
    """Whether every size is known."""
    return dims is not None and None not in dims


def compatible(a: Dims, b: Dims) -> bool:
    """Whether some array could have both shapes."""
    if a is None or b is None:
        return True
    if len(a) != len(b):
        return False
    for x, y in zip(a, b, strict=True):  # a loop, as every fed array comes by here
        if x != y and x is not None and y is not None:
            return False
    return True


def merge(a: Dims, b: Dims) -> Dims:
    """All that either shape knows. ValueError if no array could have both."""
    if not compatible(a, b):
        raise ValueError(f"Shapes {show(a)} and {show(b)} are not compatible")
    if a is None or b is None:
        return b if a is None else a
    return tuple(y if x is None else x for x, y in zip(a, b, strict=True))


def broadcast(a: Dims, b: Dims) -> Dims:
    """The shape of an element-wise operation. ValueError if the two cannot be broadcast together."""
    if a is None or b is None:
        return None
    if a == b and None not in a:
        return a
    rank = max(len(a), len(b))
    out: list[int | None] = []
    for x, y in zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True):
        if x == 1 or y == 1:
            out.append(y if x == 1 else x)
        elif x is not None and y is not None and x != y:
            raise ValueError(f"shapes {show(a)} and {show(b)} cannot be broadcast together")
        else:
            out.append(y if x is None else x)
    return tuple(out)


def size(dims: Dims) -> int | None:
    """The number of elements, None if it is not known."""
    if dims is None or None in dims:
        return None
    total = 1
    for d in dims:
        total *= d  # type: ignore[operator]  # None was ruled out
    return total


class Dimension:
    """One size of a `TensorShape`: an int or, not known yet, None. It equals its int.

    >>> tf.TensorShape([None, 3])[1] == 3, int(tf.Dimension(3)) + 1, tf.Dimension(None) * 2
    (True, 4, Dimension(None))
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = _size(value)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether the two sizes could be the same."""
        value = _size(other)
        return self.value is None or value is None or self.value == value

    def merge_with(self, other: Any) -> Dimension:
        """The size that both are. ValueError if they differ."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self.value} and {_size(other)} are not compatible")
        return Dimension(_size(other) if self.value is None else self.value)

    def _with(self, other: Any, f: Callable[[int, int], Any], swap: bool = False) -> Any:
        value = _size(other)
        if self.value is None or value is None:
            return None
        return f(value, self.value) if swap else f(self.value, value)

    def __add__(self, other: Any) -> Dimension:
        return Dimension(self._with(other, operator.add))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Dimension:
        return Dimension(self._with(other, operator.sub))

    def __rsub__(self, other: Any) -> Dimension:
        return Dimension(self._with(other, operator.sub, swap=True))

    def __mul__(self, other: Any) -> Dimension:
        return Dimension(self._with(other, operator.mul))

    __rmul__ = __mul__

    def __floordiv__(self, other: Any) -> Dimension:
        return Dimension(self._with(other, operator.floordiv))

    def __rfloordiv__(self, other: Any) -> Dimension:
        return Dimension(self._with(other, operator.floordiv, swap=True))

    __div__ = __floordiv__

    def __mod__(self, other: Any) -> Dimension:
        return Dimension(self._with(other, operator.mod))

    def __rmod__(self, other: Any) -> Dimension:
        return Dimension(self._with(other, operator.mod, swap=True))

    def __lt__(self, other: Any) -> Any:
        return self._with(other, operator.lt)

    def __le__(self, other: Any) -> Any:
        return self._with(other, operator.le)

    def __gt__(self, other: Any) -> Any:
        return self._with(other, operator.gt)

    def __ge__(self, other: Any) -> Any:
        return self._with(other, operator.ge)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Dimension):
            return self.value == other.value
        return self.value == other

    def __hash__(self) -> int:
        return hash(self.value)

    def __int__(self) -> int:
        if self.value is None:
            raise TypeError("This dimension is not known yet, so it has no integer value.")
        return self.value

    __index__ = __int__

    def __bool__(self) -> bool:
        return self.value is not None and self.value != 0

    def __repr__(self) -> str:
        return f"Dimension({self.value})"

    def __str__(self) -> str:
        return "?" if self.value is None else str(self.value)


class TensorShape:
    """The shape of a tensor as far as it is known; ``TensorShape(None)`` is any shape at all.

    >>> s = tf.TensorShape([None, 3])
    >>> print(s, s.ndims, s.as_list(), s.merge_with([2, None]))
    (?, 3) 2 [None, 3] (2, 3)
    """

    __slots__ = ("dims_tuple",)

    def __init__(self, dims: Any) -> None:
        self.dims_tuple: Dims = as_dims(dims)

    @property
    def dims(self) -> list[Dimension] | None:
        """The sizes as a list of `Dimension`, None if the rank is not known."""
        return None if self.dims_tuple is None else [Dimension(d) for d in self.dims_tuple]

    @property
    def ndims(self) -> int | None:
        """The number of dimensions, None if it is not known."""
        return None if self.dims_tuple is None else len(self.dims_tuple)

    rank = ndims

    def _known(self) -> tuple[int | None, ...]:
        if self.dims_tuple is None:
            raise ValueError("The rank of this shape is not known yet.")
        return self.dims_tuple

    def as_list(self) -> list[int | None]:
        """The sizes as a list of ints and Nones. ValueError if the rank is not known."""
        return list(self._known())

    def num_elements(self) -> int | None:
        """The product of the sizes, None if one is not known."""
        return size(self.dims_tuple)

    def is_fully_defined(self) -> bool:
        """Whether every size is known."""
        return is_static(self.dims_tuple)

    def is_compatible_with(self, other: Any) -> bool:
        """Whether some array could have both shapes."""
        return compatible(self.dims_tuple, as_dims(other))

    def merge_with(self, other: Any) -> TensorShape:
        """All that either shape knows. ValueError if no array could have both."""
        return TensorShape(merge(self.dims_tuple, as_dims(other)))

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """What both shapes agree on: a size where it is the same, unknown elsewhere."""
        mine, dims = self.dims_tuple, as_dims(other)
        if mine is None or dims is None or len(mine) != len(dims):
            return TensorShape(None)
        return TensorShape([a if a == b else None for a, b in zip(mine, dims, strict=True)])

    def concatenate(self, other: Any) -> TensorShape:
        """This shape's sizes followed by the other's."""
        dims = as_dims(other)
        return TensorShape(None if self.dims_tuple is None or dims is None else self.dims_tuple + dims)

    def with_rank(self, rank: int) -> TensorShape:
        """This shape, known to have `rank` dimensions. ValueError if it has another number."""
        return self.merge_with((None,) * rank)

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """This shape. ValueError if it is known to have fewer than `rank` dimensions."""
        if self.dims_tuple is not None and len(self.dims_tuple) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """This shape. ValueError if it is known to have more than `rank` dimensions."""
        if self.dims_tuple is not None and len(self.dims_tuple) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def assert_same_rank(self, other: Any) -> None:
        """Raise ValueError if both numbers of dimensions are known and differ."""
        other = TensorShape(other)
        if other.dims_tuple is not None:
            self.with_rank(len(other.dims_tuple))

    def assert_is_fully_defined(self) -> None:
        """Raise ValueError if a size, or the number of dimensions, is not known."""
        if not is_static(self.dims_tuple):
            raise ValueError(f"Shape {self} is not fully defined")

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raise ValueError if no array could have both shapes."""
        self.merge_with(other)

    def assert_has_rank(self, rank: int) -> None:
        """Raise ValueError if the number of dimensions is known and is not `rank`."""
        self.with_rank(rank)

    def __len__(self) -> int:
        return len(self._known())

    def __iter__(self) -> Iterator[Dimension]:
        return (Dimension(d) for d in self._known())

    def __getitem__(self, key: Any) -> Any:
        if self.dims_tuple is None:
            return TensorShape(None) if isinstance(key, slice) else Dimension(None)
        return TensorShape(self.dims_tuple[key]) if isinstance(key, slice) else Dimension(self.dims_tuple[key])

    def __bool__(self) -> bool:
        return self.dims_tuple is not None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (TensorShape, Sequence, Dimension, int, type(None))) or isinstance(other, str):
            return NotImplemented
        return self.dims_tuple == as_dims(other)

    def __hash__(self) -> int:
        return hash(self.dims_tuple)

    def __repr__(self) -> str:
        return f"TensorShape({self.dims})"

    def __str__(self) -> str:
        return show(self.dims_tuple)


class Sizes(TensorShape):
    """A shape as Keras shows it: its sizes are ints, or None where they are not known, and pieces of it are tuples.

    >>> from kerasflow.core.shapes import Sizes
    >>> s = Sizes([None, 3, 4])
    >>> s, s[-1], (None, *s[1:]), s.as_list() == [None, 3, 4]
    ((None, 3, 4), 4, (None, 3, 4), True)
    """

    __slots__ = ()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._known())

    def __getitem__(self, key: Any) -> Any:
        return self._known()[key]

    def __add__(self, other: Any) -> tuple[int | None, ...]:
        return (*self._known(), *other)

    def __radd__(self, other: Any) -> tuple[int | None, ...]:
        return (*other, *self._known())

    def __repr__(self) -> str:
        return repr(self.dims_tuple)

    __str__ = __repr__
