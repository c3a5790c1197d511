"""`einsum`: sums of products over named axes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.graph import apply
from kerasflow.core.opdef import NUMBER, of_kind, op, same_type
from kerasflow.core.ops.arguments import alike
from kerasflow.core.ops.complex_numbers import conj
from kerasflow.core.tensor import Operation, Tensor
from kerasflow.core.types import Spec

__all__ = ["einsum"]


def _infer(*specs: Spec, equation: str) -> Spec:
    dtype = same_type(*specs)
    of_kind(NUMBER, specs[0])
    inputs, output = equation.split("->")
    sizes: dict[str, int | None] = {}
    for letters, s in zip(inputs.split(","), specs, strict=True):
        if s.shape is None:
            continue
        if len(s.shape) != len(letters):
            raise ValueError(f"{letters!r} names {len(letters)} axes of shape {shapes.show(s.shape)}")
        for letter, n in zip(letters, s.shape, strict=True):
            if not shapes.compatible((sizes.get(letter),), (n,)):
                raise ValueError(f"the axis {letter!r} has size {sizes[letter]} and {n}")
            sizes[letter] = sizes.get(letter) if n is None else n
    return Spec(dtype, tuple([sizes.get(letter) for letter in output]))


def _vjp(n: Operation, g: Tensor) -> tuple[Tensor, ...]:
    inputs, output = n.attrs["equation"].split("->")
    terms = inputs.split(",")
    gradients = []
    for i, own in enumerate(terms):
        # The same sum, with the gradient in the place of the operand; ones bring in axes that only it has.
        others = [k for k in range(len(terms)) if k != i]
        operands, named = [g, *[conj(n.inputs[k]) for k in others]], [output, *[terms[k] for k in others]]
        if set(own) - set("".join(named)):
            operands.append(apply("OnesLike", n.inputs[i]))
            named.append(own)
        gradients.append(apply("Einsum", *operands, equation=f"{','.join(named)}->{own}"))
    return tuple(gradients)


@op("Einsum", infer=_infer, vjp=_vjp)
def _einsum(*arrays: Any, equation: str) -> Any:
    result = np.einsum(equation, *arrays, optimize=len(arrays) > 1)
    # Of one operand it may be a view, its transpose or diagonal.
    return np.array(result, arrays[0].dtype) if len(arrays) == 1 else np.asarray(result, arrays[0].dtype)


def einsum(equation: str, *inputs: Any, **kwargs: Any) -> Tensor:
    """The sum over all axes that the result does not name, of products of elements: ``"ij,jk->ik"`` is `matmul`.

    Args:
        equation: a letter for each axis of each operand, commas between them; after ``->`` the axes of the result.
            Without it these are the letters that come once, in alphabetical order.
        inputs: the operands, of one type.
        name: the operation's name.

    Raises:
        ValueError: the equation is malformed, names an axis of an operand twice, or does not fit the shapes.

    >>> tf.Session().run(tf.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0]))
    array([-1., -1.], dtype=float32)
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise TypeError(f"einsum takes no arguments {', '.join(sorted(kwargs))}.")
    text = equation.replace(" ", "")
    match = re.fullmatch(r"([a-zA-Z,]*)(?:->([a-zA-Z]*))?", text)
    if not match:
        raise ValueError(f"einsum: {equation!r} is not of the form 'ij,jk->ik'.")
    terms = match[1].split(",")
    if len(terms) != len(inputs):
        raise ValueError(f"einsum: {equation!r} names {len(terms)} operands, got {len(inputs)}.")
    letters = match[1].replace(",", "")
    output = match[2]
    if output is None:
        output = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    if set(output) - set(letters) or len(set(output)) < len(output):
        raise ValueError(f"einsum: each axis of the result in {equation!r} must be one of an operand, and come once.")
    if any(len(set(t)) < len(t) for t in terms):
        raise ValueError(f"einsum: {equation!r} names an axis of one operand twice.")
    operands = alike(inputs, name or "einsum")
    return apply("Einsum", *operands, equation=f"{match[1]}->{output}", name=name or "einsum/Einsum")
