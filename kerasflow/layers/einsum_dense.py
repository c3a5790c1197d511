"""`EinsumDense`: a product with weights over axes that an equation names."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from typing import Any, NamedTuple

from kerasflow.core import ops, shapes
from kerasflow.layers.weighted import Weighted

__all__ = ["EinsumDense"]


class _Plan(NamedTuple):
    """An equation without dots, and the shapes of the weights that it asks for."""

    equation: str
    kernel: tuple[int | None, ...]
    bias: tuple[int | None, ...] | None


class EinsumDense(Weighted):
    """A sum of products of inputs and weights over named axes, ``activation(einsum(equation, x, W) + b)``.

    ``"ab,bc->ac"`` is `Dense` on vectors, ``"abc,cde->abde"`` as many such layers on sequences as `d` has places. Three
    dots stand for any number of axes that stay: in front, the batch among them, or behind.

    Args:
        equation: the letters of the axes of the inputs, of the weights and of the output: ``"inputs,weights->output"``.
        output_shape: the shape of the output without the batch, or without the axes that dots stand for; an int for one
            axis; None for a size that is as the input's.
        activation: a function or its name; by default none.
        bias_axes: the letters of the output's axes along which there is a `b`; None for no `b`.
        kernel_initializer, bias_initializer: where the weights start, by default Glorot uniform and zeros.
        kernel_regularizer, bias_regularizer, activity_regularizer: penalties on W, b and the output.
        kernel_constraint, bias_constraint: projections applied after each update.

    Raises:
        ValueError: the equation is malformed, or does not fit the shapes.

    >>> layer = tf.keras.layers.EinsumDense("abc,cd->abd", output_shape=(None, 64), bias_axes="d")
    >>> layer(tf.keras.Input((32, 128))).shape.as_list(), layer.kernel.shape.as_list(), layer.bias.shape.as_list()
    ([None, 32, 64], [128, 64], [64])
    """

    def __init__(
        self,
        equation: str,
        output_shape: int | Sequence[int | None],
        activation: Any = None,
        bias_axes: str | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.equation = equation
        self.partial_output_shape = (output_shape,) if isinstance(output_shape, int) else tuple(output_shape)
        self.bias_axes = bias_axes
        self.keep(
            activation=activation,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self.kernel: Any = None
        self.bias: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the weights that the equation asks for."""
        plan = self._plan(input_shape)
        self.kernel = self.made("kernel", plan.kernel)
        if plan.bias is not None:
            self.bias = self.made("bias", plan.bias)

    def call(self, inputs: Any) -> Any:
        """``activation(einsum(equation, inputs, W) + b)``."""
        plan = self._plan(inputs.dims)
        known = shapes.as_dims(self.kernel.shape)
        if not shapes.compatible(plan.kernel, known):
            raise self._wrong(f"inputs of shape {shapes.show(inputs.dims)} do not fit its kernel, {shapes.show(known)}")
        y = ops.einsum(plan.equation, ops.cast(inputs, self.kernel.dtype), self.kernel)
        if self.bias is not None:
            y = y + self.bias
        return self.activation(y)

    def _plan(self, dims: shapes.Dims) -> _Plan:
        """What the equation means for inputs of the shape `dims`."""
        if dims is None:
            raise self._wrong("the number of axes of its input must be known")
        x, w, y, behind = self._terms(len(dims))
        given = list(self.partial_output_shape)
        elided = len(dims) - len(re.sub(r"[^a-zA-Z]", "", self.equation.split(",")[0]))
        stays = [None] * max(elided - 1, 0)
        output = [None, *given, *[None] * elided] if behind else [None, *stays, *given]
        if len(output) != len(y):
            raise self._wrong(f"output_shape={self.partial_output_shape} does not have the axes of its output")
        sizes = dict(zip(x, dims, strict=True))
        for letter, size in zip(y, output, strict=True):
            if not shapes.compatible((sizes.get(letter),), (size,)):
                raise self._wrong(
                    f"the axis {letter!r} of inputs of shape {shapes.show(dims)} is {size} in output_shape"
                )
            sizes[letter] = size if sizes.get(letter) is None else sizes[letter]
        bias = None
        if self.bias_axes:
            first = min(self._place(letter) for letter in self.bias_axes)
            at = first if behind else first + elided
            bias = tuple(sizes[letter] if letter in self.bias_axes else 1 for letter in y[at:])
        return _Plan(f"{x},{w}->{y}", tuple(sizes[letter] for letter in w), bias)

    def _place(self, letter: str) -> int:
        """Where a letter of the bias is in the output, dots left out."""
        output = re.sub(r"[^a-zA-Z]", "", self.equation.split("->")[1])
        if letter not in output:
            raise self._wrong(f"bias_axes={self.bias_axes!r} names {letter!r}, which is no axis of its output")
        return output.index(letter)

    def _terms(self, rank: int) -> tuple[str, str, str, bool]:
        """The letters of the inputs, the weights and the output, with some for the dots; whether these come last."""
        match = re.fullmatch(
            r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?", self.equation.replace(" ", "")
        )
        if not match or (match[1], match[3]) != (match[5], match[7]) or (match[1] and match[3]):
            raise self._wrong("its equation is not like 'ab,bc->ac', '...b,bc->...c' or 'ab...,bc->ac...'")
        x, w, y = match[2], match[4], match[6]
        if any(len(set(term)) < len(term) for term in (x, w, y)):
            raise self._wrong("its equation names an axis twice in one place")
        if set(y) - set(x + w) or set(w) - set(x + y):
            raise self._wrong("an axis of its weights or its output is named nowhere else")
        dots = bool(match[1] or match[3])
        if rank < len(x) or (rank > len(x) and not dots):
            raise self._wrong(f"its equation names {len(x)} axes, and it is called on inputs of {rank}")
        free = "".join(c for c in string.ascii_letters if c not in x + w + y)[: rank - len(x)]
        if match[3]:
            return x + free, w, y + free, True
        return free + x, w, free + y, False

    def _wrong(self, why: str) -> ValueError:
        return ValueError(f"EinsumDense layer {self.name!r}, {self.equation!r}: {why}.")

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        own = {"equation": self.equation, "output_shape": self.partial_output_shape, "bias_axes": self.bias_axes}
        return {**super().get_config(), **own}
