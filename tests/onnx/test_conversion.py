"""Parts of graphs as models of ONNX: what is taken along, what it is called, what is said where there is no form."""

import subprocess
import sys

import numpy as np
import onnx
import pytest

import kerasflow as tf
import kerasflow.onnx
from kerasflow.core.errors import FailedPreconditionError
from kerasflow.onnx import ExportError, convert_graph
from tests.onnx.running import run


def test_variables_are_the_constants_that_they_are_now():
    x = tf.placeholder(tf.float32, [None, 2])
    w = tf.Variable([[1.0], [2.0]], name="w")
    y = tf.matmul(x, w)
    with tf.Session() as sess:
        with pytest.raises(FailedPreconditionError, match=r"\['w:0'\] have no value"):
            convert_graph(sess, {"x": x}, {"y": y})
        sess.run(w.initializer)
        sess.run(w.assign([[3.0], [4.0]]))
        model = convert_graph(sess, {"x": x}, {"y": y})
        sess.run(w.assign([[0.0], [0.0]]))
    assert [t.name for t in model.graph.initializer] == ["w"]
    np.testing.assert_allclose(run(model, {"x": np.array([[1, 10]], np.float32)})["y"], [[43.0]])


def test_it_is_made_for_what_runs_today():
    x = tf.placeholder(tf.float32, [None, 2])
    with tf.Session() as sess:
        model = convert_graph(sess, {"x": x}, {"y": x + 1.0}, "plus", batch="rows", metadata={"by": "me"})
    assert (model.ir_version, [(o.domain, o.version) for o in model.opset_import]) == (8, [("", 17)])
    assert (model.producer_name, model.graph.name) == ("kerasflow", "plus")
    assert {p.key: p.value for p in model.metadata_props} == {"by": "me"}
    dims = model.graph.output[0].type.tensor_type.shape.dim
    assert (dims[0].dim_param, dims[1].dim_value) == ("rows", 2)


def test_what_is_fed_may_lie_anywhere_in_the_graph():
    x = tf.placeholder(tf.float32, [3])
    hidden = tf.exp(x)
    with tf.Session() as sess:
        model = convert_graph(sess, {"h": hidden}, {"y": hidden * 2.0})
    assert run(model, {"h": np.ones(3, np.float32)})["y"].tolist() == [2.0] * 3


def test_outputs_may_be_inputs_constants_and_each_other():
    x = tf.placeholder(tf.float32, [2])
    y = tf.negative(x)
    with tf.Session() as sess:
        model = convert_graph(sess, {"x": x}, {"same": x, "seven": tf.constant(7.0), "y": y, "again": y})
    found = run(model, {"x": np.array([1, -2], np.float32)})
    assert {k: v.tolist() for k, v in found.items()} == {
        "same": [1.0, -2.0],
        "seven": 7.0,
        "y": [-1.0, 2.0],
        "again": [-1.0, 2.0],
    }


def test_only_what_the_outputs_need_is_taken_along():
    x, other = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.float32, [2])
    tf.py_func(np.sin, [other], tf.float32)
    with tf.Session() as sess:
        model = convert_graph(sess, {"x": x}, {"y": tf.square(x)})
    assert [n.op_type for n in model.graph.node] == ["Mul", "Identity"]


def test_a_table_of_texts_is_taken_along():
    table = tf.lookup.HashTable(tf.lookup.KeyValueTensorInitializer(["a", "ß"], np.array([3, 5])), -1)
    x = tf.placeholder(tf.string, [None])
    y = table.lookup(x)
    with tf.Session() as sess:
        with pytest.raises(ExportError, match="has not been initialised"):
            convert_graph(sess, {"x": x}, {"y": y})
        sess.run(tf.tables_initializer())
        model = convert_graph(sess, {"x": x}, {"y": y})
    assert run(model, {"x": np.array(["ß", "c", "a"], object)})["y"].tolist() == [5, -1, 3]


