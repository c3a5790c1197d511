"""Bits, text, repeats, choices by number and what is known of shapes: values and errors of TensorFlow 1.15.5."""

import sys
import time
from math import gamma

import numpy as np
import pytest

import kerasflow as tf
from kerasflow.core.devices import Device


def run(t, feeds=None):
    return tf.Session().run(t, feeds)


class TestText:
    @pytest.mark.parametrize(
        ("template", "value", "text"),
        [
            ("x={}", np.float32(1.5), b"x=1.5"),
            ("{}", [[1.0] * 3 + [2.0] * 5] * 9, b"[[1 1 1 ... 2 2 2]\n" + b" [1 1 1 ... 2 2 2]\n" * 2 + b" ...\n"
             + b" [1 1 1 ... 2 2 2]\n" * 2 + b" [1 1 1 ... 2 2 2]]"),
            ("{}", [True, False], b"[1 0]"),
            ("{}", np.float32([0.1, 1e-10, 1e20, 1 / 3]), b"[0.1 1e-10 1e+20 0.333333343]"),
            ("{}", np.array([0.1, 1 / 3]), b"[0.1 0.33333333333333331]"),
            ("{}", np.arange(24).reshape(2, 3, 4), b"[[[0 1 2 3]\n  [4 5 6 7]\n  [8 9 10 11]]\n\n [[12 13 14 15]\n"
             b"  [16 17 18 19]\n  [20 21 22 23]]]"),
            ("a\n{}", [[1, 2], [3, 4]], b"a\n[[1 2]\n [3 4]]"),
        ],
    )  # fmt: skip
    def test_tensors_are_shown(self, template, value, text):
        assert run(tf.strings.format(template, tf.constant(value))) == text

    def test_how_much_is_shown(self):
        assert run(tf.strings.format("{}", tf.range(10), summarize=2)) == b"[0 1 ... 8 9]"
        assert run(tf.strings.format("%% {}", tf.range(10), "%%", -1)) == b"[0 1 2 3 4 5 6 7 8 9] {}"
        assert run(tf.strings.format("nothing", [])) == b"nothing"

    def test_placeholders_and_tensors_are_as_many(self):
        with pytest.raises(ValueError, match=r"2 placeholder\(s\) in template does not match 1 tensor"):
            tf.strings.format("{} {}", tf.range(3))


def test_what_is_printed(capsys, tmp_path):
    one, words = tf.constant(1.0), tf.constant("x")
    sparse = tf.SparseTensor([[0, 1]], [5.0], [2, 3])
    parts = ["hello", tf.range(7), {"b": [words, 2], "a": one}]
    shown = [
        tf.print(*parts, output_stream=sys.stdout, sep="|", end="!\n"),
        tf.print("a {} b", 3, None, output_stream=sys.stdout),
        tf.print(sparse, output_stream=sys.stdout),
        tf.print([1, "x", one], (1,), np.array([1, 2]), output_stream=sys.stdout, summarize=-1),
        tf.print("to", words, name="other"),
    ]
    assert [o.type for o in shown] == ["PrintV2"] * 5 and shown[-1].name == "other"
    for o in shown:
        assert run(o) is None
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "hello|[0 1 2 ... 4 5 6]|{'b': [\"x\", 2], 'a': 1}!",
        "a {} b 3 None",
        "'SparseTensor(indices=[[0 1]], values=[5], shape=[2 3])'",
        "[1, 'x', 1] (1,) array([1, 2])",
    ]
    assert err == 'to "x"\n'
    with tf.control_dependencies([tf.print("in", one, output_stream=f"file://{tmp_path}/log")]):
        y = tf.identity(one)
    run(y), run(y)
    assert (tmp_path / "log").read_text() == "in 1\nin 1\n"
    with pytest.raises(ValueError, match="The output stream must be sys.stdout"):
        tf.print("a", output_stream=3)
    with pytest.raises(TypeError, match="got file"):
        tf.print("a", file=3)


def test_the_time_is_that_of_the_run():
    t = tf.timestamp()
    before = time.time()
    first = run(t)
    assert before - 1 <= first <= run(t) <= time.time() + 1 and t.dtype is tf.float64


