"""The bar moves a few times a second and goes; the lines are one for each epoch."""

import time

import pytest

from kerasflow.cli.console import Console
from kerasflow.cli.progress import Progress


def test_lines(capsys):
    progress = Progress(Console(), "line", 10)
    progress.move(0.5)
    progress.epoch(1, "loss 2")
    progress.epoch(10, "loss 1")
    progress.close()
    assert capsys.readouterr() == ("", "epoch  1/10  loss 2\nepoch 10/10  loss 1\n")


@pytest.mark.parametrize(("mode", "quiet"), [("none", False), ("line", True), ("bar", True), ("auto", True)])
def test_nothing(capsys, mode, quiet):
    progress = Progress(Console(quiet), mode, 10)
    progress.epoch(1, "loss 2")
    progress.close()
    assert capsys.readouterr() == ("", "")


def test_how_long_it_takes_is_told_by_what_is_done_now(capsys):
    progress = Progress(Console(), "bar", 4)
    progress.move(2)  # a training that goes on
    time.sleep(0.25)
    progress.move(2.01)
    first, second = [line for line in capsys.readouterr().err.split("\r") if line.strip()]
    progress.close()
    assert first.startswith("epoch 3/4|") and "00:00<?" in first
    assert "<00:00" not in second  # a hundredth of an epoch took a quarter of a second


def test_a_bar_is_drawn_at_most_five_times_a_second_and_taken_away(capsys):
    start = time.perf_counter()
    progress = Progress(Console(), "bar", 100)
    while time.perf_counter() - start < 0.65:
        progress.move((time.perf_counter() - start) * 10)
    progress.epoch(50, "loss 1")
    seconds = time.perf_counter() - start
    progress.close()
    drawn = [state for state in capsys.readouterr().err.split("\r") if "epoch" in state]
    assert 2 <= len(drawn) <= 2 + 5 * seconds
    assert drawn[0].startswith("epoch 1/100|") and not drawn[-1].startswith("epoch 1/100|")
    assert len(drawn[-1].split("|")[1].strip()) > 0 == len(drawn[0].split("|")[1].strip())
