# SPDX-License-Identifier: Apache-2.0
"""How far what is of a class and what was taken for it are the same."""
import warnings

import numpy as np

from keratin import _native
from keratin.metrics.metric import Metric


class _IoUBase(Metric, listed=False):
    """Keras: they count in the type `dtype`, which by default is that of whole numbers."""

    def _make(self, dtype=None, **options):
        self._variables = []
        dtype = getattr(dtype, "name", dtype)
        _native.Native._make(self, dtype="int32" if dtype in (None, "int") else dtype, **options)
        self._options["name"] = self._own_core.name

    @property
    def dtype(self):
        return self._options["dtype"]

    def update_state(self, y_true, y_pred, sample_weight=None):
        if "int" in self.dtype and np.asarray(sample_weight).dtype.kind == "f":
            warnings.warn(f"[{type(self).__name__}] the sample weights are float, but dtype is {self.dtype!r}: casting takes their "
                          "fractions. dtype='float32' keeps them.", stacklevel=2)
        return super().update_state(y_true, y_pred, sample_weight)


class IoU(_IoUBase):
    """Intersection over union: of all that is of a class or was taken for it, the share that is both.

    Example:

    >>> metric = keratin.metrics.IoU(num_classes=3, target_class_ids=[0, 2])

    Args:
        num_classes: the number of classes.
        target_class_ids: the classes whose mean is the result.
        name: the name; a new one by default.
        dtype: None is "int32", in which sample weights are whole numbers; "float32" keeps their fractions.
        ignore_class: what is truly of this class is not counted; or None.
        sparse_y_true: whether y_true are class numbers; else the largest along `axis` is the class.
        sparse_y_pred: whether y_pred are class numbers; else the largest along `axis` is the class.
        axis: the axis of the classes.
    """

    def __init__(self, num_classes, target_class_ids, name=None, dtype=None, ignore_class=None, sparse_y_true=True,
                 sparse_y_pred=True, axis=-1):
        self._make(num_classes=num_classes, target_class_ids=target_class_ids, name=name, dtype=dtype,
                   ignore_class=ignore_class, sparse_y_true=sparse_y_true, sparse_y_pred=sparse_y_pred, axis=axis)


class BinaryIoU(_IoUBase):
    """IoU of two classes, of predictions between 0 and 1.

    Example:

    >>> metric = keratin.metrics.BinaryIoU(target_class_ids=[1], threshold=0.3)

    Args:
        target_class_ids: the classes whose mean is the result.
        threshold: predictions of it or more are class 1.
        name: the name; a new one by default.
        dtype: None is "int32", in which sample weights are whole numbers; "float32" keeps their fractions.
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        self._make(target_class_ids=target_class_ids, threshold=threshold, name=name, dtype=dtype)


class MeanIoU(_IoUBase):
    """IoU of all classes, their mean.

    Example:

    >>> metric = keratin.metrics.MeanIoU(num_classes=3)

    Args:
        num_classes: the number of classes.
        name: the name; a new one by default.
        dtype: None is "int32", in which sample weights are whole numbers; "float32" keeps their fractions.
        ignore_class: what is truly of this class is not counted; or None.
        sparse_y_true: whether y_true are class numbers; else the largest along `axis` is the class.
        sparse_y_pred: whether y_pred are class numbers; else the largest along `axis` is the class.
        axis: the axis of the classes.
    """

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_true=True, sparse_y_pred=True,
                 axis=-1):
        self._make(num_classes=num_classes, name=name, dtype=dtype, ignore_class=ignore_class,
                   sparse_y_true=sparse_y_true, sparse_y_pred=sparse_y_pred, axis=axis)


class OneHotIoU(_IoUBase):
    """IoU where y_true are one-hot vectors.

    Example:

    >>> metric = keratin.metrics.OneHotIoU(num_classes=3, target_class_ids=[0, 2])

    Args:
        num_classes: the number of classes.
        target_class_ids: the classes whose mean is the result.
        name: the name; a new one by default.
        dtype: None is "int32", in which sample weights are whole numbers; "float32" keeps their fractions.
        ignore_class: what is truly of this class is not counted; or None.
        sparse_y_pred: whether y_pred are class numbers; else the largest along `axis` is the class.
        axis: the axis of the classes.
    """

    def __init__(self, num_classes, target_class_ids, name=None, dtype=None, ignore_class=None, sparse_y_pred=False,
                 axis=-1):
        self._make(num_classes=num_classes, target_class_ids=target_class_ids, name=name, dtype=dtype,
                   ignore_class=ignore_class, sparse_y_pred=sparse_y_pred, axis=axis)


class OneHotMeanIoU(_IoUBase):
    """MeanIoU where y_true are one-hot vectors.

    Example:

    >>> metric = keratin.metrics.OneHotMeanIoU(num_classes=3)

    Args:
        num_classes: the number of classes.
        name: the name; a new one by default.
        dtype: None is "int32", in which sample weights are whole numbers; "float32" keeps their fractions.
        ignore_class: what is truly of this class is not counted; or None.
        sparse_y_pred: whether y_pred are class numbers; else the largest along `axis` is the class.
        axis: the axis of the classes.
    """

    def __init__(self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1):
        self._make(num_classes=num_classes, name=name, dtype=dtype, ignore_class=ignore_class,
                   sparse_y_pred=sparse_y_pred, axis=axis)
