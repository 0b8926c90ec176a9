# SPDX-License-Identifier: Apache-2.0
"""The loss of embeddings that are compared with each other."""
from keratin import _core
from keratin.keras_tensor import KerasTensor, operands
from keratin.losses.loss import Loss


class Circle(Loss):
    """Brings embeddings of one class together, and moves those of others apart.

    Every sample of a batch is compared with all others; pairs that are far from where they should be weigh
    more. y_true are class numbers, (batch_size,) or (batch_size, 1); y_pred are embeddings of length 1,
    (batch_size, output_dim), as `UnitNormalization` makes them.

    Example:

    >>> model.compile("adam", loss=keratin.losses.Circle())

    Args:
        gamma: how much pairs that are far from where they should be outweigh others.
        margin: how near those of one class should be, and 1 - margin: how far those of others.
        remove_diagonal: whether to leave out each sample against itself.
        reduction: as in Loss; samples whose value is 0 do not count.
        name: the name.
        dtype: None or "float32".
    """

    def __init__(self, gamma=80.0, margin=0.4, remove_diagonal=True, reduction="sum_over_batch_size", name="circle",
                 dtype=None):
        self._make(gamma=gamma, margin=margin, remove_diagonal=remove_diagonal, name=name, reduction=reduction,
                   dtype=dtype)


def circle(y_true, y_pred, ref_labels=None, ref_embeddings=None, remove_diagonal=True, gamma=80, margin=0.4):
    """The values of `Circle`, one a sample, against `ref_embeddings` of the classes `ref_labels`; None: the batch."""
    others = (y_true if ref_labels is None else ref_labels, y_pred if ref_embeddings is None else ref_embeddings)
    values = _core.circle(*operands((y_true, y_pred, *others)), remove_diagonal, gamma, margin)
    return KerasTensor._of(values) if type(values) is _core.Value else values
