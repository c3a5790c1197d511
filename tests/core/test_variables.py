"""Variables: values that stay, reading and writing in the middle of a run, and what is refused."""

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.variables import Cell, Variable


@pytest.fixture
def sess():
    with tf.Session() as session:
        yield session


def initialised(sess, value, **options):
    w = tf.Variable(value, **options)
    sess.run(w.initializer)
    return w


class TestMaking:
    def test_four_operations_come_with_a_variable(self):
        with tf.name_scope("s"):
            w = tf.Variable([1.0, 2.0], name="w")
        made = [op.name for op in tf.get_default_graph().get_operations()]
        assert sorted(made) == ["s/w", "s/w/Assign", "s/w/initial_value", "s/w/read"]
        assert (w.name, w.op.name, w.initializer.name) == ("s/w:0", "s/w", "s/w/Assign")
        assert (w.initial_value.name, w.value().name) == ("s/w/initial_value:0", "s/w/read:0")
        assert (w.dtype, w.shape.as_list(), w.get_shape().as_list()) == (tf.float32, [2], [2])
        assert repr(w) == "<tf.Variable 's/w:0' shape=(2,) dtype=float32>"

    def test_names_are_made_unique_and_the_default_one_is_variable(self):
        names = [tf.Variable(1.0, name=n).name for n in ("w", "w", None, "W", None)]
        assert names == ["w:0", "w_1:0", "Variable:0", "W_2:0", "Variable_1:0"]

    def test_a_function_is_called_in_a_scope_of_its_own_for_the_initial_value(self, sess):
        v = tf.Variable(lambda: [1.0, 2.0], name="v")
        w = tf.Variable(lambda: tf.zeros([2]) + 3.0, name="w", dtype=tf.float32)
        assert v.initial_value.name == "v/Initializer/initial_value:0"
        assert w.initial_value.name == "w/Initializer/add:0"
        sess.run(tf.global_variables_initializer())
        assert sess.run([v, w])[1].tolist() == [3.0, 3.0]

    @pytest.mark.parametrize(
        ("value", "dtype", "expected"),
        [(1, None, tf.int32), (1.0, None, tf.float32), (1, tf.float64, tf.float64), (np.float64(1), None, tf.float64)],
    )
    def test_the_type_is_the_values_or_the_one_asked_for(self, sess, value, dtype, expected):
        w = initialised(sess, value, dtype=dtype)
        assert w.dtype is expected and sess.run(w).dtype == expected

    @pytest.mark.parametrize(
        ("arguments", "error", "message"),
        [
            ({}, ValueError, "needs an initial value"),
            ({"initial_value": 1, "trainable": tf.int16}, TypeError, "dtype="),
            ({"initial_value": 1, "trainable": np.float32}, TypeError, "dtype="),
            ({"initial_value": 1, "trainable": np.dtype("f4")}, TypeError, "dtype="),
            ({"initial_value": 1, "trainable": "float32"}, TypeError, "dtype="),
            ({"initial_value": 1, "collections": "abc"}, ValueError, "list of names"),
            ({"initial_value": 1, "constraint": 3}, ValueError, "function"),
            ({"initial_value": 1.5, "dtype": tf.int32}, TypeError, "int32"),
            ({"initial_value": [[1.0], [1.0, 2.0]]}, ValueError, "ragged"),
        ],
    )
    def test_what_is_refused(self, arguments, error, message):
        with pytest.raises(error, match=message):
            tf.Variable(**arguments)
        assert tf.global_variables() == []

    def test_the_shape_has_to_be_known_unless_it_is_said_not_to_matter(self, sess):
        x = tf.placeholder(tf.float32, [None])
        with pytest.raises(ValueError, match=r"'w': the shape \(\?,\).*validate_shape=False"):
            tf.Variable(x, name="w")
        w = tf.Variable(x, validate_shape=False)
        assert w.shape.ndims is None
        for size in (2, 3, 3, 1):
            sess.run(w.initializer, {x: np.ones(size)})
            assert sess.run(w + 1.0).tolist() == [2.0] * size
            sess.run(w.assign(tf.zeros([4])))
            assert sess.run([w, w.assign_add([1.0] * 4)])[0].tolist() == [1.0] * 4

    def test_collections(self):
        w = tf.Variable(1.0)
        fixed = tf.Variable(1.0, trainable=False)
        own = tf.Variable(1.0, collections=["mine", tf.GraphKeys.LOCAL_VARIABLES])
        assert tf.global_variables() == [w, fixed] and tf.trainable_variables() == [w, own]
        assert tf.get_collection("mine") == tf.local_variables() == [own]
        assert (w.trainable, fixed.trainable) == (True, False)

    def test_it_joins_the_graph_of_its_initial_value(self):
        graph = tf.Graph()
        with graph.as_default():
            x = tf.constant(1.0)
        assert tf.Variable(x).graph is graph and tf.Variable(1.0).graph is tf.get_default_graph()

    def test_initialising_waits_for_no_block_it_was_made_in(self, sess):
        with tf.control_dependencies([tf.placeholder(tf.float32)]):
            w = tf.Variable(1.0)
        sess.run(w.initializer)
        assert sess.run(w) == 1.0

    def test_initialising_reads_no_old_value_and_starts_over(self, sess):
        w = tf.Variable(tf.constant(3.0) * 2.0)
        for _ in range(3):
            sess.run(w.initializer)
            assert sess.run(w.assign_add(1.0)) == 7.0

    def test_it_has_a_truth_value_but_no_length_no_elements_and_no_array(self):
        w = tf.Variable([1.0])
        assert bool(w)
        for use in (len, iter, np.asarray, np.mean):
            with pytest.raises(TypeError, match="len|iterated|session.run"):
                use(w)

    def test_equality_is_identity(self):
        v, w = tf.Variable(1.0), tf.Variable(1.0)
        assert v == v and v != w and {v: 1, w: 2}[w] == 2


