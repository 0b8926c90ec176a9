# SPDX-License-Identifier: Apache-2.0
from keratin import _core
from keratin.callbacks.callback import NativeCallback
from keratin.utils.progbar import terminal, write


class ProgbarLogger(NativeCallback):
    """Shows the progress; fit, evaluate and predict add one by themselves unless verbose is 0."""

    _concept = _core.ProgbarLogger

    def __init__(self):
        self._make()

    def _options(self):
        return [write, *terminal()]

    def on_train_batch_end(self, batch, logs=None):
        self._core.on_train_batch_end(batch, logs)
