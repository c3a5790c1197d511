"""Fit a Keras model to the diabetes data, as in a notebook: compile, fit, look at the history, evaluate, predict."""

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

import kerasflow as tf
from kerasflow import Sequential, callbacks, layers, optimizers, regularizers

tf.set_random_seed(0)
X, y = load_diabetes(return_X_y=True)
X = (X / X.std(axis=0)).astype(np.float32)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
center, scale = y_train.mean(), y_train.std()

model = Sequential(
    [
        layers.Dense(32, activation="relu", kernel_regularizer=regularizers.l2(1e-3), input_shape=(X.shape[1],)),
        layers.Dropout(0.2),
        layers.Dense(1),
    ]
)
model.compile(optimizer=optimizers.Adam(learning_rate=3e-3), loss="mse", metrics=["mae"])
model.summary()
history = model.fit(
    X_train,
    (y_train - center) / scale,
    epochs=100,
    validation_split=0.2,
    callbacks=[callbacks.EarlyStopping(patience=10)],
    verbose=0,
)
print(f"{len(history.epoch)} epochs, validation loss {min(history.history['val_loss']):.3f}")

predicted = model.predict(X_test, verbose=0)[:, 0] * scale + center
r2 = 1 - np.sum((y_test - predicted) ** 2) / np.sum((y_test - y_test.mean()) ** 2)
print(f"test R2 {r2:.2f}")
if r2 < 0.3:
    raise SystemExit("the model should explain at least 0.3 of the variance")
