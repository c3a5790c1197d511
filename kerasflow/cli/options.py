"""The command line: its commands, their options, what each option takes.

Only the standard library is needed here, so that help and mistakes are answered at once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn

from kerasflow.cli.console import STDOUT
from kerasflow.cli.exits import UsageError
from kerasflow.cli.option_values import names, number
from kerasflow.cli.reading import add_column_options, add_data_options
from kerasflow.cli.train_options import (
    add_model_options,
    add_run_options,
    add_split_options,
    add_target_options,
    add_training_options,
)
from kerasflow.core.version import __version__

__all__ = ["build_parser"]

CODES = """exit codes:
  0 done, 1 an error of kerasflow itself, 2 a mistake in the command line, 3 bad data, 4 the RUN folder is not usable or
  does not fit the table, 5 training diverged, 130 interrupted and 143 terminated (train: after saving what it has)
"""
ERRORS = "rows with a text where a number belongs, or with too few or too many cells"
TRAIN = """Train a network on the table DATA to predict one of its columns, and keep it in the folder RUN together
with all that is needed to use it on other tables.

Which columns are numbers and which are texts is inferred from all rows and shown first. Missing values are filled in,
numbers standardised, texts encoded. A part of the rows is held out: training stops when the error on it stops falling,
and goes back to its best epoch. The metrics on these rows go to stdout, beside those of always giving the same answer:
the mean, or the shares of the classes. RUN has a report with curves, errors and more: report.html, report.md."""


class Parser(argparse.ArgumentParser):
    """A parser that raises `UsageError`, and so leaves messages and exit codes to `main`."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise UsageError(f"{message} (see {self.prog} --help)")

    def print_help(self, file: Any = None) -> None:
        """Write the help, or fail; argparse passes over a disk that is full."""
        print(self.format_help(), end="", file=STDOUT, flush=True)


