"""`Caller`: what happens when a layer is called.

On a `KerasTensor` the call is recorded, and tried in a scratch graph to learn what it gives. On tensors the layer's
operations join their graph. In both cases the layer makes its weights first, once the shapes of its inputs are known;
`call` is told of the phase and of the masks if it has parameters for them, and may leave losses and updates behind.
"""

from __future__ import annotations

import contextlib
import inspect
import re
from typing import Any

import numpy as np

from kerasflow.core import ops, shapes
from kerasflow.core.graph import Graph, convert, default_graph, graph_of
from kerasflow.core.ops.constant import placeholder
from kerasflow.core.tensor import Tensor
from kerasflow.core.types import DType
from kerasflow.core.types import bool as bool_
from kerasflow.core.variables import Variable
from kerasflow.core.weights import next_seed
from kerasflow.layers import context
from kerasflow.layers.leaving import Leaver
from kerasflow.layers.masks import mask_of, pass_masks, set_mask, set_masks, warn_of_lost_mask
from kerasflow.layers.specs import check_inputs
from kerasflow.layers.symbolic import KerasTensor, Node, flatten, map_structure

__all__ = ["Caller", "graph_name"]


class Caller(Leaver):
    """What is called on tensors, symbolic or not."""

    name: str
    built: bool
    dtype: DType
    nodes: list[Node]
    call: Any
    build: Any
    compute_mask: Any
    supports_masking = False  # whether a mask that rides with the input may ride on with the output
    autocast = True  # whether inputs of another floating type are converted to the layer's
    input_spec: Any = None  # what inputs have to look like: an `InputSpec`, or a list of them
    activity_regularizer: Any = None
    _warns_of_lost_masks = True
    _graph: Graph | None = None  # the user's graph whose variables the weights are

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Record the call, for a `KerasTensor`; else add the layer's operations to the graph of the inputs."""
        if "nodes" not in self.__dict__:
            raise RuntimeError(f"{type(self).__name__}.__init__ must call super().__init__() first.")
        args, kwargs = self._inputs_first(args, kwargs)
        leaves = flatten((args, tuple(kwargs.values())))
        if any(isinstance(t, KerasTensor) for t in leaves):
            return self._record_call(args, kwargs)
        tensors = [t for t in leaves if isinstance(t, (Tensor, Variable))]
        graph = graph_of(tensors) if tensors else default_graph()
        if tensors and not self.built and context.current_record() is None:
            around = context.caller_in(graph)  # whose weights are all of one kind
            self._graph = graph if around is None else around._graph
        with graph.as_default(), graph.name_scope(graph_name(self.name)):
            args = (map_structure(_as_tensor, args[0]), *map_structure(_as_argument, args[1:]))
            kwargs = map_structure(_as_argument, kwargs)
            if self.autocast and (context.current_record() is not None or not tensors):
                args, kwargs = map_structure(self._cast, (args, kwargs))
            if not any(isinstance(t, Tensor) for t in flatten(args[0])):
                raise TypeError(f"Layer {self.name!r} is called on tensors or arrays, got {args[0]!r}.")
            check_inputs(self.input_spec, args[0], self.name)
            return self._applied(args, kwargs, building=True)

    def computed(self, *args: Any, **kwargs: Any) -> Any:
        """What a call gives, for tensors of the default graph and a layer that is built, in the current name scope."""
        return self._applied(args, kwargs, building=False)

    # The steps of a call.

    def _inputs_first(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """The arguments, the first one by position, however it was given."""
        if not args:
            first = next(iter(inspect.signature(self.call).parameters), None)
            if first not in kwargs:
                raise TypeError(f"Layer {self.name!r} is called without inputs.")
            args, kwargs = (kwargs[first],), {k: v for k, v in kwargs.items() if k != first}
        return args, kwargs

    def _cast(self, value: Any) -> Any:
        """A tensor of the layer's type, for one of another floating type. A user's graph is left as it is."""
        if not (isinstance(value, Tensor) and value.dtype.is_floating and self.dtype.is_floating):
            return value
        if value.dtype == self.dtype:
            return value
        cast = ops.cast(value, self.dtype)
        set_mask(cast, mask_of(value))
        return cast

    def _applied(self, args: tuple[Any, ...], kwargs: dict[str, Any], building: bool) -> Any:
        bound, training = self._bound(args, kwargs)
        if building and not self.built:
            self._build_for(bound)
        mask = pass_masks(bound)
        with contextlib.nullcontext() if training is None else context.training_phase(training), self._leaving():
            outputs = self.call(*bound.args, **bound.kwargs)
            self._leave_penalties(outputs)
        self._pass_on(bound, mask, outputs)
        return outputs

    def _bound(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[inspect.BoundArguments, Any]:
        """The arguments of `call`, and whether to train: what the caller says, the model around, or the default."""
        signature = inspect.signature(self.call)
        training = None
        if "training" not in signature.parameters:
            training = kwargs.pop("training", None)
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as e:
            raise TypeError(f"Layer {self.name!r}, {type(self).__name__}.call: {e}.") from None
        if "training" in signature.parameters:
            default = signature.parameters["training"].default
            training = _first_known(bound.arguments.get("training"), context.phase_if_known(), default)
            bound.arguments["training"] = False if training is None else training
        return bound, training

    def _pass_on(self, bound: inspect.BoundArguments, mask: Any, outputs: Any) -> None:
        """Let a mask ride on, or say that it is lost."""
        if self.supports_masking:
            set_masks(outputs, self.compute_mask(next(iter(bound.arguments.values())), mask))
        elif self._warns_of_lost_masks and any(m is not None for m in flatten(mask)):
            self._warns_of_lost_masks = False  # once is enough: a model builds its layers several times
            warn_of_lost_mask(self.name, type(self).__name__)

    def _build_for(self, bound: inspect.BoundArguments) -> None:
        """Make the weights for the shapes of some arguments.

        `build` with one parameter takes the shape of the first argument; with several, ``x_shape`` is that of ``x``.
        """
        parameters = inspect.signature(self.build).parameters
        named = [p for p in parameters.values() if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        if len(named) <= 1:
            self.ensure_built(_shapes_of(next(iter(bound.arguments.values()))))
            return
        known = {f"{name}_shape": value for name, value in bound.arguments.items()}
        missing = [p.name for p in named if p.name not in known and p.default is p.empty]
        if missing:
            raise ValueError(
                f"{type(self).__name__}.build takes {missing}, but its parameters must be named after those of call: "
                f"{sorted(known)}."
            )
        self.build(**{p.name: _shapes_of(known[p.name]) for p in named if p.name in known})

    def ensure_built(self, input_shape: Any) -> None:
        """Make the weights, unless they are there."""
        if not self.built:
            self.build(input_shape)

    # Recording.

    def _record_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        node = Node(self, args, kwargs)
        outputs = self._trace(args, kwargs)
        if not all(isinstance(t, (Tensor, type(None))) for t in flatten(outputs)):
            raise TypeError(f"{type(self).__name__}.call must return tensors, got {outputs!r}.")

        def symbolic(t: Tensor | None) -> KerasTensor | None:
            mask = mask_of(t)
            dims = None if mask is None else mask.dims
            return None if t is None else KerasTensor(t.dims, t.dtype, node, self.name, mask is not None, dims)

        node.outputs = map_structure(symbolic, outputs)
        self.nodes.append(node)
        return node.outputs

    def _trace(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
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
            args, kwargs = map_structure(stand_in, (args, kwargs))
            return self(*args, **kwargs)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of `input_shape`; builds the layer."""
        node = Node(self, (), {})

        def symbolic(shape: Any) -> Any:
            if isinstance(shape, dict):
                return {k: symbolic(s) for k, s in shape.items()}
            if isinstance(shape, (list, tuple)) and any(isinstance(s, (list, tuple, dict)) for s in shape):
                return [symbolic(s) for s in shape]
            return KerasTensor(shapes.as_dims(shape), self.dtype, node, self.name)

        return _shapes_of(self._trace((symbolic(input_shape),), {}))

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
        return _shapes_of(self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of what the layer gave."""
        return _shapes_of(self.output)


def _as_tensor(value: Any) -> Any:
    return value if value is None else convert(value)


def _as_argument(value: Any) -> Any:
    return convert(value) if isinstance(value, np.ndarray) else value


def _shapes_of(structure: Any) -> Any:
    """The shapes of the tensors in a nest, as tuples; None for what is none."""
    return map_structure(lambda t: t.dims if isinstance(t, (Tensor, KerasTensor)) else None, structure)


def _first_known(*values: Any) -> Any:
    """The first of `values` that says something."""
    return next((v for v in values if v is not None and v is not inspect.Parameter.empty), None)


def graph_name(name: str) -> str:
    """The name of a layer in graphs, which take fewer characters than layers do."""
    plain = re.sub(r"[^A-Za-z0-9_.\\/-]", "_", name)
    return plain if re.match(r"[A-Za-z0-9.]", plain) else f".{plain}"
