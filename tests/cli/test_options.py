"""The command line is read, and every mistake in it answered in one line, with exit code 2."""

import pytest

import kerasflow as package
from kerasflow.cli import main as main_module
from kerasflow.cli.options import build_parser

TRAIN = ("train", "DATA.csv", "--target", "y", "-o", "RUN")


def parse(*arguments):
    return build_parser().parse_args([*TRAIN, *arguments])


def test_the_version_is_printed(kerasflow):
    assert kerasflow("--version") == (0, f"kerasflow {package.__version__}\n", "")


@pytest.mark.parametrize("command", [(), ("train",), ("evaluate",), ("predict",)])
def test_help_is_printed(kerasflow, command):
    done = kerasflow(*command, "--help")
    assert done.code == 0 and done.err == "" and done.out.startswith(" ".join(["usage: kerasflow", *command, "["]))
    assert "130 interrupted" in done.out


def test_the_defaults():
    options = parse()
    assert vars(options) == {
        "command": "train",
        "data": ["DATA.csv"],
        "sep": None,
        "encoding": None,
        "quote": '"',
        "decimal": ".",
        "thousands": None,
        "no_header": False,
        "na": ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"],
        "limit": None,
        "report": "both",
        "metrics": None,
        "target": "y",
        "output": "RUN",
        "overwrite": False,
        "quiet": False,
        "verbose": False,
        "json": False,
        "progress": "auto",
        "task": None,
        "ignore": [],
        "columns": [],
        "id": [],
        "numeric": [],
        "categorical": [],
        "schema": None,
        "hidden": (128, 64),
        "dropout": 0.0,
        "model": "mlp",
        "l1": 0.0,
        "l2": 1e-4,
        "loss": None,
        "optimizer": "adam",
        "epochs": 100,
        "patience": 20,
        "batch_size": None,
        "learning_rate": None,
        "time_limit": None,
        "class_weight": None,
        "weight_column": None,
        "valid": 0.2,
        "valid_file": None,
        "split_column": None,
        "group_column": None,
        "time_column": None,
        "seed": 0,
        "threads": 1,
        "memory": 1 << 30,
        "cache": None,
        "resume": False,
        "tensorboard": None,
        "checkpoint_every": "60s",
    }


def test_the_help_shows_the_defaults():
    text = " ".join(build_parser().format_help().split())
    train = " ".join(build_parser()._subparsers._group_actions[0].choices["train"].format_help().split())
    assert "train on a table" in text
    for shown in (
        "[128,64]",
        "[100]",
        "[20]",
        "falls to 0 [0.001, of linear 0.01; sgd 0.01, adagrad 0.03]",
        "held out, in each class alike [0.2]",
        "drawn at random [0]",
    ):
        assert shown in train


def test_values_are_read():
    options = parse("--hidden", "8, 4", "--epochs", "3", "--l2", "1e-3", "--ignore", 'a,"b, c"', "--ignore", "d")
    assert (options.hidden, options.epochs, options.l2, options.ignore) == ((8, 4), 3, 1e-3, [["a", "b, c"], ["d"]])
    assert parse("--hidden", "none").hidden == ()


WHOLE = "expected a whole number from 1 on, not"

