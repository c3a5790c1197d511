"""Programs of one expression, which TensorFlow 1.15.5 and kerasflow both evaluate: see make_tf1_values.py.

They stand in tf1_expressions.txt, one a line, under headings ``[kind: family]``. Of the kind `values` what they give is
compared; of `gradients` the gradients of their sums by the tensors x, y and z they name; of `errors` the type of the
exception they end in, in building or in running.

The names in an expression are `tf`, `np`, the arrays of `INPUTS`, the tensors x, y and z, and the sparse tensor st.
Nothing here may depend on which library `tf` is.
"""

import re
from pathlib import Path

import numpy as np

INPUTS = {
    "A": np.array([[0.5, -1.25, 2.0], [3.5, 0.75, -0.25]]),
    "B": np.array([[1.5, 0.5, -0.75], [0.25, 2.5, 1.0]]),
    "P": np.array([[0.5, 1.25, 2.0], [3.5, 0.75, 0.25]]),
    "U": np.array([0.1, -0.6, 0.85]),
    "S": np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.25], [0.5, -0.25, 2.0]]),
    "M": np.array([[2.0, -1.0, 0.5], [0.25, 1.5, 1.0], [-0.75, 0.5, 3.0]]),
    "C": np.array([1 + 2j, -0.5 + 0.25j, 3 - 1j]),
    "T": np.arange(24.0).reshape(2, 3, 4) / 7 - 1,
    "I": np.array([7, -3, 0, 12], np.int32),
    "F": np.array([1.5, -2.25, 0.1, 3.75], np.float32),
    "AT": np.array([[0, 1], [0, 3], [2, 0], [2, 1]], np.int64),
    "V": np.array([0.5, -1.5, 2.0, 1.25]),
    "SHAPE": np.array([3, 4], np.int64),
}


def expressions():
    """All of them, as (kind, family, expression)."""
    found, kind, family = [], None, None
    for line in Path(__file__).with_name("tf1_expressions.txt").read_text("ascii").splitlines():
        heading = re.fullmatch(r"\[(\w+): (.*)\]", line)
        if heading:
            kind, family = heading.groups()
        elif line:
            found.append((kind, family, line))
    return found


def evaluate(tf, expression, gradient=False):
    """The arrays that an expression gives under the library `tf`, or its gradients by the tensors it names."""
    tf.reset_default_graph()
    tf.set_random_seed(7)
    tensors = {"x": tf.constant(INPUTS["A"]), "y": tf.constant(INPUTS["B"]), "z": tf.constant(INPUTS["M"])}
    st = tf.SparseTensor(INPUTS["AT"], INPUTS["V"], INPUTS["SHAPE"])
    result = eval(expression, {"tf": tf, "np": np, "st": st, **INPUTS, **tensors})
    if isinstance(result, np.ndarray):
        result = tf.constant(result)
    if gradient:
        used = [t for name, t in tensors.items() if re.search(rf"\b{name}\b", expression)]
        result = [tf.convert_to_tensor(g) for g in tf.gradients(result, used) if g is not None]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(tf.tables_initializer())
        return flattened(session.run(result))


def flattened(value):
    """The arrays in a nest of them, in order."""
    if isinstance(value, (list, tuple)):
        return [a for v in value for a in flattened(v)]
    return [np.asarray(value)]


def encoded(array):
    """An array as JSON takes it: type, shape and numbers."""
    flat = array.reshape(-1).tolist()
    if array.dtype.kind in "OS":
        return ["string", list(array.shape), [s.decode("latin-1") for s in flat]]
    if array.dtype.kind == "c":
        flat = [part for v in flat for part in (v.real, v.imag)]
    return [array.dtype.name, list(array.shape), flat]


def decoded(entry):
    """The array that `encoded` wrote down."""
    name, shape, flat = entry
    if name == "string":
        out = np.empty(shape, object)
        out.reshape(-1)[:] = [s.encode("latin-1") for s in flat]
        return out
    if name.startswith("complex"):
        flat = [complex(*flat[i : i + 2]) for i in range(0, len(flat), 2)]
    return np.array(flat, name).reshape(shape)
