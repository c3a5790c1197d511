"""`Layer`: weights and an expression.

A layer is two methods: `build` makes the weights, once the shape of the input is known, and `call` is the expression.
Calling a layer on a `KerasTensor` only records the call; calling it on a graph's tensor adds the expression to that
graph. Weights made for a model are arrays that all graphs share (`Weight`); a layer first called on a tensor of a
user's graph makes ordinary variables of that graph, which its sessions initialise as they do all others.
"""

from __future__ import annotations

import functools
import inspect
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasflow import constraints, initializers, regularizers
from kerasflow.core import shapes
from kerasflow.core.graph import Graph, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.variables import Variable
from kerasflow.core.weights import Weight, evaluate, next_seed
from kerasflow.layers.calling import Caller, graph_name
from kerasflow.layers.context import weights_are_empty
from kerasflow.layers.leaving import note_penalty
from kerasflow.layers.symbolic import Node, flatten

__all__ = ["Layer", "base_name", "unique_layer_name"]

_FIRST_NAME = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")  # Keras 2
_FIRST_SHAPE = ("shape", "initializer", "dtype")  # Keras 3


class Layer(Caller):
    """The base of all layers.

    A layer of one's own defines `build(input_shape)`, which makes weights with `add_weight`, and `call(inputs)`, which
    computes the output with the graph functions. Layers, and metrics, that it holds as attributes, or in lists and
    dicts that are attributes, are parts of it. `call` may take more tensors, `training`, and `mask`; it may leave
    behind an `add_loss`.

    Args:
        name: the layer's name; by default made from the class's, unique in the default graph.
        trainable: whether optimizers change its weights.
        dtype: the type of its weights, by default float32, which inputs of other floating types are converted to; a
            name, or the description of a policy.
        autocast: whether inputs are converted, by default True.
        activity_regularizer: a penalty on the output, added to the loss as the mean over the samples.
        input_shape, input_dim, batch_input_shape: what the first layer of a `Sequential` takes.

    Raises:
        TypeError: an argument that is not known. ValueError: one with a value that is not sensible.

    >>> class Scale(tf.keras.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=input_shape[-1:], initializer="ones", name="factor")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> scale = Scale()
    >>> scale(tf.keras.Input((3,))).shape.as_list(), scale.get_weights()
    ([None, 3], [array([1., 1., 1.], dtype=float32)])
    """

    _untracked = frozenset({"nodes", "_given_loss_functions"})

    def __init__(
        self,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool | None = None,
        activity_regularizer: Any = None,
        **kwargs: Any,
    ) -> None:
        input_shape = _given_input_shape(type(self), kwargs)
        if not isinstance(name, (str, type(None))):
            raise TypeError(f"The name of a layer must be a string, got {name!r}.")
        if not isinstance(trainable, (bool, np.bool_)):
            raise ValueError(f"Whether a layer is trainable must be True or False, got {trainable!r}.")
        self.name = name or unique_layer_name(type(self).__name__)
        self.dtype: DType = _type_of(dtype, self.name)
        if autocast is not None:
            self.autocast = autocast
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.built = False
        self.trainable = trainable
        self.batch_input_shape = input_shape
        self.nodes: list[Node] = []
        self._graph: Graph | None = None  # the user's graph whose variables the weights are
        self._new_variable: Callable[..., Variable] | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a layer that knows what it was made from, if its class does not say it in a `get_config` of its own."""
        layer = super().__new__(cls)
        if cls.get_config is Layer.get_config and cls.__init__ is not Layer.__init__:
            layer.__dict__["_made_from"] = _plain_arguments(cls.__init__, args, kwargs)
        return layer

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _marking_as_built(cls.build)
        if "compute_mask" in cls.__dict__ and "supports_masking" not in cls.__dict__:
            cls.supports_masking = True

    # What a layer defines.

    def build(self, input_shape: Any) -> None:
        """Make the weights for inputs of `input_shape`, a tuple with None for the batch; by default there are none."""
        self.built = True

    def call(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """The output for `inputs`."""
        raise NotImplementedError(f"{type(self).__name__} must define call(self, inputs).")

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the output, from the inputs and the mask that rides with them; asked if masks are supported."""
        return mask

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one.

        A class with a constructor of its own extends it. Where it does not, these are the arguments that the
        constructor got, as long as they are numbers, texts, truth values, or lists and dicts of these.

        Raises:
            NotImplementedError: others are among them.
        """
        config: dict[str, Any] = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype.name}
        if self.activity_regularizer is not None:
            config["activity_regularizer"] = regularizers.serialize(self.activity_regularizer)
        if type(self).get_config is not Layer.get_config or type(self).__init__ is Layer.__init__:
            return config
        made_from = self.__dict__.get("_made_from")
        if made_from is None:
            raise NotImplementedError(
                f"{type(self).__name__} must define get_config(): among the arguments of its constructor are some that "
                "cannot be written down."
            )
        return {**{k: v for k, v in config.items() if _takes(type(self).__init__, k)}, **made_from}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from what `get_config` gave."""
        return cls(**config)

    # The types it works with.

    @property
    def compute_dtype(self) -> str:
        """The name of the type it computes in."""
        return self.dtype.name

    @property
    def variable_dtype(self) -> str:
        """The name of the type of its weights."""
        return self.dtype.name

    # Making weights.

    def add_weight(self, *args: Any, **kwargs: Any) -> Any:
        """A new weight of the layer: ``add_weight(shape, initializer, dtype, ...)``, or with its name first.

        Args:
            shape: its shape; every size known. By default it is a single number.
            initializer: an initializer or its name; by default Glorot uniform, zeros for integers.
            dtype: its type, by default the layer's.
            trainable: whether optimizers change it.
            regularizer: a function from the weight to a penalty, or its name.
            constraint: a function from the weight to its projected value, or its name.
            name: its name within the layer. A call that has it as the first argument is Keras 2's
                ``add_weight(name, shape, dtype, initializer, regularizer, trainable, constraint)``.
            autocast, aggregation, synchronization, use_resource, overwrite_with_gradient: ignored.

        Raises:
            ValueError: a size is not known. TypeError: an argument that is not known.

        >>> layer = tf.keras.layers.Layer(name="mine")
        >>> layer.add_weight((2,), "ones", name="a"), layer.add_weight("b", shape=(), trainable=False)
        (<Weight 'mine/a' shape=(2,) dtype=float32>, <Weight 'mine/b' shape=() dtype=float32>)
        """
        given = _weight_arguments(self.name, args, kwargs)
        name = given.get("name") or "weight"
        dims = shapes.as_dims(given.get("shape", ()))
        element = as_dtype(given.get("dtype") or self.dtype)
        if not shapes.is_static(dims):
            raise ValueError(
                f"Layer {self.name!r}: the shape {shapes.show(dims)} of the weight {name!r} must be fully known. "
                "Say the input's shape, or call the layer on inputs whose last axis is known."
            )
        default = "glorot_uniform" if element.is_floating else "zeros"
        make = initializers.get(given.get("initializer") or default)
        regularizer = regularizers.get(given.get("regularizer"))
        trainable = given.get("trainable", True)
        options = {"trainable": trainable, "constraint": constraints.get(given.get("constraint"))}
        if self._graph is not None:
            options["trainable"] = trainable and self.trainable  # the graph's collection is for good
            weight: Any = self._variable(name, dims, element, make, regularizer, **options)
        else:
            options |= {"regularizer": regularizer, "copy": not weights_are_empty()}  # a copy would touch the memory
            if weights_are_empty():
                value = np.zeros(dims, element.numpy)
            else:
                value = evaluate(lambda: make(dims, element), next_seed())
            weight = Weight(value, graph_name(f"{self.name}/{name}"), **options)
        return self._tracked().track(weight)

    def add_variable(self, *args: Any, **kwargs: Any) -> Any:
        """The same as `add_weight`."""
        return self.add_weight(*args, **kwargs)

    def get_build_config(self) -> dict[str, Any] | None:
        """What `build` got, for `build_from_config` of a layer like this one; None if it was not called."""
        made = self.__dict__.get("_built_for")
        if not made:
            return None
        return {"input_shape": next(iter(made.values()))} if len(made) == 1 else {"shapes_dict": made}

    def build_from_config(self, config: Any) -> None:
        """Make the weights, as `get_build_config` says."""
        if config and "input_shape" in config:
            self.build(config["input_shape"])
        elif config and "shapes_dict" in config:
            self.build(**config["shapes_dict"])

    def _variable(self, name: str, dims: Any, dtype: DType, make: Any, regularizer: Any, **options: Any) -> Variable:
        if self._new_variable is not None:
            return self._new_variable(name, dims, dtype, initializer=make, regularizer=regularizer, **options)
        variable = Variable(lambda: make(dims, dtype), name=name, dtype=dtype, **options)
        if regularizer is not None:
            with variable.graph.name_scope("Regularizer"):
                penalty = regularizer(variable)
            note_penalty(variable, penalty)
            variable.graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, penalty)
        return variable

    def make_variables_with(self, graph: Graph, new_variable: Callable[..., Variable]) -> None:
        """Make the weights variables of `graph`, with a function that is called as `get_variable` is."""
        self._graph = graph
        self._new_variable = new_variable

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _marking_as_built(build: Callable[..., None]) -> Callable[..., None]:
    """`build`, which also notes that the weights are there."""

    @functools.wraps(build)
    def marking(self: Layer, *args: Any, **kwargs: Any) -> None:
        build(self, *args, **kwargs)
        self.built = True
        if marking is getattr(type(self).build, "__func__", type(self).build):  # not that of a base
            self.__dict__["_built_for"] = dict(inspect.signature(build).bind(self, *args, **kwargs).arguments)
            del self.__dict__["_built_for"][next(iter(self.__dict__["_built_for"]))]

    return marking


