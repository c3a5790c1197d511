"""Write optimizers_*.json: what the optimizers of other libraries do to a vector, step by step.

Provenance: tensorflow==1.15.5 from PyPI (CPU, CPython 3.7, NumPy 1.18.5), and keras==3.15.1 on jax==0.10.2 (CPU,
CPython 3.11), on x86-64 Linux. Run it once under each:

    python3.7 tests/golden/make_optimizers.py train
    KERAS_BACKEND=jax python3.11 tests/golden/make_optimizers.py keras

Each case has the class, its arguments, and x after each step, as `float.hex`. Cases with "rows" apply the first rows
of each gradient as IndexedSlices of the rows that are named.
Python's numbers become float32 in TensorFlow, whatever the variable, and some optimizers fail on that, so float64
cases are given float64 numbers. Keras's cosine schedules take pi in float32.
"""

import json
import os
import sys

import numpy as np

SCALES = (1e-4, 1.0, 1e3, 1e-2, 0.0, 10.0, 1e-3, 100.0)
ROWS = ((0, 2), (1, 1), (3, 0), (2, 2), (0, 1), (1, 3), (0, 0), (2, 1))
TRAIN = [
    ("GradientDescentOptimizer", {"learning_rate": 0.1}),
    ("MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.7}),
    ("MomentumOptimizer", {"learning_rate": 0.1, "momentum": 0.7, "use_nesterov": True}),
    ("AdagradOptimizer", {"learning_rate": 0.1, "initial_accumulator_value": 0.3}),
    ("AdadeltaOptimizer", {"learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-3}),
    ("RMSPropOptimizer", {"learning_rate": 0.1, "decay": 0.7, "epsilon": 1e-3}),
    ("RMSPropOptimizer", {"learning_rate": 0.1, "decay": 0.7, "momentum": 0.4, "epsilon": 1e-3}),
    ("RMSPropOptimizer", {"learning_rate": 0.1, "decay": 0.7, "momentum": 0.4, "epsilon": 1e-3, "centered": True}),
    ("AdamOptimizer", {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-2}),
    ("FtrlOptimizer", {"learning_rate": 0.3}),
    (
        "FtrlOptimizer",
        {
            "learning_rate": 0.3,
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.2,
            "l1_regularization_strength": 0.4,
            "l2_regularization_strength": 0.3,
            "l2_shrinkage_regularization_strength": 0.2,
        },
    ),
    (
        "ProximalGradientDescentOptimizer",
        {"learning_rate": 0.1, "l1_regularization_strength": 0.4, "l2_regularization_strength": 0.3},
    ),
    (
        "ProximalAdagradOptimizer",
        {
            "learning_rate": 0.1,
            "initial_accumulator_value": 0.3,
            "l1_regularization_strength": 0.4,
            "l2_regularization_strength": 0.3,
        },
    ),
]
KERAS = [
    ("SGD", {"learning_rate": 0.1}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.7}),
    ("SGD", {"learning_rate": 0.1, "momentum": 0.7, "nesterov": True, "weight_decay": 0.2}),
    ("RMSprop", {"learning_rate": 0.1, "rho": 0.7, "epsilon": 1e-3}),
    ("RMSprop", {"learning_rate": 0.1, "rho": 0.7, "momentum": 0.4, "epsilon": 1e-3, "centered": True}),
    ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.3, "epsilon": 1e-2}),
    ("Adadelta", {"learning_rate": 0.5, "rho": 0.8, "epsilon": 1e-3}),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-2}),
    ("Adam", {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-2, "amsgrad": True}),
    ("Adam", {"learning_rate": 0.1, "clipnorm": 0.5}),
    ("Adam", {"learning_rate": 0.1, "clipvalue": 0.5}),
    ("Adam", {"learning_rate": 0.1, "global_clipnorm": 0.5}),
    ("AdamW", {"learning_rate": 0.1, "weight_decay": 0.2, "epsilon": 1e-2}),
    ("Adamax", {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-2}),
    ("Nadam", {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-2}),
    (
        "Ftrl",
        {
            "learning_rate": 0.3,
            "learning_rate_power": -0.7,
            "initial_accumulator_value": 0.2,
            "l1_regularization_strength": 0.4,
            "l2_regularization_strength": 0.3,
            "l2_shrinkage_regularization_strength": 0.2,
            "beta": 0.6,
            "weight_decay": 0.1,
        },
    ),
    ("SGD", {"learning_rate": ["ExponentialDecay", [0.1, 3, 0.5]]}),
    ("SGD", {"learning_rate": ["CosineDecay", [0.1, 6, 0.1, "c", 0.4, 2]]}),
    ("SGD", {"learning_rate": ["CosineDecayRestarts", [0.1, 2, 2.0, 0.5, 0.1]]}),
    ("SGD", {"learning_rate": ["PiecewiseConstantDecay", [[2, 5], [0.1, 0.2, 0.4]]]}),
    ("SGD", {"learning_rate": ["PolynomialDecay", [0.1, 3, 0.01, 2.0, True]]}),
    ("SGD", {"learning_rate": ["InverseTimeDecay", [0.1, 3, 0.5, True]]}),
]


