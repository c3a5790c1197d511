"""`FileWriter` and what TensorBoard's own reader makes of its files."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.config_pb2 import RunMetadata

import kerasflow as tf
from kerasflow.core import deprecation
from tests.summary import png


def events(folder):
    """All events of the files of a folder, in the order of their names."""
    return [e for n in sorted(os.listdir(folder)) for e in tf.train.summary_iterator(os.path.join(folder, n))]


KINDS = ("tensors", "scalars", "histograms", "images", "audio")


def accumulated(folder):
    found = EventAccumulator(str(folder), size_guidance=dict.fromkeys(KINDS, 0))
    return found.Reload()


def value(tag, x):
    return tf.Summary(value=[tf.Summary.Value(tag=tag, simple_value=x)])


def test_a_program_in_tensorboards_eyes(tmp_path):
    with tf.name_scope("layer"):
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        with tf.device("/cpu:0"):
            y = tf.reduce_mean(x, 0, name="y")
        with tf.control_dependencies([y]):
            tf.identity(x, name="after")
    tf.summary.scalar("first", y[0])
    tf.summary.histogram("all", y)
    tf.summary.image("picture", tf.reshape(x, [1, 1, -1, 3]))
    tf.summary.audio("sound", tf.reshape(x, [1, -1]), 100.0, max_outputs=1)
    tf.summary.text("words", tf.constant("some *words*"))
    merged = tf.summary.merge_all()
    data = np.random.default_rng(0).uniform(-1, 1, (4, 5, 3)).astype(np.float32)
    with tf.Session() as session, tf.summary.FileWriter(tmp_path, session.graph) as writer:
        for step in range(4):
            writer.add_summary(session.run(merged, {x: data[step]}), step * 10)
    board = accumulated(tmp_path)
    means = data.mean(1)
    assert [e.step for e in board.Scalars("first")] == [0, 10, 20, 30]
    np.testing.assert_allclose([e.value for e in board.Scalars("first")], means[:, 0], rtol=1e-6)
    histograms = [e.histogram_value for e in board.Histograms("all")]
    np.testing.assert_allclose([h.sum for h in histograms], means.sum(1), rtol=1e-5)
    picture = board.Images("picture/image/0")[0]
    assert (picture.width, picture.height) == (5, 1) and png.read(picture.encoded_image_string).shape == (1, 5, 3)
    assert board.Audio("sound/audio")[0].length_frames == 15
    assert board.Tensors("words")[0].tensor_proto.string_val == [b"some *words*"]
    assert board.SummaryMetadata("words").plugin_data.plugin_name == "text"
    nodes = {n.name: n for n in board.Graph().node}
    assert nodes["layer/y"].device == "/device:CPU:0" and "^layer/y" in nodes["layer/after"].input
    shape = nodes["layer/x"].attr["_output_shapes"].list.shape[0]
    assert [d.size for d in shape.dim] == [-1, 3] and nodes["first"].op == "ScalarSummary"


def test_the_kinds_of_events(tmp_path):
    tf.constant(1.0, name="c")
    writer = tf.summary.FileWriter(tmp_path, tf.get_default_graph(), filename_suffix=".suffix")
    writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), global_step=7)
    writer.add_run_metadata(RunMetadata(), "run", 3)
    writer.add_meta_graph(tf.MetaGraphDef(), 4)
    writer.add_graph(graph_def=tf.GraphDef(), global_step=5)
    writer.add_event(tf.Event(step=9, wall_time=2.0, summary=value("a", 1.0)))
    writer.add_summary(value("b", 2.0), np.int64(11))
    writer.close()
    found = events(tmp_path)
    kinds = "file_version graph_def meta_graph_def session_log tagged_run_metadata meta_graph_def graph_def"
    assert [e.WhichOneof("what") for e in found] == [*kinds.split(), "summary", "summary"]
    assert [e.step for e in found] == [0, 0, 0, 7, 3, 4, 5, 9, 11]
    assert found[0].file_version == "brain.Event:2" and found[7].wall_time == 2.0 and found[8].wall_time > 1e9
    assert tf.GraphDef.FromString(found[1].graph_def).node[0].name == "c"
    assert tf.MetaGraphDef.FromString(found[2].meta_graph_def).graph_def.node[0].name == "c"
    assert all(n.endswith(".suffix") for n in os.listdir(tmp_path)) and writer.get_logdir() == str(tmp_path)
    with pytest.raises(ValueError, match="The provided tag was already used for this event type"):
        writer.add_run_metadata(RunMetadata(), "run", 4)


def test_a_start_hides_what_was_written_after_it(tmp_path):
    for start in (0, 5):
        with tf.summary.FileWriter(tmp_path) as writer:
            if start:
                writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), start)
            for step in range(start, 8):
                writer.add_summary(value("loss", 100.0 * start + step), step)
    assert [e.value for e in accumulated(tmp_path).Scalars("loss")] == [0, 1, 2, 3, 4, 505, 506, 507]


def test_metadata_is_written_once(tmp_path):
    text = tf.summary.text("t", tf.constant("x"))
    with tf.Session() as session, tf.summary.FileWriter(tmp_path) as writer:
        summary = tf.Summary.FromString(session.run(text))
        for step in range(3):
            writer.add_summary(summary, step)
    assert summary.value[0].metadata.plugin_data.plugin_name == "text", "the caller's message is left alone"
    assert [e.summary.value[0].HasField("metadata") for e in events(tmp_path)[1:]] == [True, False, False]


def test_closed_and_opened_again(tmp_path):
    writer = tf.summary.FileWriter(tmp_path)
    assert os.listdir(tmp_path) == []
    writer.add_summary(value("a", 1.0))
    writer.close()
    writer.close()
    with pytest.warns(UserWarning, match="nothing is written until it is opened again") as caught:
        writer.add_summary(value("a", 2.0))
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="closed"):
        writer.flush()
    writer.reopen()
    writer.add_summary(value("a", 3.0))
    writer.flush()
    assert len(os.listdir(tmp_path)) == 2
    assert [v.simple_value for e in events(tmp_path) for v in e.summary.value] == [1.0, 3.0]
    writer.close()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda w: w.add_summary("abc"), TypeError, "must be a tf.Summary or bytes, got 'abc', a str"),
        (lambda w: w.add_summary(None), TypeError, "got None"),
        (lambda w: w.add_summary(b"garbage"), ValueError, "not a serialised Summary"),
        (lambda w: w.add_summary(value("a", 1.0), "x"), ValueError, "invalid literal"),
        (lambda w: w.add_graph(3), TypeError, "tf.Graph or a tf.GraphDef, got 3"),
        (lambda w: w.add_graph(tf.Graph(), graph_def=tf.GraphDef()), ValueError, "but not both"),
        (lambda w: w.add_meta_graph(3), TypeError, "must be a MetaGraphDef"),
        (lambda w: w.add_event(3), TypeError, "must be a tf.Event"),
        (lambda w: tf.summary.FileWriter(None), TypeError, "logdir must be a path"),
        (lambda w: tf.summary.FileWriter(__file__), OSError, "exists"),
    ],
)
def test_what_is_refused(tmp_path, call, error, text):
    with pytest.raises(error, match=text):
        call(tf.summary.FileWriter(tmp_path))
    assert os.listdir(tmp_path) == []


def test_the_cache(tmp_path):
    tf.constant(1.0, name="c")
    writer = tf.summary.FileWriterCache.get(tmp_path)
    assert tf.summary.FileWriterCache.get(str(tmp_path)) is writer
    tf.summary.FileWriterCache.clear()
    assert [e.WhichOneof("what") for e in events(tmp_path)] == ["file_version", "graph_def", "meta_graph_def"]
    assert tf.summary.FileWriterCache.get(tmp_path) is not writer
    tf.summary.FileWriterCache.clear()


def test_former_names(tmp_path, monkeypatch):
    monkeypatch.setattr(deprecation, "warned", set())
    calls = [
        lambda: tf.scalar_summary(["a loss", "b"], [1.0, 2.0], name="s"),
        lambda: tf.histogram_summary("h", [1.0, 2.0]),
        lambda: tf.image_summary("i", np.zeros((1, 2, 2, 1), np.float32), max_images=1, collections=[]),
        lambda: tf.audio_summary("snd", np.zeros((1, 4), np.float32), 8.0, max_outputs=1),
        tf.merge_all_summaries,
        lambda: tf.merge_summary([tf.summary.scalar("x", 3.0)]),
        lambda: tf.train.SummaryWriter(tmp_path),
    ]
    made = []
    for call in calls:
        with pytest.warns(DeprecationWarning, match="is the name that tf.summary"):
            made.append(call())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tf.scalar_summary("again", 1.0)
    assert [t.op.name for t in made[:4]] == ["s", "HistogramSummary", "ImageSummary", "AudioSummaryV2"]
    with tf.Session() as session:
        assert [v.tag for v in tf.Summary.FromString(session.run(made[4])).value] == ["a loss", "b", "h", "snd/audio"]
        assert [v.tag for v in tf.Summary.FromString(session.run(made[2])).value] == ["i/image"]
    assert isinstance(made[6], tf.summary.FileWriter)


def test_graphs_with_summaries_come_back():
    x = tf.constant([[0.5, -1.0]])
    tf.summary.scalar("loss", x[0, 0])
    tf.summary.histogram("h", x)
    tf.summary.image("i", tf.reshape(x, [1, 1, 2, 1]), max_outputs=1)
    tf.summary.audio("a", x, 100.0, max_outputs=1)
    tf.summary.tensor_summary("t", x, display_name="d")
    merged = tf.summary.merge_all()
    with tf.Session() as session:
        expected = session.run(merged)
    with tf.Graph().as_default():
        [again] = tf.import_graph_def(merged.graph.as_graph_def(), return_elements=[merged.name], name="")
        with tf.Session() as session:
            assert session.run(again) == expected


def test_a_program_that_names_no_summaries_can_import_them(tmp_path):
    made = tf.summary.merge([tf.summary.scalar("loss", 1.0)])
    (tmp_path / "graph.pb").write_bytes(made.graph.as_graph_def().SerializeToString())
    program = f"""
