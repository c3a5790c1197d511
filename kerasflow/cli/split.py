"""Which rows are held out for validation."""

from __future__ import annotations

import numpy as np

__all__ = ["split_rows"]


def split_rows(rows: int, share: float, seed: int, classes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Draw the rows to learn from and those to be held out.

    Args:
        rows: how many there are.
        share: of these, the share to be held out; at least one row is, and at least one is not.
        seed: of the draw.
        classes: the class of each row, integers of shape (rows,); the shares of the classes are then alike in both
            parts, and a row of each class is learned from.

    Returns:
        The numbers of the rows of either part, in ascending order.

    >>> split_rows(5, 0.4, seed=0, classes=np.array([0, 0, 1, 1, 1]))
    (array([1, 3, 4]), array([0, 2]))
    """
    order = np.random.default_rng(seed).permutation(rows)
    held_out = min(max(round(share * rows), 1), rows - 1)
    if classes is not None:
        order, candidates = _by_quantile(order, classes)
        held_out = min(held_out, candidates)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def _by_quantile(order: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, int]:
    """The rows in an order whose every beginning has the classes in proportion; the first row of each comes last.

    The k-th of the n rows of a class stands at (k - 1/2) / n. Also, how many rows there are before the last ones.
    """
    drawn = classes[order]
    by_class = np.argsort(drawn, kind="stable")
    sizes = np.bincount(drawn)
    starts = np.cumsum(sizes) - sizes
    place = np.empty(len(order), np.int64)
    place[by_class] = np.arange(len(order)) - np.repeat(starts, sizes)
    quantile = np.where(place == sizes[drawn] - 1, np.inf, (place + 0.5) / sizes[drawn])
    return order[np.argsort(quantile, kind="stable")], int(np.isfinite(quantile).sum())