def problem():
    """Where x starts, and the gradients: badly scaled, with one that is all zeros and zeros in others."""
    rng = np.random.RandomState(0)
    start = rng.standard_normal((4, 3))
    gradients = [scale * rng.standard_normal((4, 3)) for scale in SCALES]
    for t, g in enumerate(gradients):
        g[t % 4, t % 3] = 0.0
    return start, gradients


def train_steps(name, arguments, dtype, rows):
    """X after each step of an optimizer of TensorFlow."""
    import tensorflow as tf

    start, gradients = problem()
    wide = {k: np.float64(v) if isinstance(v, float) else v for k, v in arguments.items()}
    with tf.Graph().as_default(), tf.Session() as session:
        x = tf.Variable(start.astype(dtype))
        g = tf.placeholder(dtype, [None, 3])
        which = tf.placeholder(tf.int32, [None])
        gradient = tf.IndexedSlices(g, which, tf.constant([4, 3])) if rows else g
        optimizer = getattr(tf.train, name)(**(wide if dtype == "float64" else arguments))
        step = optimizer.apply_gradients([(gradient, x)])
        session.run(tf.global_variables_initializer())
        found = []
        for t, value in enumerate(gradients):
            session.run(step, {g: value[: len(ROWS[t])] if rows else value, which: ROWS[t]})
            found.append(session.run(x))
    return found


def keras_steps(name, arguments):
    """X after each step of an optimizer of Keras."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras

    keras.config.set_floatx("float64")
    start, gradients = problem()
    arguments = dict(arguments)
    if isinstance(arguments["learning_rate"], list):
        schedule, values = arguments["learning_rate"]
        arguments["learning_rate"] = getattr(keras.optimizers.schedules, schedule)(*values)
    x = keras.Variable(start)
    optimizer = getattr(keras.optimizers, name)(**arguments)
    found = []
    for g in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(g)], [x])
        found.append(np.array(x))
    return found


def hexadecimal(array):
    """The numbers of an array, exactly."""
    return [float(v).hex() for v in np.ravel(array)]


def case(name, arguments, steps, **more):
    """One entry of the file."""
    return dict(name=name, arguments=arguments, steps=[hexadecimal(x) for x in steps], **more)


def main(which):
    """Write the file of one library."""
    start, gradients = problem()
    cases = []
    for name, arguments in TRAIN if which == "train" else KERAS:
        if which == "keras":
            cases.append(case(name, arguments, keras_steps(name, arguments)))
            continue
        for dtype in ("float64", "float32"):
            cases.append(case(name, arguments, train_steps(name, arguments, dtype, False), dtype=dtype))
        cases.append(case(name, arguments, train_steps(name, arguments, "float64", True), dtype="float64", rows=ROWS))
    problem_text = json.dumps({"start": hexadecimal(start), "gradients": [hexadecimal(g) for g in gradients]})
    case_lines = ",\n".join(json.dumps(c) for c in cases)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "optimizers_" + which + ".json")
    with open(path, "w") as file:
        file.write('{"problem": ' + problem_text + ', "cases": [\n' + case_lines + "\n]}\n")


if __name__ == "__main__":
    main(sys.argv[1])
