# SPDX-License-Identifier: Apache-2.0
"""The loss of sequences whose labels are not aligned with their steps."""
from keratin.losses.loss import Loss, _values


class CTC(Loss):
    """Connectionist temporal classification: minus the log of the probability of the labels, however spread over the steps.

    y_true are class numbers, (batch_size, max_length), 0 behind the last; y_pred are logits, (batch_size,
    steps, num_classes), whose class 0 is the blank between labels.

    Example:

    >>> model.compile("adam", loss=keratin.losses.CTC())

    Args:
        reduction: as in Loss.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, reduction="sum_over_batch_size", name="ctc", dtype=None):
        self._make(name=name, reduction=reduction, dtype=dtype)


def ctc(y_true, y_pred):
    """The values of `CTC`, one a sample."""
    return _values("CTC", y_true, y_pred)
