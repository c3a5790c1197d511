"""What is public is listed, what is listed is there, and all of it is explained.

Public are the package itself and its rooms, down to any depth, that are neither internal (`INTERNAL`) nor private (a
leading underscore) and say what they offer in `__all__`; every package among them must.
"""

import __future__

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import pytest

import kerasflow

INTERNAL = {"kerasflow.core", "kerasflow.io", "kerasflow.cli"}
WORDS = 4  # the fewest that say more than the name does


def rooms(package=kerasflow):
    """The public modules, found on the disk: the package itself, its rooms, and theirs."""
    found = [package]
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if info.name in INTERNAL or info.name.rpartition(".")[2].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        if info.ispkg:
            found += rooms(module)
        elif hasattr(module, "__all__") or package is kerasflow:
            found.append(module)
    return found


def is_leftover(name, value, module):
    """Whether a visible name ought to be listed: all that stands in a package's front, what a plain module defines."""
    if name.startswith("_") or isinstance(value, ModuleType) or getattr(value, "__module__", None) == "__future__":
        return False
    return hasattr(module, "__path__") or getattr(value, "__module__", None) == module.__name__


def undocumented(value):
    """Whether a class or function lacks a docstring of its own that says something."""
    if inspect.isclass(value):
        text = vars(value).get("__doc__") or ""
        generated = text.startswith(f"{value.__name__}(")
    else:
        text, generated = inspect.getdoc(value) or "", False
    return generated or len(text.split()) < WORDS


def explained(value):
    return inspect.isclass(value) or inspect.isroutine(value)


ROOMS = rooms()


@pytest.fixture(params=ROOMS, ids=lambda module: module.__name__)
def room(request):
    return request.param


def test_all_is_what_is_visible(room):
    listed = list(room.__all__)
    assert len(set(listed)) == len(listed), "a name is listed twice"
    missing = [name for name in listed if not hasattr(room, name)]
    assert not missing, "listed, but not there"
    left = [name for name, value in vars(room).items() if name not in listed and is_leftover(name, value, room)]
    assert not left, "visible, but not listed"
    assert not [name for name in listed if name.startswith("_") and name != "__version__"]


def test_dir_shows_what_is_listed(room):
    assert set(room.__all__) <= set(dir(room))


def test_everything_listed_is_explained(room):
    assert len((room.__doc__ or "").split()) >= WORDS
    values = {name: getattr(room, name) for name in room.__all__}
    bare = [name for name, value in values.items() if explained(value) and undocumented(value)]
    assert not bare, "no docstring, or an empty one"


def test_star_import_takes_the_list(room):
    space = {}
    exec(f"from {room.__name__} import *", space)
    assert set(space) - {"__builtins__"} == set(room.__all__)


def test_the_version_is_a_release_number():
    assert re.fullmatch(r"\d+\.\d+\.\d+", kerasflow.__version__)


# --- the checks above, on modules that fail them -------------------------------------------------------------------


def example(is_package):
    """Make an empty module, or an empty package."""
    module = ModuleType("kerasflow.example")
    if is_package:
        module.__path__ = []
    return module


def test_a_leftover_is_seen():
    front, plain = example(True), example(False)
    here = type("Here", (), {"__module__": plain.__name__})
    assert is_leftover("Path", Path, front) and is_leftover("LIMIT", 3, front)
    assert is_leftover("Here", here, plain) and not is_leftover("Path", Path, plain)
    assert not is_leftover("_Path", Path, front) and not is_leftover("re", re, front)
    assert not is_leftover("annotations", __future__.annotations, front)


def test_a_missing_docstring_is_seen():
    documented = type("Documented", (), {"__doc__": "One line that says something."})
    assert not undocumented(documented) and not undocumented(example)
    assert undocumented(type("Heir", (documented,), {})), "a class explains itself, not through its base"
    assert undocumented(type("Generated", (), {"__doc__": "Generated(a: int, b: int, c: int)"}))
    assert undocumented(type("Terse", (), {"__doc__": "Terse."}))
    assert undocumented(lambda: None)
