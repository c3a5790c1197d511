"""`Sequential`: one layer after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kerasflow.core.types import as_dtype
from kerasflow.layers.base import Layer
from kerasflow.layers.core import Input, InputLayer
from kerasflow.layers.symbolic import KerasTensor, flatten
from kerasflow.models.configuration import sequential_config
from kerasflow.models.model import Model
from kerasflow.models.network import Network, check_names
from kerasflow.models.rebuilding import sequential_layers
from kerasflow.models.starting import of_any_batch

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

    _untracked = frozenset({"_stack", "_start", "_calls"})

    def __init__(self, layers: Iterable[Any] | None = None, name: str | None = None) -> None:
        super().__init__(name=name)
        self._stack: list[Layer] = []
        self._start: InputLayer | _Features | None = None  # None until the shape of the input is known
        self._calls: list[Any] = []  # the symbolic outputs of the layers from the first on
        for layer in [layers] if isinstance(layers, (Layer, KerasTensor)) else layers or ():
            self._push(layer)
        self._settle()

    @property
    def layers(self) -> list[Layer]:
        """The layers, from the first to the last."""
        return list(self._stack)

    def add(self, layer: Any) -> None:
        """Put a layer on top of the stack.

        Raises:
            TypeError: it is no layer. ValueError: it does not take what the layer below gives; it is an input, which
                belongs at the bottom; another layer has its name. The model is as it was then.
        """
        self._push(layer)
        self._settle()

    def pop(self) -> Layer:
        """Take the top layer off the stack and return it. TypeError if there is none."""
        if not self._stack:
            raise TypeError("There are no layers in the model.")
        layer = self._stack.pop()
        if self._calls:
            layer.nodes.remove(flatten(self._calls.pop())[0].node)
        self._settle()
        return layer

    functional = False

    def get_config(self) -> dict[str, Any]:
        """The model as plain data: its layers, from the first to the last."""
        return sequential_config(self.name, self.trainable, self._start, self._stack)

    @classmethod
    def from_config(cls, config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """A model like the one that `get_config` described, with weights of its own; raises as that of `Model`.

        >>> model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
        >>> tf.keras.Sequential.from_config(model.get_config()).output_shape
        (None, 1)
        """
        settings = config if isinstance(config, Mapping) else {}
        model = cls(sequential_layers(config, custom_objects), name=settings.get("name"))
        model._trainable = settings.get("trainable", True)
        shape = settings.get("build_input_shape")
        if model._takes_features and "features" in settings:
            model._begin(_Features.of(settings["features"]))
        elif model._start is None and isinstance(shape, (list, tuple)):
            model.build(shape)
        return model

    @property
    def _takes_features(self) -> bool:
        """Whether the first layer takes a dict of features."""
        return self._start is None and bool(self._stack) and getattr(self._stack[0], "takes_features", False)

    def _push(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor):
            layer = layer.node.layer
        if not isinstance(layer, Layer):
            raise TypeError(f"Sequential takes layers, got {layer!r}.")
        if isinstance(layer, InputLayer):
            if self._start is not None or self._stack:
                raise ValueError(f"Only the first layer of the model {self.name!r} can be an input.")
            self._start = layer
            return
        if not self._stack and self._start is None:
            self._start = _own_start(layer)
        check_names([*self._stack, layer])
        self._stack.append(layer)
        try:
            self._connect()
        except BaseException:
            self._stack.pop()
            raise

    def _connect(self) -> None:
        """Call the layers that have not been called."""
        if self._start is not None:
            for layer in self._stack[len(self._calls) :]:
                self._calls.append(layer(self._calls[-1] if self._calls else self._start.tensor))

    def _settle(self) -> None:
        """Be the model of the layers there are now."""
        self._network = None
        self._hold(self._stack)
        self.built = bool(self._stack) and self._start is not None
        if self._start is not None:
            start = self._start.tensor
            self._network = Network(start, self._calls[-1] if self._calls else start)
        self._forget_programs()

    def build(self, input_shape: Any) -> None:
        """Make all weights, for inputs of `input_shape`, a tuple that begins with the batch.

        Batches of other sizes are welcome later, unless a layer is stateful. A first layer that takes features says
        itself which: the shape does not matter.
        """
        if not self._stack:
            raise ValueError(f"The model {self.name!r} has no layers.")
        if self._takes_features:
            self._begin(_Features.of(self._stack[0].expected_features()))
        elif self._start is None:
            first = self._stack[0]
            dtype = as_dtype("int32") if getattr(first, "takes_integers", False) else first.dtype
            self._begin(InputLayer(batch_shape=of_any_batch(input_shape, self), dtype=dtype))

    def _begin(self, start: InputLayer | _Features) -> None:
        """Call all layers, the first one on what `start` gives."""
        self._start = start
        try:
            self._connect()
        except BaseException:
            self._start, self._calls = None, []
            raise
        self._settle()

    def _build_on(self, data: Any) -> None:
        if isinstance(data, Mapping) and self._takes_features:
            self._begin(_Features({key: (array.shape[1:] or (1,), array.dtype) for key, array in data.items()}))
            return
        arrays = flatten(data)
        if len(arrays) != 1:
            raise ValueError(f"The model {self.name!r} is a stack of layers, with one input; got {len(arrays)} arrays.")
        self.build((None, *(arrays[0].shape[1:] or (1,))))


class _Features:
    """The inputs of a first layer that takes features by their names.

    Args:
        features: of each the shape in an example, and the type.
    """

    def __init__(self, features: Mapping[str, tuple[Any, Any]]) -> None:
        self.tensor = {key: Input(shape, name=key, dtype=as_dtype(dtype)) for key, (shape, dtype) in features.items()}

    def another(self) -> _Features:
        """Further ones like these."""
        return _Features({key: (t.dims[1:], t.dtype) for key, t in self.tensor.items()})

    @classmethod
    def of(cls, features: Any) -> _Features:
        """Those that a description has. ValueError if it is none."""
        try:
            return cls({str(key): (tuple(shape), dtype) for key, (shape, dtype) in features.items()})
        except (TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"The features of a model are described as {features!r}: {error}") from error


def _own_start(layer: Layer) -> InputLayer | None:
    """An input for a first layer that knows what it takes."""
    inside = layer._network.inputs if isinstance(layer, Model) and layer._network is not None else None
    dims = inside.dims if isinstance(inside, KerasTensor) else layer.batch_input_shape
    return None if dims is None else InputLayer(batch_shape=dims, dtype=layer.dtype)