def test_one_error_names_all_that_has_no_form():
    x = tf.placeholder(tf.float32, [2, 2])
    u = tf.Variable([0.0, 0.0])
    y = tf.py_func(np.sin, [x], tf.float32, name="mine") + tf.matrix_inverse(x, name="inverse")
    with tf.control_dependencies([u.assign([1.0, 1.0])]):
        y = tf.identity(y + tf.random_uniform([2, 2], name="noise"))
    with tf.Session() as sess:
        sess.run(u.initializer)
        with pytest.raises(ExportError) as caught:
            convert_graph(sess, {}, {"y": y})
    text = str(caught.value)
    for part in (
        "(PyFunc): it runs a Python function",
        "'inverse' (MatrixInverse): it has no form in ONNX",
        "(Assign): it changes a variable",
        "(RandomUniform): it draws random numbers",
        "(Placeholder): it is not among the inputs",
    ):
        assert part in text
    assert text.count("test_conversion.py:") == 5


def test_what_has_no_form_inside_of_a_loop_is_named_too():
    from kerasflow.core.ops.recurrence import recur

    rows = tf.placeholder(tf.float32, [None, 2])
    last, _ = recur(lambda s, x: ([s[0] + tf.digamma(x[0], name="odd")], []), [tf.zeros([2])], [rows])
    with (
        tf.Session() as sess,
        pytest.raises(ExportError, match=r"(?s)written as ONNX:.*odd' \(Digamma\): it has no form"),
    ):
        convert_graph(sess, {"rows": rows}, {"last": last[0]})


def test_a_loop_over_nothing_but_a_number_of_rounds():
    from kerasflow.core.ops.recurrence import recur

    x = tf.placeholder(tf.float32, [2])
    last, kept = recur(lambda s, _: ([s[0] * 2.0 + x], [s[0]]), [tf.zeros([2])], length=3, reverse=True)
    with tf.Session() as sess:
        model = convert_graph(sess, {"x": x}, {"last": last[0], "kept": kept[0]})
        given = np.array([1, -1], np.float32)
        wanted = sess.run([last[0], kept[0]], {x: given})
    found = run(model, {"x": given})
    np.testing.assert_array_equal(found["last"], wanted[0])
    np.testing.assert_array_equal(found["kept"], wanted[1])


def test_a_loop_with_a_condition():
    x = tf.placeholder(tf.float32, [None, 2])
    factor = tf.Variable([[0.5, 0.0], [0.25, 0.5]])
    most = tf.reduce_max(x) + 10.0

    def smaller(i, total, rows):
        return tf.less(tf.reduce_sum(total), most)

    loop = tf.while_loop(
        smaller, lambda i, t, r: (i + 1, t + tf.abs(r), tf.matmul(r, factor)), (0, tf.zeros([3, 2]), x)
    )
    with tf.Session() as sess:
        sess.run(factor.initializer)
        model = convert_graph(sess, {"x": x}, {"rounds": loop[0], "total": loop[1], "rows": loop[2]})
        for scale in (1.0, 2.0, 100.0):  # the last one goes through no round but the first
            given = scale * np.array([[1, -2], [0.5, 3], [4, 1]], np.float32)
            wanted = sess.run(loop, {x: given})
            found = run(model, {"x": given})
            for got, want in zip((found["rounds"], found["total"], found["rows"]), wanted, strict=True):
                np.testing.assert_allclose(got, want, rtol=1e-6)
                assert got.dtype == want.dtype


@pytest.mark.parametrize(("most", "start"), [(3, 0), (0, 0), (None, 9)])
def test_a_loop_of_at_most_so_many_rounds(most, start):
    x = tf.placeholder(tf.float32, [])
    options = {"maximum_iterations": most}
    loop = tf.while_loop(
        lambda i, y: i < 5, lambda i, y: (i + 1, y * x), (tf.constant(start), tf.constant(1.0)), **options
    )
    with tf.Session() as sess:
        model = convert_graph(sess, {"x": x}, {"i": loop[0], "y": loop[1]})
        wanted = sess.run(loop, {x: 2.0})
    found = run(model, {"x": np.float32(2)})
    assert (found["i"], found["y"]) == tuple(wanted)


def test_branches():
    x, flag = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.bool, [])
    w = tf.Variable(3.0)
    chosen = tf.cond(flag, lambda: [x * w, tf.reduce_sum(x)], lambda: [x - 1.0, tf.constant(7.0)])
    with tf.Session() as sess:
        sess.run(w.initializer)
        model = convert_graph(sess, {"x": x, "flag": flag}, {"a": chosen[0], "b": chosen[1]})
        for side in (True, False):
            given = np.array([1, 2, 4], np.float32)
            wanted = sess.run(chosen, {x: given, flag: side})
            found = run(model, {"x": given, "flag": np.array(side)})
            np.testing.assert_array_equal(found["a"], wanted[0])
            assert found["b"] == wanted[1]


