# SPDX-License-Identifier: Apache-2.0
"""Weights after training, with Keras's layer and with Keratin's: each optimizer, each option of all optimizers."""
import unittest

import keras
import numpy as np
from side_by_side import BATCH, LENGTH, VOCABULARY, WIDTH, Stock, compare, data, filled, pooled, trained

from keratin.keras import Embedding

OPTIMIZERS = {"SGD": 0.05, "Adam": 0.02, "AdamW": 0.02, "Adagrad": 0.05, "Adadelta": 1.0, "Adamax": 0.02, "Nadam": 0.02, "RMSprop": 0.02,
              "Ftrl": 0.05, "Lion": 0.005, "Lamb": 0.02}
OPTIONS = {
    "schedule": dict(learning_rate=keras.optimizers.schedules.CosineDecay(0.05, 20)),
    "clipnorm": dict(clipnorm=0.01),
    "clipvalue": dict(clipvalue=0.001),
    "global_clipnorm": dict(global_clipnorm=0.05),
    "weight_decay": dict(weight_decay=0.01),
    "use_ema": dict(use_ema=True, ema_momentum=0.9),
    "ema_overwrite_frequency": dict(use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=4),
    "gradient_accumulation_steps": dict(gradient_accumulation_steps=3),
    "accumulation, global_clipnorm": dict(gradient_accumulation_steps=3, global_clipnorm=0.02),
    "accumulation, use_ema": dict(gradient_accumulation_steps=3, use_ema=True, ema_momentum=0.9),
    "loss_scale_factor": dict(loss_scale_factor=128.0),
    "loss_scale_factor, global_clipnorm": dict(loss_scale_factor=64.0, global_clipnorm=0.05),
}


class Steps(unittest.TestCase):
    def test_each_optimizer(self):
        for name, rate in OPTIMIZERS.items():
            with self.subTest(name):
                compare(self, lambda: getattr(keras.optimizers, name)(rate))

    def test_each_option(self):
        for name, options in OPTIONS.items():
            with self.subTest(name):
                compare(self, lambda: keras.optimizers.Adam(**{"learning_rate": 0.02, **options}))

    def test_momentum(self):
        compare(self, lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, global_clipnorm=0.1))

    def test_decay_that_leaves_the_table_out(self):
        def optimizer():
            made = keras.optimizers.AdamW(0.02, weight_decay=0.1)
            made.exclude_from_weight_decay(var_names=["embeddings"])
            return made
        compare(self, optimizer)

    def test_a_loss_scale_that_changes(self):
        compare(self, lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.02), initial_scale=4.0, dynamic_growth_steps=5))

    def test_no_jit(self):
        compare(self, lambda: keras.optimizers.Adam(0.02), batches=data(10), jit_compile=False)

    def test_eager(self):
        compare(self, lambda: keras.optimizers.Adam(0.02, global_clipnorm=0.1), batches=data(10), run_eagerly=True)

    def test_several_steps_an_execution(self):
        batches = data(12)
        stock, ours = (pooled(layer) for layer in (Stock, Embedding))
        try:
            trained(stock, "adam", batches, steps_per_execution=4)
        except ValueError as error:  # Keras 3.12 and 3.13 have one alone on torch
            self.skipTest(str(error))
        trained(ours, "adam", batches, steps_per_execution=4)
        np.testing.assert_allclose(ours.get_weights()[0], stock.get_weights()[0], rtol=1e-5, atol=1e-6)

    def test_nothing_but_a_table(self):
        def model(layer):
            made = keras.Sequential([layer(VOCABULARY, 1), keras.layers.GlobalAveragePooling1D()])
            made.build((None, LENGTH))
            return filled(made)
        for options in ({}, dict(global_clipnorm=0.01), dict(gradient_accumulation_steps=2, use_ema=True)):
            with self.subTest(str(options)):
                compare(self, lambda: keras.optimizers.Adam(0.02, **options), model)

    def test_regularizer_and_constraint(self):
        for options in (dict(embeddings_regularizer=keras.regularizers.L2(0.01)), dict(embeddings_constraint=keras.constraints.MaxNorm(0.5)),
                        dict(activity_regularizer=keras.regularizers.L1(0.01))):
            with self.subTest(str(options)):
                stock, ours = compare(self, lambda: keras.optimizers.Adam(0.02), lambda layer: pooled(layer, **options))
                batches = data(4)
                np.testing.assert_allclose(ours.evaluate(*batches, verbose=0), stock.evaluate(*batches, verbose=0), rtol=1e-5)

    def test_several_calls_several_tables(self):
        def model(layer):
            shared, other = layer(VOCABULARY, WIDTH), layer(VOCABULARY, 3, mask_zero=True)
            first, second = keras.Input((LENGTH,), dtype="int32"), keras.Input((LENGTH,), dtype="int32")
            pool = keras.layers.GlobalAveragePooling1D()
            merged = keras.layers.concatenate([pool(shared(first)), pool(shared(second)), pool(other(first)), keras.layers.LSTM(3)(other(second))])
            return filled(keras.Model([first, second], keras.layers.Dense(1)(merged)))
        inputs, targets = data(20)
        weights = np.random.default_rng(3).random(len(targets)).astype("float32")
        for options in ({}, dict(global_clipnorm=0.05), dict(clipnorm=0.02)):
            with self.subTest(str(options)):
                models = [model(layer) for layer in (Stock, Embedding)]
                for made in models:
                    made.compile(keras.optimizers.Adam(0.02, **options), "mse")
                    made.fit([inputs, inputs[::-1].copy()], targets, sample_weight=weights, batch_size=BATCH, shuffle=False, verbose=0)
                for ours, stock in zip(*(made.get_weights() for made in models)):
                    np.testing.assert_allclose(stock, ours, rtol=1e-4, atol=1e-5)

    def test_computed_in_16_bits(self):
        models = [pooled(layer, dtype="mixed_bfloat16") for layer in (Stock, Embedding)]
        for model in models:
            trained(model, keras.optimizers.Adam(0.02), data(10))
        self.assertEqual(keras.backend.standardize_dtype(models[1].layers[0](np.zeros((1, 2), "int32")).dtype), "bfloat16")
        # The gradient has 8 bits, and Adam's step of a row goes by its sign at first: a rounding is half a step at most.
        np.testing.assert_allclose(models[1].get_weights()[0], models[0].get_weights()[0], atol=0.02)


if __name__ == "__main__":
    unittest.main()
