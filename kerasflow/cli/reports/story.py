"""What a report of a training tells, and in which order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from kerasflow.cli.console import count, number
from kerasflow.cli.reports import charts
from kerasflow.cli.reports.content import Block, Cards, Chart, Folded, Heat, Report, Section, Table, Text
from kerasflow.cli.reports.findings import Importance, calibration, importances, largest_errors
from kerasflow.cli.run import HeldOut, Outcome
from kerasflow.cli.scores import METRICS, Answers
from kerasflow.estimators.targets import LabelTarget
from kerasflow.io.text_stream import shown_path

__all__ = ["told"]

MOST_COLUMNS = 200  # of which there is a row in a table
MOST_BARS = 20
MOST_WARNINGS = 50
MOST_LABELS = 15
MOST_CELLS = 6  # of a row that is shown
MOST_EPOCHS = 12  # in a table
LONGEST = 60  # characters of a cell
STOPS = {
    "epochs": "all its epochs",
    "patience": "the loss on the rows held out had stopped falling",
    "time limit": "its time was up",
    "interrupted": "it was interrupted",
    "terminated": "it was terminated",
}


def told(outcome: Outcome, metrics: Mapping[str, Any], environment: Mapping[str, Any]) -> Report:
    """The report of a training.

    Args:
        outcome: what came of it.
        metrics: what `metrics.json` holds.
        environment: what `env.json` holds.
    """
    run, found = outcome.run, metrics["validation"]
    matters = importances(run, outcome.held_out, seed=int(run.options.get("seed") or 0))
    sections = [
        Section("How good it is", [_metrics_table(found), *_quality(outcome, found)]),
        Section("Which columns matter", list(_importances(outcome, matters))),
        Section("How it was trained", list(_training(outcome, metrics))),
        Section("The data", list(_data(outcome))),
        Section("Where it errs most", list(_misses(outcome))),
        Section("To repeat it", list(_repeat(outcome, environment))),
    ]
    files = ", ".join(map(shown_path, outcome.data[:3])) + (", ..." if len(outcome.data) > 3 else "")
    return Report(f"{_cell(run.column)}: {run.target.task}", _summary(outcome, found, files), _cards(found), sections)


def _summary(outcome: Outcome, found: Mapping[str, Any], files: str) -> str:
    """In a sentence or two what was trained and what came of it."""
    name = outcome.run.loss_name
    model, baseline = found["model"].get(name), found["baseline"].get(name)
    rows = count(outcome.training_rows, "row"), count(found["rows"], "row")
    text = f"Trained on {rows[0]} of {files}, judged on {rows[1]} held out."
    if not model or not baseline:
        return text
    share = 1.0 - model / baseline
    what = "the mean" if name == "rmse" else "the shares of the classes"
    if share <= 0.01:
        return f"{text} It is no better than a baseline that looks at no column and always answers {what}."
    return f"{text} Its {METRICS[name].title} is {100 * share:.0f}% below that of always answering {what}."


def _cards(found: Mapping[str, Any]) -> Cards:
    items = []
    for name, value in list(found["model"].items())[:6]:
        items.append((METRICS[name].title, _short(value), f"baseline {_short(found['baseline'][name])}"))
    return Cards(items)


def _metrics_table(found: Mapping[str, Any]) -> Table:
    rows = [
        (METRICS[name].title, number(value), number(found["baseline"][name])) for name, value in found["model"].items()
    ]
    return Table(f"On the {count(found['rows'], 'row')} held out", ("metric", "model", "baseline"), rows, "<>>")


def _quality(outcome: Outcome, found: Mapping[str, Any]) -> Iterator[Block]:
    held_out, target = outcome.held_out, outcome.run.target
    if not isinstance(target, LabelTarget):
        errors = held_out.predicted - held_out.truth
        quantiles = [(f"{q:.0%}", number(float(np.quantile(errors, q)))) for q in (0.05, 0.25, 0.5, 0.75, 0.95)]
        table = Table("Predicted less true", ("quantile", "error"), quantiles, "<>")
        text = "Each dot is a row held out; on the dashed line prediction and truth agree."
        yield Chart(text, charts.scatter(held_out.truth, held_out.predicted), _fifths(held_out))
        yield Chart("How large errors are, and to which side.", charts.histogram(errors), table)
        return
    if target.outputs == 2:
        share = f"{100 * found['base_rate']:.3g}%"
        yield Text(f"F1, PR AUC and Brier are about {_quoted(target.labels[1])}, which {share} of these rows have.")
    if target.outputs <= MOST_LABELS:
        labels = [_cell(label) for label in target.labels]
        yield Heat("What the rows are, and what they were predicted to be", labels, found["confusion"]["matrix"])
    if target.outputs > 2:
        yield _classes(found["per_class"])
    bins = calibration(Answers.of(held_out.truth, held_out.predicted, held_out.weights))
    if bins:
        rows = [(f"{b.rows:,}", number(b.predicted), number(b.found)) for b in bins]
        table = Table("Probabilities and what came true", ("rows", "predicted", "found"), rows, ">>>")
        text = "How often probabilities come true: below the dashed line they promise too much. Larger dots, more rows."
        yield Chart(text, charts.calibration_chart(bins), table)


def _fifths(held_out: HeldOut) -> Table:
    """What is predicted for the rows with the smallest true values, and so on."""
    order = np.argsort(held_out.truth, kind="stable")
    parts = [part for part in np.array_split(order, min(5, len(order))) if len(part)]
    rows = [
        (f"{len(part):,}", number(float(held_out.truth[part].mean())), number(float(held_out.predicted[part].mean())))
        for part in parts
    ]
    return Table("Fifths of the rows held out, by their true values", ("rows", "true mean", "predicted"), rows, ">>>")


def _classes(classes: Sequence[Mapping[str, Any]]) -> Table:
    head = ("class", "rows", "precision", "recall", "F1")
    rows = [
        (_cell(c["label"]), f"{c['rows']:,}", *(number(c[name]) for name in ("precision", "recall", "f1")))
        for c in classes[:MOST_COLUMNS]
    ]
    return Table("Each class", head, rows, "<>>>>")


def _importances(outcome: Outcome, found: Sequence[Importance]) -> Iterator[Block]:
    if not found:
        yield Text("This cannot be told from the rows held out.")
        return
    name = METRICS[outcome.run.loss_name].title
    text = (
        f"By how much the {name} on rows held out grows when the cells of a column are shuffled, {found[0].repeats}"
        " times; columns that tell the same stand in for one another."
    )
    rows = [
        (_cell(item.column), f"{number(round(100 * item.mean, 2))}%", f"{number(round(100 * item.deviation, 2))}%")
        for item in found[:MOST_BARS]
    ]
    table = Table(text, ("column", "loss grows by", "give or take"), rows, "<>>")
    yield Chart(text, charts.bars(found[:MOST_BARS]), table)
    used = sum(bool(column.features) for column in outcome.run.encoder.columns)
    if used > len(found):
        yield Text(f"There was no time to look at the other {count(used - len(found), 'column')}.")


def _training(outcome: Outcome, metrics: Mapping[str, Any]) -> Iterator[Block]:
    history, best = outcome.history, outcome.best_epoch
    epochs = metrics["epochs"]
    names = [name for name in ("loss", "val_loss") if name in history]
    shown = sorted({*np.linspace(1, epochs, min(epochs, MOST_EPOCHS)).round().astype(int).tolist(), best})
    rows = [(f"{k}{' (kept)' * (k == best)}", *(number(history[name][k - 1]) for name in names)) for k in shown]
    titles = {"loss": "training", "val_loss": "held out"}
    table = Table("The loss by epoch", ("epoch", *(titles[name] for name in names)), rows, "<" + ">" * len(names))
    yield Chart(
        "The loss by epoch; the weights are those of the epoch that is marked.", charts.curves(history, best), table
    )
    reason = STOPS.get(outcome.stopped, outcome.stopped)
    yield Text(f"Training ended after {count(epochs, 'epoch')} and {number(metrics['seconds'])} seconds: {reason}.")
    layers = [
        (_cell(layer.name), type(layer).__name__, f"{layer.count_params():,}") for layer in outcome.run.model.layers
    ]
    total = sum(int(w.size) for w in outcome.run.model.get_weights())
    yield Table(f"The network, {count(total, 'parameter')}", ("layer", "kind", "parameters"), layers, "<<>")


def _data(outcome: Outcome) -> Iterator[Block]:
    columns = [c for c in outcome.schema.get("columns", ()) if isinstance(c, Mapping)]
    used = [c for c in columns if c.get("role") not in ("id", "ignored")]
    told = [f"{c['name']}: {warning}" for c in used for warning in c.get("about", {}).get("warnings", ())]
    for warning in (*outcome.warnings, *told)[:MOST_WARNINGS]:
        yield Text(_cell(warning, 300), warning=True)
    features = {c.name: len(c.features) for c in outcome.run.encoder.columns}
    if columns:
        head, sides = ("column", "kind", "role", "missing", "different", "values", "features"), "<<<>><>"
        rows = [_described(c, features) for c in columns[:MOST_COLUMNS]]
    else:
        columns, head, sides = outcome.run.encoder.columns, ("column", "kind", "features"), "<<>"
        rows = [(_cell(c.name), c.kind, f"{features[c.name]:,}") for c in columns[:MOST_COLUMNS]]
    more = f", the first {MOST_COLUMNS} of {len(columns):,}" if len(columns) > MOST_COLUMNS else ""
    yield Table(f"The columns{more}, and how many features of the network each becomes", head, rows, sides)


def _described(column: Mapping[str, Any], features: Mapping[str, int]) -> tuple[str, ...]:
    """What the schema says of a column."""
    name, about = str(column["name"]), column.get("about", {})
    rows = about.get("rows") or 1
    missing = f"{100 * about.get('missing', 0) / rows:.3g}%" if about.get("missing") else "–"
    distinct = about.get("distinct")
    if about.get("low") is not None:
        values = f"{number(about['low'])} to {number(about['high'])}, mean {number(about['mean'])}"
    elif about.get("frequent"):
        values = ", ".join(f"{_cell(str(f['value']), 16)} {100 * f['rows'] / rows:.3g}%" for f in about["frequent"])
    else:
        values = ", ".join(_cell(str(text), 16) for text in about.get("examples", ()))
    many = "many" if distinct is None else f"{distinct:,}"
    used = f"{features[name]:,}" if name in features else "–"
    return _cell(name), str(column.get("kind")), str(column.get("role")), missing, many, values, used


def _misses(outcome: Outcome) -> Iterator[Block]:
    misses = largest_errors(outcome.run, outcome.held_out)
    if not misses:
        yield Text("None of the rows held out is predicted wrongly.")
        return
    is_label = isinstance(outcome.run.target, LabelTarget)
    names = list(misses[0].cells)[:MOST_CELLS]
    several = len(outcome.data) > 1
    head = (*(["file"] * several), "line", "truth", "predicted", "chance of the truth" if is_label else "off by")
    rows = []
    for miss in misses:
        start = [_cell(miss.place[0])] * several
        cells = [_value(miss.cells.get(name)) for name in names]
        rows.append((*start, str(miss.place[1]), _cell(miss.truth), _cell(miss.predicted), number(miss.size), *cells))
    sides = "<" * several + "><<>" + "<" * len(names)
    yield Table("Rows held out, the worst first", (*head, *map(_cell, names)), rows, sides)


def _repeat(outcome: Outcome, environment: Mapping[str, Any]) -> Iterator[Block]:
    yield Text("config.json has all options, env.json all versions; the same data, options and seed give the same run.")
    options = [(name, _cell(_setting(value))) for name, value in sorted(outcome.run.options.items())]
    if options:
        yield Folded(Table("All options", ("option", "value"), options, "<<"))
    flat = {**environment, **environment.get("packages", {})}
    rows = [(name, _cell(str(value))) for name, value in flat.items() if name != "packages"]
    yield Folded(Table("Versions", ("what", "which"), rows, "<<"))


def _cell(text: str, longest: int = LONGEST) -> str:
    """A text from the data, not too long."""
    return text if len(text) <= longest else f"{text[:longest]}…"


def _short(value: float | None) -> str:
    """A number of four digits, if it is not large."""
    return number(None if value is None else float(f"{value:.4g}") if abs(value) < 1e3 else value)


def _quoted(text: str) -> str:
    return f"“{_cell(text)}”"


def _value(value: Any) -> str:
    """A cell of the table as people write it."""
    if value is None or value != value:
        return "(missing)"
    return number(float(value)) if isinstance(value, (int, float, np.number)) else _cell(str(value))


def _setting(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(_setting(item) for item in value) or "none"
    return "not given" if value is None else str(value)