def test_a_function_of_each_row():
    x = tf.placeholder(tf.float32, [None, 2])
    y = tf.map_fn(lambda row: tf.reduce_sum(row) * 2.0, x)
    with tf.Session() as sess:
        model = convert_graph(sess, {"x": x}, {"y": y})
    assert run(model, {"x": np.array([[1, 2], [3, 4], [5, 6]], np.float32)})["y"].tolist() == [6.0, 14.0, 22.0]


def test_loops_that_have_no_form():
    total, x = tf.Variable(0.0), tf.placeholder(tf.float32, [])

    def body(i):
        with tf.control_dependencies([tf.assign_add(total, 1.0)]):
            return i + 1

    counted = tf.while_loop(lambda i: i < 3, body, [tf.constant(0)])
    many = tf.TensorArray(tf.float32, 0, dynamic_size=True)
    _, many = tf.while_loop(lambda i, _: i < 3, lambda i, a: (i + 1, a.write(i, x)), (0, many))
    with tf.Session() as sess:
        sess.run(total.initializer)
        with pytest.raises(ExportError, match=r"\(While\): it changes a variable"):
            convert_graph(sess, {}, {"i": counted})
        with pytest.raises(ExportError, match=r"test_conversion.py:"):
            convert_graph(sess, {"x": x}, {"y": many.stack()})


def test_types_and_shapes_that_there_are_not():
    x, open_ = tf.placeholder(tf.complex64, [2]), tf.placeholder(tf.float32)
    with tf.Session() as sess:
        with pytest.raises(ExportError, match="complex"):
            convert_graph(sess, {"x": x}, {"y": x + x})
        with pytest.raises(ExportError, match="number of axes of 'x' is not known"):
            convert_graph(sess, {"x": open_}, {"y": open_ + 1.0})


@pytest.mark.parametrize("outputs", [{}, {"x": 0}])
def test_names_that_cannot_be(outputs):
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as sess, pytest.raises(ValueError, match="called otherwise than its inputs"):
        convert_graph(sess, {"x": x}, {name: x + 1.0 for name in outputs})


def test_an_image_whose_size_is_open():
    x = tf.placeholder(tf.float32, [None, None, None, 2])
    w = np.random.default_rng(0).normal(size=(3, 3, 2, 4)).astype(np.float32)
    y = tf.nn.max_pool(tf.nn.conv2d(x, w, strides=2, padding="SAME"), 2, 2, "SAME")
    with tf.Session() as sess:
        model = convert_graph(sess, {"x": x}, {"y": y})
        for height in (5, 8):
            image = np.random.default_rng(1).normal(size=(1, height, 7, 2)).astype(np.float32)
            np.testing.assert_allclose(run(model, {"x": image})["y"], sess.run(y, {x: image}), rtol=1e-5, atol=1e-5)


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    x = tf.placeholder(tf.float32, [2])
    path = tmp_path / "m.onnx"
    with tf.Session() as sess:
        kerasflow.onnx.save_graph(sess, path, {"x": x}, {"y": x * 2.0})
        before = path.read_bytes()
        with pytest.raises(ExportError):
            kerasflow.onnx.save_graph(sess, path, {"x": x}, {"y": tf.digamma(x)})
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["m.onnx"]
    onnx.checker.check_model(str(path), full_check=True)


def test_two_files_of_one_graph_are_the_same(tmp_path):
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.layers.dense(x, 2, tf.nn.relu)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        first, second = (convert_graph(sess, {"x": x}, {"y": y}).SerializeToString() for _ in range(2))
    assert first == second


def test_without_the_package_the_remedy_is_said():
    program = (
        "import sys; sys.modules['onnx'] = None\n"
        "import kerasflow as tf\n"
        "m = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])\n"
        "try: m.export('m.onnx')\n"
        "except ImportError as e: print(e)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'kerasflow[onnx]'" in done.stdout
