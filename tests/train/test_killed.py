"""A training program that is killed at any moment goes on from a sound checkpoint, and ends where it would have."""

import random
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import sys
import time
import kerasflow as tf
tf.set_random_seed(1)
step = tf.train.get_or_create_global_step()
x = tf.random_normal([16, 4], seed=2)
y = tf.layers.dense(tf.layers.dropout(x, 0.5, seed=3, training=True), 3, name="d")
loss = tf.reduce_mean(tf.square(y - tf.reduce_sum(x, 1, keepdims=True)))
train = tf.train.AdamOptimizer(0.01).minimize(loss, global_step=step)
final = tf.train.FinalOpsHook(tf.trainable_variables())
hooks = [tf.train.StopAtStepHook(last_step=600), final]
with tf.train.MonitoredTrainingSession(checkpoint_dir=sys.argv[1], hooks=hooks, save_checkpoint_steps=7) as sess:
    while not sess.should_stop():
        sess.run(train)
        time.sleep(0.003)
print([v.tolist() for v in final.final_ops_values])
"""


def started(folder):
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)], stdout=subprocess.PIPE, text=True)


def newest(folder):
    """The step of the newest checkpoint."""
    return max([int(path.name.split("-")[1].split(".")[0]) for path in folder.glob("model.ckpt-*")], default=0)


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path):
    undisturbed, _ = started(tmp_path / "whole").communicate(timeout=200)
    rng = random.Random(0)
    folder = tmp_path / "killed"
    folder.mkdir()
    for _ in range(20):
        process = started(folder)
        goal = newest(folder) + rng.randint(8, 26)
        while process.poll() is None and newest(folder) < goal:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.02))  # wherever it then is in its work
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert 100 < newest(folder) < 600
    found, _ = started(folder).communicate(timeout=200)
    assert found == undisturbed and found.count("[") > 3
