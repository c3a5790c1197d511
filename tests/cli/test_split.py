"""A row's side depends on what it says; classes are held out in proportion, groups whole, the latest last."""

from argparse import Namespace

import numpy as np
import pytest

from kerasflow.cli import split as splitting
from kerasflow.cli.sheet import Sheet
from kerasflow.cli.sides import (
    LEFT_OUT,
    VALIDATION,
    draws,
    hash_numbers,
    hash_texts,
    hold_out,
    hold_out_groups,
    hold_out_latest,
    mixed,
    told_apart,
)
from kerasflow.io.column_cache import ColumnCache
from kerasflow.io.table import write_table

RNG = np.random.default_rng(0)


def drawn_for(values, seed=0, name="x"):
    return draws(seed, [(name, hash_numbers(np.asarray(values, float)))], len(values))


def held_out(drawn, share, classes=None, at_once=1000):
    def parts():
        for start in range(0, len(drawn), at_once):
            part = slice(start, start + at_once)
            yield drawn[part], None if classes is None else classes[part]

    return hold_out(parts, share)


# --- the numbers of rows ---------------------------------------------------------------------------------------------


def test_numbers_are_even_and_independent_of_each_other():
    drawn = drawn_for(np.arange(100_000))
    counts = np.bincount((drawn * 100).astype(int), minlength=100)
    # 1000 in each of 100 parts, with a standard deviation of 31.
    assert counts.min() > 1000 - 5 * 32 and counts.max() < 1000 + 5 * 32
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.02
    for other in (drawn_for(np.arange(100_000), seed=1), drawn_for(np.arange(100_000), name="y")):
        assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.02


def test_what_a_row_says_decides():
    rows = RNG.normal(size=(500, 2))
    texts = hash_texts(["a", "b", None])[RNG.integers(0, 3, 500)]

    def drawn(order):
        columns = [("u", hash_numbers(rows[order, 0])), ("v", hash_numbers(rows[order, 1])), ("t", texts[order])]
        return draws(3, columns, len(order)), draws(3, columns[::-1], len(order))

    order = RNG.permutation(500)
    first, turned = drawn(np.arange(500))
    np.testing.assert_array_equal(first, turned)  # the order of the columns does not matter
    np.testing.assert_array_equal(first[order], drawn(order)[0])  # nor that of the rows
    changed = draws(3, [("u", hash_numbers(rows[:, 1])), ("v", hash_numbers(rows[:, 0])), ("t", texts)], 500)
    assert len({*first.tolist()} & {*changed.tolist()}) == 0  # which column says it does


def test_equal_numbers_have_equal_hashes():
    odd_nan = np.array([0x7FF8000000000001, 0xFFF8000000000000], np.uint64).view(np.float64)
    assert len({*hash_numbers(np.append(odd_nan, np.nan)).tolist()}) == 1
    assert hash_numbers(np.array([0.0])) == hash_numbers(np.array([-0.0])) != hash_numbers(np.array([1.0]))
    assert len({*hash_texts(["", "a", "A", None, "ab"]).tolist()}) == 5


def test_rows_that_say_the_same_are_told_apart():
    drawn = told_apart(drawn_for([1.0] * 300 + [2.0] * 300))
    assert len({*drawn.tolist()}) == 600 and drawn[0] == drawn_for([1.0])[0]
    assert 30 < (drawn[:300] < 0.2).sum() < 90 and 30 < (drawn[300:] < 0.2).sum() < 90
    more = told_apart(drawn_for([1.0] * 300 + [2.0] * 300 + [1.0] * 50))
    np.testing.assert_array_equal(more[:600], drawn)  # whatever comes after them


def test_only_rows_that_are_alike_get_other_numbers():
    given = drawn_for(RNG.integers(0, 40, 60))
    seen, wanted = {}, []
    for number in given.tolist():
        before = seen[number] = seen.get(number, -1) + 1
        bits = np.array([number]).view(np.uint64) + np.uint64(before)
        wanted.append(float(mixed(bits)[0] >> np.uint64(11)) * 2.0**-53 if before else number)
    assert told_apart(given).tolist() == wanted
    different = np.array([0.5, 0.25])
    assert told_apart(different) is different and len(told_apart(np.empty(0))) == 0


