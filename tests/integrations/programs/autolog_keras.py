"""Keras on JAX."""

import numpy as np

import dotscience as ds

ds.autolog()

import keras  # noqa: E402

seeded = np.random.default_rng(0)
X, y = seeded.normal(size=(64, 4)), seeded.integers(0, 2, 64)
model = keras.Sequential(
    [keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"]
)
model.fit(X, y, epochs=3, batch_size=16, validation_split=0.25, verbose=0)
