"""Random graphs of many operations, types and shapes, on which the engines have to agree to the last bit.

Every operation has one right result: arithmetic, comparisons, choices, casts, views, reads and changes of variables,
and sums and products of small whole numbers. The data are as hard as can be.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import kerasflow as tf
from tests.core.ops.agreement import EXTREME, SPECIAL

_LARGEST = 20000  # elements
SIZES = (1, 2, 3, 5, 16, 37)
TYPES = ("float32", "float64", "int32", "int64", "bool", "uint8", "int8", "int16", "uint16", "uint32", "uint64")


@dataclass
class Drawn:
    """A graph's ends: what is fed in each run, what is fetched, and its variables; `lines` say how it was made."""

    graph: tf.Graph
    feeds: list[dict[Any, np.ndarray]] = field(default_factory=list)
    variables: list[Any] = field(default_factory=list)
    fetches: list[Any] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return "\n".join(["", *self.lines, f"fetch {[t.name for t in self.fetches]}"])

    def run(self, on: Callable[[], Any]) -> list[Any]:
        """The fetches of all runs, and what the variables hold at the end, within the context that `on` makes."""
        with on(), tf.Session(graph=self.graph) as session:
            session.run([v.initializer for v in self.variables])
            results = [session.run(self.fetches, f) for f in self.feeds]
            return [*results, session.run(self.variables)]


class Maker:
    """A graph while it is drawn: `pool` are the tensors there are."""

    def __init__(self, seed: int, drawn: Drawn, types: tuple[str, ...], sizes: tuple[int, ...]) -> None:
        self.rng = np.random.default_rng(seed)
        self.drawn = drawn
        self.types = types
        self.sizes = [self.one_of(sizes) for _ in range(self.below(2, 4))]
        self.pool: list[Any] = []

    def below(self, *bounds: int) -> int:
        """A whole number from the first bound, or 0, to before the second."""
        return int(self.rng.integers(*bounds))

    def flag(self) -> bool:
        """True or False."""
        return bool(self.below(2))

    def one_of(self, choices: Any) -> Any:
        """One of these."""
        listed = list(choices)
        return listed[self.below(len(listed))]

    def shape(self) -> tuple[int, ...]:
        """A shape of rank 0 to 3 from few sizes, so that shapes fit each other."""
        dims = tuple(self.one_of([1, *self.sizes, *self.sizes]) for _ in range(self.below(4)))
        return dims if np.prod(dims) <= _LARGEST else dims[:1]

    def take(self, accept: Callable[[Any], bool]) -> Any:
        """A tensor that is accepted, mostly a recent one; None if there is none."""
        fit = [t for t in self.pool if accept(t)]
        if not fit:
            return None
        return fit[-1 - self.below(len(fit) if self.flag() else min(3, len(fit)))]

    def add(self, tensor: Any, line: str) -> None:
        """Put a tensor into the pool."""
        self.pool.append(tensor)
        self.drawn.lines.append(f"{tensor.name} {tensor.dtype.name}{list(tensor.dims)} = {line}")

    def feed(self) -> None:
        """Add a placeholder."""
        self.add(tf.placeholder(self.one_of(self.types), self.shape()), "feed")

    def apply(self, name: str, function: Callable[..., Any], *given: Any) -> None:
        """Add ``function(*given)`` unless something to give is missing, or it would be large."""
        if all(t is not None for t in given):
            result = function(*given)
            if np.prod(result.dims, dtype=int) <= _LARGEST:
                self.add(result, f"{name}({', '.join(t.name for t in given)})")

    def finish(self, runs: int, make: Callable[[np.random.Generator, Any], np.ndarray]) -> Drawn:
        """Choose what is fetched, and data for `runs` runs."""
        fed = [t for t in self.pool if t.op.type == "Placeholder"]
        self.drawn.feeds = [{t: make(self.rng, t) for t in fed} for _ in range(runs)]
        self.drawn.fetches = [self.pool[-1], *[self.take(lambda t: True) for _ in range(self.below(5))]]
        return self.drawn


def is_float(t: Any) -> bool:
    return t.dtype.kind == "f"