@pytest.mark.parametrize("few", [1, 7, 1 << 15])
def test_rows_are_hashed_a_few_at_a_time(tmp_path, monkeypatch, few):
    x, words = RNG.normal(size=100), RNG.choice(["a", "b", ""], 100)
    write_table(tmp_path / "DATA.csv", {"x": x, "t": words})
    sheet = Sheet(ColumnCache.make(tmp_path / "cache", tmp_path / "DATA.csv"), "DATA.csv")
    sheet.sides[::9] = LEFT_OUT
    monkeypatch.setattr(splitting, "FEW", few)
    options = Namespace(valid=0.3, split_column=None, group_column=None, time_column=None, seed=5)
    splitting.split(sheet, options, None)
    numbers = draws(5, [("x", hash_numbers(x)), ("t", hash_texts([word or None for word in words]))], 100)
    chosen = np.arange(100) % 9 > 0
    assert (sheet.sides[~chosen] == LEFT_OUT).all()
    np.testing.assert_array_equal(sheet.sides[chosen] == VALIDATION, held_out(numbers[chosen], 0.3))


# --- rows one by one -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.95])
@pytest.mark.parametrize("rows", [2, 3, 10, 57, 5000])
def test_about_the_share_is_held_out(rows, share):
    found = held_out(drawn_for(np.arange(rows)), share)
    wanted = share * rows
    assert 1 <= found.sum() <= rows - 1
    assert abs(found.sum() - wanted) <= max(0.1 * wanted, 1.0) or found.sum() in (1, rows - 1)


def test_rows_keep_their_sides_when_others_are_appended():
    values = np.arange(40_000)
    before, after = held_out(drawn_for(values[:30_000]), 0.2), held_out(drawn_for(values), 0.2)
    np.testing.assert_array_equal(before, after[:30_000])
    order = RNG.permutation(30_000)
    np.testing.assert_array_equal(before[order], held_out(drawn_for(values[:30_000][order]), 0.2))
    assert (before == (drawn_for(values[:30_000]) < 0.2)).all()


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.8])
@pytest.mark.parametrize("at_once", [7, 1000])
def test_classes_keep_their_proportions(share, at_once):
    sizes = [500, 100, 37, 1, 2]
    classes = np.random.default_rng(0).permutation(np.repeat(np.arange(5), sizes))
    drawn = drawn_for(np.arange(640))
    found = held_out(drawn, share, classes, at_once)
    counts = np.bincount(classes[found], minlength=5)
    assert (abs(counts - share * np.array(sizes)) <= np.maximum(0.1 * share * np.array(sizes), 1)).all()
    assert (np.bincount(classes[~found], minlength=5) >= 1).all()
    # No row with a larger number is held out before one of its class with a smaller number.
    for place in range(5):
        mine = classes == place
        assert not found[mine].any() or found[mine].all() or drawn[mine & found].max() < drawn[mine & ~found].min()


def test_within_a_class_rows_are_drawn_evenly():
    classes = np.repeat([0, 1], [30, 20])
    times = np.zeros(50)
    for seed in range(400):
        times += held_out(drawn_for(np.arange(50), seed), 0.2, classes)
    # 400 draws at 0.2: 80 each, with a standard deviation of 8.
    assert times.min() > 80 - 5 * 8 and times.max() < 80 + 5 * 8


def test_one_row_at_least_is_held_out_and_one_learned_from():
    for classes in (None, np.array([0, 0]), np.array([0, 1])):
        for share in (0.001, 0.999):
            found = held_out(drawn_for([1, 2]), share, classes)
            assert found.sum() == 1 or classes is not None and classes[1] == 1


# --- groups and times ------------------------------------------------------------------------------------------------


def test_groups_stay_together():
    groups = RNG.integers(0, 50, 1000)
    drawn = drawn_for(groups)
    found = hold_out_groups(lambda: np.split(drawn, 10), 0.3)
    assert all(len({*found[groups == group].tolist()}) == 1 for group in range(50)) and 100 < found.sum() < 500
    for share in (1e-9, 1 - 1e-9):  # there is a group on either side
        found = hold_out_groups(lambda: [drawn], share)
        assert 0 < found.sum() < 1000


def test_the_latest_are_held_out():
    times = RNG.permutation(100).astype(float)
    np.testing.assert_array_equal(hold_out_latest(times, 0.2), times >= 80)
    assert hold_out_latest(np.array([1.0, 2.0, 2.0, 2.0]), 0.25).tolist() == [False, True, True, True]
    assert hold_out_latest(np.array([1.0, 1.0, 1.0, 2.0]), 0.5).tolist() == [False, False, False, True]
    assert hold_out_latest(np.array([1.0, 1.0]), 0.5).tolist() == [False, False]
