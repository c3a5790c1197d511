"""The rules of the house, read off syntax trees: who may import whom, from where, and how long things are.

The tables come first, then how a tree of sources is read, then the rules, one function each: it takes the library and
yields one line per violation. `test_architecture` runs them on `kerasflow/`, and on small trees that break them.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

# Lowest first. A module imports from its own rank and from those below it.
RANKS = (
    {"core"},
    {"io"},
    {
        "activations",
        "config",
        "constraints",
        "data",
        "graphdef",
        "image",
        "initializers",
        "losses",
        "metrics",
        "onnx",
        "optimizers",
        "regularizers",
        "saved_model",
    }
    | {"feature_column", "summary", "train", "utils"},
    {"layers"},
    {"rnn"},
    {"callbacks", "models"},
    {"estimators"},
    {"cli", "debug", "estimator"},
    {
        "app",
        "backend",
        "bitwise",
        "contrib",
        "debugging",
        "dtypes",
        "errors",
        "flags",
        "gfile",
        "graph_util",
        "keras",
        "linalg",
        "logging",
        "lookup",
        "manip",
        "math",
        "nn",
    }
    | {
        "python",
        "python_io",
        "quantization",
        "queue",
        "random",
        "sets",
        "signal",
        "sparse",
        "spectral",
        "strings",
        "test",
        "version",
        "__init__",
        "__main__",
    },
)

# Within the ranks: whoever is named first never imports the second, save for what is named third.
NEVER = (
    ("kerasflow.io", "kerasflow.core", {"kerasflow.core.errors", "kerasflow.core.types"}),
    ("kerasflow.core.engine", "kerasflow.core.ops", set()),
    ("kerasflow.core.graph", "kerasflow.core.ops", set()),
    ("kerasflow.core.tensor", "kerasflow.core.ops", set()),
)

# Which rooms import a third-party package at their top; a package that is not here has no door at all.
DOORS = {
    "numpy": ("kerasflow",),
    "sklearn": ("kerasflow.estimators", "kerasflow.cli"),
    "scipy": ("kerasflow.estimators",),
    "joblib": ("kerasflow.estimators",),
    "threadpoolctl": ("kerasflow.estimators",),
    "h5py": ("kerasflow.io",),
    "onnx": ("kerasflow.onnx._messages",),
    "skl2onnx": ("kerasflow.estimators.onnx_converter",),
    "prompt_toolkit": ("kerasflow.debug.terminal",),
    "tqdm": ("kerasflow.models.progress", "kerasflow.cli.progress"),
    "llvmlite": ("kerasflow.core.engine.native",),
    "pandas": ("kerasflow.io.table", "kerasflow.io.block_reader", "kerasflow.cli"),
    "tensorboard": ("kerasflow.io._messages",),
    "google": ("kerasflow.io._messages", "kerasflow.io._examples", "kerasflow.onnx._messages"),
}

# The only imports inside functions: (module, what it imports there): why it cannot stand at the top.
LAZY_DOORS: dict[tuple[str, str], str] = {
    ("kerasflow", "<computed>"): "rooms that take long or are seldom used are loaded when they are first named",
    ("kerasflow.contrib", "<computed>"): "its models take those of tf.estimator along",
    ("kerasflow.contrib.learn", "kerasflow.contrib.learn_datasets"): "its irises are scikit-learn's",
    (
        "kerasflow.core.doors",
        "<computed>",
    ): "rooms that take long or are seldom used are loaded when they are first named",
    ("kerasflow.io", "<computed>"): "the names of tf.io are those of rooms above, and loaded when they are first named",
    ("kerasflow.callbacks.backup", "kerasflow.io.hdf5"): "h5py is loaded when the first file is read or written",
    ("kerasflow.callbacks.base", "pandas"): "pandas is loaded when the first history becomes a data frame",
    ("kerasflow.callbacks.curves", "matplotlib"): "matplotlib is loaded when the first history is plotted",
    ("kerasflow.cli.main", "kerasflow.cli.train"): "a command loads what it needs, help and mistakes nothing heavy",
    ("kerasflow.cli.main", "kerasflow.cli.evaluate"): "a command loads what it needs, help and mistakes nothing heavy",
    ("kerasflow.cli.main", "kerasflow.cli.export"): "a command loads what it needs, help and mistakes nothing heavy",
    ("kerasflow.cli.main", "kerasflow.cli.inspect"): "a command loads what it needs, help and mistakes nothing heavy",
    (
        "kerasflow.cli.main",
        "kerasflow.cli.inspect_data",
    ): "a command loads what it needs, help and mistakes nothing heavy",
    ("kerasflow.cli.main", "kerasflow.cli.predict"): "a command loads what it needs, help and mistakes nothing heavy",
    (
        "kerasflow.cli.main",
        "kerasflow.cli.saved_model",
    ): "a command loads what it needs, help and mistakes nothing heavy",
    ("kerasflow.core.engine.executable", "kerasflow.core.engine.native.splitting"): "only what compiles needs llvmlite",
    ("kerasflow.core.engine.loop", "kerasflow.core.engine.native.looping"): "only what compiles needs llvmlite",
    ("kerasflow.core.engine.native.products", "scipy.linalg"): "SciPy's BLAS is loaded when the first product needs it",
    ("kerasflow.core.engine.native.threads", "scipy.linalg"): "SciPy's BLAS is loaded when the first product needs it",
    ("kerasflow.core.ops.rejection", "scipy.special"): "SciPy is loaded when the first Poisson number is drawn",
    ("kerasflow.core.ops.special", "scipy.special"): "SciPy is loaded when the first special function is computed",
    ("kerasflow.image.decoding", "PIL"): "Pillow is loaded when the first image is read or written",
    ("kerasflow.debug.terminal", "prompt_toolkit"): "it is loaded when the first command is asked for at a terminal",
    ("kerasflow.debug.terminal", "prompt_toolkit.completion"): "it is loaded when the first command is asked for",
    (
        "kerasflow.io.protos",
        "kerasflow.io._messages",
    ): "tensorboard is loaded when the first graph or summary is written",
    ("kerasflow.io.protos", "kerasflow.io._examples"): "protobuf is loaded when the first message is needed",
    ("kerasflow.models.display", "kerasflow.models.progress"): "tqdm is loaded when the first bar is shown",
    ("kerasflow.keras", "kerasflow.keras.estimator"): "estimators are loaded when they are first named",
    ("kerasflow.keras.utils", "kerasflow.models.drawing"): "pictures of models are seldom drawn",
    ("kerasflow.models.painting", "matplotlib"): "matplotlib is loaded when the first picture is painted",
    (
        "kerasflow.models.files.loading",
        "kerasflow.io.hdf5_tree",
    ): "h5py is loaded when the first file is read or written",
    (
        "kerasflow.models.files.saving",
        "kerasflow.io.hdf5_tree",
    ): "h5py is loaded when the first file is read or written",
    (
        "kerasflow.models.files.weights_loading",
        "kerasflow.io.hdf5_tree",
    ): "h5py is loaded when the first file is read or written",
    ("kerasflow.models.weights_file", "kerasflow.io.hdf5"): "h5py is loaded when the first file is read or written",
    ("kerasflow.train.checkpoints", "kerasflow.io.hdf5"): "h5py is loaded when the first file is read or written",
}

FILE_LINES = 400
LISTS = ("kerasflow", "kerasflow.core.ops")  # front doors: names and where they come from, nothing to read
FUNCTION_LINES = 40

COMPUTED = "<computed>"  # what an import by a name that is not a literal counts as
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Import:
    """One imported module. `where` is "top", "function" or "typing" (seen by type checkers only)."""

    target: str
    line: int
    where: str

    @property
    def ours(self) -> bool:
        return within(self.target, "kerasflow")


@dataclass(frozen=True)
class Module:
    """One file of the library under its dotted name; packages are named without `__init__`."""

    name: str
    source: str
    is_package: bool

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)


@dataclass(frozen=True)
class Library:
    """The modules of one source tree, and what each imports."""

    modules: dict[str, Module]

    @classmethod
    def read(cls, package: Path) -> "Library":
        modules = {}
        for path in sorted(package.rglob("*.py")):
            parts = path.relative_to(package.parent).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            modules[name] = Module(name, path.read_text(encoding="utf-8"), is_package)
        return cls(modules)

    @cached_property
    def imports(self) -> dict[str, list[Import]]:
        return {name: list(self._imports(module)) for name, module in self.modules.items()}

    def _imports(self, module: Module) -> Iterator[Import]:
        pending = [(node, "top") for node in module.tree.body]
        for node, where in pending:  # grows while it is walked
            if isinstance(node, FUNCTIONS + (ast.Lambda,)):
                where = "function"
            elif isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
                pending += [(child, where) for child in node.orelse]
                pending += [(child, "typing") for child in node.body]
                continue
            for target in self._targets(node, module):
                yield Import(target, node.lineno, where)
            pending += [(child, where) for child in ast.iter_child_nodes(node)]

    def _targets(self, node: ast.AST, module: Module) -> Iterator[str]:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = module.name.split(".")
                kept = len(parents) - node.level + module.is_package
                base = ".".join([*parents[:kept], *([base] if base else [])])
            for name in (f"{base}.{alias.name}" for alias in node.names):
                yield name if name in self.modules else base
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            yield first.value if isinstance(first, ast.Constant) else COMPUTED


def within(name: str, *rooms: str) -> bool:
    """Whether a dotted name is one of the rooms or inside one of them."""
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def rank(name: str) -> int | None:
    """The rank of a module of ours, or None if no table row has it."""
    room = (name.split(".") + ["__init__"])[1]
    return next((number for number, rooms in enumerate(RANKS) if room in rooms), None)


def unranked(library: Library) -> Iterator[str]:
    """Every module has a rank."""
    for name in library.modules:
        if rank(name) is None:
            yield f"{name}: has no rank; give it a place in RANKS"


def upward_imports(library: Library) -> Iterator[str]:
    """No module imports from a rank above its own, not even for types."""
    for name, imports in library.imports.items():
        for item in imports:
            low, high = rank(name), rank(item.target)
            if item.ours and None not in (low, high) and high > low:
                yield f"{name}:{item.line}: imports {item.target}, which stands above it"


def forbidden_imports(library: Library) -> Iterator[str]:
    """The rules of NEVER hold between rooms that the ranks alone would let import each other."""
    for name, imports in library.imports.items():
        for item in imports:
            for importer, room, allowed in NEVER:
                if within(name, importer) and within(item.target, room) and item.target not in allowed:
                    yield f"{name}:{item.line}: imports {item.target}; {importer} never imports {room}"


def closed_doors(library: Library) -> Iterator[str]:
    """A third-party package is imported in its own rooms only."""
    for name, imports in library.imports.items():
        for item in imports:
            top = item.target.split(".")[0]
            if item.ours or item.where == "typing" or top in sys.stdlib_module_names or top == COMPUTED:
                continue
            lazy = item.where == "function" and (name, item.target) in LAZY_DOORS
            if not lazy and not within(name, *DOORS.get(top, ())):
                yield f"{name}:{item.line}: imports {top}, which has no door there"


def inner_imports(library: Library) -> Iterator[str]:
    """No import inside a function and none by a computed name, save for the lazy doors."""
    for name, imports in library.imports.items():
        for item in imports:
            inside = item.where == "function" or item.target == COMPUTED
            if inside and (name, item.target) not in LAZY_DOORS:
                yield f"{name}:{item.line}: imports {item.target} inside a function"


def stale_doors(library: Library) -> Iterator[str]:
    """Every lazy door of the table is there and has a reason."""
    for (name, target), reason in LAZY_DOORS.items():
        there = any(item.target == target and item.where != "typing" for item in library.imports.get(name, ()))
        if not there or not reason:
            yield f"LAZY_DOORS[{name!r}, {target!r}]: {'no reason is given' if there else 'there is no such import'}"


def cycles(library: Library) -> Iterator[str]:
    """Top-level imports form no cycle. Importing a.b.c also runs a and a.b, unless the importer lives in them."""
    edges: dict[str, set[str]] = {}
    for name, imports in library.imports.items():
        edges[name] = set()
        for target in (item.target for item in imports if item.ours and item.where == "top"):
            parts = target.split(".")
            packages = {".".join(parts[:end]) for end in range(1, len(parts))}
            edges[name] |= {target} | {package for package in packages if not within(name, package)}
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        yield "a cycle: " + " imports ".join(reversed(error.args[1]))


def long_files(library: Library) -> Iterator[str]:
    """A file is one room."""
    for name, module in library.modules.items():
        lines = len(module.source.splitlines())
        if lines > FILE_LINES and name not in LISTS:
            yield f"{name}: {lines} lines, {FILE_LINES} at the most"


def long_functions(library: Library) -> Iterator[str]:
    """A function is read at one glance; its docstring does not count."""
    for name, module in library.modules.items():
        for node in ast.walk(module.tree):
            if isinstance(node, FUNCTIONS):
                start = node.body[0].end_lineno + 1 if ast.get_docstring(node) else node.body[0].lineno
                lines = node.end_lineno - start + 1
                if lines > FUNCTION_LINES:
                    yield f"{name}:{node.lineno}: {node.name} has {lines} lines, {FUNCTION_LINES} at the most"


def asserts(library: Library) -> Iterator[str]:
    """The library raises errors that `python -O` keeps."""
    for name, module in library.modules.items():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Assert):
                yield f"{name}:{node.lineno}: assert in the library"


RULES = (
    unranked,
    upward_imports,
    forbidden_imports,
    closed_doors,
    inner_imports,
    stale_doors,
    cycles,
    long_files,
    long_functions,
    asserts,
)
