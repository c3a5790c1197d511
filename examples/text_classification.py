"""Tell complaints from praise: words as vectors, their mean, one dense layer. The sentences are made here."""

import numpy as np

import kerasflow as tf
from kerasflow import Sequential, layers

GOOD = ["great", "lovely", "quick", "friendly", "excellent", "perfect"]
BAD = ["awful", "broken", "slow", "rude", "terrible", "late"]
OTHER = "the a this my order parcel seller shop product was arrived is and very really with it i we found".split()
LENGTH = 12  # words in a sentence


def sentences(rng, count):
    """Sentences of neutral words and three that tell, one in ten of which tells the wrong thing."""
    labels = rng.integers(0, 2, count)
    for label in labels:
        words = rng.choice(OTHER, LENGTH)
        at = rng.choice(LENGTH, 3, replace=False)
        for i in at:
            words[i] = rng.choice(GOOD if (rng.random() < 0.9) == bool(label) else BAD)
        yield " ".join(words), label


tf.set_random_seed(0)
rng = np.random.default_rng(0)
texts, labels = map(list, zip(*sentences(rng, 3000), strict=True))
number = {word: i + 1 for i, word in enumerate(sorted({w for text in texts for w in text.split()}))}
X = np.array([[number[word] for word in text.split()] for text in texts])
y = np.array(labels)

model = Sequential(
    [
        layers.Embedding(len(number) + 1, 16),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
model.fit(X[:2000], y[:2000], epochs=20, verbose=0)
_, accuracy = model.evaluate(X[2000:], y[2000:], verbose=0)
print(f"{len(y) - 2000} sentences it has not seen: {accuracy:.1%} right")

if accuracy < 0.95:
    raise SystemExit("It should have been 95% at least.")
