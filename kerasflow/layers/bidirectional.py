"""A recurrent layer and its mirror image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasflow.core import ops
from kerasflow.layers.base import Layer
from kerasflow.layers.cells_stacked import build_inside
from kerasflow.layers.lookup import deserialize, serialize
from kerasflow.utils.registry import custom_object_scope

__all__ = ["Bidirectional"]

_ALIKE = ("stateful", "return_sequences", "return_state")
_MERGED = {
    "concat": lambda x, y: ops.concat([x, y], axis=-1),
    "sum": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "ave": lambda x, y: (x + y) / 2.0,
    None: lambda x, y: (x, y),
}


class Bidirectional(Layer):
    """Two recurrent layers on the same sequences, one from the beginning to the end and one from the end.

    The outputs of both are in the order of the inputs. The layer given is not used itself, but two new ones like it.

    Args:
        layer: the layer: a `SimpleRNN`, `LSTM`, `GRU`, `RNN`, or one with the same attributes.
        merge_mode: what becomes of the two outputs: ``"concat"``, ``"sum"``, ``"mul"``, ``"ave"`` or None, for a tuple.
        weights: arrays that the weights begin with, those of the forward layer first.
        backward_layer: the second layer, with `go_backwards`; by default one like `layer`.

    A call takes what the layers' take; the first half of an `initial_state` is the forward layer's.

    Raises:
        ValueError: something is no layer, the two go in one direction or differ in what they give.

    Source: Schuster and Paliwal, "Bidirectional recurrent neural networks", 1997.

    >>> layer = tf.keras.layers.Bidirectional(tf.keras.layers.LSTM(4, return_sequences=True))
    >>> layer(tf.keras.Input((5, 3))).shape.as_list(), layer.forward_layer.name
    ([None, 5, 8], 'forward_lstm')
    """

    supports_masking = True

    def __init__(
        self,
        layer: Any,
        merge_mode: str | None = "concat",
        weights: Sequence[Any] | None = None,
        backward_layer: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for what, given in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(given, Layer) and (what == "layer" or given is not None):
                raise ValueError(f"Bidirectional takes a recurrent layer as {what}, got {given!r}.")
        if merge_mode not in _MERGED:
            known = ", ".join(map(repr, _MERGED))
            raise ValueError(f"Bidirectional takes one of {known} as merge_mode, got {merge_mode!r}.")
        self.forward_layer = _like(layer, "forward_")
        self.backward_layer = backward_layer or _like(layer, "backward_", go_backwards=True)
        self._check_directions()
        self.merge_mode = merge_mode
        self.stateful, self.return_sequences, self.return_state = (getattr(layer, name) for name in _ALIKE)
        for one in (self.forward_layer, self.backward_layer):
            if hasattr(one, "zero_output_for_mask"):
                one.zero_output_for_mask = self.return_sequences
        self._initial = None if weights is None else list(weights)

    def _check_directions(self) -> None:
        forward, backward = self.forward_layer, self.backward_layer
        if forward.go_backwards == backward.go_backwards:
            way = "backwards" if forward.go_backwards else "forwards"
            raise ValueError(f"Of the two layers of {self.name!r} one has to go backwards; both go {way}.")
        for name in _ALIKE:
            values = getattr(forward, name), getattr(backward, name)
            if values[0] != values[1]:
                raise ValueError(f"The two layers of {self.name!r} differ in {name}: {values[0]} and {values[1]}.")

    def build(self, input_shape: Any) -> None:
        """Make the weights of both layers."""
        build_inside(self.forward_layer, input_shape, self)
        build_inside(self.backward_layer, input_shape, self)
        if self._initial is not None:
            self.set_weights(self._initial)

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: Any = False) -> Any:
        """The outputs of both layers, merged, and all last states if they are asked for."""
        if isinstance(sequences, (list, tuple)):
            sequences, *more = sequences
            initial_state = more or initial_state
            mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        states: tuple[Any, Any] = (None, None)
        if initial_state is not None:
            if not isinstance(initial_state, (list, tuple)) or len(initial_state) % 2:
                raise ValueError(f"{self.name!r} takes as many initial states for each layer, got {initial_state!r}.")
            half = len(initial_state) // 2
            states = (list(initial_state[:half]), list(initial_state[half:]))
        pair = (self.forward_layer, self.backward_layer)
        x, y = (one(sequences, initial_state=s, mask=mask) for one, s in zip(pair, states, strict=True))
        last: tuple[Any, ...] = ()
        if self.return_state:
            (x, *ahead), (y, *back) = x, y
            last = (*ahead, *back)
        if self.return_sequences:
            y = ops.reverse(y, [1])
        merged = _MERGED[self.merge_mode](x, y)
        if not last:
            return merged
        return (*merged, *last) if self.merge_mode is None else (merged, *last)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the outputs, if they are those of all times; the last states have none."""
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        mask = mask if self.return_sequences else None
        return [mask, mask] if self.merge_mode is None else [mask]

    @property
    def states(self) -> list[Any] | None:
        """The states that batches hand on, those of the forward layer first; None if there are none."""
        ahead, back = self.forward_layer.states, self.backward_layer.states
        return [*ahead, *back] if ahead and back else None

    def reset_state(self) -> None:
        """Let the next batch begin with zeros again. AttributeError if the layers are not stateful."""
        self.forward_layer.reset_state()
        self.backward_layer.reset_state()

    reset_states = reset_state

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {
            **super().get_config(),
            "merge_mode": self.merge_mode,
            "layer": serialize(self.forward_layer),
            "backward_layer": serialize(self.backward_layer),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """A layer from what `get_config` gave."""
        layers = {k: deserialize(config[k], custom_objects) for k in ("layer", "backward_layer") if config.get(k)}
        return cls(**{**config, **layers})


def _like(layer: Any, prefix: str, **changes: Any) -> Any:
    """A layer with the arguments of `layer`, but for these changes and its name."""
    config = {**layer.get_config(), "name": prefix + layer.name.removeprefix(prefix), **changes}
    with custom_object_scope(_known_to(layer)):
        return type(layer).from_config(config)


def _known_to(layer: Layer) -> dict[str, Any]:
    """The classes of the layers inside of `layer` and the functions among their arguments, by name."""
    found: dict[str, Any] = {}
    todo = [layer]
    while todo:
        one = todo.pop()
        found[type(one).__name__] = type(one)
        kept = [getattr(one, name) for name in getattr(one, "_kept", ())]
        found.update({f.__name__: f for f in kept if hasattr(f, "__name__")})
        todo.extend(one._sublayers)
    return found
