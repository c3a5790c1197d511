"""The options of `kerasflow train`, group by group: the split, the model, the training, the run."""

from __future__ import annotations

import argparse

from kerasflow.cli.option_values import duration, every, names, number, share, size, sizes, whole

__all__ = ["add_model_options", "add_run_options", "add_split_options", "add_target_options", "add_training_options"]

LEAST_MEMORY = "464M"  # Python with its packages, and room for some rows; see `feeding.Memory`


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
    group = parser.add_argument_group("the rows held out", "A row's side depends on what it says, not on its place.")
    add = group.add_argument
    add("--valid", type=share, default=0.2, metavar="SHARE", help="of the rows, held out, in each class alike [0.2]")
    ways = group.add_mutually_exclusive_group().add_argument
    ways("--valid-file", metavar="FILE", help="a table of its own that is held out")
    ways("--split-column", metavar="COLUMN", help="says of each row train, valid or test, which is left out")
    ways("--group-column", metavar="COLUMN", help="rows that have the same here stay on one side")
    ways("--time-column", metavar="COLUMN", help="the latest rows are held out: numbers, or dates like 2024-12-31")


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """What is trained."""
    add = parser.add_argument_group("the network").add_argument
    text = "linear, mlp, wide-deep, or the file of a Keras model's JSON that takes the features, gives scores [mlp]"
    add("--model", default="mlp", metavar="MODEL", help=text)
    add("--hidden", type=sizes, default=(128, 64), metavar="N,N", help="units of each hidden layer, or none [128,64]")
    part = number("from 0 to below 1", lambda x: 0 <= x < 1)
    add("--dropout", type=part, default=0.0, metavar="SHARE", help="of the hidden units, left out in a step [0]")
    penalty = number("from 0 on", lambda x: x >= 0)
    add("--l1", type=penalty, default=0.0, metavar="FACTOR", help="of the sum of absolute weights in the loss [0]")
    add("--l2", type=penalty, default=1e-4, metavar="FACTOR", help="of the sum of squared weights in the loss [0.0001]")


def add_training_options(parser: argparse.ArgumentParser) -> None:
    """How it is trained."""
    add = parser.add_argument_group("training").add_argument
    losses = ("mse", "mae", "huber", "log-cosh", "cross-entropy")
    add("--loss", choices=losses, help="what is made small [mse of numbers, cross-entropy of classes]")
    names = ("adam", "adamw", "nadam", "rmsprop", "adagrad", "sgd")
    add("--optimizer", choices=names, default="adam", help="how, sgd with Nesterov's momentum of 0.9 [adam]")
    rate = number("above 0", lambda x: x > 0)
    text = "at the start; it falls to 0 [0.001, of linear 0.01; sgd 0.01, adagrad 0.03]"
    add("--lr", "--learning-rate", dest="learning_rate", type=rate, metavar="RATE", help=text)
    add("--epochs", type=whole(1), default=100, metavar="N", help="passes over the rows at the most [100]")
    add("--patience", type=whole(1), default=20, metavar="N", help="epochs without a better one that end it [20]")
    add(
        "--time-limit",
        type=duration,
        metavar="TIME",
        help="end after the epoch that takes it there, as in 90s, 30m, 2h",
    )
    add("--batch-size", type=whole(1), metavar="ROWS", help="rows of a step [8 to 128, by the number of rows]")
    add("--class-weight", choices=("balanced",), help="balanced: the rows of each class count as much together")
    add("--weight-column", metavar="COLUMN", help="how much each row counts")
    add("--seed", type=whole(0), default=0, metavar="N", help="of everything drawn at random [0]")
    add("--threads", type=whole(1), default=1, metavar="N", help="of the products of matrices [1]")
    text = f"that may be used, from {LEAST_MEMORY} on, as in 4G; a larger table waits on the disk [1G]"
    add("--memory", type=size(LEAST_MEMORY), default=1 << 30, metavar="SIZE", help=text)
    text = "where the columns of tables are kept, to be read once [.kerasflow-cache beside RUN, from 64 MB on]"
    add("--cache", metavar="FOLDER", help=text)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """The folder that training leaves behind."""
    add = parser.add_argument_group("the run").add_argument
    add("-o", "--output", required=True, metavar="RUN", help="the folder to make")
    add("--overwrite", action="store_true", help="replace RUN if it is a run already")
    add("--resume", action="store_true", help="go on with the training of RUN as if it had never been interrupted")
    text = "what to compute on the rows held out, with commas [the usual ones]"
    add("--metrics", type=names, metavar="NAMES", help=text)
    text = "tell of the training in report.md, in report.html, a page of its own, or both [both]"
    add("--report", choices=("md", "html", "both", "none"), default="both", help=text)
    add("--tensorboard", metavar="FOLDER", help="where the curves are written for TensorBoard, too")
    text = "keep what is needed to go on: a time as in 90s, 10m, also within an epoch, or a number of epochs [60s]"
    add("--checkpoint-every", type=every, default="60s", metavar="TIME", help=text)
