"""The engines agree on random graphs, run three times, with variables that change."""

import functools

import numpy as np
import pytest

pytest.importorskip("llvmlite")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from tests.core.engine.random_graphs import exact_graph  # noqa: E402
from tests.core.engine.smooth_graphs import smooth_graph  # noqa: E402
from tests.core.ops.harness import engine  # noqa: E402

few = settings(max_examples=25, deadline=None, derandomize=True)
many = settings(few, max_examples=250)

# A number decides the graph but for its length, so what fails is cut short by hypothesis.
seeds = st.integers(0, 2**32 - 1)


def both(drawn):
    return [drawn.run(functools.partial(engine, on)) for on in ("interpreter", "native")]


def check_bits(drawn):
    for wanted, got in zip(*both(drawn), strict=True):
        for w, g in zip(wanted, got, strict=True):
            assert np.asarray(g).dtype == np.asarray(w).dtype
            np.testing.assert_array_equal(g, w, strict=True)


def check_numbers(drawn):
    for wanted, got in zip(*both(drawn), strict=True):
        for w, g in zip(wanted, got, strict=True):
            tolerance = 1e-4 if np.asarray(w).dtype == np.float32 else 1e-11
            np.testing.assert_allclose(g, w, rtol=tolerance, atol=tolerance, strict=True)


@few
@given(seeds, st.integers(1, 16))
def test_exact_graphs(seed, size):
    check_bits(exact_graph(seed, size))


@few
@given(seeds, st.integers(1, 16))
def test_exact_graphs_with_nothing_in_them_or_much(seed, size):
    check_bits(exact_graph(seed, size, (0, 1, 2, 500)))


@few
@given(seeds, st.integers(1, 12))
def test_smooth_graphs(seed, size):
    check_numbers(smooth_graph(seed, size))


@few
@given(seeds, st.integers(1, 12))
def test_smooth_graphs_with_large_products(seed, size):
    check_numbers(smooth_graph(seed, size, (1, 2, 9, 70)))


@pytest.mark.slow
@many
@given(seeds, st.integers(1, 30))
def test_many_exact_graphs(seed, size):
    check_bits(exact_graph(seed, size))


@pytest.mark.slow
@many
@given(seeds, st.integers(1, 20))
def test_many_smooth_graphs(seed, size):
    check_numbers(smooth_graph(seed, size))
