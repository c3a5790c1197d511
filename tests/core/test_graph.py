"""Graphs: adding operations, finding them, and control dependencies."""

import inspect
import threading

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.graph import graph_of


def waits(tensor):
    return [op.name for op in tensor.op.control_inputs]


class TestFinding:
    @pytest.fixture(autouse=True)
    def graph(self):
        tf.constant([[1.0, 2.0]], name="a")
        tf.unstack(tf.constant([1, 2]), name="pair")
        with tf.name_scope("s"):
            tf.constant(2.0, name="b")
        return tf.get_default_graph()

    def test_tensors_and_operations_are_found_by_name(self, graph):
        a = graph.get_tensor_by_name("a:0")
        assert a.op is graph.get_operation_by_name("a") and a.op.outputs == (a,)
        assert graph.get_tensor_by_name("s/b:0").name == "s/b:0"
        assert graph.get_tensor_by_name("pair:1").value_index == 1
        assert graph.as_graph_element("a") is a.op and graph.as_graph_element("a:0") is a
        assert graph.as_graph_element(a) is a and graph.as_graph_element(a.op) is a.op

    @pytest.mark.parametrize(
        ("name", "error", "message"),
        [
            ("a", ValueError, "'a' is the name of an operation; a tensor's name is like 'a:0'"),
            ("a:x", ValueError, "not the name of a tensor"),
            ("a:", ValueError, "not the name of a tensor"),
            ("a:0:0", ValueError, "not the name of a tensor"),
            ("a:1", KeyError, "the operation 'a' has 1 outputs"),
            ("pair:2", KeyError, "the operation 'pair' has 2 outputs"),
            ("z:0", KeyError, "no operation 'z'"),
            ("s/c:0", KeyError, "Did you mean 's/b'"),
            (3, TypeError, "is a string, got 3"),
            (None, TypeError, "is a string"),
        ],
    )
    def test_what_is_no_tensor_of_the_graph(self, graph, name, error, message):
        with pytest.raises(error, match=message):
            graph.get_tensor_by_name(name)

    @pytest.mark.parametrize(
        ("name", "error", "message"),
        [
            ("a:0", ValueError, "'a:0' is the name of a tensor"),
            ("z", KeyError, "no operation 'z'"),
            ("s", KeyError, "no operation 's'"),
            (3, TypeError, "is a string"),
        ],
    )
    def test_what_is_no_operation_of_the_graph(self, graph, name, error, message):
        with pytest.raises(error, match=message):
            graph.get_operation_by_name(name)

    def test_handles_are_no_names(self, graph):
        a = graph.get_tensor_by_name("a:0")
        for find, handle in [(graph.get_tensor_by_name, a), (graph.get_operation_by_name, a.op)]:
            with pytest.raises(TypeError, match="is a string"):
                find(handle)

    def test_an_element_is_of_the_right_kind_and_of_this_graph(self, graph):
        a = graph.get_tensor_by_name("a:0")
        for wrong in (3, None, [a], {"a": a}):
            with pytest.raises(TypeError, match="into a Tensor or Operation"):
                graph.as_graph_element(wrong)
        with pytest.raises(TypeError, match="into a Operation"):
            graph.as_graph_element(a, allow_tensor=False)
        with pytest.raises(TypeError, match="into a Tensor"):
            graph.as_graph_element(a.op, allow_operation=False)
        with pytest.raises(ValueError, match="not an element of this graph"):
            tf.Graph().as_graph_element(a)

    def test_a_variable_is_the_tensor_of_its_name(self, graph):
        w = tf.Variable(1.0, name="w")
        assert graph.as_graph_element(w) is graph.get_tensor_by_name("w:0") is w.fetched
        count = graph.size
        with graph.control_dependencies([graph.get_tensor_by_name("a:0")]):
            graph.as_graph_element(w)
        assert graph.size == count


