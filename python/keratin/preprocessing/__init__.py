# SPDX-License-Identifier: Apache-2.0
"""From texts to padded arrays of ids. Keras: `keras.preprocessing`."""
from keratin.preprocessing import sequence
from keratin.preprocessing import text
from keratin.utils.text_dataset import text_dataset_from_directory
from keratin.utils.timeseries_dataset import timeseries_dataset_from_array

__all__ = ["sequence", "text", "text_dataset_from_directory", "timeseries_dataset_from_array"]
