# SPDX-License-Identifier: Apache-2.0
"""Bad input, and what ends in the middle."""
import contextlib
import io
import subprocess
import sys
import tempfile
import unittest

import keras
import numpy as np
from side_by_side import BATCH, LENGTH, VOCABULARY, WIDTH, Stock, apart, data, filled, pooled

from keratin.keras import Embedding
from keratin.keras.table import RECORDS

BACKEND = keras.backend.backend()


class Faults(unittest.TestCase):
    def compiled(self, optimizer=None, loss="mse", **options):
        model = pooled(Embedding)
        model.compile(optimizer or keras.optimizers.Adam(0.02), loss, **options)
        return model

    def test_an_id_outside(self):
        model = self.compiled(run_eagerly=True)
        inputs, targets = data(1)
        before = model.get_weights()
        for wrong in (VOCABULARY, -1):
            inputs[3, 2] = wrong
            with self.assertRaisesRegex(Exception, str(wrong)):
                model.train_on_batch(inputs, targets)
            with self.assertRaisesRegex(Exception, str(wrong)):
                model.layers[0](inputs)
        self.assertTrue(all((one == other).all() for one, other in zip(before, model.get_weights())))

    @unittest.skipUnless(BACKEND == "jax", "sparse ids of JAX")
    def test_sparse_ids(self):
        from jax.experimental.sparse import BCOO
        with self.assertRaisesRegex(NotImplementedError, "sparse ids"):
            pooled(Embedding).layers[0](BCOO.fromdense(np.eye(3, dtype="int32")))

    def test_what_it_cannot_do_has_a_name(self):
        for make in (lambda: Embedding(5, 3, lora_rank=2), lambda: pooled(Embedding).layers[0].enable_lora(2),
                     lambda: pooled(Embedding).layers[0].quantize("int8"), lambda: Embedding(5, 3, dtype="float16").build(),
                     lambda: Embedding(5, 3, embeddings_regularizer=lambda table: 0.0).build()):
            with self.assertRaisesRegex(NotImplementedError, r"\[Embedding\]"):
                make()

        class Own(keras.optimizers.Adam):
            def update_step(self, *arguments):
                raise AssertionError
        for optimizer in (Own(), keras.optimizers.Muon(), keras.optimizers.Adafactor()):
            with self.assertRaisesRegex(Exception, type(optimizer).__name__ + r"\].*cannot step a table"):
                self.compiled(optimizer).fit(*data(1), verbose=0)

    def test_a_table_used_in_an_op_is_refused(self):
        class Tied(keras.Model):
            def __init__(self):
                super().__init__()
                self.words = Embedding(VOCABULARY, WIDTH)

            def call(self, inputs):
                found = keras.ops.mean(self.words(inputs), axis=(1, 2))
                return found[:, None] + keras.ops.sum(keras.ops.square(self.words.embeddings))
        model = Tied()
        model(np.zeros((1, LENGTH), "int32"))
        model.compile("adam", "mse", run_eagerly=True)
        with self.assertRaisesRegex(Exception, "not one of its lookups"):
            model.train_on_batch(*data(1))

    def test_calls_past_those_that_are_kept_are_refused(self):
        """Of the first ones the gradients are gone, and others are under their numbers."""
        class Long(keras.Model):
            def __init__(self):
                super().__init__()
                self.words = Embedding(VOCABULARY, WIDTH)

            def call(self, inputs):
                return sum(keras.ops.sum(self.words(inputs[:, at]), axis=-1, keepdims=True) * (at + 1.0) for at in range(inputs.shape[1]))
        for length, is_kept in ((RECORDS, True), (RECORDS + 1, False), (2 * RECORDS + 9, False)):
            model = Long()
            inputs = np.arange(2 * length).reshape(2, length) % VOCABULARY
            model(inputs)
            model.compile(keras.optimizers.SGD(1e-9), "mse", run_eagerly=True)
            with self.subTest(length), contextlib.nullcontext() if is_kept else self.assertRaisesRegex(Exception, "no more than 256"):
                model.train_on_batch(inputs, np.zeros((2, 1), "float32"))

    def test_marks_are_scaled_and_nothing_else(self):
        table = pooled(Embedding).layers[0]._embeddings.table
        ids = np.arange(4)

        def marks():
            return table.record(ids, np.ones((4, WIDTH), "float32"))
        for factor in (1.0, 0.3, -2.0, 1e-12, 2.0**15):
            gradient = table.gathered(marks() * np.float32(factor))
            np.testing.assert_array_equal(gradient.indices, ids)
            np.testing.assert_array_equal(gradient.values, np.float32(factor) * np.ones((4, WIDTH), "float32"))
        summed = marks() * np.float32(0.5) + marks() * np.float32(3)
        np.testing.assert_array_equal(table.gathered(summed).values, np.full((4, WIDTH), 3.5, "float32"))
        for _ in range(RECORDS):
            table.gathered(marks())  # to the second round, where a mark has two numbers
        stale = marks()
        for _ in range(RECORDS):
            marks()
        for wrong in (stale, np.clip(marks(), -0.5, 0.5), marks() + stale):
            with self.assertRaisesRegex(ValueError, "not one of its lookups"):
                table.gathered(wrong)

    def test_a_norm_with_a_penalty_is_refused(self):
        model = pooled(Embedding, embeddings_regularizer="l2")
        model.compile(keras.optimizers.Adam(0.02, global_clipnorm=1.0), "mse")
        with self.assertRaisesRegex(Exception, "global_clipnorm cannot be had of a table"):
            model.fit(*data(1), verbose=0)

    def test_an_exception_in_the_loss(self):
        armed = []

        def loss(wanted, found):
            if armed:
                raise ZeroDivisionError
            return keras.ops.mean(keras.ops.square(wanted - found))
        model, stock = self.compiled(loss=loss, run_eagerly=True), pooled(Stock)
        stock.compile(keras.optimizers.Adam(0.02), "mse", run_eagerly=True)
        inputs, targets = data(3)
        parts = [(inputs[at:at + BATCH], targets[at:at + BATCH]) for at in range(0, len(inputs), BATCH)]
        model.train_on_batch(*parts[0])
        armed.append(True)
        with self.assertRaises(ZeroDivisionError):
            model.train_on_batch(*parts[1])
        armed.clear()
        model.train_on_batch(*parts[2])
        for part in (parts[0], parts[2]):
            stock.train_on_batch(*part)
        self.assertLess(apart(model, stock), 1e-5)

    def test_ctrl_c_between_forward_and_backward(self):
        batch = [0]

        def loss(wanted, found):
            if batch[0] == 2:
                raise KeyboardInterrupt
            return keras.ops.mean(keras.ops.square(wanted - found))
        model = self.compiled(loss=loss, run_eagerly=True)
        with self.assertRaises(KeyboardInterrupt):
            model.fit(*data(4), batch_size=BATCH, shuffle=False, verbose=0,
                      callbacks=[keras.callbacks.LambdaCallback(on_train_batch_begin=lambda at, logs: batch.__setitem__(0, at))])
        two = self.compiled(run_eagerly=True)
        two.fit(*(part[:2 * BATCH] for part in data(4)), batch_size=BATCH, shuffle=False, verbose=0)
        self.assertLess(apart(model, two), 1e-5)
        model.compile(keras.optimizers.Adam(0.02), "mse")
        model.fit(*data(2), verbose=0)

    def test_training_mode_without_a_step(self):
        model, other = self.compiled(), self.compiled()
        inputs, targets = data(2)
        for _ in range(3):
            model(inputs, training=True)
        for each in (model, other):
            each.fit(inputs, targets, batch_size=BATCH, shuffle=False, verbose=0)
        self.assertEqual(apart(model, other), 0)

    def test_gradients_of_nan(self):
        model, stock = self.compiled(), pooled(Stock)
        stock.compile(keras.optimizers.Adam(0.02), "mse")
        inputs, targets = data(1)
        inputs[:] = np.arange(LENGTH)
        targets[0] = np.nan
        for each in (model, stock):
            each.train_on_batch(inputs, targets)
        if BACKEND != "tensorflow":  # where 0 * NaN of the dense layer's matrix product is in every row
            np.testing.assert_array_equal(np.isnan(model.get_weights()[0]), np.isnan(stock.get_weights()[0]))
        self.assertTrue(np.isnan(model.get_weights()[0][:LENGTH]).all())
        scaled = self.compiled(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.02), initial_scale=8.0))
        before = scaled.get_weights()
        scaled.train_on_batch(inputs, targets)  # not finite: no step, and half the scale
        self.assertTrue(all((one == other).all() for one, other in zip(before, scaled.get_weights())))
        self.assertEqual(float(scaled.optimizer.dynamic_scale.numpy()), 4.0)

    def test_another_optimizer_in_the_middle(self):
        models = [pooled(layer) for layer in (Stock, Embedding)]
        for model in models:
            for optimizer in (keras.optimizers.Adam(0.02), keras.optimizers.SGD(0.05, momentum=0.9), keras.optimizers.Adam(0.01)):
                model.compile(optimizer, "mse")
                model.fit(*data(5), batch_size=BATCH, shuffle=False, verbose=0)
        self.assertLess(apart(*models), 1e-5)

    def test_two_models_share_a_layer(self):
        both = []
        for layer in (Stock, Embedding):
            words = layer(VOCABULARY, WIDTH)
            models = [keras.Sequential([words, keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1)]) for _ in range(2)]
            for seed, (model, optimizer) in enumerate(zip(models, (keras.optimizers.Adam(0.02), keras.optimizers.RMSprop(0.01)))):
                model.build((None, LENGTH))
                filled(model)
                model.compile(optimizer, "mse")
            inputs, targets = data(6)
            for begin in range(0, len(inputs), BATCH):
                for model in models:
                    model.train_on_batch(inputs[begin:begin + BATCH], targets[begin:begin + BATCH])
            both.append(models[0])
        self.assertLess(apart(*both), 1e-5)

    def test_a_state_that_is_set(self):
        model, stock = self.compiled(), pooled(Stock)
        stock.compile(keras.optimizers.Adam(0.02), "mse")
        for each in (model, stock):
            each.fit(*data(3), batch_size=BATCH, shuffle=False, verbose=0)
            each.optimizer.iterations.assign(100)
            each.optimizer.learning_rate = 0.001
            each.fit(*data(3), batch_size=BATCH, shuffle=False, verbose=0)
        self.assertLess(apart(model, stock), 1e-5)

    def test_distribution_scopes(self):
        if BACKEND != "jax":
            self.skipTest("Keras distributes on JAX")
        layer = pooled(Embedding).layers[0]
        with keras.distribution.DataParallel().scope():
            for use in (Embedding(5, 3).build, lambda: layer(np.zeros((1, 2), "int32"))):
                with self.assertRaisesRegex(NotImplementedError, "distribution scope"):
                    use()

    @unittest.skipUnless(BACKEND == "tensorflow", "TensorFlow's strategies")
    def test_strategies(self):
        import tensorflow as tf
        layer = pooled(Embedding).layers[0]
        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            for use in (Embedding(5, 3).build, lambda: layer(np.zeros((1, 2), "int32"))):
                with self.assertRaisesRegex(NotImplementedError, "tf.distribute.Strategy"):
                    use()

    @unittest.skipUnless(BACKEND == "tensorflow", "TensorFlow's SavedModel")
    def test_an_export(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(NotImplementedError, "no other program has the table"):
            self.compiled().export(folder, verbose=False)

    @unittest.skipUnless(BACKEND == "jax", "Keras on TensorFlow has none; on torch it is of no account")
    def test_rematerialized(self):
        with keras.RematScope(mode="full"), self.assertRaisesRegex(NotImplementedError, "RematScope"):
            layer = Embedding(5, 3)
            layer(np.zeros((1, 2), "int32"))

    @unittest.skipUnless(BACKEND == "torch", "torch's files")
    def test_torchs_state_dict_is_no_file_of_rows(self):
        import torch
        with self.assertRaisesRegex(NotImplementedError, "model.save"):
            torch.save(self.compiled().state_dict(), io.BytesIO())

    @unittest.skipUnless(BACKEND == "torch", "torch's loaders")
    def test_loaders_in_other_processes(self):
        import torch
        inputs, targets = data(4)
        model, stock = self.compiled(), self.compiled()
        dataset = torch.utils.data.TensorDataset(torch.from_numpy(inputs), torch.from_numpy(targets))
        model.fit(torch.utils.data.DataLoader(dataset, batch_size=BATCH, num_workers=2), verbose=0)
        stock.fit(inputs, targets, batch_size=BATCH, shuffle=False, verbose=0)
        self.assertEqual(apart(model, stock), 0)

    @unittest.skipUnless(BACKEND == "torch", "torch's processes")
    def test_torch_distributed(self):
        program = ("import torch; torch.distributed.init_process_group('gloo', init_method='tcp://127.0.0.1:29517', rank=0, world_size=1);"
                   "from keratin.keras import Embedding; Embedding(5, 3).build()")
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        self.assertIn("torch.distributed is initialized", done.stderr)

    def test_the_import(self):
        done = subprocess.run([sys.executable, "-c", "import sys; import keratin; assert 'keras' not in sys.modules\n"
                               "sys.modules['keras'] = None\nimport keratin.keras"], capture_output=True, text=True)
        self.assertIn("ImportError: keratin.keras puts Keratin's table into real Keras", done.stderr)
        keras_backend = keras.config.backend
        keras.config.backend = lambda: "another"
        try:
            with self.assertRaisesRegex(RuntimeError, "now it runs on another"):
                Embedding(5, 3)
        finally:
            keras.config.backend = keras_backend


if __name__ == "__main__":
    unittest.main()
