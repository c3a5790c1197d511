"""Graphs as messages and back: of ours nothing is lost, TensorFlow's give what they gave there."""

import importlib
import json
import pkgutil
import sys
from pathlib import Path

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.graphdef.kept import from_text, to_text
from kerasflow.graphdef.values import from_tensor, to_tensor
from tests.core.ops import cases

WITH_BODIES = {"Scan"}  # which are graphs of their own, and not kept
GENUINE = Path(__file__).parents[1] / "golden" / "graph"


def all_cases():
    for module in pkgutil.iter_modules(cases.__path__):
        listed = getattr(importlib.import_module(f"{cases.__name__}.{module.name}"), "CASES", {})
        yield from ((name, case) for name, found in listed.items() if name not in WITH_BODIES for case in found)


FIRST = {name: case for name, case in reversed(list(all_cases()))}


def there_and_back(case):
    """What the case gives, and what its graph gives after it has been a message."""
    with tf.Graph().as_default() as graph:
        given = [tf.placeholder(a.dtype, a.shape) for a in case.arrays]
        try:
            results = case.build(*given)
        except (ValueError, TypeError):  # it has to know the values
            given = [tf.constant(a) for a in case.arrays]
            results = case.build(*given)
        results = list(results) if isinstance(results, (list, tuple)) else [results]
        with tf.Session() as session:
            wanted = session.run(results, dict(zip(given, case.arrays, strict=True)))
    octets = graph.as_graph_def(add_shapes=True).SerializeToString()
    with tf.Graph().as_default() as other:
        names = [t.name for t in [*given, *results]]
        tensors = tf.import_graph_def(tf.GraphDef.FromString(octets), return_elements=names, name="")
        with tf.Session() as session:
            found = session.run(tensors[len(given) :], dict(zip(tensors, case.arrays, strict=False)))
    return graph, other, wanted, found


@pytest.mark.parametrize("name", sorted(FIRST))
def test_every_operation_comes_back(name):
    graph, other, wanted, found = there_and_back(FIRST[name])
    for a, b in zip(wanted, found, strict=True):
        np.testing.assert_array_equal(a, b)
    assert name in [o.type for o in graph.get_operations()]
    assert {"Div": "RealDiv"}.get(name, name) in [o.type for o in other.get_operations()]


@pytest.mark.slow
def test_every_case_comes_back():
    count = 0
    for _, case in all_cases():
        _, _, wanted, found = there_and_back(case)
        for a, b in zip(wanted, found, strict=True):
            np.testing.assert_array_equal(a, b)
        count += 1
    assert count > 1000


def test_a_graph_of_tensorflow_gives_what_it_gave_there():
    values = json.loads((GENUINE / "values.json").read_text())
    saver = tf.train.import_meta_graph(GENUINE / "m.ckpt.meta")
    inputs = {"images/x:0": np.float32, "tables/t:0": np.float32, "tables/n:0": np.int32}
    arrays = {k: np.array(values[k]["numbers"]).reshape(values[k]["shape"]).astype(d) for k, d in inputs.items()}
    results = tf.get_collection("results")
    assert len(results) == len(values) - len(inputs) > 50
    with tf.Session() as session:
        saver.restore(session, GENUINE / "m.ckpt")
        found = session.run(results, arrays)
    for t, value in zip(results, found, strict=True):
        wanted = values[t.name]
        assert list(np.shape(value)) == wanted["shape"], t.name
        np.testing.assert_allclose(np.ravel(value), wanted["numbers"], rtol=2e-5, atol=2e-6, err_msg=t.name)


def test_its_collections_come_along():
    tf.train.import_meta_graph(str(GENUINE / "m.ckpt.meta"))
    assert tf.get_collection("answer") == [42] and tf.get_collection("words") == [b"hello"]
    assert [o.name for o in tf.get_collection("places")] == ["count/Assign"]
    assert [v.name for v in tf.local_variables()] == ["count:0"]
    trainable = {v.op.name for v in tf.trainable_variables()}
    assert {"tables/w", "images/batch_normalization/gamma"} <= trainable
    assert "images/batch_normalization/moving_mean" not in trainable
    assert len(tf.global_variables()) == 9
    assert not any(o.name.startswith("save/") for o in tf.get_default_graph().get_operations())
    with tf.Session() as session:
        session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        assert session.run("count:0") == 7
        assert not session.run("images/bias:0").tolist() == [0.0] * 4


# --- what nodes look like --------------------------------------------------------------------------------------------


def nodes():
    return {n.name: n for n in tf.get_default_graph().as_graph_def().node}


