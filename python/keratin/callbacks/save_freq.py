# SPDX-License-Identifier: Apache-2.0


def batches(save_freq):
    """The number of batches from save to save, as C++ takes it; None for "epoch"."""
    return None if save_freq == "epoch" else int(save_freq)
