"""What the layers of attention with several heads have in common."""

from __future__ import annotations

import functools
import string
from collections.abc import Sequence
from typing import Any

from kerasflow import regularizers
from kerasflow.core import ops, shapes
from kerasflow.layers.attention import causal_mask, window_mask
from kerasflow.layers.core import Dropout
from kerasflow.layers.einsum_dense import EinsumDense
from kerasflow.layers.rectifiers import softmax_over
from kerasflow.layers.weighted import Weighted, positive

__all__ = ["Heads"]


class Heads(Weighted):
    """What layers of several heads have in common: the dense layers, the masks, and the weights of the values."""

    supports_masking = True

    def keep_common(
        self,
        dropout: float,
        use_bias: bool,
        use_gate: bool,
        sliding_window: int | None,
        seed: int | None,
        activity_regularizer: Any = None,
        **kept: Any,
    ) -> None:
        """Keep the arguments that such layers share."""
        self.dropout = dropout
        self.use_bias = use_bias
        self.use_gate = use_gate
        self.sliding_window = None if sliding_window is None else positive(self, sliding_window, "sliding_window")
        self.seed = seed
        self._dropout_layer = Dropout(dropout, seed=seed, name="dropout")
        self._penalty = regularizers.get(activity_regularizer)  # on what the dense layers give, not on the whole
        self.keep(**kept)

    def settle(self, **shapes_of: Any) -> None:
        """Make the weights of the dense layers, named with the shapes of what they take.

        Those that are variables of a graph are made by the calls, which know their scopes.
        """
        if self._graph is None:
            for name, shape in shapes_of.items():
                getattr(self, name).ensure_built(shape)

    def projection(self, name: str, rank: int, bound: int, sizes: Sequence[int], activation: Any = None) -> EinsumDense:
        """A dense layer from the last `bound` axes of a tensor of `rank` to axes of these sizes."""
        letters = string.ascii_lowercase
        free, old, new = letters[: rank - bound], letters[rank - bound : rank], letters[rank : rank + len(sizes)]
        dense = EinsumDense(
            f"{free}{old},{old}{new}->{free}{new}",
            [None] * (rank - bound - 1) + list(sizes),
            activation,
            new if self.use_bias else None,
            name=name,
            dtype=self.dtype,
            activity_regularizer=self._penalty,
            **{role: getattr(self, role) for role in self._kept},
        )
        dense._warns_of_lost_masks = False  # they are not lost: this layer looks after them
        return dense

    def call(
        self,
        query: Any,
        value: Any,
        key: Any = None,
        query_mask: Any = None,
        value_mask: Any = None,
        key_mask: Any = None,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        training: Any = None,
        use_causal_mask: bool = False,
    ) -> Any:
        """The outputs for the queries, and the weights if these are asked for."""
        key = value if key is None else key
        self.check_alike(value, key)
        masks = {"query_mask": query_mask, "value_mask": value_mask, "key_mask": key_mask}
        kept = self.kept_pairs(query, value, {**masks, "attention_mask": attention_mask}, use_causal_mask)
        gate = self._gate_dense(query) if self.use_gate else None
        output, weights = self.means(query, value, key, kept, training, return_attention_scores)
        output = self.mixed(output if gate is None else output * gate)
        return (output, weights) if return_attention_scores else output

    def means(self, query: Any, value: Any, key: Any, kept: Any, training: Any, wanted: bool) -> tuple[Any, Any]:
        """The means of the values in each head, and their weights, where queries may see the values `kept`."""
        raise NotImplementedError(f"{type(self).__name__} has to define means().")

    def mixed(self, output: Any) -> Any:
        """The outputs of the heads, mixed."""
        raise NotImplementedError(f"{type(self).__name__} has to define mixed().")

    def kept_pairs(self, query: Any, value: Any, masks: dict[str, Any], causal: bool) -> Any:
        """Which values each query may see: a boolean tensor [batch or 1, queries, values]; None if all."""
        expanded = {"query_mask": -1, "value_mask": -2, "key_mask": -2}
        parts = [
            ops.expand_dims(ops.cast(masks[name], "bool"), axis)
            for name, axis in expanded.items()
            if masks[name] is not None
        ]
        if causal:
            parts.append(causal_mask(query, value))
        if self.sliding_window is not None:
            parts.append(window_mask(query, value, self.sliding_window))
        if masks["attention_mask"] is not None:
            parts.append(ops.cast(masks["attention_mask"], "bool"))
        return functools.reduce(ops.logical_and, parts) if parts else None

    def attended(
        self, scores: Any, kept: Any, axes: int, value: Any, equation: str, training: Any, wanted: bool
    ) -> tuple[Any, Any]:
        """The means of the values for scores whose last `axes` axes are those of the values, and their weights."""
        if kept is not None:
            for _ in range(len(scores.dims) - len(kept.dims)):
                kept = ops.expand_dims(kept, -2 * axes - 1)
        # Where a query may see no value, Keras gives the mean of all of them if it computes the whole at once, which it
        # does unless the weights are dropped or asked for, and else 0.
        at_once = not self.dropout and not wanted and len(value.dims) == 4
        over = -1 if axes == 1 else list(range(len(scores.dims) - axes, len(scores.dims)))
        weights = softmax_over(scores, over, kept, empty=not at_once)
        dropped = self._dropout_layer(weights, training=training) if self.dropout else weights
        return ops.einsum(equation, dropped, value), weights

    def check_alike(self, value: Any, key: Any) -> None:
        """ValueError if there is not a key for each value."""
        if not shapes.compatible((value.dims or ())[1:-1], (key.dims or ())[1:-1]):
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} takes values and keys alike in all axes but the last; got "
                f"{shapes.show(value.dims)} and {shapes.show(key.dims)}."
            )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the queries."""
        return mask

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("dropout", "use_bias", "use_gate", "sliding_window", "seed")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "activity_regularizer": regularizers.serialize(self._penalty)}
