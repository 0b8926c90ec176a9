# SPDX-License-Identifier: Apache-2.0
"""From texts to padded arrays of ids. Keras: `keras.preprocessing`."""
from keratin.preprocessing import sequence
from keratin.preprocessing import text

__all__ = ["sequence", "text"]
