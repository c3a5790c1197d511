"""The options of `kerasflow train`, group by group: the split, the model, the training, the run."""

from __future__ import annotations

import argparse

from kerasflow.cli.option_values import number, share, sizes, whole

__all__ = ["add_model_options", "add_run_options", "add_split_options", "add_target_options", "add_training_options"]


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """What is to be predicted."""
    add = parser.add_argument_group("the target").add_argument
    add("--target", required=True, metavar="COLUMN", help="the column to predict")
    add(
        "--task",
        choices=("regression", "classification"),
        help="predict a number or a class; without this, a column of texts is classes, and so are whole numbers if at"
        " most 10 different ones occur, each twice on average",
    )


def add_split_options(parser: argparse.ArgumentParser) -> None:
    """Which rows are held out."""
    add = parser.add_argument_group("the rows held out").add_argument
    add("--valid", type=share, default=0.2, metavar="SHARE", help="of the rows, held out [0.2]")


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """What is trained."""
    add = parser.add_argument_group("the network").add_argument
    add("--hidden", type=sizes, default=(64, 64), metavar="N,N", help="units of each hidden layer, or none [64,64]")
    part = number("from 0 to below 1", lambda x: 0 <= x < 1)
    add("--dropout", type=part, default=0.0, metavar="SHARE", help="of the hidden units, left out in a step [0]")
    penalty = number("from 0 on", lambda x: x >= 0)
    add("--l2", type=penalty, default=0.0, metavar="FACTOR", help="of the sum of squared weights in the loss [0]")


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """How it is trained."""
    add = parser.add_argument_group("training").add_argument
    add("--epochs", type=whole(1), default=100, metavar="N", help="passes over the rows at the most [100]")
    add("--patience", type=whole(1), default=20, metavar="N", help="epochs without a better one that end it [20]")
    add("--batch-size", type=whole(1), metavar="ROWS", help="rows of a step [32 to 128, by the number of rows]")
    rate = number("above 0", lambda x: x > 0)
    text = "at the start; it falls to 0 [0.003]"
    add("--lr", "--learning-rate", dest="learning_rate", type=rate, default=3e-3, metavar="RATE", help=text)
    add("--seed", type=whole(0), default=0, metavar="N", help="of everything drawn at random [0]")


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The folder that training leaves behind."""
    add = parser.add_argument_group("the run").add_argument
    add("-o", "--output", required=True, metavar="RUN", help="the folder to make")
    add("--overwrite", action="store_true", help="replace RUN if it is a run already")
