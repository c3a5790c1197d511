"""The debugger's commands, talked to line by line, and as a person would on a terminal."""

import os
import pty
import re
import select
import subprocess
import sys

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.debug import Conversation, Recording
from kerasflow.debug.commands import Analyzer, CommandError, words_of
from kerasflow.debug.filters import has_inf_or_nan
from kerasflow.debug.offline import main
from kerasflow.debug.printing import parse_ranges, sliced
from kerasflow.python import debug as tf_debug


def talk(*lines):
    """A conversation in which a person says `lines`, and what is shown to them."""
    left, shown = list(lines), []

    def ask(prompt, names):
        if not left:
            raise EOFError
        shown.append(f"{prompt}{left[0]}")
        return left.pop(0)

    return Conversation(ask, shown.extend), shown


def softmax():
    """A loss that is infinite when the right class has the probability zero."""
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    w = tf.constant([[1.0, 0.0], [0.0, 200.0]], name="w")
    with tf.name_scope("model"):
        p = tf.nn.softmax(tf.matmul(x, w), name="p")
        loss = tf.negative(tf.reduce_sum(tf.log(p)[:, 0]), name="loss")
    return x, loss


def recorded():
    x, loss = softmax()
    recording = Recording("loss", {"x:0": np.ones((1, 2))})
    recording.add_graph(loss.graph)
    assert tf.Session().observe(loss, {x: [[1.0, 1.0]]}, recording) == np.inf
    return Analyzer(recording, {"has_inf_or_nan": has_inf_or_nan})


def test_tensors_are_listed_in_every_order():
    analyzer = recorded()

    def names(line):
        return [row.split()[-1] for row in analyzer.run(words_of(line))[2:]]

    everything = names("lt")
    assert everything[-1] == "model/loss:0" and everything.index("model/p:0") < everything.index("model/Log:0")
    assert names("lt -r") == everything[::-1]
    assert names("lt -s tensor_name") == sorted(everything)
    sizes = [int(row.split()[1]) for row in analyzer.run(["lt", "-s", "dump_size", "-r"])[2:]]
    assert sizes == sorted(sizes, reverse=True) and sizes[0] == 16
    assert names("lt -t Soft") == ["model/p:0"] and names("lt -n model/L") == ["model/Log:0"]
    assert names("lt -f has_inf_or_nan")[0] == "model/Log:0"
    assert analyzer.run(["lt", "-f", "has_inf_or_nan"])[0].endswith("that pass the filter 'has_inf_or_nan':")


def test_tensors_are_printed():
    analyzer = recorded()
    lines = analyzer.run(["pt", "model/Log:0"])
    assert (
        lines[:3] == ['Tensor "model/Log:0":', "  dtype: float32", "  shape: (1, 2)"] and lines[-1] == "[[-inf   0.]]"
    )
    assert analyzer.run(["pt", "w[1, :]"])[-1] == "[  0. 200.]"
    assert analyzer.run(["pt", "w", "-r", "[[0, 0], [150, inf]]"])[-1] == "* 3 of 4 numbers are in the ranges"
    assert analyzer.run(["pt", "w", "-r", "[100, 300]"])[-2] == " [0.0  200.0*]]"
    summary = analyzer.run(["pt", "model/Log", "-s"])
    assert "  0 nan, 1 -inf, 0 inf" in summary
    assert analyzer.run(["pf", "x"])[-1] == "[[1. 1.]]"
    assert analyzer.run(["eval", "np.sum(`w:0[1,:]`) + 1"])[-1] == "201.0"


