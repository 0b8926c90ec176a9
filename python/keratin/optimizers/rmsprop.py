# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class RMSprop(Optimizer):
    """Gradients over the root of their mean square.

    Example:

    >>> model.compile(optimizer=keratin.optimizers.RMSprop(learning_rate=0.01), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        rho: the part of the mean square that stays at each step.
        momentum: the part of the last move that goes on.
        epsilon: keeps divisors away from 0.
        centered: whether the mean gradient is taken off: a variance in place of the mean square.
        weight_decay ... name: as in Optimizer.
    """

    @with_common_options
    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-07, centered=False):
        pass