class TestBits:
    def test_what_does_not_fit(self):
        with pytest.raises(ValueError, match=r"last axis of 2 elements of type int32, got the shape \(3,\)"):
            tf.bitcast([1, 2, 3], tf.int64)
        with pytest.raises(TypeError, match="type string cannot be read as bits"):
            tf.bitcast(["a"], tf.int64)
        with pytest.raises(tf.errors.InvalidArgumentError, match="last axis of 2 elements"):
            x = tf.placeholder(tf.int32)
            run(tf.bitcast(x, tf.int64), {x: [1, 2, 3]})

    def test_nothing_flows_through_bits(self):
        x = tf.constant([1.0, 2.0])
        for y in (tf.bitcast(x, tf.float32), tf.guarantee_const(x)):
            with pytest.raises(LookupError):
                tf.gradients(y, x)

    def test_fingerprints_need_rows(self):
        with pytest.raises(ValueError, match="at least one axis"):
            tf.fingerprint(tf.constant(1))
        with pytest.raises(ValueError, match="only method"):
            tf.fingerprint(["a"], method="md5")


class TestRepeats:
    def test_shapes(self):
        x = [[1, 2], [3, 4]]
        assert tf.repeat(x, 2, axis=1).shape == [2, 4] and tf.repeat(x, [1, 3], axis=-1).shape == [2, 4]
        assert run(tf.repeat(3, 4)).tolist() == [3, 3, 3, 3]
        assert run(tf.repeat([1, 2, 5], [2], axis=0)).tolist() == [1, 1, 2, 2, 5, 5]
        y = tf.repeat(tf.placeholder(tf.int32, [None, 3]), 2, axis=0)
        assert y.shape.as_list() == [None, 3]

    def test_what_does_not_fit(self):
        with pytest.raises(ValueError, match="3 repeats for 2 elements"):
            tf.repeat([1, 2], [1, 2, 3], axis=0)
        x = tf.placeholder(tf.int32)
        with pytest.raises(tf.errors.InvalidArgumentError, match="3 repeats for 2 elements"):
            run(tf.repeat([1, 2], x, axis=0), {x: [1, 2, 3]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="repeated -2 times"):
            run(tf.repeat([1, 2], x, axis=0), {x: [1, -2]})
        with pytest.raises(ValueError, match="repeated -2 times"):
            tf.repeat([1, 2], [1, -2], axis=0)

    def test_stacks_of_what_is_known(self):
        assert run(tf.parallel_stack([tf.constant([1, 2]), tf.constant([3, 4])])).tolist() == [[1, 2], [3, 4]]
        with pytest.raises(ValueError, match="shapes that are fully known"):
            tf.parallel_stack([tf.placeholder(tf.int32)])

    def test_paddings(self):
        paddings, crops = tf.required_space_to_batch_paddings([5, 6], [2, 3], [[1, 1], [0, 0]])
        assert run([paddings, crops])[0].tolist() == [[1, 2], [0, 0]] and run(crops).tolist() == [[0, 1], [0, 0]]
        with pytest.raises(ValueError, match="1 sizes"):
            tf.required_space_to_batch_paddings([5], [2, 3])

    def test_rows_of_batches(self):
        w = tf.Variable(np.zeros((2, 2, 3, 2), np.float32))
        indices = np.array([[[2, 0], [1, 1]], [[0, 1], [2, 1]]])
        updates = np.arange(16, dtype=np.float32).reshape(2, 2, 2, 2)
        expected = np.zeros((2, 2, 3, 2), np.float32)
        for a, b, i in np.ndindex(2, 2, 2):
            expected[a, b, indices[a, b, i]] = updates[a, b, i]
        with tf.Session() as sess:
            sess.run(w.initializer)
            np.testing.assert_array_equal(sess.run(tf.batch_scatter_update(w, indices, updates)), expected)
        with pytest.raises(ValueError, match="not those of"):
            tf.batch_scatter_update(w, np.zeros((3, 2), np.int32), np.zeros((3, 2, 3, 2), np.float32))
        with pytest.raises(ValueError, match="known shape"):
            tf.batch_scatter_update(w, tf.placeholder(tf.int32), 1.0)

    def test_other_names(self):
        assert run(tf.tensor_scatter_nd_update([1, 2], [[1]], [7])).tolist() == [1, 7]
        assert run(tf.tensor_scatter_nd_add([1, 2], [[1]], [7])).tolist() == [1, 9]
        assert run(tf.tensor_scatter_nd_sub([1, 2], [[1]], [7])).tolist() == [1, -5]


class TestChoicesByNumber:
    def test_the_function_with_the_number(self):
        i = tf.placeholder(tf.int32, [])
        three = [lambda: tf.constant(5), lambda: tf.constant(6), lambda: tf.constant(7)]
        with tf.Session() as sess:
            for branches in (three, dict(enumerate(three)), [(2, three[2]), (0, three[0]), (1, three[1])]):
                y, z = tf.switch_case(i, branches), tf.switch_case(i, branches, lambda: tf.constant(9))
                assert [sess.run([y, z], {i: k}) for k in (0, 1, 2, 7, -1)] == [[5, 5], [6, 6], [7, 7], [7, 9], [7, 9]]
            assert sess.run(tf.switch_case(tf.constant(4), [lambda: tf.constant(1)])) == 1

    def test_only_that_one_runs(self):
        i = tf.placeholder(tf.int32, [])
        y = tf.switch_case(i, [lambda: tf.constant(1.0), lambda: tf.py_func(lambda: 1 / 0, [], tf.float32)])
        assert run(y, {i: 0}) == 1.0

    def test_what_is_refused(self):
        one = tf.constant(1)
        with pytest.raises(ValueError, match=r"contiguous range of \[0 to 2\) but found \{0,3\}"):
            tf.switch_case(one, {0: lambda: one, 3: lambda: one})
        with pytest.raises(TypeError, match="branch_index must be an int32 tensor, got float32"):
            tf.switch_case(tf.constant(1.0), [lambda: one])
        with pytest.raises(TypeError, match="list, tuple, or dict"):
            tf.switch_case(one, 3)
        with pytest.raises(TypeError, match="an int and a function"):
            tf.switch_case(one, {"a": lambda: one})
        with pytest.raises(TypeError, match="2-tuple"):
            tf.switch_case(one, [3])
        with pytest.raises(TypeError, match="default must be callable"):
            tf.switch_case(one, [lambda: one], 3)


class TestWhatIsKnown:
    def test_values(self):
        assert tf.get_static_value(tf.constant([1, 2])).tolist() == [1, 2]
        assert tf.get_static_value(tf.placeholder(tf.float32)) is None and tf.get_static_value(3) is None
        value = tf.get_static_value(tf.shape(tf.zeros([2, 3])))
        value[0] = 7
        assert tf.get_static_value(tf.shape(tf.zeros([2, 3]))).tolist() == [2, 3]

    def test_kinds(self):
        sparse = tf.SparseTensor([[0]], [1], [2])
        assert tf.is_tensor(sparse) and tf.is_tensor(tf.IndexedSlices(tf.constant([1]), tf.constant([0])))
        assert not tf.is_tensor(np.zeros(2)) and not tf.is_tensor(None)
        slices = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
        assert tf.convert_to_tensor_or_indexed_slices(slices) is slices
        with pytest.raises(ValueError, match="type int32"):
            tf.convert_to_tensor_or_indexed_slices(slices, tf.int32)
        assert tf.assert_proper_iterable([1]) is None
        with pytest.raises(TypeError, match="to be iterable"):
            tf.assert_proper_iterable(3)
        for wrong in ("abc", np.zeros(2), tf.constant([1]), sparse):
            with pytest.raises(TypeError, match='"proper" iterable'):
                tf.assert_proper_iterable(wrong)

    def test_shapes(self):
        assert tf.broadcast_static_shape(tf.TensorShape([1, 3]), tf.TensorShape([None, 1])).as_list() == [None, 3]
        with pytest.raises(ValueError, match=r"Incompatible shapes for broadcasting: \(2, 3\) and \(5, 1\)"):
            tf.broadcast_static_shape(tf.TensorShape([2, 3]), tf.TensorShape([5, 1]))
        assert tf.get_static_value(tf.broadcast_dynamic_shape([2, 1], [3])).tolist() == [2, 3]
        with pytest.raises(ValueError, match=r"\(2, 1\)"):
            tf.broadcast_dynamic_shape([2, 1], [3, 3])
        assert tf.dimension_value(5) == 5 and tf.dimension_value(tf.TensorShape([None])[0]) is None
        assert tf.dimension_at_index(tf.TensorShape([2, 4]), 1) == 4


def test_zeros_take_the_place_of_gradients_that_are_not_there():
    x, w = tf.constant([1.0, 2.0]), tf.Variable([[3.0]])
    y = tf.constant(1.0)
    assert tf.gradients(y, [x, w]) == [None, None]
    with tf.Session() as sess:
        sess.run(w.initializer)
        for choice in ("zero", tf.UnconnectedGradients.ZERO):
            found = sess.run(tf.gradients(y, [x, w], unconnected_gradients=choice))
            assert [g.tolist() for g in found] == [[0.0, 0.0], [[0.0]]]
        assert sess.run(tf.gradients(y * x, [x, w], unconnected_gradients="zero"))[0].tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="Unknown value for unconnected_gradients: 'nope'"):
        tf.gradients(y, x, unconnected_gradients="nope")