def test_operations_are_explained():
    analyzer = recorded()
    text = "\n".join(analyzer.run(["ni", "-t", "-a", "-d", "model/Log"]))
    assert "Op: Log" in text and "[Softmax] model/p:0" in text and "1 dumped tensor(s)" in text
    assert re.search(rf"{re.escape(__file__)}:\d+, in softmax\n    loss = tf.negative", text)
    assert analyzer.run(["li", "-r", "-t", "model/p"])[1:] == [
        "|- (1) [MatMul] model/MatMul:0",
        "|  |- (2) [Placeholder] x:0",
        "|  |- (2) [Const] w:0",
    ]
    assert analyzer.run(["li", "model/p"])[1:] == ["|- (1) model/MatMul:0"]
    assert analyzer.run(["lo", "w"])[1:] == ["|- (1) model/MatMul"]
    assert analyzer.run(["lo", "-r", "-d", "2", "x"])[1:] == ["|- (1) model/MatMul", "|  |- (2) model/p"]
    assert analyzer.run(["li", "x"])[1:] == ["  (none)"]
    assert analyzer.run(["ls"])[1].endswith("test_debugger.py")
    source = analyzer.run(["ps", "test_debugger.py"])
    at = next(k for k, line in enumerate(source) if 'name="p")' in line)
    assert [line.split()[-1] for line in source[at + 1 : at + 3]] == ["model/MatMul", "model/p"]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("foo", "There is no command 'foo'"),
        ("pt nothing", "was not computed"),
        ("pt model/Lag:0", "Did you mean 'model/Log:0'"),
        ("pt w[5]", "out of bounds"),
        ("pt w[a]", "cannot be read"),
        ("pt w -r x", "is no range"),
        ("pt w -n 1", "there is no number 1"),
        ("pt", "the following arguments are required: tensor"),
        ("lt -s size", "invalid choice"),
        ("lt -f nan", "There is no filter 'nan'"),
        ("lt -n (", "no regular expression"),
        ("ni model/Lug", "Did you mean 'model/Log'"),
        ("ps other.py", "No operation was made in 'other.py'"),
        ("pf w", "was not fed; these were: x:0"),
        ("eval `w`.nothing", "AttributeError"),
        ("eval `v`", "'v' was not computed"),
        ('pt "w', "cannot be read"),
    ],
)
def test_what_is_refused(line, text):
    analyzer = recorded()
    with pytest.raises(CommandError, match=text):
        analyzer.run(words_of(line))


def test_slices_and_ranges():
    assert sliced("a/b:0") == ("a/b:0", None)
    assert sliced("a:1[-1, ::2, ...]") == ("a:1", (-1, slice(None, None, 2), Ellipsis))
    assert parse_ranges("[-1, 2.5]") == [(-1.0, 2.5)]


def test_a_conversation_over_several_runs():
    x, loss = softmax()
    talking, shown = talk(
        "ri", "run", "run", "bad", "run -f has_inf_or_nan", "pt model/p:0", "run -n", "run -t 3", "run"
    )
    sess = tf_debug.LocalCLIDebugWrapperSession(tf.Session(), conversation=talking)
    feeds = [{x: [[1.0, v]]} for v in (0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)]
    losses = [sess.run(loss, f) for f in feeds]
    np.testing.assert_allclose(losses[:2] + losses[3:], [np.log1p(np.exp(-1))] * 6, rtol=1e-6)
    assert losses[2] == np.inf
    text = "\n".join(shown)
    starts = [int(n) for n in re.findall(r"run-start: run #(\d)", text)]
    ends = [int(n) for n in re.findall(r"run-end: run #(\d)", text)]
    # 1: watched. 2: until the filter passes, which is 3; then 4 without watching; 5 and 6 skipped, 7 watched.
    assert starts == [1, 2, 5] and ends == [1, 3, 7]
    assert "There is no command 'bad'" in text and "[[0. 1.]]" in text and "Fetch(es): model/loss:0" in text


def test_a_run_that_fails_is_shown():
    checked = tf.check_numerics(tf.log(tf.constant([0.0])), "oh")
    talking, shown = talk("run", "lt", "run")
    sess = tf_debug.LocalCLIDebugWrapperSession(tf.Session(), conversation=talking)
    with pytest.raises(tf.errors.InvalidArgumentError, match="oh"):
        sess.run(checked)
    assert "The run failed:" in shown and any(line.endswith("Log:0") for line in shown)


def test_filters_of_ones_own_and_leaving():
    x, loss = softmax()
    talking, shown = talk("run -f large", "exit")
    sess = tf_debug.LocalCLIDebugWrapperSession(tf.Session(), conversation=talking)
    sess.add_tensor_filter("large", lambda datum, tensor: datum.node == "w" and tensor.max() > 100)
    with pytest.raises(TypeError, match="callable"):
        sess.add_tensor_filter("x", 3)
    with pytest.raises(SystemExit):
        sess.run(loss, {x: [[1.0, 0.0]]})
    assert "1 tensors that pass the filter 'large':" in shown
    with pytest.raises(TypeError, match="Expected a Session"):
        tf_debug.LocalCLIDebugWrapperSession(3)


