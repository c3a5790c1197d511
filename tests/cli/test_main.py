"""What `main` does beside reading the command line: where errors of its own happened is shown to who asks."""

import pytest

from kerasflow.cli import main as main_module


def test_details_of_an_error_of_its_own_are_shown_with_v(kerasflow, monkeypatch):
    monkeypatch.setitem(main_module.COMMANDS, "inspect", lambda options: {}["x"])
    monkeypatch.delenv("KERASFLOW_TRACEBACK", raising=False)
    short, long = kerasflow("inspect", "x"), kerasflow("inspect", "x", "-v")
    line = "kerasflow inspect: internal error, KeyError: 'x' (KERASFLOW_TRACEBACK=1 shows where)\n"
    assert short == (1, "", line)
    assert long.code == 1 and long.err.startswith("Traceback") and long.err.endswith(line)


@pytest.mark.parametrize("command", [[], ["train"]])
def test_help_is_a_command_too(kerasflow, command):
    assert kerasflow("help", *command) == kerasflow(*command, "--help")
    assert kerasflow("help", *command).out.startswith(f"usage: {' '.join(['kerasflow', *command])} ")
