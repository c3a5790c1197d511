"""Attention: for each query a mean of values, weighted by how well their keys match it."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.layers.base import Layer
from kerasflow.layers.core import Dropout
from kerasflow.layers.weighted import one_of

__all__ = ["AdditiveAttention", "Attention", "causal_mask", "window_mask"]


def _steps(x: Any) -> Any:
    """The numbers of the steps of `x`, a tensor [batch, steps, ...]."""
    return ops.range(ops.shape(x)[1] if x.dims[1] is None else x.dims[1])


def causal_mask(query: Any, key: Any) -> Any:
    """Which steps of `key` are not later than each of `query`: a boolean tensor [1, steps of query, steps of key].

    >>> from kerasflow.layers.attention import causal_mask
    >>> x = tf.zeros([4, 3, 1])
    >>> tf.Session().run(causal_mask(x, x)).astype(int)
    array([[[1, 0, 0],
            [1, 1, 0],
            [1, 1, 1]]])
    """
    return ops.expand_dims(ops.expand_dims(_steps(query), 1) >= _steps(key), 0)


def window_mask(query: Any, key: Any, width: int) -> Any:
    """Which steps of `key` are less than `width` away from each of `query`, like `causal_mask`.

    >>> from kerasflow.layers.attention import window_mask
    >>> x = tf.zeros([4, 3, 1])
    >>> tf.Session().run(window_mask(x, x, 2)).astype(int)
    array([[[1, 1, 0],
            [1, 1, 1],
            [0, 1, 1]]])
    """
    return ops.expand_dims(ops.abs(ops.expand_dims(_steps(query), 1) - _steps(key)) < width, 0)


class Attention(Layer):
    """For each query the mean of the values, weighted by ``softmax(query key^T)``.

    It is called on ``[query, value]`` or ``[query, value, key]``, tensors [batch, steps, size]; without keys the values
    are the keys. Masks may come with the inputs, or as ``mask=[query_mask, value_mask]``: values that a mask leaves out
    have no weight, and queries that it leaves out give 0.

    Args:
        use_scale: whether the scores are multiplied by a number that is learnt.
        score_mode: ``"dot"`` for the product of query and key, ``"concat"`` for ``w sum(tanh(scale (query + key)))``,
            with a `w` that is learnt.
        dropout: the share of the weights that is dropped in training.
        seed: for the same masks of dropout in every session.

    In a call, `return_attention_scores` says whether the weights are given too, and `use_causal_mask` whether values
    after the query have no weight.

    Raises:
        ValueError: an argument is out of its range, or the inputs are no such list.

    Source: Luong et al., "Effective approaches to attention-based neural machine translation", 2015, equation 8.

    >>> x = tf.constant([[[0.0], [100.0]]])
    >>> y = tf.keras.layers.Attention()([x, tf.constant([[[1.0], [2.0], [3.0]]])])
    >>> tf.Session().run(y)  # the query 0 likes all keys, 100 likes the largest
    array([[[2.],
            [3.]]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        use_scale: bool = False,
        score_mode: str = "dot",
        dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.use_scale = use_scale
        self.score_mode = one_of(self, score_mode, ("dot", "concat"), "score_mode")
        self.dropout = dropout
        self.seed = seed
        self._thinned = Dropout(dropout, seed=seed, name="dropout")
        self.scale: Any = None
        self.concat_score_weight: Any = None

    def build(self, input_shape: Any) -> None:
        """Make the scale and the weight of the scores, if there are such."""
        if self.use_scale:
            self.scale = self.add_weight("scale", (), initializer="ones")
        if self.score_mode == "concat":
            self.concat_score_weight = self.add_weight("concat_score_weight", (), initializer="ones")

    def ensure_built(self, input_shape: Any) -> None:
        """Make the weights, unless they are there, for the shapes of two or three inputs."""
        listed = isinstance(input_shape, (list, tuple)) and len(input_shape) in (2, 3)
        if not listed or any(isinstance(s, int) for s in input_shape):
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} is called on [query, value] or [query, value, key]; got "
                f"the shape {input_shape}."
            )
        super().ensure_built(input_shape)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: Any = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The means, and the weights if these are asked for."""
        query, value = (ops.cast(x, self.dtype) for x in inputs[:2])
        key = ops.cast(inputs[2], self.dtype) if len(inputs) > 2 else value
        of_query, of_value = self._masks(mask)
        weights = self._weighing(
            self.scores(query, key), of_value, causal_mask(query, key) if use_causal_mask else None
        )
        output = ops.matmul(self._thinned(weights, training=training) if self.dropout else weights, value)
        if of_query is not None:
            kept = ops.broadcast_to(ops.expand_dims(of_query, -1), ops.shape(output))
            output = ops.where(kept, output, ops.zeros_like(output))
        return (output, weights) if return_attention_scores else output

    def scores(self, query: Any, key: Any) -> Any:
        """How well each key matches each query: [batch, queries, keys]."""
        if self.score_mode == "dot":
            scores = ops.matmul(query, key, transpose_b=True)
            return scores if self.scale is None else scores * self.scale
        pairs = ops.expand_dims(query, 2) + ops.expand_dims(key, 1)
        pairs = pairs if self.scale is None else self.scale * pairs
        return self.concat_score_weight * ops.reduce_sum(ops.tanh(pairs), -1)

    def _masks(self, mask: Any) -> tuple[Any, Any]:
        if mask is None:
            return None, None
        if not isinstance(mask, (list, tuple)) or len(mask) not in (2, 3):
            raise ValueError(
                f"{type(self).__name__} layer {self.name!r} takes masks as [query_mask, value_mask]; got {mask!r}."
            )
        return tuple(None if m is None else ops.cast(m, "bool") for m in mask[:2])

    def _weighing(self, scores: Any, of_value: Any, causal: Any) -> Any:
        kept = causal
        if of_value is not None:
            row = ops.expand_dims(of_value, 1)
            kept = row if causal is None else ops.logical_and(row, causal)
        if kept is not None:
            out = ops.cast(ops.logical_not(kept), scores.dtype)
            scores = scores - out * (65504.0 if scores.dtype.name == "float16" else 1e9)
        return ops.softmax(scores)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the queries."""
        return self._masks(mask)[0]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("use_scale", "score_mode", "dropout", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


class AdditiveAttention(Attention):
    """For each query the mean of the values, weighted by ``softmax(sum(scale tanh(query + key)))``.

    Args:
        use_scale: whether there is a scale, a vector that is learnt.
        dropout, seed: as for `Attention`, and so is what it is called on.

    Raises:
        ValueError: an argument is out of its range, or the inputs are no list of two or three tensors.

    Source: Bahdanau et al., "Neural machine translation by jointly learning to align and translate", 2015, appendix A.

    >>> queries, values = tf.keras.Input((3, 8)), tf.keras.Input((5, 8))
    >>> tf.keras.layers.AdditiveAttention()([queries, values]).shape.as_list()
    [None, 3, 8]
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, seed: int | None = None, **kwargs: Any) -> None:
        super().__init__(use_scale, dropout=dropout, seed=seed, **kwargs)

    def build(self, input_shape: Any) -> None:
        """Make the scale, a number for each place of the vectors."""
        if not self.use_scale:
            return
        size = shapes.as_dims(input_shape[0])
        self.scale = self.add_weight("scale", (None if size is None else size[-1],), initializer="glorot_uniform")

    def scores(self, query: Any, key: Any) -> Any:
        """How well each key matches each query: [batch, queries, keys]."""
        pairs = ops.tanh(ops.expand_dims(query, 2) + ops.expand_dims(key, 1))
        return ops.reduce_sum(pairs if self.scale is None else self.scale * pairs, -1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {name: value for name, value in super().get_config().items() if name != "score_mode"}
