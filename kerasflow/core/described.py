"""What Python functions in a graph compute, as data: for those who write graphs down for runtimes without Python.

The owner of such a function says so in its method ``described(function)``, which gives one of these, or None.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

__all__ = ["Bins", "Factors", "Table"]

Array = np.ndarray[Any, Any]


class Table(NamedTuple):
    """Values by keys, and one for all other keys.

    >>> from kerasflow.core.described import Table
    >>> Table({b"a": 1}, 0).default
    0
    """

    pairs: dict[Any, Any]
    default: Any


class Bins(NamedTuple):
    """How many boundaries are not above a number; of NaN, all of them.

    >>> from kerasflow.core.described import Bins
    >>> Bins(np.array([0.0, 1.0])).boundaries.size
    2
    """

    boundaries: Array


class Factors(NamedTuple):
    """The product with these numbers.

    >>> from kerasflow.core.described import Factors
    >>> Factors(np.array([2.0])).factors
    array([2.])
    """

    factors: Array
