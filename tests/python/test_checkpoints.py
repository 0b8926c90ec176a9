# SPDX-License-Identifier: Apache-2.0
"""ModelCheckpoint and BackupAndRestore; that a run which SIGKILL ends goes on to the bit."""
import json
import os
import pathlib
import signal
import subprocess
import sys

import numpy as np
import pytest

import keratin
from keratin import callbacks, layers


def small():
    model = keratin.Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def data(n=40):
    x = np.random.default_rng(0).normal(size=(n, 3)).astype("float32")
    return x, x.sum(axis=1)


def test_the_path_is_filled_in_and_can_be_loaded(tmp_path):
    x, y = data()
    model = small()
    path = tmp_path / "in" / "{epoch:02d}-{val_loss:.4f}.keras"
    history = model.fit(x, y, validation_split=0.2, epochs=2, verbose=0, callbacks=[callbacks.ModelCheckpoint(path)]).history
    names = sorted(os.listdir(tmp_path / "in"))
    assert names == [f"{epoch + 1:02d}-{loss:.4f}.keras" for epoch, loss in enumerate(history["val_loss"])]
    again = keratin.saving.load_model(tmp_path / "in" / names[1])
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_batches_are_counted_over_epochs(tmp_path):
    x, y = data()
    small().fit(x, y, batch_size=10, epochs=3, verbose=0, callbacks=[
        callbacks.ModelCheckpoint(tmp_path / "{epoch}.{batch}.weights.h5", save_weights_only=True, save_freq=5)])
    assert sorted(os.listdir(tmp_path)) == ["2.1.weights.h5", "3.2.weights.h5"]


@pytest.mark.parametrize("threshold, saved", [(None, [1, 3]), (4.0, [3]), (0.5, [])])
def test_the_best_is_kept(tmp_path, threshold, saved):
    model, said = small(), []
    best = callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras", monitor="loss", save_best_only=True,
                                     initial_value_threshold=threshold)
    best.set_model(model)
    for epoch, loss in enumerate([5.0, 6.0, 3.0, 3.5]):
        best.on_epoch_begin(epoch)
        best.on_epoch_end(epoch, {"loss": loss})
    assert sorted(os.listdir(tmp_path)) == [f"{epoch}.keras" for epoch in saved]
    assert best.best == (min(threshold or 9, 3.0) if saved else threshold)


def test_what_keras_refuses_or_warns_of(tmp_path):
    with pytest.raises(ValueError, match="Unrecognized save_freq: batch. Expected save_freq are 'epoch' or integer values"):
        callbacks.ModelCheckpoint("m.keras", save_freq="batch")
    with pytest.raises(ValueError, match=r"the filepath provided must end in `.weights.h5` \(Keras weights format\)"):
        callbacks.ModelCheckpoint("m.keras", save_weights_only=True)
    with pytest.raises(ValueError, match=r"The filepath provided must end in `.keras` \(Keras model format\)"):
        callbacks.ModelCheckpoint("m.weights")
    with pytest.warns(UserWarning, match="ModelCheckpoint mode 'up' is unknown"):
        callbacks.ModelCheckpoint("m.keras", mode="up")
    x, y = data()
    with pytest.raises(KeyError, match="Failed to format this callback filepath"):
        small().fit(x, y, verbose=0, callbacks=[callbacks.ModelCheckpoint(tmp_path / "{acc}.keras")])
    with pytest.warns(UserWarning, match="Can save best model only with val_loss available."):
        small().fit(x, y, verbose=0, callbacks=[callbacks.ModelCheckpoint(tmp_path / "m.keras", save_best_only=True)])
    assert os.listdir(tmp_path) == ["m.keras"]
    (tmp_path / "d.keras").mkdir()
    with pytest.raises(OSError, match="non-directory filepath"):
        small().fit(x, y, verbose=0, callbacks=[callbacks.ModelCheckpoint(tmp_path / "d.keras")])
    for backup_dir in ("", None):
        with pytest.raises(ValueError, match="Empty `backup_dir` argument passed"):
            callbacks.BackupAndRestore(backup_dir)
    for save_freq in ("batch", 0.15):
        with pytest.raises(ValueError, match="Invalid value for argument `save_freq`"):
            callbacks.BackupAndRestore("b", save_freq=save_freq)


