# SPDX-License-Identifier: Apache-2.0
from keratin import _core
from keratin._arguments import flag
from keratin.callbacks.callback import NativeCallback


class SwapEMAWeights(NativeCallback):
    """Lets evaluate, predict and the validation of fit see the averages of an optimizer with `use_ema`.

    They take the place of the weights, which come back at the end.

    Example:

    >>> model.compile(keratin.optimizers.Adam(use_ema=True), "mse")
    >>> model.fit(x, y, validation_split=0.1, callbacks=[keratin.callbacks.SwapEMAWeights()])

    Args:
        swap_on_epoch: True: also from the end of an epoch to the begin of the next, so that ModelCheckpoint
            behind it saves the averages.
    """

    _concept = _core.SwapEMAWeights

    def __init__(self, swap_on_epoch=False):
        self._make(swap_on_epoch=flag(swap_on_epoch))

    def on_test_begin(self, logs=None):
        self._core.on_test_begin(logs)

    def on_test_end(self, logs=None):
        self._core.on_test_end(logs)

    def on_predict_begin(self, logs=None):
        self._core.on_predict_begin(logs)

    def on_predict_end(self, logs=None):
        self._core.on_predict_end(logs)
