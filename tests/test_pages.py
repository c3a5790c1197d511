"""The pages name only what exists: names of the library, and files that links lead to."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest

import kerasflow

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

IMPORT = re.compile(r"^(?:>>> )?from (kerasflow[\w.]*) import ([\w, ]+)$", re.MULTILINE)
DOTTED = re.compile(r"\b(?:tf|kerasflow)((?:\.[A-Za-z_]\w*)+)")
LINK = re.compile(r"\]\(([^)#\s]+)\)")


def names_in(text):
    """Every dotted name of the library that a page mentions, without the leading `tf` or `kerasflow`."""
    imported = [f"{room}.{name.split()[0]}" for room, names in IMPORT.findall(text) for name in names.split(",")]
    return {name.removeprefix("kerasflow.") for name in imported} | {name[1:] for name in DOTTED.findall(text)}


def exists(dotted):
    """Whether attributes, or modules still to be imported, lead from the package to the name."""
    value = kerasflow
    for part in dotted.split("."):
        if not hasattr(value, part) and isinstance(value, ModuleType):
            try:
                importlib.import_module(f"{value.__name__}.{part}")
            except ImportError:
                return False
        if not hasattr(value, part):
            return False
        value = getattr(value, part)
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_a_page_names_only_what_exists(page):
    text = page.read_text(encoding="utf-8")
    assert not sorted(name for name in names_in(text) if not exists(name))
    links = [link for link in LINK.findall(text) if "://" not in link]
    assert not [link for link in links if not (page.parent / link).exists()]


def test_names_are_found_in_a_page():
    text = "`tf.train.Saver`\n>>> from kerasflow.layers import Dense, Dropout\nkerasflow.config.set_engine(x) notf.x"
    assert names_in(text) == {"train.Saver", "layers", "layers.Dense", "layers.Dropout", "config.set_engine"}
    assert exists("errors.OpError") and exists("core.types") and not exists("errors.NoSuchError")