def test_device_specs():
    d = tf.DeviceSpec(job="ps", task=2, device_type="gpu", device_index=1)
    assert d.to_string() == "/job:ps/task:2/device:GPU:1"
    assert d == tf.DeviceSpec.from_string("/job:ps/task:2/gpu:1") and d != "/job:ps" and len({d, d.replace()}) == 1
    other = tf.DeviceSpec.from_string("/job:w")
    other.merge_from(tf.DeviceSpec(device_type="CPU", device_index=1))
    assert other.to_string() == "/job:w/device:CPU:1"
    found = (other.job, other.replica, other.task, other.device_type, other.device_index)
    assert found == ("w", None, None, "CPU", 1)
    assert d.parse_from_string("/cpu:*") is d and d.to_string() == "/device:CPU:*"
    assert other.make_merged_spec(d).to_string() == "/job:w/device:CPU:*" and other.job == "w"
    assert other.replace(job="ps").to_string() == "/job:ps/device:CPU:1"
    with tf.device(other):
        assert tf.constant(1).device == str(Device.named("/job:w/cpu:1"))
    with pytest.raises(ValueError, match="Unknown attribute: 'nope'"):
        tf.DeviceSpec.from_string("/nope:1")


def test_outside_of_everything():
    x = tf.constant(1.0)
    made = []

    def body(i):
        with tf.init_scope():
            made.append(tf.constant(2.0))
        return i + 1

    with tf.name_scope("ns"), tf.control_dependencies([x]):
        with tf.init_scope():
            y = tf.identity(x)
        tf.while_loop(lambda i: i < 2, body, [0])
    assert y.name == "ns/Identity:0" and y.op.control_inputs == ()
    assert made[0].graph is x.graph and run(made[0]) == 2.0


