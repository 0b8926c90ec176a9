# SPDX-License-Identifier: Apache-2.0
"""What is known of a graph while it is drawn."""
import dataclasses

from expressions import Ref


@dataclasses.dataclass(eq=False)
class Value:
    expression: object
    shape: tuple  # without the batch
    masked: bool = False  # a mask may hang on it
    ids: bool = False
    used: bool = False
    inputs: set = dataclasses.field(default_factory=set)  # of the model, that it comes from: their places
    reads: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(eq=False)
class Made:
    """A layer or model that has been called, and may be again."""
    name: str
    fits: object  # whether it takes these values
    call: object  # of them: the value it gives, the last of several
    takes: int = 1  # how many


class Graph:
    def __init__(self, dice, lines=None, depth=0, nodes=()):
        self.dice, self.depth, self.nodes = dice, depth, list(nodes)  # nodes: what else one can be
        self.lines = [] if lines is None else lines
        self.values, self.inputs, self.made = [], [], []
        self.backward = []  # of those that are made, tables that go back
        self.kernels = []  # layers that an update may be given, and the largest rank of it
        self.steps, self.width, self.vocabulary = dice.between(1, 5), dice.between(1, 5), dice.between(2, 40)
        self.padded = dice.chance(0.6)  # ids: some are 0, behind the others or before them

    def inner(self):
        """A graph within it, with lines among the same."""
        other = Graph(self.dice, self.lines, self.depth + 1, self.nodes)
        other.steps, other.width = self.steps, self.width
        return other

    def line(self, name, expression, shape, reads=(), masked=False, ids=False):
        """A new line of that name, with a number where others have it, and the value that it makes."""
        if name in ("v", "y", "i"):
            name = f"{name}{len(self.lines)}"
        self.lines.append((name, expression))
        return self.value(Ref(name), shape, reads, masked, ids)

    def value(self, expression, shape, reads=(), masked=False, ids=False):
        value = Value(expression, shape, masked, ids, reads=list(reads),
                      inputs=set().union(*(read.inputs for read in reads)))
        for read in reads:
            read.used = True
        if shape or reads:
            self.values.append(value)
        return value