def test_a_monitored_session():
    x, loss = softmax()
    talking, shown = talk("run", "run", "run -n")
    hook = tf_debug.LocalCLIDebugHook(conversation=talking)
    with tf.train.MonitoredSession(hooks=[hook]) as sess:
        assert sess.run(loss, {x: [[1.0, 1.0]]}) == np.inf
        sess.run(loss, {x: [[1.0, 0.0]]})
    assert any(line.endswith("model/Log:0") for line in shown)


# Files.


def test_runs_are_written_and_read_back(tmp_path, capsys, monkeypatch):
    x, loss = softmax()
    text = tf.constant(["some", "text"], name="text")
    sess = tf_debug.DumpingDebugWrapperSession(tf.Session(), str(tmp_path / "runs"), lambda fetches, feeds: bool(feeds))
    sess.run(text)
    sess.run([loss, text], {x: [[1.0, 1.0]]})
    [folder] = (tmp_path / "runs").iterdir()
    recording = Recording.load(folder)
    assert recording.title == "model/loss:0, text:0" and recording.feeds["x:0"].tolist() == [[1.0, 1.0]]
    assert recording.named("model/Log")[0].array.tolist() == [[-np.inf, 0.0]]
    assert recording.named("text")[0].array.tolist() == [b"some", b"text"]
    assert recording.nodes["model/Log"].where[0] == __file__
    (tmp_path / "lines").write_text("pt model/p:0\nexit\n")
    with open(tmp_path / "lines") as lines:
        monkeypatch.setattr(sys, "stdin", lines)
        with pytest.raises(SystemExit):
            main(["--dump_dir", str(tmp_path / "runs")])
    assert "[[0. 1.]]" in capsys.readouterr().out
    with tf.train.MonitoredSession(hooks=[tf_debug.DumpingDebugHook(str(tmp_path / "hooked"))]) as monitored:
        monitored.run(loss, {x: [[1.0, 1.0]]})
    assert len(list((tmp_path / "hooked").glob("*/run.json"))) == 1


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"kind": "other"}', '{"kind": "kerasflow watched run"}', "\x00", "VALUE ../x.npy"]
)
def test_folders_that_hold_something_else(tmp_path, content, capsys):
    if content.startswith("VALUE"):
        content = (
            '{"kind": "kerasflow watched run", "title": "", "error": null, "feeds": {}, "nodes": [], "values": '
            '[{"tensor": "a:0", "type": "A", "micros": 0, "file": "../x.npy"}]}'
        )
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(ValueError, match="run.json is no watched run"):
        Recording.load(tmp_path)
    assert main(["--dump_dir", str(tmp_path)]) == 2 and "no watched run" in capsys.readouterr().err
    assert main(["--dump_dir", str(tmp_path / "nothing")]) == 2


# On a terminal.

PROGRAM = """
import kerasflow as tf
from kerasflow.python import debug as tf_debug
x = tf.placeholder(tf.float32, [None, 2], name="x")
p = tf.nn.softmax(tf.matmul(x, tf.constant([[1.0, 0.0], [0.0, 200.0]])), name="p")
loss = -tf.reduce_sum(tf.log(p, name="surprise")[:, 0])
sess = tf_debug.LocalCLIDebugWrapperSession(tf.Session())
for v in (0.0, 1.0):
    print("the loss is", sess.run(loss, {x: [[1.0, v]]}))
"""


@pytest.mark.slow
def test_a_person_at_a_terminal_finds_the_first_infinity(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "program.py")], stdin=slave, stdout=slave, stderr=slave, env=environment
    )
    os.close(slave)
    seen = b""

    def until(text):
        nonlocal seen
        while text not in seen:
            ready, _, _ = select.select([master], [], [], 60)
            assert ready, seen
            seen += os.read(master, 65536)
        seen = seen.partition(text)[2]

    until(b"tfdbg>")
    os.write(master, b"run -f has_inf_or_nan\r")
    until(b"surprise:0")  # the first of those that are listed
    until(b"tfdbg>")
    os.write(master, b"pt surprise:\t")
    until(b"surprise:0")  # completed
    os.write(master, b"\r")
    until(b"-inf")
    os.write(master, b"ni -t surprise\r")
    until(b"program.py:6")
    until(b'tf.log(p, name="surprise")')
    os.write(master, b"run\r")
    until(b"the loss is inf")
    assert process.wait(timeout=30) == 0
    os.close(master)
