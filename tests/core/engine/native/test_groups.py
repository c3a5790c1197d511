"""Where statements are placed: parts of a storage that are written beside each other, and who may read them when."""

import pytest

pytest.importorskip("llvmlite")

from kerasflow.core import types  # noqa: E402
from kerasflow.core.engine.native.expressions import Scalar  # noqa: E402
from kerasflow.core.engine.native.groups import Access, Map, Program, Storage  # noqa: E402


def copied(source, target, dims, strides=None, place=None, beside=False):
    leaf = Scalar("input", (0,), types.float32)
    return Map(leaf, {leaf: Access(source, strides or (1,) * len(dims))}, target, place, beside)


def stores(*counts):
    return [Storage(types.float32, n) for n in counts]


def test_parts_may_be_written_in_any_order_and_are_read_when_all_are_there():
    program = Program()
    early, middle, late, whole, reader = stores(4, 4, 4, 8, 8)
    program.add_map(copied(early, middle, (4,)), (4,))
    program.add_map(copied(middle, late, (4,), (-1,)), (4,))  # backwards, so in a group of its own
    program.add_map(copied(late, whole, (4,), None, Access(whole, (1,), 4), True), (4,))
    program.add_map(copied(early, whole, (4,), None, Access(whole, (1,)), True), (4,))
    assert [len(g.body) for g in program.groups] == [2, 2]
    assert (whole.first, whole.position) == (0, 1)
    program.add_map(copied(whole, reader, (8,)), (8,))
    assert reader.first == 2
    assert whole.last == 2


def test_a_part_that_is_not_beside_comes_after_what_it_overwrites():
    program = Program()
    source, whole = stores(4, 4)
    program.add_map(copied(source, whole, (4,)), (4,))
    program.add_map(copied(source, whole, (4,), None, Access(whole, (-1,), 3)), (4,))
    assert len(program.groups) == 2


def test_what_reads_a_storage_as_a_whole_is_done_before_a_part_of_it_is_written():
    program = Program()
    variable, result, source = stores(4, 4, 4)
    program.add_map(copied(variable, result, (4,)), (4,))
    program.add_map(copied(source, variable, (4,), None, Access(variable, (0,), 2)), (4,))
    assert [len(g.body) for g in program.groups] == [1, 1]


def test_a_loop_nest_has_an_end():
    """Hundreds of statements in one would take the compiler seconds; each still comes after what it reads."""
    program = Program()
    chain = stores(*[4] * 301)
    for source, target in zip(chain, chain[1:], strict=False):
        program.add_map(copied(source, target, (4,)), (4,))
    sizes = [len(g.body) for g in program.groups]
    assert sum(sizes) == 300 and max(sizes) == 64 and len(sizes) == 5
    assert [s.target for g in program.groups for s in g.body] == chain[1:]
