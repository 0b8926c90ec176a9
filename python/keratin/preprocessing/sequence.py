# SPDX-License-Identifier: Apache-2.0
"""Keras: `keras.preprocessing.sequence`."""
from keratin.utils import pad_sequences

__all__ = ["pad_sequences"]