def _plain_arguments(constructor: Callable[..., None], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The arguments of a constructor by name, with its defaults; None if they cannot be written down."""
    try:
        bound = inspect.signature(constructor).bind(None, *args, **kwargs)
    except TypeError:
        return None  # which the constructor will say
    bound.apply_defaults()
    given: dict[str, Any] = {}
    for parameter, value in list(zip(bound.signature.parameters.values(), bound.arguments.values(), strict=True))[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            given.update(value)
        elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.VAR_POSITIONAL):
            return None
        else:
            given[parameter.name] = value
    given = {k: v for k, v in given.items() if k != "name"}
    plain = all(isinstance(v, (str, int, float, bool, type(None))) for v in flatten(given))
    return given if plain else None


def _takes(function: Callable[..., Any], name: str) -> bool:
    """Whether a function has a parameter `name`, or takes any."""
    parameters = inspect.signature(function).parameters.values()
    return any(p.name == name or p.kind is p.VAR_KEYWORD for p in parameters)


def _weight_arguments(layer: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `add_weight` by name. TypeError if one is not known or given twice."""
    order = _FIRST_NAME if args and isinstance(args[0], (str, type(None))) else _FIRST_SHAPE
    given = dict(zip(order, args, strict=False))
    ignored = {"autocast", "aggregation", "synchronization", "use_resource", "overwrite_with_gradient"}
    unknown = sorted(kwargs.keys() - set(_FIRST_NAME) - ignored)
    if unknown or len(args) > len(order) or given.keys() & kwargs.keys():
        twice = sorted(given.keys() & kwargs.keys())
        raise TypeError(
            f"Layer {layer!r}: add_weight takes {', '.join(_FIRST_NAME)}, up to {len(order)} of them by position; got "
            f"{len(args)} by position, unknown: {unknown}, given twice: {twice}."
        )
    return {**given, **{k: v for k, v in kwargs.items() if k not in ignored and (k != "shape" or v is not None)}}


def _type_of(dtype: Any, name: str) -> DType:
    """The type that `dtype` says: its name, or a policy's name or description."""
    inner = dtype.get("config", {}) if isinstance(dtype, Mapping) else dtype
    asked = inner.get("name", "float32") if isinstance(inner, Mapping) else getattr(inner, "variable_dtype", inner)
    if isinstance(asked, str) and asked.startswith("mixed_"):
        warnings.warn(f"Layer {name!r} is to compute in {asked}; kerasflow computes in float32.", stacklevel=4)
        asked = "float32"
    return as_dtype("float32" if asked is None else asked)


def _given_input_shape(cls: type, kwargs: dict[str, Any]) -> shapes.Dims:
    """The shape with the batch that ``input_shape=``, ``input_dim=`` or ``batch_input_shape=`` asks for."""
    if "batch_input_shape" in kwargs:
        dims = shapes.as_dims(kwargs.pop("batch_input_shape"))
    elif "input_shape" in kwargs:
        inner = kwargs.pop("input_shape")
        dims = (None, *(shapes.as_dims(inner) or ()))
    elif "input_dim" in kwargs:
        dims = (None, int(kwargs.pop("input_dim")))
    else:
        dims = None
    if kwargs:
        raise TypeError(f"{cls.__name__} got arguments it does not know: {', '.join(sorted(kwargs))}.")
    return dims


def base_name(class_name: str) -> str:
    """What layers of a class are called after: ``DenseNet`` gives ``dense_net``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[^_])(?=[A-Z][a-z])", "_", class_name).lower().lstrip("_")


def unique_layer_name(class_name: str) -> str:
    """``DenseNet`` gives ``dense_net``, then ``dense_net_1``, ... as long as the default graph stays the same."""
    base = base_name(class_name)
    counts = default_graph().state.setdefault("layer names", {})
    counts[base] = counts.get(base, -1) + 1
    return f"{base}_{counts[base]}" if counts[base] else base
