"""Sessions: what can be fetched and fed, whose values are whose, and which session is the default one."""

import collections
import gc
import threading
import types
import weakref

import numpy as np
import pytest

import kerasflow as tf

Point = collections.namedtuple("Point", "x y")


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


class TestFetches:
    def test_the_answer_has_the_structure_of_the_question(self, sess):
        a, b = tf.constant(1.0, name="a"), tf.constant(2.0, name="b")
        w = tf.Variable(3.0, name="w")
        sess.run(w.initializer)
        question = {
            "list": [a, (b, [w])],
            "point": Point(a, {"deep": b}),
            "names": ["a:0", "a", "w:0", "w"],
            "operations": (a.op, tf.no_op()),
            "nothing": [[], (), {}],
        }
        for _ in range(3):
            answer = sess.run(question)
            assert answer == {
                "list": [1.0, (2.0, [3.0])],
                "point": Point(1.0, {"deep": 2.0}),
                "names": [1.0, None, 3.0, None],
                "operations": (None, None),
                "nothing": [[], (), {}],
            }
            assert type(answer["point"]) is Point and type(answer["list"][1]) is tuple
        assert sess.run([]) == [] and sess.run(()) == () and sess.run({}) == {}

    @pytest.mark.parametrize("kind", [dict, collections.OrderedDict, lambda d: collections.defaultdict(list, d)])
    def test_mappings_keep_their_kind_and_order(self, sess, kind):
        question = kind({k: tf.constant(k) for k in (3, 1, 2)})
        answer = sess.run(question)
        assert type(answer) is type(question) and list(answer.items()) == [(3, 3), (1, 1), (2, 2)]

    def test_a_mapping_that_cannot_be_filled_becomes_a_dict(self, sess):
        assert sess.run(types.MappingProxyType({"a": tf.constant(1)})) == {"a": 1}

    def test_slices_come_back_as_slices(self, sess):
        slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2]), tf.constant([3, 1]))
        value = sess.run([slices])[0]
        assert (value.values.tolist(), value.indices.tolist(), value.dense_shape.tolist()) == ([[1.0]], [2], [3, 1])
        assert sess.run(tf.IndexedSlices(slices.values, slices.indices)).dense_shape is None
        assert sess.run(tf.convert_to_tensor(slices)).tolist() == [[0.0], [0.0], [1.0]]

    def test_a_question_that_is_changed_afterwards_was_another_one(self, sess):
        a, b = tf.constant(1.0), tf.constant(2.0)
        question = [a]
        assert sess.run(question) == [1.0]
        question.append(b)
        assert sess.run(question) == [1.0, 2.0]
        question[0] = b
        assert sess.run(question) == [2.0, 2.0]

    @pytest.mark.parametrize(
        ("wrong", "error"),
        [
            (None, TypeError),
            (3, TypeError),
            ([None], TypeError),
            ({"a": 1.5}, TypeError),
            ({1.0}, TypeError),
            (np.ones(2), TypeError),
            ("nobody", ValueError),
            ("nobody:0", ValueError),
            ("c:1", ValueError),
        ],
    )
    def test_what_cannot_be_fetched(self, sess, wrong, error):
        c = tf.constant(1.0, name="c")
        for _ in range(2):
            with pytest.raises(error, match="Cannot fetch"):
                sess.run(wrong)
        assert sess.run(c) == 1.0

    def test_a_tensor_of_another_graph_is_refused(self, sess):
        tf.constant(1.0)
        with tf.Graph().as_default():
            other = tf.constant(1.0)
        for fetch in (other, other.op, [other]):
            with pytest.raises(ValueError, match="not an element of this graph"):
                sess.run(fetch)
        with pytest.raises(TypeError, match="not an element of this graph"):
            sess.run("Const:0", {other: 1.0})

    def test_an_empty_graph_cannot_be_run(self, sess):
        with pytest.raises(RuntimeError, match="empty"):
            sess.run([])

    def test_the_graph_may_grow_between_runs(self, sess):
        x = tf.constant(1.0)
        assert sess.run(x) == 1.0
        assert sess.run(x + 1.0) == 2.0
        tf.get_default_graph().finalize()
        assert sess.run([x, "add:0"]) == [1.0, 2.0]


