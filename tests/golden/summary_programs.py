"""Summaries, written once: TensorFlow makes the golden file with them, the tests run them with kerasflow.

Each program takes the library and gives the summary to run.
"""

import numpy as np

RNG = np.random.RandomState(11)
NORMAL = RNG.randn(500)
PIXELS = RNG.uniform(-3, 5, (2, 5, 4, 3)).astype(np.float32)
SOUND = RNG.uniform(-1.2, 1.2, (2, 30, 2)).astype(np.float32)


def _holed():
    pixels = PIXELS.copy()
    pixels[0, 1, 2, 1], pixels[1, 3, 0, 0] = np.nan, np.inf
    return pixels


def _scoped(tf):
    with tf.name_scope("s"):
        tf.summary.scalar("a", 1.0)
        tf.summary.scalar("a", 2.0, family="fam")
    tf.summary.scalar("a", 2.0, family="fam")
    tf.summary.scalar("s/a", 2.0)
    with tf.variable_scope("s"):
        tf.summary.scalar("a", 2)
    return tf.summary.merge_all()


def _filtered(tf):
    tf.summary.scalar("loss/a", 1.0)
    tf.summary.scalar("error", 2.0)
    tf.summary.scalar("loss/b", 3.0, collections=["summaries", "mine"])
    tf.summary.scalar("elsewhere", 3.0, collections=["mine"])
    return tf.summary.merge_all(scope="loss")


def _described(tf):
    return tf.summary.tensor_summary(
        "t", tf.constant([[1, 2, 3], [4, 5, 6]]), summary_description="desc", display_name="disp", family="q"
    )


