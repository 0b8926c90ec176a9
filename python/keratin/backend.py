# SPDX-License-Identifier: Apache-2.0
"""Keras's older place of what is in `keratin.config`. Keras: `keras.backend`."""
from keratin.config import backend, epsilon, floatx, image_data_format, set_floatx
from keratin.utils import clear_session

__all__ = ["backend", "clear_session", "epsilon", "floatx", "image_data_format", "set_floatx"]
