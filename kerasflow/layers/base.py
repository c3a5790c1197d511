"""`Layer`: weights and an expression.

A layer is two methods: `build` makes the weights, once the shape of the input is known, and `call` is the expression.
Calling a layer on a `KerasTensor` only records the call; calling it on a graph's tensor adds the expression to that
graph. Weights made for a model are arrays that all graphs share (`Weight`); a layer first called on a tensor of a
user's graph makes ordinary variables of that graph, which its sessions initialise as they do all others.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasflow import initializers
from kerasflow.core import shapes
from kerasflow.core.graph import Graph, convert, default_graph
from kerasflow.core.keys import GraphKeys
from kerasflow.core.ops.constant import placeholder
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType, as_dtype
from kerasflow.core.types import bool as bool_
from kerasflow.core.variables import Variable
from kerasflow.core.weights import Weight, evaluate, next_seed
from kerasflow.layers import context
from kerasflow.layers.holding import Holder
from kerasflow.layers.masks import mask_of, pass_masks, set_mask, set_masks, warn_of_lost_mask
from kerasflow.layers.symbolic import KerasTensor, Node, flatten, map_structure

__all__ = ["Layer", "base_name", "unique_layer_name"]


class Layer(Holder):
    """The base of all layers.

    A layer of one's own defines `build(input_shape)`, which makes weights with `add_weight`, and `call(inputs)`, which
    computes the output with the graph functions; `call` may take `training`.

    Args:
        name: the layer's name; by default made from the class's, unique in the default graph.
        trainable: whether optimizers change its weights.
        dtype: the type of its weights, by default float32.

    >>> class Scale(tf.keras.layers.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", shape=input_shape[-1:], initializer="ones")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> scale = Scale()
    >>> scale(tf.keras.Input((3,))).shape.as_list(), scale.get_weights()
    ([None, 3], [array([1., 1., 1.], dtype=float32)])
    """

    supports_masking = False  # whether a mask that rides with the input may ride on with the output
    _warns_of_lost_masks = True

    def __init__(self, name: str | None = None, trainable: bool = True, dtype: Any = None, **kwargs: Any) -> None:
        input_shape = _given_input_shape(type(self), kwargs)
        if not isinstance(name, (str, type(None))):
            raise TypeError(f"The name of a layer must be a string, got {name!r}.")
        self.name = name or unique_layer_name(type(self).__name__)
        self.dtype: DType = as_dtype(dtype or "float32")
        self.built = False
        self.trainable = trainable
        self.batch_input_shape = input_shape
        self.nodes: list[Node] = []
        self._weights: list[Any] = []
        self._sublayers: list[Layer] = []
        self._graph: Graph | None = None  # the user's graph whose variables the weights are
        self._new_variable: Callable[..., Variable] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in cls.__dict__:
            cls.build = _marking_as_built(cls.build)
        if "compute_mask" in cls.__dict__ and "supports_masking" not in cls.__dict__:
            cls.supports_masking = True

    def __setattr__(self, name: str, value: Any) -> None:
        if "_sublayers" in self.__dict__ and not name.startswith("_"):
            for item in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(item, Layer) and item not in self._sublayers:
                    self._sublayers.append(item)
        super().__setattr__(name, value)

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
        """The arguments that make a layer like this one."""
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer from what `get_config` gave."""
        return cls(**config)

    # Calling.

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        """Record the call, for a `KerasTensor`; else add the layer's operations to the graph of the input."""
        if "_sublayers" not in self.__dict__:
            raise RuntimeError(f"{type(self).__name__}.__init__ must call super().__init__() first.")
        leaves = flatten((inputs, args, tuple(kwargs.values())))
        if any(isinstance(t, KerasTensor) for t in leaves):
            return self._record_call(inputs, args, kwargs)
        inputs = map_structure(_as_tensor, inputs)
        args, kwargs = map_structure(_array_as_tensor, (args, kwargs))
        first = next((t for t in flatten((inputs, args, kwargs)) if isinstance(t, Tensor)), None)
        if first is None:
            raise TypeError(f"Layer {self.name!r} is called on tensors or arrays, got {inputs!r}.")
        graph = first.graph
        if not self.built and context.current_record() is None:
            self._graph = graph
        with graph.as_default(), graph.name_scope(_graph_name(self.name)):
            self.ensure_built(map_structure(lambda t: t.dims, inputs))
            return self._called(inputs, args, kwargs)

    def _called(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What `call` gives, told of the phase and of the masks, and with the masks of the outputs."""
        signature = inspect.signature(self.call)
        training = kwargs.pop("training", None)
        if "training" in signature.parameters:
            training = _first_known(training, context.phase_if_known(), signature.parameters["training"].default)
            kwargs["training"] = False if training is None else training
        try:
            bound = signature.bind(inputs, *args, **kwargs)
        except TypeError as e:
            raise TypeError(f"Layer {self.name!r}, {type(self).__name__}.call: {e}.") from None
        mask = pass_masks(bound)
        with contextlib.nullcontext() if training is None else context.training_phase(training):
            outputs = self.call(*bound.args, **bound.kwargs)
        if self.supports_masking:
            set_masks(outputs, self.compute_mask(inputs, mask))
        elif self._warns_of_lost_masks and any(m is not None for m in flatten(mask)):
            self._warns_of_lost_masks = False  # once is enough: a model builds its layers several times
            warn_of_lost_mask(self.name, type(self).__name__)
        return outputs

    def ensure_built(self, input_shape: Any) -> None:
        """Make the weights, unless they are there."""
        if not self.built:
            self.build(input_shape)

    def call_options(self, training: Any = None, **kwargs: Any) -> dict[str, Any]:
        """The keyword arguments for `call`, with the phase if it takes `training` and was not told."""
        if "training" in inspect.signature(self.call).parameters:
            kwargs["training"] = context.phase() if training is None else training
        return kwargs

    def _record_call(self, inputs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        node = Node(self, (inputs, *args), kwargs)
        outputs = self._trace(inputs, args, kwargs)
        single = isinstance(outputs, Tensor)
        if not all(isinstance(t, Tensor) for t in flatten(outputs)):
            raise TypeError(f"{type(self).__name__}.call must return tensors, got {outputs!r}.")

        def symbolic(t: Tensor) -> KerasTensor:
            mask = mask_of(t)
            return KerasTensor(t.dims, t.dtype, node, self.name, mask is not None, None if mask is None else mask.dims)

        node.outputs = symbolic(outputs) if single else map_structure(symbolic, outputs)
        self.nodes.append(node)
        return node.outputs

    def _trace(self, inputs: Any, args: Any, kwargs: Any) -> Any:
        """The outputs in a scratch graph: their shapes and types are those of the recorded call."""

        def stand_in(t: Any) -> Any:
            if not isinstance(t, KerasTensor):
                return t
            tensor = placeholder(t.dtype, t.dims)
            set_mask(tensor, placeholder(bool_, t.mask_dims) if t.masked else None)
            return tensor

        scratch = Graph()
        scratch.seed = next_seed()  # so that weights made here are drawn by the default graph's seed
        with scratch.as_default(), context.recording(), context.training_phase(False):
            inputs, args, kwargs = map_structure(stand_in, (inputs, args, kwargs))
            return self(inputs, *args, **kwargs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of `input_shape`; builds the layer."""

        def trace(dims: Any) -> KerasTensor:
            return KerasTensor(shapes.as_dims(dims), self.dtype, Node(self, (), {}), self.name)

        nested = isinstance(input_shape, (list, tuple)) and any(isinstance(s, (list, tuple)) for s in input_shape)
        inputs = [trace(s) for s in input_shape] if nested else trace(input_shape)
        outputs = self._trace(inputs, (), {})
        return outputs.dims if isinstance(outputs, Tensor) else map_structure(lambda t: t.dims, outputs)

    # Making weights, and what is left behind for the model.

    def add_weight(
        self,
        name: str | None = None,
        shape: Any = (),
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Callable[[Any], Any] | None = None,
        trainable: bool = True,
        constraint: Callable[[Any], Any] | None = None,
    ) -> Any:
        """A new weight of the layer.

        Args:
            name: its name within the layer.
            shape: its shape; every size known.
            dtype: its type, by default the layer's.
            initializer: an initializer or its name; by default Glorot uniform, zeros for integers.
            regularizer: a function from the weight to a penalty.
            trainable: whether optimizers change it.
            constraint: a function from the weight to its projected value.

        Raises:
            ValueError: a size is not known.
        """
        dims = shapes.as_dims(shape)
        element = as_dtype(dtype or self.dtype)
        if not shapes.is_static(dims):
            raise ValueError(
                f"Layer {self.name!r}: the shape {shapes.show(dims)} of the weight {name!r} must be fully known. "
                "Say the input's shape, or call the layer on inputs whose last axis is known."
            )
        default = "glorot_uniform" if element.is_floating else "zeros"
        make = initializers.get(initializer or default)
        options = {"trainable": trainable, "constraint": constraint}
        if self._graph is not None:
            options["trainable"] = trainable and self.trainable  # the graph's collection is for good
            weight: Any = self._variable(name or "weight", dims, element, make, regularizer, **options)
        else:
            value = evaluate(lambda: make(dims, element), next_seed())
            weight = Weight(value, _graph_name(f"{self.name}/{name or 'weight'}"), regularizer=regularizer, **options)
        self._weights.append(weight)
        return weight

    def _variable(self, name: str, dims: Any, dtype: DType, make: Any, regularizer: Any, **options: Any) -> Variable:
        if self._new_variable is not None:
            return self._new_variable(name, dims, dtype, initializer=make, regularizer=regularizer, **options)
        variable = Variable(lambda: make(dims, dtype), name=name, dtype=dtype, **options)
        if regularizer is not None:
            with variable.graph.name_scope("Regularizer"):
                self.add_loss(regularizer(variable))
        return variable

    def make_variables_with(self, graph: Graph, new_variable: Callable[..., Variable]) -> None:
        """Make the weights variables of `graph`, with a function that is called as `get_variable` is."""
        self._graph = graph
        self._new_variable = new_variable

    def add_loss(self, loss: Any) -> None:
        """Add a scalar tensor to the loss of the model that is being built, or to the graph's regularization losses."""
        record = context.current_record()
        if record is not None:
            record.losses.append(loss)
        else:
            loss.graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)

    def add_update(self, update: Any) -> None:
        """Have an operation run with each training step, or join the graph's UPDATE_OPS."""
        record = context.current_record()
        if record is not None:
            record.updates.append(update)
        else:
            update.graph.add_to_collection(GraphKeys.UPDATE_OPS, update)

    # The recorded calls, seen from outside.

    def _only_node(self, what: str) -> Node:
        if len(self.nodes) != 1:
            raise AttributeError(f"Layer {self.name!r} was called {len(self.nodes)} times, so it has no one {what}.")
        return self.nodes[0]

    @property
    def input(self) -> Any:
        """What the layer was called on. AttributeError unless it was called exactly once."""
        return self._only_node("input").arguments[0]

    @property
    def output(self) -> Any:
        """What the layer gave. AttributeError unless it was called exactly once."""
        return self._only_node("output").outputs

    @property
    def input_shape(self) -> Any:
        """The shape of what the layer was called on."""
        return map_structure(lambda t: t.dims, self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of what the layer gave."""
        return map_structure(lambda t: t.dims, self.output)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _marking_as_built(build: Callable[..., None]) -> Callable[..., None]:
    """`build`, which also notes that the weights are there."""

    @functools.wraps(build)
    def marking(self: Layer, input_shape: Any) -> None:
        build(self, input_shape)
        self.built = True

    return marking


def _as_tensor(value: Any) -> Any:
    return value if value is None else convert(value)


def _array_as_tensor(value: Any) -> Any:
    return convert(value) if isinstance(value, np.ndarray) else value


def _first_known(*values: Any) -> Any:
    """The first of `values` that says something."""
    return next((v for v in values if v is not None and v is not inspect.Parameter.empty), None)


def _graph_name(name: str) -> str:
    """The name in graphs, which take fewer characters than layers do."""
    plain = re.sub(r"[^A-Za-z0-9_.\\/-]", "_", name)
    return plain if re.match(r"[A-Za-z0-9.]", plain) else f".{plain}"


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