def test_variables_are_asserted_to_have_values():
    w = tf.Variable(1.0, name="w")
    check = tf.assert_variables_initialized()
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value w"):
            sess.run(check)
        sess.run(w.initializer)
        assert sess.run(check) is None
    assert tf.assert_variables_initialized([]) is None


def test_messages_of_arrays():
    pytest.importorskip("tensorboard")
    message = tf.make_tensor_proto([1.0, 2.0])
    assert message.dtype == 1 and message.tensor_content == np.float32([1.0, 2.0]).tobytes()
    again = tf.make_ndarray(tf.make_tensor_proto([[1, 2], [3, 4]], tf.int64, [4]))
    assert again.dtype == np.int64 and again.tolist() == [1, 2, 3, 4]
    assert tf.make_ndarray(tf.make_tensor_proto("abc")) == b"abc"
    with pytest.raises(TypeError, match=r"Expected Tensor's shape: \(3,\), got \(2,\)"):
        tf.make_tensor_proto([1, 2], shape=[3], verify_shape=True)
    with pytest.raises(ValueError, match="2 values for the shape"):
        tf.make_tensor_proto([1, 2], shape=[1])


def test_versions():
    assert tf.VERSION == tf.version.VERSION == tf.__version__
    assert (tf.GRAPH_DEF_VERSION, tf.GRAPH_DEF_VERSION_MIN_CONSUMER, tf.GRAPH_DEF_VERSION_MIN_PRODUCER) == (134, 0, 0)
    assert tf.version.GRAPH_DEF_VERSION == 134


