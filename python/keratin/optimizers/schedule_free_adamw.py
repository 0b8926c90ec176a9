# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class ScheduleFreeAdamW(Optimizer):
    """AdamW that needs no schedule: weights between the latest step and the mean of all (Defazio et al., 2024).

    Weights without gradient go on towards their latest step. Where they will be is known, but the state begins as the
    weights, and that of a row which waits as a number: each step visits every row of a table, and one whose rows are
    drawn on demand is refused.

    Example:

    >>> model.compile(optimizer=keratin.optimizers.ScheduleFreeAdamW(learning_rate=0.01), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        beta_1: where the weights lie between the latest step, 0, and the mean, 1.
        beta_2: the part of the mean squared gradient that stays at each step.
        epsilon: keeps divisors away from 0.
        warmup_steps: the rate grows to its value in so many steps.
        weight_decay ... name: as in Optimizer.
    """

    @with_common_options
    def __init__(self, learning_rate=0.0025, beta_1=0.9, beta_2=0.999, epsilon=1e-08, warmup_steps=0):
        pass
