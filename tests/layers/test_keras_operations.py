"""The operations of Keras in models: each is computed as NumPy does, and described as it was."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.layers.keras_operations import KerasOperation, described

NUMPY = "keras.src.ops.numpy"
rng = np.random.default_rng(0)
A, B = rng.uniform(0.5, 2.0, (3, 4, 2)), rng.uniform(0.5, 2.0, (3, 4, 2))

# The class, its settings, the function of NumPy, and how many tensors it takes.
ONE = {
    "Absolute": ({}, np.abs),
    "Clip": ({"x_min": 0.8, "x_max": 1.2}, lambda a: np.clip(a, 0.8, 1.2)),
    "Cos": ({}, np.cos),
    "Exp": ({}, np.exp),
    "ExpandDims": ({"axis": 2}, lambda a: a[:, :, None]),
    "Floor": ({}, np.floor),
    "Log": ({}, np.log),
    "Log1p": ({}, np.log1p),
    "Max": ({"axis": 1, "keepdims": False, "initial": None}, lambda a: a.max(1)),
    "Mean": ({"axis": [1, 2], "keepdims": True}, lambda a: a.mean((1, 2), keepdims=True)),
    "Min": ({"axis": -1, "keepdims": False}, lambda a: a.min(-1)),
    "Negative": ({}, np.negative),
    "OnesLike": ({"dtype": None}, np.ones_like),
    "Prod": ({"axis": 1, "keepdims": False, "dtype": None}, lambda a: a.prod(1)),
    "Reciprocal": ({}, np.reciprocal),
    "Reshape": ({"newshape": [-1, 8]}, lambda a: a.reshape(-1, 8)),
    "Sign": ({}, np.sign),
    "Sin": ({}, np.sin),
    "Sqrt": ({}, np.sqrt),
    "Square": ({}, np.square),
    "Sum": ({"axis": None, "keepdims": False}, np.sum),
    "Tanh": ({}, np.tanh),
    "Tile": ({"repeats": [1, 2, 1]}, lambda a: np.tile(a, [1, 2, 1])),
    "Transpose": ({"axes": [0, 2, 1]}, lambda a: a.transpose(0, 2, 1)),
    "ZerosLike": ({}, np.zeros_like),
}
TWO = {
    "Add": np.add,
    "Divide": np.divide,
    "Equal": np.equal,
    "FloorDivide": np.floor_divide,
    "Greater": np.greater,
    "GreaterEqual": np.greater_equal,
    "Less": np.less,
    "LessEqual": np.less_equal,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
    "Mod": np.mod,
    "Multiply": np.multiply,
    "NotEqual": np.not_equal,
    "Power": np.power,
    "Subtract": np.subtract,
    "TrueDivide": np.divide,
}


def computed(module, kind, settings, args, arrays):
    """What the operation gives in a model; `args` is made from the symbolic inputs."""
    inputs = [tf.keras.Input(a.shape[1:], dtype=a.dtype.name) for a in arrays]
    operation = KerasOperation(module, kind, {"name": "it", **settings}, args(inputs), {})
    model = tf.keras.Model(inputs, operation(operation.tensors))
    return model.predict([*arrays], verbose=0)


@pytest.mark.parametrize("kind", sorted(ONE))
def test_of_one_tensor(kind):
    settings, reference = ONE[kind]
    np.testing.assert_allclose(computed(NUMPY, kind, settings, list, [A]), reference(A), rtol=1e-12)


@pytest.mark.parametrize("kind", sorted(TWO))
def test_of_two_tensors(kind):
    np.testing.assert_allclose(computed(NUMPY, kind, {}, list, [A, B]), TWO[kind](A, B), rtol=1e-12)
    np.testing.assert_allclose(computed(NUMPY, kind, {}, lambda x: [1.5, x[0]], [A]), TWO[kind](1.5, A), rtol=1e-12)


@pytest.mark.parametrize(
    "module, kind, settings, args, wanted",
    [
        (NUMPY, "All", {"axis": 1}, lambda x: [x[0] > 0.6], (A > 0.6).all(1)),
        (NUMPY, "Any", {"axis": 1}, lambda x: [x[0] > 1.9], (A > 1.9).any(1)),
        (NUMPY, "BroadcastTo", {"shape": [3, 4, 2]}, list, A),
        (NUMPY, "Concatenate", {"axis": 1}, lambda x: [x], np.concatenate([A, B], 1)),
        (NUMPY, "Stack", {"axis": 1}, lambda x: [x], np.stack([A, B], 1)),
        (NUMPY, "GetItem", {}, lambda x: [x[0], [slice(None), None, slice(1, 3), 0]], A[:, None, 1:3, 0]),
        (NUMPY, "LogicalAnd", {}, lambda x: [x[0] > 1, x[1] > 1], (A > 1) & (B > 1)),
        (NUMPY, "LogicalOr", {}, lambda x: [x[0] > 1, x[1] > 1], (A > 1) | (B > 1)),
        (NUMPY, "LogicalNot", {}, lambda x: [x[0] > 1], A <= 1),
        (NUMPY, "Matmul", {}, lambda x: [x[0], tf.transpose(x[1], [0, 2, 1])], A @ B.transpose(0, 2, 1)),
        (NUMPY, "Take", {"axis": 1}, lambda x: [x[0], [2, 0]], A[:, [2, 0]]),
        (NUMPY, "Squeeze", {"axis": 1}, lambda x: [x[0][:, :1]], A[:, 0]),
        (NUMPY, "Where", {}, lambda x: [x[0] > 1, x[0], x[1]], np.where(A > 1, A, B)),
        ("keras.src.ops.nn", "Relu", {}, lambda x: [x[0] - x[1]], np.maximum(A - B, 0)),
        ("keras.src.ops.nn", "Relu6", {}, lambda x: [x[0] * 4], np.minimum(A * 4, 6)),
        ("keras.src.ops.nn", "Sigmoid", {}, list, 1 / (1 + np.exp(-A))),
        ("keras.src.ops.nn", "LogSigmoid", {}, list, -np.log1p(np.exp(-A))),
        ("keras.src.ops.nn", "Silu", {}, list, A / (1 + np.exp(-A))),
        ("keras.src.ops.nn", "Softplus", {}, list, np.log1p(np.exp(A))),
        ("keras.src.ops.nn", "Softsign", {}, list, A / (1 + A)),
        ("keras.src.ops.nn", "Softmax", {"axis": 1}, list, np.exp(A) / np.exp(A).sum(1, keepdims=True)),
        ("keras.src.ops.nn", "LogSoftmax", {"axis": 1}, list, A - np.log(np.exp(A).sum(1, keepdims=True))),
        ("keras.src.ops.nn", "LeakyRelu", {"negative_slope": 0.3}, lambda x: [-x[0]], -0.3 * A),
        ("keras.src.ops.nn", "Elu", {"alpha": 2.0}, lambda x: [-x[0]], 2 * np.expm1(-A)),
        ("keras.src.ops.math", "Logsumexp", {"axis": 1}, list, np.log(np.exp(A).sum(1))),
        ("keras.src.ops.math", "Rsqrt", {}, list, 1 / np.sqrt(A)),
        ("keras.src.ops.core", "Cast", {"dtype": "int32"}, list, A.astype(int)),
    ],
)
def test_with_arguments(module, kind, settings, args, wanted):
    arrays = [A, B]
    inputs = [tf.keras.Input((4, 2), dtype="float64") for _ in arrays]
    given = inputs[:1] if args is list else args(inputs)
    operation = KerasOperation(module, kind, {"name": "it", **settings}, given, {})
    got = tf.keras.Model(inputs, operation(operation.tensors)).predict(arrays, verbose=0)
    np.testing.assert_allclose(got, wanted, rtol=1e-9)
    assert described(operation, operation.tensors)[:3] == (module, kind, {"name": "it", **settings})


def test_pieces():
    x = tf.keras.Input((4, 2), dtype="float64")
    for sections, sizes in ((2, [2, 2]), ([1, 3], [1, 2, 1])):
        operation = KerasOperation(NUMPY, "Split", {"indices_or_sections": sections, "axis": 1}, [x], {})
        pieces = tf.keras.Model(x, operation(operation.tensors)).predict(A, verbose=0)
        assert [p.shape[1] for p in pieces] == sizes
        assert np.array_equal(np.concatenate(pieces, 1), A)


def test_graph_operations_that_are_described_are_known():
    """What is written can be read: each description makes an operation that computes the same."""
    x, y = tf.keras.Input((4, 2), dtype="float64"), tf.keras.Input((4, 2), dtype="float64")
    outputs = [
        *(x + y, x - 1.0, 2.0 * x, x / y, x // y, x % y, x**2.0, -x, abs(x), tf.matmul(x, tf.transpose(y, [0, 2, 1]))),
        *(tf.reduce_sum(x, [1, 2]), tf.reduce_max(x, 1), tf.reshape(x, [-1, 8]), tf.stack([x, y], 1), x[:, 0, ::-1]),
        *(tf.squeeze(tf.expand_dims(x, 1), [1]), tf.cast(x, "float32"), tf.gather(x, [1, 0], axis=1)),
        *(tf.tile(x, [1, 2, 1]), tf.where(x > y, x, y), tf.nn.relu(x), tf.nn.log_softmax(x), tf.rsqrt(x)),
    ]
    model = tf.keras.Model([x, y], outputs)
    again = tf.keras.models.model_from_json(model.to_json())
    for a, b in zip(model.predict([A, B], verbose=0), again.predict([A, B], verbose=0), strict=True):
        assert a.dtype == b.dtype and np.array_equal(a, b)


def test_what_kerasflow_does_not_have():
    x = tf.keras.Input((2,))
    with pytest.raises(ValueError, match="operation 'Fft' of keras.src.ops.numpy, which kerasflow does not have"):
        KerasOperation(NUMPY, "Fft", {}, [x], {})
    with pytest.raises(ValueError, match="of os, which"):
        KerasOperation("os", "system", {}, ["true"], {})
