"""What is shown can be read, whatever the table holds."""

import numpy as np

from kerasflow.cli.report import schema_table, target_line
from kerasflow.estimators.tabular import TabularEncoder
from kerasflow.estimators.targets import LabelTarget, NumberTarget


def texts(*values):
    return np.array(values, object)


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
    text = schema_table(TabularEncoder().fit(columns), columns, {"note": "ignored", "key": "id"})
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
        "key        id",
    ]


def test_many_texts_are_cut():
    columns = {"x": texts(*[f"t{k:02}" for k in range(70) for _ in range(2)])}
    text = schema_table(TabularEncoder().fit(columns), columns, {})
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