def is_number(t: Any) -> bool:
    return t.dtype.kind in "fiu"


def is_truth(t: Any) -> bool:
    return t.dtype.is_bool


def broadcasts(a: Any, b: Any) -> bool:
    """Whether two tensors can be taken together."""
    pairs = zip(reversed(a.dims), reversed(b.dims), strict=False)
    return a.dtype is b.dtype and all(m == n or 1 in (m, n) for m, n in pairs)


def whole(x: Any, limit: float = 8.0) -> Any:
    """Small whole numbers of the type of `x`, which add up exactly, to 0 and not to -0; what is no number stays."""
    return tf.clip_by_value(tf.rint(x), -limit, limit) + 0.0 if is_float(x) else x


def finite(x: Any) -> Any:
    """`x` with 0 for what is no finite number."""
    return tf.where(tf.is_finite(x), x, tf.zeros_like(x)) if is_float(x) else x


def as_type(dtype: str) -> Callable[[Any], Any]:
    """A cast whose numbers all fit."""
    low = 0.0 if dtype.startswith("u") else -100.0
    return lambda x: tf.cast(
        tf.clip_by_value(finite(x), low, 100.0) if is_float(x) and dtype not in ("float32", "float64", "bool") else x,
        dtype,
    )


def zero(x: Any) -> Any:
    """-0 as 0: of both, NumPy takes either as the larger."""
    return x + 0.0 if is_float(x) else x


FLOAT_1 = {
    "sqrt": lambda x: tf.sqrt(tf.abs(x)),
    "floor": tf.floor,
    "ceil": tf.ceil,
    "rint": tf.rint,
    "reciprocal": tf.reciprocal,
    "leaky": lambda x: tf.nn.leaky_relu(zero(x), 0.25),
    "relu6": lambda x: tf.nn.relu6(zero(x)),
    "rsqrt": lambda x: tf.rsqrt(whole(x) * whole(x)),
}
NUMBER_1 = {
    "abs": tf.abs,
    "square": tf.square,
    "identity": tf.identity,
    "relu": lambda x: tf.nn.relu(zero(x)),
    "sign": tf.sign,
    **{f"cast to {t}": as_type(t) for t in TYPES},
}
NUMBER_2 = {
    "add": tf.add,
    "sub": tf.subtract,
    "mul": tf.multiply,
    "max": lambda x, y: tf.maximum(zero(x), zero(y)),
    "min": lambda x, y: tf.minimum(zero(x), zero(y)),
    "squared difference": tf.squared_difference,
    "less": tf.less,
    "less equal": tf.less_equal,
    "greater": tf.greater,
    "greater equal": tf.greater_equal,
    "equal": tf.equal,
    "not equal": tf.not_equal,
}
FLOAT_2 = {"div": tf.divide, "floor div": tf.floordiv}
TRUTH_2 = {"and": tf.logical_and, "or": tf.logical_or, "xor": tf.logical_xor}
REDUCTIONS = {
    "sum": lambda x, axes, keep: tf.reduce_sum(whole(x), axes, keep),
    "prod": lambda x, axes, keep: tf.reduce_prod(whole(x, 1.0), axes, keep),
    "max": lambda x, axes, keep: tf.reduce_max(zero(x), axes, keep),
    "min": lambda x, axes, keep: tf.reduce_min(zero(x), axes, keep),
}


def reduction(m: Maker, table: dict[str, Any], accept: Callable[[Any], bool]) -> None:
    """Reduce a tensor along some axes."""
    x = m.take(lambda t: accept(t) and 0 not in t.dims)
    if x is not None:
        name = m.one_of(table)
        axes = [a for a in range(len(x.dims)) if m.flag()]
        axes = None if m.flag() and not axes else axes
        keep = m.flag()
        m.apply(f"reduce {name} {axes} {keep}", lambda x: table[name](x, axes, keep), x)


