# SPDX-License-Identifier: Apache-2.0
"""What listens to a run of fit, evaluate or predict. Keras: `keras.callbacks.Callback`."""

import inspect

from keratin import _border, _native

# The hooks, as C++ calls them.
HOOKS = ("on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_train_batch_begin",
         "on_train_batch_end", "on_test_begin", "on_test_end", "on_test_batch_begin", "on_test_batch_end",
         "on_predict_begin", "on_predict_end", "on_predict_batch_begin", "on_predict_batch_end")
# What is no hook of Keras's: see Callback._on_all_heard.
ALL_HEARD = "_on_all_heard"


class Callback:
    """The base of callbacks: each hook does nothing until it is overridden.

    `logs` is a dict of numbers; on_epoch_end may add to it, and later callbacks and the History see that.
    An exception leaves fit as it is, and the model as it was after its last step.

    Example:

    >>> class Says(keratin.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, logs["loss"])
    >>> model.fit(x, y, callbacks=[Says()])

    Attributes:
        params: a dict: "verbose", "epochs", "steps".
        model: the model of the run.
    """

    def __init__(self):
        self.params = None
        self._model = None

    # A subclass may not call __init__.
    params = None
    _model = None

    @property
    def model(self):
        return self._model

    def set_params(self, params):
        self.params = params

    def set_model(self, model):
        self._model = model

    def on_batch_begin(self, batch, logs=None):
        """Another name of on_train_batch_begin."""

    def on_batch_end(self, batch, logs=None):
        """Another name of on_train_batch_end."""

    def on_epoch_begin(self, epoch, logs=None):
        pass

    def on_epoch_end(self, epoch, logs=None):
        pass

    def on_train_batch_begin(self, batch, logs=None):
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch, logs=None):
        self.on_batch_end(batch, logs=logs)

    def on_test_batch_begin(self, batch, logs=None):
        pass

    def on_test_batch_end(self, batch, logs=None):
        pass

    def on_predict_batch_begin(self, batch, logs=None):
        pass

    def on_predict_batch_end(self, batch, logs=None):
        pass

    def on_train_begin(self, logs=None):
        pass

    def on_train_end(self, logs=None):
        pass

    def on_test_begin(self, logs=None):
        pass

    def on_test_end(self, logs=None):
        pass

    def on_predict_begin(self, logs=None):
        pass

    def on_predict_end(self, logs=None):
        pass

    def _on_all_heard(self):
        """Behind on_train_batch_end and on_epoch_end of all callbacks, also where one of them raised."""


# What on_train_batch_begin and on_train_batch_end call.
_OLD_NAMES = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


def overridden(callback, hook):
    """The function of `hook`, where it does something; None elsewhere, so that nobody waits for it."""
    function = getattr(callback, hook, None)
    if getattr(function, "__func__", function) is not getattr(Callback, hook):
        return function
    old = _OLD_NAMES.get(hook)
    return function if old is not None and overridden(callback, old) else None


class NativeCallback(Callback):
    """A callback that is written in C++, `self._core`. Its hooks are handed on, and its arguments, which are
    attributes: what they are set to counts from then on. A copy starts anew."""

    _concept = None  # the class of `_core`
    _state = ()  # attributes of the C++ object, where it stands in a run

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # Keras's EarlyStopping asks this one, and ours nobody.
        listed = next(base for base in cls.__mro__[1:] if issubclass(base, NativeCallback))
        _native.refuse_overrides(cls, listed, ["get_monitor_value"])
        if "_concept" in cls.__dict__:
            cls._arguments = tuple(inspect.signature(cls.__init__).parameters)[1:]
            for name in cls.__dict__.get("_state", ()):
                setattr(cls, name, _state_of_core(name))

    def _make(self, **arguments):
        """Makes the C++ object of the arguments, which become attributes."""
        NativeCallback.__init__(self)
        self.__dict__.update(arguments)
        self._core = _border.made(self._concept, self._arguments, self._options())

    def _options(self):
        """The arguments as C++ takes them."""
        return [getattr(self, name) for name in self._arguments]

    def __setattr__(self, name, value):
        if "_core" in self.__dict__ and name in self._arguments:
            before = self.__dict__[name]
            super().__setattr__(name, value)
            try:
                self._core.set_options(*self._options())
            except BaseException as error:
                super().__setattr__(name, before)
                if isinstance(error, TypeError):  # nanobind's, which speaks of C++
                    raise TypeError(f"[{type(self).__name__}] {name} cannot be {value!r}") from None
                raise
            return
        super().__setattr__(name, value)
        if name == "params" and "_core" in self.__dict__:
            from keratin.utils.progbar import write
            self._core.set_params({} if value is None else value, write)

    def __reduce__(self):
        names = list(inspect.signature(type(self).__init__).parameters)[1:]
        return type(self), tuple(getattr(self, name) for name in names)

    def set_model(self, model):
        super().set_model(model)
        self._core.set_model(None if model is None else model._core)

    def on_train_begin(self, logs=None):
        self._core.on_train_begin(logs)

    def on_train_end(self, logs=None):
        self._core.on_train_end(logs)

    def on_epoch_begin(self, epoch, logs=None):
        self._core.on_epoch_begin(epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        self._core.on_epoch_end(epoch, logs)


def _state_of_core(name):
    """A property that is an attribute of the C++ object."""
    return property(lambda self: getattr(self._core, name), lambda self, value: setattr(self._core, name, value))
