# SPDX-License-Identifier: Apache-2.0
import csv
import io
import pickle
import sys

import numpy as np
import pytest

import keratin
from keratin import Sequential, callbacks, layers


def small():
    model = Sequential([layers.Dense(1, input_shape=(3,))])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def data(n=40):
    x = np.random.default_rng(0).normal(size=(n, 3)).astype("float32")
    return x, x.sum(axis=1)


def test_hooks_come_in_keras_order():
    calls = []

    class Notes(callbacks.Callback):
        pass

    for hook in callbacks.callback.HOOKS:
        setattr(Notes, hook, lambda self, *args, hook=hook, **kwargs: calls.append(hook))
    x, y = data()
    model = small()
    model.fit(x, y, batch_size=20, validation_data=(x, y), callbacks=[Notes()], verbose=0)
    test = ["on_test_begin", *["on_test_batch_begin", "on_test_batch_end"] * 2, "on_test_end"]
    assert calls == ["on_train_begin", "on_epoch_begin", *["on_train_batch_begin", "on_train_batch_end"] * 2, *test,
                     "on_epoch_end", "on_train_end"]
    calls.clear()
    model.predict(x, batch_size=20, callbacks=[Notes()])
    assert calls == ["on_predict_begin", *["on_predict_batch_begin", "on_predict_batch_end"] * 2, "on_predict_end"]


def test_logs_params_and_model_are_there():
    seen = {}

    class Notes(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.setdefault("batches", []).append(batch)
            seen["logs"] = logs

        def on_epoch_end(self, epoch, logs=None):
            logs["mine"] = 2 * logs["loss"]
            logs["text"] = "not a number"

    class Later(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen["mine"] = logs["mine"]

    x, y = data()
    model, notes = small(), Notes()
    history = model.fit(x, y, batch_size=16, epochs=2, callbacks=[notes, Later()], verbose=0)
    assert notes.model is model
    assert notes.params == {"verbose": 0, "epochs": 2, "steps": 3}
    assert seen["batches"] == [0, 1, 2] * 2 and set(seen["logs"]) == {"loss", "mae"}
    assert history.history["mine"] == [2 * loss for loss in history.history["loss"]]
    assert history.history["text"] == ["not a number"] * 2 and seen["mine"] == history.history["mine"][-1]
    assert history.params["epochs"] == 2


def test_old_names_of_the_batch_hooks():
    seen = []

    class Old(callbacks.Callback):
        def on_batch_end(self, batch, logs=None):
            seen.append(batch)

    x, y = data()
    small().fit(x, y, callbacks=[Old()], verbose=0)
    assert seen == [0, 1]


def test_stop_training():
    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                self.model.stop_training = True

    x, y = data()
    assert small().fit(x, y, batch_size=4, epochs=5, callbacks=[Stop()], verbose=0).epoch == [0]


@pytest.mark.parametrize("hook", ["on_train_begin", "on_epoch_begin", "on_train_batch_begin", "on_train_batch_end",
                                  "on_epoch_end", "on_test_batch_end", "on_train_end"])
def test_an_exception_leaves_as_it_is_and_the_model_goes_on(hook):
    class Mine(Exception):
        pass

    def throws(*args, **kwargs):
        raise Mine("from the callback")

    callback = callbacks.Callback()
    setattr(callback, hook, throws)
    x, y = data()
    model, twin = small(), small()
    twin.set_weights(model.get_weights())
    with pytest.raises(Mine, match="from the callback") as caught:
        model.fit(x, y, batch_size=20, validation_data=(x, y), shuffle=False, callbacks=[callback], verbose=0)
    assert caught.traceback[-1].name == "throws"
    done = {"on_train_begin": 0, "on_epoch_begin": 0, "on_train_batch_begin": 0, "on_train_batch_end": 1}.get(hook, 2)
    for i in range(done):  # the model is as it was after its last step
        twin.train_on_batch(x[20 * i:20 * i + 20], y[20 * i:20 * i + 20])
    for a, b in zip(model.get_weights(), twin.get_weights()):
        np.testing.assert_array_equal(a, b)
    model.fit(x, y, verbose=0)


def test_recursion_through_callbacks():
    x, y = data()
    results = []

    class Nested(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            results.append(self.model.evaluate(x, y, verbose=0))
            results.append(self.model.predict(x).shape)
            if epoch == 0:
                self.model.fit(x, y, verbose=0)

    model = small()
    assert model.fit(x, y, epochs=2, callbacks=[Nested()], verbose=0).epoch == [0, 1]
    assert len(results) == 4

    class Endless(callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.fit(x, y, callbacks=[self], verbose=0)

    with pytest.raises(RecursionError):
        model.fit(x, y, callbacks=[Endless()], verbose=0)
    model.fit(x, y, verbose=0)

    class TrainsInPredict(callbacks.Callback):
        def on_predict_batch_end(self, batch, logs=None):
            self.model.fit(x, y, verbose=0)

    steps = model.optimizer.iterations
    model.predict(x, callbacks=[TrainsInPredict()])
    assert model.optimizer.iterations > steps


def test_early_stopping():
    x, y = data()
    stop = callbacks.EarlyStopping(monitor="loss", min_delta=1e9, patience=2, restore_best_weights=True)
    model = small()
    history = model.fit(x, y, epochs=10, callbacks=[stop], verbose=0)
    assert history.epoch == [0, 1, 2] and stop.stopped_epoch == 2 and stop.best == history.history["loss"][0]
    with pytest.raises(ValueError, match="'nothing'"):
        model.fit(x, y, callbacks=[callbacks.EarlyStopping(monitor="nothing")], verbose=0)
    with pytest.raises(ValueError, match="mode"):
        callbacks.EarlyStopping(mode="best")


def test_subclass_of_a_native_callback():
    epochs = []

    class Mine(callbacks.EarlyStopping):
        def on_epoch_end(self, epoch, logs=None):
            epochs.append(epoch)
            super().on_epoch_end(epoch, logs)

    x, y = data()
    stop = Mine(monitor="loss", min_delta=1e9)
    small().fit(x, y, epochs=9, callbacks=[stop], verbose=0)
    assert epochs == [0, 1] and stop.stopped_epoch == 1


def test_learning_rates():
    x, y = data()
    model = small()
    model.compile(keratin.optimizers.SGD(0.1), "mse")
    history = model.fit(x, y, epochs=3, verbose=0,
                        callbacks=[callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2)])
    np.testing.assert_allclose(history.history["learning_rate"], [0.05, 0.025, 0.0125], rtol=1e-6)
    with pytest.raises(ValueError, match="should be a float"):
        model.fit(x, y, callbacks=[callbacks.LearningRateScheduler(lambda epoch: "fast")], verbose=0)
    plateau = callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=1e9)
    history = model.fit(x, y, epochs=3, callbacks=[plateau], verbose=0)
    assert history.history["learning_rate"][-1] < history.history["learning_rate"][0]


def test_csv_logger(tmp_path):
    x, y = data()
    path = tmp_path / "log.csv"
    history = small().fit(x, y, epochs=2, callbacks=[callbacks.CSVLogger(path)], verbose=0)
    rows = list(csv.DictReader(path.open()))
    assert [float(row["loss"]) for row in rows] == history.history["loss"]
    with pytest.raises(FileNotFoundError, match="cannot open"):
        small().fit(x, y, callbacks=[callbacks.CSVLogger(tmp_path / "no" / "log.csv")], verbose=0)


def test_terminate_on_nan():
    x, y = data()
    y[0] = np.nan
    history = small().fit(x, y, epochs=3, callbacks=[callbacks.TerminateOnNaN()], verbose=0)
    assert history.epoch == [0]
    with pytest.raises(RuntimeError):
        small().fit(x, y, callbacks=[callbacks.TerminateOnNaN(raise_error=True)], verbose=0)


def test_lambda_callback_and_list():
    seen = []
    says = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch), on_test_end=lambda logs: seen.append("test"))
    x, y = data()
    small().fit(x, y, validation_data=(x, y), callbacks=callbacks.CallbackList([says]), verbose=0)
    assert seen == ["test", 0]
    with pytest.raises(TypeError, match="callbacks must be"):
        small().fit(x, y, callbacks=[print])