class TestState:
    def test_two_sessions_share_nothing(self):
        w = tf.Variable(0.0)
        add = w.assign_add(1.0)
        with tf.Session() as one, tf.Session() as other:
            one.run(w.initializer)
            one.run([add])
            assert not other.is_initialized(w)
            other.run(w.initializer)
            one.run(add)
            assert (one.run(w), other.run(w)) == (2.0, 0.0)

    def test_values_last_from_run_to_run_until_the_session_is_closed(self):
        w = tf.Variable(1.0)
        sess = tf.Session()
        sess.run(w.initializer)
        run = sess.make_callable(w + 1.0)
        assert sess.run(w) == 1.0 and run() == 2.0
        sess.close()
        for use in (lambda: sess.run(w), lambda: sess.run(w + 1.0), run, lambda: w.load(1.0, sess)):
            with pytest.raises(RuntimeError, match="closed Session"):
                use()
        with pytest.raises(RuntimeError, match="closed Session"):
            sess.make_callable(w)
        sess.close()  # closing twice is closing once

    def test_closing_frees_the_values(self):
        w = tf.Variable([1.0, 2.0])
        sess = tf.Session()
        sess.run(w.initializer)
        value = weakref.ref(sess._runtime.cell(w).value)
        sess.close()
        assert value() is None

    def test_a_value_is_loaded_from_an_array_which_is_copied(self, sess):
        w = tf.Variable([1.0, 2.0])
        value = np.array([3.0, 4.0], np.float32)
        w.load(value)
        value += 10.0
        assert sess.run(w).tolist() == [3.0, 4.0]
        w.load([5, 6], sess)
        assert w.eval().tolist() == [5.0, 6.0]
        with pytest.raises(ValueError, match=r"shape \(3,\)"):
            w.load([1.0, 2.0, 3.0])
        with pytest.raises(TypeError, match="string"):
            w.load(["a", "b"])
        assert sess.run(w).tolist() == [5.0, 6.0]

    def test_a_session_that_is_dropped_frees_its_arrays_at_once(self):
        w = tf.Variable(np.zeros(1000))
        sess = tf.Session()
        sess.run(w.initializer)
        for _ in range(3):
            sess.run(w.assign_add(tf.ones([1000], tf.float64) * 2.0))
        cell = weakref.ref(sess._runtime.cell(w).value)
        gc.disable()
        try:
            del sess
            assert cell() is None
        finally:
            gc.enable()

    def test_a_graph_that_is_dropped_is_freed(self):
        with tf.Graph().as_default() as graph:
            w = tf.Variable(tf.zeros([10]))
            loss = tf.reduce_sum(w * w)
            step = w.assign_sub(tf.gradients(loss, w)[0])
            with tf.Session() as sess:
                sess.run(w.initializer)
                for _ in range(3):
                    sess.run(step)
                with pytest.raises(tf.errors.InvalidArgumentError):
                    sess.run(tf.placeholder(tf.float32))
        gone = weakref.ref(graph)
        del graph, w, loss, step, sess
        gc.collect()
        assert gone() is None

    @pytest.mark.slow
    def test_building_running_and_dropping_again_and_again_does_not_grow(self):
        def one_round():
            with tf.Graph().as_default():
                x = tf.placeholder(tf.float32, [None, 4096])
                w = tf.Variable(np.zeros(4096, np.float32))
                loss = tf.reduce_mean(tf.square(x * w - 1.0))
                step = w.assign_sub(0.1 * tf.gradients(loss, w)[0])
                with tf.Session() as sess:
                    sess.run(tf.global_variables_initializer())
                    for _ in range(3):
                        sess.run(step, {x: np.ones((8, 4096))})

        for _ in range(50):
            one_round()
        gc.collect()
        objects, memory = len(gc.get_objects()), resident_bytes()
        for _ in range(250):
            one_round()
        gc.collect()
        assert len(gc.get_objects()) - objects < 500
        assert resident_bytes() - memory < 10e6

    def test_a_failed_run_leaves_the_session_as_it_was(self, sess):
        w = tf.Variable(1.0)
        x = tf.placeholder(tf.float32, [None])
        sess.run(w.initializer)
        step = w.assign_add(tf.reduce_sum(x + [1.0, 2.0]))
        for k in range(4):
            with pytest.raises(tf.errors.InvalidArgumentError):
                sess.run(step, {x: [1.0, 2.0, 3.0]})
            assert sess.run(w) == 1.0 + 3.0 * k
            sess.run(step, {x: [0.0, 0.0]})


def resident_bytes():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


