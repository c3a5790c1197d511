"""Variable scopes. The names are those that TensorFlow 1.15.5 gave when it ran the same program."""

import pytest

import kerasflow as tf


def w(name="w", shape=(1,), **kwargs):
    return tf.get_variable(name, shape, **kwargs)


def here():
    """The name scope that operations are made in."""
    return tf.constant(1.0, name="c").name.rpartition("/")[0]


def test_the_names_of_variables_and_of_operations_part():
    with tf.variable_scope("relu"):
        first = tf.get_variable("threshold", shape=(), initializer=lambda shape, dtype: tf.constant(0.0))
        assert here() == "relu"
    with tf.variable_scope("relu", reuse=True):
        assert tf.get_variable("threshold") is first and first.name == "relu/threshold:0"
        assert here() == "relu_1"
    with tf.variable_scope("relu") as scope:
        scope.reuse_variables()
        assert tf.get_variable("threshold") is first
        assert (scope.name, scope.original_name_scope) == ("relu", "relu_2/")


def test_variables_ignore_name_scopes_and_their_operations_lie_under_their_names():
    with tf.name_scope("ns"):
        with tf.variable_scope("v") as scope:
            v = w()
            assert (scope.name, scope.original_name_scope, v.name) == ("v", "ns/v/", "v/w:0")
        with tf.variable_scope("v") as again:
            assert again.original_name_scope == "ns/v_1/"
        assert w("direct").name == "direct:0"
    names = [op.name for op in tf.get_default_graph().get_operations() if op.name.startswith("direct")]
    draw = [
        f"direct/Initializer/random_uniform{x}" for x in ("/shape", "/min", "/max", "/RandomUniform", "/sub", "/mul")
    ]
    assert names == [*draw, "direct/Initializer/random_uniform", "direct", "direct/Assign", "direct/read"]


def test_names_nest_and_are_not_shared_with_variables_made_otherwise():
    with tf.variable_scope("p"), tf.variable_scope("q/r") as scope:
        assert (scope.name, scope.original_name_scope, here(), w().name) == ("p/q/r", "p/q/r/", "p/q/r", "p/q/r/w:0")
    tf.Variable(1.0, name="matrix")
    assert w("matrix").name == "matrix_1:0"
    assert tf.Variable(1.0, name="matrix").name == "matrix_2:0"
    with tf.variable_scope("p", reuse=True):
        tf.Variable(1.0, name="v")
        with pytest.raises(ValueError, match="p/v does not exist, or was not created with tf.get_variable"):
            tf.get_variable("v")


def test_a_scope_object_leads_back_from_anywhere():
    with tf.variable_scope("foo") as scope:
        w()
    with tf.variable_scope("bar"), tf.variable_scope("baz"), tf.variable_scope(scope) as again:
        assert again is not scope
        assert (again.name, again.original_name_scope, here()) == ("foo", "foo/", "bar/baz/foo")
        assert w("w2").name == "foo/w2:0"
    with tf.variable_scope(scope) as again, tf.name_scope(again.original_name_scope):
        assert here() == "foo"
    root = tf.get_variable_scope()
    with tf.name_scope("n"), tf.variable_scope(root) as again:
        assert (again.name, again.original_name_scope, here()) == ("", "", "n")


def test_without_a_name_scope_of_its_own():
    with tf.variable_scope("foo") as scope:
        pass
    with tf.variable_scope(scope, auxiliary_name_scope=False) as again:
        assert (again.original_name_scope, here()) == ("foo/", "")
    with tf.variable_scope("aux", auxiliary_name_scope=False) as again:
        assert (again.name, again.original_name_scope, here(), w().name) == ("aux", "", "", "aux/w:0")
    with tf.name_scope("n"), tf.variable_scope("k", auxiliary_name_scope=False) as again:
        assert (again.name, again.original_name_scope, here()) == ("k", "n/", "n")


