"""Write random.json: what the random operations of TensorFlow 1.15.5 draw, for tests/core/ops/test_philox.py.

Provenance: tensorflow==1.15.5 from PyPI (CPU, CPython 3.7, NumPy 1.18.5) on x86-64 Linux, glibc 2.36. Run it as

    python3.7 tests/golden/make_random.py

Nothing but the numbers that TensorFlow returned is stored: floats as `float.hex`; of long results the SHA-256 of the
little-endian bytes where every bit is defined (uniforms, integers, orders), else some elements and two sums in float64.

streams   one operation each, created with the seeds given and run three times in one session
resized   as above, but the number of outputs changes from run to run
programs  the seeds that TensorFlow chose for operations created one after the other, and the first draw of each
"""

import hashlib
import itertools
import json
import os

import numpy as np
import tensorflow as tf
from tensorflow.python.ops import gen_random_ops

RUNS = 3
SHORT = (0, 1, 3, 5)
LONG = (1000, 4097, 200000)  # the last is cut among the 8 threads
SEEDS = ((42, 7), (87654321, 12345), (0, 2**31 - 1), (-5, -9), (2**40 + 3, 2**35 + 1))
RANGES = {"int32": ((0, 10), (-(2**31), 2**31 - 1)), "int64": ((-3, 2**40), (-(2**63), 2**63 - 1))}
RESIZED = (0, 5, 1, 3, 2, 1, 7, 6, 4, 9, 5)
FLOATS = {
    "uniform": gen_random_ops.random_uniform,
    "normal": gen_random_ops.random_standard_normal,
    "truncated_normal": gen_random_ops.truncated_normal,
}


def listed(values):
    """A list of exact numbers: integers as they are, floats in hexadecimal."""
    return [v.hex() if isinstance(v, float) else v for v in values.tolist()]


def summary(values, exact):
    """What is stored of one result."""
    if len(values) <= 10:
        return listed(values)
    if exact:
        little = values.astype(values.dtype.newbyteorder("<"))
        return {"sha256": hashlib.sha256(little.tobytes()).hexdigest()}
    wide = values.astype(np.float64)
    picked = np.linspace(0, len(values) - 1, 23).astype(int)
    return {
        "picked": {str(i): listed(values[[i]])[0] for i in picked},
        "mean": np.mean(wide).hex(),
        "weighted": np.mean(wide * np.linspace(-1.0, 1.0, len(wide))).hex(),
    }


def make(kind, n, dtype, seed, seed2, lo=None, hi=None):
    """The tensor of n draws."""
    if kind == "shuffle":
        return gen_random_ops.random_shuffle(tf.range(n), seed=seed, seed2=seed2)
    if kind == "uniform_int":
        bounds = tf.constant(lo, dtype), tf.constant(hi, dtype)
        return gen_random_ops.random_uniform_int([n], *bounds, seed=seed, seed2=seed2)
    return FLOATS[kind]([n], dtype, seed=seed, seed2=seed2)


def results(build, feeds):
    """Run one tensor of a fresh graph once for each size, in one session."""
    with tf.Graph().as_default():
        n = tf.placeholder_with_default(0, [])
        tensor = build(n)
        with tf.Session(config=tf.ConfigProto(intra_op_parallelism_threads=8)) as session:
            return [session.run(tensor, {n: size}) for size in feeds]


def variants():
    """Every kind of draw with every dtype: (kind, dtype, bounds)."""
    for kind, dtype in itertools.product(FLOATS, ("float16", "float32", "float64")):
        yield {"kind": kind, "dtype": dtype}
    for dtype, ranges in RANGES.items():
        for lo, hi in ranges:
            yield {"kind": "uniform_int", "dtype": dtype, "lo": lo, "hi": hi}
    yield {"kind": "shuffle", "dtype": "int32"}


def streams():
    """The cases with constant sizes."""
    for variant, (seed, seed2) in itertools.product(variants(), SEEDS):
        case = dict(variant, seed=seed, seed2=seed2)
        sizes = SHORT + LONG if (seed, seed2) == SEEDS[0] else SHORT[-1:]
        exact = "normal" not in case["kind"]
        for size in sizes:
            drawn = results(lambda n, case=case: make(n=n, **case), [size] * RUNS)
            yield dict(case, n=size, runs=[summary(values, exact) for values in drawn])


def resized():
    """The cases where each run draws another number."""
    for variant in variants():
        case = dict(variant, seed=3, seed2=4)
        drawn = results(lambda n, case=case: make(n=n, **case), RESIZED)
        yield dict(case, sizes=RESIZED, runs=[listed(values) for values in drawn])


def programs():
    """Operations whose seeds TensorFlow derives from the graph's seed and their place in the graph."""
    for graph_seed, op_seeds in (
        (42, (None, None, 7, None)),
        (None, (7, 7, 0, -1)),
        (0, (None, 0, 2**31 - 1, None)),
        (2**31 - 1, (0, None, 2**31, None)),
        (-3, (None, None, -2, None)),
    ):
        with tf.Graph().as_default() as graph, tf.Session() as session:
            tf.set_random_seed(graph_seed)
            drawn = []
            for op_seed in op_seeds:
                tf.no_op()
                tensor = tf.random.normal([3], seed=op_seed, dtype=tf.float64)
                operation = tensor.op.inputs[0].op.inputs[0].op
                place = graph.get_operations().index(operation)
                seeds = operation.get_attr("seed"), operation.get_attr("seed2")
                drawn.append({"op_seed": op_seed, "last_id": place, "seeds": seeds})
                drawn[-1]["values"] = listed(session.run(operation.outputs[0]))
        yield {"graph_seed": graph_seed, "ops": drawn}


def main():
    """Write the file, one case a line."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "random.json")
    sections = []
    for make_section in (streams, resized, programs):
        lines = ",\n".join(json.dumps(case, sort_keys=True) for case in make_section())
        sections.append(f'"{make_section.__name__}": [\n{lines}\n]')
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(sections) + "\n}\n")


if __name__ == "__main__":
    main()
