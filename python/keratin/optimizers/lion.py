# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class Lion(Optimizer):
    """The sign of the mean gradient (Chen et al., 2023).

    Example:

    >>> model.compile(optimizer=keratin.optimizers.Lion(learning_rate=0.01), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: the part of the mean in the step.
        beta_2: the part of the mean that stays at each step.
        weight_decay ... name: as in Optimizer.
    """

    @with_common_options
    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99):
        pass