class TestAdding:
    def test_operations_are_listed_in_the_order_of_their_creation(self):
        x = tf.placeholder(tf.float32, name="x")
        for _ in range(3):
            x = -x
        operations = tf.get_default_graph().get_operations()
        assert [op.name for op in operations] == ["x", "Neg", "Neg_1", "Neg_2"]
        assert [op.index for op in operations] == [0, 1, 2, 3]
        operations.clear()
        assert tf.get_default_graph().size == 4

    def test_what_an_operation_is_made_of(self):
        x, y = tf.placeholder(tf.float32, [None, 2], name="x"), tf.constant([1.0, 2.0], name="y")
        total = tf.reduce_sum(x + y, 1, name="total")
        op = total.op
        assert (op.type, op.name, op.graph is total.graph, op.outputs) == ("Sum", "total", True, (total,))
        assert [t.name for t in op.inputs[:1]] == ["add:0"] and x.consumers() == [op.inputs[0].op]
        assert op.get_attr("dtype") is tf.float32
        with pytest.raises(ValueError, match="'total' has no attribute 'nope'"):
            op.get_attr("nope")
        assert repr(op) == "<tf.Operation 'total' type=Sum>"
        assert repr(x) == "<tf.Tensor 'x:0' shape=(?, 2) dtype=float32>"
        assert str(x) == 'Tensor("x:0", shape=(?, 2), dtype=float32)'
        assert str(tf.placeholder(tf.int32, name="any")) == 'Tensor("any:0", dtype=int32)'

    def test_a_finalized_graph_takes_nothing_more(self):
        x = tf.constant(1.0)
        graph = tf.get_default_graph()
        graph.finalize()
        assert graph.finalized
        for add in (
            lambda: x + x,
            lambda: tf.constant(1),
            lambda: tf.Variable(1.0),
            lambda: tf.add_to_collection("c", 1),
        ):
            with pytest.raises(RuntimeError, match="finalized"):
                add()
        assert graph.size == 1 and graph.get_collection("c") == []
        assert tf.Session().run(x) == 1.0

    def test_a_complaint_names_the_operation_its_inputs_and_the_line(self):
        x, y = tf.placeholder(tf.float32, [2, 3], name="x"), tf.placeholder(tf.float32, [4, None], name="y")
        with pytest.raises(ValueError) as caught:
            line = inspect.currentframe().f_lineno + 1
            tf.add(x, y, name="both")
        message = str(caught.value)
        assert message.startswith("Add 'both': shapes (2, 3) and (4, ?) cannot be broadcast together")
        assert "inputs: x:0 float32[2,3], y:0 float32[4,?]" in message
        assert message.endswith(
            f"at {__file__}:{line}, in test_a_complaint_names_the_operation_its_inputs_and_the_line"
        )
        with pytest.raises(TypeError, match="float32 and float64.*inputs: x:0 float32.*Placeholder:0 float64"):
            x + tf.placeholder(tf.float64)
        assert len(tf.get_default_graph().get_operations()) == 3

    def test_tensors_of_two_graphs_do_not_mix(self):
        x = tf.constant(1.0)
        with tf.Graph().as_default():
            y = tf.constant(1.0)
        for mix in (lambda: x + y, lambda: tf.add_n([x, y]), lambda: tf.stack([x, y])):
            with pytest.raises(ValueError, match="another graph"):
                mix()

    def test_an_operation_joins_the_graph_of_its_inputs(self):
        graph = tf.Graph()
        with graph.as_default():
            x = tf.constant([1.0, 2.0])
            w = tf.Variable(1.0)
        for made in (x + 1.0, tf.add(1.0, x), tf.stack([[0.0, 1.0], x]), w * 2.0, tf.identity(w), x[0]):
            assert made.graph is graph
        assert tf.get_default_graph().size == 0
        assert graph_of([1, [2, [x]]]) is graph and graph_of([]) is tf.get_default_graph()

    def test_where_an_operation_was_made_is_the_line_of_the_program(self):
        def made_by_a_helper():
            return tf.add_n([tf.constant(1.0), tf.constant(2.0)])

        line = made_by_a_helper.__code__.co_firstlineno + 1
        where = f"{__file__}:{line}, in made_by_a_helper"
        total = made_by_a_helper()
        assert total.op.created_at == where and total.op.inputs[0].op.created_at == where

    def test_small_integers_of_constants_are_known_while_the_graph_is_built(self):
        x = tf.placeholder(tf.float32)
        n = tf.constant(1) + 1
        assert tf.reshape(x, tf.stack([n, n + 1])).shape.as_list() == [2, 3]
        fed = tf.placeholder_with_default(2, [])
        assert tf.reshape(x, tf.stack([fed, 3])).shape.as_list() == [None, 3]
        huge = tf.constant(np.arange(100)) + 1
        assert huge.spec.value is None and huge.shape.as_list() == [100]

    def test_threads_that_build_one_graph_lose_nothing(self):
        graph = tf.Graph()

        def build(k):
            with graph.as_default(), graph.name_scope(f"thread{k}"):
                x = tf.constant(float(k))
                for _ in range(200):
                    x = x + 1.0

        threads = [threading.Thread(target=build, args=(k,)) for k in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        operations = graph.get_operations()
        assert len(operations) == 4 * 401 and [op.index for op in operations] == list(range(4 * 401))
        assert len({op.name for op in operations}) == len(operations)
        with tf.Session(graph=graph) as sess:
            assert sess.run([f"thread{k}/add_199:0" for k in range(4)]) == [200.0, 201.0, 202.0, 203.0]


class TestDefaultGraph:
    def test_blocks_nest(self):
        outer, inner = tf.Graph(), tf.Graph()
        with outer.as_default() as entered:
            assert entered is outer is tf.get_default_graph()
            with inner.as_default():
                assert tf.get_default_graph() is inner
            assert tf.get_default_graph() is outer
        assert tf.get_default_graph() not in (outer, inner)

    def test_a_block_is_left_by_an_error_too(self):
        before = tf.get_default_graph()
        with pytest.raises(ZeroDivisionError), tf.Graph().as_default():
            raise ZeroDivisionError
        assert tf.get_default_graph() is before

    def test_it_is_not_reset_inside_a_block(self):
        tf.constant(1.0)
        for block in (tf.Graph().as_default(), tf.Session()):
            with block, pytest.raises(AssertionError, match="reset_default_graph"):
                tf.reset_default_graph()
        tf.reset_default_graph()
        assert tf.get_default_graph().size == 0

    def test_each_thread_has_its_own(self):
        found = []
        with tf.Graph().as_default():
            thread = threading.Thread(target=lambda: found.append(tf.get_default_graph()))
            thread.start()
            thread.join()
            assert found[0] is not tf.get_default_graph() and found[0].size == 0


class TestControlDependencies:
    def test_operations_made_inside_wait_and_others_do_not(self):
        a, before = tf.constant(1.0, name="a"), tf.constant(2.0)
        with tf.control_dependencies([a, a.op]):
            inside = tf.identity(before)
        after = tf.identity(inside)
        assert waits(inside) == ["a"] and waits(before) == waits(after) == []

    def test_what_takes_a_result_from_inside_has_waited_already(self):
        a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
        with tf.control_dependencies([a]):
            first = tf.identity(b)
            assert waits(-first) == [] and waits(first + b) == []
            with tf.control_dependencies([b]):
                assert waits(-first) == ["b"]
                assert sorted(waits(tf.constant(1.0))) == ["a", "b"]

    def test_what_is_an_input_need_not_be_waited_for(self):
        a = tf.constant(1.0, name="a")
        with tf.control_dependencies([a]):
            assert waits(tf.identity(a)) == []

    def test_none_lets_go_of_the_blocks_around_it(self):
        a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
        with tf.control_dependencies([a]):
            with tf.control_dependencies(None):
                free = tf.constant(3.0)
                with tf.control_dependencies([b]):
                    assert waits(tf.identity(free)) == ["b"]
            # As in TensorFlow 1.15.5, `free` counts as made outside.
            assert waits(free) == [] and waits(tf.identity(free)) == ["a"]

    def test_an_empty_block_changes_nothing(self):
        a = tf.constant(1.0, name="a")
        with tf.control_dependencies([a]), tf.control_dependencies([]):
            assert waits(tf.constant(1.0)) == ["a"]

    def test_a_block_is_left_by_an_error_too(self):
        with pytest.raises(ZeroDivisionError), tf.control_dependencies([tf.constant(1.0)]):
            raise ZeroDivisionError
        assert waits(tf.constant(1.0)) == [] and not tf.get_default_graph().has_control_scope

    def test_names_are_taken_and_other_things_refused(self):
        tf.constant(1.0, name="a")
        with tf.control_dependencies(["a"]):
            assert waits(tf.constant(1.0)) == ["a"]
        with tf.Graph().as_default():
            other = tf.constant(1.0)
        for wrong, error in [([3], TypeError), (["z"], KeyError), ([other], ValueError), (tf.constant(1.0), TypeError)]:
            with pytest.raises(error), tf.control_dependencies(wrong):
                pass

    def test_slices_are_waited_for_without_being_made_dense(self):
        x = tf.constant([1.0, 2.0])
        slices = tf.IndexedSlices(tf.constant([1.0], name="values"), tf.constant([0]), tf.constant([2]))
        count = x.graph.size
        with tf.control_dependencies([slices]):
            assert waits(tf.identity(x)) == ["values"]
        assert x.graph.size == count + 1

    def test_a_tensor_made_outside_is_not_touched(self):
        w = tf.Variable(1.0)
        doubled = w * 2.0
        with tf.control_dependencies([w.assign(10.0)]):
            inside = tf.identity(doubled)
            again = w * 2.0
        with tf.Session() as sess:
            for _ in range(3):
                sess.run(w.initializer)
                assert sess.run(inside) == 2.0
                assert sess.run(again) == 20.0
                assert sess.run([doubled, again]) == [20.0, 20.0]


class TestWhatMayBeFedAndFetched:
    def test_a_graph_forbids_feeding(self):
        x = tf.placeholder(tf.float32, [], name="x")
        y, graph = x * 2.0, tf.get_default_graph()
        assert graph.is_feedable(x) and graph.is_feedable("mul:0")
        graph.prevent_feeding(x)
        assert not graph.is_feedable("x:0") and graph.is_feedable(y)
        with pytest.raises(ValueError, match=r"Tensor\(\"x:0\".* may not be fed"):
            tf.Session().run(y, {x: 1.0})

    def test_a_graph_forbids_fetching(self):
        x = tf.constant(1.0)
        y, graph = x * 2.0, tf.get_default_graph()
        assert graph.is_fetchable(y) and graph.is_fetchable(y.op)
        graph.prevent_fetching(y.op)
        assert not graph.is_fetchable(y) and not graph.is_fetchable("mul") and graph.is_fetchable(x)
        for fetch in (y, y.op, "mul:0"):
            with pytest.raises(ValueError, match="Cannot fetch .* prevent_fetching"):
                tf.Session().run(fetch)
        assert tf.Session().run(y + 1.0) == 3.0

    def test_the_version_grows_with_the_operations(self):
        graph = tf.get_default_graph()
        assert graph.version == 0
        tf.placeholder(tf.float32) * 2.0
        assert graph.version == 3


def test_collections_are_joined_together_and_cleared():
    graph = tf.get_default_graph()
    graph.add_to_collections(["a", "b", "a"], 3)
    graph.add_to_collections("one", 4)
    assert (graph.get_collection("a"), graph.get_collection("b"), graph.get_collection("one")) == ([3], [3], [4])
    assert graph.collections == ["a", "b", "one"]
    graph.clear_collection("a")
    graph.clear_collection("nothing")
    assert graph.get_collection("a") == [] and graph.collections == ["b", "one"]
    graph.finalize()
    with pytest.raises(RuntimeError, match="'b' cannot be cleared"):
        graph.clear_collection("b")


def test_scopes_and_places_of_a_graph():
    graph = tf.get_default_graph()
    assert graph.get_name_scope() == ""
    with tf.name_scope("a"), tf.name_scope("b"):
        assert graph.get_name_scope() == "a/b"
    with tf.device("/cpu:0"):
        w = tf.Variable(1.0)
    with graph.colocate_with(w.op), graph.container("any"):
        assert tf.constant(1.0).device == "/device:CPU:0"
    with tf.device("/cpu:0"), graph.colocate_with(None):
        assert tf.constant(1.0).device == ""