class TestReading:
    def test_operators_work_on_the_value(self, sess):
        w = initialised(sess, [1.0, 2.0])
        a = np.array([3.0, 5.0], np.float32)
        for tensor, expected in [
            (w + 1.0, [2, 3]),
            (1.0 - w, [0, -1]),
            (a * w, [3, 10]),
            (w / a, [1 / 3, 2 / 5]),
            (w**2.0, [1, 4]),
            (-w, [-1, -2]),
            (w[1:], [2]),
            (w > 1.5, [False, True]),
            (abs(-w) % 2.0, [1, 0]),
            (tf.stack([w, w])[1], [1, 2]),
        ]:
            np.testing.assert_allclose(sess.run(tensor), expected, rtol=1e-6)

    def test_a_fetched_variable_is_its_value_when_the_run_is_over(self, sess):
        w = initialised(sess, 1.0)
        add = w.assign_add(1.0)
        assert sess.run([w, add, w]) == [2.0, 2.0, 2.0]
        assert sess.run({"w": w, "add": add}) == {"w": 3.0, "add": 3.0}
        assert sess.run([add, w.value()]) == [4.0, 3.0]

    def test_it_can_be_fetched_in_the_run_that_initialises_it_or_changes_its_shape(self, sess):
        w = tf.Variable([1.0, 2.0], validate_shape=False)
        assert sess.run([w, w.initializer])[0].tolist() == [1.0, 2.0]
        longer = w.assign([4.0, 5.0, 6.0])
        for _ in range(3):
            assert [v.tolist() for v in sess.run([w, longer])] == [[4.0, 5.0, 6.0]] * 2
            assert sess.run([w, w.initializer])[0].tolist() == [1.0, 2.0]

    def test_in_a_control_block_a_variable_is_read_anew(self, sess):
        w = initialised(sess, 1.0)
        with tf.control_dependencies([w.assign(5.0)]):
            inside = [w + 1.0, tf.identity(w), w.read_value(), tf.stack([w, 0.0])[0]]
        old = w + 1.0
        for _ in range(3):
            sess.run(w.initializer)
            assert sess.run([*inside, old]) == [6.0, 5.0, 5.0, 5.0, 2.0]

    def test_read_value_reads_at_its_place_in_the_run(self, sess):
        w = initialised(sess, 1.0)
        before = w.read_value()
        add = w.assign_add(10.0)
        between = w.read_value()
        twice = w.assign(w.read_value() * 2.0)
        after = w.read_value()
        assert sess.run([after, before, between, add, twice, w.value()]) == [22.0, 1.0, 11.0, 11.0, 22.0, 1.0]

    def test_a_view_of_an_old_value_outlives_a_write(self, sess):
        w = initialised(sess, [[1.0, 2.0], [3.0, 4.0]])
        row, flipped = w[0], tf.transpose(w)
        write = w.assign_add([[10.0, 10.0], [10.0, 10.0]])
        later = row * 2.0 + flipped[0]
        for k in range(4):
            got = sess.run([later, write])[0]
            assert got.tolist() == [3.0 + 30.0 * k, 7.0 + 30.0 * k]

    def test_swapping_two_variables(self, sess):
        v, w = initialised(sess, 1.0), initialised(sess, 2.0)
        swap = tf.group(v.assign(w), w.assign(v))
        for expected in ([2.0, 1.0], [1.0, 2.0], [2.0, 1.0]):
            sess.run(swap)
            assert sess.run([v, w]) == expected


