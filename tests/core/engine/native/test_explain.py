"""What people are told of the engine that runs a program."""

import re

import numpy as np
import pytest

pytest.importorskip("llvmlite")

import kerasflow as tf  # noqa: E402
from kerasflow.core.engine.choice import FEWEST, RUNS  # noqa: E402
from kerasflow.core.engine.loop import Loop  # noqa: E402


@pytest.fixture(autouse=True)
def engine():
    before = tf.config.get_engine()
    tf.config.set_engine("auto")
    yield
    tf.config.set_engine(before)


def explained(session, fetches, feeds=()):
    """The lines, times left out."""
    return re.sub(r"\d\.\d{3} s", "... s", session.explain(fetches, feeds)).splitlines()


RULE = f"engine: auto, which compiles what has run, or is about to run, {RUNS} times, or fewer if arrays are large"


def test_the_way_of_a_program_from_the_first_run_to_machine_code():
    p = tf.placeholder(tf.float32, [None, 3])
    y = tf.reduce_sum(tf.exp(p), 1)
    feed = {p: np.ones((2, 3), "f")}
    with tf.Session() as session:
        assert explained(session, y, [p]) == [RULE, "not run yet"]
        session.run(y, feed)
        general = "any shapes: interpreter, 2 operations"
        assert explained(session, y, [p]) == [RULE, general, "feeds of shapes [(2, 3)]: seen once, not planned yet"]
        session.run(y, feed)
        program = f"feeds of shapes [(2, 3)]: interpreter, 2 operations; to be compiled after {RUNS} more runs"
        assert explained(session, y, [p]) == [RULE, general, program]
        for _ in range(RUNS):
            session.run(y, feed)
        assert explained(session, y, [p]) == [
            RULE,
            general,
            "feeds of shapes [(2, 3)]: native, all in one segment; loops over batches are compiled too",
            "  segment 1: 2 operations in 1 loop nest, 0 bytes of memory, compiled in ... s",
        ]


def test_large_arrays_are_compiled_sooner():
    p = tf.placeholder(tf.float32, [None])
    y, feed = tf.exp(p) + 1.0, {p: np.ones(100_000, "f")}
    with tf.Session() as session:
        for _ in range(2):
            session.run(y, feed)
        # Two operations of 100,000 numbers each make as much work as 52 of the smallest.
        assert f"to be compiled after {RUNS * 2 // 52} more runs" in session.explain(y, [p])
        for _ in range(RUNS * 2 // 52 - 1):
            session.run(y, feed)
        assert "native" not in session.explain(y, [p])
        session.run(y, feed)
        assert "native, all in one segment" in session.explain(y, [p])


def test_what_stays_with_the_interpreter_is_named_with_the_reason():
    tf.config.set_engine("native")
    p = tf.placeholder(tf.float64, [3, 3])
    inverse = tf.matrix_inverse(tf.matmul(p, p) + np.eye(3))
    wave = tf.cast(inverse, tf.complex64)
    fetches = [tf.exp(inverse), wave + wave, tf.zeros([0, 3]) + tf.cast(p[:0], tf.float32)]
    with tf.Session() as session:
        session.run(fetches, {p: np.eye(3)})
        head, title, *segments, why = explained(session, fetches, [p])
    assert head == "engine: native"
    assert re.fullmatch(
        r"feeds of shapes \[\(3, 3\)\]: native, \d segments and \d operations? with the interpreter", title
    )
    assert (
        all(re.match(rf"  segment {k}: \d operations? in ", s) for k, s in enumerate(segments, 1)) and len(segments) > 1
    )
    assert why.startswith("  with the interpreter: ")
    for part in ("1 MatrixInverse (no compiled form)", "(type complex64)", "(empty array)"):
        assert part in why, why


def test_short_stretches_between_operations_that_cannot_be_compiled_are_not():
    p = tf.placeholder(tf.float64, [3, 3])
    y = tf.matrix_inverse(tf.exp(p))
    for _ in range(FEWEST):
        y = tf.tanh(y)
    lone = tf.exp(tf.matrix_inverse(y))
    loop = Loop(tf.Session().executable([lone], [p]), [np.eye(3)])
    loop._executable.prepared([(3, 3)], RUNS)
    title, segment, why = loop._executable.describe()
    assert title == "feeds of shapes [(3, 3)]: native, 1 segment and 4 operations with the interpreter"
    assert segment.startswith(f"  segment 1: {FEWEST} operations in 1 loop nest")
    assert why == f"  with the interpreter: 2 MatrixInverse (no compiled form), 2 Exp (fewer than {FEWEST} in a row)"


def test_a_program_of_which_nothing_can_be_compiled_says_so():
    tf.config.set_engine("native")
    p = tf.placeholder(tf.string, [2])
    y = tf.string_join([p, p]) if hasattr(tf, "string_join") else tf.equal(p, p)
    with tf.Session() as session:
        session.run(y, {p: ["a", "b"]})
        head, title, why = explained(session, y, [p])
    assert title == "feeds of shapes [(2,)]: interpreter, 1 operation"
    assert why.startswith("  with the interpreter: 1 ")


def test_a_program_of_another_engine_says_which():
    p = tf.placeholder(tf.float32, [2])
    y = tf.exp(p)
    with tf.Session() as session:
        for name in ("native", "interpreter"):
            tf.config.set_engine(name)
            for _ in range(2):
                session.run(y, {p: [1.0, 2.0]})
        lines = explained(session, y, [p])
    assert lines[0] == "engine: interpreter"
    assert lines[2].startswith("feeds of shapes [(2,)], as the engine was 'native': native, all in one segment")
    assert lines[-1] == "feeds of shapes [(2,)]: interpreter, 1 operation"


def test_without_a_compiler_the_rule_says_what_to_install(monkeypatch):
    monkeypatch.setattr("kerasflow.core.engine.choice.has_compiler", lambda: False)
    assert "llvmlite is not installed: pip install 'kerasflow[jit]'" in tf.Session().explain(tf.constant(1.0))


def test_a_model_tells_of_its_programs():
    tf.config.set_engine("native")
    model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    assert model.explain() == "engine: native\nnot run yet"
    x, y = np.ones((10, 3), "f"), np.ones((10, 2), "f")
    model.fit(x, y, batch_size=4, verbose=0)
    model.evaluate(x, y, batch_size=5, verbose=0)
    model.predict(x, verbose=0)
    lines = model.explain().splitlines()
    assert [line for line in lines if not line.startswith(" ")][1:] == ["training:", "evaluation:", "prediction:"]
    shapes = [line.split("]")[0] + "]" for line in lines if "native, all in one segment" in line]
    wanted = ["[(4, 3), (4, 2)]", "[(2, 3), (2, 2)]", "[(5, 3), (5, 2)]", "[(10, 3)]"]
    assert shapes == [f"  feeds of shapes {s}" for s in wanted]


def test_compiled_programs_outlive_those_that_ran_once():
    tf.config.set_engine("auto")
    p = tf.placeholder(tf.float32, [None])
    executable = tf.Session().executable([tf.exp(p) * 2.0], [p])
    executable.prepared([(3,)], RUNS)
    for n in range(40):
        executable.run([np.ones(10 + n, "f")])
    assert sum("native" in line for line in executable.describe()) == 1
