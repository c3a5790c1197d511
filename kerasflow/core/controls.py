"""The open `control_dependencies` blocks of a graph: what a new operation has to wait for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from kerasflow.core.tensor import Operation, Tensor

__all__ = ["Controls"]


class _Block:
    """One block: what it waits for, and which operations were made inside it."""

    def __init__(self, operations: tuple[Operation, ...], clears: bool) -> None:
        self.operations = operations
        self.clears = clears
        self.inside: set[Operation] = set()


class Controls:
    """A stack of blocks."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []

    @contextlib.contextmanager
    def block(self, operations: tuple[Operation, ...], clears: bool) -> Iterator[None]:
        """Have operations made in the block wait for `operations`; with `clears`, not for those of outer blocks."""
        self._blocks.append(_Block(operations, clears))
        try:
            yield
        finally:
            self._blocks.pop()

    def waits_for(self, inputs: tuple[Tensor, ...]) -> tuple[Operation, ...]:
        """What an operation with these inputs has to wait for, beyond the operations that make them."""
        waits: dict[Operation, None] = {}
        for block in self._open():
            # An input made inside the block has waited already.
            if block.operations and not any(t.op in block.inside for t in inputs):
                waits.update(dict.fromkeys(block.operations))
        if waits:
            for t in inputs:
                waits.pop(t.op, None)
        return tuple(waits)

    def enter(self, operation: Operation) -> None:
        """Note that `operation` was made inside the open blocks."""
        for block in self._open():
            block.inside.add(operation)

    def _open(self) -> list[_Block]:
        """The blocks in force: those since the last one that clears."""
        blocks = self._blocks
        for i in range(len(blocks) - 1, -1, -1):
            if blocks[i].clears:
                return blocks[i:]
        return blocks
