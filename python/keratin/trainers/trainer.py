# SPDX-License-Identifier: Apache-2.0
"""Training and judging of a model. Keras: `Trainer`, the half of a Model that knows data."""
import functools
from operator import index

from keratin import losses as losses_module
from keratin import metrics as metrics_module
from keratin import optimizers
from keratin.callbacks.run import Run
from keratin.trainers import batches, compiled
from keratin.trainers.joint_losses import JointLosses, is_joint, without_lists_of_one
from keratin.trainers.own_steps import OwnSteps


class Trainer(OwnSteps):
    """What `compile` sets up, and what goes through data. `self._core` is the model in C++.

    Long calls give up the GIL; other threads that want the model meanwhile wait: to read, until the batch is done;
    to change it, until the call is done or in a callback or a generator. Ctrl-C, and an exception in
    a callback or a generator, leave a call as they are, and the model as it was after its last step.
    """

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None,
                run_eagerly=False, steps_per_execution=1, jit_compile="auto", auto_scale_loss=True):
        """Says how the model is trained and judged.

        Example:

        >>> model.compile(optimizer=keratin.optimizers.Adam(1e-3), loss="mse", metrics=["mae"])

        Args:
            optimizer: a name or an object of `keratin.optimizers`.
            loss: a name, an object of `keratin.losses`, or a function of y_true and y_pred; None where layers
                have regularizers to train on. For several outputs a list of these, or a dict by the outputs' names;
                within these lists of several losses, and functions of y_true and y_pred in the structure of the outputs
                that they stand for.
            metrics: a list of names or objects of `keratin.metrics`, or functions of y_true and y_pred. For several
                outputs a list with an entry for each, or a dict by their names.
            weighted_metrics: as metrics, weighted by sample_weight and class_weight.
            loss_weights: what the losses are multiplied with: a number, or a list or dict as `loss`.
            run_eagerly, steps_per_execution, jit_compile, auto_scale_loss: for programs that say them; there is
                nothing to choose.
        """
        chosen = optimizers.get(optimizer)
        if chosen is None:
            raise ValueError("[compile] optimizer must be a name or an object. Received: None")
        self._note_outputs(loss)
        outputs = max(len(self._core.output_names), 1)
        joint, one_each = self._joint_losses(loss, loss_weights), None
        if joint is None:
            one_each = without_lists_of_one(loss, self._places())
            one_each = compiled.only(one_each, "loss") if outputs == 1 else one_each
        self._core.compile(chosen, compiled.losses(one_each),
                           None if joint is not None else compiled.loss_weights(loss_weights, self._core.output_names),
                           compiled.metrics(metrics, "metrics", outputs),
                           compiled.metrics(weighted_metrics, "weighted_metrics", outputs), joint)
        self._compiled_with = {"optimizer": chosen, "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
                               "weighted_metrics": weighted_metrics}

    def _places(self):
        """The numbers of the outputs in the structure that they come in; None where nobody knows it yet."""
        return None

    def _joint_losses(self, loss, loss_weights):
        """For C++, where there is more than one loss an output, or one of several outputs; else None."""
        places = self._places()
        if places is None or not is_joint(loss, places):
            return None
        return JointLosses(loss, loss_weights, places, self._output_paths()).core()

    @property
    def optimizer(self):
        """What moves the weights; another one may be put in its place. None before `compile`."""
        return self.__dict__.get("_compiled_with", {}).get("optimizer")

    @optimizer.setter
    def optimizer(self, value):
        if not self.compiled:
            raise AttributeError("[Model] the model is not compiled: give the optimizer to compile().")
        self.compile(**{**self._compiled_with, "optimizer": value})

    @property
    def loss(self):
        """The loss that was given to `compile`; None before it."""
        return self.__dict__.get("_compiled_with", {}).get("loss")

    @loss.setter
    def loss(self, value):
        raise AttributeError("[Model] the loss is fixed by compile(): call it again.")

    @property
    def compiled(self):
        return self._core.compiled

    def get_compile_config(self):
        """The arguments of `compile` as a dict of plain values; None before it."""
        if not self.compiled:
            return None
        given = self._compiled_with
        config = {"optimizer": optimizers.serialize(given["optimizer"]),
                  "loss": compiled.plain(given["loss"], losses_module), "loss_weights": given["loss_weights"]}
        for name in ("metrics", "weighted_metrics"):
            config[name] = given[name] and compiled.plain(given[name], metrics_module)
        return config

    def compile_from_config(self, config):
        """Compiles as `get_compile_config` says. What is registered, or in a `custom_object_scope`, is found."""
        from keratin.saving import deserialize_keras_object
        modules = {"optimizer": "keras.optimizers", "loss": "keras.losses"}
        self.compile(**{name: compiled.with_own(deserialize_keras_object(compiled.in_module(value, modules.get(name, "keras.metrics"))))
                        for name, value in config.items()})

    @property
    def metrics_names(self):
        return self._core.metrics_names

    def reset_metrics(self):
        self._core.reset_metrics()

    @property
    def losses(self):
        """The penalties of the weights as they are, one a regularizer."""
        return self._core.losses

    @property
    def stop_training(self):
        """Set by a callback: fit ends after the batch in progress."""
        return self._core.stop_training

    @stop_training.setter
    def stop_training(self, value):
        self._core.stop_training = bool(value)

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0,
            validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0,
            steps_per_epoch=None, validation_steps=None, validation_batch_size=None, validation_freq=1):
        """Trains the model.

        Example:

        >>> history = model.fit(x, y, batch_size=64, epochs=3, validation_split=0.1)
        >>> history.history["val_loss"]

        Args:
            x: an array, for several inputs a list of them or a dict by name; or batches (x,), (x, y) or
                (x, y, sample_weight) from a generator, an iterable, a `keratin.utils.PyDataset` or another object with
                `__getitem__` and `__len__`.
            y: as x, an array an output; with batches, None.
            batch_size: samples a step; None: 32.
            epochs: the number of the last epoch.
            verbose: 0 silent, 1 or "auto" a progress bar, 2 a line an epoch.
            callbacks: a list of objects of `keratin.callbacks`.
            validation_split: the share of the samples, from the end, that are held back to judge by.
            validation_data: (x, y), (x, y, sample_weight), or batches.
            shuffle: whether each epoch has another order: of the samples of arrays, of the batches of a `PyDataset`.
            class_weight: a dict from classes to weights.
            sample_weight: an array, one weight a sample; for several outputs as y, or one array for all.
            initial_epoch: epochs that are done already.
            steps_per_epoch: batches an epoch; None: all.
            validation_steps: batches a validation; None: all.
            validation_batch_size: None: batch_size.
            validation_freq: how many epochs from validation to validation, or a list of epochs, from 1.

        Returns:
            A `keratin.callbacks.History`.
        """
        given = batches.source(x, shuffle)
        x = self._note_inputs(x if given is None else given)
        x, y, sample_weight, steps = self._data(x, y, sample_weight, batch_size, steps_per_epoch, True)
        validation_split = _number(validation_split or 0, "validation_split")
        validation = validation_data
        if validation is not None:
            held = batches.source(validation)
            if held is None:
                given, *rest = _triple(validation)
                validation = self._placed(self._note_inputs(given), *rest, False)
            else:
                validation = self._own_source(self._note_inputs(held), False)
        if steps is not None and steps_per_epoch is None and validation_split and batches.is_array(x):
            steps = _batches(x, batch_size, 1 - validation_split)
        epochs = _integer(epochs, "epochs")
        run = Run(self, callbacks, verbose, epochs=epochs, steps=steps, history=True)
        self._core.fit(x, y, {
            **run.options,
            "batch_size": batch_size, "epochs": epochs, "validation_split": validation_split,
            "validation_data": validation, "shuffle": bool(shuffle), "class_weight": class_weight,
            "sample_weight": sample_weight, "initial_epoch": _integer(initial_epoch, "initial_epoch"), "steps_per_epoch": steps_per_epoch,
            "validation_steps": validation_steps, "validation_batch_size": validation_batch_size,
            "validation_freq": _epochs(validation_freq),
        })
        return run.history

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None,
                 callbacks=None, return_dict=False, **kwargs):
        """Loss and metrics over data.

        Args: as those of `fit`.
            steps: how many batches; None: all.
            return_dict: True for a dict by name.

        Returns:
            The loss, or a list of it and the metrics in the order of `metrics_names`, or a dict.
        """
        if kwargs:
            raise ValueError(f"Arguments not recognized: {kwargs}")
        x = self._note_inputs(x)
        x, y, sample_weight, all_steps = self._data(x, y, sample_weight, batch_size, steps, False)
        run = Run(self, callbacks, verbose, steps=all_steps)
        logs = self._core.evaluate(x, y, {**run.options, "batch_size": batch_size, "sample_weight": sample_weight,
                                          "steps": steps})
        return _sorted(logs) if return_dict else _numbers(logs)

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None):
        """The outputs for data: an array, or a list or dict of them, as the model gives them.

        Args: as those of `evaluate`; verbose "auto" is 0 here. Any number of threads may predict at once.
        """
        x = batches.several(self._note_inputs(x))
        source = batches.source(x)
        run = None  # nobody looks on
        if callbacks is not None or verbose not in ("auto", 0):
            count = steps if steps is not None else _batches(x, batch_size) if source is None else source.num_batches
            run = Run(self, callbacks, 0 if verbose == "auto" else verbose, steps=count).options
        return self._structured(self._core.predict(x if source is None else source, batch_size, steps, run))

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One step on one batch; returns its loss and metrics, as `evaluate` does."""
        x = self._note_inputs(x)
        logs = self._core.train_on_batch(*self._placed(*batches.unpack((x, y, sample_weight)), True), class_weight)
        return _sorted(logs) if return_dict else _numbers(logs)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """Loss and metrics of one batch, as `evaluate` returns them."""
        x = self._note_inputs(x)
        logs = self._core.test_on_batch(*self._placed(*batches.unpack((x, y, sample_weight)), False), None)
        return _sorted(logs) if return_dict else _numbers(logs)

    def predict_on_batch(self, x):
        """The outputs for one batch, as `predict` gives them."""
        x = self._note_inputs(x)
        return self._structured(self._core.predict_on_batch(batches.several(x)))

    def _data(self, x, y, sample_weight, batch_size, steps, training):
        """x as arrays or a source of batches, and how many batches that are, where it is known."""
        x, y, sample_weight = batches.unpack((x, y, sample_weight))
        source = batches.source(x)
        if source is None:
            x, y, sample_weight = self._placed(x, y, sample_weight, training)
            return x, y, sample_weight, _batches(x, batch_size) if steps is None else steps
        for name, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(f"When providing `x` as batches, `{name}` should not be passed. Instead, it should be "
                                 "part of each batch.")
        return self._own_source(source, training), None, None, steps if steps is not None else source.num_batches

    def _placed(self, x, y, sample_weight, training):
        """Data in structures that C++ does not know, in order."""
        if self._has_own_targets():
            return self._of_own_targets(x, y, sample_weight, training)
        return x, self._placed_targets(y), self._placed_targets(sample_weight)

    def _own_source(self, source, training):
        """The batches, of which targets that are the model's own are taken apart as they come."""
        if not self._has_own_targets():
            return source
        return batches.Placed(source, functools.partial(self._of_own_targets, training=training))

    def _placed_targets(self, y):
        return y

    def _note_inputs(self, x):
        """Before data go through: a model of one's own looks how they are structured. The data."""
        return x

    def _note_outputs(self, loss):
        """Before it is compiled: a model of one's own does not know its outputs by name."""

    def _structured(self, outputs):
        """The arrays of a list in the form that the model's outputs have: one, a list, or a dict."""
        return outputs[0] if len(outputs) == 1 else outputs