def test_attributes_that_are_inputs_there():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    tf.reduce_sum(x, name="all")
    tf.reduce_mean(x, 1, keepdims=True, name="rows")
    tf.concat([x, x], -1, name="joined")
    tf.transpose(x, name="turned")
    found = nodes()
    assert list(found["all"].input) == ["x", "all/reduction_indices"]
    axes, _ = from_tensor(found["all/reduction_indices"].attr["value"].tensor)
    assert axes.tolist() == [0, 1] and axes.dtype == np.int32
    assert found["rows"].attr["keep_dims"].b and not found["all"].attr["keep_dims"].b
    assert list(found["joined"].input) == ["x", "x", "joined/axis"] and found["joined"].attr["N"].i == 2
    assert from_tensor(found["turned/perm"].attr["value"].tensor)[0].tolist() == [1, 0]
    assert found["x"].attr["shape"].shape.dim[1].size == 3


def test_variables_look_like_tensorflows():
    w = tf.Variable([1.0, 2.0], name="w")
    tf.assign_add(w, [1.0, 1.0], name="more")
    found = nodes()
    assert (found["w"].op, found["w/read"].op, found["w/Assign"].op) == ("VariableV2", "Identity", "Assign")
    assert list(found["w/Assign"].input) == ["w", "w/initial_value"]
    assert list(found["w/read"].input) == ["w"] and list(found["more"].input)[0] == "w"
    assert found["w/read"].attr["_class"].list.s[0] == b"loc:@w"


def test_slices():
    x = tf.placeholder(tf.float32, [4, 5, 6], name="x")
    _ = x[1, ..., tf.newaxis, ::-2]
    node = nodes()["strided_slice"]
    masks = {k: node.attr[f"{k}_mask"].i for k in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}
    assert masks == {"begin": 8, "end": 8, "ellipsis": 2, "new_axis": 4, "shrink_axis": 1}
    rows = [from_tensor(nodes()[n].attr["value"].tensor)[0].tolist() for n in list(node.input)[1:]]
    assert rows == [[1, 0, 0, 0], [2, 0, 0, 0], [1, 1, 1, -2]]


def test_control_inputs_and_scopes_come_back():
    with tf.Graph().as_default() as graph:
        v = tf.Variable(1.0, name="v")
        with tf.name_scope("s"), tf.control_dependencies([v.assign_add(1.0)]):
            tf.identity(v.read_value(), name="after")
    with tf.Graph().as_default():
        (after,) = tf.import_graph_def(graph.as_graph_def(), return_elements=["s/after:0"], name="copy")
        assert after.name == "copy/s/after:0"
        assert [c.name for c in after.op.inputs[0].op.control_inputs] == ["copy/s/AssignAdd"]
        variable = tf.get_default_graph().get_operation_by_name("copy/v").attrs["variable"]
        with tf.Session() as session:
            session.run(variable.initializer)
            assert [session.run(after) for _ in range(2)] == [2.0, 3.0]


def test_inputs_can_be_replaced():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        tf.square(x, name="y")
    (y,) = tf.import_graph_def(graph.as_graph_def(), {"x": tf.constant(3.0)}, ["y:0"])
    assert tf.Session().run(y) == 9.0
    with pytest.raises(ValueError, match="input_map names what is not there: z:0"):
        tf.import_graph_def(graph.as_graph_def(), {"z:0": tf.constant(3.0)})


def test_a_part_that_was_renamed_elsewhere_is_found():
    """Another program may put our nodes into a scope of its own."""
    with tf.Graph().as_default() as graph:
        tf.reduce_sum(tf.placeholder(tf.float32, [2, 3], name="x"), 1, name="sum")
    message = graph.as_graph_def()
    for node in message.node:
        node.name = f"theirs/{node.name}"
        node.input[:] = [f"theirs/{i}" for i in node.input]
    (total,) = tf.import_graph_def(message, return_elements=["theirs/sum:0"], name="")
    assert tf.Session().run(total, {"theirs/x:0": np.ones((2, 3))}).tolist() == [3.0, 3.0]
    assert [o.type for o in tf.get_default_graph().get_operations()] == ["Placeholder", "Sum"]


