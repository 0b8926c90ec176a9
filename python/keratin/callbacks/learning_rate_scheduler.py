# SPDX-License-Identifier: Apache-2.0
import numpy as np

from keratin import _core
from keratin.callbacks.callback import NativeCallback


class LearningRateScheduler(NativeCallback):
    """Sets the learning rate at the start of each epoch.

    Example:

    >>> def schedule(epoch, rate):
    ...     return rate if epoch < 10 else rate * 0.9
    >>> model.fit(x, y, callbacks=[keratin.callbacks.LearningRateScheduler(schedule)])

    Args:
        schedule: a function of the epoch (from 0) and the rate so far that returns the new rate, a float.
        verbose: 1 says what it does.
    """

    _concept = _core.LearningRateScheduler

    def __init__(self, schedule, verbose=0):
        self._make(schedule=schedule, verbose=verbose)

    def _options(self):
        schedule = self.schedule  # C++ holds the function, and would hold this object with it
        return [lambda epoch, rate: _rate(schedule, epoch, rate), self.verbose]


def _rate(schedule, epoch, rate):
    try:
        new = schedule(epoch, rate)
    except TypeError:  # Keras 2: a function of the epoch alone
        new = schedule(epoch)
    if not isinstance(new, (float, np.float32, np.float64)):
        raise ValueError("The output of the `schedule` function should be a float. "
                         f"Got: {new}")
    return float(new)
