"""Which engine runs a program: decided by rule, never by timing, so that results do not depend on the moment.

`interpreter` executes operations one by one with NumPy. `native` compiles them to machine code, which takes some
tenths of a second; it needs llvmlite. `auto`, the default, compiles a program for feeds of certain shapes when the runs
it has had, or those that one call of `fit`, `evaluate` or `predict` is about to make, come to `RUNS`, or to fewer where
arrays are large: `runs_to_compile`. Measured with networks of 1 to 9 layers: a step of training takes 0.2 to 0.7 s to
compile, 2 to 9 ms an operation, and each run saves about 1 us for each operation and for each 2000 to 4000 numbers in
their results: alone, a training pays after 300 to 4000 runs. The rule is thrice as eager, as what has been compiled
once in a process costs next to nothing the next time, and a wrong guess some tenths of a second.

Where operations that cannot be compiled split a program, `auto` compiles the stretches of at least `FEWEST` operations
between them: to enter and leave compiled code costs as much as some operations of the interpreter.
"""

from __future__ import annotations

import functools
import importlib.util
import os

__all__ = ["FEWEST", "RUNS", "get_engine", "has_compiler", "rule", "runs_to_compile", "set_engine", "several"]

ENGINES = ("auto", "interpreter", "native")
RUNS, FEWEST_RUNS = 1000, 25
ELEMENTS = 4000  # numbers that make as much work as an operation
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
    return f"auto, which compiles what has run, or is about to run, {RUNS} times, or fewer if arrays are large"


def several(count: int, noun: str) -> str:
    """The count and the noun, in the plural unless it is one."""
    return f"{count} {noun}{'s' * (count != 1)}"


def runs_to_compile(operations: int, elements: int, effort: int | None = None) -> int:
    """After how many runs to compile a program of so many operations with so many numbers in their results, where a run
    comes to `effort` operations if some are repeated.

    >>> from kerasflow.core.engine.choice import runs_to_compile
    >>> [runs_to_compile(100, n) for n in (1000, 100_000, 1_000_000, 100_000_000)]
    [1000, 800, 285, 25]
    """
    return max(FEWEST_RUNS, RUNS * operations // max(1, (effort or operations) + elements // ELEMENTS))


def _checked(engine: str, what: str) -> str:
    if engine not in ENGINES:
        raise ValueError(f"{what} must be one of {', '.join(map(repr, ENGINES))}; got {engine!r}.")
    if engine == "native" and not has_compiler():
        raise ImportError("The engine 'native' needs llvmlite: pip install 'kerasflow[jit]'.")
    return engine


@functools.cache
def has_compiler() -> bool:
    """Whether llvmlite is installed."""
    return importlib.util.find_spec("llvmlite") is not None
