# SPDX-License-Identifier: Apache-2.0
"""What else is done with a model: files, summaries, weights, other layers put in."""
import json
import os
import tempfile
import unittest
import zipfile

import keras
import numpy as np
from side_by_side import BATCH, LENGTH, VOCABULARY, WIDTH, Stock, apart, data, filled, pooled

import keratin.keras
from keratin.keras import Embedding

Plain = keras.layers.Embedding
TRAINS_AS_OURS = Stock is Plain  # not on TensorFlow: side_by_side.py


def fitted(model, optimizer=None, batches=None):
    model.compile(optimizer or keras.optimizers.Adam(0.02), "mse")
    model.fit(*(batches or data(10)), batch_size=BATCH, shuffle=False, verbose=0)
    return model


class Models(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "model.keras")

    def tearDown(self):
        self.folder.cleanup()

    def assert_same(self, first, second):
        for one, other in zip(first, second, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)

    def test_it_is_keras_layer_to_everything(self):
        model, stock = pooled(Embedding), pooled(Plain)
        self.assertEqual(model.count_params(), stock.count_params())
        self.assertEqual([tuple(weight.shape) for weight in model.weights], [tuple(weight.shape) for weight in stock.weights])
        self.assert_same(model.get_weights(), stock.get_weights())
        config, expected = model.layers[0].get_config(), stock.layers[0].get_config()
        config.pop("name"), expected.pop("name")
        self.assertEqual(config, expected)
        self.assertEqual(keras.layers.serialize(model.layers[0])["module"], "keras.layers")
        self.assert_same([model.predict(data(1)[0], verbose=0)], [stock.predict(data(1)[0], verbose=0)])
        lines = []
        model.summary(print_fn=lambda line, line_break=False: lines.append(line))
        self.assertIn("400", "".join(lines))

    def test_a_plain_keras_opens_its_file_and_goes_on(self):
        for options in ({}, dict(use_ema=True), dict(gradient_accumulation_steps=2), dict(amsgrad=True)):
            with self.subTest(str(options)):
                model = fitted(pooled(Embedding), keras.optimizers.Adam(0.02, **options))
                model.save(self.path)
                with zipfile.ZipFile(self.path) as archive:
                    self.assertNotIn("keratin", json.dumps(json.loads(archive.read("config.json"))))
                opened = keras.models.load_model(self.path)
                self.assertIs(type(opened.layers[0]), Plain)
                self.assertEqual(apart(opened, model), 0)
                self.assert_same([variable.numpy() for variable in opened.optimizer.variables],
                                 [variable.numpy() for variable in model.optimizer.variables])
                if not TRAINS_AS_OURS or options.get("use_ema") and keras.backend.backend() == "jax":
                    continue  # Keras 3.16 on JAX fits a model with averages once: then weight and average share an array
                for each in (model, opened):
                    each.fit(*data(4, seed=2), batch_size=BATCH, shuffle=False, verbose=0)
                self.assert_same(opened.get_weights(), model.get_weights())

    def test_it_opens_plain_files(self):
        stock = fitted(pooled(Plain))
        stock.save_weights(weights := os.path.join(self.folder.name, "model.weights.h5"))
        model = pooled(Embedding)
        model.load_weights(weights)
        self.assertEqual(apart(model, stock), 0)
        stock.save(self.path)
        opened = keras.models.load_model(self.path, custom_objects={"Embedding": Embedding})
        self.assertEqual(apart(opened, stock), 0)

    def test_accelerate_and_restore(self):
        for built in (False, True):
            with self.subTest(trained=built):
                stock, model = pooled(Stock), pooled(Plain)
                if built:
                    fitted(stock)
                    model.compile(keras.optimizers.Adam(0.02), "mse")
                    if TRAINS_AS_OURS:
                        fitted(model)
                    else:  # the same in another way: a restored model has what Keratin's steps left
                        fitted(keratin.keras.accelerate(model))
                        keratin.keras.restore(model)
                self.assertIs(keratin.keras.accelerate(model), model)
                self.assertIs(type(model.layers[0]), Embedding)
                self.assertLess(apart(model, stock), 1e-5)
                for each in (stock, model):
                    if not built:
                        each.compile(keras.optimizers.Adam(0.02), "mse")
                    each.fit(*data(6, seed=2), batch_size=BATCH, shuffle=False, verbose=0)
                self.assert_same(model.get_weights(), stock.get_weights())
                keratin.keras.restore(model)
                self.assertIs(type(model.layers[0]), Plain)
                for each in (stock, model) if TRAINS_AS_OURS else ():
                    each.fit(*data(6, seed=3), batch_size=BATCH, shuffle=False, verbose=0)
                self.assert_same(model.get_weights(), stock.get_weights())

    def test_accelerate_a_functional_model_with_a_model_in_it(self):
        words = keras.Input((LENGTH,), dtype="int32")
        inner = keras.Sequential([Plain(VOCABULARY, WIDTH, mask_zero=True), keras.layers.LSTM(4)])
        model = filled(keras.Model(words, keras.layers.Dense(1)(inner(words))))
        before = model.predict(data(1)[0], verbose=0)
        keratin.keras.accelerate(model)
        self.assertIs(type(inner.layers[0]), Embedding)
        self.assert_same([model.predict(data(1)[0], verbose=0)], [before])
        fitted(model)

    def test_accelerate_keeps_what_decays(self):
        def trained(accelerated):
            model = pooled(Plain if accelerated or TRAINS_AS_OURS else Stock)
            optimizer = keras.optimizers.AdamW(0.02, weight_decay=0.1)
            optimizer.exclude_from_weight_decay(var_list=[model.layers[0].embeddings], var_names=["bias"])
            model.compile(optimizer, "mse")
            if accelerated:
                keratin.keras.accelerate(model)
            model.fit(*data(6), batch_size=BATCH, shuffle=False, verbose=0)
            if accelerated and TRAINS_AS_OURS:
                keratin.keras.restore(model)
                keratin.keras.accelerate(model)
            self.assertIs(model.optimizer, optimizer)
            model.fit(*data(6), batch_size=BATCH, shuffle=False, verbose=0)
            return model
        if TRAINS_AS_OURS:  # on TensorFlow the variable that is left out is another one where the optimizer is not built
            self.assert_same(trained(True).get_weights(), trained(False).get_weights())

    def test_accelerate_all_or_nothing(self):
        class Own(keras.optimizers.Adam):
            pass

        class Penalty(keras.regularizers.Regularizer):
            def __call__(self, x):
                return keras.ops.sum(x)
        for optimizer, penalty in (("adam", Penalty()), (keras.optimizers.Muon(), None), (Own(), None)):
            with self.subTest(str(optimizer)):
                words = keras.Input((LENGTH,), dtype="int32")
                pool = keras.layers.GlobalAveragePooling1D()
                merged = keras.layers.concatenate([pool(Plain(VOCABULARY, WIDTH)(words)), pool(Plain(9, 3, embeddings_regularizer=penalty)(words % 9))])
                model = fitted(keras.Model(words, keras.layers.Dense(1)(merged)), optimizer)
                before, state = model.get_weights(), [variable.numpy() for variable in model.optimizer.variables]
                with self.assertRaises(NotImplementedError):
                    keratin.keras.accelerate(model)
                self.assertEqual({type(layer) for layer in model._flatten_layers() if isinstance(layer, Plain)}, {Plain})
                for now, then in ((model.get_weights(), before), ([variable.numpy() for variable in model.optimizer.variables], state)):
                    self.assertEqual(len(now), len(then))
                    self.assertTrue(all((one == other).all() for one, other in zip(now, then)))
                model.fit(*data(4), batch_size=BATCH, verbose=0)
                self.assertFalse((model.get_weights()[0] == before[0]).all())

    def test_averages_in_the_place_of_weights(self):
        seen = []
        for layer in (Stock, Embedding):
            model = pooled(layer)
            model.compile(keras.optimizers.Adam(0.02, use_ema=True, ema_momentum=0.9), "mse")
            history = model.fit(*data(8), batch_size=BATCH, shuffle=False, verbose=0, epochs=2, validation_data=data(2, 5),
                                callbacks=[keras.callbacks.SwapEMAWeights(swap_on_epoch=True)]).history
            seen.append([*model.get_weights(), *history["val_loss"]])
        self.assert_same(*seen)

    def test_keras_conversions_to_numpy(self):
        model = fitted(pooled(Embedding))
        rows = model.get_weights()[0]
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(model.layers[0].embeddings), rows)
        np.testing.assert_array_equal(np.asarray(model.layers[0].embeddings), rows)
        for variable in model.optimizer.variables:
            np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), variable.numpy())

    def test_files_of_older_kinds(self):
        path = os.path.join(self.folder.name, "model.h5")
        try:
            fitted(pooled(Plain)).save(path)
            keras.models.load_model(path)
        except ValueError as error:  # Keras 3.12 and 3.13 do not find the loss again
            self.skipTest(str(error))
        model = fitted(pooled(Embedding))
        model.save(path)
        opened = keras.models.load_model(path)
        self.assertIs(type(opened.layers[0]), Plain)
        self.assertEqual(apart(opened, model), 0)
        fresh = pooled(Embedding)
        fresh.load_weights(path)
        self.assertEqual(apart(fresh, model), 0)

    def test_frozen(self):
        model, stock = pooled(Embedding), pooled(Stock)
        for each in (model, stock):
            each.layers[0].trainable = False
            fitted(each)
        self.assert_same(model.get_weights(), stock.get_weights())
        self.assert_same(model.get_weights()[:1], pooled(Plain).get_weights()[:1])
        for each in (model, stock):
            each.layers[0].trainable = True
            fitted(each)
        self.assert_same(model.get_weights(), stock.get_weights())

    def test_callbacks_see_the_table(self):
        model, stock, seen = pooled(Embedding), pooled(Stock), {}
        for name, each in (("stock", stock), ("ours", model)):
            each.compile(keras.optimizers.Adam(0.02), "mse")
            history = each.fit(*data(8), validation_data=data(2, seed=5), epochs=3, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[
                keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.setdefault(name, []).append(each.get_weights()[0])),
                keras.callbacks.ReduceLROnPlateau("loss", patience=1, min_delta=10.0), keras.callbacks.EarlyStopping("loss", restore_best_weights=True),
                keras.callbacks.ModelCheckpoint(self.path)]).history
            seen[name + " history"] = [history[key] for key in sorted(history)]
        self.assert_same(seen["ours"], seen["stock"])
        self.assert_same(seen["ours history"], seen["stock history"])
        self.assertEqual(apart(keras.models.load_model(self.path), model) > 1, False)

    def test_weights_given_and_initializers(self):
        table = np.random.default_rng(0).normal(size=(VOCABULARY, WIDTH)).astype("float32")
        layer = Embedding(VOCABULARY, WIDTH, weights=[table])
        np.testing.assert_array_equal(layer.get_weights()[0], table)
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(np.array([[3, 4]]))), table[[[3, 4]]])
        own = Embedding(4, 3, embeddings_initializer=lambda shape, dtype=None: keras.ops.ones(shape, dtype) * 2)
        own.build()
        self.assertTrue((own.get_weights()[0] == 2).all())
        drawn = []
        for _ in range(2):
            keras.utils.set_random_seed(1)
            layer = Embedding(1000, 8)
            layer.build()
            drawn.append(layer.get_weights()[0])
        np.testing.assert_array_equal(*drawn)
        self.assertLess(np.abs(drawn[0]).max(), 0.05)
        self.assertAlmostEqual(drawn[0].std(), 0.1 / 12 ** 0.5, delta=0.002)  # of numbers between -0.05 and 0.05

    def test_a_model_that_fit_builds(self):
        model = keras.Sequential([Embedding(VOCABULARY, WIDTH), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        model.fit(*data(1), verbose=0)
        before = model.get_weights()[0]
        model.fit(*data(1), verbose=0)
        for variable in (*model.variables, *model.optimizer.variables):
            np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), variable.numpy())
        self.assertFalse((model.get_weights()[0] == before).all())

    def test_a_loop_of_ones_own(self):
        inputs, targets = data(6)
        models = [pooled(layer) for layer in (Stock, Embedding)]
        for model in models:
            model.compile(keras.optimizers.Adam(0.02), "mse")
            for begin in range(0, len(inputs), BATCH):
                model.train_on_batch(inputs[begin:begin + BATCH], targets[begin:begin + BATCH])
        self.assert_same(*(model.get_weights() for model in models))


if __name__ == "__main__":
    unittest.main()