# --- arrays and attributes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["float16", "float32", "float64", "int8", "int64", "uint16", "bool", "complex64"])
def test_arrays_come_back(name):
    array = np.array([[0, 1, 2], [3, 4, 100]]).astype(name)
    found, dtype = from_tensor(to_tensor(array, tf.as_dtype(name)))
    assert dtype == array.dtype and found.dtype == array.dtype
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("field", "values", "number", "wanted"),
    [
        ("float_val", [1.5, 2.5], 1, [1.5, 2.5, 2.5]),
        ("double_val", [1.5], 2, [1.5, 1.5, 1.5]),
        ("int_val", [-1, 2, 3], 3, [-1, 2, 3]),
        ("int64_val", [1 << 40], 9, [1 << 40] * 3),
        ("bool_val", [True, False], 10, [True, False, False]),
        ("string_val", [b"a", b"\0"], 7, [b"a", b"\0", b"\0"]),
        ("half_val", [0x3C00, 0x4000], 19, [1.0, 2.0, 2.0]),
        ("scomplex_val", [1.0, 2.0, 3.0, 4.0], 8, [1 + 2j, 3 + 4j, 3 + 4j]),
    ],
)
def test_elements_that_are_left_out_are_like_the_last(field, values, number, wanted):
    tensor = to_tensor(np.zeros(3, np.float32), tf.float32)
    tensor.tensor_content, tensor.dtype = b"", number
    getattr(tensor, field).extend(values)
    assert from_tensor(tensor)[0].tolist() == wanted


@pytest.mark.parametrize("change", ["content", "shape", "rank", "type", "many", "none"])
def test_arrays_that_are_not_sound(change):
    tensor = to_tensor(np.zeros((2, 3), np.float32), tf.float32)
    if change == "content":
        tensor.tensor_content = b"123"
    elif change == "shape":
        tensor.tensor_shape.dim[0].size = -1
    elif change == "rank":
        tensor.tensor_shape.unknown_rank = True
    elif change == "type":
        tensor.dtype = 20
    else:
        tensor.tensor_content = b""
        tensor.float_val.extend([0.0] * (7 if change == "many" else 0))
    with pytest.raises(ValueError, match=r"stored array|type number 20"):
        from_tensor(tensor)


@pytest.mark.parametrize(
    ("number", "size", "field", "what"),
    [
        (10, 2, {"tensor_content": b"\x01\x02"}, "truth values that are neither 0 nor 1"),
        (19, 2, {"half_val": [0, 1 << 16]}, "elements of more than 16 bits"),
        (6, 2, {"int_val": [0, 128]}, "numbers that are no int8"),
        (2, 1 << 40, {"double_val": [1.0]}, "has more than 2147483648 bytes"),
    ],
)
def test_arrays_that_lie(number, size, field, what):
    tensor = tf.GraphDef().node.add().attr["value"].tensor
    tensor.MergeFrom(type(tensor)(dtype=number, **field))
    tensor.tensor_shape.dim.add().size = size
    with pytest.raises(ValueError, match=what):
        from_tensor(tensor)


EMPTY = '{"name": "strided_slice", "inputs": [], "kind": "A", "attrs": {"a": {"number": ["float32", ""]}}}'


def test_attributes_as_text():
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = x[tf.constant(1), ::-1]
    kept = from_text(to_text(y.op), "strided_slice", lambda name: name)
    assert kept.kind == "StridedSlice" and kept.inputs == [t.name for t in y.op.inputs] and kept.attrs == y.op.attrs
    for wrong in (
        "",
        "{}",
        "[]",
        '{"name": "strided_slice", "inputs": [], "kind": "A", "attrs": {"a": {"code": 1}}}',
        EMPTY,
    ):
        with pytest.raises(ValueError, match="not what kerasflow writes"):
            from_text(wrong, "strided_slice", lambda name: name)
    with pytest.raises(ValueError, match="was called 'strided_slice'"):
        from_text(to_text(y.op), "other", lambda name: name)


# --- complaints ------------------------------------------------------------------------------------------------------


def message(*described):
    """A graph definition of nodes: name, kind, inputs."""
    graph = tf.GraphDef()
    for name, kind, *inputs in described:
        graph.node.add(name=name, op=kind, input=inputs)
    return graph


@pytest.mark.parametrize(
    ("described", "what"),
    [
        ([("a", "Frobnicate")], r"'a' \(Frobnicate\) cannot be imported: kerasflow has no operation"),
        ([("a", "NoOp"), ("a", "NoOp")], "two nodes of one name"),
        ([("a", "Identity", "b")], "lacks nodes that others take: b"),
        ([("a", "Identity", "b"), ("b", "Identity", "a")], "a circle"),
        ([("a", "NoOp"), ("b", "Identity", "a:3")], "its input 'a:3' is not there"),
        ([("a", "Const")], r"'a' \(Const\) cannot be imported"),
        ([("v", "NoOp"), ("a", "Assign", "v", "v")], "'v' is not a variable"),
        ([("a", "Identity")], r"'a' \(Identity\) cannot be imported"),
        ([("a", "Sum")], r"'a' \(Sum\) cannot be imported"),
        ([("", "NoOp")], "'' is not a name for a node"),
        ([("a/", "NoOp")], "'a/' is not a name for a node"),
        ([("a", "NoOp"), ("b", "Identity", "a:-1")], "its input 'a:-1' is not there"),
        ([("a", "While")], "'a' .While. cannot be imported: loops and branches have bodies"),
    ],
)
def test_graphs_that_are_not_sound(described, what):
    with pytest.raises(ValueError, match=what):
        tf.import_graph_def(message(*described), name="")


