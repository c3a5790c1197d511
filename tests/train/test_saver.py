"""Savers on real files: what comes back, what is kept, and that a file that does not fit changes nothing."""

import os
import time
from collections import OrderedDict
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

import kerasflow as tf
from kerasflow import train
from kerasflow.core.weights import Weight
from kerasflow.io.hdf5 import write_arrays
from kerasflow.train import saver as saver_module

VALUES = {
    "a": np.arange(6.0).reshape(2, 3),
    "scope/b": np.float32(1.5),
    "n": np.array([1, -2], np.int64),
    "flag": np.array([True, False]),
    "z": np.array([1 + 2j], np.complex64),
    "text": np.array([b"x\0", b""], object),
    "empty": np.zeros((0, 3), np.float32),
}


@pytest.fixture
def variables():
    return {name: tf.Variable(value, name=name) for name, value in VALUES.items()}


@pytest.fixture
def session(variables):
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        yield session


def values(session, variables):
    return session.run(list(variables.values()))


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert np.asarray(one).dtype == np.asarray(other).dtype
        np.testing.assert_array_equal(one, other)


def files(folder):
    """All but the graphs, which are written only where the package tensorboard is installed."""
    return sorted(p.name for p in folder.iterdir() if p.suffix != ".meta")


def test_what_is_saved_comes_back(session, variables, tmp_path):
    path = train.Saver().save(session, str(tmp_path / "m.ckpt"))
    assert path == str(tmp_path / "m.ckpt")
    assert files(tmp_path) == ["checkpoint", "m.ckpt"]
    with tf.Session() as other:  # where nothing is initialised
        train.Saver().restore(other, path)
        assert_same(values(other, variables), VALUES.values())


def test_the_values_of_the_moment_are_saved(session, variables, tmp_path):
    saver = train.Saver()
    saver.save(session, tmp_path / "m")
    session.run(variables["a"].assign_add(np.ones((2, 3))))
    saver.save(session, tmp_path / "later")
    for name, more in (("m", 0), ("later", 1)):
        saver.restore(session, tmp_path / name)
        np.testing.assert_array_equal(session.run(variables["a"]), VALUES["a"] + more)


def test_training_goes_on_as_if_never_interrupted(tmp_path):
    x = tf.Variable([1.0, -2.0], name="x")
    step = train.AdamOptimizer(0.1).minimize(tf.reduce_sum(x * x * x * x))
    saver = train.Saver()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run([step])
        session.run([step])
        saver.save(session, tmp_path / "m")
        session.run([step])
        whole = session.run(x)
    with tf.Session() as session:
        saver.restore(session, tmp_path / "m")
        session.run([step])
        np.testing.assert_array_equal(session.run(x), whole)


def test_a_list_or_names_of_ones_own(session, variables, tmp_path):
    some = train.Saver([variables["a"], variables["n"]]).save(session, tmp_path / "some")
    assert train.list_variables(some) == [("a", [2, 3]), ("n", [2])]
    renamed = train.Saver({"first": variables["a"]}).save(session, tmp_path / "renamed")
    assert train.list_variables(renamed) == [("first", [2, 3])]
    session.run(variables["a"].assign(np.zeros((2, 3))))
    train.Saver({"first": variables["a"]}).restore(session, renamed)
    np.testing.assert_array_equal(session.run(variables["a"]), VALUES["a"])


def test_a_part_of_a_checkpoint(session, variables, tmp_path):
    """What else the file holds is left there: how lower layers are taken over."""
    path = train.Saver().save(session, tmp_path / "m")
    session.run([variables["a"].assign(np.zeros((2, 3))), variables["n"].assign([0, 0])])
    train.Saver([variables["a"]]).restore(session, path)
    np.testing.assert_array_equal(session.run(variables["a"]), VALUES["a"])
    np.testing.assert_array_equal(session.run(variables["n"]), [0, 0])


def test_weights_outside_of_graphs(tmp_path):
    weight = Weight(np.array([1.0, 2.0]), "w")
    x = weight.variable(tf.get_default_graph())
    with tf.Session() as session:
        path = train.Saver([x]).save(session, tmp_path / "m")
        weight.assign([0.0, 0.0])
        train.Saver([x]).restore(session, path)
    np.testing.assert_array_equal(weight.numpy(), [1.0, 2.0])


