# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class AdamW(Optimizer):
    """Adam with weight decay (Loshchilov and Hutter, 2017).

    Example:

    >>> model.compile(optimizer=keratin.optimizers.AdamW(learning_rate=0.01), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        weight_decay: the part of a weight that it loses at each step, times the learning rate.
        beta_1: the part of the mean gradient that stays at each step.
        beta_2: the part of the mean squared gradient that stays at each step.
        epsilon: keeps divisors away from 0.
        amsgrad: whether the largest mean square so far is used.
        clipnorm ... name: as in Optimizer.
    """

    @with_common_options
    def __init__(self, learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-07,
                 amsgrad=False):
        pass