# A program that is killed, and run once more. Its arguments: the folder of the backup or "", and a number of batches
# after which it ends itself, or -1.
PROGRAM = """
import os, signal, sys
import numpy as np
import keratin
from keratin import layers, ops
backup, death = sys.argv[1], int(sys.argv[2])
keratin.utils.set_random_seed(3)
rng = np.random.default_rng(0)

class Noise(layers.Layer):  # draws from a generator of its own, and from the process's
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keratin.random.SeedGenerator(5)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)
    def call(self, x, training=False):
        if not training:
            return x
        self.calls.assign(self.calls + 1)
        return x + keratin.random.normal((4,), seed=self.seeds) + keratin.random.normal((4,))

class Halves(keratin.optimizers.Optimizer):
    def build(self, variables):
        super().build(variables)
        self.moments = self.add_optimizer_variables(variables, "moment")
    def update_step(self, gradient, variable, learning_rate):
        moment = self.moments[self._get_variable_index(variable)]
        moment.assign(0.5 * moment + gradient)
        variable.assign(variable - learning_rate * moment)

class Dies(keratin.callbacks.Callback):
    batches = 0
    def on_train_batch_end(self, batch, logs=None):
        if self.batches == death: os.kill(os.getpid(), signal.SIGKILL)
        self.batches += 1

class Own(keratin.Model):  # a step of its own, and a metric
    def __init__(self, layer):
        super().__init__()
        self.layer, self.mean = layer, keratin.metrics.Mean(name="mean")
    def call(self, x, training=False):
        return self.layer(x, training=training)
    def train_step(self, data):
        logs = super().train_step(data)
        self.mean.update_state(logs["loss"])
        return {{**logs, "mean": self.mean.result()}}

def model(*more, width=4):
    return keratin.Sequential([layers.Input((3,)), layers.Embedding(300, width, mask_zero=True), layers.Dropout(0.2),
                               layers.GlobalAveragePooling1D(), *more, layers.Dense(1)])

in_any_order = False
x, y = rng.integers(0, 300, (50, 3)), rng.random((50, 1)).astype("float32")
{setup}
m.compile(optimizer, "mse", metrics=["mae", keratin.metrics.AUC()])
m.build((None, 3))
if backup: extra = [keratin.callbacks.BackupAndRestore(backup, save_freq=freq, double_checkpoint=True), *extra]
history = m.fit(*batches, epochs=3, verbose=0, callbacks=[*extra, Dies()], **options)
state = m.optimizer.get_weights()
if in_any_order:  # rows of a table drawn on demand, as they came into use
    state = [array[np.lexsort(array.T)] if array.ndim == 2 else array for array in state]
weights = [*m.get_weights(), *state, np.array(keratin.random.normal((3,)))]
np.savez("out.npz", *weights)
print({{name: values[-1] for name, values in history.history.items() if "val" not in name}})
"""
PLAIN = "m = model(); optimizer, freq, extra, batches, options = 'adam', 2, [], (x, y), {'batch_size': 8}\n"
SETUPS = {
    "arrays": PLAIN,
    "an epoch at a time": PLAIN + "freq = 'epoch'",
    "layers that draw": PLAIN + "m = model(Noise())",
    "an optimizer of one's own": PLAIN + "optimizer = Halves(learning_rate=0.1)",
    "a step of one's own": PLAIN + "m = Own(model())",
    "validation": PLAIN + "options.update(validation_split=0.2, validation_freq=2)",
    "a generator": PLAIN + "options = {'steps_per_epoch': 7}\n"
        "order = np.random.default_rng(7)\n"
        "batches = (((x[i], y[i]) for i in (order.integers(0, 50, 8) for _ in iter(int, 1))),)",
    "an iterable": PLAIN + """
class Batches:
    def __iter__(self): return ((x[i:i + 8], y[i:i + 8]) for i in range(0, 50, 8))
batches, options = (Batches(),), {}
""",
    "a dataset that shuffles itself": PLAIN + """
class Shuffled:
    order = np.arange(50)
    rng = np.random.default_rng(1)
    def __len__(self): return 7
    def __getitem__(self, i):
        rows = self.order[8 * i:8 * i + 8]
        return x[rows], y[rows]
    def on_epoch_end(self): self.order = self.rng.permutation(50)
batches, options = (Shuffled(),), {}
""",
    "other callbacks": PLAIN + "extra = [keratin.callbacks.ReduceLROnPlateau('loss', 0.5, patience=1, min_delta=10),\n"
        "  keratin.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5),\n"
        "  keratin.callbacks.ModelCheckpoint('best.keras', monitor='loss', save_best_only=True)]",
    "rows that are drawn on demand": PLAIN + "in_any_order = True\nm = keratin.Sequential([layers.Input((3,)), layers.Embedding(300, 4, "
        "rows_drawn='on_demand'), layers.GlobalAveragePooling1D(), layers.Dense(1)])",
    "a table of codes with a LoRA update": PLAIN + "m.layers[0].quantize('int8'); m.layers[0].enable_lora(2)",
    "rows of 16 bits": PLAIN + "m = keratin.Sequential([layers.Input((3,)), layers.Embedding(300, 4, precision='bfloat16', "
        "stochastic_rounding=True), layers.GlobalAveragePooling1D(), layers.Dense(1)])",
}


