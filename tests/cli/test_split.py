"""Rows are held out at random, in the proportions of their classes."""

import numpy as np
import pytest

from kerasflow.cli.split import split_rows


@pytest.mark.parametrize(
    ("rows", "share", "held_out"),
    [(10, 0.2, 2), (2, 0.2, 1), (2, 0.99, 1), (3, 0.99, 2), (1000, 0.001, 1), (20640, 0.2, 4128)],
)
def test_each_row_is_in_one_part(rows, share, held_out):
    train, valid = split_rows(rows, share, seed=3)
    assert len(valid) == held_out
    np.testing.assert_array_equal(np.sort(np.concatenate([train, valid])), np.arange(rows))
    assert (np.diff(train) > 0).all() and (np.diff(valid) > 0).all()


def test_the_seed_decides_which():
    first, again, other = (split_rows(100, 0.2, seed)[1].tolist() for seed in (0, 0, 1))
    assert first == again != other


def test_rows_are_drawn_evenly():
    drawn = np.zeros(50)
    for seed in range(400):
        drawn[split_rows(50, 0.2, seed)[1]] += 1
    # 400 draws at 0.2: 80 each, with a standard deviation of 8.
    assert drawn.min() > 80 - 5 * 8 and drawn.max() < 80 + 5 * 8


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.8])
def test_classes_keep_their_proportions(share):
    sizes = [500, 100, 37, 1, 2]
    classes = np.random.default_rng(0).permutation(np.repeat(np.arange(5), sizes))
    train, valid = split_rows(len(classes), share, seed=0, classes=classes)
    held_out = np.bincount(classes[valid], minlength=5)
    assert len(valid) == round(share * 640)
    np.testing.assert_allclose(held_out[:3], np.multiply(share, sizes[:3]), atol=1.0)
    assert (np.bincount(classes[train], minlength=5) >= 1).all()


def test_a_row_of_each_class_is_learned_from():
    classes = np.repeat(np.arange(6), 2)
    train, valid = split_rows(12, 0.9, seed=0, classes=classes)
    assert sorted(classes[train]) == sorted(classes[valid]) == list(range(6))


def test_within_a_class_rows_are_drawn_evenly():
    classes = np.repeat([0, 1], [30, 20])
    drawn = np.zeros(50)
    for seed in range(400):
        drawn[split_rows(50, 0.2, seed, classes)[1]] += 1
    assert drawn.min() > 80 - 5 * 8 and drawn.max() < 80 + 5 * 8
