"""`Holder`: the weights of a layer and of the layers inside it, seen from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from kerasflow.core import shapes
from kerasflow.core.stacks import sessions
from kerasflow.core.weights import Weight
from kerasflow.layers.tracking import Tracking

__all__ = ["Holder"]


class Holder(Tracking):
    """What has weights of its own, and holds others that do."""

    name: str

    @property
    def trainable(self) -> bool:
        """Whether optimizers change the weights. Setting it sets it for all layers inside, too."""
        return self.__dict__.get("_trainable", True)

    @trainable.setter
    def trainable(self, value: Any) -> None:
        for holder in self._all_layers():
            holder._trainable = bool(value)

    # What it holds.

    @property
    def _weights(self) -> list[Any]:
        """The layer's own weights, in the order in which they were made."""
        return list(self._tracked().weights)

    @property
    def _sublayers(self) -> list[Any]:
        """The layers it holds itself."""
        return list(self._tracked().layers)

    def _hold(self, layers: Iterable[Any]) -> None:
        """Hold these layers, and no others."""
        self._tracked().layers = dict.fromkeys(layers, 1)

    def _all_layers(self) -> list[Any]:
        """The layer and all that are inside of it, each before those that it holds."""
        found: dict[Any, None] = {}
        todo: list[Any] = [self]
        while todo:
            holder = todo.pop()
            if holder not in found:
                found[holder] = None
                todo.extend(reversed(holder._sublayers))
        return list(found)

    # Weights.

    @property
    def weights(self) -> list[Any]:
        """All weights, layer by layer. Freezing does not change their order: what was saved before fits after."""
        found = [w for layer in self._all_layers() for w in sorted(layer._weights, key=lambda w: not w.trainable)]
        return list(dict.fromkeys(found))

    @property
    def variables(self) -> list[Any]:
        """All weights."""
        return self.weights

    def _frozen(self) -> set[Any]:
        """Weights that this layer or one inside it was told not to train."""
        if not self.trainable:
            return set(self.weights)
        layers = self._all_layers()
        return {w for layer in layers for w in layer._weights if not (layer.trainable and w.trainable)}

    @property
    def trainable_weights(self) -> list[Any]:
        """The weights that optimizers change."""
        frozen = self._frozen()
        return [w for w in self.weights if w not in frozen]

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The weights that optimizers leave alone."""
        frozen = self._frozen()
        return [w for w in self.weights if w in frozen]

    @property
    def trainable_variables(self) -> list[Any]:
        """The weights that optimizers change."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The weights that optimizers leave alone."""
        return self.non_trainable_weights

    def get_weights(self) -> list[np.ndarray[Any, Any]]:
        """Copies of the weights' arrays. ValueError if they are variables of a graph without a default session."""
        return [w.numpy() if isinstance(w, Weight) else w.eval() for w in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all weights, from arrays in the order of `get_weights`. ValueError, and no change, if one cannot be."""
        own = self.weights
        arrays = [np.asarray(a) for a in weights]
        if not own and arrays:
            raise ValueError(f"Layer {self.name!r} has no weights that could be set; they are made when it is built.")
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
