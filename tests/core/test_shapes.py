"""Static shapes: the arithmetic of what is known, held against NumPy, and the classes that programs see."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kerasflow as tf
from kerasflow.core import shapes

D, S = tf.Dimension, tf.TensorShape
sizes = st.integers(0, 3)
known = st.lists(sizes, max_size=3).map(tuple)
dims = st.none() | st.lists(st.none() | sizes, max_size=3).map(tuple)


def possible(shape, ranks=3, largest=3):
    """Every shape, up to a rank and a size, that the known part allows."""
    every = range(largest + 1)
    if shape is None:
        return {s for r in range(ranks + 1) for s in itertools.product(every, repeat=r)}
    return set(itertools.product(*[every if d is None else (d,) for d in shape]))


def numpy_broadcast(a, b):
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


@given(known, known)
def test_broadcast_is_numpys(a, b):
    want = numpy_broadcast(a, b)
    if want is None:
        with pytest.raises(ValueError) as error:
            shapes.broadcast(a, b)
        assert shapes.show(a) in str(error.value) and shapes.show(b) in str(error.value)
    else:
        assert shapes.broadcast(a, b) == want


@given(dims, dims)
def test_broadcast_claims_no_more_than_is_known(a, b):
    results = {numpy_broadcast(x, y) for x in possible(a) for y in possible(b)} - {None}
    try:
        claimed = shapes.broadcast(a, b)
    except ValueError:
        assert not results
        return
    assert all(shapes.compatible(claimed, r) for r in results)


@given(dims, dims)
def test_merge_and_compatible_are_about_common_shapes(a, b):
    common = possible(a) & possible(b)
    assert shapes.compatible(a, b) == bool(common)
    if common:
        assert possible(shapes.merge(a, b)) == common
    else:
        with pytest.raises(ValueError, match="are not compatible"):
            shapes.merge(a, b)


@given(dims)
def test_size_and_static(shape):
    counts = {int(np.prod(s)) for s in possible(shape)}
    assert shapes.is_static(shape) == (shape is not None and len(possible(shape)) == 1)
    assert shapes.size(shape) == (counts.pop() if shapes.is_static(shape) else None)


@pytest.mark.parametrize(
    ("shape", "text"),
    [(None, "<unknown>"), ((), "()"), ((2,), "(2,)"), ((None,), "(?,)"), ((None, 3), "(?, 3)")],
)
def test_show(shape, text):
    assert shapes.show(shape) == str(S(shape)) == text


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (None, None),
        (3, (3,)),
        (D(3), (3,)),
        (D(None), (None,)),
        ([], ()),
        ([2, None], (2, None)),
        ((np.int64(2), D(4), D(None)), (2, 4, None)),
        (np.array([1, 2]), (1, 2)),
        (S([1, None]), (1, None)),
        ([14.0, True], (14, 1)),
    ],
)
def test_as_dims(value, want):
    got = shapes.as_dims(value)
    assert got == want and (got is None or all(d is None or type(d) is int for d in got))


@pytest.mark.parametrize(
    ("value", "error"),
    [([-1], ValueError), (-2, ValueError), ([1.5], ValueError), ("ab", TypeError), ([[1]], TypeError), ({}, None)],
)
def test_as_dims_refuses(value, error):
    if error is None:
        assert shapes.as_dims(value) == ()
        return
    with pytest.raises(error, match="A dimension must be"):
        shapes.as_dims(value)


# What programs see.


def test_dimension_is_a_number_that_may_be_unknown():
    results = [D(3) + 4, 4 + D(3), D(7) - 1, 7 - D(1), D(3) * 2, 2 * D(3), D(7) // 2, 7 // D(2), D(7) % 4, 7 % D(4)]
    assert results == [7, 7, 6, 6, 6, 6, 3, 3, 3, 3] and all(type(r) is D for r in results)
    unknown = [D(None) + 4, 4 - D(None), D(3) * None, D(None) // D(2), 7 % D(None)]
    assert all(type(r) is D and r.value is None for r in unknown)
    assert [D(3) < 4, D(3) <= 3, D(3) > D(4), D(3) >= 4, D(3) == 3, D(3) != 4] == [True, True, False, False, True, True]
    assert (D(None) < 4) is None and D(3) != D(None)
    assert int(D(3)) == 3 and list(range(D(2))) == [0, 1] and "abc"[D(1)] == "b" and hash(D(3)) == hash(3)
    assert bool(D(3)) and not bool(D(0)) and not bool(D(None))
    assert (str(D(3)), str(D(None)), repr(D(3))) == ("3", "?", "Dimension(3)")


def test_dimension_refuses():
    for bad in (-1, 1.5):
        with pytest.raises(ValueError, match=f"got {bad}"):
            D(bad)
    with pytest.raises(TypeError, match="got 'three'"):
        D("three")
    with pytest.raises(ValueError, match="at least 0, got -2"):
        D(3) - 5
    with pytest.raises(TypeError, match="not known yet"):
        int(D(None))


def test_dimensions_merge():
    assert D(3).merge_with(None) == D(None).merge_with(3) == 3
    assert D(3).is_compatible_with(D(None)) and not D(3).is_compatible_with(4)
    with pytest.raises(ValueError, match="3 and 4"):
        D(3).merge_with(4)


def test_shape_reads():
    s = S([None, 3])
    assert s.as_list() == [None, 3] and s.dims == [D(None), D(3)] and list(s) == [D(None), D(3)] and len(s) == 2
    assert (s.ndims, s.rank, S(None).ndims, S(None).dims) == (2, 2, None, None)
    assert (s.num_elements(), S([2, 3]).num_elements(), S([]).num_elements(), S(None).num_elements()) == (
        None,
        6,
        1,
        None,
    )
    assert (s.is_fully_defined(), S([2]).is_fully_defined(), S(None).is_fully_defined()) == (False, True, False)
    assert type(s[1]) is D and s[1] == 3 and s[-2] == D(None) and s[1:] == [3] and type(s[1:]) is S
    assert S(None)[5] == D(None) and S(None)[1:] == S(None)
    assert repr(s) == "TensorShape([Dimension(None), Dimension(3)])" and repr(S(None)) == "TensorShape(None)"
    assert bool(S([])) and not bool(S(None))


def test_shape_compares():
    assert S([2, 3]) == (2, 3) == S((2, 3)) and S([2]) == 2 and S([2]) == D(2) and S(None) == None  # noqa: E711
    assert S([2, 3]) != [3, 2] and S([]) != S(None) and S([2]) != "2" and S([2]) != 2.5
    assert hash(S([2, 3])) == hash(S((2, 3))) and {S([2]): 1}[S([2])] == 1


def test_shapes_combine():
    assert S([None, 3]).merge_with([2, None]) == [2, 3] and S(None).merge_with([2]) == [2]
    assert S([2]).concatenate([None, 3]) == [2, None, 3] and S([2]).concatenate(D(4)) == [2, 4]
    assert S([2]).concatenate(None) == S(None).concatenate([2]) == S(None)
    assert S(None).with_rank(2) == [None, None] and S([2]).with_rank(1) == [2]
    assert S([2, None]).is_compatible_with([None, 5]) and not S([2]).is_compatible_with([2, 2])
    S([2]).assert_has_rank(1), S([2]).assert_is_compatible_with([None])


@pytest.mark.parametrize(
    "act",
    [
        lambda: S([2]).merge_with([3]),
        lambda: S([2]).merge_with([2, 3]),
        lambda: S([2]).with_rank(2),
        lambda: S([2]).assert_has_rank(2),
        lambda: S([2]).assert_is_compatible_with([3]),
    ],
)
def test_shapes_that_do_not_fit(act):
    with pytest.raises(ValueError, match=r"Shapes \(2,\) and \(.*\) are not compatible"):
        act()


def test_unknown_rank_refuses():
    for act in (len, list, S.as_list):
        with pytest.raises(ValueError, match="rank of this shape is not known"):
            act(S(None))
    with pytest.raises(IndexError):
        S([2])[1]


def test_shapes_become_tensors():
    shape = tf.convert_to_tensor(S([2, 3]))
    assert shape.dtype == tf.int32 and list(tf.Session().run(shape)) == [2, 3]
    assert tf.convert_to_tensor(S([])).dtype == tf.int32
    assert tf.Session().run(tf.convert_to_tensor([D(3), 2])).tolist() == [3, 2]
    with pytest.raises(ValueError, match=r"\(\?, 3\)"):
        tf.convert_to_tensor(S([None, 3]))


def test_ranks_and_sizes_are_asked_for():
    known, unknown = tf.TensorShape([2, None]), tf.TensorShape(None)
    assert known.with_rank_at_least(2) is known and known.with_rank_at_most(2) is known
    assert unknown.with_rank_at_least(9) is unknown and unknown.with_rank_at_most(0) is unknown
    with pytest.raises(ValueError, match="rank at least 3"):
        known.with_rank_at_least(3)
    with pytest.raises(ValueError, match="rank at most 1"):
        known.with_rank_at_most(1)
    known.assert_same_rank([5, 5])
    known.assert_same_rank(unknown)
    with pytest.raises(ValueError):
        known.assert_same_rank([5])
    tf.TensorShape([2, 3]).assert_is_fully_defined()
    for shape in (known, unknown):
        with pytest.raises(ValueError, match="not fully defined"):
            shape.assert_is_fully_defined()


def test_sizes_are_ints_and_pieces_tuples():
    sizes = shapes.Sizes([None, 3, 4])
    assert tuple(sizes) == (None, 3, 4) and type(sizes[1]) is int and sizes[0] is None
    assert sizes[1:] == (3, 4) and type(sizes[1:]) is tuple
    assert (2,) + sizes == (2, None, 3, 4) and sizes + [5] == (None, 3, 4, 5)
    assert sizes == shapes.TensorShape([None, 3, 4]) == (None, 3, 4) and len(sizes) == 3
    assert str(sizes) == repr(sizes) == "(None, 3, 4)"
    assert isinstance(sizes, shapes.TensorShape) and sizes.as_list() == [None, 3, 4]
    with pytest.raises(ValueError, match="rank"):
        shapes.Sizes(None)[0]


@pytest.mark.parametrize(
    ("other", "agreed"), [([1, 2, 3], [1, 2, 3]), ([1, 5, 3], [1, None, 3]), ([None, 2, 3], [None, 2, 3])]
)
def test_what_two_shapes_agree_on(other, agreed):
    assert tf.TensorShape([1, 2, 3]).most_specific_compatible_shape(other).as_list() == agreed
    assert tf.TensorShape([1, 2, 3]).most_specific_compatible_shape([1, 2]).ndims is None
    assert tf.TensorShape(None).most_specific_compatible_shape(other).ndims is None
