"""The page of names says what is true."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def names():
    spec = importlib.util.spec_from_file_location("names", ROOT / "scripts" / "names.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(names):
    rooms = json.loads((ROOT / "tests" / "golden" / "names.json").read_text())
    assert sum(map(len, rooms.values())) > 1500
    assert names.PAGE.read_text(encoding="utf-8") == names.page(rooms), "run: python scripts/names.py"


def test_what_is_not_there_is_not_said_to_be(names):
    text = names.page({"tf": ["square", "no_such_name", "TPUEstimator"], "tf.nn": ["relu"]})
    assert "| `tf` | 1 | 3 |" in text and "Works: `square`" in text
    assert "Not in kerasflow (not yet): `no_such_name`" in text and "(not for a CPU): `TPUEstimator`" in text