import kerasflow as tf
definition = tf.GraphDef.FromString(open({str(tmp_path / "graph.pb")!r}, "rb").read())
[made] = tf.import_graph_def(definition, return_elements=[{made.name!r}], name="")
print(tf.Session().run(made))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    with tf.Session() as session:
        assert done.stdout == f"{session.run(made)}\n"


@pytest.mark.parametrize("call", ["tf.summary.scalar('a', 2.0)", "tf.scalar_summary('a', 2.0)"])
def test_the_first_name_that_a_program_uses(call):
    """Rooms are loaded when they are first named, with all that they need."""
    program = f"import kerasflow as tf; print(tf.Session().run({call}))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == f"{tf.Summary(value=[tf.Summary.Value(tag='a', simple_value=2.0)]).SerializeToString()}\n"


def test_without_tensorboard():
    """Said where the summary is asked for, not in the middle of a run."""
    program = """
import sys
sys.modules["tensorboard"] = None
import kerasflow as tf
for call in (lambda: tf.summary.scalar("a", 1.0), lambda: tf.summary.FileWriter("."), lambda: tf.Summary(),
             lambda: tf.summary.merge([tf.constant("")]), lambda: tf.scalar_summary("a", 1.0)):
    try:
        call()
    except ImportError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 5 and all(line.endswith("pip install 'kerasflow[tensorboard]'.") for line in lines)


def test_names_of_messages():
    assert tf.summary.Summary is tf.Summary and tf.summary.Event is tf.Event
    assert {"Summary", "Event", "SessionLog"} <= set(dir(tf.summary))
    with pytest.raises(AttributeError, match="no attribute 'Sumary'"):
        tf.summary.Sumary  # noqa: B018  # the lookup is what is tested
    assert tf.Summary.Value(tag="a", simple_value=1.0).tag == "a" and tf.HistogramProto().num == 0


def test_descriptions():
    node = tf.NodeDef(op="TensorSummary")
    node.attr["description"].s = b'{"typeHint": "scalar"}'
    assert tf.summary.get_summary_description(node) == tf.summary.SummaryDescription(type_hint="scalar")
    with pytest.raises(ValueError, match="Can't get_summary_description on TensorSummaryV2"):
        tf.summary.get_summary_description(tf.NodeDef(op="TensorSummaryV2"))
