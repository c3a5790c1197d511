"""Clusters whose servers are in this process: names, placements and errors are those of TensorFlow 1.15.5."""

import pytest

import kerasflow as tf
from kerasflow.core import targets

SPEC = {"worker": ["h1:1", "h2:2"], "ps": ["p:3"]}
GAPS = {"w": {1: "a:1", 3: "b:2"}}


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    monkeypatch.setattr(targets, "known", {})
    monkeypatch.setattr(tf.train.Server, "_clusters", {})


def test_the_tasks_of_a_cluster():
    c = tf.train.ClusterSpec(SPEC)
    assert (c.as_dict(), c.jobs, c.num_tasks("worker"), c.task_indices("worker")) == (SPEC, ["worker", "ps"], 2, [0, 1])
    assert (c.task_address("worker", 1), c.job_tasks("worker")) == ("h2:2", ["h1:1", "h2:2"])
    gaps = tf.train.ClusterSpec(GAPS)
    assert (gaps.as_dict(), gaps.job_tasks("w"), gaps.task_indices("w")) == (GAPS, [None, "a:1", None, "b:2"], [1, 3])
    assert c == tf.train.ClusterSpec(c) != gaps and hash(c) == hash(tf.train.ClusterSpec(dict(SPEC)))
    assert c and not tf.train.ClusterSpec({})
    assert repr(c) == "ClusterSpec({'ps': ['p:3'], 'worker': ['h1:1', 'h2:2']})"


def test_a_cluster_as_a_message():
    pytest.importorskip("tensorboard")
    c = tf.train.ClusterSpec(SPEC)
    message = c.as_cluster_def()
    assert [j.name for j in message.job] == ["ps", "worker"] and dict(message.job[1].tasks) == {0: "h1:1", 1: "h2:2"}
    assert tf.train.ClusterSpec(message) == c


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (3, "`cluster` must be a dictionary"),
        ({"w": 3}, "tasks for job 'w' must be a list or a dictionary"),
        ({"w": {"a": "b"}}, "tasks for job 'w' must be numbered by integers"),
        ({"w": [3]}, "Task address 3 must be bytes or unicode"),
        ({3: ["a"]}, "Job name 3 must be bytes or unicode"),
    ],
)
def test_what_is_no_cluster(wrong, message):
    with pytest.raises(TypeError, match=message):
        tf.train.ClusterSpec(wrong)


def test_tasks_that_are_not_there():
    c = tf.train.ClusterSpec(SPEC)
    with pytest.raises(ValueError, match="No such job in cluster: 'x'"):
        c.num_tasks("x")
    with pytest.raises(ValueError, match="No task with index 5 in job 'worker'"):
        c.task_address("worker", 5)
    with pytest.raises(tf.errors.InternalError, match='Job "nope" was not defined'):
        tf.train.Server(c, job_name="nope", task_index=0)
    with pytest.raises(tf.errors.InvalidArgumentError, match='Task 4 was not defined in job "ps"'):
        tf.train.Server(c, job_name="ps", task_index=4)
    with pytest.raises(ValueError, match="explicit `task_index`"):
        tf.train.Server(c, job_name="worker")
    with pytest.raises(ValueError, match="explicit `job_name`"):
        tf.train.Server(c)


def test_a_local_server():
    first, second = tf.train.Server.create_local_server(), tf.train.Server.create_local_server()
    assert first.target.startswith("grpc://localhost:") and first.target != second.target
    w = tf.Variable(1.0)
    with tf.Session(first.target) as sess:
        sess.run(w.initializer)
        assert sess.run(w) == 1.0
        assert [d.name for d in sess.list_devices()] == ["/job:local/replica:0/task:0/device:CPU:0"]
    with tf.Session(second.target) as sess, pytest.raises(tf.errors.FailedPreconditionError):
        sess.run(w)
    with pytest.raises(RuntimeError, match="local/0 serves its own process alone"):
        first.join()


