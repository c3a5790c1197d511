"""Random little programs for the engine, and what they mean, in plain Python.

A program is a list of instructions in the order in which its operations are made. `build` makes the graph, `execute`
computes what a run has to give: the instructions that the fetches need, one after the other, on copies of arrays. It
knows nothing of plans, buffers or views.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

import kerasflow as tf
from kerasflow.core.graph import apply

VARIABLES = 2
SHAPE = (2, 2)

# What an instruction does to its arguments: in the graph, and to NumPy arrays.
PURE = {
    "add": (lambda x, y: x + y, np.add),
    "sub": (lambda x, y: x - y, np.subtract),
    "mul": (lambda x, y: x * y, np.multiply),
    "neg": (lambda x: -x, np.negative),
    "identity": (tf.identity, np.array),
    "transpose": (tf.transpose, np.transpose),
    "flip": (lambda x: x[::-1], lambda x: x[::-1]),
    "through a vector": (
        lambda x: tf.reshape(tf.reshape(x, [4])[::-1], SHAPE),
        lambda x: x.reshape(4)[::-1].reshape(SHAPE),
    ),
    "first row everywhere": (
        lambda x: apply("BroadcastLike", x[:1], x),
        lambda x: np.broadcast_to(x[:1], x.shape),
    ),
    "sum": (lambda x, y, z: tf.add_n([x, y, z]), lambda x, y, z: x + y + z),
}
ARITY = {"feed": 0, "read": 0, "add": 2, "sub": 2, "mul": 2, "loop": 2, "sum": 3}  # one for all others
WRITES = {"assign": lambda old, x: x, "assign_add": np.add, "assign_sub": np.subtract}


@dataclass(frozen=True)
class Instruction:
    """One line: `kind`, the numbers of earlier results it takes, and the variable it reads or writes."""

    kind: str
    arguments: tuple[int, ...] = ()
    variable: int = 0


@dataclass
class Program:
    """Instructions, and the results that are fetched; -1 - v stands for variable v itself."""

    instructions: list[Instruction]
    fetches: list[int]
    tensors: list[Any] = field(default_factory=list)
    variables: list[Any] = field(default_factory=list)

    def build(self) -> list[Any]:
        """Make the graph's operations; returns the fetches."""
        self.variables = [tf.Variable(np.full(SHAPE, 0.5 * (v + 1)), name=f"w{v}") for v in range(VARIABLES)]
        for i in self.instructions:
            taken = [self.tensors[k] for k in i.arguments]
            variable = self.variables[i.variable]
            if i.kind == "feed":
                self.tensors.append(tf.placeholder(tf.float64, [None, None]))
            elif i.kind == "read":
                self.tensors.append(variable.read_value())
            elif i.kind in WRITES:
                self.tensors.append(getattr(variable, i.kind)(*taken))
            else:
                self.tensors.append(PURE[i.kind][0](*taken))
        return [self.tensors[f] if f >= 0 else self.variables[-1 - f] for f in self.fetches]

    def feeds(self, rng: np.random.Generator, shape: tuple[int, ...] = SHAPE) -> dict[int, np.ndarray]:
        """A value for each placeholder, by the number of its instruction."""
        fed = [k for k, i in enumerate(self.instructions) if i.kind == "feed"]
        return {k: rng.integers(-4, 5, shape) / 4 for k in fed}

    def execute(self, state: list[np.ndarray], feeds: dict[int, np.ndarray]) -> list[np.ndarray]:
        """The values of the fetches; `state`, the variables' values, is brought up to date."""
        needed = {f for f in self.fetches if f >= 0}
        for k in reversed(range(len(self.instructions))):
            if k in needed:
                needed.update(self.instructions[k].arguments)
        results: dict[int, np.ndarray] = {}
        for k in sorted(needed):
            i = self.instructions[k]
            taken = [results[a] for a in i.arguments]
            if i.kind == "feed":
                results[k] = feeds[k].copy()
            elif i.kind in WRITES:
                state[i.variable] = np.array(WRITES[i.kind](state[i.variable], *taken))
                results[k] = state[i.variable].copy()
            else:
                results[k] = state[i.variable].copy() if i.kind == "read" else np.array(PURE[i.kind][1](*taken))
        return [results[f] if f >= 0 else state[-1 - f].copy() for f in self.fetches]


@st.composite
def programs(draw: Any, kinds: tuple[str, ...], size: int = 14, outcomes: int | None = None) -> Program:
    """Programs of instructions of these kinds, beside feeds; with kinds that write, variables are fetched too.

    Args:
        kinds: what to choose from.
        size: the largest number of instructions.
        outcomes: fetch only some of this many last results; all others then live in the middle of the plan.
    """
    instructions = [Instruction("feed"), Instruction("feed")]
    for _ in range(draw(st.integers(1, size))):
        kind = draw(st.sampled_from(kinds))
        # Mostly recent results: chains are where memory is shared.
        taken = tuple(
            max(0, len(instructions) - 1 - draw(st.integers(0, 4 if draw(st.booleans()) else len(instructions) - 1)))
            for _ in range(ARITY.get(kind, 1))
        )
        instructions.append(Instruction(kind, taken, draw(st.integers(0, VARIABLES - 1))))
    lowest = -VARIABLES if "assign" in kinds else len(instructions) - outcomes if outcomes else 0
    fetches = draw(st.lists(st.integers(lowest, len(instructions) - 1), min_size=1, max_size=4))
    return Program(instructions, fetches)
