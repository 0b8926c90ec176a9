# SPDX-License-Identifier: Apache-2.0
"""What is not finite in a step of a table: the rows that are NaN after it are those of Keras 3.16 on JAX."""
import numpy as np
import pytest

import keratin

NAN, INF = float("nan"), float("inf")
ALL = [0, 1, 2, 3, 4, 5]
# Options, the gradient of row 2, and the rows that are NaN in Keras after the step.
CASES = [
    ({"global_clipnorm": 1.0}, NAN, ALL),
    ({"global_clipnorm": 1.0}, INF, ALL),
    ({"clipnorm": 1.0}, NAN, ALL),
    ({"clipnorm": 1.0}, INF, [2]),
    ({"clipvalue": 1.0}, NAN, [2]),
    ({"learning_rate": INF}, 1.0, [0, 1, 3, 4, 5]),  # row 2 is infinite
    ({"learning_rate": NAN}, 1.0, ALL),
    ({}, NAN, [2]),
]


@pytest.mark.parametrize("name", ["SGD", "Adam", "Adagrad", "Lion"])
@pytest.mark.parametrize("options, gradient, rows", CASES)
def test_nan_reaches_the_rows_that_it_reaches_in_keras(name, options, gradient, rows):
    model = keratin.Sequential([keratin.layers.Embedding(6, 2, embeddings_initializer="ones"),
                                keratin.layers.Flatten()])
    model.build((None, 1))
    model.compile(optimizer=getattr(keratin.optimizers, name)(**options), loss="mse")
    # The gradient of the mean squared error is w - y: with w = 1 it is what is wanted.
    model.train_on_batch(np.array([[2]]), np.full((1, 2), 1 - gradient, "float32"))
    table = model.layers[0].get_weights()[0]
    assert [i for i in range(6) if np.isnan(table[i]).any()] == rows
