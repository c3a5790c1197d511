"""`Sequential`: one layer after the other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kerasflow.core import shapes
from kerasflow.core.types import as_dtype
from kerasflow.layers.base import Layer
from kerasflow.layers.core import InputLayer
from kerasflow.layers.symbolic import KerasTensor
from kerasflow.models.model import Model
from kerasflow.models.network import Network

__all__ = ["Sequential"]


class Sequential(Model):
    """A model that is a plain stack of layers.

    Args:
        layers: the layers, each taking what the one before gives. The first may be an `Input`, or a layer with an
            ``input_shape=``; otherwise the model is built when it first sees data.
        name: the model's name.

    Raises:
        TypeError: something is not a layer.

    >>> model = tf.keras.Sequential([tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(1)])
    >>> model.built
    False
    >>> model.predict(np.zeros((2, 3)), verbose=0).shape, model.count_params()
    ((2, 1), 21)
    """

    def __init__(self, layers: Iterable[Any] | None = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self._stack: list[Layer] = []
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> list[Layer]:
        """The layers, from the first to the last."""
        return [layer for layer in self._stack if not isinstance(layer, InputLayer)]

    def add(self, layer: Any) -> None:
        """Put a layer on top of the stack. TypeError if it is none."""
        if isinstance(layer, KerasTensor):
            layer = layer.node.layer
        if not isinstance(layer, Layer):
            raise TypeError(f"Sequential takes layers, got {layer!r}.")
        if not self._stack and not isinstance(layer, InputLayer):
            first = layer._network.inputs if isinstance(layer, Model) and layer._network is not None else None
            dims = first.dims if isinstance(first, KerasTensor) else layer.batch_input_shape
            if dims is not None:
                self._stack.append(InputLayer(batch_shape=dims, dtype=layer.dtype))
        self._stack.append(layer)
        self._rebuild()

    def pop(self) -> Layer:
        """Take the top layer off the stack and return it. TypeError if there is none."""
        if not self.layers:
            raise TypeError("There are no layers in the model.")
        layer = self._stack.pop()
        self._rebuild()
        return layer

    def _rebuild(self) -> None:
        self._network = None
        self._sublayers = list(self.layers)
        self.built = False
        if self._stack and isinstance(self._stack[0], InputLayer):
            self._connect(self._stack[0])
        self._forget_programs()

    def _connect(self, start: InputLayer) -> None:
        x: Any = start.tensor
        for layer in self.layers:
            x = layer(x)
        self._network = Network(start.tensor, x)
        self.built = bool(self.layers)

    def build(self, input_shape: Any) -> None:
        """Make all weights, for inputs of `input_shape`, a tuple with None for the batch."""
        if self._network is None:
            if not self.layers:
                raise ValueError(f"The model {self.name!r} has no layers.")
            first = self.layers[0]
            dtype = as_dtype("int32") if getattr(first, "takes_integers", False) else first.dtype
            self._connect(InputLayer(batch_shape=shapes.as_dims(input_shape), dtype=dtype))
        self.built = True
