"""Executables: which program runs, and how many are kept."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.engine.executable import Executable
from kerasflow.core.runtime import Runtime


def made(fetches, feeds, targets=()):
    return Executable(fetches, targets, feeds, Runtime())


def count_programs(monkeypatch):
    """The layouts of all programs made from now on, None for general ones."""
    layouts = []
    original = tf.core.engine.executable.Program

    def spy(plan, runtime, layout=None):
        layouts.append(layout)
        return original(plan, runtime, layout)

    monkeypatch.setattr(tf.core.engine.executable, "Program", spy)
    return layouts


def test_shapes_that_come_again_get_a_program_of_their_own(monkeypatch):
    layouts = count_programs(monkeypatch)
    x = tf.placeholder(tf.float64, [None])
    executable = made([-(x + 1.0)], [x])
    for size, kinds in [(2, "g"), (3, "g"), (2, "gs"), (2, "gs"), (3, "gss"), (4, "gss"), (2, "gss"), (4, "gsss")]:
        (value,) = executable.run([np.arange(float(size))])
        np.testing.assert_array_equal(value, -(np.arange(float(size)) + 1.0))
        assert "".join("g" if layout is None else "s" for layout in layouts) == kinds
    assert [len(layout.sizes) for layout in layouts[1:]] == [1, 1, 1]


def test_sixteen_sets_of_shapes_are_kept_and_the_oldest_forgotten(monkeypatch):
    layouts = count_programs(monkeypatch)
    x = tf.placeholder(tf.float64, [None])
    executable = made([x * 2.0], [x])

    def programs(size):
        before = len(layouts)
        np.testing.assert_array_equal(executable.run([np.ones(size)])[0], np.full(size, 2.0))
        return len(layouts) - before

    for size in range(16):
        programs(size)
    assert [programs(size) for size in (0, 15)] == [1, 1]
    programs(16)  # size 0 is forgotten
    assert [programs(size) for size in (15, 1, 0, 0)] == [0, 1, 0, 1]


def test_what_has_no_feeds_and_no_fetches_runs_too():
    w = tf.Variable([1.0], name="w")
    runtime = Runtime()
    Executable([], [w.initializer], [], runtime).run([])
    add = Executable([], [w.assign_add([2.0]).op], [], runtime)
    for _ in range(3):
        assert add.run([]) == []
    assert runtime.cell(w).value.tolist() == [7.0]
    assert Executable([], [], [], runtime).run([]) == []


def test_several_results_are_given_in_order_and_once_for_each_time_they_are_asked_for():
    x = tf.placeholder(tf.float32, [None])
    y = x + 1.0
    executable = made([y, x, y], [x])
    for _ in range(3):
        a, b, c = executable.run([np.float32([1.0])])
        assert [a.tolist(), b.tolist(), c.tolist()] == [[2.0], [1.0], [2.0]]
        assert not np.shares_memory(a, c)


def test_starting_over_chooses_the_same_programs_and_makes_none(monkeypatch):
    layouts = count_programs(monkeypatch)
    x = tf.placeholder(tf.float64, [None])
    executable = made([tf.exp(x) + 1.0], [x])

    def kinds():
        """What is chosen for some runs: who runs it, and how many runs are left until it is compiled."""
        chosen = []
        for runs in (1, 2, 3):
            executable.run([np.ones(3)])
            special = executable._special["auto", (3,)]
            chosen.append((runs, special.program is None, special.left))
        chosen.append(executable.prepared([(4,)], 1) is None)
        chosen.append(executable.prepared([(5,)], 3).left)
        return chosen

    first = kinds()
    count = len(layouts)
    for _ in range(3):
        executable.start_over()
        assert kinds() == first
    assert len(layouts) == count == 3


def test_what_was_compiled_is_found_again_and_not_used_sooner():
    pytest.importorskip("llvmlite")
    x = tf.placeholder(tf.float64, [None])
    executable = made([tf.exp(tf.sin(x * 2.0) + 1.0)], [x])
    special = executable.prepared([(3,)], 10_000)
    segments = special.segments
    assert segments
    executable.start_over()
    few = executable.prepared([(3,)], 10)
    assert not few.segments and few.left == special.after > 10
    executable.start_over()
    assert executable.prepared([(3,)], 10_000).segments is segments
    executable.start_over()
    again = executable.prepared([(3,)], 10)
    assert again.program is few.program
    assert executable.prepared([(3,)], 10_000).segments is segments


def test_what_goes_on_is_compiled_when_the_first_would_have_been(monkeypatch):
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(tf.core.engine.executable, "runs_to_compile", lambda *efforts: 5)
    x = tf.placeholder(tf.float64, [None])
    outputs = [tf.tanh(tf.exp(-(x + 1.0)) * 2.0) - x]

    def compiled(executable, runs):
        for size, count in runs.items():
            for _ in range(count):
                executable.run([np.ones(size)])
        return {shapes[0][0] for shapes, left in executable.progress() if left == 0}

    for done in range(1, 9):
        first, second, third = (made(outputs, [x]) for _ in range(3))
        compiled(first, {3: done, 4: 1})
        second.go_on(first.progress())
        third.go_on([[list(map(list, shapes)), left] for shapes, left in first.progress()])  # as from a file
        assert second.progress() == third.progress() == first.progress()
        for more in range(1, 7):
            assert compiled(second, {3: 1, 4: 1}) == compiled(first, {3: 1, 4: 1})
            assert second.progress() == first.progress(), (done, more)
    assert compiled(first, {}) == {3, 4}
