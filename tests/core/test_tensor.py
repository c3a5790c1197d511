"""Tensors: what they refuse to do without a value, and what operators make of them."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.graph import apply


def test_a_tensor_has_no_truth_value_no_length_and_no_elements_to_walk_over():
    x = tf.constant([1.0, 2.0], name="x")
    for use, advice in [
        (bool, "tf.cond"),
        (lambda t: not t, "is not None"),
        (lambda t: t > 0.0 and t < 1.0, "no truth value"),
        (len, "tf.shape"),
        (iter, "tf.unstack"),
        (list, "tf.unstack"),
        (lambda t: 1.0 in t, "iterable"),
        (np.asarray, "session.run"),
        (np.mean, "convert_to_numpy"),
        (float, "float"),
    ]:
        with pytest.raises(TypeError, match=advice):
            use(x)


def test_equality_is_identity_and_tensors_are_keys():
    x, y = tf.constant(1.0), tf.constant(1.0)
    assert x == x and x != y and not (x == y)
    assert {x: 1, y: 2}[y] == 2 and x in [y, x]
    assert not (np.ones(2) == x)


@pytest.mark.parametrize(
    "operate",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a * b,
        lambda a, b: a / b,
        lambda a, b: a // b,
        lambda a, b: a % b,
        lambda a, b: a**b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
    ],
)
def test_operators_take_arrays_and_numbers_from_either_side(operate):
    a, b = np.array([7.0, 2.5, 1.0]), np.array([2.0, 2.5, 3.0])
    x, y = tf.constant(a), tf.constant(b)
    pairs = [
        (x, y),
        (x, b),
        (a, y),
        (x, 2.5),
        (7.0, y),
        (np.float64(2.5), y),
        (x, np.float64(2.5)),
        (x, b.tolist()),
    ]
    for left, right in pairs:
        made = operate(left, right)
        assert isinstance(made, tf.Tensor)
        plain = [{id(x): a, id(y): b}.get(id(v), v) for v in (left, right)]
        expected = operate(*[np.asarray(v) for v in plain])
        got = tf.Session().run(made)
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got, expected, rtol=1e-15)


def test_operators_of_truth_values_products_and_signs():
    x, y = tf.constant([True, True, False]), np.array([True, False, False])
    m = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    sess = tf.Session()
    assert sess.run([x & y, y | x, x ^ y, ~x])[0].tolist() == [True, False, False]
    assert sess.run(y | x).tolist() == [True, True, False] and sess.run(y ^ x).tolist() == [False, True, False]
    assert sess.run(~x).tolist() == [False, False, True]
    assert sess.run([-m, abs(-m)])[1].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert (
        sess.run(m @ m).tolist() == sess.run(np.float32([[1, 2], [3, 4]]) @ m).tolist() == [[7.0, 10.0], [15.0, 22.0]]
    )


def test_types_do_not_mix_and_numbers_do_not_lose_their_fraction():
    x, i = tf.constant([1.0]), tf.constant([1])
    for mix in (lambda: x + tf.constant(1.0, tf.float64), lambda: i + 1.5, lambda: x + i, lambda: i * x):
        with pytest.raises(TypeError, match="float|int"):
            mix()
    assert (x + np.float64(1.5)).dtype == (x + 1).dtype == tf.float32


def test_a_static_shape_may_become_better_known_only():
    x = tf.placeholder(tf.float32)
    assert x.shape.ndims is None and x.get_shape() == x.shape
    x.set_shape([None, 3])
    x.set_shape([2, None])
    assert x.shape.as_list() == [2, 3]
    for wrong in ([3, 3], [2], [2, 3, 4]):
        with pytest.raises(ValueError, match="not compatible"):
            x.set_shape(wrong)


def test_apply_gives_a_tensor_a_tuple_or_an_operation():
    assert isinstance(apply("Identity", tf.constant(1.0)), tf.Tensor)
    assert isinstance(apply("Unpack", tf.constant([1.0, 2.0]), axis=0, num=2), tuple)
    assert isinstance(apply("NoOp"), tf.Operation)
    with pytest.raises(KeyError):
        apply("NoSuchOperation")


class TestWhatOperationsOfVariablesTake:
    """Programs find initial values, and what depends on a variable, as in TensorFlow."""

    def test_the_variable_comes_first(self):
        w = tf.Variable(3.0, name="w")
        graph = tf.get_default_graph()
        assign, read = graph.get_operation_by_name("w/Assign"), graph.get_operation_by_name("w/read")
        assert [t.name for t in assign.inputs] == ["w:0", "w/initial_value:0"]
        assert [t.name for t in read.inputs] == ["w:0"]
        assert [t.name for t in w.assign_add(1.0, name="more").op.inputs] == ["w:0", "Const:0"]
        assert [o.name for o in w.op.outputs[0].consumers()] == ["w/Assign", "w/read", "more"]
        assert tf.square(w).op.inputs == (read.outputs[0],)
        assert w.op.inputs == ()

    def test_values_are_put_back_by_feeding_initial_values(self):
        w, v = tf.Variable([1.0, 2.0], name="w"), tf.get_variable("v", [2])
        graph = tf.get_default_graph()
        assigns = [graph.get_operation_by_name(f"{x.op.name}/Assign") for x in (w, v)]
        feeds = {a.inputs[1]: [7.0, 8.0 + i] for i, a in enumerate(assigns)}
        with tf.Session() as sess:
            sess.run(assigns, feeds)
            assert [a.tolist() for a in sess.run([w, v])] == [[7.0, 8.0], [7.0, 9.0]]

    def test_a_run_does_not_read_what_it_sets(self):
        w = tf.Variable(3.0, name="w")
        with tf.Session() as sess:
            assert sess.run(w.assign(4.0)) == 4.0
        assert len(w.initializer.operands) == 1

    def test_groups_are_named_after_the_variable(self):
        w = tf.Variable(3.0, name="w")
        assert w.initializer.colocation_groups() == [b"loc:@w"]
        assert w.value().op.colocation_groups() == [b"loc:@w"]
        assert tf.square(w, name="y").op.colocation_groups() == [b"loc:@y"]
        assert w.initializer.op_def.name == "Assign"


def test_slices_are_where_their_values_are():
    with tf.device("/cpu:0"):
        values = tf.constant([1.0])
    slices = tf.IndexedSlices(values, tf.constant([0]))
    used = tf.square(values)
    assert slices.device == "/device:CPU:0" and slices.consumers() == [used.op]
