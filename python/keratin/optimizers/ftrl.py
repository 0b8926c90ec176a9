# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class Ftrl(Optimizer):
    """Follow the regularized leader (McMahan et al., 2013): weights that are exactly 0.

    Example:

    >>> model.compile(optimizer=keratin.optimizers.Ftrl(learning_rate=0.01), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        learning_rate_power: how the rate falls; 0 for a fixed one.
        initial_accumulator_value: where the sum of squares starts.
        l1_regularization_strength: the penalty on absolute values.
        l2_regularization_strength: the penalty on squares.
        l2_shrinkage_regularization_strength: a penalty on squares that is part of the gradient.
        beta: a number added to the root of the sum.
        weight_decay ... name: as in Optimizer.
    """

    @with_common_options
    def __init__(self, learning_rate=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1,
                 l1_regularization_strength=0.0, l2_regularization_strength=0.0,
                 l2_shrinkage_regularization_strength=0.0, beta=0.0):
        pass
