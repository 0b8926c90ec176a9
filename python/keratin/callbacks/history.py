# SPDX-License-Identifier: Apache-2.0
from keratin.callbacks.callback import Callback


class History(Callback):
    """Keeps the numbers of every epoch: what fit returns.

    Attributes:
        history: a dict from names to lists of numbers, one an epoch.
        epoch: the numbers of these epochs.
    """

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self
