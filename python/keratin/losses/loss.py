# SPDX-License-Identifier: Apache-2.0
"""The base of all losses, and losses that users write."""
import contextlib
import threading

import numpy as np

from keratin import _core, _mask, _native, ops
from keratin._dtype import float32_only
from keratin._tape import Traced, differentiable, pull_back


class _Given(threading.local):
    """The predictions that C++ gave to a loss in Python, and their mask: Keras's tensors carry it along."""

    noted = predictions = mask = None

    def note(self, mask):
        """Keeps the mask of the batch that comes."""
        self.noted = mask

    @contextlib.contextmanager
    def __call__(self, predictions):
        before = self.predictions, self.mask
        self.predictions, self.mask, self.noted = predictions, self.noted, None
        try:
            yield
        finally:
            self.predictions, self.mask = before

    def mask_of(self, predictions):
        return self.mask if predictions is self.predictions else None


_given = _Given()


class _CustomCore:
    """`_core` of a loss that is written in Python: made anew at each use, because a C++ object that
    lived in the Python object which it calls would keep both alive for ever."""

    def __get__(self, loss, owner):
        if loss is None:
            return self
        if type(loss).__call__ is not Loss.__call__:
            return _core.Loss.whole(loss._whole, loss.name)
        return _core.Loss.custom(loss._values_and_pullback, _given.note, loss.name, loss.reduction)


class Loss(_native.Native):
    """The base of all losses; for one of your own, give `call`.

    `call(y_true, y_pred)` returns one value a sample. It may use `keratin.ops`, NumPy's functions and
    Python's operators; the gradient is read off what they did. With a method `gradient(y_true, y_pred)`,
    which returns the derivative by y_pred of the sum of the values, it may use anything, as long as the
    value of a sample depends on no other sample.

    Example:

    >>> class Squares(keratin.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return keratin.ops.mean(keratin.ops.square(y_true - y_pred), axis=-1)
    >>> model.compile("adam", loss=Squares())

    Args:
        name: the name; a new one by default.
        reduction: how the values become one number: "sum_over_batch_size" (or "mean"), "sum",
            "mean_with_sample_weight", "none" or None.
        dtype: None or "float32".
    """

    _concept = _core.Loss
    _module = "keratin.losses"
    _core = _CustomCore()
    _called_back = ("call", "__call__", "gradient")

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        if name is None:
            name = _core.auto_name(type(self).__name__)
        _core.Loss.check_reduction(reduction)
        float32_only(type(self).__name__, dtype)
        self._options = {"name": name, "reduction": reduction}

    def _make(self, dtype=None, **options):
        float32_only(type(self).__name__, dtype)
        super()._make(**options)
        self._options["name"] = self._own_core.name

    @property
    def dtype(self):
        return "float32"

    def call(self, y_true, y_pred):
        """One value a sample."""
        if self._own_core is None:
            raise NotImplementedError(f"{type(self).__name__} must have a method call(y_true, y_pred).")
        return _values(self._class_name, y_true, y_pred, **self._options)

    def __call__(self, y_true, y_pred, sample_weight=None, mask=None):
        """The reduced loss.

        Args:
            y_true: the labels.
            y_pred: the predictions, float32.
            sample_weight: weights of the values, or None.
            mask: which positions of y_pred count, or None (Keras: it comes with y_pred).
        """
        if mask is None:
            mask = _given.mask_of(y_pred) if _mask.of(y_pred) is None else _mask.of(y_pred)
        if isinstance(y_pred, Traced):  # within a loss or regularizer of one's own
            return self._traced(y_true, y_pred, sample_weight, mask)
        core = self._core
        if type(self).__call__ is not Loss.__call__:  # reached by super(): the object's own would come back here
            core = _core.Loss.custom(self._values_and_pullback, _given.note, self.name, self.reduction)
        return core(y_true, y_pred, sample_weight, mask)[()]

    def _traced(self, y_true, y_pred, sample_weight, mask):
        """The reduced loss of predictions that are differentiated."""
        values = self.call(_label(y_true), y_pred)
        if mask is not None:
            mask = np.asarray(mask, np.float32)
            if self.reduction in ("mean", "sum_over_batch_size"):
                mask = mask * np.float32(mask.size / mask.sum() if mask.any() else 0)
            if sample_weight is not None:
                mask, sample_weight = _same_rank(mask, np.asarray(sample_weight, np.float32))
                mask = mask * sample_weight
            sample_weight = mask
        if sample_weight is not None:
            values, sample_weight = _same_rank(values, np.asarray(sample_weight, np.float32))
            values = ops.multiply(values, sample_weight)
        if self.reduction in (None, "none") or ops.shape(values) in ((), (0,)):
            return values
        total = ops.sum(values)
        if self.reduction == "sum":
            return total
        if self.reduction == "mean_with_sample_weight" and sample_weight is not None:
            return ops.divide_no_nan(total, np.sum(sample_weight))
        return ops.divide(total, np.float32(np.prod(ops.shape(values))))

    def _whole(self, y_true, y_pred, sample_weight, mask, wants_gradient):
        """What _core.Loss.whole calls, for a class that has `__call__` itself. Keras: the mask comes with y_pred."""
        y_pred = np.asarray(y_pred, np.float32)
        source = Traced(y_pred) if wants_gradient else y_pred
        _given.note(mask)
        with _given(source):
            loss = self(_label(y_true), source, *(() if sample_weight is None else (sample_weight,)))
        if not isinstance(loss, Traced):
            return _floats(loss), np.zeros_like(y_pred) if wants_gradient else None
        return loss.value, pull_back(loss, np.ones(loss.shape, np.float32), source)

    def get_config(self):
        if self._own_core is not None:
            return super().get_config()
        return {"name": self.name, "reduction": self.reduction}

    def _values_and_pullback(self, y_true, y_pred, wants_gradient):
        """What _core.Loss.custom calls."""
        if hasattr(self, "gradient"):
            y_true = _label(y_true)
            with _given(y_pred):
                values = _floats(self.call(y_true, y_pred))
            return values, lambda slope: _scaled(self.gradient(y_true, y_pred), slope)
        return _trace(self.call, y_true, y_pred, wants_gradient)