def _sorted(logs):
    return dict(sorted(logs.items()))


def _integer(value, name):
    try:
        return index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer. Received: {name}={value!r} (of type {type(value).__name__})") from None


def _number(value, name):
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name} must be a number. Received: {name}={value!r} (of type {type(value).__name__})") from None


def _epochs(freq):
    """validation_freq: a number of epochs, or a list of those to validate after."""
    if not isinstance(freq, (list, tuple, range, set)):
        try:
            return index(freq)
        except TypeError:
            raise ValueError("Expected `validation_freq` to be a list or int. Received: "
                             f"validation_freq={freq!r} of the type {type(freq)}.") from None
    return [int(epoch) for epoch in map(lambda epoch: _number(epoch, "validation_freq"), freq) if epoch == int(epoch)]


def _numbers(logs):
    values = list(logs.values())
    return values[0] if len(values) == 1 else values


def _batches(x, batch_size, part=1):
    """How many batches a part of x is, for callbacks to show. What is wrong with either, C++ says."""
    try:
        return -(-int(len(batches.first(x)) * part) // (batch_size or 32))
    except (TypeError, ValueError, OverflowError):
        return None


def _triple(data):
    if not isinstance(data, (list, tuple)):
        raise ValueError("validation_data must be (x, y), (x, y, sample_weight) or batches. "
                         f"Received: {type(data)}")
    return batches.unpack(data)
