# SPDX-License-Identifier: Apache-2.0
from keratin import _core
from keratin._arguments import flag
from keratin.callbacks.callback import NativeCallback


class TerminateOnNaN(NativeCallback):
    """Ends fit after the batch whose loss is NaN or infinite.

    Args:
        raise_error: True raises a RuntimeError there.
    """

    _concept = _core.TerminateOnNaN

    def __init__(self, raise_error=False):
        self._make(raise_error=flag(raise_error))

    def on_train_batch_end(self, batch, logs=None):
        self._core.on_train_batch_end(batch, logs)
