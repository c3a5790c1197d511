"""Attention with several heads, each of which sees the inputs through weights of its own."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.layers.heads import Heads
from kerasflow.layers.weighted import positive

__all__ = ["MultiHeadAttention"]


class MultiHeadAttention(Heads):
    """Attention with several heads, whose outputs are mixed by a dense layer.

    Each head has weights of its own for queries, keys and values; for each query it gives
    ``softmax(query key^T / sqrt(key_dim)) value``. The layer is called on the queries and the values, [batch, steps,
    size], and perhaps keys.

    Args:
        num_heads: the number of heads.
        key_dim: the size of the queries and keys in each head.
        value_dim: the size of the values there, by default `key_dim`.
        dropout: the share of the weights that is dropped in training.
        use_bias: whether the dense layers have biases.
        output_shape: the shape of the output for a step, by default the last axis of the queries.
        attention_axes: the axes over which attention goes, by default all but the batch and the last.
        sliding_window: how far away a value must not be; None for any distance.
        flash_attention: taken for compatibility; there is one way to compute it.
        kernel_initializer, bias_initializer, and the regularizers and constraints: those of the dense layers.
        use_gate: whether the output of the heads is multiplied by a sigmoid of the queries.
        seed: for the same masks of dropout in every session.

    In a call, `attention_mask`, [batch, queries, values], says which values a query may see; `use_causal_mask` lets it
    see none that come later; masks that ride with the inputs, or `query_mask`, `value_mask` and `key_mask`, say which
    steps count. With `return_attention_scores` the weights of all heads come too.

    Raises:
        ValueError: a size is not positive, or the shapes of keys and values do not go together.

    Source: Vaswani et al., "Attention is all you need", 2017, section 3.2.2.

    >>> layer = tf.keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)
    >>> queries, values = tf.keras.Input((8, 16)), tf.keras.Input((5, 6))
    >>> y, weights = layer(queries, values, return_attention_scores=True)
    >>> y.shape.as_list(), weights.shape.as_list()
    ([None, 8, 16], [None, 2, 8, 5])
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: int | Sequence[int] | None = None,
        attention_axes: int | Sequence[int] | None = None,
        sliding_window: int | None = None,
        flash_attention: bool | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        use_gate: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.num_heads = positive(self, num_heads, "num_heads")
        self.key_dim = positive(self, key_dim, "key_dim")
        self.value_dim = self.key_dim if value_dim is None else positive(self, value_dim, "value_dim")
        self.wanted_shape = (output_shape,) if isinstance(output_shape, int) else output_shape and tuple(output_shape)
        self.attention_axes = (attention_axes,) if isinstance(attention_axes, int) else attention_axes
        self.keep_common(
            dropout,
            use_bias,
            use_gate,
            sliding_window,
            seed,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            activity_regularizer=activity_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, query_shape: Any, value_shape: Any, key_shape: Any = None) -> None:
        """Make the dense layers."""
        key_shape = value_shape if key_shape is None else key_shape
        rank = len(query_shape)
        heads = (self.num_heads, self.key_dim)
        self.query_dense = self.projection("query", rank, 1, heads)
        self.key_dense = self.projection("key", len(key_shape), 1, heads)
        if self.use_gate:
            self._gate_dense = self.projection("gate", rank, 1, (self.num_heads, self.value_dim), "sigmoid")
        self.value_dense = self.projection("value", len(value_shape), 1, (self.num_heads, self.value_dim))
        self.output_dense = self.projection("attention_output", rank + 1, 2, self.wanted_shape or query_shape[-1:])
        gate = {"_gate_dense": query_shape} if self.use_gate else {}
        self.settle(query_dense=query_shape, key_dense=key_shape, **gate)
        self.settle(value_dense=value_shape, output_dense=(*query_shape[:-1], self.num_heads, self.value_dim))
        axes = self.attention_axes
        inner = len(value_shape)
        self.attention_axes = tuple(range(1, inner - 1)) if axes is None else tuple(a % inner for a in axes)

    def means(self, query: Any, value: Any, key: Any, kept: Any, training: Any, wanted: bool) -> tuple[Any, Any]:
        """The means of the values in each head, and their weights."""
        queries, keys, values = self.query_dense(query), self.key_dense(key), self.value_dense(value)
        of_scores, of_values = _equations(len(values.dims), self.attention_axes)
        scores = ops.einsum(of_scores, queries * (1.0 / math.sqrt(self.key_dim)), keys)
        return self.attended(scores, kept, len(self.attention_axes), values, of_values, training, wanted)

    def mixed(self, output: Any) -> Any:
        """The outputs of the heads, mixed."""
        return self.output_dense(output)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        own = {"output_shape": self.wanted_shape, "attention_axes": self.attention_axes}
        sizes = {name: getattr(self, name) for name in ("num_heads", "key_dim", "value_dim")}
        return {**super().get_config(), **sizes, **own}


def _equations(rank: int, axes: Sequence[int]) -> tuple[str, str]:
    """How scores come of queries and keys, and outputs of weights and values, tensors [batch, ..., heads, size]."""
    of_query = string.ascii_lowercase[:rank]
    of_key = "".join(string.ascii_lowercase[rank + i] if i in axes else c for i, c in enumerate(of_query))
    batch = "".join(c for i, c in enumerate(of_query[:-1]) if i not in axes)
    scores = batch + "".join(of_query[i] for i in axes) + "".join(of_key[i] for i in axes)
    return f"{of_query},{of_key}->{scores}", f"{scores},{of_key}->{of_query}"
