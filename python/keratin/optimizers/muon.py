# SPDX-License-Identifier: Apache-2.0
from keratin.optimizers.common_options import with_common_options
from keratin.optimizers.optimizer import Optimizer


class Muon(Optimizer):
    """Matrices move by their momentum with all its singular values near 1 (Jordan et al., 2024; Liu et al., 2025).

    What is no matrix, embeddings and what `exclude_layers` names take Adam's step. Each step visits every row of a
    table, whichever step it takes: what rows miss is kept by one rule for all variables. One whose rows are drawn on
    demand is refused.

    Example:

    >>> model.compile(optimizer=keratin.optimizers.Muon(exclude_layers=["output"]), loss="mse")

    Args:
        learning_rate: a number, a schedule, or a function without arguments.
        adam_beta_1: the part of Adam's mean gradient that stays at each step.
        adam_beta_2: the part of Adam's mean squared gradient that stays at each step.
        adam_weight_decay: the weight decay of what takes Adam's step.
        epsilon: keeps Adam's divisors away from 0.
        weight_decay: that of the others.
        clipnorm ... name: as in Optimizer.
        exclude_layers: parts of paths of variables that take Adam's step.
        exclude_embeddings: whether those with "embedding" in their path do.
        muon_a: what an iteration multiplies singular values by,
        muon_b: their third power,
        muon_c: and their fifth.
        adam_lr_ratio: Adam's rate over the others'.
        momentum: the part of the momentum that stays at each step.
        ns_steps: how many iterations there are.
        nesterov: whether the momentum is Nesterov's.
        rms_rate: the root of the mean square of a step over the rate; None: singular values near 1.
    """

    @with_common_options
    def __init__(self, learning_rate=0.001, adam_beta_1=0.9, adam_beta_2=0.999, adam_weight_decay=0.004, epsilon=1e-07,
                 weight_decay=0.004, clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False,
                 ema_momentum=0.99, ema_overwrite_frequency=None, loss_scale_factor=None,
                 gradient_accumulation_steps=None, name=None, exclude_layers=None, exclude_embeddings=True, muon_a=3.4445,
                 muon_b=-4.775, muon_c=2.0315, adam_lr_ratio=1, momentum=0.95, ns_steps=5, nesterov=True, rms_rate=0.2):
        pass
