"""Pictures of models: what stands where, who points at whom, files."""

import itertools
import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from kerasflow import Model, Sequential, keras, layers
from kerasflow.keras.utils import plot_model
from kerasflow.layers import Dense, Input
from kerasflow.models.layering import arranged


def branched():
    a, b = Input((3,), name="a"), Input((2,), name="b")
    inner = Sequential([Input((2,), name="start"), Dense(4, name="one"), Dense(4, name="two")], name="inner")
    inner.trainable = False
    left = Dense(4, activation="relu", name="left")(a)
    joined = layers.Add(name="joined")([left, inner(b)])
    return Model([a, b], [Dense(1, name="y")(joined), layers.Concatenate(name="skip")([joined, a])])


def drawn(model, **options):
    return plot_model(model, to_file=None, show_layer_names=True, **options)


def middles(picture):
    """Where the frames around the names stand."""
    found = {}
    for word in picture.words:
        if word.bold:
            holders = [f for f in picture.frames if f.x <= word.x <= f.x + f.width and f.y <= word.y <= f.y + f.height]
            found[word.text] = min(holders, key=lambda f: f.width * f.height)
    return found


def pointing(picture):
    """Pairs of the names of frames that arrows lead from and to."""
    found = set()
    frames = middles(picture)

    def touched(point):
        near = [
            (f.width * f.height, name)
            for name, f in frames.items()
            if f.x - 1 <= point[0] <= f.x + f.width + 1 and f.y - 1 <= point[1] <= f.y + f.height + 1
        ]
        return min(near)[1]

    for arrow in picture.arrows:
        found.add((touched(arrow.points[0]), touched(arrow.points[-1])))
    return found


EDGES = {("a", "left"), ("b", "inner"), ("left", "joined"), ("inner", "joined"), ("joined", "y"), ("joined", "skip")}
EDGES |= {("a", "skip")}


@pytest.mark.parametrize("direction", ["TB", "BT", "LR", "RL"])
def test_arrows_lead_from_who_gives_to_who_takes(direction):
    picture = drawn(branched(), rankdir=direction)
    assert pointing(picture) == EDGES
    frames = middles(picture)
    for source, target in EDGES:
        s, t = frames[source], frames[target]
        down, right = t.y - s.y, t.x - s.x
        forward = {"TB": down, "BT": -down, "LR": right, "RL": -right}[direction]
        assert forward > (s.height if direction in ("TB", "BT") else 0)


@pytest.mark.parametrize("options", [{}, {"show_shapes": True, "show_dtype": True, "expand_nested": True}])
def test_boxes_do_not_touch_and_lie_within_the_picture(options):
    picture = drawn(branched(), **options)
    for f in picture.frames:
        assert f.x >= -0.01 and f.y >= -0.01
        assert f.x + f.width <= picture.width + 0.01 and f.y + f.height <= picture.height + 0.01
    for f, g in itertools.combinations(picture.frames, 2):
        apart = f.x + f.width <= g.x or g.x + g.width <= f.x or f.y + f.height <= g.y or g.y + g.height <= f.y
        inside = f.x <= g.x and g.x + g.width <= f.x + f.width and f.y <= g.y and g.y + g.height <= f.y + f.height
        assert apart or inside and options.get("expand_nested")


def test_what_is_shown_of_a_layer():
    plain = plot_model(branched(), to_file=None)
    assert sorted(w.text for w in plain.words) == sorted(
        ["InputLayer", "InputLayer", "Dense", "Sequential", "Add", "Dense", "Concatenate"]
    )
    picture = drawn(branched(), show_shapes=True, show_dtype=True, show_layer_activations=True, show_trainable=True)
    words = [w.text for w in picture.words]
    assert {"relu", "float32", "(None, 3) → (None, 4)", "2 × (None, 4) → (None, 4)"} <= set(words)
    assert {"16 parameters, trained", "32 parameters, frozen", "(None, 4), (None, 3) → (None, 7)"} <= set(words)
    assert [f.dashed for f in picture.frames] == [f is middles(picture)["inner"] for f in picture.frames]


def test_operations_are_called_what_they_do():
    x = Input((3,), name="x")
    assert [w.text for w in plot_model(Model(x, x * 2.0), to_file=None).words] == ["InputLayer", "Mul"]


def test_models_within():
    picture = drawn(branched(), expand_nested=True)
    assert pointing(picture) >= {("start", "one"), ("one", "two")} | (EDGES - {("b", "inner"), ("inner", "joined")})
    frames = middles(picture)
    around = frames["inner"]
    for name in ("start", "one", "two"):
        f = frames[name]
        assert around.x < f.x and f.x + f.width < around.x + around.width
        assert around.y < f.y and f.y + f.height < around.y + around.height


def test_a_layer_that_takes_from_itself():
    x = Input((3,), name="x")
    shared = Dense(3, name="shared")
    picture = drawn(Model(x, shared(shared(x))))
    assert pointing(picture) == {("x", "shared"), ("shared", "shared")}
    assert max(px for a in picture.arrows for px, _ in a.points) <= picture.width


def test_few_crossings_and_straight_chains():
    sizes = dict.fromkeys(["a", "b", "c", "d", "e", "f"], (40.0, 20.0))
    found = arranged(sizes, [("a", "f"), ("b", "e"), ("c", "d")])
    order = {k: i for row in found.rows for i, k in enumerate(row)}
    assert (order["a"], order["b"], order["c"]) == (order["f"], order["e"], order["d"])
    chain = arranged(sizes, list(itertools.pairwise(sizes)))
    np.testing.assert_allclose([chain.boxes[k].x for k in sizes], 20.0)
    assert [len(row) for row in chain.rows] == [1] * 6
    assert arranged({}, []).rows == []
    late = arranged(sizes, [("a", "c"), ("c", "d"), ("b", "d"), ("d", "e"), ("e", "f")])
    assert [set(row) for row in late.rows[:2]] == [{"a"}, {"b", "c"}]  # an input stands close to who takes it


def test_a_file_of_vectors(tmp_path):
    path = tmp_path / "model.svg"
    x = Input((3,), name="a<b&c")
    picture = plot_model(Model(x, Dense(2)(x)), path, show_layer_names=True)
    root = ElementTree.parse(path).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "a<b&c" in texts and len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) == 3
    assert path.read_text(encoding="utf-8") == picture.svg() == picture._repr_svg_()
    numbers = [float(n) for n in re.findall(r'viewBox="([^"]*)"', picture.svg())[0].split()]
    assert numbers[2] >= picture.width and numbers[3] >= picture.height


def test_a_file_of_dots(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    plot_model(branched(), tmp_path / "model.png", dpi=50)
    assert (tmp_path / "model.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_the_error_has_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'kerasflow\[plot\]'.*to_file='model.svg'"):
        plot_model(branched(), tmp_path / "model.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "options", "what"),
    [
        (branched(), {"rankdir": "up"}, "rankdir must be one of"),
        (branched(), {"to_file": "m.gif"}, "written as .svg or .png"),
        (Sequential([Dense(1)]), {"to_file": None}, "not built yet"),
    ],
)
def test_what_cannot_be_drawn(model, options, what):
    with pytest.raises(ValueError, match=what):
        plot_model(model, **options)


def test_a_model_of_ones_own_is_drawn_as_one_box():
    class Own(keras.Model):
        def call(self, x):
            return x * 2.0

    model = Own(name="own")
    model.build((None, 3))
    assert pointing(drawn(model)) == {(model.inputs[0].name, "own")}