def view(m: Maker) -> None:
    """Another view of a tensor: transposed, reshaped, cut, reversed, broadcast."""
    x = m.take(lambda t: True)
    rank = len(x.dims)
    kind = m.one_of(["transpose", "flat", "column", "expand", "cut", "reverse", "broadcast", "concat", "squeeze"])
    if kind == "transpose":
        perm = m.rng.permutation(rank).tolist()
        m.apply(f"transpose {perm}", lambda x: tf.transpose(x, perm), x)
    elif kind in ("flat", "column"):
        m.apply(kind, lambda x: tf.reshape(x, [-1] if kind == "flat" else [-1, 1]), x if 0 not in x.dims else None)
    elif kind == "expand":
        m.apply("expand", lambda x: tf.expand_dims(x, m.below(rank + 1)), x)
    elif kind == "cut" and rank:
        start, step = m.below(2), m.one_of([1, 2, -1])
        m.apply(f"[{start}::{step}]", lambda x: x[::-1] if step < 0 else x[start::step], x)
    elif kind == "reverse" and rank:
        m.apply("reverse", lambda x: tf.reverse(x, [m.below(rank)]), x)
    elif kind == "broadcast" and rank < 3:
        m.apply("broadcast", lambda x: tf.broadcast_to(x, (m.one_of(m.sizes), *x.dims)), x)
    elif kind == "concat" and rank:
        m.apply("concat", lambda x: tf.concat([x, x], m.below(rank)), x)
    else:
        m.apply("squeeze", tf.squeeze, x)


def move(m: Maker) -> None:
    """Take, repeat, spread out or add up parts of a tensor."""
    x = m.take(lambda t: t.dims and 0 not in t.dims)
    if x is None:
        return
    axis = m.below(len(x.dims))
    n, rank = x.dims[axis], len(x.dims)
    rows = m.rng.integers(0, n, (m.one_of([1, 2, 7]), m.below(1, 3))[: m.below(1, 3)])
    groups = m.rng.integers(-1, 4, x.dims[0])
    cut = [slice(m.below(-n, n), m.one_of([None, m.below(-n, n + 1)]), m.one_of([1, 2, -1, -2])) for n in x.dims]
    moves = {
        f"gather {rows.tolist()} {axis}": lambda x: tf.gather(x, tf.constant(rows), axis=axis),
        f"{cut}": lambda x: x[tuple(cut)],
        "tile": lambda x: tf.tile(x, [2 if a == axis else 1 for a in range(rank)]),
        "pad": lambda x: tf.pad(x, [[1, 2] if a == axis else [0, 1] for a in range(rank)]),
        "stack": lambda x: tf.stack([x, x], m.below(rank + 1)),
        "unstack": lambda x: tf.unstack(x, axis=axis)[-1],
        "split": lambda x: tf.split(x, [1, n - 1], axis)[m.below(2)],
    }
    if is_number(x):
        moves["cumsum"] = lambda x: tf.cumsum(whole(x), axis, exclusive=m.flag(), reverse=m.flag())
        moves[f"segments {groups.tolist()}"] = lambda x: tf.unsorted_segment_sum(whole(x), tf.constant(groups), 4)
        moves["one hot"] = lambda x: tf.one_hot(tf.cast(whole(finite(x)), "int32"), 5, 2.0, -1.0, axis=axis)
    name = m.one_of(moves)
    m.apply(name, moves[name], x if x.dtype.name not in ("uint16", "uint32", "uint64") or is_float(x) else None)


def product(m: Maker, prepare: Callable[[Any], Any]) -> None:
    """A matrix product, one or both factors transposed."""
    x = m.take(lambda t: is_float(t) and len(t.dims) == 2 and 0 not in t.dims)
    if x is None:
        return
    fits = [(t, a, b) for t in m.pool if t.dtype is x.dtype and len(t.dims) == 2 for a in (0, 1) for b in (0, 1)]
    fits = [(t, a, b) for t, a, b in fits if x.dims[1 - a] == t.dims[b]]
    if fits:
        y, a, b = m.one_of(fits)
        m.apply(f"matmul {a} {b}", lambda x, y: zero(tf.matmul(prepare(x), prepare(y), bool(a), bool(b))), x, y)


