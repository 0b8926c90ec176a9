# SPDX-License-Identifier: Apache-2.0
import numpy as np


class Dice(np.random.Generator):
    """Random choices, all from one seed."""

    def __init__(self, seed):
        super().__init__(np.random.PCG64(seed))

    def chance(self, probability):
        return bool(self.random() < probability)

    def of(self, choices):
        return choices[int(self.integers(len(choices)))]

    def between(self, low, high):
        """An integer, both ends included."""
        return int(self.integers(low, high + 1))

    def real(self, low, high):
        """A number of three digits, even by its logarithm."""
        return float(f"{np.exp(self.uniform(np.log(low), np.log(high))):.3g}")
