"""`Holder`: the weights of a layer and of the layers inside it, seen from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.stacks import sessions
from kerasflow.core.weights import Weight

__all__ = ["Holder"]


class Holder:
    """What has weights of its own, and holds others that do."""

    name: str
    trainable: bool
    _weights: list[Any]
    _sublayers: list[Any]

    @property
    def weights(self) -> list[Any]:
        """All weights, layer by layer. Freezing does not change their order: what was saved before fits after."""
        own = sorted(self._weights, key=lambda w: not w.trainable)
        return list(dict.fromkeys([*own, *[w for layer in self._sublayers for w in layer.weights]]))

    @property
    def variables(self) -> list[Any]:
        """All weights."""
        return self.weights

    def _frozen(self) -> list[Any]:
        """Weights that this layer or one inside it was told not to train."""
        if not self.trainable:
            return self.weights
        own = [w for w in self._weights if not w.trainable]
        return own + [w for layer in self._sublayers for w in layer._frozen()]

    @property
    def trainable_weights(self) -> list[Any]:
        """The weights that optimizers change."""
        frozen = set(self._frozen())
        return [w for w in self.weights if w not in frozen]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The weights that optimizers leave alone."""
        frozen = set(self._frozen())
        return [w for w in self.weights if w in frozen]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Copies of the weights' arrays. ValueError if they are variables of a graph without a default session."""
        return [w.numpy() if isinstance(w, Weight) else w.eval() for w in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all weights, from arrays in the order of `get_weights`. ValueError, and no change, if one cannot be."""
        own = self.weights
        arrays = [np.asarray(a) for a in weights]
        if [a.shape for a in arrays] != [shapes.as_dims(w.shape) for w in own]:
            shown = [shapes.show(a.shape) for a in arrays]
            raise ValueError(
                f"Layer {self.name!r} has the weights {[f'{w.name} {w.shape}' for w in own]}, which cannot be set from "
                f"arrays of shapes {shown}."
            )
        for weight, array in zip(own, arrays, strict=True):
            if not np.can_cast(array.dtype, weight.dtype.numpy, "same_kind"):
                raise ValueError(f"The {weight.dtype.name} weight {weight.name} cannot be set from {array.dtype}.")
        for weight, array in zip(own, arrays, strict=True):
            if isinstance(weight, Weight):
                weight.assign(array.astype(weight.dtype.numpy))
            else:
                weight.load(array.astype(weight.dtype.numpy), sessions.top())

    def count_params(self) -> int:
        """The number of elements in all weights."""
        return sum(shapes.size(shapes.as_dims(w.shape)) or 0 for w in self.weights)
