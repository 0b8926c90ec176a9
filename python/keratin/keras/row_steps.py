# SPDX-License-Identifier: Apache-2.0
"""The steps of rows that go with those of one optimizer of Keras's."""
import keras
import numpy as np

import keratin.optimizers

# Those that step a row by itself.
_ROW_BY_ROW = ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion", "Nadam", "RMSprop", "SGD")


class RowSteps:
    """An optimizer of Keratin's beside one of Keras's, on its tables.

    Rates and the number of steps are Keras's, told at every step; norms, where they are of all weights, come from there
    too. What it is called with are arrays.

    Args:
        optimizer: of Keras's, not built.
        tables: its TableVariables.
    """

    def __init__(self, optimizer, tables):
        self.tables = tables
        cls = type(optimizer)
        if not cls.__module__.startswith("keras.src.") or cls.__name__ not in _ROW_BY_ROW:
            raise NotImplementedError(f"[{cls.__name__}] this optimizer cannot step a table of Keratin's: {', '.join(_ROW_BY_ROW)} of "
                                      "keras.optimizers can. Use keras.layers.Embedding here, which keratin.keras.restore(model) "
                                      "puts back.")
        penalized = [table.path for table in tables if table.regularizer is not None]
        if optimizer.global_clipnorm and penalized:
            raise NotImplementedError(f"[{cls.__name__}] global_clipnorm cannot be had of a table of Keratin's that has a regularizer: the "
                                      "norm would need the penalty's gradient of all of its rows at every step. Use clipnorm or "
                                      f"keras.layers.Embedding. Received: global_clipnorm={optimizer.global_clipnorm}, regularizers of "
                                      f"{penalized}")
        config = dict(optimizer.get_config(), learning_rate=0.001, loss_scale_factor=None, global_clipnorm=None)
        self.optimizer = keratin.optimizers.deserialize({"class_name": cls.__name__, "config": config})
        excluded = [table.table.rows for table in tables if _is_excluded(optimizer, table)]
        if excluded:
            self.optimizer.exclude_from_weight_decay(excluded)
        self.optimizer.build([table.table.rows for table in tables])
        self._core = self.optimizer._core
        self._accumulation = optimizer.gradient_accumulation_steps or 1
        self._steps = 0  # calls of apply
        self._gathered = None
        self._sums = {}  # of gathered gradients, until a step is due

    def place(self, table):
        """Which of the tables it is."""
        return next(index for index, known in enumerate(self.tables) if known is table)

    def _count(self, iterations):
        if int(iterations) != self._steps:  # a state was loaded, a step had no gradient for tables
            self._core.set_iterations(int(iterations))
            self._steps = int(iterations)

    def step(self, chosen, links, iterations, rate):
        """One step.

        Args:
            chosen: which tables have a gradient.
            links: their marks, (n, LINK).
            iterations: how many steps of Keras's there were.
            rate: the learning rate.

        Returns:
            0.
        """
        self._take([self.tables[index].table.gathered(marks) for index, marks in zip(chosen, links)], chosen, iterations, rate)
        return np.float32(0)

    def _take(self, gradients, chosen, iterations, rate):
        self._count(iterations)
        self._core.learning_rate = float(rate)
        tables = [self.tables[index].table for index in chosen]
        self._core.apply([table.rows._core for table in tables], gradients)
        self._steps += 1

    def gather(self, chosen, links, iterations):
        """The first half of a step whose norm is that of all weights.

        Returns:
            The squares of the rows' gradients, summed; of the mean gradient where a step is due that takes several.
        """
        gradients = [self.tables[index].table.gathered(marks) for index, marks in zip(chosen, links)]
        if self._accumulation > 1:
            gradients = [self._accumulated(index, gradient) for index, gradient in zip(chosen, gradients)]
        self._gathered = chosen, gradients
        if not self._is_due(iterations):
            self._take_nothing(iterations)
            return np.float32(0)
        return np.float32(sum(np.sum(np.square(gradient.values), dtype=np.float64) for gradient in gradients)
                          / self._accumulation ** 2)

    def _is_due(self, iterations):
        return (int(iterations) + 1) % self._accumulation == 0

    def _accumulated(self, index, gradient):
        parts = [*self._sums.get(index, []), gradient]
        self._sums[index] = parts
        table = self.tables[index].table
        return table.summed(parts)

    def _take_nothing(self, iterations):
        """A call of Keras's between two steps: averages move, rows do not."""
        chosen, _ = self._gathered
        tables = [self.tables[index].table for index in chosen]
        nothing = [table.of_rows(np.zeros(1, np.int64), np.zeros((1, table.output_dim), np.float32)) for table in tables]
        self._take(nothing, chosen, iterations, self._core.learning_rate)
        self._gathered = None

    def step_gathered(self, scale, rate, iterations):
        """The second half: the gathered gradients, times `scale`. Returns 0."""
        if self._gathered is not None:
            chosen, gradients = self._gathered
            scaled = [self.tables[index].table.of_rows(gradient.indices, gradient.values * scale)
                      for index, gradient in zip(chosen, gradients)]
            self._take(scaled, chosen, iterations, rate)
            self._gathered, self._sums = None, {}
        return np.float32(0)

    def finalize(self):
        """Averages take the place of rows."""
        self._core.finalize_variable_values([table.table.rows._core for table in self.tables])

    def slot(self, index, kind):
        """What the optimizer keeps of a table, (V, D)."""
        return self._core.get_weight(self._place(index, kind))

    def set_slot(self, index, kind, value):
        """Sets it."""
        weights = self._core.get_weights()
        weights[self._place(index, kind)] = value
        self._core.set_weights(weights)

    def _place(self, index, kind):
        own = [place for place, name in enumerate(self._core.weight_names())
               if name.endswith("_" + kind) and (kind == "gradient_accumulator" or not name.endswith("_gradient_accumulator"))]
        return own[index]


def _is_excluded(optimizer, table):
    """Whether this table gets no weight decay: Keras 3.16 says so, and those before say the contrary."""
    if hasattr(optimizer, "_is_excluded_from_weight_decay"):
        return optimizer._is_excluded_from_weight_decay(table)
    return not optimizer._use_weight_decay(table)