def test_sessions_on_a_cluster_share_variables(capsys):
    cluster = tf.train.ClusterSpec({"ps": ["127.0.0.1:2221"], "worker": ["127.0.0.1:2222"]})
    ps, worker = (tf.train.Server(cluster, job_name=j, task_index=0) for j in ("ps", "worker"))
    assert (ps.target, worker.target) == ("grpc://127.0.0.1:2221", "grpc://127.0.0.1:2222")
    with tf.device("/job:ps"):
        a = tf.Variable(1.0, name="a")
    with tf.device("/job:worker"):
        b = a + 2.0
    with tf.Session("grpc://127.0.0.1:2221", config=tf.ConfigProto(log_device_placement=True)) as sess:
        sess.run(a.initializer)
        assert sess.run(b) == 3.0
    assert "add: (Add): /job:worker/replica:0/task:0/device:CPU:0" in capsys.readouterr().err
    with tf.Session(worker.target) as sess:
        assert sess.run(a) == 1.0
        sess.run(a.assign(5.0))
    with tf.Graph().as_default(), tf.Session(ps.target) as sess:
        other = tf.Variable(0.0, name="a")
        assert sess.run(other) == 5.0
    with tf.device("/job:nope"):
        z = tf.constant(1.0) + 1.0
    with tf.Session(ps.target) as sess, pytest.raises(tf.errors.InvalidArgumentError, match="/job:ps/.*, /job:worker/"):
        sess.run(z)
    with tf.device("/job:worker/gpu:0"):
        z = tf.constant(1.0) + 1.0
    with tf.Session(ps.target, config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        assert sess.run(z) == 2.0
    tf.Session.reset(ps.target)
    with tf.Session(ps.target) as sess, pytest.raises(tf.errors.FailedPreconditionError):
        sess.run(a)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="/job:localhost"):
        sess.run(a.initializer)


def test_targets_that_are_not_there():
    server = tf.train.Server({"w": ["host:1"]}, start=False)
    with pytest.raises(ValueError, match="Cannot reach the target 'grpc://host:1'"):
        tf.Session(server.target)
    server.start()
    tf.Session(server.target).close()
    tf.Session.reset("")


def test_variables_are_placed_in_turn():
    setter = tf.train.replica_device_setter
    with tf.device(setter(ps_tasks=2)):
        v = [tf.Variable(1.0) for _ in range(3)]
        x = v[0] + 1.0
    assert [w.device for w in v] == ["/job:ps/task:0", "/job:ps/task:1", "/job:ps/task:0"]
    assert (x.device, v[1].initializer.device, v[1].value().device) == ("/job:worker", *["/job:ps/task:1"] * 2)
    with tf.device(setter(cluster=tf.train.ClusterSpec(SPEC), worker_device="/job:w")):
        v = [tf.Variable(1.0) for _ in range(2)]
        assert [w.device for w in v] == ["/job:ps/task:0"] * 2 and tf.constant(1.0).device == "/job:w"


def test_blocks_inside_say_more():
    with tf.device(tf.train.replica_device_setter(ps_tasks=2)):
        v = tf.Variable(1.0)
        with tf.device("/cpu:0"):
            x, w = v * 2.0, tf.Variable(2.0)
        with tf.device("/task:1"):
            y = v * 2.0
        with tf.device("/job:other"):
            z, u = tf.constant(1.0), tf.Variable(1.0)
    assert [t.device for t in (v, x, w, y, z, u)] == [
        "/job:ps/task:0",
        "/job:worker/device:CPU:0",
        "/job:ps/task:1/device:CPU:0",
        "/job:worker/task:1",
        "/job:other",
        "/job:other",
    ]


def test_how_variables_are_placed():
    setter = tf.train.replica_device_setter
    assert setter() is setter(ps_tasks=0) is setter(cluster=tf.train.ClusterSpec({"worker": ["h:1"]})) is None
    with tf.device(setter(ps_tasks=2, ps_strategy=lambda op: 7, ps_ops=["Const"])):
        assert tf.constant(1.0).device == "/job:ps/task:7"
    with pytest.raises(TypeError, match="ps_strategy must be callable"):
        setter(ps_tasks=2, ps_strategy=3)
    with pytest.raises(TypeError, match="`cluster` must be a dictionary"):
        setter(cluster=3)
