"""`Operation` and `Tensor`: the nodes of a graph and the values that flow between them.

An operation is immutable once it is made (only a tensor's static shape may become better known, and a loop may be
asked to keep more of what it computes). Both are handles:
they hold no values. Operators build operations in the tensor's own graph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from kerasflow.core import shapes
from kerasflow.core.opdef import OpDef
from kerasflow.core.shapes import Dims, TensorShape
from kerasflow.core.types import DType, Spec

if TYPE_CHECKING:
    from kerasflow.core.graph import Graph

__all__ = ["IndexedSlices", "IndexedSlicesValue", "Operation", "Tensor", "forward_operators", "holds_tensor"]


class Operation:
    """A node of a graph: one computation, with its inputs, attributes and outputs.

    >>> op = tf.constant(2.0, name="two").op
    >>> op.name, op.type, [t.name for t in op.outputs], op.get_attr("dtype")
    ('two', 'Const', ['two:0'], tf.float32)
    """

    __slots__ = (
        "attrs",
        "control_inputs",
        "device",
        "graph",
        "index",
        "name",
        "opdef",
        "operands",
        "outputs",
        "where",
        "__weakref__",
    )

    def __init__(
        self,
        graph: Graph,
        index: int,
        opdef: OpDef,
        name: str,
        inputs: tuple[Tensor, ...],
        attrs: dict[str, Any],
        control_inputs: tuple[Operation, ...],
        specs: tuple[Spec, ...],
        where: tuple[str, int, str] | None,
    ) -> None:
        self.graph = graph
        self.index = index
        self.opdef = opdef
        self.name = name
        self.operands = inputs  # what a run of it takes: see `inputs`
        self.attrs = attrs
        self.control_inputs = control_inputs
        self.where = where
        self.device = ""
        self.outputs = tuple(Tensor(self, i, s) for i, s in enumerate(specs))

    @property
    def type(self) -> str:
        """The kind of operation, such as ``"MatMul"``."""
        return self.opdef.name

    @property
    def output(self) -> Tensor:
        """The first output."""
        return self.outputs[0]

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """What it takes; for an operation that reads or changes a variable, that variable comes first.

        A run that sets a variable does not read it: it is not among the `operands` (rule G5). Programs look for it
        here, and for the initial value, ``graph.get_operation_by_name("w/Assign").inputs[1]``.
        """
        named = self.opdef.writes or (None if self.operands else self.opdef.reads)
        variable = self.attrs[named] if named else ()
        return self.operands if isinstance(variable, tuple) else (variable.fetched, *self.operands)

    def get_attr(self, name: str) -> Any:
        """An attribute's value. ValueError if the operation has none of that name."""
        if name == "dtype" and name not in self.attrs and self.outputs:
            return self.output.dtype
        if name == "_gradient_op_type" and self.opdef.gradient:
            return self.opdef.gradient.encode()
        if name not in self.attrs:
            raise ValueError(f"Operation {self.name!r} has no attribute {name!r}; it has {sorted(self.attrs)}.")
        return self.attrs[name]

    @property
    def op_def(self) -> OpDef:
        """What kind of operation it is: a record with its `name`."""
        return self.opdef

    def colocation_groups(self) -> list[bytes]:
        """What it has to be together with on a device: its variable, or else itself."""
        named = self.opdef.writes or self.opdef.reads
        variable = self.attrs[named] if named else ()
        return [f"loc:@{self.name if isinstance(variable, tuple) else variable.op.name}".encode()]

    def values(self) -> tuple[Tensor, ...]:
        """The outputs."""
        return self.outputs

    @property
    def traceback(self) -> list[tuple[str, int, str]]:
        """The user's line that made the operation, as a list of one: file, line, function."""
        return [] if self.where is None else [self.where]

    def grow(self, spec: Spec) -> Tensor:
        """Another output: a loop or branch may be asked to keep more of what it computes on its way."""
        self.outputs = (*self.outputs, Tensor(self, len(self.outputs), spec))
        return self.outputs[-1]

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Run this operation in `session`, or in the default one."""
        self.graph.session_for(session, "run an operation").run(self, feed_dict)

    @property
    def created_at(self) -> str:
        """The user's line that made the operation, ``file:line, in function``."""
        return "unknown" if self.where is None else "{}:{}, in {}".format(*self.where)

    def __repr__(self) -> str:
        return f"<tf.Operation {self.name!r} type={self.type}>"


