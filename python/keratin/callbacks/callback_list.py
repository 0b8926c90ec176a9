# SPDX-License-Identifier: Apache-2.0
from keratin._arguments import items
from keratin._refusal import shown
from keratin.callbacks.callback import HOOKS, Callback
from keratin.callbacks.history import History


class CallbackList(Callback):
    """Several callbacks as one, for training loops of one's own.

    Args:
        callbacks: a list of callbacks.
        add_history: whether a `History` is put at the end.
        add_progbar: whether a `ProgbarLogger` is put at the end.
        model: the model that they get.
        **params: what they get as params.
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        super().__init__()
        self.callbacks = items("CallbackList", "callbacks", callbacks or ())
        for callback in self.callbacks:
            if not hasattr(callback, "set_params"):
                raise ValueError(f"[CallbackList] callbacks must be callbacks. Received: {shown(callback, 100)}")
        if add_progbar:
            from keratin.callbacks.progbar_logger import ProgbarLogger
            if not any(isinstance(callback, ProgbarLogger) for callback in self.callbacks):
                self.callbacks.append(ProgbarLogger())
        if add_history and not any(isinstance(callback, History) for callback in self.callbacks):
            self.callbacks.append(History())
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def __setattr__(self, name, value):
        if name in ("add_history", "add_progbar"):
            raise AttributeError(f"'{name}' of CallbackList is fixed when it is made: append a callback.")
        super().__setattr__(name, value)

    def append(self, callback):
        self.callbacks.append(callback)

    def __iter__(self):
        return iter(self.callbacks)

    def set_params(self, params):
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(model)


def _each(hook):
    def call(self, *args, **kwargs):
        for callback in self.callbacks:
            getattr(callback, hook)(*args, **kwargs)

    call.__name__ = hook
    return call


for _hook in (*HOOKS, "on_batch_begin", "on_batch_end"):
    setattr(CallbackList, _hook, _each(_hook))
