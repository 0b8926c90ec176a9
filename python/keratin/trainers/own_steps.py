# SPDX-License-Identifier: Apache-2.0
"""Steps that a class of the user's writes anew: `train_step`, `test_step`, `compute_loss`, `compute_metrics`."""
import inspect

from keratin import _core
from keratin._structure import flatten, map_structure
from keratin.gradient_tape import GradientTape, Untaped
from keratin.keras_tensor import KerasTensor
from keratin.metrics.metric import plain
from keratin.trainers.batches import taken_apart
from keratin.utils.samples import pack_x_y_sample_weight, unpack_x_y_sample_weight


class CompiledMetrics:
    """The metrics that were given to `compile`, as one. Keras: `CompileMetrics`."""

    name = "compile_metrics"

    def __init__(self, model):
        self._model = model
        self._result = {}

    def update_state(self, y_true, y_pred, sample_weight=None):
        self._result = self._model._core.compute_metrics(*_of_outputs(y_true, y_pred, sample_weight))

    def result(self):
        return dict(self._result)

    def reset_state(self):
        self._result = {}


class OwnSteps:
    """What a step is made of, for classes that have one of their own."""

    def train_step(self, data):
        """One step on a batch.

        Args:
            data: x, (x, y) or (x, y, sample_weight), as fit was given them.

        Returns:
            A dict of numbers: the logs.
        """
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with GradientTape() as tape:
            y_pred = self(x, training=True)
            loss = self._loss_of_step(x, y, y_pred, sample_weight, True)
        self._tracked_loss().update_state(loss.numpy(), sample_weight=len(flatten(x)[0]))
        variables = self.trainable_variables
        self.optimizer.apply(tape.gradient(loss, variables), variables)
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def test_step(self, data):
        """The numbers of a batch that is judged. Arguments as those of `train_step`."""
        x, y, sample_weight = unpack_x_y_sample_weight(data)
        with Untaped():  # where the losses of layers are seen
            y_pred = self(x, training=False)
            loss = self._loss_of_step(x, y, y_pred, sample_weight, False)
        y_pred, loss = map_structure(plain, y_pred), plain(loss)
        self._tracked_loss().update_state(loss, sample_weight=len(flatten(x)[0]))
        return self.compute_metrics(x, y, y_pred, sample_weight=sample_weight)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss of a batch: the compiled losses, what layers added, and the penalties of the weights.

        Args:
            x, y, sample_weight: the batch.
            y_pred: the predictions for it.
            training: for programs that say it.
        """
        value = self._core.compute_loss(*_of_outputs(y, y_pred, sample_weight))
        return KerasTensor._of(value) if value.is_recorded or _core.in_pass() else value.numpy()[()]

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Takes a batch into the compiled metrics; the numbers of all metrics so far, a dict."""
        if self.compiled and (self._compiled_with.get("metrics") or self._compiled_with.get("weighted_metrics")):
            self._compiled_metrics_object().update_state(y, y_pred, sample_weight)
        return self.get_metrics_result()

    def get_metrics_result(self):
        """The numbers of all metrics, a dict by name."""
        result = {}
        for metric in self.metrics:
            found = metric.result()
            if isinstance(found, dict):
                result.update(found)
            else:
                result[metric.name] = found
        return result

    @property
    def metrics(self):
        """The metric of the loss, the compiled ones as one, and those that are attributes: what a step of one's own
        updates. `reset_metrics` and each epoch reset them."""
        if not self.compiled:
            return self._own_metrics()
        found = [self._tracked_loss()]
        if self._compiled_with.get("metrics") or self._compiled_with.get("weighted_metrics"):
            found.append(self._compiled_metrics_object())
        return found + self._own_metrics()

    def _tracked_loss(self):
        if "_keratin_loss_tracker" not in self.__dict__:
            from keratin.metrics import Mean
            self.__dict__["_keratin_loss_tracker"] = Mean(name="loss")
        return self.__dict__["_keratin_loss_tracker"]

    def _compiled_metrics_object(self):
        if "_keratin_compiled_metrics" not in self.__dict__:
            self.__dict__["_keratin_compiled_metrics"] = CompiledMetrics(self)
        return self.__dict__["_keratin_compiled_metrics"]

    # -- what C++ calls: see own_models.h ------------------------------------------------------------

    def _own_train_step(self, x, y, sample_weight):
        return _numbers(self.train_step(self._batch(x, y, sample_weight, True)), "train_step")

    def _own_test_step(self, x, y, sample_weight):
        return _numbers(self.test_step(self._batch(x, y, sample_weight, False)), "test_step")

    def _own_loss(self, x, y, y_pred, sample_weight):
        training = _core.is_training()
        x, y, sample_weight = self._parts_of_batch(x, y, sample_weight, training)
        predictions = self._structured([KerasTensor._of(core) for core in y_pred])
        loss = self._loss_of_step(x, y, predictions, sample_weight, training)
        return loss._core if isinstance(loss, KerasTensor) else loss

    def _loss_of_step(self, x, y, y_pred, sample_weight, training):
        loss = self.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight,
                                 **({"training": training} if self._loss_takes_training() else {}))
        if loss is None:
            raise TypeError(f"[{type(self).__name__}] compute_loss must return the loss. Received: None")
        return loss

    def _loss_takes_training(self):
        """Keras: before 3.5 `compute_loss` knew of no training."""
        function, kept = type(self).compute_loss, type(self).__dict__.get("_keratin_loss_signature")
        if kept is None or kept[0] is not function:  # with the class, so that it goes with it
            known = inspect.signature(function).parameters
            kept = function, "training" in known or any(p.kind is p.VAR_KEYWORD for p in known.values())
            type(self)._keratin_loss_signature = kept
        return kept[1]

    def _reset_own_metrics(self):
        for metric in self.metrics:
            metric.reset_state()

    def _batch(self, x, y, sample_weight, training):
        return pack_x_y_sample_weight(*self._parts_of_batch(x, y, sample_weight, training))

    def _parts_of_batch(self, x, y, sample_weight, training):
        return self._packed_inputs(x), self._targets("y", y, training), self._targets("sample_weight", sample_weight, training)

    # -- targets that no loss and no metric was compiled for ---------------------------------------

    def _has_own_targets(self):
        """Whether y and sample_weight are whatever the steps of a class of the user's take. See has_own_steps in C++."""
        steps = self._steps()
        given = self.__dict__.get("_compiled_with", {})
        return steps is not None and any(steps[1:4]) and not any(given.get(name) for name in ("loss", "metrics", "weighted_metrics"))

    def _of_own_targets(self, x, y, sample_weight, training):
        """The batch for C++, which has targets in a row; in which structure they came, to train on or to judge by, is noted for the
        steps."""
        structures, parts = self.__dict__.setdefault("_keratin_targets", {}), []
        for name, data in (("y", y), ("sample_weight", sample_weight)):
            leaves = []
            if data is not None:
                structures[name, training] = taken_apart(data, leaves)
            parts.append(None if data is None else tuple(leaves) if len(leaves) > 1 else leaves[0])
        return x, *parts

    def _targets(self, name, tensors, training):
        if not tensors:
            return None
        if not self._has_own_targets():
            return self._structured(tensors)
        structure = self._keratin_targets[name, training]
        if len(flatten(structure)) != len(tensors):
            raise ValueError(f"[{type(self).__name__}] {name} came in a structure of {len(flatten(structure))} arrays, and now of "
                             f"{len(tensors)}: all batches must be alike.")
        return map_structure(lambda place: tensors[place], structure)

    def _packed_inputs(self, x):
        if "_keratin_input_struct" in self.__dict__:
            return self._packed(x)
        names, struct = self._core.input_names, self.__dict__.get("_inputs_struct")
        if isinstance(struct, dict):
            return dict(zip(names if len(names) == len(x) else sorted(struct), x))
        return list(x) if len(x) > 1 or isinstance(struct, (list, tuple)) else x[0]


def _of_outputs(y, y_pred, sample_weight):
    """Of each output, in their order."""
    def in_order(value):
        if value is None:
            return None
        leaves = flatten(value) if isinstance(value, dict) or _is_list_of_arrays(value) else [value]
        return tuple(leaves) if len(leaves) > 1 else leaves[0]
    predictions = [leaf._core if isinstance(leaf, KerasTensor) else leaf for leaf in flatten(y_pred)]
    return in_order(y), predictions, in_order(sample_weight)


def _is_list_of_arrays(value):
    return isinstance(value, (list, tuple)) and any(hasattr(leaf, "__array__") for leaf in flatten(value))


def _numbers(logs, method):
    if not isinstance(logs, dict):
        raise TypeError(f"[{method}] it must return a dict of numbers by name, the logs. Received: {logs!r}")
    result = {}
    for name, value in logs.items():
        if isinstance(value, dict):
            result.update(_numbers(value, method))
        else:
            result[name] = float(value.numpy()) if isinstance(value, KerasTensor) else float(value)
    return result
