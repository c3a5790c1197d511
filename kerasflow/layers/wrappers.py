"""Layers around a layer: `Wrapper`, and `TimeDistributed`, which applies it at each time; and `Masking`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.layers.base import Layer
from kerasflow.layers.cells_stacked import build_inside
from kerasflow.layers.lookup import deserialize, serialize
from kerasflow.layers.normalization import BatchNormalization
from kerasflow.layers.symbolic import map_structure

__all__ = ["Masking", "TimeDistributed", "Wrapper"]


class Masking(Layer):
    """Leaves out the times at which all features have one value: layers after it skip them.

    The features there become 0. The mask, (batch, time), rides with the output.

    Args:
        mask_value: the value.

    >>> x = np.array([[[1.0, 0.0], [0.0, 0.0]]])
    >>> gru = tf.keras.layers.GRU(2, return_sequences=True)
    >>> model = tf.keras.Sequential([tf.keras.Input((2, 2)), tf.keras.layers.Masking(), gru])
    >>> first, second = model.predict(x, verbose=0)[0]
    >>> np.array_equal(first, second)
    True
    """

    supports_masking = True

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def call(self, inputs: Any) -> Any:
        """The inputs, with 0 where the mask leaves something out."""
        counts = ops.expand_dims(self.compute_mask(inputs), -1)
        return ops.where(ops.broadcast_to(counts, ops.shape(inputs)), inputs, ops.zeros_like(inputs))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """At which times a feature has another value."""
        return ops.reduce_any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "mask_value": self.mask_value}


class Wrapper(Layer):
    """The base of layers that do something with another layer.

    Args:
        layer: the layer; its weights are the wrapper's.

    Raises:
        ValueError: it is no layer.

    >>> tf.keras.layers.Wrapper(tf.keras.layers.Dense(3, name="inside")).get_config()["layer"]["config"]["name"]
    'inside'
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(layer, Layer):
            raise ValueError(f"{type(self).__name__} takes a layer, got {layer!r}.")
        self.layer = layer

    def build(self, input_shape: Any) -> None:
        """Make the weights of the layer."""
        build_inside(self.layer, input_shape, self)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "layer": serialize(self.layer)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """A layer from what `get_config` gave."""
        return cls(**{**config, "layer": deserialize(config["layer"], custom_objects)})


class TimeDistributed(Wrapper):
    """A layer, applied at each time on its own, with the same weights.

    Args:
        layer: a layer for inputs (batch, ...).

    A call takes inputs (batch, time, ...) and a `mask`, which goes time by time to a layer that takes one.

    Raises:
        ValueError: `layer` is none; in a call, the inputs have less than three axes.

    >>> layer = tf.keras.layers.TimeDistributed(tf.keras.layers.Conv2D(8, 3))
    >>> layer(tf.keras.Input((10, 28, 28, 1))).shape.as_list()
    [None, 10, 26, 26, 8]
    """

    supports_masking = True

    def build(self, input_shape: Any) -> None:
        """Make the weights of the layer, for what it sees at one time."""
        batch, _, *rest = self._checked(input_shape)
        super().build((batch, *rest))

    def _checked(self, dims: shapes.Dims) -> tuple[Any, ...]:
        if dims is None or len(dims) < 3:
            raise ValueError(
                f"TimeDistributed layer {self.name!r} takes inputs (batch, time, ...) of at least three axes; got the "
                f"shape {shapes.show(dims)}."
            )
        return tuple(dims)

    def call(self, inputs: Any, mask: Any = None, training: Any = False) -> Any:
        """What the layer gives at each time: (batch, time, ...)."""
        dims = self._checked(inputs.dims)
        if mask is not None and not shapes.compatible((mask.dims or (None, None))[:2], dims[:2]):
            raise ValueError(
                f"TimeDistributed layer {self.name!r} takes a mask (batch, time, ...) for inputs of shape "
                f"{shapes.show(dims)}; got the shape {shapes.show(mask.dims)}."
            )
        takes_mask = mask is not None and "mask" in inspect.signature(self.layer.call).parameters
        if training is not False and dims[1] is not None and _sees_batches(self.layer):
            times = [ops.unstack(inputs, axis=1), ops.unstack(mask, axis=1) if takes_mask else [None] * dims[1]]
            results = [self._of_one(x, m) for x, m in zip(*times, strict=True)]
            return ops.stack(results, axis=1)
        result = self._of_one(_joined(inputs), _joined(mask) if takes_mask else None)
        batch, time = (ops.shape(inputs)[i] if d is None else d for i, d in enumerate(dims[:2]))
        return map_structure(lambda y: ops.reshape(y, [batch, time, *_sizes(y, 1)]), result)

    def _of_one(self, x: Any, mask: Any) -> Any:
        return self.layer(x) if mask is None else self.layer(x, mask=mask)


def _sees_batches(layer: Layer) -> bool:
    """Whether what a layer does with a sample in training depends on the other ones there are."""
    todo, seen = [layer], set()
    while todo:
        layer = todo.pop()
        if isinstance(layer, BatchNormalization):
            return True
        if layer not in seen:
            seen.add(layer)
            todo.extend(layer._sublayers)
    return False


def _sizes(x: Any, first: int) -> list[Any]:
    """The sizes of the axes from `first` on, numbers where they are known."""
    return [ops.shape(x)[i] if d is None else d for i, d in enumerate(x.dims) if i >= first]


def _joined(x: Any) -> Any:
    """`x` with one axis for the first two."""
    batch, time, *rest = _sizes(x, 0)
    return ops.reshape(x, [batch * time if isinstance(batch, int) and isinstance(time, int) else -1, *rest])
