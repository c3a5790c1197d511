"""Every operation in the registry is held to its cases; one without a case fails."""

import ast
from pathlib import Path

import pytest

import kerasflow  # noqa: F401  # fills the registry
from kerasflow.core.engine.choice import has_compiler
from kerasflow.core.opdef import REGISTRY
from tests.core.ops.cases import CASES, EXEMPT
from tests.core.ops.harness import check_gradient, check_value

ROOT = Path(__file__).resolve().parents[3]

# Operations that a test elsewhere may have registered for itself are not the library's.
NAMES = sorted(name for name, d in REGISTRY.items() if d.infer.__module__.startswith("kerasflow."))
EVERY = [pytest.param(name, case, id=f"{name}-{i}") for name in sorted(CASES) for i, case in enumerate(CASES[name])]

needs_compiler = pytest.mark.skipif(not has_compiler(), reason="the native engine needs llvmlite")
# With the native engine it takes minutes; engine/native/test_agreement.py compares the engines in seconds.
ENGINES = ["interpreter", pytest.param("native", marks=[pytest.mark.slow, needs_compiler])]


@pytest.mark.parametrize("name", NAMES)
def test_has_a_case(name):
    """A case, or the name of the test that stands in for it, but not both."""
    assert (name in CASES) != (name in EXEMPT), f"{name}: write a Case for it in tests/core/ops/cases"
    assert name in EXEMPT or CASES[name]


def test_no_case_for_what_is_not_there():
    assert not (CASES.keys() | EXEMPT.keys()) - set(NAMES)


@pytest.mark.parametrize("name", sorted(EXEMPT))
def test_exempt_operation_is_tested_elsewhere(name):
    """`EXEMPT[name]` is ``path::test``, the path from the root of the project."""
    path, _, test = EXEMPT[name].partition("::")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("name", sorted(name for name in NAMES if REGISTRY[name].vjp and name in CASES))
def test_some_case_checks_the_gradient(name):
    """A differentiable operation has a case that says so, unless nothing flows through it."""
    blocked = REGISTRY[name].vjp.__name__ == "blocked"
    assert blocked or any(case.indices for case in CASES[name])


@pytest.mark.parametrize("on", ENGINES)
@pytest.mark.parametrize(("name", "case"), EVERY)
def test_value(name, case, on):
    check_value(case, name, on)


@pytest.mark.parametrize("on", ENGINES)
@pytest.mark.parametrize(("name", "case"), [p for p in EVERY if p.values[1].indices])
def test_gradient(name, case, on):
    check_gradient(case, name, on)
