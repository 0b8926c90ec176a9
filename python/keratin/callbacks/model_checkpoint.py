# SPDX-License-Identifier: Apache-2.0
import errno
import os
import warnings

from keratin import _core
from keratin._arguments import flag, path
from keratin.callbacks import save_freq as freq
from keratin.callbacks.callback import NativeCallback


class ModelCheckpoint(NativeCallback):
    """Saves the model, or its weights, after every epoch or every so many batches.

    Example:

    >>> best = keratin.callbacks.ModelCheckpoint("{epoch:02d}-{val_loss:.2f}.keras", save_best_only=True)
    >>> model.fit(x, y, validation_split=0.1, epochs=10, callbacks=[best])

    Args:
        filepath: the path, which `str.format` fills in with `epoch`, from 1, with the numbers of the epoch and, where
            save_freq is a number, with `batch`. It ends in `.keras`, and in `.weights.h5` for weights. A file takes its
            place when it is whole.
        monitor: the name of the number that says which model is best.
        verbose: 1 says what it does.
        save_best_only: whether a model is saved only when `monitor` is better than at the last save.
        save_weights_only: whether the weights alone are saved.
        mode: "min", "max" or "auto": which way is better.
        save_freq: "epoch", or a number of batches.
        initial_value_threshold: what the first model that is saved has to pass, with save_best_only.

    Attributes, beside the arguments:
        best: the value of the best model so far.
    """

    _concept = _core.ModelCheckpoint
    _state = ("best",)

    def __init__(self, filepath, monitor="val_loss", verbose=0, save_best_only=False, save_weights_only=False, mode="auto",
                 save_freq="epoch", initial_value_threshold=None):
        filepath = path("ModelCheckpoint", "filepath", filepath)
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer values")
        if save_weights_only:
            if not filepath.endswith(".weights.h5"):
                raise ValueError("When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided must end in "
                                 f"`.weights.h5` (Keras weights format). Received: filepath={filepath}")
        elif not filepath.endswith((".keras", ".h5")):
            raise ValueError("The filepath provided must end in `.keras` (Keras model format). Received: "
                             f"filepath={filepath}")
        if mode not in ("auto", "min", "max"):
            warnings.warn(f"ModelCheckpoint mode '{mode}' is unknown, fallback to auto mode.", stacklevel=2)
            mode = "auto"
        self._make(filepath=filepath, monitor=monitor, verbose=verbose, save_best_only=flag(save_best_only),
                   save_weights_only=flag(save_weights_only), mode=mode, save_freq=save_freq,
                   initial_value_threshold=initial_value_threshold)

    def _options(self):
        values = {name: getattr(self, name) for name in self._arguments}
        return [*{**values, "save_freq": freq.batches(self.save_freq)}.values()]

    def on_train_begin(self, logs=None):
        pass

    def on_train_batch_end(self, batch, logs=None):
        if self._core.is_due(batch):
            self._save(self._core.epoch, batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def on_train_end(self, logs=None):
        pass

    def _save(self, epoch, batch, logs):
        path = self._path(epoch, batch, logs or {})
        if self.save_best_only and (logs or {}).get(self.monitor) is None:
            warnings.warn(f"Can save best model only with {self.monitor} available.", stacklevel=2)
        if not self._core.wants(epoch, logs, path):
            return
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, "Please specify a non-directory filepath for ModelCheckpoint. Filepath used "
                                    f"is an existing directory: {path}")
        if os.path.dirname(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        self._core.saved(epoch, path)

    def _path(self, epoch, batch, logs):
        counts = {"epoch": epoch + 1} if batch is None or "batch" in logs else {"epoch": epoch + 1, "batch": batch + 1}
        try:
            return self.filepath.format(**counts, **logs)
        except KeyError as error:
            raise KeyError(f'Failed to format this callback filepath: "{self.filepath}". Reason: {error}') from None
