# SPDX-License-Identifier: Apache-2.0
"""The callbacks of one run, in the form in which C++ takes them (python/src/callbacks.h)."""
from keratin import _core
from keratin.callbacks.callback import ALL_HEARD, HOOKS, NativeCallback, overridden
from keratin.callbacks.callback_list import CallbackList
from keratin.callbacks.history import History
from keratin.callbacks.progbar_logger import ProgbarLogger
from keratin.utils.progbar import terminal, write


class Run:
    """The callbacks of a fit (with `history`), evaluate or predict of `model`."""

    def __init__(self, model, callbacks, verbose, epochs=1, steps=None, history=False):
        verbose = 1 if verbose == "auto" else _level(verbose)
        callbacks = _listed(callbacks)
        self.history = None
        if history:
            self.history = next((c for c in callbacks if isinstance(c, History)), None) or History()
            if self.history not in callbacks:
                callbacks.append(self.history)
        params = {"verbose": verbose, "epochs": epochs, "steps": steps}
        for callback in callbacks:
            callback.set_model(model)
            callback.set_params(dict(params))
        hooks = {}
        for hook in (*HOOKS, ALL_HEARD) if callbacks else ():  # a small predict takes less time than to ask no one
            functions = [f for f in (overridden(callback, hook) for callback in callbacks) if f is not None]
            if functions:
                hooks[hook] = functions
        if hooks:
            hooks["cores"] = [callback._core for callback in callbacks if isinstance(callback, NativeCallback)]
        shown = verbose == 0 or any(isinstance(callback, ProgbarLogger) for callback in callbacks)
        self.options = {
            "hooks": hooks, "verbose": verbose, "write": write,
            "progress": None if shown else _core.ProgbarLogger(write, *terminal()),
        }


def _level(verbose):
    if isinstance(verbose, str):
        raise ValueError(f"verbose must be 'auto', 0, 1 or 2. Received: {verbose!r}")
    return int(verbose)


def _listed(callbacks):
    if callbacks is None:
        return []
    if isinstance(callbacks, CallbackList):
        return list(callbacks.callbacks)
    if isinstance(callbacks, (list, tuple)):
        listed = []
        for callback in callbacks:
            listed += _listed(callback) if isinstance(callback, (list, tuple)) else [callback]
        callbacks = listed
    else:
        callbacks = [callbacks]
    for callback in callbacks:
        if not hasattr(callback, "set_model"):
            raise TypeError(f"callbacks must be objects of keratin.callbacks.Callback. Received: {callback!r}")
    return callbacks
