"""`tf.flags` and `tf.app`: options of programs."""

import subprocess
import sys

import pytest

import kerasflow as tf

PROGRAM = """
import kerasflow as tf
tf.app.flags.DEFINE_integer("steps", 3, "how many steps")
tf.app.flags.DEFINE_bool("fast", False, "whether to hurry")
FLAGS = tf.app.flags.FLAGS
def main(argv):
    print(FLAGS.steps, FLAGS.fast, argv[1:])
    return FLAGS.steps - 3
if __name__ == "__main__":
    tf.app.run()
"""


@pytest.fixture
def flags():
    made = tf.flags.Flags()
    tf.flags.DEFINE_string("folder", "/tmp", "where to write", made)
    tf.flags.DEFINE_integer("steps", 10, "how many steps", made)
    tf.flags.DEFINE_float("rate", 0.1, "the learning rate", made)
    tf.flags.DEFINE_boolean("fast", False, "whether to hurry", made)
    tf.flags.DEFINE_enum("mode", "train", ["train", "test"], "what to do", made)
    tf.flags.DEFINE_list("files", "a, b", "what to read", made)
    return made


def test_defaults(flags):
    assert flags(["program"]) == ["program"] and flags.is_parsed()
    assert flags.flag_values_dict() == {
        **{"folder": "/tmp", "steps": 10, "rate": 0.1, "fast": False, "mode": "train", "files": ["a", "b"]}
    }
    assert list(flags) == dir(flags) == sorted(flags.flag_values_dict()) and "rate" in flags and "x" not in flags


@pytest.mark.parametrize(
    ("words", "name", "value", "rest"),
    [
        (["--folder=x=y"], "folder", "x=y", []),
        (["-folder", "--odd"], "folder", "--odd", []),
        (["--steps", "-5", "data"], "steps", -5, ["data"]),
        (["--steps=0x10"], "steps", 16, []),
        (["--rate=1e-3"], "rate", 0.001, []),
        (["--fast", "more"], "fast", True, ["more"]),
        (["--fast", "--nofast"], "fast", False, []),
        (["--fast=Yes"], "fast", True, []),
        (["--mode=test"], "mode", "test", []),
        (["--files=c,,d"], "files", ["c", "", "d"], []),
        (["--files="], "files", [], []),
        (["a", "--", "--steps=1"], "steps", 10, ["a", "--steps=1"]),
        (["-", "b"], "steps", 10, ["-", "b"]),
    ],
)
def test_values(flags, words, name, value, rest):
    assert flags(["program", *words]) == ["program", *rest]
    assert getattr(flags, name) == value


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--step=1"], "There is no flag --step. Did you mean 'steps'"),
        (["--steps=1.5"], "The flag --steps takes an integer, got '1.5'"),
        (["--steps"], "The flag --steps needs an integer after it"),
        (["--fast=maybe"], "takes a truth value, true or false, got 'maybe'"),
        (["--mode=x"], "takes one of train, test, got 'x'"),
        (["--norate"], "There is no flag --norate"),
    ],
)
def test_mistakes(flags, words, message):
    with pytest.raises(ValueError, match=message):
        flags(["program", *words])


def test_a_flag_that_must_be_given(flags):
    tf.flags.DEFINE_string("key", None, "a key", flags)
    tf.flags.mark_flag_as_required("key", flags)
    with pytest.raises(ValueError, match="The flag --key must be given"):
        flags(["program"])
    flags(["program", "--key=1"])
    assert flags.key == "1"


def test_names(flags):
    with pytest.raises(ValueError, match="--steps is defined twice"):
        tf.flags.DEFINE_integer("steps", 1, "again", flags)
    flags.mark_as_parsed()
    with pytest.raises(AttributeError, match="There is no flag 'stps'. Did you mean 'steps'"):
        _ = flags.stps
    with pytest.raises(AttributeError, match="There is no flag 'other'"):
        flags.other = 1
    flags.steps = 7
    assert flags.steps == 7
    assert "  --rate: the learning rate (default: 0.1)" in flags.describe().splitlines()


def test_the_command_line_is_read_when_a_flag_is_first_needed(flags, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["program", "--unknown=1", "--steps=5"])
    assert flags.steps == 5


@pytest.mark.parametrize(
    ("words", "code", "out", "err"),
    [
        (["--steps=4", "--fast", "x"], 1, "4 True ['x']", ""),
        ([], 0, "3 False []", ""),
        (["--stps=4"], 1, "", "There is no flag --stps. Did you mean 'steps'?"),
        (["--help"], 0, "--steps: how many steps (default: 3)", ""),
    ],
)
def test_a_program(tmp_path, words, code, out, err):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    done = subprocess.run([sys.executable, str(path), *words], capture_output=True, text=True, check=False)
    assert (done.returncode, out in done.stdout, err in done.stderr) == (code, True, True)
    assert len(done.stderr.splitlines()) == bool(err)


def test_a_main_that_is_passed():
    with pytest.raises(SystemExit) as left:
        tf.app.run(lambda argv: len(argv), ["program", "a", "b"])
    assert left.value.code == 3
