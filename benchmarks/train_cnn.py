"""Training steps of a small convolutional network, compiled and interpreted: ``python benchmarks/train_cnn.py``.

28x28 images, 3x3 convolutions to 16 and to 32 channels with pooling by 2, and 10 outputs; Adam, batches of 32. The
engines take turns, with PyTorch if it is there; the median CPU time of a step over the rounds is printed, and ratios to
the first. Set OPENBLAS_NUM_THREADS=1, and OMP_NUM_THREADS=1 for PyTorch.
"""

import importlib.util
import statistics
import time

import numpy as np

import kerasflow as tf
from kerasflow.core.engine.loop import Loop

ROWS, BATCH, ROUNDS = 1024, 32, 3


def kerasflow_epoch(engine, images, labels):
    """A function that trains for one epoch on this engine."""
    rng = np.random.default_rng(0)

    def weight(*shape):
        return tf.Variable((rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[:-1]))).astype(np.float32))

    with tf.Graph().as_default():
        x, y = tf.placeholder(tf.float32, [None, 28, 28, 1]), tf.placeholder(tf.int32, [None])
        hidden = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, weight(3, 3, 1, 16), 1, "SAME"), weight(16)))
        hidden = tf.nn.max_pool(hidden, 2, 2, "VALID")
        hidden = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(hidden, weight(3, 3, 16, 32), 1, "SAME"), weight(32)))
        hidden = tf.reshape(tf.nn.max_pool(hidden, 2, 2, "VALID"), [-1, 7 * 7 * 32])
        logits = tf.nn.xw_plus_b(hidden, weight(7 * 7 * 32, 10), weight(10))
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        step = tf.train.AdamOptimizer().minimize(loss)
        session = tf.Session()
        session.run(tf.global_variables_initializer())
    loop = Loop(session.executable([step], [x, y]), [images, labels])

    def epoch():
        tf.config.set_engine(engine)
        loop.run(rng.permutation(ROWS), BATCH)

    return epoch


def torch_epoch(images, labels):
    """The same in PyTorch."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    convolutions = nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1)
    model = nn.Sequential(*convolutions, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(7 * 7 * 32, 10))
    optimizer, loss = torch.optim.Adam(model.parameters(), fused=True), nn.CrossEntropyLoss()
    x, y = torch.from_numpy(images.transpose(0, 3, 1, 2).copy()), torch.from_numpy(labels.astype(np.int64))

    def epoch():
        for rows in torch.randperm(ROWS).split(BATCH):
            optimizer.zero_grad()
            loss(model(x[rows]), y[rows]).backward()
            optimizer.step()

    return epoch


def main():
    """Measure and print."""
    rng = np.random.default_rng(0)
    images = rng.standard_normal((ROWS, 28, 28, 1)).astype(np.float32)
    labels = rng.integers(0, 10, ROWS).astype(np.int32)
    epochs = {f"kerasflow, {e}": kerasflow_epoch(e, images, labels) for e in ("native", "interpreter")}
    if importlib.util.find_spec("torch"):
        epochs["PyTorch"] = torch_epoch(images, labels)
    seconds = {name: [] for name in epochs}
    for _ in range(ROUNDS + 1):
        for name, epoch in epochs.items():
            started = time.process_time()
            epoch()
            seconds[name].append(time.process_time() - started)
    steps = ROWS // BATCH
    medians = {name: statistics.median(times[1:]) / steps * 1e3 for name, times in seconds.items()}
    first = next(iter(medians.values()))
    print("; ".join(f"{name}: {ms:.2f} ms a step, {ms / first:.1f} times" for name, ms in medians.items()))


if __name__ == "__main__":
    main()