def test_loops_and_branches_are_written_for_the_eye():
    with tf.Graph().as_default() as graph:
        tf.while_loop(lambda i: i < 10, lambda i: i + 1, [tf.constant(0)])
        tf.cond(tf.placeholder(tf.bool, []), lambda: tf.constant(1.0), lambda: tf.constant(2.0))
        tf.map_fn(tf.sin, tf.constant([1.0]))
    definition = graph.as_graph_def(add_shapes=True)
    assert {"While", "If", "Scan"} <= {n.op for n in definition.node}
    with pytest.raises(ValueError, match=r"\(While\) cannot be imported: loops and branches have bodies"):
        tf.import_graph_def(definition)


def test_sizes_that_no_integer_holds():
    definition = message(("a", "Placeholder"), ("b", "Shape", "a"))
    definition.node[0].attr["dtype"].type = 1
    definition.node[0].attr["shape"].shape.dim.add().size = 1 << 62
    with pytest.raises(ValueError, match=r"'b' \(Shape\) cannot be imported"):
        tf.import_graph_def(definition)


def test_other_things_are_no_graphs():
    with pytest.raises(TypeError, match="must be a GraphDef message, got dict"):
        tf.import_graph_def({})
    with tf.Graph().as_default() as graph:
        tf.square(tf.constant(1.0, name="x"), name="square")
    with pytest.raises(ValueError, match="has no 'sqare:0'. Did you mean 'square'"):
        tf.import_graph_def(graph.as_graph_def(), return_elements=["sqare:0"])
    with pytest.raises(ValueError, match="'square' has 1 outputs"):
        tf.import_graph_def(graph.as_graph_def(), return_elements=["square:1"])


@pytest.mark.parametrize("kind", ["Identity", "StopGradient", "Square", "Relu"])
def test_an_input_too_many(kind):  # kernels would take it for the place of the result, and write into it
    definition = message(("x", "Placeholder"), ("a", kind, "x", "x"))
    definition.node[0].attr["dtype"].type = 1
    with pytest.raises(ValueError, match=rf"'a' \({kind}\) cannot be imported: it takes 1 inputs"):
        tf.import_graph_def(definition)


@pytest.mark.parametrize(("kind", "attr"), [("Square", "where"), ("Square", "casting"), ("Relu", "out")])
def test_attributes_that_are_for_numpy(kind, attr):  # where=False gives memory that was never written
    definition = message(("x", "Placeholder"), ("a", kind, "x"))
    definition.node[0].attr["dtype"].type = 1
    kept = {"kind": kind, "name": "a", "inputs": ["x:0"], "attrs": {attr: False}}
    definition.node[1].attr["_kerasflow"].s = json.dumps(kept).encode()
    with pytest.raises(ValueError, match=f"it has no attributes {attr}"):
        tf.import_graph_def(definition)


def test_what_is_no_name():
    with pytest.raises(TypeError, match="return_elements must be names, got 3"):
        tf.import_graph_def(message(("a", "NoOp")), return_elements=[3])
    with pytest.raises(TypeError, match="input_map must have names of tensors as keys, got 3"):
        tf.import_graph_def(message(("a", "NoOp")), {3: 1.0})


def test_variables_can_be_asked_for():
    with tf.Graph().as_default() as graph:
        tf.Variable(2.0, name="v")
    v, start = tf.import_graph_def(graph.as_graph_def(), return_elements=["v:0", "v/Assign"])
    with tf.Session() as session:
        session.run(start)
        assert v.name == "import/v:0" and session.run(v) == 2.0


def test_without_tensorboard(monkeypatch):
    monkeypatch.delattr("kerasflow.io._messages", raising=False)
    monkeypatch.setitem(sys.modules, "kerasflow.io._messages", None)
    with pytest.raises(ImportError, match=r"need the package tensorboard: pip install 'kerasflow\[tensorboard\]'"):
        tf.get_default_graph().as_graph_def()
    with pytest.raises(ImportError, match=r"GraphDef\) need"):
        tf.GraphDef()
