"""What is found out of the rows held out is what was put into them."""

import dataclasses

import numpy as np
import pytest

from kerasflow.cli.reports.findings import calibration, importances, largest_errors
from kerasflow.cli.scores import Answers


def test_importances_of_numbers(made):
    outcome = made()
    first, second = importances(outcome.run, outcome.held_out)
    assert (first.column, second.column, first.repeats, second.repeats) == ("a", "b", 5, 5)
    # Shuffled, 3 a is off by a difference of two such: its RMSE is sqrt(2) 3 std(a) beside the noise of 0.1.
    rmse = np.sqrt(np.mean((outcome.held_out.truth - outcome.held_out.predicted) ** 2))
    for item, factor in ((first, 3.0), (second, 1.0)):
        deviation = factor * outcome.held_out.columns[item.column].std() / outcome.run.encoder.columns[0].scale
        assert item.mean == pytest.approx(np.sqrt(2) * deviation / rmse, rel=0.1)
        assert 0 < item.deviation < item.mean / 10


def test_importances_of_labels(made):
    outcome = made(labels=("no", "maybe", "yes"))
    first, second = importances(outcome.run, outcome.held_out)
    assert first.column == "a" and first.mean > 2 * second.mean > 0
    assert importances(outcome.run, outcome.held_out) == [first, second]
    assert importances(outcome.run, outcome.held_out, seed=1) != [first, second]


def test_importances_end_in_time_and_need_rows(made):
    outcome = made()
    assert importances(outcome.run, outcome.held_out, seconds=0.0) == []
    one = made(rows=1)
    assert importances(one.run, one.held_out) == []


def test_importances_of_rows_of_which_some_cells_are_kept(made):
    outcome = made()
    sample = np.arange(0, 300, 3)
    columns = {name: cells[sample] for name, cells in outcome.held_out.columns.items()}
    some = dataclasses.replace(outcome.held_out, columns=columns, sample=sample)
    [first, _] = importances(outcome.run, some)
    assert first.column == "a" and first.mean > 5


def test_a_column_that_is_not_used_does_not_matter(made):
    outcome = made()
    outcome.run.model.set_weights([np.array([[3.0], [0.0]], np.float32), np.zeros(1)])
    by_name = {item.column: item.mean for item in importances(outcome.run, outcome.held_out)}
    assert by_name["b"] == 0.0 < by_name["a"]


def test_calibration():
    probability = np.array([0.05, 0.05, 0.55, 0.55, 0.55, 1.0])
    answers = Answers.of(np.array([0, 0, 1, 0, 1, 1]), np.column_stack([1 - probability, probability]))
    assert [(b.rows, b.predicted, b.found) for b in calibration(answers)] == [
        (2, pytest.approx(0.05), 0.0),
        (3, pytest.approx(0.55), pytest.approx(2 / 3)),
        (1, 1.0, 1.0),
    ]
    weighted = Answers.of(answers.truth, np.column_stack([1 - probability, probability]), np.array([1, 1, 3, 1, 0, 0]))
    assert [(b.rows, b.found) for b in calibration(weighted)] == [(2, 0.0), (3, 0.75)]
    assert calibration(Answers.of(np.array([0]), np.full((1, 3), 1 / 3))) == []


def test_largest_errors_of_numbers(made):
    outcome = made()
    misses = largest_errors(outcome.run, outcome.held_out)
    error = np.abs(outcome.held_out.predicted - outcome.held_out.truth)
    worst = np.argsort(-error)[:10]
    assert [miss.place[1] for miss in misses] == (worst + 2).tolist()
    assert [miss.size for miss in misses] == pytest.approx(error[worst])
    assert misses[0].cells == {name: cells[worst[0]] for name, cells in outcome.held_out.columns.items()}


def test_largest_errors_of_labels_are_wrong(made):
    outcome = made(labels=("no", "yes"))
    misses = largest_errors(outcome.run, outcome.held_out)
    assert {miss.place[1] for miss in misses} == set(range(2, 11))
    assert all(miss.truth != miss.predicted and miss.size < 0.5 for miss in misses)
    assert [miss.size for miss in misses] == sorted(miss.size for miss in misses)


def test_rows_without_cells_are_listed_without(made):
    outcome = made()
    none = dataclasses.replace(outcome.held_out, columns={"a": np.zeros(0), "b": np.zeros(0)}, sample=np.zeros(0, int))
    assert all(miss.cells == {} for miss in largest_errors(outcome.run, none))
