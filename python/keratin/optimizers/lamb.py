# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class Lamb(Optimizer):
    """Adam's step, made as long as the weights are (You et al., 2019): for large batches.

    The lengths are of the whole variable, so that each step visits every row of a table; one whose rows are drawn on
    demand is refused.

    Example:

    >>> model.compile(optimizer=keratin.optimizers.Lamb(learning_rate=0.01), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: the part of the mean gradient that stays at each step.
        beta_2: the part of the mean squared gradient that stays at each step.
        epsilon: keeps divisors away from 0.
        weight_decay ... name: as in Optimizer.
    """

    @with_common_options
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07):
        pass