class TestWriting:
    def test_assignments_only_make_operations_and_give_the_new_value(self, sess):
        w = initialised(sess, [1.0, 2.0])
        set_, add, subtract = w.assign([5.0, 6.0]), w.assign_add([1.0, 1.0]), w.assign_sub([2.0, 2.0])
        assert [t.op.type for t in (set_, add, subtract)] == ["Assign", "AssignAdd", "AssignSub"]
        assert sess.run(w).tolist() == [1.0, 2.0]
        assert sess.run(subtract).tolist() == [-1.0, 0.0]
        assert sess.run(add).tolist() == [0.0, 1.0]
        assert sess.run(set_).tolist() == sess.run(w).tolist() == [5.0, 6.0]
        assert w.assign([1.0, 1.0], read_value=False) == tf.get_default_graph().get_operations()[-1]

    def test_the_functions_are_the_methods(self, sess):
        w = initialised(sess, 1)
        made = [tf.assign(w, 5), tf.assign_add(w, 2), tf.assign_sub(w, 3, name="minus")]
        assert [t.name for t in made] == ["Assign:0", "AssignAdd:0", "minus:0"]
        assert [sess.run(t) for t in made] == [5, 7, 4]

    def test_writes_happen_in_the_order_of_creation_whatever_is_asked_for_first(self, sess):
        w = initialised(sess, 1.0)
        double = w.assign(w.read_value() * 2.0)
        add = w.assign_add(3.0)
        assert sess.run([add, double]) == [5.0, 2.0]
        sess.run(w.initializer)
        with tf.control_dependencies([add]):
            tripled = w.assign(w * 3.0)
        assert sess.run([tripled, w]) == [12.0, 12.0]

    def test_an_array_of_a_list_or_a_tensor_of_the_right_type(self, sess):
        w = initialised(sess, [1, 2])
        for value in (
            [3, 4],
            np.array([3, 4]),
            tf.constant([3, 4]),
            (3, tf.constant(4)),
            tf.Variable([3, 4]).initial_value,
        ):
            assert sess.run(w.assign(value)).tolist() == [3, 4]

    @pytest.mark.parametrize("write", ["assign", "assign_add", "assign_sub"])
    def test_another_shape_or_type_is_refused_when_the_operation_is_made(self, write):
        w = tf.Variable([1.0, 2.0], name="w")
        for value in ([1.0], 1.0, [[1.0, 2.0]], tf.placeholder(tf.float32, [3])):
            with pytest.raises(ValueError, match=r"'w' of shape \(2,\) cannot take a value of shape"):
                getattr(w, write)(value)
        for value in (tf.constant([1, 2]), np.array(["a", "b"]), tf.constant([1.0, 2.0], tf.float64)):
            with pytest.raises((TypeError, ValueError), match="float32"):
                getattr(w, write)(value)
        with pytest.raises(TypeError, match="int"):
            getattr(tf.Variable([1, 2]), write)([1.5, 2.0])

    @pytest.mark.parametrize("write", ["assign", "assign_add", "assign_sub"])
    def test_another_shape_is_refused_in_the_run_where_it_is_found_there(self, sess, write):
        w, x = initialised(sess, [1.0, 2.0], name="w"), tf.placeholder(tf.float32)
        for _ in range(3):
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"'w' of shape \(2,\) cannot take.*\(3,\)"):
                sess.run(getattr(w, write)(x), {x: [1.0, 2.0, 3.0]})
        assert sess.run(w).tolist() == [1.0, 2.0]

    def test_text_and_truth_values_can_be_kept_but_not_added(self, sess):
        text, truth = initialised(sess, ["a", "b"]), initialised(sess, True)
        assert sess.run(text.assign(["c", "d\0"])).tolist() == [b"c", b"d\0"]
        assert not sess.run(truth.assign(False))
        for w, value in ((text, ["c", "d"]), (truth, True)):
            with pytest.raises(TypeError, match="not one of the types"):
                w.assign_add(value)

    def test_is_variable_initialized(self, sess):
        w = tf.Variable(1.0)
        asked = tf.is_variable_initialized(w)
        assert not sess.run(asked)
        assert sess.run([asked, w.initializer]) == [True, None]  # in the order of their creation
        assert sess.run(asked)

    def test_an_initialized_value_is_the_value_or_the_initial_one(self, sess):
        w = tf.Variable(tf.random_uniform([2]), name="w")
        twice = tf.Variable(w.initialized_value() * 2.0)
        assert sess.run(twice.initializer) is None  # w has no value then
        assert ((0 <= sess.run(twice)) & (sess.run(twice) < 2)).all()
        for _ in range(3):
            sess.run(tf.global_variables_initializer())
            assert (sess.run(twice) == 2 * sess.run(w)).all()
        sess.run(w.assign([5.0, 6.0]))
        asked, add = w.initialized_value(), w.assign_add([1.0, 1.0])
        for k in range(3):
            assert sess.run([asked, add])[0].tolist() == [5.0 + k, 6.0 + k]  # before what comes later
        with tf.control_dependencies([w.initializer]):
            assert w.initialized_value().op.control_inputs == ()


