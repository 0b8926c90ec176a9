# SPDX-License-Identifier: Apache-2.0
"""One model of Keras's twice, with its Embedding and with Keratin's, and how far they may lie apart."""
import os

import keras
import numpy as np

from keratin.keras import Embedding

STEPS = int(os.environ.get("ONE_LINE_STEPS", "40"))
VOCABULARY, WIDTH, BATCH, LENGTH = 50, 8, 16, 5


class DenseGradient(keras.layers.Embedding):
    """Keras's on TensorFlow, where the gradient of its own layer is IndexedSlices with ids twice, of which optimizers of
    Keras 3 take squares and norms one by one: there the numbers are not those of its other backends."""

    def call(self, inputs):
        return keras.ops.matmul(keras.ops.one_hot(keras.ops.cast(inputs, "int32"), self.input_dim), self._embeddings.value)


if keras.backend.backend() == "torch":
    # Its own multiplies by 1 - weight_decay * learning_rate in float32, off by up to 2**-25 to the same side at every step: 2e-5 after a
    # thousand. That of the other backends takes away what is lost.
    from keras.src.backend.torch.optimizers.torch_optimizer import TorchOptimizer
    TorchOptimizer._apply_weight_decay = keras.src.optimizers.base_optimizer.BaseOptimizer._apply_weight_decay

Stock = DenseGradient if keras.backend.backend() == "tensorflow" else keras.layers.Embedding


def data(steps=STEPS, seed=1):
    dice = np.random.default_rng(seed)
    return dice.integers(0, VOCABULARY, (BATCH * steps, LENGTH)), dice.normal(size=(BATCH * steps, 1)).astype("float32")


def filled(model):
    """The model with the same weights whichever layer it has."""
    dice = np.random.default_rng(0)
    model.set_weights([(0.3 * dice.normal(size=weight.shape)).astype("float32") for weight in model.get_weights()])
    return model


def pooled(layer, **options):
    """Embedding-pooling-Dense."""
    model = keras.Sequential([layer(VOCABULARY, WIDTH, **options), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1)])
    model.build((None, LENGTH))
    return filled(model)


def trained(model, optimizer, batches, disturbed=None, **options):
    """After one step a batch. `disturbed`: dice that move every weight by an ulp, or not, before each."""
    model.compile(optimizer, "mse", **options)
    if disturbed is None:
        model.fit(*batches, batch_size=BATCH, shuffle=False, verbose=0)
        return model
    for begin in range(0, len(batches[0]), BATCH):
        for variable in model.trainable_variables:
            value = variable.numpy()
            toward = np.where(disturbed.random(value.shape) < 0.5, -np.inf, np.inf).astype("float32")
            variable.assign(np.nextafter(value, toward))
        model.train_on_batch(*(part[begin:begin + BATCH] for part in batches))
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return model


def apart(first, second):
    """The largest distance of a weight."""
    return max(np.max(np.abs(np.asarray(a, "float64") - b)) for a, b in zip(first.get_weights(), second.get_weights()))


class Sides:
    """A model trained with Keras's layer and with Keratin's: how far they are `apart`, how far they `may` be, how far weights `moved`.

    They may be as far apart as float32 answers to this model lie. How far that is a run of Keras says, whose weights are disturbed by
    an ulp before each step: of the rounding of one step every backend has several. 4 times that, as in tests/parity/compare.py, and an ulp of
    the largest weight there was.
    """

    def __init__(self, make_optimizer, make_model, batches, **options):
        begun = make_model(Stock)
        self.stock = trained(make_model(Stock), make_optimizer(), batches, **options)
        self.ours = trained(make_model(Embedding), make_optimizer(), batches, **options)
        noise = apart(self.stock, trained(make_model(Stock), make_optimizer(), batches, np.random.default_rng(0), **options))
        largest = max(np.max(np.abs(weight)) for weight in (*self.stock.get_weights(), *begun.get_weights()))
        self.apart, self.moved = apart(self.stock, self.ours), apart(self.stock, begun)
        self.may = 4 * noise + np.spacing(np.float32(largest))
        self.is_sharp = self.moved > 10 * self.may


def compare(test, make_optimizer, make_model=pooled, batches=None, **options):
    """Both models, which are as near to each other as they must be."""
    sides = Sides(make_optimizer, make_model, data() if batches is None else batches, **options)
    stock, ours = sides.stock, sides.ours
    test.assertLessEqual(sides.apart, sides.may)
    test.assertTrue(sides.is_sharp, f"weights moved by {sides.moved}, and may be {sides.may} apart: nothing was compared")
    names = [variable.shape for variable in stock.optimizer.variables], [variable.shape for variable in ours.optimizer.variables]
    test.assertEqual(*[[tuple(shape) for shape in shapes] for shapes in names])
    return stock, ours
