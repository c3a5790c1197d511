"""Registered gradients: who takes them, when they are looked up, and what is refused. The values are TensorFlow's."""

import pytest

import kerasflow as tf


@pytest.fixture
def x():
    return tf.constant(3.0)


def run(tensors):
    return tf.Session().run(tensors)


def override(kind, name):
    return tf.get_default_graph().gradient_override_map({kind: name})


@tf.RegisterGradient("TestTenfold")
def tenfold(op, grad):
    assert op.type in ("Square", "Exp", "Unpack", "Add")
    return 10.0 * grad


def test_operations_made_in_the_block_take_the_gradient(x):
    with override("Square", "TestTenfold"):
        y, other = tf.square(x), tf.exp(x)
    z = tf.square(x)
    assert run(tf.gradients([y, z], x)) == [16.0]
    assert y.op.get_attr("_gradient_op_type") == b"TestTenfold"
    for t in (z, other):
        with pytest.raises(ValueError, match="has no attribute '_gradient_op_type'"):
            t.op.get_attr("_gradient_op_type")


def test_blocks_add_up_and_end(x):
    graph = tf.get_default_graph()
    with override("Square", "TestTenfold"):
        with override("Exp", "TestTenfold"):
            both = tf.square(x) + tf.exp(x)
        with override("Square", "Square"):
            pass
        assert graph.overridden(tf.square(x).op.opdef).gradient == "TestTenfold"
    assert run(tf.gradients(both, x)) == [20.0]
    assert run(tf.gradients(tf.square(x), x)) == [6.0]


def test_the_gradient_is_looked_up_when_it_is_asked_for(x):
    with override("Square", "TestLater"):
        y = tf.square(x)
    with pytest.raises(
        LookupError, match=r"No gradient is registered as 'TestLater', which Square 'Square' .* \S+\.py:\d+"
    ):
        tf.gradients(y, x)
    tf.RegisterGradient("TestLater")(lambda op, grad: grad * op.inputs[0] * op.outputs[0])
    assert run(tf.gradients(y, x)) == [27.0]
    first = tf.gradients(y, x)[0]
    assert run(tf.gradients(first, x)) == [9.0 + 3.0 * 27.0]  # of x y, where y has the gradient x y once more


def test_an_operation_that_is_not_differentiable_may_be_given_one():
    x = tf.constant([1.4, -0.2])
    tf.RegisterGradient("TestStraight")(lambda op, grad: grad)
    with override("Sign", "TestStraight"):
        y = tf.sign(x)
    assert run(tf.gradients(y, x))[0].tolist() == [1.0, 1.0]


def test_python_functions_get_gradients(x):
    tf.RegisterGradient("TestTwice")(lambda op, grad: grad * 2.0 * op.inputs[0])
    with override("PyFunc", "TestTwice"):
        y = tf.py_func(lambda a: a * a, [x], tf.float32)
    assert run([y, *tf.gradients(y, x)]) == [9.0, 6.0]


def test_outputs_that_nothing_flows_from_have_zeros():
    seen = []

    @tf.RegisterGradient("TestSeveral")
    def several(op, *grads):
        seen.extend(grads)
        return [tf.stack(grads) * 5.0]

    x = tf.constant([1.0, 2.0, 4.0])
    with override("Unpack", "TestSeveral"):
        parts = tf.unstack(x)
    assert run(tf.gradients(parts[1] * 3.0, x))[0].tolist() == [0.0, 15.0, 0.0]
    assert len(seen) == 3


def test_in_a_loop(x):
    with override("Square", "TestTenfold"):
        y = tf.while_loop(lambda i, t: i < 2, lambda i, t: (i + 1, tf.square(t)), [0, x])[1]
    assert run([y, *tf.gradients(y, x)]) == [81.0, 100.0]


def test_nothing_flows_through_what_is_not_differentiable(x):
    assert tf.NotDifferentiable("TestStopper") is None
    with override("Square", "TestStopper"):
        y = tf.square(x)
    assert tf.gradients(y, x) == [None]
    assert tf.NoGradient is tf.no_gradient is tf.NotDifferentiable


@pytest.mark.parametrize("register", [lambda n: tf.RegisterGradient(n)(tenfold), tf.NotDifferentiable])
def test_a_name_can_be_taken_once(register):
    with pytest.raises(KeyError, match="'TestTenfold': it was registered before"):
        register("TestTenfold")
    with pytest.raises(KeyError, match="'Square': the operation of that name has one"):
        register("Square")
    with pytest.raises(TypeError, match="op_type must be a string, got 3"):
        register(3)


@pytest.mark.parametrize("wrong", [3, {"Square": 3}, {3: "Square"}, None])
def test_the_map_is_a_dictionary_of_strings(wrong):
    with pytest.raises(TypeError, match="op_type_map must be a dictionary"):
        with tf.get_default_graph().gradient_override_map(wrong):
            pass


def test_gradients_that_cannot_be_are_refused(x):
    tf.RegisterGradient("TestTwo")(lambda op, grad: (grad, grad))
    tf.RegisterGradient("TestShape")(lambda op, grad: tf.zeros([4]))
    with override("Square", "TestTwo"):
        y = tf.square(x)
    with pytest.raises(ValueError, match="'TestTwo' gives 2 gradients for the 1 inputs of Square 'Square'"):
        tf.gradients(y, x)
    with override("MatMul", "TestTwo"):
        z = tf.matmul([[1.0, 2.0]], tf.fill([2, 1], x))
    with pytest.raises(ValueError, match="another shape than Tensor"):
        tf.gradients(z, x)
    with override("Softmax", "TestShape"):
        p = tf.nn.softmax(tf.fill([3], x))
    with pytest.raises(ValueError, match=r"'TestShape' gives .*shape=\(4,\).* another shape than .*Fill"):
        tf.gradients(p, x)
