"""How many threads BLAS may use while an estimator computes.

OpenBLAS cuts a product into a piece for each thread, and other pieces round otherwise. Estimators ask for one thread
unless they are told another number, so that what they learn depends neither on the machine nor on who else is at work.
The number is a setting of the process: while several estimators compute in threads, the smallest one asked for holds.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from joblib.parallel import get_active_backend
from threadpoolctl import ThreadpoolController

__all__ = ["blas_threads"]

_LOCK = threading.Lock()
_ASKED: list[int] = []  # by those who compute now
_BEFORE: list[int] = []  # of each library, while somebody computes


@contextmanager
def blas_threads(count: int = 1) -> Iterator[None]:
    """Within the block BLAS uses at most `count` threads; inside of a worker of joblib one, whatever `count` is.

    >>> from threadpoolctl import threadpool_info
    >>> with blas_threads():
    ...     {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}
    {1}
    """
    if count > 1 and get_active_backend()[0].nesting_level:
        count = 1
    with _LOCK:
        if not _ASKED:
            _BEFORE[:] = [library.num_threads for library in _libraries()]
        _ASKED.append(count)
        _apply()
    try:
        yield
    finally:
        with _LOCK:
            _ASKED.remove(count)
            _apply()


def _apply() -> None:
    for library, before in zip(_libraries(), _BEFORE, strict=True):
        wanted = min(before, *_ASKED) if _ASKED else before
        if library.num_threads != wanted:
            # In its later versions threadpoolctl heeds one thread only, the first that set a number.
            clear = getattr(library, "clear_controlling_thread", lambda force=False: None)
            clear(force=True)
            library.set_num_threads(wanted)
            clear()


@functools.cache
def _libraries() -> list[Any]:
    """What sets the number of threads of each BLAS there is: NumPy's and SciPy's, loaded long before."""
    return [library for library in ThreadpoolController().lib_controllers if library.user_api == "blas"]
