# SPDX-License-Identifier: Apache-2.0
"""The base of all losses, and losses that users write."""
import numpy as np

from keratin import _core, _mask, _native, ops
from keratin._dtype import float32_only
from keratin.keras_tensor import KerasTensor, in_pass
from keratin.losses import by_operations


class _CustomCore:
    """`_core` of a loss that is written in Python: made anew at each use, because a C++ object that
    lived in the Python object which it calls would keep both alive for ever."""

    def __get__(self, loss, owner):
        return self if loss is None else _core.Loss.own(loss._of_batch, loss.name, loss.reduction)


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
        if options.get("name", "") is None:  # Keras: a new one
            options["name"] = _core.auto_name(type(self).__name__)
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
        y_true, y_pred = in_pass(y_true), in_pass(y_pred)
        if any(map(_is_symbolic, (y_true, y_pred, sample_weight, mask))):
            return self._of_symbolic(y_true, y_pred, sample_weight, mask)
        mask = _elements(_mask.of(y_pred) if mask is None else mask)
        sample_weight = _elements(sample_weight)
        if self._own_core is None or _native.overrides(type(self), self._listed(), ("call", "gradient")):
            values = self._values(_label(y_true), _with_mask(y_pred, mask))
            if type(values) is KerasTensor:
                return KerasTensor._of(_core.Loss.reduced(values._core, sample_weight, mask, self.reduction))
            return _core.Loss.reduced(_floats(values), sample_weight, mask, self.reduction).array()[()]
        values = _values_by_both(self._class_name, y_true, y_pred, self._of_formula)
        if values is not None:
            return KerasTensor._of(_core.Loss.reduced(values._core, sample_weight, mask, self.reduction))
        if type(y_pred) is KerasTensor:
            y_pred = _with_mask(y_pred, mask)
            return _of_values(self._own_core, y_true, y_pred, sample_weight)
        return self._own_core(_elements(y_true), y_pred, sample_weight, mask)[()]

    def _of_formula(self):
        """The options of a loss of ours, but for those that all have."""
        return {name: value for name, value in self.get_config().items() if name not in ("name", "reduction", "dtype")}

    def _of_symbolic(self, y_true, y_pred, sample_weight, mask):
        """The reduced loss of what has no elements yet: a layer's `call` computes it when a model is built."""
        given = [x for x in (y_true, y_pred, sample_weight, mask) if type(x) is KerasTensor]
        if mask is not None:
            y_pred = KerasTensor._of(_core.value(_native_of(y_pred)).with_mask(_native_of(mask)), None, given)
        if self._own_core is None or _native.overrides(type(self), self._listed(), ("call",)):
            values = self.call(_label(y_true), y_pred)
        else:
            values = _values_by_both(self._class_name, y_true, y_pred, self._of_formula)
            if values is None:
                return _symbolic(self._own_core, y_true, y_pred, sample_weight)
        values = _native_of(values).with_mask(_native_of(_mask.of(y_pred)))
        return KerasTensor._of(_core.Loss.reduced_symbolic(values, _native_of(sample_weight), self.reduction), None, given)

    def _values(self, y_true, y_pred):
        """One value a sample, with the derivative that a method `gradient` gives."""
        if not hasattr(self, "gradient") or type(y_pred) is not KerasTensor:
            return self.call(y_true, y_pred)
        y_true, plain = _elements(y_true), y_pred._core.constant().array()
        values = _floats(self.call(y_true, plain))
        return KerasTensor._of(_core.differentiable(
            [values], [y_pred._core], lambda slopes: [_scaled(self.gradient(y_true, plain), slopes[0])])[0])

    def _of_batch(self, y_true, y_pred, sample_weight):
        """What C++ calls: the loss of a batch; `y_pred` is a `_core.Value`, with its mask."""
        y_pred = KerasTensor._of(y_pred) if y_pred.is_recorded else y_pred.array()
        loss = self(_label(y_true), y_pred, *(() if sample_weight is None else (sample_weight,)))
        return loss._core if type(loss) is KerasTensor else _floats(loss)

    def get_config(self):
        if self._own_core is not None:
            return super().get_config()
        return {"name": self.name, "reduction": self.reduction}


def _label(y_true):
    """Keras: labels are of the loss's type too, so that `1 - y_true` of bools or uint8 is a number."""
    return ops.cast(y_true, "float32") if type(y_true) is KerasTensor else np.asarray(y_true, np.float32)


def _elements(x):
    """What no derivative is taken by, as C++ takes it; an error where one would be lost."""
    x = in_pass(x)
    return np.asarray(x) if type(x) is KerasTensor else x


def _values_by_both(class_name, y_true, y_pred, options):
    """One value a sample, to differentiate by the labels too; None where they depend on nothing, or are whole numbers."""
    depends = type(y_true) is KerasTensor and (y_true._core.is_symbolic or y_true._core.is_recorded)
    if not depends or not by_operations.has(class_name):
        return None
    y_pred = ops.cast(y_pred, "float32") if type(y_pred) is KerasTensor else np.asarray(y_pred, np.float32)
    return by_operations.values(class_name, _label(y_true), y_pred, **options())


def _is_symbolic(x):
    return type(x) is KerasTensor and x._core.is_symbolic


def _native_of(x):
    return x._core if type(x) is KerasTensor else x


def _symbolic(core, y_true, y_pred, sample_weight):
    """A loss of C++, of what has no elements yet."""
    given = (y_true, y_pred, sample_weight)
    return KerasTensor._of(core.of_symbolic(*map(_native_of, given)), None, [x for x in given if type(x) is KerasTensor])


def _of_values(core, y_true, y_pred, sample_weight):
    """A loss of C++ on predictions that may be recorded."""
    return KerasTensor._of(core.of_values(_elements(y_true), y_pred._core, sample_weight))


def _with_mask(y_pred, mask):
    """The predictions as a function of the user's is given them."""
    if type(y_pred) is KerasTensor:
        return y_pred if mask is None else KerasTensor._of(y_pred._core.with_mask(mask))
    y_pred = np.asarray(y_pred, np.float32)
    return y_pred if mask is None else _mask.carrying(y_pred, mask)


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
    """The values a sample of a loss of C++: what Keras's functions return, of all, whatever the mask."""
    loss = _core.Loss.deserialize({"class_name": class_name, "config": {**options, "reduction": None}})
    y_pred = in_pass(y_pred)
    y_true = in_pass(y_true)
    values = _values_by_both(class_name, y_true, y_pred, lambda: options)
    if values is not None:
        return values
    if _is_symbolic(y_true) or _is_symbolic(y_pred):
        y_pred = KerasTensor._of(y_pred._core.with_mask(None), None, [y_pred]) if type(y_pred) is KerasTensor else y_pred
        return _symbolic(loss, y_true, y_pred, None)
    if type(y_pred) is KerasTensor:
        return _of_values(loss, y_true, KerasTensor._of(y_pred._core.with_mask(None)), None)
    return loss(_elements(y_true), np.asarray(y_pred), None, None)[()]


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
        return self.fn(*by_operations.same_rank(y_true, y_pred), **self._fn_kwargs)

    def get_config(self):
        return {**super().get_config(), "fn": getattr(self.fn, "__name__", None), **self._fn_kwargs}

    def __repr__(self):
        return f"<LossFunctionWrapper({self.fn}, kwargs={self._fn_kwargs})>"