@pytest.mark.parametrize("step", [7, np.int64(7), "tensor", "variable", "name"])
def test_the_step_in_the_name(session, variables, tmp_path, step):
    if step == "variable":
        step = tf.Variable(7)
        session.run(step.initializer)
    elif isinstance(step, str):
        tensor = tf.constant(7)
        step = tensor if step == "tensor" else tensor.name
    assert train.Saver([variables["a"]]).save(session, tmp_path / "m.ckpt", step) == str(tmp_path / "m.ckpt-7")
    padded = train.Saver([variables["a"]], pad_step_number=True)
    assert padded.save(session, tmp_path / "m.ckpt", step) == str(tmp_path / "m.ckpt-00000007")


def test_the_last_ones_are_kept(session, variables, tmp_path):
    saver = train.Saver([variables["n"]], max_to_keep=2)
    for n in range(5):
        saver.save(session, tmp_path / "m", n)
    kept = [str(tmp_path / "m-3"), str(tmp_path / "m-4")]
    assert files(tmp_path) == ["checkpoint", "m-3", "m-4"]
    assert saver.last_checkpoints == kept
    assert train.latest_checkpoint(tmp_path) == kept[-1]
    assert train.get_checkpoint_state(tmp_path).all_model_checkpoint_paths == kept


def test_five_are_kept_if_nothing_is_said(session, variables, tmp_path):
    saver = train.Saver([variables["n"]])
    for n in range(7):
        saver.save(session, tmp_path / "m", n)
    assert files(tmp_path) == ["checkpoint", *(f"m-{n}" for n in range(2, 7))]


def test_graphs_of_another_suffix_go_with_their_checkpoints(session, variables, tmp_path):
    saver = train.Saver(max_to_keep=1)
    for step in (1, 2):
        saver.save(session, tmp_path / "m.ckpt", global_step=step, meta_graph_suffix="graph")
    assert sorted(os.listdir(tmp_path)) == ["checkpoint", "m.ckpt-2", "m.ckpt-2.graph"]


@pytest.mark.parametrize("forever", [None, 0])
def test_all_are_kept(session, variables, tmp_path, forever):
    saver = train.Saver([variables["n"]], max_to_keep=forever)
    for n in range(7):
        saver.save(session, tmp_path / "m", n)
    assert files(tmp_path) == ["checkpoint", *(f"m-{n}" for n in range(7))]
    assert saver.last_checkpoints == []
    assert train.get_checkpoint_state(tmp_path).all_model_checkpoint_paths == [str(tmp_path / "m-6")]


def test_one_name_again_and_again(session, variables, tmp_path):
    saver = train.Saver([variables["n"]], max_to_keep=2)
    for name in ("a", "b", "a", "a", "c"):
        saver.save(session, tmp_path / name)
    assert [os.path.basename(p) for p in saver.last_checkpoints] == ["a", "c"]
    assert files(tmp_path) == ["a", "c", "checkpoint"]


