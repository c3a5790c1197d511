"""Weights: arrays that graphs share, and what is drawn or computed outside of graphs."""

import gc
import weakref

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.weights import Weight, evaluate, next_seed


def test_a_weight_owns_a_copy_of_its_value():
    value = np.array([1.0, 2.0], np.float32)
    weight = Weight(value, "w")
    value += 5.0
    assert weight.numpy().tolist() == [1.0, 2.0]
    copy = weight.numpy()
    copy += 5.0
    assert weight.numpy().tolist() == [1.0, 2.0] and weight.numpy_value is weight.cell.value
    assert (weight.dtype, weight.shape.as_list()) == (tf.float32, [2])
    assert repr(weight) == "<Weight 'w' shape=(2,) dtype=float32>"


def test_a_weight_is_found_by_its_path():
    layer = tf.keras.layers.Dense(1, name="d")
    layer.build((None, 2))
    assert [w.path for w in layer.weights] == ["d/kernel", "d/bias"]


def test_each_graph_has_one_variable_of_it():
    weight = Weight(np.float32([1.0]), "layer/w", trainable=False)
    one, other = tf.Graph(), tf.Graph()
    with one.as_default(), tf.name_scope("anywhere"):
        v = weight.variable(one)
        assert weight.variable(one) is v and v.name == "layer/w:0" and v.graph is one
        assert tf.global_variables() == [v] and tf.trainable_variables() == []
    w = weight.variable(other)
    assert w is not v and w.graph is other and w.cell is v.cell
    assert tf.get_default_graph().size == 0


def test_all_sessions_of_all_graphs_see_a_change():
    weight = Weight(np.float32([1.0, 2.0]), "w")
    with tf.Graph().as_default():
        step = weight.variable(tf.get_default_graph()).assign_add([1.0, 1.0])
        training = tf.Session()
    with tf.Graph().as_default():
        y = weight * 10.0
        serving, another = tf.Session(), tf.Session()
    for k in range(1, 4):
        training.run(step)
        assert serving.run(y).tolist() == another.run(y).tolist() == [10.0 + 10.0 * k, 20.0 + 10.0 * k]
    weight.assign([0, 1])
    assert serving.run(y).tolist() == [0.0, 10.0] and training.run(step).tolist() == [1.0, 2.0]


def test_assigning_keeps_shape_and_type():
    weight = Weight(np.float32([1.0, 2.0]), "w")
    for wrong in ([1.0], [[1.0, 2.0]], 1.0):
        with pytest.raises(ValueError, match=r"'w' of shape \(2,\) cannot take"):
            weight.assign(wrong)
    with pytest.raises(TypeError, match="float32"):
        weight.assign(["a", "b"])
    weight.assign(np.array([3.0, 4.0]))
    assert weight.numpy().dtype == np.float32 and weight.numpy().tolist() == [3.0, 4.0]


def test_a_bound_array_is_the_value_itself():
    weight, array = Weight(np.zeros(2), "w"), np.array([1.0, 2.0])
    weight.bind(array)
    array[0] = 5.0
    assert tf.Session().run(2.0 * weight).tolist() == [10.0, 4.0]
    for other in (np.zeros(3), np.zeros(2, np.float32)):
        with pytest.raises(ValueError, match=r"'w', float64\(2,?\), cannot be bound to an array float(64|32)"):
            weight.bind(other)
    assert weight.numpy_value is array


def test_a_weight_is_a_tensor_where_one_is_wanted():
    weight = Weight(np.float32([[1.0, 2.0], [3.0, 4.0]]), "w")
    x = tf.constant([[1.0, 1.0]])
    results = [x @ weight, weight + 1.0, np.float32(2.0) * weight, weight[1], tf.stack([weight, weight])[1]]
    got = tf.Session().run(results)
    expected = [[[4, 6]], [[2, 3], [4, 5]], [[2, 4], [6, 8]], [3, 4], [[1, 2], [3, 4]]]
    assert [g.tolist() for g in got] == expected
    assert len(tf.global_variables()) == 1


def test_gradients_by_a_weight_find_all_its_readings():
    weight = Weight(3.0, "w")
    y = weight * weight
    with tf.control_dependencies([tf.constant(1.0)]):
        y = y + weight * 5.0
        (inside,) = tf.gradients(y, weight)
    (outside,) = tf.gradients(y, [weight])
    assert tf.Session().run([inside, outside]) == [11.0, 11.0]


def test_a_weight_holds_on_to_no_graph():
    weight = Weight(np.ones(3), "w")
    with tf.Graph().as_default() as graph:
        tf.Session().run(weight * 2.0)
    gone = weakref.ref(graph)
    del graph
    gc.collect()
    assert gone() is None and weight.numpy().tolist() == [1.0, 1.0, 1.0]


def test_a_graph_holds_on_to_the_weights_it_uses():
    y = Weight(np.float32([1.0, 2.0]), "w") * 2.0
    gc.collect()
    assert tf.Session().run(y).tolist() == [2.0, 4.0]


def test_evaluate_leaves_the_default_graph_alone():
    before = tf.get_default_graph()
    assert evaluate(lambda: [tf.constant(1.0) + 1.0, {"a": tf.ones([2])}])[0] == 2.0
    assert tf.get_default_graph() is before and before.size == 0
    draws = [evaluate(lambda: tf.random_uniform([3]), seed=s) for s in (1, 1, 2)]
    assert (draws[0] == draws[1]).all() and (draws[0] != draws[2]).all()


def test_seeds_are_drawn_in_order_from_the_graphs_seed():
    assert next_seed() is None
    tf.set_random_seed(5)
    first = [next_seed() for _ in range(3)]
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(5)
        assert [next_seed(), next_seed(graph), next_seed()] == first
        tf.set_random_seed(6)
        assert next_seed() not in first
    assert len(set(first)) == 3 and all(type(s) is int and 0 <= s < 2**31 for s in first)