class Version(argparse.Action):
    """An option that writes the version, or fails, and ends the command."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        """Write it."""
        print(f"kerasflow {__version__}", file=STDOUT, flush=True)
        parser.exit()


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command; what it returns has `command`, the name, among the options."""
    parser = _parser(Parser, prog="kerasflow", description="Neural networks for CSV files.", epilog=CODES)
    parser.add_argument("--version", action=Version, nargs=0, dest=argparse.SUPPRESS, help="show the version, and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_train(commands.add_parser)
    _add_evaluate(commands.add_parser)
    _add_predict(commands.add_parser)
    _add_inspect(commands.add_parser)
    _add_export(commands.add_parser)
    _add_saved_model(commands.add_parser)
    return parser


def _parser(make: Callable[..., Any], *args: str, **settings: Any) -> Any:
    return make(*args, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **settings)


def _add_train(make: Callable[..., Any]) -> None:
    parser = _parser(make, "train", help="train on a table", description=TRAIN, epilog=CODES)
    add_data_options(parser)
    add_target_options(parser)
    add_column_options(parser)
    add_split_options(parser)
    add_model_options(parser)
    add_training_options(parser)
    add_run_options(parser)
    _add_talk(parser, progress=True)
    parser.set_defaults(command="train")


def _add_evaluate(make: Callable[..., Any]) -> None:
    text = "Print the metrics of a trained network on a table that has the target column, beside the baseline's."
    parser = _parser(make, "evaluate", help="see how good it is on a table", description=text, epilog=CODES)
    _add_run_and_data(parser)
    add = parser.add_argument_group("the metrics").add_argument
    add("--metrics", type=names, metavar="NAMES", help="which ones, with commas [the usual ones]")
    add("--by", metavar="COLUMN", help="also show them for each value of this column")
    text = "how much each row counts [the one of the training, if the table has it]"
    add("--weight-column", metavar="COLUMN", help=text)
    text = f"{ERRORS}: give up, leave them out [fail]"
    add("--on-error", choices=("fail", "skip"), default="fail", help=text)


def _add_predict(make: Callable[..., Any]) -> None:
    text = "Predict the target of each row of a table. Columns are found by name; the target need not be there."
    parser = _parser(make, "predict", help="predict for a table", description=text, epilog=CODES)
    _add_run_and_data(parser)
    add = parser.add_argument_group("the predictions").add_argument
    text = "the file to write, packed if it ends in .gz, .bz2 or .xz; - for stdout [-]"
    add("-o", "--output", default="-", metavar="OUT.csv", help=text)
    add("--proba", action="store_true", help="classes: add a column with the probability of each")
    low = number("from 0 to 1", lambda x: 0 <= x <= 1)
    add("--threshold", type=low, metavar="P", help="two classes: predict the second one from this probability on [0.5]")
    text = "columns of the table to repeat in front of the predictions, with commas"
    add("--keep", action="append", default=[], type=names, metavar="COLUMNS", help=text)
    text = f"{ERRORS}: give up, leave them out, predict nothing [fail]"
    add("--on-error", choices=("fail", "skip", "null"), default="fail", help=text)


def _add_inspect(make: Callable[..., Any]) -> None:
    text = """Show what a table is: its columns, what is in them, what looks wrong. Or what a run, a model or a file of
weights is: .keras, .h5, .weights.h5, .safetensors, .onnx, a checkpoint of TensorFlow's (the name that its files share),
a saved model's folder. Nothing in it is run, and the options of tables do not matter to it."""
    parser = _parser(make, "inspect", help="see what a table or a model is", description=text, epilog=CODES)
    add_data_options(parser)
    add_column_options(parser)
    add = parser.add_argument_group("the schema").add_argument
    add("--target", metavar="COLUMN", help="the column to predict; others are compared with it")
    add("--weight-column", metavar="COLUMN", help="how much each row counts")
    add("--write-schema", metavar="FILE", help="write kinds and roles of the columns, to be edited, as JSON")
    _add_talk(parser)


def _add_export(make: Callable[..., Any]) -> None:
    text = """Write a run, or a model in a .keras or .h5 file, for others. Of a run, ONNX and saved models take the
columns of a table and give predictions; all else is the network, from features to outputs."""
    parser = _parser(make, "export", help="write a model for others", description=text, epilog=CODES)
    add = parser.add_argument
    add("model", metavar="MODEL", help="a run, or a .keras or .h5 file")
    formats = ("onnx", "savedmodel", "keras", "h5", "safetensors", "json")
    add("--to", required=True, choices=formats, help="ONNX, TensorFlow's saved model, Keras 3, Keras 2, weights, JSON")
    add("-o", "--output", required=True, metavar="FILE", help="the file to write; of a saved model the folder")
    add("--overwrite", action="store_true", help="replace what is there")
    _add_talk(parser)


def _add_run_and_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a folder that `kerasflow train` made")
    add_data_options(parser)
    # What is not said of the table is as the training's command line had it.
    parser.set_defaults(sep=None, quote=None, decimal=None, thousands=None, no_header=None, na=None)
    _add_talk(parser)


def _add_talk(parser: argparse.ArgumentParser, progress: bool = False) -> None:
    """What is said, and how."""
    group = parser.add_argument_group("what is said")
    add = group.add_argument
    add("--json", action="store_true", help="results as one JSON object on stdout")
    add("-q", "--quiet", action="store_true", help="show results and errors only")
    add("-v", "--verbose", action="store_true", help="show more; where an error of kerasflow's own happened, too")
    if progress:
        text = "how epochs are shown: a bar that moves, or a line for each [auto: a bar in a terminal]"
        add("--progress", choices=("auto", "bar", "line", "none"), default="auto", help=text)


def _add_saved_model(make: Callable[..., Any]) -> None:
    text = "look into a folder of TensorFlow's format for serving"
    parser = _parser(make, "saved-model", help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=CODES)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = _parser(actions.add_parser, "show", help="what its graphs take and give")
    run = _parser(actions.add_parser, "run", help="what it gives for some arrays")
    for action in (show, run):
        action.add_argument("--dir", required=True, metavar="DIR", help="the folder")
        needed = action is run
        tags = "the tags of the graph, with commas"
        action.add_argument("--tag_set", required=needed, metavar="TAGS", help=tags)
        action.add_argument("--signature_def", required=needed, metavar="KEY", help="the key of the signature")
    show.add_argument("--all", action="store_true", help="all signatures of all graphs")
    add = run.add_argument
    add("--inputs", default="", metavar="NAME=FILE", help="arrays: .npy files, or FILE.npz[KEY]; several with ;")
    add("--input_exprs", default="", metavar="NAME=VALUE", help="arrays, as in x=[[1.0, 2.0]]; several with ;")
    add("--outdir", metavar="DIR", help="write each output to NAME.npy there, not to stdout")
    add("--overwrite", action="store_true", help="replace files that are there")
