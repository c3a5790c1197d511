"""The command line: its commands, their options, what each option takes.

Only the standard library is needed here, so that help and mistakes are answered at once.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable
from typing import Any, NoReturn

from kerasflow.cli.exits import UsageError
from kerasflow.core.version import __version__

__all__ = ["build_parser"]

CODES = """exit codes:
  0 done, 1 an error of kerasflow itself, 2 a mistake in the command line, 3 bad data, 4 the RUN folder is not usable or
  does not fit the table, 5 training diverged, 130 interrupted (train: after saving what it has), 143 terminated
"""
TRAIN = """Train a network on the table DATA.csv to predict one of its columns, and keep it in the folder RUN together
with all that is needed to use it on other tables.

Which columns are numbers and which are texts is inferred from all rows and shown first. Missing values are filled in,
numbers standardised, texts encoded. A part of the rows, drawn at random, is held out: training stops when the error
on it stops falling, and goes back to its best epoch. The metrics on these rows go to stdout, beside those of always
giving the same answer: the mean, or the most frequent class."""
MOST_UNITS = 65536


class Parser(argparse.ArgumentParser):
    """A parser that raises `UsageError`, and so leaves messages and exit codes to `main`."""

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        raise UsageError(f"{message} (see {self.prog} --help)")


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command; what it returns has `command`, the name, among the options."""
    parser = _parser(Parser, prog="kerasflow", description="Neural networks for CSV files.", epilog=CODES)
    parser.add_argument("--version", action="version", version=f"kerasflow {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_train(commands.add_parser)
    _add_evaluate(commands.add_parser)
    _add_predict(commands.add_parser)
    _add_saved_model(commands.add_parser)
    return parser


def _parser(make: Callable[..., Any], *args: str, **settings: Any) -> Any:
    return make(*args, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **settings)


def _add_train(make: Callable[..., Any]) -> None:
    parser = _parser(make, "train", help="train on a table", description=TRAIN, epilog=CODES)
    parser.add_argument("data", metavar="DATA.csv", help="the table: UTF-8, a header, comma, semicolon or tab between")
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    parser.add_argument("-o", "--output", required=True, metavar="RUN", help="the folder to make")
    parser.add_argument("--overwrite", action="store_true", help="replace RUN if it is a run already")
    parser.add_argument("--quiet", action="store_true", help="show results and errors only")
    parser.add_argument(
        "--task",
        choices=("regression", "classification"),
        help="predict a number or a class; without this, a column of texts is classes, and so are whole numbers if at"
        " most 10 different ones occur, each twice on average",
    )
    parser.add_argument(
        "--ignore", action="append", default=[], type=_names, metavar="COLUMNS", help="columns not to use, with commas"
    )
    network = parser.add_argument_group("the network")
    add = network.add_argument
    add("--hidden", type=_sizes, default=(64, 64), metavar="N,N", help="units of each hidden layer, or none [64,64]")
    share = _number("from 0 to below 1", lambda x: 0 <= x < 1)
    add("--dropout", type=share, default=0.0, metavar="SHARE", help="of the hidden units, left out in a step [0]")
    penalty = _number("from 0 on", lambda x: x >= 0)
    add("--l2", type=penalty, default=0.0, metavar="FACTOR", help="of the sum of squared weights in the loss [0]")
    training = parser.add_argument_group("training")
    add = training.add_argument
    add("--epochs", type=_whole(1), default=100, metavar="N", help="passes over the rows at the most [100]")
    add("--patience", type=_whole(1), default=20, metavar="N", help="epochs without a better one that end it [20]")
    add("--batch-size", type=_whole(1), metavar="ROWS", help="rows of a step [32 to 128, by the number of rows]")
    rate = _number("above 0", lambda x: x > 0)
    add("--learning-rate", type=rate, default=3e-3, metavar="RATE", help="at the start; it falls to 0 [0.003]")
    part = _number("between 0 and 1", lambda x: 0 < x < 1)
    add("--valid", type=part, default=0.2, metavar="SHARE", help="of the rows, held out [0.2]")
    add("--seed", type=_whole(0), default=0, metavar="N", help="of everything drawn at random [0]")
    parser.set_defaults(command="train")


def _add_evaluate(make: Callable[..., Any]) -> None:
    text = "Print the metrics of a trained network on a table that has the target column, beside the baseline's."
    parser = _parser(make, "evaluate", help="see how good it is on a table", description=text, epilog=CODES)
    _add_run_and_data(parser)


def _add_predict(make: Callable[..., Any]) -> None:
    text = "Predict the target of each row of a table. Columns are found by name; the target need not be there."
    parser = _parser(make, "predict", help="predict for a table", description=text, epilog=CODES)
    _add_run_and_data(parser)
    parser.add_argument("-o", "--output", required=True, metavar="OUT.csv", help="the file to write, - for stdout")
    parser.add_argument("--proba", action="store_true", help="classes: add a column with the probability of each")


def _add_run_and_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a folder that `kerasflow train` made")
    parser.add_argument("data", metavar="DATA.csv", help="the table")
    parser.add_argument("--quiet", action="store_true", help="show results and errors only")


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


def _number(range_: str, accepts: Callable[[float], bool]) -> Callable[[str], float]:
    """A reader of finite numbers of a range."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or not accepts(value):
            raise argparse.ArgumentTypeError(f"expected a number {range_}, not {text!r}")
        return value

    return read


def _whole(low: int) -> Callable[[str], int]:
    """A reader of whole numbers from `low` on."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= low):
            raise argparse.ArgumentTypeError(f"expected a whole number from {low} on, not {text!r}")
        return int(text)

    return read


def _sizes(text: str) -> tuple[int, ...]:
    parts = [] if text == "none" else [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 and 1 <= int(part) <= MOST_UNITS for part in parts):
        raise argparse.ArgumentTypeError(f"expected sizes from 1 to {MOST_UNITS} as in 64,32, or none, not {text!r}")
    return tuple(map(int, parts))


def _names(text: str) -> list[str]:
    """Column names between commas; one that has a comma itself goes into quotation marks, as in CSV."""
    return [name.strip() for name in next(csv.reader([text], skipinitialspace=True), [])]