def run(setup, folder, backup, death=-1):
    """The weights at the end and what it printed; None where it was killed."""
    program = PROGRAM.format(setup=setup)
    child = subprocess.Popen([sys.executable, "-c", program, str(backup), str(death)], cwd=folder, text=True,
                             env={**os.environ, "PYTHONPATH": os.path.abspath(pathlib.Path(keratin.__file__).parents[1])},
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = child.communicate(timeout=120)
    if child.returncode == -signal.SIGKILL:
        return None
    assert child.returncode == 0, err
    with np.load(pathlib.Path(folder) / "out.npz") as arrays:
        return [arrays[name] for name in arrays], out


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("name", SETUPS)
def test_a_run_that_was_killed_goes_on_to_the_bit(name, tmp_path):
    backup = tmp_path / "backup"
    # The run that was not killed has backups too: reading rows that slept brings them up to date, which their last digits
    # may tell.
    wanted, said = run(SETUPS[name], tmp_path, backup)
    assert run(SETUPS[name], tmp_path, backup, 10) is None  # in the middle of the second epoch
    assert (backup / "latest.weights.h5").exists()
    assert run(SETUPS[name], tmp_path, backup, 3) is None
    got, says = run(SETUPS[name], tmp_path, backup)
    assert says == said
    assert len(got) == len(wanted)
    for i, (a, b) in enumerate(zip(got, wanted)):
        assert a.tobytes() == b.tobytes(), i
    assert not backup.exists()


def test_a_backup_of_keras_is_taken_up_at_the_start_of_its_epoch(tmp_path):
    x, y = data()
    model = small()
    model.fit(x, y, epochs=1, verbose=0)
    model.save_weights(tmp_path / "latest.weights.h5")
    (tmp_path / "training_metadata.json").write_text(json.dumps({"epoch": 3, "batch": 0}))
    other = small()
    history = other.fit(x, y, epochs=5, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path)])
    assert history.epoch == [3, 4]
    assert not os.listdir(tmp_path) if tmp_path.exists() else True


def test_an_error_of_another_callback_leaves_the_backup_of_that_epoch(tmp_path):
    class Ends(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise RuntimeError("over")

    x, y = data()
    model = small()
    backup = callbacks.BackupAndRestore(tmp_path / "b")
    with pytest.raises(RuntimeError, match="over"):
        model.fit(x, y, epochs=4, verbose=0, callbacks=[backup, Ends()])
    assert model.fit(x, y, epochs=4, verbose=0, callbacks=[backup]).epoch == [2, 3]
