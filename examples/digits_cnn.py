"""A convolutional network tells scikit-learn's handwritten digits apart: 98 of 100 that it has not seen."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import kerasflow as tf
from kerasflow import Sequential, layers

SHARE = 1 / 3  # of the images, kept for the test

tf.set_random_seed(1)
images, digits = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8, 1) / 16
seen, unseen, seen_digits, unseen_digits = train_test_split(
    images, digits, test_size=SHARE, stratify=digits, random_state=0
)

model = Sequential(
    [
        layers.Input((8, 8, 1)),
        layers.Conv2D(32, 3, activation="relu", padding="same"),
        layers.BatchNormalization(),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dropout(0.25),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(seen, seen_digits, epochs=30, batch_size=32, verbose=0)

_, accuracy = model.evaluate(unseen, unseen_digits, verbose=0)
print(f"{len(unseen)} digits it has not seen: {accuracy:.1%} right")
if accuracy < 0.98:
    raise SystemExit("It should have been 98% at least.")
