# SPDX-License-Identifier: Apache-2.0
from keratin import _core
from keratin._arguments import number
from keratin.callbacks.callback import NativeCallback


class EarlyStopping(NativeCallback):
    """Stops fit when a number has not improved for some epochs.

    Example:

    >>> stop = keratin.callbacks.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
    >>> model.fit(x, y, validation_split=0.1, epochs=100, callbacks=[stop])

    Args:
        monitor: the name of the number.
        min_delta: what counts as an improvement.
        patience: epochs without improvement that are borne.
        verbose: 1 says when it stops.
        mode: "min", "max" or "auto": which way is better.
        baseline: what has to be passed at least.
        restore_best_weights: whether the model gets back the weights of its best epoch.
        start_from_epoch: epochs that are not looked at.

    Attributes, beside the arguments; each run starts them anew:
        best: the best value so far; None before any.
        best_epoch: its epoch.
        best_weights: the weights of that epoch, a list of arrays, where they are to be restored.
        wait: epochs since then.
        stopped_epoch: the epoch after which it stopped; 0 when it did not.
    """

    _concept = _core.EarlyStopping
    _state = ("best", "best_epoch", "best_weights", "wait", "stopped_epoch")

    def __init__(self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto", baseline=None,
                 restore_best_weights=False, start_from_epoch=0):
        self._make(monitor=monitor, min_delta=abs(number("EarlyStopping", "min_delta", min_delta)), patience=patience,
                   verbose=verbose, mode=mode,
                   baseline=baseline, restore_best_weights=restore_best_weights, start_from_epoch=start_from_epoch)