MISTAKES = [
    (("--hidden", "0"), "argument --hidden: expected sizes from 1 to 65536 as in 64,32, or none, not '0'"),
    (("--hidden", "64;32"), "argument --hidden: expected sizes from 1 to 65536 as in 64,32, or none, not '64;32'"),
    (("--hidden", "65537"), "argument --hidden: expected sizes from 1 to 65536 as in 64,32, or none, not '65537'"),
    (("--hidden", ""), "argument --hidden: expected sizes from 1 to 65536 as in 64,32, or none, not ''"),
    (("--epochs", "0"), f"argument --epochs: {WHOLE} '0'"),
    (("--epochs", "1.5"), f"argument --epochs: {WHOLE} '1.5'"),
    (("--epochs", "٣"), f"argument --epochs: {WHOLE} '٣'"),
    (("--batch-size", "x"), f"argument --batch-size: {WHOLE} 'x'"),
    (("--patience", "0"), f"argument --patience: {WHOLE} '0'"),
    (("--seed", "-1"), "argument --seed: expected a whole number from 0 on, not '-1'"),
    (("--valid", "1"), "argument --valid: expected a number between 0 and 1, not '1'"),
    (("--valid", "0"), "argument --valid: expected a number between 0 and 1, not '0'"),
    (("--dropout", "1"), "argument --dropout: expected a number from 0 to below 1, not '1'"),
    (("--l2", "-0.1"), "argument --l2: expected a number from 0 on, not '-0.1'"),
    (("--learning-rate", "0"), "argument --lr/--learning-rate: expected a number above 0, not '0'"),
    (("--learning-rate", "nan"), "argument --lr/--learning-rate: expected a number above 0, not 'nan'"),
    (("--learning-rate", "inf"), "argument --lr/--learning-rate: expected a number above 0, not 'inf'"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES)
def test_a_value_that_does_not_fit_is_refused(refused, arguments, message):
    refused(2, f"{message} (see kerasflow train --help)", *TRAIN, *arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ["COMMAND"]),
        (("trian", "DATA.csv"), ["COMMAND", "'trian'", "train"]),
        (("train", "DATA.csv", "--target", "y"), ["train", "required: -o/--output"]),
        (("train", "DATA.csv", "-o", "RUN"), ["train", "required: --target"]),
        ((*TRAIN, "--task", "ranking"), ["train", "--task", "'ranking'", "regression", "classification"]),
        ((*TRAIN, "--batch", "3"), ["--batch"]),  # no guessing of options
        (("predict", "RUN"), ["predict", "DATA"]),
        (("evaluate", "RUN", "DATA.csv", "--proba"), ["--proba"]),
    ],
)
def test_a_line_that_does_not_fit_is_refused(kerasflow, arguments, words):
    done = kerasflow(*arguments)  # the wording is argparse's, which differs between versions of Python
    assert done.code == 2 and done.out == "" and done.err.startswith("kerasflow") and done.err.count("\n") == 1
    assert all(word in done.err for word in words), done.err


# --- how any command ends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyError("x"), 1, "internal error, KeyError: 'x' (KERASFLOW_TRACEBACK=1 shows where)"),
        (ValueError("two\nlines"), 1, "internal error, ValueError: two lines (KERASFLOW_TRACEBACK=1 shows where)"),
        (MemoryError(), 1, "out of memory"),
        (OSError(28, "No space left on device", "/x/RUN"), 1, "/x/RUN: No space left on device"),
        (PermissionError(13, "Permission denied", "DATA.csv"), 2, "DATA.csv: Permission denied"),
        (KeyboardInterrupt(), 130, "interrupted, nothing was written"),
        (main_module.Terminated(), 143, "terminated, nothing was written"),
    ],
)
def test_every_failure_is_a_line_and_a_code(kerasflow, monkeypatch, error, code, message):
    def fail(options):
        raise error

    monkeypatch.setitem(main_module.COMMANDS, "train", fail)
    assert kerasflow(*TRAIN) == (code, "", f"kerasflow train: {message}\n")


def test_an_error_of_its_own_can_be_looked_into(kerasflow, monkeypatch):
    monkeypatch.setitem(main_module.COMMANDS, "train", lambda options: {}["x"])
    monkeypatch.setenv("KERASFLOW_TRACEBACK", "1")
    done = kerasflow(*TRAIN)
    assert done.code == 1 and "Traceback" in done.err and done.err.endswith("(KERASFLOW_TRACEBACK=1 shows where)\n")


def test_a_reader_who_is_gone_is_no_error(kerasflow, monkeypatch):
    def fail(options):
        raise BrokenPipeError

    monkeypatch.setitem(main_module.COMMANDS, "train", fail)
    assert kerasflow(*TRAIN) == (141, "", "")
