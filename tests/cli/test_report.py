"""What is shown can be read, whatever the table holds."""

import numpy as np
import pytest

from kerasflow.cli.report import Console, count, metrics_table, number, schema_table, shown, target_line
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.targets import LabelTarget, NumberTarget


def texts(*values):
    return np.array(values, object)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-122.23, "-122.23"),
        (0.8213579, "0.82136"),
        (999.99, "999.99"),
        (999.999, "1000"),
        (1234, "1,234"),
        (-1234.56, "-1,234.6"),
        (9999.99, "10,000"),
        (10000.4, "10,000"),
        (-115395.4, "-115,395"),
        (1e14, "100,000,000,000,000"),
        (1e15, "1e+15"),
        (1.23456789e-7, "1.2346e-07"),
        (None, "-"),
        (float("nan"), "-"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


def test_counts():
    assert [count(n, "row") for n in (0, 1, 20640)] == ["0 rows", "1 row", "20,640 rows"]
    assert [count(n, "class") for n in (1, 2)] == ["1 class", "2 classes"]


def test_texts_from_a_table_cannot_steer_the_terminal():
    assert shown("\x1b[31mred\r\n") == "'\\x1b[31mred\\r\\n'"
    assert shown("x" * 25) == f"'{'x' * 24}...'"


def test_the_schema():
    columns = {
        "size": np.array([1.5, np.nan, 20000.0, 3.0]),
        "colour": texts("red", "red", "blue", np.nan),
        "id": texts("p1", "p2", "p3", "p4"),
        "same": np.ones(4),
        "empty": texts(*[np.nan] * 4),
        "word": texts(*["w"] * 4),
        "void": np.full(4, np.nan),
        "bad\x1b": np.arange(4.0),
    }
    text = schema_table(TabularEncoder().fit(columns), columns, ["note"])
    assert text.splitlines() == [
        "column     kind     missing  values",
        "size       numeric        1  1.5 to 20,000, median 3",
        "colour     text           1  2 texts: 'red', ...",
        "id         text           0  4 different texts, hardly one twice, not used",
        "same       numeric        0  1 in every row, not used",
        "empty      text           4  none, not used",
        "word       text           0  'w' in every row, not used",
        "void       numeric        4  none, not used",
        "'bad\\x1b'  numeric        0  0 to 3, median 1.5",
        "note       ignored",
    ]


def test_many_texts_are_cut():
    columns = {"x": texts(*[f"t{k:02}" for k in range(70) for _ in range(2)])}
    text = schema_table(TabularEncoder().fit(columns), columns, [])
    assert text.splitlines()[1] == "x       text        0  70 texts: 't00', 't01', 't02', 't03', 't04', ..."


def test_the_target():
    assert target_line("y", NumberTarget(206855.8, 115395.6), True) == (
        "target 'y': regression, mean 206,856, deviation 115,396"
    )
    two = LabelTarget(("no", "yes"), (0.5, 0.5))
    assert target_line("y", two, True) == "target 'y': classification, 2 classes: 'no', 'yes'"
    stars = LabelTarget(tuple("123456"), (0.5, 0.1, 0.1, 0.1, 0.1, 0.1))
    line = "target 'y': classification, 6 classes: '1', '2', '3', '4', '5', ..."
    assert target_line("y", stars, False) == line
    assert target_line("y", stars, True) == f"{line} (--task regression takes it for a number)"


def test_the_metrics():
    model = {"accuracy": 0.97, "log_loss": 0.0812349, "roc_auc": None}
    baseline = {"accuracy": 0.6, "log_loss": 0.67, "roc_auc": None}
    assert metrics_table("validation, 114 rows", model, baseline).splitlines() == [
        "validation, 114 rows     model  baseline",
        "accuracy                  0.97       0.6",
        "log loss              0.081235      0.67",
        "ROC AUC                      -         -",
    ]


def test_a_quiet_console_says_nothing(capsys):
    Console(True).note("a")
    Console(False).note("b")
    assert capsys.readouterr() == ("", "b\n")