class TestCells:
    def test_a_variable_bound_to_a_cell_has_one_value_everywhere(self):
        cell = Cell(np.array([1.0, 2.0]))
        with tf.Graph().as_default() as one:
            v = Variable(cell=cell, name="v")
            add = v.assign_add([1.0, 1.0])
        with tf.Graph().as_default() as other:
            w = Variable(cell=cell)
            doubled = w * 2.0
        with tf.Session(graph=one) as first, tf.Session(graph=other) as second, tf.Session(graph=other) as third:
            assert v.initializer.run(session=first) is None
            first.run(add)
            assert second.run(doubled).tolist() == third.run(w * 2.0).tolist() == [4.0, 6.0]
            third.run(w.assign([0.0, 0.0]))
            assert first.run(v).tolist() == cell.value.tolist() == [0.0, 0.0]
        assert cell.value.tolist() == [0.0, 0.0]  # closing a session does not clear it
        assert v.shape.as_list() == [2] and v.dtype is tf.float64

    def test_an_empty_cell_is_filled_by_the_initialiser(self, sess):
        cell = Cell()
        w = Variable([1.0, 2.0], cell=cell)
        with pytest.raises(tf.errors.FailedPreconditionError, match="Variable"):
            sess.run(w)
        sess.run(w.initializer)
        assert cell.value.tolist() == [1.0, 2.0]
        with pytest.raises(ValueError, match="initial value"):
            Variable(cell=Cell())

    def test_two_variables_on_one_cell_are_one_hazard(self, sess):
        cell = Cell(np.array([1.0, 2.0]))
        v, w = Variable(cell=cell), Variable(cell=cell)
        old = v.read_value()
        write = w.assign([7.0, 8.0])
        late = old[::-1] + 0.0
        for _ in range(3):
            cell.value[:] = [1.0, 2.0]
            assert sess.run([late, write])[0].tolist() == [2.0, 1.0]


def test_rows_and_parts_are_changed_through_the_variable():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    rows = tf.IndexedSlices(tf.constant([[10.0, 10.0], [20.0, 20.0]]), tf.constant([0, 2]))
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(v.scatter_add(rows)).tolist() == [[11, 12], [3, 4], [25, 26]]
        assert sess.run(v.scatter_sub(rows)).tolist() == [[1, 2], [3, 4], [5, 6]]
        assert sess.run(v.scatter_update(rows)).tolist() == [[10, 10], [3, 4], [20, 20]]
        assert sess.run(v.scatter_nd_update([[1, 0]], [7.0])).tolist() == [[10, 10], [7, 4], [20, 20]]
        assert sess.run(v.scatter_nd_add([[1, 0]], [1.0], name="more"))[1, 0] == 8
        assert sess.run(v.scatter_nd_sub([[1, 0]], [3.0]))[1, 0] == 5
        assert tf.get_default_graph().get_operation_by_name("more").values()[0].dtype == tf.float32