def _trace(function, y_true, y_pred, wants_gradient):
    y_true = _label(y_true)
    y_pred = np.asarray(y_pred, np.float32)
    source = Traced(y_pred) if wants_gradient else y_pred
    with _given(source):
        values = function(y_true, source)
    if not wants_gradient:
        return _floats(values), None
    if not isinstance(values, Traced):
        # It does not depend on y_pred.
        return _floats(values), lambda slope: np.zeros_like(y_pred)
    return np.asarray(values.value, np.float32), lambda slope: pull_back(values, slope, source)


def _label(y_true):
    """Keras: labels are of the loss's type too, so that `1 - y_true` of bools or uint8 is a number."""
    return y_true if isinstance(y_true, Traced) else np.asarray(y_true, np.float32)


def _same_rank(x1, x2):
    """Keras's squeeze_or_expand_to_same_rank: a last axis of 1 that only one of the two has."""
    shape_1, shape_2 = ops.shape(x1), ops.shape(x2)
    if len(shape_1) == len(shape_2) + 1 and shape_1[-1] == 1:
        return (x1, ops.expand_dims(x2, -1)) if len(shape_2) == 1 else (ops.squeeze(x1, -1), x2)
    if len(shape_2) == len(shape_1) + 1 and shape_2[-1] == 1:
        return (ops.expand_dims(x1, -1), x2) if len(shape_1) == 1 else (x1, ops.squeeze(x2, -1))
    return x1, x2


def _floats(returned):
    """What a function of the user's returned, as float32; NumPy would take None for NaN."""
    if returned is None:
        raise TypeError("a loss of your own must return an array, one value a sample. Received: None")
    return np.asarray(returned, np.float32)


def _scaled(gradient, slope):
    """The derivative by y_pred, each sample's part times what its value counts."""
    gradient = _floats(gradient)
    return gradient * slope.reshape(slope.shape + (1,) * (gradient.ndim - slope.ndim))


def _values(class_name, y_true, y_pred, **options):
    """The values a sample of a loss of C++: what Keras's functions return. On a tape they have their
    gradient from C++."""
    options = {**options, "reduction": None}
    loss = _core.Loss.deserialize({"class_name": class_name, "config": options})
    if not isinstance(y_pred, Traced):
        return loss(y_true, np.asarray(y_pred), None, None)[()]  # the values of all, whatever its mask
    total = _core.Loss.deserialize({"class_name": class_name, "config": {**options, "reduction": "sum"}})
    return differentiable(
        loss(y_true, y_pred.value, None, None), y_pred,
        lambda slope: total.value_and_gradient(y_true, y_pred.value, slope, None)[1])


class LossFunctionWrapper(Loss, listed=False):
    """A function as a loss.

    Example:

    >>> loss = keratin.losses.LossFunctionWrapper(keratin.losses.huber, delta=2.0)

    Args:
        fn: takes y_true and y_pred, returns one value a sample; on the terms of `Loss.call`.
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
        **kwargs: more arguments for `fn`.
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, dtype=None, **kwargs):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.fn = fn
        self._fn_kwargs = kwargs

    def call(self, y_true, y_pred):
        return self.fn(*_same_rank(y_true, y_pred), **self._fn_kwargs)

    def get_config(self):
        return {**super().get_config(), "fn": getattr(self.fn, "__name__", None), **self._fn_kwargs}

    def __repr__(self):
        return f"<LossFunctionWrapper({self.fn}, kwargs={self._fn_kwargs})>"