def test_some_are_kept_for_good(session, variables, tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(saver_module, "time", SimpleNamespace(time=lambda: clock[0]))
    saver = train.Saver([variables["n"]], max_to_keep=1, keep_checkpoint_every_n_hours=2)
    for hour in range(9):
        clock[0] = 3600.0 * hour + 1
        saver.save(session, tmp_path / "m", hour)
    assert files(tmp_path) == ["checkpoint", "m-2", "m-4", "m-6", "m-8"]


def test_after_a_restart(session, variables, tmp_path):
    first = train.Saver([variables["n"]], max_to_keep=3)
    for n in range(3):
        first.save(session, tmp_path / "m", n)
    os.remove(tmp_path / "m-1")
    second = train.Saver([variables["n"]], max_to_keep=3)
    second.recover_last_checkpoints(train.get_checkpoint_state(tmp_path).all_model_checkpoint_paths)
    assert second.last_checkpoints == [str(tmp_path / "m-0"), str(tmp_path / "m-2")]
    for n in (3, 4):
        second.save(session, tmp_path / "m", n)
    assert files(tmp_path) == ["checkpoint", "m-2", "m-3", "m-4"]
    third = train.Saver([variables["n"]], max_to_keep=1)
    third.set_last_checkpoints([str(tmp_path / "m-2")])
    third.save(session, tmp_path / "m", 5)
    assert files(tmp_path) == ["checkpoint", "m-3", "m-4", "m-5"]


def test_without_a_state_file(session, variables, tmp_path):
    saver = train.Saver([variables["n"]], max_to_keep=1)
    for n in range(3):
        saver.save(session, tmp_path / "m", n, write_state=False)
    assert files(tmp_path) == ["m-0", "m-1", "m-2"]
    saver.save(session, tmp_path / "m", 3, latest_filename="newest")
    assert train.latest_checkpoint(tmp_path, "newest") == str(tmp_path / "m-3")


def test_a_relative_path(session, variables, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saver = train.Saver([variables["n"]])
    assert saver.save(session, "m") == "m"
    saver.restore(session, train.latest_checkpoint("."))
    assert files(tmp_path) == ["checkpoint", "m"]


def test_variables_are_chosen_when_the_saver_is_made(session, variables, tmp_path):
    now, later = train.Saver(), train.Saver(defer_build=True)
    added = tf.Variable(1.0, name="added")
    session.run(added.initializer)
    assert "added" not in dict(train.list_variables(now.save(session, tmp_path / "m")))
    assert "added" in dict(train.list_variables(later.save(session, tmp_path / "m")))


def test_variables_of_any_shape(tmp_path):
    x = tf.Variable(tf.placeholder(tf.float32, [None]), validate_shape=False, name="x")
    y = tf.Variable(tf.placeholder(tf.float32), validate_shape=False, name="y")
    with tf.Session() as session:
        session.run([x.initializer, y.initializer], {x.initial_value: [1, 2, 3], y.initial_value: np.ones((2, 2))})
        path = train.Saver().save(session, tmp_path / "m")
    with tf.Session() as session:
        train.Saver().restore(session, path)
        assert session.run(x).tolist() == [1, 2, 3]
        assert session.run(y).tolist() == [[1, 1], [1, 1]]


def test_other_shapes_if_asked_for(session, variables, tmp_path):
    path = train.Saver([variables["a"]]).save(session, tmp_path / "m")
    with tf.Graph().as_default(), tf.Session() as other:
        a = tf.Variable(np.zeros((3, 2)), name="a")
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"a is float64\[2,3\], expected float64\[3,2\]"):
            train.Saver().restore(other, path)
        train.Saver(reshape=True).restore(other, path)
        np.testing.assert_array_equal(other.run(a), VALUES["a"].reshape(3, 2))


# Files that do not fit.


@pytest.fixture
def saved(session, variables, tmp_path):
    """The path of a checkpoint; after it was written, every variable is set to something else."""
    path = tmp_path / "m"
    train.Saver().save(session, path)
    session.run([variables["a"].assign(np.full((2, 3), 9.0)), variables["n"].assign([8, 8])])
    return path


def assert_refused(session, variables, path, error, message, saver=None):
    before = values(session, variables)
    with pytest.raises(error, match=message) as caught:
        (saver or train.Saver()).restore(session, path)
    assert_same(values(session, variables), before)
    return str(caught.value)


def test_all_that_does_not_fit_is_listed_at_once(session, variables, saved):
    more = {
        "a": tf.Variable(np.zeros((2, 4)), name="other_a"),
        "n": tf.Variable(np.zeros(2), name="other_n"),
        "new": tf.Variable(0.0, name="other_new"),
        "newer": tf.Variable(0.0, name="other_newer"),
        "z": variables["z"],
    }
    session.run(tf.variables_initializer(more.values()))
    message = assert_refused(
        session, variables | more, saved, tf.errors.NotFoundError, "nothing was read", train.Saver(more)
    )
    assert "missing: new, newer;" in message
    assert "unexpected: empty, flag, scope/b, text;" in message
    assert "different: a is float64[2,3], expected float64[2,4], n is int64[2], expected float64[2]" in message
    assert str(saved) in message


def test_a_shape_or_a_type_that_differs(session, variables, saved):
    for value, wanted in ((np.zeros((2, 4)), "float64[2,4]"), (np.zeros((2, 3), np.float32), "float32[2,3]")):
        other = tf.Variable(value, name="other")
        session.run(other.initializer)
        message = assert_refused(
            session,
            variables | {"a": other},
            saved,
            tf.errors.InvalidArgumentError,
            "different",
            train.Saver({"a": other}),
        )
        assert f"a is float64[2,3], expected {wanted}" in message


@pytest.mark.parametrize("cut", [0, 4, 100, -1, -1000])
def test_a_truncated_file(session, variables, saved, cut):
    content = saved.read_bytes()
    saved.write_bytes(content[:cut])
    assert_refused(session, variables, saved, (tf.errors.DataLossError, ValueError), "m: ")


def test_an_altered_file(session, variables, saved):
    with h5py.File(saved, "r+") as file:
        file["a"][0, 0] += 1
    assert_refused(session, variables, saved, tf.errors.DataLossError, "checksum of the array 'a' is wrong")


@pytest.mark.parametrize("content", [b"", b"not HDF5 at all", b"\x80\x04pickle"])
def test_a_foreign_file(session, variables, tmp_path, content):
    (tmp_path / "foreign").write_bytes(content)
    assert_refused(session, variables, tmp_path / "foreign", (ValueError, tf.errors.DataLossError), "foreign")


def test_other_hdf5_files(session, variables, tmp_path):
    with h5py.File(tmp_path / "plain", "w") as file:
        file["a"] = VALUES["a"]
    write_arrays(tmp_path / "weights", VALUES, {"kind": "weights"})
    assert_refused(session, variables, tmp_path / "plain", ValueError, "not one that kerasflow wrote")
    assert_refused(session, variables, tmp_path / "weights", ValueError, "it holds 'weights', not 'checkpoint'")


def test_no_file_at_all(session, variables, tmp_path):
    assert_refused(session, variables, tmp_path / "m", ValueError, "no such file")
    assert_refused(session, variables, tmp_path / "no" / "m", tf.errors.NotFoundError, "no folder")
    assert_refused(session, variables, None, ValueError, "save_path is None")
    assert_refused(session, variables, train.latest_checkpoint(tmp_path), ValueError, "save_path is None")


def test_a_failed_save_leaves_the_old_checkpoint(session, variables, tmp_path):
    saver = train.Saver()
    path = saver.save(session, tmp_path / "m")
    old = (tmp_path / "m").read_bytes()
    uninitialised = tf.Variable(0.0, name="late")
    with pytest.raises(tf.errors.FailedPreconditionError, match="late"):
        train.Saver([uninitialised]).save(session, path)
    assert (tmp_path / "m").read_bytes() == old
    assert files(tmp_path) == ["checkpoint", "m"]


# What cannot be done.


def test_what_cannot_be_saved(session, variables, tmp_path):
    saver = train.Saver()
    refused = {
        "no such folder": (ValueError, "no folder", lambda: saver.save(session, tmp_path / "no" / "m")),
        "the state file": (ValueError, "says which checkpoint", lambda: saver.save(session, tmp_path / "checkpoint")),
        "its other name": (ValueError, "says which", lambda: saver.save(session, tmp_path / "m", None, "m")),
        "a state file elsewhere": (
            ValueError,
            "without a folder",
            lambda: saver.save(session, tmp_path / "m", 1, "a/b"),
        ),
        "a folder": (ValueError, "must name a file", lambda: saver.save(session, f"{tmp_path}/")),
        "nothing": (ValueError, "must name a file", lambda: saver.save(session, "")),
        "no session": (TypeError, "needs the session", lambda: saver.save(3, tmp_path / "m")),
        "no session to restore": (TypeError, "needs the session", lambda: saver.restore(tf, tmp_path / "m")),
    }
    for error, message, call in refused.values():
        with pytest.raises(error, match=message):
            call()
    assert files(tmp_path) == []


def test_a_session_of_another_graph(session, variables, tmp_path):
    with tf.Graph().as_default(), tf.Session() as other:
        tf.constant(1.0)
        with pytest.raises(ValueError, match="another graph than that of the variables a:0"):
            train.Saver([variables["a"]]).save(other, tmp_path / "m")


def test_what_no_saver_is_made_of(variables):
    a = variables["a"]
    refused = {
        "nothing": (ValueError, "no variables to save", lambda: train.Saver([])),
        "twice": (ValueError, "two variables have the name 'a'", lambda: train.Saver([a, a])),
        "a number": (TypeError, "takes variables.*3", lambda: train.Saver([3])),
        "a named number": (TypeError, "'a': 3", lambda: train.Saver({"a": 3})),
        "a name of another kind": (TypeError, "takes variables", lambda: train.Saver({3: a})),
        "a negative number": (ValueError, "max_to_keep must be", lambda: train.Saver(max_to_keep=-1)),
        "no number": (ValueError, "max_to_keep must be", lambda: train.Saver(max_to_keep="2")),
    }
    for error, message, call in refused.values():
        with pytest.raises(error, match=message):
            call()
    with tf.Graph().as_default(), pytest.raises(ValueError, match="no variables to save"):
        train.Saver()


def test_an_empty_saver(tmp_path):
    with tf.Session() as session:
        saver = train.Saver(allow_empty=True)
        assert saver.save(session, tmp_path / "m") is None
        saver.restore(session, tmp_path / "m")
    assert files(tmp_path) == []


def test_names_in_their_order(session, variables, tmp_path):
    named = OrderedDict([("z", variables["a"]), ("a", variables["z"])])
    path = train.Saver(named).save(session, tmp_path / "m")
    assert train.list_variables(path) == [("a", [1]), ("z", [2, 3])]


def test_a_finalized_graph_can_be_saved(session, variables, tmp_path):
    saver = train.Saver()
    tf.get_default_graph().finalize()
    saver.restore(session, saver.save(session, tmp_path / "m", 3))


# Reading without a graph.


def test_readers(saved, tmp_path):
    assert train.list_variables(tmp_path) == sorted((name, list(np.shape(v))) for name, v in VALUES.items())
    np.testing.assert_array_equal(train.load_variable(tmp_path, "a"), VALUES["a"])
    np.testing.assert_array_equal(train.load_variable(saved, "scope/b:0"), VALUES["scope/b"])
    for reader in (train.NewCheckpointReader(str(saved)), train.load_checkpoint(tmp_path)):
        assert reader.get_variable_to_shape_map() == {name: list(np.shape(v)) for name, v in VALUES.items()}
        types = reader.get_variable_to_dtype_map()
        assert (types["a"], types["flag"], types["text"]) == (tf.float64, tf.bool, tf.string)
        assert reader.has_tensor("a")
        assert not reader.has_tensor("b")
        assert reader.get_tensor("text").tolist() == [b"x\0", b""]
        with pytest.raises(tf.errors.NotFoundError, match="no 'b'; it has a, empty, flag"):
            reader.get_tensor("b")


def test_nothing_to_read(tmp_path):
    for function in (train.list_variables, train.load_checkpoint, train.NewCheckpointReader):
        with pytest.raises(tf.errors.NotFoundError, match="no such file"):
            function(tmp_path / "m")
    with pytest.raises(ValueError, match="no checkpoint in the folder"):
        train.list_variables(tmp_path)


def test_the_file_has_its_step_and_is_there_at_once(session, variables, tmp_path):
    started = time.time()
    path = train.Saver().save(session, tmp_path / "m", 12)
    with h5py.File(path) as file:
        assert b'"step": 12' in file.attrs["kerasflow"]
    assert abs(train.get_checkpoint_mtimes([path])[0] - started) < 60


# --- TensorFlow's files ----------------------------------------------------------------------------------------------


def test_files_for_tensorflow(session, variables, tmp_path):
    saver = train.Saver(write_version=train.SaverDef.V2, max_to_keep=1)
    assert saver.save(session, tmp_path / "m", 1) == str(tmp_path / "m-1")
    session.run(variables["a"].assign_add(np.ones((2, 3))))
    path = saver.save(session, tmp_path / "m", 2)
    assert files(tmp_path) == ["checkpoint", "m-2.data-00000-of-00001", "m-2.index"]
    assert train.latest_checkpoint(tmp_path) == path and train.checkpoint_exists(path)
    assert train.get_checkpoint_mtimes([path]) == [os.path.getmtime(f"{path}.index")]
    expected = dict(VALUES, a=VALUES["a"] + 1)
    with tf.Session() as other:
        train.Saver().restore(other, path)
        assert_same(values(other, variables), expected.values())
    reader = train.load_checkpoint(tmp_path)
    assert reader.get_variable_to_shape_map() == {n: list(np.shape(v)) for n, v in VALUES.items()}
    assert reader.get_variable_to_dtype_map()["text"] == tf.string
    np.testing.assert_array_equal(reader.get_tensor("a"), expected["a"])


def test_what_tensorflow_saved_is_restored():
    w = tf.Variable(tf.zeros([2, 3]), name="float32")
    weights = [tf.Variable(tf.zeros([3]), name=f"layer/weights_{k:02d}") for k in (3, 7)]
    genuine = os.path.join(os.path.dirname(__file__), os.pardir, "golden", "checkpoint", "m.ckpt-3")
    with tf.Session() as session:
        train.Saver().restore(session, genuine)
        np.testing.assert_array_equal(session.run(w), [[-3, 0, 7], [100, 1, 2]])
        assert [session.run(v).tolist() for v in weights] == [[3, 3, 3], [7, 7, 7]]
        tf.Variable(tf.zeros([2]), name="int8", dtype=tf.float32)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"int8 is int8\[2,3\], expected float32\[2\]"):
            train.Saver().restore(session, genuine)


