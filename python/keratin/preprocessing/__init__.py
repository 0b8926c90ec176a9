# SPDX-License-Identifier: Apache-2.0
"""From texts to padded arrays of ids. Keras: `keras.preprocessing`."""
from keratin.preprocessing import sequence
from keratin.preprocessing import text
from keratin.utils.timeseries_dataset import timeseries_dataset_from_array

__all__ = ["sequence", "text", "timeseries_dataset_from_array"]
