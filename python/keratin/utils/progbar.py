# SPDX-License-Identifier: Apache-2.0
"""A progress bar on standard output, in a terminal and in a notebook. Keras: `keras.utils.Progbar`."""
import inspect
import os
import sys

from keratin import _core
from keratin._arguments import items


def write(text):
    """Puts text where Python's users see it: a notebook has a sys.stdout of its own."""
    out = sys.stdout
    if out is None:
        return
    try:
        out.write(text)
    except UnicodeEncodeError:  # a bar of lines, where there are only letters
        for shown, plain in (("━", "-"), ("─", "-"), ("…", "...")):
            text = text.replace(shown, plain)
        out.write(text.encode(out.encoding or "ascii", "replace").decode(out.encoding or "ascii"))
    out.flush()


def terminal():
    """What sys.stdout can show: whether a line can be drawn again, whether in colour, how many columns."""
    out = sys.stdout
    is_terminal = out is not None and getattr(out, "isatty", bool)()
    is_notebook = any(cls.__module__.startswith("ipykernel") for cls in type(out).__mro__)
    moves = is_notebook or (is_terminal and os.environ.get("TERM", "") not in ("", "dumb"))
    color = moves and not os.environ.get("NO_COLOR")
    if not is_terminal:
        return moves, color, 0
    import shutil
    return moves, color, shutil.get_terminal_size().columns


class Progbar:
    """A progress bar.

    Example:

    >>> bar = keratin.utils.Progbar(10)
    >>> for step in range(10):
    ...     bar.update(step + 1, [("loss", 0.5)])

    Args:
        target: steps expected; None where that is not known.
        width: of the bar, in characters.
        verbose: 0 silent, 1 a bar, 2 a line at the end.
        interval: seconds from drawing to drawing.
        stateful_metrics: names whose values are shown as they come; others are averaged.
        stateless_metrics: in place of it, names whose values are averaged; others are shown as they come.
        unit_name: what a step is called.
    """

    def __init__(self, target, width=20, verbose=1, interval=0.05, stateful_metrics=None,
                 stateless_metrics=None, unit_name="step"):
        self.target = target
        names = [None if metrics is None else items("Progbar", name, metrics) for name, metrics in (
            ("stateful_metrics", stateful_metrics), ("stateless_metrics", stateless_metrics))]
        self._core = _core.Progbar(target, width, verbose, interval, *names, unit_name, write, *terminal())

    def __setattr__(self, name, value):
        if "_core" in self.__dict__ and name in inspect.signature(Progbar.__init__).parameters:
            raise AttributeError(f"'{name}' of Progbar is fixed when it is made: make another one.")
        super().__setattr__(name, value)

    def update(self, current, values=None, finalize=None):
        """`current` steps are done. `values`: pairs of a name and a number."""
        self._core.update(current, [(name, float(value)) for name, value in values or ()], finalize)

    def add(self, n, values=None):
        """`n` more steps are done."""
        self._core.add(n, [(name, float(value)) for name, value in values or ()])
