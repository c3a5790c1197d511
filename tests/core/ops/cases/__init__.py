"""The cases, one module a family: `CASES` maps an operation's type to cases, `EXEMPT` to a test that stands in."""

import importlib
import pkgutil

from tests.core.ops.harness import Case

CASES: dict[str, list[Case]] = {}
EXEMPT: dict[str, str] = {}

for _found in pkgutil.iter_modules(__path__):
    _module = importlib.import_module(f"{__name__}.{_found.name}")
    for _table, _part in ((CASES, _module.CASES), (EXEMPT, getattr(_module, "EXEMPT", {}))):
        if _twice := _table.keys() & _part.keys():
            raise ValueError(f"{_found.name} repeats {sorted(_twice)}")
        _table.update(_part)