PROGRAMS = {
    "scalar": lambda tf: tf.summary.scalar("a b", 1.5),
    "scalar of a double": lambda tf: tf.summary.scalar("/x", np.float64(0.1)),
    "scalar too large": lambda tf: tf.summary.scalar("x", np.float64(1e300)),
    "scalar of an integer": lambda tf: tf.summary.scalar("x", tf.constant(3, tf.int64)),
    "scalar in a family": lambda tf: tf.summary.scalar("x", tf.constant(3, tf.uint8), family="f g"),
    "scalar not a number": lambda tf: tf.summary.scalar("x", tf.constant(float("nan"))),
    "scalar of a variable": lambda tf: tf.summary.scalar("x", tf.Variable(2.5)),
    "histogram": lambda tf: tf.summary.histogram("h", tf.constant(NORMAL)),
    "histogram of an array": lambda tf: tf.summary.histogram("h", NORMAL),
    "histogram of a list": lambda tf: tf.summary.histogram("h", [1, 2, 2]),
    "histogram of floats": lambda tf: tf.summary.histogram("h", NORMAL.astype(np.float32).reshape(20, 25)),
    "histogram of integers": lambda tf: tf.summary.histogram("h", tf.constant([1, 2, 7, 0, -3])),
    "histogram without a name": lambda tf: tf.summary.histogram(None, tf.constant([1.0])),
    "histogram of nothing": lambda tf: tf.summary.histogram("h", np.zeros(0)),
    "histogram of a constant": lambda tf: tf.summary.histogram("h", np.zeros(7)),
    "histogram of extremes": lambda tf: tf.summary.histogram(
        "h", tf.constant(np.array([-1e-13, 0.0, 1e-13, 1e-12, 1e20, 1e21, -5.0, 1.1e-12, 1e150, -1e100]))
    ),
    "image": lambda tf: tf.summary.image("i", PIXELS),
    "image of positive numbers": lambda tf: tf.summary.image("i", np.abs(PIXELS), max_outputs=1, family="fam"),
    "image of doubles": lambda tf: tf.summary.image("i", tf.constant(PIXELS.astype(np.float64))),
    "image of an array": lambda tf: tf.summary.image("i", PIXELS.astype(np.float64)),
    "image of halves": lambda tf: tf.summary.image("i", tf.constant(PIXELS.astype(np.float16))),
    "image of bytes": lambda tf: tf.summary.image("i", tf.constant((PIXELS * 20 + 60).astype(np.uint8))),
    "image grey": lambda tf: tf.summary.image("i", PIXELS[..., :1]),
    "image of zeros": lambda tf: tf.summary.image("i", np.zeros((1, 2, 3, 1), np.float32)),
    "image with opacity": lambda tf: tf.summary.image("i", np.tile(PIXELS, (2, 1, 1, 2))[..., :4]),
    "image with holes": lambda tf: tf.summary.image("i", _holed()),
    "image grey with holes": lambda tf: tf.summary.image("i", _holed()[..., 1:2]),
    "image of holes": lambda tf: tf.summary.image("i", np.full((1, 2, 2, 3), np.nan, np.float32)),
    "audio": lambda tf: tf.summary.audio("a", SOUND, 8000),
    "audio of one channel": lambda tf: tf.summary.audio("a", SOUND[..., 0], 44100.7, max_outputs=1),
    "text": lambda tf: tf.summary.text("t", tf.constant("h\u00e9llo")),
    "text in a table": lambda tf: tf.summary.text("t", tf.constant([["a", "b"], ["c", ""]])),
    "tensor": lambda tf: tf.summary.tensor_summary("t", tf.constant([1.5, 2.0])),
    "tensor described": _described,
    "tensor of flags": lambda tf: tf.summary.tensor_summary("t", tf.constant([True, False])),
    "tensor of complex numbers": lambda tf: tf.summary.tensor_summary("t", tf.constant([1.5, 2j], tf.complex64)),
    "tensor of nothing": lambda tf: tf.summary.tensor_summary("t", tf.zeros([0, 3])),
    "merge": lambda tf: tf.summary.merge(
        [tf.summary.scalar("a", 1.0), tf.summary.text("b", tf.constant("x"))], name="my merge", collections=["c"]
    ),
    "merge nothing": lambda tf: tf.summary.merge([tf.constant(["", ""])]),
    "scopes": _scoped,
    "filter": _filtered,
}
FAILING = {
    "scalar of a vector": lambda tf: tf.summary.scalar("x", tf.constant([1.5])),
    "scalar of a flag": lambda tf: tf.summary.scalar("x", tf.constant(True)),
    "scalar of text": lambda tf: tf.summary.scalar("x", tf.constant("s")),
    "scalar without a name": lambda tf: tf.summary.scalar(None, 1.0),
    "scalar with an empty name": lambda tf: tf.summary.scalar("", 1.0),
    "histogram of NaN": lambda tf: tf.summary.histogram("h", tf.constant([1.0, np.nan])),
    "histogram of infinity": lambda tf: tf.summary.histogram("h", tf.constant([1.0, -np.inf])),
    "histogram of flags": lambda tf: tf.summary.histogram("h", tf.constant([True])),
    "image of two channels": lambda tf: tf.summary.image("i", PIXELS[..., :2]),
    "image of rank 2": lambda tf: tf.summary.image("i", PIXELS[0, 0]),
    "image of integers": lambda tf: tf.summary.image("i", tf.constant(1, tf.int32, [1, 2, 3, 1])),
    "image none": lambda tf: tf.summary.image("i", PIXELS, max_outputs=0),
    "audio of rank 1": lambda tf: tf.summary.audio("a", SOUND[0, :, 0], 8000),
    "audio at no rate": lambda tf: tf.summary.audio("a", SOUND, 0.0),
    "audio of doubles": lambda tf: tf.summary.audio("a", tf.constant(SOUND.astype(np.float64)), 8000),
    "text of numbers": lambda tf: tf.summary.text("t", tf.constant(1.0)),
    "merge without summaries": lambda tf: tf.summary.merge([]),
    "merge twice": lambda tf: tf.summary.merge([tf.summary.scalar("a", 1.0)] * 2),
    "merge what is none": lambda tf: tf.summary.merge([tf.constant("garbage")]),
}


def run(program, tf):
    """What the operations are called, and the bytes."""
    with tf.Graph().as_default() as graph:
        summary = program(tf)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            content = session.run(summary)
    prefix = summary.op.name.rpartition("/")[0]
    inputs = [t.op.name for t in summary.op.inputs]
    keys = [k for k in ("summaries", "mine", "c") if summary in graph.get_collection(k)]
    return {"name": summary.op.name, "type": summary.op.type, "inputs": inputs, "scope": prefix, "in": keys}, content
