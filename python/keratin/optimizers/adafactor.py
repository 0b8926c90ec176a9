# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class Adafactor(Optimizer):
    """Gradients over the root of their mean square, kept as a row and a column (Shazeer and Stern, 2018).

    The means are of whole rows and columns, so that each step visits every row of a table; one whose rows are drawn
    on demand is refused.

    Example:

    >>> model.compile(optimizer=keratin.optimizers.Adafactor(learning_rate=0.01), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments; 1 over the root of the number of the step
            where that is smaller.
        beta_2_decay: the power of the number of the step that new squares count by.
        epsilon_1: added to squared gradients.
        epsilon_2: weights count as at least as large as this, and a step is in proportion to them.
        clip_threshold: the largest root of the mean square of a step over the rate and the size of the weights.
        relative_step: says nothing, as in Keras: the rate is bounded anyway.
        weight_decay ... name: as in Optimizer.
    """

    @with_common_options
    def __init__(self, learning_rate=0.001, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=0.001, clip_threshold=1.0,
                 relative_step=True):
        pass