class TestDefaultSession:
    def test_it_evaluates_tensors_operations_and_variables(self):
        w = tf.Variable(1.0)
        x = tf.placeholder(tf.float32)
        y = w + x
        sess = tf.Session()
        with sess.as_default():
            assert tf.get_default_session() is sess
            assert w.initializer.run() is None
            assert w.eval() == 1.0 and y.eval({x: 2.0}) == 3.0 and y.eval(feed_dict={x: 3.0}) == 4.0
        assert tf.get_default_session() is None
        assert sess.run(w) == 1.0  # as_default does not close
        w.initializer.run(session=sess)
        assert y.eval({x: 5.0}, session=sess) == 6.0 and w.eval(sess) == 1.0

    def test_without_one_evaluating_is_an_error_that_says_so(self):
        w = tf.Variable(1.0)
        for use in (w.eval, w.value().eval, w.initializer.run, lambda: w.load(1.0)):
            with pytest.raises(ValueError, match="no default session.*session="):
                use()

    def test_it_has_to_run_the_same_graph(self):
        x = tf.constant(1.0)
        with tf.Graph().as_default(), tf.Session() as sess:
            for use in (x.eval, x.op.run, lambda: x.eval(session=sess)):
                with pytest.raises(ValueError, match="another graph"):
                    use()

    def test_a_with_block_makes_the_session_and_its_graph_the_default_and_closes_it(self):
        graph = tf.Graph()
        with graph.as_default():
            x = tf.constant(1.0)
        with tf.Session(graph=graph) as sess:
            assert tf.get_default_session() is sess and tf.get_default_graph() is graph
            assert x.eval() == 1.0
            with tf.Session(graph=graph) as inner:
                assert tf.get_default_session() is inner
            assert tf.get_default_session() is sess
        assert tf.get_default_session() is None and tf.get_default_graph() is not graph
        with pytest.raises(RuntimeError, match="closed"):
            sess.run(x)

    def test_a_with_block_is_left_by_an_error_too(self):
        x = tf.constant(1.0)
        with pytest.raises(ZeroDivisionError), tf.Session() as sess:
            raise ZeroDivisionError
        assert tf.get_default_session() is None
        with pytest.raises(RuntimeError, match="closed"):
            sess.run(x)

    def test_with_blocks_of_one_session_do_not_nest(self, sess):
        with pytest.raises(RuntimeError, match="as_default"), sess:
            pass
        with sess.as_default(), sess.as_default():
            assert tf.get_default_session() is sess
        assert tf.get_default_session() is sess

    def test_each_thread_has_its_own(self, sess):
        found = []
        thread = threading.Thread(target=lambda: found.append(tf.get_default_session()))
        thread.start()
        thread.join()
        assert found == [None] and tf.get_default_session() is sess

    def test_an_interactive_session_is_the_default_until_it_is_closed(self):
        x = tf.constant(1.0)
        sess = tf.InteractiveSession()
        try:
            assert tf.get_default_session() is sess and x.eval() == 1.0
            with tf.Session() as other:
                assert tf.get_default_session() is other
            assert tf.get_default_session() is sess
        finally:
            sess.close()
        assert tf.get_default_session() is None
        sess.close()

    def test_an_interactive_session_with_a_graph_makes_that_the_default_too(self):
        graph = tf.Graph()
        sess = tf.InteractiveSession(graph=graph)
        assert tf.get_default_graph() is graph
        assert tf.constant(3.0).eval() == 3.0
        sess.close()
        assert tf.get_default_graph() is not graph


class TestMaking:
    def test_what_it_takes(self):
        graph = tf.Graph()
        assert tf.Session(graph=graph).graph is graph
        config = tf.ConfigProto(log_device_placement=True)
        assert tf.Session("", graph, config=config).config is config
        assert tf.Session().graph is tf.get_default_graph()
        with pytest.raises(TypeError, match="graph="):
            tf.Session(graph)
        with pytest.raises(TypeError, match="must be a Graph"):
            tf.Session(graph="g")
        with pytest.raises(ValueError, match="grpc"):
            tf.Session("grpc://localhost:2222")

    def test_a_callable_is_a_run_with_its_feeds_in_a_list(self, sess):
        x, y = tf.placeholder(tf.float32, name="x"), tf.placeholder(tf.float32, name="y")
        run = sess.make_callable({"sum": x + y, "both": [x, y]}, [x, "y:0"])
        for k in range(3):
            assert run(k, 2.0) == {"sum": k + 2.0, "both": [k, 2.0]}
        assert sess.make_callable(x * 0.0 + 1.0, [x])([5.0]).tolist() == [1.0]
        for wrong in ((), (1.0,), (1.0, 2.0, 3.0)):
            with pytest.raises(ValueError, match=r"Expected 2 values, for \['x:0', 'y:0'\]; got"):
                run(*wrong)
        with pytest.raises(ValueError, match="'x:0'"):
            run("a", 1.0)

    def test_threads_may_run_different_fetches_at_the_same_time(self, sess):
        w = tf.Variable(0)
        one, two = w.assign_add(1).op, w.assign_add(2).op
        sess.run(w.initializer)
        threads = [
            threading.Thread(target=lambda t=t: [sess.run(t) for _ in range(100)]) for t in (one, two, [one, two])
        ]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert sess.run(w) == 600