# -- progress -------------------------------------------------------------------------------------


def test_progress_goes_through_sys_stdout(capsys):
    x, y = data()
    small().fit(x, y, epochs=2, verbose=1)
    out, err = capsys.readouterr()
    assert "Epoch 1/2" in out and "loss:" in out and err == ""
    small().fit(x, y, verbose=0)
    small().predict(x)
    assert capsys.readouterr() == ("", "")
    small().evaluate(x, y, verbose=2)
    assert "mae:" in capsys.readouterr().out
    stop = callbacks.EarlyStopping(monitor="loss", min_delta=1e9, verbose=1)
    small().fit(x, y, epochs=3, callbacks=[stop], verbose=0)
    assert "early stopping" in capsys.readouterr().out


def test_progress_in_a_notebook_is_drawn_again(monkeypatch):
    class Out(io.StringIO):
        pass

    Out.__module__ = "ipykernel.iostream"
    out = Out()
    monkeypatch.setattr(sys, "stdout", out)
    x, y = data()
    small().fit(x, y, verbose=1)
    assert "\r" in out.getvalue() and "━" in out.getvalue()


def test_no_stdout_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    x, y = data()
    small().fit(x, y, verbose=1)


def test_progbar(capsys):
    bar = keratin.utils.Progbar(3)
    for i in range(3):
        bar.update(i + 1, [("loss", 0.5)])
    assert "3/3" in capsys.readouterr().out


def test_history_pickles():
    x, y = data()
    history = small().fit(x, y, verbose=0)
    assert pickle.loads(pickle.dumps(history)).history == history.history


def test_params_say_how_many_batches_there_are():
    """Keras 3.16: those that are trained on, without the samples held back."""
    class Params(keratin.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.train = self.params["steps"]

        def on_predict_begin(self, logs=None):
            self.predict = self.params["steps"]

    x, y, seen = np.ones((10, 2)), np.ones((10, 1)), Params()
    model = keratin.Sequential([keratin.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=3, validation_split=0.3, verbose=0, callbacks=[seen])
    model.predict(x, batch_size=3, callbacks=[seen])
    assert (seen.train, seen.predict) == (3, 4)


def test_what_validation_sees_of_the_averages_leaves_training_as_it_was():
    """Of a table too, most of whose rows sleep: SwapEMAWeights gives back what it took, to the bit."""
    ids, y = np.array([[1, 2], [3, 1], [2, 2], [4, 5]]), np.float32([[1], [0], [2], [1]])

    def weights_after(given):
        keratin.utils.set_random_seed(3)
        model = keratin.Sequential([keratin.layers.Embedding(40, 3), keratin.layers.Flatten(), keratin.layers.Dense(1)])
        model.compile(keratin.optimizers.Adam(0.1, use_ema=True, ema_momentum=0.8), "mse")
        model.fit(ids, y, epochs=4, batch_size=2, shuffle=False, verbose=0, validation_data=(ids, y), callbacks=given)
        return model.get_weights()

    for a, b in zip(weights_after([]), weights_after([callbacks.SwapEMAWeights()])):
        np.testing.assert_array_equal(a, b)