def test_default_names_count_up():
    def opened(name="d"):
        with tf.variable_scope(None, default_name=name) as scope:
            return scope.name, scope.original_name_scope, w(f"w{len(tf.global_variables())}").name, here()

    assert [opened() for _ in range(3)] == [
        (f"d{i}", f"d{i}/", f"d{i}/w{n}:0", f"d{i}") for n, i in enumerate(("", "_1", "_2"))
    ]
    with tf.variable_scope("o"):
        assert [opened()[:2], opened()[:2]] == [("o/d", "o/d/"), ("o/d_1", "o/d_1/")]
    with tf.variable_scope("o"):  # what was counted inside is forgotten on leaving
        assert opened()[:2] == ("o/d", "o_1/d/")
    with tf.variable_scope("q") as scope:
        assert opened()[0] == "q/d"
        with tf.variable_scope(scope):
            assert [opened()[0], opened()[0]] == ["q/d_1", "q/d_2"]
        assert opened()[0] == "q/d_1"
    with tf.variable_scope("d_3"):
        pass
    assert opened()[0] == "d_4"
    with tf.variable_scope("e"):
        pass
    assert opened("e")[0] == "e_1"


def test_a_default_name_is_made_unique_as_a_name_scope_of_its_own():
    names = []
    for outer in ("a", "b", None):
        with tf.name_scope(outer), tf.variable_scope(None, default_name="d") as scope:
            names.append((scope.name, here()))
    assert names == [("d", "a/d"), ("d_1", "b/d"), ("d_2", "d")]


@pytest.mark.parametrize(
    ("outer", "inner", "effective"),
    [
        (True, None, True),
        (True, False, True),
        (True, tf.AUTO_REUSE, tf.AUTO_REUSE),
        (tf.AUTO_REUSE, None, tf.AUTO_REUSE),
        (tf.AUTO_REUSE, False, tf.AUTO_REUSE),
        (tf.AUTO_REUSE, True, True),
        (None, None, False),
        (None, True, True),
    ],
)
def test_reuse_is_inherited_and_cannot_be_switched_off(outer, inner, effective):
    with tf.variable_scope("a", reuse=outer), tf.variable_scope("b", reuse=inner) as scope:
        assert scope.reuse == effective


def test_a_scope_object_brings_its_own_reuse_and_defaults():
    with tf.variable_scope("a", dtype=tf.float64) as a:
        w()
    with tf.variable_scope("r", reuse=True, dtype=tf.int32):
        with tf.variable_scope(a) as again:
            assert again.reuse is False and again.dtype is tf.float64
        with tf.variable_scope(a, reuse=True) as again:
            assert again.reuse is True
    a.reuse_variables()
    with tf.variable_scope(a) as again:
        assert again.reuse is True
    with tf.variable_scope("a") as fresh:
        assert fresh.reuse is False


def test_the_outermost_scope_can_be_made_to_find():
    v = w()
    tf.get_variable_scope().reuse_variables()
    assert tf.get_variable_scope().reuse is True and tf.get_variable("w") is v
    with pytest.raises(ValueError, match="Variable zz does not exist"):
        w("zz")
    with tf.Graph().as_default():
        assert tf.get_variable_scope().reuse is False and w("zz").name == "zz:0"


def test_defaults_are_inherited_and_overridden():
    def first(shape, dtype):
        return tf.constant(0.25, dtype, shape)

    def second(shape, dtype):
        return tf.constant(0.5, dtype, shape)

    with tf.variable_scope("a", initializer=first, dtype=tf.float64, constraint=tf.abs) as a:
        made = [w()]
        with tf.variable_scope("b") as b:
            made.append(w())
        with tf.variable_scope("c", initializer=second, dtype="float32"):
            made.append(w())
        made.append(w("own", initializer=second))
    assert b.dtype is tf.float64 and b.initializer is first and b.constraint is tf.abs
    assert [v.dtype for v in made] == [tf.float64, tf.float64, tf.float32, tf.float64]
    assert all(v.constraint is tf.abs for v in made)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert [float(x[0]) for x in sess.run(made)] == [0.25, 0.25, 0.5, 0.5]
    a.set_initializer(second)
    a.set_dtype(tf.float32)
    a.set_regularizer(tf.abs)
    with tf.variable_scope(a) as again:
        assert again.initializer is second and again.dtype is tf.float32 and again.regularizer is tf.abs