def choose(m: Maker) -> None:
    """A choice between two tensors, by elements or by rows."""
    c = m.take(is_truth)
    if c is not None:
        x = m.take(lambda t: t.dims == c.dims or (len(c.dims) == 1 and t.dims[:1] == c.dims))
        y = m.take(lambda t: x is not None and t.dims == x.dims and t.dtype is x.dtype)
        m.apply("where", tf.where, c, x, y)


def write(m: Maker) -> None:
    """Read or change a variable."""
    v = m.one_of(m.drawn.variables)
    kind = m.one_of(["read_value", "assign", "assign_add", "assign_sub"])
    if kind == "read_value":
        m.add(v.read_value(), f"read {v.name}")
        return
    x = m.take(lambda t: t.dtype is v.dtype and broadcasts(t, v) and len(t.dims) <= len(v.dims))
    if x is not None and np.broadcast_shapes(x.dims, v.dims) == v.dims:
        m.apply(f"{kind} {v.name}", lambda x: getattr(v, kind)(tf.broadcast_to(x, v.dims)), x)


def places(m: Maker) -> None:
    """Where the extreme is along an axis."""
    x = m.take(lambda t: is_number(t) and t.dims and 0 not in t.dims)
    if x is not None:
        function, axis = m.one_of([tf.argmax, tf.argmin]), m.below(len(x.dims))
        m.apply(f"{function.__name__} {axis}", lambda x: function(zero(x), axis), x)


def pointwise(m: Maker) -> None:
    """An operation on elements."""
    tables = [(NUMBER_1, is_number), (FLOAT_1, is_float), (NUMBER_2, is_number), (FLOAT_2, is_float)]
    table, accept = m.one_of([*tables, *tables, (TRUTH_2, is_truth), ({"not": tf.logical_not}, is_truth)])
    name = m.one_of(table)
    x = m.take(accept)
    if x is None:
        return
    if table in (NUMBER_2, FLOAT_2, TRUTH_2):
        y = m.take(lambda t: broadcasts(x, t))
        m.apply(name, table[name], x, y)
    elif not (name == "abs" and x.dtype.kind == "u"):
        m.apply(name, table[name], x)


def hard_data(rng: np.random.Generator, t: Any) -> np.ndarray:
    """Special and extreme numbers among ordinary ones."""
    if is_truth(t):
        return rng.random(t.dims) < 0.5
    if is_float(t):
        pool = np.array([*SPECIAL, *EXTREME[t.dtype.numpy.str[1:]]], t.dtype.numpy)
        plain = (rng.integers(-40, 41, t.dims) / 4).astype(t.dtype.numpy)
        return np.where(rng.random(t.dims) < rng.choice([0.0, 0.1, 0.5]), rng.choice(pool, t.dims), plain)
    ends = np.iinfo(t.dtype.numpy)
    plain = rng.integers(0, 100, t.dims).astype(t.dtype.numpy)
    pool = np.array([ends.min, ends.max, 0, 1, ends.max // 2], t.dtype.numpy)
    return np.where(rng.random(t.dims) < 0.3, rng.choice(pool, t.dims), plain)


def exact_graph(seed: int, size: int, sizes: tuple[int, ...] = SIZES) -> Drawn:
    """A graph of `size` steps, of arrays with axes of `sizes`, whose results are the same bits with both engines."""
    drawn = Drawn(tf.Graph())
    with drawn.graph.as_default():
        m = Maker(seed, drawn, TYPES, sizes)
        for _ in range(2):
            dtype = m.one_of(["float32", "float64", "int32"])
            drawn.variables.append(tf.Variable(np.full(m.shape(), 2, dtype), dtype=dtype))
        for _ in range(3):
            m.feed()
        m.add(tf.placeholder(m.one_of(["float32", "float64"]), m.shape()), "feed")
        steps = [pointwise, pointwise, pointwise, view, move, write, choose, places]
        steps += [lambda m: reduction(m, REDUCTIONS, is_number), lambda m: product(m, lambda x: whole(finite(x)))]
        steps += [lambda m: reduction(m, {"all": tf.reduce_all, "any": tf.reduce_any}, is_truth)]
        for _ in range(size):
            m.one_of(steps)(m)
        return m.finish(3, hard_data)
