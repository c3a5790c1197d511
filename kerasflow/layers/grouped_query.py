"""Attention with several heads, of which groups share keys and values."""

from __future__ import annotations

import math
from typing import Any

from kerasflow.core import ops
from kerasflow.layers.base import unique_layer_name
from kerasflow.layers.heads import Heads
from kerasflow.layers.upsampling import repeated
from kerasflow.layers.weighted import positive, sized

__all__ = ["GroupQueryAttention"]


class GroupQueryAttention(Heads):
    """Attention with several heads, of which groups share keys and values.

    Args:
        head_dim: the size of queries, keys and values in each head.
        num_query_heads: the number of heads.
        num_key_value_heads: the number of groups, which divides it.
        dropout, use_bias, sliding_window, flash_attention, use_gate, seed: as for `MultiHeadAttention`.
        kernel_initializer, bias_initializer, and the regularizers and constraints: those of the dense layers.

    It is called as `MultiHeadAttention` is.

    Raises:
        ValueError: a size is not positive, or the number of groups does not divide that of the heads.

    Source: Ainslie et al., "GQA: training generalized multi-query transformer models", 2023, section 2.2.

    >>> layer = tf.keras.layers.GroupQueryAttention(head_dim=4, num_query_heads=6, num_key_value_heads=2)
    >>> layer(tf.keras.Input((8, 16)), tf.keras.Input((5, 16))).shape.as_list()
    [None, 8, 16]
    """

    def __init__(
        self,
        head_dim: int,
        num_query_heads: int,
        num_key_value_heads: int,
        dropout: float = 0.0,
        use_bias: bool = True,
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
        kwargs["name"] = kwargs.get("name") or unique_layer_name("GroupedQueryAttention")
        super().__init__(**kwargs)
        self.head_dim = positive(self, head_dim, "head_dim")
        self.num_query_heads = positive(self, num_query_heads, "num_query_heads")
        self.num_key_value_heads = positive(self, num_key_value_heads, "num_key_value_heads")
        if self.num_query_heads % self.num_key_value_heads:
            raise ValueError(
                f"GroupQueryAttention cannot share {num_query_heads} heads evenly among {num_key_value_heads} groups."
            )
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
        for shape, what in ((query_shape, "queries"), (value_shape, "values"), (key_shape, "keys")):
            sized(self, shape, 3, f"batches of sequences as {what}")
        own, shared = (self.num_query_heads, self.head_dim), (self.num_key_value_heads, self.head_dim)
        self._query_dense = self.projection("query", 3, 1, own)
        self._key_dense = self.projection("key", 3, 1, shared)
        if self.use_gate:
            self._gate_dense = self.projection("gate", 3, 1, own, "sigmoid")
        self._value_dense = self.projection("value", 3, 1, shared)
        self._output_dense = self.projection("attention_output", 4, 2, query_shape[-1:])
        gate = {"_gate_dense": query_shape} if self.use_gate else {}
        self.settle(_query_dense=query_shape, _key_dense=key_shape, **gate)
        self.settle(_value_dense=value_shape, _output_dense=(*query_shape[:-1], *own))

    def means(self, query: Any, value: Any, key: Any, kept: Any, training: Any, wanted: bool) -> tuple[Any, Any]:
        """The means of the values in each head, and their weights."""
        times = (self.num_query_heads // self.num_key_value_heads,)
        queries, keys, values = self._query_dense(query), self._key_dense(key), self._value_dense(value)
        keys, values = repeated(keys, times, 2), repeated(values, times, 2)
        scores = ops.einsum("bquh,bkuh->buqk", queries * (1.0 / math.sqrt(self.head_dim)), keys)
        return self.attended(scores, kept, 1, values, "buqk,bkuh->bquh", training, wanted)

    def mixed(self, output: Any) -> Any:
        """The outputs of the heads, mixed."""
        return self._output_dense(output)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("head_dim", "num_query_heads", "num_key_value_heads")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
