"""What came of a training, and the files that tell of it.

`train` fills an `Outcome`; `save_outcome` writes all of RUN from it: the run itself (`run_folder`), and for people
``metrics.json``, ``history.csv``, ``predictions_valid.csv``, ``env.json``, ``log.txt`` and the reports.
"""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from kerasflow.cli.console import Console
from kerasflow.cli.exits import CommandError
from kerasflow.cli.reports.markdown import markdown
from kerasflow.cli.reports.page import page
from kerasflow.cli.reports.story import told
from kerasflow.cli.results import chosen_metrics, evaluation
from kerasflow.cli.run import HeldOut, Outcome
from kerasflow.cli.run_folder import save_run
from kerasflow.cli.scores import Answers
from kerasflow.core.engine.choice import get_engine, has_compiler
from kerasflow.core.version import __version__
from kerasflow.estimators.targets import LabelTarget
from kerasflow.io.files import write_text
from kerasflow.io.json_file import write_json
from kerasflow.io.table import write_table

__all__ = ["HeldOut", "Outcome", "save_outcome"]

Json = dict[str, Any]
BROKEN = (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError, MemoryError, CommandError)
MOST_PROBABILITIES = 100  # labels up to which the probability of each is written down
PACKAGES = ("numpy", "scipy", "scikit-learn", "pandas", "h5py", "tqdm", "llvmlite")


def save_outcome(folder: Path, outcome: Outcome, console: Console) -> dict[str, Any]:
    """Write the files of RUN into a folder, `config.json`, which makes it a run, last.

    Returns:
        What `metrics.json` holds.
    """
    metrics = _metrics(outcome)
    write_json(folder / "metrics.json", metrics)
    epochs = np.arange(1, len(next(iter(outcome.history.values()))) + 1)
    write_table(folder / "history.csv", {"epoch": epochs, **outcome.history})
    _write_predictions(folder / "predictions_valid.csv", outcome)
    environment = _environment()
    write_json(folder / "env.json", environment)
    _write_reports(folder, outcome, metrics, environment, console)
    write_text(folder / "log.txt", "".join(f"{line}\n" for line in console.lines))
    save_run(folder, outcome.run, outcome.schema)
    return metrics


def _write_reports(folder: Path, outcome: Outcome, metrics: Json, environment: Json, console: Console) -> None:
    """The reports that `--report` asks for."""
    wanted = outcome.run.options.get("report", "both")
    if wanted == "none":
        return
    started = time.monotonic()
    try:
        report = told(outcome, metrics, environment)
    except BROKEN as error:  # nobody shall lose a network over the words about it
        console.note(f"there is no report, {type(error).__name__}: {error}; the run is whole without it")
        return
    if wanted in ("md", "both"):
        write_text(folder / "report.md", markdown(report))
    if wanted in ("html", "both"):
        write_text(folder / "report.html", page(report))
    console.detail(f"the report took {time.monotonic() - started:.1f} s")


def _metrics(outcome: Outcome) -> dict[str, Any]:
    run, held_out = outcome.run, outcome.held_out
    answers = Answers.of(held_out.truth, held_out.predicted, held_out.weights)
    return {
        "task": run.target.task,
        "target": run.column,
        "rows": {"training": outcome.training_rows, "validation": len(held_out.truth)},
        "validation": evaluation(run.target, answers, chosen_metrics(run.target, run.options.get("metrics"))),
        "epochs": len(next(iter(outcome.history.values()))),
        "best_epoch": outcome.best_epoch,
        "stopped": outcome.stopped,
        "interrupted": outcome.stopped in ("interrupted", "terminated"),
        "seconds": round(outcome.seconds, 3),
    }


def _write_predictions(path: Path, outcome: Outcome) -> None:
    """The rows held out: where they stand, what is true, what is predicted."""
    run, held_out = outcome.run, outcome.held_out
    several = len(outcome.data) > 1
    table: dict[str, Any] = {"file": [file for file, _ in held_out.places]} if several else {}
    table["line"] = [line for _, line in held_out.places]
    is_label = isinstance(run.target, LabelTarget)
    table["truth"] = np.array(run.target.labels, object)[held_out.truth] if is_label else held_out.truth
    table |= run.answers(held_out.predicted, probabilities=run.target.outputs <= MOST_PROBABILITIES)
    if held_out.weights is not None:
        table["weight"] = held_out.weights
    write_table(path, table)


def _environment() -> dict[str, Any]:
    """What the training ran on: versions and the kind of machine, nothing about whose it is."""
    return {
        "kerasflow": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "engine": get_engine() if get_engine() != "auto" else "native" if has_compiler() else "interpreter",
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
