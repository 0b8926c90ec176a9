# SPDX-License-Identifier: Apache-2.0
import os

import numpy as np

from keratin import _core
from keratin._arguments import flag, path
from keratin._structure import distinct
from keratin.callbacks import save_freq as freq
from keratin.callbacks.callback import NativeCallback


class BackupAndRestore(NativeCallback):
    """Backs a run of fit up, and goes on with it where it was ended from without: with the same call of fit, in a new
    process too.

    The weights are then, to the bit, those of a run that was never ended, in the middle of an epoch too. A backup has the
    weights, the optimizer's state, where the epoch stands, its loss and metrics so far, the order of the samples, what
    layers and `keratin.random` draw from, and what EarlyStopping, ReduceLROnPlateau and ModelCheckpoint know. The data are
    the same; of a generator what was given is passed over, an iterable starts a pass anew and goes to its batch, and a
    dataset with `__getitem__` is told by `on_epoch_end` of the passes that ended. The History is of the epochs that this
    process ends.

    Example:

    >>> model.fit(x, y, epochs=10, callbacks=[keratin.callbacks.BackupAndRestore("backup", save_freq=1000)])

    Args:
        backup_dir: the folder of the backup. A file in it takes its place when it is whole.
        save_freq: "epoch", or a number of batches.
        double_checkpoint: whether the backup before is kept, which is taken where the latest is damaged.
        delete_checkpoint: whether the backup is removed at the end of fit.
    """

    _concept = _core.BackupAndRestore

    def __init__(self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True):
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed")
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Invalid value for argument `save_freq`. Received: save_freq={save_freq}. Expected either 'epoch' "
                             "or an integer value.")
        self._make(backup_dir=path("BackupAndRestore", "backup_dir", backup_dir), save_freq=save_freq,
                   double_checkpoint=flag(double_checkpoint),
                   delete_checkpoint=flag(delete_checkpoint))

    def _options(self):
        return [self.backup_dir, freq.batches(self.save_freq), self.double_checkpoint, self.delete_checkpoint]

    def on_train_begin(self, logs=None):
        if not self.model.built:
            raise ValueError("To use the BackupAndRestore callback, you model must be built before you call `fit()`. "
                             f"Model {self.model} is unbuilt. You can build it beforehand by calling it on a batch of data.")
        self._prepare(())
        self._core.on_train_begin(logs)
        own = self._core.own
        self._core.prepare(None, True, ())
        if own:
            _take_own_state(self.model, own)

    def on_train_batch_end(self, batch, logs=None):
        self._core.on_train_batch_end(batch, logs)

    def _on_all_heard(self):
        if not self._core.due:
            return
        self._prepare(_own_state(self.model))
        try:
            self._core.on_all_heard()
        finally:
            self._core.prepare(None, True, ())

    def _prepare(self, own):
        from keratin.saving.saving_api import own_optimizer
        from keratin.saving.weight_paths import weight_paths
        self._core.prepare(weight_paths(self.model, apart=True), own_optimizer(self.model) is None, tuple(own))

    # Keras's names of where it stands.

    @property
    def _current_epoch(self):
        return self._core.current_epoch

    @property
    def _last_batch_seen(self):
        return self._core.last_batch_seen

    @property
    def _weights_path(self):
        return os.path.join(self.backup_dir, "latest.weights.h5")

    @property
    def _training_metadata_path(self):
        return os.path.join(self.backup_dir, "training_metadata.json")

    @property
    def _prev_weights_path(self):
        return self._weights_path + ".bkp"

    @property
    def _prev_training_metadata_path(self):
        return self._training_metadata_path + ".bkp"


def _own_parts(model):
    """Generators of seeds and parts of metrics that are Python's, as variables."""
    seeds, metrics = [], []
    for thing in _each_once(model, set()):
        seeds += thing._own_seeds()
        metrics += thing._own_metrics()
    if "_keratin_loss_tracker" in model.__dict__:
        metrics.insert(0, model._tracked_loss())
    return [*(one._variable() for one in distinct(seeds)), *(part for metric in distinct(metrics) for part in metric.variables)]


def _each_once(thing, seen):
    """The layer or model, and the layers of models in it."""
    if id(thing) not in seen:
        seen.add(id(thing))
        yield thing
        for layer in getattr(thing, "layers", ()):
            yield from _each_once(layer, seen)


def _own_state(model):
    """What is Python's of a run, as arrays: the parts, behind how many, and the state of an optimizer of one's own."""
    from keratin.saving.saving_api import own_state
    parts = [np.asarray(part.numpy(), "float64") for part in _own_parts(model)]
    own = own_state(model) or ()
    has_loss = "_keratin_loss_tracker" in model.__dict__
    return [np.array([has_loss, len(parts)], "int64"), *parts, *(np.asarray(array) for array in own)]


def _take_own_state(model, arrays):
    has_loss, count = (int(number) for number in arrays[0])
    if has_loss:
        model._tracked_loss()
    parts = _own_parts(model)
    if len(parts) != count:
        raise ValueError(f"[BackupAndRestore] the backup has {count} states of metrics and generators of seeds, and the model "
                         f"has {len(parts)}: it is of another one.")
    for part, array in zip(parts, arrays[1:]):
        part.assign(array)
    if len(arrays) > 1 + count:
        model.optimizer.build(model.trainable_variables)
        model.optimizer.set_weights(arrays[1 + count:])
