"""The library keeps the rules of `tests/architecture.py`, and every rule sees what breaks it."""

from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import (
    RULES,
    Library,
    asserts,
    closed_doors,
    cycles,
    forbidden_imports,
    inner_imports,
    long_files,
    long_functions,
    stale_doors,
    unranked,
    upward_imports,
)

PACKAGE = Path(__file__).resolve().parents[1] / "kerasflow"


@pytest.fixture(scope="module")
def library():
    return Library.read(PACKAGE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_library_keeps(rule, library):
    violations = list(rule(library))
    assert not violations, "\n".join(["", rule.__doc__, *violations])


def test_the_library_is_read(library):
    assert {"kerasflow", "kerasflow.core", "kerasflow.core.errors"} <= set(library.modules)
    assert any(item.target == "numpy" for imports in library.imports.values() for item in imports)


# Each row breaks one rule and no other: the rule, the files, what the message has to say.
BROKEN = {
    "a room nobody ranked": (unranked, {"attic.py": ""}, "kerasflow.attic: has no rank"),
    "upwards": (
        upward_imports,
        {"layers/dense.py": "x = 1\nfrom kerasflow.models import base", "models/base.py": ""},
        "kerasflow.layers.dense:2: imports kerasflow.models",
    ),
    "upwards by a relative import": (
        upward_imports,
        {"core/graph.py": "from ..io import hdf5", "io/hdf5.py": ""},
        "kerasflow.core.graph:1: imports kerasflow.io.hdf5",
    ),
    "upwards from a package's own file": (
        upward_imports,
        {"core/__init__.py": "from ..train import rules", "train/rules.py": ""},
        "kerasflow.core:1: imports kerasflow.train.rules",
    ),
    "upwards for types": (
        upward_imports,
        {"core/graph.py": "if typing.TYPE_CHECKING:\n    import kerasflow.layers"},
        "kerasflow.core.graph:2: imports kerasflow.layers",
    ),
    "upwards where types are not checked": (
        upward_imports,
        {"core/graph.py": "if TYPE_CHECKING:\n    x = 1\nelse:\n    import kerasflow.layers"},
        "kerasflow.core.graph:4: imports kerasflow.layers",
    ),
    "the front door from inside": (upward_imports, {"cli/main.py": "import kerasflow as kf"}, "imports kerasflow,"),
    "io knows graphs": (
        forbidden_imports,
        {"io/hdf5.py": "from kerasflow.core import errors, graph", "core/errors.py": "", "core/graph.py": ""},
        "kerasflow.io.hdf5:1: imports kerasflow.core.graph;",
    ),
    "the engine knows ops": (
        forbidden_imports,
        {"core/engine/plan.py": "from ..ops.linalg import matmul", "core/ops/linalg.py": ""},
        "kerasflow.core.engine.plan:1: imports kerasflow.core.ops.linalg",
    ),
    "the graph knows ops": (
        forbidden_imports,
        {"core/graph.py": "import kerasflow.core.ops.math"},
        "kerasflow.core.graph never imports",
    ),
    "scikit-learn in a model": (
        closed_doors,
        {"models/fit.py": "try:\n    from sklearn.base import clone\nexcept ImportError:\n    clone = None"},
        "kerasflow.models.fit:2: imports sklearn",
    ),
    "tqdm beside its room": (
        closed_doors,
        {"models/progress_bar.py": "import tqdm"},
        "models.progress_bar:1: imports tqdm",
    ),
    "scipy at the top of the core": (closed_doors, {"core/special.py": "import scipy.special"}, "imports scipy"),
    "pandas where types are not checked": (
        closed_doors,
        {"core/a.py": "if not TYPE_CHECKING:\n    import pandas"},
        "kerasflow.core.a:2: imports pandas",
    ),
    "a package without a door": (closed_doors, {"cli/a.py": "import requests"}, "kerasflow.cli.a:1: imports requests"),
    "inside a function": (
        inner_imports,
        {"core/a.py": "def f():\n    def g():\n        import json"},
        "kerasflow.core.a:3: imports json inside a function",
    ),
    "inside a method": (
        inner_imports,
        {"core/a.py": "class A:\n    async def f(self):\n        from os import path"},
        "kerasflow.core.a:3: imports os inside",
    ),
    "by name in a function": (
        inner_imports,
        {"core/a.py": "def f(name):\n    return importlib.import_module('json')"},
        "kerasflow.core.a:2: imports json inside",
    ),
    "by name in a lambda": (inner_imports, {"core/a.py": "f = lambda: __import__('json')"}, "imports json inside"),
    "by a computed name": (inner_imports, {"core/a.py": "x = __import__(name)"}, "imports <computed>"),
    "two modules": (
        cycles,
        {"core/a.py": "from . import b", "core/b.py": "from kerasflow.core.a import x"},
        "kerasflow.core.a",
    ),
    "a module and its package": (
        cycles,
        {"core/__init__.py": "from .a import x", "core/a.py": "from kerasflow.core import x"},
        "kerasflow.core imports kerasflow.core.a imports kerasflow.core",
    ),
    "through a package's own file": (
        cycles,
        {
            "layers/a.py": "from kerasflow.layers.deep.leaf import x",
            "layers/deep/__init__.py": "from ..a import y",
            "layers/deep/leaf.py": "",
        },
        "kerasflow.layers.deep",
    ),
    "a long file": (long_files, {"core/a.py": "x = 1\n" * 401}, "kerasflow.core.a: 401 lines"),
    "a long function": (
        long_functions,
        {"core/a.py": "class A:\n  def f(self):\n    '''Doc.'''\n" + "    x = 1\n" * 41},
        "kerasflow.core.a:2: f has 41 lines",
    ),
    "an assert": (asserts, {"core/a.py": "def f(x):\n    assert x"}, "kerasflow.core.a:2: assert"),
}

# What looks like a violation and is none.
CLEAN = {
    "core/__init__.py": "from .a import x",
    "core/errors.py": "",
    "core/types.py": "",
    "core/a.py": "import numpy as np\nfrom . import errors\nif TYPE_CHECKING:\n    from .b import y\n    import pandas",
    "core/b.py": "from __future__ import annotations\nfrom .a import x\nimport os.path\n" + "z = 1\n" * 397,
    "core/c.py": "def f(a,\n      b):\n    '''" + "Doc.\n" * 60 + "    '''\n" + "    x = 1\n" * 40,
    "io/hdf5.py": "import h5py\nfrom kerasflow.core import errors\nfrom ..core.types import DType",
    "estimators/base.py": "import scipy.sparse as sp\nfrom sklearn.base import BaseEstimator",
    "io/table.py": "import pandas as pd",
    "__init__.py": "from kerasflow import core",
}


@pytest.fixture
def doors(monkeypatch):
    """An empty table of lazy doors in place of the library's own."""
    table = {}
    monkeypatch.setattr(architecture, "LAZY_DOORS", table)
    return table


@pytest.fixture
def write(tmp_path, doors):
    """Write files under `kerasflow/`, each folder a package, and read them as a library."""

    def write(files):
        for name, source in files.items():
            path = tmp_path / "kerasflow" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
            for package in path.relative_to(tmp_path).parents[:-1]:
                (tmp_path / package / "__init__.py").touch()
        return Library.read(tmp_path / "kerasflow")

    return write


@pytest.mark.parametrize(("rule", "files", "message"), BROKEN.values(), ids=BROKEN)
def test_a_violation_is_seen(rule, files, message, write):
    tree = write(files)
    found = [(seen, line) for seen in RULES for line in seen(tree)]
    assert [seen for seen, _ in found] == [rule], found
    assert message in found[0][1]


def test_a_clean_tree_has_no_violation(write):
    tree = write(CLEAN)
    assert [line for rule in RULES for line in rule(tree)] == []


def test_a_lazy_door_opens_only_where_the_table_says(write, doors):
    source = "def f():\n    from scipy.linalg import cython_blas"
    tree = write({"core/a.py": source, "core/b.py": source})
    doors["kerasflow.core.a", "scipy.linalg"] = "SciPy's linear algebra takes 0.1 s to import"
    for rule in (inner_imports, closed_doors):
        assert [line.split(":")[0] for line in rule(tree)] == ["kerasflow.core.b"]
    assert not list(stale_doors(tree))


def test_a_lazy_door_does_not_cover_the_top_of_the_file(write, doors):
    doors["kerasflow.core.a", "scipy"] = "a reason"
    assert len(list(closed_doors(write({"core/a.py": "import scipy\ndef f():\n    import scipy"})))) == 1


def test_a_lazy_door_that_is_gone_or_unexplained_is_stale(write, doors):
    doors["kerasflow.core.a", "scipy"] = ""
    doors["kerasflow.core.b", "scipy"] = "a reason"
    found = list(stale_doors(write({"core/a.py": "def f():\n    import scipy"})))
    assert [line.split(": ")[1] for line in found] == ["no reason is given", "there is no such import"]


def test_every_rule_is_broken_by_some_tree():
    assert {rule for rule, _, _ in BROKEN.values()} | {stale_doors} == set(RULES)
