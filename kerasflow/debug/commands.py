"""`Analyzer`: the debugger's commands on a watched run. Each takes the words of a line and gives lines of text."""

from __future__ import annotations

import argparse
import linecache
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasflow.core.naming import did_you_mean
from kerasflow.debug.filters import TensorFilter
from kerasflow.debug.printing import parse_ranges, shown_value, sliced
from kerasflow.debug.recording import Node, Recording, Value

__all__ = ["Analyzer", "CommandError", "Parser", "words_of"]

_SORTS: dict[str, Callable[[Value], Any]] = {
    "timestamp": lambda v: v.micros,
    "dump_size": lambda v: v.nbytes,
    "op_type": lambda v: v.type,
    "tensor_name": lambda v: v.tensor,
}
_QUOTED = re.compile(r"`([^`]+)`")


class CommandError(Exception):
    """A line that is no command, or that asks for what there is not; its text says what was expected."""


class Parser(argparse.ArgumentParser):
    """Reads the words of a command; what it cannot read is a `CommandError`."""

    def error(self, message: str) -> Any:
        """Refuse the line."""
        raise CommandError(f"{self.prog}: {message}\n{self.format_usage().rstrip()}")


def words_of(line: str) -> list[str]:
    """The words of a line, quoted ones whole; a slice in brackets is one word.

    >>> words_of('pt "a:0" -r "[0, 1]"')
    ['pt', 'a:0', '-r', '[0, 1]']
    """
    try:
        return shlex.split(line)
    except ValueError as error:
        raise CommandError(f"The line cannot be read: {error}.") from None


_WHAT = {
    "lt": "list the tensors that were computed",
    "pt": "print a tensor",
    "ni": "information on an operation",
    "li": "list an operation's inputs",
    "lo": "list the operations that take an operation's outputs",
    "ls": "list the source files that made operations",
    "ps": "print a source file, with the operations that its lines made",
    "pf": "print a value that was fed",
    "eval": "compute an expression of NumPy (np) with tensors in `backquotes`",
}


def _parsers() -> dict[str, Parser]:
    made = {name: Parser(prog=name, description=what, add_help=False) for name, what in _WHAT.items()}
    _take_tensors(made)
    _take_operations(made)
    return made


def _take_tensors(made: dict[str, Parser]) -> None:
    """The arguments of the commands on tensors."""
    lt = made["lt"]
    lt.add_argument("-s", "--sort_by", choices=sorted(_SORTS), default="timestamp")
    lt.add_argument("-r", "--reverse", action="store_true")
    lt.add_argument("-f", "--tensor_filter")
    lt.add_argument("-n", "--node_name_filter")
    lt.add_argument("-t", "--op_type_filter")
    pt = made["pt"]
    pt.add_argument("tensor")
    pt.add_argument("-n", "--number", type=int)
    pt.add_argument("-r", "--ranges")
    pt.add_argument("-a", "--all", action="store_true")
    pt.add_argument("-s", "--numeric_summary", action="store_true")
    made["pf"].add_argument("tensor")
    made["pf"].add_argument("-a", "--all", action="store_true")
    made["eval"].add_argument("expression")
    made["eval"].add_argument("-a", "--print_all", action="store_true")


def _take_operations(made: dict[str, Parser]) -> None:
    """The arguments of the commands on operations and sources."""
    ni = made["ni"]
    ni.add_argument("node")
    ni.add_argument("-a", "--attributes", action="store_true")
    ni.add_argument("-d", "--dumps", action="store_true")
    ni.add_argument("-t", "--traceback", action="store_true")
    for name in ("li", "lo"):
        made[name].add_argument("node")
        made[name].add_argument("-c", "--control", action="store_true")
        made[name].add_argument("-d", "--depth", type=int, default=20)
        made[name].add_argument("-r", "--recursive", action="store_true")
        made[name].add_argument("-t", "--op_type", action="store_true")
    made["ls"].add_argument("-p", "--path_filter")
    made["ls"].add_argument("-n", "--node_name_filter")
    made["ps"].add_argument("file")
    made["ps"].add_argument("-b", "--line_begin", type=int, default=1)


