# SPDX-License-Identifier: Apache-2.0
from keratin import _core
from keratin.callbacks.callback import NativeCallback


class ReduceLROnPlateau(NativeCallback):
    """Makes the learning rate smaller when a number has not improved for some epochs.

    Example:

    >>> model.fit(x, y, validation_split=0.1,
    ...           callbacks=[keratin.callbacks.ReduceLROnPlateau(factor=0.2, patience=5, min_lr=0.001)])

    Args:
        monitor: the name of the number.
        factor: what the rate is multiplied by, less than 1.
        patience: epochs without improvement that are borne.
        verbose: 1 says when it does so.
        mode: "min", "max" or "auto": which way is better.
        min_delta: what counts as an improvement.
        cooldown: epochs to wait afterwards.
        min_lr: the smallest rate.

    Attributes, beside the arguments; each run starts them anew:
        best: the best value so far; None before any.
        wait: epochs since then.
        cooldown_counter: epochs that are still to be waited.
    """

    _concept = _core.ReduceLROnPlateau
    _state = ("best", "wait", "cooldown_counter")

    def __init__(self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto", min_delta=1e-4, cooldown=0,
                 min_lr=0.0):
        self._make(monitor=monitor, factor=factor, patience=patience, verbose=verbose, mode=mode, min_delta=min_delta,
                   cooldown=cooldown, min_lr=min_lr)

    def in_cooldown(self):
        """Whether epochs are still to be waited."""
        return self.cooldown_counter > 0
