"""Element types, and `Spec`: what is known of an array before it exists.

A `DType` is one of a fixed set of objects, equal to its NumPy counterpart and to its name, so that
``t.dtype == np.float32`` and ``t.dtype == "float32"`` both hold. Strings are arrays of Python ``bytes``.

Two sorts of types are there to be stored and converted, and no arithmetic takes them: quantised integers, whose values
are arrays of the integers they are coded by, and bfloat16, whose values are arrays of their 16 bits, since NumPy has
neither. A variant is a list of arrays as one value; nothing but the operations on lists takes it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasflow.core.shapes import Dims

__all__ = [
    "DType",
    "QUANTIZED_DTYPES",
    "as_dtype",
    "bfloat16",
    "bool",
    "complex64",
    "complex128",
    "double",
    "float16",
    "float32",
    "float64",
    "half",
    "int8",
    "int16",
    "int32",
    "int64",
    "qint8",
    "qint16",
    "qint32",
    "quint8",
    "quint16",
    "string",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "variant",
]


class DType:
    """The type of a tensor's elements.

    >>> tf.float32.as_numpy_dtype, tf.float32.is_floating, tf.int8.max
    (<class 'numpy.float32'>, True, 127)
    >>> tf.float32 == np.float32, tf.as_dtype("int64")
    (True, tf.int64)
    """

    __slots__ = ("name", "numpy", "kind")

    def __init__(self, name: str, numpy: Any, kind: str | None = None) -> None:
        self.name = name
        self.numpy = np.dtype(numpy)  # of the arrays that hold the values
        self.kind = kind or self.numpy.kind

    @property
    def as_numpy_dtype(self) -> Any:
        """The NumPy scalar type; `object` for strings, a structure with one field of its name for quantised types and
        bfloat16.
        """
        return np.dtype([(self.name, self.numpy)]) if self.is_quantized else self._scalar

    @property
    def _scalar(self) -> Any:
        return self.numpy if self.kind == BRAIN else self.numpy.type

    @property
    def is_quantized(self) -> bool_:
        """Whether the elements are integers that stand for numbers in a range that is kept beside them."""
        return self.kind == QUANTIZED

    @property
    def base_dtype(self) -> DType:
        """The type itself: there are no reference types."""
        return self

    @property
    def is_floating(self) -> bool_:
        """Whether the elements are real floating-point numbers."""
        return self.kind in ("f", BRAIN)

    @property
    def is_differentiable(self) -> bool_:
        """Whether derivatives by such a tensor are taken: it is floating or complex, or a list, which may hold such."""
        return self.is_floating or self.is_complex or self.kind == LIST

    @property
    def is_complex(self) -> bool_:
        """Whether the elements are complex numbers."""
        return self.kind == "c"

    @property
    def is_integer(self) -> bool_:
        """Whether the elements are integers; bool is not one."""
        return self.kind in "iu"

    @property
    def is_bool(self) -> bool_:
        """Whether the elements are truth values."""
        return self.kind == "b"

    @property
    def is_unsigned(self) -> bool_:
        """Whether the elements are unsigned integers."""
        return self.kind == "u"

    @property
    def is_numpy_compatible(self) -> bool_:
        """Whether NumPy has this type; it has all of them."""
        return True

    @property
    def real_dtype(self) -> DType:
        """The type of the real part: float32 of complex64, float64 of complex128, else itself."""
        return as_dtype(np.empty(0, self.numpy).real.dtype) if self.is_complex else self

    @property
    def size(self) -> int:
        """Bytes an element takes."""
        return self.numpy.itemsize

    @property
    def min(self) -> Any:
        """The smallest value: an int, or a NumPy scalar of the type. TypeError for strings and complex numbers."""
        return self._limits()[0]

    @property
    def max(self) -> Any:
        """The largest value: an int, or a NumPy scalar of the type. TypeError for strings and complex numbers."""
        return self._limits()[1]

    def _limits(self) -> tuple[Any, Any]:
        if self.kind == "f":
            return np.finfo(self.numpy).min, np.finfo(self.numpy).max
        if self.kind == BRAIN:
            return -_BRAIN_MAX, _BRAIN_MAX
        if self.kind in "iu":
            limits = np.iinfo(self.numpy)
            return limits.min, limits.max
        if self.kind == "b":
            return False, True
        why = "they depend on the range it stands for" if self.is_quantized else "it has no order"
        raise TypeError(f"Cannot find the limits of {self}: {why}.")

    def is_compatible_with(self, other: Any) -> bool_:
        """Whether `other` names this very type."""
        return self == other

    def __eq__(self, other: object) -> bool_:
        if self is other:
            return True
        if isinstance(other, DType) or other is None:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"tf.{self.name}"

    def __str__(self) -> str:
        return f"<dtype: {self.name!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)


bool_ = bool  # `bool` is the element type from here on
BRAIN, QUANTIZED, LIST = "e", "q", "l"  # kinds that NumPy has no letter for
_BRAIN_MAX = float.fromhex("0x1.FEp127")

float16 = DType("float16", np.float16)
float32 = DType("float32", np.float32)
float64 = DType("float64", np.float64)
int8 = DType("int8", np.int8)
int16 = DType("int16", np.int16)
int32 = DType("int32", np.int32)
int64 = DType("int64", np.int64)
uint8 = DType("uint8", np.uint8)
uint16 = DType("uint16", np.uint16)
uint32 = DType("uint32", np.uint32)
uint64 = DType("uint64", np.uint64)
bool = DType("bool", np.bool_)  # noqa: A001
complex64 = DType("complex64", np.complex64)
complex128 = DType("complex128", np.complex128)
string = DType("string", np.object_)
bfloat16 = DType("bfloat16", [("bfloat16", np.uint16)], BRAIN)
qint8 = DType("qint8", np.int8, QUANTIZED)
qint16 = DType("qint16", np.int16, QUANTIZED)
qint32 = DType("qint32", np.int32, QUANTIZED)
quint8 = DType("quint8", np.uint8, QUANTIZED)
quint16 = DType("quint16", np.uint16, QUANTIZED)
variant = DType("variant", np.object_, LIST)
half, double = float16, float64

QUANTIZED_DTYPES = frozenset([qint8, qint16, qint32, quint8, quint16])
_IN_NUMPY = (
    (float16, float32, float64, int8, int16, int32, int64)
    + (uint8, uint16, uint32, uint64, bool, complex64, complex128, string)
)  # fmt: skip
ALL = (*_IN_NUMPY, bfloat16, qint8, qint16, qint32, quint8, quint16)
_BY_NAME: dict[Any, DType] = {
    **{code: t for t in _IN_NUMPY for code in (t.numpy.str, t.numpy.newbyteorder().str, t.numpy.str[1:])},
    **{t.name: t for t in ALL},
    **{
        "half": float16,
        "float": float32,
        "double": float64,
        "int": int64,
        "complex": complex128,
        "object": string,
        "variant": variant,
    },
}  # not all that NumPy reads: text is a little language there, in which "2f4,i8" is a type
_BY_NUMPY = {np.dtype(t.as_numpy_dtype): t for t in ALL}
_BY_PYTHON = {float: float32, str: string, bytes: string, object: string}


def as_dtype(value: Any) -> DType:
    """The `DType` that `value` names.

    Args:
        value: a `DType`, its name or NumPy's code such as ``"<f4"``, a NumPy type or dtype, or one of Python's
            `float`, `int`, `complex`, `bool`, `str`.

    Raises:
        TypeError: there is no such element type.

    >>> tf.as_dtype(np.float64), tf.as_dtype(float)
    (tf.float64, tf.float32)
    """
    if isinstance(value, DType):
        return value
    if isinstance(value, type) and value in _BY_PYTHON:
        return _BY_PYTHON[value]
    found = _BY_NAME.get(value) if isinstance(value, str) else _from_numpy(value)
    if found is None:
        raise TypeError(f"Cannot convert {value!r} to an element type. The types are {', '.join(t.name for t in ALL)}.")
    return found


def _from_numpy(value: Any) -> DType | None:
    if value is None:
        return None  # float64 to NumPy
    try:
        dtype = np.dtype(value)
        return string if dtype.kind in "US" else _BY_NUMPY.get(dtype.newbyteorder("="))
    except (TypeError, ValueError):
        return None


class Spec(NamedTuple):
    """What is known of an array: its element type, its shape as far as known, and its value if it is constant."""

    dtype: DType
    shape: Dims
    value: Any = None

    def __repr__(self) -> str:
        dims = "?" if self.shape is None else ",".join("?" if d is None else str(d) for d in self.shape)
        return f"{self.dtype.name}[{dims}]"