class Tensor:
    """A value that an operation will give when it is run: a type, a shape as far as known, and no numbers yet.

    >>> x = tf.placeholder(tf.float32, [None, 3], name="x")
    >>> x, x.name, x.dtype, x.shape.as_list()
    (<tf.Tensor 'x:0' shape=(?, 3) dtype=float32>, 'x:0', tf.float32, [None, 3])
    """

    __slots__ = ("dtype", "op", "spec", "value_index", "__weakref__")
    __array_ufunc__ = None  # so that `ndarray + tensor` reaches Tensor.__radd__
    __array_priority__ = 100

    def __init__(self, op: Operation, index: int, spec: Spec) -> None:
        self.op = op
        self.value_index = index
        self.dtype: DType = spec.dtype
        self.spec = spec  # type, static shape and, if it is a constant, value

    @property
    def graph(self) -> Graph:
        """The graph this tensor belongs to."""
        return self.op.graph

    @property
    def name(self) -> str:
        """The operation's name and the output's number, ``"op:0"``."""
        return f"{self.op.name}:{self.value_index}"

    @property
    def device(self) -> str:
        """Where the program says it shall be computed, empty if it says nothing."""
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        """The static shape."""
        return TensorShape(self.spec.shape)

    @property
    def dims(self) -> Dims:
        """The static shape as a tuple with None for unknown sizes, or None if the rank is not known."""
        return self.spec.shape

    def get_shape(self) -> TensorShape:
        """The static shape."""
        return self.shape

    def set_shape(self, shape: Any) -> None:
        """Add to what is known of the shape. ValueError if it contradicts what is known already."""
        self.spec = self.spec._replace(shape=shapes.merge(self.dims, shapes.as_dims(shape)))

    def consumers(self) -> list[Operation]:
        """The operations that take this tensor; of a variable, those that read or change it."""
        return [op for op in self.graph.get_operations() if self in op.inputs]

    def eval(self, feed_dict: Any = None, session: Any = None) -> Any:
        """The value, computed in `session` or in the default one."""
        return self.graph.session_for(session, "evaluate a tensor").run(self, feed_dict)

    def __add__(self, other: Any) -> Tensor:
        return self.graph.binary("Add", "add", self, other)

    def __radd__(self, other: Any) -> Tensor:
        return self.graph.binary("Add", "add", other, self)

    def __sub__(self, other: Any) -> Tensor:
        return self.graph.binary("Sub", "sub", self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return self.graph.binary("Sub", "sub", other, self)

    def __mul__(self, other: Any) -> Tensor:
        return self.graph.binary("Mul", "mul", self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return self.graph.binary("Mul", "mul", other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return self.graph.binary("RealDiv", "truediv", self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return self.graph.binary("RealDiv", "truediv", other, self)

    def __floordiv__(self, other: Any) -> Tensor:
        return self.graph.binary("FloorDiv", "floordiv", self, other)

    def __rfloordiv__(self, other: Any) -> Tensor:
        return self.graph.binary("FloorDiv", "floordiv", other, self)

    def __mod__(self, other: Any) -> Tensor:
        return self.graph.binary("FloorMod", "mod", self, other)

    def __rmod__(self, other: Any) -> Tensor:
        return self.graph.binary("FloorMod", "mod", other, self)

    def __pow__(self, other: Any) -> Tensor:
        return self.graph.binary("Pow", "pow", self, other)

    def __rpow__(self, other: Any) -> Tensor:
        return self.graph.binary("Pow", "pow", other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return self.graph.binary("MatMul", "matmul", self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return self.graph.binary("MatMul", "matmul", other, self)

    def __lt__(self, other: Any) -> Tensor:
        return self.graph.binary("Less", "Less", self, other)

    def __le__(self, other: Any) -> Tensor:
        return self.graph.binary("LessEqual", "LessEqual", self, other)

    def __gt__(self, other: Any) -> Tensor:
        return self.graph.binary("Greater", "Greater", self, other)

    def __ge__(self, other: Any) -> Tensor:
        return self.graph.binary("GreaterEqual", "GreaterEqual", self, other)

    def __and__(self, other: Any) -> Tensor:
        return self.graph.binary("LogicalAnd", "and", self, other)

    def __rand__(self, other: Any) -> Tensor:
        return self.graph.binary("LogicalAnd", "and", other, self)

    def __or__(self, other: Any) -> Tensor:
        return self.graph.binary("LogicalOr", "or", self, other)

    def __ror__(self, other: Any) -> Tensor:
        return self.graph.binary("LogicalOr", "or", other, self)

    def __xor__(self, other: Any) -> Tensor:
        return self.graph.binary("LogicalXor", "xor", self, other)

    def __rxor__(self, other: Any) -> Tensor:
        return self.graph.binary("LogicalXor", "xor", other, self)

    def __neg__(self) -> Tensor:
        return self.graph.unary("Neg", self)

    def __abs__(self) -> Tensor:
        return self.graph.unary("Abs", self)

    def __invert__(self) -> Tensor:
        return self.graph.unary("LogicalNot", self)

    def __getitem__(self, key: Any) -> Tensor:
        return self.graph.index(self, key)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"Tensor {self.name!r} has no truth value while the graph is built: use `if t is not None:`, or tf.cond."
        )

    def __len__(self) -> NoReturn:
        raise TypeError(f"Tensor {self.name!r} has no len(). Use t.shape[0] if it is known, or tf.shape(t)[0].")

    def __iter__(self) -> Iterator[Any]:
        raise TypeError(f"Tensor {self.name!r} cannot be iterated over. Use tf.unstack(t) or index it: t[0], t[1].")

    def __array__(self, dtype: Any = None, copy: Any = None) -> NoReturn:
        raise TypeError(f"Tensor {self.name!r} has no numbers yet: session.run(t) or keras.ops.convert_to_numpy(t).")

    def __repr__(self) -> str:
        return f"<tf.Tensor {self.name!r} shape={shapes.show(self.dims)} dtype={self.dtype.name}>"

    def __str__(self) -> str:
        shape = "" if self.dims is None else f", shape={shapes.show(self.dims)}"
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name}{device})'


class IndexedSlices:
    """Some rows of a larger array: row ``indices[i]`` is ``values[i]``, rows named twice add up, the rest are zero.

    It is the gradient of a gather, which touches few rows.
    """

    def __init__(self, values: Tensor, indices: Tensor, dense_shape: Tensor | None = None) -> None:
        self.values = values
        self.indices = indices
        self.dense_shape = dense_shape

    @property
    def dtype(self) -> DType:
        """The type of the values."""
        return self.values.dtype

    @property
    def graph(self) -> Graph:
        """The graph the parts belong to."""
        return self.values.graph

    @property
    def name(self) -> str:
        """The name of the values."""
        return self.values.name

    @property
    def op(self) -> Operation:
        """The operation that makes the values."""
        return self.values.op

    @property
    def device(self) -> str:
        """Where the program says the values shall be computed."""
        return self.values.device

    def consumers(self) -> list[Operation]:
        """The operations that take the values."""
        return self.values.consumers()

    def __tensor__(self, graph: Graph) -> Tensor:
        """The dense array."""
        if self.dense_shape is None:
            raise ValueError(f"IndexedSlices {self.name!r} has no dense shape, so it cannot become a tensor.")
        dense: Tensor = graph.apply(
            "ScatterNd", self.graph.index(self.indices, (Ellipsis, None)), self.values, self.dense_shape
        )
        return dense

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(-self.values, self.indices, self.dense_shape)

    def __repr__(self) -> str:
        return f"IndexedSlices(values={self.values}, indices={self.indices}, dense_shape={self.dense_shape})"


class IndexedSlicesValue(NamedTuple):
    """What a run gives for `IndexedSlices`."""

    values: Any
    indices: Any
    dense_shape: Any = None


def forward_operators(cls: type, read: Callable[[Any], Tensor]) -> None:
    """Give `cls` the operators of `Tensor`: each applies the tensor's to ``read(self)``."""

    def forward(method: str) -> Callable[..., Any]:
        def operator(self: Any, *args: Any) -> Any:
            return getattr(read(self), method)(*args)

        operator.__name__ = method
        return operator

    both = "add sub mul truediv floordiv mod pow matmul and or xor".split()
    for method in both + ["r" + m for m in both] + "lt le gt ge neg abs invert getitem".split():
        setattr(cls, f"__{method}__", forward(f"__{method}__"))


def holds_tensor(value: Any) -> bool:
    """Whether a nest of lists holds a tensor, as deep as lists are nested."""
    level = [value]
    while level:
        below: list[Any] = []
        for v in level:
            if isinstance(v, (list, tuple)):
                below.extend(v)
            elif isinstance(v, Tensor) or hasattr(v, "__tensor__") or hasattr(v, "__tensor_apply__"):
                return True
        level = below
    return False
