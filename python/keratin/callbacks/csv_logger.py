# SPDX-License-Identifier: Apache-2.0
from keratin import _core
from keratin._arguments import path
from keratin.callbacks.callback import NativeCallback


class CSVLogger(NativeCallback):
    """Writes the numbers of every epoch to a file.

    Example:

    >>> model.fit(x, y, callbacks=[keratin.callbacks.CSVLogger("training.csv")])

    Args:
        filename: the file.
        separator: one character.
        append: whether an old file is continued.
    """

    _concept = _core.CSVLogger

    def __init__(self, filename, separator=",", append=False):
        self._make(filename=path("CSVLogger", "filename", filename), separator=separator, append=append)

    @property
    def sep(self):
        """Keras's name of the attribute `separator`."""
        return self.separator

    @sep.setter
    def sep(self, value):
        self.separator = value