class TestSpecialFunctions:
    """Limits and compositions; `cases/special_more.py` has the rest."""

    def test_at_the_ends(self):
        x = tf.constant([0.0, 1.0])
        (slope,) = tf.gradients(tf.math.bessel_i1e(x), x)
        assert run(slope)[0] == 0.5
        a, zero = tf.constant([2.0, 2.0], tf.float64), tf.constant([0.0, np.inf], tf.float64)
        y = tf.igamma(a, zero)
        assert run(y).tolist() == [0.0, 1.0] and run(tf.gradients(y, a))[0].tolist() == [0.0, 0.0]

    def test_compositions(self):
        x = np.array([[2.0, 3.0, 0.5], [1.0, 1.0, 1.0]])
        expected = [np.log(gamma(2) * gamma(3) * gamma(0.5) / gamma(5.5)), np.log(1 / 2)]
        np.testing.assert_allclose(run(tf.lbeta(x)), expected, rtol=1e-13)
        np.testing.assert_allclose(run(tf.polygamma(np.float64(1.0), [1.0])), [np.pi**2 / 6], rtol=1e-6)
        t = tf.constant([0.5, 2.0])
        value = tf.math.polyval([2.0, tf.constant([1.0, 3.0]), 4.0], t)
        assert run(value).tolist() == [5.0, 18.0] and run(tf.gradients(value, t))[0].tolist() == [3.0, 11.0]
        assert run(tf.math.polyval([], t)).tolist() == [0.0, 0.0]

    def test_where_there_is_no_gradient(self):
        a, x = tf.constant(2.0), tf.constant(0.5)
        assert tf.gradients(tf.betainc(a, 3.0, x), a) == [None] and tf.gradients(tf.zeta(a, x), a) == [None]
        first = tf.gradients(tf.igamma(a, x), a)[0]
        with pytest.raises(LookupError, match="IgammaGradA"):
            tf.gradients(first, a)


class TestShapesThatAgree:
    def test_what_is_known_now(self):
        x, y = tf.placeholder(tf.float32, [None, 3], name="x"), tf.zeros([2, 3], name="y")
        check = tf.debugging.assert_shapes
        assert check({x: ("N", "D"), y: ("M", "D")}).type == "NoOp"
        assert check([(x, (None, 3)), (y, (".", "D")), (tf.constant(1.0), ())]).type == "NoOp"
        with pytest.raises(ValueError, match=r"explicitly. Tensor x:0 dimension 1 must have size 4. Received size 3"):
            check({x: ("N", 4)})
        with pytest.raises(ValueError, match=r"Tensor x:0 must have rank 3. Received rank 2, shape \(\?, 3\)"):
            check({x: ("N", "N", "N")})
        with pytest.raises(
            ValueError, match=r"now Specified by tensor x:0 dimension 1. Tensor y:0 dimension 0 must have"
        ):
            check([(x, ("N", "D")), (y, ("D", "N"))], message="now")
        with pytest.raises(ValueError, match="known rank"):
            check({tf.placeholder(tf.float32): ("N",)})

    def test_what_a_run_knows(self):
        x, y = tf.placeholder(tf.float32, [None, 3], name="x"), tf.placeholder(tf.float32, [2, None], name="y")
        with tf.control_dependencies([tf.debugging.assert_shapes([(x, ("N", "D")), (y, ("M", "N"))])]):
            z = tf.identity(x)
        with tf.Session() as sess:
            assert sess.run(z, {x: np.zeros((2, 3)), y: np.zeros((2, 2))}).shape == (2, 3)
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"y:0 dimension 1 must have size\] \[4\]"):
                sess.run(z, {x: np.zeros((4, 3)), y: np.zeros((2, 2))})


def test_other_names():
    assert run(tf.reverse_v2([1, 2, 3], [0])).tolist() == [3, 2, 1]
    assert run(tf.numpy_function(lambda a: a + 1.0, [tf.constant(1.0)], tf.float32)) == 2.0
    assert tf.saved_model.constants.VARIABLES_DIRECTORY == tf.saved_model.VARIABLES_DIRECTORY == "variables"
    assert tf.initializers.global_variables is tf.global_variables_initializer


def test_uniform_unit_scaling():
    values = run(tf.uniform_unit_scaling_initializer(2.0, seed=3)([4, 50, 7]))
    limit = 2.0 * np.sqrt(3.0 / 200)
    assert 0.98 * limit < np.abs(values).max() <= limit and abs(values.std() / limit - 3**-0.5) < 0.02
    with pytest.raises(TypeError, match="floating-point numbers, not int32"):
        tf.initializers.uniform_unit_scaling()([2], tf.int32)
