"""`Lookup` on a table of the tests' own; the real tables are tested with what they hold."""

import pytest

from kerasflow.utils.lookup import Configured, Lookup


class DarkRed(Configured):
    arguments = ("depth",)

    def __init__(self, depth=1):
        self.depth = depth


class Rosso(DarkRed):
    """Another default, nothing else."""

    def __init__(self, depth=5):
        super().__init__(depth)


class Blue:
    """A class without get_config."""

    def __init__(self, depth=0):
        self.depth = depth


def green():
    return "green"


def make_red(depth=9):
    return DarkRed(depth)


COLORS = Lookup(
    "color",
    (DarkRed, Blue),
    functions={"green": green, "verde": green},
    aliases={"red": make_red},
    like={Rosso: DarkRed},
)


def test_names_of_classes_make_instances_and_names_of_functions_are_functions():
    assert COLORS.get("DarkRed").depth == COLORS.get("dark_red").depth == 1
    assert COLORS.get("red").depth == 9
    assert COLORS.get("green") is COLORS.get("verde") is green
    assert COLORS.get("blue").depth == 0


def test_serialize():
    assert COLORS.serialize(DarkRed(2)) == {"module": "keras.colors", "class_name": "DarkRed", "config": {"depth": 2}}
    assert COLORS.serialize(Rosso())["class_name"] == "DarkRed"
    assert COLORS.serialize(Rosso())["config"] == {"depth": 5}
    assert COLORS.serialize(green) == "green"
    assert COLORS.serialize(None) is None
    with pytest.raises(ValueError, match="neither a get_config"):
        COLORS.serialize(Blue())


def test_a_class_derived_by_a_user_is_not_taken_for_its_parent():
    class Mine(DarkRed):
        pass

    saved = COLORS.serialize(Mine(3))
    assert saved == {"class_name": "Mine", "config": {"depth": 3}}
    again = COLORS.deserialize(saved, {"Mine": Mine})
    assert (type(again), again.depth) == (Mine, 3)


def test_the_callers_names_come_first():
    class Purple:
        pass

    assert type(COLORS.get("green", {"green": Purple})) is Purple
    assert COLORS.get("purple", {"purple": green}) is green


def test_saved_forms():
    assert COLORS.deserialize({"class_name": "red", "config": {"depth": 4}}).depth == 4
    assert COLORS.deserialize({"class_name": "Blue"}).depth == 0
    assert COLORS.deserialize({"class_name": "function", "config": "green"}) is green
    assert COLORS.deserialize(None) is None
    with pytest.raises(ValueError, match="'green' cannot be made from"):
        COLORS.deserialize({"class_name": "green", "config": {}})


def test_only_the_table_is_looked_at():
    for name in ("Lookup", "builtins.eval", "kerasflow.utils.lookup.Lookup", "__class__"):
        with pytest.raises(ValueError, match="There is no color"):
            COLORS.get({"module": "builtins", "class_name": name, "config": {}})
