"""What an operation is: one record, stated in one call (rule G2).

An `OpDef` says how the outputs' shapes and types follow from the inputs' (`infer`), how the values are computed
(`kernel`), and what the gradient is (`vjp`), with a few flags that let the engine plan memory without knowing any
operation by name:

* `stateful`: the kernel is called ``kernel(runtime, operation, *arrays, **attrs)``; it is never folded, merged or
  dropped once its operation is needed.
* `state`: from the attributes, the array that the operation keeps in a session from run to run (`Runtime.kept`). All
  engines change that array in place, so each goes on where another stopped.
* `alias`: the output may share memory with an input (a view), so the input's buffer must outlive it.
* `out`: the kernel takes ``out=``, an array of the inferred shape and type to write the result to.
* `elementwise`: as `out`, and the result may overwrite an input of the same shape and type.
* `forward`: from the inputs' specs and the attributes, the index of the input this operation merely passes on, or None;
  for several outputs the indices of the inputs that they are.
* `reads`, `writes`: the attribute that names the variable whose value the output shares, or which is changed.
* `update`: of an operation that `writes`, what becomes of the variable, number by number: ``update(old, input, out=)``.
* `fed`: its value is usually fed, so it is not taken as known while the graph is built.
* `last`: it runs when all else has run. What takes its output takes the value that the variable named by the attribute
  `variable` has at that place instead.
* `narrow`: ``narrow(operation, used)`` gives ``(attrs, inputs, outputs)`` of a smaller operation that computes the
  outputs for which `used` is true; `used` is None where all that the operation does is wanted.
* `trim`: from the specs of all inputs, which are known in full, the outputs that a plan has found to be used, as
  booleans, and the attributes: ``(attrs, inputs, outputs, unread)`` of a smaller operation. `inputs` and `outputs` are
  the numbers of those that are left, `unread` those of the inputs of which only the shapes are read.
* `selective`: the `vjp` takes a third argument, which inputs a gradient is wanted for.
* `effort`: of an operation that repeats others, from the inputs' specs and the attributes: how many it repeats, and how
  many a run comes to.
* `rewrite`: from the attributes and, per input, ``(op name, attrs, inputs)`` of the step that makes it, a cheaper
  ``(attrs, inputs)`` for the same operation, or None.
* `lower`: what the operation computes from one number of each input, ``lower(b, *scalars, **attrs)``, for an engine
  that compiles: an expression in the operators of the scalars and the functions of the builder `b`, or None for types
  that are left to the kernel.
* `gradient`: the name of the program's own gradient that took the place of `vjp`; see `overrides`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from kerasflow.core import shapes, types
from kerasflow.core.types import Spec

__all__ = ["REGISTRY", "OpDef", "op"]

F = TypeVar("F", bound=Callable[..., Any])
Vjp = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class OpDef:
    """One kind of operation; see the module's text for the fields."""

    name: str
    infer: Callable[..., Any]
    kernel: Callable[..., Any]
    vjp: Vjp | None
    stateful: bool = False
    state: Callable[..., Any] | None = None
    alias: bool = False
    out: bool = False
    elementwise: bool = False
    commutative: bool = False
    reads: str | None = None
    writes: str | None = None
    update: Callable[..., Any] | None = None
    fed: bool = False
    last: bool = False
    selective: bool = False
    narrow: Callable[..., Any] | None = None
    trim: Callable[..., Any] | None = None
    forward: Callable[..., int | Sequence[int] | None] | None = None
    effort: Callable[..., tuple[int, int]] | None = None
    rewrite: Callable[..., Any] | None = None
    lower: Callable[..., Any] | None = None
    gradient: str = ""


REGISTRY: dict[str, OpDef] = {}


def op(
    name: str,
    *,
    infer: Callable[..., Any],
    vjp: Vjp | None,
    kernel: Callable[..., Any] | None = None,
    **flags: Any,
) -> Callable[[F], F]:
    """Register an operation; decorates its kernel, or the public function when `kernel` is given.

    Args:
        name: the operation's type, as graphs show it.
        infer: ``infer(*specs, **attrs)`` gives the output's `Spec`, or a tuple of them; it raises ValueError or
            TypeError with what is wrong, and the graph adds where.
        vjp: ``vjp(operation, g)`` gives one gradient (or None) per input, in graph operations; for an operation with
            several outputs `g` is a list with None where nothing flows. None: the operation is not differentiable,
            and a gradient through it is a LookupError.
        kernel: the NumPy function, where it is not the decorated one.
        flags: the other fields of `OpDef`.
    """

    def register(function: F) -> F:
        if name in REGISTRY:
            raise ValueError(f"The operation {name!r} is defined twice.")
        flags.setdefault("out", flags.get("elementwise", False))
        REGISTRY[name] = OpDef(name, infer, kernel or function, vjp, **flags)
        return function

    return register


def blocked(operation: Any, g: Any) -> tuple[None, ...]:
    """The `vjp` of an operation through which nothing flows: its derivative is zero wherever it exists."""
    return (None,) * len(operation.operands)


# Rules for shapes and types that many operations share.


def same(x: Spec, *_: Spec, **attrs: Any) -> Spec:
    """The output is like the first input."""
    return Spec(x.dtype, x.shape)


def same_type(*specs: Spec) -> types.DType:
    """The one type of all inputs. TypeError, naming both, if two differ."""
    first = specs[0].dtype
    for s in specs[1:]:
        if s.dtype is not first:
            raise TypeError(f"the inputs must have one type, got {' and '.join(x.dtype.name for x in specs)}")
    return first


def of_kind(kinds: str, spec: Spec) -> None:
    """TypeError if the type's kind (NumPy's letter) is not one of `kinds`."""
    if spec.dtype.kind not in kinds:
        names = [t.name for t in types.ALL if t.kind in kinds]
        raise TypeError(f"{spec.dtype.name} is not one of the types it takes: {', '.join(names)}")


def broadcasting(kinds: str, result: types.DType | None = None) -> Callable[..., Spec]:
    """The rule of element-wise operations: inputs of one type among `kinds`, shapes broadcast; output as the inputs,
    or of type `result`.
    """

    def infer(*specs: Spec, **attrs: Any) -> Spec:
        dtype = same_type(*specs)
        of_kind(kinds, specs[0])
        return Spec(result or dtype, functools.reduce(shapes.broadcast, [s.shape for s in specs]))

    return infer


FLOAT = "f"
INEXACT = "fc"
NUMBER = "iufc"
REAL = "iuf"
INTEGER = "iu"
ANY = "biufcO"
