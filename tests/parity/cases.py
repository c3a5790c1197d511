"""All cases, of every module of this folder that is called `cases_...`."""

import importlib
import pkgutil

import tests.parity as folder

_modules = [m.name for m in pkgutil.iter_modules(folder.__path__) if m.name.startswith("cases_")]
CASES = [case for name in _modules for case in importlib.import_module(f"tests.parity.{name}").CASES]
