"""The same numbers in another arrangement, and functions of the caller's own as layers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kerasflow.core import ops, shapes
from kerasflow.layers.base import Layer
from kerasflow.layers.symbolic import flatten, map_structure
from kerasflow.layers.weighted import positive, sized
from kerasflow.utils.registry import get_registered_name, get_registered_object

__all__ = ["Identity", "Lambda", "Permute", "RepeatVector"]

# Of a Lambda layer: what kind of things its functions are, and where they come from; names are all that counts here.
_OF_KERAS_2 = {"function_type", "module", "output_shape_type", "output_shape_module"}


class Identity(Layer):
    """The inputs themselves.

    >>> tf.keras.layers.Identity()(tf.keras.Input((3,))).shape.as_list()
    [None, 3]
    """

    supports_masking = True

    def call(self, inputs: Any) -> Any:
        """The inputs."""
        return map_structure(ops.identity, inputs)


class Permute(Layer):
    """The axes of each sample in another order.

    Args:
        dims: the axes, numbered from 1, in their new order; the batch stays where it is.

    Raises:
        ValueError: `dims` is no permutation of 1, 2, ..., or the input has another number of axes.

    >>> tf.keras.layers.Permute((2, 1))(tf.keras.Input((10, 64))).shape.as_list()
    [None, 64, 10]
    """

    def __init__(self, dims: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"Permute needs the numbers from 1 to {len(self.dims)}, each once; got {dims!r}.")

    def call(self, inputs: Any) -> Any:
        """The inputs, transposed."""
        sized(self, inputs.dims, len(self.dims) + 1, f"a batch to be permuted by {self.dims}")
        return ops.transpose(inputs, [0, *self.dims])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "dims": self.dims}


class RepeatVector(Layer):
    """A sequence of one vector several times.

    Args:
        n: how many times.

    Raises:
        ValueError: `n` is not positive, or the input is no batch of vectors.

    >>> tf.keras.layers.RepeatVector(3)(tf.keras.Input((32,))).shape.as_list()
    [None, 3, 32]
    """

    def __init__(self, n: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n = positive(self, n, "n")

    def call(self, inputs: Any) -> Any:
        """The vectors, repeated."""
        sized(self, inputs.dims, 2, "a batch of vectors")
        return ops.tile(ops.expand_dims(inputs, 1), [1, self.n, 1])

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "n": self.n}


class Lambda(Layer):
    """A Python function as a layer.

    Such a layer can be saved if the function has a name under which the program that loads it says what it is: with
    `custom_objects`, or with `register_keras_serializable`. Code is never written to a file, nor run from one.

    Args:
        function: the function, of a tensor, or of what the layer is called on; it may have parameters `training` and
            `mask`.
        output_shape: the shape of a sample of the output, or a function to it from the input's shape with the batch;
            it is checked against what the function gives.
        mask: the mask of the output, or a function of the inputs and their mask.
        arguments: further arguments of the function, by name.

    Raises:
        TypeError: `function` is no function. ValueError: it gives another shape than `output_shape`; or, in
            `get_config`, it has no name.

    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Lambda(lambda x: x**2)])
    >>> model.predict(np.array([[2.0, 3.0]]), verbose=0)
    array([[4., 9.]], dtype=float32)
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(f"Lambda needs a function, got {function!r}.")
        self.function = function
        self.wanted_shape = output_shape
        self.mask = mask
        self.arguments = dict(arguments or {})
        self.supports_masking = mask is not None
        self._asks_for = _parameters(function)

    def call(self, inputs: Any, mask: Any = None, training: Any = None) -> Any:
        """What the function gives."""
        offered = {"mask": mask, "training": training}
        asked = {name: value for name, value in offered.items() if name in self._asks_for}
        outputs = self.function(inputs, **{**self.arguments, **asked})
        if self.wanted_shape is not None:
            self._check(inputs, outputs)
        return outputs

    def _check(self, inputs: Any, outputs: Any) -> None:
        given = map_structure(lambda t: t.dims, inputs)
        if callable(self.wanted_shape):
            wanted = shapes.as_dims(self.wanted_shape(given))
        else:
            batch = flatten(inputs)[0].dims
            wanted = (batch[0] if batch else None, *(shapes.as_dims(self.wanted_shape) or ()))
        for output in flatten(outputs)[:1]:
            if not shapes.compatible(output.dims, wanted):
                raise ValueError(
                    f"Lambda layer {self.name!r}: output_shape says {shapes.show(wanted)}, but the function gives "
                    f"{shapes.show(output.dims)}."
                )

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the output."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one, the functions by their names."""
        config = {**super().get_config(), "function": self._named(self.function), "arguments": self.arguments}
        for key, value in (("output_shape", self.wanted_shape), ("mask", self.mask)):
            if value is not None:
                config[key] = self._named(value) if callable(value) else value
        return config

    def _named(self, function: Any) -> dict[str, Any]:
        name = getattr(function, "__name__", "<lambda>")
        if name == "<lambda>":
            raise ValueError(
                f"Lambda layer {self.name!r} cannot be saved: its function has no name. Define it with def, or make a "
                "class of your own of the layer."
            )
        full = get_registered_name(function)
        return {"module": "builtins", "class_name": "function", "config": full, "registered_name": "function"}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Lambda:
        """A layer from what `get_config` gave.

        Raises:
            ValueError: the configuration holds code, or a name that neither `custom_objects` nor the program knows.
        """
        plain = {name: value for name, value in config.items() if name not in _OF_KERAS_2}
        for key in ("function", "output_shape", "mask"):
            is_code = key == "function" and isinstance(plain.get(key), (list, tuple))
            if is_code or isinstance(plain.get(key), (Mapping, str)):
                plain[key] = _function(plain[key], key, custom_objects)
        return cls(**plain)


def _parameters(function: Callable[..., Any]) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except ValueError:  # some built-in functions do not say
        return set()


def _function(saved: Any, role: str, custom_objects: Mapping[str, Any] | None) -> Any:
    """The function that a configuration names."""
    if isinstance(saved, (Mapping, list, tuple)):
        if not isinstance(saved, Mapping) or saved.get("class_name") == "__lambda__":
            raise ValueError(
                f"The {role} of a Lambda layer is saved as code, which kerasflow never runs from a file. Have it saved "
                "by name: a function defined with def and registered, or passed as custom_objects."
            )
        saved = saved.get("config")
    found = get_registered_object(saved, custom_objects) if isinstance(saved, str) else None
    if not callable(found):
        raise ValueError(
            f"The {role} of a Lambda layer is called {saved!r}, which is not known. Pass custom_objects="
            f"{{{saved!r}: ...}}."
        )
    return found
