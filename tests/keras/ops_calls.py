"""Calls of `keras.ops`: the name, the arguments, and what NumPy says."""

import numpy as np

_rng = np.random.default_rng(7)
A = _rng.uniform(-2, 2, (3, 4)).astype(np.float32)
B = _rng.uniform(0.5, 2, (3, 4)).astype(np.float32)
CUBE = _rng.uniform(-1, 1, (2, 3, 4)).astype(np.float32)
INTS = np.array([[3, -1, 2], [0, 5, -4]], np.int32)
FLAGS = np.array([[True, False, True], [False, False, True]])
PROBABILITIES = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]], np.float32)
ONE_HOT = np.eye(3, dtype=np.float32)[[2, 0]]


def _softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


CALLS = [
    *[
        (name, (A, B), {}, getattr(np, name))
        for name in ("add", "subtract", "multiply", "divide", "maximum", "minimum")
    ],
    *[(name, (INTS, 2), {}, getattr(np, name)) for name in ("add", "multiply", "floor_divide", "mod", "greater_equal")],
    *[(name, (INTS, 0), {}, getattr(np, name)) for name in ("equal", "not_equal", "less", "less_equal", "greater")],
    ("power", (B, A), {}, np.power),
    ("power", (2.0, A), {}, np.power),
    ("divide", (INTS, 2), {}, lambda x, y: np.divide(x, y).astype(np.float32)),
    ("add", (INTS, 0.5), {}, lambda x, y: (x + y).astype(np.float32)),
    ("multiply", (INTS, A[:2, :3]), {}, lambda x, y: (x * y).astype(np.float32)),
    ("divide_no_nan", (A[:2, :3], INTS), {}, lambda x, y: np.where(y == 0, 0, x / np.where(y == 0, 1, y)).astype("f")),
    ("arctan2", (A, B), {}, np.arctan2),
    ("clip", (A, -0.5, 0.5), {}, np.clip),
    *[(name, (A,), {}, getattr(np, name)) for name in ("abs", "exp", "expm1", "tanh", "sin", "cos", "square", "sign")],
    *[(name, (A,), {}, getattr(np, name)) for name in ("floor", "ceil", "negative", "sinh", "cosh", "arctan", "isnan")],
    *[(name, (B,), {}, getattr(np, name)) for name in ("log", "log2", "log10", "log1p", "sqrt", "reciprocal")],
    *[(name, (A,), {"axis": 1}, getattr(np, name)) for name in ("sum", "mean", "max", "min", "prod", "std", "var")],
    *[(name, (CUBE,), {"axis": (0, 2), "keepdims": True}, getattr(np, name)) for name in ("sum", "mean", "max")],
    *[(name, (A,), {}, getattr(np, name)) for name in ("sum", "mean", "max", "min", "argmax", "argmin")],
    ("mean", (INTS,), {}, lambda x: np.float32(x.mean())),
    ("sum", (FLAGS,), {"axis": 0}, lambda x, axis: x.sum(axis)),
    *[(name, (FLAGS,), {"axis": 1}, getattr(np, name)) for name in ("any", "all")],
    ("any", (INTS,), {}, np.any),
    ("argmax", (A,), {"axis": -1, "keepdims": True}, np.argmax),
    ("count_nonzero", (INTS,), {"axis": 1}, np.count_nonzero),
    ("cumsum", (A,), {"axis": 0}, np.cumsum),
    ("cumsum", (A,), {}, np.cumsum),
    ("logsumexp", (A,), {"axis": 1}, lambda x, axis: np.log(np.exp(x).sum(axis))),
    ("average", (A,), {"axis": 1, "weights": B}, np.average),
    ("norm", (A,), {"axis": 1}, lambda x, axis: np.linalg.norm(x, axis=axis)),
    ("norm", (A,), {"ord": 1, "axis": 0}, lambda x, ord, axis: np.linalg.norm(x, ord, axis)),
    ("matmul", (A, B.T), {}, np.matmul),
    ("matmul", (CUBE, B[0]), {}, np.matmul),
    ("matmul", (B[:, 0], A), {}, np.matmul),
    ("dot", (CUBE, B.T), {}, np.dot),
    ("dot", (A[0], B[0]), {}, np.dot),
    ("outer", (A[0], B[:, 1]), {}, np.outer),
    ("einsum", ("ij,kj->ik", A, B), {}, np.einsum),
    ("tensordot", (A, B), {"axes": 2}, np.tensordot),
    ("transpose", (CUBE,), {}, np.transpose),
    ("transpose", (CUBE,), {"axes": (1, 0, 2)}, np.transpose),
    ("swapaxes", (CUBE, 0, -1), {}, np.swapaxes),
    ("moveaxis", (CUBE, 0, -1), {}, np.moveaxis),
    ("moveaxis", (CUBE, (0, 1), (2, 0)), {}, np.moveaxis),
    ("reshape", (A, (2, -1)), {}, np.reshape),
    ("expand_dims", (A, 1), {}, np.expand_dims),
    ("squeeze", (A[None],), {}, np.squeeze),
    ("squeeze", (A[None, :, :1],), {"axis": -1}, np.squeeze),
    ("ravel", (A,), {}, np.ravel),
    ("flip", (A,), {}, np.flip),
    ("flip", (A,), {"axis": 1}, np.flip),
    ("concatenate", ([A, B],), {"axis": 1}, np.concatenate),
    ("stack", ([A, B],), {"axis": -1}, np.stack),
    ("split", (A, 2), {"axis": 1}, np.split),
    ("split", (A, [1, 3]), {"axis": 1}, np.split),
    ("unstack", (A,), {"axis": 1}, lambda x, axis: list(x.T)),
    ("take", (A, np.array([2, 0])), {"axis": 0}, np.take),
    ("take", (A, np.array([[2, 0], [5, 1]])), {}, np.take),
    ("repeat", (A, 2), {"axis": 1}, np.repeat),
    ("tile", (A[0], (2, 3)), {}, np.tile),
    ("tile", (A, 2), {}, np.tile),
    ("pad", (A, ((1, 0), (0, 2))), {"constant_values": 3.0}, np.pad),
    ("pad", (A, 1), {"mode": "reflect"}, np.pad),
    ("broadcast_to", (A[0], (3, 4)), {}, np.broadcast_to),
    ("where", (A > 0, A, B), {}, np.where),
    ("where", (A > 0, A, 0.0), {}, lambda c, x, y: np.where(c, x, np.float32(y))),
    ("where", (FLAGS,), {}, np.where),
    ("sort", (A,), {"axis": 0}, np.sort),
    ("argsort", (A,), {}, np.argsort),
    ("triu", (A,), {}, np.triu),
    ("tril", (CUBE, -1), {}, np.tril),
    ("arange", (5,), {}, np.arange),
    ("arange", (1.0, 2.0, 0.25), {}, lambda *a: np.arange(*a, dtype=np.float32)),
    ("full", ((2, 3), 7.0), {}, lambda *a: np.full(*a, dtype=np.float32)),
    ("full_like", (A, 2), {}, np.full_like),
    ("ones_like", (INTS,), {}, np.ones_like),
    ("zeros", ((2,),), {}, lambda shape: np.zeros(shape, np.float32)),
    ("eye", (3,), {}, lambda n: np.eye(n, dtype=np.float32)),
    ("cast", (A, "int32"), {}, lambda x, dtype: x.astype(dtype)),
    ("one_hot", (np.array([2, 0]), 3), {}, lambda x, n: ONE_HOT),
    ("relu", (A,), {}, lambda x: np.maximum(x, 0)),
    ("leaky_relu", (A,), {}, lambda x: np.where(x > 0, x, np.float32(0.2) * x)),
    ("sigmoid", (A,), {}, lambda x: 1 / (1 + np.exp(-x))),
    ("softmax", (A,), {}, _softmax),
    ("log_softmax", (A,), {}, lambda x: np.log(_softmax(x))),
    ("softplus", (A,), {}, lambda x: np.log1p(np.exp(x))),
    ("silu", (A,), {}, lambda x: x / (1 + np.exp(-x))),
    ("gelu", (A,), {}, lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))),
    ("rsqrt", (B,), {}, lambda x: 1 / np.sqrt(x)),
    ("normalize", (A,), {"axis": 1}, lambda x, axis: x / np.linalg.norm(x, axis=axis, keepdims=True)),
    ("binary_crossentropy", (ONE_HOT, PROBABILITIES), {}, lambda y, p: -np.log(np.where(y == 1, p, 1 - p))),
    (
        "binary_crossentropy",
        (ONE_HOT, A[:2, :3]),
        {"from_logits": True},
        lambda y, x, from_logits: np.log1p(np.exp(x)) - x * y,
    ),
    ("categorical_crossentropy", (ONE_HOT, PROBABILITIES), {}, lambda y, p: -np.log((y * p).sum(-1))),
    ("sparse_categorical_crossentropy", (np.array([2, 0]), PROBABILITIES), {}, lambda y, p: -np.log(p[[0, 1], y])),
]