def test_the_form_that_was_written_last_is_read(session, variables, tmp_path):
    """A checkpoint replaces one of the same name in the other form."""
    ours, theirs = train.Saver(), train.Saver(write_version=2)
    for saver, names in (
        (ours, ["checkpoint", "m"]),
        (theirs, ["checkpoint", "m.data-00000-of-00001", "m.index"]),
        (ours, ["checkpoint", "m"]),
    ):
        session.run(variables["a"].assign_add(np.ones((2, 3))))
        wanted = session.run(variables["a"])
        saver.save(session, tmp_path / "m")
        assert files(tmp_path) == names
        session.run(variables["a"].assign(np.zeros((2, 3))))
        saver.restore(session, tmp_path / "m")
        np.testing.assert_array_equal(session.run(variables["a"]), wanted)


def test_other_formats_are_not_written(variables):
    with pytest.raises(ValueError, match=r"write_version must be SaverDef.V2 or None.*got 1"):
        train.Saver(write_version=train.SaverDef.V1)


# --- random streams --------------------------------------------------------------------------------------------------


def noisy():
    """A graph that draws in every step, and the values of three steps from `session` on."""
    tf.reset_default_graph()
    tf.set_random_seed(5)
    w = tf.Variable(tf.random_normal([4]), name="w")
    dropped = tf.nn.dropout(tf.ones([6]), 0.5, name="dropped") + tf.reduce_sum(w)
    return w, w.assign_add(tf.random_uniform([4])), dropped


def test_random_numbers_go_on_where_they_stopped(tmp_path):
    _, step, dropped = noisy()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        before = [session.run([step, dropped]) for _ in range(3)]
        path = train.Saver().save(session, tmp_path / "m")
        wanted = [session.run([step, dropped]) for _ in range(3)]
    assert [n for n, _ in train.list_variables(path)] == ["w"]
    w, step, dropped = noisy()
    with tf.Session() as session:
        train.Saver().restore(session, path)
        found = [session.run([step, dropped]) for _ in range(3)]
    for a, b, c in zip(found, wanted, before, strict=True):
        assert_same(a, b)
        assert not np.array_equal(a[1] > a[1].min(), c[1] > c[1].min()) or not np.array_equal(a[0], c[0])


def test_streams_of_another_graph_are_passed_over(tmp_path):
    _, step, _ = noisy()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        path = train.Saver().save(session, tmp_path / "m")
    tf.reset_default_graph()
    w = tf.Variable(tf.zeros([4]), name="w")
    tf.random_uniform([2], name="other")
    with tf.Session() as session:
        train.Saver().restore(session, path)
        assert session.run(w).any() and session.kept() == {}
