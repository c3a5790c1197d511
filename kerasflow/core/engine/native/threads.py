"""One thread for BLAS while compiled code runs, so that results do not depend on how many there could be.

OpenBLAS cuts a product into one piece for each thread, and other pieces round otherwise. The number of its threads is
a setting of the process: it is set to one when the first thread enters compiled code that calls BLAS, and back when the
last one leaves. SciPy has a BLAS of its own; that of NumPy, which the interpreter uses, is left alone.
"""

from __future__ import annotations

import ctypes
import functools
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["ONE_THREAD"]

_SWITCHES = (  # what tells the number of threads, what sets it: OpenBLAS in SciPy's wheels, OpenBLAS, MKL
    ("scipy_openblas_get_num_threads", "scipy_openblas_set_num_threads"),
    ("openblas_get_num_threads", "openblas_set_num_threads"),
    ("MKL_Get_Max_Threads", "MKL_Set_Num_Threads"),
)


class _OneThread:
    """A context in which SciPy's BLAS uses one thread; it may be entered from several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before = 1

    def __enter__(self) -> None:
        with self._lock:
            self._users += 1
            if self._users == 1:
                get, put = _switch()
                self._before = get()
                if self._before != 1:
                    put(1)

    def __exit__(self, *exception: Any) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and self._before != 1:
                _switch()[1](self._before)


ONE_THREAD = _OneThread()


@functools.cache
def _switch() -> tuple[Callable[[], int], Callable[[int], None]]:
    """What tells and what sets the number of threads of SciPy's BLAS; one that has no such switch is left alone."""
    from scipy.linalg import cython_blas

    library = ctypes.CDLL(cython_blas.__file__)  # finds the functions of the libraries it was linked with
    for get, put in _SWITCHES:
        if hasattr(library, get) and hasattr(library, put):
            return getattr(library, get), getattr(library, put)
    return lambda: 1, lambda count: None
