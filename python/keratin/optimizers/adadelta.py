# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class Adadelta(Optimizer):
    """Gradients scaled by the root of the mean square of the moves over theirs (Zeiler, 2012).

    Example:

    >>> model.compile(optimizer=keratin.optimizers.Adadelta(learning_rate=0.01), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        rho: the part of the mean squares that stays at each step.
        epsilon: keeps divisors away from 0.
        weight_decay ... name: as in Optimizer.
    """

    @with_common_options
    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-07):
        pass
