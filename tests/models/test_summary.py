"""The table that `summary` prints."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow import Model, Sequential, layers
from kerasflow.layers import Dense, Input


def table(model, **options):
    lines = []
    model.summary(print_fn=lines.append, **options)
    return lines


def rows(lines):
    """The words of the lines between the two double rules."""
    first, last = (i for i, line in enumerate(lines) if line and set(line) == {"="})
    return [line.split() for line in lines[first + 1 : last]]


def net(**kwargs):
    return Sequential([Input((3,)), Dense(4, activation="relu", name="hidden"), Dense(2, name="out")], **kwargs)


def graph():
    """Two inputs through one layer, and a frozen model within."""
    a, b = Input((3,), name="a"), Input((3,), name="b")
    shared = Dense(2, name="a_layer_with_a_name_that_is_much_too_long")
    inner = Sequential([Input((4,)), Dense(1, name="first"), layers.BatchNormalization(name="second")], name="inner")
    inner.layers[0].trainable = False
    joined = layers.Concatenate(name="both")([shared(a), shared(b)])
    return Model([a, b], [inner(joined), tf.reduce_sum(joined, axis=1, name="total")], name="graph")


def test_a_stack(capsys):
    net(name="net").summary()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'Model: "net"' and {len(lines[i]) for i in (1, 3, -1)} == {78}
    assert lines[2].split() == ["Layer", "(type)", "Output", "Shape", "Param", "#"]
    assert rows(lines) == [["hidden", "(Dense)", "(None,", "4)", "16"], ["out", "(Dense)", "(None,", "2)", "10"]]
    assert lines[-4:-1] == [
        "Total params: 26 (104.00 B)",
        "Trainable params: 26 (104.00 B)",
        "Non-trainable params: 0 (0.00 B)",
    ]


def test_a_graph_says_what_is_connected_to_what():
    found = rows(table(graph()))
    assert found == [
        ["a", "(InputLayer)", "(None,", "3)", "0"],
        ["b", "(InputLayer)", "(None,", "3)", "0"],
        ["a_layer_with_a_name_that_is_much", "(None,", "2)", "8", "a,", "b"],
        ["_too_long", "(Dense)"],
        ["both", "(Concatenate)", "(None,", "4)", "0", "a_layer_with_a_name_that_is_m"],
        ["uch_too_long"],
        ["inner", "(Sequential)", "(None,", "1)", "9", "both"],
        ["total", "(Sum)", "(None,)", "0", "both"],
    ]


def test_models_within_and_what_is_trained():
    found = rows(table(graph(), expand_nested=True, show_trainable=True, line_length=140))
    by_name = {row[row[0] == "└─"]: row for row in found}
    assert [by_name[n][-1] for n in ("a", "inner", "first", "second", "total")] == ["-", "Y", "N", "Y", "-"]
    assert found[-3][0] == found[-2][0] == "└─" and "9" in by_name["inner"] and "5" in by_name["first"]


def test_a_model_that_is_not_built_says_so():
    lines = table(Sequential([Dense(2, name="d")]))
    assert rows(lines) == [["d", "(Dense)", "?", "0", "(unbuilt)"]] and "Total params: 0 (0.00 B)" in lines


def test_the_variables_of_the_optimizer_count_once_there_are_any():
    model = net()
    model.compile("adam", "mse")
    assert not any("Optimizer" in line for line in table(model))
    model.fit(np.zeros((4, 3)), np.zeros((4, 2)), verbose=0)
    (line,) = (line for line in table(model) if line.startswith("Optimizer"))
    assert int(line.split()[2]) >= 2 * 26


def test_widths_and_positions():
    lines = table(net(), line_length=50, positions=[0.4, 0.8, 1.0])
    assert lines[1] == "_" * 50
    assert [lines[2].index(title) for title in ("Layer", "Output", "Param")] == [0, 20, 40]
    assert table(net(), positions=[30, 60, 70])[2].index("Output") == 30
    assert max(map(len, table(graph(), line_length=60))) == 60
    with pytest.raises(ValueError, match="3 columns"):
        net().summary(positions=[0.5, 1.0])


def test_a_part_of_the_layers():
    found = [row[0] for row in rows(table(graph(), layer_range=["b", "bo.*"], line_length=200))]
    assert found == ["b", "a_layer_with_a_name_that_is_much_too_long", "both"]
    with pytest.raises(ValueError, match="No layers match"):
        net().summary(layer_range=["x", "out"])
    with pytest.raises(ValueError, match="two names"):
        net().summary(layer_range="out")


def test_sizes_have_units():
    model = Sequential([Input((1000,)), Dense(1024, name="wide", use_bias=False)])
    assert table(model)[-4] == "Total params: 1,024,000 (3.91 MB)"
