"""Which engine runs a program: decided by rule, never by timing, so that results do not depend on the moment.

`interpreter` executes operations one by one with NumPy. `native` compiles them to machine code, which takes some
tenths of a second; it needs llvmlite. `auto`, the default, compiles a program for feeds of certain shapes when it has
run, or is about to run in one call of a training loop, `RUNS` times: then the time it saves exceeds what compiling
takes (measured: about 3 ms an operation to compile, and 2 to 3 microseconds saved in each run).
"""

from __future__ import annotations

import importlib.util
import os

__all__ = ["RUNS", "get_engine", "has_compiler", "set_engine"]

ENGINES = ("auto", "interpreter", "native")
RUNS = 1000
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


def _checked(engine: str, what: str) -> str:
    if engine not in ENGINES:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, ENGINES))}; got {engine!r}.")
    if engine == "native" and not has_compiler():
        raise ImportError("The engine 'native' needs llvmlite: pip install 'kerasflow[jit]'.")
    return engine


def has_compiler() -> bool:
    """Whether llvmlite is installed."""
    return importlib.util.find_spec("llvmlite") is not None
