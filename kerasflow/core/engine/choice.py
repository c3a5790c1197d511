"""Which engine runs a program: decided by rule, never by timing, so that results do not depend on the moment.

`interpreter` executes operations one by one with NumPy. `native` compiles them to machine code, which takes some
tenths of a second; it needs llvmlite. `auto`, the default, compiles a program for feeds of certain shapes when the runs
it has had, or those that one call of `fit`, `evaluate` or `predict` is about to make, come to `RUNS`. Measured with
networks of 1 to 9 layers: a step of training takes 0.1 to 0.4 s to compile, and 0.1 to 0.7 ms less to run, so that
compiling pays after 300 to 3500 runs; what has been compiled before costs next to nothing.

Where operations that cannot be compiled split a program, `auto` compiles the stretches of at least `FEWEST` operations
between them: to enter and leave compiled code costs as much as some operations of the interpreter.
"""

from __future__ import annotations

import importlib.util
import os

__all__ = ["FEWEST", "RUNS", "get_engine", "has_compiler", "rule", "set_engine"]

ENGINES = ("auto", "interpreter", "native")
RUNS = 1000
FEWEST = 4
VARIABLE = "KERASFLOW_ENGINE"

_chosen: list[str] = []


def set_engine(engine: str) -> None:
    """Choose what runs graphs: "interpreter", "native", or "auto" for the rule; it holds for all runs from now on.

    Raises:
        ValueError: there is no such engine. ImportError: "native" needs llvmlite, which is not installed.

    >>> tf.config.set_engine("interpreter")
    >>> tf.config.get_engine()
    'interpreter'
    >>> tf.config.set_engine("auto")
    """
    _chosen[:] = [_checked(engine, "engine")]


def get_engine() -> str:
    """The engine that was chosen, at first by the environment variable KERASFLOW_ENGINE; "auto" by default."""
    if not _chosen:
        _chosen.append(_checked(os.environ.get(VARIABLE, "auto"), VARIABLE))
    return _chosen[0]


def rule() -> str:
    """The engine that was chosen, and what that means, for people."""
    engine = get_engine()
    if engine != "auto":
        return engine
    if not has_compiler():
        return "auto, which is the interpreter, as llvmlite is not installed: pip install 'kerasflow[jit]'"
    return f"auto, which compiles what has run, or is about to run, {RUNS} times"


def _checked(engine: str, what: str) -> str:
    if engine not in ENGINES:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, ENGINES))}; got {engine!r}.")
    if engine == "native" and not has_compiler():
        raise ImportError("The engine 'native' needs llvmlite: pip install 'kerasflow[jit]'.")
    return engine


def has_compiler() -> bool:
    """Whether llvmlite is installed."""
    return importlib.util.find_spec("llvmlite") is not None
