"""Vectors for whole numbers, as a layer."""

from __future__ import annotations

from typing import Any

from kerasflow.core import ops
from kerasflow.core.types import int32
from kerasflow.layers.weighted import Weighted, positive

__all__ = ["Embedding"]


class Embedding(Weighted):
    """A vector for each whole number: row i of a table that is learnt.

    Args:
        input_dim: the number of rows; inputs are at least 0 and less.
        output_dim: the length of the vectors.
        embeddings_initializer: where the table starts, by default uniform in +-0.05.
        embeddings_regularizer, activity_regularizer: penalties on the table and on the output.
        embeddings_constraint: a projection applied after each update.
        mask_zero: whether 0 stands for no entry, so that a mask rides with the output that is false there.
        weights: the table itself, an array or a list of one, to start from.
        input_length: the length of sequences, where the layer is the first of a `Sequential`.

    Raises:
        ValueError: a size is not positive, or `weights` has another shape. InvalidArgumentError, in a run: an input has
            no row.

    >>> layer = tf.keras.layers.Embedding(3, 2, embeddings_initializer="ones")
    >>> layer(tf.keras.Input((5,), dtype="int32")).shape.as_list(), layer.embeddings.shape.as_list()
    ([None, 5, 2], [3, 2])
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        activity_regularizer: Any = None,
        input_length: int | None = None,
        **kwargs: Any,
    ) -> None:
        if input_length is not None:
            kwargs["input_shape"] = (input_length,)
        super().__init__(**kwargs)
        self.input_dim = positive(self, input_dim, "input_dim")
        self.output_dim = positive(self, output_dim, "output_dim")
        self.keep(
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            activity_regularizer=activity_regularizer,
        )
        self.mask_zero = mask_zero
        self.supports_masking = mask_zero
        self.embeddings: Any = None
        if weights is not None:
            self.build((None,))
            self.set_weights(weights if isinstance(weights, (list, tuple)) else [weights])

    def build(self, input_shape: Any) -> None:
        """Make the table, of shape ``(input_dim, output_dim)``."""
        self.embeddings = self.made("embeddings", (self.input_dim, self.output_dim))

    def call(self, inputs: Any) -> Any:
        """The rows of the table that the inputs name."""
        rows = inputs if inputs.dtype.is_integer else ops.cast(inputs, int32)
        return ops.gather(self.embeddings, rows)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where the inputs are not 0, if that stands for no entry."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        names = ("input_dim", "output_dim", "mask_zero")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