def test_the_inner_getter_is_asked_first_and_a_getter_of_ones_own_replaces_them():
    asked = []

    def getter(label, suffix):
        def get(getter, name, **kwargs):
            asked.append((label, name))
            return getter(name + suffix, **kwargs)

        return get

    with tf.variable_scope("a", custom_getter=getter("outer", "_o")) as a:
        with tf.variable_scope("b", custom_getter=getter("inner", "_i")):
            assert w().name == "a/b/w_i_o:0"
            assert asked == [("inner", "a/b/w"), ("outer", "a/b/w_i")]
            assert w(custom_getter=getter("own", "_x")).name == "a/b/w_x:0"
        a.set_custom_getter(None)
        assert w("plain").name == "a/plain:0"
    assert asked[2:] == [("own", "a/b/w")]


def test_a_getter_may_give_something_else():
    def doubled(getter, *args, **kwargs):
        return 2.0 * getter(*args, **kwargs)

    with tf.variable_scope("a", custom_getter=doubled):
        x = tf.get_variable("w", initializer=[1.0, 2.0])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(x).tolist() == [2.0, 4.0]


def test_the_collections_of_a_scope():
    tf.Variable(1.0, name="elsewhere")
    with tf.variable_scope("sc"):
        plain = tf.Variable(1.0, name="v")
    with tf.variable_scope("sc") as scope:
        made = w("q", trainable=False)
        local = w("l", collections=[tf.GraphKeys.LOCAL_VARIABLES])
        tf.add_to_collection("mine", made)
    assert scope.global_variables() == [plain, made] == scope.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
    assert scope.trainable_variables() == [plain, local]
    assert scope.local_variables() == [local]
    assert scope.get_collection("mine") == [made]
    assert len(tf.get_variable_scope().global_variables()) == 3


def test_the_graph_of_the_values_is_made_the_default():
    other = tf.Graph()
    with other.as_default():
        x = tf.constant(1.0)
    with tf.variable_scope("s", values=[None, x]):
        assert tf.get_default_graph() is other and w().graph is other
    with tf.variable_scope(None, "d", [x]) as scope:
        assert tf.get_default_graph() is other and scope.name == "d"
    assert tf.get_default_graph() is not other and tf.get_variable_scope().name == ""


def test_a_scope_is_left_when_the_block_fails():
    with pytest.raises(KeyError), tf.variable_scope("a", reuse=True):
        raise KeyError
    assert (tf.get_variable_scope().name, tf.get_variable_scope().reuse, here()) == ("", False, "")
    with pytest.raises(ValueError, match="'bad name' is not a valid name"):
        tf.variable_scope("bad name").__enter__()
    assert tf.get_variable_scope().name == ""


@pytest.mark.parametrize(
    ("kwargs", "error", "message"),
    [
        ({"name_or_scope": None}, TypeError, "needs a name_or_scope, or a default_name"),
        ({"name_or_scope": 3}, TypeError, "must be a string or a VariableScope, got 3"),
        (
            {"name_or_scope": "a", "reuse": "yes"},
            ValueError,
            "reuse must be True, False, None or tf.AUTO_REUSE, got 'yes'",
        ),
        ({"name_or_scope": None, "default_name": "d", "reuse": True}, ValueError, "nothing to find"),
        ({"name_or_scope": "a", "custom_getter": 3}, ValueError, "custom_getter must be a function"),
    ],
)
def test_arguments_that_make_no_sense(kwargs, error, message):
    with pytest.raises(error, match=message):
        tf.variable_scope(**kwargs)


def test_a_scope_of_variables_inside_a_branch_stays_inside():
    # `tf.metrics.mean(w)` opens a scope for a variable of the graph around; its update belongs to the branch.
    w, chosen = tf.Variable(3.0), tf.placeholder(tf.bool, [])
    y = tf.cond(chosen, lambda: tf.metrics.mean(w)[1], lambda: tf.constant(0.0))
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        assert sess.run(y, {chosen: False}) == 0.0
        assert sess.run(tf.local_variables()) == [0.0, 0.0]
        assert sess.run(y, {chosen: True}) == 3.0
        assert sess.run(tf.local_variables()) == [3.0, 1.0]
