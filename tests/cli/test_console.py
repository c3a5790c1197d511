"""Numbers and texts as people read them, and where the command talks."""

import json

import pytest

from kerasflow.cli.console import Console, count, number, shown


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


def test_a_quiet_console_says_nothing(capsys):
    Console(True).note("a")
    Console(False).note("b")
    assert capsys.readouterr() == ("", "b\n")


def test_what_is_noted_is_kept_for_the_log(capsys):
    console = Console(quiet=True)
    console.note("a")
    console.detail("b")
    loud = Console(verbose=True)
    loud.detail("c")
    assert (console.lines, loud.lines) == (["a"], ["c"])
    assert capsys.readouterr().err == "c\n"


def test_a_result_is_text_or_json(capsys):
    Console().result("text", {"ä": 1.5, "none": None})
    Console(as_json=True).result("text", {"ä": 1.5, "none": None})
    text, line = capsys.readouterr().out.splitlines()
    assert text == "text" and json.loads(line) == {"ä": 1.5, "none": None} and "ä" in line
