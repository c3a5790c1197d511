"""Results: the metrics of a model beside the baseline's, as data and as tables of text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerasflow.cli.console import aligned, count, number, plain
from kerasflow.cli.exits import UsageError
from kerasflow.cli.scores import METRICS, Answers, base_rate, baseline_of, confusion, known_metrics, per_class, scored
from kerasflow.estimators.targets import LabelTarget, NumberTarget

__all__ = ["chosen_metrics", "evaluation", "evaluation_text", "metrics_table"]

MOST_LABELS = 12  # of which tables are shown
MOST_CONFUSED = 200  # labels up to which there is a table of which was taken for which


def chosen_metrics(target: NumberTarget | LabelTarget, names: Sequence[str] | None) -> list[str] | None:
    """The metrics that `--metrics` asks for; None for the usual ones. Raises UsageError: there is none of a name."""
    known = known_metrics(target)
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise UsageError(f"--metrics: no metric {unknown[0]!r} for this target; there are {', '.join(known)}")
    return list(dict.fromkeys(names)) if names else None


def evaluation(
    target: NumberTarget | LabelTarget, answers: Answers, names: Sequence[str] | None = None
) -> dict[str, Any]:
    """Metrics of a model and of the baseline; for labels also the confusion, and how well each is found.

    Args:
        target: what is predicted.
        answers: what was predicted, and what is true.
        names: which metrics; the usual ones otherwise.
    """
    baseline = scored(target, baseline_of(target, answers), names)
    found: dict[str, Any] = {"rows": len(answers), "model": scored(target, answers, names), "baseline": baseline}
    if isinstance(target, LabelTarget):
        if target.outputs == 2:
            found["base_rate"] = base_rate(answers)
        if target.outputs <= MOST_CONFUSED:
            found["confusion"] = {"labels": list(target.labels), "matrix": confusion(target, answers)}
        found["per_class"] = per_class(target, answers)
    return found


def evaluation_text(title: str, found: Mapping[str, Any]) -> str:
    """What `evaluation` found, for people: the metrics, and for labels the confusion and what is found of each."""
    parts = [metrics_table(f"{title}, {count(found['rows'], 'row')}", found["model"], found["baseline"])]
    if "per_class" in found:
        labels = [each["label"] for each in found["per_class"]]
        if len(labels) == 2:
            parts[0] += f"\nbase rate of {plain(labels[1])}: {number(found['base_rate'])}"
        if len(labels) <= MOST_LABELS:
            parts += [_confusion_text(labels, found["confusion"]["matrix"])]
        if 2 < len(labels):
            parts += [_classes_text(found["per_class"][:MOST_LABELS], len(labels))]
    return "\n\n".join(parts)


def metrics_table(title: str, model: Mapping[str, float | None], baseline: Mapping[str, float | None]) -> str:
    """The metrics of the model beside those of the baseline.

    >>> print(metrics_table("validation, 3 rows", {"rmse": 1.5}, {"rmse": 12345.6}))
    validation, 3 rows  model  baseline
    RMSE                  1.5    12,346
    """
    rows = [(title, "model", "baseline")]
    rows += [(METRICS[name].title, number(value), number(baseline[name])) for name, value in model.items()]
    return aligned(rows, "<>>")


def _confusion_text(labels: Sequence[str], matrix: Sequence[Sequence[float]]) -> str:
    rows = [("is \\ predicted", *map(plain, labels))]
    rows += [(plain(label), *map(number, counts)) for label, counts in zip(labels, matrix, strict=True)]
    return aligned(rows, "<" + ">" * len(labels))


def _classes_text(classes: Sequence[Mapping[str, Any]], size: int) -> str:
    rows = [("class", "rows", "precision", "recall", "F1")]
    for found in classes:
        scores = (number(found[name]) for name in ("precision", "recall", "f1"))
        rows.append((plain(found["label"]), f"{found['rows']:,}", *scores))
    more = f"\n... and {size - len(classes):,} more" if size > len(classes) else ""
    return aligned(rows, "<>>>>") + more