class Analyzer:
    """The commands on one watched run.

    Args:
        recording: the run.
        filters: the filters there are, by name.
    """

    def __init__(self, recording: Recording, filters: Mapping[str, TensorFilter]) -> None:
        self.recording = recording
        self._filters = filters
        self._parsers = _parsers()

    @property
    def help_lines(self) -> list[str]:
        """What the commands are."""
        return [
            f"{p.format_usage().removeprefix('usage: ').rstrip()}\n    {p.description}" for p in self._parsers.values()
        ]

    @property
    def names(self) -> list[str]:
        """What can be completed: commands, tensors and operations."""
        return [*self._parsers, *dict.fromkeys(v.tensor for v in self.recording.values), *self.recording.nodes]

    def run(self, words: list[str]) -> list[str]:
        """The lines that a command gives. CommandError if it is none, or cannot be done."""
        name, *rest = words
        if name not in self._parsers:
            raise CommandError(f"There is no command {name!r}.{did_you_mean(name, self._parsers)} Try help.")
        return getattr(self, f"_{name}")(self._parsers[name].parse_args(rest))

    # Tensors.

    def _lt(self, a: Any) -> list[str]:
        values = list(self.recording.values)
        if a.node_name_filter:
            values = [v for v in values if _matches(a.node_name_filter, v.node)]
        if a.op_type_filter:
            values = [v for v in values if _matches(a.op_type_filter, v.type)]
        if a.tensor_filter:
            values = [v for v in values if self._filter(a.tensor_filter)(v, v.array)]
        values.sort(key=_SORTS[a.sort_by], reverse=a.reverse)
        rows = [["t (ms)", "Size (B)", "Op type", "Tensor name"]]
        rows += [[f"{v.micros / 1000:.3f}", str(v.nbytes), v.type, v.tensor] for v in values]
        chosen = f" that pass the filter {a.tensor_filter!r}" if a.tensor_filter else ""
        return [f"{len(values)} tensors{chosen}:", *_table(rows)]

    def _filter(self, name: str) -> TensorFilter:
        if name not in self._filters:
            raise CommandError(f"There is no filter {name!r}.{did_you_mean(name, self._filters)}")
        return self._filters[name]

    def _value(self, name: str, number: int | None = None) -> Value:
        found = self.recording.named(name)
        if not found:
            names = [v.tensor for v in self.recording.values]
            raise CommandError(f"The tensor {name!r} was not computed in this run.{did_you_mean(name, names)}")
        if len(found) > 1 and number is None:
            raise CommandError(f"{name} was computed {len(found)} times: say which with -n 0 to -n {len(found) - 1}.")
        if number is not None and not 0 <= number < len(found):
            raise CommandError(f"{name} was computed {len(found)} times, there is no number {number}.")
        return found[number or 0]

    def _pt(self, a: Any) -> list[str]:
        try:
            name, cut = sliced(a.tensor)
            ranges = parse_ranges(a.ranges) if a.ranges else []
        except ValueError as error:
            raise CommandError(str(error)) from None
        value = self._value(name, a.number)
        return self._printed(a.tensor, value.array, cut, ranges, a.all, a.numeric_summary)

    def _printed(self, title: str, array: Any, cut: Any, ranges: Any, everything: bool, summary: bool) -> list[str]:
        if array is not None and cut is not None:
            try:
                array = np.asarray(array[cut])
            except IndexError as error:
                raise CommandError(f"{title}: {error}.") from None
        lines = [f'Tensor "{title}":']
        if array is not None:
            lines += [f"  dtype: {array.dtype}", f"  shape: {array.shape}", ""]
            lines += _summary(array) if summary else []
        return [*lines, *shown_value(array, ranges, everything)]

    def _pf(self, a: Any) -> list[str]:
        feeds = self.recording.feeds
        name = a.tensor if a.tensor in feeds or ":" in a.tensor else f"{a.tensor}:0"
        if name not in feeds:
            raise CommandError(f"{a.tensor!r} was not fed; these were: {', '.join(feeds) or 'none'}.")
        return self._printed(name, np.asarray(feeds[name]), None, [], a.all, False)

    def _eval(self, a: Any) -> list[str]:
        held: dict[str, Any] = {"np": np}

        def name_of(found: re.Match[str]) -> str:
            name, cut = sliced(found[1])
            array = self._value(name).array
            held[key := f"_{len(held)}"] = array if cut is None else array[cut]
            return key

        try:
            # What a person types at the debugger's prompt is their own program, as at Python's.
            with np.errstate(all="ignore"):
                result = eval(_QUOTED.sub(name_of, a.expression), held)
        except CommandError:
            raise
        except Exception as error:
            raise CommandError(f"{a.expression}: {type(error).__name__}: {error}") from None
        return [f"Evaluation of expression '{a.expression}':", *shown_value(np.asarray(result), [], a.print_all)]

    # Operations.

    def _node(self, name: str) -> Node:
        name = name.partition(":")[0]
        if name not in self.recording.nodes:
            raise CommandError(f"There is no operation {name!r}.{did_you_mean(name, self.recording.nodes)}")
        return self.recording.nodes[name]

    def _ni(self, a: Any) -> list[str]:
        node = self._node(a.node)
        takers = self.recording.recipients(node.name, controls=False)
        lines = [f"Node {node.name}", "", f"  Op: {node.type}", f"  Device: {node.device or '(none asked for)'}", ""]
        lines += [f"  {len(node.inputs)} input(s) + {len(node.controls)} control input(s):"]
        lines += [f"    {self._with_type(t)}" for t in (*node.inputs, *node.controls)]
        lines += ["", f"  {len(takers)} recipient(s):", *[f"    {self._with_type(t)}" for t in takers]]
        if a.attributes:
            lines += ["", "Node attributes:", *[f"  {key}: {value}" for key, value in node.attrs.items()]]
        if a.dumps:
            values = [v for v in self.recording.values if v.node == node.name]
            lines += [
                "",
                f"{len(values)} dumped tensor(s):",
                *[f"  {v.tensor} @ {v.micros / 1000:.3f} ms" for v in values],
            ]
        if a.traceback:
            lines += ["", "Created at:", *self._place(node)]
        return lines

    def _place(self, node: Node) -> list[str]:
        if node.where is None:
            return ["  (unknown)"]
        file, line, function = node.where
        text = linecache.getline(file, line).strip()
        return [f"  {file}:{line}, in {function}", *([f"    {text}"] if text else [])]

    def _with_type(self, tensor: str) -> str:
        node = self.recording.nodes.get(tensor.partition(":")[0])
        return f"[{node.type}] {tensor}" if node is not None else tensor

    def _li(self, a: Any) -> list[str]:
        node = self._node(a.node)
        return [f"Inputs to node {node.name}:", *self._tree(node.name, a, lambda n: self._sources(n, a.control))]

    def _lo(self, a: Any) -> list[str]:
        node = self._node(a.node)

        def takers(name: str) -> list[str]:
            return self.recording.recipients(name, a.control)

        return [f"Recipients of node {node.name}:", *self._tree(node.name, a, takers)]

    def _sources(self, name: str, controls: bool) -> list[str]:
        node = self.recording.nodes.get(name.partition(":")[0])
        return [] if node is None else [*node.inputs, *(node.controls if controls else ())]

    def _tree(self, root: str, a: Any, following: Callable[[str], list[str]]) -> list[str]:
        """What follows, indented by its distance; an operation that was shown before is not followed again."""
        lines: list[str] = []
        seen = {root}
        todo = [(1, name) for name in reversed(following(root))]
        while todo:
            depth, name = todo.pop()
            node = name.partition(":")[0]
            shown = self._with_type(name) if a.op_type else name
            lines.append(f"{'|  ' * (depth - 1)}|- ({depth}) {shown}{' ...' if a.recursive and node in seen else ''}")
            if a.recursive and node not in seen and depth < a.depth:
                seen.add(node)
                todo += [(depth + 1, n) for n in reversed(following(node))]
        return lines or ["  (none)"]

    # Sources.

    def _ls(self, a: Any) -> list[str]:
        counts: dict[str, int] = {}
        for node in self.recording.nodes.values():
            if node.where is not None and (not a.node_name_filter or _matches(a.node_name_filter, node.name)):
                counts[node.where[0]] = counts.get(node.where[0], 0) + 1
        files = {f: n for f, n in counts.items() if not a.path_filter or _matches(a.path_filter, f)}
        return _table([["Nodes", "File"], *[[str(n), f] for f, n in sorted(files.items())]])

    def _ps(self, a: Any) -> list[str]:
        by_line: dict[int, list[str]] = {}
        for node in self.recording.nodes.values():
            if node.where is not None and node.where[0].endswith(a.file):
                by_line.setdefault(node.where[1], []).append(node.name)
        if not by_line:
            raise CommandError(f"No operation was made in {a.file!r}; try ls.")
        file = next(n.where[0] for n in self.recording.nodes.values() if n.where and n.where[0].endswith(a.file))
        lines = []
        for number, text in enumerate(linecache.getlines(file), 1):
            if number >= a.line_begin:
                lines.append(f"{number:5d}  {text.rstrip()}")
                lines += [f"         -> {name}" for name in by_line.get(number, ())]
        return lines or [
            f"{n:5d}  (the file is not here)  -> {', '.join(names)}" for n, names in sorted(by_line.items())
        ]


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.match(pattern, text) is not None
    except re.error as error:
        raise CommandError(f"{pattern!r} is no regular expression: {error}.") from None


def _summary(array: Any) -> list[str]:
    if array.dtype.kind not in "iufb" or not array.size:
        return [f"  {array.size} values", ""]
    if array.dtype.kind == "b":
        return [f"  {int(array.sum())} True, {int((~array).sum())} False", ""]
    finite = array[np.isfinite(array)]
    counts = (
        f"  {int(np.isnan(array).sum())} nan, {int((array == -np.inf).sum())} -inf, {int((array == np.inf).sum())} inf"
    )
    if not finite.size:
        return [counts, ""]
    numbers = f"  min {finite.min():g}, max {finite.max():g}, mean {finite.mean():g}, std {finite.std():g}"
    signs = f"  {int((finite < 0).sum())} negative, {int((finite == 0).sum())} zero, {int((finite > 0).sum())} positive"
    return [counts, signs, numbers, ""]


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
