# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class Adagrad(Optimizer):
    """Gradients over the root of the sum of their squares (Duchi et al., 2011).

    Example:

    >>> model.compile(optimizer=keratin.optimizers.Adagrad(learning_rate=0.01), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        initial_accumulator_value: where the sum starts.
        epsilon: keeps divisors away from 0.
        weight_decay ... name: as in Optimizer.
    """

    @with_common_options
    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-07):
        pass
